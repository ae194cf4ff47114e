namespace CalcQuant.Service.Analyses;

/// <summary>Where an analysis is. The numbers are stored and are those of the contract (calcquant.v1.AnalysisState).</summary>
internal enum AnalysisState
{
    /// <summary>Accepted; waits for its turn.</summary>
    Queued = 1,

    /// <summary>Runs.</summary>
    Running = 2,

    /// <summary>Ended with at least one measured stack.</summary>
    Succeeded = 3,

    /// <summary>Ended without a measurement.</summary>
    Failed = 4,

    /// <summary>Cancelled before it ended.</summary>
    Cancelled = 5,
}

/// <summary>What to make beside the report. The values are bits of a stored set.</summary>
[Flags]
internal enum ArtifactKinds
{
    /// <summary>Only what is always there: JSON and CSV.</summary>
    None = 0,

    /// <summary>A NIfTI label volume per stack.</summary>
    LabelVolume = 1,

    /// <summary>Pictures.</summary>
    Overlays = 2,

    /// <summary>A NIfTI volume of the bone per stack.</summary>
    BoneMask = 4,
}
