using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>A volume corrected for partial volume.</summary>
/// <param name="VolumeMm3">Volume, mm³.</param>
/// <param name="HuMm3">Attenuation summed over the deposit, background included, HU mm³: times mg/cm³ per HU it is the mass in µg.</param>
internal readonly record struct VolumeEstimate(double VolumeMm3, double HuMm3);

/// <summary>
/// The volume of deposits as if the scanner did not blur, without knowing their density: the attenuation above the background, summed over
/// all the blur reaches, is exact whatever the blur; divided by the deposit's contrast it is the volume. The contrast comes from a shape
/// that, blurred as the scanner blurs, gives the image (a level set that conserves the summed attenuation).
/// </summary>
internal sealed class CorrectedVolume
{
    private readonly CtVolume _volume;
    private readonly StackFrame _frame;
    private readonly Mask _dense;
    private readonly PointSpread _blur;
    private readonly double? _noiseHu;
    private readonly DepositSurroundings.Reaches _reaches;

    /// <summary>Prepares a series.</summary>
    /// <param name="volume">The image.</param>
    /// <param name="frame">Its frame.</param>
    /// <param name="dense">Every dense voxel of it that is not noise.</param>
    /// <param name="blur">The scanner.</param>
    /// <param name="noiseHu">Noise, HU, where known.</param>
    public CorrectedVolume(CtVolume volume, StackFrame frame, Mask dense, PointSpread blur, double? noiseHu)
    {
        _volume = volume;
        _frame = frame;
        _dense = dense;
        _blur = blur;
        _noiseHu = noiseHu;
        _reaches = new DepositSurroundings.Reaches(frame, blur);
    }

    /// <summary>Estimates a deposit; null where it is too faint or too small to be told from noise and blur.</summary>
    public VolumeEstimate? Estimate(SegmentedRegion region)
    {
        DepositSurroundings around = DepositSurroundings.Cut(_volume, _dense, region, _reaches);
        if (TissueBackground.Estimate(around, _noiseHu, _frame) is not { } background)
        {
            return null;
        }

        if (Enclose(around) is not { } box || SubvoxelGrid.Create(_frame, box, _blur) is not { } grid)
        {
            return null;
        }

        return new LevelSet(grid, around, background, _frame.Geometry).Fit();
    }

    /// <summary>The smallest box around the domain; null where there is none.</summary>
    private static Crop? Enclose(DepositSurroundings around)
    {
        Crop box = around.Box;
        (int c0, int c1) = (int.MaxValue, -1);
        (int r0, int r1) = (int.MaxValue, -1);
        (int s0, int s1) = (int.MaxValue, -1);
        int n = 0;
        for (int k = 0; k < box.Slices; k++)
        {
            for (int j = 0; j < box.Rows; j++)
            {
                for (int i = 0; i < box.Columns; i++, n++)
                {
                    if (around.Domain[n])
                    {
                        (c0, c1) = (Math.Min(c0, i), Math.Max(c1, i));
                        (r0, r1) = (Math.Min(r0, j), Math.Max(r1, j));
                        (s0, s1) = (Math.Min(s0, k), Math.Max(s1, k));
                    }
                }
            }
        }

        return c1 < 0 ? null : new Crop(box.Column + c0, box.Row + r0, box.Slice + s0, c1 - c0 + 1, r1 - r0 + 1, s1 - s0 + 1);
    }
}
