using System.Numerics;
using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// Signed depths of chosen cells of a grid, stored in their order alone: only a few hundredths of the cells hold anything dense, and nothing is asked
/// of the others.
/// </summary>
internal sealed class CellDepths : IDisposable
{
    /// <summary>Stored depths are multiples of this, mm.</summary>
    private const double StepMm = 0.05;

    /// <summary>Depths are kept up to this, mm: more than half of any body.</summary>
    private const double GreatestMm = 400;

    private readonly Mask _chosen;
    private readonly int[] _firstOfRow;
    private short[] _codes;

    /// <summary>Makes room.</summary>
    /// <param name="chosen">The cells; kept and not disposed of.</param>
    public CellDepths(Mask chosen)
    {
        _chosen = chosen;
        _firstOfRow = new int[(chosen.RowCount * chosen.SliceCount) + 1];
        int count = 0;
        for (int line = 0; line < _firstOfRow.Length - 1; line++)
        {
            _firstOfRow[line] = count;
            foreach (ulong word in chosen.Words.Slice(line * chosen.WordsPerRow, chosen.WordsPerRow))
            {
                count += BitOperations.PopCount(word);
            }
        }

        _firstOfRow[^1] = count;
        _codes = LargeArrayPool.Shared.Rent<short>(count);
    }

    /// <summary>Gives the memory back; nothing may be read any more.</summary>
    public void Dispose() => LargeArrayPool.Shared.Return(Interlocked.Exchange(ref _codes, []));

    /// <summary>Stores the depths of a slice.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="insideMm">Distance of every cell of it inside to the nearest outside; 0 outside.</param>
    /// <param name="outsideMm">Distance of every cell outside to the nearest inside; empty where depths outside do not matter.</param>
    /// <param name="offsetMm">From the centre of a border cell to the border.</param>
    public void Store(int slice, ReadOnlySpan<float> insideMm, ReadOnlySpan<float> outsideMm, double offsetMm)
    {
        short[] scratch = new short[_chosen.ColumnCount];
        for (int row = 0; row < _chosen.RowCount; row++)
        {
            ReadOnlySpan<ulong> words = _chosen.Row(row, slice);
            int firstWord = words.IndexOfAnyExcept(0UL);
            if (firstWord < 0)
            {
                continue;
            }

            int start = firstWord * BitRow.WordBits;
            int end = Math.Min(_chosen.ColumnCount, (words.LastIndexOfAnyExcept(0UL) + 1) * BitRow.WordBits);
            int from = (row * _chosen.ColumnCount) + start;
            Span<short> codes = scratch.AsSpan(0, end - start);
            DepthCodeKernel.Encode(
                insideMm.Slice(from, codes.Length),
                outsideMm.IsEmpty ? [] : outsideMm.Slice(from, codes.Length),
                offsetMm,
                GreatestMm,
                StepMm,
                codes);
            int place = _firstOfRow[(slice * _chosen.RowCount) + row];
            for (int word = firstWord; word * BitRow.WordBits < end; word++)
            {
                for (ulong rest = words[word]; rest != 0; rest &= rest - 1)
                {
                    _codes[place++] = codes[((word - firstWord) * BitRow.WordBits) + BitOperations.TrailingZeroCount(rest)];
                }
            }
        }
    }

    /// <summary>Depth between four cells, mm: bilinear.</summary>
    /// <param name="x">Column of the cells, between cells a fraction.</param>
    /// <param name="y">Row of the cells.</param>
    /// <param name="slice">Slice.</param>
    /// <exception cref="InvalidOperationException">One of the cells was not chosen.</exception>
    public double Between(double x, double y, int slice)
    {
        int left = (int)x, top = (int)y;
        int right = Math.Min(left + 1, _chosen.ColumnCount - 1), bottom = Math.Min(top + 1, _chosen.RowCount - 1);
        double fx = x - left, fy = y - top;
        double first = (Code(left, top, slice) * (1 - fx)) + (Code(right, top, slice) * fx);
        double second = (Code(left, bottom, slice) * (1 - fx)) + (Code(right, bottom, slice) * fx);
        return ((first * (1 - fy)) + (second * fy)) * StepMm;
    }

    private short Code(int column, int row, int slice)
    {
        ReadOnlySpan<ulong> words = _chosen.Row(row, slice);
        int word = column >> 6;
        ulong bit = 1UL << (column & 63);
        if ((words[word] & bit) == 0)
        {
            throw new InvalidOperationException("The depth of a cell is asked for that was not chosen.");
        }

        int place = _firstOfRow[(slice * _chosen.RowCount) + row] + BitOperations.PopCount(words[word] & (bit - 1));
        for (int before = 0; before < word; before++)
        {
            place += BitOperations.PopCount(words[before]);
        }

        return _codes[place];
    }
}
