using System.Text;
using TextEncoding = System.Text.Encoding;

namespace CalcQuant.Dicom.Encoding;

/// <summary>
/// Decodes text by the Specific Character Set (0008,0005) (PS3.3 C.12.1.1.2, PS3.5 6.1). Never fails: what the set does not explain is read
/// as Latin-1, so that no text is lost and ASCII always survives.
/// </summary>
internal sealed class CharacterSet
{
    private const byte Escape = 0x1B;

    private readonly TextEncoding _initial;
    private readonly bool _hasEscapes;

    private CharacterSet(TextEncoding initial, bool hasEscapes)
    {
        _initial = initial;
        _hasEscapes = hasEscapes;
    }

    /// <summary>The default repertoire, ASCII. Files that use more without saying so are mostly Latin-1.</summary>
    public static CharacterSet Default { get; } = new(TextEncoding.Latin1, hasEscapes: false);

    /// <summary>UTF-8.</summary>
    public static CharacterSet Utf8 { get; } = new(TextEncoding.UTF8, hasEscapes: false);

    /// <summary>The set named by the value of Specific Character Set.</summary>
    public static CharacterSet Parse(ReadOnlySpan<byte> value)
    {
        string[] terms = TextEncoding.Latin1.GetString(value).Split('\\');
        string first = terms[0].Trim(' ', '\0').ToUpperInvariant();
        bool hasEscapes = terms.Length > 1 || first.StartsWith("ISO 2022", StringComparison.Ordinal);
        if (!hasEscapes)
        {
            switch (first)
            {
                case "" or "ISO_IR 6" or "ISO_IR 100":
                    return Default;
                case "ISO_IR 192":
                    return Utf8;
            }
        }

        return new CharacterSet(FindByTerm(first), hasEscapes);
    }

    /// <summary>Decodes a whole value, before it is split at backslashes: in multi-byte sets a backslash byte can be half a character.</summary>
    public string Decode(ReadOnlySpan<byte> bytes)
    {
        if (!_hasEscapes || bytes.IndexOf(Escape) < 0)
        {
            return _initial.GetString(bytes);
        }

        // Code extension (ISO/IEC 2022, PS3.5 6.1.2.5): escape sequences switch the set until the next one or a delimiter.
        var text = new StringBuilder(bytes.Length);
        Designation designation = new(_initial, IsSevenBitDoubleByte: false, Prefix: 0);
        int start = 0;
        int position = 0;
        while (position < bytes.Length)
        {
            byte current = bytes[position];
            if (current == Escape)
            {
                Append(text, bytes[start..position], designation);
                designation = FindByEscape(bytes[position..], out int consumed) ?? designation;
                position += consumed;
                start = position;
            }
            else if (current is (byte)'\r' or (byte)'\n' or (byte)'\f' or (byte)'\t'
                || (!designation.IsSevenBitDoubleByte && current is (byte)'\\' or (byte)'^' or (byte)'='))
            {
                position++;
                Append(text, bytes[start..position], designation);
                designation = new(_initial, IsSevenBitDoubleByte: false, Prefix: 0);
                start = position;
            }
            else
            {
                position++;
            }
        }

        Append(text, bytes[start..], designation);
        return text.ToString();
    }

    private static void Append(StringBuilder text, ReadOnlySpan<byte> bytes, Designation designation)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        if (!designation.IsSevenBitDoubleByte)
        {
            text.Append(designation.Encoding.GetString(bytes));
            return;
        }

        // A 94x94 set in G0 uses seven bits; EUC holds the same set with the high bit set, JIS X 0212 after a prefix.
        bool hasPrefix = designation.Prefix != 0;
        byte[] extended = new byte[bytes.Length * 2];
        int count = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (hasPrefix && i % 2 == 0)
            {
                extended[count++] = designation.Prefix;
            }

            extended[count++] = (byte)(bytes[i] | 0x80);
        }

        text.Append(designation.Encoding.GetString(extended, 0, count));
    }

    private static TextEncoding FindByTerm(string term) => term switch
    {
        "ISO_IR 192" => TextEncoding.UTF8,
        "ISO_IR 101" or "ISO 2022 IR 101" => CodePage(28592),
        "ISO_IR 109" or "ISO 2022 IR 109" => CodePage(28593),
        "ISO_IR 110" or "ISO 2022 IR 110" => CodePage(28594),
        "ISO_IR 144" or "ISO 2022 IR 144" => CodePage(28595),
        "ISO_IR 127" or "ISO 2022 IR 127" => CodePage(28596),
        "ISO_IR 126" or "ISO 2022 IR 126" => CodePage(28597),
        "ISO_IR 138" or "ISO 2022 IR 138" => CodePage(28598),
        "ISO_IR 148" or "ISO 2022 IR 148" => CodePage(28599),
        "ISO_IR 203" or "ISO 2022 IR 203" => CodePage(28605),
        "ISO_IR 166" or "ISO 2022 IR 166" => CodePage(874),
        "ISO_IR 13" or "ISO 2022 IR 13" => CodePage(932),
        "ISO 2022 IR 87" or "ISO 2022 IR 159" => CodePage(51932),
        "ISO 2022 IR 149" => CodePage(949),
        "ISO 2022 IR 58" => CodePage(936),
        "GB18030" => CodePage(54936),
        "GBK" => CodePage(936),
        _ => TextEncoding.Latin1,
    };

    // PS3.3 tables C.12-3 and C.12-4.
    private static Designation? FindByEscape(ReadOnlySpan<byte> bytes, out int consumed)
    {
        consumed = 1;
        ReadOnlySpan<byte> rest = bytes[1..];
        if (rest.StartsWith("$)C"u8))
        {
            consumed = 4;
            return new(CodePage(949), false, 0);
        }

        if (rest.StartsWith("$)A"u8))
        {
            consumed = 4;
            return new(CodePage(936), false, 0);
        }

        if (rest.StartsWith("$(D"u8))
        {
            const byte Jis0212InEuc = 0x8F;
            consumed = 4;
            return new(CodePage(51932), true, Jis0212InEuc);
        }

        if (rest.StartsWith("$B"u8) || rest.StartsWith("$@"u8))
        {
            consumed = 3;
            return new(CodePage(51932), true, 0);
        }

        if (rest.Length < 2)
        {
            return null;
        }

        int codePage = (rest[0], rest[1]) switch
        {
            ((byte)'(', (byte)'B') => 28591,
            ((byte)'(', (byte)'J') or ((byte)')', (byte)'I') => 932,
            ((byte)'-', (byte)'A') => 28591,
            ((byte)'-', (byte)'B') => 28592,
            ((byte)'-', (byte)'C') => 28593,
            ((byte)'-', (byte)'D') => 28594,
            ((byte)'-', (byte)'L') => 28595,
            ((byte)'-', (byte)'G') => 28596,
            ((byte)'-', (byte)'F') => 28597,
            ((byte)'-', (byte)'H') => 28598,
            ((byte)'-', (byte)'M') => 28599,
            ((byte)'-', (byte)'b') => 28605,
            ((byte)'-', (byte)'T') => 874,
            _ => 0,
        };
        if (codePage == 0)
        {
            return null;
        }

        consumed = 3;
        return new(CodePage(codePage), false, 0);
    }

    private static TextEncoding CodePage(int number) =>
        number == TextEncoding.Latin1.CodePage ? TextEncoding.Latin1 : CodePagesEncodingProvider.Instance.GetEncoding(number) ?? TextEncoding.Latin1;

    private readonly record struct Designation(TextEncoding Encoding, bool IsSevenBitDoubleByte, byte Prefix);
}
