using System.Collections.Frozen;
using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Api;

/// <summary>
/// The way back of <see cref="ReportMapping"/>: a report that travelled, as the analysis said it. A message has the positions of the first and the last
/// slice only; those between are spread evenly.
/// </summary>
public static class ReportReading
{
    private static readonly FrozenDictionary<V1.RegionKind, RegionKind> Kinds = Invert<RegionKind, V1.RegionKind>(ReportMapping.ToMessage);
    private static readonly FrozenDictionary<V1.Depth, DepthClass> Depths = Invert<DepthClass, V1.Depth>(ReportMapping.ToMessage);
    private static readonly FrozenDictionary<V1.Morphology, Morphology> Morphologies = Invert<Morphology, V1.Morphology>(ReportMapping.ToMessage);
    private static readonly FrozenDictionary<V1.BodySite, BodySite> Sites = Invert<BodySite, V1.BodySite>(ReportMapping.ToMessage);
    private static readonly FrozenDictionary<V1.Laterality, Laterality> Lateralities = Invert<Laterality, V1.Laterality>(ReportMapping.ToMessage);
    private static readonly FrozenDictionary<V1.SearchState, SearchState> SearchStates = Invert<SearchState, V1.SearchState>(ReportMapping.ToMessage);
    private static readonly FrozenDictionary<V1.VolumeMethod, VolumeMethod> Methods = Invert<VolumeMethod, V1.VolumeMethod>(ReportMapping.ToMessage);
    private static readonly FrozenDictionary<V1.Verdict, Verdict> Verdicts = Invert<Verdict, V1.Verdict>(ReportMapping.ToMessage);
    private static readonly FrozenDictionary<V1.SeriesIssueCode, SeriesIssueCode> IssueCodes = Invert<SeriesIssueCode, V1.SeriesIssueCode>(ReportMapping.ToMessage);
    private static readonly FrozenDictionary<V1.Connectivity, Segmentation.Connectivity> Connectivities =
        Invert<Segmentation.Connectivity, V1.Connectivity>(ReportMapping.ToMessage);

    /// <summary>A message as the report it was made from.</summary>
    /// <param name="message">The message.</param>
    /// <param name="report">The report; null where there is none.</param>
    /// <returns>False where the message says something that a report of this version cannot hold: it comes from a later one, or is damaged.</returns>
    public static bool TryRead(this V1.AnalysisReport message, out AnalysisReport? report)
    {
        ArgumentNullException.ThrowIfNull(message);
        try
        {
            report = Read(message);
        }
        catch (Exception unreadable) when (unreadable is KeyNotFoundException or ArgumentException or InvalidOperationException)
        {
            // An enum value of a later version, or a geometry or a time that is none.
            report = null;
            return false;
        }

        // Whatever was lost on the way back shows on the way forth.
        if (report.ToMessage().Equals(message))
        {
            return true;
        }

        report = null;
        return false;
    }

    /// <summary>A kind that travelled.</summary>
    /// <returns>False for one that is not given or not known.</returns>
    public static bool TryReadKind(V1.RegionKind message, out RegionKind kind) => Kinds.TryGetValue(message, out kind);

    /// <summary>A kind by the name it has in the contract and in JSON, e.g. <c>REGION_KIND_BONE</c>.</summary>
    /// <returns>False for one that is not given or not known.</returns>
    public static bool TryReadKind(string name, out RegionKind kind) =>
        TryReadKind(Kinds.Keys.FirstOrDefault(known => ProtoNames.Of(known) == name), out kind);

    /// <summary>A site by the name it has in the contract and in JSON, e.g. <c>BODY_SITE_HAND</c>.</summary>
    /// <returns>False for one that is not given or not known.</returns>
    public static bool TryReadSite(string name, out BodySite site) =>
        Sites.TryGetValue(Sites.Keys.FirstOrDefault(known => ProtoNames.Of(known) == name), out site);

    /// <summary>A side by the name it has in the contract and in JSON, e.g. <c>LATERALITY_LEFT</c>.</summary>
    /// <returns>False for one that is not given or not known.</returns>
    public static bool TryReadLaterality(string name, out Laterality laterality) =>
        Lateralities.TryGetValue(Lateralities.Keys.FirstOrDefault(known => ProtoNames.Of(known) == name), out laterality);

    /// <summary>A tier by the name it has in the contract and in JSON, e.g. <c>FINDING_TIER_PROBABLE</c>.</summary>
    /// <returns>False for one that is not given or not known.</returns>
    public static bool TryReadTier(string name, out Radiography.FindingTier tier) => FilmMapping.TryReadTier(name, out tier);

    private static AnalysisReport Read(V1.AnalysisReport message) => new()
    {
        SeriesInstanceUid = message.SeriesInstanceUid,
        Modality = message.Modality,
        Verdict = Verdicts[message.Verdict],
        Issues = [.. message.Issues.Select(Read)],
        Totals = message.Film is null ? [.. message.Totals.Select(Read)] : [],
        Regions = message.Film is null ? [.. message.Regions.Select(Read)] : [],
        Film = message.Film is null ? null : FilmMapping.Read(message),
        Burden = [.. message.Burden.Select(Read)],
        Searched = [.. message.Searched.Select(searched => new SearchedCompartment(Depths[searched.Depth], SearchStates[searched.State], searched.Count, searched.Explanation))],
        Acquisition = message.Acquisition is null ? null : ReadAcquisition(message),
        Geometry = message.Geometry is null ? null : Read(message.Geometry),
        Parameters = message.Parameters is null ? null : Read(message.Parameters),
        Corrections = [.. message.Corrections.Select(Read)],
        StageTimes = [.. message.StageTimes.Select(time => new StageTime(time.Stage, time.Milliseconds, time.VoxelsPerSecond))],
        AlgorithmVersion = message.AlgorithmVersion,
    };

    private static CtAcquisition ReadAcquisition(V1.AnalysisReport report)
    {
        V1.Acquisition message = report.Acquisition;
        return new CtAcquisition
        {
            SeriesInstanceUid = report.SeriesInstanceUid,
            StudyInstanceUid = message.HasStudyInstanceUid ? message.StudyInstanceUid : null,
            FrameOfReferenceUid = message.HasFrameOfReferenceUid ? message.FrameOfReferenceUid : null,
            SopInstanceUids = ReadSopInstanceUids(report),
            StackNumber = message.StackNumber,
            StackCount = message.StackCount,
            Kvp = message.HasKvp ? message.Kvp : null,
            ConvolutionKernel = message.HasConvolutionKernel ? message.ConvolutionKernel : null,
            SliceThicknessMm = message.HasSliceThicknessMm ? message.SliceThicknessMm : null,
            ReconstructionDiameterMm = message.HasReconstructionDiameterMm ? message.ReconstructionDiameterMm : null,
            TiltDegrees = message.TiltDegrees,
            PatientPosition = message.HasPatientPosition ? message.PatientPosition : null,
            BodyPartExamined = message.HasBodyPartExamined ? message.BodyPartExamined : null,
            Laterality = message.HasLaterality ? message.Laterality : null,
            LateralitySource = message.HasLateralitySource ? message.LateralitySource : null,
            Manufacturer = message.HasManufacturer ? message.Manufacturer : null,
            ManufacturerModelName = message.HasManufacturerModelName ? message.ManufacturerModelName : null,
            ContrastInHeader = message.HasContrastInHeader ? message.ContrastInHeader : null,
            GreatestExpressibleHu = message.HasGreatestExpressibleHu ? message.GreatestExpressibleHu : null,
            InputSha256 = report.HasInputSha256 ? report.InputSha256 : null,
        };
    }

    /// <summary>The instances that regions name, each at its slice; none where no region names one.</summary>
    private static ImmutableArray<string> ReadSopInstanceUids(V1.AnalysisReport report)
    {
        List<V1.Region> naming = [.. report.Regions.Where(region => region.HasLargestSliceSopInstanceUid)];
        if (naming.Count == 0)
        {
            return [];
        }

        string[] uids = new string[naming.Max(region => region.LargestSliceIndex) + 1];
        Array.Fill(uids, string.Empty);
        foreach (V1.Region region in naming)
        {
            uids[region.LargestSliceIndex] = region.LargestSliceSopInstanceUid;
        }

        return [.. uids];
    }

    private static VolumeGeometry Read(V1.VolumeGeometry message)
    {
        LpsPoint first = Read(message.FirstSliceOriginLpsMm), last = Read(message.LastSliceOriginLpsMm);
        int count = message.SliceCount;
        return new VolumeGeometry(
            message.ColumnCount,
            message.RowCount,
            message.BetweenColumnsMm,
            message.BetweenRowsMm,
            Read(message.ColumnDirection),
            Read(message.RowDirection),
            [.. Enumerable.Range(0, count).Select(slice => slice == count - 1 ? last : first + ((last - first) * (slice / (double)(count - 1))))],
            [.. Enumerable.Repeat(message.BetweenSlicesMm, count)]);
    }

    private static SeriesIssue Read(V1.SeriesIssue message) =>
        new(IssueCodes[message.Code], message.Explanation, message.HasSopInstanceUid ? message.SopInstanceUid : null);

    private static AppliedCorrection Read(V1.RegionCorrection message) => new(
        message.RegionId, Kinds[message.From], Kinds[message.To], message.Who, message.When?.ToDateTimeOffset() ?? default, message.Why, Read(message.PointLpsMm));

    private static RegionTotal Read(V1.RegionTotal message) =>
        new(Kinds[message.Kind], message.Count, message.VolumeMm3, message.ThresholdVolumeMm3, message.HasMassMg ? message.MassMg : null)
        {
            VolumeIntervalMm3 = Read(message.VolumeIntervalMm3),
            MassIntervalMg = Read(message.MassIntervalMg),
        };

    internal static RegionKind Read(V1.RegionKind message) => Kinds[message];

    internal static BodySite Read(V1.BodySite message) => Sites[message];

    internal static Laterality Read(V1.Laterality message) => Lateralities[message];

    internal static Interval? Read(V1.Interval? message) => message is null ? null : new Interval(message.Low, message.High);

    private static Burden Read(V1.Burden message) => new(
        message.HasSite ? Sites[message.Site] : null,
        message.HasLaterality ? Lateralities[message.Laterality] : null,
        message.HasDepth ? Depths[message.Depth] : null,
        message.Count,
        message.VolumeMm3,
        message.HasMassMg ? message.MassMg : null);

    private static Region Read(V1.Region message) => new()
    {
        Id = message.Id,
        Kind = Kinds[message.Kind],
        Confidence = message.Confidence,
        Evidence = [.. message.Evidence],
        ComponentCount = message.ComponentCount,
        VoxelCount = message.VoxelCount,
        VolumeMm3 = message.VolumeMm3,
        VolumeIntervalMm3 = Read(message.VolumeIntervalMm3),
        VolumeMethod = Methods[message.VolumeMethod],
        ThresholdVolumeMm3 = message.ThresholdVolumeMm3,
        MassMg = message.HasMassMg ? message.MassMg : null,
        MassIntervalMg = Read(message.MassIntervalMg),
        MeanHu = message.MeanHu,
        MaxHu = message.MaxHu,
        StandardDeviationHu = message.StandardDeviationHu,
        CentroidLpsMm = Read(message.CentroidLpsMm),
        SeedLpsMm = message.SeedLpsMm is null ? null : Read(message.SeedLpsMm),
        BoundsMinLpsMm = Read(message.BoundsLpsMm?.Min),
        BoundsMaxLpsMm = Read(message.BoundsLpsMm?.Max),
        MaxDiameterMm = message.HasMaxDiameterMm ? message.MaxDiameterMm : null,
        AxialDiameterMm = message.HasAxialDiameterMm ? message.AxialDiameterMm : null,
        AxialPerpendicularMm = message.HasAxialPerpendicularMm ? message.AxialPerpendicularMm : null,
        SurfaceMm2 = message.HasSurfaceMm2 ? message.SurfaceMm2 : null,
        Depth = message.HasDepth ? Depths[message.Depth] : null,
        DepthBelowSkinMm = message.HasDepthBelowSkinMm ? message.DepthBelowSkinMm : null,
        DistanceToBoneMm = message.HasDistanceToBoneMm ? message.DistanceToBoneMm : null,
        Morphology = message.HasMorphology ? Morphologies[message.Morphology] : null,
        MorphologyConfidence = message.HasMorphologyConfidence ? message.MorphologyConfidence : null,
        PossibleOssification = message.PossibleOssification,
        FluidLevel = message.FluidLevel is { } level ? new FluidLevel(level.FluidHu, level.SedimentHu, level.LevelShare) : null,
        Structure = message.HasStructure ? message.Structure : null,
        Agatston = message.HasAgatston ? message.Agatston : null,
        TouchesBorder = message.TouchesBorder,
        LargestSliceIndex = message.LargestSliceIndex,
        DepthShares = [.. message.DepthShares.Select(share => new DepthShare(Depths[share.Depth], share.Fraction))],
        Site = message.HasSite ? Sites[message.Site] : null,
        SiteSource = message.HasSiteSource ? message.SiteSource : null,
        Laterality = message.HasLaterality ? Lateralities[message.Laterality] : null,
        LateralitySource = message.HasLateralitySource ? message.LateralitySource : null,
    };

    private static MeasurementParameters Read(V1.MeasurementParameters message) => new()
    {
        ThresholdHu = message.ThresholdHu,
        ThresholdOrigin = message.ThresholdOrigin,
        Connectivity = Connectivities[message.Connectivity],
        Calibration = CalibrationMapping.ReadCalibration(message),
        CalibrationRods = CalibrationMapping.ReadRods(message),
        NoiseHu = message.HasNoiseHu ? message.NoiseHu : null,
        InPlaneBlurMm = message.HasInPlaneBlurMm ? message.InPlaneBlurMm : null,
        BlurOrigin = message.HasBlurOrigin ? message.BlurOrigin : null,
        SliceProfile = message.HasSliceProfile ? message.SliceProfile : null,
        BoneOrigin = message.HasBoneOrigin ? message.BoneOrigin : null,
    };

    private static LpsPoint Read(V1.LpsPoint? message) => message is null ? default : new(message.X, message.Y, message.Z);

    internal static FrozenDictionary<TMessage, TValue> Invert<TValue, TMessage>(Func<TValue, TMessage> toMessage)
        where TValue : struct, Enum
        where TMessage : struct, Enum => Enum.GetValues<TValue>().ToFrozenDictionary(toMessage);
}
