using System.IO.Compression;

namespace CalcQuant.Dicom.Encoding;

/// <summary>
/// A DICOM file: its header in memory, its pixels still where they are. A file is named by <see cref="Name"/> in errors, never by what it says.
/// </summary>
public sealed class DicomFile
{
    private const int PreambleLength = 128;
    private const int MagicLength = 4;

    internal DicomFile(string name, DicomDataSet dataSet, string transferSyntaxUid, FileBytes bytes, PixelDataLocation? pixelData, long dataSetStart, long length)
    {
        Name = name;
        DataSet = dataSet;
        TransferSyntaxUid = transferSyntaxUid;
        Bytes = bytes;
        PixelData = pixelData;
        DataSetStart = dataSetStart;
        Length = length;
    }

    /// <summary>Path or archive member, for messages.</summary>
    public string Name { get; }

    /// <summary>The data set without Pixel Data.</summary>
    public DicomDataSet DataSet { get; }

    /// <summary>Transfer Syntax UID (0002,0010), or what the bytes turned out to be where there is no meta header.</summary>
    public string TransferSyntaxUid { get; }

    /// <summary>True where the file has Pixel Data (7FE0,0010), whether or not it can be decoded.</summary>
    public bool HasPixelData => PixelData?.Tag == DicomTags.PixelData;

    /// <summary>The file.</summary>
    internal FileBytes Bytes { get; }

    /// <summary>Pixel Data, or null.</summary>
    internal PixelDataLocation? PixelData { get; }

    /// <summary>Position of the data set, after the file meta information.</summary>
    internal long DataSetStart { get; }

    /// <summary>Bytes of the file when it was read.</summary>
    internal long Length { get; }

    /// <summary>Reads the header of a file; pixels stay on disk.</summary>
    /// <param name="path">The file. An I/O error (missing, no permission) is a rejection too.</param>
    /// <param name="limits">Bounds.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    public static DicomReading Read(string path, ReadingLimits limits)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(limits);
        return Read(path, new FileBytes(path), limits);
    }

    /// <summary>Reads the header from memory, e.g. a member of an archive; pixels stay in <paramref name="bytes"/>.</summary>
    /// <param name="name">Name for messages.</param>
    /// <param name="bytes">The whole file; must stay unchanged while the result is in use.</param>
    /// <param name="limits">Bounds.</param>
    public static DicomReading Read(string name, ReadOnlyMemory<byte> bytes, ReadingLimits limits)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(limits);
        return Read(name, new FileBytes(bytes), limits);
    }

    private static DicomReading Read(string name, FileBytes bytes, ReadingLimits limits)
    {
        try
        {
            using FileBytes.Opened file = bytes.Open();
            return Read(name, bytes, file, limits);
        }
        catch (InvalidDicomException invalid)
        {
            return new DicomReading.Rejected(invalid.ToIssue());
        }
    }

    private static DicomReading Read(string name, FileBytes bytes, FileBytes.Opened file, ReadingLimits limits)
    {
        if (file.Length > limits.MaxFileBytes)
        {
            throw InvalidDicomException.Limit($"The file has {file.Length} bytes, more than {limits.MaxFileBytes}.");
        }

        SequentialBytes sequential = file.IsInMemory ? new SequentialBytes(file.Memory) : ReadSequentially(file);
        long start = 0;
        if (sequential.Has(PreambleLength + MagicLength) && sequential.Peek(PreambleLength + MagicLength)[PreambleLength..].SequenceEqual("DICM"u8))
        {
            start = PreambleLength + MagicLength;
        }
        else if (Describe(sequential) is { } other)
        {
            return new DicomReading.NotDicom(other);
        }

        sequential.Take((int)start);
        var parser = new DataSetParser(sequential, positionBase: 0, limits);
        DicomDataSet meta = parser.ParseMeta();
        long dataSetStart = sequential.Position;
        TransferSyntax? declared = meta.GetString(DicomTags.TransferSyntaxUID) is { } uid ? TransferSyntax.FromUid(uid) : null;
        if (declared is { IsDeflated: true })
        {
            return ReadDeflated(name, bytes, file, dataSetStart, declared, limits);
        }

        ElementEncoding encoding = parser.Detect(declared is null ? null : new ElementEncoding(declared.IsExplicitVr, declared.IsBigEndian));
        DicomDataSet dataSet = parser.ParseFile(encoding);
        string syntaxUid = (declared ?? Undeclared(encoding)).Uid;
        return new DicomReading.Accepted(new DicomFile(name, dataSet, syntaxUid, bytes, parser.PixelData, dataSetStart, file.Length));
    }

    private static DicomReading.Accepted ReadDeflated(string name, FileBytes bytes, FileBytes.Opened file, long dataSetStart, TransferSyntax syntax, ReadingLimits limits)
    {
        using Stream inflated = Inflate(file, dataSetStart);
        int ReadMore(Memory<byte> target)
        {
            try
            {
                return inflated.Read(target.Span);
            }
            catch (InvalidDataException)
            {
                throw InvalidDicomException.Header("The deflated data set is damaged.");
            }
        }

        var parser = new DataSetParser(new SequentialBytes(ReadMore, long.MaxValue), positionBase: 0, limits);
        if (!parser.HasBytes)
        {
            throw InvalidDicomException.Header("The deflated data set is empty.");
        }

        DicomDataSet dataSet = parser.ParseFile(parser.Detect(new ElementEncoding(syntax.IsExplicitVr, syntax.IsBigEndian)));
        return new DicomReading.Accepted(new DicomFile(name, dataSet, syntax.Uid, bytes, parser.PixelData, dataSetStart, file.Length));
    }

    /// <summary>The data set of a deflated file, unpacked on the way (PS3.5 A.5).</summary>
    internal static Stream Inflate(FileBytes.Opened file, long dataSetStart) =>
        new DeflateStream(new FileBytesStream(file, dataSetStart), CompressionMode.Decompress);

    private static SequentialBytes ReadSequentially(FileBytes.Opened file)
    {
        long position = 0;
        int ReadMore(Memory<byte> target)
        {
            int count = file.Read(target.Span, position);
            position += count;
            return count;
        }

        return new SequentialBytes(ReadMore, file.Length);
    }

    private static TransferSyntax Undeclared(ElementEncoding encoding) => encoding switch
    {
        { IsBigEndian: true } => TransferSyntax.ExplicitVrBigEndian,
        { IsExplicitVr: true } => TransferSyntax.ExplicitVrLittleEndian,
        _ => TransferSyntax.ImplicitVrLittleEndian,
    };

    // Without the preamble, a data set is told from other files by its first element: group 0002 or 0008, a small element number, and a VR or
    // a length that fits. Null where it may be DICOM, else what the file is.
    private static string? Describe(SequentialBytes bytes)
    {
        const int HeadLength = 8;
        const ushort LargestFirstElement = 0x0100;
        const uint LargestFirstLength = 0x10000;
        if (!bytes.Has(1))
        {
            return "The file is empty.";
        }

        if (!bytes.Has(HeadLength))
        {
            return "The file is too short to be DICOM.";
        }

        ReadOnlySpan<byte> head = bytes.Peek(HeadLength);
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
        {
            return "The file is a gzip archive.";
        }

        if (head.StartsWith("PK"u8))
        {
            return "The file is a zip archive.";
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]))
        {
            return "The file is a picture, not DICOM.";
        }

        foreach (bool isBigEndian in (ReadOnlySpan<bool>)[false, true])
        {
            int low = isBigEndian ? 1 : 0;
            int group = head[low] | (head[1 - low] << 8);
            int element = head[2 + low] | (head[3 - low] << 8);
            bool isFirst = group is 0x0002 or 0x0008 && element < LargestFirstElement;
            bool hasVr = ValueRepresentationRules.TryParse(head[4], head[5], out ValueRepresentation vr) && vr.IsKnown();
            uint length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (isFirst && (hasVr || (!isBigEndian && length < LargestFirstLength)))
            {
                return null;
            }
        }

        return "The file has neither a DICOM preamble nor a data set at its start.";
    }

    /// <summary>A forward view of the file for <see cref="DeflateStream"/>.</summary>
    private sealed class FileBytesStream(FileBytes.Opened file, long position) : Stream
    {
        private long _position = position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = file.Read(buffer, _position);
            _position += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
