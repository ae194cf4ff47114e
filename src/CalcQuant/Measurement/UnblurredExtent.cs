using CalcQuant.Imaging;

namespace CalcQuant.Measurement;

/// <summary>
/// Diameters of a deposit without what blur and threshold add to them or take away: those of the ellipsoid that was fitted, or the voxels' own, moved to where the edge really
/// is. An edge of a Gaussian blur reaches a share t of the contrast at sigma x quantile(1 - t) outside of itself, that of a slab at (1/2 - t) x its thickness.
/// </summary>
internal sealed record UnblurredExtent
{
    /// <summary>Shares of the contrast that a threshold is taken to lie at: beyond, the formula's edge runs away.</summary>
    private const double LeastShare = 0.05, GreatestShare = 0.95;

    /// <summary>Part of a diameter that is left at least: of specks the formula could leave nothing.</summary>
    private const double LeastLeft = 0.25;

    private readonly (double FeretMm, AxialDiameters Axial)? _ellipsoid;
    private readonly double _inPlaneMm, _throughMm;

    private UnblurredExtent((double FeretMm, AxialDiameters Axial)? ellipsoid, double inPlaneMm, double throughMm) =>
        (_ellipsoid, _inPlaneMm, _throughMm) = (ellipsoid, inPlaneMm, throughMm);

    /// <summary>That of an ellipsoid.</summary>
    /// <param name="feretMm">Its longest diameter, mm.</param>
    /// <param name="axial">The diameters of its section through the middle, in the plane of the slices.</param>
    public static UnblurredExtent Of(double feretMm, AxialDiameters axial) => new((feretMm, axial), 0, 0);

    /// <summary>That of voxels at or above a threshold.</summary>
    /// <param name="thresholdHu">The threshold over the background, HU.</param>
    /// <param name="contrastHu">The deposit's contrast, or its peak where the blur leaves less, HU.</param>
    /// <param name="blur">The scanner.</param>
    public static UnblurredExtent Of(double thresholdHu, double contrastHu, PointSpread blur)
    {
        double share = Math.Clamp(thresholdHu / contrastHu, LeastShare, GreatestShare);
        return new UnblurredExtent(null, blur.InPlaneSigmaMm * NormalDistribution.Quantile(1 - share), blur.IsBellShaped ? blur.BellSigmaMm * NormalDistribution.Quantile(1 - share) : blur.SliceThicknessMm * (0.5 - share));
    }

    /// <summary>The longest diameter, mm.</summary>
    /// <param name="voxels">From one end of the voxels to the other, mm in the frame of the stack.</param>
    public double Feret(LpsPoint voxels)
    {
        double length = voxels.Length;
        double upright = length > 0 ? Math.Abs(voxels.Z) / length : 0, across = Math.Sqrt(Math.Max(0, 1 - (upright * upright)));
        return _ellipsoid?.FeretMm ?? Moved(length, (across * _inPlaneMm) + (upright * _throughMm));
    }

    /// <summary>The diameters within a slice.</summary>
    /// <param name="voxels">Those of the voxels.</param>
    public AxialDiameters Axial(AxialDiameters voxels) =>
        _ellipsoid?.Axial ?? new AxialDiameters(Moved(voxels.LongestMm, _inPlaneMm), Moved(voxels.PerpendicularMm, _inPlaneMm));

    private static double Moved(double diameterMm, double edgeMm) => Math.Max(LeastLeft * diameterMm, diameterMm - (2 * edgeMm));
}
