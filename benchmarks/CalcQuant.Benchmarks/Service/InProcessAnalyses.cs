using System.Diagnostics;
using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Series;
using Google.Protobuf;

namespace CalcQuant.Benchmarks.Service;

/// <summary>The analysis without a service, in a process that stays: each line on standard input is a threshold, each answer the seconds it took.</summary>
internal static class InProcessAnalyses
{
    public const string Command = "in-process-analyses";

    public static int Run(string folder)
    {
        while (Console.ReadLine() is { } line)
        {
            long begin = Stopwatch.GetTimestamp();
            var options = new AnalysisOptions { ThresholdHu = float.Parse(line, CultureInfo.InvariantCulture) };
            SeriesCatalog catalog = SeriesCatalog.Scan([folder], ReadingLimits.Default);
            long bytes = 0;
            foreach (SeriesStack stack in catalog.Stacks)
            {
                using StackOutcome outcome = StackAnalysis.Run(stack, options);
                bytes += outcome.Report.ToMessage().ToByteArray().Length;
            }

            double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds:F4} {bytes}"));
        }

        return 0;
    }
}
