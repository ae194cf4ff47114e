using System.Diagnostics;
using CalcQuant.Analysis;

namespace CalcQuant.Service.Analyses;

/// <summary>Why a running analysis is to stop.</summary>
internal enum StopReason
{
    /// <summary>It is not.</summary>
    None = 0,

    /// <summary>It was cancelled, or its study is deleted: its row says so already.</summary>
    Cancelled = 1,

    /// <summary>The service shuts down: it goes back to the queue on disk.</summary>
    ShuttingDown = 2,
}

/// <summary>Where an analysis that has not ended is now.</summary>
/// <param name="State">State.</param>
/// <param name="Stage">Running stage; empty unless it runs.</param>
/// <param name="Fraction">Done part of the stage, 0 to 1.</param>
internal readonly record struct LiveProgress(AnalysisState State, string Stage, double Fraction)
{
    /// <summary>True where nothing will change any more.</summary>
    public bool HasEnded => State is not (AnalysisState.Queued or AnalysisState.Running);
}

/// <summary>
/// An analysis that waits or runs, in memory: its latest progress, who watches it, and how to stop it. Only the latest progress is kept, so a slow
/// watcher never has a backlog.
/// </summary>
internal sealed class LiveAnalysis : IProgress<AnalysisProgress>, IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly List<(string Stage, TimeSpan Duration)> _stageTimes = [];
    private LiveProgress _progress = new(AnalysisState.Queued, string.Empty, 0);
    private TaskCompletionSource? _changed;
    private TaskCompletionSource? _stageChanged;
    private long _stageStart;
    private int _watcherCount;
    private bool _isWanted;
    private bool _isClosed;

    /// <summary>An analysis that waits.</summary>
    /// <param name="row">As accepted.</param>
    /// <param name="time">Measures stages.</param>
    public LiveAnalysis(AnalysisRow row, TimeProvider time)
    {
        Row = row;
        _time = time;
        _isWanted = row.IsWanted;
    }

    /// <summary>As accepted.</summary>
    public AnalysisRow Row { get; }

    /// <summary>Id.</summary>
    public string Id => Row.Id;

    /// <summary>Whose it is.</summary>
    public string Client => Row.Client;

    /// <summary>Told of each stage that begins, while the lock is held; for traces.</summary>
    public Action<string>? StageBegan { get; set; }

    /// <summary>What was found out about the files when the analysis was accepted, where it is to run at once; spares reading the headers twice.</summary>
    public PreparedAnalysis? Prepared { get; set; }

    /// <summary>The trace of the call that asked first; default where there is none.</summary>
    public ActivityContext Origin { get; init; } = Activity.Current?.Context ?? default;

    /// <summary>When it last began to run here; null while it waits.</summary>
    public DateTimeOffset? StartTime { get; private set; }

    /// <summary>Cancelled where the work is to stop.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Why.</summary>
    public StopReason StopReason { get; private set; }

    /// <summary>Completes when the analysis is out of memory: its work has stopped and its row says how it ended or that it waits.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Where it is now.</summary>
    public LiveProgress Progress
    {
        get
        {
            lock (_gate)
            {
                return _progress;
            }
        }
    }

    /// <summary>Callers that watch.</summary>
    public int WatcherCount
    {
        get
        {
            lock (_gate)
            {
                return _watcherCount;
            }
        }
    }

    /// <summary>How long each ended stage took, in their order.</summary>
    public IReadOnlyList<(string Stage, TimeSpan Duration)> StageTimes
    {
        get
        {
            lock (_gate)
            {
                return [.. _stageTimes];
            }
        }
    }

    /// <summary>Completes at the next change of anything. Take it before <see cref="Progress"/>, so that no change is missed.</summary>
    public Task NextChange
    {
        get
        {
            lock (_gate)
            {
                return NextOf(ref _changed);
            }
        }
    }

    /// <summary>Completes at the next change of state or stage.</summary>
    public Task NextStageChange
    {
        get
        {
            lock (_gate)
            {
                return NextOf(ref _stageChanged);
            }
        }
    }

    /// <summary>The analysis runs now.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (!_progress.HasEnded)
            {
                StartTime = _time.GetUtcNow();
                Change(new LiveProgress(AnalysisState.Running, string.Empty, 0));
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Called from several threads: within a stage the fraction only grows.</remarks>
    public void Report(AnalysisProgress value)
    {
        lock (_gate)
        {
            if (_progress.State != AnalysisState.Running)
            {
                return;
            }

            bool isNewStage = value.Stage != _progress.Stage;
            if (isNewStage || value.Fraction > _progress.Fraction)
            {
                Change(new LiveProgress(AnalysisState.Running, value.Stage, Math.Clamp(value.Fraction, 0, 1)));
            }
        }
    }

    /// <summary>Its row says that it has ended; what is still being computed no longer counts.</summary>
    public void End(AnalysisState state)
    {
        lock (_gate)
        {
            if (!_progress.HasEnded)
            {
                Change(new LiveProgress(state, string.Empty, 0));
            }
        }
    }

    /// <summary>Its work is over and it leaves memory.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Complete(ref _changed);
            Complete(ref _stageChanged);
        }

        _closed.TrySetResult();
    }

    /// <summary>Asks the work to stop, wherever it is. The first reason stays.</summary>
    public void Stop(StopReason reason)
    {
        lock (_gate)
        {
            if (StopReason != StopReason.None)
            {
                return;
            }

            StopReason = reason;
        }

        // Not under the lock: the token's callbacks are somebody else's code.
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Its work came to its end meanwhile.
        }
    }

    /// <summary>Somebody wants the result, whether or not they stay to see it.</summary>
    public void Want()
    {
        lock (_gate)
        {
            _isWanted = true;
        }
    }

    /// <summary>Somebody watches, until <see cref="Unwatch"/>.</summary>
    public void Watch()
    {
        lock (_gate)
        {
            _watcherCount++;
        }
    }

    /// <summary>A watcher left.</summary>
    /// <returns>True where nobody is left who wants the result.</returns>
    public bool Unwatch()
    {
        lock (_gate)
        {
            _watcherCount--;
            return _watcherCount == 0 && !_isWanted;
        }
    }

    /// <summary>Its place in the queue is another.</summary>
    public void TellPositionChanged()
    {
        lock (_gate)
        {
            Complete(ref _changed);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private void Change(LiveProgress next)
    {
        bool isStageChange = next.Stage != _progress.Stage || next.State != _progress.State;
        if (isStageChange)
        {
            EndStage();
            _stageStart = _time.GetTimestamp();
            StageBegan?.Invoke(next.Stage);
        }

        _progress = next;
        Complete(ref _changed);
        if (isStageChange)
        {
            Complete(ref _stageChanged);
        }
    }

    private void EndStage()
    {
        if (_progress.Stage.Length > 0)
        {
            _stageTimes.Add((_progress.Stage, _time.GetElapsedTime(_stageStart)));
        }
    }

    private Task NextOf(ref TaskCompletionSource? source)
    {
        if (_isClosed)
        {
            return Task.CompletedTask;
        }

        source ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return source.Task;
    }

    private static void Complete(ref TaskCompletionSource? source)
    {
        source?.TrySetResult();
        source = null;
    }
}
