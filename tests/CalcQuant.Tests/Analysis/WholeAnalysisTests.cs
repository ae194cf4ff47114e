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
}
