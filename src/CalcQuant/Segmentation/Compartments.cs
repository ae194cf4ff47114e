using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// How deep each place of the body lies: below the skin, and inside or outside the deep compartment, which is everything within the fat under
/// the skin (muscles, bones, organs). Kept on the reduced grid, read between its cells.
/// </summary>
internal sealed class Compartments : IDisposable
{
    /// <summary>Stored distances are multiples of this, mm.</summary>
    private const double StepMm = 0.05;

    /// <summary>Distances are kept up to this, mm: more than half of any body.</summary>
    private const double GreatestMm = 400;

    private readonly CellGrid _grid;
    private readonly Mask _body;
    private readonly Mask _deepParts;
    private readonly VoxelBox _box;
    private short[] _skinDepth;
    private short[] _deepDistance;

    private Compartments(CellGrid grid, Mask body, Mask deepParts)
    {
        _grid = grid;
        _body = body;
        _deepParts = deepParts;

        // Nothing is asked of places beside the body, but at its surface one reads between cells.
        _box = (body.BoundingBox() ?? new VoxelBox(0, 0, 0, 0, 0, 0)).Grow(1, 1, body.SliceCount, body);
        _skinDepth = LargeArrayPool.Shared.Rent<short>(checked((int)_box.VoxelCount));
        _deepDistance = LargeArrayPool.Shared.Rent<short>(checked((int)_box.VoxelCount));
    }

    /// <summary>Gives the memory back; nothing may be read any more.</summary>
    public void Dispose()
    {
        _deepParts.Dispose();
        LargeArrayPool.Shared.Return(Interlocked.Exchange(ref _skinDepth, []));
        LargeArrayPool.Shared.Return(Interlocked.Exchange(ref _deepDistance, []));
    }

    private int CellsPerSlice => _box.ColumnCount * _box.RowCount;

    /// <summary>Finds the compartments of a body.</summary>
    public static Compartments Find(CellGrid grid, BodySegmentation body, ParallelOptions parallel)
    {
        using Mask lean = OpenLean(grid, body.Cells, null, parallel);
        Mask parts = KeepLargeParts(grid, lean, parallel);
        var compartments = new Compartments(grid, body.Cells, parts);
        VoxelBox box = compartments._box;
        Parallel.For(box.MinSlice, box.MaxSlice + 1, parallel, () => new Plane(box.ColumnCount, box.RowCount), (slice, _, plane) =>
        {
            plane.Load(body.Cells, slice, box.MinColumn, box.MinRow);
            plane.Measure(target: false, grid);
            Kernels.DepthCodeKernel.Encode(plane.Mm, [], grid.HalfCellMm, GreatestMm, StepMm, compartments.Slice(compartments._skinDepth, slice));
            return plane;
        }, _ => { });
        compartments.MeasureDeep(parts, null, parallel);
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
            using Mask lean = OpenLean(_grid, _body, excluded, parallel);
            using Mask parts = lean.And(_deepParts);

            // Where the parts stay as they were, so do the distances to them.
            bool[] isChanged = new bool[parts.SliceCount];
            for (int slice = 0; slice < isChanged.Length; slice++)
            {
                isChanged[slice] = excluded.Slice(slice).ContainsAnyExcept(0UL) && !parts.Slice(slice).SequenceEqual(_deepParts.Slice(slice));
                if (!isChanged[slice])
                {
                    parts.Slice(slice).Clear();
                }
            }

            MeasureDeep(parts, isChanged, parallel);
        }
    }

    /// <summary>Depth of a voxel below the skin within its slice, mm; negative outside the body.</summary>
    public double SkinDepthMm(int column, int row, int slice) => Read(_skinDepth, column, row, slice);

    /// <summary>Depth of a voxel inside the deep compartment within its slice, mm; negative: distance to it from outside.</summary>
    public double DeepDepthMm(int column, int row, int slice) => Read(_deepDistance, column, row, slice);

    /// <summary>The cells of muscle, organs and bone, opened in the plane; where something is excluded, only those of the slices that hold some of it.</summary>
    private static Mask OpenLean(CellGrid grid, Mask body, Mask? excluded, ParallelOptions parallel)
    {
        using var lean = Mask.Uncleared(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        Parallel.For(0, grid.SliceCount, parallel, () => new Kernels.BinomialThresholdKernel(), (slice, _, kernel) =>
        {
            if (excluded is null || excluded.Slice(slice).ContainsAnyExcept(0UL))
            {
                MarkLean(grid, slice, kernel, lean);
            }
            else
            {
                lean.Slice(slice).Clear();
            }

            return kernel;
        }, _ => { });
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

    private static void MarkLean(CellGrid grid, int slice, Kernels.BinomialThresholdKernel kernel, Mask lean)
    {
        // Smoothed: a cell's mean still carries a third or more of the noise of its pixels.
        ReadOnlySpan<short> hu = grid.MeanHu(slice);
        int columns = grid.ColumnCount;
        for (int row = 0; row < grid.RowCount; row++)
        {
            kernel.Mark(
                hu.Slice(Math.Max(0, row - 1) * columns, columns),
                hu.Slice(row * columns, columns),
                hu.Slice(Math.Min(grid.RowCount - 1, row + 1) * columns, columns),
                SeparationParameters.LeanHu,
                lean.Row(row, slice));
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
    /// <param name="deep">The parts.</param>
    /// <param name="where">Which slices are measured; null for all.</param>
    /// <param name="parallel">Threads and cancellation.</param>
    private void MeasureDeep(Mask deep, bool[]? where, ParallelOptions parallel)
    {
        CellGrid grid = _grid;
        using Mask open = MaskMorphology.Close(
            deep,
            StructuringElement.Disc(SeparationParameters.DeepClosingMm, grid.Geometry),
            parallel.MaxDegreeOfParallelism,
            parallel.CancellationToken);
        using Mask closed = MaskMorphology.FillHoles(open, parallel.MaxDegreeOfParallelism, parallel.CancellationToken);
        Parallel.For(_box.MinSlice, _box.MaxSlice + 1, parallel, () => new Plane(_box.ColumnCount, _box.RowCount), (slice, _, plane) =>
        {
            if (where is not null && !where[slice])
            {
                return plane;
            }

            plane.Load(closed, slice, _box.MinColumn, _box.MinRow);
            plane.Measure(target: false, grid);
            plane.MeasureOther(target: true, grid);
            Kernels.DepthCodeKernel.Encode(plane.Mm, plane.OtherMm, grid.HalfCellMm, GreatestMm, StepMm, Slice(_deepDistance, slice));
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
