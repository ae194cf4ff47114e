using CalcQuant.Api;
using Microsoft.Data.Sqlite;

namespace CalcQuant.Service.Analyses;

/// <summary>
/// Runs analyses from the queue until the service stops. A failure, be it a bug or a lack of memory, is the end of that analysis alone. At an orderly
/// stop nothing new begins, what runs may end until the host's patience does, and the rest goes back to the queue on disk.
/// </summary>
internal sealed class AnalysisRunner : BackgroundService
{
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(30);

    private readonly AcceptedAnalyses _accepted;
    private readonly AnalysisStore _store;
    private readonly AnalysisQueue _queue;
    private readonly MemoryBudget _budget;
    private readonly AnalysisFiles _files;
    private readonly IAnalysisWork _work;
    private readonly AnalysisMetrics _metrics;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger<AnalysisRunner> _logger;
    private readonly HashSet<(LiveAnalysis Analysis, Task Run)> _running = [];
    private readonly Lock _gate = new();

    /// <summary>A runner that does not run yet.</summary>
    public AnalysisRunner(
        AcceptedAnalyses accepted,
        AnalysisStore store,
        AnalysisQueue queue,
        MemoryBudget budget,
        AnalysisFiles files,
        IAnalysisWork work,
        AnalysisMetrics metrics,
        IHostApplicationLifetime lifetime,
        TimeProvider time,
        ILogger<AnalysisRunner> logger)
    {
        _accepted = accepted;
        _store = store;
        _queue = queue;
        _budget = budget;
        _files = files;
        _work = work;
        _metrics = metrics;
        _lifetime = lifetime;
        _time = time;
        _logger = logger;
        ThreadCount = Math.Max(1, Environment.ProcessorCount / queue.MaxRunning);
    }

    /// <summary>Threads of each analysis: its share of the processors.</summary>
    public int ThreadCount { get; }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the first call can be answered: whoever asks for an accepted analysis finds it.
        int count = await _accepted.RecoverAsync(cancellationToken);
        if (count > 0)
        {
            AnalysisLog.Recovered(_logger, count);
        }

        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(CancellationToken.None);
        Task all = Task.WhenAll(Running().Select(entry => entry.Run));
        try
        {
            await all.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            foreach ((LiveAnalysis analysis, _) in Running())
            {
                analysis.Stop(StopReason.ShuttingDown);
            }

            await all;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host stops its web server first and waits for open calls; nothing may begin meanwhile.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _lifetime.ApplicationStopping);
        try
        {
            while (true)
            {
                LiveAnalysis analysis = await _queue.TakeAsync(stopping.Token);
                lock (_gate)
                {
                    Task run = Task.Run(() => RunAsync(analysis), CancellationToken.None);
                    (LiveAnalysis, Task) entry = (analysis, run);
                    _running.Add(entry);
                    run.ContinueWith(_ => Forget(entry), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    private (LiveAnalysis Analysis, Task Run)[] Running()
    {
        lock (_gate)
        {
            return [.. _running];
        }
    }

    private void Forget((LiveAnalysis Analysis, Task Run) entry)
    {
        lock (_gate)
        {
            _running.Remove(entry);
        }
    }

    private async Task RunAsync(LiveAnalysis analysis)
    {
        bool hasEnded = true;
        using AnalysisMetrics.AnalysisTrace trace = _metrics.Trace(analysis);
        try
        {
            AnalysisOutcome? outcome = await ComputeAsync(analysis);
            outcome = outcome is null ? null : outcome with { StageTimes = analysis.StageTimes };
            if (outcome is null)
            {
                hasEnded = analysis.StopReason != StopReason.ShuttingDown;
                if (!hasEnded)
                {
                    await CommitAsync(() => _store.RequeueAsync(analysis.Id, CancellationToken.None));
                    AnalysisLog.Requeued(_logger, analysis.Id);
                }
            }
            else if (await CommitAsync(() => _store.TryEndAsync(analysis.Id, outcome, CancellationToken.None)))
            {
                analysis.End(outcome.State);
                AnalysisLog.Ended(_logger, analysis.Id, outcome.State, outcome.Error?.Reason ?? "OK");
                trace.End(outcome);
            }
            else
            {
                // Cancelled or deleted at the last moment: that came first.
                _files.Delete(analysis.Id);
            }
        }
        catch (Exception exception)
        {
            // The row still says that it runs: the next start takes it up.
            hasEnded = false;
            AnalysisLog.NotStored(_logger, analysis.Id, exception.GetType().Name);
        }
        finally
        {
            _queue.Finish();
            await _accepted.RetireAsync(analysis, hasEnded);
        }
    }

    /// <summary>The work itself.</summary>
    /// <returns>Null where it was stopped.</returns>
    private async Task<AnalysisOutcome?> ComputeAsync(LiveAnalysis analysis)
    {
        IDisposable? memory = null;
        try
        {
            CancellationToken stopping = analysis.Stopping;
            if (analysis.Row.MemoryBytes is { } known)
            {
                if (!_budget.CanHold(known))
                {
                    // Accepted by an earlier process with a larger budget.
                    return AnalysisOutcome.Failed(AcceptedAnalyses.TooLarge().ToMessage());
                }

                memory = await _budget.AcquireAsync(known, stopping);
            }

            if (!await CommitAsync(() => _store.TryBeginAsync(analysis.Id, stopping)))
            {
                return null;
            }

            analysis.Begin();
            AnalysisLog.Began(_logger, analysis.Id, analysis.Row.Attempts + 1);
            PreparedAnalysis prepared = analysis.Prepared ?? await OnOwnThread(() => _work.Prepare(analysis.Row, analysis, stopping));
            analysis.Prepared = null;
            if (prepared.Key is { } key)
            {
                await CommitAsync(() => _store.PrepareAsync(analysis.Id, key, prepared.MemoryBytes, stopping));
            }

            if (memory is null)
            {
                if (prepared.Equal is { } equal)
                {
                    return equal;
                }

                if (!_budget.CanHold(prepared.MemoryBytes))
                {
                    return AnalysisOutcome.Failed(AcceptedAnalyses.TooLarge().ToMessage());
                }

                analysis.Report(new CalcQuant.Analysis.AnalysisProgress("waiting for memory", 0));
                memory = await _budget.AcquireAsync(prepared.MemoryBytes, stopping);
            }

            return await OnOwnThread(() => _work.Run(analysis.Row, prepared, ThreadCount, analysis, stopping));
        }
        catch (Exception exception) when (analysis.StopReason != StopReason.None && IsCancellation(exception))
        {
            return null;
        }
        catch (ServiceFault fault)
        {
            return AnalysisOutcome.Failed(fault.Error.ToMessage());
        }
        catch (Exception exception) when (IsOutOfMemory(exception))
        {
            AnalysisLog.OutOfMemory(_logger, analysis.Id);
            return AnalysisOutcome.Failed(new ServiceError(ServiceErrorCode.SeriesTooLarge, "The memory of the service was exhausted during this analysis.").ToMessage());
        }
        catch (Exception exception)
        {
            // No message: it may hold a path or a value of a header.
            Exception cause = exception is AggregateException { InnerExceptions: [{ } first, ..] } ? first : exception;
            AnalysisLog.Crashed(_logger, analysis.Id, cause.GetType().FullName ?? cause.GetType().Name, cause.StackTrace ?? string.Empty);
            return AnalysisOutcome.Failed(new ServiceError(ServiceErrorCode.Internal, "The analysis failed because of an error in the service.").ToMessage());
        }
        finally
        {
            memory?.Dispose();
        }
    }

    /// <summary>Work of seconds to minutes does not belong to the thread pool, which answers the calls.</summary>
    public static Task<T> OnOwnThread<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    /// <summary>Writes to the database; where the disk is full or fails, again and again until it works or the service stops.</summary>
    private async Task<T> CommitAsync<T>(Func<Task<T>> write)
    {
        for (TimeSpan delay = TimeSpan.FromMilliseconds(250); ; delay = delay * 2 < LongestRetryDelay ? delay * 2 : LongestRetryDelay)
        {
            try
            {
                return await write();
            }
            catch (SqliteException exception) when (!_lifetime.ApplicationStopping.IsCancellationRequested)
            {
                AnalysisLog.StoreFailed(_logger, exception.SqliteErrorCode);
                await Task.Delay(delay, _time, _lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private Task<bool> CommitAsync(Func<Task> write) => CommitAsync(async () =>
    {
        await write();
        return true;
    });

    private static bool IsCancellation(Exception exception) =>
        exception is OperationCanceledException || (exception is AggregateException aggregate && aggregate.Flatten().InnerExceptions.All(IsCancellation));

    private static bool IsOutOfMemory(Exception exception) =>
        exception is OutOfMemoryException || (exception is AggregateException aggregate && aggregate.Flatten().InnerExceptions.Any(IsOutOfMemory));
}
