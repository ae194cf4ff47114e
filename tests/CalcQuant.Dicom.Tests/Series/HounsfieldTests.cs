using System.Runtime.InteropServices;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Tests.Series;

public sealed class HounsfieldTests
{
    [Fact]
    public void Read_NonIntegerSlope_GivesFloatVoxels()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice.Set(DicomTags.RescaleSlope, 0.5));

        CtSeries series = folder.ScanOne().ReadAccepted();

        Assert.False(series.Volume.IsInt16);
        Assert.Equal((float)((SeriesFolder.Pixels(1)[7] * 0.5) - 1024), series.Volume[7, 0, 1]);
    }

    [Fact]
    public void Read_ScalePerSlice_IsAppliedPerSlice()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (i, slice) => slice
            .Set(DicomTags.RescaleSlope, i + 1.0)
            .Set(DicomTags.RescaleIntercept, -1000.0 + i));

        CtSeries series = folder.ScanOne().ReadAccepted();

        Assert.True(series.Volume.IsInt16);
        for (int slice = 0; slice < 3; slice++)
        {
            Assert.Equal((SeriesFolder.Pixels(slice)[9] * (slice + 1)) - 1000 + slice, series.Volume[1, 1, slice]);
        }
    }

    [Fact]
    public void Read_ValuesAbove16Bits_GivesFloatVoxels()
    {
        short[] pixels = SeriesFolder.Pixels(0);
        pixels[5] = unchecked((short)65000);
        using SeriesFolder folder = new SeriesFolder().WithStack(2, (_, slice) => slice
            .Set(DicomTags.BitsStored, 16.0)
            .Set(DicomTags.HighBit, 15.0)
            .SetPixels(pixels));

        CtSeries series = folder.ScanOne().ReadAccepted();

        Assert.False(series.Volume.IsInt16);
        Assert.Equal(65000 - 1024, series.Volume[5, 0, 0]);
    }

    [Fact]
    public void Read_UnsignedValuesAbove32767_DoNotTurnNegative()
    {
        short[] pixels = SeriesFolder.Pixels(0);
        pixels[5] = unchecked((short)33000);
        using SeriesFolder folder = new SeriesFolder().WithStack(2, (_, slice) => slice
            .Set(DicomTags.BitsStored, 16.0)
            .Set(DicomTags.HighBit, 15.0)
            .SetPixels(pixels));

        CtSeries series = folder.ScanOne().ReadAccepted();

        Assert.True(series.Volume.IsInt16);
        Assert.Equal(33000 - 1024, series.Volume[5, 0, 0]);
    }

    [Theory]
    [InlineData("US")]
    [InlineData("HU_MOD")]
    [InlineData("MGML")]
    [InlineData("Z_EFF")]
    [InlineData("ED")]
    public void Scan_RescaleTypeNotHu_IsRefused(string type)
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice.Set(DicomTags.RescaleType, type));

        SeriesIssue issue = Assert.Single(folder.ScanOne().Issues);

        Assert.Equal(SeriesIssueCode.NotHounsfield, issue.Code);
        Assert.Contains($"Rescale Type (0028,1054) is {type}", issue.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_RescaleTypeHu_IsAccepted()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice.Set(DicomTags.RescaleType, "HU"));

        Assert.Equal(Verdict.Accepted, folder.ScanOne().Verdict);
    }

    [Fact]
    public void Scan_ModalityLut_IsRefused()
    {
        DicomDataSet lut = new DicomDataSetBuilder().Set(DicomTags.LUTDescriptor, ValueRepresentation.US, 4.0, 0, 16).Build();
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice.SetItems(DicomTags.ModalityLUTSequence, lut));

        Assert.Equal([SeriesIssueCode.NotHounsfield], folder.ScanOne().Issues.Codes());
    }

    [Theory]
    [InlineData("VNC", SeriesIssueCode.MaterialDecomposition)]
    [InlineData("MAT_REMOVED", SeriesIssueCode.MaterialDecomposition)]
    [InlineData("IODINE_MAP", SeriesIssueCode.MaterialDecomposition)]
    [InlineData("DE_VNC_1", SeriesIssueCode.MaterialDecomposition)]
    [InlineData("EFF_ATOMIC_NUM", SeriesIssueCode.NotHounsfield)]
    [InlineData("SUBTRACTION", SeriesIssueCode.NotHounsfield)]
    [InlineData("VMI", SeriesIssueCode.VirtualMonoenergetic)]
    [InlineData("MONOENERGETIC_70", SeriesIssueCode.VirtualMonoenergetic)]
    public void Scan_SpectralImage_IsRefusedOrNamed(string imageType, SeriesIssueCode code)
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice.Set(DicomTags.ImageType, "DERIVED", "PRIMARY", "AXIAL", imageType));

        SeriesStack stack = folder.ScanOne();

        SeriesIssueCode[] expected = [code, SeriesIssueCode.DerivedImage];
        Assert.Equal(expected.Order(), stack.Issues.Codes());
        Assert.Equal(code.IsRefusal() ? Verdict.Refused : Verdict.AcceptedWithWarnings, stack.Verdict);
    }

    [Theory]
    [InlineData("ORIGINAL", SeriesIssueCode.DerivedImage, Verdict.AcceptedWithWarnings)]
    [InlineData("DERIVED", SeriesIssueCode.MaterialDecomposition, Verdict.Refused)]
    public void Scan_MultienergyImageOfNoStatedKind_IsTakenAsOrdinaryOnlyWhereOriginal(string value1, SeriesIssueCode code, Verdict verdict)
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice
            .Set(DicomTags.ImageType, value1, "PRIMARY", "AXIAL")
            .Set(DicomTags.MultienergyCTAcquisition, "YES"));

        SeriesStack stack = folder.ScanOne();

        Assert.Contains(code, stack.Issues.Codes());
        Assert.Equal(verdict, stack.Verdict);
    }

    [Fact]
    public void Scan_DescriptionSpeaksOfVirtualNonContrast_IsRefusedWithoutQuotingIt()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice.Set(DicomTags.SeriesDescription, "Abdomen Doe virtual non-contrast 1.5"));

        SeriesIssue issue = Assert.Single(folder.ScanOne().Issues);

        Assert.Equal(SeriesIssueCode.MaterialDecomposition, issue.Code);
        Assert.DoesNotContain("Doe", issue.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PixelPadding_BecomesAirAndIsCounted()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (i, slice) => slice
            .Set(DicomTags.PixelRepresentation, 1.0)
            .Set(DicomTags.BitsStored, 16.0)
            .Set(DicomTags.HighBit, 15.0)
            .Set(DicomTags.PixelPaddingValue, ValueRepresentation.SS, -400.0)
            .SetPixels(WithCorner(SeriesFolder.Pixels(i), -400)));

        SeriesStack stack = folder.ScanOne();
        CtSeries series = stack.ReadAccepted();

        Assert.Empty(stack.Issues);
        SeriesIssue issue = Assert.Single(series.Issues);
        Assert.Equal(SeriesIssueCode.PaddingExcluded, issue.Code);
        Assert.StartsWith("3 voxels", issue.Explanation, StringComparison.Ordinal);
        Assert.Equal(CtVolume.PaddingHu, series.Volume[0, 0, 1]);
        Assert.Equal(SeriesFolder.Pixels(1)[1] - 1024, series.Volume[1, 0, 1]);
    }

    [Fact]
    public void Read_PaddingWithTheWrongVr_IsReadAsThePixelsAre()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (i, slice) => slice
            .Set(DicomTags.PixelRepresentation, 1.0)
            .Set(DicomTags.BitsStored, 16.0)
            .Set(DicomTags.HighBit, 15.0)
            .Set(DicomTags.PixelPaddingValue, ValueRepresentation.US, 65536.0 - 400)
            .SetPixels(WithCorner(SeriesFolder.Pixels(i), -400)));

        Assert.Equal(CtVolume.PaddingHu, folder.ScanOne().ReadAccepted().Volume[0, 0, 0]);
    }

    [Fact]
    public void Read_PaddingRange_IsExcludedAsAWhole()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(2, (i, slice) => slice
            .Set(DicomTags.PixelPaddingValue, ValueRepresentation.US, 0.0)
            .Set(DicomTags.PixelPaddingRangeLimit, ValueRepresentation.US, 4.0)
            .SetPixels(WithCorner(SeriesFolder.Pixels(i), 3)));

        CtSeries series = folder.ScanOne().ReadAccepted();

        Assert.Equal(CtVolume.PaddingHu, series.Volume[0, 0, 0]);
        Assert.Equal([SeriesIssueCode.PaddingExcluded], series.Issues.Codes());
    }

    [Theory]
    [InlineData(-2000)]
    [InlineData(-976)]
    public void Read_FillValueThatNothingDeclares_BecomesAirToo(int stored)
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(2, (i, slice) => slice
            .Set(DicomTags.PixelRepresentation, 1.0)
            .Set(DicomTags.BitsStored, 16.0)
            .Set(DicomTags.HighBit, 15.0)
            .SetPixels(WithCorner(SeriesFolder.Pixels(i), (short)stored)));

        CtSeries series = folder.ScanOne().ReadAccepted();

        Assert.Equal(CtVolume.PaddingHu, series.Volume[0, 0, 0]);
        Assert.Equal([SeriesIssueCode.PaddingExcluded], series.Issues.Codes());
    }

    [Fact]
    public void Read_PaddingDeclaredButAbsent_DoesNotWarn()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(2, (_, slice) => slice.Set(DicomTags.PixelPaddingValue, ValueRepresentation.US, 0.0));

        Assert.Empty(folder.ScanOne().ReadAccepted().Issues);
    }

    [Fact]
    public void Read_PaddingValueThatTissueHas_IsNotBelieved()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(2, (i, slice) => slice
            .Set(DicomTags.PixelPaddingValue, ValueRepresentation.US, 1064.0)
            .SetPixels(WithCorner(SeriesFolder.Pixels(i), 1064)));

        CtSeries series = folder.ScanOne().ReadAccepted();

        Assert.Equal([SeriesIssueCode.HeaderContradiction], series.Issues.Codes());
        Assert.Equal(40, series.Volume[0, 0, 0]);
    }

    [Fact]
    public void Read_VoxelsAtTheTopOfTheirBits_AreCountedAsClipped()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (i, slice) => slice.SetPixels(WithCorner(SeriesFolder.Pixels(i), (short)(i == 1 ? 4095 : 100))));

        CtSeries series = folder.ScanOne().ReadAccepted();

        SeriesIssue issue = Assert.Single(series.Issues);
        Assert.Equal(SeriesIssueCode.ClippedValues, issue.Code);
        Assert.StartsWith("1 voxels are at 3071 HU", issue.Explanation, StringComparison.Ordinal);
        Assert.Equal(3071, series.Acquisition.GreatestExpressibleHu);
    }

    [Fact]
    public void Read_TwelveBitTopIn16BitPixels_IsClippedThere()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (i, slice) => slice
            .Set(DicomTags.PixelRepresentation, 1.0)
            .Set(DicomTags.BitsStored, 16.0)
            .Set(DicomTags.HighBit, 15.0)
            .SetPixels(WithCorner(SeriesFolder.Pixels(i), 4095)));

        CtSeries series = folder.ScanOne().ReadAccepted();

        Assert.Equal([SeriesIssueCode.ClippedValues], series.Issues.Codes());
        Assert.Equal(3071, series.Acquisition.GreatestExpressibleHu);
    }

    [Fact]
    public void Read_NothingNearTheTop_DoesNotWarn()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3);

        CtSeries series = folder.ScanOne().ReadAccepted();

        Assert.Empty(series.Issues);
        Assert.Equal(3071, series.Acquisition.GreatestExpressibleHu);
    }

    [Fact]
    public void Read_NoRescaleAndValuesLikeHu_WarnsOnly()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice
            .Remove(DicomTags.RescaleSlope)
            .Remove(DicomTags.RescaleIntercept)
            .Set(DicomTags.PixelRepresentation, 1.0)
            .SetPixels([.. Enumerable.Range(0, SeriesFolder.PixelCount).Select(i => (short)(i % 3 == 0 ? -1000 : 40))]));

        CtSeries series = folder.ScanOne().ReadAccepted();

        Assert.Equal([SeriesIssueCode.RescaleMissing], series.Issues.Codes());
        Assert.Equal(40, series.Volume[1, 0, 0]);
    }

    [Fact]
    public void Read_NoRescaleAndValuesUnlikeHu_IsRefused()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice
            .Remove(DicomTags.RescaleSlope)
            .Remove(DicomTags.RescaleIntercept)
            .Set(DicomTags.PixelRepresentation, 1.0));

        Assert.Contains(SeriesIssueCode.NotHounsfield, folder.ScanOne().ReadRejected().Codes());
    }

    [Fact]
    public void Scan_NoRescaleAndUnsignedValues_IsRefused()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice.Remove(DicomTags.RescaleSlope).Remove(DicomTags.RescaleIntercept));

        Assert.Equal([SeriesIssueCode.NotHounsfield], folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Scan_OnlyHalfOfTheRescale_IsRefused()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice.Remove(DicomTags.RescaleSlope));

        Assert.Equal([SeriesIssueCode.InvalidHeader], folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void AddIntercept_AtEveryLengthAroundAVector_EqualsPlainArithmetic() => Assert.All(Enumerable.Range(0, 257), length =>
    {
        var random = new Random(length);
        foreach (bool isSigned in (bool[])[true, false])
        {
            short[] stored = new short[length];
            random.NextBytes(MemoryMarshal.AsBytes(stored.AsSpan()));
            (int Low, int High) padding = isSigned ? (-300, -200) : (0, 900);
            int[] values = [.. stored.Select(value => isSigned ? (int)value : (ushort)value)];
            bool[] isPadding = [.. values.Select(value => value - 1024 <= -1500 || (value >= padding.Low && value <= padding.High))];
            int[] image = [.. values.Where((_, i) => !isPadding[i]).Select(value => value - 1024)];

            RescaledSlice result = HounsfieldKernel.AddIntercept(stored, isSigned, -1024, padding);

            Assert.Equal(isPadding.Count(padded => padded), result.PaddingCount);
            Assert.Equal(image.Length == 0 ? default(double?) : image.Min(), result.MinHu);
            Assert.Equal(image.Length == 0 ? default(double?) : image.Max(), result.MaxHu);
            short[] expected = [.. Enumerable.Range(0, length).Select(i => isPadding[i] ? CtVolume.PaddingHu : unchecked((short)(values[i] - 1024)))];
            Assert.Equal(expected, stored);
        }
    });

    [Fact]
    public void With_PartsOfASlice_GivesWhatTheWholeGives() => Assert.All(Enumerable.Range(0, 257), cut =>
    {
        // The first part is padding alone where the cut is early.
        short[] whole = [.. Enumerable.Range(0, 256).Select(i => (short)(i < 20 ? -2000 : (i * 37 % 1000) - 500))];
        short[] parts = [.. whole];

        RescaledSlice expected = HounsfieldKernel.AddIntercept(whole, isSigned: true, 0, null);
        RescaledSlice first = HounsfieldKernel.AddIntercept(parts.AsSpan(0, cut), isSigned: true, 0, null);
        RescaledSlice second = HounsfieldKernel.AddIntercept(parts.AsSpan(cut), isSigned: true, 0, null);

        Assert.Equal(20, expected.PaddingCount);
        Assert.Equal(expected, first.With(second));
        Assert.Equal(expected, second.With(first));
        Assert.Equal(whole, parts);
    });

    private static short[] WithCorner(short[] pixels, short value)
    {
        pixels[0] = value;
        return pixels;
    }
}
