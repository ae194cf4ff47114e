using CalcQuant.Analysis;
using CalcQuant.Dicom.Series;
using CalcQuant.Dicom.Tests.Corpus;
using CalcQuant.Dicom.Tests.Series;
using CalcQuant.Imaging;
using CalcQuant.Radiography;

namespace CalcQuant.Dicom.Tests.Films;

/// <summary>
/// Real radiographs. Expected scales are what a dump of their headers shows, written beside each; expected values those that independent readers decoded
/// (reference.tsv).
/// </summary>
public sealed class FilmCorpusTests
{
    private const string Hip = "open/wg04_rg2/RG2_J2KR";
    private const string Hand = "open/radiograph/NM_Kakadu44_SOTmarkerincons.dcm";
    private const string Chest = "open/radiograph/Monochrome1-Jpeg.dcm";
    private const string Panoramic = "open/radiograph/CR-ModalitySequenceLUT.dcm";
    private const string Breast = "open/radiograph/OutOfBoundsOverlay.dcm";
    private const string Dog = "open/radiograph/dx_image.dcm";

    [Theory]

    // Pixel Spacing 0.2000\0.2000 and nothing else: it may be the detector's or the patient's.
    [InlineData(Hip, PixelScaleSource.Unexplained, 0.2, 0.2)]

    // Pixel Spacing and Imager Pixel Spacing 0.115\0.115: no calibration.
    [InlineData(Hand, PixelScaleSource.DetectorPlane, 0.115, 0.115)]

    // Pixel Spacing 0.17500000000000\…, Imager Pixel Spacing 0.175\0.175; Distance Source to Patient is empty.
    [InlineData(Chest, PixelScaleSource.DetectorPlane, 0.175, 0.175)]

    // Both 0.15\0.15.
    [InlineData(Panoramic, PixelScaleSource.DetectorPlane, 0.15, 0.15)]

    // Imager Pixel Spacing 0.085\0.085, factor 1.0433386837881, distances 650 and 623.
    [InlineData(Breast, PixelScaleSource.Magnification, 0.085 / 1.0433386837881, 0.085 / 1.0433386837881)]

    // Both 1.2\1.201199999999, rows first; Distance Source to Detector 1000, no Distance Source to Patient.
    [InlineData(Dog, PixelScaleSource.DetectorPlane, 1.2, 1.201199999999)]
    public void Scan_EachFilm_HasTheScaleOfItsHeader(string path, PixelScaleSource source, double betweenRowsMm, double betweenColumnsMm)
    {
        PixelScale? scale = Scan(path).FilmScale;
        Assert.NotNull(scale);
        Assert.Equal(source, scale.Source);
        Assert.Equal(betweenRowsMm, scale.BetweenRowsMm, 1e-9);
        Assert.Equal(betweenColumnsMm, scale.BetweenColumnsMm, 1e-9);
    }

    [Theory]

    // Lossy Image Compression 00.
    [InlineData(Hip, SeriesIssueCode.MagnificationUnknown)]
    [InlineData(Hand, SeriesIssueCode.MagnificationUnknown)]
    [InlineData(Panoramic, SeriesIssueCode.MagnificationUnknown)]

    // Sign +1 says that a larger value is more exposure, MONOCHROME2 that it is brighter.
    [InlineData(Breast, SeriesIssueCode.HeaderContradiction)]

    // Sign +1 and MONOCHROME1 say the same.
    [InlineData(Dog, SeriesIssueCode.MagnificationUnknown)]
    public void Scan_EachFilm_WarnsOfWhatItsHeaderSays(string path, params SeriesIssueCode[] codes)
    {
        SeriesStack stack = Scan(path);
        Assert.Equal(codes, stack.Issues.Codes());
        Assert.Equal(Verdict.AcceptedWithWarnings, stack.Verdict);
    }

    [Theory]
    [InlineData(Hip, 0)]
    [InlineData(Hand, 0)]
    [InlineData(Breast, 0)]
    [InlineData(Dog, 255)]
    public void Read_EachFilm_HasTheValuesOfTheReferenceOrTheirMirrorImage(string path, int mirror)
    {
        RadiographFilm film = FilmFolder.Read(Scan(path));
        ReferenceFile reference = DicomCorpus.Files.Single(file => file.Path == path);
        float[] density = film.Image.Density.ToArray();
        double Expected(double value) => mirror == 0 ? value : mirror - value;

        Assert.Equal(Expected(mirror == 0 ? reference.Min!.Value : reference.Max!.Value), density.Min());
        Assert.Equal(Expected(mirror == 0 ? reference.Max!.Value : reference.Min!.Value), density.Max());
        Assert.Equal(Expected(reference.Mean!.Value), density.Average(value => (double)value), 0.01);
    }

    [Theory]

    // Two dense rods at the head of the femur are really there; nothing else is a deposit on any of these films, as far as the eye can tell.
    [InlineData(Hip, 2)]
    [InlineData(Hand, 0)]
    [InlineData(Panoramic, 0)]
    [InlineData(Breast, 0)]
    [InlineData(Dog, 0)]
    public void Analyze_EachFilm_CallsNoBoneAProbableDeposit(string path, int probable)
    {
        using StackOutcome outcome = StackAnalysis.Run(Scan(path), new AnalysisOptions());
        Assert.Equal(probable, outcome.Report.Film!.Regions.Count(region => region.Tier == FindingTier.Probable));
    }

    [Fact]
    public void Read_ThePanoramicFilm_GoesThroughItsModalityLutAndShowsFillingsAsDensest()
    {
        RadiographFilm film = FilmFolder.Read(Scan(Panoramic));
        Assert.Contains("(0028,3000)", film.Film.IntensityOrigin, StringComparison.Ordinal);
        Assert.True(film.Image.Density.ToArray().Distinct().Count() > 100);
    }

    [Theory]
    [InlineData(Chest, "JPEG Baseline")]
    [InlineData("open/wg04_rg2/RG2_JLSN", "JPEG-LS Lossy")]
    [InlineData("open/wg04_rg2/RG2_JPLY", "JPEG Extended")]
    [InlineData("open/wg04_rg2/RG2_J2KI", "JPEG 2000")]
    public void Scan_AFilmInALossyEncodingThatIsNotDecoded_IsRefusedByName(string path, string encoding)
    {
        SeriesStack stack = Scan(path);
        SeriesIssue issue = Assert.Single(stack.Issues, issue => issue.Code.IsRefusal());
        Assert.Equal(SeriesIssueCode.TransferSyntaxNotSupported, issue.Code);
        Assert.Contains(encoding, issue.Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("open/wg04_xa1/XA1_JLSL")]
    [InlineData("open/wg04_xa1/XA1_JPLL")]
    public void Scan_Angiography_IsRefused(string path)
    {
        SeriesStack stack = Scan(path);
        Assert.Equal(Verdict.Refused, stack.Verdict);
        Assert.Equal([SeriesIssueCode.ModalityNotSupported], stack.Issues.Codes());
        Assert.Contains("XA", stack.Issues[0].Explanation, StringComparison.Ordinal);
    }

    private static SeriesStack Scan(string path) =>
        Assert.Single(SeriesCatalog.Scan([Path.Combine(DicomCorpus.Require(), path)], ReadingLimits.Default, null, CancellationToken.None).Stacks);
}
