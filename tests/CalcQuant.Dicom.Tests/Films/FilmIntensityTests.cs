using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Films;
using CalcQuant.Dicom.PixelData;

namespace CalcQuant.Dicom.Tests.Films;

/// <summary>How stored values become attenuation (PS3.3 C.7.6.3.1.2, C.8.11.3.1.2, C.11.1).</summary>
public sealed class FilmIntensityTests
{
    [Fact]
    public void Apply_Monochrome2_IsTheStoredValue() => AssertDensity("MONOCHROME2", new DicomDataSetBuilder(), [0, 1, 100, 255], [0, 1, 100, 255]);

    [Fact]
    public void Apply_Monochrome1_IsTheValueOfTheFilmStoredTheOtherWayRound() =>
        AssertDensity("MONOCHROME1", new DicomDataSetBuilder(), [255, 254, 155, 0], [0, 1, 100, 255]);

    [Fact]
    public void Apply_Monochrome1OfSignedValues_IsTheValueOfTheFilmStoredTheOtherWayRound() =>
        AssertDensity("MONOCHROME1", new DicomDataSetBuilder(), [127, 0, -1, -128], [-128, -1, 0, 127], isSigned: true);

    [Theory]
    [InlineData("MONOCHROME2", 0, 1, 100, 255)]
    [InlineData("MONOCHROME1", 255, 254, 155, 0)]
    public void Apply_Rescale_ComesBeforeThePolarity(string photometric, params int[] stored) =>
        AssertDensity(photometric, new DicomDataSetBuilder().Set(DicomTags.RescaleSlope, 2).Set(DicomTags.RescaleIntercept, -10.0), stored, [-10, -8, 190, 500]);

    [Theory]
    [InlineData("MONOCHROME2")]
    [InlineData("MONOCHROME1")]
    public void Apply_ForProcessing_FollowsTheSignAndNotThePolarityOfTheDisplay(string photometric)
    {
        DicomDataSetBuilder less = Intensity("FOR PROCESSING", "LOG", -1), more = Intensity("FOR PROCESSING", "LOG", 1);
        AssertDensity(photometric, less, [0, 1, 100, 255], [0, 1, 100, 255]);
        AssertDensity(photometric, more, [0, 1, 100, 255], [255, 254, 155, 0]);
    }

    [Fact]
    public void Apply_ForProcessingLinearToExposure_HasEqualStepsForEqualRatios()
    {
        float[] density = Apply("MONOCHROME1", Intensity("FOR PROCESSING", "LIN", 1), [1, 10, 100, 0], out SeriesIssueCode[] issues);

        Assert.Empty(issues);
        Assert.Equal(1000 * Math.Log(10), density[0] - density[1], 0.01);
        Assert.Equal(1000 * Math.Log(10), density[1] - density[2], 0.01);

        // No exposure has no logarithm; it is as dense as can be told.
        Assert.Equal(density[0], density[3]);
    }

    [Theory]
    [InlineData("MONOCHROME2", -1, false)]
    [InlineData("MONOCHROME1", 1, false)]
    [InlineData("MONOCHROME2", 1, true)]
    [InlineData("MONOCHROME1", -1, true)]
    public void Apply_ForPresentation_BelievesThePolarityAndSaysWhereTheSignContradicts(string photometric, int sign, bool contradicts)
    {
        float[] density = Apply(photometric, Intensity("FOR PRESENTATION", "LOG", sign), [0, 255], out SeriesIssueCode[] issues);

        Assert.Equal(photometric == "MONOCHROME1" ? [255, 0] : [0, 255], density);
        Assert.Equal(contradicts ? [SeriesIssueCode.HeaderContradiction] : [], issues);
    }

    [Fact]
    public void Apply_WindowAndPresentationLut_ChangeNothing() =>
        AssertDensity(
            "MONOCHROME2",
            new DicomDataSetBuilder().Set(DicomTags.WindowCenter, 50).Set(DicomTags.WindowWidth, 10).Set(DicomTags.PresentationLUTShape, "INVERSE"),
            [0, 1, 100, 255],
            [0, 1, 100, 255]);

    [Theory]
    [InlineData("MONOCHROME2", new float[] { 0, 0, 500, 3, 7, 7 })]
    [InlineData("MONOCHROME1", new float[] { 500, 500, 0, 497, 493, 493 })]
    public void Apply_ModalityLut_TakesTheFirstAndLastEntryBeyondItsEnds(string photometric, float[] density) =>
        AssertDensity(photometric, Table(4, 10, 16, [0, 0, 244, 1, 3, 0, 7, 0]), [0, 10, 11, 12, 13, 255], density);

    [Fact]
    public void Apply_ModalityLutOfBytes_HasTwoEntriesInAWordLowOneFirst() =>
        AssertDensity("MONOCHROME2", Table(3, 5, 8, [9, 250, 4, 0]), [5, 6, 7, 8], [9, 250, 4, 4]);

    [Fact]
    public void Read_ModalityLutOfAnotherLengthThanItSays_Refuses()
    {
        _ = Apply("MONOCHROME2", Table(4, 0, 16, [0, 0]), [0], out SeriesIssueCode[] issues);
        Assert.Equal([SeriesIssueCode.InvalidHeader], issues);
        Assert.True(issues[0].IsRefusal());
    }

    private static DicomDataSetBuilder Intensity(string intent, string relationship, double sign) => new DicomDataSetBuilder()
        .Set(DicomTags.PresentationIntentType, intent)
        .Set(DicomTags.PixelIntensityRelationship, relationship)
        .Set(DicomTags.PixelIntensityRelationshipSign, sign);

    private static DicomDataSetBuilder Table(double count, double first, double bits, byte[] data) => new DicomDataSetBuilder()
        .SetItems(DicomTags.ModalityLUTSequence, new DicomDataSetBuilder()
            .Set(DicomTags.LUTDescriptor, ValueRepresentation.US, count, first, bits)
            .SetBytes(DicomTags.LUTData, ValueRepresentation.OW, data)
            .Build());

    private static void AssertDensity(string photometric, DicomDataSetBuilder builder, int[] stored, float[] density, bool isSigned = false)
    {
        Assert.Equal(density, Apply(photometric, builder, stored, out SeriesIssueCode[] issues, isSigned));
        Assert.Empty(issues);
    }

    private static float[] Apply(string photometric, DicomDataSetBuilder builder, int[] stored, out SeriesIssueCode[] issues, bool isSigned = false)
    {
        var layout = new PixelLayout
        {
            RowCount = 1,
            ColumnCount = stored.Length,
            FrameCount = 1,
            SamplesPerPixel = 1,
            BitsAllocated = 8,
            BitsStored = 8,
            HighBit = 7,
            IsSigned = isSigned,
            PhotometricInterpretation = photometric,
        };
        var found = new List<SeriesIssue>();
        float[] density = new float[stored.Length];
        FilmIntensity.Read(builder.Build(), layout, "1.2", found).Apply(stored, density);
        issues = [.. found.Select(issue => issue.Code)];
        return density;
    }
}
