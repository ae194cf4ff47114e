using System.Globalization;

namespace CalcQuant.Dicom.Encoding;

/// <summary>A data element tag (PS3.5 7.1).</summary>
/// <param name="Group">Group number.</param>
/// <param name="Element">Element number.</param>
public readonly record struct DicomTag(ushort Group, ushort Element) : IComparable<DicomTag>
{
    /// <summary>Odd groups are private (PS3.5 7.8).</summary>
    public bool IsPrivate => (Group & 1) != 0;

    private uint Number => ((uint)Group << 16) | Element;

    /// <summary>Ascending order of tags, which is file order (PS3.5 7.1).</summary>
    public static bool operator <(DicomTag left, DicomTag right) => left.Number < right.Number;

    /// <summary>Descending order of tags.</summary>
    public static bool operator >(DicomTag left, DicomTag right) => left.Number > right.Number;

    /// <summary>Ascending order of tags or equal.</summary>
    public static bool operator <=(DicomTag left, DicomTag right) => left.Number <= right.Number;

    /// <summary>Descending order of tags or equal.</summary>
    public static bool operator >=(DicomTag left, DicomTag right) => left.Number >= right.Number;

    /// <inheritdoc/>
    public int CompareTo(DicomTag other) => Number.CompareTo(other.Number);

    /// <summary>The tag as the standard writes it, e.g. (0028,0010).</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Group:X4},{Element:X4})");
}
