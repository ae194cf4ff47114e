using System.Globalization;
using CalcQuant.Export;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms;

/// <summary>
/// Close views of one slice of an analysed series, with each region outlined inside in the colour of its kind and true deposits outlined outside in white:
/// so both are seen where they agree.
/// </summary>
internal sealed class FindingPicture
{
    /// <summary>Least width of what a picture shows, mm.</summary>
    public const double LeastWidthMm = 90;

    private const int PanelPixels = 360;
    private const int LineHeight = 20;

    /// <summary>Under outlines white is not quite white: the white outline of a dense deposit would not be seen.</summary>
    private const byte OutlinedWhite = 175;
    private const int LettersPerLine = ((3 * PanelPixels) - 8) / (2 * PixelFont.Advance);

    private static readonly Rgb TruthColour = new(255, 255, 255);
    private static readonly Rgb TextColour = new(235, 235, 235);

    // The colours of the overlays.
    private static readonly (RegionKind Kind, string Name, Rgb Colour)[] Colours =
    [
        (RegionKind.SoftTissueCalcification, "deposit", new Rgb(255, 110, 20)),
        (RegionKind.Uncertain, "uncertain", new Rgb(240, 228, 66)),
        (RegionKind.Bone, "bone", new Rgb(0, 200, 140)),
        (RegionKind.Vascular, "vascular", new Rgb(86, 180, 233)),
        (RegionKind.Contrast, "contrast", new Rgb(0, 114, 178)),
        (RegionKind.Metal, "metal", new Rgb(204, 121, 167)),
    ];

    private static readonly Rgb OtherColour = new(130, 130, 130);

    private readonly CtVolume _volume;
    private readonly int _slice;
    private readonly RegionKind?[] _owner;
    private readonly bool[] _isTruth;

    /// <summary>Prepares a slice.</summary>
    /// <param name="volume">The image that was analysed.</param>
    /// <param name="regions">What the analysis gave.</param>
    /// <param name="truth">Voxels of true deposits; empty for none.</param>
    /// <param name="slice">The slice, from 0.</param>
    public FindingPicture(CtVolume volume, IEnumerable<SegmentedRegion> regions, IEnumerable<VoxelRun> truth, int slice)
    {
        _volume = volume;
        _slice = Math.Clamp(slice, 0, volume.Geometry.SliceCount - 1);
        int columnCount = volume.Geometry.ColumnCount;
        _owner = new RegionKind?[columnCount * volume.Geometry.RowCount];
        foreach (SegmentedRegion region in regions)
        {
            foreach (VoxelRun run in region.Runs.Where(run => run.Slice == _slice))
            {
                _owner.AsSpan((run.Row * columnCount) + run.Start, run.Length).Fill(region.Kind);
            }
        }

        _isTruth = new bool[_owner.Length];
        foreach (VoxelRun run in truth.Where(run => run.Slice == _slice))
        {
            _isTruth.AsSpan((run.Row * columnCount) + run.Start, run.Length).Fill(true);
        }
    }

    /// <summary>Soft-tissue window, bone window, and the bone window with outlines, side by side above a caption.</summary>
    /// <param name="column">Middle of the picture.</param>
    /// <param name="row">Middle of the picture.</param>
    /// <param name="widthMm">What it shows.</param>
    /// <param name="captions">Broken into lines where they are longer than one.</param>
    /// <returns>PNG bytes.</returns>
    public byte[] ToPng(int column, int row, double widthMm, params ReadOnlySpan<string> captions)
    {
        List<string> lines = [];
        foreach (string caption in captions)
        {
            lines.AddRange(Wrap(Spell(caption), LettersPerLine));
        }

        var canvas = new Canvas(3 * PanelPixels, PanelPixels + 8 + (LineHeight * (lines.Count + 1)));
        Draw(canvas, (0, 0), PanelPixels, (column, row), widthMm, (-160, 240), hasOutlines: false);
        Draw(canvas, (PanelPixels, 0), PanelPixels, (column, row), widthMm, BoneWindow, hasOutlines: false);
        Draw(canvas, (2 * PanelPixels, 0), PanelPixels, (column, row), widthMm, BoneWindow, hasOutlines: true);
        canvas.DrawText(4, 4, string.Create(CultureInfo.InvariantCulture, $"SLICE {_slice + 1}/{_volume.Geometry.SliceCount}, {widthMm:F0} MM WIDE"), TextColour);
        for (int line = 0; line < lines.Count; line++)
        {
            canvas.DrawText(4, PanelPixels + 6 + (line * LineHeight), lines[line], TextColour);
        }

        DrawLegend(canvas, 4, PanelPixels + 6 + (lines.Count * LineHeight), scale: 2);
        return canvas.ToPng();
    }

    private static (double Black, double White) BoneWindow => (-300, 1200);

    /// <summary>The bone window with outlines, as one square of a larger picture.</summary>
    public void DrawTile(Canvas canvas, (int X, int Y) corner, int pixels, (int Column, int Row) middle, double widthMm) =>
        Draw(canvas, corner, pixels, middle, widthMm, BoneWindow, hasOutlines: true);

    /// <summary>Names each colour in that colour.</summary>
    public static void DrawLegend(Canvas canvas, int x, int y, int scale)
    {
        foreach ((string name, Rgb colour) in Colours.Select(entry => (entry.Name, entry.Colour)).Prepend(("truth", TruthColour)).Append(("other", OtherColour)))
        {
            canvas.DrawText(x, y, name, colour, scale);
            x += (name.Length + 2) * PixelFont.Advance * scale;
        }
    }

    /// <summary>What the legend calls a kind.</summary>
    public static string NameOf(RegionKind kind) => Array.Find(Colours, entry => entry.Kind == kind).Name ?? kind.ToString();

    /// <summary>A text in the letters that the pixel font has.</summary>
    public static string Spell(string text) =>
        text.ToUpperInvariant().Replace('_', ' ').Replace(';', ',').Replace('#', ' ').Replace('³', '3').Replace('²', '2');

    /// <summary>Breaks a text between words; a longer word stands alone.</summary>
    public static IEnumerable<string> Wrap(string text, int letters)
    {
        string line = string.Empty;
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > letters)
            {
                yield return line;
                line = string.Empty;
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }

    private void Draw(Canvas canvas, (int X, int Y) corner, int pixels, (int Column, int Row) middle, double widthMm, (double Black, double White) window, bool hasOutlines)
    {
        VolumeGeometry geometry = _volume.Geometry;
        double step = widthMm / pixels;
        int At(int x, int y)
        {
            int column = middle.Column + (int)Math.Floor(((x - (pixels / 2)) * step / geometry.BetweenColumnsMm) + 0.5);
            int row = middle.Row + (int)Math.Floor(((y - (pixels / 2)) * step / geometry.BetweenRowsMm) + 0.5);
            return (uint)column < (uint)geometry.ColumnCount && (uint)row < (uint)geometry.RowCount ? (row * geometry.ColumnCount) + column : -1;
        }

        bool Truth(int x, int y) => At(x, y) is >= 0 and int at && _isTruth[at];
        RegionKind? Owner(int x, int y) => At(x, y) is >= 0 and int at ? _owner[at] : null;
        for (int y = 0; y < pixels; y++)
        {
            for (int x = 0; x < pixels; x++)
            {
                int at = At(x, y);
                float hu = at < 0 ? CtVolume.PaddingHu : _volume[at % geometry.ColumnCount, at / geometry.ColumnCount, _slice];
                Rgb colour = Grey(hu, window, hasOutlines ? OutlinedWhite : byte.MaxValue);
                if (hasOutlines)
                {
                    if (!Truth(x, y) && (Truth(x - 1, y) || Truth(x + 1, y) || Truth(x, y - 1) || Truth(x, y + 1)))
                    {
                        colour = TruthColour;
                    }
                    else if (Owner(x, y) is { } kind && (Owner(x - 1, y) != kind || Owner(x + 1, y) != kind || Owner(x, y - 1) != kind || Owner(x, y + 1) != kind))
                    {
                        colour = ColourOf(kind);
                    }
                }

                canvas[corner.X + x, corner.Y + y] = colour;
            }
        }
    }

    private static Rgb Grey(float hu, (double Black, double White) window, byte white)
    {
        byte grey = (byte)Math.Clamp((hu - window.Black) / (window.White - window.Black) * white, 0, white);
        return new Rgb(grey, grey, grey);
    }

    private static Rgb ColourOf(RegionKind kind) => Array.Find(Colours, entry => entry.Kind == kind) is { Name: not null } known ? known.Colour : OtherColour;
}
