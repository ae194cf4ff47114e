namespace CalcQuant.Segmentation;

/// <summary>Which neighbours of a voxel touch it.</summary>
public enum Connectivity
{
    /// <summary>The 6 that share a face.</summary>
    Faces6 = 6,

    /// <summary>The 18 that share a face or an edge.</summary>
    FacesEdges18 = 18,

    /// <summary>All 26 around it.</summary>
    Full26 = 26,
}
