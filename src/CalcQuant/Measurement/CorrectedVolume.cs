using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>A volume corrected for partial volume.</summary>
/// <param name="VolumeMm3">Volume, mm³.</param>
/// <param name="HuMm3">Attenuation summed over the deposit, background included, HU mm³: times mg/cm³ per HU it is the mass in µg.</param>
/// <param name="ContrastHu">The deposit's contrast over its background, HU.</param>
/// <param name="BackgroundHu">What would be there without it, HU.</param>
/// <param name="PeakHu">Greatest excess of the image over the background, HU.</param>
/// <param name="Error">How unsure both are.</param>
/// <param name="IsEllipsoid">True for the fit of an ellipsoid, false for a level set.</param>
/// <param name="Extent">Its diameters without the blur; null where there are none yet.</param>
internal readonly record struct VolumeEstimate(
    double VolumeMm3, double HuMm3, double ContrastHu, double BackgroundHu, double PeakHu, EstimateError Error, bool IsEllipsoid, UnblurredExtent? Extent = null);

/// <summary>
/// The volume of deposits as if the scanner did not blur, without knowing their density: the attenuation above the background, summed over
/// all the blur reaches, is exact whatever the blur; divided by the deposit's contrast it is the volume. The contrast comes from a shape
/// that, blurred as the scanner blurs, gives the image (a level set that conserves the summed attenuation).
/// </summary>
internal sealed class CorrectedVolume
{
    /// <summary>Said where the deposit hardly differs from what surrounds it.</summary>
    public const string TooFaint = "volume by counting: too little contrast to correct for partial volume";

    /// <summary>Said where other dense things or the border leave no tissue to compare with.</summary>
    public const string NoClearTissue = "volume by counting: no clear tissue around it to correct for partial volume";

    /// <summary>Said where the correction gives what cannot be.</summary>
    public const string NotPlausible = "volume by counting: the correction for partial volume gives no plausible volume";

    /// <summary>Said of every speck, corrected or counted.</summary>
    public const string Speck = "smaller than the blur: volume uncertain by a factor of two or more";

    /// <summary>Volume at or above the threshold below which a deposit is a speck, mm³: errors of -60 % to +200 % were seen below.</summary>
    private const double SpeckMm3 = 8;

    /// <summary>Fewer voxels at or above the threshold are a speck whatever their size.</summary>
    private const int LeastVoxels = 4;

    /// <summary>A speck's corrected volume is taken down to this share of the counted one: a dense grain blooms that much.</summary>
    private const double LeastSpeckRatio = 0.125;

    /// <summary>A speck's corrected volume is taken up to this multiple of the counted one; a greater one comes from the tissue around it.</summary>
    private const double GreatestSpeckRatio = 2;

    /// <summary>Multiple of the image's peak that the contrast may reach: what is thinner than a third of the blur cannot be told from noise.</summary>
    private const double GreatestPeakRatio = 3;

    /// <summary>Share of the contrast at which the threshold lies above which the voxels found are only the top of something larger.</summary>
    private const double GreatestThresholdShare = 0.6;

    /// <summary>
    /// Multiple of the counted volume that such a top may stand for: a ball of 5 mm whose edge is cut at 80 % of its contrast counts half.
    /// </summary>
    private const double GreatestTopRatio = 2;

    /// <summary>Said where a volume is so unsure that it says only that something is there.</summary>
    public const string NotQuantified = "detected, not quantified: noise, blur or slice thickness leave the volume open within a factor of two";

    /// <summary>Standard uncertainty of the logarithm of a volume above which it is not quantified: 0.35 is a factor of two at 95 %.</summary>
    private const double GreatestLogVolumeSd = 0.35;

    /// <summary>Summed attenuation in its own uncertainties below which nothing is quantified.</summary>
    private const double LeastSignalToNoise = 8;

    /// <summary>Greatest diameter of a ball of the counted volume that an ellipsoid is fitted to, mm; larger ones show their shape themselves.</summary>
    private const double EllipsoidGreatestMm = 24;

    /// <summary>Part of the domain that must be free of other dense things for an ellipsoid: of a nodule at bone what is seen determines it, and it ends at the bone.</summary>
    private const double EllipsoidLeastClean = 0.5;

    /// <summary>Part of an ellipsoid's volume that may lie unseen at another dense thing, and how unsure that part is.</summary>
    private const double EllipsoidMostHidden = 0.5, EllipsoidHiddenSd = 0.4;

    /// <summary>
    /// Hidden part from which a deposit touches bone or another dense thing, and what the border between them, which is that of the separation, leaves unsure of its volume and mass: nodules at bone were 8 % short in the median.
    /// </summary>
    private const double LeastContact = 0.02, ContactSd = 0.08;

    /// <summary>
    /// An ellipsoid is the deposit's shape where its residual is hardly more than noise, or small beside the contrast, or where the deposit is so small that its shape cannot be seen.
    /// </summary>
    private const double EllipsoidChiSquare = 1.6, EllipsoidResidual = 0.06, UnseenShapeMm = 3, UnseenExtentMm = 7;

    /// <summary>Share of a deposit's blurred attenuation that must lie clear of other dense things for their sum to count; what is missing is added by the fit.</summary>
    private const double LeastSeenAttenuation = 0.9;

    /// <summary>Error of an ellipsoid's attenuation where the deposit is none: cylinders of 5 mm in slices of 2 mm have up to 6 %.</summary>
    private const double FormSd = 0.03;

    /// <summary>Hidden part below which an ellipsoid's axes are the deposit's diameters; one at bone is cut off there.</summary>
    private const double SeenWhole = 0.05;

    /// <summary>Standard uncertainty of an ellipsoid's logarithm of volume beside what the fit says.</summary>
    private const double EllipsoidFloor = 0.01;

    /// <summary>Share of what an ellipsoid leaves unexplained that is an error of its volume: balls whose core is denser show both.</summary>
    private const double UnevenShare = 2;

    /// <summary>Part of an ellipsoid's error of volume that goes into the summed attenuation, and the error of that where there is no other.</summary>
    private const double AttenuationShare = 0.2, AttenuationFloor = 0.005;

    /// <summary>Mean square of the residual, in units of the noise, from which a deposit is too unlike an ellipsoid to tell one scanner from another. Below, what no scanner explains counts as noise.</summary>
    private const double GreatestTellingChiSquare = 4;

    /// <summary>Share of the domain that no other dense thing's blur reaches, from which a deposit stands alone.</summary>
    private const double AloneShare = 0.95;

    /// <summary>Share of a sediment's volume that is unsure: its edges are those of voxels.</summary>
    private const double SedimentSd = 0.15;

    /// <summary>Rounding of a slice distance, mm.</summary>
    private const double ToleranceMm = 1e-6;

    private readonly CtVolume _volume;
    private readonly StackFrame _frame;
    private readonly Mask _dense;
    private readonly float _thresholdHu;
    private readonly PointSpread _blur;
    private readonly double? _noiseHu;
    private readonly DepositSurroundings.Reaches _reaches;
    private readonly Stencil _possible;

    /// <summary>Prepares a series.</summary>
    /// <param name="volume">The image.</param>
    /// <param name="frame">Its frame.</param>
    /// <param name="dense">Every dense voxel of it that is not noise.</param>
    /// <param name="thresholdHu">Least HU of a dense voxel.</param>
    /// <param name="blur">The scanner.</param>
    /// <param name="noiseHu">Noise, HU, where known.</param>
    public CorrectedVolume(CtVolume volume, StackFrame frame, Mask dense, float thresholdHu, PointSpread blur, double? noiseHu)
    {
        _volume = volume;
        _frame = frame;
        _dense = dense;
        _thresholdHu = thresholdHu;
        _blur = blur;
        _noiseHu = noiseHu;
        _reaches = new DepositSurroundings.Reaches(frame, blur);
        _possible = new Stencil(frame, blur.InPlaneFwhmMm, Math.Max(volume.Geometry.BetweenSlicesMm, blur.IsBellShaped ? blur.SliceThicknessMm : blur.SliceThicknessMm / 2) + ToleranceMm);
    }

    /// <summary>Estimates a deposit; null where it cannot be told from noise, blur and surroundings or gives what cannot be.</summary>
    /// <param name="region">The deposit.</param>
    /// <param name="remarks">What a reader must know of the volume: why there is no estimate, or how unsure it is.</param>
    public VolumeEstimate? Estimate(SegmentedRegion region, out ImmutableArray<string> remarks)
    {
        long voxels = region.Runs.Sum(run => (long)run.Length);
        double counted = region.Runs.Sum(run => run.Length * _volume.Geometry.VoxelVolumeMm3(run.Slice));
        bool isSpeck = voxels < LeastVoxels || counted < SpeckMm3;
        VolumeEstimate? estimate = Fit(region, counted, out DepositSurroundings? around, out Sediment? sediment, out string? obstacle);
        // An ellipsoid has priors that keep it from what cannot be, and an interval that says how far it may be off.
        bool isEllipsoid = estimate is { IsEllipsoid: true };
        if (estimate is { } fitted && !IsPlausible(fitted, region, around!, isSpeck && !isEllipsoid ? counted : null))
        {
            estimate = null;
            obstacle = NotPlausible;
        }
        else if (estimate is { IsEllipsoid: false } top && top.VolumeMm3 > GreatestTopRatio * counted && IsTop(top))
        {
            estimate = null;
            obstacle = TooFaint;
        }

        bool isOpen = estimate is { } open && open.Error.AllOfVolume > GreatestLogVolumeSd;
        remarks =
        [
            .. obstacle is null ? (string[])[] : [obstacle],
            .. isOpen ? (string[])[NotQuantified] : isSpeck ? [Speck] : [],
            .. estimate is null || sediment is null ? (string[])[] : [OfSediment(sediment)],
        ];
        return estimate is { Extent: null } bare ? bare with { Extent = OfVoxels(bare) } : estimate;
    }

    private static string OfSediment(Sediment sediment) => string.Create(
        CultureInfo.InvariantCulture, $"a part of lower density, as settled calcium is, measured at its own: {sediment.VolumeMm3:0} mm³, {sediment.ContrastHu:0} HU above the tissue around");

    private UnblurredExtent OfVoxels(VolumeEstimate estimate) =>
        UnblurredExtent.Of(_thresholdHu - estimate.BackgroundHu, Math.Min(estimate.ContrastHu, estimate.PeakHu), _blur);

    private VolumeEstimate? Fit(SegmentedRegion region, double countedMm3, out DepositSurroundings? around, out Sediment? sediment, out string? obstacle)
    {
        obstacle = NoClearTissue;
        around = null;
        sediment = null;
        if (VoxelBox.Around(region.Runs.AsSpan()).VoxelCount > SubvoxelGrid.MostCells)
        {
            // What lies around it is larger still, and would be cut out of the volume in vain.
            return null;
        }

        around = DepositSurroundings.Cut(_volume, _dense, region, _reaches);
        if (TissueBackground.Estimate(around, _noiseHu, _frame) is not { } background || Enclose(around) is not { } box || box.Count > SubvoxelGrid.MostCells)
        {
            return null;
        }

        var image = new DepositImage(box, around, background, _frame.Geometry);
        if (FitEllipsoid(image, countedMm3, ExtentMm(region), out obstacle) is { } ellipsoid)
        {
            return ellipsoid;
        }

        return FitLevelSet(image, out sediment, out obstacle);
    }

    /// <summary>Any other deposit; of a cyst with settled calcium the wall and the sediment, each at its own contrast.</summary>
    private VolumeEstimate? FitLevelSet(DepositImage image, out Sediment? sediment, out string? obstacle)
    {
        sediment = null;
        using SubvoxelGrid grid = SubvoxelGrid.Create(_frame, image.Box, _blur)!;
        if (new LevelSet(grid, image).Fit(_blur, out obstacle) is not { } whole)
        {
            return null;
        }

        if (Sediment.Find(image, whole.ContrastHu, _blur, _frame.Geometry) is not { } found)
        {
            return whole;
        }

        double ofSediment = image.Subtract(found.Image(grid));
        if (new LevelSet(grid, image).Fit(_blur, out _) is not { } wall)
        {
            return whole;
        }

        sediment = found;
        double edge = SedimentSd * found.VolumeMm3 / (wall.VolumeMm3 + found.VolumeMm3);
        return wall with
        {
            VolumeMm3 = wall.VolumeMm3 + found.VolumeMm3,
            HuMm3 = wall.HuMm3 + ofSediment + (found.BackgroundHu * found.VolumeMm3),
            PeakHu = whole.PeakHu,
            Error = whole.Error with { Volume = Math.Sqrt((whole.Error.Volume * whole.Error.Volume) + (edge * edge)) },
        };
    }

    /// <summary>A compact deposit as an ellipsoid; null where it is none.</summary>
    private VolumeEstimate? FitEllipsoid(DepositImage image, double countedMm3, double extentMm, out string? obstacle)
    {
        obstacle = TooFaint;
        if (DiameterMm(countedMm3) > EllipsoidGreatestMm
            || image.CleanCount < EllipsoidLeastClean * image.Domain.Count(static isIn => isIn)
            || image.CleanAttenuation <= LevelSet.LeastSignalToNoise * image.AttenuationNoise
            || EllipsoidFit.Run(_frame, _blur, image, CellFraction(countedMm3)) is not { } fit)
        {
            return null;
        }

        double diameter = DiameterMm(fit.VolumeMm3);
        bool isUnseen = (diameter < UnseenShapeMm || image.CleanAttenuation < LeastSignalToNoise * image.AttenuationSd) && extentMm < UnseenExtentMm + _blur.SliceThicknessMm;
        float peak = image.PeakHu();
        if ((fit.ChiSquare >= EllipsoidChiSquare && fit.RelativeResidual >= EllipsoidResidual && !isUnseen) || LevelSet.IsFaint(fit.ContrastHu, peak, image.NoiseHu)
            || fit.HiddenShare > EllipsoidMostHidden)
        {
            return null;
        }

        obstacle = null;
        double hidden = (EllipsoidHiddenSd * fit.HiddenShare) + (fit.HiddenShare > LeastContact ? ContactSd : 0);
        double uneven = UnevenShare * fit.RelativeResidual;
        double volume = Math.Sqrt((fit.LogVolumeSd * fit.LogVolumeSd) + (EllipsoidFloor * EllipsoidFloor) + (hidden * hidden) + (uneven * uneven));
        double ofWidth = fit.LogVolumeSlope * _blur.LogWidthSd, ofSlab = fit.LogVolumeSlabSlope * _blur.LogThicknessSd;
        double fromBlur = Math.Sqrt((ofWidth * ofWidth) + (ofSlab * ofSlab));
        double all = Math.Sqrt((volume * volume) + (fromBlur * fromBlur));
        double excess = Attenuation(fit, image), attenuation = excess + (fit.BackgroundHu * fit.VolumeMm3);
        double fromNoise = image.AttenuationSd / excess;
        double attenuationSd = Math.Sqrt((fromNoise * fromNoise) + (AttenuationShare * all * AttenuationShare * all) + (hidden * hidden) + (AttenuationFloor * AttenuationFloor));
        return new VolumeEstimate(fit.VolumeMm3, attenuation, fit.ContrastHu, fit.BackgroundHu, peak, new EstimateError(volume, fromBlur, attenuationSd), IsEllipsoid: true, fit.HiddenShare < SeenWhole ? fit.Extent : null);
    }

    /// <summary>
    /// The attenuation above the background, HU mm³: what the ellipsoid has and what the image sums to, each by its certainty. The sum holds for any shape, and a cylinder or a
    /// nodule of uneven density is no ellipsoid; noise and background spoil it for small deposits, and at bone a part of it is hidden.
    /// </summary>
    private static double Attenuation(FittedEllipsoid fit, DepositImage image)
    {
        double ofFit = fit.ContrastHu * fit.VolumeMm3;
        if (fit.SeenAttenuation < LeastSeenAttenuation)
        {
            return ofFit;
        }

        double sumSd = image.AttenuationSd / image.CleanAttenuation, share = FormSd * FormSd / ((FormSd * FormSd) + (sumSd * sumSd));
        return ofFit + (share * ((image.CleanAttenuation / fit.SeenAttenuation) - ofFit));
    }

    /// <summary>
    /// How much better a scanner explains this deposit than another: squares of residuals in units of the noise or, where that is more, of what neither explains; null where it is no ellipsoid that stands alone.
    /// </summary>
    /// <param name="region">The deposit; the surroundings are those of this instance's scanner, which must reach as far as the other's.</param>
    /// <param name="other">The other scanner.</param>
    public double? Gain(SegmentedRegion region, PointSpread other)
    {
        double counted = region.Runs.Sum(run => run.Length * _volume.Geometry.VoxelVolumeMm3(run.Slice));
        DepositSurroundings around = DepositSurroundings.Cut(_volume, _dense, region, _reaches);
        if (TissueBackground.Estimate(around, _noiseHu, _frame) is not { } background || Enclose(around) is not { } box || box.Count > SubvoxelGrid.MostCells)
        {
            return null;
        }

        var image = new DepositImage(box, around, background, _frame.Geometry);
        return image.CleanCount > AloneShare * image.Domain.Count(static isIn => isIn)
            && EllipsoidFit.Misfit(_frame, _blur, image, CellFraction(counted)) is { } mine
            && EllipsoidFit.Misfit(_frame, other, image, CellFraction(counted)) is { } others
            && Math.Min(mine.ChiSquare, others.ChiSquare) is < GreatestTellingChiSquare and var least
                ? (others.Cost - mine.Cost) / Math.Max(1, least)
                : null;
    }

    /// <summary>Cells are finer where a deposit is only a few of them wide: of 2 mm the usual ones make 13 % less.</summary>
    private static double CellFraction(double countedMm3) => DiameterMm(countedMm3) switch
    {
        < 5 => 0.55,
        < 8 => 0.8,
        _ => 1,
    };

    private static double DiameterMm(double mm3) => Math.Cbrt(6 * mm3 / Math.PI);

    private double ExtentMm(SegmentedRegion region)
    {
        VoxelBox box = VoxelBox.Around(region.Runs.AsSpan());
        VolumeGeometry geometry = _frame.Geometry;
        return Math.Max(box.SliceCount * geometry.BetweenSlicesMm, Math.Max(box.ColumnCount * geometry.BetweenColumnsMm, box.RowCount * geometry.BetweenRowsMm));
    }

    /// <summary>Whether a deposit of that contrast and volume can have given the voxels at or above the threshold.</summary>
    private bool IsPlausible(VolumeEstimate estimate, SegmentedRegion region, DepositSurroundings around, double? speckMm3)
    {
        if ((!estimate.IsEllipsoid && estimate.ContrastHu > GreatestPeakRatio * estimate.PeakHu) || estimate.VolumeMm3 > PossibleMm3(region, around))
        {
            return false;
        }

        return speckMm3 is not { } counted
            || (estimate.VolumeMm3 >= LeastSpeckRatio * counted && estimate.VolumeMm3 <= GreatestSpeckRatio * counted);
    }

    /// <summary>Whether the threshold cuts so high that the voxels found do not outline the thing.</summary>
    private bool IsTop(VolumeEstimate estimate) => _thresholdHu - estimate.BackgroundHu > GreatestThresholdShare * estimate.ContrastHu;

    /// <summary>The volume of the region grown by a full width of the blur in the plane and a slice across it, other dense things left out, mm³.</summary>
    private double PossibleMm3(SegmentedRegion region, DepositSurroundings around)
    {
        Crop box = around.Box;
        bool[] grown = new bool[box.Count];
        foreach (VoxelRun run in region.Runs)
        {
            _possible.Paint(box, run, grown);
        }

        double sum = 0;
        int plane = box.Columns * box.Rows;
        for (int n = 0; n < grown.Length; n++)
        {
            sum += grown[n] && !around.Other[n] ? _volume.Geometry.VoxelVolumeMm3(box.Slice + (n / plane)) : 0;
        }

        return sum;
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
