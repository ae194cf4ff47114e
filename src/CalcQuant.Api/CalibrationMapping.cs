using System.Collections.Frozen;
using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Api;

/// <summary>Calibrations, what they were made with and their messages, both ways.</summary>
public static class CalibrationMapping
{
    private static readonly FrozenDictionary<V1.CalibrationSource, CalibrationSource> Sources = ReportReading.Invert<CalibrationSource, V1.CalibrationSource>(ToMessage);

    /// <summary>The message of a rod.</summary>
    public static V1.CalibrationRod ToMessage(this CalibrationRod rod)
    {
        ArgumentNullException.ThrowIfNull(rod);
        return new V1.CalibrationRod
        {
            PointLpsMm = new V1.LpsPoint { X = rod.PointLpsMm.X, Y = rod.PointLpsMm.Y, Z = rod.PointLpsMm.Z },
            DiameterMm = rod.DiameterMm,
            DensityMgPerCm3 = rod.DensityMgPerCm3,
        };
    }

    /// <summary>Reads a rod.</summary>
    /// <param name="message">The message.</param>
    /// <param name="rod">The rod; null where it is none.</param>
    /// <returns>What is wrong, in words; null where nothing is.</returns>
    public static string? TryRead(V1.CalibrationRod message, out CalibrationRod? rod)
    {
        ArgumentNullException.ThrowIfNull(message);

        // + 0.0 turns -0 into 0, which are equal numbers with other bytes.
        LpsPoint point = message.PointLpsMm is { } at ? new(at.X + 0.0, at.Y + 0.0, at.Z + 0.0) : new(double.NaN, double.NaN, double.NaN);
        var read = new CalibrationRod(point, message.DiameterMm, message.HasDensityMgPerCm3 ? message.DensityMgPerCm3 + 0.0 : double.NaN);
        rod = read.Problem is null ? read : null;
        return read.Problem;
    }

    /// <summary>The message of a stored calibration.</summary>
    public static V1.ScannerCalibration ToMessage(this ScannerCalibration calibration)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        return new V1.ScannerCalibration
        {
            Manufacturer = calibration.Manufacturer,
            Model = calibration.ManufacturerModelName,
            Kvp = calibration.Kvp,
            Kernel = calibration.ConvolutionKernel ?? string.Empty,
            MilligramsPerCm3PerHu = calibration.MilligramsPerCm3PerHu,
            InterceptHu = calibration.InterceptHu,
            Tolerance = calibration.Tolerance,
            InterceptToleranceHu = calibration.InterceptToleranceHu,
            Origin = calibration.Origin,
        };
    }

    /// <summary>Reads a stored calibration.</summary>
    /// <param name="message">The message.</param>
    /// <param name="calibration">The calibration; null where it is none.</param>
    /// <returns>What is wrong, in words; null where nothing is.</returns>
    public static string? TryRead(V1.ScannerCalibration message, out ScannerCalibration? calibration)
    {
        ArgumentNullException.ThrowIfNull(message);
        var read = new ScannerCalibration(
            message.Manufacturer,
            message.Model,
            message.Kvp,
            message.Kernel.Length > 0 ? message.Kernel : null,
            message.MilligramsPerCm3PerHu,
            message.HasInterceptHu ? message.InterceptHu + 0.0 : double.NaN,
            message.HasTolerance ? message.Tolerance + 0.0 : double.NaN,
            message.HasInterceptToleranceHu ? message.InterceptToleranceHu + 0.0 : double.NaN,
            message.Origin);
        calibration = read.Problem is null ? read : null;
        return read.Problem;
    }

    /// <summary>Adds the calibration to what the numbers were made with.</summary>
    internal static void AddTo(V1.MeasurementParameters message, MeasurementParameters parameters)
    {
        Calibration calibration = parameters.Calibration;
        message.MilligramsPerCm3PerHu = calibration.MilligramsPerCm3PerHu;
        message.CalibrationOrigin = calibration.Origin;
        message.CalibrationSource = ToMessage(calibration.Source);
        message.CalibrationInterceptHu = calibration.InterceptHu;
        message.CalibrationTolerance = calibration.Tolerance;
        message.CalibrationInterceptToleranceHu = calibration.InterceptToleranceHu;
        foreach (MeasuredRod rod in parameters.CalibrationRods)
        {
            var shown = new V1.MeasuredRod { Rod = rod.Rod.ToMessage(), MeanHu = rod.MeanHu, StandardDeviationHu = rod.StandardDeviationHu, SliceCount = rod.SliceCount };
            if (rod.ResidualHu is { } residual)
            {
                shown.ResidualHu = residual;
            }

            message.CalibrationRods.Add(shown);
        }
    }

    /// <summary>The calibration of a message. One of a version without sources has the factor and its words, which begin with "requested" where it was.</summary>
    internal static Calibration ReadCalibration(V1.MeasurementParameters message) => new(
        message.CalibrationSource != V1.CalibrationSource.Unspecified ? Sources[message.CalibrationSource]
            : message.CalibrationOrigin.StartsWith("requested", StringComparison.Ordinal) ? CalibrationSource.Requested
            : CalibrationSource.TubeVoltageDefault,
        message.MilligramsPerCm3PerHu,
        message.CalibrationInterceptHu,
        message.CalibrationTolerance,
        message.CalibrationInterceptToleranceHu,
        message.CalibrationOrigin);

    /// <summary>The rods of a message.</summary>
    internal static ImmutableArray<MeasuredRod> ReadRods(V1.MeasurementParameters message) =>
    [
        .. message.CalibrationRods.Select(static shown => TryRead(shown.Rod ?? new V1.CalibrationRod(), out CalibrationRod? rod) is { } problem
            ? throw new ArgumentException(problem, nameof(message))
            : new MeasuredRod(rod!, shown.MeanHu, shown.StandardDeviationHu, shown.SliceCount, shown.HasResidualHu ? shown.ResidualHu : null)),
    ];

    // A new member without its message value does not compile (CS8509); see ReportMapping.
#pragma warning disable CS8524
    private static V1.CalibrationSource ToMessage(CalibrationSource source) => source switch
    {
        CalibrationSource.TubeVoltageDefault => V1.CalibrationSource.TubeVoltageDefault,
        CalibrationSource.StoredScanner => V1.CalibrationSource.StoredScanner,
        CalibrationSource.RodsInScan => V1.CalibrationSource.RodsInScan,
        CalibrationSource.Requested => V1.CalibrationSource.Requested,
    };
#pragma warning restore CS8524
}
