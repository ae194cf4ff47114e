using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace CalcQuant.Dicom.Encoding;

/// <summary>How elements are encoded (PS3.5 7.1, annex A).</summary>
/// <param name="IsExplicitVr">Each element carries its VR.</param>
/// <param name="IsBigEndian">High byte first.</param>
internal readonly record struct ElementEncoding(bool IsExplicitVr, bool IsBigEndian);

/// <summary>Where the value of Pixel Data stands.</summary>
/// <param name="Tag">Pixel Data, or its floating point relatives, which are no stored integers.</param>
/// <param name="Offset">Position of the value, in the file or, where the data set is deflated, in what it unpacks to.</param>
/// <param name="Length">Bytes; null for encapsulated data, whose end is a delimiter.</param>
/// <param name="Vr">VR.</param>
/// <param name="Encoding">Encoding of the data set.</param>
internal sealed record PixelDataLocation(DicomTag Tag, long Offset, long? Length, ValueRepresentation Vr, ElementEncoding Encoding);

/// <summary>
/// Parses a data set up to Pixel Data (PS3.5 7). Tolerant where a reader can be sure what was meant: wrong or missing VRs, odd lengths, unsorted
/// elements, stray delimiters, trailing padding. Whatever is cut short, contradicts itself or exceeds a limit throws
/// <see cref="InvalidDicomException"/>.
/// </summary>
internal sealed class DataSetParser
{
    private const uint UndefinedLength = 0xFFFFFFFF;
    private const int TagAndLengthSize = 8;
    private const int TypicalElementCount = 128;

    private readonly SequentialBytes _bytes;

    // The elements of all data sets that are open, innermost last: one list instead of one for each item.
    private readonly List<DicomElement> _open = new(TypicalElementCount);
    private readonly ReadingLimits _limits;
    private readonly long _positionBase;
    private int _elementCount;

    /// <summary>Starts at the first byte.</summary>
    /// <param name="bytes">Bytes from the start of the data set.</param>
    /// <param name="positionBase">Position of the first byte in the file, for <see cref="PixelDataLocation.Offset"/>.</param>
    /// <param name="limits">Bounds.</param>
    public DataSetParser(SequentialBytes bytes, long positionBase, ReadingLimits limits)
    {
        _bytes = bytes;
        _positionBase = positionBase;
        _limits = limits;
    }

    /// <summary>Pixel Data, once the data set has been parsed; null where it has none.</summary>
    public PixelDataLocation? PixelData { get; private set; }

    /// <summary>True where there is anything to parse.</summary>
    public bool HasBytes => _bytes.Has(1);

    /// <summary>
    /// How the bytes ahead are really encoded: the first element shows whether it carries a VR; without a declaration it also shows the byte order, as
    /// its group is small.
    /// </summary>
    public ElementEncoding Detect(ElementEncoding? declared)
    {
        if (!_bytes.Has(TagAndLengthSize))
        {
            return declared ?? new ElementEncoding(IsExplicitVr: true, IsBigEndian: false);
        }

        ReadOnlySpan<byte> head = _bytes.Peek(TagAndLengthSize);
        bool hasVr = ValueRepresentationRules.TryParse(head[4], head[5], out ValueRepresentation vr) && vr.IsKnown();
        bool isBigEndian = declared?.IsBigEndian
            ?? BinaryPrimitives.ReadUInt16BigEndian(head) < BinaryPrimitives.ReadUInt16LittleEndian(head);
        return new ElementEncoding(hasVr, isBigEndian);
    }

    /// <summary>Parses the data set of the file.</summary>
    public DicomDataSet ParseFile(ElementEncoding encoding) =>
        ParseElements(new Scope(encoding, End: _bytes.Length, IsDelimited: false, Depth: 0, CharacterSet.Default, IsSigned: false));

    /// <summary>Parses the elements of the file meta information, group 0002, and stops before the next group.</summary>
    public DicomDataSet ParseMeta()
    {
        ElementEncoding encoding = Detect(new ElementEncoding(IsExplicitVr: true, IsBigEndian: false));
        var scope = new Scope(encoding, _bytes.Length, IsDelimited: false, Depth: 0, CharacterSet.Default, IsSigned: false);
        while (_bytes.Has(TagAndLengthSize))
        {
            ReadOnlySpan<byte> head = _bytes.Peek(TagAndLengthSize);
            bool hasVr = ValueRepresentationRules.TryParse(head[4], head[5], out _);
            if (ReadTag(head, encoding).Group != DicomTags.TransferSyntaxUID.Group || hasVr != encoding.IsExplicitVr)
            {
                break;
            }

            _open.Add(ParseElement(ref scope));
        }

        return Finish(first: 0, scope);
    }

    private DicomDataSet ParseElements(Scope scope)
    {
        int first = _open.Count;
        bool isFile = scope.Depth == 0;
        while (_bytes.Position < scope.End)
        {
            if (!_bytes.Has(TagAndLengthSize))
            {
                // A deflated data set has no known length: it ends where its stream ends.
                if (isFile && (!_bytes.Has(1) || IsPaddingAhead()))
                {
                    break;
                }

                throw CutShort(null);
            }

            ReadOnlySpan<byte> head = _bytes.Peek(TagAndLengthSize);
            DicomTag tag = ReadTag(head, scope.Encoding);
            if (tag.Group == DicomTags.Item.Group)
            {
                uint length = ReadUInt32(head[4..], scope.Encoding);
                if (tag == DicomTags.ItemDelimitationItem && scope.IsDelimited)
                {
                    _bytes.Take(TagAndLengthSize);
                    return Finish(first, scope);
                }

                // A delimiter nobody needs does no harm; any other item tag here means that the structure is lost.
                if (tag == DicomTags.Item || length != 0 || scope.IsDelimited)
                {
                    throw InvalidDicomException.Header($"A sequence is damaged: {tag} stands where an element should.");
                }

                _bytes.Take(TagAndLengthSize);
                continue;
            }

            if (isFile && tag == DicomTags.DataSetTrailingPadding)
            {
                return Finish(first, scope);
            }

            if (isFile && tag == default && IsPaddingAhead())
            {
                return Finish(first, scope);
            }

            if (isFile && tag.Group == DicomTags.PixelData.Group
                && (tag == DicomTags.PixelData || tag == DicomTags.FloatPixelData || tag == DicomTags.DoubleFloatPixelData))
            {
                (ValueRepresentation vr, uint length) = ReadVrAndLength(tag, scope.Encoding);
                PixelData = new PixelDataLocation(
                    tag,
                    _positionBase + _bytes.Position,
                    length == UndefinedLength ? null : length,
                    vr,
                    scope.Encoding);
                return Finish(first, scope);
            }

            _open.Add(ParseElement(ref scope));
        }

        return scope.IsDelimited ? throw InvalidDicomException.Header("An item lacks its Item Delimitation Item (FFFE,E00D).") : Finish(first, scope);
    }

    private DicomElement ParseElement(ref Scope scope)
    {
        if (++_elementCount > _limits.MaxElementCount)
        {
            throw InvalidDicomException.Limit($"The header has more than {_limits.MaxElementCount} elements.");
        }

        DicomTag tag = ReadTag(_bytes.Peek(TagAndLengthSize), scope.Encoding);
        (ValueRepresentation vr, uint length) = ReadVrAndLength(tag, scope.Encoding);
        if (length == UndefinedLength)
        {
            if (vr is ValueRepresentation.OB or ValueRepresentation.OW)
            {
                SkipFragments(tag, scope);
                return new DicomElement(tag, vr, ReadOnlyMemory<byte>.Empty, null);
            }

            return new DicomElement(tag, ValueRepresentation.SQ, ReadOnlyMemory<byte>.Empty, ParseItems(tag, vr, scope, scope.End, isDelimited: true));
        }

        long end = _bytes.Position + length;
        if (end > scope.End)
        {
            throw CutShort(tag);
        }

        CheckHeaderLength(end);
        if (vr == ValueRepresentation.SQ)
        {
            return new DicomElement(tag, vr, ReadOnlyMemory<byte>.Empty, ParseItems(tag, vr, scope, end, isDelimited: false));
        }

        if (vr == ValueRepresentation.UN && length >= TagAndLengthSize && DataElementDictionary.FindVr(tag) == ValueRepresentation.SQ)
        {
            return new DicomElement(tag, ValueRepresentation.SQ, ReadOnlyMemory<byte>.Empty, ParseItems(tag, vr, scope, end, isDelimited: false));
        }

        if (!_bytes.Has((int)length))
        {
            throw CutShort(tag);
        }

        ReadOnlyMemory<byte> value = _bytes.Take((int)length);
        if (tag == DicomTags.SpecificCharacterSet)
        {
            scope.CharacterSet = CharacterSet.Parse(value.Span);
        }
        else if (tag == DicomTags.PixelRepresentation && value.Length >= sizeof(ushort))
        {
            scope.IsSigned = ReadUInt16(value.Span, scope.Encoding) == 1;
        }
        else if (!scope.Encoding.IsExplicitVr && scope.IsSigned && DataElementDictionary.IsSignedByPixelRepresentation(tag))
        {
            vr = ValueRepresentation.SS;
        }

        return new DicomElement(tag, vr, value, null);
    }

    private DicomDataSet[] ParseItems(DicomTag sequence, ValueRepresentation vr, Scope outer, long end, bool isDelimited)
    {
        if (outer.Depth >= _limits.MaxNestingDepth)
        {
            throw InvalidDicomException.Limit($"Sequences are nested deeper than {_limits.MaxNestingDepth}, at {DataElementDictionary.Describe(sequence)}.");
        }

        // A sequence of VR UN is implicit little endian whatever is around it (PS3.5 6.2.2).
        ElementEncoding encoding = vr == ValueRepresentation.UN ? new ElementEncoding(IsExplicitVr: false, IsBigEndian: false) : outer.Encoding;
        List<DicomDataSet>? items = null;
        while (isDelimited || _bytes.Position < end)
        {
            if (_bytes.Position + TagAndLengthSize > end || !_bytes.Has(TagAndLengthSize))
            {
                throw CutShort(sequence);
            }

            ReadOnlySpan<byte> head = _bytes.Take(TagAndLengthSize).Span;
            DicomTag tag = ReadTag(head, encoding);
            uint length = ReadUInt32(head[4..], encoding);
            if (tag == DicomTags.SequenceDelimitationItem && length == 0)
            {
                if (isDelimited)
                {
                    break;
                }

                continue;
            }

            if (tag != DicomTags.Item)
            {
                throw InvalidDicomException.Header($"The sequence {DataElementDictionary.Describe(sequence)} is damaged: {tag} stands where an item should.");
            }

            if (++_elementCount > _limits.MaxElementCount)
            {
                throw InvalidDicomException.Limit($"The header has more than {_limits.MaxElementCount} elements and items.");
            }

            bool isItemDelimited = length == UndefinedLength;
            long itemEnd = isItemDelimited ? end : _bytes.Position + length;
            if (itemEnd > end)
            {
                throw CutShort(sequence);
            }

            CheckHeaderLength(isItemDelimited ? _bytes.Position : itemEnd);
            ElementEncoding itemEncoding = vr == ValueRepresentation.UN && length != 0 ? Detect(encoding) : encoding;
            (items ??= []).Add(ParseElements(new Scope(itemEncoding, itemEnd, isItemDelimited, outer.Depth + 1, outer.CharacterSet, outer.IsSigned)));
        }

        return items is null ? [] : [.. items];
    }

    // Compressed pixels of an icon, or a private element coded like them: skipped, as nothing here reads them.
    private void SkipFragments(DicomTag tag, Scope scope)
    {
        while (true)
        {
            if (_bytes.Position + TagAndLengthSize > scope.End || !_bytes.Has(TagAndLengthSize))
            {
                throw CutShort(tag);
            }

            ReadOnlySpan<byte> head = _bytes.Take(TagAndLengthSize).Span;
            DicomTag item = ReadTag(head, scope.Encoding);
            uint length = ReadUInt32(head[4..], scope.Encoding);
            if (item == DicomTags.SequenceDelimitationItem)
            {
                return;
            }

            if (item != DicomTags.Item || _bytes.Position + length > scope.End)
            {
                throw CutShort(tag);
            }

            CheckHeaderLength(_bytes.Position + length);
            if (!_bytes.Has((int)length))
            {
                throw CutShort(tag);
            }

            _bytes.Take((int)length);
        }
    }

    private (ValueRepresentation Vr, uint Length) ReadVrAndLength(DicomTag tag, ElementEncoding encoding)
    {
        const int LongHeaderSize = 12;
        ReadOnlySpan<byte> head = _bytes.Take(TagAndLengthSize).Span;
        if (!encoding.IsExplicitVr)
        {
            return (DataElementDictionary.FindVr(tag), ReadUInt32(head[4..], encoding));
        }

        if (!ValueRepresentationRules.TryParse(head[4], head[5], out ValueRepresentation vr))
        {
            // Two capital letters make a VR. Some writers leave it blank; others put implicit elements into explicit data sets.
            bool isBlank = head[4] == (byte)' ' && head[5] == (byte)' ';
            return (DataElementDictionary.FindVr(tag), isBlank ? ReadUInt16(head[6..], encoding) : ReadUInt32(head[4..], encoding));
        }

        if (!vr.HasLongLength())
        {
            return (vr, ReadUInt16(head[6..], encoding));
        }

        if (!_bytes.Has(LongHeaderSize - TagAndLengthSize))
        {
            throw CutShort(tag);
        }

        return (vr, ReadUInt32(_bytes.Take(LongHeaderSize - TagAndLengthSize).Span, encoding));
    }

    private void CheckHeaderLength(long end)
    {
        if (end > _limits.MaxHeaderBytes)
        {
            throw InvalidDicomException.Limit($"The header is longer than {_limits.MaxHeaderBytes} bytes.");
        }
    }

    // Some writers fill the last block of a file with zeros.
    private bool IsPaddingAhead()
    {
        const int LongestPadding = 64 << 10;
        int count = 0;
        while (count < LongestPadding && _bytes.Has(count + 1))
        {
            if (_bytes.Peek(count + 1)[count] != 0)
            {
                return false;
            }

            count++;
        }

        return count > 0 && !_bytes.Has(count + 1);
    }

    private DicomDataSet Finish(int first, Scope scope)
    {
        DicomElement[] elements = CollectionsMarshal.AsSpan(_open)[first..].ToArray();
        _open.RemoveRange(first, elements.Length);
        bool isSorted = true;
        for (int i = 1; i < elements.Length && isSorted; i++)
        {
            isSorted = elements[i - 1].Tag < elements[i].Tag;
        }

        return new DicomDataSet(isSorted ? elements : SortedWithoutRepeats(elements), scope.Encoding.IsBigEndian, scope.CharacterSet);
    }

    private static DicomElement[] SortedWithoutRepeats(DicomElement[] elements)
    {
        var sorted = new List<DicomElement>(elements.Length);
        foreach (DicomElement element in elements.OrderBy(element => element.Tag))
        {
            if (sorted.Count == 0 || sorted[^1].Tag != element.Tag)
            {
                sorted.Add(element);
                continue;
            }

            // Which of two different values was meant cannot be known.
            DicomElement earlier = sorted[^1];
            bool isSame = earlier.Items is null && element.Items is null && earlier.Value.Span.SequenceEqual(element.Value.Span);
            if (!isSame && !element.Tag.IsPrivate)
            {
                throw InvalidDicomException.Header($"{DataElementDictionary.Describe(element.Tag)} occurs twice with different values.");
            }
        }

        return [.. sorted];
    }

    private static InvalidDicomException CutShort(DicomTag? tag) => InvalidDicomException.Header(
        tag is { } known ? $"The header is cut short or damaged at {DataElementDictionary.Describe(known)}." : "The header is cut short.");

    private static DicomTag ReadTag(ReadOnlySpan<byte> bytes, ElementEncoding encoding) => new(ReadUInt16(bytes, encoding), ReadUInt16(bytes[2..], encoding));

    private static ushort ReadUInt16(ReadOnlySpan<byte> bytes, ElementEncoding encoding) =>
        encoding.IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes, ElementEncoding encoding) =>
        encoding.IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    // One data set or item. Character set and sign are found on the way and hold for the elements and items after them.
    private record struct Scope(ElementEncoding Encoding, long End, bool IsDelimited, int Depth, CharacterSet CharacterSet, bool IsSigned);
}
