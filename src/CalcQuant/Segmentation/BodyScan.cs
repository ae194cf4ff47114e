using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>What the steps of the separation know in common about the volume they work on.</summary>
/// <param name="Volume">HU.</param>
/// <param name="ThresholdHu">Least HU of a hyperdense voxel.</param>
/// <param name="Grid">The reduced volume.</param>
/// <param name="Body">The body.</param>
/// <param name="Compartments">Depths in it.</param>
/// <param name="NoiseHu">Noise, HU; the assumed one where it could not be measured.</param>
/// <param name="Parallel">Threads and cancellation.</param>
internal sealed record BodyScan(
    CtVolume Volume,
    float ThresholdHu,
    CellGrid Grid,
    BodySegmentation Body,
    Compartments Compartments,
    double NoiseHu,
    ParallelOptions Parallel)
{
    /// <summary>Noise assumed where none could be measured, HU: a common one.</summary>
    public const double AssumedNoiseHu = 15;

    /// <summary>True where nothing else in the process would be held up by a collection.</summary>
    public bool ReleasesMemory { get; init; } = true;

    /// <summary>Volume of a voxel of the middle slice, mm³: for judging sizes, not for measuring.</summary>
    public double VoxelMm3 { get; } = Volume.Geometry.PixelAreaMm2 * Volume.Geometry.BetweenSlicesMm;

    /// <summary>Voxels of at least <see cref="SeparationParameters.SeedHu"/>; not to be changed.</summary>
    public Mask SeedVoxels { get; } = VoxelThreshold.AtLeast(Volume, SeparationParameters.SeedHu, Parallel);

    /// <summary>Threads to use.</summary>
    public int ThreadCount => Parallel.MaxDegreeOfParallelism;

    /// <summary>Cancellation.</summary>
    public CancellationToken Cancellation => Parallel.CancellationToken;

    /// <summary>Labels a mask.</summary>
    public ConnectedComponents Label(Mask mask, Connectivity connectivity) =>
        ConnectedComponents.Label(mask, connectivity, Volume, ThreadCount, Cancellation);

    /// <summary>A disc of at least a pixel.</summary>
    public StructuringElement Disc(double radiusMm) => StructuringElement.Disc(radiusMm, Volume.Geometry);

    /// <summary>
    /// Gives back the masks and grids of the stage that ended. There are few of them and they are large, so a collection costs milliseconds;
    /// left alone they would pile up to more than the volume before the large-object heap is next collected. In a process that does other work as
    /// well, all of it would stop meanwhile, so there it is left to the runtime.
    /// </summary>
    public void ReleaseScratch()
    {
        if (ReleasesMemory)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
        }
    }

    /// <summary>The same, and gives the memory back to the system: before the stages that need most of it.</summary>
    public void ReleaseScratchToSystem()
    {
        if (ReleasesMemory)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }
}
