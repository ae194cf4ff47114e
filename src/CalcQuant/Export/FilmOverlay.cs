using System.Globalization;
using CalcQuant.Imaging;
using CalcQuant.Radiography;

namespace CalcQuant.Export;

/// <summary>The picture of a radiograph with its findings outlined: probable and guided orange, possible yellow, over bone blue, and green what was taken for bone; dense is bright whatever the file's polarity.</summary>
public static class FilmOverlay
{
    private const int LongSidePixels = 1400;
    private const int CaptionHeight = 42;
    private const double DarkQuantile = 0.005;
    private const double BrightQuantile = 0.998;

    private static readonly Rgb Text = new(235, 235, 235);
    private static readonly Rgb Bone = new(0, 120, 84);

    /// <summary>Renders the picture.</summary>
    /// <param name="result">What the analysis gave.</param>
    public static OverlayPicture Render(FilmResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Radiograph image = result.Image;
        FilmReport film = result.Report.Film!;
        double factor = Math.Min(1, (double)LongSidePixels / Math.Max(image.ColumnCount, image.RowCount));
        int width = Math.Max(1, (int)(image.ColumnCount * factor)), height = Math.Max(1, (int)(image.RowCount * factor));
        var canvas = new Canvas(Math.Max(width, 240), height + CaptionHeight);
        PaintGrey(canvas, image, width, height, factor);
        PaintOutline(canvas, result.Bone, width, height, factor, Bone);
        foreach ((int index, ProjectedRegion region) in film.Regions.Index().Reverse())
        {
            PaintOutline(canvas, result.Outlines[index], width, height, factor, ColourOf(region.Tier));
            canvas.DrawText(
                (int)((region.BoundsPixel.Max.Column + 1) * factor) + 2,
                Math.Max((int)(region.BoundsPixel.Min.Row * factor) - 8, 0),
                region.Id.ToString(CultureInfo.InvariantCulture),
                ColourOf(region.Tier),
                scale: 1);
        }

        PaintScaleBar(canvas, film.Scale, width, height, factor);
        string unit = film.Scale is null ? "PIXELS" : "MM2";
        double total = film.Regions.Where(region => region.Tier is FindingTier.Probable or FindingTier.Guided).Sum(region => region.AreaMm2 ?? region.AreaPixels);
        canvas.DrawText(6, height + 4, string.Create(CultureInfo.InvariantCulture, $"DEPOSITS {film.Regions.Count(region => region.Tier is FindingTier.Probable or FindingTier.Guided)}: {total:F0} {unit}"), Text);
        int legend = 6;
        foreach ((string name, FindingTier tier) in new[] { ("PROBABLE OR GUIDED", FindingTier.Probable), ("POSSIBLE", FindingTier.Possible), ("POSSIBLE OVER BONE", FindingTier.PossibleOverBone) })
        {
            canvas.FillRectangle(legend, height + 24, 8, 8, ColourOf(tier));
            canvas.DrawText(legend + 12, height + 25, name, Text, scale: 1);
            legend += 12 + ((name.Length + 2) * PixelFont.Advance);
        }

        canvas.FillRectangle(legend, height + 24, 8, 8, Bone);
        canvas.DrawText(legend + 12, height + 25, "BONE", Text, scale: 1);

        return new OverlayPicture("film.png", canvas.ToPng());
    }

    private static void PaintGrey(Canvas canvas, Radiograph image, int width, int height, double factor)
    {
        float[] sorted = [.. image.Density];
        Array.Sort(sorted);
        float dark = sorted[(int)(DarkQuantile * (sorted.Length - 1))], bright = sorted[(int)(BrightQuantile * (sorted.Length - 1))];
        float range = Math.Max(bright - dark, 1e-6f);
        for (int y = 0; y < height; y++)
        {
            int firstRow = (int)(y / factor), lastRow = Math.Min(Math.Max((int)((y + 1) / factor), firstRow + 1), image.RowCount);
            for (int x = 0; x < width; x++)
            {
                int firstColumn = (int)(x / factor), lastColumn = Math.Min(Math.Max((int)((x + 1) / factor), firstColumn + 1), image.ColumnCount);
                float sum = 0;
                for (int row = firstRow; row < lastRow; row++)
                {
                    for (int column = firstColumn; column < lastColumn; column++)
                    {
                        sum += image.Density[(row * image.ColumnCount) + column];
                    }
                }

                float mean = sum / ((lastRow - firstRow) * (lastColumn - firstColumn));
                byte grey = (byte)Math.Clamp((mean - dark) / range * 255, 0, 255);
                canvas[x, y] = new Rgb(grey, grey, grey);
            }
        }
    }

    private static void PaintOutline(Canvas canvas, PixelOutline outline, int width, int height, double factor, Rgb colour)
    {
        var cells = new HashSet<(int X, int Y)>();
        foreach (PixelRun run in outline.Runs)
        {
            int y = Math.Min((int)(run.Row * factor), height - 1);
            for (int x = (int)(run.Start * factor); x <= Math.Min((int)((run.Start + run.Length - 1) * factor), width - 1); x++)
            {
                cells.Add((x, y));
            }
        }

        // Just outside, so that a speck stays visible within its outline.
        foreach ((int x, int y) in cells)
        {
            foreach ((int nextX, int nextY) in new[] { (x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1) })
            {
                if (nextX >= 0 && nextY >= 0 && nextX < width && nextY < height && !cells.Contains((nextX, nextY)))
                {
                    canvas[nextX, nextY] = colour;
                }
            }
        }
    }

    private static void PaintScaleBar(Canvas canvas, PixelScale? scale, int width, int height, double factor)
    {
        if (scale is null)
        {
            return;
        }

        double mmPerPixel = scale.BetweenColumnsMm / factor;
        int[] lengthsMm = [100, 50, 20, 10, 5, 2, 1];
        int lengthMm = lengthsMm.FirstOrDefault(mm => mm / mmPerPixel <= width / 4.0, 1);
        int pixels = (int)Math.Round(lengthMm / mmPerPixel);
        canvas.FillRectangle(width - pixels - 10, height - 10, pixels, 4, Text);
        string label = $"{lengthMm} MM";
        canvas.DrawText(width - 10 - (label.Length * PixelFont.Advance * 2), height - 30, label, Text);
    }

    // Okabe and Ito's palette, as in the pictures of CT.
    private static Rgb ColourOf(FindingTier tier) => tier switch
    {
        FindingTier.Probable or FindingTier.Guided => new Rgb(255, 110, 20),
        FindingTier.PossibleOverBone => new Rgb(86, 180, 233),
        _ => new Rgb(240, 228, 66),
    };
}
