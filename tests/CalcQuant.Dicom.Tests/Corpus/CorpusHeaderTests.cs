using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.Tests.Corpus;

public sealed class CorpusHeaderTests
{
    public static TheoryData<string> Files => [.. DicomCorpus.Files.Count == 0 ? [string.Empty] : DicomCorpus.Files.Select(file => file.Path)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_EachFile_TellsDicomFromOthersAndDamageFromHealth(string path)
    {
        DicomCorpus.Require();
        ReferenceFile reference = DicomCorpus.Files.Single(file => file.Path == path);

        DicomReading reading = DicomFile.Read(reference.FullPath, ReadingLimits.Default);

        if (!reference.IsDicom)
        {
            Assert.IsType<DicomReading.NotDicom>(reading);
        }
        else if (reference.Expect is "readable" or "header-only")
        {
            DicomFile file = reading is DicomReading.Rejected rejected
                ? throw new InvalidOperationException(rejected.Issue.Explanation)
                : Assert.IsType<DicomReading.Accepted>(reading).File;
            Assert.Equal(reference.TransferSyntaxUid.Length > 0 ? reference.TransferSyntaxUid : file.TransferSyntaxUid, file.TransferSyntaxUid);
            Assert.True(reference.Expect == "header-only" || file.HasPixelData);
        }
        else if (path.EndsWith("GH179B.dcm", StringComparison.Ordinal) || path.EndsWith("rtplan_truncated.dcm", StringComparison.Ordinal))
        {
            Assert.IsType<DicomReading.Rejected>(reading);
        }
    }
}
