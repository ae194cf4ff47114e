using System.Collections.Immutable;

namespace CalcQuant.Service.Analyses;

/// <summary>How an analysis ended.</summary>
/// <param name="State">An ended state.</param>
internal sealed record AnalysisOutcome(AnalysisState State)
{
    /// <summary>Its reports; null where there are none.</summary>
    public Api.V1.AnalysisOutput? Output { get; init; }

    /// <summary>Why there is no measurement; null where there is one, or where it was cancelled.</summary>
    public Api.V1.ErrorStatus? Error { get; init; }

    /// <summary>Files made.</summary>
    public ImmutableArray<ArtifactFile> Files { get; init; } = [];

    /// <summary>How long each stage took.</summary>
    public IReadOnlyList<(string Stage, TimeSpan Duration)> StageTimes { get; init; } = [];

    /// <summary>Voxels measured, for metrics.</summary>
    public long VoxelCount { get; init; }

    /// <summary>Cancelled before it ended.</summary>
    public static AnalysisOutcome Cancelled { get; } = new(AnalysisState.Cancelled);

    /// <summary>No measurement.</summary>
    public static AnalysisOutcome Failed(Api.V1.ErrorStatus error) => new(AnalysisState.Failed) { Error = error };
}
