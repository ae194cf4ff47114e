using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;

namespace CalcQuant.Segmentation;

/// <summary>Work on the bits of mask rows that run along a structure.</summary>
internal static class RowBits
{
    /// <summary>Set bits from <paramref name="start"/> up to before <paramref name="end"/>.</summary>
    public static int Count(ReadOnlySpan<ulong> row, int start, int end)
    {
        int first = start >> 6, last = (end - 1) >> 6;
        ulong head = ulong.MaxValue << (start & 63);
        ulong tail = ulong.MaxValue >> (63 - ((end - 1) & 63));
        if (first == last)
        {
            return BitOperations.PopCount(row[first] & head & tail);
        }

        int count = BitOperations.PopCount(row[first] & head) + BitOperations.PopCount(row[last] & tail);
        for (int word = first + 1; word < last; word++)
        {
            count += BitOperations.PopCount(row[word]);
        }

        return count;
    }

    /// <summary>The runs of a mask that was cut out of a volume, in the indices of the volume, ordered by slice, row, column.</summary>
    /// <param name="mask">Of the size of the box.</param>
    /// <param name="box">Where it was cut out.</param>
    public static VoxelRun[] RunsOf(Mask mask, VoxelBox box)
    {
        var runs = new List<VoxelRun>();
        for (int slice = 0; slice < mask.SliceCount; slice++)
        {
            for (int row = 0; row < mask.RowCount; row++)
            {
                foreach (VoxelRun run in mask.RunsOf(row, slice))
                {
                    runs.Add(new VoxelRun(box.MinSlice + slice, box.MinRow + row, box.MinColumn + run.Start, box.MinColumn + run.End));
                }
            }
        }

        return [.. runs];
    }

    /// <summary>Mean column, row and slice of the voxels of runs.</summary>
    /// <param name="runs">At least one.</param>
    public static (double Column, double Row, double Slice) Middle(ReadOnlySpan<VoxelRun> runs)
    {
        double count = 0, columns = 0, rows = 0, slices = 0;
        foreach (VoxelRun run in runs)
        {
            count += run.Length;
            columns += run.Length * ((run.Start + run.End - 1) / 2.0);
            rows += (double)run.Length * run.Row;
            slices += (double)run.Length * run.Slice;
        }

        return (columns / count, rows / count, slices / count);
    }

    /// <summary>Voxels of a structure.</summary>
    public static long Count(ReadOnlySpan<VoxelRun> structure)
    {
        long count = 0;
        foreach (VoxelRun run in structure)
        {
            count += run.Length;
        }

        return count;
    }

    /// <summary>Voxels of a structure that a mask holds.</summary>
    public static long Count(Mask mask, ReadOnlySpan<VoxelRun> structure)
    {
        long count = 0;
        foreach (VoxelRun run in structure)
        {
            count += Count(mask.Row(run.Row, run.Slice), run.Start, run.End);
        }

        return count;
    }

    /// <summary>Unsets the voxels of a structure.</summary>
    public static void Clear(Mask mask, ReadOnlySpan<VoxelRun> structure)
    {
        foreach (VoxelRun run in structure)
        {
            Span<ulong> row = mask.Row(run.Row, run.Slice);
            int first = run.Start >> 6, last = (run.End - 1) >> 6;
            for (int word = first; word <= last; word++)
            {
                int column = word << 6;
                row[word] &= ~Kernels.BitRow.Between(run.Start - column, run.End - column);
            }
        }
    }
}

/// <summary>The order of runs within a region.</summary>
internal static class RunOrder
{
    /// <summary>Runs by slice, row, column.</summary>
    public static ImmutableArray<VoxelRun> Sort(List<VoxelRun> runs)
    {
        // Rows and columns are 16-bit in DICOM, and slices are as few: one number orders a run.
        ulong[] keys = [.. runs.Select(static run => ((ulong)run.Slice << 32) | ((ulong)run.Row << 16) | (uint)run.Start)];
        VoxelRun[] sorted = [.. runs];
        Array.Sort(keys, sorted);
        return ImmutableCollectionsMarshal.AsImmutableArray(sorted);
    }
}
