using CalcQuant.Analysis;

namespace CalcQuant.Dicom.PixelData;

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
