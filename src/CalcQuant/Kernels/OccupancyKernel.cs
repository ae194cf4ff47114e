using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CalcQuant.Kernels;

/// <summary>
/// How full the cells at the edge of a level set are: occupancy(level, slope, t) = clip((level - t) / slope + 1/2, 0, 1), in single precision.
/// <para>
/// An occupancy is a multiple of 2^-25: between 0 and 1 the quotient plus 1/2 is rounded to no finer step. Sums of up to 2^28 of them are exact in
/// double precision, so they do not depend on the order of the lanes or the width of the vectors.
/// </para>
/// </summary>
internal static class OccupancyKernel
{
    /// <summary>Sum of the occupancies.</summary>
    /// <param name="levels">Level of each cell.</param>
    /// <param name="slopes">Rise of the level over each cell, positive; as many.</param>
    /// <param name="t">The level of the edge.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Sum(ReadOnlySpan<float> levels, ReadOnlySpan<float> slopes, float t)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(slopes.Length, levels.Length);
        ref float level = ref MemoryMarshal.GetReference(levels);
        ref float slope = ref MemoryMarshal.GetReference(slopes);
        var edge = new Vector<float>(t);
        Vector<double> sums = Vector<double>.Zero;
        int i = 0;
        for (; i <= levels.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(
                Occupancy(Vector.LoadUnsafe(ref level, (nuint)i), Vector.LoadUnsafe(ref slope, (nuint)i), edge),
                out Vector<double> low,
                out Vector<double> high);
            sums += low + high;
        }

        double sum = Vector.Sum(sums);
        for (; i < levels.Length; i++)
        {
            sum += Occupancy(levels[i], slopes[i], t);
        }

        return sum;
    }

    /// <summary>Occupancy of each cell of a domain, 0 of the others.</summary>
    /// <param name="levels">Level of each cell.</param>
    /// <param name="slopes">Rise of the level over each cell, positive; as many.</param>
    /// <param name="domain">1 in the domain, 0 beside it; as many.</param>
    /// <param name="t">The level of the edge.</param>
    /// <param name="occupancies">Overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill(ReadOnlySpan<float> levels, ReadOnlySpan<float> slopes, ReadOnlySpan<float> domain, float t, Span<float> occupancies)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(slopes.Length, levels.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(domain.Length, levels.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(occupancies.Length, levels.Length);
        ref float level = ref MemoryMarshal.GetReference(levels);
        ref float slope = ref MemoryMarshal.GetReference(slopes);
        ref float within = ref MemoryMarshal.GetReference(domain);
        ref float target = ref MemoryMarshal.GetReference(occupancies);
        var edge = new Vector<float>(t);
        int i = 0;
        for (; i <= levels.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> occupancy = Occupancy(Vector.LoadUnsafe(ref level, (nuint)i), Vector.LoadUnsafe(ref slope, (nuint)i), edge);
            (occupancy * Vector.LoadUnsafe(ref within, (nuint)i)).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < levels.Length; i++)
        {
            occupancies[i] = Occupancy(levels[i], slopes[i], t) * domain[i];
        }
    }

    /// <summary>
    /// Keeps the cells whose occupancy is not known yet while t lies between two values: full are those with level - slope / 2 >= high, empty those with
    /// level + slope / 2 &lt;= low. The others move to the front, in order.
    /// </summary>
    /// <param name="levels">Level of each cell; changed in place.</param>
    /// <param name="slopes">Rise of the level over each cell; changed in place.</param>
    /// <param name="low">Least t.</param>
    /// <param name="high">Greatest t.</param>
    /// <param name="fullCount">How many are full.</param>
    /// <returns>How many are kept.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int KeepOpen(Span<float> levels, Span<float> slopes, float low, float high, out int fullCount)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(slopes.Length, levels.Length);
        ref float level = ref MemoryMarshal.GetReference(levels);
        ref float slope = ref MemoryMarshal.GetReference(slopes);
        var least = new Vector<float>(low);
        var greatest = new Vector<float>(high);
        var half = new Vector<float>(0.5f);
        int kept = 0;
        fullCount = 0;
        int i = 0;
        for (; i <= levels.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> at = Vector.LoadUnsafe(ref level, (nuint)i);
            Vector<float> rise = Vector.LoadUnsafe(ref slope, (nuint)i);
            Vector<float> reach = rise * half;
            Vector<int> full = Vector.GreaterThanOrEqual(at - reach, greatest);
            Vector<int> open = Vector.AndNot(Vector.GreaterThan(at + reach, least), full);

            // Neighbours share their fate nearly everywhere: a whole vector stays or goes. What is stored lies before what is still to be read.
            if (open == Vector<int>.Zero)
            {
                fullCount -= Vector.Sum(full);
            }
            else if (open == Vector<int>.AllBitsSet)
            {
                at.StoreUnsafe(ref level, (nuint)kept);
                rise.StoreUnsafe(ref slope, (nuint)kept);
                kept += Vector<float>.Count;
            }
            else
            {
                KeepOneByOne(levels, slopes, i, i + Vector<float>.Count, low, high, ref kept, ref fullCount);
            }
        }

        KeepOneByOne(levels, slopes, i, levels.Length, low, high, ref kept, ref fullCount);
        return kept;
    }

    private static void KeepOneByOne(Span<float> levels, Span<float> slopes, int start, int end, float low, float high, ref int kept, ref int fullCount)
    {
        for (int i = start; i < end; i++)
        {
            float at = levels[i];
            float reach = slopes[i] * 0.5f;
            if (at - reach >= high)
            {
                fullCount++;
            }
            else if (at + reach > low)
            {
                levels[kept] = at;
                slopes[kept] = slopes[i];
                kept++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Occupancy(Vector<float> level, Vector<float> slope, Vector<float> t) =>
        Vector.Min(Vector.Max(((level - t) / slope) + new Vector<float>(0.5f), Vector<float>.Zero), Vector<float>.One);

    private static float Occupancy(float level, float slope, float t) => Math.Clamp(((level - t) / slope) + 0.5f, 0f, 1f);
}
