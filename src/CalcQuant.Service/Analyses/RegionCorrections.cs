using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Service.Storage;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Analyses;

/// <summary>A correction as it is stored.</summary>
/// <param name="ReportIndex">Report of the analysis, from 0.</param>
/// <param name="RegionId">Region of that report.</param>
/// <param name="Correction">What was said.</param>
internal sealed record StoredCorrection(int ReportIndex, int RegionId, RegionCorrection Correction);

/// <summary>What a correction led to.</summary>
/// <param name="Row">The analysis afterwards.</param>
/// <param name="Report">The corrected report.</param>
/// <param name="Applied">The correction as the report has it.</param>
internal sealed record CorrectedReport(AnalysisRow Row, V1.AnalysisReport Report, V1.RegionCorrection Applied);

/// <summary>
/// Corrects analyses that have ended. The series is analysed again with all corrections so far, so that report and files are what <c>analyze --override</c> gives; they
/// and the correction appear in one transaction, or not at all. One correction runs at a time, whichever analysis it is for: each is on top of the one before.
/// </summary>
internal sealed class RegionCorrections(
    AnalysisStore store,
    AnalysisFiles files,
    AnalysisInput input,
    IAnalysisWork work,
    AnalysisQueue queue,
    MemoryBudget budget,
    StudyStore studies,
    TimeProvider time,
    ILogger<RegionCorrections> logger) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _gate = new();
    private Running? _running;

    /// <summary>Corrects a region.</summary>
    /// <param name="id">The analysis; it has ended.</param>
    /// <param name="request">What is said.</param>
    /// <param name="cancellationToken">Gives up; nothing is changed then.</param>
    /// <exception cref="ServiceFault">UnknownAnalysis, NoReport, UnknownRegion, NotRepeatable, TooManyCorrections, SeriesTooLarge.</exception>
    public async Task<CorrectedReport> ReclassifyAsync(string id, Reclassification request, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var running = new Running(id, stopping);
            SetRunning(running);
            try
            {
                return await ReclassifyNowAsync(id, request, stopping.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw Unknown(id);
            }
            finally
            {
                SetRunning(null);
                running.Ended.SetResult();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Stops the correction of an analysis that is about to be deleted; when the task has ended nothing reads its files.</summary>
    public async Task StopAsync(string id)
    {
        Running? running;
        lock (_gate)
        {
            running = _running?.Id == id ? _running : null;
            running?.Stopping.Cancel();
        }

        if (running is not null)
        {
            await running.Ended.Task;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private void SetRunning(Running? running)
    {
        lock (_gate)
        {
            _running = running;
        }
    }

    private async Task<CorrectedReport> ReclassifyNowAsync(string id, Reclassification request, CancellationToken cancellationToken)
    {
        AnalysisRow row = store.FindToRepeat(id) ?? throw Unknown(id);
        V1.AnalysisOutput output = store.ReportOf(id)
            ?? throw new ServiceFault(new ServiceError(ServiceErrorCode.NoReport, "The analysis ended without a report.") { ResourceType = "calcquant.v1.Analysis", ResourceName = row.Name });
        V1.AnalysisReport report = request.ReportIndex < output.Reports.Count
            ? output.Reports[request.ReportIndex]
            : throw new ServiceFault(new ServiceError(ServiceErrorCode.UnknownRegion, "The analysis has no such report.") { ResourceType = "calcquant.v1.AnalysisReport" });
        V1.Region region = report.Regions.FirstOrDefault(found => found.Id == request.RegionId)
            ?? throw new ServiceFault(new ServiceError(ServiceErrorCode.UnknownRegion, "The report has no such region.") { ResourceType = "calcquant.v1.Region" });
        if (row.Corrections.LastOrDefault(earlier => earlier.ReportIndex == request.ReportIndex && earlier.RegionId == request.RegionId) is { } latest
            && latest.Correction.Kind == request.Kind && latest.Correction.Who == request.Who && latest.Correction.Why == request.Why)
        {
            return Read(row, output, request);
        }

        if (row.Corrections.Length >= RegionCorrection.MaxCount)
        {
            throw new ServiceFault(ServiceErrorCode.TooManyCorrections, $"An analysis takes {RegionCorrection.MaxCount} corrections.");
        }

        if (report.Film is not null)
        {
            throw AnalysisRequest.InvalidRequest([new FieldViolation("region_id", "Findings of a radiograph have no position in the patient that a correction could be kept by; they cannot be reclassified.")]);
        }

        if (region.SeedLpsMm is not { } seed || row.AlgorithmVersion != AnalysisReport.CurrentAlgorithmVersion)
        {
            throw AnalysisInput.NotRepeatable("The analysis was made by another version; analyse the series again to correct it.");
        }

        // Stored in whole milliseconds, and so said in the report.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var correction = new RegionCorrection(
            report.SeriesInstanceUid, report.Acquisition?.StackNumber ?? 1, new(seed.X, seed.Y, seed.Z), request.Kind, request.Who, now, request.Why);
        row = row with { Corrections = [.. row.Corrections, new StoredCorrection(request.ReportIndex, request.RegionId, correction)] };
        AnalysisOutcome outcome = await RepeatAsync(row, cancellationToken);
        try
        {
            ThrowUnlessApplied(row, outcome, request);
            if (!await store.TryCorrectAsync(row, outcome, cancellationToken))
            {
                throw Unknown(id);
            }
        }
        catch
        {
            files.DeleteRevision(id, row.Corrections.Length);
            throw;
        }

        files.DeleteRevision(id, row.Corrections.Length - 1);
        AnalysisLog.Corrected(logger, id, row.Corrections.Length);
        return Read(store.Find(id) ?? throw Unknown(id), outcome.Output!, request);
    }

    private async Task<AnalysisOutcome> RepeatAsync(AnalysisRow row, CancellationToken cancellationToken)
    {
        IDisposable? pin = null;
        try
        {
            if (row.StudyInstanceUid is { } study)
            {
                pin = await studies.PinAsync(study, cancellationToken) ?? throw Unknown(row.Id);
            }

            PreparedAnalysis prepared = await AnalysisRunner.OnOwnThread(() => input.PrepareAgain(row, Silence.Instance, cancellationToken));
            long memoryBytes = Math.Max(row.MemoryBytes ?? 0, prepared.MemoryBytes);
            if (!budget.CanHold(memoryBytes))
            {
                throw new ServiceFault(AcceptedAnalyses.TooLarge());
            }

            using IDisposable memory = await budget.AcquireAsync(memoryBytes, cancellationToken);
            int threadCount = Math.Max(1, Environment.ProcessorCount / queue.MaxRunning);
            return await AnalysisRunner.OnOwnThread(() => work.Run(row, prepared, threadCount, Silence.Instance, cancellationToken));
        }
        finally
        {
            pin?.Dispose();
        }
    }

    /// <summary>An analysis that did not come out as before must not take the place of the report that the reader saw.</summary>
    private static void ThrowUnlessApplied(AnalysisRow row, AnalysisOutcome outcome, Reclassification request)
    {
        if (outcome.Output is { } output
            && request.ReportIndex < output.Reports.Count
            && output.Reports.Sum(report => report.Corrections.Count) == row.Corrections.Length
            && output.Reports[request.ReportIndex].Corrections.LastOrDefault(applied => applied.RegionId == request.RegionId) is { } last
            && ReportReading.TryReadKind(last.To, out Measurement.RegionKind kind) && kind == request.Kind)
        {
            return;
        }

        throw AnalysisInput.NotRepeatable("The analysis came out otherwise than before.");
    }

    private static CorrectedReport Read(AnalysisRow row, V1.AnalysisOutput output, Reclassification request)
    {
        V1.AnalysisReport report = output.Reports[request.ReportIndex];
        return new CorrectedReport(row, report, report.Corrections.Last(applied => applied.RegionId == request.RegionId));
    }

    private static ServiceFault Unknown(string id) =>
        new(new ServiceError(ServiceErrorCode.UnknownAnalysis, "There is no such analysis.") { ResourceType = "calcquant.v1.Analysis", ResourceName = AnalysisNames.NameOf(id) });

    /// <summary>The correction that runs.</summary>
    private sealed record Running(string Id, CancellationTokenSource Stopping)
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Nobody watches a correction.</summary>
    private sealed class Silence : IProgress<AnalysisProgress>
    {
        public static Silence Instance { get; } = new();

        public void Report(AnalysisProgress value)
        {
        }
    }
}
