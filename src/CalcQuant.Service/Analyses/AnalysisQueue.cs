namespace CalcQuant.Service.Analyses;

/// <summary>
/// Analyses that wait: bounded in all and per client, fair between clients (each in turn, first come first served within one), and taken only while
/// fewer than a given number run. Everything is in memory; what waits is on disk already (<see cref="AnalysisStore"/>).
/// </summary>
internal sealed class AnalysisQueue : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedList<LiveAnalysis>> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _reserved = new(StringComparer.Ordinal);
    private readonly LinkedList<string> _turns = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly int _maxQueued;
    private readonly int _maxQueuedPerClient;
    private int _reservedCount;
    private int _waitingCount;
    private int _runningCount;

    /// <summary>An empty queue.</summary>
    /// <param name="maxRunning">Analyses that run at once; at least 1.</param>
    /// <param name="maxQueued">Analyses that wait, at most.</param>
    /// <param name="maxQueuedPerClient">Of these, analyses of one client.</param>
    public AnalysisQueue(int maxRunning, int maxQueued, int maxQueuedPerClient)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRunning, 1);
        MaxRunning = maxRunning;
        _maxQueued = maxQueued;
        _maxQueuedPerClient = maxQueuedPerClient;
    }

    /// <summary>Analyses that run at once.</summary>
    public int MaxRunning { get; }

    /// <summary>Analyses that wait.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_gate)
            {
                return _waitingCount;
            }
        }
    }

    /// <summary>Analyses that run.</summary>
    public int RunningCount
    {
        get
        {
            lock (_gate)
            {
                return _runningCount;
            }
        }
    }

    /// <summary>True where an analysis that is queued now would run at once.</summary>
    public bool HasFreeTurn
    {
        get
        {
            lock (_gate)
            {
                return _runningCount + _waitingCount < MaxRunning;
            }
        }
    }

    /// <summary>
    /// Keeps a place, so that an analysis written to disk as accepted is sure of it. The caller gives it back by <see cref="Add"/> or
    /// <see cref="GiveBack"/>.
    /// </summary>
    /// <returns>False where the queue, or this client's part of it, is full.</returns>
    public bool TryReserve(string client)
    {
        lock (_gate)
        {
            int ofClient = _reserved.GetValueOrDefault(client) + (_waiting.TryGetValue(client, out LinkedList<LiveAnalysis>? own) ? own.Count : 0);
            if (_reservedCount + _waitingCount >= _maxQueued || ofClient >= _maxQueuedPerClient)
            {
                return false;
            }

            _reserved[client] = _reserved.GetValueOrDefault(client) + 1;
            _reservedCount++;
            return true;
        }
    }

    /// <summary>Gives a kept place back unused.</summary>
    public void GiveBack(string client)
    {
        lock (_gate)
        {
            TakeReservation(client);
        }
    }

    /// <summary>Puts an analysis on its kept place, at the end of its client's.</summary>
    public void Add(LiveAnalysis analysis)
    {
        lock (_gate)
        {
            TakeReservation(analysis.Client);
            Append(analysis);
        }

        Wake();
    }

    /// <summary>Puts an analysis that was accepted by an earlier process back, whatever the bounds are now.</summary>
    public void Restore(LiveAnalysis analysis)
    {
        lock (_gate)
        {
            Append(analysis);
        }

        Wake();
    }

    /// <summary>Takes an analysis out before its turn.</summary>
    /// <returns>False where it does not wait here.</returns>
    public bool Remove(LiveAnalysis analysis)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(analysis.Client, out LinkedList<LiveAnalysis>? own) || !own.Remove(analysis))
            {
                return false;
            }

            Shrink(analysis.Client, own);
            TellPositions();
            return true;
        }
    }

    /// <summary>Waits for the next analysis whose turn it is and for one of the running ones to end. The caller ends it with <see cref="Finish"/>.</summary>
    public async Task<LiveAnalysis> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryTake() is { } analysis)
            {
                return analysis;
            }

            await _changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Says that a taken analysis no longer uses its turn.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            _runningCount--;
        }

        Wake();
    }

    /// <summary>Analyses that begin before this one, were nothing to come after: those ahead in its client's row, and those of others that have as many turns before.</summary>
    /// <returns>0 where it is next, or does not wait.</returns>
    public int PositionOf(LiveAnalysis analysis)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(analysis.Client, out LinkedList<LiveAnalysis>? own))
            {
                return 0;
            }

            int ahead = 0;
            foreach (LiveAnalysis other in own)
            {
                if (other == analysis)
                {
                    return ahead + OthersBefore(analysis.Client, ahead);
                }

                ahead++;
            }

            return 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();

    private int OthersBefore(string client, int ownAhead)
    {
        int before = 0;
        bool isPast = false;
        foreach (string other in _turns)
        {
            if (other == client)
            {
                isPast = true;
                continue;
            }

            before += Math.Min(_waiting[other].Count, isPast ? ownAhead : ownAhead + 1);
        }

        return before;
    }

    private LiveAnalysis? TryTake()
    {
        lock (_gate)
        {
            if (_runningCount >= MaxRunning || _turns.First is not { } turn)
            {
                return null;
            }

            LinkedList<LiveAnalysis> own = _waiting[turn.Value];
            LiveAnalysis next = own.First!.Value;
            own.RemoveFirst();
            _turns.Remove(turn);
            _turns.AddLast(turn);
            Shrink(turn.Value, own);
            _runningCount++;
            TellPositions();
            return next;
        }
    }

    private void Append(LiveAnalysis analysis)
    {
        if (!_waiting.TryGetValue(analysis.Client, out LinkedList<LiveAnalysis>? own))
        {
            own = new LinkedList<LiveAnalysis>();
            _waiting.Add(analysis.Client, own);
            _turns.AddLast(analysis.Client);
        }

        own.AddLast(analysis);
        _waitingCount++;
    }

    /// <summary>Counts one less; a client that has nothing left loses its place in the turns.</summary>
    private void Shrink(string client, LinkedList<LiveAnalysis> own)
    {
        _waitingCount--;
        if (own.Count == 0)
        {
            _waiting.Remove(client);
            _turns.Remove(client);
        }
    }

    private void TakeReservation(string client)
    {
        int left = _reserved[client] - 1;
        _reservedCount--;
        if (left == 0)
        {
            _reserved.Remove(client);
        }
        else
        {
            _reserved[client] = left;
        }
    }

    private void TellPositions()
    {
        foreach (LiveAnalysis analysis in _waiting.Values.SelectMany(own => own))
        {
            analysis.TellPositionChanged();
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (_changed.CurrentCount == 0)
            {
                _changed.Release();
            }
        }
    }
}
