using System.Collections.Concurrent;
using System.IO.Compression;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Series;

namespace CalcQuant.Dicom.Tests.Series;

public sealed class ScanTests
{
    [Fact]
    public void Scan_NestedHiddenAndOddlyNamedFiles_AreAllFound()
    {
        using SeriesFolder folder = new SeriesFolder();
        folder.WithStack(1, prefix: "a/b/c/");
        folder.Write(".hidden", SeriesFolder.Slice(1, 2));
        folder.Write("a/.deep/IM_3.txt", SeriesFolder.Slice(2, 4));

        Assert.Equal(3, folder.ScanOne().SliceCount);
    }

    [Fact]
    public void Scan_GarbageBesideAGoodSeries_IsListedAndDoesNotHarm()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3);
        File.WriteAllText(Path.Combine(folder.Path, "notes.txt"), "nothing to see");
        File.WriteAllBytes(Path.Combine(folder.Path, "empty"), []);
        File.WriteAllBytes(Path.Combine(folder.Path, "noise.dcm"), Noise(5000));
        Directory.CreateDirectory(Path.Combine(folder.Path, "sub"));
        using (FileStream packed = File.Create(Path.Combine(folder.Path, "sub", "slice.gz")))
        using (var gzip = new GZipStream(packed, CompressionMode.Compress))
        {
            gzip.Write(File.ReadAllBytes(Path.Combine(folder.Path, "000.dcm")));
        }

        SeriesCatalog catalog = folder.Scan();

        Assert.Equal(Verdict.Accepted, Assert.Single(catalog.Stacks).Verdict);
        Assert.Equal(["empty", "noise.dcm", "notes.txt", "sub/slice.gz"], catalog.Skipped.Select(file => file.Path.Replace('\\', '/')));
        Assert.All(catalog.Skipped, file => Assert.NotEmpty(file.Reason));
    }

    [Fact]
    public void Scan_OnlyGarbage_GivesNoStackAndSaysWhy()
    {
        using var folder = new SeriesFolder();
        File.WriteAllBytes(Path.Combine(folder.Path, "noise"), Noise(500));

        SeriesCatalog catalog = folder.Scan();

        Assert.Empty(catalog.Stacks);
        Assert.Single(catalog.Skipped);
    }

    [Fact]
    public void Scan_EmptyFolder_GivesNothing()
    {
        using var folder = new SeriesFolder();

        SeriesCatalog catalog = folder.Scan();

        Assert.Empty(catalog.Stacks);
        Assert.Empty(catalog.Skipped);
    }

    [Fact]
    public void Scan_PathThatDoesNotExist_IsSkippedWithAReason()
    {
        using var folder = new SeriesFolder();
        string missing = Path.Combine(folder.Path, "missing");

        SeriesCatalog catalog = SeriesCatalog.Scan([missing], ReadingLimits.Default, null, CancellationToken.None);

        Assert.Equal(missing, Assert.Single(catalog.Skipped).Path);
    }

    [Fact]
    public void Scan_TruncatedSlice_RefusesItsSeriesOnly()
    {
        using var folder = new SeriesFolder();
        folder.WithStack(4, prefix: "good", seriesUid: "1.2.3.1");
        folder.WithStack(4, prefix: "cut", seriesUid: "1.2.3.2");
        string path = Path.Combine(folder.Path, "cut003.dcm");
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..^20]);

        SeriesCatalog catalog = folder.Scan();

        Assert.Equal([Verdict.Accepted, Verdict.Refused], catalog.Stacks.Select(stack => stack.Verdict));
        SeriesIssue issue = Assert.Single(catalog.Stacks[1].Issues);
        Assert.Equal((SeriesIssueCode.PixelDataUnreadable, "1.2.3.2.4"), (issue.Code, issue.SopInstanceUid));
    }

    [Fact]
    public void Scan_FileCutWithinItsHeader_IsSkippedAndTheSeriesWarns()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4);
        string path = Path.Combine(folder.Path, "003.dcm");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..400]);

        SeriesCatalog catalog = folder.Scan();

        Assert.Equal("003.dcm", Assert.Single(catalog.Skipped).Path);
        Assert.Equal([SeriesIssueCode.HeaderContradiction], Assert.Single(catalog.Stacks).Issues.Codes());
    }

    [Fact]
    public void Scan_OtherModalities_AreRefusedSeriesAndObjectsWithoutImagesAreSkipped()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3);
        folder.Write("mr", SeriesFolder.Slice(0, 0, "1.2.3.4").Set(DicomTags.Modality, "MR").Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.4"));
        folder.Write("sr", new DicomDataSetBuilder()
            .Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.88.33")
            .Set(DicomTags.SOPInstanceUID, "1.2.3.5.1")
            .Set(DicomTags.SeriesInstanceUID, "1.2.3.5")
            .Set(DicomTags.Modality, "SR"));
        folder.Write("seg", SeriesFolder.Slice(0, 0, "1.2.3.6").Set(DicomTags.Modality, "SEG").Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.66.4"));

        SeriesCatalog catalog = folder.Scan();

        Assert.Equal([("CT", Verdict.Accepted), ("MR", Verdict.Refused)], catalog.Stacks.Select(stack => (stack.Modality, stack.Verdict)));
        Assert.Equal([SeriesIssueCode.ModalityNotSupported], catalog.Stacks[1].ReadRejected().Codes());
        Assert.Equal(["seg", "sr"], catalog.Skipped.Select(file => file.Path));
        Assert.Contains("modality SR, SOP class 1.2.840.10008.5.1.4.1.1.88.33", catalog.Skipped[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_Dicomdir_LeadsToItsFolderAndIsListed()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, prefix: "IMAGES/");
        folder.Write("DICOMDIR", new DicomDataSetBuilder()
            .Set(DicomTags.SOPClassUID, "1.2.840.10008.1.3.10")
            .Set(DicomTags.SOPInstanceUID, "1.2.3.7.1")
            .Set(DicomTags.FileSetID, "TEST"));

        SeriesCatalog catalog = SeriesCatalog.Scan([Path.Combine(folder.Path, "DICOMDIR")], ReadingLimits.Default, null, CancellationToken.None);

        Assert.Equal(3, Assert.Single(catalog.Stacks).SliceCount);
        SkippedFile skipped = Assert.Single(catalog.Skipped);
        Assert.Equal("DICOMDIR", skipped.Path);
        Assert.Contains("index file", skipped.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_FilesGivenOneByOneAndTwice_CountOnce()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3);
        string[] files = Directory.GetFiles(folder.Path);

        SeriesCatalog catalog = SeriesCatalog.Scan([.. files, folder.Path, files[0]], ReadingLimits.Default, null, CancellationToken.None);

        SeriesStack stack = Assert.Single(catalog.Stacks);
        Assert.Equal((3, Verdict.Accepted), (stack.SliceCount, stack.Verdict));
    }

    [Fact]
    public void Scan_LinksThatGoInCircles_AreFollowedOnce()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, prefix: "a/");
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(folder.Path, "a", "up"), folder.Path);
            File.CreateSymbolicLink(Path.Combine(folder.Path, "again.dcm"), Path.Combine(folder.Path, "a", "000.dcm"));
            File.CreateSymbolicLink(Path.Combine(folder.Path, "nowhere"), Path.Combine(folder.Path, "gone"));
        }
        catch (IOException)
        {
            Assert.Skip("This system does not let the test make links.");
        }

        SeriesCatalog catalog = folder.Scan();

        SeriesStack stack = Assert.Single(catalog.Stacks);
        Assert.Equal((3, Verdict.Accepted), (stack.SliceCount, stack.Verdict));
        Assert.Equal("nowhere", Assert.Single(catalog.Skipped).Path);
    }

    [Fact]
    public void Scan_ZipArchive_IsReadLikeAFolder()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4);
        File.WriteAllText(Path.Combine(folder.Path, "readme.txt"), "text");
        using var other = new SeriesFolder();
        string inner = Path.Combine(folder.Path, "inner.zip");
        ZipFile.Open(inner, ZipArchiveMode.Create).Dispose();
        ZipFile.CreateFromDirectory(folder.Path, Path.Combine(other.Path, "study.zip"));

        SeriesCatalog plain = folder.Scan();
        SeriesCatalog zipped = other.Scan();

        SeriesStack stack = Assert.Single(zipped.Stacks);
        Assert.Equal((4, Verdict.Accepted), (stack.SliceCount, stack.Verdict));
        Assert.Equal(
            ["study.zip!inner.zip", "study.zip!readme.txt"],
            zipped.Skipped.Select(file => file.Path));
        Assert.Equal(
            InputFingerprint.Of(Assert.Single(plain.Stacks).ReadAccepted().Volume),
            InputFingerprint.Of(stack.ReadAccepted().Volume));
    }

    [Fact]
    public void Scan_ZipMemberWithAWrongChecksum_IsNotUsed()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4);
        using var other = new SeriesFolder();
        string archive = Path.Combine(other.Path, "study.zip");
        ZipFile.CreateFromDirectory(folder.Path, archive, CompressionLevel.NoCompression, includeBaseDirectory: false);
        byte[] bytes = File.ReadAllBytes(archive);
        byte[] pixels = System.Runtime.InteropServices.MemoryMarshal.AsBytes(SeriesFolder.Pixels(1).AsSpan()).ToArray();
        int place = bytes.AsSpan().IndexOf(pixels);
        bytes[place + 10] ^= 4;
        File.WriteAllBytes(archive, bytes);

        SeriesCatalog catalog = other.Scan();

        Assert.NotEqual(-1, place);
        Assert.Equal("study.zip!001.dcm", Assert.Single(catalog.Skipped).Path);
        Assert.Equal(Verdict.Refused, Assert.Single(catalog.Stacks).Verdict);
    }

    [Fact]
    public void Scan_ArchiveThatUnpacksBeyondTheLimit_IsNotUnpacked()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4);
        File.WriteAllBytes(Path.Combine(folder.Path, "zeros.bin"), new byte[8 << 20]);
        using var other = new SeriesFolder();
        ZipFile.CreateFromDirectory(folder.Path, Path.Combine(other.Path, "bomb.zip"));

        SeriesCatalog catalog = other.Scan(new ReadingLimits { MaxUnpackedBytes = 1 << 20 });

        Assert.Equal("bomb.zip!zeros.bin", Assert.Single(catalog.Skipped).Path);
        Assert.All(catalog.Stacks, stack => Assert.Contains(SeriesIssueCode.LimitExceeded, stack.Issues.Codes()));
    }

    [Fact]
    public void Scan_DamagedArchive_IsSkipped()
    {
        using var folder = new SeriesFolder();
        File.WriteAllBytes(Path.Combine(folder.Path, "broken.zip"), [(byte)'P', (byte)'K', 3, 4, .. Noise(300)]);

        SeriesCatalog catalog = folder.Scan();

        Assert.Empty(catalog.Stacks);
        Assert.Equal("broken.zip", Assert.Single(catalog.Skipped).Path);
    }

    [Fact]
    public void Scan_MoreFilesThanTheLimit_RefusesWhatMayBeIncomplete()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(5);

        SeriesCatalog catalog = folder.Scan(new ReadingLimits { MaxFileCount = 3 });

        Assert.Contains(SeriesIssueCode.LimitExceeded, Assert.Single(catalog.Stacks).Issues.Codes());
        Assert.Contains("More than 3 files", Assert.Single(catalog.Skipped).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_FewerInstancesThanAnnounced_Warns()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4, (_, slice) => slice.Set(DicomTags.NumberOfSeriesRelatedInstances, 5.0));

        Assert.Equal([SeriesIssueCode.HeaderContradiction], folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Scan_NoSeriesInstanceUid_IsRefusedUnderAPlaceholder()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice.Remove(DicomTags.SeriesInstanceUID));

        SeriesStack stack = folder.ScanOne();

        Assert.Contains(SeriesIssueCode.InvalidHeader, stack.Issues.Codes());
        Assert.StartsWith("no-series-uid-", stack.SeriesInstanceUid, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_Cancelled_Throws()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3);

        Assert.ThrowsAny<OperationCanceledException>(() => SeriesCatalog.Scan([folder.Path], ReadingLimits.Default, null, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Read_CancelledAfterTheFirstSlice_Throws()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(6);
        SeriesStack stack = folder.ScanOne();
        using var cancellation = new CancellationTokenSource();
        var progress = new Progress(_ => cancellation.Cancel());

        Assert.ThrowsAny<OperationCanceledException>(() => stack.Read(1, progress, cancellation.Token));
    }

    [Fact]
    public void ScanAndRead_Progress_CoversEveryFileAndSlice()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(5);
        var reports = new ConcurrentBag<AnalysisProgress>();
        var progress = new Progress(reports.Add);

        SeriesCatalog catalog = SeriesCatalog.Scan([folder.Path], ReadingLimits.Default, progress, CancellationToken.None);
        catalog.Stacks[0].Read(0, progress, CancellationToken.None);

        double[] expected = [0, 0.2, 0.4, 0.6, 0.8, 1];
        foreach (string stage in (string[])["reading headers", "reading pixels"])
        {
            Assert.Equal(expected, reports.Where(report => report.Stage == stage).Select(report => Math.Round(report.Fraction, 9)).Order());
        }
    }

    [Fact]
    public void Read_AnyThreadCount_GivesTheSameVolumeAndHash()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(9);
        SeriesStack stack = folder.ScanOne();

        Imaging.CtSeries[] series = [.. new[] { 1, 2, 5, 16, 0 }.Select(threads => Assert.IsType<SeriesReading.Accepted>(stack.Read(threads, null, CancellationToken.None)).Series)];

        Assert.Single(new[] { 1, 2, 5, 16, 0 }.Select(threads => InputFingerprint.AddTo(series[0], threads).Acquisition.InputSha256).Distinct());
        Assert.All(series, each => Assert.Equal(series[0].Volume.Int16Voxels.ToArray(), each.Volume.Int16Voxels.ToArray()));
    }

    [Fact]
    public void Read_OtherNamesAndTransferSyntax_GiveTheSameHashAndOtherPixelsOrPlacesDoNot()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4);
        using var implicitVr = new SeriesFolder();
        for (int i = 0; i < 4; i++)
        {
            DicomFileWriter.Write(Path.Combine(implicitVr.Path, $"z{9 - i}"), SeriesFolder.Slice(i, 2 * i).Build(), TransferSyntax.ImplicitVrLittleEndian);
        }

        using SeriesFolder otherPixel = new SeriesFolder().WithStack(4, (i, slice) => slice.SetPixels(SeriesFolder.Pixels(i == 2 ? 7 : i)));
        using SeriesFolder otherPlace = new SeriesFolder().WithStack(4, (i, slice) => slice.Set(DicomTags.ImagePositionPatient, -10.0, -20.5, 2 * i));
        string[] hashes = [.. new[] { folder, implicitVr, otherPixel, otherPlace }.Select(each => InputFingerprint.Of(each.ScanOne().ReadAccepted().Volume))];

        Assert.Matches("^[0-9a-f]{64}$", hashes[0]);
        Assert.Equal(hashes[0], hashes[1]);
        Assert.Equal(3, hashes.Distinct().Count());
    }

    [Fact]
    public void Read_FileCutAfterTheScan_IsRejected()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4);
        SeriesStack stack = folder.ScanOne();
        string path = Path.Combine(folder.Path, "002.dcm");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^30]);

        SeriesIssue issue = Assert.Single(stack.ReadRejected());

        Assert.Equal((SeriesIssueCode.PixelDataUnreadable, "1.2.3.1.3"), (issue.Code, issue.SopInstanceUid));
    }

    [Fact]
    public void Scan_NothingInIssuesOrReasons_TellsWhoThePatientIs()
    {
        using SeriesFolder folder = new SeriesFolder().WithStackAt(0, 2, 6, 8);
        folder.Write("scout", SeriesFolder.Slice(8, 0).Set(DicomTags.ImageType, "ORIGINAL", "PRIMARY", "LOCALIZER"));
        folder.Write("report", new DicomDataSetBuilder()
            .Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.88.33")
            .Set(DicomTags.SOPInstanceUID, "1.2.3.5.1")
            .Set(DicomTags.PatientName, "Secret^Name")
            .Set(DicomTags.Modality, "SR"));

        SeriesCatalog catalog = folder.Scan();

        string[] texts = [.. catalog.Skipped.Select(file => file.Reason), .. catalog.Stacks.SelectMany(stack => stack.Issues).Select(issue => issue.Explanation)];
        Assert.True(texts.Length >= 3);
        Assert.All(texts, text => Assert.DoesNotContain("secret", text, StringComparison.OrdinalIgnoreCase));
    }

    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(11).NextBytes(bytes);
        return bytes;
    }

    private sealed class Progress(Action<AnalysisProgress> report) : IProgress<AnalysisProgress>
    {
        public void Report(AnalysisProgress value) => report(value);
    }
}
