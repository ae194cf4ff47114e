using System.Globalization;
using CalcQuant.Export;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms;

/// <summary>Pictures of what a score found wrong: one of each in a folder, all small on one sheet, or both.</summary>
/// <param name="folder">Receives a picture of each; null for none.</param>
/// <param name="sheet">File of the sheet; null for none.</param>
internal sealed class FailurePictures(string? folder, string? sheet)
{
    private const int TilePixels = 168;
    private const int CaptionLines = 6;
    private const int LineHeight = 10;
    private const int Gap = 6;
    private const int MostColumns = 6;
    private const int LettersPerLine = (TilePixels - 4) / PixelFont.Advance;

    /// <summary>Least width of what a tile shows, mm: the surroundings, not just the finding.</summary>
    private const double LeastTileWidthMm = 60;

    private static readonly Rgb TextColour = new(235, 235, 235);

    private readonly List<Canvas> _tiles = [];

    /// <summary>Draws one thing that is wrong, in the slice with most of its voxels.</summary>
    /// <param name="wrong">What is wrong with it: missed, false, depth or shape.</param>
    /// <param name="phantom">Family and seed.</param>
    /// <param name="what">What it is.</param>
    /// <param name="called">The region that most of it lies in; null where there is none.</param>
    /// <param name="scan">The image and the truth.</param>
    /// <param name="regions">What the analysis gave.</param>
    /// <param name="runs">Its voxels.</param>
    public void Add(string wrong, string phantom, string what, SegmentedRegion? called, PhantomScan scan, IReadOnlyList<SegmentedRegion> regions, IReadOnlyCollection<VoxelRun> runs)
    {
        if (folder is null && sheet is null)
        {
            return;
        }

        IGrouping<int, VoxelRun> slice = runs.GroupBy(run => run.Slice).MaxBy(group => group.Sum(run => run.Length))!;
        (int first, int last) = (slice.Min(run => run.Start), slice.Max(run => run.End) - 1);
        (int top, int bottom) = (slice.Min(run => run.Row), slice.Max(run => run.Row));
        (int Column, int Row) middle = ((first + last) / 2, (top + bottom) / 2);
        VolumeGeometry geometry = scan.Volume.Geometry;
        double extentMm = Math.Max((last - first + 1) * geometry.BetweenColumnsMm, (bottom - top + 1) * geometry.BetweenRowsMm);
        var picture = new FindingPicture(scan.Volume, regions, scan.Truth.Deposits.SelectMany(deposit => deposit.Runs), slice.Key);
        string name = called is null
            ? "in no region"
            : string.Create(CultureInfo.InvariantCulture, $"called {FindingPicture.NameOf(called.Kind)} {called.Confidence:F2} {called.Depth} {called.Morphology}");
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            string file = string.Create(CultureInfo.InvariantCulture, $"{phantom} {wrong} {slice.Key + 1} {middle.Column} {middle.Row}").Replace(' ', '-') + ".png";
            string reasons = called is null ? string.Empty : string.Join("; ", called.Evidence);
            File.WriteAllBytes(
                Path.Combine(folder, file),
                picture.ToPng(middle.Column, middle.Row, Math.Max(FindingPicture.LeastWidthMm, 1.3 * extentMm), $"{phantom}, {wrong}: {what}", name, reasons));
        }

        if (sheet is not null)
        {
            var tile = new Canvas(TilePixels, TilePixels + (CaptionLines * LineHeight));
            picture.DrawTile(tile, (0, 0), TilePixels, middle, Math.Max(LeastTileWidthMm, 1.3 * extentMm));
            string shortName = called is null ? "in no region" : string.Create(CultureInfo.InvariantCulture, $"as {FindingPicture.NameOf(called.Kind)} {called.Confidence:F2} {called.Depth} {called.Morphology}");
            string[] lines = [.. new[] { $"{phantom} {wrong}", what, shortName }.SelectMany(text => FindingPicture.Wrap(FindingPicture.Spell(text), LettersPerLine)).Take(CaptionLines)];
            for (int line = 0; line < lines.Length; line++)
            {
                tile.DrawText(2, TilePixels + 2 + (line * LineHeight), lines[line], TextColour, scale: 1);
            }

            _tiles.Add(tile);
        }
    }

    /// <summary>Writes the sheet, if one is wanted and anything was wrong.</summary>
    public void WriteSheet()
    {
        if (sheet is null || _tiles.Count == 0)
        {
            return;
        }

        // Narrower than the legend it would not be readable.
        int columns = Math.Clamp(_tiles.Count, 3, MostColumns);
        int rows = (_tiles.Count + columns - 1) / columns;
        int width = TilePixels + Gap, height = TilePixels + (CaptionLines * LineHeight) + Gap;
        var all = new Canvas((columns * width) - Gap, (rows * height) + LineHeight + 4);
        for (int index = 0; index < _tiles.Count; index++)
        {
            (int left, int above) = (index % columns * width, index / columns * height);
            Canvas tile = _tiles[index];
            for (int y = 0; y < tile.Height; y++)
            {
                for (int x = 0; x < tile.Width; x++)
                {
                    all[left + x, above + y] = tile[x, y];
                }
            }
        }

        FindingPicture.DrawLegend(all, 2, rows * height, scale: 1);
        File.WriteAllBytes(sheet, all.ToPng());
    }
}
