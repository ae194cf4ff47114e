using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Measurement;

public sealed class SkinEdgeTests
{
    /// <summary>A limb with 1.8 mm of skin over fat, upright or widening by <paramref name="lean"/> mm per mm.</summary>
    [Theory]
    [InlineData(0.9, 0.7, 1.5, 10, 0)]
    [InlineData(0.9, 0.7, 1.5, 10, 0.3)]
    [InlineData(1.3, 0.9, 2.5, 20, 0.1)]
    [InlineData(1.2, 1.45, 1.5, 14, 0)]
    [InlineData(1.9, 1.45, 1.5, 14, 0.1)]
    public void MeasureFwhm_OfALimb_IsTheBlur(double fwhm, double dx, double dz, double noise, double lean)
    {
        CtVolume volume = Limb(fwhm, dx, dz, noise, lean);
        (double FwhmMm, double LogSd)? measured = SkinEdge.MeasureFwhm(volume, Body(volume), new StackFrame(volume.Geometry), dz, new ParallelOptions());
        Assert.NotNull(measured);
        Assert.Equal(fwhm, measured.Value.FwhmMm, 0.05 * fwhm);
        Assert.InRange(measured.Value.LogSd, 0.03, 0.06);
        Assert.Equal(measured, SkinEdge.MeasureFwhm(volume, Body(volume), new StackFrame(volume.Geometry), dz, new ParallelOptions { MaxDegreeOfParallelism = 1 }));
    }

    [Fact]
    public void Estimate_OfALimb_SaysItWasMeasured()
    {
        CtVolume volume = Limb(0.9, 0.7, 1.5, 10, 0);
        SeriesBlur blur = SeriesBlur.Estimate(Stacks.Series(volume, sliceThicknessMm: 2), Body(volume), new StackFrame(volume.Geometry), new ParallelOptions());
        Assert.False(blur.IsAssumed);
        Assert.Equal("measured at the skin", blur.Origin);
        Assert.Equal(2, blur.Spread.SliceThicknessMm);
    }

    /// <summary>A skin that is sharp in half of the slices and smeared, as breathing does, in the others: nobody knows the scanner's blur to 3 %.</summary>
    [Fact]
    public void Estimate_WherePatchesOfSkinDisagree_IsUnsureAndSaysSo()
    {
        CtVolume sharp = Limb(1.2, 0.7, 1.5, 10, 0), smeared = Limb(2.2, 0.7, 1.5, 10, 0);
        CtVolume mixed = Stacks.Render(sharp.Geometry, (i, j, k) => k < 3 ? sharp[i, j, k] : smeared[i, j, k]);
        SeriesBlur blur = SeriesBlur.Estimate(Stacks.Series(mixed), Body(mixed), new StackFrame(mixed.Geometry), new ParallelOptions());
        Assert.False(blur.IsAssumed);
        Assert.InRange(blur.Spread.LogWidthSd, 0.12, 0.4);
        Assert.StartsWith("measured at the skin, to within ", blur.Origin, StringComparison.Ordinal);
    }

    [Fact]
    public void Estimate_WithoutABody_AssumesTheBlurAndSaysSo()
    {
        CtVolume volume = Stacks.Render(Stacks.Axial(40, 40, 6, 0.8, 0.8, 1.5), (_, _, _) => -1000);
        var none = new Mask(40, 40, 6);
        SeriesBlur blur = SeriesBlur.Estimate(Stacks.Series(volume), none, new StackFrame(volume.Geometry), new ParallelOptions());
        Assert.True(blur.IsAssumed);
        Assert.Equal("assumed", blur.Origin);
        Assert.Equal(1.4 * 0.8, blur.Spread.InPlaneFwhmMm, 1e-9);

        CtVolume fine = Stacks.Render(Stacks.Axial(40, 40, 1, 0.3, 0.3, 1.5), (_, _, _) => -1000);
        Assert.Equal(0.9, SeriesBlur.Estimate(Stacks.Series(fine), new Mask(40, 40, 1), new StackFrame(fine.Geometry), new ParallelOptions()).Spread.InPlaneFwhmMm);

        // A matrix resampled to large pixels does not blur as its pixels would have it.
        CtVolume coarse = Stacks.Render(Stacks.Axial(40, 40, 1, 1.45, 1.45, 1.5), (_, _, _) => -1000);
        PointSpread resampled = SeriesBlur.Estimate(Stacks.Series(coarse), new Mask(40, 40, 1), new StackFrame(coarse.Geometry), new ParallelOptions()).Spread;
        Assert.Equal(1.45, resampled.InPlaneFwhmMm, 1e-9);
        Assert.Equal(0.3, resampled.LogWidthSd);
    }

    private static CtVolume Limb(double fwhm, double dx, double dz, double noise, double lean)
    {
        int n = (int)(60 / dx);
        return new BlurredScene(p =>
        {
            double r = Math.Sqrt(Math.Pow(p.X - 30, 2) + Math.Pow((p.Y - 30) * 1.2, 2)) + (lean * p.Z);
            return r > 24 ? -1000 : r > 22.2 ? 50 : -100;
        }) { FwhmMm = fwhm, SliceThicknessMm = dz, NoiseHu = noise, FineThroughMm = 0.4 }.Render(Stacks.Axial(n, n, 6, dx, dx, dz));
    }

    private static Mask Body(CtVolume volume)
    {
        VolumeGeometry g = volume.Geometry;
        var body = new Mask(g.ColumnCount, g.RowCount, g.SliceCount);
        for (int k = 0; k < g.SliceCount; k++)
        {
            for (int j = 0; j < g.RowCount; j++)
            {
                for (int i = 0; i < g.ColumnCount; i++)
                {
                    body[i, j, k] = volume[i, j, k] > -300;
                }
            }
        }

        return body;
    }
}
