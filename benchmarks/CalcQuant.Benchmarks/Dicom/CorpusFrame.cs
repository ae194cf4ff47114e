using CalcQuant.Analysis;
using CalcQuant.Benchmarks.Peers;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.PixelData;

namespace CalcQuant.Benchmarks.Dicom;

/// <summary>Single frames to decode: of files made here, or of the DICOM corpus beside the repository, which is not part of it.</summary>
internal static class CorpusFrame
{
    /// <summary>Opens a file of the corpus.</summary>
    /// <param name="name">Its path below the corpus.</param>
    /// <returns>The frame; null where it is absent.</returns>
    public static PixelFrames? Find(string name)
    {
        string path = Path.Combine(WholeRunComparison.Repository(), "..", "shared", "dicom-corpus", name);
        return File.Exists(path) ? Open(name, File.ReadAllBytes(path)) : null;
    }

    /// <summary>Opens a file in memory.</summary>
    public static PixelFrames Open(string name, byte[] bytes) =>
        DicomFile.Read(name, bytes, ReadingLimits.Default) is not DicomReading.Accepted accepted ? throw new InvalidOperationException($"{name} is not DICOM.")
        : PixelFrames.TryOpen(accepted.File, ReadingLimits.Default, out PixelFrames? frames, out SeriesIssue issue) ? frames
        : throw new InvalidOperationException($"{name}: {issue.Explanation}");
}

/// <summary>A benchmark of a file of the corpus: left out where that is absent or cannot be decoded, as JPEG 2000 without OpenJPEG.</summary>
/// <param name="name">Path below the corpus.</param>
internal sealed class NeedsCorpusAttribute(string name) : NeedsAttribute
{
    /// <inheritdoc/>
    public override string? Absent => CorpusFrame.Find(name) is not { } frames ? $"../shared/dicom-corpus/{name} is absent"
        : frames.Decode(0, new short[frames.Layout.ValuesPerFrame]) is FrameDecoding.Failed failed ? failed.Issue.Explanation
        : null;
}
