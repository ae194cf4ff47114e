using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Series;
using CalcQuant.Dicom.Tests.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Tests.Films;

/// <summary>From the file of a radiograph to its pixels, or to a refusal in plain words.</summary>
public sealed class FilmReadingTests
{
    [Fact]
    public void Read_AFilm_HasItsPixelsScaleAndFacts()
    {
        using FilmFolder folder = new FilmFolder().With(FilmFolder.Film()
            .Set(DicomTags.ViewPosition, "PA")
            .Set(DicomTags.ImageLaterality, "L")
            .Set(DicomTags.KVP, 52)
            .Set(DicomTags.ImagerPixelSpacing, 0.15, 0.175));
        RadiographFilm film = folder.ReadAccepted();

        Assert.Equal((FilmFolder.ColumnCount, FilmFolder.RowCount), (film.Image.ColumnCount, film.Image.RowCount));
        Assert.Equal(FilmFolder.Ramp().Select(value => (float)value), film.Image.Density.ToArray());
        Assert.Equal((0.15, 0.175), (film.Image.Scale!.BetweenRowsMm, film.Image.Scale.BetweenColumnsMm));
        Assert.Equal(("PA", "1.2.3.1.1"), (film.Film.ViewPosition, film.Film.SopInstanceUid));
        Assert.Equal(("HAND", "L", "Image Laterality (0020,0062)", 52.0), (film.Acquisition.BodyPartExamined, film.Acquisition.Laterality, film.Acquisition.LateralitySource, film.Acquisition.Kvp!.Value));
        Assert.Equal([SeriesIssueCode.MagnificationUnknown], film.Issues.Codes());
    }

    [Fact]
    public void Read_TheSameFilmInBothPolarities_GivesTheSamePixelsAndFingerprint()
    {
        using FilmFolder two = new FilmFolder().WithPixels(FilmFolder.Ramp());
        using FilmFolder one = new FilmFolder().WithPixels([.. FilmFolder.Ramp().Select(value => (ushort)(4095 - value))], "MONOCHROME1");
        RadiographFilm expected = two.ReadAccepted(), actual = one.ReadAccepted();

        Assert.Equal(expected.Image.Density.ToArray(), actual.Image.Density.ToArray());
        Assert.Equal(expected.Acquisition.InputSha256, actual.Acquisition.InputSha256);
    }

    [Fact]
    public void Scan_AFilmWithoutSpacing_SaysThatAreasAreInPixels()
    {
        using FilmFolder folder = new FilmFolder().With(FilmFolder.Film().Remove(DicomTags.ImagerPixelSpacing));
        SeriesStack stack = folder.ScanOne();

        Assert.Null(stack.FilmScale);
        Assert.Equal((FilmFolder.ColumnCount, FilmFolder.RowCount), stack.FilmSize);
        Assert.Equal([SeriesIssueCode.PixelSizeUnknown], stack.Issues.Codes());
        Assert.Equal(Verdict.AcceptedWithWarnings, stack.Verdict);
    }

    [Fact]
    public void Scan_ACalibratedFilm_HasNothingToWarnOf()
    {
        using FilmFolder folder = new FilmFolder().With(FilmFolder.Film().Set(DicomTags.PixelSpacing, 0.14, 0.14).Set(DicomTags.PixelSpacingCalibrationType, "FIDUCIAL"));
        Assert.Equal(Verdict.Accepted, folder.ScanOne().Verdict);
    }

    [Fact]
    public void Scan_SeveralViews_AreStacksOfTheirOwnInTheOrderOfTheirNumbers()
    {
        using FilmFolder folder = new FilmFolder()
            .With(FilmFolder.Film(10).Set(DicomTags.ViewPosition, "LL"), "a.dcm")
            .With(FilmFolder.Film(9).Set(DicomTags.ViewPosition, "AP"), "b.dcm")
            .With(FilmFolder.Film(9).Set(DicomTags.ViewPosition, "AP"), "c.dcm");
        SeriesCatalog catalog = folder.Scan();

        Assert.Equal(
            [("1.2.3.1.9", 1, 2), ("1.2.3.1.10", 2, 2)],
            catalog.Stacks.Select(stack => (stack.Acquisition.SopInstanceUids[0], stack.Acquisition.StackNumber, stack.Acquisition.StackCount)));
        Assert.Equal("c.dcm", Assert.Single(catalog.Skipped).Path);
    }

    [Fact]
    public void Scan_AColourPicture_IsRefused()
    {
        using FilmFolder folder = new FilmFolder().With(FilmFolder.Film()
            .Set(DicomTags.SamplesPerPixel, 3)
            .Set(DicomTags.PhotometricInterpretation, "RGB")
            .Set(DicomTags.PlanarConfiguration, 0.0)
            .Set(DicomTags.BitsAllocated, 8)
            .Set(DicomTags.BitsStored, 8)
            .Set(DicomTags.HighBit, 7)
            .SetBytes(DicomTags.PixelData, ValueRepresentation.OW, new byte[3 * FilmFolder.ColumnCount * FilmFolder.RowCount]));
        AssertRefused(folder, SeriesIssueCode.NotARadiograph, "colour");
    }

    [Fact]
    public void Scan_UltrasoundOrAngiography_IsRefused()
    {
        using FilmFolder ultrasound = new FilmFolder().With(FilmFolder.Film().Set(DicomTags.Modality, "US").Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.6.1"));
        AssertRefused(ultrasound, SeriesIssueCode.ModalityNotSupported, "US");
        using FilmFolder angiography = new FilmFolder().With(FilmFolder.Film().Set(DicomTags.Modality, "XA").Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.12.1"));
        AssertRefused(angiography, SeriesIssueCode.ModalityNotSupported, "XA");
    }

    [Fact]
    public void Scan_ARunOfImages_IsRefused()
    {
        using FilmFolder folder = new FilmFolder().With(FilmFolder.Film()
            .Set(DicomTags.NumberOfFrames, 3)
            .SetBytes(DicomTags.PixelData, ValueRepresentation.OW, new byte[3 * 2 * FilmFolder.ColumnCount * FilmFolder.RowCount]));
        AssertRefused(folder, SeriesIssueCode.NotARadiograph, "3");
    }

    [Fact]
    public void Scan_ASecondaryCapture_IsRefusedUnlessItIsAScannedFilm()
    {
        DicomDataSetBuilder capture = FilmFolder.Film().Set(DicomTags.Modality, "RG").Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.7").Remove(DicomTags.ImagerPixelSpacing);
        using FilmFolder screen = new FilmFolder().With(capture.Set(DicomTags.PixelSpacing, 0.2, 0.2));
        AssertRefused(screen, SeriesIssueCode.NotARadiograph, "(0018,2010)");

        using FilmFolder scanned = new FilmFolder().With(capture.Remove(DicomTags.PixelSpacing).Set(DicomTags.NominalScannedPixelSpacing, 0.175, 0.175));
        Assert.Equal(PixelScaleSource.ScannedFilm, scanned.ReadAccepted().Image.Scale!.Source);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    public void Read_OneValueEverywhere_IsRefused(int value)
    {
        using FilmFolder folder = new FilmFolder().WithPixels([.. FilmFolder.Ramp().Select(_ => (ushort)value)]);
        SeriesIssue issue = Assert.Single(folder.ReadRejected(), issue => issue.Code.IsRefusal());
        Assert.Equal(SeriesIssueCode.NotARadiograph, issue.Code);
        Assert.Contains("same value", issue.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AFilmCutShort_IsRefused()
    {
        using FilmFolder folder = new FilmFolder().With(FilmFolder.Film().SetBytes(DicomTags.PixelData, ValueRepresentation.OW, FilmFolder.Bytes(FilmFolder.Ramp()).AsMemory(0, 300)));
        SeriesStack stack = folder.ScanOne();
        SeriesIssueCode[] codes = stack.Verdict == Verdict.Refused ? stack.Issues.Codes() : [.. folder.ReadRejected().Select(issue => issue.Code)];
        Assert.Contains(SeriesIssueCode.PixelDataUnreadable, codes);
    }

    [Theory]
    [InlineData("MONOCHROME2", 4095, true)]
    [InlineData("MONOCHROME1", 0, true)]
    [InlineData("MONOCHROME2", 0, false)]
    [InlineData("MONOCHROME1", 4095, false)]
    public void Read_APlateauAtTheDenseEndInsideTheField_WarnsWithItsShare(string photometric, int value, bool warns)
    {
        // 3 of 200 pixels: 1.5 %.
        ushort[] pixels = FilmFolder.Ramp();
        Array.Fill(pixels, (ushort)value, (4 * FilmFolder.ColumnCount) + 8, 3);
        using FilmFolder folder = new FilmFolder().WithPixels(pixels, photometric);
        RadiographFilm film = folder.ReadAccepted();

        Assert.Equal(warns, film.Issues.Codes().Contains(SeriesIssueCode.SaturatedPixels));
        if (warns)
        {
            Assert.Contains("1.5 %", film.Issues.Single(issue => issue.Code == SeriesIssueCode.SaturatedPixels).Explanation, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_AWhiteCollimatorOrAMarker_IsNoSaturation()
    {
        ushort[] collimated = FilmFolder.Ramp();
        Array.Fill(collimated, (ushort)4095, 0, 3 * FilmFolder.ColumnCount);
        using FilmFolder border = new FilmFolder().WithPixels(collimated);
        Assert.DoesNotContain(SeriesIssueCode.SaturatedPixels, border.ReadAccepted().Issues.Codes());

        ushort[] marked = FilmFolder.Ramp();
        marked[(4 * FilmFolder.ColumnCount) + 8] = 4095;
        using FilmFolder marker = new FilmFolder().WithPixels(marked);
        Assert.DoesNotContain(SeriesIssueCode.SaturatedPixels, marker.ReadAccepted().Issues.Codes());
    }

    [Fact]
    public void Read_SaturationWithinACollimatedField_IsAShareOfTheFieldNotOfTheFilm()
    {
        // 8 of 10 rows are shutter; of the other 40 pixels 1 is saturated.
        ushort[] pixels = FilmFolder.Ramp();
        Array.Fill(pixels, (ushort)0, 0, 4 * FilmFolder.ColumnCount);
        Array.Fill(pixels, (ushort)0, 6 * FilmFolder.ColumnCount, 4 * FilmFolder.ColumnCount);
        pixels[(5 * FilmFolder.ColumnCount) + 8] = 4095;
        using FilmFolder folder = new FilmFolder().WithPixels(pixels);
        SeriesIssue issue = Assert.Single(folder.ReadAccepted().Issues, issue => issue.Code == SeriesIssueCode.SaturatedPixels);
        Assert.Contains("2.5 %", issue.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_LossyCompression_Warns()
    {
        using FilmFolder folder = new FilmFolder().With(FilmFolder.Film().Set(DicomTags.LossyImageCompression, "01"));
        Assert.Contains(SeriesIssueCode.LossyCompression, folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Run_WithABoneMask_RefusesTheFilm()
    {
        using FilmFolder folder = new FilmFolder().With(FilmFolder.Film());
        using StackOutcome outcome = StackAnalysis.Run(folder.ScanOne(), new AnalysisOptions { BoneMask = new LabelVolume(2, 2, [new ushort[4]], default, new LpsPoint(1, 0, 0), new LpsPoint(0, 1, 0), new LpsPoint(0, 0, 1)) });
        Assert.Equal(Verdict.Refused, outcome.Report.Verdict);
        Assert.Equal(SeriesIssueCode.UnsuitableBoneMask, outcome.Report.Issues[0].Code);
    }

    private static void AssertRefused(FilmFolder folder, SeriesIssueCode code, string word)
    {
        SeriesStack stack = folder.ScanOne();
        SeriesIssue issue = Assert.Single(stack.Issues, issue => issue.Code.IsRefusal());
        Assert.Equal(code, issue.Code);
        Assert.Contains(word, issue.Explanation, StringComparison.Ordinal);
        Assert.Equal(Verdict.Refused, StackAnalysis.Run(stack, new AnalysisOptions()).Report.Verdict);
    }
}
