using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace CalcQuant.Kernels;

/// <summary>
/// Finds the run that a column of a row belongs to without a search: the number of runs that start up to the column. A row keeps one bit per column
/// where a run starts, and how many start before each word.
/// </summary>
/// <remarks>Source: rank by population count over a bit vector (Jacobson 1989, "Space-efficient static trees and graphs").</remarks>
internal sealed class RunRanks : IDisposable
{
    private readonly int _wordsPerRow;
    private ulong[] _starts;
    private ushort[] _before;

    /// <summary>Prepares for some rows, whose content is undefined until they are set.</summary>
    public RunRanks(int rowCount, int wordsPerRow)
    {
        _wordsPerRow = wordsPerRow;
        _starts = ArrayPool<ulong>.Shared.Rent(rowCount * wordsPerRow);
        _before = ArrayPool<ushort>.Shared.Rent(rowCount * wordsPerRow);
    }

    /// <summary>Takes a row and writes its maximal runs of set bits, in order.</summary>
    /// <param name="row">Where to keep it.</param>
    /// <param name="bits">The row; at most 65535 columns.</param>
    /// <param name="runs">Receives the runs; half the columns, rounded up, always suffices.</param>
    /// <returns>Number of runs.</returns>
    public int SetRow(int row, ReadOnlySpan<ulong> bits, Span<ColumnRun> runs)
    {
        Span<ulong> starts = _starts.AsSpan(row * _wordsPerRow, _wordsPerRow);
        Span<ushort> before = _before.AsSpan(row * _wordsPerRow, _wordsPerRow);
        ulong carry = 0;
        int count = 0;
        for (int w = 0; w < bits.Length; w++)
        {
            ulong word = bits[w];
            ulong start = word & ~((word << 1) | carry);
            carry = word >> (BitRow.WordBits - 1);
            starts[w] = start;
            before[w] = (ushort)count;
            count += BitOperations.PopCount(start);
        }

        return BitRow.FindRuns(bits, runs);
    }

    /// <summary>A row that was set.</summary>
    public Row RowAt(int row) =>
        new(_starts.AsSpan(row * _wordsPerRow, _wordsPerRow), _before.AsSpan(row * _wordsPerRow, _wordsPerRow));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_starts.Length > 0)
        {
            ArrayPool<ulong>.Shared.Return(_starts);
            ArrayPool<ushort>.Shared.Return(_before);
            _starts = [];
            _before = [];
        }
    }

    /// <summary>The ranks of one row.</summary>
    public readonly ref struct Row
    {
        private readonly ReadOnlySpan<ulong> _starts;
        private readonly ReadOnlySpan<ushort> _before;

        internal Row(ReadOnlySpan<ulong> starts, ReadOnlySpan<ushort> before)
        {
            _starts = starts;
            _before = before;
        }

        /// <summary>The index, within the row, of the run that holds a column.</summary>
        /// <param name="column">A column of a run.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public int IndexOf(int column) => _before[column >> 6] + BitOperations.PopCount(_starts[column >> 6] << (~column & 63)) - 1;
    }
}
