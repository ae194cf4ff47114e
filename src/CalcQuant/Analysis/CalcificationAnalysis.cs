using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Analysis;

/// <summary>The one entry: a CT series in, its report and the voxels behind it out.</summary>
public static class CalcificationAnalysis
{
    /// <summary>Segments and measures a series.</summary>
    /// <param name="series">The series.</param>
    /// <param name="options">What the caller chose; null for the defaults.</param>
    /// <param name="progress">Told of each stage; may be null.</param>
    /// <param name="cancellationToken">Stops between pieces of work of at most a few hundred milliseconds.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CalcificationResult Run(
        CtSeries series,
        AnalysisOptions? options = null,
        IProgress<AnalysisProgress>? progress = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException("Skeleton: replaced when the stages land.");
}

/// <summary>A report and the voxels behind its regions.</summary>
/// <param name="Report">The report.</param>
/// <param name="Segmentation">Segmented regions; <c>Segmentation.Regions[i]</c> is <c>Report.Regions[i]</c>.</param>
public sealed record CalcificationResult(AnalysisReport Report, VolumeSegmentation Segmentation);
