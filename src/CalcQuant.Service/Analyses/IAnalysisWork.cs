using CalcQuant.Analysis;
using CalcQuant.Dicom.Series;

namespace CalcQuant.Service.Analyses;

/// <summary>What the headers of a series said.</summary>
/// <param name="Catalog">Its stacks; what was skipped, by names that may be shown.</param>
/// <param name="MemoryBytes">Bytes that the analysis will need at most.</param>
internal sealed record PreparedAnalysis(SeriesCatalog Catalog, long MemoryBytes)
{
    /// <summary>Key of an analysis of a server folder, known once its files are hashed; null for a stored series, which has it already.</summary>
    public string? Key { get; init; }

    /// <summary>How an equal analysis ended, where the files turned out to be those of one; nothing need be computed then.</summary>
    public AnalysisOutcome? Equal { get; init; }
}

/// <summary>The work on one analysis, without queue and states; tests put something quicker in its place.</summary>
internal interface IAnalysisWork
{
    /// <summary>Reads the headers.</summary>
    /// <exception cref="Api.ServiceFault">The series cannot be analysed.</exception>
    public PreparedAnalysis Prepare(AnalysisRow row, IProgress<AnalysisProgress> progress, CancellationToken cancellationToken);

    /// <summary>Measures every stack and makes the artifacts.</summary>
    /// <exception cref="Api.ServiceFault">The series cannot be analysed.</exception>
    public AnalysisOutcome Run(AnalysisRow row, PreparedAnalysis prepared, int threadCount, IProgress<AnalysisProgress> progress, CancellationToken cancellationToken);
}
