using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// Where in a trunk viscera and great vessels lie: within the ring of its bones or in front of its spine. What lies behind, outside the ring (the muscles
/// of the back, the buttocks, the shoulder blades), is soft tissue like that of a limb, however deep.
/// </summary>
internal sealed class TrunkCavity
{
    private readonly BodyScan _scan;
    private readonly Ring?[] _rings;
    private readonly Spine?[] _spines;
    private readonly int _backwards;

    private TrunkCavity(BodyScan scan, Ring?[] rings, Spine?[] spines, int backwards)
    {
        _scan = scan;
        _rings = rings;
        _spines = spines;
        _backwards = backwards;
    }

    /// <summary>Finds the cavity; null where there is no trunk, or the slices are not axial.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="bone">The skeleton, marrow filled.</param>
    public static TrunkCavity? Find(BodyScan scan, Mask bone)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        if (!scan.Body.HasTrunk || bone.IsEmpty || Math.Abs(geometry.Normal.Z) < SeparationParameters.AxialCosine)
        {
            return null;
        }

        CellGrid grid = scan.Grid;

        // Rows run from front to back or the other way; where they do neither, nothing is told of the spine.
        int backwards = Math.Abs(geometry.RowDirection.Y) < SeparationParameters.AxialCosine ? 0 : Math.Sign(geometry.RowDirection.Y);
        var outlines = new Outline[grid.SliceCount];
        Parallel.For(0, grid.SliceCount, scan.Parallel, slice => outlines[slice] = Outline.Of(scan, bone, slice, backwards));
        var rings = new Ring?[grid.SliceCount];
        var spines = new Spine?[grid.SliceCount];
        int reach = (int)(SeparationParameters.RingReachMm / grid.BetweenSlicesMm);
        Parallel.For(0, grid.SliceCount, scan.Parallel, slice =>
        {
            // Ribs run obliquely: a slice shows pieces of the ring, those beside it the others.
            ReadOnlySpan<Outline> slab = outlines.AsSpan(Math.Max(0, slice - reach)..Math.Min(outlines.Length, slice + reach + 1));
            rings[slice] = Ring.Around(slab, outlines[slice].TrunkCellCount);
            spines[slice] = Spine.In(slab, outlines[slice].MiddleColumn);
        });
        return new TrunkCavity(scan, rings, spines, backwards);
    }

    /// <summary>Whether most of a structure of the trunk lies outside the cavity.</summary>
    /// <param name="structure">The structure.</param>
    /// <returns>Beside or behind the ring of bones, or right behind the spine; whether behind the spine, where only muscle is; and whether far in front of it, where ribs end.</returns>
    public (bool IsOutside, bool IsBehindSpine, bool IsInFront) Locate(ReadOnlySpan<VoxelRun> structure)
    {
        CellGrid grid = _scan.Grid;
        long size = 0, outside = 0, behind = 0, front = 0;
        foreach (VoxelRun run in structure)
        {
            size += run.Length;
            int column = (run.Start + run.End) / 2 / grid.ColumnFactor, row = run.Row / grid.RowFactor;
            bool isBehind = IsBehindSpine(column, row, run.Slice);
            behind += isBehind ? run.Length : 0;
            front += BehindMm(row, run.Slice) < -SeparationParameters.RibEndsMm ? run.Length : 0;
            outside += isBehind || IsBesideRing(column, row, run.Slice) ? run.Length : 0;
        }

        return (2 * outside > size, 2 * behind > size, 2 * front > size);
    }

    /// <summary>True within a vertebra or the sacrum, its processes included: near the middle and not in front of its body.</summary>
    public bool IsAtSpine(int column, int row, int slice)
    {
        CellGrid grid = _scan.Grid;
        return _spines[slice] is Spine spine
            && BesideMm(column / (double)grid.ColumnFactor, spine) <= SeparationParameters.SpineHalfWidthMm
            && BehindMm(row / grid.RowFactor, slice) >= -SeparationParameters.SpineFrontMm;
    }

    /// <summary>
    /// True beside a vertebra or its processes, where its muscles lie: not in front of it, where the great vessels are, nor in its middle. Where lung lies beside the spine there are no such
    /// muscles, but liver and spleen behind it.
    /// </summary>
    public bool IsBesideSpine(int column, int row, int slice)
    {
        CellGrid grid = _scan.Grid;
        if (_spines[slice] is not Spine spine)
        {
            return false;
        }

        double besideMm = BesideMm(column / (double)grid.ColumnFactor, spine);
        return besideMm >= SeparationParameters.MuscleLeastBesideMm
            && besideMm <= SeparationParameters.MuscleGreatestBesideMm
            && BehindMm(row / grid.RowFactor, slice) >= -SeparationParameters.SpineVesselMm
            && !HasLungBeside(spine, slice);
    }

    /// <summary>True where the middle of an aorta or a cava may lie: in front of a vertebra.</summary>
    /// <param name="column">Column of a cell.</param>
    /// <param name="row">Row of a cell.</param>
    /// <param name="slice">The slice.</param>
    public bool IsCellBeforeSpine(int column, int row, int slice) =>
        _spines[slice] is Spine spine
        && BesideMm(column, spine) <= SeparationParameters.AortaBesideMm
        && BehindMm(row, slice) is double behind
        && behind <= -SeparationParameters.AortaLeastBeforeMm
        && behind >= -SeparationParameters.AortaBeforeMm;

    private bool HasLungBeside(Spine spine, int slice)
    {
        CellGrid grid = _scan.Grid;
        ReadOnlySpan<short> hu = grid.MeanHu(slice);
        int reachColumns = (int)(SeparationParameters.BesideSpineMm / grid.CellWidthMm), reachRows = (int)(SeparationParameters.SpineVesselMm / grid.CellHeightMm);
        for (int row = Math.Max(0, spine.Row - reachRows); row <= Math.Min(grid.RowCount - 1, spine.Row + reachRows); row++)
        {
            for (int column = Math.Max(0, (int)spine.Column - reachColumns); column <= Math.Min(grid.ColumnCount - 1, (int)spine.Column + reachColumns); column++)
            {
                if (hu[(row * grid.ColumnCount) + column] < SeparationParameters.InnerAirGreatestHu)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>
    /// True right behind the spine. The muscles beside the spinous processes reach farther to the sides the farther back; before them are lungs and kidneys.
    /// </summary>
    private bool IsBehindSpine(int column, int row, int slice)
    {
        if (_spines[slice] is not Spine spine)
        {
            return false;
        }

        double besideMm = BesideMm(column, spine);
        double sideways = SeparationParameters.BehindSpineSlope * Math.Max(0, besideMm - SeparationParameters.SpineHalfWidthMm);
        return besideMm <= SeparationParameters.BesideSpineMm && BehindMm(row, slice) > SeparationParameters.BehindSpineMm + sideways;
    }

    /// <summary>True to the sides of the ring and behind it. In front of it bowel lies where the ring is open, below the ribs.</summary>
    private bool IsBesideRing(int column, int row, int slice) =>
        _rings[slice] is Ring ring && ring.IsOutside(column, row) && (ring.HasRow(row) || BehindMm(row, slice) > 0);

    /// <summary>How far beside the middle of a spine a column of cells lies, mm.</summary>
    private double BesideMm(double column, Spine spine) => Math.Abs(column - spine.Column) * _scan.Grid.CellWidthMm;

    /// <summary>How far behind the spine a row lies, mm, negative in front of it; null where no spine is known.</summary>
    private double? BehindMm(int row, int slice) =>
        _spines[slice] is Spine spine ? (row - spine.Row) * _backwards * _scan.Grid.CellHeightMm : null;

    /// <summary>
    /// Of each row of a slice the first and the last cell with bone of the trunk, and how much bone lies in the middle of its back half: that of the spine.
    /// </summary>
    private sealed record Outline(int[] First, int[] Last, int TrunkCellCount, double MiddleColumn, int[] SpineOfRow)
    {
        public static Outline Of(BodyScan scan, Mask bone, int slice, int backwards)
        {
            CellGrid grid = scan.Grid;
            int[] first = new int[grid.RowCount], last = new int[grid.RowCount], spine = new int[grid.RowCount];
            Array.Fill(first, int.MaxValue);
            Array.Fill(last, -1);
            BodySections.Section? trunk = BodySections.TrunkIn(scan, slice);
            (double middleColumn, double middleRow) = trunk?.MiddleCell ?? (0, 0);
            double strip = SeparationParameters.BesideSpineMm / grid.CellWidthMm;
            for (int row = 0; row < bone.RowCount; row += grid.RowFactor)
            {
                int cellRow = row / grid.RowFactor;
                foreach (VoxelRun run in bone.RunsOf(row, slice))
                {
                    int middle = (run.Start + run.End) / 2;
                    if (!scan.Body.IsTrunk(middle, row, slice))
                    {
                        continue;
                    }

                    first[cellRow] = Math.Min(first[cellRow], run.Start / grid.ColumnFactor);
                    last[cellRow] = Math.Max(last[cellRow], (run.End - 1) / grid.ColumnFactor);
                    if ((cellRow - middleRow) * backwards > 0 && Math.Abs((middle / grid.ColumnFactor) - middleColumn) <= strip)
                    {
                        spine[cellRow] += run.Length;
                    }
                }
            }

            return new Outline(first, last, trunk?.Cells ?? 0, middleColumn, spine);
        }
    }

    /// <summary>The convex hull of the bones around a slice, where it is large enough to be a ring; by rows.</summary>
    private sealed class Ring
    {
        private readonly int _firstRow;
        private readonly float[] _left, _right;

        private Ring(int firstRow, float[] left, float[] right) => (_firstRow, _left, _right) = (firstRow, left, right);

        public static Ring? Around(ReadOnlySpan<Outline> slab, int trunkCellCount)
        {
            int rows = slab[0].First.Length;
            int[] first = [.. slab[0].First], last = [.. slab[0].Last];
            foreach (Outline outline in slab)
            {
                for (int row = 0; row < rows; row++)
                {
                    first[row] = Math.Min(first[row], outline.First[row]);
                    last[row] = Math.Max(last[row], outline.Last[row]);
                }
            }

            int top = Array.FindIndex(last, column => column >= 0), bottom = Array.FindLastIndex(last, column => column >= 0);
            if (top < 0 || top == bottom)
            {
                return null;
            }

            float[] left = LowerHull(top, bottom, row => last[row] < 0 ? null : first[row]);
            float[] right = [.. LowerHull(top, bottom, row => last[row] < 0 ? null : -last[row]).Select(column => -column)];
            double area = 0;
            for (int i = 0; i < left.Length; i++)
            {
                area += right[i] - left[i] + 1;
            }

            return area >= SeparationParameters.RingLeastFraction * trunkCellCount ? new Ring(top, left, right) : null;
        }

        public bool HasRow(int row) => row >= _firstRow && row < _firstRow + _left.Length;

        public bool IsOutside(int column, int row)
        {
            int i = row - _firstRow;
            return i < 0 || i >= _left.Length || column < _left[i] || column > _right[i];
        }

        /// <summary>The greatest convex function below values that some rows have (monotone chain).</summary>
        private static float[] LowerHull(int top, int bottom, Func<int, int?> valueOf)
        {
            var chain = new List<(int Row, int Value)>();
            for (int row = top; row <= bottom; row++)
            {
                if (valueOf(row) is not int value)
                {
                    continue;
                }

                while (chain.Count >= 2 && IsAbove(chain[^2], chain[^1], (row, value)))
                {
                    chain.RemoveAt(chain.Count - 1);
                }

                chain.Add((row, value));
            }

            float[] hull = new float[bottom - top + 1];
            for (int k = 0; k + 1 < chain.Count; k++)
            {
                for (int row = chain[k].Row; row <= chain[k + 1].Row; row++)
                {
                    float share = (float)(row - chain[k].Row) / (chain[k + 1].Row - chain[k].Row);
                    hull[row - top] = chain[k].Value + (share * (chain[k + 1].Value - chain[k].Value));
                }
            }

            return hull;
        }

        // True where the middle one lies on or above the line between the others.
        private static bool IsAbove((int Row, int Value) a, (int Row, int Value) middle, (int Row, int Value) b) =>
            ((long)(middle.Value - a.Value) * (b.Row - a.Row)) >= ((long)(b.Value - a.Value) * (middle.Row - a.Row));
    }

    /// <summary>The vertebra of a slice, in cells.</summary>
    private sealed record Spine(double Column, int Row)
    {
        public static Spine? In(ReadOnlySpan<Outline> slab, double middleColumn)
        {
            long[] count = new long[slab[0].SpineOfRow.Length];
            foreach (Outline outline in slab)
            {
                for (int row = 0; row < count.Length; row++)
                {
                    count[row] += outline.SpineOfRow[row];
                }
            }

            long total = count.Sum(), seen = 0;
            int middle = 0;
            while (total > 0 && 2 * (seen + count[middle]) <= total)
            {
                seen += count[middle++];
            }

            return total == 0 ? null : new Spine(middleColumn, middle);
        }
    }
}
