using CalcQuant.Analysis;
using CalcQuant.Measurement;

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

#pragma warning restore CS8524
}
