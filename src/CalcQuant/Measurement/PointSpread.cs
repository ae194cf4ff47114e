namespace CalcQuant.Measurement;

/// <summary>How a scanner blurs: a Gaussian in the plane of the slice, a rectangle along its normal.</summary>
/// <param name="InPlaneFwhmMm">Full width of the Gaussian at half maximum, mm.</param>
/// <param name="SliceThicknessMm">Width of the rectangle, mm (DICOM Slice Thickness); may differ from the distance of slices.</param>
/// <param name="LogWidthSd">Standard uncertainty of the logarithm of the in-plane width.</param>
internal readonly record struct PointSpread(double InPlaneFwhmMm, double SliceThicknessMm, double LogWidthSd = 0)
{
    /// <summary>Full width at half maximum of a Gaussian of standard deviation 1: 2 sqrt(2 ln 2).</summary>
    public const double FwhmOfUnitGaussian = 2.3548200450309493;

    /// <summary>Standard deviation of the Gaussian, mm.</summary>
    public double InPlaneSigmaMm => InPlaneFwhmMm / FwhmOfUnitGaussian;
}
