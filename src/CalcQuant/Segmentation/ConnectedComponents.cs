using System.Buffers;
using System.Runtime.CompilerServices;
using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// Connected components of a binary volume with their statistics, kept as bits and labelled runs: a dense label volume would cost more
/// time to write than everything else. Labels count from 0 in raster order (slice, row, column) of the first voxel; this and every figure
/// is the same whatever the number of threads and the width of the vectors. <see cref="Dispose"/> keeps the memory of runs and statistics, not of the
/// mask, for the next labelling; what is not disposed of is collected like any object.
/// </summary>
public sealed class ConnectedComponents : IDisposable
{
    /// <summary>Columns, rows and slices that a run can name; Rows and Columns are 16-bit in DICOM (PS3.3 C.7.6.3.1).</summary>
    public const int MaxExtent = ushort.MaxValue;

    // A slab must be long enough that joining its first slice is a small part of its work.
    private const int LeastSlabSlices = 4;

    // More slabs than threads, since anatomy spreads the foreground unevenly.
    private const int SlabsPerThread = 8;

    // Below so many components sorting costs less than counting the rows of a volume.
    private const int FewComponents = 4096;

    // Rows of a slice that are marked before those of the next slice. The machine reads ahead in a few places at once, but not far: the shorter the
    // turns, the better it keeps up in both slices.
    private const int MarkedRows = 2;

    private readonly SlabLabelling[] _slabs;
    private readonly int[] _finalLabels;
    private readonly int[] _origins;
    private readonly StatisticsStore _store;
    private readonly CtVolume? _values;
    private readonly Lazy<RunTable> _runs;

    private ConnectedComponents(Mask mask, CtVolume? values, SlabLabelling[] slabs, int[] finalLabels, int[] origins, StatisticsStore store)
    {
        Mask = mask;
        _values = values;
        _slabs = slabs;
        _finalLabels = finalLabels;
        _origins = origins;
        _store = store;
        _runs = new Lazy<RunTable>(SortRuns);
    }

    /// <summary>The foreground that was labelled.</summary>
    public Mask Mask { get; }

    /// <summary>Number of components.</summary>
    public int Count => _origins.Length;

    /// <summary>Statistics of each component, indexed by label. Those of a single voxel are read from the volume when asked for.</summary>
    public StatisticsTable Statistics => new(this);

    /// <summary>Thresholds a volume and labels what reaches the threshold, in one pass over the voxels.</summary>
    /// <param name="volume">HU.</param>
    /// <param name="thresholdHu">Least HU of the foreground.</param>
    /// <param name="connectivity">Which voxels touch.</param>
    /// <param name="maxThreadCount">Threads to use; 0 for one per processor.</param>
    /// <param name="cancellationToken">Checked once per slice.</param>
    /// <exception cref="ArgumentException">The threshold is NaN, or the volume is longer than <see cref="MaxExtent"/> in a direction.</exception>
    public static ConnectedComponents Label(
        CtVolume volume,
        float thresholdHu,
        Connectivity connectivity = Connectivity.Full26,
        int maxThreadCount = 0,
        CancellationToken cancellationToken = default) =>
        Label(volume, thresholdHu, connectivity, maxThreadCount, SimdPaths.Best, cancellationToken);

    /// <summary>Labels the voxels of a mask.</summary>
    /// <param name="mask">The foreground. Not copied: <see cref="Mask"/> is the same object.</param>
    /// <param name="connectivity">Which voxels touch.</param>
    /// <param name="values">A volume of the size of the mask, for the HU statistics; without it they are 0.</param>
    /// <param name="maxThreadCount">Threads to use; 0 for one per processor.</param>
    /// <param name="cancellationToken">Checked once per slice.</param>
    /// <exception cref="ArgumentException">Sizes differ, or the mask is longer than <see cref="MaxExtent"/> in a direction.</exception>
    public static ConnectedComponents Label(
        Mask mask,
        Connectivity connectivity = Connectivity.Full26,
        CtVolume? values = null,
        int maxThreadCount = 0,
        CancellationToken cancellationToken = default) =>
        Label(mask, connectivity, values, maxThreadCount, SimdPaths.Best, cancellationToken);

    /// <summary>The runs of one component, ordered by slice, row, column. The first call sorts the runs of all components.</summary>
    /// <param name="label">0 to <see cref="Count"/> - 1.</param>
    public ReadOnlySpan<VoxelRun> RunsOf(int label)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(label, Count);
        RunTable table = _runs.Value;
        return table.Runs.AsSpan(table.Starts[label], table.Starts[label + 1] - table.Starts[label]);
    }

    /// <summary>The mask of one component.</summary>
    /// <param name="label">0 to <see cref="Count"/> - 1.</param>
    public Mask MaskOf(int label) => Mask.FromRuns(Mask.ColumnCount, Mask.RowCount, Mask.SliceCount, RunsOf(label));

    /// <summary>Keeps the memory of runs and statistics for the next labelling; nothing but <see cref="Mask"/> may be read any more.</summary>
    public void Dispose()
    {
        foreach (SlabLabelling slab in _slabs)
        {
            slab.Dispose();
        }

        _store.Dispose();
    }

    internal static ConnectedComponents Label(
        CtVolume volume, float thresholdHu, Connectivity connectivity, int maxThreadCount, SimdPath path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(volume);
        if (float.IsNaN(thresholdHu))
        {
            throw new ArgumentException("The threshold is not a number.", nameof(thresholdHu));
        }

        VolumeGeometry geometry = volume.Geometry;
        var mask = Mask.Uncleared(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        return Label(mask, volume, thresholdHu, connectivity, maxThreadCount, path, cancellationToken);
    }

    internal static ConnectedComponents Label(
        Mask mask, Connectivity connectivity, CtVolume? values, int maxThreadCount, SimdPath path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (values is not null &&
            (values.Geometry.ColumnCount != mask.ColumnCount || values.Geometry.RowCount != mask.RowCount || values.Geometry.SliceCount != mask.SliceCount))
        {
            throw new ArgumentException("The volume and the mask differ in size.", nameof(values));
        }

        return Label(mask, values, thresholdHu: null, connectivity, maxThreadCount, path, cancellationToken);
    }

    // With a threshold the mask is written on the way, else it is given.
    private static ConnectedComponents Label(
        Mask mask,
        CtVolume? values,
        float? thresholdHu,
        Connectivity connectivity,
        int maxThreadCount,
        SimdPath path,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxThreadCount);
        if (Math.Max(mask.ColumnCount, Math.Max(mask.RowCount, mask.SliceCount)) > MaxExtent ||
            (long)mask.ColumnCount * mask.RowCount * mask.SliceCount > int.MaxValue)
        {
            throw new ArgumentException(
                $"A volume of {mask.ColumnCount} x {mask.RowCount} x {mask.SliceCount} voxels is too large to be labelled.", nameof(mask));
        }

        int threadCount = maxThreadCount == 0 ? Environment.ProcessorCount : maxThreadCount;
        var store = new StatisticsStore();
        SlabLabelling[] slabs = Divide(mask, connectivity, threadCount, store);
        var options = new ParallelOptions { MaxDegreeOfParallelism = threadCount, CancellationToken = cancellationToken };
        if (slabs.Length == 1)
        {
            LabelSlab(slabs[0]);
        }
        else
        {
            Parallel.ForEach(slabs, options, LabelSlab);
        }

        return Merge(mask, values, slabs, store, options);

        void LabelSlab(SlabLabelling slab)
        {
            var marking = new RowMarking(values, thresholdHu, path);
            for (int slice = slab.FirstSlice; slice < slab.EndSlice; slice += slab.BlockSize)
            {
                cancellationToken.ThrowIfCancellationRequested();
                LabelSlices(slab, slice, mask, values, marking, path);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LabelSlices(SlabLabelling slab, int slice, Mask mask, CtVolume? values, RowMarking marking, SimdPath path)
    {
        ReadOnlySpan<short> voxels = Int16VoxelsOf(values);
        int endSlice = Math.Min(slice + slab.BlockSize, mask.SliceCount);
        for (int first = 0; first < mask.RowCount; first += MarkedRows)
        {
            int end = Math.Min(first + MarkedRows, mask.RowCount);
            for (int z = slice; z < endSlice; z++)
            {
                marking.Mark(mask, first, end, z);
            }

            // The next rows come while these are labelled.
            marking.Request(mask, end, Math.Min(end + MarkedRows, mask.RowCount), slice, endSlice);
            slab.AddRows(first, end, slice, voxels, path);
        }
    }

    private static ReadOnlySpan<short> Int16VoxelsOf(CtVolume? values) => values is { IsInt16: true } ? values.Int16Voxels : [];

    private static SlabLabelling[] Divide(Mask mask, Connectivity connectivity, int threadCount, StatisticsStore store)
    {
        int blockSize = SlabLabelling.BlockSizeOf(connectivity);
        int blockCount = (mask.SliceCount + blockSize - 1) / blockSize;
        int count = threadCount == 1
            ? 1
            : Math.Clamp(mask.SliceCount / LeastSlabSlices, Math.Min(threadCount, blockCount), threadCount * SlabsPerThread);
        var slabs = new SlabLabelling[count];
        for (int i = 0; i < count; i++)
        {
            int first = (int)((long)blockCount * i / count) * blockSize;
            int end = Math.Min((int)((long)blockCount * (i + 1) / count) * blockSize, mask.SliceCount);
            slabs[i] = new SlabLabelling(mask, first, end, connectivity, store);
        }

        return slabs;
    }

    /// <summary>
    /// Joins the components of neighbouring slabs and gives the final labels. The least label of a component is in the first slab that it reaches, and so
    /// is its first voxel: the final labels of a slab follow those of the slab before, and all but the joining is done slab by slab, side by side.
    /// </summary>
    private static ConnectedComponents Merge(Mask mask, CtVolume? values, SlabLabelling[] slabs, StatisticsStore store, ParallelOptions options)
    {
        int[] offsets = new int[slabs.Length + 1];
        for (int i = 0; i < slabs.Length; i++)
        {
            offsets[i + 1] = offsets[i] + slabs[i].LabelCount;
        }

        int[] roots = new int[offsets[^1]];
        int[] origins = ArrayPool<int>.Shared.Rent(roots.Length);
        ForSlabs(i =>
        {
            ReadOnlySpan<int> own = slabs[i].Parents;
            Span<int> target = roots.AsSpan(offsets[i], own.Length);
            for (int label = 0; label < own.Length; label++)
            {
                target[label] = offsets[i] + own[label];
            }

            slabs[i].Origins.CopyTo(origins.AsSpan(offsets[i]));
        });
        for (int i = 1; i < slabs.Length; i++)
        {
            slabs[i].JoinWith(slabs[i - 1], roots, offsets[i - 1], offsets[i]);
        }

        foreach (SlabLabelling slab in slabs)
        {
            slab.ReleaseLabels();
        }

        int[] firsts = new int[slabs.Length + 1];
        int[][] joined = new int[slabs.Length][];
        ForSlabs(i => (firsts[i + 1], joined[i]) = Gather(roots, offsets[i], offsets[i + 1], origins, mask, values, store));

        // What a slab has gathered under a label of an earlier one goes there, from the first slab on.
        var slots = new StatisticsStore.Slots(store);
        foreach (int label in joined.SelectMany(labels => labels))
        {
            int root = UnionFind.Root(roots, label);
            roots[label] = root;
            AddTo(ref origins[root], origins[label], mask, Int16VoxelsOf(values), store, slots);
        }

        for (int i = 0; i < slabs.Length; i++)
        {
            firsts[i + 1] += firsts[i];
        }

        // In place: the roots in order become their origins, and the origins of roots their final labels.
        int[] finalOrigins = new int[firsts[^1]];
        ForSlabs(i =>
        {
            Span<int> ordered = finalOrigins.AsSpan(firsts[i], firsts[i + 1] - firsts[i]);
            OrderByFirstVoxel(roots, offsets[i], offsets[i + 1], ordered, origins, slabs[i], mask, store);
            for (int label = 0; label < ordered.Length; label++)
            {
                ref int origin = ref origins[ordered[label]];
                (ordered[label], origin) = (origin, firsts[i] + label);
            }
        });

        // A label leads to the root of its component at once, or by way of the one that its slab had gathered under.
        ForSlabs(i =>
        {
            for (int label = offsets[i]; label < offsets[i + 1]; label++)
            {
                roots[label] = roots[roots[label]];
            }
        });
        ForSlabs(i =>
        {
            foreach (ref int root in roots.AsSpan(offsets[i]..offsets[i + 1]))
            {
                root = origins[root];
            }
        });
        ArrayPool<int>.Shared.Return(origins);
        var result = new ConnectedComponents(mask, values, slabs, roots, finalOrigins, store);
        result.FinishHu();
        return result;

        void ForSlabs(Action<int> work)
        {
            if (slabs.Length == 1 || roots.Length <= FewComponents)
            {
                for (int i = 0; i < slabs.Length; i++)
                {
                    work(i);
                }
            }
            else
            {
                Parallel.For(0, slabs.Length, options, work);
            }
        }
    }

    /// <summary>Gathers the labels of a slab under those that stand for their sets in it.</summary>
    /// <param name="roots">The forest; the labels of the slab then lead to a root of it, or to the label that a slab before has joined.</param>
    /// <param name="first">First label of the slab.</param>
    /// <param name="end">Label after the last.</param>
    /// <param name="origins">What each label has gathered.</param>
    /// <param name="mask">The foreground.</param>
    /// <param name="values">HU.</param>
    /// <param name="store">The statistics.</param>
    /// <returns>How many components begin in the slab, and its labels that an earlier slab has joined.</returns>
    private static (int RootCount, int[] Joined) Gather(int[] roots, int first, int end, int[] origins, Mask mask, CtVolume? values, StatisticsStore store)
    {
        int rootCount = 0;
        var joined = new List<int>();
        var slots = new StatisticsStore.Slots(store);
        ReadOnlySpan<short> voxels = Int16VoxelsOf(values);
        for (int label = first; label < end; label++)
        {
            int parent = roots[label];
            if (parent < first)
            {
                joined.Add(label);
            }
            else if (parent == label)
            {
                rootCount++;
            }
            else
            {
                // A parent is never greater than its label, so one pass upwards finds the root of each parent.
                int root = roots[parent] < first ? parent : roots[parent];
                roots[label] = root;
                AddTo(ref origins[root], origins[label], mask, voxels, store, slots);
            }
        }

        return (rootCount, [.. joined]);
    }

    /// <summary>Adds what a label has gathered to the root of its component, which from then on has a slot.</summary>
    private static void AddTo(
        ref int rootOrigin, int origin, Mask mask, ReadOnlySpan<short> voxels, StatisticsStore store, StatisticsStore.Slots slots)
    {
        if (rootOrigin >= 0 && origin < 0)
        {
            (rootOrigin, origin) = (origin, rootOrigin);
        }
        else if (rootOrigin >= 0)
        {
            rootOrigin = ~slots.Take(SlabLabelling.OfVoxel(rootOrigin, mask, voxels), rootOrigin);
        }

        ref ComponentStatistics statistics = ref store[~rootOrigin];
        ref int firstVoxel = ref store.FirstVoxel(~rootOrigin);
        if (origin >= 0)
        {
            ComponentStatistics single = SlabLabelling.OfVoxel(origin, mask, voxels);
            statistics.Add(in single);
            firstVoxel = Math.Min(firstVoxel, origin);
        }
        else
        {
            statistics.Add(in store[~origin]);
            firstVoxel = Math.Min(firstVoxel, store.FirstVoxel(~origin));
        }
    }

    // Blocks are seen in an order of their own; final labels follow the first voxel of each component in raster order.
    private static void OrderByFirstVoxel(
        int[] roots, int firstLabel, int endLabel, Span<int> ordered, int[] origins, SlabLabelling slab, Mask mask, StatisticsStore store)
    {
        if (ordered.Length <= FewComponents)
        {
            int next = 0;
            Span<int> firstVoxels = new int[ordered.Length];
            for (int label = firstLabel; label < endLabel; label++)
            {
                if (roots[label] == label)
                {
                    firstVoxels[next] = FirstVoxel(label);
                    ordered[next++] = label;
                }
            }

            firstVoxels.Sort(ordered);
            return;
        }

        // Counted by row, then each row, which holds few, by insertion.
        int firstRow = slab.FirstSlice * mask.RowCount;
        int[] rowEnds = ArrayPool<int>.Shared.Rent(((slab.EndSlice - slab.FirstSlice) * mask.RowCount) + 1);
        Span<int> ends = rowEnds.AsSpan(0, ((slab.EndSlice - slab.FirstSlice) * mask.RowCount) + 1);
        ends.Clear();
        for (int label = firstLabel; label < endLabel; label++)
        {
            if (roots[label] == label)
            {
                ends[(FirstVoxel(label) / mask.ColumnCount) - firstRow]++;
            }
        }

        int sum = 0;
        foreach (ref int row in ends)
        {
            (row, sum) = (sum, sum + row);
        }

        for (int label = firstLabel; label < endLabel; label++)
        {
            if (roots[label] == label)
            {
                int row = (FirstVoxel(label) / mask.ColumnCount) - firstRow;
                ordered[ends[row]++] = label;
            }
        }

        int start = 0;
        foreach (int end in ends)
        {
            for (int i = start + 1; i < end; i++)
            {
                int label = ordered[i];
                int firstVoxel = FirstVoxel(label);
                int place = i;
                for (; place > start && FirstVoxel(ordered[place - 1]) > firstVoxel; place--)
                {
                    ordered[place] = ordered[place - 1];
                }

                ordered[place] = label;
            }

            start = end;
        }

        ArrayPool<int>.Shared.Return(rowEnds);

        int FirstVoxel(int label) => origins[label] >= 0 ? origins[label] : store.FirstVoxel(~origins[label]);
    }

    private void FinishHu()
    {
        if (_values is null)
        {
            foreach (int origin in _origins)
            {
                if (origin < 0)
                {
                    _store[~origin].ClearHu();
                }
            }
        }
        else if (!_values.IsInt16)
        {
            // Sums in floating point depend on their order: raster order, whatever the slabs were.
            var sums = new SingleSums(this);
            VisitRuns(ref sums);
        }
    }

    private ComponentStatistics StatisticsOf(int label)
    {
        int origin = _origins[label];
        if (origin < 0)
        {
            return _store[~origin];
        }

        ComponentStatistics statistics = SlabLabelling.OfVoxel(origin, Mask, Int16VoxelsOf(_values));
        if (_values is null)
        {
            statistics.ClearHu();
        }
        else if (!_values.IsInt16)
        {
            statistics.Add(_values.SingleVoxels.Slice(origin, 1));
        }

        return statistics;
    }

    // Every run of the mask in raster order, with the final label of the block run it is part of.
    private void VisitRuns<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, IRunVisitor
    {
        int offset = 0;
        foreach (SlabLabelling slab in _slabs)
        {
            for (int slice = slab.FirstSlice; slice < slab.EndSlice; slice++)
            {
                for (int row = 0; row < Mask.RowCount; row++)
                {
                    ReadOnlySpan<ColumnRun> blockRuns = slab.RunsAt(row, slice, out ReadOnlySpan<int> labels);
                    if (blockRuns.IsEmpty)
                    {
                        continue;
                    }

                    int i = 0;
                    foreach (VoxelRun run in Mask.RunsOf(row, slice))
                    {
                        while (blockRuns[i].End <= run.Start)
                        {
                            i++;
                        }

                        visitor.Visit(run, _finalLabels[offset + labels[i]]);
                    }
                }
            }

            offset += slab.LabelCount;
        }
    }

    private RunTable SortRuns()
    {
        // Counting sort by label; within a label the raster order stays.
        int[] starts = new int[Count + 1];
        var counts = new RunCounts(starts);
        VisitRuns(ref counts);
        for (int label = 0; label < Count; label++)
        {
            starts[label + 1] += starts[label];
        }

        var runs = new VoxelRun[starts[Count]];
        var placing = new RunPlacing(runs, starts[..Count]);
        VisitRuns(ref placing);
        return new RunTable(runs, starts);
    }

    /// <summary>Told of each run with its label.</summary>
    private interface IRunVisitor
    {
        public void Visit(VoxelRun run, int label);
    }

    /// <summary>Statistics by label.</summary>
    public readonly struct StatisticsTable
    {
        private readonly ConnectedComponents _components;

        internal StatisticsTable(ConnectedComponents components) => _components = components;

        /// <summary>Number of components.</summary>
        public int Length => _components.Count;

        /// <summary>The statistics of a component.</summary>
        /// <param name="label">0 to <see cref="Length"/> - 1.</param>
        public ComponentStatistics this[int label] => _components.StatisticsOf(label);

        /// <summary>The statistics of all components.</summary>
        public ComponentStatistics[] ToArray()
        {
            var all = new ComponentStatistics[Length];
            for (int label = 0; label < all.Length; label++)
            {
                all[label] = this[label];
            }

            return all;
        }
    }

    private readonly struct RunCounts(int[] counts) : IRunVisitor
    {
        public void Visit(VoxelRun run, int label) => counts[label + 1]++;
    }

    private readonly struct RunPlacing(VoxelRun[] runs, int[] next) : IRunVisitor
    {
        public void Visit(VoxelRun run, int label) => runs[next[label]++] = run;
    }

    private readonly struct SingleSums(ConnectedComponents components) : IRunVisitor
    {
        public void Visit(VoxelRun run, int label)
        {
            int origin = components._origins[label];
            if (origin < 0)
            {
                components._store[~origin].Add(components._values!.SingleRow(run.Row, run.Slice)[run.Start..run.End]);
            }
        }
    }

    /// <summary>Brings the bits of some rows into the mask: by a threshold, or as they are.</summary>
    private readonly struct RowMarking
    {
        private readonly CtVolume? _volume;
        private readonly bool _isGiven;
        private readonly bool _isReachable;
        private readonly short _int16Threshold;
        private readonly float _threshold;
        private readonly SimdPath _path;

        public RowMarking(CtVolume? volume, float? thresholdHu, SimdPath path)
        {
            _volume = volume;
            _isGiven = thresholdHu is null;
            _threshold = thresholdHu ?? 0;
            _isReachable = ThresholdKernel.TryRoundUp(_threshold, out _int16Threshold);
            _path = path;
        }

        /// <summary>Asks for the voxels of the rows [<paramref name="firstRow"/>, <paramref name="endRow"/>) of some slices.</summary>
        public void Request(Mask mask, int firstRow, int endRow, int firstSlice, int endSlice)
        {
            if (_isGiven || !_volume!.IsInt16)
            {
                return;
            }

            for (int slice = firstSlice; slice < endSlice; slice++)
            {
                int start = ((slice * mask.RowCount) + firstRow) * mask.ColumnCount;
                CachePrefetch.Request(_volume.Int16Voxels.Slice(start, (endRow - firstRow) * mask.ColumnCount));
            }
        }

        /// <summary>Marks the rows [<paramref name="firstRow"/>, <paramref name="endRow"/>) of a slice.</summary>
        public void Mark(Mask mask, int firstRow, int endRow, int slice)
        {
            if (_isGiven)
            {
                return;
            }

            int line = (slice * mask.RowCount) + firstRow;
            Span<ulong> bits = mask.Words.Slice(line * mask.WordsPerRow, (endRow - firstRow) * mask.WordsPerRow);
            int start = line * mask.ColumnCount;
            int length = (endRow - firstRow) * mask.ColumnCount;
            if (!_volume!.IsInt16)
            {
                ThresholdKernel.MarkRows(_volume.SingleVoxels.Slice(start, length), mask.ColumnCount, _threshold, bits, _path);
            }
            else if (_isReachable)
            {
                ThresholdKernel.MarkRows(_volume.Int16Voxels.Slice(start, length), mask.ColumnCount, _int16Threshold, bits, _path);
            }
            else
            {
                bits.Clear();
            }
        }
    }

    private sealed record RunTable(VoxelRun[] Runs, int[] Starts);
}
