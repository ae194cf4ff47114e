using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>Labels of one grid as a mask on another: the nearest label at the centre of each voxel.</summary>
internal static class LabelSampling
{
    /// <summary>The voxels of an image whose centres lie in a voxel of the grid that has one of the labels.</summary>
    /// <param name="volume">The labels.</param>
    /// <param name="geometry">The image.</param>
    /// <param name="labels">Labels that count; empty for all but 0.</param>
    /// <param name="parallel">Threads and cancellation. The result does not depend on the number of threads.</param>
    public static Mask Sample(LabelVolume volume, VolumeGeometry geometry, IReadOnlyCollection<int> labels, ParallelOptions parallel)
    {
        bool[] counts = new bool[ushort.MaxValue + 1];
        Array.Fill(counts, labels.Count == 0, 1, ushort.MaxValue);
        foreach (int label in labels.Where(label => label is > 0 and <= ushort.MaxValue))
        {
            counts[label] = true;
        }

        // Cramer's rule: the row vectors that turn LPS mm into indices.
        double determinant = volume.ColumnStep.Cross(volume.RowStep).Dot(volume.SliceStep);
        LpsPoint toColumn = volume.RowStep.Cross(volume.SliceStep) * (1 / determinant);
        LpsPoint toRow = volume.SliceStep.Cross(volume.ColumnStep) * (1 / determinant);
        LpsPoint toSlice = volume.ColumnStep.Cross(volume.RowStep) * (1 / determinant);
        LpsPoint along = geometry.ColumnDirection * geometry.BetweenColumnsMm;
        (double Column, double Row, double Slice) step = (toColumn.Dot(along), toRow.Dot(along), toSlice.Dot(along));
        var mask = new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        Parallel.For(0, geometry.SliceCount, parallel, slice =>
        {
            for (int row = 0; row < geometry.RowCount; row++)
            {
                LpsPoint start = geometry.ToLps(0, row, slice) - volume.Origin;
                SampleRow(volume, (toColumn.Dot(start), toRow.Dot(start), toSlice.Dot(start)), step, counts, geometry.ColumnCount, mask.Row(row, slice));
            }
        });
        return mask;
    }

    private static void SampleRow(
        LabelVolume volume, (double Column, double Row, double Slice) start, (double Column, double Row, double Slice) step, bool[] counts, int count, Span<ulong> bits)
    {
        for (int i = 0; i < count; i++)
        {
            // Indices are rounded to the nearest voxel; floor, since a cast would round towards 0 on both sides of it.
            int column = (int)Math.Floor(start.Column + (i * step.Column) + 0.5);
            int row = (int)Math.Floor(start.Row + (i * step.Row) + 0.5);
            int slice = (int)Math.Floor(start.Slice + (i * step.Slice) + 0.5);
            if ((uint)slice < (uint)volume.SliceCount && (uint)row < (uint)volume.RowCount && (uint)column < (uint)volume.ColumnCount
                && volume.LabelsOf(slice) is { } labels && counts[labels[(row * volume.ColumnCount) + column]])
            {
                bits[i >> 6] |= 1UL << (i & 63);
            }
        }
    }
}
