namespace CalcQuant.Segmentation;

/// <summary>What uncertain findings belong to: those of one structure make one entry where a reader would otherwise get a long list.</summary>
internal enum UncertainStructure
{
    /// <summary>Pieces that may be bone.</summary>
    SkeletalFringe,

    /// <summary>Wall of a trunk: costal cartilage, vessels between the ribs.</summary>
    TrunkWall,

    /// <summary>Deep in a trunk: wall of arteries, bowel, urinary tract, organs.</summary>
    Viscera,

    /// <summary>Hardly denser than the tissue around it.</summary>
    EnhancingTissue,

    /// <summary>Long and faint in a scan with contrast medium.</summary>
    Vessel,

    /// <summary>Calcium in the wall of an opacified lumen, where too few slices show it.</summary>
    ArterialWall,

    /// <summary>Within the skull.</summary>
    SkullContent,

    /// <summary>In air, or among dense parts.</summary>
    Exposed,

    /// <summary>Beside metal.</summary>
    MetalStreak,

    /// <summary>Too small and faint to tell.</summary>
    FaintSpeck,

    /// <summary>Seen in too few slices to be followed.</summary>
    Unfollowed,
}

/// <summary>The words for <see cref="UncertainStructure"/>.</summary>
internal static class UncertainStructures
{
    /// <summary>What a report calls the structure.</summary>
    public static string Name(this UncertainStructure structure) => structure switch
    {
        UncertainStructure.SkeletalFringe => "skeletal fringe",
        UncertainStructure.TrunkWall => "wall of the trunk: cartilage or vessels",
        UncertainStructure.Viscera => "inside the trunk: vascular or visceral",
        UncertainStructure.EnhancingTissue => "enhancing tissue",
        UncertainStructure.Vessel => "opacified vessels",
        UncertainStructure.ArterialWall => "arterial wall",
        UncertainStructure.SkullContent => "inside the skull",
        UncertainStructure.Exposed => "not surrounded by soft tissue",
        UncertainStructure.MetalStreak => "streaks beside metal",
        UncertainStructure.FaintSpeck => "faint specks",
        UncertainStructure.Unfollowed => "in too few slices to follow",
        _ => throw new ArgumentOutOfRangeException(nameof(structure), structure, "Not a structure."),
    };
}
