using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CalcQuant.Kernels;

/// <summary>
/// Distances in mm to whole numbers of steps: target[i] = round(clamp(sign * mm[i] + offset, -greatest, greatest) / step), in double precision,
/// halves to the even number. Lanes: 16 floats as four vectors of four doubles, which become one vector of 16 shorts.
/// </summary>
/// <param name="stepMm">What 1 stands for, mm.</param>
/// <param name="greatestMm">Distances are cut at plus and minus this; at most 32767 steps, mm.</param>
internal sealed class DepthKernel(double stepMm, double greatestMm)
{
    private const int Lanes = 16;

    /// <summary>Encodes distances.</summary>
    /// <param name="distanceMm">Not NaN.</param>
    /// <param name="sign">1 or -1.</param>
    /// <param name="offsetMm">Added to the signed distance, mm.</param>
    /// <param name="keepsZero">Where true, <paramref name="target"/> is left as it is at distances of 0.</param>
    /// <param name="target">As long as <paramref name="distanceMm"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Encode(ReadOnlySpan<float> distanceMm, int sign, double offsetMm, bool keepsZero, Span<short> target)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, distanceMm.Length);
        ref float source = ref MemoryMarshal.GetReference(distanceMm);
        ref short encoded = ref MemoryMarshal.GetReference(target);
        int i = 0;
        for (; i + Lanes <= distanceMm.Length; i += Lanes)
        {
            Vector256<float> first = Vector256.LoadUnsafe(ref source, (nuint)i);
            Vector256<float> second = Vector256.LoadUnsafe(ref source, (nuint)(i + (Lanes / 2)));
            Vector256<short> steps = Vector256.Narrow(Steps(first, sign, offsetMm), Steps(second, sign, offsetMm));
            if (keepsZero)
            {
                Vector256<short> isZero = Vector256.Narrow(
                    Vector256.Equals(first, Vector256<float>.Zero).AsInt32(), Vector256.Equals(second, Vector256<float>.Zero).AsInt32());
                steps = Vector256.ConditionalSelect(isZero, Vector256.LoadUnsafe(ref encoded, (nuint)i), steps);
            }

            steps.StoreUnsafe(ref encoded, (nuint)i);
        }

        for (; i < distanceMm.Length; i++)
        {
            if (!keepsZero || distanceMm[i] != 0)
            {
                target[i] = (short)Math.Round(Math.Clamp((sign * (double)distanceMm[i]) + offsetMm, -greatestMm, greatestMm) / stepMm);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<int> Steps(Vector256<float> distanceMm, int sign, double offsetMm)
    {
        (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(distanceMm);

        // Whole numbers of 16 bits are exact in single precision too.
        return Vector256.ConvertToInt32Native(Vector256.Narrow(Round(lower, sign, offsetMm), Round(upper, sign, offsetMm)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<double> Round(Vector256<double> distanceMm, int sign, double offsetMm)
    {
        Vector256<double> signed = (distanceMm * sign) + Vector256.Create(offsetMm);
        Vector256<double> cut = Vector256.MinNative(Vector256.MaxNative(signed, Vector256.Create(-greatestMm)), Vector256.Create(greatestMm));
        return Vector256.Round(cut / Vector256.Create(stepMm));
    }
}
