using CalcQuant.Analysis;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Dicom.Tests.Corpus;

/// <summary>No reported volume is greater than what the region's voxels leave room for.</summary>
public sealed class CorrectedVolumeTests
{
    [Theory]
    [InlineData("series_ts_abdomen_uidfixed")]
    [InlineData("series_headphantom_tilt")]
    public void Report_EachDeposit_FitsItsBoxGrownByTheBlur(string folder)
    {
        string path = Path.Combine(DicomCorpus.Require(), "open", folder);
        Assert.SkipUnless(Path.Exists(path), "The shared DICOM corpus lacks this series.");
        CtSeries series = Assert.IsType<SeriesReading.Accepted>(Assert.Single(SeriesCatalog.Scan([path], ReadingLimits.Default).Stacks).Read()).Series;

        AnalysisReport report = CalcificationAnalysis.Run(series, cancellationToken: TestContext.Current.CancellationToken).Report;

        Region[] deposits = [.. report.Regions.Where(region => region.Kind is RegionKind.SoftTissueCalcification or RegionKind.Vascular or RegionKind.Uncertain)];
        Assert.NotEmpty(deposits);
        double inPlane = report.Parameters!.InPlaneBlurMm!.Value;
        VolumeGeometry geometry = series.Volume.Geometry;
        double across = Math.Max(geometry.BetweenSlicesMm, series.Acquisition.SliceThicknessMm ?? 0);
        Assert.All(deposits, region =>
        {
            // The blur lies in the slices, the box in patient axes: in a tilted stack each axis may take either.
            LpsPoint size = region.BoundsMaxLpsMm - region.BoundsMinLpsMm;
            double Grow(Func<LpsPoint, double> axis) =>
                2 * ((inPlane * Math.Sqrt(Math.Max(0, 1 - Math.Pow(axis(geometry.Normal), 2)))) + (across * Math.Abs(axis(geometry.Normal))));
            double box = (size.X + Grow(p => p.X)) * (size.Y + Grow(p => p.Y)) * (size.Z + Grow(p => p.Z));
            Assert.InRange(region.VolumeMm3, 0, box);

            // A speck is never blown up, and whoever reads it is told.
            if (region.ThresholdVolumeMm3 < 8 || region.VoxelCount < 4)
            {
                Assert.InRange(region.VolumeMm3, 0, 2 * region.ThresholdVolumeMm3);
                Assert.Contains(region.Evidence, line => line.Contains("uncertain by a factor", StringComparison.Ordinal));
            }

            Assert.True(region.MassMg is null or >= 0);
        });
    }
}
