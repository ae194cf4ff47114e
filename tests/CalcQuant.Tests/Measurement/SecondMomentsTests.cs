using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Tests.Measurement;

public sealed class SecondMomentsTests
{
    /// <summary>Points at plus and minus a length along three turned axes have that length squared over three along each.</summary>
    [Fact]
    public void Eigenvalues_OfPointsOnTurnedAxes_AreTheirSquares()
    {
        LpsPoint a = new LpsPoint(1, 2, 2) * (1.0 / 3), b = new LpsPoint(2, 1, -2) * (1.0 / 3), c = a.Cross(b);
        LpsPoint mean = new(5, -7, 11);
        LpsPoint[] points = [mean + (a * 9), mean - (a * 9), mean + (b * 4), mean - (b * 4), mean + (c * 1.5), mean - (c * 1.5)];
        var moments = SecondMoments.Of(points, mean);
        (double first, double second, double third) = moments.Eigenvalues();
        Assert.Equal(81 / 3.0, first, 1e-9);
        Assert.Equal(16 / 3.0, second, 1e-9);
        Assert.Equal(2.25 / 3, third, 1e-9);
        Assert.Equal(1, Math.Abs(moments.Axis(first)!.Value.Dot(a)), 1e-9);
        Assert.Equal(1, Math.Abs(moments.Axis(second)!.Value.Dot(b)), 1e-9);
        Assert.Equal(1, Math.Abs(moments.Axis(third)!.Value.Dot(c)), 1e-9);
    }

    /// <summary>A disc has no longest axis, a ball none at all.</summary>
    [Fact]
    public void Axis_OfAnEigenvalueThatTwoShare_IsNone()
    {
        var disc = new SecondMoments(4, 4, 1, 0, 0, 0);
        Assert.Null(disc.Axis(disc.Eigenvalues().First));
        Assert.Equal(1, Math.Abs(disc.Axis(disc.Eigenvalues().Third)!.Value.Z), 1e-12);
        Assert.Null(new SecondMoments(2, 2, 2, 0, 0, 0).Axis(2));
    }
}
