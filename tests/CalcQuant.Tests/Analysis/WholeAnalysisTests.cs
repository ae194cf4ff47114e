using CalcQuant.Analysis;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Truth;

namespace CalcQuant.Tests.Analysis;

/// <summary>From the volume to the report, segmentation included, on a small forearm.</summary>
public sealed class WholeAnalysisTests
{
    [Fact]
    public void Run_OnAForearm_ReportsItsNodulesWithTheirVolumes()
    {
        PhantomOptions options = PhantomOptions.Forearm(211) with
        {
            SliceCount = 40,
            Deposits = [DepositKind.SubcutaneousNodule, DepositKind.IntramuscularNodule, DepositKind.IntramuscularNodule, DepositKind.SubcutaneousNodule],
        };
        PhantomScan scan = Phantom.Render(options);
        CalcificationResult result = CalcificationAnalysis.Run(scan.Series);
        AnalysisReport report = result.Report;

        Assert.Equal(report.Regions.Length, result.Segmentation.Regions.Length);
        long dense = scan.Volume.Int16Voxels.ToArray().LongCount(hu => hu >= 130);
        Assert.Equal(dense * scan.Volume.Geometry.VoxelVolumeMm3(0), report.Totals.Sum(total => total.ThresholdVolumeMm3), 1e-3);
        Assert.Equal("measured at the skin", report.Parameters!.BlurOrigin);
        Assert.Equal(0.9, report.Parameters.InPlaneBlurMm!.Value, 0.05);
        foreach (DepositTruth truth in scan.Truth.Deposits.Where(truth => truth.VolumeMm3 >= 65))
        {
            Region region = report.Regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification).MinBy(region => (region.CentroidLpsMm - truth.CentroidLpsMm).Length)!;
            Assert.True((region.CentroidLpsMm - truth.CentroidLpsMm).Length < 1, "A deposit was not found.");
            Assert.Equal(VolumeMethod.PartialVolumeCorrected, region.VolumeMethod);
            Assert.Equal(truth.VolumeMm3, region.VolumeMm3, 0.1 * truth.VolumeMm3);
        }
    }

    /// <summary>Balls that a scanner with one profile or the other shows: the report says which, and the volumes are theirs. A core half as dense again is no bell.</summary>
    [Theory]
    [InlineData(SliceProfile.Rectangle, 2.5, null, "rectangle, seen in")]
    [InlineData(SliceProfile.Gaussian, 2.5, null, "bell, seen in")]
    [InlineData(SliceProfile.Gaussian, 1.25, null, "bell, seen in")]
    [InlineData(SliceProfile.Rectangle, 2.5, 1.5, "rectangle, seen in")]
    public void Run_OnBalls_TellsTheShapeOfTheSliceProfile(SliceProfile profile, double sliceMm, double? core, string expected)
    {
        PlacedDeposit[] balls =
        [
            PlacedDeposit.Ball(new(-16.3, 2.1, 5.3), 5, 600), PlacedDeposit.Ball(new(12.2, -9.7, -6.4), 8, 500), PlacedDeposit.Ball(new(3.1, 17.6, 9.9), 6, 800), PlacedDeposit.Ball(new(-2, -19, -12), 6, 400),
        ];
        PhantomScan scan = Phantom.Render(PhantomOptions.MuscleCylinder(31, [.. balls.Select(ball => core is { } factor ? ball with { CoreDensityMgPerCm3 = factor * ball.DensityMgPerCm3 } : ball)]) with
        {
            SliceSpacingMm = sliceMm,
            SliceCount = (int)(60 / sliceMm),
            SliceProfile = profile,
        });
        AnalysisReport report = CalcificationAnalysis.Run(scan.Series).Report;
        Assert.StartsWith(expected, report.Parameters!.SliceProfile, StringComparison.Ordinal);
        foreach (DepositTruth truth in scan.Truth.Deposits)
        {
            Region region = report.Regions.MinBy(region => (region.CentroidLpsMm - truth.CentroidLpsMm).Length)!;
            Assert.Equal(truth.VolumeMm3, region.VolumeMm3, 0.06 * truth.VolumeMm3);
        }
    }

    /// <summary>One deposit may be uneven: it says nothing of the scanner.</summary>
    [Fact]
    public void Run_OnASingleBall_AssumesTheSliceProfile()
    {
        PhantomScan scan = Phantom.Render(PhantomOptions.MuscleCylinder(31, PlacedDeposit.Ball(new(-5, 2, 1), 8, 500)) with { SliceProfile = SliceProfile.Gaussian, SliceSpacingMm = 2.5, SliceCount = 20 });
        Assert.Equal("rectangle, assumed", CalcificationAnalysis.Run(scan.Series).Report.Parameters!.SliceProfile);
    }
}
