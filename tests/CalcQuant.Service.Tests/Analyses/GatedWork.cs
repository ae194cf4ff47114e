using System.Collections.Concurrent;
using CalcQuant.Analysis;
using CalcQuant.Service.Analyses;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Tests.Analyses;

/// <summary>Work that does nothing until it is told to, so that tests decide what happens when.</summary>
internal sealed class GatedWork : IAnalysisWork, IDisposable
{
    private readonly SemaphoreSlim _gate = new(0);
    private readonly SemaphoreSlim _begun = new(0);
    private int _running;

    /// <summary>Series in the order in which their analyses began.</summary>
    public ConcurrentQueue<string> Order { get; } = new();

    /// <summary>Most that ran at once.</summary>
    public int MostRunning { get; private set; }

    /// <summary>What an analysis does when it is let through; null for an empty report.</summary>
    public Func<AnalysisRow, AnalysisOutcome>? Outcome { get; set; }

    /// <summary>Waits until one more has begun.</summary>
    public async Task BegunAsync() => Assert.True(await _begun.WaitAsync(Patience.Limit), "No analysis began.");

    public void Dispose()
    {
        _gate.Dispose();
        _begun.Dispose();
    }

    /// <summary>Lets some end.</summary>
    public void Release(int count = 1) => _gate.Release(count);

    public PreparedAnalysis Prepare(AnalysisRow row, IProgress<AnalysisProgress> progress, CancellationToken cancellationToken) => new(new([], []), 1);

    public AnalysisOutcome Run(AnalysisRow row, PreparedAnalysis prepared, int threadCount, IProgress<AnalysisProgress> progress, CancellationToken cancellationToken)
    {
        lock (Order)
        {
            MostRunning = Math.Max(MostRunning, ++_running);
        }

        Order.Enqueue(row.SeriesInstanceUid);
        progress.Report(new AnalysisProgress("body", 0.5));
        _begun.Release();
        try
        {
            Assert.True(_gate.Wait(Patience.Limit, cancellationToken), "The analysis was not let through.");
        }
        finally
        {
            lock (Order)
            {
                _running--;
            }
        }

        return Outcome?.Invoke(row) ?? new AnalysisOutcome(AnalysisState.Succeeded) { Output = new V1.AnalysisOutput { Reports = { new V1.AnalysisReport { SeriesInstanceUid = row.SeriesInstanceUid } } } };
    }
}

/// <summary>The real work, held at one stage until the analysis is told to stop.</summary>
internal sealed class StageGate(AnalysisWork work, string stage) : IAnalysisWork
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the stage is reached.</summary>
    public Task Reached => _reached.Task;

    public PreparedAnalysis Prepare(AnalysisRow row, IProgress<AnalysisProgress> progress, CancellationToken cancellationToken) =>
        work.Prepare(row, new Gate(this, progress, cancellationToken), cancellationToken);

    public AnalysisOutcome Run(AnalysisRow row, PreparedAnalysis prepared, int threadCount, IProgress<AnalysisProgress> progress, CancellationToken cancellationToken) =>
        work.Run(row, prepared, threadCount, new Gate(this, progress, cancellationToken), cancellationToken);

    private sealed class Gate(StageGate owner, IProgress<AnalysisProgress> next, CancellationToken cancellationToken) : IProgress<AnalysisProgress>
    {
        public void Report(AnalysisProgress value)
        {
            next.Report(value);
            if (value.Stage == owner.Stage)
            {
                owner._reached.TrySetResult();
                Assert.True(cancellationToken.WaitHandle.WaitOne(Patience.Limit), "The analysis was not told to stop.");
            }
        }
    }

    private string Stage => stage;
}
