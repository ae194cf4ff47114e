namespace CalcQuant.Measurement;

/// <summary>Region of the body that something lies in.</summary>
public enum BodySite
{
    /// <summary>Skull with brain, face and jaws.</summary>
    Head = 1,

    /// <summary>Neck.</summary>
    Neck = 2,

    /// <summary>Chest, breast included.</summary>
    Chest = 3,

    /// <summary>Abdomen.</summary>
    Abdomen = 4,

    /// <summary>Pelvis, buttocks included.</summary>
    Pelvis = 5,

    /// <summary>Somewhere in chest, abdomen or pelvis.</summary>
    Trunk = 6,

    /// <summary>Shoulder, scapula and clavicle included.</summary>
    Shoulder = 7,

    /// <summary>Upper arm.</summary>
    UpperArm = 8,

    /// <summary>Elbow.</summary>
    Elbow = 9,

    /// <summary>Forearm.</summary>
    Forearm = 10,

    /// <summary>Wrist.</summary>
    Wrist = 11,

    /// <summary>Hand, fingers included.</summary>
    Hand = 12,

    /// <summary>Hip.</summary>
    Hip = 13,

    /// <summary>Thigh.</summary>
    Thigh = 14,

    /// <summary>Knee.</summary>
    Knee = 15,

    /// <summary>Lower leg.</summary>
    LowerLeg = 16,

    /// <summary>Ankle.</summary>
    Ankle = 17,

    /// <summary>Foot, toes included.</summary>
    Foot = 18,

    /// <summary>Somewhere in an arm or hand.</summary>
    UpperLimb = 19,

    /// <summary>Somewhere in a leg or foot.</summary>
    LowerLimb = 20,
}

/// <summary>Side of the body.</summary>
public enum Laterality
{
    /// <summary>The patient's right.</summary>
    Right = 1,

    /// <summary>The patient's left.</summary>
    Left = 2,

    /// <summary>Within 10 mm of the middle of the body.</summary>
    Midline = 3,
}

/// <summary>Part of a region that lies in one compartment.</summary>
/// <param name="Depth">The compartment.</param>
/// <param name="Fraction">Fraction of the region's voxels there, above 0 and up to 1.</param>
public readonly record struct DepthShare(DepthClass Depth, double Fraction);
