using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Films;
using CalcQuant.Imaging;
using CalcQuant.Radiography;

namespace CalcQuant.Dicom.Series;

/// <summary>From a stack to its report: read and measured, or refused. The way of the command line and of the service.</summary>
public static class StackAnalysis
{
    /// <summary>Reads and analyses a stack.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="options">What the caller chose.</param>
    /// <param name="progress">Told of each stage; may be null. Called from several threads.</param>
    /// <param name="cancellationToken">Stops between slices and pieces of work of at most a few hundred milliseconds.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static StackOutcome Run(
        SeriesStack stack, AnalysisOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stack);
        ArgumentNullException.ThrowIfNull(options);
        if (stack.Verdict == Verdict.Refused)
        {
            return Refuse(stack, stack.Issues, options);
        }

        var clock = new StageClock(progress);
        if (stack.Film is { } film)
        {
            return Analyze(stack, film, options, clock, cancellationToken);
        }

        switch (stack.Read(options.MaxThreadCount, clock, cancellationToken))
        {
            case SeriesReading.Accepted accepted:
                return Analyze(accepted.Series, options, clock, cancellationToken);
            case SeriesReading.Rejected rejected:
                return Refuse(stack, [.. rejected.Issues.Concat(stack.Issues).Distinct()], options);
            default:
                throw new InvalidOperationException("A reading is accepted or rejected.");
        }
    }

    private static StackOutcome Refuse(SeriesStack stack, ImmutableArray<SeriesIssue> issues, AnalysisOptions options) =>
        new(AnalysisReport.Refused(stack.SeriesInstanceUid, stack.Modality, issues, stack.Acquisition).WithUnmetCorrections(options), null, null);

    private static StackOutcome Analyze(SeriesStack stack, FilmHeader header, AnalysisOptions options, StageClock clock, CancellationToken cancellationToken)
    {
        if (options.BoneMask is not null)
        {
            return Refuse(stack, [new SeriesIssue(SeriesIssueCode.UnsuitableBoneMask, "The bone mask is of voxels, and a radiograph has none."), .. stack.Issues], options);
        }

        clock.Report(new AnalysisProgress("reading pixels", 0));
        switch (FilmReading.Read(header, stack.Acquisition, cancellationToken))
        {
            case FilmReading.Accepted accepted:
                FilmResult result = RadiographAnalysis.Run(accepted.Film, stack.Modality, options, clock, cancellationToken);
                AnalysisReport report = result.Report with { StageTimes = clock.Stop(header.PixelCount) };
                return new StackOutcome(report, null, null) { Film = result with { Report = report } };
            case FilmReading.Rejected rejected:
                return Refuse(stack, [.. rejected.Issues.Concat(stack.Issues).Distinct()], options);
            default:
                throw new InvalidOperationException("A reading is accepted or rejected.");
        }
    }

    private static StackOutcome Analyze(CtSeries series, AnalysisOptions options, StageClock clock, CancellationToken cancellationToken)
    {
        CtVolume? unused = series.Volume;
        try
        {
            CtSeries identified = InputFingerprint.AddTo(series, options.MaxThreadCount, clock, cancellationToken);
            CalcificationResult result = CalcificationAnalysis.Run(identified, options, clock, cancellationToken);
            if (result.Report.Verdict == Verdict.Refused)
            {
                result.Segmentation.Dispose();
                return new StackOutcome(result.Report, null, null);
            }

            unused = null;
            AnalysisReport report = result.Report with { StageTimes = clock.Stop(series.Volume.Geometry.VoxelCount) };
            return new StackOutcome(report, result with { Report = report }, series.Volume);
        }
        finally
        {
            unused?.Dispose();
        }
    }
}

/// <summary>What a stack gave.</summary>
/// <param name="Report">Its report.</param>
/// <param name="Result">The voxels behind the regions; null where it was refused, and for a radiograph.</param>
/// <param name="Volume">The image; null where it was refused, and for a radiograph.</param>
/// <remarks><see cref="Dispose"/> gives the memory of image and masks back for the next analysis; the report stays.</remarks>
public sealed record StackOutcome(AnalysisReport Report, CalcificationResult? Result, CtVolume? Volume) : IDisposable
{
    /// <summary>The pixels behind the findings of a radiograph; null for everything else.</summary>
    public FilmResult? Film { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Volume?.Dispose();
        Result?.Segmentation.Dispose();
    }
}
