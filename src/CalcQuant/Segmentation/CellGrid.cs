using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// The volume reduced within the slices to cells of about <see cref="SeparationParameters.CellMm"/>, each the mean HU of its pixels: body and
/// compartments are found on it, which needs no finer resolution and a tenth of the work and memory. Slices are not reduced.
/// </summary>
internal sealed class CellGrid : IDisposable
{
    /// <summary>Range that pixels are clamped to before averaging, HU: padding would else look lighter, metal heavier, than any tissue.</summary>
    private const int LeastHu = -1024, GreatestHu = 3071;

    private short[] _meanHu;

    private CellGrid(VolumeGeometry geometry, int columnFactor, int rowFactor)
    {
        ColumnFactor = columnFactor;
        RowFactor = rowFactor;
        ColumnCount = (geometry.ColumnCount + columnFactor - 1) / columnFactor;
        RowCount = (geometry.RowCount + rowFactor - 1) / rowFactor;
        SliceCount = geometry.SliceCount;
        CellWidthMm = geometry.BetweenColumnsMm * columnFactor;
        CellHeightMm = geometry.BetweenRowsMm * rowFactor;
        BetweenSlicesMm = geometry.BetweenSlicesMm;
        LpsPoint corner = new(0, 0, 0);
        Geometry = new VolumeGeometry(
            ColumnCount,
            RowCount,
            CellWidthMm,
            CellHeightMm,
            new LpsPoint(1, 0, 0),
            new LpsPoint(0, 1, 0),
            [.. geometry.SliceOrigins.Select(origin => corner + new LpsPoint(0, 0, (origin - geometry.SliceOrigins[0]).Dot(geometry.Normal)))],
            geometry.SliceExtentsMm);
        _meanHu = LargeArrayPool.Shared.Rent<short>(checked(ColumnCount * RowCount * SliceCount));
    }

    /// <summary>Pixels of a cell along a row.</summary>
    public int ColumnFactor { get; }

    /// <summary>Pixels of a cell along a column.</summary>
    public int RowFactor { get; }

    /// <summary>Cells of a row.</summary>
    public int ColumnCount { get; }

    /// <summary>Rows of cells.</summary>
    public int RowCount { get; }

    /// <summary>Slices.</summary>
    public int SliceCount { get; }

    /// <summary>Width of a cell, mm.</summary>
    public double CellWidthMm { get; }

    /// <summary>Height of a cell, mm.</summary>
    public double CellHeightMm { get; }

    /// <summary>Distance of slices along the normal, mm.</summary>
    public double BetweenSlicesMm { get; }

    /// <summary>Sizes of the grid; not its place in the patient.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>Cells of a slice.</summary>
    public int CellsPerSlice => ColumnCount * RowCount;

    /// <summary>Area of a cell, mm².</summary>
    public double CellAreaMm2 => CellWidthMm * CellHeightMm;

    /// <summary>Half the mean cell side, mm: the distance of a border cell's centre to the border.</summary>
    public double HalfCellMm => (CellWidthMm + CellHeightMm) / 4;

    /// <summary>Mean HU of the cells of a slice.</summary>
    public ReadOnlySpan<short> MeanHu(int slice) => _meanHu.AsSpan(slice * CellsPerSlice, CellsPerSlice);

    /// <summary>Reduces a volume.</summary>
    public static CellGrid Reduce(CtVolume volume, ParallelOptions parallel)
    {
        VolumeGeometry geometry = volume.Geometry;
        var grid = new CellGrid(geometry, Factor(geometry.BetweenColumnsMm), Factor(geometry.BetweenRowsMm));
        Parallel.For(
            0,
            geometry.SliceCount,
            parallel,
            () => new RowSums(geometry.ColumnCount, grid.ColumnCount),
            (slice, _, sums) =>
            {
                grid.ReduceSlice(volume, slice, sums);
                return sums;
            },
            _ => { });
        return grid;
    }

    private void ReduceSlice(CtVolume volume, int slice, RowSums sums)
    {
        bool isNarrow = volume.IsInt16 && RowFactor <= Kernels.CellMeanKernel.GreatestRowCount;
        for (int cellRow = 0; cellRow < RowCount; cellRow++)
        {
            int firstRow = cellRow * RowFactor;
            int endRow = Math.Min(volume.Geometry.RowCount, firstRow + RowFactor);
            Span<short> means = _meanHu.AsSpan((slice * CellsPerSlice) + (cellRow * ColumnCount), ColumnCount);
            if (isNarrow)
            {
                Array.Clear(sums.OfPixels);
                for (int row = firstRow; row < endRow; row++)
                {
                    Kernels.CellMeanKernel.AddRow(volume.Int16Row(row, slice), LeastHu, GreatestHu, sums.OfPixels);
                }

                Kernels.CellMeanKernel.Average(sums.OfPixels, ColumnFactor, endRow - firstRow, means);
                continue;
            }

            Array.Clear(sums.OfCells);
            for (int row = firstRow; row < endRow; row++)
            {
                if (volume.IsInt16)
                {
                    AddRow(volume.Int16Row(row, slice), ColumnFactor, sums.OfCells);
                }
                else
                {
                    AddRow(volume.SingleRow(row, slice), ColumnFactor, sums.OfCells);
                }
            }

            for (int cell = 0; cell < means.Length; cell++)
            {
                int columns = Math.Min(ColumnFactor, volume.Geometry.ColumnCount - (cell * ColumnFactor));
                means[cell] = (short)(sums.OfCells[cell] / (columns * (endRow - firstRow)));
            }
        }
    }

    /// <summary>Gives the memory back; nothing may be read any more.</summary>
    public void Dispose()
    {
        short[] meanHu = Interlocked.Exchange(ref _meanHu, []);
        LargeArrayPool.Shared.Return(meanHu);
    }

    /// <summary>Sets the cells of a slice whose mean is greater than a limit, HU.</summary>
    public void MarkAbove(int slice, float limitHu, Mask target)
    {
        short least = (short)(Math.Floor(limitHu) + 1);
        ReadOnlySpan<short> hu = MeanHu(slice);
        for (int row = 0; row < RowCount; row++)
        {
            Kernels.ThresholdKernel.Mark(hu.Slice(row * ColumnCount, ColumnCount), least, target.Row(row, slice), Kernels.SimdPaths.Best);
        }
    }

    /// <summary>Sets the cells that a run of voxels touches.</summary>
    /// <param name="run">At full resolution.</param>
    /// <param name="cells">A mask of the size of the grid.</param>
    public void Mark(VoxelRun run, Mask cells) => Kernels.BitRow.Fill(
        cells.Row(run.Row / RowFactor, run.Slice), run.Start / ColumnFactor, ((run.End - 1) / ColumnFactor) + 1);

    /// <summary>
    /// Distances to the cells that a full-resolution mask touches, capped. A large volume is reduced further first, in the plane and across slices,
    /// to cells of at most about 4 mm: what is near is measured exactly where it matters.
    /// </summary>
    public Distances DistancesTo(Mask voxels, float capMm, ParallelOptions parallel)
    {
        const int greatestCellCount = 4_000_000;
        const double greatestSliceMm = 3;
        bool isLarge = CellsPerSlice * (long)SliceCount > greatestCellCount;
        int step = isLarge ? 2 : 1;
        int sliceStep = isLarge ? Math.Max(1, (int)(greatestSliceMm / BetweenSlicesMm)) : 1;
        int columnFactor = ColumnFactor * step, rowFactor = RowFactor * step;
        var cells = new Mask(
            (voxels.ColumnCount + columnFactor - 1) / columnFactor,
            (voxels.RowCount + rowFactor - 1) / rowFactor,
            (voxels.SliceCount + sliceStep - 1) / sliceStep);
        for (int slice = 0; slice < SliceCount; slice++)
        {
            for (int row = 0; row < voxels.RowCount; row++)
            {
                foreach (VoxelRun run in voxels.RunsOf(row, slice))
                {
                    Kernels.BitRow.Fill(
                        cells.Row(row / rowFactor, slice / sliceStep), run.Start / columnFactor, ((run.End - 1) / columnFactor) + 1);
                }
            }
        }

        var geometry = new VolumeGeometry(
            cells.ColumnCount,
            cells.RowCount,
            CellWidthMm * step,
            CellHeightMm * step,
            new LpsPoint(1, 0, 0),
            new LpsPoint(0, 1, 0),
            [.. Enumerable.Range(0, cells.SliceCount).Select(slice => Geometry.SliceOrigins[slice * sliceStep])],
            [.. Enumerable.Range(0, cells.SliceCount).Select(slice => Geometry.SliceExtentsMm[slice * sliceStep] * sliceStep)]);
        var whole = new VoxelBox(0, 0, 0, cells.ColumnCount - 1, cells.RowCount - 1, cells.SliceCount - 1);
        float[] mm = DistanceTransform.InBox(cells, whole, geometry, capMm, parallel.MaxDegreeOfParallelism, parallel.CancellationToken);
        return new Distances(mm, cells.ColumnCount, cells.RowCount, (columnFactor, rowFactor, sliceStep), capMm);
    }

    /// <summary>A distance for each cell of a grid reduced by the given factors (columns, rows, slices).</summary>
    internal sealed class Distances(float[] mm, int columnCount, int rowCount, (int Column, int Row, int Slice) factor, float capMm)
    {
        /// <summary>Least distance of a structure, to about a cell, mm; null where it is the cap or more.</summary>
        public double? Least(ReadOnlySpan<VoxelRun> structure)
        {
            float least = capMm;
            foreach (VoxelRun run in structure)
            {
                int line = ((run.Slice / factor.Slice * rowCount) + (run.Row / factor.Row)) * columnCount;
                for (int cell = run.Start / factor.Column; cell <= (run.End - 1) / factor.Column; cell++)
                {
                    least = Math.Min(least, mm[line + cell]);
                }
            }

            return least >= capMm ? null : least;
        }
    }

    private static int Factor(double pixelMm) => Math.Max(1, (int)Math.Round(SeparationParameters.CellMm / pixelMm, MidpointRounding.AwayFromZero));

    private static void AddRow(ReadOnlySpan<short> row, int factor, int[] sums)
    {
        for (int cell = 0, column = 0; cell < sums.Length; cell++)
        {
            int end = Math.Min(row.Length, column + factor);
            int sum = 0;
            for (; column < end; column++)
            {
                sum += Math.Clamp((int)row[column], LeastHu, GreatestHu);
            }

            sums[cell] += sum;
        }
    }

    private static void AddRow(ReadOnlySpan<float> row, int factor, int[] sums)
    {
        for (int cell = 0, column = 0; cell < sums.Length; cell++)
        {
            int end = Math.Min(row.Length, column + factor);
            float sum = 0;
            for (; column < end; column++)
            {
                sum += float.IsNaN(row[column]) ? LeastHu : Math.Clamp(row[column], LeastHu, GreatestHu);
            }

            sums[cell] += (int)sum;
        }
    }

    /// <summary>Sums of one thread: of the pixels of a row of cells, or of the cells themselves where 16 bits are too few.</summary>
    private sealed class RowSums(int columnCount, int cellCount)
    {
        public short[] OfPixels { get; } = new short[columnCount];

        public int[] OfCells { get; } = new int[cellCount];
    }
}
