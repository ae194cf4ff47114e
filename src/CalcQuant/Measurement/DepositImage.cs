using CalcQuant.Imaging;

namespace CalcQuant.Measurement;

/// <summary>What a deposit adds to the image: its excess over the background in the box of its domain, column fastest, and what of it is free of other dense things.</summary>
internal sealed class DepositImage
{
    /// <summary>Cuts it out of its surroundings.</summary>
    /// <param name="box">The box of the domain.</param>
    /// <param name="around">The deposit.</param>
    /// <param name="background">What would be there without it.</param>
    /// <param name="geometry">The stack.</param>
    public DepositImage(Crop box, DepositSurroundings around, TissueBackground background, VolumeGeometry geometry)
    {
        Box = box;
        NoiseHu = background.NoiseHu;
        BackgroundSdHu = background.SdHu;
        NoiseCorrelation = background.NoiseCorrelation;
        VoxelMm3 = new double[box.Slices];
        Excess = new float[box.Count];
        BackgroundHu = new float[box.Count];
        Domain = new bool[box.Count];
        Clean = new bool[box.Count];
        Own = new bool[box.Count];
        Other = new bool[box.Count];
        for (int k = 0; k < box.Slices; k++)
        {
            VoxelMm3[k] = geometry.VoxelVolumeMm3(box.Slice + k);
            for (int j = 0; j < box.Rows; j++)
            {
                int source = around.Box.Index(box.Column, box.Row + j, box.Slice + k);
                int target = ((k * box.Rows) + j) * box.Columns;
                around.Domain.AsSpan(source, box.Columns).CopyTo(Domain.AsSpan(target));
                around.Own.AsSpan(source, box.Columns).CopyTo(Own.AsSpan(target));
                around.Other.AsSpan(source, box.Columns).CopyTo(Other.AsSpan(target));
                background.Hu.AsSpan(source, box.Columns).CopyTo(BackgroundHu.AsSpan(target));
                for (int i = 0; i < box.Columns; i++)
                {
                    Clean[target + i] = Domain[target + i] && !around.NearOther[source + i];
                    Excess[target + i] = Domain[target + i] ? around.Hu[source + i] - background.Hu[source + i] : 0;
                }
            }
        }

        SumClean();
    }

    /// <summary>The voxels that the arrays cover.</summary>
    public Crop Box { get; }

    /// <summary>HU over the background; 0 outside the domain.</summary>
    public float[] Excess { get; }

    /// <summary>The background, HU.</summary>
    public float[] BackgroundHu { get; }

    /// <summary>Voxels that the deposit's blur reaches.</summary>
    public bool[] Domain { get; }

    /// <summary>Those of them that no other dense thing's blur reaches.</summary>
    public bool[] Clean { get; }

    /// <summary>Voxels at or above the threshold.</summary>
    public bool[] Own { get; }

    /// <summary>Voxels of other dense things.</summary>
    public bool[] Other { get; }

    /// <summary>Volume of a voxel by slice, mm³.</summary>
    public double[] VoxelMm3 { get; }

    /// <summary>Standard deviation of the noise, HU.</summary>
    public double NoiseHu { get; }

    /// <summary>Standard uncertainty of the background as a whole, HU.</summary>
    public double BackgroundSdHu { get; }

    /// <summary>How many voxels share one's noise.</summary>
    public double NoiseCorrelation { get; }

    /// <summary>Standard uncertainty of <see cref="CleanAttenuation"/>: noise and background, HU mm³.</summary>
    public double AttenuationSd => Math.Sqrt((AttenuationNoise * AttenuationNoise * NoiseCorrelation) + (CleanMm3 * CleanMm3 * BackgroundSdHu * BackgroundSdHu));

    /// <summary>Excess summed over the clean voxels, HU mm³.</summary>
    public double CleanAttenuation { get; private set; }

    /// <summary>Square of the excess without that of noise, summed likewise, HU² mm³.</summary>
    public double CleanEnergy { get; private set; }

    /// <summary>Standard deviation of <see cref="CleanAttenuation"/> from noise of single voxels, HU mm³.</summary>
    public double AttenuationNoise { get; private set; }

    /// <summary>Volume of the clean voxels, mm³.</summary>
    public double CleanMm3 { get; private set; }

    /// <summary>Clean voxels.</summary>
    public int CleanCount { get; private set; }

    /// <summary>Greatest excess over the background where nothing else reaches, HU.</summary>
    public float PeakHu()
    {
        float peak = 0;
        for (int n = 0; n < Excess.Length; n++)
        {
            if (Clean[n])
            {
                peak = Math.Max(peak, Excess[n]);
            }
        }

        return peak;
    }

    /// <summary>Takes a part of the deposit out of the clean voxels.</summary>
    /// <param name="partHu">What it adds to the image, HU by voxel of the box.</param>
    /// <returns>Its attenuation over the clean voxels, HU mm³.</returns>
    public double Subtract(ReadOnlySpan<float> partHu)
    {
        double whole = CleanAttenuation;
        for (int n = 0; n < Excess.Length; n++)
        {
            Excess[n] -= Clean[n] ? partHu[n] : 0;
        }

        (CleanAttenuation, CleanEnergy, CleanMm3, CleanCount) = (0, 0, 0, 0);
        SumClean();
        return whole - CleanAttenuation;
    }

    private void SumClean()
    {
        int plane = Box.Columns * Box.Rows;
        double noise = 0;
        for (int n = 0; n < Excess.Length; n++)
        {
            if (Clean[n])
            {
                double v = VoxelMm3[n / plane];
                CleanAttenuation += v * Excess[n];
                CleanEnergy += v * (((double)Excess[n] * Excess[n]) - (NoiseHu * NoiseHu));
                CleanMm3 += v;
                CleanCount++;
                noise += v * v;
            }
        }

        AttenuationNoise = NoiseHu * Math.Sqrt(noise);
    }
}
