using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CalcQuant.Kernels;

/// <summary>Threshold of one row of voxels to bits: bit b of word w = (voxel[64 w + b] >= threshold). NaN is below any threshold.</summary>
internal static class ThresholdKernel
{
    private const int VoxelsPerWord = 64;

    /// <summary>What 64 consecutive voxels give.</summary>
    /// <typeparam name="T">Voxel type.</typeparam>
    private interface IWord<T>
    {
        public static abstract ulong Mark(ref T source, nuint first, T threshold);
    }

    /// <summary>Marks a row of integer voxels.</summary>
    /// <param name="voxels">HU.</param>
    /// <param name="threshold">HU.</param>
    /// <param name="bits">One word per 64 voxels, the last one begun counted; overwritten, bits beyond the row 0.</param>
    /// <param name="path">Instruction set, supported here.</param>
    /// <returns>True where any voxel reaches the threshold.</returns>
    public static bool Mark(ReadOnlySpan<short> voxels, short threshold, Span<ulong> bits, SimdPath path) =>
        Mark<short, Int16Avx512, Int16Avx2>(voxels, threshold, bits, path);

    /// <summary>Marks a row of float voxels.</summary>
    /// <inheritdoc cref="Mark(ReadOnlySpan{short}, short, Span{ulong}, SimdPath)"/>
    public static bool Mark(ReadOnlySpan<float> voxels, float threshold, Span<ulong> bits, SimdPath path) =>
        Mark<float, SingleAvx512, SingleAvx2>(voxels, threshold, bits, path);

    /// <summary>Marks rows of integer voxels that follow one another.</summary>
    /// <param name="voxels">HU.</param>
    /// <param name="columnCount">Voxels of a row.</param>
    /// <param name="threshold">HU.</param>
    /// <param name="bits">Whole words for each row, overwritten; bits beyond a row are 0.</param>
    /// <param name="path">Instruction set, supported here.</param>
    public static void MarkRows(ReadOnlySpan<short> voxels, int columnCount, short threshold, Span<ulong> bits, SimdPath path) =>
        MarkRows<short, Int16Avx512, Int16Avx2>(voxels, columnCount, threshold, bits, path);

    /// <summary>Marks rows of float voxels that follow one another.</summary>
    /// <inheritdoc cref="MarkRows(ReadOnlySpan{short}, int, short, Span{ulong}, SimdPath)"/>
    public static void MarkRows(ReadOnlySpan<float> voxels, int columnCount, float threshold, Span<ulong> bits, SimdPath path) =>
        MarkRows<float, SingleAvx512, SingleAvx2>(voxels, columnCount, threshold, bits, path);

    /// <summary>
    /// The least integer that reaches a threshold in HU: for integers v >= t is v >= ceil(t).
    /// </summary>
    /// <param name="thresholdHu">HU, not NaN.</param>
    /// <param name="threshold">The integer threshold; meaningless where false is returned.</param>
    /// <returns>False where no 16-bit value reaches the threshold.</returns>
    public static bool TryRoundUp(float thresholdHu, out short threshold)
    {
        double least = Math.Ceiling((double)thresholdHu);
        threshold = (short)Math.Clamp(least, short.MinValue, short.MaxValue);
        return least <= short.MaxValue;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Mark<T, TAvx512, TAvx2>(ReadOnlySpan<T> voxels, T threshold, Span<ulong> bits, SimdPath path)
        where T : unmanaged, INumber<T>
        where TAvx512 : struct, IWord<T>
        where TAvx2 : struct, IWord<T> => path switch
        {
            SimdPath.Avx512 => MarkWords<T, TAvx512>(voxels, threshold, bits),
            SimdPath.Avx2 => MarkWords<T, TAvx2>(voxels, threshold, bits),
            _ => MarkWords<T, Plain<T>>(voxels, threshold, bits),
        };

    private static void MarkRows<T, TAvx512, TAvx2>(ReadOnlySpan<T> voxels, int columnCount, T threshold, Span<ulong> bits, SimdPath path)
        where T : unmanaged, INumber<T>
        where TAvx512 : struct, IWord<T>
        where TAvx2 : struct, IWord<T>
    {
        // Rows of whole words follow one another without padding: together they are one long row.
        int length = columnCount % VoxelsPerWord == 0 ? voxels.Length : columnCount;
        int wordCount = BitRow.WordCount(length);
        for (; !voxels.IsEmpty; voxels = voxels[length..], bits = bits[wordCount..])
        {
            Mark<T, TAvx512, TAvx2>(voxels[..length], threshold, bits[..wordCount], path);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool MarkWords<T, TWord>(ReadOnlySpan<T> voxels, T threshold, Span<ulong> bits)
        where T : unmanaged, INumber<T>
        where TWord : struct, IWord<T>
    {
        int wholeWords = voxels.Length / VoxelsPerWord;
        int tail = voxels.Length % VoxelsPerWord;
        ArgumentOutOfRangeException.ThrowIfNotEqual(bits.Length, wholeWords + (tail == 0 ? 0 : 1));

        ref T source = ref MemoryMarshal.GetReference(voxels);
        ulong any = 0;
        for (int w = 0; w < wholeWords; w++)
        {
            ulong word = TWord.Mark(ref source, (nuint)w * VoxelsPerWord, threshold);
            bits[w] = word;
            any |= word;
        }

        if (tail != 0)
        {
            // The last 64 voxels of the row end in the tail; shifting drops those that were already marked.
            ulong word = wholeWords > 0
                ? TWord.Mark(ref source, (nuint)(voxels.Length - VoxelsPerWord), threshold) >> (VoxelsPerWord - tail)
                : MarkPlain(ref source, 0, tail, threshold);
            bits[wholeWords] = word;
            any |= word;
        }

        return any != 0;
    }

    private static ulong MarkPlain<T>(ref T source, nuint first, int count, T threshold)
        where T : unmanaged, INumber<T>
    {
        ulong word = 0;
        for (int i = 0; i < count; i++)
        {
            word |= (Unsafe.Add(ref source, first + (nuint)i) >= threshold ? 1UL : 0UL) << i;
        }

        return word;
    }

    private readonly struct Plain<T> : IWord<T>
        where T : unmanaged, INumber<T>
    {
        public static ulong Mark(ref T source, nuint first, T threshold) => MarkPlain(ref source, first, VoxelsPerWord, threshold);
    }

    private readonly struct Int16Avx512 : IWord<short>
    {
        // Two vectors of 32 lanes; the compare leaves one mask bit per lane, lane 0 lowest.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ulong Mark(ref short source, nuint first, short threshold)
        {
            Vector512<short> limit = Vector512.Create(threshold);
            ulong low = Vector512.GreaterThanOrEqual(Vector512.LoadUnsafe(ref source, first), limit).ExtractMostSignificantBits();
            ulong high = Vector512.GreaterThanOrEqual(Vector512.LoadUnsafe(ref source, first + 32), limit).ExtractMostSignificantBits();
            return low | (high << 32);
        }
    }

    private readonly struct Int16Avx2 : IWord<short>
    {
        // Four vectors of 16 lanes. AVX2 compares for "greater" only, and has a move-mask for bytes only. No branch: words with and without dense
        // voxels alternate in noise, and memory is the limit anyway.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ulong Mark(ref short source, nuint first, short threshold)
        {
            if (threshold == short.MinValue)
            {
                return ulong.MaxValue;
            }

            Vector256<short> below = Vector256.Create((short)(threshold - 1));
            return Half(ref source, first, below) | ((ulong)Half(ref source, first + 32, below) << 32);
        }

        // Packing two vectors takes their 128-bit halves in turn (a0 b0 a1 b1); the permutation puts them in order (a0 a1 b0 b1).
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static uint Half(ref short source, nuint first, Vector256<short> below)
        {
            const byte InOrder = 0b11_01_10_00;
            Vector256<short> low = Vector256.GreaterThan(Vector256.LoadUnsafe(ref source, first), below);
            Vector256<short> high = Vector256.GreaterThan(Vector256.LoadUnsafe(ref source, first + 16), below);
            return Avx2.Permute4x64(Avx2.PackSignedSaturate(low, high).AsInt64(), InOrder).AsByte().ExtractMostSignificantBits();
        }
    }

    private readonly struct SingleAvx512 : IWord<float>
    {
        // Four vectors of 16 lanes.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ulong Mark(ref float source, nuint first, float threshold)
        {
            Vector512<float> limit = Vector512.Create(threshold);
            ulong word = 0;
            for (int i = 0; i < VoxelsPerWord; i += 16)
            {
                Vector512<float> voxels = Vector512.LoadUnsafe(ref source, first + (nuint)i);
                word |= Vector512.GreaterThanOrEqual(voxels, limit).ExtractMostSignificantBits() << i;
            }

            return word;
        }
    }

    private readonly struct SingleAvx2 : IWord<float>
    {
        // Eight vectors of 8 lanes.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ulong Mark(ref float source, nuint first, float threshold)
        {
            Vector256<float> limit = Vector256.Create(threshold);
            ulong word = 0;
            for (int i = 0; i < VoxelsPerWord; i += 8)
            {
                Vector256<float> voxels = Vector256.LoadUnsafe(ref source, first + (nuint)i);
                word |= (ulong)Vector256.GreaterThanOrEqual(voxels, limit).ExtractMostSignificantBits() << i;
            }

            return word;
        }
    }
}
