using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>
/// The Agatston score (Agatston et al. 1990): over slices and 8-connected lesions of at least 1 mm² in a slice, area in mm² times a weight
/// of 1 to 4 by the lesion's peak. The score is defined on contiguous slices of 3 mm, so each slice counts with its extent / 3 mm; the
/// limits of the weights follow the tube voltage (<see cref="TubeVoltage.BreakpointsHu"/>).
/// </summary>
internal static class AgatstonScore
{
    /// <summary>Lesions below this area are noise by definition, mm² (Agatston et al. 1990).</summary>
    public const double LeastAreaMm2 = 1;

    /// <summary>Slice distance the score is defined for, mm.</summary>
    public const double DefinedSliceMm = 3;

    /// <summary>A pixel count times an area of 1/n mm² may fall short of 1 mm² by rounding.</summary>
    private const double AreaRounding = 1e-9;

    /// <summary>Scores the pieces of a region.</summary>
    public static double Measure(CtVolume volume, IEnumerable<VoxelRun[]> pieces, double[] breakpointsHu)
    {
        VolumeGeometry geometry = volume.Geometry;
        double score = 0;
        foreach (VoxelRun[] piece in pieces)
        {
            double area = piece.Sum(run => (long)run.Length) * geometry.PixelAreaMm2;
            if (area < LeastAreaMm2 - AreaRounding)
            {
                continue;
            }

            float peak = piece.Max(run => Peak(volume, run));

            // Thresholds are float: an interpolated limit must not be missed by the rounding of the other.
            int weight = breakpointsHu.Count(limit => peak >= (float)limit);
            score += area * weight * geometry.SliceExtentsMm[piece[0].Slice] / DefinedSliceMm;
        }

        return score;
    }

    private static float Peak(CtVolume volume, VoxelRun run)
    {
        float peak = float.NegativeInfinity;
        for (int column = run.Start; column < run.End; column++)
        {
            peak = Math.Max(peak, volume[column, run.Row, run.Slice]);
        }

        return peak;
    }
}
