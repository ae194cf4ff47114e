using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;
using CalcQuant.Tests.Oracles;

namespace CalcQuant.Tests.Segmentation;

public class DistanceTransformTests
{
    // Squares are summed in single precision: a few units in the last place.
    private const double RelativeTolerance = 1e-6;

    public static TheoryData<int, int, int, double, float> Cases => new()
    {
        { 37, 11, 6, 0.01, float.PositiveInfinity },
        { 37, 11, 6, 0.01, 4.5f },
        { 70, 9, 5, 0.001, float.PositiveInfinity },
        { 70, 9, 5, 0.3, 2.1f },
        { 16, 16, 4, 0.05, 0.1f },
        { 1, 5, 3, 0.2, float.PositiveInfinity },
        { 20, 8, 7, 0, 5 },
        { 20, 8, 7, 0, float.PositiveInfinity },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void InSlice_AnyMask_EqualsTheNearestSetVoxel(int columns, int rows, int slices, double density, float capMm)
    {
        VolumeGeometry geometry = TestVolumes.Geometry(columns, rows, slices);
        Mask mask = TestVolumes.RandomMask(columns, rows, slices, density, seed: 11);
        float[] distances = new float[columns * rows];
        for (int slice = 0; slice < slices; slice++)
        {
            DistanceTransform.InSlice(mask, slice, geometry, distances, capMm);
            for (int i = 0; i < distances.Length; i++)
            {
                AssertClose(BruteForce.Distance(mask, geometry, i % columns, i / columns, slice, isFlat: true, capMm), distances[i]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void InBox_AnyBox_EqualsTheNearestSetVoxelOfTheWholeMask(int columns, int rows, int slices, double density, float capMm)
    {
        // Unevenly spaced slices: their true positions count.
        VolumeGeometry even = TestVolumes.Geometry(columns, rows, slices);
        ImmutableArray<LpsPoint> origins = [.. Enumerable.Range(0, slices).Select(slice => new LpsPoint(0, 0, (slice * 1.1) + (slice % 3 * 0.4)))];
        var geometry = new VolumeGeometry(
            columns, rows, even.BetweenColumnsMm, even.BetweenRowsMm, even.ColumnDirection, even.RowDirection, origins, even.SliceExtentsMm);
        Mask mask = TestVolumes.RandomMask(columns, rows, slices, density, seed: 12);
        VoxelBox[] boxes =
        [
            new(0, 0, 0, columns - 1, rows - 1, slices - 1),
            new(columns / 3, rows / 4, slices / 2, columns * 2 / 3, rows / 2, slices / 2),
        ];
        foreach (VoxelBox box in boxes)
        {
            foreach (int threadCount in new[] { 1, 3 })
            {
                float[] distances = DistanceTransform.InBox(mask, box, geometry, capMm, threadCount, TestContext.Current.CancellationToken);
                Assert.Equal(box.VoxelCount, distances.Length);
                for (int i = 0; i < distances.Length; i++)
                {
                    int column = box.MinColumn + (i % box.ColumnCount);
                    int row = box.MinRow + (i / box.ColumnCount % box.RowCount);
                    int slice = box.MinSlice + (i / (box.ColumnCount * box.RowCount));
                    AssertClose(BruteForce.Distance(mask, geometry, column, row, slice, isFlat: false, capMm), distances[i]);
                }
            }
        }
    }

    [Fact]
    public void InBox_CapOfZeroOrBoxOutside_IsRefused()
    {
        var mask = new Mask(4, 4, 4);
        VolumeGeometry geometry = TestVolumes.Geometry(4, 4, 4);
        Assert.Throws<ArgumentOutOfRangeException>(() => DistanceTransform.InBox(
            mask, new VoxelBox(0, 0, 0, 3, 3, 3), geometry, 0, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentOutOfRangeException>(() => DistanceTransform.InBox(
            mask, new VoxelBox(0, 0, 0, 4, 3, 3), geometry, cancellationToken: TestContext.Current.CancellationToken));
    }

    private static void AssertClose(double expected, float actual)
    {
        if (double.IsPositiveInfinity(expected))
        {
            Assert.Equal(float.PositiveInfinity, actual);
        }
        else
        {
            Assert.Equal(expected, actual, RelativeTolerance * Math.Max(1, expected));
        }
    }
}
