using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// The less dense centre of a small, round calcification: the sign of a phlebolith. A homogeneous ball, blurred, is densest in its middle, so the sign is not made
/// by blur.
/// </summary>
internal static class LucentCentre
{
    // In radii of the ball of equal volume: the centre, and the rim up to where blur takes it down.
    private const double CentreRadii = 0.4, RimFrom = 0.55, RimTo = 0.85;

    /// <summary>How much less dense the centre is than the rim, as a fraction of the rim; null where the structure has no voxels in both, or the difference is no more than noise.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="runs">The structure: small.</param>
    public static double? Share(BodyScan scan, ReadOnlySpan<VoxelRun> runs)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        (double columns, double rows, double slices) = RowBits.Middle(runs);
        double radius = Math.Cbrt(3 * (double)RowBits.Count(runs) * scan.VoxelMm3 / (4 * Math.PI));
        double centreSum = 0, rimSum = 0;
        int centreCount = 0, rimCount = 0;
        foreach (VoxelRun run in runs)
        {
            double y = (run.Row - rows) * geometry.BetweenRowsMm, z = (run.Slice - slices) * geometry.BetweenSlicesMm;
            for (int column = run.Start; column < run.End; column++)
            {
                double x = (column - columns) * geometry.BetweenColumnsMm;
                double radii = Math.Sqrt((x * x) + (y * y) + (z * z)) / radius;
                if (radii <= CentreRadii)
                {
                    centreSum += scan.Volume[column, run.Row, run.Slice];
                    centreCount++;
                }
                else if (radii is >= RimFrom and <= RimTo)
                {
                    rimSum += scan.Volume[column, run.Row, run.Slice];
                    rimCount++;
                }
            }
        }

        if (centreCount == 0 || rimCount == 0)
        {
            return null;
        }

        double centre = centreSum / centreCount, rim = rimSum / rimCount;
        double noise = scan.NoiseHu * Math.Sqrt((1.0 / centreCount) + (1.0 / rimCount));
        return rim - centre > SeparationParameters.LucentSigmas * noise ? (rim - centre) / rim : null;
    }
}
