using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using TextEncoding = System.Text.Encoding;

namespace CalcQuant.Dicom.Encoding;

/// <summary>
/// Builds a data set in memory, strictly: values fit their VR, lengths are even, padding is the VR's (PS3.5 6.2). Text beyond ASCII is
/// stored as UTF-8 and declared so. Every method but <see cref="Build"/> returns the builder.
/// </summary>
public sealed class DicomDataSetBuilder
{
    private const string Utf8Term = "ISO_IR 192";

    private static readonly SearchValues<char> UidCharacters = SearchValues.Create("0123456789.");
    private static readonly SearchValues<char> CodeStringCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _");

    private readonly SortedDictionary<DicomTag, DicomElement> _elements = [];
    private bool _hasTextBeyondAscii;

    /// <summary>Starts empty.</summary>
    public DicomDataSetBuilder()
    {
    }

    /// <summary>Starts with the elements of a little endian data set, e.g. to change some.</summary>
    /// <exception cref="ArgumentException"><paramref name="template"/> was read from a big endian file.</exception>
    public DicomDataSetBuilder(DicomDataSet template)
    {
        ArgumentNullException.ThrowIfNull(template);
        if (template.IsBigEndian)
        {
            throw new ArgumentException("The template has big endian values.", nameof(template));
        }

        foreach (DicomElement element in template.Elements)
        {
            _elements[element.Tag] = element;
        }
    }

    /// <summary>Sets text or numbers given as text, with the VR of the data dictionary.</summary>
    /// <exception cref="ArgumentException">The tag is not in the dictionary, or a value does not fit its VR.</exception>
    public DicomDataSetBuilder Set(DicomTag tag, params ReadOnlySpan<string> values) => Set(tag, ListedVr(tag), values);

    /// <summary>Sets numbers, with the VR of the data dictionary.</summary>
    /// <exception cref="ArgumentException">The tag is not in the dictionary, or a value does not fit its VR.</exception>
    public DicomDataSetBuilder Set(DicomTag tag, params ReadOnlySpan<double> values) => Set(tag, ListedVr(tag), values);

    /// <summary>Sets one whole number, with the VR of the data dictionary.</summary>
    /// <exception cref="ArgumentException">The tag is not in the dictionary, or the value does not fit its VR.</exception>
    public DicomDataSetBuilder Set(DicomTag tag, int value) => Set(tag, ListedVr(tag), (double)value);

    /// <summary>Sets text or numbers given as text, with a VR of the caller's choice.</summary>
    /// <exception cref="ArgumentException">A value does not fit the VR.</exception>
    public DicomDataSetBuilder Set(DicomTag tag, ValueRepresentation vr, params ReadOnlySpan<string> values)
    {
        if (!vr.IsText())
        {
            double[] numbers = new double[values.Length];
            for (int i = 0; i < values.Length; i++)
            {
                numbers[i] = double.TryParse(values[i], NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                    ? number
                    : throw new ArgumentException($"{DataElementDictionary.Describe(tag)} has VR {vr}: the value is not a number.", nameof(values));
            }

            return Set(tag, vr, numbers);
        }

        if (vr.IsSingleText() && values.Length > 1)
        {
            throw new ArgumentException($"{DataElementDictionary.Describe(tag)} has VR {vr}, which holds one value.", nameof(values));
        }

        foreach (string value in values)
        {
            Check(tag, vr, value);
        }

        string text = string.Join('\\', values!);
        if (!Ascii.IsValid(text))
        {
            if (!vr.FollowsCharacterSet())
            {
                throw new ArgumentException($"{DataElementDictionary.Describe(tag)} has VR {vr}, which is ASCII.", nameof(values));
            }

            _hasTextBeyondAscii = true;
        }

        return SetBytes(tag, vr, TextEncoding.UTF8.GetBytes(text));
    }

    /// <summary>Sets numbers, with a VR of the caller's choice. Decimal strings get as many digits as fit their 16 characters.</summary>
    /// <exception cref="ArgumentException">A value does not fit the VR, or is not finite.</exception>
    public DicomDataSetBuilder Set(DicomTag tag, ValueRepresentation vr, params ReadOnlySpan<double> values)
    {
        if (vr.IsText())
        {
            string[] texts = new string[values.Length];
            for (int i = 0; i < texts.Length; i++)
            {
                texts[i] = FormatDecimal(tag, values[i]);
            }

            return Set(tag, vr, texts);
        }

        int size = vr.WordSize();
        if (size == 1 || vr == ValueRepresentation.AT)
        {
            throw new ArgumentException($"{DataElementDictionary.Describe(tag)} has VR {vr}, which holds no numbers.", nameof(vr));
        }

        byte[] bytes = new byte[size * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            WriteNumber(bytes.AsSpan(i * size), tag, vr, values[i]);
        }

        return SetBytes(tag, vr, bytes);
    }

    /// <summary>Sets attribute tags (VR AT).</summary>
    public DicomDataSetBuilder SetTags(DicomTag tag, params ReadOnlySpan<DicomTag> values)
    {
        byte[] bytes = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * 4), values[i].Group);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan((i * 4) + 2), values[i].Element);
        }

        return SetBytes(tag, ValueRepresentation.AT, bytes);
    }

    /// <summary>Sets an element without a value (type 2).</summary>
    public DicomDataSetBuilder SetEmpty(DicomTag tag)
    {
        ValueRepresentation vr = ListedVr(tag);
        return vr == ValueRepresentation.SQ ? SetItems(tag) : SetBytes(tag, vr, ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>Sets a value as it is encoded in little endian; an odd length is padded. The bytes are not copied where they are even.</summary>
    public DicomDataSetBuilder SetBytes(DicomTag tag, ValueRepresentation vr, ReadOnlyMemory<byte> value)
    {
        if (vr is ValueRepresentation.SQ or ValueRepresentation.None)
        {
            throw new ArgumentException($"{DataElementDictionary.Describe(tag)} has no bytes as VR {vr}.", nameof(vr));
        }

        if (value.Length % 2 != 0)
        {
            byte[] padded = new byte[value.Length + 1];
            value.CopyTo(padded);
            padded[^1] = vr.IsText() && vr != ValueRepresentation.UI ? (byte)' ' : (byte)0;
            value = padded;
        }

        _elements[tag] = new DicomElement(tag, vr, value, null);
        return this;
    }

    /// <summary>Sets the items of a sequence; none gives an empty sequence.</summary>
    public DicomDataSetBuilder SetItems(DicomTag tag, params ReadOnlySpan<DicomDataSet> items)
    {
        foreach (DicomDataSet item in items)
        {
            if (item.IsBigEndian)
            {
                throw new ArgumentException("An item has big endian values.", nameof(items));
            }
        }

        _elements[tag] = new DicomElement(tag, ValueRepresentation.SQ, ReadOnlyMemory<byte>.Empty, items.ToArray());
        return this;
    }

    /// <summary>Takes an element out, where it is present.</summary>
    public DicomDataSetBuilder Remove(DicomTag tag)
    {
        _elements.Remove(tag);
        return this;
    }

    /// <summary>The data set. The builder may go on afterwards.</summary>
    /// <exception cref="ArgumentException">There is text beyond ASCII and another Specific Character Set than UTF-8.</exception>
    public DicomDataSet Build()
    {
        CharacterSet characterSet = CharacterSet.Default;
        if (_elements.TryGetValue(DicomTags.SpecificCharacterSet, out DicomElement declared))
        {
            characterSet = CharacterSet.Parse(declared.Value.Span);
            if (_hasTextBeyondAscii && characterSet != CharacterSet.Utf8)
            {
                throw new ArgumentException("Text beyond ASCII is written as UTF-8; Specific Character Set (0008,0005) says otherwise.");
            }
        }
        else if (_hasTextBeyondAscii)
        {
            Set(DicomTags.SpecificCharacterSet, Utf8Term);
            characterSet = CharacterSet.Utf8;
        }

        return new DicomDataSet([.. _elements.Values], isBigEndian: false, characterSet);
    }

    private static ValueRepresentation ListedVr(DicomTag tag)
    {
        ValueRepresentation vr = DataElementDictionary.FindVr(tag);
        return vr == ValueRepresentation.UN ? throw new ArgumentException($"The data dictionary here does not list {tag}: give its VR.", nameof(tag)) : vr;
    }

    private static void Check(DicomTag tag, ValueRepresentation vr, string value)
    {
        // A person name has up to 64 characters in each of its groups; nothing here writes longer ones.
        if (vr.MaxLength() is { } longest && value.Length > longest)
        {
            throw new ArgumentException($"{DataElementDictionary.Describe(tag)} has {value.Length} characters; VR {vr} holds {longest}.", nameof(value));
        }

        if (!vr.IsSingleText() && value.Contains('\\', StringComparison.Ordinal))
        {
            throw new ArgumentException($"{DataElementDictionary.Describe(tag)}: a backslash parts values.", nameof(value));
        }

        bool fits = vr switch
        {
            ValueRepresentation.UI => !value.AsSpan().ContainsAnyExcept(UidCharacters),
            ValueRepresentation.CS => !value.AsSpan().ContainsAnyExcept(CodeStringCharacters),
            ValueRepresentation.DS => value.Length == 0 || double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
            ValueRepresentation.IS => value.Length == 0 || int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _),
            _ => true,
        };
        if (!fits)
        {
            throw new ArgumentException($"{DataElementDictionary.Describe(tag)} has a value that VR {vr} does not allow.", nameof(value));
        }
    }

    private static string FormatDecimal(DicomTag tag, double value)
    {
        const int LongestDecimalString = 16;
        const int MostDigits = 17;
        if (!double.IsFinite(value))
        {
            throw new ArgumentException($"{DataElementDictionary.Describe(tag)}: the value is not finite.", nameof(value));
        }

        string text = value.ToString("R", CultureInfo.InvariantCulture);
        for (int digits = MostDigits; text.Length > LongestDecimalString; digits--)
        {
            text = value.ToString($"G{digits}", CultureInfo.InvariantCulture);
        }

        return text;
    }

    private static void WriteNumber(Span<byte> target, DicomTag tag, ValueRepresentation vr, double value)
    {
        (double low, double high) = vr switch
        {
            ValueRepresentation.US or ValueRepresentation.OW => (ushort.MinValue, ushort.MaxValue),
            ValueRepresentation.SS => (short.MinValue, short.MaxValue),
            ValueRepresentation.UL or ValueRepresentation.OL => (uint.MinValue, uint.MaxValue),
            ValueRepresentation.SL => (int.MinValue, int.MaxValue),
            _ => (double.MinValue, double.MaxValue),
        };
        bool isInteger = vr is not (ValueRepresentation.FL or ValueRepresentation.FD or ValueRepresentation.OF or ValueRepresentation.OD);
        if (!(value >= low && value <= high) || (isInteger && Math.Truncate(value) != value))
        {
            throw new ArgumentException($"{DataElementDictionary.Describe(tag)} has a value that VR {vr} does not hold.", nameof(value));
        }

        switch (vr)
        {
            case ValueRepresentation.US or ValueRepresentation.OW:
                BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)value);
                break;
            case ValueRepresentation.SS:
                BinaryPrimitives.WriteInt16LittleEndian(target, (short)value);
                break;
            case ValueRepresentation.UL or ValueRepresentation.OL:
                BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)value);
                break;
            case ValueRepresentation.SL:
                BinaryPrimitives.WriteInt32LittleEndian(target, (int)value);
                break;
            case ValueRepresentation.FL or ValueRepresentation.OF:
                BinaryPrimitives.WriteSingleLittleEndian(target, (float)value);
                break;
            case ValueRepresentation.FD or ValueRepresentation.OD:
                BinaryPrimitives.WriteDoubleLittleEndian(target, value);
                break;
            case ValueRepresentation.SV:
                BinaryPrimitives.WriteInt64LittleEndian(target, checked((long)value));
                break;
            default:
                BinaryPrimitives.WriteUInt64LittleEndian(target, checked((ulong)value));
                break;
        }
    }
}
