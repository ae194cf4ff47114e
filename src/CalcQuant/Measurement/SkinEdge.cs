using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>
/// Measures the in-plane blur of a scanner at the one sharp edge every scan shows: the patient's skin against air. Small patches of
/// the skin are fitted with two blurred steps, air to skin and skin to the fat under it: without the second its drop would pass for blur.
/// </summary>
internal static class SkinEdge
{
    private const int MostSlices = 24;
    private const int MostPatches = 160;

    /// <summary>Fewer patches than this say too little.</summary>
    private const int LeastPatches = 12;

    /// <summary>An edge between air and skin rises faster than this, HU/mm; one along a slanted or covered skin does not.</summary>
    private const double LeastGradient = 150;

    /// <summary>
    /// Slope of the skin against the normal times slice thickness, mm, below which the slab blurs it by less than 0.01 mm² of variance.
    /// </summary>
    private const double UprightSlabMm = 0.315;

    /// <summary>Full width that a CT can have, mm; a fit outside has failed.</summary>
    private static readonly (double Least, double Greatest) PlausibleFwhmMm = (0.3, 3.5);

    /// <summary>
    /// Standard uncertainty of the logarithm of the width where patches agree, and by how much it grows with their spread beyond what noise and wide pixels make: on phantoms patches spread by up to 0.12 to
    /// 0.16 and the median is right to 2 %, on a breathing abdomen by 0.39, and the median moved by 26 % with the outline of the body.
    /// </summary>
    private const double AgreedLogSd = 0.03, SpreadShare = 0.7, NoiseSpread = 0.12;

    /// <summary>A lower quartile of variances further below the median is noise, and may even be negative.</summary>
    private const double LeastQuartileRatio = 10;

    /// <summary>Standard deviations between the quartiles of a normal distribution.</summary>
    private const double QuartileRange = 1.349;

    /// <summary>The in-plane full width at half maximum, mm, and the standard uncertainty of its logarithm; null where too little clean skin is seen.</summary>
    /// <param name="volume">The image.</param>
    /// <param name="body">The patient.</param>
    /// <param name="frame">The stack.</param>
    /// <param name="sliceThicknessMm">Width of the slice profile, mm.</param>
    /// <param name="parallel">Threads and cancellation; the result does not depend on the threads.</param>
    public static (double FwhmMm, double LogSd)? MeasureFwhm(CtVolume volume, Mask body, StackFrame frame, double sliceThicknessMm, ParallelOptions parallel)
    {
        List<(int Column, int Row, int Slice)> places = Places(volume.Geometry, body);
        var patches = new (double Variance, double Slope)?[places.Count];
        Parallel.For(0, places.Count, parallel, n => patches[n] = SkinPatch.Cut(volume, frame, places[n])?.Fit());

        (double Variance, double Slope)[] valid = [.. patches.Where(patch => patch.HasValue).Select(patch => patch!.Value)];
        (double Variance, double Slope)[] upright = [.. valid.Where(patch => Math.Abs(patch.Slope) * sliceThicknessMm < UprightSlabMm)];
        (double Variance, double Slope)[] used = upright.Length >= LeastPatches ? upright : valid;
        if (used.Length < LeastPatches)
        {
            return null;
        }

        // The slab of the slice smears a slanted skin by a rectangle of slope x thickness: variance width² / 12.
        double[] variances = [.. used.Select(patch => patch.Variance - (Math.Pow(patch.Slope * sliceThicknessMm, 2) / 12)).Order()];
        double median = (variances[(variances.Length - 1) / 2] + variances[variances.Length / 2]) / 2;
        double fwhm = PointSpread.FwhmOfUnitGaussian * Math.Sqrt(Math.Max(0, median));
        if (!(fwhm >= PlausibleFwhmMm.Least && fwhm <= PlausibleFwhmMm.Greatest))
        {
            return null;
        }

        // Half the logarithm of variances is that of widths.
        double low = Math.Max(variances[variances.Length / 4], median / LeastQuartileRatio), high = variances[variances.Length - 1 - (variances.Length / 4)];
        double spread = Math.Log(high / low) / 2 / QuartileRange;
        return (fwhm, AgreedLogSd + (SpreadShare * Math.Max(0, spread - NoiseSpread)));
    }

    /// <summary>Border voxels of the body, evenly drawn from evenly spaced slices, far enough from the image border for a patch.</summary>
    private static List<(int Column, int Row, int Slice)> Places(VolumeGeometry geometry, Mask body)
    {
        List<(int Column, int Row, int Slice)> places = [];
        int inner = geometry.SliceCount - 2;
        int slices = Math.Min(MostSlices, inner);
        (int marginX, int marginY) = SkinPatch.HalfSize(geometry);
        for (int n = 0; n < slices; n++)
        {
            int slice = 1 + (int)((n + 0.5) * inner / slices);
            List<(int Column, int Row)> edge = [];
            for (int row = marginY + 1; row < geometry.RowCount - marginY - 1; row++)
            {
                ReadOnlySpan<ulong> above = body.Row(row - 1, slice);
                ReadOnlySpan<ulong> here = body.Row(row, slice);
                ReadOnlySpan<ulong> below = body.Row(row + 1, slice);
                for (int column = marginX + 1; column < geometry.ColumnCount - marginX - 1; column++)
                {
                    if (IsSet(here, column)
                        && !(IsSet(here, column - 1) && IsSet(here, column + 1) && IsSet(above, column) && IsSet(below, column)))
                    {
                        edge.Add((column, row));
                    }
                }
            }

            int wanted = Math.Min(edge.Count, MostPatches / slices);
            for (int i = 0; i < wanted; i++)
            {
                (int column, int row) = edge[(int)((i + 0.5) * edge.Count / wanted)];
                places.Add((column, row, slice));
            }
        }

        return places;

        static bool IsSet(ReadOnlySpan<ulong> words, int column) => (words[column >> 6] >> (column & 63) & 1) != 0;
    }

    /// <summary>
    /// Pixels around one place of the skin and the fit to them. Coordinates are mm from the place: u across the skin, inward, t along it.
    /// The model is a + A cdf(u/s) + B cdf((u - w)/s) with u = n.x - d - kappa t², cdf the normal distribution, s the blur.
    /// </summary>
    private sealed class SkinPatch
    {
        private const int MostHalfPixels = 9;

        /// <summary>Least half length along the skin, mm; large pixels take more, up to the second figure: beyond, a parabola is not the skin's form.</summary>
        private const double LeastAlongMm = 2.2, GreatestAlongMm = 6;

        /// <summary>Pixels that a patch needs: four for each parameter.</summary>
        private const int WantedPixels = 4 * ParameterCount;

        private const double OutwardMm = 3.5;
        private const double InwardMm = 3.6;
        private const double AirHu = -850;
        private const double TissueHu = -300;

        /// <summary>Residuals beyond this count linearly, not squared, HU.</summary>
        private const double RobustHu = 25;

        /// <summary>A fit worse than this is of something else than skin, HU.</summary>
        private const double WorstResidualHu = 35;

        private const int Steps = 25;

        // Parameters of the fit.
        private const int Angle = 0;
        private const int Distance = 1;
        private const int Curvature = 2;
        private const int LogBlur = 3;
        private const int Air = 4;
        private const int SkinStep = 5;
        private const int FatStep = 6;
        private const int SkinWidth = 7;
        private const int ParameterCount = 8;

        /// <summary>Skin is 1 to 3 mm thick; the fit is started from two widths (mm) and the better result kept.</summary>
        private static readonly double[] StartingSkinWidths = [1.6, 2.4];

        private static readonly double[] LowerBounds = [-10, -3, -0.15, Math.Log(0.1), -1100, 300, -1200, 0.9];
        private static readonly double[] UpperBounds = [10, 3, 0.15, Math.Log(2), -700, 2500, 500, 3.4];

        private readonly List<(double X, double Y, double Hu, double Before, double After)> _pixels = [];
        private double _angle;
        private double _stepMm;
        private (double X, double Y) _shift;

        public static (int X, int Y) HalfSize(VolumeGeometry geometry)
        {
            double along = AlongMm(geometry), reach = Math.Sqrt((along * along) + (InwardMm * InwardMm));
            return (
                Math.Min(MostHalfPixels, (int)Math.Ceiling(reach / geometry.BetweenColumnsMm)),
                Math.Min(MostHalfPixels, (int)Math.Ceiling(reach / geometry.BetweenRowsMm)));
        }

        /// <summary>Half the length of a patch along the skin, mm.</summary>
        private static double AlongMm(VolumeGeometry geometry) => Math.Clamp(
            WantedPixels * geometry.BetweenColumnsMm * geometry.BetweenRowsMm / (2 * (OutwardMm + InwardMm)), LeastAlongMm, GreatestAlongMm);

        public static SkinPatch? Cut(CtVolume volume, StackFrame frame, (int Column, int Row, int Slice) place)
        {
            VolumeGeometry geometry = volume.Geometry;
            (int column, int row, int slice) = place;
            double dx = geometry.BetweenColumnsMm;
            double dy = geometry.BetweenRowsMm;

            // Sobel's weights: a central difference, averaged over three lines.
            double gx = 0;
            double gy = 0;
            for (int n = -1; n <= 1; n++)
            {
                int weight = 2 - Math.Abs(n);
                gx += weight * (volume[column + 1, row + n, slice] - volume[column - 1, row + n, slice]);
                gy += weight * (volume[column + n, row + 1, slice] - volume[column + n, row - 1, slice]);
            }

            gx /= 8 * dx;
            gy /= 8 * dy;
            double gradient = Math.Sqrt((gx * gx) + (gy * gy));
            if (gradient < LeastGradient)
            {
                return null;
            }

            LpsPoint before = frame.Origin(slice - 1);
            LpsPoint after = frame.Origin(slice + 1);
            var patch = new SkinPatch
            {
                _angle = Math.Atan2(gy, gx),
                _stepMm = after.Z - before.Z,
                _shift = (after.X - before.X, after.Y - before.Y),
            };
            double nx = gx / gradient;
            double ny = gy / gradient;
            List<double> air = [];
            List<double> tissue = [];
            (int halfX, int halfY) = HalfSize(geometry);
            double halfLength = AlongMm(geometry);
            for (int j = -halfY; j <= halfY; j++)
            {
                for (int i = -halfX; i <= halfX; i++)
                {
                    double x = i * dx;
                    double y = j * dy;
                    double across = (nx * x) + (ny * y);
                    double along = (nx * y) - (ny * x);
                    if (Math.Abs(along) < halfLength && across > -OutwardMm && across < InwardMm)
                    {
                        double hu = volume[column + i, row + j, slice];
                        patch._pixels.Add((x, y, hu, volume[column + i, row + j, slice - 1], volume[column + i, row + j, slice + 1]));
                        if (across < -OutwardMm / 2)
                        {
                            air.Add(hu);
                        }
                        else if (across > 1)
                        {
                            tissue.Add(hu);
                        }
                    }
                }
            }

            return patch._pixels.Count > 2 * ParameterCount && air.Count > 0 && tissue.Count > 0 && Median(air) < AirHu && Median(tissue) > TissueHu
                ? patch
                : null;
        }

        /// <summary>Variance of the blur, mm², and slope of the skin along the normal, mm/mm; null where the fit is bad.</summary>
        public (double Variance, double Slope)? Fit()
        {
            double[]? best = null;
            double bestCost = double.PositiveInfinity;
            foreach (double width in StartingSkinWidths)
            {
                double[] p = [_angle, 0, 0, Math.Log(0.5), -1000, 1050, -150, width];
                double cost = Descend(p);
                if (cost < bestCost)
                {
                    (best, bestCost) = (p, cost);
                }
            }

            if (best is null || best[LogBlur] <= LowerBounds[LogBlur] || best[LogBlur] >= UpperBounds[LogBlur])
            {
                return null;
            }

            double square = 0;
            foreach ((double x, double y, double hu, _, _) in _pixels)
            {
                square += Math.Pow(hu - Evaluate(best, x, y, default), 2);
            }

            if (Math.Sqrt(square / _pixels.Count) > WorstResidualHu)
            {
                return null;
            }

            double before = Shifted(best, pixel => pixel.Before);
            double after = Shifted(best, pixel => pixel.After);

            // In a sheared stack the same pixel lies elsewhere in the next slice.
            double sheared = (Math.Cos(best[Angle]) * _shift.X) + (Math.Sin(best[Angle]) * _shift.Y);
            return (Math.Exp(2 * best[LogBlur]), (after - before + sheared) / _stepMm);
        }

        private static double Median(List<double> values)
        {
            values.Sort();
            return values[values.Count / 2];
        }

        /// <summary>Levenberg-Marquardt with soft-L1 weights, within bounds; changes the parameters and returns their cost.</summary>
        private double Descend(double[] p)
        {
            double cost = Cost(p);
            double damping = 1e-3;
            double[] jacobian = new double[ParameterCount];
            for (int step = 0; step < Steps; step++)
            {
                double[,] normal = new double[ParameterCount, ParameterCount];
                double[] right = new double[ParameterCount];
                foreach ((double x, double y, double hu, _, _) in _pixels)
                {
                    double r = hu - Evaluate(p, x, y, jacobian);
                    double weight = 1 / Math.Sqrt(1 + Math.Pow(r / RobustHu, 2));
                    for (int a = 0; a < ParameterCount; a++)
                    {
                        right[a] += weight * jacobian[a] * r;
                        for (int b = 0; b <= a; b++)
                        {
                            normal[a, b] += weight * jacobian[a] * jacobian[b];
                        }
                    }
                }

                double gain = 0;
                for (int attempt = 0; attempt < 6; attempt++)
                {
                    double[] trial = Moved(p, LeastSquares.Solve(normal, right, damping));
                    double trialCost = Cost(trial);
                    if (trialCost < cost)
                    {
                        gain = (cost - trialCost) / cost;
                        trial.CopyTo(p, 0);
                        cost = trialCost;
                        damping = Math.Max(damping / 5, 1e-7);
                        break;
                    }

                    damping *= 5;
                }

                if (gain < 1e-4)
                {
                    break;
                }
            }

            return cost;
        }

        private static double[] Moved(double[] p, double[] change)
        {
            double[] moved = new double[ParameterCount];
            for (int n = 0; n < ParameterCount; n++)
            {
                moved[n] = Math.Clamp(p[n] + change[n], LowerBounds[n], UpperBounds[n]);
            }

            return moved;
        }

        private double Cost(double[] p)
        {
            double cost = 0;
            foreach ((double x, double y, double hu, _, _) in _pixels)
            {
                double r = (hu - Evaluate(p, x, y, default)) / RobustHu;
                cost += Math.Sqrt(1 + (r * r)) - 1;
            }

            return cost;
        }

        /// <summary>The model at a point and, where wanted, its derivatives by the parameters.</summary>
        private static double Evaluate(double[] p, double x, double y, Span<double> derivatives)
        {
            double cos = Math.Cos(p[Angle]);
            double sin = Math.Sin(p[Angle]);
            double across = (cos * x) + (sin * y);
            double along = (cos * y) - (sin * x);
            double u = across - p[Distance] - (p[Curvature] * along * along);
            double s = Math.Exp(p[LogBlur]);
            double skin = NormalDistribution.Cumulative(u / s);
            double fat = NormalDistribution.Cumulative((u - p[SkinWidth]) / s);
            if (!derivatives.IsEmpty)
            {
                double skinSlope = p[SkinStep] * NormalDistribution.Density(u / s) / s;
                double fatSlope = p[FatStep] * NormalDistribution.Density((u - p[SkinWidth]) / s) / s;
                double slope = skinSlope + fatSlope;
                derivatives[Angle] = slope * (along + (2 * p[Curvature] * along * across));
                derivatives[Distance] = -slope;
                derivatives[Curvature] = -slope * along * along;
                derivatives[LogBlur] = -(skinSlope * u) - (fatSlope * (u - p[SkinWidth]));
                derivatives[Air] = 1;
                derivatives[SkinStep] = skin;
                derivatives[FatStep] = fat;
                derivatives[SkinWidth] = -fatSlope;
            }

            return p[Air] + (p[SkinStep] * skin) + (p[FatStep] * fat);
        }

        /// <summary>Where the same edge lies in another slice: distance alone, by Gauss-Newton.</summary>
        private double Shifted(double[] fitted, Func<(double X, double Y, double Hu, double Before, double After), double> hu)
        {
            double[] p = [.. fitted];
            double[] jacobian = new double[ParameterCount];
            for (int step = 0; step < 5; step++)
            {
                double up = 0;
                double down = 0;
                foreach ((double X, double Y, double Hu, double Before, double After) pixel in _pixels)
                {
                    double r = hu(pixel) - Evaluate(p, pixel.X, pixel.Y, jacobian);
                    double weight = 1 / Math.Sqrt(1 + Math.Pow(r / RobustHu, 2));
                    up += weight * jacobian[Distance] * r;
                    down += weight * jacobian[Distance] * jacobian[Distance];
                }

                p[Distance] = down > 0 ? Math.Clamp(p[Distance] + (up / down), LowerBounds[Distance], UpperBounds[Distance]) : p[Distance];
            }

            return p[Distance];
        }
    }
}
