using System.Buffers;
using System.Numerics;

namespace CalcQuant.Kernels;

/// <summary>
/// The runs of the blocks of a slab and their labels. They lie in chunks each twice as long as the one before, so that nothing is copied when there are
/// many; the runs of one block never cross from one chunk into the next.
/// </summary>
internal sealed class BlockRuns : IDisposable
{
    private const int LeastFirstLength = 2048;

    // An int counts fewer runs than 32 doublings.
    private const int MaxChunks = 32;

    private readonly ColumnRun[][] _runs = new ColumnRun[MaxChunks][];
    private readonly int[][] _labels = new int[MaxChunks][];
    private readonly int _maxRunsPerBlock;
    private readonly int _firstBits;
    private readonly int[] _starts;
    private readonly ushort[] _counts;
    private int _chunkCount;
    private int _next;

    /// <summary>Prepares for some blocks.</summary>
    /// <param name="blockCount">Blocks, added one after the other.</param>
    /// <param name="maxRunsPerBlock">Most runs of a block.</param>
    public BlockRuns(int blockCount, int maxRunsPerBlock)
    {
        _maxRunsPerBlock = maxRunsPerBlock;
        _firstBits = BitOperations.Log2((uint)Math.Max(LeastFirstLength, BitOperations.RoundUpToPowerOf2((uint)maxRunsPerBlock)));
        _starts = new int[blockCount];
        _counts = new ushort[blockCount];
    }

    /// <summary>Blocks added.</summary>
    public int BlockCount { get; private set; }

    /// <summary>Room for the runs of the next block.</summary>
    public Span<ColumnRun> Reserve()
    {
        (int chunk, int offset) = Find(_next);
        if (offset + _maxRunsPerBlock > LengthOf(chunk))
        {
            chunk++;
            offset = 0;
            _next = LengthOf(chunk) - LengthOf(0);
        }

        if (chunk == _chunkCount)
        {
            _runs[chunk] = ArrayPool<ColumnRun>.Shared.Rent(LengthOf(chunk));
            _labels[chunk] = ArrayPool<int>.Shared.Rent(LengthOf(chunk));
            _chunkCount++;
        }

        return _runs[chunk].AsSpan(offset, _maxRunsPerBlock);
    }

    /// <summary>Adds the next block.</summary>
    /// <param name="count">Its runs, which lie in the room reserved last; 0 needs no room.</param>
    /// <returns>Its index.</returns>
    public int Add(int count)
    {
        _starts[BlockCount] = _next;
        _counts[BlockCount] = (ushort)count;
        _next += count;
        return BlockCount++;
    }

    /// <summary>The runs of a block and their labels.</summary>
    public ReadOnlySpan<ColumnRun> Of(int block, out Span<int> labels)
    {
        int count = _counts[block];
        if (count == 0)
        {
            labels = [];
            return [];
        }

        (int chunk, int offset) = Find(_starts[block]);
        labels = _labels[chunk].AsSpan(offset, count);
        return _runs[chunk].AsSpan(offset, count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int chunk = 0; chunk < _chunkCount; chunk++)
        {
            ArrayPool<ColumnRun>.Shared.Return(_runs[chunk]);
            ArrayPool<int>.Shared.Return(_labels[chunk]);

            // Whoever asks later finds nothing, not what others keep in these arrays.
            (_runs[chunk], _labels[chunk]) = ([], []);
        }

        _chunkCount = 0;
    }

    private int LengthOf(int chunk) => 1 << (_firstBits + chunk);

    // Chunk k holds the 2^(k + b) runs from 2^(k + b) - 2^b on.
    private (int Chunk, int Offset) Find(int index)
    {
        int shifted = index + LengthOf(0);
        int bits = BitOperations.Log2((uint)shifted);
        return (bits - _firstBits, shifted - (1 << bits));
    }
}
