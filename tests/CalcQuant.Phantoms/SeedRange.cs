using System.Globalization;

namespace CalcQuant.Phantoms;

/// <summary>Seeds of a score, both ends included.</summary>
internal readonly record struct SeedRange(ulong First, ulong Last)
{
    /// <summary>Reads one seed or a range <c>first-last</c>.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static SeedRange Parse(string text)
    {
        string[] ends = text.Split('-');
        return new(ulong.Parse(ends[0], CultureInfo.InvariantCulture), ulong.Parse(ends[^1], CultureInfo.InvariantCulture));
    }
}
