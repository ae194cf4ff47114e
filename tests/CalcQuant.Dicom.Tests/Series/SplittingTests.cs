using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Series;

namespace CalcQuant.Dicom.Tests.Series;

public sealed class SplittingTests
{
    [Fact]
    public void Scan_TwoKernelsInOneSeries_AreTwoStacks()
    {
        using var folder = new SeriesFolder();
        folder.WithStack(4, prefix: "soft");
        folder.WithStack(3, (i, slice) => slice
            .Set(DicomTags.SOPInstanceUID, $"1.2.3.8.{i + 1}")
            .Set(DicomTags.ConvolutionKernel, "B70f"), prefix: "sharp");

        SeriesCatalog catalog = folder.Scan();

        Assert.Equal(["B30f", "B70f"], catalog.Stacks.Select(stack => stack.Acquisition.ConvolutionKernel));
        Assert.Equal([(1, 2), (2, 2)], catalog.Stacks.Select(stack => (stack.Acquisition.StackNumber, stack.Acquisition.StackCount)));
        Assert.All(catalog.Stacks, stack => Assert.Equal(SeriesFolder.SeriesUid, stack.SeriesInstanceUid));
        Assert.Equal([SeriesIssueCode.SplitIntoStacks], catalog.Stacks[0].Issues.Codes());
        Assert.Equal([SeriesIssueCode.SplitIntoStacks, SeriesIssueCode.SharpKernel], catalog.Stacks[1].Issues.Codes());
        Assert.Contains("Convolution Kernel (0018,1210)", catalog.Stacks[0].Issues[0].Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_AxialAndCoronalInOneSeries_AreTwoStacks()
    {
        using var folder = new SeriesFolder();
        folder.WithStack(4, prefix: "axial");
        folder.WithStack(3, (i, slice) => slice
            .Set(DicomTags.SOPInstanceUID, $"1.2.3.8.{i + 1}")
            .Set(DicomTags.ImageOrientationPatient, 1.0, 0, 0, 0, 0, -1)
            .Set(DicomTags.ImagePositionPatient, -10.0, 3.0 * i, 50), prefix: "coronal");

        SeriesCatalog catalog = folder.Scan();

        Assert.Equal([4, 3], catalog.Stacks.Select(stack => stack.SliceCount));
        Assert.Equal([2, 3], catalog.Stacks.Select(stack => Math.Round(stack.Geometry!.BetweenSlicesMm, 6)));
    }

    [Fact]
    public void Scan_OtherSizeSpacingFrameOrVoltage_Splits()
    {
        using var folder = new SeriesFolder();
        folder.WithStack(3, prefix: "a");
        Action<DicomDataSetBuilder>[] changes =
        [
            slice => slice.Set(DicomTags.PixelSpacing, 0.6, 0.4),
            slice => slice.Set(DicomTags.FrameOfReferenceUID, "1.2.3.10"),
            slice => slice.Set(DicomTags.KVP, 80.0),
            slice => slice.Set(DicomTags.ImageType, "ORIGINAL", "PRIMARY", "AXIAL", "OTHER"),
        ];
        for (int change = 0; change < changes.Length; change++)
        {
            int number = change;
            folder.WithStack(
                3,
                (i, slice) =>
                {
                    slice.Set(DicomTags.SOPInstanceUID, $"1.2.3.{20 + number}.{i + 1}");
                    changes[number](slice);
                },
                prefix: $"b{number}");
        }

        SeriesCatalog catalog = folder.Scan();

        Assert.Equal(1 + changes.Length, catalog.Stacks.Length);
        Assert.All(catalog.Stacks, stack => Assert.Equal((3, Verdict.AcceptedWithWarnings), (stack.SliceCount, stack.Verdict)));
    }

    [Fact]
    public void Scan_RotationsNumberedWithinOnePass_StayOneStack()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(8, (i, slice) => slice.Set(DicomTags.AcquisitionNumber, (double)(1 + (i / 2))));

        SeriesStack stack = folder.ScanOne();

        Assert.Equal(8, stack.SliceCount);
        Assert.Equal(Verdict.Accepted, stack.Verdict);
    }

    [Fact]
    public void Scan_ARotationMissing_IsRefusedNotSplit()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(9, (i, slice) => slice.Set(DicomTags.AcquisitionNumber, (double)(1 + (i / 3))));
        foreach (int lost in (int[])[3, 4, 5])
        {
            File.Delete(Path.Combine(folder.Path, $"{lost:000}.dcm"));
        }

        Assert.Contains(SeriesIssueCode.MissingSlice, folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Scan_TwoPassesAtTheSamePositions_AreSplitByAcquisition()
    {
        using SeriesFolder folder = TwoPasses(DicomTags.AcquisitionNumber, offsetMm: 0);

        SeriesCatalog catalog = folder.Scan();

        Assert.Equal([4, 4], catalog.Stacks.Select(stack => stack.SliceCount));
        Assert.All(catalog.Stacks, stack => Assert.Equal([SeriesIssueCode.SplitIntoStacks], stack.Issues.Codes()));
    }

    [Fact]
    public void Scan_TwoPassesThatInterleave_AreSplitByAcquisition()
    {
        using SeriesFolder folder = TwoPasses(DicomTags.AcquisitionNumber, offsetMm: 1);

        Assert.Equal([4, 4], folder.Scan().Stacks.Select(stack => stack.SliceCount));
    }

    [Fact]
    public void Scan_TwoPassesOverFarPlaces_AreSplitByAcquisition()
    {
        using SeriesFolder folder = TwoPasses(DicomTags.AcquisitionNumber, offsetMm: 200);

        Assert.Equal([4, 4], folder.Scan().Stacks.Select(stack => stack.SliceCount));
    }

    [Fact]
    public void Scan_TimePoints_AreSplit()
    {
        using SeriesFolder folder = TwoPasses(DicomTags.TemporalPositionIdentifier, offsetMm: 0);

        SeriesCatalog catalog = folder.Scan();

        Assert.Equal([4, 4], catalog.Stacks.Select(stack => stack.SliceCount));
        Assert.Contains("Temporal Position", catalog.Stacks[0].Issues[0].Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_DifferentImagesThatNothingTellsApart_AreRefused()
    {
        using SeriesFolder folder = TwoPasses(DicomTags.InstanceNumber, offsetMm: 0);

        SeriesStack stack = folder.ScanOne();

        SeriesIssue issue = Assert.Single(stack.Issues);
        Assert.Equal(SeriesIssueCode.ConflictingDuplicate, issue.Code);
        Assert.Equal(Verdict.Refused, stack.Verdict);
    }

    [Fact]
    public void Scan_TimesThatDifferFromSliceToSlice_DoNotTurnACollisionIntoLooseSlices()
    {
        using SeriesFolder folder = TwoPasses(DicomTags.InstanceNumber, offsetMm: 0, (pass, i, slice) => slice
            .Set(DicomTags.ContentTime, $"1012{10 + (10 * pass) + i}")
            .Set(DicomTags.AcquisitionTime, $"1011{10 + (10 * pass) + i}"));

        Assert.Equal([SeriesIssueCode.ConflictingDuplicate], folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Scan_AcquisitionTimesOfTwoPasses_TellThemApart()
    {
        using SeriesFolder folder = TwoPasses(DicomTags.InstanceNumber, offsetMm: 0, (pass, _, slice) => slice.Set(DicomTags.AcquisitionTime, $"10121{pass}"));

        Assert.Equal([4, 4], folder.Scan().Stacks.Select(stack => stack.SliceCount));
    }

    [Fact]
    public void Scan_PerfusionAtOnePosition_IsOneSingleSliceStackPerTimePoint()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (i, slice) => slice
            .Set(DicomTags.ImagePositionPatient, -10.0, -20, 5)
            .Set(DicomTags.TemporalPositionIdentifier, i + 1.0));

        SeriesCatalog catalog = folder.Scan();

        Assert.Equal([1, 1, 1], catalog.Stacks.Select(stack => stack.SliceCount));
        Assert.All(catalog.Stacks, stack => Assert.Equal([SeriesIssueCode.SingleSlice, SeriesIssueCode.SplitIntoStacks], stack.Issues.Codes()));
    }

    [Fact]
    public void Scan_TheSameFileTwice_IsDroppedOnce()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4);
        File.Copy(Path.Combine(folder.Path, "002.dcm"), Path.Combine(folder.Path, "copy of 002.dcm"));

        SeriesStack stack = folder.ScanOne();

        Assert.Equal(4, stack.SliceCount);
        Assert.Equal([SeriesIssueCode.DuplicatesDropped], stack.Issues.Codes());
        Assert.Contains("dropped: 1.", stack.Issues[0].Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_SamePictureUnderAnotherUid_IsDropped()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4);
        folder.Write("other.dcm", SeriesFolder.Slice(2, 4).Set(DicomTags.SOPInstanceUID, "1.2.3.77"));

        SeriesStack stack = folder.ScanOne();

        Assert.Equal(4, stack.SliceCount);
        Assert.Equal([SeriesIssueCode.DuplicatesDropped], stack.Issues.Codes());
    }

    [Fact]
    public void Scan_SameUidWithOtherPixels_IsRefused()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4);
        folder.Write("other.dcm", SeriesFolder.Slice(2, 4).SetPixels(SeriesFolder.Pixels(17)));

        Assert.Contains(SeriesIssueCode.ConflictingDuplicate, folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Scan_BothLegsInOneSeries_AreSplitByTheirPlaceInThePlane()
    {
        using var folder = new SeriesFolder();
        folder.WithStack(4, prefix: "left");
        folder.WithStack(4, (i, slice) => slice
            .Set(DicomTags.SOPInstanceUID, $"1.2.3.8.{i + 1}")
            .Set(DicomTags.ImagePositionPatient, 90.0, -20, 2 * i), prefix: "right");

        Assert.Equal([4, 4], folder.Scan().Stacks.Select(stack => stack.SliceCount));
    }

    [Fact]
    public void Scan_VoltageAbsentInOneSlice_StaysOneStackWithAWarning()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4, (i, slice) =>
        {
            if (i == 1)
            {
                slice.Remove(DicomTags.KVP);
            }
        });

        SeriesStack stack = folder.ScanOne();

        Assert.Equal([SeriesIssueCode.HeaderVaries], stack.Issues.Codes());
        Assert.Equal(120, stack.Acquisition.Kvp);
    }

    [Fact]
    public void Scan_TwoPatientsInOneSeries_AreRefusedWithoutNamingThem()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4, (i, slice) => slice.Set(DicomTags.PatientID, i == 2 ? "OTHER-ID" : "SECRET-ID"));

        SeriesIssue issue = Assert.Single(folder.ScanOne().Issues);

        Assert.Equal(SeriesIssueCode.Inconsistent, issue.Code);
        Assert.DoesNotContain("-ID", issue.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_ScoutInTheSeries_IsSkippedAndNotPartOfTheStack()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4);
        folder.Write("scout.dcm", SeriesFolder.Slice(9, 1).Set(DicomTags.ImageType, "ORIGINAL", "PRIMARY", "LOCALIZER"));

        SeriesCatalog catalog = folder.Scan();

        SeriesStack stack = Assert.Single(catalog.Stacks);
        Assert.Equal((4, Verdict.Accepted), (stack.SliceCount, stack.Verdict));
        SkippedFile skipped = Assert.Single(catalog.Skipped);
        Assert.Equal("scout.dcm", skipped.Path);
        Assert.Contains("LOCALIZER", skipped.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_SeriesOfNothingButScouts_IsSkippedFileByFileAndOthersAreKept()
    {
        using SeriesFolder folder = new SeriesFolder()
            .WithStack(4)
            .WithStack(2, (_, slice) => slice.Set(DicomTags.ImageType, "ORIGINAL", "PRIMARY", "LOCALIZER"), "1.2.3.77", "scout");

        SeriesCatalog catalog = folder.Scan();

        Assert.Equal(SeriesFolder.SeriesUid, Assert.Single(catalog.Stacks).SeriesInstanceUid);
        Assert.Equal(["scout000.dcm", "scout001.dcm"], catalog.Skipped.Select(file => file.Path));
        Assert.All(catalog.Skipped, file => Assert.Contains("LOCALIZER", file.Reason, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("MR")]
    [InlineData("US")]
    [InlineData("PT")]
    [InlineData("XA")]
    [InlineData("RF")]
    public void Scan_OtherModality_IsARefusedSeriesWhateverItsImageType(string modality)
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(2, (_, slice) => slice
            .Set(DicomTags.Modality, modality)
            .Set(DicomTags.ImageType, "ORIGINAL", "PRIMARY", "LOCALIZER"));

        Assert.Equal([SeriesIssueCode.ModalityNotSupported], folder.ScanOne().Issues.Codes());
    }

    [Theory]
    [InlineData("1.2.840.10008.5.1.4.1.1.7", "MONOCHROME2")]
    [InlineData("1.2.840.10008.5.1.4.1.1.30", "MONOCHROME2")]
    [InlineData("1.2.840.10008.5.1.4.1.1.2", "PALETTE COLOR")]
    public void Scan_ModalityCtButNoCtImage_IsSkipped(string sopClassUid, string photometricInterpretation)
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(2, (_, slice) => slice
            .Set(DicomTags.SOPClassUID, sopClassUid)
            .Set(DicomTags.PhotometricInterpretation, photometricInterpretation));

        SeriesCatalog catalog = folder.Scan();

        Assert.Empty(catalog.Stacks);
        Assert.Equal(["000.dcm", "001.dcm"], catalog.Skipped.Select(file => file.Path));
        Assert.All(catalog.Skipped, file => Assert.NotEmpty(file.Reason));
    }

    [Fact]
    public void Scan_ThickLossyContrastSharpDerived_WarnsOfEach()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (i, slice) => slice
            .Set(DicomTags.SliceThickness, 5.0)
            .Set(DicomTags.ImagePositionPatient, -10.0, -20, 5 * i)
            .Set(DicomTags.LossyImageCompression, "01")
            .Set(DicomTags.ContrastBolusAgent, "Agent for Doe")
            .Set(DicomTags.ConvolutionKernel, "BONEPLUS")
            .Set(DicomTags.ImageType, "DERIVED", "PRIMARY", "AXIAL"));

        SeriesStack stack = folder.ScanOne();

        Assert.Equal(
            [
                SeriesIssueCode.ContrastInHeader, SeriesIssueCode.LossyCompression, SeriesIssueCode.ThickSlices,
                SeriesIssueCode.DerivedImage, SeriesIssueCode.SharpKernel,
            ],
            stack.Issues.Codes());
        Assert.True(stack.Acquisition.ContrastInHeader);
        Assert.All(stack.Issues, issue => Assert.DoesNotContain("Doe", issue.Explanation, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("NONE", false)]
    [InlineData("Omnipaque", true)]
    public void Scan_ContrastAgentAttribute_SaysOnlyWhatItSays(string? agent, bool? expected)
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(2, (_, slice) =>
        {
            if (agent is not null)
            {
                slice.Set(DicomTags.ContrastBolusAgent, agent);
            }
        });

        Assert.Equal(expected, folder.ScanOne().Acquisition.ContrastInHeader);
    }

    [Theory]
    [InlineData("B30f", false)]
    [InlineData("B60f", true)]
    [InlineData("Br40d", false)]
    [InlineData("Br64d", true)]
    [InlineData("I70f", true)]
    [InlineData("STANDARD", false)]
    [InlineData("BONE", true)]
    [InlineData("LUNG", true)]
    [InlineData("FC08", false)]
    [InlineData("FC51", true)]
    [InlineData("FC86", true)]
    [InlineData("YB", true)]
    [InlineData("B", false)]
    [InlineData(null, false)]
    public void IsSharp_KnownNames_AreToldApart(string? kernel, bool expected) => Assert.Equal(expected, ConvolutionKernels.IsSharp(kernel));

    private static SeriesFolder TwoPasses(DicomTag number, double offsetMm, Action<int, int, DicomDataSetBuilder>? change = null)
    {
        var folder = new SeriesFolder();
        for (int pass = 0; pass < 2; pass++)
        {
            int current = pass;
            folder.WithStack(
                4,
                (i, slice) =>
                {
                    slice
                        .Set(DicomTags.SOPInstanceUID, $"1.2.3.{30 + current}.{i + 1}")
                        .Set(number, (double)(current + 1))
                        .Set(DicomTags.ImagePositionPatient, -10.0, -20, (2 * i) + (current * offsetMm))
                        .SetPixels(SeriesFolder.Pixels(i + (10 * current)));
                    change?.Invoke(current, i, slice);
                },
                prefix: $"pass{pass}");
        }

        return folder;
    }
}
