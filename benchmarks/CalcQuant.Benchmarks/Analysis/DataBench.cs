using BenchmarkDotNet.Attributes;

namespace CalcQuant.Benchmarks.Analysis;

/// <summary>Load and analysis of the folder named with <c>--data</c>; of the sample data without.</summary>
[VoxelsOfData]
public class DataBench
{
    /// <summary>The environment variable that carries the folder to the process that measures.</summary>
    private const string FolderVariable = "CALCQUANT_BENCHMARK_DATA";

    private string _folder = null!;

    /// <summary>The folder, in this process and in those that it starts.</summary>
    internal static string Folder
    {
        get => Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException("No folder was named.");
        set => Environment.SetEnvironmentVariable(FolderVariable, value);
    }

    [GlobalSetup]
    public void FindFolder() => _folder = Folder;

    [Benchmark(Baseline = true)]
    public void Load() => FolderAnalysis.Load(_folder);

    [Benchmark]
    public void FilesToJson() => FolderAnalysis.Analyse(_folder);
}
