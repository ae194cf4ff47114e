using System.Buffers;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using CalcQuant.Segmentation;

namespace CalcQuant.Kernels;

/// <summary>
/// Connected components of consecutive slices. Foreground is taken as runs; a run takes the label of the runs it touches among those
/// already seen, and labels that meet are joined in a union-find forest whose roots are the least labels.
/// <para>
/// Where all 26 neighbours count, a run is taken over a block of 2 rows x 2 slices at once: any two voxels of the block in the same or in
/// neighbouring columns touch, so a run of the union of the four rows is one connected piece, and there are a quarter as many. Otherwise
/// a block is a single row. Blocks are seen in raster order; neighbours of the block x already seen:
/// </para>
/// <code>
///   slices before:  A B C   (rows before, same rows, rows after)
///   same slices:    D x
/// </code>
/// <para>
/// The runs that a run touches are found on bits, 64 columns at once (<see cref="BlockRows"/>): a run without a contact, as most are in noise, is known
/// by one test to be a new component, and a contact leads to its run by counting bits (<see cref="RunRanks"/>), without a walk along either row.
/// A component of a single voxel is only remembered by that voxel; the others have a slot in a store of statistics.
/// </para>
/// </summary>
/// <remarks>
/// Source of the blocks and of the forest: Grana, Borghesani and Cucchiara 2010, "Optimized block-based connected components labeling with decision
/// trees"; of labelling by runs: He, Chao and Suzuki 2008, "A run-based two-scan labeling algorithm".
/// </remarks>
internal sealed class SlabLabelling : IDisposable
{
    private const int InitialCapacity = 1024;
    private const int NoLabel = -1;

    private readonly Mask _mask;
    private readonly int _blocksPerSlice;
    private readonly bool _hasDiagonals;
    private readonly BlockRows _rows;
    private readonly BlockRuns _runs;
    private readonly RunRanks _ranks;
    private readonly ulong[] _union;
    private readonly ulong[] _noRow;
    private readonly StatisticsStore.Slots _slots;
    private readonly StatisticsStore _store;
    private int[] _parents = ArrayPool<int>.Shared.Rent(InitialCapacity);
    private int[] _origins = ArrayPool<int>.Shared.Rent(InitialCapacity);

    /// <summary>Prepares for slices [<paramref name="firstSlice"/>, <paramref name="endSlice"/>).</summary>
    /// <param name="mask">The foreground; each block must be complete when it is added.</param>
    /// <param name="firstSlice">A multiple of the block size.</param>
    /// <param name="endSlice">A multiple of the block size, or the end of the mask.</param>
    /// <param name="connectivity">Which voxels touch.</param>
    /// <param name="store">Takes the statistics.</param>
    public SlabLabelling(Mask mask, int firstSlice, int endSlice, Connectivity connectivity, StatisticsStore store)
    {
        _mask = mask;
        _store = store;
        _slots = new StatisticsStore.Slots(store);
        FirstSlice = firstSlice;
        EndSlice = endSlice;
        BlockSize = BlockSizeOf(connectivity);
        _blocksPerSlice = BlockCount(mask.RowCount);
        _rows = new BlockRows(mask.WordsPerRow, connectivity);
        _hasDiagonals = connectivity != Connectivity.Faces6;
        _runs = new BlockRuns(BlockCount(endSlice - firstSlice) * _blocksPerSlice, (mask.ColumnCount + 1) / 2);
        _ranks = new RunRanks(2 * _blocksPerSlice, mask.WordsPerRow);
        _union = new ulong[mask.WordsPerRow];
        _noRow = new ulong[mask.WordsPerRow];
    }

    /// <summary>First slice of the slab.</summary>
    public int FirstSlice { get; }

    /// <summary>Slice after the last.</summary>
    public int EndSlice { get; }

    /// <summary>Rows and slices of a block.</summary>
    public int BlockSize { get; }

    /// <summary>Labels given, before joining.</summary>
    public int LabelCount { get; private set; }

    /// <summary>For each label one of its set that is not greater; a root is its own.</summary>
    public ReadOnlySpan<int> Parents => _parents.AsSpan(0, LabelCount);

    /// <summary>For each label its only voxel, an index into the volume, or the complement of the slot of its statistics.</summary>
    public ReadOnlySpan<int> Origins => _origins.AsSpan(0, LabelCount);

    /// <summary>Rows and slices that are taken at once.</summary>
    public static int BlockSizeOf(Connectivity connectivity) => connectivity == Connectivity.Full26 ? 2 : 1;

    /// <summary>The statistics of a single voxel.</summary>
    /// <param name="voxel">Its index in the volume.</param>
    /// <param name="mask">Gives its column, row and slice.</param>
    /// <param name="voxels">All voxels of the volume, HU; empty where there are no values.</param>
    public static ComponentStatistics OfVoxel(int voxel, Mask mask, ReadOnlySpan<short> voxels)
    {
        int line = voxel / mask.ColumnCount;
        int column = voxel - (line * mask.ColumnCount);
        int slice = line / mask.RowCount;
        var piece = new BlockPiece(new ColumnRun((ushort)column, (ushort)(column + 1)));
        piece.Add(1, column);
        var statistics = ComponentStatistics.Empty;
        short hu = voxels.IsEmpty ? short.MinValue : voxels[voxel];
        statistics.Add(in piece, line - (slice * mask.RowCount), slice, voxels.IsEmpty ? new HuTotal(0, 0, hu) : new HuTotal(hu, hu * hu, hu));
        return statistics;
    }

    /// <summary>Labels the next rows of the slab; every row must come, by slices of blocks and in them by rows of blocks.</summary>
    /// <param name="firstRow">A multiple of the block size.</param>
    /// <param name="endRow">A multiple of the block size, or the end of the slice.</param>
    /// <param name="slice">First slice of the blocks.</param>
    /// <param name="voxels">All voxels of the volume, HU; empty where there are no values.</param>
    /// <param name="path">Instruction set for the statistics.</param>
    public void AddRows(int firstRow, int endRow, int slice, ReadOnlySpan<short> voxels, SimdPath path)
    {
        // Vectors read on behind a run: not at the end of the store.
        int lastSlice = Math.Min(slice + BlockSize, EndSlice) - 1;
        long end = (((lastSlice * (long)_mask.RowCount) + endRow) * _mask.ColumnCount) + Avx2HuSums.Lanes;
        if (voxels.IsEmpty)
        {
            AddRows<NoHuSums>(firstRow, endRow, slice, voxels);
        }
        else if (path >= SimdPath.Avx2 && end <= voxels.Length)
        {
            // Wider vectors gain nothing here: most pieces of a row fit into 16 lanes.
            AddRows<Avx2HuSums>(firstRow, endRow, slice, voxels);
        }
        else
        {
            AddRows<PlainHuSums>(firstRow, endRow, slice, voxels);
        }
    }

    /// <summary>Joins the components of the first slices with those of the slab before.</summary>
    /// <param name="before">The slab that ends where this one starts.</param>
    /// <param name="parents">The forest of all slabs.</param>
    /// <param name="offsetBefore">What to add to a label of the slab before to find it in the forest.</param>
    /// <param name="offset">The same for this slab.</param>
    public void JoinWith(SlabLabelling before, Span<int> parents, int offsetBefore, int offset)
    {
        Debug.Assert(before.EndSlice == FirstSlice);
        ReadOnlySpan<ulong> words = _mask.Words;
        int lastSlice = before.BlockCount(before.EndSlice - before.FirstSlice) - 1;
        for (int blockRow = 0; blockRow < _blocksPerSlice; blockRow++)
        {
            ReadOnlySpan<ColumnRun> runs = _runs.Of(blockRow, out Span<int> labels);
            if (runs.IsEmpty)
            {
                continue;
            }

            SetOwnRows(words, blockRow * BlockSize, FirstSlice);
            SetRowsBehind(words, blockRow * BlockSize, FirstSlice);
            SetRowsAbove(words, -1, FirstSlice);
            Neighbour behind = before.NeighbourAt(blockRow, lastSlice, offsetBefore);
            Neighbour behindAbove = before.NeighbourAt(blockRow - 1, lastSlice, offsetBefore);
            Neighbour behindBelow = before.NeighbourAt(blockRow + 1, lastSlice, offsetBefore);
            for (int i = 0; i < runs.Length; i++)
            {
                int label = UnionFind.Root(parents, offset + labels[i]);
                ColumnRun run = runs[i];
                for (int column = run.Start; column < run.End; column += BlockRows.Step)
                {
                    BlockRows.OwnWindow own = _rows.Own(column, Math.Min(BlockRows.Step, run.End - column));
                    BlockRows.Contacts contacts = _rows.ContactsOf(in own, column);
                    label = behind.Join(contacts.Behind, column - 1, label, parents);
                    label = behindAbove.Join(contacts.BehindAbove, column - 1, label, parents);
                    label = behindBelow.Join(contacts.BehindBelow, column - 1, label, parents);
                }
            }
        }
    }

    /// <summary>The runs of the block that holds a row, and the labels they were given.</summary>
    public ReadOnlySpan<ColumnRun> RunsAt(int row, int slice, out ReadOnlySpan<int> labels)
    {
        ReadOnlySpan<ColumnRun> runs =
            _runs.Of(((slice - FirstSlice) / BlockSize * _blocksPerSlice) + (row / BlockSize), out Span<int> found);
        labels = found;
        return runs;
    }

    /// <summary>Gives back what was needed to join slabs, once that is done.</summary>
    public void ReleaseLabels()
    {
        Return(ref _parents);
        Return(ref _origins);
        _ranks.Dispose();
    }

    /// <summary>Gives all memory back; nothing may be read any more.</summary>
    public void Dispose()
    {
        ReleaseLabels();
        _runs.Dispose();
    }

    private static void Return<T>(ref T[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<T>.Shared.Return(array);
            array = [];
        }
    }

    private static void Grow<T>(ref T[] array, int usedLength)
    {
        T[] larger = ArrayPool<T>.Shared.Rent(2 * usedLength);
        array.AsSpan(0, usedLength).CopyTo(larger);
        Return(ref array);
        array = larger;
    }

    private int BlockCount(int rowsOrSlices) => (rowsOrSlices + BlockSize - 1) / BlockSize;

    // Ranks are kept for two slices of blocks in turn.
    private int RanksOf(int blockRow, int blockSlice) => ((blockSlice & 1) * _blocksPerSlice) + blockRow;

    private Neighbour NeighbourAt(int blockRow, int blockSlice, int labelOffset)
    {
        if ((uint)blockRow >= (uint)_blocksPerSlice || blockSlice < 0)
        {
            return default;
        }

        ReadOnlySpan<ColumnRun> runs = _runs.Of((blockSlice * _blocksPerSlice) + blockRow, out Span<int> labels);
        return runs.IsEmpty ? default : new Neighbour(runs, labels, _ranks.RowAt(RanksOf(blockRow, blockSlice)), labelOffset);
    }

    // A row of the mask; zeros where there is none, or where the slab must not look.
    private ReadOnlySpan<ulong> Row(ReadOnlySpan<ulong> words, int row, int slice, bool isWanted = true)
    {
        int wordsPerRow = _mask.WordsPerRow;
        return isWanted && (uint)row < (uint)_mask.RowCount && (uint)slice < (uint)_mask.SliceCount
            ? words.Slice(((slice * _mask.RowCount) + row) * wordsPerRow, wordsPerRow)
            : _noRow;
    }

    private bool SetOwnRows(ReadOnlySpan<ulong> words, int row, int slice)
    {
        bool isSquare = BlockSize == 2;
        return _rows.SetOwn(
            Row(words, row, slice),
            Row(words, row + 1, slice, isSquare),
            Row(words, row, slice + 1, isSquare),
            Row(words, row + 1, slice + 1, isSquare),
            _union);
    }

    private void SetRowsAbove(ReadOnlySpan<ulong> words, int row, int slice)
    {
        _rows.SetFacing(BlockRows.Facing.AboveFirst, Row(words, row, slice));
        _rows.SetFacing(BlockRows.Facing.AboveSecond, Row(words, row, slice + 1, BlockSize == 2));
    }

    private void SetRowsBehind(ReadOnlySpan<ulong> words, int row, int slice, bool isAny = true)
    {
        _rows.SetFacing(BlockRows.Facing.BehindFirst, Row(words, row, slice - 1, isAny));
        _rows.SetFacing(BlockRows.Facing.BehindSecond, Row(words, row + 1, slice - 1, isAny && BlockSize == 2));
        _rows.SetFacing(BlockRows.Facing.BehindAbove, Row(words, row - 1, slice - 1, isAny && _hasDiagonals));
        _rows.SetFacing(BlockRows.Facing.BehindBelow, Row(words, row + BlockSize, slice - 1, isAny && _hasDiagonals));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddRows<THuSums>(int firstRow, int endRow, int slice, ReadOnlySpan<short> voxels)
        where THuSums : struct, IHuSums<THuSums>
    {
        ReadOnlySpan<ulong> words = _mask.Words;
        int blockRow = firstRow / BlockSize;
        int blockSlice = (slice - FirstSlice) / BlockSize;
        for (int row = firstRow; row < endRow; row += BlockSize, blockRow++)
        {
            int count = 0;
            if (SetOwnRows(words, row, slice))
            {
                SetRowsAbove(words, row - 1, slice);
                SetRowsBehind(words, row, slice, isAny: slice > FirstSlice);
                count = _ranks.SetRow(RanksOf(blockRow, blockSlice), _union, _runs.Reserve());
            }

            _runs.Add(count);
            if (count != 0)
            {
                LabelBlock<THuSums>(blockRow, blockSlice, row, slice, voxels);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LabelBlock<THuSums>(int blockRow, int blockSlice, int row, int slice, ReadOnlySpan<short> voxels)
        where THuSums : struct, IHuSums<THuSums>
    {
        ReadOnlySpan<ColumnRun> runs = _runs.Of((blockSlice * _blocksPerSlice) + blockRow, out Span<int> labels);
        Neighbour above = NeighbourAt(blockRow - 1, blockSlice, labelOffset: 0);
        Neighbour behind = NeighbourAt(blockRow, blockSlice - 1, labelOffset: 0);
        Neighbour behindAbove = NeighbourAt(blockRow - 1, blockSlice - 1, labelOffset: 0);
        Neighbour behindBelow = NeighbourAt(blockRow + 1, blockSlice - 1, labelOffset: 0);
        int start = ((slice * _mask.RowCount) + row) * _mask.ColumnCount;

        // Where the block has no second row or slice, the vectors read the first once more.
        var strides = new BlockStrides(
            BlockSize == 2 && row + 1 < _mask.RowCount ? _mask.ColumnCount : 0,
            BlockSize == 2 && slice + 1 < _mask.SliceCount ? _mask.ColumnCount * _mask.RowCount : 0);
        for (int i = 0; i < runs.Length; i++)
        {
            ColumnRun run = runs[i];
            var piece = new BlockPiece(run);
            THuSums hu = THuSums.Start();
            int label = NoLabel;
            for (int column = run.Start; column < run.End; column += BlockRows.Step)
            {
                int count = Math.Min(BlockRows.Step, run.End - column);
                BlockRows.OwnWindow own = _rows.Own(column, count);
                BlockRows.Contacts contacts = _rows.ContactsOf(in own, column);
                if (contacts.AreNone)
                {
                    if (count == 1 && run.End == run.Start + 1 && BitOperations.IsPow2(own.Pack(1)))
                    {
                        // All there is to say of a voxel that is alone so far is where it is; its value is read when asked for.
                        piece.Add(own.Pack(1), column);
                        break;
                    }
                }
                else
                {
                    label = behind.Join(contacts.Behind, column - 1, label, _parents);
                    label = above.Join(contacts.Above, column - 1, label, _parents);
                    label = behindAbove.Join(contacts.BehindAbove, column - 1, label, _parents);
                    label = behindBelow.Join(contacts.BehindBelow, column - 1, label, _parents);
                }

                for (int part = 0; part < count; part += BlockPiece.PackedColumns)
                {
                    ulong packed = own.Pack(part + 1);
                    piece.Add(packed, column + part);
                    hu.Add(voxels, start + column + part, strides, packed);
                }
            }

            labels[i] = Account(label, in piece, hu.Finish(), row, slice, FirstVoxel(piece.FirstLaneAndColumn, start, strides), voxels);
        }
    }

    private static int FirstVoxel(int laneAndColumn, int start, BlockStrides strides)
    {
        int lane = laneAndColumn >> 16;
        return start + ((lane & 1) * strides.NextRow) + ((lane >> 1) * strides.NextSlice) + (laneAndColumn & ushort.MaxValue);
    }

    // Adds a piece to the statistics of its label, which is a new one where it has none.
    private int Account(int label, ref readonly BlockPiece piece, HuTotal hu, int row, int slice, int firstVoxel, ReadOnlySpan<short> voxels)
    {
        int slot;
        if (label == NoLabel)
        {
            if (piece.VoxelCount == 1)
            {
                return AddLabel(firstVoxel);
            }

            slot = _slots.Take(ComponentStatistics.Empty, int.MaxValue);
            label = AddLabel(~slot);
        }
        else
        {
            ref int origin = ref _origins[label];
            if (origin >= 0)
            {
                origin = ~_slots.Take(OfVoxel(origin, _mask, voxels), origin);
            }

            slot = ~origin;
        }

        _store[slot].Add(in piece, row, slice, hu);
        ref int first = ref _store.FirstVoxel(slot);
        first = Math.Min(first, firstVoxel);
        return label;
    }

    private int AddLabel(int origin)
    {
        int label = LabelCount++;
        if (label == Math.Min(_parents.Length, _origins.Length))
        {
            Grow(ref _parents, label);
            Grow(ref _origins, label);
        }

        _parents[label] = label;
        _origins[label] = origin;
        return label;
    }

    /// <summary>The runs of a neighbouring block. The default value is that of a block without runs.</summary>
    private readonly ref struct Neighbour
    {
        private readonly ReadOnlySpan<ColumnRun> _runs;
        private readonly ReadOnlySpan<int> _labels;
        private readonly RunRanks.Row _ranks;
        private readonly int _labelOffset;

        /// <summary>Takes the runs of a block.</summary>
        /// <param name="runs">Its runs.</param>
        /// <param name="labels">Their labels.</param>
        /// <param name="ranks">Finds the run of a column.</param>
        /// <param name="labelOffset">What to add to a label to find it in the forest.</param>
        public Neighbour(ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<int> labels, RunRanks.Row ranks, int labelOffset)
        {
            _runs = runs;
            _labels = labels;
            _ranks = ranks;
            _labelOffset = labelOffset;
        }

        /// <summary>Joins a component with those of the runs that it touches.</summary>
        /// <param name="contacts">Voxels of this block that touch it.</param>
        /// <param name="column">The column of bit 0.</param>
        /// <param name="label">The root of the component so far, or <see cref="NoLabel"/>.</param>
        /// <param name="parents">The forest.</param>
        /// <returns>The root of the component.</returns>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public int Join(ulong contacts, int column, int label, Span<int> parents) =>
            contacts == 0 ? label : JoinSome(contacts, column, label, parents);

        private int JoinSome(ulong contacts, int column, int label, Span<int> parents)
        {
            do
            {
                int i = _ranks.IndexOf(column + BitOperations.TrailingZeroCount(contacts));
                int other = _labelOffset + _labels[i];
                if (other != label)
                {
                    other = UnionFind.Root(parents, other);
                    if (label == NoLabel)
                    {
                        label = other;
                    }
                    else if (other != label)
                    {
                        int root = Math.Min(label, other);
                        parents[Math.Max(label, other)] = root;
                        label = root;
                    }
                }

                // The next contact of interest is that with another run.
                int passed = _runs[i].End - column;
                contacts = passed < BitRow.WordBits ? contacts >> passed << passed : 0;
            }
            while (contacts != 0);
            return label;
        }
    }
}
