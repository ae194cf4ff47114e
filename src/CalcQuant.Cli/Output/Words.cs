using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Radiography;

namespace CalcQuant.Cli.Output;

/// <summary>Enum values as a person reads them. A new member without its words does not compile.</summary>
internal static class Words
{
    // Numbers outside an enum are a bug and throw; see ReportMapping for the same choice.
#pragma warning disable CS8524

    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Accepted => "ACCEPTED",
        Verdict.AcceptedWithWarnings => "ACCEPTED WITH WARNINGS",
        Verdict.Refused => "REFUSED",
    };

    public static string Of(RegionKind kind) => kind.InWords();

    public static string Of(DepthClass depth) => depth switch
    {
        DepthClass.Cutaneous => "cutaneous",
        DepthClass.Subcutaneous => "subcutaneous",
        DepthClass.Fascial => "fascial",
        DepthClass.Intramuscular => "intramuscular",
        DepthClass.Periarticular => "periarticular",
        DepthClass.Internal => "internal",
    };

    public static string Of(Morphology morphology) => morphology switch
    {
        Morphology.Nodule => "nodule",
        Morphology.Plaque => "plaque",
        Morphology.Sheet => "sheet",
        Morphology.Linear => "linear",
        Morphology.Reticular => "reticular",
        Morphology.Tumoral => "tumoral",
        Morphology.Cystic => "cystic",
        Morphology.Phlebolith => "phlebolith",
        Morphology.Punctate => "punctate",
    };

    public static string Of(BodySite site) => site switch
    {
        BodySite.Head => "head",
        BodySite.Neck => "neck",
        BodySite.Chest => "chest",
        BodySite.Abdomen => "abdomen",
        BodySite.Pelvis => "pelvis",
        BodySite.Trunk => "trunk",
        BodySite.Shoulder => "shoulder",
        BodySite.UpperArm => "upper arm",
        BodySite.Elbow => "elbow",
        BodySite.Forearm => "forearm",
        BodySite.Wrist => "wrist",
        BodySite.Hand => "hand",
        BodySite.Hip => "hip",
        BodySite.Thigh => "thigh",
        BodySite.Knee => "knee",
        BodySite.LowerLeg => "lower leg",
        BodySite.Ankle => "ankle",
        BodySite.Foot => "foot",
        BodySite.UpperLimb => "upper limb",
        BodySite.LowerLimb => "lower limb",
    };

    public static string Of(Laterality laterality) => laterality switch
    {
        Laterality.Right => "right",
        Laterality.Left => "left",
        Laterality.Midline => "midline",
    };

    /// <summary>Where the size of a film's pixels is known from.</summary>
    public static string Of(PixelScaleSource source) => source switch
    {
        PixelScaleSource.Fiducial => "calibrated",
        PixelScaleSource.Geometry => "corrected for geometry",
        PixelScaleSource.Magnification => "corrected for magnification",
        PixelScaleSource.UnstatedCalibration => "calibrated, kind not stated",
        PixelScaleSource.DetectorPlane => "in the detector's plane",
        PixelScaleSource.ScannedFilm => "on the scanned film",
        PixelScaleSource.Unexplained => "origin not stated",
    };

    /// <summary>A tier.</summary>
    public static string Of(FindingTier tier) => tier switch
    {
        FindingTier.Probable => "probable",
        FindingTier.Possible => "possible",
        FindingTier.PossibleOverBone => "possible, over bone",
        FindingTier.Guided => "guided",
    };

    /// <summary>A grade of density.</summary>
    public static string Of(DensityGrade grade) => grade switch
    {
        DensityGrade.Faint => "faint",
        DensityGrade.Moderate => "moderate",
        DensityGrade.Dense => "dense",
    };

    /// <summary>What the published rule calls a change of a score.</summary>
    public static string Of(ScoreChange change) => change switch
    {
        ScoreChange.Improvement => "improvement",
        ScoreChange.Stable => "stable",
        ScoreChange.Progression => "progression",
    };
#pragma warning restore CS8524
}
