using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace CalcQuant.Benchmarks.Peers;

/// <summary>
/// A whole analysis as a user starts it, cold start included, beside what pydicom and scikit-image need for loading, labelling and a table of
/// regions alone. Both are child processes, run alternately, so that the load of the machine hits both; the ratio of the minima is what counts.
/// </summary>
internal static class WholeRunComparison
{
    /// <summary>How often the memory of a child is looked at: its high-water mark only rises, so the last look is the peak.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    public static int Run(string folder, int rounds)
    {
        string analysis = CommandLine();
        string script = Path.Combine(AppContext.BaseDirectory, "Peers", "load_label_regionprops.py");
        string json = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");
        try
        {
            var ours = new List<Measured>();
            var peers = new List<Measured>();
            for (int round = 0; round < rounds; round++)
            {
                ours.Add(Measure(analysis, "analyze", folder, "--json", json, "--quiet"));
                peers.Add(Measure("/usr/bin/python3", script, folder));
                Console.Error.WriteLine($"round {round + 1}: calcquant {ours[^1].Seconds:F2} s, {peers[^1].Seconds:F2} s whole peer process, {peers[^1].WorkSeconds:F2} s of it load + label + table");
            }

            Print(folder, ours, peers);
            return 0;
        }
        finally
        {
            File.Delete(json);
        }
    }

    /// <summary>The command line as its own release build leaves it, compiled ahead of time; the copy beside this program is not.</summary>
    internal static string CommandLine() => Path.Combine(
        Repository(), "src", "CalcQuant.Cli", "bin", "Release", "net10.0", OperatingSystem.IsWindows() ? "CalcQuant.Cli.exe" : "CalcQuant.Cli");

    /// <summary>The sample data of the repository.</summary>
    internal static string SampleData() => Path.Combine(Repository(), "sample-data");

    /// <summary>The folder of the repository.</summary>
    internal static string Repository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "CalcQuant.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The benchmarks do not run below the repository.");
    }

    private static void Print(string folder, List<Measured> ours, List<Measured> peers)
    {
        double least = ours.Min(run => run.Seconds), leastPeer = peers.Min(run => run.WorkSeconds);
        long bytes = Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length);
        var invariant = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(invariant, $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors, {Directory.EnumerateFiles(folder).Count()} files, {bytes >> 20} MiB, {ours.Count} alternating runs"));
        Console.WriteLine();
        Console.WriteLine("| run | min s | median s | peak MiB |");
        Console.WriteLine("|---|---|---|---|");
        Console.WriteLine(string.Create(invariant, $"| calcquant analyze, whole process | {least:F2} | {Median(ours.Select(run => run.Seconds)):F2} | {ours.Max(run => run.PeakBytes) >> 20} |"));
        Console.WriteLine(string.Create(invariant, $"| pydicom load + skimage label + regionprops_table, without start-up | {leastPeer:F2} | {Median(peers.Select(run => run.WorkSeconds)):F2} | {peers.Max(run => run.PeakBytes) >> 20} |"));
        Console.WriteLine();
        Console.WriteLine(string.Create(invariant, $"ratio of the minima: {least / leastPeer:F2}; peak memory / volume: {ours.Max(run => run.PeakBytes) / (double)bytes:F2}"));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static Measured Measure(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        long begin = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        long peak = 0;
        while (!process.WaitForExit(PollInterval))
        {
            peak = Math.Max(peak, HighWaterMark(process.Id));
        }

        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        string[] words = output.GetAwaiter().GetResult().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
        }

        // The peer prints its own load and work seconds; its start-up (imports) is not counted against it.
        double work = words.Length == 3 ? words.Take(2).Sum(word => double.Parse(word, CultureInfo.InvariantCulture)) : seconds;
        return new Measured(seconds, work, peak);
    }

    private static long HighWaterMark(int processId)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{processId}/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException)
        {
            // The process ended between the two calls.
            return 0;
        }
    }

    private readonly record struct Measured(double Seconds, double WorkSeconds, long PeakBytes);
}
