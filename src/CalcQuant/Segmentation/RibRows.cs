using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// Ribs: bars of about one size, most with a cortex, one above the other at even steps along the body. No deposit repeats itself like that, so a row
/// tells bone even where each bar by itself could be a lesion with a shell, such as ribs close under a thin person's skin.
/// </summary>
internal static class RibRows
{
    /// <summary>Tells each group how many alike bars its row has.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="groups">Measured and scored alone.</param>
    public static void Find(BodyScan scan, DenseGroup[] groups)
    {
        DenseGroup[] bars = [.. groups.Where(IsBar)];
        if (bars.Length < SeparationParameters.RibLeastCount)
        {
            return;
        }

        VolumeGeometry geometry = scan.Volume.Geometry;
        LpsPoint[] middles = [.. bars.Select(bar => geometry.ToLps(
            (bar.Box.MinColumn + bar.Box.MaxColumn) / 2.0, (bar.Box.MinRow + bar.Box.MaxRow) / 2.0, (bar.Box.MinSlice + bar.Box.MaxSlice) / 2.0))];
        int[] row = UnionFind.Singles(bars.Length);
        for (int i = 0; i < bars.Length; i++)
        {
            for (int j = i + 1; j < bars.Length; j++)
            {
                if (AreNeighbours(bars[i], bars[j], middles[i], middles[j]))
                {
                    UnionFind.Join(row, i, j);
                }
            }
        }

        int[] size = new int[bars.Length];
        for (int i = 0; i < bars.Length; i++)
        {
            size[UnionFind.Root(row, i)]++;
        }

        for (int i = 0; i < bars.Length; i++)
        {
            bars[i].AlikeCount = size[UnionFind.Root(row, i)];
        }
    }

    // In a limb, what lies wholly in fat and has no cortex is a plaque; ribs close under the skin of a thin person may show none.
    private static bool IsBar(DenseGroup group) =>
        (group.IsInTrunk || group.HasCortex || group.DeepestMm >= SeparationParameters.SuperficialDeepMm)
        && group.FilledMm3 >= SeparationParameters.RibLeastMm3
        && group.Features.InscribedRadiusMm >= SeparationParameters.RibLeastRadiusMm
        && group.Features.InscribedRadiusMm <= SeparationParameters.RibGreatestRadiusMm;

    private static bool AreNeighbours(DenseGroup one, DenseGroup other, LpsPoint a, LpsPoint b)
    {
        double step = Math.Abs(a.Z - b.Z), x = a.X - b.X, y = a.Y - b.Y;
        return step >= SeparationParameters.RibLeastStepMm
            && step <= SeparationParameters.RibGreatestStepMm
            && Math.Sqrt((x * x) + (y * y)) <= (one.HasCortex && other.HasCortex ? SeparationParameters.RibGreatestShiftMm : SeparationParameters.PlainRibGreatestShiftMm)
            && AreAlike(one.FilledMm3, other.FilledMm3)
            && AreAlike(one.Features.InscribedRadiusMm, other.Features.InscribedRadiusMm)
            && AreAlike(one.Features.Dense.Percentile(0.95), other.Features.Dense.Percentile(0.95));
    }

    private static bool AreAlike(double one, double other) => Math.Max(one, other) <= SeparationParameters.RibGreatestRatio * Math.Min(one, other);
}
