using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using CalcQuant.Benchmarks.Volumes;
using CalcQuant.Phantoms;

namespace CalcQuant.Benchmarks.Analysis;

/// <summary>
/// <c>stages</c>: what the time of a whole analysis goes into. The stages are those that the report names; each needs what the one before made, so they
/// are timed within whole analyses. Of each stage the least time of all rounds counts.
/// </summary>
internal static class StagesCommand
{
    public const string Command = "stages";

    private const int SliceCount = 400;
    private const int Rounds = 5;

    /// <summary>Prints the table.</summary>
    /// <param name="data">A folder of the user; null for a series made here.</param>
    /// <returns>0, or 1 where the folder holds no CT volume that can be analysed.</returns>
    public static int Run(string? data)
    {
        if (data is not null)
        {
            return Measure(data);
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("calcquant-stages-");
        try
        {
            new BenchmarkVolume(SliceCount, TimedVolumes.Size).Write(folder.FullName);
            return Measure(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int Measure(string folder)
    {
        long voxelCount = FolderAnalysis.CountVoxels(folder);
        if (voxelCount == 0)
        {
            Console.Error.WriteLine("no CT volume below " + folder);
            return 1;
        }

        var least = new Dictionary<string, double>(StringComparer.Ordinal);
        ImmutableArray<(string Stage, double Seconds)> stages = [];
        short[] limitVoxels = ReadLimit.Voxels();
        double leastLimit = double.PositiveInfinity, whole = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            leastLimit = Math.Min(leastLimit, ReadLimit.Seconds(limitVoxels, 1));
            long begin = Stopwatch.GetTimestamp();
            stages = FolderAnalysis.Analyse(folder);
            whole = Math.Min(whole, Stopwatch.GetElapsedTime(begin).TotalSeconds);
            foreach ((string stage, double seconds) in stages)
            {
                least[stage] = Math.Min(least.GetValueOrDefault(stage, double.PositiveInfinity), seconds);
            }
        }

        var invariant = CultureInfo.InvariantCulture;
        double limit = leastLimit / limitVoxels.Length * voxelCount;
        Console.WriteLine(string.Create(invariant, $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors, {voxelCount / 1e6:0.0} million voxels, least of {Rounds} analyses; L {1000 * limit:0.0} ms"));
        Console.WriteLine();
        Console.WriteLine("| stage | ms | million voxels/s | L |");
        Console.WriteLine("|---|---|---|---|");
        foreach ((string stage, _) in stages)
        {
            Print(stage, least[stage]);
        }

        Print("whole", whole);
        return 0;

        void Print(string stage, double seconds) => Console.WriteLine(string.Create(
            invariant, $"| {stage} | {1000 * seconds:0.0} | {voxelCount / seconds / 1e6:0} | {seconds / limit:0.00} |"));
    }
}
