using CalcQuant.Analysis;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace CalcQuant.Api;

/// <summary>
/// The one mapping from what the analysis says to what travels. Values keep their units; null becomes an unset field, never a zero.
/// </summary>
public static class ReportMapping
{
    /// <summary>A report as its message.</summary>
    /// <exception cref="OverflowException">A count is beyond int32, which no accepted volume can reach.</exception>
    public static V1.AnalysisReport ToMessage(this AnalysisReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var message = new V1.AnalysisReport
        {
            SeriesInstanceUid = report.SeriesInstanceUid,
            Modality = report.Modality,
            Verdict = ToMessage(report.Verdict),
            AlgorithmVersion = report.AlgorithmVersion,
            Acquisition = report.Acquisition is { } acquisition ? ToMessage(acquisition) : null,
            Geometry = report.Geometry is { } geometry ? ToMessage(geometry) : null,
            Parameters = report.Parameters is { } parameters ? ToMessage(parameters) : null,
        };
        if (report.Acquisition?.InputSha256 is { } inputSha256)
        {
            message.InputSha256 = inputSha256;
        }

        AddAll(message.Issues, report.Issues, ToMessage);
        AddAll(message.Totals, report.Totals, ToMessage);
        AddAll(message.Regions, report.Regions, region => ToMessage(region, report.Acquisition));
        AddAll(message.StageTimes, report.StageTimes, ToMessage);
        AddAll(message.Burden, report.Burden, ToMessage);
        AddAll(message.Searched, report.Searched, ToMessage);
        AddAll(message.Corrections, report.Corrections, ToMessage);
        if (report.Film is { } film)
        {
            FilmMapping.AddTo(message, film);
        }

        return message;
    }

    /// <summary>Drops what differs when the same series is analysed again, so that the same input gives the same bytes.</summary>
    /// <param name="output">Changed in place and returned.</param>
    public static V1.AnalysisOutput WithoutStageTimes(this V1.AnalysisOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        foreach (V1.AnalysisReport report in output.Reports)
        {
            report.StageTimes.Clear();
        }

        return output;
    }

    /// <summary>An issue as its message.</summary>
    public static V1.SeriesIssue ToMessage(this SeriesIssue issue)
    {
        var message = new V1.SeriesIssue
        {
            Code = ToMessage(issue.Code),
            Explanation = issue.Explanation,
            Refuses = issue.Code.IsRefusal(),
        };
        if (issue.SopInstanceUid is { Length: > 0 } sopInstanceUid)
        {
            message.SopInstanceUid = sopInstanceUid;
        }

        return message;
    }

    private static V1.StageTime ToMessage(StageTime time) =>
        new() { Stage = time.Stage, Milliseconds = time.Milliseconds, VoxelsPerSecond = time.VoxelsPerSecond };

    private static V1.RegionCorrection ToMessage(AppliedCorrection correction) => new()
    {
        RegionId = correction.RegionId,
        From = ToMessage(correction.From),
        To = ToMessage(correction.To),
        Who = correction.Who,
        When = Timestamp.FromDateTimeOffset(correction.When),
        Why = correction.Why,
        PointLpsMm = ToMessage(correction.PointLpsMm),
    };

    private static V1.RegionTotal ToMessage(RegionTotal total)
    {
        var message = new V1.RegionTotal
        {
            Kind = ToMessage(total.Kind),
            Count = total.Count,
            VolumeMm3 = total.VolumeMm3,
            ThresholdVolumeMm3 = total.ThresholdVolumeMm3,
        };
        Set(total.MassMg, value => message.MassMg = value);
        message.VolumeIntervalMm3 = ToMessage(total.VolumeIntervalMm3);
        message.MassIntervalMg = ToMessage(total.MassIntervalMg);
        return message;
    }

    internal static V1.Interval? ToMessage(Measurement.Interval? interval) => interval is { } known ? new V1.Interval { Low = known.Low, High = known.High } : null;

    private static V1.Burden ToMessage(Burden burden)
    {
        var message = new V1.Burden { Count = burden.Count, VolumeMm3 = burden.VolumeMm3 };
        if (burden.Site is { } site)
        {
            message.Site = ToMessage(site);
        }

        if (burden.Laterality is { } laterality)
        {
            message.Laterality = ToMessage(laterality);
        }

        if (burden.Depth is { } depth)
        {
            message.Depth = ToMessage(depth);
        }

        Set(burden.MassMg, value => message.MassMg = value);
        return message;
    }

    private static V1.SearchedCompartment ToMessage(SearchedCompartment searched) => new()
    {
        Depth = ToMessage(searched.Depth),
        State = ToMessage(searched.State),
        Count = searched.Count,
        Explanation = searched.Explanation,
    };

    private static V1.DepthShare ToMessage(Measurement.DepthShare share) => new() { Depth = ToMessage(share.Depth), Fraction = share.Fraction };

    private static V1.Region ToMessage(Measurement.Region region, Imaging.CtAcquisition? acquisition)
    {
        var message = new V1.Region
        {
            Id = region.Id,
            Kind = ToMessage(region.Kind),
            Confidence = region.Confidence,
            ComponentCount = region.ComponentCount,
            VoxelCount = checked((int)region.VoxelCount),
            VolumeMm3 = region.VolumeMm3,
            VolumeMethod = ToMessage(region.VolumeMethod),
            ThresholdVolumeMm3 = region.ThresholdVolumeMm3,
            MeanHu = region.MeanHu,
            MaxHu = region.MaxHu,
            StandardDeviationHu = region.StandardDeviationHu,
            CentroidLpsMm = ToMessage(region.CentroidLpsMm),
            SeedLpsMm = region.SeedLpsMm is { } seed ? ToMessage(seed) : null,
            BoundsLpsMm = new V1.LpsBox { Min = ToMessage(region.BoundsMinLpsMm), Max = ToMessage(region.BoundsMaxLpsMm) },
            TouchesBorder = region.TouchesBorder,
            LargestSliceIndex = region.LargestSliceIndex,
        };
        message.Evidence.AddRange(region.Evidence);
        Set(region.MassMg, value => message.MassMg = value);
        message.VolumeIntervalMm3 = ToMessage(region.VolumeIntervalMm3);
        message.MassIntervalMg = ToMessage(region.MassIntervalMg);

        Set(region.MaxDiameterMm, value => message.MaxDiameterMm = value);
        Set(region.AxialDiameterMm, value => message.AxialDiameterMm = value);
        Set(region.AxialPerpendicularMm, value => message.AxialPerpendicularMm = value);
        Set(region.SurfaceMm2, value => message.SurfaceMm2 = value);
        Set(region.DepthBelowSkinMm, value => message.DepthBelowSkinMm = value);
        Set(region.DistanceToBoneMm, value => message.DistanceToBoneMm = value);
        Set(region.Agatston, value => message.Agatston = value);
        if (region.Depth is { } depth)
        {
            message.Depth = ToMessage(depth);
        }

        if (region.Structure is { } structure)
        {
            message.Structure = structure;
        }

        if (region.Morphology is { } morphology)
        {
            message.Morphology = ToMessage(morphology);
        }

        Set(region.MorphologyConfidence, value => message.MorphologyConfidence = value);
        message.PossibleOssification = region.PossibleOssification;
        if (region.FluidLevel is { } level)
        {
            message.FluidLevel = new V1.FluidLevel { FluidHu = level.FluidHu, SedimentHu = level.SedimentHu, LevelShare = level.LevelShare };
        }

        AddAll(message.DepthShares, region.DepthShares, ToMessage);
        if (region.Site is { } site)
        {
            message.Site = ToMessage(site);
        }

        if (region.Laterality is { } laterality)
        {
            message.Laterality = ToMessage(laterality);
        }

        Set(region.SiteSource, value => message.SiteSource = value);
        Set(region.LateralitySource, value => message.LateralitySource = value);
        if (acquisition is not null && region.LargestSliceIndex < acquisition.SopInstanceUids.Length)
        {
            message.LargestSliceSopInstanceUid = acquisition.SopInstanceUids[region.LargestSliceIndex];
        }

        return message;
    }

    /// <summary>Header facts as their message.</summary>
    public static V1.Acquisition ToMessage(this Imaging.CtAcquisition acquisition)
    {
        ArgumentNullException.ThrowIfNull(acquisition);
        var message = new V1.Acquisition
        {
            StackNumber = acquisition.StackNumber,
            StackCount = acquisition.StackCount,
            TiltDegrees = acquisition.TiltDegrees,
        };
        Set(acquisition.Kvp, value => message.Kvp = value);
        Set(acquisition.SliceThicknessMm, value => message.SliceThicknessMm = value);
        Set(acquisition.ReconstructionDiameterMm, value => message.ReconstructionDiameterMm = value);
        Set(acquisition.GreatestExpressibleHu, value => message.GreatestExpressibleHu = value);
        Set(acquisition.StudyInstanceUid, value => message.StudyInstanceUid = value);
        Set(acquisition.FrameOfReferenceUid, value => message.FrameOfReferenceUid = value);
        Set(acquisition.ConvolutionKernel, value => message.ConvolutionKernel = value);
        Set(acquisition.PatientPosition, value => message.PatientPosition = value);
        Set(acquisition.BodyPartExamined, value => message.BodyPartExamined = value);
        Set(acquisition.Laterality, value => message.Laterality = value);
        Set(acquisition.LateralitySource, value => message.LateralitySource = value);
        Set(acquisition.Manufacturer, value => message.Manufacturer = value);
        Set(acquisition.ManufacturerModelName, value => message.ManufacturerModelName = value);
        if (acquisition.ContrastInHeader is { } contrast)
        {
            message.ContrastInHeader = contrast;
        }

        return message;
    }

    /// <summary>A geometry as its message.</summary>
    public static V1.VolumeGeometry ToMessage(this Imaging.VolumeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return new V1.VolumeGeometry
        {
            ColumnCount = geometry.ColumnCount,
            RowCount = geometry.RowCount,
            SliceCount = geometry.SliceCount,
            BetweenColumnsMm = geometry.BetweenColumnsMm,
            BetweenRowsMm = geometry.BetweenRowsMm,
            BetweenSlicesMm = geometry.BetweenSlicesMm,
            ColumnDirection = ToMessage(geometry.ColumnDirection),
            RowDirection = ToMessage(geometry.RowDirection),
            FirstSliceOriginLpsMm = ToMessage(geometry.SliceOrigins[0]),
            LastSliceOriginLpsMm = ToMessage(geometry.SliceOrigins[^1]),
        };
    }

    private static V1.MeasurementParameters ToMessage(MeasurementParameters parameters)
    {
        var message = new V1.MeasurementParameters
        {
            ThresholdHu = parameters.ThresholdHu,
            ThresholdOrigin = parameters.ThresholdOrigin,
            Connectivity = ToMessage(parameters.Connectivity),
        };
        CalibrationMapping.AddTo(message, parameters);
        Set(parameters.NoiseHu, value => message.NoiseHu = value);
        Set(parameters.InPlaneBlurMm, value => message.InPlaneBlurMm = value);
        Set(parameters.BlurOrigin, value => message.BlurOrigin = value);
        Set(parameters.SliceProfile, value => message.SliceProfile = value);
        Set(parameters.BoneOrigin, value => message.BoneOrigin = value);
        return message;
    }

    private static V1.LpsPoint ToMessage(Imaging.LpsPoint point) => new() { X = point.X, Y = point.Y, Z = point.Z };

    // A new member without its message value does not compile (CS8509). Numbers outside the enum are a caller's bug and throw
    // SwitchExpressionException, so the warning that asks for them (CS8524) is of no use here.
#pragma warning disable CS8524

    /// <summary>A verdict as its value on the wire.</summary>
    public static V1.Verdict ToMessage(this Verdict verdict) => verdict switch
    {
        Verdict.Accepted => V1.Verdict.Accepted,
        Verdict.AcceptedWithWarnings => V1.Verdict.AcceptedWithWarnings,
        Verdict.Refused => V1.Verdict.Refused,
    };

    internal static V1.RegionKind ToMessage(Measurement.RegionKind kind) => kind switch
    {
        Measurement.RegionKind.SoftTissueCalcification => V1.RegionKind.SoftTissueCalcification,
        Measurement.RegionKind.Vascular => V1.RegionKind.Vascular,
        Measurement.RegionKind.Uncertain => V1.RegionKind.Uncertain,
        Measurement.RegionKind.Bone => V1.RegionKind.Bone,
        Measurement.RegionKind.Tooth => V1.RegionKind.Tooth,
        Measurement.RegionKind.Metal => V1.RegionKind.Metal,
        Measurement.RegionKind.Contrast => V1.RegionKind.Contrast,
        Measurement.RegionKind.OutsideBody => V1.RegionKind.OutsideBody,
        Measurement.RegionKind.Noise => V1.RegionKind.Noise,
    };

    internal static V1.Depth ToMessage(Measurement.DepthClass depth) => depth switch
    {
        Measurement.DepthClass.Cutaneous => V1.Depth.Cutaneous,
        Measurement.DepthClass.Subcutaneous => V1.Depth.Subcutaneous,
        Measurement.DepthClass.Fascial => V1.Depth.Fascial,
        Measurement.DepthClass.Intramuscular => V1.Depth.Intramuscular,
        Measurement.DepthClass.Periarticular => V1.Depth.Periarticular,
        Measurement.DepthClass.Internal => V1.Depth.Internal,
    };

    internal static V1.Morphology ToMessage(Measurement.Morphology morphology) => morphology switch
    {
        Measurement.Morphology.Nodule => V1.Morphology.Nodule,
        Measurement.Morphology.Plaque => V1.Morphology.Plaque,
        Measurement.Morphology.Sheet => V1.Morphology.Sheet,
        Measurement.Morphology.Linear => V1.Morphology.Linear,
        Measurement.Morphology.Reticular => V1.Morphology.Reticular,
        Measurement.Morphology.Tumoral => V1.Morphology.Tumoral,
        Measurement.Morphology.Cystic => V1.Morphology.Cystic,
        Measurement.Morphology.Phlebolith => V1.Morphology.Phlebolith,
        Measurement.Morphology.Punctate => V1.Morphology.Punctate,
    };

    internal static V1.BodySite ToMessage(Measurement.BodySite site) => site switch
    {
        Measurement.BodySite.Head => V1.BodySite.Head,
        Measurement.BodySite.Neck => V1.BodySite.Neck,
        Measurement.BodySite.Chest => V1.BodySite.Chest,
        Measurement.BodySite.Abdomen => V1.BodySite.Abdomen,
        Measurement.BodySite.Pelvis => V1.BodySite.Pelvis,
        Measurement.BodySite.Trunk => V1.BodySite.Trunk,
        Measurement.BodySite.Shoulder => V1.BodySite.Shoulder,
        Measurement.BodySite.UpperArm => V1.BodySite.UpperArm,
        Measurement.BodySite.Elbow => V1.BodySite.Elbow,
        Measurement.BodySite.Forearm => V1.BodySite.Forearm,
        Measurement.BodySite.Wrist => V1.BodySite.Wrist,
        Measurement.BodySite.Hand => V1.BodySite.Hand,
        Measurement.BodySite.Hip => V1.BodySite.Hip,
        Measurement.BodySite.Thigh => V1.BodySite.Thigh,
        Measurement.BodySite.Knee => V1.BodySite.Knee,
        Measurement.BodySite.LowerLeg => V1.BodySite.LowerLeg,
        Measurement.BodySite.Ankle => V1.BodySite.Ankle,
        Measurement.BodySite.Foot => V1.BodySite.Foot,
        Measurement.BodySite.UpperLimb => V1.BodySite.UpperLimb,
        Measurement.BodySite.LowerLimb => V1.BodySite.LowerLimb,
    };

    internal static V1.Laterality ToMessage(Measurement.Laterality laterality) => laterality switch
    {
        Measurement.Laterality.Right => V1.Laterality.Right,
        Measurement.Laterality.Left => V1.Laterality.Left,
        Measurement.Laterality.Midline => V1.Laterality.Midline,
    };

    internal static V1.SearchState ToMessage(SearchState state) => state switch
    {
        SearchState.Found => V1.SearchState.Found,
        SearchState.Empty => V1.SearchState.Empty,
        SearchState.NotSearched => V1.SearchState.NotSearched,
        SearchState.PartlySearched => V1.SearchState.PartlySearched,
    };

    internal static V1.VolumeMethod ToMessage(Measurement.VolumeMethod method) => method switch
    {
        Measurement.VolumeMethod.ThresholdCount => V1.VolumeMethod.ThresholdCount,
        Measurement.VolumeMethod.PartialVolumeCorrected => V1.VolumeMethod.PartialVolumeCorrected,
    };

    internal static V1.Connectivity ToMessage(Segmentation.Connectivity connectivity) => connectivity switch
    {
        Segmentation.Connectivity.Faces6 => V1.Connectivity.Faces6,
        Segmentation.Connectivity.FacesEdges18 => V1.Connectivity.FacesEdges18,
        Segmentation.Connectivity.Full26 => V1.Connectivity.Full26,
    };

    internal static V1.SeriesIssueCode ToMessage(SeriesIssueCode code) => code switch
    {
        SeriesIssueCode.None => V1.SeriesIssueCode.Unspecified,
        SeriesIssueCode.ModalityNotSupported => V1.SeriesIssueCode.ModalityNotSupported,
        SeriesIssueCode.NotAnAxialImage => V1.SeriesIssueCode.NotAnAxialImage,
        SeriesIssueCode.NotHounsfield => V1.SeriesIssueCode.NotHounsfield,
        SeriesIssueCode.MaterialDecomposition => V1.SeriesIssueCode.MaterialDecomposition,
        SeriesIssueCode.MissingSlice => V1.SeriesIssueCode.MissingSlice,
        SeriesIssueCode.ConflictingDuplicate => V1.SeriesIssueCode.ConflictingDuplicate,
        SeriesIssueCode.PixelDataUnreadable => V1.SeriesIssueCode.PixelDataUnreadable,
        SeriesIssueCode.TransferSyntaxNotSupported => V1.SeriesIssueCode.TransferSyntaxNotSupported,
        SeriesIssueCode.GeometryMissing => V1.SeriesIssueCode.GeometryMissing,
        SeriesIssueCode.LimitExceeded => V1.SeriesIssueCode.LimitExceeded,
        SeriesIssueCode.InvalidHeader => V1.SeriesIssueCode.InvalidHeader,
        SeriesIssueCode.Inconsistent => V1.SeriesIssueCode.Inconsistent,
        SeriesIssueCode.UnsuitableBoneMask => V1.SeriesIssueCode.UnsuitableBoneMask,
        SeriesIssueCode.NotARadiograph => V1.SeriesIssueCode.NotARadiograph,
        SeriesIssueCode.UnevenSpacing => V1.SeriesIssueCode.UnevenSpacing,
        SeriesIssueCode.TiltedStack => V1.SeriesIssueCode.TiltedStack,
        SeriesIssueCode.SingleSlice => V1.SeriesIssueCode.SingleSlice,
        SeriesIssueCode.SpacingAssumed => V1.SeriesIssueCode.SpacingAssumed,
        SeriesIssueCode.ClippedValues => V1.SeriesIssueCode.ClippedValues,
        SeriesIssueCode.ContrastInHeader => V1.SeriesIssueCode.ContrastInHeader,
        SeriesIssueCode.ContrastInImage => V1.SeriesIssueCode.ContrastInImage,
        SeriesIssueCode.LossyCompression => V1.SeriesIssueCode.LossyCompression,
        SeriesIssueCode.ThresholdAdapted => V1.SeriesIssueCode.ThresholdAdapted,
        SeriesIssueCode.DuplicatesDropped => V1.SeriesIssueCode.DuplicatesDropped,
        SeriesIssueCode.SplitIntoStacks => V1.SeriesIssueCode.SplitIntoStacks,
        SeriesIssueCode.PaddingExcluded => V1.SeriesIssueCode.PaddingExcluded,
        SeriesIssueCode.TruncatedFieldOfView => V1.SeriesIssueCode.TruncatedFieldOfView,
        SeriesIssueCode.Metal => V1.SeriesIssueCode.Metal,
        SeriesIssueCode.ThickSlices => V1.SeriesIssueCode.ThickSlices,
        SeriesIssueCode.FewSlices => V1.SeriesIssueCode.FewSlices,
        SeriesIssueCode.DefaultCalibration => V1.SeriesIssueCode.DefaultCalibration,
        SeriesIssueCode.BlurAssumed => V1.SeriesIssueCode.BlurAssumed,
        SeriesIssueCode.DerivedImage => V1.SeriesIssueCode.DerivedImage,
        SeriesIssueCode.HeaderVaries => V1.SeriesIssueCode.HeaderVaries,
        SeriesIssueCode.NoBody => V1.SeriesIssueCode.NoBody,
        SeriesIssueCode.SharpKernel => V1.SeriesIssueCode.SharpKernel,
        SeriesIssueCode.RescaleMissing => V1.SeriesIssueCode.RescaleMissing,
        SeriesIssueCode.ManyComponents => V1.SeriesIssueCode.ManyComponents,
        SeriesIssueCode.VirtualMonoenergetic => V1.SeriesIssueCode.VirtualMonoenergetic,
        SeriesIssueCode.HeaderContradiction => V1.SeriesIssueCode.HeaderContradiction,
        SeriesIssueCode.RegionOfInterest => V1.SeriesIssueCode.RegionOfInterest,
        SeriesIssueCode.SmallRegionsLeftOut => V1.SeriesIssueCode.SmallRegionsLeftOut,
        SeriesIssueCode.CorrectionWithoutRegion => V1.SeriesIssueCode.CorrectionWithoutRegion,
        SeriesIssueCode.CorrectionRepeated => V1.SeriesIssueCode.CorrectionRepeated,
        SeriesIssueCode.PixelSizeUnknown => V1.SeriesIssueCode.PixelSizeUnknown,
        SeriesIssueCode.MagnificationUnknown => V1.SeriesIssueCode.MagnificationUnknown,
        SeriesIssueCode.SearchNotValidated => V1.SeriesIssueCode.SearchNotValidated,
        SeriesIssueCode.SaturatedPixels => V1.SeriesIssueCode.SaturatedPixels,
        SeriesIssueCode.GuidedPlaceEmpty => V1.SeriesIssueCode.GuidedPlaceEmpty,
        SeriesIssueCode.FindingsNotListed => V1.SeriesIssueCode.FindingsNotListed,
        SeriesIssueCode.OptionsOfCtOnly => V1.SeriesIssueCode.OptionsOfCtOnly,
        SeriesIssueCode.CalibrationRodsUnusable => V1.SeriesIssueCode.CalibrationRodsUnusable,
    };

#pragma warning restore CS8524

    private static void AddAll<TValue, TMessage>(
        RepeatedField<TMessage> messages, IReadOnlyCollection<TValue> values, Func<TValue, TMessage> toMessage)
    {
        messages.Capacity = values.Count;
        foreach (TValue value in values)
        {
            messages.Add(toMessage(value));
        }
    }

    internal static void Set(double? value, Action<double> set)
    {
        if (value is { } known)
        {
            set(known);
        }
    }

    internal static void Set(string? value, Action<string> set)
    {
        if (value is not null)
        {
            set(value);
        }
    }
}
