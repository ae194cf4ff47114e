using System.Buffers;
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
        int stride = LowerEnvelopeKernel.PaddedLength(mask.ColumnCount);
        float[] squares = ArrayPool<float>.Shared.Rent(stride * mask.RowCount);
        SquaresInSlice(mask, slice, box, geometry, capMm * capMm, stride, squares);
        for (int row = 0; row < mask.RowCount; row++)
        {
            TensorPrimitives.Sqrt(squares.AsSpan(row * stride, mask.ColumnCount), distancesMm.Slice(row * mask.ColumnCount, mask.ColumnCount));
        }

        ArrayPool<float>.Shared.Return(squares);
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
        int stride = LowerEnvelopeKernel.PaddedLength(box.ColumnCount);
        int plane = stride * box.RowCount;
        float capSquared = capMm * capMm;
        float[] inPlane = new float[checked(plane * sliceCount)];
        float[] distances = new float[checked((int)box.VoxelCount)];
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = maxThreadCount == 0 ? Environment.ProcessorCount : maxThreadCount,
            CancellationToken = cancellationToken,
        };
        Parallel.For(0, sliceCount, options, slice =>
            SquaresInSlice(mask, firstSlice + slice, box, geometry, capSquared, stride, inPlane.AsSpan(slice * plane, plane)));

        // Across slices row by row: the lines of one row lie together in the cache.
        float[] positions = heights[firstSlice..(lastSlice + 1)];
        Parallel.For(0, box.RowCount, options, row =>
        {
            float[] lines = ArrayPool<float>.Shared.Rent((sliceCount + 1) * stride);
            Span<float> result = lines.AsSpan(sliceCount * stride, stride);
            for (int slice = 0; slice < sliceCount; slice++)
            {
                inPlane.AsSpan((slice * plane) + (row * stride), stride).CopyTo(lines.AsSpan(slice * stride));
            }

            for (int slice = 0; slice < box.SliceCount; slice++)
            {
                LowerEnvelopeKernel.Pass(lines, stride, positions, box.MinSlice - firstSlice + slice, result);
                TensorPrimitives.Sqrt(
                    result[..box.ColumnCount],
                    distances.AsSpan(((slice * box.RowCount) + row) * box.ColumnCount, box.ColumnCount));
            }

            ArrayPool<float>.Shared.Return(lines);
        });
        return distances;
    }

    // Squared in-plane distances of the columns and rows of a box, to all set voxels of the slice.
    private static void SquaresInSlice(
        Mask mask, int slice, VoxelBox box, VolumeGeometry geometry, float capSquared, int stride, Span<float> squares)
    {
        squares = squares[..(stride * box.RowCount)];
        if (!mask.Slice(slice).ContainsAnyExcept(0UL))
        {
            squares.Fill(capSquared);
            return;
        }

        // Rows outside the box matter as far as the cap reaches.
        double reach = Math.Sqrt(capSquared) / geometry.BetweenRowsMm;
        int margin = (int)Math.Min(mask.RowCount, Math.Ceiling(reach));
        int firstRow = Math.Max(0, box.MinRow - margin);
        int rowCount = Math.Min(mask.RowCount - 1, box.MaxRow + margin) - firstRow + 1;
        float[] alongRows = ArrayPool<float>.Shared.Rent(stride * rowCount);
        float[] positions = ArrayPool<float>.Shared.Rent(rowCount);
        for (int row = 0; row < rowCount; row++)
        {
            positions[row] = (float)(row * geometry.BetweenRowsMm);
            Span<float> line = alongRows.AsSpan(row * stride, stride);
            line.Fill(capSquared);
            SquaresInRow(mask, firstRow + row, slice, box.MinColumn, (float)geometry.BetweenColumnsMm, line[..box.ColumnCount]);
        }

        for (int row = 0; row < box.RowCount; row++)
        {
            LowerEnvelopeKernel.Pass(
                alongRows.AsSpan(0, stride * rowCount),
                stride,
                positions.AsSpan(0, rowCount),
                box.MinRow - firstRow + row,
                squares.Slice(row * stride, stride));
        }

        ArrayPool<float>.Shared.Return(positions);
        ArrayPool<float>.Shared.Return(alongRows);
    }

    // Lowers each column's square to that of the nearest set column of the row.
    private static void SquaresInRow(Mask mask, int row, int slice, int firstColumn, float spacingMm, Span<float> squares)
    {
        int endColumn = firstColumn + squares.Length;
        int lastSet = -1;
        foreach (VoxelRun run in mask.RunsOf(row, slice))
        {
            LowerGap(lastSet, run.Start, squares);
            for (int column = Math.Max(run.Start, firstColumn); column < Math.Min(run.End, endColumn); column++)
            {
                squares[column - firstColumn] = 0;
            }

            lastSet = run.End - 1;
        }

        if (lastSet >= 0)
        {
            LowerGap(lastSet, int.MaxValue, squares);
        }

        // Columns strictly between two set ones; -1 and MaxValue stand for none.
        void LowerGap(int left, int right, Span<float> target)
        {
            for (int column = Math.Max(left + 1, firstColumn); column < Math.Min(right, endColumn); column++)
            {
                int steps = Math.Min(left < 0 ? int.MaxValue : column - left, right - column);
                float distance = steps * spacingMm;
                ref float square = ref target[column - firstColumn];
                square = Math.Min(square, distance * distance);
            }
        }
    }

    private static void ThrowUnlessCap(float capMm)
    {
        if (float.IsNaN(capMm) || capMm <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(capMm), capMm, "The cap must be a positive distance.");
        }
    }
}
