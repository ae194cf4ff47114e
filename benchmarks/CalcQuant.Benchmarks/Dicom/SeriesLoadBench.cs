using BenchmarkDotNet.Attributes;
using CalcQuant.Benchmarks.Analysis;
using CalcQuant.Benchmarks.Volumes;
using CalcQuant.Dicom.Series;
using CalcQuant.Phantoms;

namespace CalcQuant.Benchmarks.Dicom;

/// <summary>From uncompressed files in the cache to a volume of HU, beside reading the headers alone.</summary>
[Voxels(TimedVolumes.Size * TimedVolumes.Size)]
public class SeriesLoadBench
{
    private DirectoryInfo _folder = null!;

    [Params(100, 400)]
    public int Slices { get; set; }

    [GlobalSetup]
    public void WriteSeries()
    {
        _folder = Directory.CreateTempSubdirectory("calcquant-load-");
        new BenchmarkVolume(Slices, TimedVolumes.Size).Write(_folder.FullName);
    }

    [GlobalCleanup]
    public void Delete() => _folder.Delete(recursive: true);

    [Benchmark(Baseline = true)]
    public SeriesCatalog Headers() => SeriesCatalog.Scan([_folder.FullName], CalcQuant.Dicom.ReadingLimits.Default);

    [Benchmark]
    public void HeadersAndPixels() => FolderAnalysis.Load(_folder.FullName);
}
