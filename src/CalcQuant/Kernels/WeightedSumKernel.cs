using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CalcQuant.Kernels;

/// <summary>
/// target[i] = sum over k of weights[k] * source[offsets[k] + i]: one pass of a separable convolution, along any axis. Products are added
/// in the order of k without fused operations, so every vector width gives the same bits.
/// </summary>
internal static class WeightedSumKernel
{
    private const int VectorsPerStep = 4;

    /// <summary>Computes the sum.</summary>
    /// <param name="source">Values; must not overlap <paramref name="target"/>.</param>
    /// <param name="offsets">Where each term starts; each term must lie inside <paramref name="source"/>.</param>
    /// <param name="weights">As many as offsets.</param>
    /// <param name="target">Overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> weights, Span<float> target)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, offsets.Length);
        foreach (int offset in offsets)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(offset);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + target.Length, source.Length);
        }

        if (!Vector.IsHardwareAccelerated || target.Length < Vector<float>.Count)
        {
            SumPlain(source, offsets, weights, target);
            return;
        }

        ref float from = ref MemoryMarshal.GetReference(source);
        ref float to = ref MemoryMarshal.GetReference(target);
        int width = Vector<float>.Count;
        int step = VectorsPerStep * width;
        int i = 0;
        for (; i + step <= target.Length; i += step)
        {
            Vector<float> a = Vector<float>.Zero;
            Vector<float> b = Vector<float>.Zero;
            Vector<float> c = Vector<float>.Zero;
            Vector<float> d = Vector<float>.Zero;
            for (int k = 0; k < offsets.Length; k++)
            {
                var weight = new Vector<float>(weights[k]);
                nuint at = (nuint)(offsets[k] + i);
                a += weight * Vector.LoadUnsafe(ref from, at);
                b += weight * Vector.LoadUnsafe(ref from, at + (nuint)width);
                c += weight * Vector.LoadUnsafe(ref from, at + (nuint)(2 * width));
                d += weight * Vector.LoadUnsafe(ref from, at + (nuint)(3 * width));
            }

            a.StoreUnsafe(ref to, (nuint)i);
            b.StoreUnsafe(ref to, (nuint)(i + width));
            c.StoreUnsafe(ref to, (nuint)(i + (2 * width)));
            d.StoreUnsafe(ref to, (nuint)(i + (3 * width)));
        }

        for (; i + width <= target.Length; i += width)
        {
            SumVector(ref from, offsets, weights, ref to, i);
        }

        if (i < target.Length)
        {
            // Computing some values twice is harmless: the source is another store.
            SumVector(ref from, offsets, weights, ref to, target.Length - width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumVector(ref float from, ReadOnlySpan<int> offsets, ReadOnlySpan<float> weights, ref float to, int i)
    {
        Vector<float> sum = Vector<float>.Zero;
        for (int k = 0; k < offsets.Length; k++)
        {
            sum += new Vector<float>(weights[k]) * Vector.LoadUnsafe(ref from, (nuint)(offsets[k] + i));
        }

        sum.StoreUnsafe(ref to, (nuint)i);
    }

    private static void SumPlain(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> weights, Span<float> target)
    {
        for (int i = 0; i < target.Length; i++)
        {
            float sum = 0;
            for (int k = 0; k < offsets.Length; k++)
            {
                sum += weights[k] * source[offsets[k] + i];
            }

            target[i] = sum;
        }
    }
}
