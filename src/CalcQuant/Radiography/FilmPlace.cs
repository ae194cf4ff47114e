using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Radiography;

/// <summary>Part and side of the body of a film: only the header tells them, and it is often wrong, which the source says.</summary>
internal sealed class FilmPlace(CtAcquisition acquisition)
{
    private readonly BodySite? _site = BodyPartTerms.SiteOf(acquisition.BodyPartExamined);

    private readonly Laterality? _side = acquisition.Laterality switch
    {
        "R" => Laterality.Right,
        "L" => Laterality.Left,
        _ => null,
    };

    /// <summary>A finding with its place.</summary>
    public ProjectedRegion AddTo(ProjectedRegion region) => region with
    {
        Site = _site,
        SiteSource = _site is null ? null : "header: Body Part Examined (0018,0015), not checked against the image",
        Laterality = _side,
        LateralitySource = _side is null ? null : $"header: {acquisition.LateralitySource}, not checked against the image",
    };
}
