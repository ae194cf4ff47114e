using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.PixelData;

namespace CalcQuant.Dicom.Series;

/// <summary>Where the pixels of one DICOM object come from. Those of a file stay on disk; a member of an archive is unpacked again when they are wanted.</summary>
internal sealed class ImageFile
{
    private readonly ZipMember? _member;
    private readonly FileBytes? _bytes;
    private readonly ReadingLimits _limits;
    private readonly PixelFrames? _frames;
    private readonly SeriesIssue _issue;

    /// <summary>Checks the pixels of an object whose header was read, without decoding them.</summary>
    /// <param name="shownPath">Path for <see cref="SkippedFile"/>.</param>
    /// <param name="member">The archive member, or null for a file on disk.</param>
    /// <param name="file">The object.</param>
    /// <param name="limits">Bounds.</param>
    public ImageFile(string shownPath, ZipMember? member, DicomFile file, ReadingLimits limits)
    {
        ShownPath = shownPath;
        _member = member;
        _bytes = member is null ? file.Bytes : null;
        _limits = limits;
        TransferSyntaxUid = file.TransferSyntaxUid;
        if (PixelFrames.TryOpen(file, limits, out PixelFrames? frames, out SeriesIssue issue))
        {
            Layout = frames!.Layout;

            // One frame of an archive is cheap to unpack again; unpacking a multi-frame object once per frame is not.
            _frames = member is null || frames.Layout.FrameCount > 1 ? frames : null;
        }
        else
        {
            _issue = issue;
        }
    }

    /// <summary>The path as the user would recognise it.</summary>
    public string ShownPath { get; }

    /// <summary>Transfer syntax.</summary>
    public string TransferSyntaxUid { get; }

    /// <summary>Layout of the pixels; null where they cannot be read.</summary>
    public PixelLayout? Layout { get; }

    /// <summary>Why the pixels cannot be read; null where they can.</summary>
    public SeriesIssue? PixelIssue => Layout is null ? _issue : null;

    /// <summary>Closes what <see cref="TryOpen"/> may have opened; it opens again when asked.</summary>
    public void Close() => _member?.Archive.Close();

    /// <summary>Reads the whole file, or unpacks the whole member.</summary>
    /// <exception cref="InvalidDicomException">The file cannot be opened or read.</exception>
    public bool TryReadBytes(out ReadOnlyMemory<byte> bytes, out string explanation)
    {
        if (_member is not null)
        {
            return _member.TryRead(_limits, out bytes, out explanation);
        }

        using FileBytes.Opened file = _bytes!.Open();
        if (file.Length > Math.Min(_limits.MaxFileBytes, Array.MaxLength))
        {
            bytes = default;
            explanation = $"The file has {file.Length} bytes, over the limit.";
            return false;
        }

        byte[] read = new byte[file.Length];
        bytes = read.AsMemory(0, file.Read(read, 0));
        explanation = "";
        return true;
    }

    /// <summary>Opens the frames for decoding.</summary>
    public bool TryOpen(out PixelFrames? frames, out SeriesIssue issue)
    {
        frames = _frames;
        issue = _issue;
        if (frames is not null)
        {
            return true;
        }

        if (_member is null || Layout is null)
        {
            return false;
        }

        if (!_member.TryRead(_limits, out ReadOnlyMemory<byte> bytes, out string explanation))
        {
            issue = new SeriesIssue(SeriesIssueCode.PixelDataUnreadable, explanation);
            return false;
        }

        switch (DicomFile.Read(ShownPath, bytes, _limits))
        {
            case DicomReading.Accepted accepted:
                return PixelFrames.TryOpen(accepted.File, _limits, out frames, out issue);
            case DicomReading.Rejected rejected:
                issue = rejected.Issue;
                return false;
            default:
                issue = new SeriesIssue(SeriesIssueCode.PixelDataUnreadable, "The archive changed while it was read.");
                return false;
        }
    }
}
