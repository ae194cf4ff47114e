using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// How deep each place of the body lies: below the skin, and inside or outside the deep compartment, which is everything within the fat under
/// the skin (muscles, bones, organs). Kept on the reduced grid, read between its cells.
/// </summary>
internal sealed class Compartments
{
    /// <summary>Stored distances are multiples of this, mm.</summary>
    private const double StepMm = 0.05;

    /// <summary>Distances are kept up to this, mm: more than half of any body.</summary>
    private const double GreatestMm = 400;

    private static readonly DepthKernel Encoding = new(StepMm, GreatestMm);

    private readonly CellGrid _grid;
    private readonly Mask _body;
    private readonly Mask _deepParts;
    private readonly VoxelBox _box;
    private readonly short[] _skinDepth;
    private readonly short[] _deepDistance;

    private Compartments(CellGrid grid, Mask body, Mask deepParts)
    {
        _grid = grid;
        _body = body;
        _deepParts = deepParts;

        // Nothing is asked of places beside the body, but at its surface one reads between cells.
        _box = (body.BoundingBox() ?? new VoxelBox(0, 0, 0, 0, 0, 0)).Grow(1, 1, body.SliceCount, body);
        _skinDepth = new short[_box.VoxelCount];
        _deepDistance = new short[_box.VoxelCount];
    }

    private int CellsPerSlice => _box.ColumnCount * _box.RowCount;

    /// <summary>Finds the compartments of a body.</summary>
    public static Compartments Find(CellGrid grid, BodySegmentation body, ParallelOptions parallel)
    {
        Mask parts = KeepLargeParts(grid, OpenLean(grid, body.Cells, null, parallel), parallel);
        var compartments = new Compartments(grid, body.Cells, parts);
        VoxelBox box = compartments._box;
        Parallel.For(box.MinSlice, box.MaxSlice + 1, parallel, () => new Plane(box.ColumnCount, box.RowCount), (slice, _, plane) =>
        {
            plane.Load(body.Cells, slice, box.MinColumn, box.MinRow);
            plane.Measure(target: false, grid);
            Encoding.Encode(plane.Mm, 1, -grid.HalfCellMm, keepsZero: false, compartments.Slice(compartments._skinDepth, slice));
            return plane;
        }, _ => { });
        compartments.MeasureDeep(parts.Clone(), null, parallel);
        return compartments;
    }

    /// <summary>
    /// Draws the deep compartment anew in the slices where <paramref name="excluded"/> has cells, as if these were fat: a deposit must not
    /// move the border that its own depth is measured from.
    /// </summary>
    public void Exclude(Mask excluded, ParallelOptions parallel)
    {
        if (!excluded.IsEmpty)
        {
            MeasureDeep(OpenLean(_grid, _body, excluded, parallel).And(_deepParts), excluded, parallel);
        }
    }

    /// <summary>Depth of a voxel below the skin within its slice, mm; negative outside the body.</summary>
    public double SkinDepthMm(int column, int row, int slice) => Read(_skinDepth, column, row, slice);

    /// <summary>Depth of a voxel inside the deep compartment within its slice, mm; negative: distance to it from outside.</summary>
    public double DeepDepthMm(int column, int row, int slice) => Read(_deepDistance, column, row, slice);

    /// <summary>The cells of muscle, organs and bone, opened in the plane.</summary>
    private static Mask OpenLean(CellGrid grid, Mask body, Mask? excluded, ParallelOptions parallel)
    {
        var lean = new Mask(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        Parallel.For(0, grid.SliceCount, parallel, slice => MarkLean(grid, slice, lean));
        lean.And(body);
        if (excluded is not null)
        {
            lean.AndNot(excluded);
        }

        return MaskMorphology.Open(
            lean,
            StructuringElement.Disc(SeparationParameters.DeepOpeningMm, grid.Geometry),
            parallel.MaxDegreeOfParallelism,
            parallel.CancellationToken);
    }

    private static void MarkLean(CellGrid grid, int slice, Mask lean)
    {
        // Binomial 3 x 3: a cell's mean still carries a third or more of the noise of its pixels.
        ReadOnlySpan<short> hu = grid.MeanHu(slice);
        int columns = grid.ColumnCount;
        int[] sums = new int[columns];
        for (int row = 0; row < grid.RowCount; row++)
        {
            ReadOnlySpan<short> above = hu.Slice(Math.Max(0, row - 1) * columns, columns);
            ReadOnlySpan<short> here = hu.Slice(row * columns, columns);
            ReadOnlySpan<short> below = hu.Slice(Math.Min(grid.RowCount - 1, row + 1) * columns, columns);
            for (int column = 0; column < columns; column++)
            {
                sums[column] = above[column] + (2 * here[column]) + below[column];
            }

            Span<ulong> words = lean.Row(row, slice);
            for (int column = 0; column < columns; column++)
            {
                int sum = sums[Math.Max(0, column - 1)] + (2 * sums[column]) + sums[Math.Min(columns - 1, column + 1)];
                if (sum > SeparationParameters.LeanHu * 16)
                {
                    words[column >> 6] |= 1UL << (column & 63);
                }
            }
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
                    BitRow.Fill(kept.Row(run.Row, run.Slice), run.Start, run.End);
                }
            }
        }

        return kept;
    }

    /// <summary>Closes the parts in the plane, fills them, and stores the signed distance to their surface.</summary>
    /// <param name="deep">The parts; overwritten.</param>
    /// <param name="where">Only slices where it has cells are measured; null for all.</param>
    /// <param name="parallel">Threads and cancellation.</param>
    private void MeasureDeep(Mask deep, Mask? where, ParallelOptions parallel)
    {
        CellGrid grid = _grid;
        Mask closed = MaskMorphology.Close(
            deep,
            StructuringElement.Disc(SeparationParameters.DeepClosingMm, grid.Geometry),
            parallel.MaxDegreeOfParallelism,
            parallel.CancellationToken);
        closed = MaskMorphology.FillHoles(closed, parallel.MaxDegreeOfParallelism, parallel.CancellationToken);
        Parallel.For(_box.MinSlice, _box.MaxSlice + 1, parallel, () => new Plane(_box.ColumnCount, _box.RowCount), (slice, _, plane) =>
        {
            if (where is not null && !where.Slice(slice).ContainsAnyExcept(0UL))
            {
                return plane;
            }

            Span<short> target = Slice(_deepDistance, slice);
            plane.Load(closed, slice, _box.MinColumn, _box.MinRow);
            plane.Measure(target: false, grid);
            Encoding.Encode(plane.Mm, 1, -grid.HalfCellMm, keepsZero: false, target);

            // Cells inside are those at distance 0 from the inside: they keep their distance from the outside.
            plane.Measure(target: true, grid);
            Encoding.Encode(plane.Mm, -1, grid.HalfCellMm, keepsZero: true, target);
            return plane;
        }, _ => { });
    }

    private Span<short> Slice(short[] field, int slice) => field.AsSpan((slice - _box.MinSlice) * CellsPerSlice, CellsPerSlice);

    private double Read(short[] field, int column, int row, int slice)
    {
        double x = Math.Clamp(((column + 0.5) / _grid.ColumnFactor) - 0.5, _box.MinColumn, _box.MaxColumn) - _box.MinColumn;
        double y = Math.Clamp(((row + 0.5) / _grid.RowFactor) - 0.5, _box.MinRow, _box.MaxRow) - _box.MinRow;
        int left = (int)x, top = (int)y;
        int right = Math.Min(left + 1, _box.ColumnCount - 1), bottom = Math.Min(top + 1, _box.RowCount - 1);
        double fx = x - left, fy = y - top;
        int plane = (Math.Clamp(slice, _box.MinSlice, _box.MaxSlice) - _box.MinSlice) * CellsPerSlice;
        int upper = plane + (top * _box.ColumnCount), lower = plane + (bottom * _box.ColumnCount);
        double first = (field[upper + left] * (1 - fx)) + (field[upper + right] * fx);
        double second = (field[lower + left] * (1 - fx)) + (field[lower + right] * fx);
        return ((first * (1 - fy)) + (second * fy)) * StepMm;
    }
}
