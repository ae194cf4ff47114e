using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CalcQuant.Kernels;

/// <summary>
/// Signed depths as multiples of a step: code[i] = round(clamp(d, -greatest, greatest) / step) in double precision, halves to even, where
/// d = inside[i] - offset for a cell inside (inside[i] > 0) and offset - outside[i] for one outside; without distances of the cells outside
/// d = inside[i] - offset for all.
/// </summary>
internal static class DepthCodeKernel
{
    /// <summary>Computes the codes.</summary>
    /// <param name="inside">Distance of a cell inside to the nearest outside, mm; 0 outside.</param>
    /// <param name="outside">Distance of a cell outside to the nearest inside, mm; as long as <paramref name="inside"/>, or empty.</param>
    /// <param name="offsetMm">From the centre of a border cell to the border, mm.</param>
    /// <param name="greatestMm">Greater depths are cut to this, mm; a code of it must fit 16 bits.</param>
    /// <param name="stepMm">What a code of 1 means, mm.</param>
    /// <param name="codes">Overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Encode(
        ReadOnlySpan<float> inside, ReadOnlySpan<float> outside, double offsetMm, double greatestMm, double stepMm, Span<short> codes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(codes.Length, inside.Length);
        bool hasOutside = !outside.IsEmpty;
        if (hasOutside)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(outside.Length, inside.Length);
        }

        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            // Eight single-precision distances become two vectors of four doubles, are rounded there, and return as eight 16-bit lanes.
            ref float first = ref MemoryMarshal.GetReference(inside);
            ref float second = ref MemoryMarshal.GetReference(outside);
            ref short target = ref MemoryMarshal.GetReference(codes);
            Vector256<double> offset = Vector256.Create(offsetMm), greatest = Vector256.Create(greatestMm), step = Vector256.Create(stepMm);
            for (; i <= codes.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                Vector256<float> within = Vector256.LoadUnsafe(ref first, (nuint)i);
                Vector256<float> beyond = hasOutside ? Vector256.LoadUnsafe(ref second, (nuint)i) : Vector256<float>.Zero;

                // One of the two distances is 0, so their difference is exact; codes are small whole numbers, exact in single precision.
                (Vector256<double> low, Vector256<double> high) = Vector256.Widen(within - beyond);
                Vector256<int> rounded = Vector256.ConvertToInt32(Vector256.Narrow(
                    Round(Depth(low, offset, hasOutside), greatest, step), Round(Depth(high, offset, hasOutside), greatest, step)));
                Vector128.Narrow(rounded.GetLower(), rounded.GetUpper()).StoreUnsafe(ref target, (nuint)i);
            }
        }

        for (; i < codes.Length; i++)
        {
            double difference = (double)inside[i] - (hasOutside ? outside[i] : 0);
            double depth = hasOutside && difference <= 0 ? difference + offsetMm : difference - offsetMm;
            codes[i] = (short)Math.Round(Math.Clamp(depth, -greatestMm, greatestMm) / stepMm);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Depth(Vector256<double> difference, Vector256<double> offset, bool hasOutside) => hasOutside
        ? Vector256.ConditionalSelect(Vector256.GreaterThan(difference, Vector256<double>.Zero), difference - offset, difference + offset)
        : difference - offset;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Round(Vector256<double> depth, Vector256<double> greatest, Vector256<double> step) =>
        Vector256.Round(Vector256.Min(Vector256.Max(depth, -greatest), greatest) / step);
}
