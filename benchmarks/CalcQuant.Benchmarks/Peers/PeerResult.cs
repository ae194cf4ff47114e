using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Benchmarks.Peers;

/// <summary>A result of ours in the form in which <c>peers.py</c> gives its own.</summary>
/// <param name="Count">Components or voxels.</param>
/// <param name="Digest">SHA-256 of what is compared.</param>
internal readonly record struct PeerResult(int Count, string Digest)
{
    /// <summary>Voxel counts and sums of HU of the components, in the order of their labels.</summary>
    public static PeerResult OfLabels(CtVolume volume, float thresholdHu) => OfComponents(
        volume, thresholdHu, component => component.VoxelCount, component => (long)component.SumHu);

    /// <summary>The columns of regionprops_table: area, bounding box with its ends exclusive, greatest HU, and the sum of HU instead of its mean.</summary>
    public static PeerResult OfTable(CtVolume volume, float thresholdHu) => OfComponents(
        volume,
        thresholdHu,
        component => component.VoxelCount,
        component => component.MinSlice,
        component => component.MinRow,
        component => component.MinColumn,
        component => component.MaxSlice + 1,
        component => component.MaxRow + 1,
        component => component.MaxColumn + 1,
        component => (long)component.MaxHu,
        component => (long)component.SumHu);

    /// <summary>Every voxel.</summary>
    public static PeerResult OfVoxels(CtVolume volume) => new(volume.Int16Voxels.Length, Hash(MemoryMarshal.AsBytes(volume.Int16Voxels)));

    /// <summary>The bits of a mask without its outermost voxels, where scipy's closing differs on purpose.</summary>
    /// <param name="mask">A mask whose rows are whole words.</param>
    public static PeerResult OfInnerBits(Mask mask)
    {
        using Mask inner = mask.Clone();
        for (int slice = 0; slice < mask.SliceCount; slice++)
        {
            bool isEnd = slice == 0 || slice == mask.SliceCount - 1;
            for (int row = 0; row < mask.RowCount; row++)
            {
                Span<ulong> bits = inner.Row(row, slice);
                if (isEnd || row == 0 || row == mask.RowCount - 1)
                {
                    bits.Clear();
                }

                bits[0] &= ~1UL;
                bits[^1] &= ulong.MaxValue >> 1;
            }
        }

        return new PeerResult((int)inner.Count(), Hash(MemoryMarshal.AsBytes(inner.Words)));
    }

    private static PeerResult OfComponents(CtVolume volume, float thresholdHu, params Func<ComponentStatistics, long>[] columns)
    {
        using ConnectedComponents components = ConnectedComponents.Label(volume, thresholdHu);
        using Mask mask = components.Mask;
        ComponentStatistics[] statistics = components.Statistics.ToArray();
        long[] figures = [.. columns.SelectMany(column => statistics.Select(column))];
        return new PeerResult(components.Count, Hash(MemoryMarshal.AsBytes(figures.AsSpan())));
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
