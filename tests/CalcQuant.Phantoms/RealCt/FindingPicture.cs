using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Export;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>
/// A close view of one place in one slice: soft-tissue window, bone window, and the bone window with each region outlined in the colour of its kind and the
/// inserted deposit in white.
/// </summary>
internal static class FindingPicture
{
    private const double WidthMm = 90;
    private const int PanelPixels = 360;
    private const int CaptionHeight = 44;

    private static readonly Rgb TruthColour = new(255, 255, 255);
    private static readonly Rgb TextColour = new(235, 235, 235);

    /// <summary>Draws it.</summary>
    /// <param name="volume">The image that was analysed.</param>
    /// <param name="result">What the analysis gave.</param>
    /// <param name="voxel">Middle of the picture.</param>
    /// <param name="truth">Voxels of the inserted deposit; empty for none.</param>
    /// <param name="captions">Two lines.</param>
    /// <returns>PNG bytes.</returns>
    public static byte[] Draw(CtVolume volume, CalcificationResult result, (int Column, int Row, int Slice) voxel, ImmutableArray<VoxelRun> truth, params string[] captions)
    {
        VolumeGeometry geometry = volume.Geometry;
        int slice = Math.Clamp(voxel.Slice, 0, geometry.SliceCount - 1);
        var owner = new RegionKind?[geometry.ColumnCount * geometry.RowCount];
        foreach (SegmentedRegion region in result.Segmentation.Regions)
        {
            foreach (VoxelRun run in region.Runs.Where(run => run.Slice == slice))
            {
                owner.AsSpan((run.Row * geometry.ColumnCount) + run.Start, run.Length).Fill(region.Kind);
            }
        }

        bool[] isTruth = new bool[owner.Length];
        foreach (VoxelRun run in truth.Where(run => run.Slice == slice))
        {
            isTruth.AsSpan((run.Row * geometry.ColumnCount) + run.Start, run.Length).Fill(true);
        }

        var canvas = new Canvas(3 * PanelPixels, PanelPixels + CaptionHeight);
        double step = WidthMm / PanelPixels;
        (int Column, int Row)? At(int x, int y)
        {
            int column = voxel.Column + (int)Math.Floor(((x - (PanelPixels / 2)) * step / geometry.BetweenColumnsMm) + 0.5);
            int row = voxel.Row + (int)Math.Floor(((y - (PanelPixels / 2)) * step / geometry.BetweenRowsMm) + 0.5);
            return (uint)column < (uint)geometry.ColumnCount && (uint)row < (uint)geometry.RowCount ? (column, row) : null;
        }

        RegionKind? Owner(int x, int y) => At(x, y) is { } at ? owner[(at.Row * geometry.ColumnCount) + at.Column] : null;
        bool Truth(int x, int y) => At(x, y) is { } at && isTruth[(at.Row * geometry.ColumnCount) + at.Column];
        for (int y = 0; y < PanelPixels; y++)
        {
            for (int x = 0; x < PanelPixels; x++)
            {
                float hu = At(x, y) is { } at ? volume[at.Column, at.Row, slice] : CtVolume.PaddingHu;
                canvas[x, y] = Grey(hu, -160, 240);
                canvas[PanelPixels + x, y] = canvas[(2 * PanelPixels) + x, y] = Grey(hu, -300, 1200);
                if (Truth(x, y) != Truth(x + 1, y) || Truth(x, y) != Truth(x, y + 1))
                {
                    canvas[(2 * PanelPixels) + x, y] = TruthColour;
                }
                else if (Owner(x, y) is { } kind && (Owner(x - 1, y) != kind || Owner(x + 1, y) != kind || Owner(x, y - 1) != kind || Owner(x, y + 1) != kind))
                {
                    canvas[(2 * PanelPixels) + x, y] = ColourOf(kind);
                }
            }
        }

        canvas.DrawText(4, 4, string.Create(CultureInfo.InvariantCulture, $"SLICE {slice + 1}/{geometry.SliceCount}, {WidthMm:F0} MM WIDE"), TextColour);
        for (int line = 0; line < captions.Length; line++)
        {
            canvas.DrawText(4, PanelPixels + 4 + (line * 20), Spell(captions[line]), TextColour);
        }

        return canvas.ToPng();
    }

    // The pixel font has no underscore, semicolon or number sign.
    private static string Spell(string caption) => caption.ToUpperInvariant().Replace('_', ' ').Replace(';', ',').Replace('#', ' ');

    private static Rgb Grey(float hu, double black, double white)
    {
        byte grey = (byte)Math.Clamp((hu - black) / (white - black) * 255, 0, 255);
        return new Rgb(grey, grey, grey);
    }

    // The colours of the overlays.
    private static Rgb ColourOf(RegionKind kind) => kind switch
    {
        RegionKind.SoftTissueCalcification => new Rgb(255, 110, 20),
        RegionKind.Vascular => new Rgb(86, 180, 233),
        RegionKind.Uncertain => new Rgb(240, 228, 66),
        RegionKind.Bone => new Rgb(0, 200, 140),
        RegionKind.Metal => new Rgb(204, 121, 167),
        RegionKind.Contrast => new Rgb(0, 114, 178),
        _ => new Rgb(130, 130, 130),
    };
}
