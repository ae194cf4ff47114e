using System.Runtime.CompilerServices;
using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// Connected components of a binary volume with their statistics, kept as bits and labelled runs: a dense label volume would cost more
/// time to write than everything else. Labels count from 0 in raster order (slice, row, column) of the first voxel; this and every figure
/// is the same whatever the number of threads and the width of the vectors.
/// </summary>
public sealed class ConnectedComponents
{
    /// <summary>Columns, rows and slices that a run can name; Rows and Columns are 16-bit in DICOM (PS3.3 C.7.6.3.1).</summary>
    public const int MaxExtent = ushort.MaxValue;

    // A slab must be long enough that joining its first slice is a small part of its work.
    private const int LeastSlabSlices = 4;

    // More slabs than threads, since anatomy spreads the foreground unevenly.
    private const int SlabsPerThread = 8;

    private readonly SlabLabelling[] _slabs;
    private readonly int[] _finalLabels;
    private readonly ComponentStatistics[] _statistics;
    private readonly Lazy<RunTable> _runs;

    private ConnectedComponents(Mask mask, SlabLabelling[] slabs, int[] finalLabels, ComponentStatistics[] statistics)
    {
        Mask = mask;
        _slabs = slabs;
        _finalLabels = finalLabels;
        _statistics = statistics;
        _runs = new Lazy<RunTable>(SortRuns);
    }

    /// <summary>The foreground that was labelled.</summary>
    public Mask Mask { get; }

    /// <summary>Number of components.</summary>
    public int Count => _statistics.Length;

    /// <summary>Statistics of each component, indexed by label.</summary>
    public ReadOnlySpan<ComponentStatistics> Statistics => _statistics;

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

    internal static ConnectedComponents Label(
        CtVolume volume, float thresholdHu, Connectivity connectivity, int maxThreadCount, SimdPath path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(volume);
        if (float.IsNaN(thresholdHu))
        {
            throw new ArgumentException("The threshold is not a number.", nameof(thresholdHu));
        }

        VolumeGeometry geometry = volume.Geometry;
        var mask = new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
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
        SlabLabelling[] slabs = Divide(mask, connectivity, threadCount);
        var options = new ParallelOptions { MaxDegreeOfParallelism = threadCount, CancellationToken = cancellationToken };
        if (slabs.Length == 1)
        {
            LabelSlab(slabs[0]);
        }
        else
        {
            Parallel.ForEach(slabs, options, LabelSlab);
        }

        return Merge(mask, values, slabs);

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
        ReadOnlySpan<short> voxels = values is { IsInt16: true } ? values.Int16Voxels : [];
        int endSlice = Math.Min(slice + slab.BlockSize, mask.SliceCount);
        for (int row = 0; row < mask.RowCount; row += slab.BlockSize)
        {
            int endRow = Math.Min(row + slab.BlockSize, mask.RowCount);
            bool any = false;
            for (int z = slice; z < endSlice; z++)
            {
                for (int y = row; y < endRow; y++)
                {
                    any |= marking.Mark(mask.Row(y, z), y, z);
                }
            }

            slab.AddBlock(row, slice, any, voxels, path);
        }
    }

    private static SlabLabelling[] Divide(Mask mask, Connectivity connectivity, int threadCount)
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
            slabs[i] = new SlabLabelling(mask, first, end, connectivity);
        }

        return slabs;
    }

    private static ConnectedComponents Merge(Mask mask, CtVolume? values, SlabLabelling[] slabs)
    {
        int[] parents = new int[slabs.Sum(slab => slab.LabelCount)];
        int offset = 0;
        SlabLabelling? before = null;
        foreach (SlabLabelling slab in slabs)
        {
            ReadOnlySpan<int> own = slab.Parents;
            for (int label = 0; label < own.Length; label++)
            {
                parents[offset + label] = offset + own[label];
            }

            if (before is not null)
            {
                slab.JoinWith(before, parents, offset - before.LabelCount, offset);
            }

            before = slab;
            offset += slab.LabelCount;
        }

        // A parent is never greater than its label, so one pass upwards finds each parent already numbered; parents become final labels.
        int count = 0;
        for (int label = 0; label < parents.Length; label++)
        {
            parents[label] = parents[label] == label ? count++ : parents[parents[label]];
        }

        SortByFirstVoxel(slabs, parents, count);
        var statistics = new ComponentStatistics[count];
        Array.Fill(statistics, ComponentStatistics.Empty);
        offset = 0;
        foreach (SlabLabelling slab in slabs)
        {
            ReadOnlySpan<ComponentStatistics> components = slab.Components;
            for (int label = 0; label < components.Length; label++)
            {
                statistics[parents[offset + label]].Add(in components[label]);
            }

            offset += components.Length;
        }

        var result = new ConnectedComponents(mask, slabs, parents, statistics);
        result.FinishHu(values);
        return result;
    }

    // Blocks are seen in an order of their own; final labels follow the first voxel of each component in raster order.
    private static void SortByFirstVoxel(SlabLabelling[] slabs, Span<int> finalLabels, int count)
    {
        int[] firstVoxels = new int[count];
        Array.Fill(firstVoxels, int.MaxValue);
        int offset = 0;
        foreach (SlabLabelling slab in slabs)
        {
            ReadOnlySpan<int> first = slab.FirstVoxels;
            for (int label = 0; label < first.Length; label++)
            {
                ref int least = ref firstVoxels[finalLabels[offset + label]];
                least = Math.Min(least, first[label]);
            }

            offset += first.Length;
        }

        int[] order = [.. Enumerable.Range(0, count)];
        Array.Sort(firstVoxels, order);
        int[] rank = new int[count];
        for (int i = 0; i < count; i++)
        {
            rank[order[i]] = i;
        }

        foreach (ref int label in finalLabels)
        {
            label = rank[label];
        }
    }

    private void FinishHu(CtVolume? values)
    {
        if (values is null)
        {
            foreach (ref ComponentStatistics component in _statistics.AsSpan())
            {
                component.ClearHu();
            }
        }
        else if (!values.IsInt16)
        {
            // Sums in floating point depend on their order: raster order, whatever the slabs were.
            VisitRuns((run, label) => _statistics[label].Add(values.SingleRow(run.Row, run.Slice)[run.Start..run.End]));
        }
    }

    // Every run of the mask in raster order, with the final label of the block run it is part of.
    private void VisitRuns(Action<VoxelRun, int> visit)
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

                        visit(run, _finalLabels[offset + labels[i]]);
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
        VisitRuns((_, label) => starts[label + 1]++);
        for (int label = 0; label < Count; label++)
        {
            starts[label + 1] += starts[label];
        }

        var runs = new VoxelRun[starts[Count]];
        int[] next = starts[..Count];
        VisitRuns((run, label) => runs[next[label]++] = run);
        return new RunTable(runs, starts);
    }

    /// <summary>Brings the bits of one row into the mask: by a threshold, or as they are.</summary>
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

        /// <summary>Returns whether any bit of the row is set.</summary>
        public bool Mark(Span<ulong> bits, int row, int slice)
        {
            if (_isGiven)
            {
                return bits.ContainsAnyExcept(0UL);
            }

            return _volume!.IsInt16
                ? _isReachable && ThresholdKernel.Mark(_volume.Int16Row(row, slice), _int16Threshold, bits, _path)
                : ThresholdKernel.Mark(_volume.SingleRow(row, slice), _threshold, bits, _path);
        }
    }

    private sealed record RunTable(VoxelRun[] Runs, int[] Starts);
}
