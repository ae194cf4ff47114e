using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CalcQuant.Kernels;

/// <summary>Sum, sum of squares and maximum of the voxels of one run, exact.</summary>
/// <param name="Sum">Sum, HU.</param>
/// <param name="SumOfSquares">Sum of squares, HU².</param>
/// <param name="Max">Maximum, HU.</param>
internal readonly record struct RunHu(long Sum, long SumOfSquares, short Max);

/// <summary>Statistics of integer voxels over a run. Runs are short (a dozen voxels), so one masked vector serves most of them.</summary>
internal static class RunHuKernel
{
    /// <summary>Measures voxels [<paramref name="start"/>, <paramref name="end"/>).</summary>
    /// <param name="voxels">HU; voxels beside the run are loaded with it where that is quicker, never used.</param>
    /// <param name="start">First voxel of the run.</param>
    /// <param name="end">Voxel after the last; greater than <paramref name="start"/>.</param>
    /// <param name="path">Instruction set, supported here.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RunHu Measure(ReadOnlySpan<short> voxels, int start, int end, SimdPath path)
    {
        if (path == SimdPath.Avx512 && voxels.Length >= Vector512<short>.Count)
        {
            return MeasureAvx512(voxels, start, end);
        }

        return path >= SimdPath.Avx2 && voxels.Length >= Vector256<short>.Count
            ? MeasureAvx2(voxels, start, end)
            : MeasurePlain(voxels[start..end]);
    }

    private static RunHu MeasurePlain(ReadOnlySpan<short> run)
    {
        long sum = 0;
        long squares = 0;
        short max = short.MinValue;
        foreach (short hu in run)
        {
            sum += hu;
            squares += hu * hu;
            max = Math.Max(max, hu);
        }

        return new RunHu(sum, squares, max);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static RunHu MeasureAvx512(ReadOnlySpan<short> voxels, int start, int end)
    {
        ref short source = ref MemoryMarshal.GetReference(voxels);
        int lastLoad = voxels.Length - Vector512<short>.Count;
        Vector512<int> sums = Vector512<int>.Zero;
        Vector512<ulong> squares = Vector512<ulong>.Zero;
        Vector512<short> max = Vector512.Create(short.MinValue);
        for (int i = start; i < end; i += Vector512<short>.Count)
        {
            // At the end of the store the load steps back; the mask leaves the lanes [i, end) of this step.
            int load = Math.Min(i, lastLoad);
            Vector512<short> lanes = Vector512<short>.Indices;
            Vector512<short> used =
                Vector512.GreaterThanOrEqual(lanes, Vector512.Create((short)(i - load))) &
                Vector512.LessThan(lanes, Vector512.Create((short)Math.Min(end - load, Vector512<short>.Count)));
            Vector512<short> hu = Vector512.LoadUnsafe(ref source, (nuint)load);
            Vector512<short> summed = hu & used;
            sums += Avx512BW.MultiplyAddAdjacent(summed, Vector512<short>.One);

            // A pair of squares is at most 2^31: unsigned.
            Vector512<uint> pairs = Avx512BW.MultiplyAddAdjacent(summed, summed).AsUInt32();
            squares += Vector512.WidenLower(pairs) + Vector512.WidenUpper(pairs);
            max = Vector512.Max(max, Vector512.ConditionalSelect(used, hu, Vector512.Create(short.MinValue)));
        }

        return new RunHu(
            Vector512.Sum(sums),
            (long)Vector512.Sum(squares),
            Max(Vector128.Max(Halves(max.GetLower()), Halves(max.GetUpper()))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static RunHu MeasureAvx2(ReadOnlySpan<short> voxels, int start, int end)
    {
        ref short source = ref MemoryMarshal.GetReference(voxels);
        int lastLoad = voxels.Length - Vector256<short>.Count;
        Vector256<int> sums = Vector256<int>.Zero;
        Vector256<ulong> squares = Vector256<ulong>.Zero;
        Vector256<short> max = Vector256.Create(short.MinValue);
        for (int i = start; i < end; i += Vector256<short>.Count)
        {
            int load = Math.Min(i, lastLoad);
            Vector256<short> lanes = Vector256<short>.Indices;
            Vector256<short> used =
                Vector256.GreaterThanOrEqual(lanes, Vector256.Create((short)(i - load))) &
                Vector256.LessThan(lanes, Vector256.Create((short)Math.Min(end - load, Vector256<short>.Count)));
            Vector256<short> hu = Vector256.LoadUnsafe(ref source, (nuint)load);
            Vector256<short> summed = hu & used;
            sums += Avx2.MultiplyAddAdjacent(summed, Vector256<short>.One);
            Vector256<uint> pairs = Avx2.MultiplyAddAdjacent(summed, summed).AsUInt32();
            squares += Vector256.WidenLower(pairs) + Vector256.WidenUpper(pairs);
            max = Vector256.Max(max, Vector256.ConditionalSelect(used, hu, Vector256.Create(short.MinValue)));
        }

        return new RunHu(Vector256.Sum(sums), (long)Vector256.Sum(squares), Max(Halves(max)));
    }

    private static Vector128<short> Halves(Vector256<short> v) => Vector128.Max(v.GetLower(), v.GetUpper());

    // SSE4.1 has a horizontal minimum of unsigned 16-bit lanes only: max(v) = 32767 - min(32767 - v).
    private static short Max(Vector128<short> v)
    {
        Vector128<ushort> flipped = (Vector128.Create(short.MaxValue) - v).AsUInt16();
        return (short)(short.MaxValue - Sse41.MinHorizontal(flipped).ToScalar());
    }
}
