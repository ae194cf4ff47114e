namespace CalcQuant.Dicom.Encoding;

/// <summary>
/// How a value is encoded (PS3.5 6.2). The number is the two letters, first letter high, so that a VR this version does not know keeps its
/// letters.
/// </summary>
public enum ValueRepresentation : ushort
{
    /// <summary>No VR: items and delimiters.</summary>
    None = 0,

    /// <summary>Application Entity.</summary>
    AE = ('A' << 8) | 'E',

    /// <summary>Age String.</summary>
    AS = ('A' << 8) | 'S',

    /// <summary>Attribute Tag.</summary>
    AT = ('A' << 8) | 'T',

    /// <summary>Code String.</summary>
    CS = ('C' << 8) | 'S',

    /// <summary>Date.</summary>
    DA = ('D' << 8) | 'A',

    /// <summary>Decimal String.</summary>
    DS = ('D' << 8) | 'S',

    /// <summary>Date Time.</summary>
    DT = ('D' << 8) | 'T',

    /// <summary>64-bit floating point.</summary>
    FD = ('F' << 8) | 'D',

    /// <summary>32-bit floating point.</summary>
    FL = ('F' << 8) | 'L',

    /// <summary>Integer String.</summary>
    IS = ('I' << 8) | 'S',

    /// <summary>Long String.</summary>
    LO = ('L' << 8) | 'O',

    /// <summary>Long Text.</summary>
    LT = ('L' << 8) | 'T',

    /// <summary>Bytes.</summary>
    OB = ('O' << 8) | 'B',

    /// <summary>64-bit floating point numbers.</summary>
    OD = ('O' << 8) | 'D',

    /// <summary>32-bit floating point numbers.</summary>
    OF = ('O' << 8) | 'F',

    /// <summary>32-bit words.</summary>
    OL = ('O' << 8) | 'L',

    /// <summary>64-bit words.</summary>
    OV = ('O' << 8) | 'V',

    /// <summary>16-bit words.</summary>
    OW = ('O' << 8) | 'W',

    /// <summary>Person Name.</summary>
    PN = ('P' << 8) | 'N',

    /// <summary>Short String.</summary>
    SH = ('S' << 8) | 'H',

    /// <summary>Signed 32-bit integer.</summary>
    SL = ('S' << 8) | 'L',

    /// <summary>Sequence of Items.</summary>
    SQ = ('S' << 8) | 'Q',

    /// <summary>Signed 16-bit integer.</summary>
    SS = ('S' << 8) | 'S',

    /// <summary>Short Text.</summary>
    ST = ('S' << 8) | 'T',

    /// <summary>Signed 64-bit integer.</summary>
    SV = ('S' << 8) | 'V',

    /// <summary>Time.</summary>
    TM = ('T' << 8) | 'M',

    /// <summary>Unlimited Characters.</summary>
    UC = ('U' << 8) | 'C',

    /// <summary>Unique Identifier.</summary>
    UI = ('U' << 8) | 'I',

    /// <summary>Unsigned 32-bit integer.</summary>
    UL = ('U' << 8) | 'L',

    /// <summary>Unknown.</summary>
    UN = ('U' << 8) | 'N',

    /// <summary>Universal Resource Identifier.</summary>
    UR = ('U' << 8) | 'R',

    /// <summary>Unsigned 16-bit integer.</summary>
    US = ('U' << 8) | 'S',

    /// <summary>Unlimited Text.</summary>
    UT = ('U' << 8) | 'T',

    /// <summary>Unsigned 64-bit integer.</summary>
    UV = ('U' << 8) | 'V',
}

/// <summary>What PS3.5 says about each VR.</summary>
internal static class ValueRepresentationRules
{
    /// <summary>The VR written as two letters; any two capital letters are one, as the standard may add VRs.</summary>
    public static bool TryParse(byte first, byte second, out ValueRepresentation vr)
    {
        vr = (ValueRepresentation)((first << 8) | second);
        return char.IsAsciiLetterUpper((char)first) && char.IsAsciiLetterUpper((char)second);
    }

    /// <summary>True where this version knows the VR.</summary>
    public static bool IsKnown(this ValueRepresentation vr) => vr != ValueRepresentation.None && Enum.IsDefined(vr);

    /// <summary>True where explicit VR encoding has two reserved bytes and a 32-bit length: all but the listed ones (PS3.5 7.1.2).</summary>
    public static bool HasLongLength(this ValueRepresentation vr) => vr switch
    {
        ValueRepresentation.AE or ValueRepresentation.AS or ValueRepresentation.AT or ValueRepresentation.CS or ValueRepresentation.DA
            or ValueRepresentation.DS or ValueRepresentation.DT or ValueRepresentation.FL or ValueRepresentation.FD or ValueRepresentation.IS
            or ValueRepresentation.LO or ValueRepresentation.LT or ValueRepresentation.PN or ValueRepresentation.SH or ValueRepresentation.SL
            or ValueRepresentation.SS or ValueRepresentation.ST or ValueRepresentation.TM or ValueRepresentation.UI or ValueRepresentation.UL
            or ValueRepresentation.US => false,
        _ => true,
    };

    /// <summary>Bytes that swap together in big endian.</summary>
    public static int WordSize(this ValueRepresentation vr) => vr switch
    {
        ValueRepresentation.AT or ValueRepresentation.OW or ValueRepresentation.SS or ValueRepresentation.US => 2,
        ValueRepresentation.FL or ValueRepresentation.OF or ValueRepresentation.OL or ValueRepresentation.SL or ValueRepresentation.UL => 4,
        ValueRepresentation.FD or ValueRepresentation.OD or ValueRepresentation.OV or ValueRepresentation.SV or ValueRepresentation.UV => 8,
        _ => 1,
    };

    /// <summary>True for character strings.</summary>
    public static bool IsText(this ValueRepresentation vr) => vr switch
    {
        ValueRepresentation.AE or ValueRepresentation.AS or ValueRepresentation.CS or ValueRepresentation.DA or ValueRepresentation.DS
            or ValueRepresentation.DT or ValueRepresentation.IS or ValueRepresentation.LO or ValueRepresentation.LT or ValueRepresentation.PN
            or ValueRepresentation.SH or ValueRepresentation.ST or ValueRepresentation.TM or ValueRepresentation.UC or ValueRepresentation.UI
            or ValueRepresentation.UR or ValueRepresentation.UT => true,
        _ => false,
    };

    /// <summary>True for text that is one value, so that a backslash in it is a character.</summary>
    public static bool IsSingleText(this ValueRepresentation vr) =>
        vr is ValueRepresentation.LT or ValueRepresentation.ST or ValueRepresentation.UR or ValueRepresentation.UT;

    /// <summary>True for text in the Specific Character Set; the rest is ASCII.</summary>
    public static bool FollowsCharacterSet(this ValueRepresentation vr) =>
        vr is ValueRepresentation.LO or ValueRepresentation.LT or ValueRepresentation.PN or ValueRepresentation.SH or ValueRepresentation.ST
            or ValueRepresentation.UC or ValueRepresentation.UT;

    /// <summary>Longest value of the short VRs, in characters (PS3.5 table 6.2-1); null where there is no such bound.</summary>
    public static int? MaxLength(this ValueRepresentation vr) => vr switch
    {
        ValueRepresentation.AS => 4,
        ValueRepresentation.DA => 8,
        ValueRepresentation.IS => 12,
        ValueRepresentation.AE or ValueRepresentation.CS or ValueRepresentation.DS or ValueRepresentation.SH or ValueRepresentation.TM => 16,
        ValueRepresentation.DT => 26,
        ValueRepresentation.LO or ValueRepresentation.UI => 64,
        ValueRepresentation.ST => 1024,
        ValueRepresentation.LT => 10240,
        _ => null,
    };
}
