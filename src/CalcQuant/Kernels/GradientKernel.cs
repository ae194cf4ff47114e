using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CalcQuant.Kernels;

/// <summary>
/// Length of the gradient along a row of a grid, by central differences, not below a floor:
/// target[x] = max(floor, 1/2 sqrt((right - left)² + (after - before)² + (above - below)²)), left and right being the neighbours in the row itself, or its
/// end where there is none.
/// </summary>
internal static class GradientKernel
{
    /// <summary>Computes a row.</summary>
    /// <param name="row">Values.</param>
    /// <param name="before">The neighbouring row before; as long as the row, as are the others.</param>
    /// <param name="after">The neighbouring row after.</param>
    /// <param name="below">The neighbouring row below.</param>
    /// <param name="above">The neighbouring row above.</param>
    /// <param name="floor">Least result.</param>
    /// <param name="target">Overwritten; not one of the rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill(
        ReadOnlySpan<float> row,
        ReadOnlySpan<float> before,
        ReadOnlySpan<float> after,
        ReadOnlySpan<float> below,
        ReadOnlySpan<float> above,
        float floor,
        Span<float> target)
    {
        int length = row.Length;
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, length);
        if (before.Length != length || after.Length != length || below.Length != length || above.Length != length)
        {
            throw new ArgumentException("The rows differ in length.", nameof(row));
        }

        if (length == 0)
        {
            return;
        }

        target[0] = One(0, row, before, after, below, above, floor);
        int x = 1;
        if (length > Vector<float>.Count + 1)
        {
            ref float here = ref MemoryMarshal.GetReference(row);
            var least = new Vector<float>(floor);
            var half = new Vector<float>(0.5f);
            for (; x <= length - 1 - Vector<float>.Count; x += Vector<float>.Count)
            {
                Vector<float> gx = Vector.LoadUnsafe(ref here, (nuint)(x + 1)) - Vector.LoadUnsafe(ref here, (nuint)(x - 1));
                Vector<float> gy = new Vector<float>(after[x..]) - new Vector<float>(before[x..]);
                Vector<float> gz = new Vector<float>(above[x..]) - new Vector<float>(below[x..]);
                Vector.Max(least, half * Vector.SquareRoot((gx * gx) + (gy * gy) + (gz * gz))).CopyTo(target[x..]);
            }
        }

        for (; x < length; x++)
        {
            target[x] = One(x, row, before, after, below, above, floor);
        }
    }

    private static float One(
        int x,
        ReadOnlySpan<float> row,
        ReadOnlySpan<float> before,
        ReadOnlySpan<float> after,
        ReadOnlySpan<float> below,
        ReadOnlySpan<float> above,
        float floor)
    {
        float gx = row[Math.Min(x + 1, row.Length - 1)] - row[Math.Max(x - 1, 0)];
        float gy = after[x] - before[x];
        float gz = above[x] - below[x];
        return Math.Max(floor, 0.5f * MathF.Sqrt((gx * gx) + (gy * gy) + (gz * gz)));
    }
}
