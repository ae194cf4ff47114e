using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CalcQuant.Kernels;

/// <summary>
/// One pass of the separable Euclidean distance transform across lines: result[i][x] = min over j of line[j][x] + (p[i] - p[j])², the
/// lower envelope of parabolas (Saito and Toriwaki 1994; Felzenszwalb and Huttenlocher 2012). Lines are tried from the nearest outwards
/// until none can be less than what was found: exact, and short near the object.
/// </summary>
internal static class LowerEnvelopeKernel
{
    /// <summary>Floats that a line's length must be a multiple of, so that no line has a tail.</summary>
    public static int Block => 2 * Vector<float>.Count;

    /// <summary>The length of a line that holds so many values.</summary>
    public static int PaddedLength(int count) => (count + Block - 1) / Block * Block;

    /// <summary>Computes one line of the result.</summary>
    /// <param name="lines">Squared distances, mm²: line after line, <paramref name="stride"/> apart.</param>
    /// <param name="stride">A multiple of <see cref="Block"/>.</param>
    /// <param name="positionsMm">Where each line lies, mm, increasing.</param>
    /// <param name="line">The line of the result, an index into <paramref name="positionsMm"/>.</param>
    /// <param name="result">Receives <paramref name="stride"/> values.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pass(ReadOnlySpan<float> lines, int stride, ReadOnlySpan<float> positionsMm, int line, Span<float> result)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(stride % Block, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(lines.Length, stride * positionsMm.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(result.Length, stride);
        ref float source = ref MemoryMarshal.GetReference(lines);
        ref float target = ref MemoryMarshal.GetReference(result);
        int width = Vector<float>.Count;
        for (int x = 0; x < stride; x += Block)
        {
            Vector<float> first = Vector.LoadUnsafe(ref source, (nuint)((line * stride) + x));
            Vector<float> second = Vector.LoadUnsafe(ref source, (nuint)((line * stride) + x + width));
            int before = line - 1;
            int after = line + 1;
            while (before >= 0 || after < positionsMm.Length)
            {
                float costBefore = before >= 0 ? Square(positionsMm[line] - positionsMm[before]) : float.PositiveInfinity;
                float costAfter = after < positionsMm.Length ? Square(positionsMm[after] - positionsMm[line]) : float.PositiveInfinity;
                if (!Vector.GreaterThanAny(Vector.Max(first, second), new Vector<float>(Math.Min(costBefore, costAfter))))
                {
                    break;
                }

                if (before >= 0)
                {
                    Lower(ref source, (nuint)((before * stride) + x), costBefore, ref first, ref second);
                    before--;
                }

                if (after < positionsMm.Length)
                {
                    Lower(ref source, (nuint)((after * stride) + x), costAfter, ref first, ref second);
                    after++;
                }
            }

            first.StoreUnsafe(ref target, (nuint)x);
            second.StoreUnsafe(ref target, (nuint)(x + width));
        }
    }

    private static float Square(float mm) => mm * mm;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Lower(ref float source, nuint index, float cost, ref Vector<float> first, ref Vector<float> second)
    {
        var costs = new Vector<float>(cost);
        first = Vector.Min(first, Vector.LoadUnsafe(ref source, index) + costs);
        second = Vector.Min(second, Vector.LoadUnsafe(ref source, index + (nuint)Vector<float>.Count) + costs);
    }
}
