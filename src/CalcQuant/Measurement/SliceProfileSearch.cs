using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>
/// Tells the shape of the slice profile from the compact deposits of the series itself: each is fitted as a scanner with a rectangular profile would show it and as one with a bell-shaped one would.
/// </summary>
/// <remarks>
/// The header gives the width of the profile, not its shape. Helical scans have bells, step and shoot scans rectangles. With the wrong one a ball of 5 mm in slices of 2.5 mm comes out 15 % too large. A denser
/// core, which a bell resembles along the normal, is seen within the slices too: the fit has one of its own.
/// </remarks>
internal static class SliceProfileSearch
{
    /// <summary>Diameters of balls of the counted volume that show the profile: smaller ones are all blur, larger ones all inside, mm.</summary>
    private const double LeastMm = 4, GreatestMm = 16;

    /// <summary>Standard uncertainty of the logarithm of the in-plane width above which the profile is not searched for: what is wrong in the plane would be made up for along the normal.</summary>
    private const double GreatestLogWidthSd = 0.1;

    /// <summary>Longest extent in diameters, at most, a slice added.</summary>
    private const double GreatestElongation = 2.5;

    /// <summary>The most telling diameter, mm.</summary>
    private const double BestMm = 8;

    /// <summary>Deposits that are fitted, at most: each takes 10 to 50 ms.</summary>
    private const int MostDeposits = 8;

    /// <summary>Deposits that must speak, at least: one may be uneven.</summary>
    private const int LeastDeposits = 2;

    /// <summary>Squares of the noise that one deposit may bring, at most, and that all must bring together.</summary>
    private const double MostOfOne = 20, LeastOfAll = 30;

    /// <summary>Share of the deposits that must agree.</summary>
    private const double LeastAgreement = 0.6;

    /// <summary>Squares of the noise below which a deposit says nothing.</summary>
    private const double LeastOfOne = 4;

    /// <summary>Standard uncertainty of the logarithm of the profile's width where deposits show its shape: real ones lie between the two.</summary>
    private const double SeenLogThicknessSd = 0.1;

    /// <summary>The blur with the shape of its slice profile, as far as the deposits tell it.</summary>
    /// <param name="blur">What is known of the scanner.</param>
    /// <param name="series">Volume, frame, dense voxels, threshold in HU and noise in HU of the series.</param>
    /// <param name="regions">What was found; walls of vessels and what is uncertain are rarely even and say nothing.</param>
    /// <param name="parallel">Threads and cancellation.</param>
    public static SeriesBlur Find(
        SeriesBlur blur, (CtVolume Volume, StackFrame Frame, Mask Dense, float ThresholdHu, double? NoiseHu) series, ImmutableArray<SegmentedRegion> regions, ParallelOptions parallel)
    {
        SegmentedRegion[] telling =
        [
            .. regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification && region.ComponentCount == 1)
                .Select((region, place) => (Region: region, Place: place, Diameter: DiameterMm(region, series.Volume.Geometry)))
                .Where(deposit => deposit.Diameter is >= LeastMm and <= GreatestMm && IsCompact(deposit.Region, deposit.Diameter, series.Volume.Geometry))
                .OrderBy(deposit => Math.Abs(Math.Log(deposit.Diameter / BestMm))).ThenBy(deposit => deposit.Place)
                .Take(MostDeposits)
                .Select(deposit => deposit.Region),
        ];
        if (telling.Length < LeastDeposits || blur.Spread.LogWidthSd > GreatestLogWidthSd)
        {
            return blur;
        }

        // What the wider of the two reaches is looked at under both.
        PointSpread rectangle = blur.Spread, bell = rectangle with { IsBellShaped = true };
        var ofBell = new CorrectedVolume(series.Volume, series.Frame, series.Dense, series.ThresholdHu, bell, series.NoiseHu);
        double?[] gains = new double?[telling.Length];
        Parallel.For(0, telling.Length, parallel, n => gains[n] = ofBell.Gain(telling[n], rectangle));
        double[] said = [.. gains.Where(gain => gain is { } value && Math.Abs(value) >= LeastOfOne).Select(gain => Math.Clamp(gain!.Value, -MostOfOne, MostOfOne))];
        double all = said.Sum();
        int agreeing = said.Count(gain => Math.Sign(gain) == Math.Sign(all));
        return said.Length < LeastDeposits || Math.Abs(all) < LeastOfAll || agreeing < LeastAgreement * said.Length
            ? blur
            : blur with { Spread = rectangle with { IsBellShaped = all > 0, LogThicknessSd = SeenLogThicknessSd }, ProfileDeposits = agreeing };
    }

    /// <summary>Neither long nor in pieces that lie far apart, as merged entries are: what surrounds those would be half the scan.</summary>
    private static bool IsCompact(SegmentedRegion region, double diameterMm, VolumeGeometry geometry)
    {
        VoxelBox box = VoxelBox.Around(region.Runs.AsSpan());
        return Math.Max(box.ColumnCount * geometry.BetweenColumnsMm, Math.Max(box.RowCount * geometry.BetweenRowsMm, box.SliceCount * geometry.BetweenSlicesMm)) <= GreatestElongation * (diameterMm + geometry.BetweenSlicesMm);
    }

    private static double DiameterMm(SegmentedRegion region, VolumeGeometry geometry) =>
        Math.Cbrt(6 / Math.PI * region.Runs.Sum(run => run.Length * geometry.VoxelVolumeMm3(run.Slice)));
}
