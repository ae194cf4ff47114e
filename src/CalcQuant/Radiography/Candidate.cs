namespace CalcQuant.Radiography;

/// <summary>Where a candidate was seen.</summary>
internal enum CandidateLayer
{
    /// <summary>On soft tissue, against a surface of a few millimetres.</summary>
    Fine,

    /// <summary>On soft tissue, against a surface of a centimetre, on cells twice as wide.</summary>
    Middle,

    /// <summary>On soft tissue, against a surface of some centimetres, on cells four times as wide.</summary>
    Wide,

    /// <summary>On soft tissue, a plateau of the flattened film.</summary>
    Plateau,

    /// <summary>Over bone.</summary>
    Bone,
}

/// <summary>A place of a film that may be a deposit, on cells of the search.</summary>
internal sealed record Candidate
{
    /// <summary>The grid of its cells.</summary>
    public required FilmPlane Plane { get; init; }

    /// <summary>The cells, in rising order.</summary>
    public required int[] Cells { get; init; }

    /// <summary>Where it was seen.</summary>
    public required CandidateLayer Layer { get; init; }

    /// <summary>Contrast: the flattened value that a tenth of its cells reach, film units; of a plateau the median fall across its edge.</summary>
    public required float Contrast { get; init; }

    /// <summary>The contrast in deviations of noise and texture.</summary>
    public required double Deviations { get; init; }

    /// <summary>Part of its surroundings that is less dense than half of it; of a plateau the part of its free edge.</summary>
    public required double Closed { get; init; }

    /// <summary>Area over that of its filled convex outline.</summary>
    public required double Solidity { get; init; }

    /// <summary>Longest diameter, mm.</summary>
    public required double LengthMm { get; init; }

    /// <summary>Longest diameter over that at right angles to it.</summary>
    public required double Aspect { get; init; }

    /// <summary>By how much it falls within some cells across its edge, over contrast: a deposit ends, a muscle fades; of a plateau the fall that nine tenths of its edge reach, over the median.</summary>
    public required double EdgeDrop { get; init; }

    /// <summary>Part of its edge that lies beside soft tissue, not at bone or at the outline of the body.</summary>
    public required double FreeEdge { get; init; }

    /// <summary>Whether it is a plateau that may be a bone that was not told: it touches the end of a bone, or lies in a trunk, where flat bones lie over each other.</summary>
    public bool MayBeBone { get; init; }

    /// <summary>Part of it that lies over bone.</summary>
    public required double OverBone { get; init; }

    /// <summary>Least distance to bone, mm.</summary>
    public required double BoneMm { get; init; }

    /// <summary>Least distance to the edge of the body, mm.</summary>
    public required double DepthMm { get; init; }

    /// <summary>Least distance to the edge of the exposed field or the film, mm.</summary>
    public required double FieldMm { get; init; }

    /// <summary>For a plateau, where its edge is to be measured; null for others.</summary>
    public PlateauOutline? Outline { get; init; }

    /// <summary>Its area, mm².</summary>
    public double AreaMm2 => Cells.Length * Plane.CellMm2;

    /// <summary>Whether it is measured on the flattened film: parts of it that other layers see are not measured well.</summary>
    public bool IsLargePlateau => Outline is not null && AreaMm2 >= FilmParameters.PlateauOutlineMm2;

    /// <summary>How likely it is a deposit, whatever else is known of the film.</summary>
    public FindingTier Tier =>
        Layer == CandidateLayer.Bone || OverBone >= FilmParameters.OverBoneShare ? FindingTier.PossibleOverBone
        : Layer == CandidateLayer.Plateau ? (Deviations >= FilmParameters.PlateauProbableDeviations
            && Closed >= FilmParameters.PlateauProbableClosed
            && !MayBeBone
            && (FreeEdge >= FilmParameters.PlateauProbableFree || (Aspect <= FilmParameters.PlateauCompact && Deviations >= FilmParameters.PlateauCompactDeviations))
            && FieldMm >= FilmParameters.ProbableFieldMm
            && EdgeDrop >= FilmParameters.ProbableEdgeDrop ? FindingTier.Probable : FindingTier.Possible)
        : Deviations >= FilmParameters.ProbableDeviations
            && Closed >= FilmParameters.ClosedProbable
            && BoneMm >= FilmParameters.ProbableBoneMm
            && (DepthMm >= FilmParameters.ProbableDepthMm
                || (Aspect <= FilmParameters.CompactAspect && Deviations >= FilmParameters.ProbableSkinDeviations))
            && AreaMm2 >= FilmParameters.ProbableLeastMm2
            && FieldMm >= FilmParameters.ProbableFieldMm
            && EdgeDrop >= FilmParameters.ProbableEdgeDrop ? FindingTier.Probable
        : FindingTier.Possible;
}
