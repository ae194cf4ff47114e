using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CalcQuant.Kernels;

/// <summary>
/// One pass of the separable Euclidean distance transform across lines, for a block of 16 columns at a time:
/// result[i][x] = min over j of line[j][x] + (p[i] - p[j])², the lower envelope of parabolas (Saito and Toriwaki, Pattern Recognition 27, 1994;
/// Felzenszwalb and Huttenlocher, Theory of Computing 8, 2012). One instance serves one thread: it keeps its scratch memory.
/// </summary>
/// <remarks>
/// <para>
/// Parabolas of equal shape cross once: where line j is nearest to line i of a column, no line before j is nearest to a line after i. So the
/// nearest of the middle line is sought among all lines, those of the quarters among the lines on their side of it, and so on (divide and
/// conquer on a totally monotone matrix; Aggarwal et al., Algorithmica 2, 1987). Each halving of the distance between finished lines tries
/// each line about once: n log n for n lines, however far the objects are, without a stack of parabolas for each column.
/// </para>
/// <para>
/// Lanes: two vectors of eight neighbouring columns, each with a vector of the line that is nearest so far. The columns of a block share one
/// range of lines to try: from the least to the greatest nearest line of the finished neighbours. What is farther away than the line's own
/// value cannot be nearer and is left out. Nothing depends on the width of the machine's vectors.
/// </para>
/// <para>
/// Rounding: a line left out by the order of the neighbours is worse than the best by at least 2 s² (s: the least spacing of lines), so the
/// result is the minimum of the sums as rounded to single precision while distances stay below some 4000 s; beyond, within their rounding.
/// </para>
/// </remarks>
internal sealed class LowerEnvelopeBlock
{
    /// <summary>Columns of a block: one cache line.</summary>
    public const int Columns = 16;

    private const int HalfBlock = Columns / 2;

    // To try this many lines costs no more than to find which of them are in reach.
    private const int FewLines = 8;

    private float[] _lines = [];
    private float[] _result = [];
    private int[] _leastNearest = [];
    private int[] _greatestNearest = [];

    /// <summary>The length of a line that holds so many values and ends with a whole block.</summary>
    public static int PaddedLength(int count) => (count + Columns - 1) / Columns * Columns;

    /// <summary>Computes the lines of a block.</summary>
    /// <param name="source">Squared distances: line after line, <paramref name="stride"/> apart; infinite where there is nothing.</param>
    /// <param name="stride">From line to line.</param>
    /// <param name="column">First column of the block.</param>
    /// <param name="positions">Where each line lies, increasing; its square has the unit of <paramref name="source"/>.</param>
    /// <param name="leastSpacing">Least distance of neighbouring lines, positive.</param>
    /// <param name="firstLine">First line wanted, an index into <paramref name="positions"/>.</param>
    /// <param name="lineCount">Lines wanted.</param>
    /// <returns>Line after line, <see cref="Columns"/> values each; valid until the next call.</returns>
    public Span<float> Lower(
        ReadOnlySpan<float> source,
        int stride,
        int column,
        ReadOnlySpan<float> positions,
        float leastSpacing,
        int firstLine,
        int lineCount)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstLine + lineCount, positions.Length);
        if (_lines.Length < positions.Length * Columns)
        {
            _lines = new float[positions.Length * Columns];
            _result = new float[positions.Length * Columns];
            _leastNearest = new int[positions.Length];
            _greatestNearest = new int[positions.Length];
        }

        // The lines are read many times, so they are brought together: strides of powers of two would share few sets of the cache.
        Span<float> lines = _lines.AsSpan(0, positions.Length * Columns);
        for (int line = 0; line < positions.Length; line++)
        {
            source.Slice((line * stride) + column, Columns).CopyTo(lines[(line * Columns)..]);
        }

        Span<float> result = _result.AsSpan(0, lineCount * Columns);
        if (IsUniform(lines))
        {
            // Nothing is less than a line's own value: all is bound, or all is set.
            result.Fill(lines[0]);
            return result;
        }

        Divide(lines, positions, leastSpacing, firstLine, result);
        return result;
    }

    /// <summary>Copies a block to where its lines lie far apart.</summary>
    /// <param name="block">Line after line, <see cref="Columns"/> values each.</param>
    /// <param name="target">Starts with the first line's first column.</param>
    /// <param name="stride">From line to line of <paramref name="target"/>.</param>
    /// <param name="columnCount">Columns to copy: fewer than <see cref="Columns"/> at the end of a line.</param>
    public static void Store(ReadOnlySpan<float> block, Span<float> target, int stride, int columnCount)
    {
        for (int line = 0; line < block.Length / Columns; line++)
        {
            block.Slice(line * Columns, columnCount).CopyTo(target[(line * stride)..]);
        }
    }

    // Bits are compared, as that is vectorised.
    private static bool IsUniform(ReadOnlySpan<float> values) =>
        MemoryMarshal.Cast<float, int>(values).IndexOfAnyExcept(BitConverter.SingleToInt32Bits(values[0])) < 0;

    // Finished lines are 2 * step apart, and those half-way between are next. Beyond the first and last finished line any line may be nearest.
    private void Divide(ReadOnlySpan<float> lines, ReadOnlySpan<float> positions, float leastSpacing, int firstLine, Span<float> result)
    {
        int count = result.Length / Columns;
        Span<int> least = _leastNearest.AsSpan(0, count);
        Span<int> greatest = _greatestNearest.AsSpan(0, count);
        for (int step = (int)(BitOperations.RoundUpToPowerOf2((uint)count + 1) / 2); step >= 1; step /= 2)
        {
            for (int i = step - 1; i < count; i += 2 * step)
            {
                int line = firstLine + i;
                ReadOnlySpan<float> own = lines.Slice(line * Columns, Columns);
                Span<float> target = result.Slice(i * Columns, Columns);
                if (IsZero(own))
                {
                    target.Clear();
                    least[i] = greatest[i] = line;
                    continue;
                }

                int first = i >= step ? least[i - step] : 0;
                int last = i + step < count ? greatest[i + step] : positions.Length - 1;
                if (last - first > FewLines)
                {
                    int reach = Reach(own, leastSpacing, positions.Length);
                    first = Math.Max(first, line - reach);
                    last = Math.Min(last, line + reach);
                }

                if (step > 1)
                {
                    (least[i], greatest[i]) = LowerLine(lines, positions, line, first, last, target);
                }
                else
                {
                    LowerLastLine(lines, positions, line, first, last, target);
                }
            }
        }
    }

    // Lines on each side that may be nearer than the line itself is, and one more, for rounding.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Reach(ReadOnlySpan<float> line, float leastSpacing, int lineCount)
    {
        ref float own = ref MemoryMarshal.GetReference(line);
        Vector256<float> both = Vector256.MaxNative(Vector256.LoadUnsafe(ref own), Vector256.LoadUnsafe(ref own, HalfBlock));
        Vector128<float> four = Vector128.MaxNative(both.GetLower(), both.GetUpper());
        Vector128<float> two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        float greatest = Math.Max(two[0], two[1]);
        return (int)Math.Min(MathF.Sqrt(greatest) / leastSpacing, lineCount) + 1;
    }

    private static bool IsZero(ReadOnlySpan<float> line)
    {
        ref float own = ref MemoryMarshal.GetReference(line);
        return (Vector256.LoadUnsafe(ref own) | Vector256.LoadUnsafe(ref own, HalfBlock)) == Vector256<float>.Zero;
    }

    // The line's values, and the least and the greatest line that is nearest to any of its columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int Least, int Greatest) LowerLine(
        ReadOnlySpan<float> lines, ReadOnlySpan<float> positions, int line, int first, int last, Span<float> target)
    {
        ref float source = ref MemoryMarshal.GetReference(lines);
        nuint own = (nuint)(line * Columns);
        Vector256<float> left = Vector256.LoadUnsafe(ref source, own);
        Vector256<float> right = Vector256.LoadUnsafe(ref source, own + HalfBlock);
        Vector256<int> nearestLeft = Vector256.Create(line);
        Vector256<int> nearestRight = nearestLeft;
        Vector256<float> position = Vector256.Create(positions[line]);
        for (int other = first; other <= last; other++)
        {
            Vector256<float> distance = position - Vector256.Create(positions[other]);
            Vector256<float> cost = distance * distance;
            nuint at = (nuint)(other * Columns);
            Vector256<float> triedLeft = Vector256.LoadUnsafe(ref source, at) + cost;
            Vector256<float> triedRight = Vector256.LoadUnsafe(ref source, at + HalfBlock) + cost;
            Vector256<int> index = Vector256.Create(other);
            nearestLeft = Vector256.ConditionalSelect(Vector256.LessThan(triedLeft, left).AsInt32(), index, nearestLeft);
            nearestRight = Vector256.ConditionalSelect(Vector256.LessThan(triedRight, right).AsInt32(), index, nearestRight);
            left = Vector256.MinNative(triedLeft, left);
            right = Vector256.MinNative(triedRight, right);
        }

        left.StoreUnsafe(ref MemoryMarshal.GetReference(target));
        right.StoreUnsafe(ref MemoryMarshal.GetReference(target), HalfBlock);
        Vector256<int> least = Vector256.Min(nearestLeft, nearestRight);
        Vector256<int> greatest = Vector256.Max(nearestLeft, nearestRight);
        return (-Greatest(-least), Greatest(greatest));
    }

    // The same where no line is left that would ask for the nearest.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LowerLastLine(
        ReadOnlySpan<float> lines, ReadOnlySpan<float> positions, int line, int first, int last, Span<float> target)
    {
        ref float source = ref MemoryMarshal.GetReference(lines);
        nuint own = (nuint)(line * Columns);
        Vector256<float> left = Vector256.LoadUnsafe(ref source, own);
        Vector256<float> right = Vector256.LoadUnsafe(ref source, own + HalfBlock);
        Vector256<float> position = Vector256.Create(positions[line]);
        for (int other = first; other <= last; other++)
        {
            Vector256<float> distance = position - Vector256.Create(positions[other]);
            Vector256<float> cost = distance * distance;
            nuint at = (nuint)(other * Columns);
            left = Vector256.MinNative(Vector256.LoadUnsafe(ref source, at) + cost, left);
            right = Vector256.MinNative(Vector256.LoadUnsafe(ref source, at + HalfBlock) + cost, right);
        }

        left.StoreUnsafe(ref MemoryMarshal.GetReference(target));
        right.StoreUnsafe(ref MemoryMarshal.GetReference(target), HalfBlock);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Greatest(Vector256<int> values)
    {
        Vector128<int> four = Vector128.Max(values.GetLower(), values.GetUpper());
        Vector128<int> two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Math.Max(two[0], two[1]);
    }
}
