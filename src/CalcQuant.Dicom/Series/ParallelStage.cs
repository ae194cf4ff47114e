using CalcQuant.Analysis;

namespace CalcQuant.Dicom.Series;

/// <summary>A stage of independent pieces, side by side, that tells how far it is: that it begins, and after each piece.</summary>
internal static class ParallelStage
{
    /// <summary>Does every piece once.</summary>
    /// <param name="stage">Name of the stage.</param>
    /// <param name="count">Pieces.</param>
    /// <param name="maxThreadCount">Threads; 0 means one per processor.</param>
    /// <param name="progress">Told of the stage; may be null. Called from several threads.</param>
    /// <param name="body">Does one piece.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Run(
        string stage, int count, int maxThreadCount, IProgress<AnalysisProgress>? progress, Action<int> body, CancellationToken cancellationToken)
    {
        int doneCount = 0;
        progress?.Report(new AnalysisProgress(stage, 0));
        Parallel.For(
            0,
            count,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = maxThreadCount == 0 ? Environment.ProcessorCount : maxThreadCount,
                CancellationToken = cancellationToken,
            },
            index =>
            {
                body(index);
                progress?.Report(new AnalysisProgress(stage, (double)Interlocked.Increment(ref doneCount) / count));
            });
    }
}
