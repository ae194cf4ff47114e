using System.Globalization;
using Google.Protobuf.WellKnownTypes;

namespace CalcQuant.Cli.Commands;

/// <summary>Times of a service as a person reads them.</summary>
internal static class Times
{
    /// <summary>UTC, to the second; a dash where it is not known.</summary>
    public static string Of(Timestamp? time) => time?.ToDateTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "–";
}
