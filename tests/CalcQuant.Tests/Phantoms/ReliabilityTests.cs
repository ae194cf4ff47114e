using System.Xml.Linq;
using CalcQuant.Phantoms;

namespace CalcQuant.Tests.Phantoms;

public sealed class ReliabilityTests
{
    [Fact]
    public void Bins_GrowUntilTheyHoldEnough_AndTheRestJoinsTheLast()
    {
        Reliability reliability = Of((0.7, 150, 100), (0.8, 50, 50), (0.9, 300, 270), (0.97, 10, 10));

        ReliabilityBin[] bins = [.. reliability.Bins()];

        Assert.Equal([(200, 150), (310, 280)], bins.Select(bin => (bin.Count, bin.Right)));
        Assert.Equal([(0.7, 0.8), (0.9, 0.97)], bins.Select(bin => (bin.Least, bin.Greatest)));
        Assert.Equal(0.725, bins[0].Mean, 9);
        double error = ((200 * Math.Abs(0.725 - 0.75)) + (310 * Math.Abs((((300 * 0.9) + (10 * 0.97)) / 310) - (280.0 / 310)))) / 510;
        Assert.Equal(error, Reliability.CalibrationError([.. bins]), 9);
    }

    [Fact]
    public void Bins_OfFewRegions_AreOne() => Assert.Equal(3, Assert.Single(Of((0.7, 2, 1), (0.9, 1, 1)).Bins()).Count);

    /// <summary>Newcombe, Statistics in Medicine 1998;17:857, table I, method 3: 81 of 263, and 0 of 20.</summary>
    [Theory]
    [InlineData(263, 81, 0.2553, 0.3662)]
    [InlineData(20, 0, 0, 0.1611)]
    public void Interval_IsThatOfWilson(int count, int right, double low, double high)
    {
        var bin = new ReliabilityBin(0.5, 0.5, 0.5, count, right);

        Assert.Equal(low, bin.Interval.Low, 4);
        Assert.Equal(high, bin.Interval.High, 4);
    }

    [Fact]
    public void ToSvg_HoldsAPointForEachBin_EvenForNone()
    {
        static int Points(Reliability reliability) => XDocument.Parse(reliability.ToSvg()).Descendants().Count(element => element.Name.LocalName == "circle");

        Assert.Equal(2, Points(Of((0.8, 250, 200), (0.97, 250, 245))));
        Assert.Equal(0, Points(new Reliability()));
        Assert.Empty(new Reliability().ToMarkdown());
    }

    private static Reliability Of(params (double Confidence, int Count, int Right)[] regions)
    {
        var reliability = new Reliability();
        foreach ((double confidence, int count, int right) in regions)
        {
            for (int i = 0; i < count; i++)
            {
                reliability.Add(confidence, i < right);
            }
        }

        return reliability;
    }
}
