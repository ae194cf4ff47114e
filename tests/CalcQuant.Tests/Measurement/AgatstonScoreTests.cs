using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Tests.Measurement;

public sealed class AgatstonScoreTests
{
    /// <summary>
    /// Pixels of 0.5 mm². Slice 1: 4 pixels with peak 250 (2 mm² x 2), one pixel (0.5 mm², too small). Slice 2: 6 pixels with peak 400
    /// (3 mm² x 4) and two pixels of 130 (exactly 1 mm² x 1). Sum 4 + 12 + 1 = 17 on 3 mm slices.
    /// </summary>
    [Theory]
    [InlineData(3, 17)]
    [InlineData(1.5, 8.5)]
    [InlineData(5, 17 * 5 / 3.0)]
    public void Measure_OfADrawnExample_EqualsTheHandComputedScore(double spacing, double expected)
    {
        VolumeGeometry geometry = Stacks.Axial(20, 10, 4, 0.5, 1, spacing);
        CtVolume volume = Stacks.Render(geometry, (i, j, k) => (i, j, k) switch
        {
            (>= 3 and < 7, 2, 1) => i == 5 ? 250 : 150,
            (10, 5, 1) => 900,
            (>= 3 and < 6, 2 or 3, 2) => i == 3 && j == 3 ? 400 : 140,
            (10 or 11, 7, 2) => 130,
            _ => 0,
        });
        Region region = Stacks.Measure(volume, Stacks.Region(Stacks.Runs(geometry, (i, j, k) => volume[i, j, k] >= 130)));
        Assert.Equal(expected, region.Agatston!.Value, 1e-9);
    }

    [Fact]
    public void Measure_AtAnotherVoltage_UsesItsLimits()
    {
        VolumeGeometry geometry = Stacks.Axial(10, 10, 3, 1, 1, 3);
        CtVolume volume = Stacks.Render(geometry, (i, j, k) => i is 4 or 5 && j == 4 && k == 1 ? 230 : 0);
        var region = Stacks.Region(Stacks.Runs(geometry, (i, j, k) => volume[i, j, k] >= 130));
        Assert.Equal(4, Stacks.Measure(volume, region, 120).Agatston!.Value, 1e-9);
        Assert.Equal(2, Stacks.Measure(volume, region, 80).Agatston!.Value, 1e-9);
    }

    [Theory]
    [InlineData(RegionKind.Bone)]
    [InlineData(RegionKind.Noise)]
    [InlineData(RegionKind.Metal)]
    [InlineData(RegionKind.Contrast)]
    public void Measure_OfAKindWithoutCalcium_GivesNoScoreAndNoMass(RegionKind kind)
    {
        VolumeGeometry geometry = Stacks.Axial(10, 10, 3, 1, 1, 3);
        Region region = Stacks.Measure(Stacks.Render(geometry, (_, _, _) => 500), Stacks.Region([new(1, 4, 4, 8)], kind));
        Assert.Null(region.Agatston);
        Assert.Null(region.MassMg);
        Assert.Equal(VolumeMethod.ThresholdCount, region.VolumeMethod);
        Assert.Equal(region.ThresholdVolumeMm3, region.VolumeMm3);
    }
}
