using System.Numerics.Tensors;
using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// Exact Euclidean distance, mm, from voxel centres to the nearest centre of a set voxel (0 in set voxels), on anisotropic voxels.
/// Invert the mask for the distance to the background. With a cap, distances beyond it are given as the cap, and much work is saved.
/// </summary>
public static class DistanceTransform
{
    // 256 bytes of each slice at a time: 100 kB for 400 slices.
    private const int StripColumns = 64;

    /// <summary>Distances within one slice.</summary>
    /// <param name="mask">The voxels to measure to.</param>
    /// <param name="slice">The slice.</param>
    /// <param name="geometry">Gives the distances of columns and rows.</param>
    /// <param name="distancesMm">Receives one distance per voxel of the slice, row after row; the cap where the slice is empty.</param>
    /// <param name="capMm">Greatest distance of interest, mm.</param>
    /// <exception cref="ArgumentException">The span has not the size of the slice, or the cap is not positive.</exception>
    public static void InSlice(
        Mask mask, int slice, VolumeGeometry geometry, Span<float> distancesMm, float capMm = float.PositiveInfinity)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentOutOfRangeException.ThrowIfNotEqual(distancesMm.Length, mask.ColumnCount * mask.RowCount);
        ThrowUnlessCap(capMm);
        if (!mask.Slice(slice).ContainsAnyExcept(0UL))
        {
            distancesMm.Fill(capMm);
            return;
        }

        var box = new VoxelBox(0, 0, slice, mask.ColumnCount - 1, mask.RowCount - 1, slice);
        new SliceSquares(mask, box, geometry, capMm).Measure(slice, distancesMm);
        TensorPrimitives.Sqrt(distancesMm, distancesMm);
    }

    /// <summary>
    /// Distances in three dimensions within a box, to set voxels inside and outside of it. The shear of a tilted stack is left aside: its
    /// slices are taken to lie above one another, at their positions along the normal.
    /// </summary>
    /// <param name="mask">The voxels to measure to, of the size of the geometry.</param>
    /// <param name="box">Where distances are wanted.</param>
    /// <param name="geometry">Gives the distances of columns and rows and the positions of slices.</param>
    /// <param name="capMm">Greatest distance of interest, mm. Memory grows with it: one float per voxel of the box grown by the cap
    /// across slices.</param>
    /// <param name="maxThreadCount">0 for one per processor.</param>
    /// <param name="cancellationToken">Checked once per slice.</param>
    /// <returns>One distance per voxel of the box, column fastest, then row, then slice.</returns>
    /// <exception cref="ArgumentException">Mask and geometry differ in size, the box is not inside, or the cap is not positive.</exception>
    public static float[] InBox(
        Mask mask,
        VoxelBox box,
        VolumeGeometry geometry,
        float capMm = float.PositiveInfinity,
        int maxThreadCount = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentOutOfRangeException.ThrowIfNegative(maxThreadCount);
        ThrowUnlessCap(capMm);
        if (mask.ColumnCount != geometry.ColumnCount || mask.RowCount != geometry.RowCount || mask.SliceCount != geometry.SliceCount)
        {
            throw new ArgumentException("The mask and the geometry differ in size.", nameof(geometry));
        }

        if (box != box.Grow(0, 0, 0, mask) || box.ColumnCount <= 0 || box.RowCount <= 0 || box.SliceCount <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(box), box, "The box must lie inside the mask.");
        }

        float[] heights = [.. geometry.SliceOrigins.Select(origin => (float)(origin - geometry.SliceOrigins[0]).Dot(geometry.Normal))];
        int firstSlice = box.MinSlice;
        while (firstSlice > 0 && heights[box.MinSlice] - heights[firstSlice - 1] <= capMm)
        {
            firstSlice--;
        }

        int lastSlice = box.MaxSlice;
        while (lastSlice < mask.SliceCount - 1 && heights[lastSlice + 1] - heights[box.MaxSlice] <= capMm)
        {
            lastSlice++;
        }

        int sliceCount = lastSlice - firstSlice + 1;
        int plane = box.ColumnCount * box.RowCount;
        float[] distances = GC.AllocateUninitializedArray<float>(checked(plane * box.SliceCount));
        float[] besideBox = GC.AllocateUninitializedArray<float>(checked(plane * (sliceCount - box.SliceCount)));
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = maxThreadCount == 0 ? Environment.ProcessorCount : maxThreadCount,
            CancellationToken = cancellationToken,
        };
        Parallel.For(firstSlice, lastSlice + 1, options, () => new SliceSquares(mask, box, geometry, capMm), (slice, _, squares) =>
        {
            squares.Measure(slice, SquaresOf(slice));
            return squares;
        }, _ => { });

        // Across slices, a strip of a row at a time: it is read into the cache as a whole and overwritten by its distances.
        float[] positions = heights[firstSlice..(lastSlice + 1)];
        float leastSpacing = LeastSpacing(positions);
        Parallel.For(
            0,
            box.RowCount,
            options,
            () => (Envelope: new LowerEnvelopeBlock(), Strip: new float[sliceCount * StripColumns]),
            (row, _, scratch) =>
        {
            for (int column = 0; column < box.ColumnCount; column += StripColumns)
            {
                int start = (row * box.ColumnCount) + column;
                int width = Math.Min(StripColumns, box.ColumnCount - column);
                for (int line = 0; line < sliceCount; line++)
                {
                    SquaresOf(firstSlice + line).Slice(start, width).CopyTo(scratch.Strip.AsSpan(line * StripColumns));
                }

                for (int x = 0; x < width; x += LowerEnvelopeBlock.Columns)
                {
                    Span<float> block = scratch.Envelope.Lower(
                        scratch.Strip, StripColumns, x, positions, leastSpacing, box.MinSlice - firstSlice, box.SliceCount);
                    TensorPrimitives.Sqrt(block, block);
                    LowerEnvelopeBlock.Store(block, distances.AsSpan(start + x), plane, Math.Min(LowerEnvelopeBlock.Columns, width - x));
                }
            }

            return scratch;
        },
            _ => { });
        return distances;

        // Slices of the box lie where their distances will; those before and after it beside.
        Span<float> SquaresOf(int slice) =>
            slice < box.MinSlice ? besideBox.AsSpan((slice - firstSlice) * plane, plane)
            : slice > box.MaxSlice ? besideBox.AsSpan((slice - firstSlice - box.SliceCount) * plane, plane)
            : distances.AsSpan((slice - box.MinSlice) * plane, plane);
    }

    private static float LeastSpacing(ReadOnlySpan<float> positions)
    {
        float least = float.PositiveInfinity;
        for (int i = 1; i < positions.Length; i++)
        {
            least = Math.Min(least, positions[i] - positions[i - 1]);
        }

        return least;
    }

    private static void ThrowUnlessCap(float capMm)
    {
        if (float.IsNaN(capMm) || capMm <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(capMm), capMm, "The cap must be a positive distance.");
        }
    }

    /// <summary>
    /// Squared in-plane distances of the columns and rows of a box, to all set voxels of a slice. One instance serves one thread: it keeps its
    /// scratch memory.
    /// </summary>
    private sealed class SliceSquares
    {
        private readonly Mask _mask;
        private readonly VoxelBox _box;
        private readonly float _capSquared;
        private readonly int _firstRow;
        private readonly int _stride;
        private readonly float[] _positions;
        private readonly float _leastSpacing;
        private readonly float[] _alongRows;
        private readonly RowSquares _row;
        private readonly LowerEnvelopeBlock _envelope = new();

        public SliceSquares(Mask mask, VoxelBox box, VolumeGeometry geometry, float capMm)
        {
            _mask = mask;
            _box = box;
            _capSquared = capMm * capMm;

            // Rows outside the box matter as far as the cap reaches.
            int margin = (int)Math.Min(mask.RowCount, Math.Ceiling(capMm / geometry.BetweenRowsMm));
            _firstRow = Math.Max(0, box.MinRow - margin);
            int rowCount = Math.Min(mask.RowCount - 1, box.MaxRow + margin) - _firstRow + 1;
            _stride = LowerEnvelopeBlock.PaddedLength(box.ColumnCount);
            _positions = [.. Enumerable.Range(0, rowCount).Select(row => (float)(row * geometry.BetweenRowsMm))];
            _leastSpacing = LeastSpacing(_positions);
            _alongRows = new float[_stride * rowCount];
            _row = new RowSquares(mask.ColumnCount, (float)geometry.BetweenColumnsMm, _capSquared);
        }

        public void Measure(int slice, Span<float> squares)
        {
            if (!_mask.Slice(slice).ContainsAnyExcept(0UL))
            {
                squares.Fill(_capSquared);
                return;
            }

            for (int row = 0; row < _positions.Length; row++)
            {
                MeasureRow(_firstRow + row, slice, _alongRows.AsSpan(row * _stride, _box.ColumnCount));
            }

            for (int x = 0; x < _box.ColumnCount; x += LowerEnvelopeBlock.Columns)
            {
                ReadOnlySpan<float> block = _envelope.Lower(
                    _alongRows, _stride, x, _positions, _leastSpacing, _box.MinRow - _firstRow, _box.RowCount);
                LowerEnvelopeBlock.Store(block, squares[x..], _box.ColumnCount, Math.Min(LowerEnvelopeBlock.Columns, _box.ColumnCount - x));
            }
        }

        private void MeasureRow(int row, int slice, Span<float> squares)
        {
            int lastSet = -1;
            foreach (VoxelRun run in _mask.RunsOf(row, slice))
            {
                _row.FillGap(lastSet, run.Start, _box.MinColumn, squares);
                int start = Math.Clamp(run.Start - _box.MinColumn, 0, squares.Length);
                squares[start..Math.Clamp(run.End - _box.MinColumn, start, squares.Length)].Clear();
                lastSet = run.End - 1;
            }

            _row.FillGap(lastSet, null, _box.MinColumn, squares);
        }
    }
}
