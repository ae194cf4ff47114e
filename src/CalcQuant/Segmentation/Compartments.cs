namespace CalcQuant.Segmentation;

/// <summary>
/// How deep each place of the body lies: below the skin, and inside or outside the deep compartment, which is everything within the fat under
/// the skin (muscles, bones, organs). Kept on the reduced grid, read between its cells.
/// </summary>
internal sealed class Compartments
{
    /// <summary>Stored distances are multiples of this, mm.</summary>
    private const double StepMm = 0.05;

    private readonly CellGrid _grid;
    private readonly Mask _body;
    private readonly Mask _deepParts;
    private readonly short[] _skinDepth;
    private readonly short[] _deepDistance;

    private Compartments(CellGrid grid, Mask body, Mask deepParts)
    {
        _grid = grid;
        _body = body;
        _deepParts = deepParts;
        _skinDepth = new short[grid.CellsPerSlice * grid.SliceCount];
        _deepDistance = new short[grid.CellsPerSlice * grid.SliceCount];
    }

    /// <summary>Finds the compartments of a body.</summary>
    public static Compartments Find(CellGrid grid, BodySegmentation body, ParallelOptions parallel)
    {
        var lean = new Mask(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        Parallel.For(0, grid.SliceCount, parallel, () => new Plane(grid), (slice, _, plane) =>
        {
            MarkLean(grid, body.Cells, null, slice, plane);
            plane.Store(lean, slice);
            return plane;
        }, _ => { });

        Mask parts = KeepLargeParts(grid, lean, parallel);
        var compartments = new Compartments(grid, body.Cells, parts);
        Parallel.For(0, grid.SliceCount, parallel, () => new Plane(grid), (slice, _, plane) =>
        {
            plane.Load(body.Cells, slice);
            plane.Distance.Measure(plane.Inside, target: false, grid.ColumnCount, grid.RowCount, grid.CellWidthMm, grid.CellHeightMm, plane.Mm);
            Span<short> depth = compartments._skinDepth.AsSpan(slice * grid.CellsPerSlice, grid.CellsPerSlice);
            for (int i = 0; i < depth.Length; i++)
            {
                depth[i] = Encode(plane.Mm[i] - grid.HalfCellMm);
            }

            plane.Load(parts, slice);
            compartments.MeasureDeep(slice, plane);
            return plane;
        }, _ => { });
        return compartments;
    }

    /// <summary>
    /// Draws the deep compartment anew in the slices where <paramref name="excluded"/> has cells, as if these were fat: a deposit must not
    /// move the border that its own depth is measured from.
    /// </summary>
    public void Exclude(Mask excluded, ParallelOptions parallel) =>
        Parallel.For(0, _grid.SliceCount, parallel, () => new Plane(_grid), (slice, _, plane) =>
        {
            if (excluded.Slice(slice).ContainsAnyExcept(0UL))
            {
                MarkLean(_grid, _body, excluded, slice, plane);
                for (int row = 0; row < _grid.RowCount; row++)
                {
                    for (int column = 0; column < _grid.ColumnCount; column++)
                    {
                        plane.Inside[(row * _grid.ColumnCount) + column] &= _deepParts[column, row, slice];
                    }
                }

                MeasureDeep(slice, plane);
            }

            return plane;
        }, _ => { });

    /// <summary>Depth of a voxel below the skin within its slice, mm; negative outside the body.</summary>
    public double SkinDepthMm(int column, int row, int slice) => Read(_skinDepth, column, row, slice);

    /// <summary>Depth of a voxel inside the deep compartment within its slice, mm; negative: distance to it from outside.</summary>
    public double DeepDepthMm(int column, int row, int slice) => Read(_deepDistance, column, row, slice);

    private static short Encode(double mm) => (short)Math.Clamp(Math.Round(mm / StepMm), short.MinValue, short.MaxValue);

    private static void MarkLean(CellGrid grid, Mask body, Mask? excluded, int slice, Plane plane)
    {
        ReadOnlySpan<short> hu = grid.MeanHu(slice);
        int columns = grid.ColumnCount;
        for (int row = 0; row < grid.RowCount; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int cell = (row * columns) + column;
                plane.Inside[cell] = false;
                if (!body[column, row, slice] || (excluded is not null && excluded[column, row, slice]))
                {
                    continue;
                }

                // Binomial 3 x 3: a cell's mean still carries a third or more of the noise of its pixels.
                int sum = 0;
                for (int dy = -1; dy <= 1; dy++)
                {
                    int line = Math.Clamp(row + dy, 0, grid.RowCount - 1) * columns;
                    int left = hu[line + Math.Max(0, column - 1)];
                    int right = hu[line + Math.Min(columns - 1, column + 1)];
                    sum += (dy == 0 ? 2 : 1) * (left + (2 * hu[line + column]) + right);
                }

                plane.Inside[cell] = sum > SeparationParameters.LeanHu * 16;
            }
        }

        Open(grid, plane, SeparationParameters.DeepOpeningMm);
    }

    private static void Open(CellGrid grid, Plane plane, double radiusMm)
    {
        plane.Distance.Measure(plane.Inside, target: false, grid.ColumnCount, grid.RowCount, grid.CellWidthMm, grid.CellHeightMm, plane.Mm);
        for (int i = 0; i < plane.Inside.Length; i++)
        {
            plane.Inside[i] = plane.Mm[i] > radiusMm;
        }

        plane.Distance.Measure(plane.Inside, target: true, grid.ColumnCount, grid.RowCount, grid.CellWidthMm, grid.CellHeightMm, plane.Mm);
        for (int i = 0; i < plane.Inside.Length; i++)
        {
            plane.Inside[i] = plane.Mm[i] <= radiusMm;
        }
    }

    private static Mask KeepLargeParts(CellGrid grid, Mask lean, ParallelOptions parallel)
    {
        ConnectedComponents parts = ConnectedComponents.Label(lean, Connectivity.Full26, null, parallel.MaxDegreeOfParallelism, parallel.CancellationToken);
        var kept = new Mask(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        double cellVolume = grid.CellAreaMm2 * grid.BetweenSlicesMm;
        double largest = 0;
        for (int label = 0; label < parts.Count; label++)
        {
            largest = Math.Max(largest, parts.Statistics[label].VoxelCount * cellVolume);
        }

        for (int label = 0; label < parts.Count; label++)
        {
            double volumeMm3 = parts.Statistics[label].VoxelCount * cellVolume;
            if (volumeMm3 >= SeparationParameters.DeepLeastVolumeMm3 || volumeMm3 >= SeparationParameters.DeepLeastFraction * largest)
            {
                foreach (VoxelRun run in parts.RunsOf(label))
                {
                    Kernels.BitRow.Fill(kept.Row(run.Row, run.Slice), run.Start, run.End);
                }
            }
        }

        return kept;
    }

    /// <summary>Closes the parts in the plane, fills them, and stores the signed distance to their surface.</summary>
    private void MeasureDeep(int slice, Plane plane)
    {
        CellGrid grid = _grid;
        plane.Distance.Measure(plane.Inside, target: true, grid.ColumnCount, grid.RowCount, grid.CellWidthMm, grid.CellHeightMm, plane.Mm);
        for (int i = 0; i < plane.Inside.Length; i++)
        {
            plane.Inside[i] = plane.Mm[i] <= SeparationParameters.DeepClosingMm;
        }

        plane.Distance.Measure(plane.Inside, target: false, grid.ColumnCount, grid.RowCount, grid.CellWidthMm, grid.CellHeightMm, plane.Mm);
        for (int i = 0; i < plane.Inside.Length; i++)
        {
            plane.Inside[i] = plane.Mm[i] > SeparationParameters.DeepClosingMm;
        }

        plane.FillHoles();
        Span<short> target = _deepDistance.AsSpan(slice * grid.CellsPerSlice, grid.CellsPerSlice);
        plane.Distance.Measure(plane.Inside, target: false, grid.ColumnCount, grid.RowCount, grid.CellWidthMm, grid.CellHeightMm, plane.Mm);
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = Encode(plane.Inside[i] ? plane.Mm[i] - grid.HalfCellMm : 0);
        }

        plane.Distance.Measure(plane.Inside, target: true, grid.ColumnCount, grid.RowCount, grid.CellWidthMm, grid.CellHeightMm, plane.Mm);
        for (int i = 0; i < target.Length; i++)
        {
            if (!plane.Inside[i])
            {
                target[i] = Encode(grid.HalfCellMm - plane.Mm[i]);
            }
        }
    }

    private double Read(short[] field, int column, int row, int slice)
    {
        double x = Math.Clamp(((column + 0.5) / _grid.ColumnFactor) - 0.5, 0, _grid.ColumnCount - 1);
        double y = Math.Clamp(((row + 0.5) / _grid.RowFactor) - 0.5, 0, _grid.RowCount - 1);
        int left = (int)x, top = (int)y;
        int right = Math.Min(left + 1, _grid.ColumnCount - 1), bottom = Math.Min(top + 1, _grid.RowCount - 1);
        double fx = x - left, fy = y - top;
        int plane = slice * _grid.CellsPerSlice;
        int upper = plane + (top * _grid.ColumnCount), lower = plane + (bottom * _grid.ColumnCount);
        double first = (field[upper + left] * (1 - fx)) + (field[upper + right] * fx);
        double second = (field[lower + left] * (1 - fx)) + (field[lower + right] * fx);
        return ((first * (1 - fy)) + (second * fy)) * StepMm;
    }
}
