using System.Collections.Frozen;

namespace CalcQuant.Dicom.Encoding;

/// <summary>How the frames of a file are coded.</summary>
public enum PixelCoding
{
    /// <summary>A coding this version cannot decode.</summary>
    Unsupported = 0,

    /// <summary>Uncompressed.</summary>
    Native = 1,

    /// <summary>RLE Lossless (PS3.5 annex G).</summary>
    Rle = 2,

    /// <summary>JPEG process 14, lossless, Huffman coded (ISO/IEC 10918-1 annex H).</summary>
    JpegLossless = 3,

    /// <summary>JPEG 2000 (ISO/IEC 15444-1).</summary>
    Jpeg2000 = 4,
}

/// <summary>A transfer syntax (PS3.5 annex A, PS3.6 annex A): how the data set and the frames are coded.</summary>
public sealed record TransferSyntax
{
    private TransferSyntax(string uid, string name, PixelCoding coding)
    {
        Uid = uid;
        Name = name;
        Coding = coding;
    }

    /// <summary>Implicit VR Little Endian, the default of the standard.</summary>
    public static TransferSyntax ImplicitVrLittleEndian { get; } = new("1.2.840.10008.1.2", "Implicit VR Little Endian", PixelCoding.Native) { IsExplicitVr = false };

    /// <summary>Explicit VR Little Endian.</summary>
    public static TransferSyntax ExplicitVrLittleEndian { get; } = new("1.2.840.10008.1.2.1", "Explicit VR Little Endian", PixelCoding.Native);

    /// <summary>Deflated Explicit VR Little Endian: everything after the file meta information is a raw deflate stream.</summary>
    public static TransferSyntax DeflatedExplicitVrLittleEndian { get; } = new("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", PixelCoding.Native) { IsDeflated = true };

    /// <summary>Explicit VR Big Endian, retired.</summary>
    public static TransferSyntax ExplicitVrBigEndian { get; } = new("1.2.840.10008.1.2.2", "Explicit VR Big Endian", PixelCoding.Native) { IsBigEndian = true };

    /// <summary>RLE Lossless.</summary>
    public static TransferSyntax RleLossless { get; } = new("1.2.840.10008.1.2.5", "RLE Lossless", PixelCoding.Rle);

    /// <summary>JPEG Lossless, Process 14, any predictor.</summary>
    public static TransferSyntax JpegLossless { get; } = new("1.2.840.10008.1.2.4.57", "JPEG Lossless, Non-Hierarchical (Process 14)", PixelCoding.JpegLossless);

    /// <summary>JPEG Lossless, Process 14, Selection Value 1: the commonest compressed CT.</summary>
    public static TransferSyntax JpegLosslessFirstOrder { get; } = new("1.2.840.10008.1.2.4.70", "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14, Selection Value 1)", PixelCoding.JpegLossless);

    /// <summary>JPEG 2000, lossless only.</summary>
    public static TransferSyntax Jpeg2000Lossless { get; } = new("1.2.840.10008.1.2.4.90", "JPEG 2000 Image Compression (Lossless Only)", PixelCoding.Jpeg2000);

    /// <summary>UID.</summary>
    public string Uid { get; }

    /// <summary>Name, as in PS3.6.</summary>
    public string Name { get; }

    /// <summary>How the frames are coded.</summary>
    public PixelCoding Coding { get; }

    /// <summary>True where each element carries its VR.</summary>
    public bool IsExplicitVr { get; private init; } = true;

    /// <summary>True where numbers have their high byte first.</summary>
    public bool IsBigEndian { get; private init; }

    /// <summary>True where the data set is a deflate stream (RFC 1951).</summary>
    public bool IsDeflated { get; private init; }

    /// <summary>True where Pixel Data is a sequence of fragments (PS3.5 A.4).</summary>
    public bool IsEncapsulated => Coding != PixelCoding.Native;

    /// <summary>True where the frames can be decoded here.</summary>
    public bool IsSupported => Coding != PixelCoding.Unsupported;

    /// <summary>The transfer syntax of a UID; an unknown UID gives an unsupported syntax of that name.</summary>
    public static TransferSyntax FromUid(string uid)
    {
        ArgumentNullException.ThrowIfNull(uid);
        return Known.ByUid.TryGetValue(uid, out TransferSyntax? known) ? known : new TransferSyntax(uid, "unknown transfer syntax", PixelCoding.Unsupported);
    }

    /// <summary>Name and UID, for messages.</summary>
    public override string ToString() => $"{Name} ({Uid})";

    private static TransferSyntax[] CreateAll()
    {
        static TransferSyntax Unsupported(string uid, string name) => new(uid, name, PixelCoding.Unsupported);

        return
        [
            ImplicitVrLittleEndian,
            ExplicitVrLittleEndian,
            DeflatedExplicitVrLittleEndian,
            ExplicitVrBigEndian,
            RleLossless,
            JpegLossless,
            JpegLosslessFirstOrder,
            Jpeg2000Lossless,
            Unsupported("1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian"),
            Unsupported("1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)"),
            Unsupported("1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 & 4)"),
            Unsupported("1.2.840.10008.1.2.4.53", "JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8)"),
            Unsupported("1.2.840.10008.1.2.4.55", "JPEG Full Progression, Non-Hierarchical (Process 10 & 12)"),
            Unsupported("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless Image Compression"),
            Unsupported("1.2.840.10008.1.2.4.81", "JPEG-LS Lossy (Near-Lossless) Image Compression"),
            Unsupported("1.2.840.10008.1.2.4.91", "JPEG 2000 Image Compression"),
            Unsupported("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)"),
            Unsupported("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2 Multi-component Image Compression"),
            Unsupported("1.2.840.10008.1.2.4.94", "JPIP Referenced"),
            Unsupported("1.2.840.10008.1.2.4.95", "JPIP Referenced Deflate"),
            Unsupported("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level"),
            Unsupported("1.2.840.10008.1.2.4.101", "MPEG2 Main Profile / High Level"),
            Unsupported("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1"),
            Unsupported("1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile / Level 5.1"),
            Unsupported("1.2.840.10008.1.2.4.110", "JPEG XL Lossless"),
            Unsupported("1.2.840.10008.1.2.4.112", "JPEG XL"),
            Unsupported("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)"),
            Unsupported("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)"),
            Unsupported("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000 Image Compression"),
            Unsupported("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression"),
            Unsupported("1.2.840.113619.5.2", "GE private Implicit VR Little Endian with Big Endian pixels"),
        ];
    }

    // Apart, because it needs the properties above to be set first.
    private static class Known
    {
        public static readonly FrozenDictionary<string, TransferSyntax> ByUid =
            CreateAll().ToFrozenDictionary(syntax => syntax.Uid, StringComparer.Ordinal);
    }
}
