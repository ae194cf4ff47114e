using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.PixelData;

namespace CalcQuant.Dicom.Tests.Corpus;

/// <summary>Every DICOM file of the corpus against what independent readers decoded.</summary>
public sealed class CorpusPixelTests
{
    // The reference gives six decimals.
    private const double MeanTolerance = 1e-6;

    // Small against what such a header claims (65535 x 65535 x 2 bytes), large against any header and codestream of the corpus.
    private const long LargestAllocation = 64 << 20;

    public static TheoryData<string> Files =>
        [.. DicomCorpus.Files.Count == 0 ? [string.Empty] : DicomCorpus.Files.Where(file => file.IsDicom).Select(file => file.Path)];

    [Theory]
    [MemberData(nameof(Files))]
    public void TryCreate_EachFile_GivesTheReferenceValuesOrRefuses(string path)
    {
        DicomCorpus.Require();
        ReferenceFile reference = DicomCorpus.Files.Single(file => file.Path == path);
        DicomReading reading = DicomFile.Read(reference.FullPath, ReadingLimits.Default);
        if (reading is not DicomReading.Accepted { File: var file })
        {
            Assert.Contains(reference.Expect, (string[])["reject", "either"]);
            return;
        }

        bool isDecoded = StoredPixelSummary.TryCreate(file, ReadingLimits.Default, out StoredPixelSummary? summary, out SeriesIssue issue, TestContext.Current.CancellationToken);

        if (isDecoded)
        {
            Assert.Contains(reference.Expect, (string[])["readable", "either"]);
            Assert.Equal(reference.PixelsSha256, summary!.Sha256);
            Assert.Equal(reference.Shape, summary.Shape);
            Assert.Equal(reference.Min, summary.Min);
            Assert.Equal(reference.Max, summary.Max);
            Assert.Equal(reference.Mean!.Value, summary.Mean, MeanTolerance);
            return;
        }

        Assert.True(issue.Code.IsRefusal(), issue.Explanation);
        Assert.NotEmpty(issue.Explanation);
        if (reference.Expect == "readable")
        {
            TransferSyntax syntax = TransferSyntax.FromUid(file.TransferSyntaxUid);
            Assert.False(syntax.IsSupported, issue.Explanation);
            Assert.Equal(SeriesIssueCode.TransferSyntaxNotSupported, issue.Code);
            Assert.Contains(reference.TransferSyntaxUid, issue.Explanation, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void TryOpen_FilesToReject_TakesLittleMemory(string path)
    {
        DicomCorpus.Require();
        ReferenceFile reference = DicomCorpus.Files.Single(file => file.Path == path);
        long before = GC.GetAllocatedBytesForCurrentThread();

        bool isOpen = DicomFile.Read(reference.FullPath, ReadingLimits.Default) is DicomReading.Accepted accepted
            && PixelFrames.TryOpen(accepted.File, ReadingLimits.Default, out _, out _);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, LargestAllocation);
        Assert.False(isOpen && reference.Expect is "reject" or "header-only");
    }

    [Fact]
    public void Corpus_WherePresent_HasEverySupportedCoding()
    {
        DicomCorpus.Require();
        IEnumerable<PixelCoding> codings = DicomCorpus.Files
            .Where(file => file is { Expect: "readable", IsDicom: true })
            .Select(file => TransferSyntax.FromUid(file.TransferSyntaxUid).Coding)
            .Distinct();

        Assert.Superset(
            new HashSet<PixelCoding> { PixelCoding.Native, PixelCoding.Rle, PixelCoding.JpegLossless, PixelCoding.Jpeg2000 },
            codings.ToHashSet());
    }
}
