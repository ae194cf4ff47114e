namespace CalcQuant.Measurement;

/// <summary>What each kind means for a report.</summary>
public static class RegionKinds
{
    private static readonly RegionKind[] Order =
    [
        RegionKind.SoftTissueCalcification,
        RegionKind.Vascular,
        RegionKind.Uncertain,
        RegionKind.Metal,
        RegionKind.Tooth,
        RegionKind.Contrast,
        RegionKind.Bone,
        RegionKind.OutsideBody,
        RegionKind.Noise,
    ];

    /// <summary>Place of a kind in a report, from 0: the findings first, then what is only accounted for.</summary>
    public static int ReportOrder(this RegionKind kind) => Array.IndexOf(Order, kind);

    /// <summary>The kind as a person reads it.</summary>
    public static string InWords(this RegionKind kind)
    {
        // A new kind without its words does not compile (CS8509); numbers outside the enum are a caller's bug.
#pragma warning disable CS8524
        return kind switch
        {
            RegionKind.SoftTissueCalcification => "soft-tissue calcification",
            RegionKind.Vascular => "vascular",
            RegionKind.Uncertain => "uncertain",
            RegionKind.Bone => "bone",
            RegionKind.Tooth => "tooth",
            RegionKind.Metal => "metal",
            RegionKind.Contrast => "contrast",
            RegionKind.OutsideBody => "outside the body",
            RegionKind.Noise => "noise",
        };
#pragma warning restore CS8524
    }

    /// <summary>True for kinds that are reported so that every dense voxel is accounted for: their diameters, surface and distances mean nothing to a reader.</summary>
    public static bool IsOnlyAccountedFor(this RegionKind kind) => kind is RegionKind.Bone or RegionKind.OutsideBody or RegionKind.Noise;

    /// <summary>True for kinds that may be calcium in soft tissue: they get a corrected volume, a mass and an Agatston score.</summary>
    public static bool IsCalcification(this RegionKind kind) =>
        kind is RegionKind.SoftTissueCalcification or RegionKind.Vascular or RegionKind.Uncertain;
}
