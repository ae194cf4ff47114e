using System.Globalization;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>The blur of a series and where it comes from.</summary>
/// <param name="Spread">The blur.</param>
/// <param name="Origin">"measured at the skin", with its limits where patches of skin disagree, or "assumed".</param>
internal sealed record SeriesBlur(PointSpread Spread, string Origin)
{
    /// <summary>True where it could not be measured.</summary>
    public bool IsAssumed => Origin == AssumedOrigin;

    /// <summary>Deposits whose images show the shape of the slice profile; 0 where it is assumed.</summary>
    public int ProfileDeposits { get; init; }

    /// <summary>Shape of the slice profile and where it comes from: "rectangle, assumed", "bell, seen in 5 deposits".</summary>
    public string SliceProfile => (Spread.IsBellShaped ? "bell" : "rectangle") + (ProfileDeposits > 0 ? string.Create(CultureInfo.InvariantCulture, $", seen in {ProfileDeposits} deposits") : ", assumed");

    private const string MeasuredOrigin = "measured at the skin";
    private const string AssumedOrigin = "assumed";

    /// <summary>Blur where it cannot be measured: as a share of the pixel, because a display matrix follows the kernel.</summary>
    private const double AssumedPixels = 1.4;

    /// <summary>Least and greatest blur so assumed, mm: body kernels measured 0.9 to 2.1, mostly 1.0 to 1.5; large pixels come from resampling and say nothing of the kernel.</summary>
    private const double LeastAssumedMm = 0.9, GreatestAssumedMm = 1.3;

    /// <summary>Standard uncertainty of the logarithm of the width where it was assumed: what kernels have lies within a factor of 1.8 of it.</summary>
    private const double AssumedLogSd = 0.3;

    /// <summary>That of a measured width from which a reader is told.</summary>
    private const double UnsureLogSd = 0.06;

    /// <summary>Estimates the blur of a series: in the plane from the skin, along the normal from the header.</summary>
    /// <param name="series">The series.</param>
    /// <param name="body">The patient in it.</param>
    /// <param name="frame">The stack.</param>
    /// <param name="parallel">Threads and cancellation.</param>
    public static SeriesBlur Estimate(CtSeries series, Mask body, StackFrame frame, ParallelOptions parallel)
    {
        VolumeGeometry geometry = series.Volume.Geometry;
        double thickness = series.Acquisition.SliceThicknessMm is { } header && double.IsFinite(header) && header > 0 ? header : geometry.BetweenSlicesMm;
        double pixel = Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm);
        return SkinEdge.MeasureFwhm(series.Volume, body, frame, thickness, parallel) is { } measured
            ? new SeriesBlur(
                new PointSpread(measured.FwhmMm, thickness, measured.LogSd),
                measured.LogSd < UnsureLogSd ? MeasuredOrigin : string.Create(CultureInfo.InvariantCulture, $"{MeasuredOrigin}, to within {100 * EstimateError.NormalQuantile * measured.LogSd:0} %"))
            : new SeriesBlur(new PointSpread(AssumedFwhmMm(pixel), thickness, AssumedLogSd), AssumedOrigin);
    }

    /// <summary>Never narrower than a pixel: interpolation between pixels blurs at least that much.</summary>
    private static double AssumedFwhmMm(double pixelMm) => Math.Max(pixelMm, Math.Clamp(AssumedPixels * pixelMm, LeastAssumedMm, GreatestAssumedMm));
}
