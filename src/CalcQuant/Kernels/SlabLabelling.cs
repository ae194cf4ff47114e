using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
/// </summary>
internal sealed class SlabLabelling
{
    private const int InitialCapacity = 1024;
    private const int NoLabel = -1;

    private readonly Mask _mask;
    private readonly int _blocksPerSlice;
    private readonly int _maxRunsPerBlock;
    private readonly NeighbourReach _reach;
    private readonly ulong[] _noRow;
    private readonly ulong[] _union;
    private readonly int[] _blockStarts;
    private ColumnRun[] _runs = new ColumnRun[InitialCapacity];
    private int[] _labels = new int[InitialCapacity];
    private int[] _parents = new int[InitialCapacity];
    private int[] _firstVoxels = new int[InitialCapacity];
    private ComponentStatistics[] _components = new ComponentStatistics[InitialCapacity];
    private int _blocksSeen;
    private int _runCount;

    /// <summary>Prepares for slices [<paramref name="firstSlice"/>, <paramref name="endSlice"/>).</summary>
    /// <param name="mask">The foreground; each block must be complete when it is added.</param>
    /// <param name="firstSlice">A multiple of the block size.</param>
    /// <param name="endSlice">A multiple of the block size, or the end of the mask.</param>
    /// <param name="connectivity">Which voxels touch.</param>
    public SlabLabelling(Mask mask, int firstSlice, int endSlice, Connectivity connectivity)
    {
        _mask = mask;
        FirstSlice = firstSlice;
        EndSlice = endSlice;
        BlockSize = BlockSizeOf(connectivity);
        _reach = NeighbourReach.Of(connectivity);
        _maxRunsPerBlock = (mask.ColumnCount + 1) / 2;
        _blocksPerSlice = BlockCount(mask.RowCount);
        _blockStarts = new int[(BlockCount(endSlice - firstSlice) * _blocksPerSlice) + 1];
        _noRow = new ulong[mask.WordsPerRow];
        _union = new ulong[mask.WordsPerRow];
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

    /// <summary>The first voxel in raster order that got each label, as an index into the volume.</summary>
    public ReadOnlySpan<int> FirstVoxels => _firstVoxels.AsSpan(0, LabelCount);

    /// <summary>Statistics of the voxels that got each label.</summary>
    public ReadOnlySpan<ComponentStatistics> Components => _components.AsSpan(0, LabelCount);

    /// <summary>Rows and slices that are taken at once.</summary>
    public static int BlockSizeOf(Connectivity connectivity) => connectivity == Connectivity.Full26 ? 2 : 1;

    /// <summary>The root of a label, shortening the path to it.</summary>
    public static int Root(Span<int> parents, int label)
    {
        int parent = parents[label];
        while (parent != label)
        {
            int grandparent = parents[parent];
            parents[label] = grandparent;
            label = grandparent;
            parent = parents[label];
        }

        return label;
    }

    /// <summary>Labels the next block of the slab; every block must come, in raster order.</summary>
    /// <param name="row">First row of the block.</param>
    /// <param name="slice">First slice of the block.</param>
    /// <param name="any">False where the block is known to be empty.</param>
    /// <param name="voxels">All voxels of the volume, HU; empty where there are no values.</param>
    /// <param name="path">Instruction set for the statistics.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddBlock(int row, int slice, bool any, ReadOnlySpan<short> voxels, SimdPath path)
    {
        int block = _blocksSeen++;
        int first = _runCount;
        _blockStarts[block] = first;
        if (any)
        {
            EnsureRunCapacity(first + _maxRunsPerBlock);
            int count = BitRow.FindRuns(Union(row, slice), _runs.AsSpan(first));
            _runCount = first + count;
            _blockStarts[block + 1] = _runCount;
            _labels.AsSpan(first, count).Fill(NoLabel);
            if (slice > FirstSlice)
            {
                JoinBlock(block, row, slice, 0, -1);
                JoinBlock(block, row, slice, -1, -1);
                JoinBlock(block, row, slice, 1, -1);
            }

            JoinBlock(block, row, slice, -1, 0);
            Accumulate(first, row, slice, voxels, path);
        }

        _blockStarts[block + 1] = _runCount;
    }

    /// <summary>Joins the components of the first slices with those of the slab before.</summary>
    /// <param name="before">The slab that ends where this one starts.</param>
    /// <param name="parents">The forest of all slabs.</param>
    /// <param name="offsetBefore">What to add to a label of the slab before to find it in the forest.</param>
    /// <param name="offset">The same for this slab.</param>
    public void JoinWith(SlabLabelling before, Span<int> parents, int offsetBefore, int offset)
    {
        Debug.Assert(before.EndSlice == FirstSlice);
        int lastBlocks = before._blocksSeen - _blocksPerSlice;
        int[] labels = before.LabelsOfSlice(lastBlocks, offsetBefore, out int firstBefore);
        int[] ownLabels = LabelsOfSlice(0, offset, out _);
        for (int block = 0; block < _blocksPerSlice; block++)
        {
            for (int step = -1; step <= 1; step++)
            {
                int reach = _reach.At(step, -1);
                if (reach >= 0 && block + step >= 0 && block + step < _blocksPerSlice)
                {
                    ReadOnlySpan<ColumnRun> runs = RunsOfBlock(block, out int first);
                    ReadOnlySpan<ColumnRun> others = before.RunsOfBlock(lastBlocks + block + step, out int firstOther);
                    Join(
                        runs,
                        ownLabels.AsSpan(first, runs.Length),
                        others,
                        labels.AsSpan(firstOther - firstBefore, others.Length),
                        reach,
                        ContactOf(block * BlockSize, FirstSlice, step, -1),
                        parents);
                }
            }
        }
    }

    /// <summary>The runs of the block that holds a row, and the labels they were given.</summary>
    public ReadOnlySpan<ColumnRun> RunsAt(int row, int slice, out ReadOnlySpan<int> labels)
    {
        ReadOnlySpan<ColumnRun> runs =
            RunsOfBlock(((slice - FirstSlice) / BlockSize * _blocksPerSlice) + (row / BlockSize), out int first);
        labels = _labels.AsSpan(first, runs.Length);
        return runs;
    }

    private static int Link(Span<int> parents, int rootA, int rootB)
    {
        int root = Math.Min(rootA, rootB);
        parents[Math.Max(rootA, rootB)] = root;
        return root;
    }

    /// <summary>
    /// Joins the labels of the runs of two blocks that touch, by one walk along both; a run without a label takes that of the other.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Join(
        ReadOnlySpan<ColumnRun> runs,
        Span<int> labels,
        ReadOnlySpan<ColumnRun> others,
        ReadOnlySpan<int> otherLabels,
        int reach,
        in Contact contact,
        Span<int> parents)
    {
        int run = 0;
        int other = 0;
        while (run < runs.Length && other < others.Length)
        {
            ColumnRun a = runs[run];
            ColumnRun b = others[other];
            if (b.Start < a.End + reach && a.Start < b.End + reach && labels[run] != otherLabels[other])
            {
                int otherRoot = Root(parents, otherLabels[other]);
                if (labels[run] == NoLabel)
                {
                    labels[run] = contact.Meet(a, b) ? otherRoot : NoLabel;
                }
                else
                {
                    int root = Root(parents, labels[run]);
                    labels[run] = root != otherRoot && contact.Meet(a, b) ? Link(parents, root, otherRoot) : root;
                }
            }

            // Runs of a row are at least one column apart, so the one that ends first can touch nothing further on.
            if (a.End < b.End)
            {
                run++;
            }
            else
            {
                other++;
            }
        }
    }

    private int BlockCount(int rowsOrSlices) => (rowsOrSlices + BlockSize - 1) / BlockSize;

    private ReadOnlySpan<ColumnRun> RunsOfBlock(int block, out int first)
    {
        first = _blockStarts[block];
        return _runs.AsSpan(first, _blockStarts[block + 1] - first);
    }

    // A row of the mask, or an empty one beyond its end.
    private ReadOnlySpan<ulong> Row(int row, int slice) => row < _mask.RowCount && slice < _mask.SliceCount ? _mask.Row(row, slice) : _noRow;

    private ReadOnlySpan<ulong> Union(int row, int slice)
    {
        if (BlockSize == 1)
        {
            return _mask.Row(row, slice);
        }

        Span<ulong> union = _union;
        ReadOnlySpan<ulong> a = Row(row, slice);
        ReadOnlySpan<ulong> b = Row(row + 1, slice);
        ReadOnlySpan<ulong> c = Row(row, slice + 1);
        ReadOnlySpan<ulong> d = Row(row + 1, slice + 1);
        for (int w = 0; w < union.Length; w++)
        {
            union[w] = a[w] | b[w] | c[w] | d[w];
        }

        return union;
    }

    private void JoinBlock(int block, int row, int slice, int rowStep, int sliceStep)
    {
        int reach = _reach.At(rowStep, sliceStep);
        int blockRow = (row / BlockSize) + rowStep;
        if (reach < 0 || blockRow < 0 || blockRow >= _blocksPerSlice)
        {
            return;
        }

        ReadOnlySpan<ColumnRun> others = RunsOfBlock(block + (sliceStep * _blocksPerSlice) + rowStep, out int firstOther);
        if (!others.IsEmpty)
        {
            ReadOnlySpan<ColumnRun> runs = RunsOfBlock(block, out int first);
            Join(
                runs,
                _labels.AsSpan(first, runs.Length),
                others,
                _labels.AsSpan(firstOther, others.Length),
                reach,
                ContactOf(row, slice, rowStep, sliceStep),
                _parents);
        }
    }

    // The rows with which a block and its neighbour face each other.
    private Contact ContactOf(int row, int slice, int rowStep, int sliceStep)
    {
        if (BlockSize == 1)
        {
            return default;
        }

        return (rowStep, sliceStep) switch
        {
            (_, 0) => new Contact(Row(row, slice), Row(row, slice + 1), Row(row - 1, slice), Row(row - 1, slice + 1)),
            (0, _) => new Contact(Row(row, slice), Row(row + 1, slice), Row(row, slice - 1), Row(row + 1, slice - 1)),
            ( < 0, _) => new Contact(Row(row, slice), _noRow, Row(row - 1, slice - 1), _noRow),
            _ => new Contact(Row(row + 1, slice), _noRow, Row(row + 2, slice - 1), _noRow),
        };
    }

    // Labels of the runs of the blocks from the given one on over a slice of blocks, as labels of the forest of all slabs.
    private int[] LabelsOfSlice(int firstBlock, int offset, out int firstRun)
    {
        firstRun = _blockStarts[firstBlock];
        int[] labels = _labels[firstRun.._blockStarts[firstBlock + _blocksPerSlice]];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] += offset;
        }

        return labels;
    }

    private void Accumulate(int first, int row, int slice, ReadOnlySpan<short> voxels, SimdPath path)
    {
        // Wider vectors gain nothing here: most pieces of a row fit into 16 lanes.
        if (path >= SimdPath.Avx2 && voxels.Length >= Avx2HuSums.LeastLength)
        {
            Accumulate<Avx2HuSums>(first, row, slice, voxels);
        }
        else
        {
            Accumulate<PlainHuSums>(first, row, slice, voxels);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Accumulate<THuSums>(int first, int row, int slice, ReadOnlySpan<short> voxels)
        where THuSums : struct, IHuSums<THuSums>
    {
        int columnCount = _mask.ColumnCount;
        int rowCount = _mask.RowCount;
        for (int i = first; i < _runCount; i++)
        {
            ColumnRun run = _runs[i];
            THuSums hu = THuSums.Start();
            var piece = new BlockPiece(run);
            for (int step = 0; step < BlockSize * BlockSize; step++)
            {
                int y = row + (step & 1);
                int z = slice + (step >> 1);
                ReadOnlySpan<ulong> bits = Row(y, z);
                int rowStart = ((z * rowCount) + y) * columnCount;
                for (int column = run.Start; column < run.End; column += BitRow.WordBits)
                {
                    ulong window = BitRow.Window(bits, column) & BitRow.Between(0, run.End - column);
                    if (window != 0)
                    {
                        piece.Add(window, column, y, z, rowStart);
                        if (!voxels.IsEmpty)
                        {
                            hu.Add(voxels, rowStart + column, window);
                        }
                    }
                }
            }

            int label = _labels[i];
            if (label == NoLabel)
            {
                label = AddLabel();
                _labels[i] = label;
            }

            _components[label].Add(in piece, hu.Finish());
            _firstVoxels[label] = Math.Min(_firstVoxels[label], piece.FirstVoxel);
        }
    }

    private int AddLabel()
    {
        int label = LabelCount++;
        if (label == _parents.Length)
        {
            Array.Resize(ref _parents, label * 2);
            Array.Resize(ref _firstVoxels, label * 2);
            Array.Resize(ref _components, label * 2);
        }

        _parents[label] = label;
        _firstVoxels[label] = int.MaxValue;
        _components[label] = ComponentStatistics.Empty;
        return label;
    }

    private void EnsureRunCapacity(int count)
    {
        if (count > _runs.Length)
        {
            int capacity = Math.Max(count, _runs.Length * 2);
            Array.Resize(ref _runs, capacity);
            Array.Resize(ref _labels, capacity);
        }
    }

    /// <summary>
    /// How many columns apart two runs of neighbouring blocks may be and still touch: 1 where corners count, 0 where they must overlap,
    /// -1 where the blocks are no neighbours at all.
    /// </summary>
    /// <param name="Straight">For blocks that differ in their row or in their slice.</param>
    /// <param name="Diagonal">For blocks that differ in both.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct NeighbourReach(int Straight, int Diagonal)
    {
        public static NeighbourReach Of(Connectivity connectivity) => connectivity switch
        {
            Connectivity.Faces6 => new(0, -1),
            Connectivity.FacesEdges18 => new(1, 0),
            Connectivity.Full26 => new(1, 1),
            _ => throw new ArgumentOutOfRangeException(nameof(connectivity), connectivity, "Unknown connectivity."),
        };

        public int At(int rowStep, int sliceStep) => rowStep != 0 && sliceStep != 0 ? Diagonal : Straight;
    }

    /// <summary>
    /// The rows with which two blocks of 2 x 2 rows face each other: the runs are those of four rows, so runs in reach may still pass each
    /// other by. The default value stands for single rows, where being in reach is touching.
    /// </summary>
    private readonly ref struct Contact
    {
        private readonly bool _isNeeded;
        private readonly ReadOnlySpan<ulong> _own;
        private readonly ReadOnlySpan<ulong> _own2;
        private readonly ReadOnlySpan<ulong> _other;
        private readonly ReadOnlySpan<ulong> _other2;

        public Contact(ReadOnlySpan<ulong> own, ReadOnlySpan<ulong> own2, ReadOnlySpan<ulong> other, ReadOnlySpan<ulong> other2)
        {
            _isNeeded = true;
            _own = own;
            _own2 = own2;
            _other = other;
            _other2 = other2;
        }

        /// <summary>Whether any voxel of one run touches one of the other.</summary>
        public bool Meet(ColumnRun run, ColumnRun other)
        {
            if (!_isNeeded)
            {
                return true;
            }

            // Of the 64 columns of a window the outer two are for the neighbours of the inner ones.
            const int Step = BitRow.WordBits - 2;
            int end = Math.Min(run.End, other.End + 1);
            for (int column = Math.Max(run.Start, other.Start - 1); column < end; column += Step)
            {
                int start = column - 1;
                ulong own = (BitRow.Window(_own, start) | BitRow.Window(_own2, start)) & BitRow.Between(1, Math.Min(Step, end - column) + 1);
                ulong others = (BitRow.Window(_other, start) | BitRow.Window(_other2, start)) & BitRow.Between(other.Start - start, other.End - start);
                if (((own | (own << 1) | (own >> 1)) & others) != 0)
                {
                    return true;
                }
            }

            return false;
        }
    }
}

/// <summary>The voxels of one run of a block: what a component gains from them.</summary>
/// <param name="columns">Their columns.</param>
internal struct BlockPiece(ColumnRun columns)
{
    /// <summary>First and last column, exact.</summary>
    public ColumnRun Columns { get; } = columns;

    /// <summary>Voxels.</summary>
    public int VoxelCount { get; private set; }

    /// <summary>Sum of their columns.</summary>
    public long SumColumn { get; private set; }

    /// <summary>Sum of their rows.</summary>
    public long SumRow { get; private set; }

    /// <summary>Sum of their slices.</summary>
    public long SumSlice { get; private set; }

    /// <summary>First row.</summary>
    public int MinRow { get; private set; } = int.MaxValue;

    /// <summary>Last row.</summary>
    public int MaxRow { get; private set; }

    /// <summary>First slice.</summary>
    public int MinSlice { get; private set; } = int.MaxValue;

    /// <summary>Last slice.</summary>
    public int MaxSlice { get; private set; }

    /// <summary>First voxel in raster order, an index into the volume.</summary>
    public int FirstVoxel { get; private set; } = int.MaxValue;

    /// <summary>Adds up to 64 voxels of a row.</summary>
    /// <param name="bits">Which of them; at least one.</param>
    /// <param name="column">The column of bit 0.</param>
    /// <param name="row">Their row.</param>
    /// <param name="slice">Their slice.</param>
    /// <param name="rowStart">Index of the first voxel of the row in the volume.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong bits, int column, int row, int slice, int rowStart)
    {
        int count = BitOperations.PopCount(bits);
        VoxelCount += count;
        SumColumn += ((long)column * count) + BitRow.SumOfPositions(bits);
        SumRow += (long)row * count;
        SumSlice += (long)slice * count;
        MinRow = Math.Min(MinRow, row);
        MaxRow = Math.Max(MaxRow, row);
        MinSlice = Math.Min(MinSlice, slice);
        MaxSlice = Math.Max(MaxSlice, slice);
        FirstVoxel = Math.Min(FirstVoxel, rowStart + column + BitOperations.TrailingZeroCount(bits));
    }
}
