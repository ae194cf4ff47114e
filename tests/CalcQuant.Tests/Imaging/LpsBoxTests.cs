using CalcQuant.Imaging;

namespace CalcQuant.Tests.Imaging;

public sealed class LpsBoxTests
{
    [Fact]
    public void CountAlong_OfRandomLines_IsWhatCountingEachPointGives()
    {
        var random = new Random(3);
        for (int i = 0; i < 2000; i++)
        {
            LpsPoint a = Point(), b = Point();
            var box = new LpsBox(new(Math.Min(a.X, b.X), Math.Min(a.Y, b.Y), Math.Min(a.Z, b.Z)), new(Math.Max(a.X, b.X), Math.Max(a.Y, b.Y), Math.Max(a.Z, b.Z)));
            LpsPoint start = Point(), step = i % 3 == 0 ? new LpsPoint(0.37, 0, 0) : Point() * 0.1;
            int count = random.Next(1, 60);
            int expected = Enumerable.Range(0, count).Select(n => start + (step * n)).Count(point =>
                point.X >= box.Min.X && point.X <= box.Max.X && point.Y >= box.Min.Y && point.Y <= box.Max.Y && point.Z >= box.Min.Z && point.Z <= box.Max.Z);
            Assert.Equal(expected, box.CountAlong(start, step, count));
        }

        LpsPoint Point() => new((random.NextDouble() * 20) - 10, (random.NextDouble() * 20) - 10, (random.NextDouble() * 20) - 10);
    }

    [Fact]
    public void IsValid_WithAnEdgeTurnedRoundOrNoNumber_IsFalse()
    {
        Assert.True(new LpsBox(default, new(1, 0, 2)).IsValid);
        Assert.False(new LpsBox(new(2, 0, 0), new(1, 1, 1)).IsValid);
        Assert.False(new LpsBox(default, new(1, double.NaN, 1)).IsValid);
        Assert.False(new LpsBox(default, new(1, 1, double.PositiveInfinity)).IsValid);
    }
}
