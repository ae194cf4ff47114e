using CalcQuant.Imaging;
using CalcQuant.Segmentation;
using CalcQuant.Tests.Oracles;

namespace CalcQuant.Tests.Segmentation;

public class MaskMorphologyTests
{
    /// <summary>Sizes around a word, radii from less than a voxel to more than the mask.</summary>
    public static TheoryData<int, int, int, double, double> Cases => new()
    {
        { 63, 9, 5, 0.02, 0.3 },
        { 64, 8, 4, 0.9, 0.8 },
        { 65, 9, 6, 0.02, 1.5 },
        { 65, 9, 6, 0.95, 1.5 },
        { 130, 7, 5, 0.01, 2.4 },
        { 130, 12, 5, 0.98, 3.1 },
        { 5, 3, 2, 0.5, 4.0 },
        { 200, 6, 3, 0.995, 4.2 },
        { 90, 3, 2, 0.01, 9.0 },
        { 1, 1, 1, 1, 1 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void DilateErodeOpenClose_DiscAndBall_EqualTheDefinition(int columns, int rows, int slices, double density, double radiusMm)
    {
        VolumeGeometry geometry = TestVolumes.Geometry(columns, rows, slices);
        Mask mask = TestVolumes.RandomMask(columns, rows, slices, density, seed: columns + rows);
        AssertEqualDefinition(mask, StructuringElement.Disc(radiusMm, geometry), BruteForce.Ball(radiusMm, geometry, isFlat: true));
        AssertEqualDefinition(mask, StructuringElement.Ball(radiusMm, geometry), BruteForce.Ball(radiusMm, geometry, isFlat: false));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void DilateErodeOpenClose_Box_EqualTheDefinition(int columns, int rows, int slices, double density, double radiusMm)
    {
        Assert.True(radiusMm > 0);
        Mask mask = TestVolumes.RandomMask(columns, rows, slices, density, seed: columns * rows);
        AssertEqualDefinition(mask, StructuringElement.Box3, BruteForce.Box3());
    }

    [Theory]
    [InlineData(3.5, 0.5)]
    [InlineData(40, 0.25)]
    [InlineData(70, 1)]
    public void Dilate_OneVoxelByALongRadius_GivesTheWholeDisc(double radiusMm, double spacingMm)
    {
        // Runs of more than two words: spreading takes several steps.
        VolumeGeometry geometry = TestVolumes.Geometry(401, 401, 1, spacingMm, spacingMm, 1);
        var mask = new Mask(401, 401, 1) { [200, 200, 0] = true };
        long expected = 0;
        for (int y = -200; y <= 200; y++)
        {
            for (int x = -200; x <= 200; x++)
            {
                expected += ((x * x) + (y * y)) * spacingMm * spacingMm <= radiusMm * radiusMm ? 1 : 0;
            }
        }

        Mask disc = MaskMorphology.Dilate(mask, StructuringElement.Disc(radiusMm, geometry), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(expected, disc.Count());
        Mask shrunk = MaskMorphology.Erode(disc, StructuringElement.Disc(radiusMm, geometry), cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(shrunk[200, 200, 0]);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.7)]
    public void FillHoles_RandomSlices_EqualsFloodingFromTheBorder(double density)
    {
        VolumeGeometry geometry = TestVolumes.Geometry(131, 37, 6);
        Mask mask = TestVolumes.RandomMask(131, 37, 6, density, seed: 3);
        foreach (int threadCount in new[] { 1, 3 })
        {
            AssertSame(
                BruteForce.FillHoles(mask, int.MaxValue),
                MaskMorphology.FillHoles(mask, threadCount, TestContext.Current.CancellationToken),
                "all holes");
            double radiusMm = 0.9;
            AssertSame(
                BruteForce.FillHoles(mask, Math.PI * radiusMm * radiusMm / (0.7 * 0.8)),
                MaskMorphology.FillHoles(mask, radiusMm, geometry, threadCount, TestContext.Current.CancellationToken),
                "small holes");
        }
    }

    private static void AssertEqualDefinition(Mask mask, StructuringElement element, List<(int X, int Y, int Z)> offsets)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        Mask dilated = BruteForce.Dilate(mask, offsets);
        Mask eroded = BruteForce.Erode(mask, offsets);
        Mask opened = BruteForce.Dilate(eroded, offsets);
        Mask closed = BruteForce.Close(mask, offsets);
        foreach (int threadCount in new[] { 1, 2, 3, 7 })
        {
            AssertSame(dilated, MaskMorphology.Dilate(mask, element, threadCount, cancellationToken), "dilation");
            AssertSame(eroded, MaskMorphology.Erode(mask, element, threadCount, cancellationToken), "erosion");
            AssertSame(opened, MaskMorphology.Open(mask, element, threadCount, cancellationToken), "opening");
            AssertSame(closed, MaskMorphology.Close(mask, element, threadCount, cancellationToken), "closing");
        }
    }

    private static void AssertSame(Mask expected, Mask actual, string operation) =>
        Assert.True(expected.Words.SequenceEqual(actual.Words), $"{operation}: {actual.Count()} voxels instead of {expected.Count()}");
}
