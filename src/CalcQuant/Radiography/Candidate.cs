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

    /// <summary>Over bone.</summary>
    Bone,
}

/// <summary>A place of a film that may be a deposit, on cells of the search.</summary>
internal sealed class Candidate
{
    /// <summary>The grid of its cells.</summary>
    public required FilmPlane Plane { get; init; }

    /// <summary>The cells, in rising order.</summary>
    public required int[] Cells { get; init; }

    /// <summary>Where it was seen.</summary>
    public required CandidateLayer Layer { get; init; }

    /// <summary>Contrast: the flattened value that a tenth of its cells reach, film units.</summary>
    public required float Contrast { get; init; }

    /// <summary>The contrast in deviations of noise and texture.</summary>
    public required double Deviations { get; init; }

    /// <summary>Part of its surroundings that is less dense than half of it.</summary>
    public required double Closed { get; init; }

    /// <summary>Area over that of its filled convex outline.</summary>
    public required double Solidity { get; init; }

    /// <summary>Longest diameter over that at right angles to it.</summary>
    public required double Aspect { get; init; }

    /// <summary>By how much it falls within some cells across its edge, over contrast: a deposit ends, a muscle fades.</summary>
    public required double EdgeDrop { get; init; }

    /// <summary>Part of it that lies over bone.</summary>
    public required double OverBone { get; init; }

    /// <summary>Least distance to bone, mm.</summary>
    public required double BoneMm { get; init; }

    /// <summary>Least distance to the edge of the body, mm.</summary>
    public required double DepthMm { get; init; }

    /// <summary>Least distance to the edge of the exposed field or the film, mm.</summary>
    public required double FieldMm { get; init; }

    /// <summary>Its area, mm².</summary>
    public double AreaMm2 => Cells.Length * Plane.CellMm2;
}
