using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using TextEncoding = System.Text.Encoding;

namespace CalcQuant.Dicom.Encoding;

/// <summary>Pixel Data that is already compressed.</summary>
/// <param name="Fragments">Fragments in order; each frame starts with one of its own. Odd lengths are padded with a zero byte.</param>
/// <param name="BasicOffsets">Basic Offset Table: bytes from the first fragment's item tag to each frame's; empty to leave it out.</param>
public sealed record EncapsulatedPixelData(IReadOnlyList<ReadOnlyMemory<byte>> Fragments, IReadOnlyList<uint> BasicOffsets)
{
    /// <summary>Fragments without a Basic Offset Table.</summary>
    public EncapsulatedPixelData(params IReadOnlyList<ReadOnlyMemory<byte>> fragments)
        : this(fragments, [])
    {
    }
}

/// <summary>
/// Writes Part 10 files (PS3.10), strictly and always the same bytes for the same data set: preamble, file meta information with its length,
/// elements in tag order, sequences of defined length unless asked otherwise.
/// </summary>
public static class DicomFileWriter
{
    /// <summary>Identifies this writer in files; a UID derived from a UUID (PS3.5 B.2).</summary>
    public const string ImplementationClassUid = "2.25.222573301046428021562283472953427406881";

    private const string ImplementationVersionName = "CALCQUANT_0_1";
    private const int PreambleLength = 128;
    private const uint UndefinedLength = 0xFFFFFFFF;

    /// <summary>The file as bytes.</summary>
    /// <param name="dataSet">Data set with SOP Class UID and SOP Instance UID; native pixels as the element Pixel Data (7FE0,0010), little endian.</param>
    /// <param name="syntax">Transfer syntax; null is Explicit VR Little Endian. Any encapsulated syntax is written, as nothing is compressed here.</param>
    /// <param name="encapsulated">Compressed frames, for encapsulated syntaxes only.</param>
    /// <param name="undefinedLengths">True gives sequences and items undefined lengths and delimiters.</param>
    /// <exception cref="ArgumentException">The data set lacks its UIDs, or the pixels do not go with the syntax.</exception>
    public static byte[] ToArray(
        DicomDataSet dataSet,
        TransferSyntax? syntax = null,
        EncapsulatedPixelData? encapsulated = null,
        bool undefinedLengths = false)
    {
        ArgumentNullException.ThrowIfNull(dataSet);
        syntax ??= TransferSyntax.ExplicitVrLittleEndian;
        if (syntax.IsEncapsulated != (encapsulated is not null))
        {
            throw new ArgumentException($"{syntax} {(syntax.IsEncapsulated ? "needs" : "has no")} encapsulated pixels.", nameof(encapsulated));
        }

        if (encapsulated is not null && dataSet.Contains(DicomTags.PixelData))
        {
            throw new ArgumentException("The data set holds native Pixel Data beside the encapsulated one.", nameof(dataSet));
        }

        if (dataSet.IsBigEndian)
        {
            throw new ArgumentException("The data set has big endian values.", nameof(dataSet));
        }

        var file = new ArrayBufferWriter<byte>();
        file.Write(new byte[PreambleLength]);
        file.Write("DICM"u8);
        WriteMeta(file, dataSet, syntax);
        if (!syntax.IsDeflated)
        {
            WriteBody(file, dataSet, syntax, encapsulated, undefinedLengths);
            return file.WrittenSpan.ToArray();
        }

        var body = new ArrayBufferWriter<byte>();
        WriteBody(body, dataSet, syntax, encapsulated, undefinedLengths);
        using var compressed = new MemoryStream();
        using (var deflate = new DeflateStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(body.WrittenSpan);
        }

        // PS3.5 A.5: an odd deflate stream is followed by one zero byte.
        if (compressed.Length % 2 != 0)
        {
            compressed.WriteByte(0);
        }

        file.Write(compressed.GetBuffer().AsSpan(0, (int)compressed.Length));
        return file.WrittenSpan.ToArray();
    }

    /// <summary>Writes the file to a path, replacing what is there.</summary>
    /// <param name="path">Path.</param>
    /// <param name="dataSet">As in <see cref="ToArray"/>.</param>
    /// <param name="syntax">As in <see cref="ToArray"/>.</param>
    /// <param name="encapsulated">As in <see cref="ToArray"/>.</param>
    /// <param name="undefinedLengths">As in <see cref="ToArray"/>.</param>
    /// <exception cref="ArgumentException">The data set lacks its UIDs, or the pixels do not go with the syntax.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(
        string path,
        DicomDataSet dataSet,
        TransferSyntax? syntax = null,
        EncapsulatedPixelData? encapsulated = null,
        bool undefinedLengths = false) =>
        File.WriteAllBytes(path, ToArray(dataSet, syntax, encapsulated, undefinedLengths));

    private static void WriteMeta(ArrayBufferWriter<byte> file, DicomDataSet dataSet, TransferSyntax syntax)
    {
        string RequiredUid(DicomTag tag) =>
            dataSet.GetString(tag) ?? throw new ArgumentException($"The data set lacks {DataElementDictionary.Describe(tag)}.", nameof(dataSet));

        DicomDataSet meta = new DicomDataSetBuilder()
            .SetBytes(DicomTags.FileMetaInformationVersion, ValueRepresentation.OB, new byte[] { 0, 1 })
            .Set(DicomTags.MediaStorageSOPClassUID, RequiredUid(DicomTags.SOPClassUID))
            .Set(DicomTags.MediaStorageSOPInstanceUID, RequiredUid(DicomTags.SOPInstanceUID))
            .Set(DicomTags.TransferSyntaxUID, syntax.Uid)
            .Set(DicomTags.ImplementationClassUID, ImplementationClassUid)
            .Set(DicomTags.ImplementationVersionName, ImplementationVersionName)
            .Build();
        var elements = new ArrayBufferWriter<byte>();
        var encoder = new ElementEncoder(elements, IsExplicitVr: true, IsBigEndian: false, UndefinedLengths: false);
        encoder.WriteElements(meta);
        DicomDataSet length = new DicomDataSetBuilder().Set(DicomTags.FileMetaInformationGroupLength, elements.WrittenCount).Build();
        new ElementEncoder(file, IsExplicitVr: true, IsBigEndian: false, UndefinedLengths: false).WriteElements(length);
        file.Write(elements.WrittenSpan);
    }

    private static void WriteBody(
        ArrayBufferWriter<byte> body,
        DicomDataSet dataSet,
        TransferSyntax syntax,
        EncapsulatedPixelData? encapsulated,
        bool undefinedLengths)
    {
        var encoder = new ElementEncoder(body, syntax.IsExplicitVr, syntax.IsBigEndian, undefinedLengths);
        encoder.WriteElements(dataSet, below: DicomTags.PixelData);
        if (encapsulated is not null)
        {
            encoder.WriteEncapsulated(encapsulated);
        }

        encoder.WriteElements(dataSet, from: DicomTags.PixelData);
    }

    private readonly record struct ElementEncoder(ArrayBufferWriter<byte> Target, bool IsExplicitVr, bool IsBigEndian, bool UndefinedLengths)
    {
        public void WriteElements(DicomDataSet dataSet, DicomTag? from = null, DicomTag? below = null)
        {
            foreach (DicomElement element in dataSet.Elements)
            {
                // Group lengths are retired and would have to be kept right (PS3.5 7.2); the meta group's is the exception.
                bool isGroupLength = element.Tag.Element == 0 && element.Tag != DicomTags.FileMetaInformationGroupLength;
                if (!isGroupLength && (from is null || element.Tag >= from) && (below is null || element.Tag < below))
                {
                    WriteElement(element);
                }
            }
        }

        public void WriteEncapsulated(EncapsulatedPixelData pixels)
        {
            WriteHeader(DicomTags.PixelData, ValueRepresentation.OB, UndefinedLength);
            WriteTag(DicomTags.Item);
            WriteUInt32((uint)pixels.BasicOffsets.Count * sizeof(uint));
            foreach (uint offset in pixels.BasicOffsets)
            {
                WriteUInt32(offset);
            }

            foreach (ReadOnlyMemory<byte> fragment in pixels.Fragments)
            {
                int padding = fragment.Length & 1;
                WriteTag(DicomTags.Item);
                WriteUInt32((uint)(fragment.Length + padding));
                Target.Write(fragment.Span);
                Target.Write(new byte[padding]);
            }

            WriteTag(DicomTags.SequenceDelimitationItem);
            WriteUInt32(0);
        }

        private void WriteElement(in DicomElement element)
        {
            if (element.Items is not null)
            {
                WriteSequence(element.Tag, element.Items);
                return;
            }

            ReadOnlySpan<byte> value = element.Value.Span;
            bool isOdd = value.Length % 2 != 0;
            WriteHeader(element.Tag, element.Vr, (uint)(value.Length + (isOdd ? 1 : 0)));
            int wordSize = element.Vr.WordSize();
            if (IsBigEndian && wordSize > 1)
            {
                Span<byte> swapped = Target.GetSpan(value.Length)[..value.Length];
                value.CopyTo(swapped);
                for (int i = 0; i + wordSize <= swapped.Length; i += wordSize)
                {
                    swapped.Slice(i, wordSize).Reverse();
                }

                Target.Advance(value.Length);
            }
            else
            {
                Target.Write(value);
            }

            if (isOdd)
            {
                Target.Write(element.Vr.IsText() && element.Vr != ValueRepresentation.UI ? " "u8 : "\0"u8);
            }
        }

        private void WriteSequence(DicomTag tag, DicomDataSet[] items)
        {
            if (UndefinedLengths)
            {
                WriteHeader(tag, ValueRepresentation.SQ, UndefinedLength);
                foreach (DicomDataSet item in items)
                {
                    WriteTag(DicomTags.Item);
                    WriteUInt32(UndefinedLength);
                    WriteElements(item);
                    WriteTag(DicomTags.ItemDelimitationItem);
                    WriteUInt32(0);
                }

                WriteTag(DicomTags.SequenceDelimitationItem);
                WriteUInt32(0);
                return;
            }

            var content = new ArrayBufferWriter<byte>();
            ElementEncoder inner = this with { Target = content };
            foreach (DicomDataSet item in items)
            {
                var itemContent = new ArrayBufferWriter<byte>();
                (this with { Target = itemContent }).WriteElements(item);
                inner.WriteTag(DicomTags.Item);
                inner.WriteUInt32((uint)itemContent.WrittenCount);
                content.Write(itemContent.WrittenSpan);
            }

            WriteHeader(tag, ValueRepresentation.SQ, (uint)content.WrittenCount);
            Target.Write(content.WrittenSpan);
        }

        private void WriteHeader(DicomTag tag, ValueRepresentation vr, uint length)
        {
            WriteTag(tag);
            if (!IsExplicitVr)
            {
                WriteUInt32(length);
                return;
            }

            Target.Write(TextEncoding.ASCII.GetBytes([(char)((ushort)vr >> 8), (char)((ushort)vr & 0xFF)]));
            if (vr.HasLongLength())
            {
                WriteUInt16(0);
                WriteUInt32(length);
            }
            else
            {
                WriteUInt16(length <= ushort.MaxValue
                    ? (ushort)length
                    : throw new ArgumentException($"{DataElementDictionary.Describe(tag)} has {length} bytes, too many for VR {vr}.", nameof(length)));
            }
        }

        private void WriteTag(DicomTag tag)
        {
            WriteUInt16(tag.Group);
            WriteUInt16(tag.Element);
        }

        private void WriteUInt16(ushort value)
        {
            Span<byte> target = Target.GetSpan(sizeof(ushort));
            if (IsBigEndian)
            {
                BinaryPrimitives.WriteUInt16BigEndian(target, value);
            }
            else
            {
                BinaryPrimitives.WriteUInt16LittleEndian(target, value);
            }

            Target.Advance(sizeof(ushort));
        }

        private void WriteUInt32(uint value)
        {
            Span<byte> target = Target.GetSpan(sizeof(uint));
            if (IsBigEndian)
            {
                BinaryPrimitives.WriteUInt32BigEndian(target, value);
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(target, value);
            }

            Target.Advance(sizeof(uint));
        }
    }
}
