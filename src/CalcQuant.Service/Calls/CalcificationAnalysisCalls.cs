using System.Buffers;
using CalcQuant.Api;
using CalcQuant.Service.Analyses;
using CalcQuant.Service.Hosting;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Calls;

/// <summary>The calls of CalcificationAnalysisService: messages to and from <see cref="AcceptedAnalyses"/> and <see cref="AnalysisStore"/>.</summary>
internal sealed class CalcificationAnalysisCalls(
    AcceptedAnalyses accepted,
    AnalysisStore store,
    AnalysisFiles files,
    RegionCorrections corrections,
    ServiceOptions options,
    IHostApplicationLifetime lifetime,
    TimeProvider time) : V1.CalcificationAnalysisService.CalcificationAnalysisServiceBase
{
    /// <summary>Least time between two messages of progress within one stage.</summary>
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Bytes of an artifact in one message.</summary>
    private const int ChunkBytes = 128 << 10;

    /// <inheritdoc/>
    public override async Task AnalyzeSeries(V1.AnalyzeSeriesRequest request, IServerStreamWriter<V1.AnalyzeSeriesResponse> responseStream, ServerCallContext context)
    {
        ThrowIfStopping();
        AnalysisRequest parsed = AnalysisRequest.Parse(request.Series, request.Options, request.Artifacts);
        AcceptedAnalysis analysis = await accepted.AcceptAsync(parsed, CallClient.Of(context), isWanted: false, context.CancellationToken);
        if (analysis.Live is { } live)
        {
            try
            {
                await FollowAsync(analysis.Row, live, responseStream, context.CancellationToken);
            }
            finally
            {
                // While the service stops it is the service that ends the call: the analysis waits for the next start.
                if (!IsStopping)
                {
                    await accepted.LeaveAsync(live);
                }
            }
        }

        AnalysisRow row = accepted.Find(analysis.Row.Name).Row;
        var result = new V1.AnalysisResult { Analysis = ToMessage(row, null), Output = row.HasReport ? store.ReportOf(row.Id) : null };
        await responseStream.WriteAsync(new V1.AnalyzeSeriesResponse { Result = result }, context.CancellationToken);
        if (row.State != AnalysisState.Succeeded)
        {
            throw (row.Error ?? new ServiceError(ServiceErrorCode.Cancelled, "The analysis was cancelled.").ToMessage()).ToRpcException();
        }
    }

    /// <inheritdoc/>
    public override async Task<V1.StartAnalysisResponse> StartAnalysis(V1.StartAnalysisRequest request, ServerCallContext context)
    {
        ThrowIfStopping();
        AnalysisRequest parsed = AnalysisRequest.Parse(request.Series, request.Options, request.Artifacts);
        AcceptedAnalysis analysis = await accepted.AcceptAsync(parsed, CallClient.Of(context), isWanted: true, context.CancellationToken);
        return new V1.StartAnalysisResponse { Analysis = ToMessage(analysis.Row, analysis.Live) };
    }

    /// <inheritdoc/>
    public override Task<V1.GetAnalysisResponse> GetAnalysis(V1.GetAnalysisRequest request, ServerCallContext context)
    {
        AcceptedAnalysis analysis = accepted.Find(request.Name);
        return Task.FromResult(new V1.GetAnalysisResponse { Analysis = ToMessage(analysis.Row, analysis.Live) });
    }

    /// <inheritdoc/>
    public override async Task<V1.WaitAnalysisResponse> WaitAnalysis(V1.WaitAnalysisRequest request, ServerCallContext context)
    {
        TimeSpan? timeout = ToTimeout(request.Timeout);
        AcceptedAnalysis analysis = accepted.Find(request.Name);
        if (analysis.Live is { } live)
        {
            // Who waits, if only for a while, wants the result.
            live.Want();
            using var over = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
            if (timeout is { } limit)
            {
                over.CancelAfter(limit);
            }

            try
            {
                await EndAsync(live, over.Token);
            }
            catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
            {
                ThrowIfStopping();
            }
        }

        analysis = accepted.Find(request.Name);
        return new V1.WaitAnalysisResponse { Analysis = ToMessage(analysis.Row, analysis.Live) };
    }

    /// <inheritdoc/>
    public override async Task<V1.CancelAnalysisResponse> CancelAnalysis(V1.CancelAnalysisRequest request, ServerCallContext context)
    {
        AnalysisRow row = await accepted.CancelAsync(request.Name, context.CancellationToken);
        return new V1.CancelAnalysisResponse { Analysis = ToMessage(row, null) };
    }

    /// <inheritdoc/>
    public override Task<V1.ListAnalysesResponse> ListAnalyses(V1.ListAnalysesRequest request, ServerCallContext context)
    {
        AnalysisPage page = AnalysisPage.Parse(request);
        IReadOnlyList<AnalysisRow> rows = store.List(page.SeriesInstanceUid, page.States, page.Before, page.Size + 1);
        var response = new V1.ListAnalysesResponse { NextPageToken = rows.Count > page.Size ? page.TokenAfter(rows[page.Size - 1].Sequence) : string.Empty };
        response.Analyses.AddRange(rows.Take(page.Size).Select(row => ToMessage(row, accepted.LiveOf(row))));
        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override Task<V1.GetReportResponse> GetReport(V1.GetReportRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.GetReportResponse { Output = ReportOf(accepted.Find(request.Name).Row) });

    /// <inheritdoc/>
    public override async Task DownloadArtifact(V1.DownloadArtifactRequest request, IServerStreamWriter<V1.DownloadArtifactResponse> responseStream, ServerCallContext context)
    {
        if (!AnalysisRequest.TryMap(request.Kind, out ArtifactKinds? kind))
        {
            throw AnalysisRequest.InvalidRequest([new FieldViolation("kind", "This kind of artifact is not known.")]);
        }

        AnalysisRow row = accepted.Find(request.Name).Row;
        if (kind == ArtifactKinds.None)
        {
            V1.AnalysisOutput output = ReportOf(row).WithoutStageTimes();
            using var text = new MemoryStream();
            if (request.Kind == V1.ArtifactKind.Json)
            {
                ReportJson.Write(output, text);
            }
            else
            {
                ReportCsv.Write(output.Reports, text);
            }

            await SendAsync(
                responseStream,
                new V1.ArtifactFile
                {
                    FileName = request.Kind == V1.ArtifactKind.Json ? "report.json" : "report.csv",
                    MediaType = request.Kind == V1.ArtifactKind.Json ? "application/json" : "text/csv",
                    ByteCount = text.Length,
                    Sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(text.GetBuffer().AsSpan(0, (int)text.Length))),
                },
                Rewind(text),
                context.CancellationToken);
            return;
        }

        ThrowUnlessMade(row, kind.Value);
        foreach (ArtifactFile file in store.FilesOf(row.Id, kind.Value))
        {
            var start = new V1.ArtifactFile
            {
                FileName = file.Name,
                MediaType = kind == ArtifactKinds.Overlays ? "image/png" : "application/gzip",
                ByteCount = file.ByteCount,
                Sha256 = file.Sha256,
            };
            await using FileStream stream = Open(row, file);
            await SendAsync(responseStream, start, stream, context.CancellationToken);
        }
    }

    /// <inheritdoc/>
    public override async Task<V1.ReclassifyRegionResponse> ReclassifyRegion(V1.ReclassifyRegionRequest request, ServerCallContext context)
    {
        ThrowIfStopping();
        Reclassification parsed = Reclassification.Parse(request, CallClient.Of(context), isClientKnown: options.ClientCaPath is not null || options.ApiKeys.Count > 0);
        AnalysisRow row = accepted.Find(request.Name).Row;
        ThrowUnlessEnded(row);
        CorrectedReport corrected = await corrections.ReclassifyAsync(row.Id, parsed, context.CancellationToken);
        return new V1.ReclassifyRegionResponse { Analysis = ToMessage(corrected.Row, null), Report = corrected.Report, Correction = corrected.Applied };
    }

    private bool IsStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Sends progress until the analysis has ended: each change of stage, and within a stage the latest from time to time.</summary>
    private async Task FollowAsync(AnalysisRow row, LiveAnalysis live, IServerStreamWriter<V1.AnalyzeSeriesResponse> responses, CancellationToken cancellationToken)
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = lifetime.ApplicationStopping.Register(stopping.SetResult);
        V1.Analysis? sent = null;
        long sentAt = 0;
        while (true)
        {
            // Taken before the progress is looked at, so that no change is missed.
            Task changed = live.NextChange;
            Task stageChanged = live.NextStageChange;
            LiveProgress now = live.Progress;
            if (now.HasEnded)
            {
                return;
            }

            ThrowIfLeftBehind(live, now);
            V1.Analysis message = ToMessage(row, live);
            if (sent is not null && message.State == sent.State && message.Stage == sent.Stage)
            {
                TimeSpan left = ProgressInterval - time.GetElapsedTime(sentAt);
                Task next = message.Equals(sent) ? changed : left > TimeSpan.Zero ? Task.WhenAny(stageChanged, Task.Delay(left, time, cancellationToken)) : Task.CompletedTask;
                if (!next.IsCompleted)
                {
                    await (now.State == AnalysisState.Queued ? Task.WhenAny(next, stopping.Task) : next).WaitAsync(cancellationToken);
                    continue;
                }
            }

            await responses.WriteAsync(new V1.AnalyzeSeriesResponse { Progress = message }, cancellationToken);
            sent = message;
            sentAt = time.GetTimestamp();
        }
    }

    /// <summary>Waits until the analysis has ended.</summary>
    private async Task EndAsync(LiveAnalysis live, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed = live.NextStageChange;
            LiveProgress now = live.Progress;
            if (now.HasEnded)
            {
                return;
            }

            ThrowIfLeftBehind(live, now);
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Throws where this process will not end the analysis; it is on disk for the next.</summary>
    private void ThrowIfLeftBehind(LiveAnalysis live, LiveProgress now)
    {
        if (IsStopping && (now.State == AnalysisState.Queued || live.Closed.IsCompleted))
        {
            throw ShuttingDown();
        }

        if (live.Closed.IsCompleted)
        {
            throw new ServiceFault(new ServiceError(ServiceErrorCode.StoreUnavailable, "How the analysis ended could not be stored; it will run again."));
        }
    }

    private void ThrowIfStopping()
    {
        if (IsStopping)
        {
            throw ShuttingDown();
        }
    }

    private static ServiceFault ShuttingDown() => new(new ServiceError(ServiceErrorCode.ShuttingDown, "The service is shutting down; accepted analyses go on at its next start."));

    private V1.AnalysisOutput ReportOf(AnalysisRow row)
    {
        ThrowUnlessEnded(row);
        return (row.HasReport ? store.ReportOf(row.Id) : null)
            ?? throw new ServiceFault(new ServiceError(ServiceErrorCode.NoReport, "The analysis ended without a report.") { ResourceType = "calcquant.v1.Analysis", ResourceName = row.Name });
    }

    private static void ThrowUnlessEnded(AnalysisRow row)
    {
        if (!row.HasEnded)
        {
            throw new ServiceFault(new ServiceError(ServiceErrorCode.NotEnded, "The analysis has not ended yet.") { ResourceType = "calcquant.v1.Analysis", ResourceName = row.Name });
        }
    }

    private static void ThrowUnlessMade(AnalysisRow row, ArtifactKinds kind)
    {
        ThrowUnlessEnded(row);
        if (row.State != AnalysisState.Succeeded || !row.Artifacts.HasFlag(kind))
        {
            string explanation = row.State == AnalysisState.Succeeded ? "The analysis was not asked for this artifact." : "Nothing was measured that this artifact could show.";
            throw new ServiceFault(new ServiceError(ServiceErrorCode.ArtifactNotMade, explanation) { ResourceType = "calcquant.v1.Analysis", ResourceName = row.Name });
        }
    }

    private FileStream Open(AnalysisRow row, ArtifactFile file)
    {
        try
        {
            return new FileStream(files.PathOf(row.Id, file), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Deleted with its study a moment ago, or replaced by those of a correction; were it not, the file would be there.
            if (store.Find(row.Id) is not null)
            {
                throw new ServiceFault(ServiceErrorCode.StoreUnavailable, "The files were replaced by those of a correction; ask again.");
            }

            throw new ServiceFault(new ServiceError(ServiceErrorCode.UnknownAnalysis, "There is no such analysis.") { ResourceType = "calcquant.v1.Analysis", ResourceName = row.Name });
        }
    }

    /// <summary>Sends one file: its start goes with its first bytes. A slow client slows the reading down.</summary>
    private static async Task SendAsync(IServerStreamWriter<V1.DownloadArtifactResponse> responses, V1.ArtifactFile? start, Stream content, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            while (true)
            {
                int count = await content.ReadAtLeastAsync(buffer.AsMemory(0, ChunkBytes), ChunkBytes, throwOnEndOfStream: false, cancellationToken);
                if (count == 0 && start is null)
                {
                    return;
                }

                // The writer has copied the message when its task ends.
                await responses.WriteAsync(new V1.DownloadArtifactResponse { File = start, Data = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, count)) }, cancellationToken);
                start = null;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static MemoryStream Rewind(MemoryStream stream)
    {
        stream.Position = 0;
        return stream;
    }

    private static TimeSpan? ToTimeout(Duration? timeout)
    {
        if (timeout is null)
        {
            return null;
        }

        // More than this no timer takes, and no caller means.
        const double LongestSeconds = 24 * 3600;
        double seconds = timeout.Seconds + (timeout.Nanos / 1e9);
        return seconds >= 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, LongestSeconds))
            : throw AnalysisRequest.InvalidRequest([new FieldViolation("timeout", "A time to wait is 0 or more.")]);
    }

    private V1.Analysis ToMessage(AnalysisRow row, LiveAnalysis? live)
    {
        LiveProgress progress = live?.Progress ?? new LiveProgress(row.State, string.Empty, 0);
        if (progress.HasEnded && !row.HasEnded)
        {
            row = store.Find(row.Id) ?? row;
            progress = progress with { State = row.State };
        }

        var message = new V1.Analysis
        {
            Name = row.Name,
            Series = new V1.SeriesReference { SeriesInstanceUid = row.SeriesInstanceUid, ServerFolder = row.ServerFolder },
            State = (V1.AnalysisState)progress.State,
            Stage = progress.Stage,
            StageFraction = progress.Fraction,
            QueuePosition = live is not null && progress.State == AnalysisState.Queued ? accepted.PositionOf(live) : 0,
            Options = row.Options,
            CreateTime = Timestamp.FromDateTimeOffset(row.CreateTime),
            StartTime = ToTimestamp(progress.State == AnalysisState.Running ? live?.StartTime ?? row.StartTime : row.StartTime),
            EndTime = ToTimestamp(row.EndTime),
            Error = row.Error,
            AlgorithmVersion = row.AlgorithmVersion,
            CorrectionCount = row.CorrectionCount,
        };
        if (row.Artifacts.HasFlag(ArtifactKinds.LabelVolume))
        {
            message.Artifacts.Add(V1.ArtifactKind.LabelVolume);
        }

        if (row.Artifacts.HasFlag(ArtifactKinds.Overlays))
        {
            message.Artifacts.Add(V1.ArtifactKind.Overlays);
        }

        if (row.Artifacts.HasFlag(ArtifactKinds.BoneMask))
        {
            message.Artifacts.Add(V1.ArtifactKind.BoneMask);
        }

        return message;
    }

    private static Timestamp? ToTimestamp(DateTimeOffset? instant) => instant is { } known ? Timestamp.FromDateTimeOffset(known) : null;
}
