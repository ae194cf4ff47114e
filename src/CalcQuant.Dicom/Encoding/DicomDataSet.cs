using System.Buffers.Binary;
using System.Globalization;

namespace CalcQuant.Dicom.Encoding;

/// <summary>
/// The elements of a data set or sequence item, by tag. Values are parsed when asked for: invariant culture, trailing spaces and NULs
/// dropped, the VR of the file tolerated where it is wrong. A value that is absent, empty or not parseable is null, never zero.
/// </summary>
public sealed class DicomDataSet
{
    private readonly DicomElement[] _elements;
    private readonly bool _isBigEndian;
    private readonly CharacterSet _characterSet;

    internal DicomDataSet(DicomElement[] elementsInTagOrder, bool isBigEndian, CharacterSet characterSet)
    {
        _elements = elementsInTagOrder;
        _isBigEndian = isBigEndian;
        _characterSet = characterSet;
    }

    /// <summary>A data set without elements.</summary>
    public static DicomDataSet Empty { get; } = new([], isBigEndian: false, CharacterSet.Default);

    /// <summary>Elements in the order of their tags.</summary>
    internal ReadOnlySpan<DicomElement> Elements => _elements;

    /// <summary>Byte order of the values.</summary>
    internal bool IsBigEndian => _isBigEndian;

    /// <summary>True where the element is present, even if empty.</summary>
    public bool Contains(DicomTag tag) => Find(tag) >= 0;

    /// <summary>First value as text, decoded with the Specific Character Set; null where absent or empty.</summary>
    public string? GetString(DicomTag tag)
    {
        IReadOnlyList<string> values = GetStrings(tag);
        return values.Count > 0 && values[0].Length > 0 ? values[0] : null;
    }

    /// <summary>
    /// All values as text; empty where absent. Numbers are formatted in the invariant culture, attribute tags as (gggg,eeee); a person name keeps its
    /// component groups (PS3.5 6.2.1). Bytes without meaning as text give nothing.
    /// </summary>
    public IReadOnlyList<string> GetStrings(DicomTag tag)
    {
        int index = Find(tag);
        if (index < 0 || _elements[index].Value.IsEmpty)
        {
            return [];
        }

        ReadOnlySpan<byte> value = _elements[index].Value.Span;
        ValueRepresentation vr = MeaningfulVr(_elements[index]);
        if (vr == ValueRepresentation.AT)
        {
            return FormatTags(value);
        }

        if (!vr.IsText())
        {
            return ReadNumbers(value, vr) is { } numbers ? [.. numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture))] : [];
        }

        string text = vr.FollowsCharacterSet() ? _characterSet.Decode(value) : CharacterSet.Default.Decode(value);
        if (vr.IsSingleText())
        {
            text = text.TrimEnd(' ', '\0');
            return text.Length == 0 ? [] : [text];
        }

        string[] values = text.Split('\\');
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = values[i].Trim(' ', '\0');
        }

        return values is [""] ? [] : values;
    }

    /// <summary>First value as a finite number, from text or binary; null where absent or not a number.</summary>
    public double? GetDouble(DicomTag tag)
    {
        int index = Find(tag);
        if (index < 0)
        {
            return null;
        }

        ReadOnlySpan<byte> value = _elements[index].Value.Span;
        ValueRepresentation vr = MeaningfulVr(_elements[index]);
        if (vr.IsText())
        {
            int end = value.IndexOf((byte)'\\');
            return ParseDecimal(end < 0 ? value : value[..end]);
        }

        int size = NumberSize(vr);
        return size > 0 && value.Length >= size ? Finite(ReadNumber(value, vr)) : null;
    }

    /// <summary>All values as finite numbers; null where absent or one is not a number.</summary>
    public IReadOnlyList<double>? GetDoubles(DicomTag tag)
    {
        int index = Find(tag);
        if (index < 0 || _elements[index].Value.IsEmpty)
        {
            return null;
        }

        ReadOnlySpan<byte> value = _elements[index].Value.Span;
        ValueRepresentation vr = MeaningfulVr(_elements[index]);
        if (!vr.IsText())
        {
            double[]? numbers = ReadNumbers(value, vr);
            return numbers is not null && Array.TrueForAll(numbers, double.IsFinite) ? numbers : null;
        }

        double[] values = new double[value.Count((byte)'\\') + 1];
        for (int i = 0; i < values.Length; i++)
        {
            int end = value.IndexOf((byte)'\\');
            if (ParseDecimal(end < 0 ? value : value[..end]) is not { } number)
            {
                return null;
            }

            values[i] = number;
            value = end < 0 ? [] : value[(end + 1)..];
        }

        return values;
    }

    /// <summary>First value as an integer; null where absent or not an integer.</summary>
    public int? GetInt32(DicomTag tag) =>
        GetDouble(tag) is { } number && number is >= int.MinValue and <= int.MaxValue && Math.Truncate(number) == number ? (int)number : null;

    /// <summary>Items of a sequence; empty where absent.</summary>
    public IReadOnlyList<DicomDataSet> GetItems(DicomTag tag)
    {
        int index = Find(tag);
        return index < 0 ? [] : _elements[index].Items ?? [];
    }

    /// <summary>The element with its encoded value.</summary>
    internal bool TryGetElement(DicomTag tag, out DicomElement element)
    {
        int index = Find(tag);
        element = index < 0 ? default : _elements[index];
        return index >= 0;
    }

    /// <summary>Parses a decimal or integer string (PS3.5 table 6.2-1) whatever its padding; null where it is no finite number.</summary>
    internal static double? ParseDecimal(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \0"u8);
        return double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number)
            ? Finite(number)
            : null;
    }

    private static double? Finite(double number) => double.IsFinite(number) ? number : null;

    // A VR that says nothing about the value (UN, or OB for what is a number) gives way to the dictionary.
    private static ValueRepresentation MeaningfulVr(in DicomElement element)
    {
        if (element.Vr is not (ValueRepresentation.UN or ValueRepresentation.OB) && element.Vr.IsKnown())
        {
            return element.Vr;
        }

        ValueRepresentation listed = DataElementDictionary.FindVr(element.Tag);
        if (listed != ValueRepresentation.UN)
        {
            return listed;
        }

        // Private text in UN is readable where it is nothing but printable ASCII.
        return element.Value.Span.TrimEnd(" \0"u8).IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 ? ValueRepresentation.LO : element.Vr;
    }

    private static int NumberSize(ValueRepresentation vr) => vr switch
    {
        ValueRepresentation.US or ValueRepresentation.SS or ValueRepresentation.OW => 2,
        ValueRepresentation.UL or ValueRepresentation.SL or ValueRepresentation.FL or ValueRepresentation.OF or ValueRepresentation.OL => 4,
        ValueRepresentation.FD or ValueRepresentation.UV or ValueRepresentation.SV or ValueRepresentation.OD or ValueRepresentation.OV => 8,
        _ => 0,
    };

    private double[]? ReadNumbers(ReadOnlySpan<byte> value, ValueRepresentation vr)
    {
        int size = NumberSize(vr);
        if (size == 0 || value.Length < size)
        {
            return null;
        }

        double[] numbers = new double[value.Length / size];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = ReadNumber(value[(i * size)..], vr);
        }

        return numbers;
    }

    private double ReadNumber(ReadOnlySpan<byte> value, ValueRepresentation vr)
    {
        bool big = _isBigEndian;
        return vr switch
        {
            ValueRepresentation.US or ValueRepresentation.OW => big ? BinaryPrimitives.ReadUInt16BigEndian(value) : BinaryPrimitives.ReadUInt16LittleEndian(value),
            ValueRepresentation.SS => big ? BinaryPrimitives.ReadInt16BigEndian(value) : BinaryPrimitives.ReadInt16LittleEndian(value),
            ValueRepresentation.UL or ValueRepresentation.OL => big ? BinaryPrimitives.ReadUInt32BigEndian(value) : BinaryPrimitives.ReadUInt32LittleEndian(value),
            ValueRepresentation.SL => big ? BinaryPrimitives.ReadInt32BigEndian(value) : BinaryPrimitives.ReadInt32LittleEndian(value),
            ValueRepresentation.FL or ValueRepresentation.OF => big ? BinaryPrimitives.ReadSingleBigEndian(value) : BinaryPrimitives.ReadSingleLittleEndian(value),
            ValueRepresentation.FD or ValueRepresentation.OD => big ? BinaryPrimitives.ReadDoubleBigEndian(value) : BinaryPrimitives.ReadDoubleLittleEndian(value),
            ValueRepresentation.UV or ValueRepresentation.OV => big ? BinaryPrimitives.ReadUInt64BigEndian(value) : BinaryPrimitives.ReadUInt64LittleEndian(value),
            ValueRepresentation.SV => big ? BinaryPrimitives.ReadInt64BigEndian(value) : BinaryPrimitives.ReadInt64LittleEndian(value),
            _ => double.NaN,
        };
    }

    private string[] FormatTags(ReadOnlySpan<byte> value)
    {
        const int TagSize = 4;
        string[] tags = new string[value.Length / TagSize];
        for (int i = 0; i < tags.Length; i++)
        {
            ReadOnlySpan<byte> bytes = value.Slice(i * TagSize, TagSize);
            tags[i] = (_isBigEndian
                ? new DicomTag(BinaryPrimitives.ReadUInt16BigEndian(bytes), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]))
                : new DicomTag(BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]))).ToString();
        }

        return tags;
    }

    private int Find(DicomTag tag)
    {
        int low = 0;
        int high = _elements.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = _elements[middle].Tag.CompareTo(tag);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return -1;
    }
}
