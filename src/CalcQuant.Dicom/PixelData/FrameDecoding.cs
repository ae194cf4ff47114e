using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.PixelData;

/// <summary>How the pixels of a file are laid out, from the Image Pixel module (PS3.3 C.7.6.3), checked against the limits.</summary>
public sealed record PixelLayout
{
    /// <summary>Rows.</summary>
    public required int RowCount { get; init; }

    /// <summary>Columns.</summary>
    public required int ColumnCount { get; init; }

    /// <summary>Frames; 1 where the header does not say.</summary>
    public required int FrameCount { get; init; }

    /// <summary>Samples Per Pixel.</summary>
    public required int SamplesPerPixel { get; init; }

    /// <summary>Bits Allocated: 1, 8, 16 or 32.</summary>
    public required int BitsAllocated { get; init; }

    /// <summary>Bits Stored.</summary>
    public required int BitsStored { get; init; }

    /// <summary>High Bit.</summary>
    public required int HighBit { get; init; }

    /// <summary>Pixel Representation 1: two's complement.</summary>
    public required bool IsSigned { get; init; }

    /// <summary>Photometric Interpretation.</summary>
    public required string PhotometricInterpretation { get; init; }

    /// <summary>Stored values of one frame.</summary>
    public int ValuesPerFrame => checked(RowCount * ColumnCount * SamplesPerPixel);
}

/// <summary>What decoding one frame gave.</summary>
public abstract record FrameDecoding
{
    private FrameDecoding()
    {
    }

    /// <summary>The destination holds the whole frame.</summary>
    public sealed record Decoded : FrameDecoding
    {
        /// <summary>The only value.</summary>
        public static Decoded Instance { get; } = new();
    }

    /// <summary>The frame is damaged, truncated or in an unsupported syntax; the destination is undefined and must not be used.</summary>
    /// <param name="Issue">What is wrong.</param>
    public sealed record Failed(SeriesIssue Issue) : FrameDecoding;
}

/// <summary>Frames of one file as stored values: shifted by HighBit + 1 - BitsStored, masked to BitsStored, sign-extended, not rescaled.</summary>
public sealed class PixelFrames
{
    /// <summary>Layout.</summary>
    public PixelLayout Layout => throw new NotSupportedException("Skeleton.");

    /// <summary>Checks layout, syntax and length without decoding.</summary>
    /// <returns>True with the frames, or false with what is wrong.</returns>
    public static bool TryOpen(DicomFile file, ReadingLimits limits, out PixelFrames? frames, out SeriesIssue issue) => throw new NotSupportedException("Skeleton.");

    /// <summary>Decodes one frame. Thread-safe: frames may be decoded in parallel.</summary>
    /// <param name="frame">Frame index from 0.</param>
    /// <param name="values">Receives <see cref="PixelLayout.ValuesPerFrame"/> stored values, colour interleaved by pixel.</param>
    public FrameDecoding Decode(int frame, Span<int> values) => throw new NotSupportedException("Skeleton.");

    /// <summary>
    /// Decodes one grey frame of at most 16 bits: the fast path of CT, native frames are read straight into place. Values of unsigned 16-bit
    /// data above 32767 wrap; the layout says how to read them.
    /// </summary>
    public FrameDecoding Decode(int frame, Span<short> values) => throw new NotSupportedException("Skeleton.");
}
