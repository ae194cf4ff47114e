using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Tests.Measurement;

public sealed class SurfaceAreaTests
{
    [Theory]
    [InlineData(0.5, 0.5, 0.5, 6, 0.02)]
    [InlineData(0.7, 0.7, 1, 8, 0.03)]
    [InlineData(0.7, 0.7, 1, 4, 0.05)]
    [InlineData(0.7, 0.7, 2.5, 12, 0.05)]
    [InlineData(0.4, 0.9, 1.2, 8, 0.03)]
    public void Measure_OfADigitalBall_IsTheAreaOfTheSphere(double dx, double dy, double dz, double radius, double tolerance)
    {
        int nx = (int)(2 * radius / dx) + 6;
        int ny = (int)(2 * radius / dy) + 6;
        int nz = (int)(2 * radius / dz) + 6;
        VolumeGeometry geometry = Stacks.Axial(nx, ny, nz, dx, dy, dz);
        double area = new SurfaceArea(new StackFrame(geometry)).Measure(Stacks.Runs(geometry, (i, j, k) =>
            Math.Pow((i - (nx / 2) + 0.3) * dx, 2) + Math.Pow((j - (ny / 2) + 0.1) * dy, 2) + Math.Pow((k - (nz / 2) - 0.2) * dz, 2) <= radius * radius));
        Assert.Equal(4 * Math.PI * radius * radius, area, 4 * Math.PI * radius * radius * tolerance);
    }

    [Fact]
    public void Measure_OfASlabInAnyDirection_IsItsTwoFaces()
    {
        VolumeGeometry geometry = Stacks.Axial(90, 90, 60, 0.5, 0.5, 0.8);
        var surface = new SurfaceArea(new StackFrame(geometry));
        foreach (LpsPoint normal in new[] { new LpsPoint(1, 0, 0), new LpsPoint(0, 1, 1), new LpsPoint(1, 2, 3), new LpsPoint(3, 1, 0.5) })
        {
            LpsPoint n = normal.Normalized();

            // A disc 3 mm thick and 30 mm wide.
            double area = surface.Measure(Stacks.Runs(geometry, (i, j, k) =>
            {
                LpsPoint p = new((i - 45) * 0.5, (j - 45) * 0.5, (k - 30) * 0.8);
                double across = p.Dot(n);
                return Math.Abs(across) <= 1.5 && (p - (n * across)).Length <= 15;
            }));
            double expected = (2 * Math.PI * 15 * 15) + (2 * Math.PI * 15 * 3);
            Assert.Equal(expected, area, expected * 0.1);
        }
    }

    [Fact]
    public void Measure_OfTwoDistantVoxels_IsTwiceThatOfOne()
    {
        VolumeGeometry geometry = Stacks.Axial(20, 20, 20, 0.5, 0.5, 0.8);
        var surface = new SurfaceArea(new StackFrame(geometry));
        double one = surface.Measure([new(3, 3, 3, 4)]);
        Assert.Equal(2 * one, surface.Measure([new(3, 3, 3, 4), new(9, 3, 3, 4)]), 1e-12);

        // One voxel of 0.5 x 0.5 x 0.8 mm has faces of 2.1 mm²; the ellipsoid in it 1.1 mm².
        Assert.InRange(one, 0.9, 2.1);
    }
}
