namespace CalcQuant.Service.Hosting;

/// <summary>Counts the calls that are open and lets them end when the service goes down.</summary>
internal sealed class Draining : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _cutOff = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _openCount;

    /// <summary>True from the signal to stop on: no new call is let in.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Cancelled when the time to end calls is over.</summary>
    public CancellationToken CutOff => _cutOff.Token;

    /// <summary>Counts a call in; false once draining has begun.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (HasBegun)
            {
                return false;
            }

            _openCount++;
            return true;
        }
    }

    /// <summary>Counts a call out.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _openCount--;
            if (HasBegun && _openCount == 0)
            {
                _empty.TrySetResult();
            }
        }
    }

    /// <summary>Lets no new call in.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            HasBegun = true;
            if (_openCount == 0)
            {
                _empty.TrySetResult();
            }
        }
    }

    /// <summary>Waits until every call has ended, cancels the rest when the time is over, and gives those a moment to say so.</summary>
    /// <returns>Calls that had to be cancelled.</returns>
    public async Task<int> EndAsync(TimeSpan timeout, TimeSpan grace, TimeProvider time)
    {
        if (await IsEmptyWithinAsync(timeout, time))
        {
            return 0;
        }

        int rest;
        lock (_lock)
        {
            rest = _openCount;
        }

        await _cutOff.CancelAsync();
        await IsEmptyWithinAsync(grace, time);
        return rest;
    }

    /// <inheritdoc/>
    public void Dispose() => _cutOff.Dispose();

    private async Task<bool> IsEmptyWithinAsync(TimeSpan timeout, TimeProvider time)
    {
        try
        {
            await _empty.Task.WaitAsync(timeout, time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
