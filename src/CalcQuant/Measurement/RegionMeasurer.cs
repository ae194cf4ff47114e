using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>Measures the regions of one series. Regions are independent of each other, so any number may be measured at the same time.</summary>
internal sealed class RegionMeasurer
{
    private readonly CtVolume _volume;
    private readonly StackFrame _frame;
    private readonly SurfaceArea _surface;
    private readonly double[] _agatstonBreakpointsHu;
    private readonly Calibration _calibration;
    private readonly CorrectedVolume? _corrected;

    /// <summary>Prepares a series.</summary>
    /// <param name="volume">The image.</param>
    /// <param name="frame">Its frame.</param>
    /// <param name="kvp">Tube voltage, kV.</param>
    /// <param name="calibration">From HU to mass.</param>
    /// <param name="corrected">Partial-volume correction of this series; null for threshold volumes only.</param>
    public RegionMeasurer(CtVolume volume, StackFrame frame, double kvp, Calibration calibration, CorrectedVolume? corrected)
    {
        _volume = volume;
        _frame = frame;
        _surface = new SurfaceArea(frame);
        _agatstonBreakpointsHu = TubeVoltage.BreakpointsHu(kvp);
        _calibration = calibration;
        _corrected = corrected;
    }

    /// <summary>Measures one region.</summary>
    /// <param name="region">What and where it is; at least one run.</param>
    /// <param name="id">Its number in the report.</param>
    public Region Measure(SegmentedRegion region, int id)
    {
        ImmutableArray<VoxelRun> runs = region.Runs;
        VoxelStatistics statistics = VoxelStatistics.Measure(_volume, _frame, runs);
        var measured = new Region
        {
            Id = id,
            Kind = region.Kind,
            Confidence = region.Confidence,
            Evidence = region.Evidence,
            ComponentCount = region.ComponentCount,
            VoxelCount = statistics.VoxelCount,
            VolumeMm3 = statistics.VolumeMm3,
            VolumeMethod = VolumeMethod.ThresholdCount,
            ThresholdVolumeMm3 = statistics.VolumeMm3,
            MeanHu = statistics.MeanHu,
            MaxHu = statistics.MaxHu,
            StandardDeviationHu = statistics.StandardDeviationHu,
            CentroidLpsMm = statistics.Centroid,
            SeedLpsMm = _volume.Geometry.ToLps(runs[0].Start, runs[0].Row, runs[0].Slice),
            BoundsMinLpsMm = statistics.BoundsMin,
            BoundsMaxLpsMm = statistics.BoundsMax,
            TouchesBorder = statistics.TouchesBorder,
            LargestSliceIndex = statistics.LargestSlice,
            Depth = region.Depth,
            DepthBelowSkinMm = region.DepthBelowSkinMm,
            DistanceToBoneMm = region.DistanceToBoneMm,
            Morphology = region.Morphology,
            MorphologyConfidence = region.MorphologyConfidence,
            PossibleOssification = region.PossibleOssification,
            FluidLevel = region.FluidLevel,
            Structure = region.Structure,
            DepthShares = region.DepthShares,
            Site = region.Site,
            SiteSource = region.SiteSource,
            Laterality = region.Laterality,
            LateralitySource = region.LateralitySource,
        };
        if (region.Kind.IsOnlyAccountedFor())
        {
            return measured;
        }

        VoxelRun[][] pieces = [.. SliceLesions.Enumerate(runs)];
        if (region.ComponentCount > 1)
        {
            // Diameters and surfaces of many findings in one entry mean nothing either; what can be summed is.
            return region.Kind.IsCalcification() ? Counted(measured, pieces) : measured;
        }

        AxialDiameters axial = AxialDiameters.Measure(_frame, pieces);
        LpsPoint longest = FeretDiameter.Measure(_frame, runs);
        measured = measured with
        {
            MaxDiameterMm = longest.Length,
            AxialDiameterMm = axial.LongestMm,
            AxialPerpendicularMm = axial.PerpendicularMm,
            SurfaceMm2 = _surface.Measure(runs),
        };
        return region.Kind.IsCalcification() ? MeasureCalcium(measured, region, pieces, axial, longest) : measured;
    }

    private Region Counted(Region measured, VoxelRun[][] pieces) => measured with
    {
        Agatston = AgatstonScore.Measure(_volume, pieces, _agatstonBreakpointsHu),
        MassMg = _calibration.MassMg(measured.MeanHu * measured.ThresholdVolumeMm3, measured.ThresholdVolumeMm3),
    };

    private Region MeasureCalcium(Region measured, SegmentedRegion region, VoxelRun[][] pieces, AxialDiameters axial, LpsPoint longest)
    {
        measured = Counted(measured, pieces);
        if (_corrected is null)
        {
            return measured;
        }

        VolumeEstimate? corrected = _corrected.Estimate(region, out ImmutableArray<string> remarks);
        measured = measured with { Evidence = [.. measured.Evidence, .. remarks] };
        if (corrected is not { } estimate)
        {
            return measured;
        }

        // The volume enters a mass by what the background differs from the material without calcium, and by how unsure that is.
        double? mass = _calibration.MassMg(estimate.HuMm3, estimate.VolumeMm3);
        double mm3 = estimate.VolumeMm3, left = estimate.HuMm3 - (_calibration.InterceptHu * mm3);
        double ofExcess = (estimate.HuMm3 - (estimate.BackgroundHu * mm3)) * estimate.Error.Attenuation;
        double ofVolume = (estimate.BackgroundHu - _calibration.InterceptHu) * mm3 * estimate.Error.AllOfVolume, ofIntercept = _calibration.InterceptSdHu * mm3;
        EstimateError error = left > 0
            ? estimate.Error with { Attenuation = Math.Sqrt((ofExcess * ofExcess) + (ofVolume * ofVolume) + (ofIntercept * ofIntercept)) / left }
            : estimate.Error;
        AxialDiameters unblurred = estimate.Extent!.Axial(axial);
        return measured with
        {
            MaxDiameterMm = estimate.Extent.Feret(longest),
            AxialDiameterMm = unblurred.LongestMm,
            AxialPerpendicularMm = unblurred.PerpendicularMm,
            VolumeMm3 = estimate.VolumeMm3,
            VolumeIntervalMm3 = EstimateError.Around(estimate.VolumeMm3, error.AllOfVolume),
            VolumeMethod = VolumeMethod.PartialVolumeCorrected,
            Error = error,
            MassMg = mass,
            MassIntervalMg = mass is { } known
                ? EstimateError.Around(known, Math.Sqrt((error.Attenuation * error.Attenuation) + (_calibration.LogSd * _calibration.LogSd)))
                : null,
        };
    }
}
