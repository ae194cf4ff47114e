using System.Collections.Immutable;
using System.Text.Json;
using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Cli.Commands;

/// <summary>
/// Files of calibrations: <c>{"calibrationRods": [{"pointLpsMm": {"x", "y", "z"}, "diameterMm", "densityMgPerCm3"}]}</c> and
/// <c>{"scannerCalibrations": [{"manufacturer", "model", "kvp", "kernel", "milligramsPerCm3PerHu", "interceptHu", "tolerance", "interceptToleranceHu", "origin"}]}</c>. They are read strictly: a
/// misspelt field would be another mass.
/// </summary>
internal static class CalibrationFiles
{
    /// <summary>Bytes of a file: the most and longest entries, escaped, fit.</summary>
    public const int MaxBytes = 8 << 20;

    private static readonly HashSet<string> RodFields = new(StringComparer.Ordinal) { "pointLpsMm", "diameterMm", "densityMgPerCm3" };

    private static readonly HashSet<string> ScannerFields =
        new(StringComparer.Ordinal) { "manufacturer", "model", "kvp", "kernel", "milligramsPerCm3PerHu", "interceptHu", "tolerance", "interceptToleranceHu", "origin" };

    /// <summary>Reads rods.</summary>
    /// <param name="path">Where the file is.</param>
    /// <param name="rods">The rods, in order.</param>
    /// <returns>What is wrong, in one line; null where nothing is.</returns>
    public static string? Read(string path, out ImmutableArray<CalibrationRod> rods) =>
        BoundedFile.ReadList(path, MaxBytes, "calibrationRods", CalibrationRod.MaxCount, ReadRod, out rods);

    /// <summary>Reads stored calibrations.</summary>
    /// <param name="path">Where the file is.</param>
    /// <param name="calibrations">The calibrations, in order.</param>
    /// <returns>What is wrong, in one line; null where nothing is.</returns>
    public static string? Read(string path, out ImmutableArray<ScannerCalibration> calibrations) =>
        BoundedFile.ReadList(path, MaxBytes, "scannerCalibrations", ScannerCalibration.MaxCount, ReadScanner, out calibrations);

    private static string? ReadRod(JsonElement entry, out CalibrationRod? rod)
    {
        rod = null;
        if (BoundedFile.UnknownField(entry, RodFields) is { } unknown)
        {
            return $"{unknown}: there is no such field";
        }

        rod = new CalibrationRod(
            BoundedFile.PointOf(entry, "pointLpsMm") ?? new LpsPoint(double.NaN, double.NaN, double.NaN),
            BoundedFile.NumberOf(entry, "diameterMm"),
            BoundedFile.NumberOf(entry, "densityMgPerCm3"));
        return rod.Problem;
    }

    private static string? ReadScanner(JsonElement entry, out ScannerCalibration? calibration)
    {
        calibration = null;
        if (BoundedFile.UnknownField(entry, ScannerFields) is { } unknown)
        {
            return $"{unknown}: there is no such field";
        }

        calibration = new ScannerCalibration(
            BoundedFile.TextOf(entry, "manufacturer"),
            BoundedFile.TextOf(entry, "model"),
            BoundedFile.NumberOf(entry, "kvp"),
            entry.TryGetProperty("kernel", out _) ? BoundedFile.TextOf(entry, "kernel") : null,
            BoundedFile.NumberOf(entry, "milligramsPerCm3PerHu"),
            BoundedFile.NumberOf(entry, "interceptHu"),
            BoundedFile.NumberOf(entry, "tolerance"),
            BoundedFile.NumberOf(entry, "interceptToleranceHu"),
            BoundedFile.TextOf(entry, "origin"));
        return calibration.Problem;
    }
}
