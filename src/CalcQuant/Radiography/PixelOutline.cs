using System.Collections.Immutable;

namespace CalcQuant.Radiography;

/// <summary>A run of pixels of one row of a film.</summary>
/// <param name="Row">The row.</param>
/// <param name="Start">First column.</param>
/// <param name="Length">Pixels.</param>
public readonly record struct PixelRun(int Row, int Start, int Length);

/// <summary>The pixels of one finding.</summary>
/// <param name="Runs">Runs by rising row and column.</param>
public sealed record PixelOutline(ImmutableArray<PixelRun> Runs);
