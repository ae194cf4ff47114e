using System.Buffers;
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
/// <para>
/// A component of a single voxel is only remembered by that voxel; the others have a slot in a store of statistics.
/// </para>
/// </summary>
internal sealed class SlabLabelling : IDisposable
{
    private const int InitialCapacity = 1024;
    private const int NoLabel = -1;

    private readonly Mask _mask;
    private readonly int _blocksPerSlice;
    private readonly int _maxRunsPerBlock;
    private readonly NeighbourReach _reach;
    private readonly ulong[] _noRow;
    private readonly ulong[] _union;
    private readonly ulong[] _contacts;
    private readonly ColumnRun[] _contactRuns;
    private readonly int[] _blockStarts;
    private readonly StatisticsStore _store;
    private readonly StatisticsStore.Slots _slots;
    private ColumnRun[] _runs = ArrayPool<ColumnRun>.Shared.Rent(InitialCapacity);
    private int[] _labels = ArrayPool<int>.Shared.Rent(InitialCapacity);
    private int[] _parents = ArrayPool<int>.Shared.Rent(InitialCapacity);
    private int[] _origins = ArrayPool<int>.Shared.Rent(InitialCapacity);
    private int _blocksSeen;
    private int _runCount;

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
        _reach = NeighbourReach.Of(connectivity);
        _maxRunsPerBlock = (mask.ColumnCount + 1) / 2;
        _blocksPerSlice = BlockCount(mask.RowCount);
        _blockStarts = new int[(BlockCount(endSlice - firstSlice) * _blocksPerSlice) + 1];
        _noRow = new ulong[mask.WordsPerRow];
        _union = new ulong[mask.WordsPerRow];
        _contacts = new ulong[mask.WordsPerRow];
        _contactRuns = new ColumnRun[_maxRunsPerBlock + 1];
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
                    if (!runs.IsEmpty && !others.IsEmpty)
                    {
                        Join(
                            runs,
                            ownLabels.AsSpan(first, runs.Length),
                            others,
                            labels.AsSpan(firstOther - firstBefore, others.Length),
                            ContactOf(block * BlockSize, FirstSlice, step, -1, reach),
                            parents);
                    }
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
    /// Joins the labels of the runs of two blocks that touch; a run without a label takes that of the other. Only the columns where the blocks touch
    /// are looked at: in noise there are many runs and few contacts.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Join(
        ReadOnlySpan<ColumnRun> runs,
        Span<int> labels,
        ReadOnlySpan<ColumnRun> others,
        ReadOnlySpan<int> otherLabels,
        in Contact contact,
        Span<int> parents)
    {
        if (!contact.Mark(_contacts))
        {
            return;
        }

        int contactCount = BitRow.FindRuns(_contacts, _contactRuns);
        int run = 0;
        int other = 0;
        foreach (ColumnRun touched in _contactRuns.AsSpan(0, contactCount))
        {
            // Neighbouring voxels of the other block are of one run; of this block's runs several may lie within reach of them.
            other = FirstEndingAfter(others, other, touched.Start);
            int otherLabel = otherLabels[other];
            int from = touched.Start - contact.Reach;
            int end = touched.End + contact.Reach;
            run = FirstEndingAfter(runs, run, from);
            bool isOnlyOne = run + 1 == runs.Length || runs[run + 1].Start >= end;
            for (int candidate = run; candidate < runs.Length && runs[candidate].Start < end; candidate++)
            {
                if (labels[candidate] != otherLabel && (isOnlyOne || contact.Meet(runs[candidate], touched)))
                {
                    int otherRoot = Root(parents, otherLabel);
                    if (labels[candidate] == NoLabel)
                    {
                        labels[candidate] = otherRoot;
                    }
                    else
                    {
                        int root = Root(parents, labels[candidate]);
                        labels[candidate] = root != otherRoot ? Link(parents, root, otherRoot) : root;
                    }
                }
            }
        }
    }

    /// <summary>The first run from an index on that ends after a column, by steps that double and then halve.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FirstEndingAfter(ReadOnlySpan<ColumnRun> runs, int from, int column)
    {
        int step = 1;
        while (from + step - 1 < runs.Length && runs[from + step - 1].End <= column)
        {
            from += step;
            step *= 2;
        }

        for (; step > 0; step /= 2)
        {
            if (from + step - 1 < runs.Length && runs[from + step - 1].End <= column)
            {
                from += step;
            }
        }

        return from;
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
                ContactOf(row, slice, rowStep, sliceStep, reach),
                _parents);
        }
    }

    // The rows with which a block and its neighbour face each other.
    private Contact ContactOf(int row, int slice, int rowStep, int sliceStep, int reach)
    {
        if (BlockSize == 1)
        {
            return new Contact(Row(row, slice), _noRow, Row(row + rowStep, slice + sliceStep), _noRow, reach);
        }

        return (rowStep, sliceStep) switch
        {
            (_, 0) => new Contact(Row(row, slice), Row(row, slice + 1), Row(row - 1, slice), Row(row - 1, slice + 1), reach),
            (0, _) => new Contact(Row(row, slice), Row(row + 1, slice), Row(row, slice - 1), Row(row + 1, slice - 1), reach),
            ( < 0, _) => new Contact(Row(row, slice), _noRow, Row(row - 1, slice - 1), _noRow, reach),
            _ => new Contact(Row(row + 1, slice), _noRow, Row(row + 2, slice - 1), _noRow, reach),
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
        int rowLength = _mask.ColumnCount;
        int sliceLength = rowLength * _mask.RowCount;
        int start = (slice * sliceLength) + (row * rowLength);
        bool isSquare = BlockSize == 2;
        ReadOnlySpan<ulong> a = Row(row, slice);
        ReadOnlySpan<ulong> b = isSquare ? Row(row + 1, slice) : [];
        ReadOnlySpan<ulong> c = isSquare ? Row(row, slice + 1) : [];
        ReadOnlySpan<ulong> d = isSquare ? Row(row + 1, slice + 1) : [];
        for (int i = first; i < _runCount; i++)
        {
            ColumnRun run = _runs[i];
            int label = _labels[i];
            if (label == NoLabel && run.End - run.Start == 1 && TryFindOnlyVoxel(run.Start, start, a, b, c, d, out int voxel))
            {
                _labels[i] = AddLabel(voxel);
                continue;
            }

            THuSums hu = THuSums.Start();
            var piece = new BlockPiece(run);
            AddRow(a, run, row, slice, start, voxels, ref piece, ref hu);
            if (isSquare)
            {
                AddRow(b, run, row + 1, slice, start + rowLength, voxels, ref piece, ref hu);
                AddRow(c, run, row, slice + 1, start + sliceLength, voxels, ref piece, ref hu);
                AddRow(d, run, row + 1, slice + 1, start + sliceLength + rowLength, voxels, ref piece, ref hu);
            }

            int slot;
            if (label == NoLabel)
            {
                slot = _slots.Take();
                _labels[i] = AddLabel(~slot);
            }
            else if (_origins[label] >= 0)
            {
                slot = _slots.Take();
                _store[slot] = OfVoxel(_origins[label], _mask, voxels);
                _store.FirstVoxel(slot) = _origins[label];
                _origins[label] = ~slot;
            }
            else
            {
                slot = ~_origins[label];
            }

            _store[slot].Add(in piece, hu.Finish());
            ref int firstVoxel = ref _store.FirstVoxel(slot);
            firstVoxel = Math.Min(firstVoxel, piece.FirstVoxel);
        }
    }

    /// <summary>The statistics of a single voxel.</summary>
    /// <param name="voxel">Its index in the volume.</param>
    /// <param name="mask">Gives its column, row and slice.</param>
    /// <param name="voxels">All voxels of the volume, HU; empty where there are no values.</param>
    public static ComponentStatistics OfVoxel(int voxel, Mask mask, ReadOnlySpan<short> voxels)
    {
        int line = voxel / mask.ColumnCount;
        int column = voxel - (line * mask.ColumnCount);
        var piece = new BlockPiece(new ColumnRun((ushort)column, (ushort)(column + 1)));
        piece.Add(1, column, line % mask.RowCount, line / mask.RowCount, line * mask.ColumnCount);
        var statistics = ComponentStatistics.Empty;
        short hu = voxels.IsEmpty ? short.MinValue : voxels[voxel];
        statistics.Add(in piece, voxels.IsEmpty ? new HuTotal(0, 0, hu) : new HuTotal(hu, hu * hu, hu));
        return statistics;
    }

    // Where a run of one column has one voxel in the rows of its block; all rows but the first are empty where a block is one row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryFindOnlyVoxel(
        int column, int start, ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, ReadOnlySpan<ulong> c, ReadOnlySpan<ulong> d, out int voxel)
    {
        int word = column >> 6;
        int inA = (int)(a[word] >> column) & 1;
        voxel = start + column;
        if (b.IsEmpty)
        {
            return true;
        }

        int inB = (int)(b[word] >> column) & 1;
        int inC = (int)(c[word] >> column) & 1;
        int inD = (int)(d[word] >> column) & 1;
        int rowLength = _mask.ColumnCount;
        voxel += ((inB | inD) * rowLength) + ((inC | inD) * rowLength * _mask.RowCount);
        return inA + inB + inC + inD == 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<THuSums>(
        ReadOnlySpan<ulong> bits, ColumnRun run, int row, int slice, int rowStart, ReadOnlySpan<short> voxels, ref BlockPiece piece, ref THuSums hu)
        where THuSums : struct, IHuSums<THuSums>
    {
        for (int column = run.Start; column < run.End; column += BitRow.WordBits)
        {
            ulong window = BitRow.Window(bits, column) & BitRow.Between(0, run.End - column);
            if (window != 0)
            {
                piece.Add(window, column, row, slice, rowStart);
                if (!voxels.IsEmpty)
                {
                    hu.Add(voxels, rowStart + column, window);
                }
            }
        }
    }

    /// <summary>Gives back what <see cref="Parents"/> and <see cref="Origins"/> lie in, once they were read.</summary>
    public void ReleaseLabels()
    {
        Return(ref _parents);
        Return(ref _origins);
    }

    /// <summary>Gives all memory back; nothing may be read any more.</summary>
    public void Dispose()
    {
        ReleaseLabels();
        Return(ref _labels);
        Return(ref _runs);
    }

    private static void Return<T>(ref T[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<T>.Shared.Return(array);
            array = [];
        }
    }

    private static void Grow<T>(ref T[] array, int usedLength, int leastLength)
    {
        T[] larger = ArrayPool<T>.Shared.Rent(Math.Max(leastLength, 2 * usedLength));
        array.AsSpan(0, usedLength).CopyTo(larger);
        Return(ref array);
        array = larger;
    }

    private int AddLabel(int origin)
    {
        int label = LabelCount++;
        if (label >= _parents.Length)
        {
            Grow(ref _parents, label, label + 1);
        }

        if (label >= _origins.Length)
        {
            Grow(ref _origins, label, label + 1);
        }

        _parents[label] = label;
        _origins[label] = origin;
        return label;
    }

    private void EnsureRunCapacity(int count)
    {
        if (count > _runs.Length)
        {
            Grow(ref _runs, _runCount, count);
        }

        if (count > _labels.Length)
        {
            Grow(ref _labels, _runCount, count);
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
    /// The rows with which two blocks face each other: up to two of each, of which those of the other block count where they touch.
    /// </summary>
    private readonly ref struct Contact(
        ReadOnlySpan<ulong> own, ReadOnlySpan<ulong> own2, ReadOnlySpan<ulong> other, ReadOnlySpan<ulong> other2, int reach)
    {
        private readonly ReadOnlySpan<ulong> _own = own;
        private readonly ReadOnlySpan<ulong> _own2 = own2;
        private readonly ReadOnlySpan<ulong> _other = other;
        private readonly ReadOnlySpan<ulong> _other2 = other2;

        /// <summary>Columns that touching voxels may be apart: 0 or 1.</summary>
        public int Reach { get; } = reach;

        /// <summary>Marks the columns in which a voxel of the other block touches one of this block.</summary>
        /// <returns>False where there is none.</returns>
        public bool Mark(Span<ulong> contacts)
        {
            ulong any = 0;
            ulong before = 0;
            ulong here = _own[0] | _own2[0];
            for (int w = 0; w < contacts.Length; w++)
            {
                ulong after = w + 1 < contacts.Length ? _own[w + 1] | _own2[w + 1] : 0;
                ulong reached = Reach == 0
                    ? here
                    : here | (here << 1) | (here >> 1) | (before >> (BitRow.WordBits - 1)) | (after << (BitRow.WordBits - 1));
                ulong contact = reached & (_other[w] | _other2[w]);
                contacts[w] = contact;
                any |= contact;
                (before, here) = (here, after);
            }

            return any != 0;
        }

        /// <summary>Whether a voxel of a run of this block touches one of some columns of the other block, all of which are in contact with some run.</summary>
        public bool Meet(ColumnRun run, ColumnRun touched)
        {
            int end = Math.Min(run.End, touched.End + Reach);
            for (int column = Math.Max(run.Start, touched.Start - Reach); column < end; column += BitRow.WordBits)
            {
                if (((BitRow.Window(_own, column) | BitRow.Window(_own2, column)) & BitRow.Between(0, end - column)) != 0)
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
