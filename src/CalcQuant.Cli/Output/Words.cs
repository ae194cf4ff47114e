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

#pragma warning restore CS8524
}
