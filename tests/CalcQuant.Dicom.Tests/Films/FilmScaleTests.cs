using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Films;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Tests.Films;

/// <summary>
/// Where the size of a pixel is known from (PS3.3 10.7.1.3, C.8.11.7.1). Expected values are worked out by hand. Every spacing has its own value, so that
/// one taken for another, or columns for rows, shows.
/// </summary>
public sealed class FilmScaleTests
{
    private static DicomDataSetBuilder Pixel => new DicomDataSetBuilder().Set(DicomTags.PixelSpacing, 0.12, 0.15);

    private static DicomDataSetBuilder Imager => new DicomDataSetBuilder().Set(DicomTags.ImagerPixelSpacing, 0.15, 0.1875);

    private static DicomDataSetBuilder PixelAndImager => Imager.Set(DicomTags.PixelSpacing, 0.12, 0.15);

    [Fact]
    public void Read_Fiducial_TakesPixelSpacing()
    {
        AssertScale(Read(PixelAndImager.Set(DicomTags.PixelSpacingCalibrationType, "FIDUCIAL")), PixelScaleSource.Fiducial, 0.12, 0.15, 0.02);
        AssertScale(Read(Pixel.Set(DicomTags.PixelSpacingCalibrationType, "FIDUCIAL")), PixelScaleSource.Fiducial, 0.12, 0.15, 0.02);
    }

    [Fact]
    public void Read_Geometry_TakesPixelSpacing() =>
        AssertScale(
            Read(PixelAndImager.Set(DicomTags.PixelSpacingCalibrationType, "GEOMETRY").Set(DicomTags.EstimatedRadiographicMagnificationFactor, 1.5)),
            PixelScaleSource.Geometry,
            0.12,
            0.15,
            0.05);

    [Fact]
    public void Read_GeometryThatChangedNothing_IsThePlaneOfTheDetector() =>
        AssertScale(
            Read(Imager.Set(DicomTags.PixelSpacing, 0.15, 0.1875).Set(DicomTags.PixelSpacingCalibrationType, "GEOMETRY")), PixelScaleSource.DetectorPlane, 0.15, 0.1875, 0.09);

    [Fact]
    public void Read_ImagerSpacingAndMagnificationFactor_DividesByIt() =>
        AssertScale(Read(Imager.Set(DicomTags.EstimatedRadiographicMagnificationFactor, 1.25)), PixelScaleSource.Magnification, 0.12, 0.15, 0.05);

    [Fact]
    public void Read_ImagerSpacingAndDistances_DividesByTheirRatio() =>
        AssertScale(
            Read(Imager.Set(DicomTags.DistanceSourceToDetector, 1200).Set(DicomTags.DistanceSourceToPatient, 1000)), PixelScaleSource.Magnification, 0.125, 0.15625, 0.05);

    [Fact]
    public void Read_ImagerSpacingAndOneDistance_InventsNoMagnification() =>
        AssertScale(Read(Imager.Set(DicomTags.DistanceSourceToDetector, 1200)), PixelScaleSource.DetectorPlane, 0.15, 0.1875, 0.09);

    [Fact]
    public void Read_PixelSpacingThatDiffersWithoutAKind_IsACalibrationNotStated() =>
        AssertScale(Read(PixelAndImager), PixelScaleSource.UnstatedCalibration, 0.12, 0.15, 0.1);

    [Fact]
    public void Read_PixelSpacingLargerThanTheDetectors_IsNotBelieved() =>
        AssertScale(Read(Imager.Set(DicomTags.PixelSpacing, 0.3, 0.375)), PixelScaleSource.DetectorPlane, 0.15, 0.1875, 0.09);

    [Fact]
    public void Read_ImagerSpacingAlone_IsThePlaneOfTheDetector() => AssertScale(Read(Imager), PixelScaleSource.DetectorPlane, 0.15, 0.1875, 0.09);

    [Fact]
    public void Read_PixelSpacingEqualToTheDetectorsButForRounding_IsThePlaneOfTheDetector() =>
        AssertScale(Read(Imager.Set(DicomTags.PixelSpacing, 0.1503, 0.188)), PixelScaleSource.DetectorPlane, 0.15, 0.1875, 0.09);

    [Fact]
    public void Read_ScannedFilm_IsThePlaneOfTheFilm() =>
        AssertScale(Read(new DicomDataSetBuilder().Set(DicomTags.NominalScannedPixelSpacing, 0.175, 0.17)), PixelScaleSource.ScannedFilm, 0.175, 0.17, 0.09);

    [Fact]
    public void Read_ScannedFilmWithACalibratedPixelSpacing_IsACalibrationNotStated() =>
        AssertScale(Read(Pixel.Set(DicomTags.NominalScannedPixelSpacing, 0.15, 0.1875)), PixelScaleSource.UnstatedCalibration, 0.12, 0.15, 0.1);

    [Fact]
    public void Read_PixelSpacingAlone_IsUnexplained() => AssertScale(Read(Pixel), PixelScaleSource.Unexplained, 0.12, 0.15, 0.15);

    [Fact]
    public void Read_NoSpacingOrZero_IsUnknown()
    {
        Assert.Null(Read(new DicomDataSetBuilder().Set(DicomTags.Rows, 5)));
        Assert.Null(Read(new DicomDataSetBuilder().Set(DicomTags.PixelSpacing, 0.0, 0).Set(DicomTags.ImagerPixelSpacing, 0.0, 0.1)));
        Assert.Null(Read(new DicomDataSetBuilder().Set(DicomTags.EstimatedRadiographicMagnificationFactor, 1.2)));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(3.5)]
    public void Read_MagnificationThatNoRadiographHas_IsNotUsedAndSaidSo(double factor)
    {
        var issues = new List<SeriesIssue>();
        PixelScale? scale = FilmScale.Read(Imager.Set(DicomTags.EstimatedRadiographicMagnificationFactor, factor).Build(), "1.2", issues);

        AssertScale(scale, PixelScaleSource.DetectorPlane, 0.15, 0.1875, 0.09);
        SeriesIssue issue = Assert.Single(issues);
        Assert.Equal((SeriesIssueCode.HeaderContradiction, "1.2"), (issue.Code, issue.SopInstanceUid));
        Assert.Contains("(0018,1114)", issue.Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1150, false)]
    [InlineData(1250, true)]
    public void Read_MagnificationThatTheDistancesContradict_WarnsFrom5Percent(double sourceToDetectorMm, bool warns)
    {
        var issues = new List<SeriesIssue>();
        DicomDataSet dataSet = Imager
            .Set(DicomTags.EstimatedRadiographicMagnificationFactor, 1.125)
            .Set(DicomTags.DistanceSourceToDetector, sourceToDetectorMm)
            .Set(DicomTags.DistanceSourceToPatient, 1000)
            .Build();

        AssertScale(FilmScale.Read(dataSet, "1.2", issues), PixelScaleSource.Magnification, 0.15 / 1.125, 0.1875 / 1.125, 0.05);
        Assert.Equal(warns ? [SeriesIssueCode.HeaderContradiction] : [], issues.Select(issue => issue.Code));
    }

    private static PixelScale? Read(DicomDataSetBuilder builder)
    {
        var issues = new List<SeriesIssue>();
        PixelScale? scale = FilmScale.Read(builder.Build(), "1.2", issues);
        Assert.Empty(issues);
        return scale;
    }

    private static void AssertScale(PixelScale? scale, PixelScaleSource source, double betweenRowsMm, double betweenColumnsMm, double relativeUncertainty)
    {
        Assert.NotNull(scale);
        Assert.Equal(source, scale.Source);
        Assert.Equal(betweenRowsMm, scale.BetweenRowsMm, 1e-12);
        Assert.Equal(betweenColumnsMm, scale.BetweenColumnsMm, 1e-12);
        Assert.Equal(relativeUncertainty, scale.RelativeUncertainty);
        Assert.NotEmpty(scale.Origin);
    }
}
