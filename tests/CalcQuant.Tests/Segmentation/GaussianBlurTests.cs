using CalcQuant.Imaging;
using CalcQuant.Segmentation;
using CalcQuant.Tests.Oracles;

namespace CalcQuant.Tests.Segmentation;

public class GaussianBlurTests
{
    // Values up to 3e4 HU weighted in single precision, three passes.
    private const double ToleranceHu = 0.02;

    [Theory]
    [InlineData(1, 1, 1, 1.0, 0)]
    [InlineData(37, 9, 4, 0.5, 0)]
    [InlineData(67, 12, 5, 1.0, 1.5)]
    [InlineData(40, 7, 9, 0, 2.0)]
    [InlineData(40, 7, 3, 0, 0)]
    public void ForEachSlice_IntegerAndFloatVolumes_EqualTheFullSum(int columns, int rows, int slices, double sigmaMm, double acrossMm)
    {
        short[] voxels = TestVolumes.Noise(columns * rows * slices, 0.3, seed: columns);
        var geometry = TestVolumes.Geometry(columns, rows, slices);
        var integers = new CtVolume(geometry, voxels);
        var floats = new CtVolume(geometry, [.. voxels.Select(hu => (float)hu)]);
        foreach (int threadCount in new[] { 1, 2, 7 })
        {
            float[] smoothed = Smooth(integers, sigmaMm, acrossMm, threadCount);
            Assert.Equal(smoothed, Smooth(floats, sigmaMm, acrossMm, threadCount));
            for (int i = 0; i < smoothed.Length; i++)
            {
                Assert.Equal(
                    BruteForce.Gaussian(integers, sigmaMm, acrossMm, i % columns, i / columns % rows, i / (columns * rows)), smoothed[i], ToleranceHu);
            }
        }
    }

    [Fact]
    public void Threshold_NoisyVolume_MarksWhatTheSmoothedSlicesReach()
    {
        var volume = new CtVolume(TestVolumes.Geometry(67, 12, 5), TestVolumes.Noise(67 * 12 * 5, 0.3, seed: 9));
        float[] smoothed = Smooth(volume, 1, 1, threadCount: 1);
        Mask mask = GaussianBlur.Threshold(volume, 1, 60, 1, maxThreadCount: 3, TestContext.Current.CancellationToken);
        Assert.Equal(smoothed.Select(hu => hu >= 60), TestVolumes.Voxels(mask));
        Assert.InRange(mask.Count(), 1, volume.Geometry.VoxelCount - 1);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.8, 0)]
    [InlineData(0.8, 1.4)]
    [InlineData(0, 1.4)]
    [InlineData(2.5, 0.6)]
    public void Threshold_FewDenseVoxels_MarksWhatTheSmoothedSlicesReach(double sigmaMm, double acrossMm)
    {
        const int columns = 203, rows = 40, slices = 9;
        var random = new Random(13);
        short[] voxels = new short[columns * rows * slices];
        for (int trial = 0; trial < 12; trial++)
        {
            // From almost empty to almost full, with padding and the largest value there is.
            Array.Fill(voxels, trial % 3 == 0 ? short.MinValue : (short)-1000);
            for (int dense = 0; dense < trial * trial * 40; dense++)
            {
                voxels[random.Next(voxels.Length)] = trial % 2 == 0 ? short.MaxValue : (short)random.Next(-900, 3000);
            }

            var volume = new CtVolume(TestVolumes.Geometry(columns, rows, slices), voxels);
            float[] smoothed = Smooth(volume, sigmaMm, acrossMm, threadCount: 1);
            foreach (float threshold in new[] { -999.5f, -850, 0, 129.5f, smoothed.Max(), float.PositiveInfinity, float.NegativeInfinity })
            {
                Mask mask = GaussianBlur.Threshold(volume, sigmaMm, threshold, acrossMm, maxThreadCount: 2, TestContext.Current.CancellationToken);
                Assert.Equal(smoothed.Select(hu => hu >= threshold), TestVolumes.Voxels(mask));
            }
        }
    }

    [Fact]
    public void Threshold_NotSmoothed_MarksTheStoredVoxels()
    {
        VolumeGeometry geometry = TestVolumes.Geometry(67, 12, 5);
        short[] voxels = TestVolumes.Noise(67 * 12 * 5, 0.3, seed: 10);
        float[] halves = [.. voxels.Select((hu, i) => i % 7 == 0 ? float.NaN : hu + 0.5f)];
        foreach (float threshold in new[] { 60, 60.25f, 40_000 })
        {
            Assert.Equal(
                voxels.Select(hu => hu >= threshold),
                TestVolumes.Voxels(GaussianBlur.Threshold(
                    new CtVolume(geometry, voxels), 0, threshold, cancellationToken: TestContext.Current.CancellationToken)));
            Assert.Equal(
                halves.Select(hu => hu >= threshold),
                TestVolumes.Voxels(GaussianBlur.Threshold(
                    new CtVolume(geometry, halves), 0, threshold, cancellationToken: TestContext.Current.CancellationToken)));
        }
    }

    private static float[] Smooth(CtVolume volume, double sigmaMm, double acrossMm, int threadCount)
    {
        int pixelCount = volume.Geometry.ColumnCount * volume.Geometry.RowCount;
        float[] smoothed = new float[volume.Geometry.VoxelCount];
        GaussianBlur.ForEachSlice(
            volume,
            sigmaMm,
            (slice, hu) => hu.CopyTo(smoothed.AsSpan(slice * pixelCount)),
            acrossMm,
            threadCount,
            TestContext.Current.CancellationToken);
        return smoothed;
    }
}
