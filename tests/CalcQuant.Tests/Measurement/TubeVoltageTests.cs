using CalcQuant.Measurement;

namespace CalcQuant.Tests.Measurement;

public sealed class TubeVoltageTests
{
    [Theory]
    [InlineData(70, 207, 318, 477, 636)]
    [InlineData(80, 177, 271, 408, 544)]
    [InlineData(100, 145, 222, 334, 446)]
    [InlineData(120, 130, 199, 299, 399)]
    [InlineData(135, 119, 183, 274, 364)]
    [InlineData(50, 207, 318, 477, 636)]
    [InlineData(140, 119, 183, 274, 364)]
    public void BreakpointsHu_AtAndOutsideTheTable_AreTheNearestRow(double kvp, double one, double two, double three, double four) =>
        Assert.Equal([one, two, three, four], TubeVoltage.BreakpointsHu(kvp));

    [Fact]
    public void BreakpointsHu_HalfwayInTheLogarithm_AreTheMeanOfBothRows()
    {
        double[] limits = TubeVoltage.BreakpointsHu(Math.Sqrt(100 * 120));
        Assert.Equal(137.5, limits[0], 1e-9);
        Assert.Equal(210.5, limits[1], 1e-9);
        Assert.Equal(316.5, limits[2], 1e-9);
        Assert.Equal(422.5, limits[3], 1e-9);
        Assert.Equal(137.5f, TubeVoltage.ThresholdHu(Math.Sqrt(100 * 120)), 1e-4f);
    }

    [Theory]
    [InlineData(120, 0.78)]
    [InlineData(80, 0.78 * 1.309 / 1.685)]
    [InlineData(100, 0.78 * 1.309 / 1.441)]
    [InlineData(135, 0.78 * 1.309 / 1.244)]
    [InlineData(70, 0.78 * 1.309 / 1.685)]
    [InlineData(150, 0.78 * 1.309 / 1.244)]
    public void DefaultMilligramsPerCm3PerHu_AtAndOutsideTheTable_FollowsTheSlopes(double kvp, double expected) =>
        Assert.Equal(expected, TubeVoltage.DefaultMilligramsPerCm3PerHu(kvp), 1e-12);

    [Theory]
    [InlineData(0)]
    [InlineData(-120)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void EveryLookUp_OfAnImpossibleVoltage_Throws(double kvp)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => TubeVoltage.BreakpointsHu(kvp));
        Assert.Throws<ArgumentOutOfRangeException>(() => TubeVoltage.DefaultMilligramsPerCm3PerHu(kvp));
    }
}
