using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// The patient: everything that is matter and thick enough, without couch, clothing and cables; arms and both legs included, lungs and bowel
/// gas filled.
/// </summary>
internal sealed class BodySegmentation : IDisposable
{
    /// <summary>Length of the image border that the body must occupy for the scan to be truncated, mm.</summary>
    private const double TruncationMm = 10;

    private readonly CellGrid _grid;
    private readonly Mask? _trunk;

    private BodySegmentation(CellGrid grid, Mask cells, Mask voxels, Mask? trunk, int truncatedSliceCount)
    {
        _grid = grid;
        _trunk = trunk;
        Cells = cells;
        Voxels = voxels;
        Exists = !cells.IsEmpty;
        TruncatedSliceCount = truncatedSliceCount;
    }

    /// <summary>Gives the memory back but for <see cref="Voxels"/>, which outlive the search.</summary>
    public void Dispose()
    {
        Cells.Dispose();
        _trunk?.Dispose();
    }

    /// <summary>The body on the reduced grid, holes filled.</summary>
    public Mask Cells { get; }

    /// <summary>The body at full resolution: pixels of its surface cells count only where they are matter.</summary>
    public Mask Voxels { get; }

    /// <summary>True where the body reaches the border of the image.</summary>
    public bool IsTruncated => TruncatedSliceCount > 0;

    /// <summary>Slices in which it does.</summary>
    public int TruncatedSliceCount { get; }

    /// <summary>True where there is a body at all.</summary>
    public bool Exists { get; }

    /// <summary>True where the scan shows a trunk somewhere.</summary>
    public bool HasTrunk => _trunk is not null;

    /// <summary>The cells of the trunk, neck and head included where they continue it; null without a trunk.</summary>
    public Mask? TrunkCells => _trunk;

    /// <summary>True where at least half of a structure lies in a trunk, not in a limb.</summary>
    public bool IsInTrunk(ReadOnlySpan<VoxelRun> structure)
    {
        if (_trunk is null)
        {
            return false;
        }

        long size = 0, within = 0;
        foreach (VoxelRun run in structure)
        {
            size += run.Length;
            within += IsTrunk((run.Start + run.End) / 2, run.Row, run.Slice) ? run.Length : 0;
        }

        return 2 * within >= size;
    }

    /// <summary>True where a voxel lies in a trunk.</summary>
    public bool IsTrunk(int column, int row, int slice) => _trunk is not null && _trunk[column / _grid.ColumnFactor, row / _grid.RowFactor, slice];

    /// <summary>Finds the body.</summary>
    public static BodySegmentation Find(CtVolume volume, CellGrid grid, ParallelOptions parallel)
    {
        Mask cells = FindCells(grid, parallel);
        var voxels = new Mask(volume.Geometry.ColumnCount, volume.Geometry.RowCount, volume.Geometry.SliceCount);
        double[] borderMm = new double[grid.SliceCount];
        Parallel.For(0, grid.SliceCount, parallel, () => new SurfaceCells(grid), (slice, _, surface) =>
        {
            if (cells.Slice(slice).ContainsAnyExcept(0UL))
            {
                borderMm[slice] = BorderContactMm(grid, cells, slice);
                surface.Find(cells, slice);
                Refine(volume, grid, surface, slice, voxels);
            }

            return surface;
        }, surface => surface.Dispose());

        return new BodySegmentation(grid, cells, voxels, TrunkSections.Find(grid, cells, parallel), borderMm.Count(mm => mm >= TruncationMm));
    }

    /// <summary>The cells of the body, holes filled.</summary>
    private static Mask FindCells(CellGrid grid, ParallelOptions parallel)
    {
        int threads = parallel.MaxDegreeOfParallelism;
        CancellationToken cancellation = parallel.CancellationToken;
        using Mask matter = Mask.Uncleared(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        Parallel.For(0, grid.SliceCount, parallel, slice => grid.MarkAbove(slice, SeparationParameters.TissueHu, matter));
        using Mask thick = MaskMorphology.Erode(matter, StructuringElement.Disc(SeparationParameters.BodyErosionMm, grid.Geometry), threads, cancellation);
        using Mask thickest = MaskMorphology.Erode(matter, StructuringElement.Disc(SeparationParameters.BodyLeastRadiusMm, grid.Geometry), threads, cancellation);
        using Mask parts = KeepBodyParts(grid, thick, thickest, parallel);
        using Mask grown = MaskMorphology.Dilate(parts, StructuringElement.Disc(SeparationParameters.BodyGrowthMm, grid.Geometry), threads, cancellation).And(matter);
        return MaskMorphology.FillHoles(grown, threads, cancellation);
    }

    /// <summary>
    /// Standard deviation of the noise of soft tissue, HU: the lowest tenth of small blocks of soft tissue tells, since most blocks hold an edge or
    /// structure besides. Null where there is too little soft tissue.
    /// </summary>
    public double? MeasureNoise(CtVolume volume, CancellationToken cancellationToken)
    {
        const int sampledSliceCount = 24;
        int block = SeparationParameters.NoiseBlockPixels;
        VolumeGeometry geometry = volume.Geometry;
        var deviations = new List<double>();
        int sliceStep = Math.Max(1, geometry.SliceCount / sampledSliceCount);
        float[] hu = new float[block * geometry.ColumnCount];
        for (int slice = sliceStep / 2; slice < geometry.SliceCount; slice += sliceStep)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int top = 0; top + block <= geometry.RowCount; top += block)
            {
                for (int row = 0; row < block; row++)
                {
                    volume.CopyRow(0, top + row, slice, hu.AsSpan(row * geometry.ColumnCount, geometry.ColumnCount));
                }

                for (int left = 0; left + block <= geometry.ColumnCount; left += block)
                {
                    if (Voxels[left, top, slice] && Voxels[left + block - 1, top + block - 1, slice]
                        && TryDeviation(hu, geometry.ColumnCount, left, block, out double deviation))
                    {
                        deviations.Add(deviation);
                    }
                }
            }
        }

        if (deviations.Count < SeparationParameters.NoiseLeastBlockCount)
        {
            return null;
        }

        deviations.Sort();
        return SeparationParameters.NoiseDecileCorrection * deviations[deviations.Count / 10];
    }

    private static bool TryDeviation(float[] hu, int columnCount, int left, int block, out double deviation)
    {
        float leastHu = SeparationParameters.SoftTissueLeastHu, greatestHu = SeparationParameters.SoftTissueGreatestHu;
        double sum = 0, squares = 0;
        for (int row = 0; row < block; row++)
        {
            foreach (float value in hu.AsSpan((row * columnCount) + left, block))
            {
                if (value <= leastHu || value >= greatestHu)
                {
                    deviation = 0;
                    return false;
                }

                sum += value;
                squares += (double)value * value;
            }
        }

        int count = block * block;
        deviation = Math.Sqrt(Math.Max(0, (squares - (sum * sum / count)) / (count - 1)));
        return true;
    }

    private static Mask KeepBodyParts(CellGrid grid, Mask thick, Mask thickest, ParallelOptions parallel)
    {
        var kept = new Mask(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        using ConnectedComponents parts = ConnectedComponents.Label(thick, Connectivity.Full26, null, parallel.MaxDegreeOfParallelism, parallel.CancellationToken);
        double cellVolume = grid.CellAreaMm2 * grid.BetweenSlicesMm;
        double largest = 0;
        for (int label = 0; label < parts.Count; label++)
        {
            largest = Math.Max(largest, parts.Statistics[label].VoxelCount * cellVolume);
        }

        for (int label = 0; label < parts.Count; label++)
        {
            double volumeMm3 = parts.Statistics[label].VoxelCount * cellVolume;
            if (volumeMm3 < SeparationParameters.BodyLeastVolumeMm3 || volumeMm3 < SeparationParameters.BodyLeastFraction * largest)
            {
                continue;
            }

            long sum = 0;
            foreach (VoxelRun run in parts.RunsOf(label))
            {
                int first = (run.Row * grid.ColumnCount) + run.Start;
                foreach (short hu in grid.MeanHu(run.Slice).Slice(first, run.Length))
                {
                    sum += hu;
                }
            }

            double mean = (double)sum / parts.Statistics[label].VoxelCount;
            if (RowBits.Count(thickest, parts.RunsOf(label)) > 0
                && mean >= SeparationParameters.BodyLeastMeanHu
                && mean <= SeparationParameters.BodyGreatestMeanHu)
            {
                foreach (VoxelRun run in parts.RunsOf(label))
                {
                    Kernels.BitRow.Fill(kept.Row(run.Row, run.Slice), run.Start, run.End);
                }
            }
        }

        return kept;
    }

    private static double BorderContactMm(CellGrid grid, Mask cells, int slice)
    {
        int rows = 0;
        for (int row = 0; row < grid.RowCount; row++)
        {
            rows += (cells[0, row, slice] ? 1 : 0) + (cells[grid.ColumnCount - 1, row, slice] ? 1 : 0);
        }

        int columns = RowBits.Count(cells.Row(0, slice), 0, grid.ColumnCount) + RowBits.Count(cells.Row(grid.RowCount - 1, slice), 0, grid.ColumnCount);
        return (rows * grid.CellHeightMm) + (columns * grid.CellWidthMm);
    }

    /// <summary>Inner cells belong to the body whole; of a cell at or just outside the surface only the pixels that are matter.</summary>
    /// <param name="volume">HU.</param>
    /// <param name="grid">The reduced grid.</param>
    /// <param name="surface">The cells of the slice.</param>
    /// <param name="slice">The slice.</param>
    /// <param name="voxels">Receives the body.</param>
    private static void Refine(CtVolume volume, CellGrid grid, SurfaceCells surface, int slice, Mask voxels)
    {
        VolumeGeometry geometry = volume.Geometry;
        Span<ulong> matter = stackalloc ulong[voxels.WordsPerRow];
        Span<ulong> whole = stackalloc ulong[voxels.WordsPerRow];
        for (int row = 0; row < geometry.RowCount; row++)
        {
            Span<ulong> target = voxels.Row(row, slice);
            Enlarge(surface.Near, row / grid.RowFactor, grid.ColumnFactor, geometry.ColumnCount, target);
            if (!target.ContainsAnyExcept(0UL))
            {
                continue;
            }

            // Greater than the limit is at least the next number after it.
            VoxelThreshold.Mark(volume, row, slice, MathF.BitIncrement(SeparationParameters.TissueHu), matter);
            Enlarge(surface.Inner, row / grid.RowFactor, grid.ColumnFactor, geometry.ColumnCount, whole);
            for (int word = 0; word < target.Length; word++)
            {
                target[word] = (target[word] & matter[word]) | whole[word];
            }
        }
    }

    /// <summary>Writes the pixels of the cells of a row of a single slice.</summary>
    private static void Enlarge(Mask cells, int cellRow, int columnFactor, int columnCount, Span<ulong> pixels)
    {
        pixels.Clear();
        foreach (VoxelRun run in cells.RunsOf(cellRow, 0))
        {
            Kernels.BitRow.Fill(pixels, run.Start * columnFactor, Math.Min(columnCount, run.End * columnFactor));
        }
    }

    /// <summary>Cells at the surface of the body in one slice; memory for one slice after another.</summary>
    private sealed class SurfaceCells(CellGrid grid) : IDisposable
    {
        private readonly Mask _scratch = new(grid.ColumnCount, grid.RowCount, 1);

        /// <summary>Cells of the body and their neighbours.</summary>
        public Mask Near { get; } = new(grid.ColumnCount, grid.RowCount, 1);

        /// <summary>Cells whose neighbours all belong to the body. The border of the image is no surface: what lies beyond counts as body here.</summary>
        public Mask Inner { get; } = new(grid.ColumnCount, grid.RowCount, 1);

        public void Dispose()
        {
            _scratch.Dispose();
            Near.Dispose();
            Inner.Dispose();
        }

        public void Find(Mask cells, int slice)
        {
            cells.Slice(slice).CopyTo(_scratch.Words);
            MaskMorphology.DilateSlice(_scratch, StructuringElement.Square3, Near);
            MaskMorphology.DilateSlice(_scratch.Invert(), StructuringElement.Square3, Inner);
            Inner.Invert();
        }
    }
}
