using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Films;
using CalcQuant.Radiography;

namespace CalcQuant.Benchmarks.Films;

/// <summary>
/// <c>films</c>: the analysis of a radiograph of 3000 x 2500 pixels on one core: time of each stage, the least of all rounds, and the greatest memory of the
/// process above what it held before, in bytes of the film.
/// </summary>
internal static class FilmsCommand
{
    public const string Command = "films";

    private const int ColumnCount = 2500;
    private const int RowCount = 3000;
    private const int Rounds = 5;

    /// <summary>Bytes of a pixel in the file.</summary>
    private const int PixelBytes = 2;

    /// <summary>Prints the table.</summary>
    /// <returns>0.</returns>
    public static int Run()
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
        {
            using var process = Process.GetCurrentProcess();
            process.ProcessorAffinity = 1;
        }

        var invariant = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(invariant, $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, one core, {ColumnCount} x {RowCount} pixels, least of {Rounds} analyses"));
        Console.WriteLine();
        Console.WriteLine("| film | stage | ms | million pixels/s | memory, bytes of the film |");
        Console.WriteLine("|---|---|---|---|---|");
        Measure("hand", "HAND", FilmOptions.Hand(1));
        Measure("thigh", "THIGH", FilmOptions.Thigh(1));
        return 0;
    }

    private static void Measure(string name, string bodyPart, FilmOptions options)
    {
        RadiographFilm film = Fill(Film.Render(options with { PixelSpacingMm = 0.1 }), bodyPart);
        var least = new Dictionary<string, double>(StringComparer.Ordinal);
        var order = new List<string>();
        double whole = double.PositiveInfinity, memory = 0;
        for (int round = 0; round < Rounds; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            var clock = new StageClock();
            using var peak = new PeakMemory();
            long begin = Stopwatch.GetTimestamp();
            FilmResult result = RadiographAnalysis.Run(film, "DX", new AnalysisOptions(), clock);
            whole = Math.Min(whole, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            memory = Math.Max(memory, peak.End());
            foreach ((string stage, double milliseconds) in clock.End())
            {
                if (!least.TryAdd(stage, milliseconds))
                {
                    least[stage] = Math.Min(least[stage], milliseconds);
                }
                else
                {
                    order.Add(stage);
                }
            }

            GC.KeepAlive(result);
        }

        foreach (string stage in order)
        {
            Print(stage, least[stage], string.Empty);
        }

        Print("whole", whole, (memory / ((double)PixelBytes * ColumnCount * RowCount)).ToString("0.0", CultureInfo.InvariantCulture));

        void Print(string stage, double milliseconds, string bytes) => Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"| {name} | {stage} | {milliseconds:0} | {ColumnCount * RowCount / milliseconds / 1000:0.0} | {bytes} |"));
    }

    /// <summary>A film of the full size: the phantom's in its middle, its border going on outwards.</summary>
    private static RadiographFilm Fill(FilmScan scan, string bodyPart)
    {
        float[] density = new float[ColumnCount * RowCount];
        int left = (ColumnCount - scan.ColumnCount) / 2, top = (RowCount - scan.RowCount) / 2;
        for (int row = 0; row < RowCount; row++)
        {
            int y = Math.Clamp(row - top, 0, scan.RowCount - 1);
            for (int column = 0; column < ColumnCount; column++)
            {
                density[(row * ColumnCount) + column] = scan.Pixels[(y * scan.ColumnCount) + Math.Clamp(column - left, 0, scan.ColumnCount - 1)];
            }
        }

        var scale = new PixelScale(0.1, 0.1, PixelScaleSource.Fiducial, 0.02, "phantom");
        return new RadiographFilm(
            new Radiograph(ColumnCount, RowCount, density, scale),
            new CtAcquisition { SeriesInstanceUid = "2.25.1", SopInstanceUids = ["2.25.2"], StackNumber = 1, StackCount = 1, BodyPartExamined = bodyPart },
            new FilmFacts { SopInstanceUid = "2.25.2", IntensityOrigin = "phantom" },
            []);
    }

    /// <summary>Time between the beginnings of stages.</summary>
    private sealed class StageClock : IProgress<AnalysisProgress>
    {
        private readonly List<(string Stage, long Begin)> _begins = [("read", Stopwatch.GetTimestamp())];

        public void Report(AnalysisProgress value)
        {
            if (value.Stage != _begins[^1].Stage)
            {
                _begins.Add((value.Stage, Stopwatch.GetTimestamp()));
            }
        }

        public IEnumerable<(string Stage, double Milliseconds)> End()
        {
            long end = Stopwatch.GetTimestamp();
            for (int i = 0; i < _begins.Count; i++)
            {
                yield return (_begins[i].Stage, Stopwatch.GetElapsedTime(_begins[i].Begin, i + 1 < _begins.Count ? _begins[i + 1].Begin : end).TotalMilliseconds);
            }
        }
    }

    /// <summary>Greatest resident memory of the process above that at the start, looked at every few milliseconds.</summary>
    private sealed class PeakMemory : IDisposable
    {
        private readonly long _before = Environment.WorkingSet;
        private readonly Timer _timer;
        private long _greatest;

        public PeakMemory() => _timer = new Timer(_ => Look(), null, 0, 5);

        public double End()
        {
            Look();
            return Math.Max(0, Interlocked.Read(ref _greatest) - _before);
        }

        public void Dispose() => _timer.Dispose();

        private void Look() => Interlocked.Exchange(ref _greatest, Math.Max(Interlocked.Read(ref _greatest), Environment.WorkingSet));
    }
}
