using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using CalcQuant.Benchmarks.Analysis;
using CalcQuant.Benchmarks.Volumes;

namespace CalcQuant.Benchmarks;

/// <summary>The voxels that one call of a benchmark works on; with a parameter Slices, so many for each slice.</summary>
/// <param name="count">Voxels.</param>
[AttributeUsage(AttributeTargets.Class)]
internal class VoxelsAttribute(long count) : Attribute
{
    /// <summary>Voxels.</summary>
    public long Count { get; } = count;
}

/// <summary>A benchmark of the folder of <see cref="DataBench"/>: as many voxels as it holds.</summary>
internal sealed class VoxelsOfDataAttribute() : VoxelsAttribute(InFolder.Value)
{
    private static readonly Lazy<long> InFolder = new(() => FolderAnalysis.CountVoxels(DataBench.Folder));
}

/// <summary>How BenchmarkDotNet measures here: few, short rounds, allocations, voxels per second, and times in L, which is measured at the start of the run.</summary>
internal sealed class SuiteConfig : ManualConfig
{
    private static readonly TimeSpan LongestBenchmark = TimeSpan.FromMinutes(30);

    /// <summary>Measures L.</summary>
    /// <param name="leftOut">Told of each benchmark.</param>
    /// <param name="hasJob">Whether the arguments name a job: it is then the only one.</param>
    public SuiteConfig(LeftOut leftOut, bool hasJob)
    {
        short[] voxels = ReadLimit.Voxels();
        double limitPerVoxel = ReadLimit.Seconds(voxels, 1) / voxels.Length;
        Add(DefaultConfig.Instance);

        // In this process, whatever job is asked for: the project that BenchmarkDotNet generates otherwise sends all references through one folder for
        // intermediate files, where the generated calls of CalcQuant.Api and the runtime-specific build of CalcQuant.Cli fail.
        AddJob(Job.Default.WithToolchain(new InProcessEmitToolchain(LongestBenchmark, logOutput: true)).AsMutator());
        if (!hasJob)
        {
            AddJob(Job.Default.WithWarmupCount(2).WithIterationCount(8).WithMaxRelativeError(0.1));
        }

        AddDiagnoser(MemoryDiagnoser.Default);
        AddFilter(leftOut);
        AddColumn(
            new VoxelColumn("Voxels/s", "Voxels worked on per second", (seconds, voxels) => string.Create(CultureInfo.InvariantCulture, $"{voxels / seconds / 1e6:0} M")),
            new VoxelColumn("xL", "Mean in units of L, the time one core needs to read as many voxels once", (seconds, voxels) => (seconds / (voxels * limitPerVoxel)).ToString("0.00", CultureInfo.InvariantCulture)));
    }

    private sealed class VoxelColumn(string name, string legend, Func<double, double, string> format) : IColumn
    {
        public string Id => name;

        public string ColumnName => name;

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string Legend => legend;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
        {
            var voxels = (VoxelsAttribute?)Attribute.GetCustomAttribute(benchmarkCase.Descriptor.Type, typeof(VoxelsAttribute));
            if (voxels is not { Count: > 0 } || summary[benchmarkCase]?.ResultStatistics is not { } statistics)
            {
                return "-";
            }

            double slices = benchmarkCase.Parameters.Items.FirstOrDefault(item => item.Name == "Slices")?.Value is int count ? count : 1;
            return format(statistics.Mean / 1e9, voxels.Count * slices);
        }

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public bool IsAvailable(Summary summary) => true;
    }
}
