namespace CalcQuant.Service.Storage;

/// <summary>
/// Bytes of one stream that are received and not yet written, at most. One reader takes, any thread gives back. A message larger than the budget is
/// let through alone.
/// </summary>
/// <param name="limit">Bytes.</param>
internal sealed class ByteBudget(long limit)
{
    private readonly Lock _gate = new();
    private long _taken;
    private long _wanted;
    private TaskCompletionSource? _waiting;

    /// <summary>Takes bytes; waits until they fit.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing was taken.</exception>
    public async ValueTask TakeAsync(long count, CancellationToken cancellationToken)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            if (Fits(count))
            {
                _taken += count;
                return;
            }

            _wanted = count;
            _waiting = waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static (source, token) => ((TaskCompletionSource)source!).TrySetCanceled(token), waiting);
        await waiting.Task;
    }

    /// <summary>Gives bytes back.</summary>
    public void Give(long count)
    {
        lock (_gate)
        {
            _taken -= count;
            if (_waiting is { } waiting && Fits(_wanted))
            {
                _waiting = null;
                if (waiting.TrySetResult())
                {
                    _taken += _wanted;
                }
            }
        }
    }

    private bool Fits(long count) => _taken == 0 || _taken + count <= limit;
}
