using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Phantoms;

namespace CalcQuant.Tests.Analysis;

/// <summary>
/// What an analysis allocates, in bytes: a count of work that is the same on every machine and under every load, where seconds are not. A change that
/// takes much more memory or makes an array for each voxel, row or component shows here.
/// </summary>
public sealed class AllocationTests(ITestOutputHelper output)
{
    /// <summary>
    /// Bytes allocated per voxel by the second analysis of a phantom of 96 x 96 x 48 voxels on one thread, which is small enough that nothing comes from the
    /// pool of large arrays. Renewed from the figure this test prints, plus a tenth, when a change is meant to cost more (or turned out to cost less).
    /// </summary>
    private const double GreatestBytesPerVoxel = 226;

    [Fact]
    public void Run_SmallPhantom_AllocatesNoMoreThanItDid()
    {
        long bytes = AllocatedBy(sliceCount: 48);
        double perVoxel = bytes / (96.0 * 96 * 48);
        output.WriteLine($"{bytes} bytes, {perVoxel:0.0} a voxel");
        Assert.InRange(perVoxel, 1, GreatestBytesPerVoxel);
    }

    private static long AllocatedBy(int sliceCount)
    {
        CtSeries series = Phantom.Render(PhantomOptions.Forearm(3) with { ColumnCount = 96, RowCount = 96, PixelSpacingMm = 1.2, SliceCount = sliceCount }).Series;
        var options = new AnalysisOptions { MaxThreadCount = 1 };

        // The first run fills caches and compiles; one thread does all the work, so its own count is the whole.
        CalcificationAnalysis.Run(series, options, cancellationToken: TestContext.Current.CancellationToken);
        long before = GC.GetAllocatedBytesForCurrentThread();
        CalcificationAnalysis.Run(series, options, cancellationToken: TestContext.Current.CancellationToken);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
