using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Analysis;

/// <summary>The one entry: a CT series in, its report and the voxels behind it out.</summary>
public static class CalcificationAnalysis
{
    /// <summary>Regions measured between two reports of progress.</summary>
    private const int ProgressStep = 64;

    /// <summary>Segments a volume; a parameter so that the measurement is testable on regions drawn by hand.</summary>
    internal delegate VolumeSegmentation Segmenter(float thresholdHu, IProgress<AnalysisProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Segments and measures a series.</summary>
    /// <param name="series">The series.</param>
    /// <param name="options">What the caller chose; null for the defaults.</param>
    /// <param name="progress">Told of each stage; may be null. Called from several threads.</param>
    /// <param name="cancellationToken">Stops between pieces of work of at most a few hundred milliseconds.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CalcificationResult Run(
        CtSeries series,
        AnalysisOptions? options = null,
        IProgress<AnalysisProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(series);
        AnalysisOptions chosen = options ?? new AnalysisOptions();
        ThrowUnlessValid(chosen);
        Mask? bone = null;
        if (chosen.BoneMask is not null && GivenBone.Check(series, chosen, cancellationToken, out bone) is { } unsuitable)
        {
            return Refuse(series, unsuitable, chosen);
        }

        return Run(
            series,
            chosen,
            (threshold, stages, token) => VolumeSegmenter.Segment(
                series, threshold, chosen.Connectivity, chosen.MaxThreadCount, stages, bone, token),
            progress,
            cancellationToken);
    }

    /// <summary>Refused with everything known of the series; nothing was segmented.</summary>
    private static CalcificationResult Refuse(CtSeries series, SeriesIssue reason, AnalysisOptions options)
    {
        VolumeGeometry geometry = series.Volume.Geometry;
        Mask Nothing() => new(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        return new CalcificationResult(
            AnalysisReport.Refused(series.Acquisition.SeriesInstanceUid, "CT", [reason, .. series.Issues], series.Acquisition).WithUnmetCorrections(options),
            new VolumeSegmentation([], Nothing(), Nothing(), NoiseHu: null, []));
    }

    /// <summary>The same with a given segmentation.</summary>
    internal static CalcificationResult Run(
        CtSeries series,
        AnalysisOptions options,
        Segmenter segment,
        IProgress<AnalysisProgress>? progress,
        CancellationToken cancellationToken)
    {
        ThrowUnlessValid(options);
        RodCalibration? rods = options.CalibrationRods.IsEmpty
            ? null
            : RodCalibration.Measure(
                series.Volume,
                options.CalibrationRods,
                TubeVoltage.DefaultMilligramsPerCm3PerHu(KnownKvp(series.Acquisition) ?? TubeVoltage.ReferenceKvp),
                cancellationToken);
        MeasurementParameters parameters = Choose(series.Acquisition, options, rods, out ImmutableArray<SeriesIssue> choices);
        VolumeSegmentation segmentation = segment(parameters.ThresholdHu, progress, cancellationToken);
        if (rods is not null)
        {
            segmentation = segmentation with { Regions = [.. segmentation.Regions.Select(region => region.Kind is not (RegionKind.OutsideBody or RegionKind.Noise) && rods.Holds(region) ? AsRod(region) : region)] };
        }

        ImmutableArray<SegmentedRegion> segmented = segmentation.Regions;
        var frame = new StackFrame(series.Volume.Geometry);
        var parallel = new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = options.MaxThreadCount == 0 ? Environment.ProcessorCount : options.MaxThreadCount,
        };

        ImmutableArray<RegionCorrection> corrections = options.CorrectionsOf(series.Acquisition.SeriesInstanceUid, series.Acquisition.StackNumber);

        // Only deposits need the blur; a series without them is spared the search for it.
        SeriesBlur? blur = segmented.Any(region => region.Kind.IsCalcification()) || corrections.Any(correction => correction.Kind.IsCalcification())
            ? SeriesBlur.Estimate(series, segmentation.Body, frame, parallel)
            : null;
        using Mask? dense = blur is null ? null : Dense(series.Volume.Geometry, segmented);
        blur = blur is null ? null : SliceProfileSearch.Find(blur, (series.Volume, frame, dense!, parameters.ThresholdHu, segmentation.NoiseHu), segmented, parallel);
        parameters = parameters with
        {
            NoiseHu = segmentation.NoiseHu,
            InPlaneBlurMm = blur?.Spread.InPlaneFwhmMm,
            BlurOrigin = blur?.Origin,
            SliceProfile = blur?.SliceProfile,
        };
        RegionMeasurer measurer = Prepare(series, frame, parameters, blur, dense);
        Region[] measured = Measure(measurer, segmented, progress, parallel);
        var selection = RegionSelection.Choose(series.Volume.Geometry, options, segmented, measured);
        (segmented, measured) = (selection.Segmented, selection.Measured);
        int[] order = ReportOrder(segmented, measured);
        ImmutableArray<Region> regions = [.. order.Select((source, place) => measured[source] with { Id = place + 1 })];
        segmented = [.. order.Select(source => segmented[source])];
        ImmutableArray<AppliedCorrection> applied = [];
        ImmutableArray<SeriesIssue> correctionIssues = [];
        if (!corrections.IsEmpty)
        {
            // Numbers were given before: whoever says "region 7" means the same one after any correction.
            CorrectedRegions corrected = CorrectedRegions.Apply(series.Volume.Geometry, corrections, segmented, regions, measurer.Measure);
            corrected.Update(segmentation.Bone, segmented);
            (applied, correctionIssues) = (corrected.Applied, corrected.Issues);
            order = ReportOrder(corrected.Segmented, [.. corrected.Measured]);
            regions = [.. order.Select(source => corrected.Measured[source])];
            segmented = [.. order.Select(source => corrected.Segmented[source])];
        }

        ImmutableArray<SeriesIssue> issues =
            [.. series.Issues, .. segmentation.Issues, .. choices, .. MeasurementIssues(parameters, regions, blur), .. selection.Issues, .. correctionIssues];
        var report = new AnalysisReport
        {
            SeriesInstanceUid = series.Acquisition.SeriesInstanceUid,
            Modality = "CT",
            Verdict = issues.IsEmpty ? Verdict.Accepted : Verdict.AcceptedWithWarnings,
            Issues = issues,
            Totals = Total(regions, parameters.Calibration.LogSd),
            Regions = regions,
            Burden = Burden.Of(regions),
            Searched = SearchedCompartment.Of(
                segmentation.Coverage, series, options, TubeVoltage.ThresholdHu(KnownKvp(series.Acquisition) ?? TubeVoltage.ReferenceKvp), regions),
            Corrections = applied,
            Acquisition = series.Acquisition,
            Geometry = series.Volume.Geometry,
            Parameters = parameters,
        };
        return new CalcificationResult(report, segmentation with { Regions = segmented });
    }

    private static void ThrowUnlessValid(AnalysisOptions options)
    {
        if (options.ThresholdHu is { } threshold && !float.IsFinite(threshold))
        {
            throw new ArgumentException("A threshold is a finite number of HU.", nameof(options));
        }

        if (options.MilligramsPerCm3PerHu is { } calibration && !(double.IsFinite(calibration) && calibration > 0))
        {
            throw new ArgumentException("A calibration is finite and positive.", nameof(options));
        }

        if (options.CalibrationRods.IsDefault || options.CalibrationRods.Length > CalibrationRod.MaxCount || options.CalibrationRods.Any(static rod => rod.Problem is not null))
        {
            throw new ArgumentException("Calibration rods are a list of valid ones, which may be empty.", nameof(options));
        }

        if (options.CalibrationRods.Length > 0 && options.MilligramsPerCm3PerHu is not null)
        {
            throw new ArgumentException("A calibration is given by a factor or by rods, not by both.", nameof(options));
        }

        if (options.ScannerCalibrations.IsDefault
            || options.ScannerCalibrations.Length > ScannerCalibration.MaxCount
            || options.ScannerCalibrations.Any(static entry => entry.Problem is not null))
        {
            throw new ArgumentException("Scanner calibrations are a list of valid ones, which may be empty.", nameof(options));
        }

        if (options.RegionOfInterest is { IsValid: false })
        {
            throw new ArgumentException("A region of interest has finite corners, the least first.", nameof(options));
        }

        if (options.MinimumVolumeMm3 is { } volume && !(double.IsFinite(volume) && volume >= 0))
        {
            throw new ArgumentException("A least volume is finite and not negative.", nameof(options));
        }

        if (options.BoneLabels.IsDefault)
        {
            throw new ArgumentException("Bone labels are a list, which may be empty.", nameof(options));
        }

        if (options.Corrections.IsDefault)
        {
            throw new ArgumentException("Corrections are a list, which may be empty.", nameof(options));
        }

        if (options.MaxThreadCount < 0)
        {
            throw new ArgumentException("A number of threads is not negative.", nameof(options));
        }
    }

    /// <summary>Threshold and calibration for the tube voltage, and what must be said about them.</summary>
    private static MeasurementParameters Choose(CtAcquisition acquisition, AnalysisOptions options, RodCalibration? rods, out ImmutableArray<SeriesIssue> issues)
    {
        double? kvp = KnownKvp(acquisition);
        double used = kvp ?? TubeVoltage.ReferenceKvp;
        bool isReference = kvp == TubeVoltage.ReferenceKvp;
        string voltage = kvp is { } known ? $"{known:0.##} kVp" : "unknown tube voltage";
        float threshold = options.ThresholdHu ?? TubeVoltage.ThresholdHu(used);
        string origin = options.ThresholdHu is not null ? "requested"
            : kvp is null ? "120 kVp default, tube voltage unknown"
            : isReference ? "120 kVp default"
            : TubeVoltage.IsTabulated(used) ? $"tabulated for {voltage}"
            : TubeVoltage.IsWithinTable(used) ? $"interpolated for {voltage}"
            : $"nearest tabulated to {voltage}";
        issues = isReference
            ? []
            : [new SeriesIssue(SeriesIssueCode.ThresholdAdapted, $"KVP (0018,0060) is {(kvp is null ? "missing or not plausible" : $"{used:0.##}, not 120")}: a voxel is dense from {threshold:0.#} HU on ({origin}).")];
        if (rods?.Problem is { } problem)
        {
            issues = issues.Add(new SeriesIssue(SeriesIssueCode.CalibrationRodsUnusable, $"The rods give no calibration ({problem}); masses use another."));
        }

        Calibration calibration = options.MilligramsPerCm3PerHu is { } factor
            ? new Calibration(CalibrationSource.Requested, factor, 0, 0, 0, options.CalibrationOrigin is { } source ? $"requested: {source}" : "requested")
            : rods?.Calibration
            ?? (ScannerCalibration.For(acquisition, options.ScannerCalibrations) is { } stored
                ? new Calibration(CalibrationSource.StoredScanner, stored.MilligramsPerCm3PerHu, stored.InterceptHu, stored.Tolerance, stored.InterceptToleranceHu, $"stored for this scanner: {stored.Origin}")
                : new Calibration(
                    CalibrationSource.TubeVoltageDefault,
                    TubeVoltage.DefaultMilligramsPerCm3PerHu(used),
                    0,
                    TubeVoltage.DefaultCalibrationTolerance,
                    0,
                    (kvp is null ? "default for 120 kVp, tube voltage unknown" : $"default for {voltage}")
                        + (options.ScannerCalibrations.IsEmpty ? string.Empty : ", none of the stored calibrations is of this scanner, voltage and kernel")));
        return new MeasurementParameters
        {
            ThresholdHu = threshold,
            ThresholdOrigin = origin,
            Connectivity = options.Connectivity,
            Calibration = calibration,
            CalibrationRods = rods?.Rods ?? [],
            BoneOrigin = options.BoneMask is null
                ? "found in the image"
                : options.BoneLabels.IsEmpty ? "given by the caller" : $"given by the caller, labels {string.Join(", ", options.BoneLabels)}",
        };
    }

    /// <summary>The tube voltage where the header gives one that a CT scanner can have.</summary>
    private static double? KnownKvp(CtAcquisition acquisition) =>
        acquisition.Kvp is { } kvp && kvp is >= TubeVoltage.LeastPlausibleKvp and <= TubeVoltage.GreatestPlausibleKvp ? kvp : null;

    private static RegionMeasurer Prepare(CtSeries series, StackFrame frame, MeasurementParameters parameters, SeriesBlur? blur, Mask? dense)
    {
        double kvp = KnownKvp(series.Acquisition) ?? TubeVoltage.ReferenceKvp;
        CorrectedVolume? corrected = blur is { } known
            ? new CorrectedVolume(series.Volume, frame, dense!, parameters.ThresholdHu, known.Spread, parameters.NoiseHu)
            : null;
        return new RegionMeasurer(series.Volume, frame, kvp, parameters.Calibration, corrected);
    }

    private static Region[] Measure(
        RegionMeasurer measurer,
        ImmutableArray<SegmentedRegion> segmented,
        IProgress<AnalysisProgress>? progress,
        ParallelOptions parallel)
    {
        const string Stage = "measurement";
        progress?.Report(new AnalysisProgress(Stage, 0));

        // Largest first, so that one big region does not start last; each result has its own place, so the order of work does not show.
        int[] bySize = [.. Enumerable.Range(0, segmented.Length).OrderByDescending(i => segmented[i].Runs.Length)];
        var measured = new Region[segmented.Length];
        int done = 0;
        Parallel.For(0, bySize.Length, parallel, n =>
        {
            measured[bySize[n]] = measurer.Measure(segmented[bySize[n]], 0);
            int count = Interlocked.Increment(ref done);
            if (count % ProgressStep == 0)
            {
                progress?.Report(new AnalysisProgress(Stage, (double)count / bySize.Length));
            }
        });
        progress?.Report(new AnalysisProgress(Stage, 1));
        return measured;
    }

    /// <summary>Every dense voxel but noise: what a deposit's surroundings must keep clear of.</summary>
    private static Mask Dense(VolumeGeometry geometry, ImmutableArray<SegmentedRegion> segmented)
    {
        var dense = new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        foreach (SegmentedRegion region in segmented)
        {
            if (region.Kind != RegionKind.Noise)
            {
                dense.Fill(region.Runs.AsSpan());
            }
        }

        return dense;
    }

    /// <summary>Indices in the order of the report: by kind, then falling volume, ties by first voxel.</summary>
    private static int[] ReportOrder(ImmutableArray<SegmentedRegion> segmented, Region[] measured) =>
    [
        .. Enumerable.Range(0, measured.Length)
            .OrderBy(i => measured[i].Kind.ReportOrder())
            .ThenByDescending(i => measured[i].VolumeMm3)
            .ThenBy(i => segmented[i].Runs[0].Slice)
            .ThenBy(i => segmented[i].Runs[0].Row)
            .ThenBy(i => segmented[i].Runs[0].Start),
    ];

    /// <summary>A region that a rod gives: seen, and none of the patient's.</summary>
    private static SegmentedRegion AsRod(SegmentedRegion region) =>
        new(RegionKind.OutsideBody, 1, ["a calibration rod that the caller named"], region.Runs) { ComponentCount = region.ComponentCount };

    private static ImmutableArray<RegionTotal> Total(ImmutableArray<Region> regions, double calibrationLogSd) =>
        [.. regions.GroupBy(region => region.Kind).OrderBy(group => group.Key).Select(group => Total(group.Key, [.. group], calibrationLogSd))];

    private static RegionTotal Total(RegionKind kind, Region[] regions, double calibrationLogSd)
    {
        var total = new RegionTotal(
            kind,
            regions.Sum(region => region.ComponentCount),
            regions.Sum(region => region.VolumeMm3),
            regions.Sum(region => region.ThresholdVolumeMm3),
            Array.Exists(regions, region => region.MassMg.HasValue) ? regions.Sum(region => region.MassMg ?? 0) : null);
        return Array.Exists(regions, region => region.Error is not null)
            ? total with
            {
                VolumeIntervalMm3 = EstimateError.OfVolumes([.. regions.Select(region => (region.VolumeMm3, region.Error ?? EstimateError.Counted))]),
                MassIntervalMg = EstimateError.OfMasses([.. regions.Select(region => (region.MassMg ?? 0, region.Error ?? EstimateError.Counted))], calibrationLogSd),
            }
            : total;
    }

    /// <summary>What the measured numbers rest on; said only where there are such numbers.</summary>
    private static IEnumerable<SeriesIssue> MeasurementIssues(
        MeasurementParameters parameters,
        ImmutableArray<Region> regions,
        SeriesBlur? blur)
    {
        if (blur is { IsAssumed: true } && regions.Any(region => region.VolumeMethod == VolumeMethod.PartialVolumeCorrected))
        {
            yield return new SeriesIssue(
                SeriesIssueCode.BlurAssumed,
                $"Too little clean skin edge to measure the in-plane blur: {blur.Spread.InPlaneFwhmMm:0.00} mm was assumed, which small deposits' volumes depend on.");
        }

        if (parameters.Calibration is { Source: CalibrationSource.TubeVoltageDefault } calibration && regions.Any(region => region.MassMg.HasValue))
        {
            yield return new SeriesIssue(
                SeriesIssueCode.DefaultCalibration,
                $"Masses use {calibration.MilligramsPerCm3PerHu:0.000} mg/cm³ per HU ({calibration.Origin}), not a calibration of this scanner; scanners differ by about {TubeVoltage.DefaultCalibrationTolerance:P0}.");
        }
    }
}

/// <summary>A report and the voxels behind its regions.</summary>
/// <param name="Report">The report.</param>
/// <param name="Segmentation">Segmented regions; <c>Segmentation.Regions[i]</c> is <c>Report.Regions[i]</c>.</param>
public sealed record CalcificationResult(AnalysisReport Report, VolumeSegmentation Segmentation);
