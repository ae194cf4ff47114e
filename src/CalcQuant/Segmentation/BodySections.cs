using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// The sections of the body, slice by slice: what is connected within a slice, how large it is, where its middle lies, and how much of it is aerated
/// lung or the inside of a skull; and which sections are parts of the same limb. Slices that lie closer than needed are looked at in steps.
/// </summary>
internal sealed class BodySections
{
    private readonly CellGrid _grid;
    private readonly Slice[] _slices;

    private readonly int _step;

    private BodySections(CellGrid grid)
    {
        _grid = grid;
        _step = Math.Max(1, (int)(SeparationParameters.SectionStepMm / grid.BetweenSlicesMm));
        _slices = new Slice[(grid.SliceCount + _step - 1) / _step];
    }

    /// <summary>Slices that were looked at.</summary>
    public int Count => _slices.Length;

    /// <summary>The sections of one of the slices that were looked at.</summary>
    public ReadOnlySpan<Section> this[int index] => _slices[index].Sections;

    /// <summary>The slice that was looked at as number <paramref name="index"/>.</summary>
    public int SliceOf(int index) => index * _step;

    /// <summary>Number of the slice that was looked at and is nearest to a slice.</summary>
    public int Nearest(int slice) => Math.Min((slice + (_step / 2)) / _step, _slices.Length - 1);

    /// <summary>Finds them.</summary>
    /// <param name="scan">The volume with its body.</param>
    /// <param name="skullContent">Cells within a skull; null where there are none.</param>
    public static BodySections Find(BodyScan scan, Mask? skullContent)
    {
        var sections = new BodySections(scan.Grid);
        Parallel.For(0, sections.Count, scan.Parallel, index => sections._slices[index] = FindIn(scan, skullContent, sections.SliceOf(index)));
        sections.JoinAcrossSlices();
        return sections;
    }

    /// <summary>The trunk in a slice, whether its parts touch or not; null without one.</summary>
    public static Section? TrunkIn(BodyScan scan, int slice)
    {
        if (scan.Body.TrunkCells is not Mask trunk || !trunk.Slice(slice).ContainsAnyExcept(0UL))
        {
            return null;
        }

        var whole = new Section(scan.Grid);
        for (int row = 0; row < trunk.RowCount; row++)
        {
            foreach (VoxelRun run in trunk.RunsOf(row, slice))
            {
                whole.Add(run, 0, 0, run.Length);
            }
        }

        return whole;
    }

    /// <summary>The section that a voxel lies in, or just beside; null farther from the body.</summary>
    public Section? At(int column, int row, int slice)
    {
        // The slice that was looked at may be some millimetres away, where the surface runs a little otherwise.
        const int margin = 3;
        int cell = column / _grid.ColumnFactor, cellRow = row / _grid.RowFactor, least = margin + 1, nearest = -1;
        Slice at = _slices[Nearest(slice)];
        for (int run = at.FirstOfRow[cellRow]; run < at.FirstOfRow[cellRow + 1]; run++)
        {
            int beside = Math.Max(0, Math.Max(at.Runs[run].Start - cell, cell - at.Runs[run].End + 1));
            if (beside < least)
            {
                (least, nearest) = (beside, run);
            }
        }

        return nearest < 0 ? null : at.Sections[at.SectionOfRun[nearest]];
    }

    private static Slice FindIn(BodyScan scan, Mask? skullContent, int slice)
    {
        CellGrid grid = scan.Grid;
        var runs = new List<VoxelRun>();
        int[] firstOfRow = new int[grid.RowCount + 1];
        for (int row = 0; row < grid.RowCount; row++)
        {
            firstOfRow[row] = runs.Count;
            foreach (VoxelRun run in scan.Body.Cells.RunsOf(row, slice))
            {
                runs.Add(run);
            }
        }

        firstOfRow[^1] = runs.Count;
        int[] parents = UnionFind.Singles(runs.Count);
        Action<int, int> join = (above, below) => UnionFind.Join(parents, above, below);
        for (int row = 1; row < grid.RowCount; row++)
        {
            ForEachOverlap(runs, firstOfRow[row - 1], firstOfRow[row], runs, firstOfRow[row], firstOfRow[row + 1], join);
        }

        var sections = new List<Section>();
        int[] sectionOfRun = new int[runs.Count];
        var lung = new ulong[BitRow.WordCount(grid.ColumnCount)];
        var dense = new ulong[lung.Length];
        int markedRow = -1;
        for (int i = 0; i < runs.Count; i++)
        {
            VoxelRun run = runs[i];
            int root = UnionFind.Root(parents, i);
            if (root == i)
            {
                sectionOfRun[i] = sections.Count;
                sections.Add(new Section(grid));
            }
            else
            {
                sectionOfRun[i] = sectionOfRun[root];
            }

            if (run.Row != markedRow)
            {
                MarkLung(grid.MeanHu(slice).Slice(run.Row * grid.ColumnCount, grid.ColumnCount), lung, dense);
                markedRow = run.Row;
            }

            sections[sectionOfRun[i]].Add(
                run,
                RowBits.Count(lung, run.Start, run.End),
                skullContent is null ? 0 : RowBits.Count(skullContent.Row(run.Row, slice), run.Start, run.End),
                scan.Body.TrunkCells is Mask trunk ? RowBits.Count(trunk.Row(run.Row, slice), run.Start, run.End) : 0);
        }

        return new Slice([.. sections], [.. runs], sectionOfRun, firstOfRow);
    }

    private static void MarkLung(ReadOnlySpan<short> hu, Span<ulong> lung, Span<ulong> dense)
    {
        ThresholdKernel.Mark(hu, (short)SeparationParameters.LungLeastHu, lung, SimdPaths.Best);
        ThresholdKernel.Mark(hu, (short)SeparationParameters.LungGreatestHu, dense, SimdPaths.Best);
        for (int word = 0; word < lung.Length; word++)
        {
            lung[word] &= ~dense[word];
        }
    }

    private static void ForEachOverlap(
        IReadOnlyList<VoxelRun> first, int i, int endOfFirst, IReadOnlyList<VoxelRun> second, int j, int endOfSecond, Action<int, int> visit)
    {
        while (i < endOfFirst && j < endOfSecond)
        {
            if (first[i].Start < second[j].End && second[j].Start < first[i].End)
            {
                visit(i, j);
            }

            if (first[i].End < second[j].End)
            {
                i++;
            }
            else
            {
                j++;
            }
        }
    }

    /// <summary>
    /// Numbers the parts of the body that hang together through the slices. Two limbs pressed together make one wide section, which joins nothing: they
    /// stay two.
    /// </summary>
    private void JoinAcrossSlices()
    {
        int count = 0;
        foreach (Slice slice in _slices)
        {
            foreach (Section section in slice.Sections)
            {
                section.Part = count++;
            }
        }

        int[] parents = UnionFind.Singles(count);

        for (int s = 1; s < _slices.Length; s++)
        {
            Slice before = _slices[s - 1], here = _slices[s];
            Action<int, int> join = (a, b) =>
            {
                Section one = before.Sections[before.SectionOfRun[a]], other = here.Sections[here.SectionOfRun[b]];
                if (!one.MayBePressedLimbs && !other.MayBePressedLimbs)
                {
                    UnionFind.Join(parents, one.Part, other.Part);
                }
            };
            for (int row = 0; row < _grid.RowCount; row++)
            {
                ForEachOverlap(
                    before.Runs, before.FirstOfRow[row], before.FirstOfRow[row + 1], here.Runs, here.FirstOfRow[row], here.FirstOfRow[row + 1], join);
            }
        }

        foreach (Slice slice in _slices)
        {
            foreach (Section section in slice.Sections)
            {
                section.Part = UnionFind.Root(parents, section.Part);
            }
        }
    }

    private sealed record Slice(Section[] Sections, VoxelRun[] Runs, int[] SectionOfRun, int[] FirstOfRow);

    /// <summary>What is connected within a slice. Columns and rows count cells of the grid.</summary>
    internal sealed class Section(CellGrid grid)
    {
        private long _columns, _rows, _lung, _skull, _trunk;
        private int _minColumn = int.MaxValue, _minRow = int.MaxValue, _maxColumn = -1, _maxRow = -1;

        /// <summary>Cells.</summary>
        public int Cells { get; private set; }

        /// <summary>Which part of the body it belongs to; sections with the same number hang together through the slices.</summary>
        public int Part { get; set; }

        /// <summary>Area, mm².</summary>
        public double AreaMm2 => Cells * grid.CellAreaMm2;

        /// <summary>The middle, in cells.</summary>
        public (double Column, double Row) MiddleCell => ((double)_columns / Cells, (double)_rows / Cells);

        /// <summary>Column of the middle at full resolution.</summary>
        public double MiddleColumn => ((MiddleCell.Column + 0.5) * grid.ColumnFactor) - 0.5;

        /// <summary>Row of the middle at full resolution.</summary>
        public double MiddleRow => ((MiddleCell.Row + 0.5) * grid.RowFactor) - 0.5;

        /// <summary>Size along the rows and along the columns, mm.</summary>
        public (double AlongRows, double AlongColumns) SizeMm => ((_maxColumn - _minColumn + 1) * grid.CellWidthMm, (_maxRow - _minRow + 1) * grid.CellHeightMm);

        /// <summary>True where it is cut by exactly one of two opposite borders of the image, so that its middle is not the body's.</summary>
        public (bool OfColumns, bool OfRows) IsCutOnOneSide =>
            (_minColumn == 0 != (_maxColumn == grid.ColumnCount - 1), _minRow == 0 != (_maxRow == grid.RowCount - 1));

        /// <summary>True where at least half of it is trunk.</summary>
        public bool IsTrunk => 2 * _trunk >= Cells;

        /// <summary>True where the column, and where the row, of a voxel at full resolution lies within its bounds.</summary>
        public (bool ByColumn, bool ByRow) Spans(int column, int row) =>
            (column / grid.ColumnFactor >= _minColumn && column / grid.ColumnFactor <= _maxColumn, row / grid.RowFactor >= _minRow && row / grid.RowFactor <= _maxRow);

        /// <summary>True where enough of it is aerated lung.</summary>
        public bool HasLungs =>
            _lung * grid.CellAreaMm2 >= SeparationParameters.LungLeastMm2 && _lung >= SeparationParameters.LungLeastFraction * Cells;

        /// <summary>True where enough of it is the inside of a skull.</summary>
        public bool IsSkull =>
            _skull * grid.CellAreaMm2 >= SeparationParameters.SkullLeastMm2 && _skull >= SeparationParameters.SkullLeastFraction * Cells;

        /// <summary>True where it is large, and longer one way than the other, as two limbs side by side are.</summary>
        public bool MayBePressedLimbs
        {
            get
            {
                (double a, double b) = SizeMm;
                return AreaMm2 >= SeparationParameters.PressedLimbsLeastMm2 && Math.Max(a, b) >= SeparationParameters.JoinedLimbsAspect * Math.Min(a, b);
            }
        }

        /// <summary>Adds a run of cells.</summary>
        public void Add(VoxelRun run, int lungCells, int skullCells, int trunkCells)
        {
            Cells += run.Length;
            _columns += (long)(run.Start + run.End - 1) * run.Length / 2;
            _rows += (long)run.Row * run.Length;
            _lung += lungCells;
            _skull += skullCells;
            _trunk += trunkCells;
            _minColumn = Math.Min(_minColumn, run.Start);
            _maxColumn = Math.Max(_maxColumn, run.End - 1);
            _minRow = Math.Min(_minRow, run.Row);
            _maxRow = Math.Max(_maxRow, run.Row);
        }
    }
}
