using CalcQuant.Imaging;
using CalcQuant.Phantoms;
using CalcQuant.Segmentation;

namespace CalcQuant.Benchmarks.Volumes;

/// <summary>Volumes with the statistics that matter for time: generated, the same on every machine.</summary>
internal static class TimedVolumes
{
    /// <summary>Columns and rows of every volume.</summary>
    public const int Size = 512;

    /// <summary>Least HU of a dense voxel.</summary>
    public const float ThresholdHu = 130;

    /// <summary>A threshold within the noise of soft tissue: hundreds of thousands of components of a few voxels.</summary>
    public const float NoisyThresholdHu = 71;

    private const double SaltShare = 0.02;

    /// <summary>A trunk as CT shows it: about 2.6 % of the voxels reach <see cref="ThresholdHu"/>, in some five hundred components.</summary>
    public static CtVolume CtLike(int sliceCount)
    {
        var source = new BenchmarkVolume(sliceCount, Size);
        short[] voxels = new short[Size * Size * sliceCount];
        Parallel.For(0, sliceCount, slice => source.Slice(slice).CopyTo(voxels, slice * Size * Size));
        return new CtVolume(Geometry(sliceCount), voxels);
    }

    /// <summary>Soft tissue in which 2 % of the voxels, anywhere, are dense.</summary>
    public static CtVolume Salt(int sliceCount)
    {
        short[] voxels = new short[Size * Size * sliceCount];
        Parallel.For(0, sliceCount, slice =>
        {
            var random = new Random(slice);
            foreach (ref short voxel in voxels.AsSpan(slice * Size * Size, Size * Size))
            {
                int noise = random.Next(128);
                voxel = (short)(random.NextDouble() < SaltShare ? ThresholdHu + (4 * noise) : noise - 24);
            }
        });
        return new CtVolume(Geometry(sliceCount), voxels);
    }

    /// <summary>The voxels of a volume that reach <see cref="ThresholdHu"/>.</summary>
    public static Mask Dense(CtVolume volume)
    {
        using ConnectedComponents components = ConnectedComponents.Label(volume, ThresholdHu);
        return components.Mask;
    }

    private static VolumeGeometry Geometry(int sliceCount) => new(
        Size,
        Size,
        0.7,
        0.7,
        new LpsPoint(1, 0, 0),
        new LpsPoint(0, 1, 0),
        [.. Enumerable.Range(0, sliceCount).Select(slice => new LpsPoint(0, 0, slice))],
        [.. Enumerable.Repeat(1.0, sliceCount)]);
}
