namespace CalcQuant.Measurement;

/// <summary>How a scanner blurs: a Gaussian in the plane of the slice, a rectangle or a bell along its normal.</summary>
/// <param name="InPlaneFwhmMm">Full width of the Gaussian at half maximum, mm.</param>
/// <param name="SliceThicknessMm">Full width of the slice profile at half maximum, mm (DICOM Slice Thickness); may differ from the distance of slices.</param>
/// <param name="LogWidthSd">Standard uncertainty of the logarithm of the in-plane width.</param>
internal readonly record struct PointSpread(double InPlaneFwhmMm, double SliceThicknessMm, double LogWidthSd = 0)
{
    /// <summary>Full width at half maximum of a Gaussian of standard deviation 1: 2 sqrt(2 ln 2).</summary>
    public const double FwhmOfUnitGaussian = 2.3548200450309493;

    /// <summary>Standard deviation of the Gaussian, mm.</summary>
    public double InPlaneSigmaMm => InPlaneFwhmMm / FwhmOfUnitGaussian;

    /// <summary>True for a Gaussian slice profile, as the interpolation of helical scans makes it (Kalender 1990); false for a rectangle.</summary>
    public bool IsBellShaped { get; init; }

    /// <summary>
    /// Standard uncertainty of the logarithm of the slice profile's width. Where its shape is assumed: between a rectangle and a Gaussian of the same full width at half maximum, whose spread is half as much
    /// again, lie two of it.
    /// </summary>
    public double LogThicknessSd { get; init; } = 0.2;

    /// <summary>Standard deviation of a bell-shaped slice profile, mm.</summary>
    public double BellSigmaMm => SliceThicknessMm / FwhmOfUnitGaussian;

    /// <summary>Second moment of the slice profile, mm².</summary>
    public double SliceVarianceMm2 => IsBellShaped ? BellSigmaMm * BellSigmaMm : SliceThicknessMm * SliceThicknessMm / 12;

    /// <summary>How far from a voxel at the threshold a deposit is still seen in slices, mm: half a rectangle and half a slice, or what holds 2.9 standard deviations of a bell.</summary>
    /// <param name="betweenSlicesMm">Distance of slices, mm.</param>
    public double SliceReachMm(double betweenSlicesMm) =>
        IsBellShaped ? (1.25 * SliceThicknessMm) + (0.35 * betweenSlicesMm) : (SliceThicknessMm + betweenSlicesMm) / 2;
}
