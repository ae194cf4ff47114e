using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Radiography;

/// <summary>Part and side of the body of a film: only the header tells them, and it is often wrong, which the source says.</summary>
internal sealed class FilmPlace(CtAcquisition acquisition)
{
    /// <summary>Region of the body; null where the header says none that is known.</summary>
    public BodySite? Site { get; } = BodyPartTerms.SiteOf(acquisition.BodyPartExamined);

    /// <summary>Side of the body; null where the header says neither right nor left.</summary>
    public Laterality? Side { get; } = acquisition.Laterality switch
    {
        "R" => Laterality.Right,
        "L" => Laterality.Left,
        _ => null,
    };

    /// <summary>A finding with its place.</summary>
    public ProjectedRegion AddTo(ProjectedRegion region) => region with
    {
        Site = Site,
        SiteSource = Site is null ? null : "header: Body Part Examined (0018,0015), not checked against the image",
        Laterality = Side,
        LateralitySource = Side is null ? null : $"header: {acquisition.LateralitySource}, not checked against the image",
    };
}
