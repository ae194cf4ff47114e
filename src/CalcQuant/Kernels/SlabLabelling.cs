using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CalcQuant.Segmentation;

namespace CalcQuant.Kernels;

/// <summary>
/// Connected components of consecutive slices, one row after the other. A row is kept as runs; a run takes the label of the runs it
/// touches in the rows already seen, and labels that meet are joined in a union-find forest whose roots are the least labels. Labels are
/// given in raster order, so the root of a component is the label of its first voxel.
/// <code>
///   slice - 1:  A A A     slice:  B B B
///               A A A             B x      rows seen: row - 1 of this slice (B); row - 1, row, row + 1 of the slice before (A)
///               A A A
/// </code>
/// </summary>
internal sealed class SlabLabelling
{
    private const int InitialCapacity = 1024;
    private const int NoLabel = -1;

    private readonly int _rowCount;
    private readonly int _runsPerRow;
    private readonly NeighbourReach _reach;
    private readonly int[] _rowStarts;
    private ColumnRun[] _runs = new ColumnRun[InitialCapacity];
    private int[] _labels = new int[InitialCapacity];
    private int[] _parents = new int[InitialCapacity];
    private ComponentStatistics[] _components = new ComponentStatistics[InitialCapacity];
    private int _rowsSeen;
    private int _runCount;

    /// <summary>Prepares for slices [<paramref name="firstSlice"/>, <paramref name="endSlice"/>).</summary>
    public SlabLabelling(int firstSlice, int endSlice, int columnCount, int rowCount, Connectivity connectivity)
    {
        FirstSlice = firstSlice;
        EndSlice = endSlice;
        _rowCount = rowCount;
        _runsPerRow = (columnCount + 1) / 2;
        _reach = NeighbourReach.Of(connectivity);
        _rowStarts = new int[((endSlice - firstSlice) * rowCount) + 1];
    }

    /// <summary>First slice of the slab.</summary>
    public int FirstSlice { get; }

    /// <summary>Slice after the last.</summary>
    public int EndSlice { get; }

    /// <summary>Labels given, before joining.</summary>
    public int LabelCount { get; private set; }

    /// <summary>All runs, in raster order.</summary>
    public ReadOnlySpan<ColumnRun> Runs => _runs.AsSpan(0, _runCount);

    /// <summary>The label of each run, as given: see <see cref="Parents"/>.</summary>
    public ReadOnlySpan<int> Labels => _labels.AsSpan(0, _runCount);

    /// <summary>For each label one of its set that is not greater; a root is its own.</summary>
    public ReadOnlySpan<int> Parents => _parents.AsSpan(0, LabelCount);

    /// <summary>Statistics of the voxels that got each label.</summary>
    public ReadOnlySpan<ComponentStatistics> Components => _components.AsSpan(0, LabelCount);

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

    /// <summary>Labels the next row of the slab; every row must come, in raster order.</summary>
    /// <param name="bits">The row.</param>
    /// <param name="any">False where the row is known to be empty.</param>
    /// <param name="voxels">Values of the slice the row belongs to, HU; empty where there are none.</param>
    /// <param name="path">Instruction set for the statistics.</param>
    public void AddRow(ReadOnlySpan<ulong> bits, bool any, ReadOnlySpan<short> voxels, SimdPath path)
    {
        int index = _rowsSeen++;
        int first = _runCount;
        _rowStarts[index] = first;
        _rowStarts[index + 1] = first;
        if (!any)
        {
            return;
        }

        if (first + _runsPerRow > _runs.Length)
        {
            int capacity = Math.Max(first + _runsPerRow, _runs.Length * 2);
            Array.Resize(ref _runs, capacity);
            Array.Resize(ref _labels, capacity);
        }

        int count = BitRow.FindRuns(bits, _runs.AsSpan(first));
        _runCount = first + count;
        _rowStarts[index + 1] = _runCount;
        _labels.AsSpan(first, count).Fill(NoLabel);

        int row = index % _rowCount;
        bool hasSliceBefore = index >= _rowCount;
        if (hasSliceBefore)
        {
            JoinRows(index, index - _rowCount, _reach.SameRow);
            if (_reach.Diagonal >= 0)
            {
                if (row > 0)
                {
                    JoinRows(index, index - _rowCount - 1, _reach.Diagonal);
                }

                if (row < _rowCount - 1)
                {
                    JoinRows(index, index - _rowCount + 1, _reach.Diagonal);
                }
            }
        }

        if (row > 0)
        {
            JoinRows(index, index - 1, _reach.SameRow);
        }

        Accumulate(first, row, FirstSlice + (index / _rowCount), voxels, path);
    }

    /// <summary>Joins the components of the first slice with those of the slab before.</summary>
    /// <param name="before">The slab that ends where this one starts.</param>
    /// <param name="parents">The forest of all slabs.</param>
    /// <param name="offsetBefore">What to add to a label of the slab before to find it in the forest.</param>
    /// <param name="offset">The same for this slab.</param>
    public void JoinWith(SlabLabelling before, Span<int> parents, int offsetBefore, int offset)
    {
        Debug.Assert(before.EndSlice == FirstSlice);
        int lastSlice = before._rowsSeen - _rowCount;
        int[] labels = before.LabelsOfSlice(lastSlice, offsetBefore, out int firstBefore);
        int[] ownLabels = LabelsOfSlice(0, offset, out _);
        for (int row = 0; row < _rowCount; row++)
        {
            ReadOnlySpan<ColumnRun> runs = RunsOfRow(row, out int first);
            for (int step = -1; step <= 1; step++)
            {
                int reach = step == 0 ? _reach.SameRow : _reach.Diagonal;
                if (reach >= 0 && row + step >= 0 && row + step < _rowCount)
                {
                    ReadOnlySpan<ColumnRun> others = before.RunsOfRow(lastSlice + row + step, out int firstOther);
                    Join(
                        runs,
                        ownLabels.AsSpan(first, runs.Length),
                        others,
                        labels.AsSpan(firstOther - firstBefore, others.Length),
                        reach,
                        parents);
                }
            }
        }
    }

    /// <summary>The runs of a row of the slab, counted from its first slice on.</summary>
    public ReadOnlySpan<ColumnRun> RunsOfRow(int index, out int first)
    {
        first = _rowStarts[index];
        return _runs.AsSpan(first, _rowStarts[index + 1] - first);
    }

    private static int Union(Span<int> parents, int a, int b)
    {
        a = Root(parents, a);
        b = Root(parents, b);
        if (a < b)
        {
            parents[b] = a;
            return a;
        }

        parents[a] = b;
        return b;
    }

    /// <summary>
    /// Joins the labels of the runs of two rows that touch, by one walk along both; a run without a label takes that of the other.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Join(
        ReadOnlySpan<ColumnRun> runs,
        Span<int> labels,
        ReadOnlySpan<ColumnRun> others,
        ReadOnlySpan<int> otherLabels,
        int reach,
        Span<int> parents)
    {
        int run = 0;
        int other = 0;
        while (run < runs.Length && other < others.Length)
        {
            ColumnRun a = runs[run];
            ColumnRun b = others[other];
            if (b.Start < a.End + reach && a.Start < b.End + reach)
            {
                int label = labels[run];
                int otherLabel = otherLabels[other];
                if (label == NoLabel)
                {
                    labels[run] = Root(parents, otherLabel);
                }
                else if (label != otherLabel)
                {
                    labels[run] = Union(parents, label, otherLabel);
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

    private void JoinRows(int index, int neighbour, int reach)
    {
        int first = _rowStarts[index];
        int firstOther = _rowStarts[neighbour];
        int otherCount = _rowStarts[neighbour + 1] - firstOther;
        if (otherCount != 0)
        {
            int count = _runCount - first;
            Join(
                _runs.AsSpan(first, count),
                _labels.AsSpan(first, count),
                _runs.AsSpan(firstOther, otherCount),
                _labels.AsSpan(firstOther, otherCount),
                reach,
                _parents);
        }
    }

    // Labels of the runs of a slice, which starts at the given row of the slab, as labels of the forest of all slabs.
    private int[] LabelsOfSlice(int firstRow, int offset, out int firstRun)
    {
        firstRun = _rowStarts[firstRow];
        int[] labels = _labels[firstRun.._rowStarts[firstRow + _rowCount]];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] += offset;
        }

        return labels;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Accumulate(int first, int row, int slice, ReadOnlySpan<short> voxels, SimdPath path)
    {
        ReadOnlySpan<ColumnRun> runs = _runs.AsSpan(first, _runCount - first);
        Span<int> labels = _labels.AsSpan(first, runs.Length);
        int rowOffset = voxels.IsEmpty ? 0 : row * (voxels.Length / _rowCount);
        for (int i = 0; i < runs.Length; i++)
        {
            ColumnRun run = runs[i];
            int label = labels[i];
            if (label == NoLabel)
            {
                label = AddLabel();
                labels[i] = label;
            }

            ref ComponentStatistics component = ref _components[label];
            component.Add(run, row, slice);
            if (!voxels.IsEmpty)
            {
                component.Add(RunHuKernel.Measure(voxels, rowOffset + run.Start, rowOffset + run.End, path));
            }
        }
    }

    private int AddLabel()
    {
        int label = LabelCount++;
        if (label == _parents.Length)
        {
            Array.Resize(ref _parents, label * 2);
            Array.Resize(ref _components, label * 2);
        }

        _parents[label] = label;
        _components[label] = ComponentStatistics.Empty;
        return label;
    }

    /// <summary>
    /// How many columns apart two runs of neighbouring rows may be and still touch: 1 where corners count, 0 where they must overlap,
    /// -1 where the rows are no neighbours at all.
    /// </summary>
    /// <param name="SameRow">For the row before in the slice and the same row of the slice before: one index differs.</param>
    /// <param name="Diagonal">For the rows before and after of the slice before: two indices differ.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct NeighbourReach(int SameRow, int Diagonal)
    {
        public static NeighbourReach Of(Connectivity connectivity) => connectivity switch
        {
            Connectivity.Faces6 => new(0, -1),
            Connectivity.FacesEdges18 => new(1, 0),
            Connectivity.Full26 => new(1, 1),
            _ => throw new ArgumentOutOfRangeException(nameof(connectivity), connectivity, "Unknown connectivity."),
        };
    }
}
