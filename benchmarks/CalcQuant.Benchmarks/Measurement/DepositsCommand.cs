using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using CalcQuant.Analysis;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;

namespace CalcQuant.Benchmarks.Measurement;

/// <summary><c>deposits</c>: measuring 300 deposits of mixed size in one series, on one core and on two; the least of all rounds, segmentation left out.</summary>
internal static class DepositsCommand
{
    public const string Command = "deposits";

    private const int DepositCount = 300;
    private const int Rounds = 3;

    /// <summary>Distance of the deposits' middles, mm: their surroundings do not meet.</summary>
    private const double GridMm = 16;

    /// <summary>Half the width of the muscle that they lie in, mm.</summary>
    private const double MuscleMm = 50;

    /// <summary>Diameters, mm, and densities, mg/cm³, in turn.</summary>
    private static readonly double[] DiametersMm = [2, 3, 5, 8], DensitiesMgPerCm3 = [300, 500, 800];

    /// <summary>Prints the table.</summary>
    /// <returns>0.</returns>
    public static int Run()
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {DepositCount} balls of {string.Join(", ", DiametersMm)} mm, least of {Rounds} analyses"));
        Console.WriteLine();
        Console.WriteLine("| slices mm | threads | deposits | corrected | measuring, s | ms a deposit and thread |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (double sliceMm in (double[])[1, 2.5])
        {
            PhantomScan scan = Phantom.Render(Options(sliceMm));
            foreach (int threads in (int[])[1, 2])
            {
                Measure(scan, sliceMm, threads);
            }
        }

        return 0;
    }

    private static void Measure(PhantomScan scan, double sliceMm, int threads)
    {
        double least = double.PositiveInfinity;
        int deposits = 0, corrected = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var clock = new MeasurementClock();
            CalcificationResult result = CalcificationAnalysis.Run(scan.Series, new AnalysisOptions { MaxThreadCount = threads }, clock);
            using (result.Segmentation)
            {
                least = Math.Min(least, clock.Seconds);
                deposits = result.Report.Regions.Count(region => region.Kind.IsCalcification());
                corrected = result.Report.Regions.Count(region => region.VolumeMethod == VolumeMethod.PartialVolumeCorrected);
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {sliceMm} | {threads} | {deposits} | {corrected} | {least:0.00} | {1000 * least * threads / deposits:0.0} |"));
    }

    private static PhantomOptions Options(double sliceMm)
    {
        List<(double X, double Y)> layer = [];
        for (double y = -MuscleMm; y <= MuscleMm; y += GridMm)
        {
            for (double x = -MuscleMm; x <= MuscleMm; x += GridMm)
            {
                if (Math.Sqrt((x * x) + (y * y)) <= MuscleMm - DiametersMm.Max())
                {
                    layer.Add((x, y));
                }
            }
        }

        int layers = (DepositCount + layer.Count - 1) / layer.Count;

        // Off the grid of the voxels by an amount that differs from deposit to deposit.
        PlacedDeposit Place(int n) => PlacedDeposit.Ball(
            new(layer[n % layer.Count].X + (n * 0.37 % 1), layer[n % layer.Count].Y + (n * 0.61 % 1), (((n / layer.Count) - ((layers - 1) / 2.0)) * GridMm) + (n * 0.83 % 1)),
            DiametersMm[n % DiametersMm.Length],
            DensitiesMgPerCm3[n % DensitiesMgPerCm3.Length]);
        return PhantomOptions.MuscleCylinder(1, [.. Enumerable.Range(0, DepositCount).Select(Place)]) with
        {
            CylinderFatMm = 6,
            PixelSpacingMm = 0.7,
            ColumnCount = 214,
            RowCount = 214,
            SliceSpacingMm = sliceMm,
            SliceCount = (int)Math.Ceiling((layers + 2) * GridMm / sliceMm),
        };
    }

    /// <summary>Time from the beginning to the end of the stage that measures.</summary>
    private sealed class MeasurementClock : IProgress<AnalysisProgress>
    {
        private long _begin;

        public double Seconds { get; private set; }

        public void Report(AnalysisProgress value)
        {
            if (value is { Stage: "measurement", Fraction: 0 })
            {
                _begin = Stopwatch.GetTimestamp();
            }
            else if (value is { Stage: "measurement", Fraction: 1 })
            {
                Seconds = Stopwatch.GetElapsedTime(_begin).TotalSeconds;
            }
        }
    }
}
