using System.Globalization;

namespace CalcQuant.Benchmarks.Ratios;

/// <summary>One figure beside what it has to be.</summary>
/// <param name="Name">What is compared.</param>
/// <param name="Value">The ratio; null where the peer is absent.</param>
/// <param name="Target">What it has to reach; null where it only informs.</param>
/// <param name="IsGreaterBetter">True where the value must be at least the target, false where at most.</param>
/// <param name="Meaning">What was measured, in words.</param>
internal sealed record RatioLine(string Name, double? Value, double? Target, bool IsGreaterBetter, string Meaning)
{
    /// <summary>ok, short, measured (without a target) or skipped.</summary>
    public string Status => Value is not { } value ? "skipped"
        : Target is not { } target ? "measured"
        : (IsGreaterBetter ? value >= target : value <= target) ? "ok" : "short";

    /// <summary>name value target status.</summary>
    public string ToLine() => $"{Name} {ValueText} {TargetText} {Status}{(Value is null ? $" ({Meaning})" : string.Empty)}";

    /// <summary>A row of a Markdown table.</summary>
    public string ToRow() => $"| {Meaning} | {ValueText} | {TargetText} | {Status} |";

    private string ValueText => Value?.ToString("0.##", CultureInfo.InvariantCulture) ?? "-";

    private string TargetText => Target is { } target ? (IsGreaterBetter ? ">=" : "<=") + target.ToString("0.##", CultureInfo.InvariantCulture) : "-";
}
