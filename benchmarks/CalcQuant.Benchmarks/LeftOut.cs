using System.Reflection;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Running;
using CalcQuant.Kernels;

namespace CalcQuant.Benchmarks;

/// <summary>A benchmark that can run only where something is present.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal abstract class NeedsAttribute : Attribute
{
    /// <summary>What is absent here, in words; null where nothing is.</summary>
    public abstract string? Absent { get; }
}

/// <summary>A benchmark of a path that not every machine has.</summary>
/// <param name="path">The path.</param>
internal sealed class NeedsSimdAttribute(SimdPath path) : NeedsAttribute
{
    /// <inheritdoc/>
    public override string? Absent => SimdPaths.IsSupported(path) ? null : $"this machine lacks {path}";
}

/// <summary>Leaves out benchmarks that cannot run here, and says which and why: a failed row would look like a fault, a missing one like an oversight.</summary>
/// <param name="patterns">The patterns of <c>--filter</c>: what was not asked for is not spoken of. Empty for all.</param>
internal sealed class LeftOut(string[] patterns) : IFilter
{
    private readonly GlobFilter _wanted = new(patterns.Length == 0 ? ["*"] : patterns);
    private readonly SortedDictionary<string, string> _reasons = new(StringComparer.Ordinal);

    /// <summary>Whether nothing was left out.</summary>
    public bool IsEmpty => _reasons.Count == 0;

    /// <inheritdoc/>
    public bool Predicate(BenchmarkCase benchmarkCase)
    {
        Descriptor descriptor = benchmarkCase.Descriptor;
        if (descriptor.WorkloadMethod.GetCustomAttribute<NeedsAttribute>()?.Absent is not { } reason)
        {
            return true;
        }

        if (_wanted.Predicate(benchmarkCase))
        {
            _reasons[$"{descriptor.Type.Name}.{descriptor.WorkloadMethod.Name}"] = reason;
        }

        return false;
    }

    /// <summary>Prints a line for each benchmark that was left out.</summary>
    public void Print()
    {
        foreach ((string name, string reason) in _reasons)
        {
            Console.WriteLine($"left out: {name} ({reason})");
        }
    }
}
