using System.Collections.Immutable;
using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.Scanner;

/// <summary>A piece of metal as a source of streaks.</summary>
/// <param name="CentreMm">Where it is.</param>
/// <param name="HalfHeightMm">Half its extent along the slices' normal, mm.</param>
/// <param name="StrengthHu">Greatest HU of its streaks.</param>
/// <param name="Phase">Where the first ray points, radians.</param>
/// <param name="RayCount">Bright rays around it; as many dark ones lie between.</param>
public readonly record struct StreakSource(LpsPoint CentreMm, double HalfHeightMm, double StrengthHu, double Phase, int RayCount);

/// <summary>
/// Bands that metal draws across its slices: bright and dark rays around each piece and a dark band between each pair, fading with distance.
/// A picture of the effect, not a simulation of its physics.
/// </summary>
public sealed class MetalStreaks(ImmutableArray<StreakSource> sources)
{
    private const double FadeMm = 32;
    private const double BandHalfWidthMm = 3.5;
    private const double LeastDistanceMm = 2.5;

    /// <summary>Adds the bands of a slice.</summary>
    /// <param name="slice">Index of the slice.</param>
    /// <param name="grid">Where its pixels lie.</param>
    /// <param name="pixels">HU, row after row; changed.</param>
    public void Add(int slice, AcquisitionGrid grid, Span<float> pixels)
    {
        LpsPoint middle = grid.ToLps(0, 0, slice);
        StreakSource[] here = [.. sources.Where(source => Math.Abs((source.CentreMm - middle).Dot(grid.Normal)) <= source.HalfHeightMm + (grid.SliceSpacingMm / 2))];
        if (here.Length == 0)
        {
            return;
        }

        for (int row = 0; row < grid.RowCount; row++)
        {
            for (int column = 0; column < grid.ColumnCount; column++)
            {
                LpsPoint point = grid.ToLps(column, row, slice);
                double sum = 0;
                for (int i = 0; i < here.Length; i++)
                {
                    double x = point.X - here[i].CentreMm.X;
                    double y = point.Y - here[i].CentreMm.Y;
                    double distance = Math.Sqrt((x * x) + (y * y));
                    if (distance > LeastDistanceMm)
                    {
                        double ray = Math.Cos((here[i].RayCount * Math.Atan2(y, x)) + here[i].Phase);
                        sum += here[i].StrengthHu * ray * Math.Abs(ray) * Math.Exp(-distance / FadeMm);
                    }

                    for (int k = 0; k < i; k++)
                    {
                        sum -= Between(here[i], here[k], point);
                    }
                }

                pixels[(row * grid.ColumnCount) + column] += (float)sum;
            }
        }
    }

    private static double Between(StreakSource one, StreakSource other, LpsPoint point)
    {
        double dx = other.CentreMm.X - one.CentreMm.X;
        double dy = other.CentreMm.Y - one.CentreMm.Y;
        double length = Math.Sqrt((dx * dx) + (dy * dy));
        if (length < 2 * LeastDistanceMm)
        {
            return 0;
        }

        double x = point.X - one.CentreMm.X;
        double y = point.Y - one.CentreMm.Y;
        double along = ((x * dx) + (y * dy)) / length;
        double across = ((x * dy) - (y * dx)) / length / BandHalfWidthMm;
        double beyond = Math.Max(0, Math.Max(-along, along - length)) / FadeMm;
        return 0.8 * Math.Min(one.StrengthHu, other.StrengthHu) * Math.Exp(-(across * across) - (2 * beyond));
    }
}
