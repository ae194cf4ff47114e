using System.Diagnostics;
using CalcQuant.Analysis;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Series;
using CalcQuant.Phantoms;
using CalcQuant.Service.Analyses;

namespace CalcQuant.Service.Tests.Analyses;

/// <summary>What an analysis really takes, against what was set aside for it. Explicit, since it measures the whole process: run it alone.</summary>
public sealed class AnalysisMemoryTests(ITestOutputHelper output)
{
    private static readonly TimeSpan SamplePeriod = TimeSpan.FromMilliseconds(5);

    [Theory(Explicit = true)]
    [InlineData(256, 128)]
    [InlineData(384, 192)]
    [InlineData(512, 300)]
    public async Task BytesFor_Phantom_IsNotLessThanThePeak(int size, int sliceCount)
    {
        string folder = Directory.CreateTempSubdirectory("calcquant-memory-").FullName;
        try
        {
            PhantomDicom.Write(Phantom.Render(PhantomOptions.Forearm(3) with { ColumnCount = size, RowCount = size, SliceCount = sliceCount, PixelSpacingMm = 125.0 / size }), folder);
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            long before = Process.GetCurrentProcess().WorkingSet64;
            using var done = new CancellationTokenSource();
            Task<long> peak = PeakAsync(done.Token);
            SeriesStack stack = SeriesCatalog.Scan([folder], ReadingLimits.Default).Stacks.Single();
            long estimate = AnalysisMemory.BytesFor([stack]);
            StackOutcome outcome = await Task.Run(() => StackAnalysis.Run(stack, new AnalysisOptions()));
            await done.CancelAsync();
            long used = await peak - before;
            output.WriteLine($"{size} x {size} x {sliceCount}: volume {stack.VolumeByteCount >> 20} MiB, peak {used >> 20} MiB ({(double)used / stack.VolumeByteCount:0.00} x), set aside {estimate >> 20} MiB");
            GC.KeepAlive(outcome);
            Assert.True(used <= estimate);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<long> PeakAsync(CancellationToken cancellationToken)
    {
        long peak = 0;
        using var process = Process.GetCurrentProcess();
        while (!cancellationToken.IsCancellationRequested)
        {
            process.Refresh();
            peak = Math.Max(peak, process.WorkingSet64);
            await Task.Delay(SamplePeriod, CancellationToken.None);
        }

        return peak;
    }
}
