using CalcQuant.Service.Hosting;

namespace CalcQuant.Service.Storage;

/// <summary>
/// Removes studies that nobody used for long, and the longest unused ones when the store grows beyond its size. A study that an analysis waits for
/// or runs on stays.
/// </summary>
internal sealed class Retention(StudyStore store, StudyRemoval removal, ServiceOptions options, TimeProvider clock, ILogger<Retention> logger) : BackgroundService
{
    /// <summary>Between two looks. The first comes after as long, when analyses that waited through a restart hold their studies again.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    /// <summary>Looks once.</summary>
    /// <returns>Studies removed.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<StudyUse> studies = store.ListByUse(cancellationToken);
        long heldBytes = studies.Sum(study => study.ByteCount);
        long oldest = options.RetainFor is { } age ? (clock.GetUtcNow() - age).ToUnixTimeMilliseconds() : long.MinValue;
        long mostBytes = options.RetainBytes ?? long.MaxValue;
        int studyCount = 0;
        int instanceCount = 0;
        long byteCount = 0;
        foreach (StudyUse study in studies)
        {
            if (study.LastUseTime >= oldest && heldBytes <= mostBytes)
            {
                break;
            }

            if (await removal.RemoveAsync(study.StudyInstanceUid, evenIfInUse: false, cancellationToken) is { } removed)
            {
                studyCount++;
                instanceCount += removed.InstanceCount;
                byteCount += removed.ByteCount;
                heldBytes -= removed.ByteCount;
            }
        }

        if (studyCount > 0)
        {
            StorageLog.RetentionRemoved(logger, studyCount, instanceCount, byteCount);
        }

        if (heldBytes > mostBytes)
        {
            StorageLog.RetentionHeld(logger, heldBytes);
        }

        return studyCount;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.RetainFor is null && options.RetainBytes is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception exception) when (StorageFaults.IsStorage(exception))
            {
                StorageLog.RetentionFailed(logger, exception.GetType().Name);
            }
        }
    }
}
