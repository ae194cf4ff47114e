using System.Collections.Concurrent;

namespace CalcQuant.Service.Storage;

/// <summary>
/// Threads for calls that wait for the disk. Several syncs at once share a commit of the file system's journal, and on threads of their own they
/// take none from the pool that serves the network.
/// </summary>
internal sealed class DiskThreads : IDisposable
{
    /// <summary>More gave nothing on the disks it was measured on.</summary>
    private const int ThreadCount = 8;

    private readonly BlockingCollection<Action> _work = [];

    /// <summary>Starts the threads.</summary>
    public DiskThreads()
    {
        for (int i = 0; i < ThreadCount; i++)
        {
            new Thread(Work) { IsBackground = true, Name = "disk" }.Start();
        }
    }

    /// <summary>Runs <paramref name="action"/> on one of the threads; its exception becomes the task's.</summary>
    public Task RunAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                action();
                done.SetResult();
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        return done.Task;
    }

    /// <summary>Lets the threads end after the work they have.</summary>
    public void Dispose() => _work.CompleteAdding();

    private void Work()
    {
        foreach (Action action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }
}
