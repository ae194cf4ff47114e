using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>What the steps of the separation know in common about the volume they work on.</summary>
/// <param name="Volume">HU.</param>
/// <param name="ThresholdHu">Least HU of a hyperdense voxel.</param>
/// <param name="Grid">The reduced volume.</param>
/// <param name="Body">The body.</param>
/// <param name="NoiseHu">Noise, HU; the assumed one where it could not be measured.</param>
/// <param name="Parallel">Threads and cancellation.</param>
internal sealed record BodyScan(
    CtVolume Volume,
    float ThresholdHu,
    CellGrid Grid,
    BodySegmentation Body,
    double NoiseHu,
    ParallelOptions Parallel) : IDisposable
{
    /// <summary>Noise assumed where none could be measured, HU: a common one.</summary>
    public const double AssumedNoiseHu = 15;

    private readonly Lazy<bool> _hasInnerAir = new(() => InnerAirMm3(Grid, Body) >= SeparationParameters.InnerAirLeastMm3);
    private Compartments? _compartments;

    /// <summary>Volume of a voxel of the middle slice, mm³: for judging sizes, not for measuring.</summary>
    public double VoxelMm3 { get; } = Volume.Geometry.PixelAreaMm2 * Volume.Geometry.BetweenSlicesMm;

    /// <summary>Voxels of at least <see cref="SeparationParameters.SeedHu"/>; not to be changed.</summary>
    public Mask SeedVoxels { get; } = VoxelThreshold.AtLeast(Volume, SeparationParameters.SeedHu, Parallel);

    /// <summary>Depths in the body, at the places that they were measured for.</summary>
    /// <exception cref="InvalidOperationException">They have not been measured.</exception>
    public Compartments Compartments => _compartments ?? throw new InvalidOperationException("The compartments have not been found yet.");

    /// <summary>True where air lies inside the body, as in a head, a neck or a trunk and in no limb.</summary>
    public bool HasInnerAir => _hasInnerAir.Value;

    /// <summary>Threads to use.</summary>
    public int ThreadCount => Parallel.MaxDegreeOfParallelism;

    /// <summary>Cancellation.</summary>
    public CancellationToken Cancellation => Parallel.CancellationToken;

    /// <summary>Measures the depths, once.</summary>
    /// <param name="voxels">Full-resolution masks of the places that may be asked for.</param>
    public void FindCompartments(params Mask[] voxels) => _compartments = Compartments.Find(Grid, Body, voxels, Parallel);

    /// <summary>Labels a mask.</summary>
    public ConnectedComponents Label(Mask mask, Connectivity connectivity) =>
        ConnectedComponents.Label(mask, connectivity, Volume, ThreadCount, Cancellation);

    /// <summary>A disc of at least a pixel.</summary>
    public StructuringElement Disc(double radiusMm) => StructuringElement.Disc(radiusMm, Volume.Geometry);

    /// <summary>Volume of the cells in the body that are air, as those beside them in their slice, mm³.</summary>
    private static double InnerAirMm3(CellGrid grid, BodySegmentation body)
    {
        double airHu = SeparationParameters.InnerAirGreatestHu;
        long count = 0;
        for (int slice = 0; slice < grid.SliceCount; slice++)
        {
            ReadOnlySpan<short> hu = grid.MeanHu(slice);
            for (int row = 1; row < grid.RowCount - 1; row++)
            {
                for (int column = 1; column < grid.ColumnCount - 1; column++)
                {
                    int cell = (row * grid.ColumnCount) + column;
                    count += hu[cell] < airHu
                        && hu[cell - 1] < airHu
                        && hu[cell + 1] < airHu
                        && hu[cell - grid.ColumnCount] < airHu
                        && hu[cell + grid.ColumnCount] < airHu
                        && body.Voxels[column * grid.ColumnFactor, row * grid.RowFactor, slice] ? 1 : 0;
                }
            }
        }

        return count * grid.CellAreaMm2 * grid.BetweenSlicesMm;
    }

    /// <summary>Gives the memory of what was made of the volume back; body and grid are their owner's.</summary>
    public void Dispose()
    {
        SeedVoxels.Dispose();
        _compartments?.Dispose();
    }
}
