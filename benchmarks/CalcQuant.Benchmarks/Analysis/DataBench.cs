using BenchmarkDotNet.Attributes;
using CalcQuant.Benchmarks.Ratios;

namespace CalcQuant.Benchmarks.Analysis;

/// <summary>Load and analysis of the folder named with <c>--data</c>; of the sample data without.</summary>
public class DataBench
{
    /// <summary>The environment variable that carries the folder to the process that measures.</summary>
    public const string FolderVariable = "CALCQUANT_BENCHMARK_DATA";

    private string _folder = null!;

    [GlobalSetup]
    public void FindFolder() => _folder = Environment.GetEnvironmentVariable(FolderVariable)
        ?? throw new InvalidOperationException("No folder was named.");

    [Benchmark(Baseline = true)]
    public void Load() => RatioCommand.Load(_folder);

    [Benchmark]
    public void FilesToJson() => RatioCommand.Analyse(_folder);
}
