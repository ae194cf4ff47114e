using System.Diagnostics;
using System.Globalization;
using CalcQuant.Benchmarks.Analysis;
using CalcQuant.Benchmarks.Volumes;
using CalcQuant.Phantoms;

namespace CalcQuant.Benchmarks.Ratios;

/// <summary><c>linear</c>: whether the whole analysis grows with the slices and no faster.</summary>
internal static class LinearCommand
{
    private const int Rounds = 3;
    private static readonly int[] SliceCounts = [400, 800, 1200];

    public static int Run()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("calcquant-linear-");
        try
        {
            string FolderOf(int slices) => Path.Combine(folder.FullName, slices.ToString(CultureInfo.InvariantCulture));
            foreach (int slices in SliceCounts)
            {
                new BenchmarkVolume(slices, TimedVolumes.Size).Write(FolderOf(slices));
            }

            var least = new Dictionary<int, double>();
            for (int round = 0; round < Rounds; round++)
            {
                foreach (int slices in SliceCounts)
                {
                    long begin = Stopwatch.GetTimestamp();
                    FolderAnalysis.Analyse(FolderOf(slices));
                    least[slices] = Math.Min(least.GetValueOrDefault(slices, double.PositiveInfinity), Stopwatch.GetElapsedTime(begin).TotalSeconds);
                }
            }

            Console.WriteLine("| slices | s | ms a slice | x that of 400 |");
            Console.WriteLine("|---|---|---|---|");
            foreach (int slices in SliceCounts)
            {
                double perSlice = least[slices] / slices;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {slices} | {least[slices]:0.00} | {1000 * perSlice:0.00} | {perSlice / (least[SliceCounts[0]] / SliceCounts[0]):0.00} |"));
            }

            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
