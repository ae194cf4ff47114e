using System.Collections.Immutable;
using System.Diagnostics;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Benchmarks.Analysis;

/// <summary>What is timed of a folder of DICOM files.</summary>
internal static class FolderAnalysis
{
    /// <summary>Voxels of the stacks in the folder.</summary>
    public static long CountVoxels(string folder) => Scan(folder).Stacks.Sum(stack => stack.Geometry?.VoxelCount ?? 0);

    /// <summary>From files to volumes.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="visit">Shown each volume before its memory is given back; may be null.</param>
    public static void Load(string folder, Action<CtVolume>? visit = null)
    {
        foreach (SeriesStack stack in Scan(folder).Stacks)
        {
            if (stack.Read() is SeriesReading.Accepted accepted)
            {
                using CtVolume volume = accepted.Series.Volume;
                visit?.Invoke(volume);
            }
        }
    }

    /// <summary>From files to the JSON of the reports.</summary>
    /// <returns>Time of each stage, in the order in which they first began; all stacks together.</returns>
    public static ImmutableArray<(string Stage, double Seconds)> Analyse(string folder)
    {
        var stages = ImmutableArray.CreateBuilder<(string Stage, double Seconds)>();
        long begin = Stopwatch.GetTimestamp();
        SeriesCatalog catalog = Scan(folder);
        Add("headers", Stopwatch.GetElapsedTime(begin).TotalSeconds);
        foreach (SeriesStack stack in catalog.Stacks)
        {
            using StackOutcome outcome = StackAnalysis.Run(stack, new AnalysisOptions());
            foreach (StageTime time in outcome.Report.StageTimes)
            {
                Add(time.Stage, time.Milliseconds / 1000);
            }

            begin = Stopwatch.GetTimestamp();
            ReportJson.Write(outcome.Report.ToMessage(), Stream.Null);
            Add("report", Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return stages.ToImmutable();

        void Add(string stage, double seconds)
        {
            for (int i = 0; i < stages.Count; i++)
            {
                if (stages[i].Stage == stage)
                {
                    stages[i] = (stage, stages[i].Seconds + seconds);
                    return;
                }
            }

            stages.Add((stage, seconds));
        }
    }

    /// <summary>Volume of everything dense that the reports of the folder tell of, of whatever kind, mm³.</summary>
    public static double DenseVolumeMm3(string folder)
    {
        double sum = 0;
        foreach (SeriesStack stack in Scan(folder).Stacks)
        {
            using StackOutcome outcome = StackAnalysis.Run(stack, new AnalysisOptions());
            sum += outcome.Report.Totals.Sum(total => total.ThresholdVolumeMm3);
        }

        return sum;
    }

    private static SeriesCatalog Scan(string folder) => SeriesCatalog.Scan([folder], ReadingLimits.Default);
}
