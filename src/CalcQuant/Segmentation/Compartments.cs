namespace CalcQuant.Segmentation;

/// <summary>
/// How deep each place of the body lies: below the skin, and inside or outside the deep compartment, which is everything within the fat under
/// the skin (muscles, bones, organs). Measured on the reduced grid, kept for the cells at given voxels, read between them.
/// </summary>
internal sealed class Compartments : IDisposable
{
    private readonly CellGrid _grid;
    private readonly Mask _body;
    private readonly Mask _deepParts;
    private readonly VoxelBox _box;
    private readonly Mask _chosen;
    private readonly CellDepths _skinDepth;
    private readonly CellDepths _deepDepth;

    private Compartments(CellGrid grid, Mask body, Mask deepParts, Mask[] voxels, ParallelOptions parallel)
    {
        _grid = grid;
        _body = body;
        _deepParts = deepParts;

        // Nothing is asked of places beside the body, but at its surface one reads between cells. All slices are in it.
        _box = (body.BoundingBox() ?? new VoxelBox(0, 0, 0, 0, 0, 0)).Grow(1, 1, body.SliceCount, body);
        _chosen = Choose(voxels, parallel);
        _skinDepth = new CellDepths(_chosen);
        _deepDepth = new CellDepths(_chosen);
    }

    /// <summary>Gives the memory back; nothing may be read any more.</summary>
    public void Dispose()
    {
        _deepParts.Dispose();
        _skinDepth.Dispose();
        _deepDepth.Dispose();
        _chosen.Dispose();
    }

    /// <summary>Finds the compartments of a body.</summary>
    /// <param name="grid">The reduced grid.</param>
    /// <param name="body">The body on it.</param>
    /// <param name="voxels">Full-resolution masks of the places that may be asked for.</param>
    /// <param name="parallel">Threads and cancellation.</param>
    public static Compartments Find(CellGrid grid, BodySegmentation body, Mask[] voxels, ParallelOptions parallel)
    {
        using Mask lean = OpenLean(grid, body.Cells, null, parallel);
        Mask parts = KeepLargeParts(grid, lean, parallel);
        var compartments = new Compartments(grid, body.Cells, parts, voxels, parallel);
        VoxelBox box = compartments._box;
        Parallel.For(box.MinSlice, box.MaxSlice + 1, parallel, () => new Plane(box.ColumnCount, box.RowCount), (slice, _, plane) =>
        {
            plane.Load(body.Cells, slice, box.MinColumn, box.MinRow);
            plane.Measure(target: false, grid);
            compartments._skinDepth.Store(slice - box.MinSlice, plane.Mm, [], grid.HalfCellMm);
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
    public double SkinDepthMm(int column, int row, int slice) => Between(_skinDepth, column, row, slice);

    /// <summary>Depth of a voxel inside the deep compartment within its slice, mm; negative: distance to it from outside.</summary>
    public double DeepDepthMm(int column, int row, int slice) => Between(_deepDepth, column, row, slice);

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
        using ConnectedComponents parts = ConnectedComponents.Label(lean, Connectivity.Full26, null, parallel.MaxDegreeOfParallelism, parallel.CancellationToken);
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
            if (where is null || where[slice])
            {
                plane.Load(closed, slice, _box.MinColumn, _box.MinRow);
                plane.Measure(target: false, grid);
                plane.MeasureOther(target: true, grid);
                _deepDepth.Store(slice - _box.MinSlice, plane.Mm, plane.OtherMm, grid.HalfCellMm);
            }

            return plane;
        }, _ => { });
    }

    /// <summary>The cells of the box that voxels lie in, with their neighbours, between which one reads; what lies beside the box is read at its border.</summary>
    private Mask Choose(Mask[] voxels, ParallelOptions parallel)
    {
        var chosen = new Mask(_box.ColumnCount, _box.RowCount, _box.SliceCount);
        Parallel.For(0, chosen.SliceCount, parallel, slice =>
        {
            foreach (Mask mask in voxels)
            {
                for (int row = 0; row < mask.RowCount; row++)
                {
                    foreach (VoxelRun run in mask.RunsOf(row, _box.MinSlice + slice))
                    {
                        ChooseAround(run, slice, chosen);
                    }
                }
            }
        });
        return chosen;
    }

    private void ChooseAround(VoxelRun run, int slice, Mask chosen)
    {
        int start = Math.Clamp((run.Start / _grid.ColumnFactor) - 1 - _box.MinColumn, 0, chosen.ColumnCount - 1);
        int end = Math.Clamp(((run.End - 1) / _grid.ColumnFactor) + 1 - _box.MinColumn, 0, chosen.ColumnCount - 1) + 1;
        int cellRow = (run.Row / _grid.RowFactor) - _box.MinRow;
        int bottom = Math.Clamp(cellRow + 1, 0, chosen.RowCount - 1);
        for (int row = Math.Clamp(cellRow - 1, 0, chosen.RowCount - 1); row <= bottom; row++)
        {
            Kernels.BitRow.Fill(chosen.Row(row, slice), start, end);
        }
    }

    private double Between(CellDepths depths, int column, int row, int slice)
    {
        double x = Math.Clamp(((column + 0.5) / _grid.ColumnFactor) - 0.5, _box.MinColumn, _box.MaxColumn) - _box.MinColumn;
        double y = Math.Clamp(((row + 0.5) / _grid.RowFactor) - 0.5, _box.MinRow, _box.MaxRow) - _box.MinRow;
        return depths.Between(x, y, Math.Clamp(slice, _box.MinSlice, _box.MaxSlice) - _box.MinSlice);
    }
}
