using CalcQuant.Imaging;
using CalcQuant.Segmentation;
using CalcQuant.Tests.Oracles;

namespace CalcQuant.Tests.Segmentation;

public class VoxelThresholdTests
{
    [Theory]
    [InlineData(-1024f)]
    [InlineData(129.5f)]
    [InlineData(130f)]
    [InlineData(40_000f)]
    public void AtLeast_IntegerAndFloatVolumes_MarksWhatReachesTheThreshold(float thresholdHu)
    {
        foreach (int columns in new[] { 1, 63, 64, 65, 130 })
        {
            short[] voxels = TestVolumes.Noise(columns * 7 * 5, 0.3, seed: columns);
            var geometry = TestVolumes.Geometry(columns, 7, 5);
            bool[] expected = [.. voxels.Select(hu => hu >= thresholdHu)];
            Mask within = TestVolumes.RandomMask(columns, 7, 5, 0.4, seed: columns);
            bool[] expectedWithin = [.. expected.Zip(TestVolumes.Voxels(within), (reaches, isWithin) => reaches && isWithin)];
            foreach (CtVolume volume in new[] { new CtVolume(geometry, voxels), new CtVolume(geometry, [.. voxels.Select(hu => (float)hu)]) })
            {
                foreach (int threadCount in new[] { 1, 3 })
                {
                    ParallelOptions parallel = Parallel(threadCount);
                    Assert.Equal(expected, TestVolumes.Voxels(VoxelThreshold.AtLeast(volume, thresholdHu, parallel)));
                    Mask? found = VoxelThreshold.AtLeast(volume, thresholdHu, within, parallel);
                    Assert.Equal(expectedWithin.Contains(true), found is not null);
                    Assert.Equal(expectedWithin, found is null ? new bool[voxels.Length] : TestVolumes.Voxels(found));
                }
            }
        }
    }

    [Theory]
    [InlineData(1, 1, 1, 0.0)]
    [InlineData(9, 30, 3, 0.0)]
    [InlineData(65, 12, 4, 1.0)]
    [InlineData(200, 21, 70, 0.0)]
    [InlineData(200, 21, 70, 2.0)]
    public void AddSmoothed_WithinAMask_AddsWhatTheSmoothedVolumeReachesThere(int columns, int rows, int slices, double acrossMm)
    {
        const double sigmaMm = 0.8;
        const float thresholdHu = 200;
        short[] voxels = TestVolumes.Noise(columns * rows * slices, 0.3, seed: columns + rows);
        var geometry = TestVolumes.Geometry(columns, rows, slices);
        Mask known = TestVolumes.RandomMask(columns, rows, slices, 0.2, seed: 1);
        foreach (double density in new[] { 0, 0.001, 0.02, 1 })
        {
            Mask within = TestVolumes.RandomMask(columns, rows, slices, density, seed: 2);
            foreach (CtVolume volume in new[] { new CtVolume(geometry, voxels), new CtVolume(geometry, [.. voxels.Select(hu => (float)hu)]) })
            {
                Mask expected = GaussianBlur.Threshold(volume, sigmaMm, thresholdHu, acrossMm, 1, TestContext.Current.CancellationToken)
                    .And(within).AndNot(known);
                foreach (int threadCount in new[] { 1, 3 })
                {
                    var target = new Mask(columns, rows, slices);
                    VoxelThreshold.AddSmoothed(volume, sigmaMm, acrossMm, thresholdHu, within, known, target, Parallel(threadCount));
                    Assert.Equal(TestVolumes.Voxels(expected), TestVolumes.Voxels(target.AndNot(known)));
                }
            }
        }
    }

    private static ParallelOptions Parallel(int threadCount) =>
        new() { MaxDegreeOfParallelism = threadCount, CancellationToken = TestContext.Current.CancellationToken };
}
