using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Radiography;

/// <summary>What the analysis of a radiograph gave.</summary>
/// <param name="Report">Its report.</param>
/// <param name="Image">The pixels.</param>
/// <param name="Outlines">The pixels of each finding, in the order of the report's.</param>
public sealed record FilmResult(AnalysisReport Report, Radiograph Image, ImmutableArray<PixelOutline> Outlines)
{
    /// <summary>What was taken for bone.</summary>
    public required PixelOutline Bone { get; init; }
}

/// <summary>From a radiograph to its report: field, body and bone, candidates, their areas. One projection gives areas and never a volume.</summary>
public static class RadiographAnalysis
{
    /// <summary>Parts of the body where phantoms with known truth validated the search.</summary>
    private static readonly BodySite[] Validated =
    [
        BodySite.UpperArm, BodySite.Elbow, BodySite.Forearm, BodySite.Wrist, BodySite.Hand, BodySite.Hip, BodySite.Pelvis, BodySite.Thigh,
        BodySite.Knee, BodySite.LowerLeg, BodySite.Ankle, BodySite.Foot, BodySite.UpperLimb, BodySite.LowerLimb,
    ];

    /// <summary>Analyses one film.</summary>
    /// <param name="film">The film.</param>
    /// <param name="modality">Its modality.</param>
    /// <param name="options">What the caller chose.</param>
    /// <param name="progress">Told of each stage; may be null.</param>
    /// <param name="cancellationToken">Stops between stages and layers.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static FilmResult Run(
        RadiographFilm film, string modality, AnalysisOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(film);
        ArgumentNullException.ThrowIfNull(options);
        Radiograph image = film.Image;
        double pixelMm = image.Scale is { } scale ? Math.Sqrt(scale.PixelAreaMm2) : FilmParameters.AssumedLongSideMm / Math.Max(image.ColumnCount, image.RowCount);
        var pixels = new FilmPlane(image.ColumnCount, image.RowCount, 1, pixelMm, image.DensityArray);
        FilmPlane search = FilmPlane.Reduce(pixels, Math.Max(1, (int)Math.Round(FilmParameters.SearchCellMm / pixelMm)));
        progress?.Report(new AnalysisProgress("body and bone", 0));
        FilmPart part = PartOf(film);
        FilmAnatomy anatomy = FilmAnatomy.Find(FilmPlane.Reduce(search, Math.Max(1, (int)Math.Round(FilmParameters.CoarseCellMm / search.CellMm))), part, cancellationToken);
        List<SeriesIssue> issues = [.. film.Issues];
        if (OptionsOfCt(options) is { Length: > 0 } unused)
        {
            issues.Add(new SeriesIssue(SeriesIssueCode.OptionsOfCtOnly, $"A radiograph has no HU, no patient coordinates and no volumes: {string.Join(", ", unused)} had no effect on it.", film.Film.SopInstanceUid));
        }

        string? notValidated = options.GuidedOnly ? null : WhyNotValidated(film, modality, pixelMm);
        if (notValidated is not null)
        {
            issues.Add(new SeriesIssue(SeriesIssueCode.SearchNotValidated, notValidated, film.Film.SopInstanceUid));
        }

        cancellationToken.ThrowIfCancellationRequested();
        progress?.Report(new AnalysisProgress("deposits", 0));
        List<Candidate> candidates = options.GuidedOnly ? [] : DepositSearch.Run(search, anatomy, part, cancellationToken);
        progress?.Report(new AnalysisProgress("areas", 0));
        Candidate[] listed = Listed(candidates);
        if (listed.Length < candidates.Count)
        {
            issues.Add(new SeriesIssue(
                SeriesIssueCode.FindingsNotListed,
                string.Create(CultureInfo.InvariantCulture, $"{candidates.Count - listed.Length} further possible findings, less plain than those listed, were left out."),
                film.Film.SopInstanceUid));
        }

        var sites = new FilmPlace(film.Acquisition);
        var guided = new GuidedFindings(pixels, film.Film.SopInstanceUid);
        guided.Measure(options.GuidedPlacesOf(film.Film.SopInstanceUid), cancellationToken);
        issues.AddRange(guided.Issues);
        List<(ProjectedRegion Region, PixelOutline Outline)> found =
            [.. guided.Found.Select(finding => (sites.AddTo(Describe(finding, image.Scale, anatomy)), finding.Measure.Outline))];
        var measures = new OutlineMeasure?[listed.Length];
        Parallel.For(0, listed.Length, new ParallelOptions { CancellationToken = cancellationToken }, index => measures[index] = MeasureOf(listed[index], pixels));
        foreach ((int index, OutlineMeasure? known) in measures.Index())
        {
            if (known is { } measure && !guided.Holds(measure.Outline))
            {
                found.Add((sites.AddTo(Describe(listed[index], measure, image.Scale, anatomy, notValidated is not null)), measure.Outline));
            }
        }

        found = [.. found
            .OrderBy(finding => finding.Region.Tier == FindingTier.Guided ? 0 : (int)finding.Region.Tier)
            .ThenByDescending(finding => finding.Region.AreaPixels)
            .ThenBy(finding => finding.Region.CentroidPixel.Row)
            .ThenBy(finding => finding.Region.CentroidPixel.Column)];
        found = [.. WithoutRepeats(found, image)
            .Select((finding, index) => (finding.Region with { Id = index + 1 }, finding.Outline))];
        ImmutableArray<ProjectedRegion> regions = [.. found.Select(finding => finding.Region)];
        int bodyCount = anatomy.Body.Count(inside => inside);
        var report = new AnalysisReport
        {
            SeriesInstanceUid = film.Acquisition.SeriesInstanceUid,
            Modality = modality,
            Verdict = issues.Count == 0 ? Verdict.Accepted : Verdict.AcceptedWithWarnings,
            Issues = [.. issues],
            Acquisition = film.Acquisition,
            Film = new FilmReport
            {
                SopInstanceUid = film.Film.SopInstanceUid,
                ColumnCount = image.ColumnCount,
                RowCount = image.RowCount,
                Scale = image.Scale,
                ViewPosition = film.Film.ViewPosition,
                IntensityOrigin = film.Film.IntensityOrigin,
                BodyShare = (double)bodyCount / anatomy.Body.Length,
                BoneShare = bodyCount == 0 ? 0 : (double)anatomy.Bone.Count(inside => inside) / bodyCount,
                Regions = regions,
                Totals = [.. regions.GroupBy(region => region.Kind).OrderBy(kind => kind.Key).Select(kind => Sum(kind.Key, [.. kind], image.Scale))],
            },
        };
        return new FilmResult(report.WithUnmetCorrections(options), image, [.. found.Select(finding => finding.Outline)]) { Bone = PixelOutline.Of(anatomy.Bone, anatomy.Coarse) };
    }

    /// <summary>
    /// Each finding without the pixels that others before it show: two layers of the search may see one deposit, and its area counts once. A finding of which little is left
    /// is not listed.
    /// </summary>
    private static IEnumerable<(ProjectedRegion Region, PixelOutline Outline)> WithoutRepeats(IEnumerable<(ProjectedRegion Region, PixelOutline Outline)> found, Radiograph image)
    {
        bool[] isShown = new bool[image.ColumnCount * image.RowCount];
        foreach ((ProjectedRegion region, PixelOutline outline) in found)
        {
            var rest = new List<PixelRun>();
            foreach (PixelRun run in outline.Runs)
            {
                Span<bool> pixels = isShown.AsSpan((run.Row * image.ColumnCount) + run.Start, run.Length);
                for (int start = 0; start < pixels.Length;)
                {
                    int shown = pixels[start..].IndexOf(true), length = shown < 0 ? pixels.Length - start : shown;
                    if (length > 0)
                    {
                        rest.Add(new PixelRun(run.Row, run.Start + start, length));
                    }

                    start += length;
                    int free = pixels[start..].IndexOf(false);
                    start = free < 0 ? pixels.Length : start + free;
                }
            }

            double share = (double)rest.Sum(run => run.Length) / outline.PixelCount;
            bool isWhole = region.Tier == FindingTier.Guided || share == 1;
            if (isWhole || share > FilmParameters.LeastRest)
            {
                rest.ForEach(run => isShown.AsSpan((run.Row * image.ColumnCount) + run.Start, run.Length).Fill(true));
                yield return isWhole ? (region, outline) : (Part(region, share), new PixelOutline([.. rest]));
            }
        }
    }

    /// <summary>A finding whose other pixels are counted with another one.</summary>
    private static ProjectedRegion Part(ProjectedRegion region, double share) => region with
    {
        PixelCount = (int)Math.Round(region.PixelCount * share),
        AreaPixels = region.AreaPixels * share,
        AreaMm2 = region.AreaMm2 * share,
        AreaIntervalMm2 = region.AreaIntervalMm2 is { } interval ? interval with { Low = interval.Low * share, High = interval.High * share } : null,
        Evidence = region.Evidence.Add(string.Create(CultureInfo.InvariantCulture, $"{100 * (1 - share):0} % of it is counted with another finding")),
    };

    /// <summary>What the caller set that only CT has.</summary>
    private static string[] OptionsOfCt(AnalysisOptions options) =>
    [
        .. options.ThresholdHu is null ? (string[])[] : ["the threshold"],
        .. options.MilligramsPerCm3PerHu is null && options.CalibrationRods.IsEmpty && options.ScannerCalibrations.IsEmpty ? (string[])[] : ["the calibration"],
        .. options.RegionOfInterest is null ? (string[])[] : ["the region of interest"],
        .. options.MinimumVolumeMm3 is null ? (string[])[] : ["the least volume"],
    ];

    /// <summary>All that is probable, and of the rest the plainest.</summary>
    private static Candidate[] Listed(List<Candidate> candidates)
    {
        int possible = 0, overBone = 0;
        return [.. candidates.Where(candidate => candidate.Tier switch
        {
            FindingTier.PossibleOverBone => overBone++ < FilmParameters.MostOverBone,
            FindingTier.Possible => possible++ < FilmParameters.MostPossible,
            _ => true,
        })];
    }

    /// <summary>Hands and feet have many small bones, whatever else is in the field.</summary>
    private static FilmPart PartOf(RadiographFilm film) => BodyPartTerms.SiteOf(film.Acquisition.BodyPartExamined) switch
    {
        BodySite.Hand or BodySite.Wrist or BodySite.Foot or BodySite.Ankle => FilmPart.HandOrFoot,
        BodySite.UpperArm or BodySite.Elbow or BodySite.Forearm or BodySite.Thigh or BodySite.Knee or BodySite.LowerLeg or BodySite.UpperLimb or BodySite.LowerLimb => FilmPart.Limb,
        _ => FilmPart.Trunk,
    };

    private static string? WhyNotValidated(RadiographFilm film, string modality, double pixelMm)
    {
        BodySite? site = BodyPartTerms.SiteOf(film.Acquisition.BodyPartExamined);
        string? part = modality is "MG" or "PX" or "IO" ? $"of modality {modality}"
            : site is not { } known ? "whose Body Part Examined (0018,0015) names no part of the body that is known"
            : !Validated.Contains(known) ? $"whose Body Part Examined (0018,0015) is {film.Acquisition.BodyPartExamined}"
            : null;
        return part is not null ? $"The search was not validated for a radiograph {part}: its findings are at most possible."
            : pixelMm > FilmParameters.GreatestPixelMm
                ? string.Create(CultureInfo.InvariantCulture, $"Pixels of {pixelMm:0.##} mm are too coarse for the search (at most {FilmParameters.GreatestPixelMm:0.##} mm): its findings are at most possible.")
                : null;
    }

    /// <summary>Large plateaus are measured where their background is flat, others on the film.</summary>
    private static OutlineMeasure? MeasureOf(Candidate candidate, FilmPlane pixels) =>
        candidate.IsLargePlateau
            ? candidate.Outline!.Measure(pixels)
            : OutlineMeasurement.Measure(pixels, PlaceOf(candidate));

    /// <summary>Where a candidate may lie, with a rim for its blurred edge.</summary>
    private static PixelOutline PlaceOf(Candidate candidate)
    {
        FilmPlane plane = candidate.Plane;
        double rimMm = Math.Max(0.7, Math.Max(plane.CellMm, 0.12 * Math.Sqrt(candidate.AreaMm2)));
        int rim = (int)Math.Ceiling(rimMm / plane.CellMm);
        int left = candidate.Cells.Min(cell => cell % plane.ColumnCount) - rim, right = candidate.Cells.Max(cell => cell % plane.ColumnCount) + rim;
        int top = (candidate.Cells[0] / plane.ColumnCount) - rim, bottom = (candidate.Cells[^1] / plane.ColumnCount) + rim;
        int width = right - left + 1;
        bool[] box = new bool[width * (bottom - top + 1)];
        foreach (int cell in candidate.Cells)
        {
            box[(((cell / plane.ColumnCount) - top) * width) + (cell % plane.ColumnCount) - left] = true;
        }

        return PixelOutline.Of(CellSet.Dilate(box, width, rimMm / plane.CellMm), width, left, top, plane.Bin);
    }

    private static ProjectedRegion Describe(Candidate candidate, OutlineMeasure measure, PixelScale? scale, FilmAnatomy anatomy, bool isAtMostPossible)
    {
        FindingTier tier = candidate.Tier;
        tier = tier == FindingTier.Probable && isAtMostPossible ? FindingTier.Possible : tier;
        double confidence = tier switch
        {
            FindingTier.Probable => 0.95,
            FindingTier.Possible => 0.5,
            _ => 0.3,
        };
        return Describe(measure, scale, anatomy) with
        {
            Tier = tier,
            Kind = tier == FindingTier.Probable ? RegionKind.SoftTissueCalcification : RegionKind.Uncertain,
            Confidence = confidence,
            Evidence = [.. Evidence(candidate)],
        };
    }

    /// <summary>A finding where a reader pointed: that it is a deposit is his word.</summary>
    private static ProjectedRegion Describe(GuidedFinding finding, PixelScale? scale, FilmAnatomy anatomy) => Describe(finding.Measure, scale, anatomy) with
    {
        Tier = FindingTier.Guided,
        Kind = RegionKind.SoftTissueCalcification,
        Confidence = 1,
        Name = finding.Place.Name,
        Evidence =
        [
            finding.Place.Shape switch
            {
                GuidedShape.Point => "measured around the point that a reader gave",
                GuidedShape.Box => "measured within the box that a reader gave",
                _ => "measured within the outline that a reader gave",
            },
            string.Create(CultureInfo.InvariantCulture, $"its contrast is {finding.Measure.Contrast / Math.Max(finding.Measure.Noise, 1e-9):0.0} times the noise of a pixel beside it"),
        ],
    };

    private static IEnumerable<string> Evidence(Candidate candidate)
    {
        bool isPlateau = candidate.Layer == CandidateLayer.Plateau;
        yield return string.Create(CultureInfo.InvariantCulture, $"stands out by {candidate.Deviations:0.0} deviations of {(isPlateau ? "noise along its edge" : "noise and texture")}");
        yield return string.Create(
            CultureInfo.InvariantCulture, $"less dense around on {100 * candidate.Closed:0} % of {(isPlateau ? "its free edge, which is sharp there" : "its surroundings")}");
        yield return candidate.OverBone > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{100 * candidate.OverBone:0} % of it over bone")
            : string.Create(CultureInfo.InvariantCulture, $"{candidate.BoneMm:0.0} mm from bone in the film");
        if (candidate.FreeEdge < 1)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{100 * (1 - candidate.FreeEdge):0} % of its edge lies at bone, at the outline of the body or at the edge of the film: what lies beyond is not in its area");
        }

        yield return string.Create(CultureInfo.InvariantCulture, $"{candidate.DepthMm:0.0} mm inside the outline of the body");
        yield return isPlateau
            ? string.Create(CultureInfo.InvariantCulture, $"{candidate.Aspect:0.0} times as long as wide, falls nearly everywhere by {100 * candidate.EdgeDrop:0} % or more of its usual fall")
            : string.Create(CultureInfo.InvariantCulture, $"{candidate.Aspect:0.0} times as long as wide, falls by {100 * candidate.EdgeDrop:0} % of its contrast across its edge");
    }

    private static ProjectedRegion Describe(OutlineMeasure measure, PixelScale? scale, FilmAnatomy anatomy)
    {
        double? area = scale is null ? null : measure.AreaPixels * scale.PixelAreaMm2;
        double pixelMm = scale is null ? 0 : Math.Sqrt(scale.PixelAreaMm2);
        double? ratio = anatomy.BoneContrast > 0 ? measure.Contrast / anatomy.BoneContrast : null;
        return new ProjectedRegion
        {
            Id = 0,
            Kind = RegionKind.Uncertain,
            Tier = FindingTier.Possible,
            Confidence = 0,
            ComponentCount = measure.ComponentCount,
            PixelCount = measure.Outline.PixelCount,
            AreaPixels = measure.AreaPixels,
            AreaMm2 = area,
            AreaIntervalMm2 = scale is null ? null : IntervalOf(area!.Value, measure.EdgePixels * scale.PixelAreaMm2, scale),
            CentroidPixel = measure.Centroid,
            BoundsPixel = measure.Bounds,
            LengthMm = scale is null ? null : measure.LengthPixels * pixelMm,
            WidthMm = scale is null ? null : measure.WidthPixels * pixelMm,
            DensityRatio = ratio,
            Grade = ratio is not { } known ? null
                : known < FilmParameters.ModerateRatio ? DensityGrade.Faint
                : known <= FilmParameters.DenseRatio ? DensityGrade.Moderate
                : DensityGrade.Dense,
            ContrastToNoise = measure.Noise > 0 ? measure.Contrast / measure.Noise : 0,
        };
    }

    /// <summary>95 % of a log-normal error: the edge's, and twice the scale's because an area is a length squared.</summary>
    private static Interval IntervalOf(double area, double edge, PixelScale scale)
    {
        double relative = Math.Sqrt(Math.Pow(edge / Math.Max(area, 1e-9), 2) + Math.Pow(2 * scale.RelativeUncertainty, 2));
        double factor = Math.Exp(1.96 * relative);
        return new Interval(area / factor, area * factor);
    }

    /// <summary>Sum over findings: edges add in squares, the scale is common to all.</summary>
    internal static ProjectedTotal Sum(RegionKind kind, ProjectedRegion[] regions, PixelScale? scale)
    {
        double pixels = regions.Sum(region => region.AreaPixels);
        if (scale is null)
        {
            return new ProjectedTotal(kind, regions.Length, pixels, null);
        }

        double area = regions.Sum(region => region.AreaMm2!.Value);
        double edge = Math.Sqrt(regions.Sum(region =>
        {
            double relative = Math.Log(region.AreaIntervalMm2!.Value.High / region.AreaMm2!.Value) / 1.96;
            double own = Math.Sqrt(Math.Max(0, (relative * relative) - Math.Pow(2 * scale.RelativeUncertainty, 2)));
            return Math.Pow(own * region.AreaMm2!.Value, 2);
        }));
        return new ProjectedTotal(kind, regions.Length, pixels, area) { AreaIntervalMm2 = IntervalOf(area, edge, scale) };
    }
}
