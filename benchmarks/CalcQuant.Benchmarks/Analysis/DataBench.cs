using BenchmarkDotNet.Attributes;
using CalcQuant.Benchmarks.Peers;

namespace CalcQuant.Benchmarks.Analysis;

/// <summary>Load and analysis of the folder named with <c>--data</c>; of the sample data without.</summary>
[VoxelsOfData]
public class DataBench
{
    /// <summary>The folder; benchmarks run in this process.</summary>
    internal static string Folder { get; set; } = WholeRunComparison.SampleData();

    [Benchmark(Baseline = true)]
    public void Load() => FolderAnalysis.Load(Folder);

    [Benchmark]
    public void FilesToJson() => FolderAnalysis.Analyse(Folder);
}
