using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Tests.Measurement;

public sealed class VoxelStatisticsTests
{
    [Fact]
    public void Measure_OfABlock_GivesCountsHuCentroidAndBounds()
    {
        VolumeGeometry geometry = Stacks.Axial(20, 16, 10, 0.7, 0.8, 1.5, new(-10, 5, 100));
        CtVolume volume = Stacks.Render(geometry, (i, j, k) => 200 + i + (10 * k));
        Region region = Stacks.Measure(volume, Stacks.Region(Stacks.Runs(geometry, (i, j, k) => i is >= 4 and < 8 && j is >= 3 and < 6 && k is 2 or 3 && i is >= 4 and < 8 && j is >= 3 and < 6)));

        Assert.Equal(24, region.VoxelCount);
        Assert.Equal(24 * 0.7 * 0.8 * 1.5, region.ThresholdVolumeMm3, 1e-9);
        Assert.Equal(230.5, region.MeanHu, 1e-9);
        Assert.Equal(237, region.MaxHu);

        // Columns 4..7 have variance 1.25, slices 2 and 3 (10 HU apart) 25.
        Assert.Equal(Math.Sqrt(26.25), region.StandardDeviationHu, 1e-9);
        Near(new(-10 + (5.5 * 0.7), 5 + (4 * 0.8), 100 + (2.5 * 1.5)), region.CentroidLpsMm);
        Near(new(-10 + (3.5 * 0.7), 5 + (2.5 * 0.8), 100 + (1.5 * 1.5)), region.BoundsMinLpsMm);
        Near(new(-10 + (7.5 * 0.7), 5 + (5.5 * 0.8), 100 + (3.5 * 1.5)), region.BoundsMaxLpsMm);
        Assert.False(region.TouchesBorder);
        Assert.Equal(2, region.LargestSliceIndex);
    }

    [Fact]
    public void Measure_OfATiltedStack_UsesTheStepAlongTheNormalAndTheShearedCorners()
    {
        // 20 degrees of tilt: the table moves 2 mm along z, the normal leans.
        double tilt = 20 * Math.PI / 180;
        LpsPoint row = new(0, Math.Cos(tilt), Math.Sin(tilt));
        VolumeGeometry geometry = Stacks.Along(12, 12, 6, 0.5, 0.5, new(1, 0, 0), row, new(0, 0, 2));
        CtVolume volume = Stacks.Render(geometry, (_, _, _) => 300);
        Region region = Stacks.Measure(volume, Stacks.Region(Stacks.Runs(geometry, (i, j, k) => i == 5 && j == 6 && k == 3)));

        Assert.Equal(0.25 * 2 * Math.Cos(tilt), region.ThresholdVolumeMm3, 1e-9);
        LpsPoint centre = geometry.ToLps(5, 6, 3);
        Near(centre, region.CentroidLpsMm);
        LpsPoint half = new(0.25, 0.25 * Math.Cos(tilt), (0.25 * Math.Sin(tilt)) + 1);
        Near(centre - half, region.BoundsMinLpsMm);
        Near(centre + half, region.BoundsMaxLpsMm);
    }

    [Fact]
    public void Measure_OfAnObliqueStack_GivesTheSameVolumeAsTheAxialOne()
    {
        LpsPoint column = new LpsPoint(1, 2, 0.5).Normalized();
        LpsPoint row = column.Cross(new LpsPoint(0.3, -0.2, 1).Normalized()).Normalized();
        LpsPoint normal = column.Cross(row);
        VolumeGeometry oblique = Stacks.Along(30, 30, 20, 0.6, 0.7, column, row, normal * 1.2);
        VolumeGeometry axial = Stacks.Axial(30, 30, 20, 0.6, 0.7, 1.2);
        static bool Inside(int i, int j, int k) => Math.Pow(i - 15, 2) + Math.Pow(j - 14, 2) + Math.Pow(k - 9, 2) < 40;
        Region a = Stacks.Measure(Stacks.Render(axial, (_, _, _) => 500), Stacks.Region(Stacks.Runs(axial, Inside)));
        Region b = Stacks.Measure(Stacks.Render(oblique, (_, _, _) => 500), Stacks.Region(Stacks.Runs(oblique, Inside)));

        Assert.Equal(a.ThresholdVolumeMm3, b.ThresholdVolumeMm3, 1e-9);
        Assert.Equal(a.MaxDiameterMm!.Value, b.MaxDiameterMm!.Value, 1e-9);
        Assert.Equal(a.AxialDiameterMm!.Value, b.AxialDiameterMm!.Value, 1e-9);
        Assert.Equal(a.SurfaceMm2!.Value, b.SurfaceMm2!.Value, 1e-9);
    }

    [Fact]
    public void Measure_OfUnevenSlices_WeighsEachWithItsOwnExtent()
    {
        VolumeGeometry geometry = new(
            8, 8, 1, 1, new(1, 0, 0), new(0, 1, 0), [new(0, 0, 0), new(0, 0, 1), new(0, 0, 3), new(0, 0, 6)], [1, 1.5, 2.5, 3]);
        Region region = Stacks.Measure(Stacks.Render(geometry, (_, _, _) => 200), Stacks.Region(Stacks.Runs(geometry, (i, j, k) => i == 3 && j == 3 && k >= 1)));

        Assert.Equal(7, region.ThresholdVolumeMm3, 1e-9);
        Near(new(3, 3, 10.0 / 3), region.CentroidLpsMm);
        Near(new(2.5, 2.5, 0.25), region.BoundsMinLpsMm);
        Near(new(3.5, 3.5, 7.5), region.BoundsMaxLpsMm);
        Assert.True(region.TouchesBorder);
    }

    [Theory]
    [InlineData(0, 4, 4, true)]
    [InlineData(9, 4, 4, true)]
    [InlineData(4, 0, 4, true)]
    [InlineData(4, 9, 4, true)]
    [InlineData(4, 4, 0, true)]
    [InlineData(4, 4, 9, true)]
    [InlineData(1, 8, 1, false)]
    public void Measure_OfAVoxelAtTheBorder_SaysSo(int column, int row, int slice, bool touches)
    {
        VolumeGeometry geometry = Stacks.Axial(10, 10, 10, 1, 1, 1);
        Region region = Stacks.Measure(Stacks.Render(geometry, (_, _, _) => 200), Stacks.Region([new(slice, row, column, column + 1)]));
        Assert.Equal(touches, region.TouchesBorder);
    }

    [Fact]
    public void Measure_OfFloatVoxelsWithTheSameValues_GivesTheSameBits()
    {
        VolumeGeometry geometry = Stacks.Axial(24, 24, 12, 0.7, 0.7, 2);
        var random = new Random(5);
        CtVolume int16 = Stacks.Render(geometry, (_, _, _) => random.Next(-200, 1500));
        var segmented = Stacks.Region(Stacks.Runs(geometry, (i, j, k) => int16[i, j, k] >= 130));
        Region a = Stacks.Measure(int16, segmented);
        Region b = Stacks.Measure(Stacks.ToSingle(int16), segmented);
        Assert.Equal(a with { Evidence = [] }, b with { Evidence = [] });
    }

    private static void Near(LpsPoint expected, LpsPoint actual) => Assert.True((expected - actual).Length < 1e-9, $"{expected} but {actual}");
}
