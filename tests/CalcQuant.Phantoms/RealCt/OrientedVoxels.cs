using System.Collections.Immutable;
using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>
/// Voxels of a file that is no DICOM, turned over where needed so that they run as an axial series does: columns to Left, rows to Posterior, slices along their
/// normal. Nothing is resampled.
/// </summary>
internal static class OrientedVoxels
{
    /// <summary>Makes a series of them.</summary>
    /// <param name="name">Stands for the UID that the file lacks.</param>
    /// <param name="hu">HU, column fastest; changed.</param>
    /// <param name="columns">Voxels of a row.</param>
    /// <param name="rows">Rows of a slice.</param>
    /// <param name="origin">Centre of the first voxel, LPS mm.</param>
    /// <param name="columnStep">From a voxel to the next of its row.</param>
    /// <param name="rowStep">From a row to the next.</param>
    /// <param name="sliceStep">From a slice to the next.</param>
    public static CtSeries ToSeries(string name, float[] hu, int columns, int rows, LpsPoint origin, LpsPoint columnStep, LpsPoint rowStep, LpsPoint sliceStep)
    {
        int slices = hu.Length / (columns * rows);
        if (columnStep.X < 0)
        {
            for (int i = 0; i < rows * slices; i++)
            {
                hu.AsSpan(i * columns, columns).Reverse();
            }

            (origin, columnStep) = (origin + (columnStep * (columns - 1)), columnStep * -1);
        }

        if (rowStep.Y < 0)
        {
            ReverseBlocks(hu, rows * columns, columns);
            (origin, rowStep) = (origin + (rowStep * (rows - 1)), rowStep * -1);
        }

        if (columnStep.Cross(rowStep).Dot(sliceStep) < 0)
        {
            ReverseBlocks(hu, hu.Length, rows * columns);
            (origin, sliceStep) = (origin + (sliceStep * (slices - 1)), sliceStep * -1);
        }

        double extent = Math.Abs(columnStep.Cross(rowStep).Normalized().Dot(sliceStep));
        var geometry = new VolumeGeometry(
            columns,
            rows,
            columnStep.Length,
            rowStep.Length,
            columnStep.Normalized(),
            rowStep.Normalized(),
            [.. Enumerable.Range(0, slices).Select(slice => origin + (sliceStep * slice))],
            [.. Enumerable.Repeat(extent, slices)]);
        bool isWhole = Array.TrueForAll(hu, value => value is >= short.MinValue and <= short.MaxValue && value == MathF.Round(value));
        CtVolume volume = isWhole ? new CtVolume(geometry, Array.ConvertAll(hu, value => (short)value)) : new CtVolume(geometry, hu);
        return new CtSeries(volume, new CtAcquisition { SeriesInstanceUid = name, SliceThicknessMm = extent }, ImmutableArray<Analysis.SeriesIssue>.Empty);
    }

    // Turns the order of the blocks within each stretch round.
    private static void ReverseBlocks(float[] values, int stretch, int block)
    {
        float[] held = new float[block];
        for (int first = 0; first < values.Length; first += stretch)
        {
            for (int low = first, high = first + stretch - block; low < high; low += block, high -= block)
            {
                values.AsSpan(low, block).CopyTo(held);
                values.AsSpan(high, block).CopyTo(values.AsSpan(low, block));
                held.CopyTo(values, high);
            }
        }
    }
}
