using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace CalcQuant.Service.Analyses;

/// <summary>Resource names of analyses: <c>analyses/{id}</c>.</summary>
internal static class AnalysisNames
{
    private const string Collection = "analyses/";

    /// <summary>128 random bits as hex.</summary>
    private const int IdLength = 32;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>An id that nobody can guess and that says nothing.</summary>
    public static string NewId() => RandomNumberGenerator.GetHexString(IdLength, lowercase: true);

    /// <summary>The name of an id.</summary>
    public static string NameOf(string id) => Collection + id;

    /// <summary>Reads the id out of a name.</summary>
    /// <returns>False where the text is no name of an analysis; then there is no such analysis.</returns>
    public static bool TryParse(string name, [NotNullWhen(true)] out string? id)
    {
        bool isName = name.Length == Collection.Length + IdLength
            && name.StartsWith(Collection, StringComparison.Ordinal)
            && !name.AsSpan(Collection.Length).ContainsAnyExcept(HexDigits);
        id = isName ? name[Collection.Length..] : null;
        return isName;
    }
}
