using BenchmarkDotNet.Attributes;
using CalcQuant.Benchmarks.Volumes;
using CalcQuant.Phantoms;

namespace CalcQuant.Benchmarks.Analysis;

/// <summary>The whole analysis, from files to JSON, by the number of slices.</summary>
[Voxels(TimedVolumes.Size * TimedVolumes.Size)]
public class WholeAnalysisBench
{
    private DirectoryInfo _folder = null!;

    [Params(100, 200, 400)]
    public int Slices { get; set; }

    [GlobalSetup]
    public void WriteSeries()
    {
        _folder = Directory.CreateTempSubdirectory("calcquant-analysis-");
        new BenchmarkVolume(Slices, TimedVolumes.Size).Write(_folder.FullName);
    }

    [GlobalCleanup]
    public void Delete() => _folder.Delete(recursive: true);

    [Benchmark]
    public void FilesToJson() => FolderAnalysis.Analyse(_folder.FullName);
}
