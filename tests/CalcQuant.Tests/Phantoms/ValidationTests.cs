using System.Xml.Linq;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Validation;

namespace CalcQuant.Tests.Phantoms;

public sealed class ValidationTests
{
    [Fact]
    public void RelativeErrors_OfTwo_AreTheirMeanAndRootMeanSquare()
    {
        var errors = RelativeErrors.Of([(110, 100), (190, 200)]);

        Assert.Equal(2, errors.Count);
        Assert.Equal(0.025, errors.Bias, 12);
        Assert.Equal(Math.Sqrt(0.00625), errors.Rmse, 12);
        Assert.Equal(0, RelativeErrors.Of([]).Count);
    }

    [Fact]
    public void IntervalCoverage_CountsEndsAsCovered_AndTakesTheMedianWidth()
    {
        var three = IntervalCoverage.Of([(new(90, 110), 100, 100), (new(100, 140), 100, 100), (new(101, 111), 100, 100)]);

        Assert.Equal((3, 2), (three.Count, three.Covered));
        Assert.Equal(0.1, three.MedianHalfWidth, 12);
        Assert.Equal(0.15, IntervalCoverage.Of([(new(90, 110), 100, 100), (new(80, 120), 100, 100)]).MedianHalfWidth, 12);
    }

    [Fact]
    public void StatedMass_IsThatOfTheHuReallyThere()
    {
        // 400 mg/cm³ at 120 kVp are 30.2 + 523.6 HU; 100 mm³ of them at 0.78 mg/cm³ per HU.
        Assert.Equal(0.78 * 553.8 * 100 / 1000, MeasuredDeposit.StatedMassMg(volumeMm3: 100, massMg: 40, kvp: 120, milligramsPerCm3PerHu: 0.78), 9);
    }

    [Fact]
    public void Match_TakesTheNearestThatCanBeADeposit_WithinRadiusAnd2Mm()
    {
        var centre = new LpsPoint(10, 20, 30);
        Region bone = RegionAt(new(10, 20, 30), RegionKind.Bone);
        Region near = RegionAt(new(10, 21, 30), RegionKind.Uncertain);
        Region far = RegionAt(new(10, 20, 33.4), RegionKind.SoftTissueCalcification);

        Assert.Same(near, MeasuredDeposit.Match(centre, 1.5, [bone, far, near]));
        Assert.Same(far, MeasuredDeposit.Match(centre, 1.5, [bone, far]));
        Assert.Null(MeasuredDeposit.Match(centre, 1.3, [bone, far]));
    }

    [Fact]
    public void Statistics_OfAGroup_TellMissedUncertainAndCountedApart()
    {
        var figures = DepositStatistics.Of(
        [
            Deposit(5, 1, null),
            Deposit(5, 1, Reading(volume: 104, threshold: 150) with { VolumeIntervalMm3 = new(95, 113), MassMg = 51 }),
            Deposit(5, 1, Reading(volume: 98, threshold: 130) with { VolumeIntervalMm3 = new(96, 99), MassMg = 50, Kind = RegionKind.Uncertain }),
            Deposit(5, 1, Reading(volume: 170, threshold: 170) with { Quantified = false, MassMg = 60 }),
        ]);

        Assert.Equal((4, 3, 1, 2), (figures.Count, figures.DetectedCount, figures.UncertainCount, figures.QuantifiedCount));
        Assert.Equal(0.01, figures.Volume.Bias, 12);
        Assert.Equal(Math.Sqrt(((0.04 * 0.04) + (0.02 * 0.02)) / 2), figures.Volume.Rmse, 12);
        Assert.Equal((0.04 - 0.02 + 0.7) / 3, figures.VolumeOfDetected.Bias, 12);
        Assert.Equal(0.01, figures.Mass.Bias, 12);
        Assert.Equal(0.5, figures.ThresholdVolume.Bias, 12);
        Assert.Equal((2, 1), (figures.VolumeIntervals.Count, figures.VolumeIntervals.Covered));
        Assert.Equal(0, figures.MassIntervals.Count);
    }

    [Fact]
    public void Targets_OfSeveralSizes_AreJudgedByTheWorst()
    {
        MeasuredDeposit[] balls =
        [
            Deposit(5, 1, Reading(volume: 105, threshold: 150)),
            .. Enumerable.Repeat(Deposit(12, 1, Reading(volume: 100, threshold: 120)), 20),
        ];

        ValidationTarget rmse = Assert.Single(ValidationTarget.OfBalls(balls), target => target.Name == "balls >= 5 mm, slices <= 2.5 mm: volume RMSE");
        Assert.False(rmse.Met);
        Assert.Null(Assert.Single(ValidationTarget.OfBalls(balls), target => target.Name == "balls 3 mm, slices 5 mm: volume RMSE").Met);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Field_OfAnySeed_HoldsEveryDeposit15MmFromTheNext(ulong seed)
    {
        foreach (DepositField field in (DepositField[])[DepositField.Balls(2.5, 10, seed), DepositField.Ellipsoids(2.5, 10, seed), DepositField.Inserts(1, 10, seed)])
        {
            int expected = field.Deposits[0].Placed.Form == PlacedForm.Cylinder ? 9 : field.Deposits.Max(deposit => deposit.SizeMm) == 20 ? 21 : 18;
            Assert.Equal(expected, field.Deposits.Length);
            double halfLength = field.Options.SliceCount * field.Options.SliceSpacingMm / 2;
            for (int i = 0; i < field.Deposits.Length; i++)
            {
                FieldDeposit one = field.Deposits[i];
                Assert.Equal(one.Placed, field.Options.Placed[i]);
                Assert.True(Math.Abs(one.Placed.CentreMm.Z) + one.ReachMm < halfLength - 10);
                foreach (FieldDeposit other in field.Deposits.Take(i))
                {
                    Assert.True((one.Placed.CentreMm - other.Placed.CentreMm).Length - one.ReachMm - other.ReachMm >= 15);
                }
            }
        }
    }

    [Fact]
    public void Plots_HoldAMarkForEachDeposit()
    {
        MeasuredDeposit[] balls =
        [
            Deposit(5, 1, Reading(volume: 104, threshold: 150) with { VolumeIntervalMm3 = new(95, 113) }),
            Deposit(5, 2.5, Reading(volume: 300, threshold: 700) with { VolumeIntervalMm3 = new(95, 113) }),
            Deposit(5, 1, null),
        ];

        // One deposit within both panels, one beyond both.
        XElement plot = XDocument.Parse(ErrorPlot.ToSvg("Balls", balls)).Root!;
        Assert.Equal(2, plot.Elements().Count(element => element.Name.LocalName == "circle"));
        Assert.Equal(2, plot.Elements().Count(element => element.Name.LocalName == "path"));
        Assert.NotNull(XDocument.Parse(CoveragePlot.ToSvg([("balls", DepositStatistics.Of(balls))])!).Root);
        Assert.Null(CoveragePlot.ToSvg([("none", DepositStatistics.Of([]))]));
    }

    private static MeasuredDeposit Deposit(double sizeMm, double sliceMm, DepositReading? reading) => new()
    {
        Source = "balls",
        Kind = DepositKind.Placed,
        SizeMm = sizeMm,
        DensityMgPerCm3 = 400,
        SliceMm = sliceMm,
        NoiseHu = 10,
        VolumeMm3 = 100,
        MassMg = 50,
        Reading = reading,
    };

    private static DepositReading Reading(double volume, double threshold) => new()
    {
        Kind = RegionKind.SoftTissueCalcification,
        Quantified = true,
        VolumeMm3 = volume,
        ThresholdVolumeMm3 = threshold,
        ThresholdMassMg = 50,
    };

    private static Region RegionAt(LpsPoint centroid, RegionKind kind) => new()
    {
        Id = 1,
        Kind = kind,
        Confidence = 1,
        VoxelCount = 1,
        VolumeMm3 = 1,
        VolumeMethod = VolumeMethod.ThresholdCount,
        ThresholdVolumeMm3 = 1,
        MeanHu = 200,
        MaxHu = 200,
        StandardDeviationHu = 0,
        CentroidLpsMm = centroid,
        BoundsMinLpsMm = centroid,
        BoundsMaxLpsMm = centroid,
        LargestSliceIndex = 0,
    };
}
