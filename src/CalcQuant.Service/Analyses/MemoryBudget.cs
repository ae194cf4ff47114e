namespace CalcQuant.Service.Analyses;

/// <summary>
/// Bytes that analyses may use at once. What an analysis needs is known from its headers before anything is decoded; it waits until that much is
/// free. First come, first served: one that needs much is not overtaken for ever by those that need little.
/// </summary>
internal sealed class MemoryBudget
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private long _usedBytes;

    /// <summary>A budget that nothing uses yet.</summary>
    public MemoryBudget(long totalBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(totalBytes, 1);
        TotalBytes = totalBytes;
    }

    /// <summary>All bytes.</summary>
    public long TotalBytes { get; }

    /// <summary>Bytes in use.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_gate)
            {
                return _usedBytes;
            }
        }
    }

    /// <summary>True where so many bytes can be had, be it after some waiting.</summary>
    public bool CanHold(long bytes) => bytes <= TotalBytes;

    /// <summary>Waits for bytes; disposing gives them back.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than the budget could ever give, or a negative number.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async Task<IDisposable> AcquireAsync(long bytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, TotalBytes);
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter(this, bytes);
        lock (_gate)
        {
            _waiters.AddLast(waiter.Node);
            Grant();
        }

        await using (cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).Cancel(token), waiter))
        {
            await waiter.Granted.Task;
        }

        return waiter;
    }

    private void Grant()
    {
        while (_waiters.First is { } first && first.Value.Bytes <= TotalBytes - _usedBytes)
        {
            _waiters.RemoveFirst();
            _usedBytes += first.Value.Bytes;
            first.Value.Granted.SetResult();
        }
    }

    private sealed class Waiter : IDisposable
    {
        private readonly MemoryBudget _budget;
        private bool _isGivenBack;

        public Waiter(MemoryBudget budget, long bytes)
        {
            _budget = budget;
            Bytes = bytes;
            Node = new LinkedListNode<Waiter>(this);
        }

        public long Bytes { get; }

        public LinkedListNode<Waiter> Node { get; }

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Leaves the row; a waiter that was granted its bytes keeps them.</summary>
        public void Cancel(CancellationToken cancellationToken)
        {
            lock (_budget._gate)
            {
                if (Node.List is null)
                {
                    return;
                }

                _budget._waiters.Remove(Node);
                Granted.SetCanceled(cancellationToken);
                _budget.Grant();
            }
        }

        public void Dispose()
        {
            lock (_budget._gate)
            {
                if (!_isGivenBack)
                {
                    _isGivenBack = true;
                    _budget._usedBytes -= Bytes;
                    _budget.Grant();
                }
            }
        }
    }
}
