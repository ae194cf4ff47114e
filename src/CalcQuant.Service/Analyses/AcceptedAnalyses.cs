using System.Collections.Concurrent;
using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Service.Hosting;
using CalcQuant.Service.Storage;

namespace CalcQuant.Service.Analyses;

/// <summary>An analysis as a caller gets it: stored, and live where it has not ended.</summary>
/// <param name="Row">As stored.</param>
/// <param name="Live">Null where it has ended.</param>
internal readonly record struct AcceptedAnalysis(AnalysisRow Row, LiveAnalysis? Live);

/// <summary>
/// The analyses that were accepted and have not ended: accepts them, finds equal ones, cancels them, deletes those of a study. Accepted means stored:
/// when <see cref="AcceptAsync"/> answers, the analysis survives a crash.
/// </summary>
internal sealed class AcceptedAnalyses(
    AnalysisStore store,
    AnalysisQueue queue,
    MemoryBudget budget,
    AnalysisFiles files,
    AnalysisInput input,
    StudyStore studies,
    RegionCorrections corrections,
    TimeProvider time,
    ILogger<AcceptedAnalyses> logger) : IStudyDeletion, IDisposable
{
    /// <summary>When to ask again where the queue is full; an analysis takes seconds to a few minutes.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, LiveAnalysis> _live = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ImmutableArray<IDisposable>> _pins = new(StringComparer.Ordinal);

    /// <summary>Held while an analysis is stored, joined or abandoned, so that nobody joins what is being given up.</summary>
    private readonly SemaphoreSlim _accepting = new(1, 1);

    /// <summary>Headers are read for one caller at a time; analyses need the processors.</summary>
    private readonly SemaphoreSlim _reading = new(1, 1);

    /// <summary>Accepts an analysis, or gives an equal one.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="isWanted">True where the caller wants it without staying; false where it watches and calls <see cref="LeaveAsync"/>.</param>
    /// <param name="cancellationToken">Stops until the analysis is stored, not later.</param>
    /// <exception cref="ServiceFault">UnknownSeries, FolderNotAllowed, UnsuitableMask, UnknownInstance, SeriesTooLarge, QueueFull.</exception>
    public async Task<AcceptedAnalysis> AcceptAsync(AnalysisRequest request, ClientIdentity client, bool isWanted, CancellationToken cancellationToken)
    {
        if (!queue.TryReserve(client.Name))
        {
            // Somebody may ask for what is there already.
            return await FindEqualAsync(request, isWanted, cancellationToken) ?? throw QueueIsFull();
        }

        bool isPlaceUsed = false;
        var pins = new List<IDisposable>();
        try
        {
            BoneMaskInput? mask = await ReadMaskAsync(request, cancellationToken);
            AnalysisRow row = NewRow(request, client, isWanted, mask);
            PreparedAnalysis? prepared = null;
            if (request.ServerFolder.Length == 0)
            {
                IReadOnlyList<StoredSeriesInstance> instances = await PinnedInstancesOfAsync(request.SeriesInstanceUid, pins, cancellationToken);
                row = Identify(row, instances);
                if (await JoinEqualAsync(row, isWanted, cancellationToken) is { } equal)
                {
                    return equal;
                }

                prepared = await PrepareAsync(row, instances, cancellationToken);
                row = row with { MemoryBytes = prepared.MemoryBytes + (mask?.MemoryBytes ?? 0) };
                if (!budget.CanHold(row.MemoryBytes.Value))
                {
                    throw new ServiceFault(TooLarge());
                }
            }
            else
            {
                input.ThrowUnlessAllowed(request.ServerFolder);
            }

            await _accepting.WaitAsync(cancellationToken);
            try
            {
                // Another caller may have come first while the headers were read.
                if (await TryJoinAsync(FindEqual(row), isWanted, cancellationToken) is { } equal)
                {
                    return equal;
                }

                if (mask is not null)
                {
                    files.KeepMask(mask.Sha256, mask.Bytes.Span);
                }

                row = await store.AddAsync(row, cancellationToken);
                LiveAnalysis live = Register(row, pins);
                pins.Clear();
                if (!isWanted)
                {
                    live.Watch();
                }

                // Headers of analyses that wait long would fill the memory; those are read again.
                live.Prepared = queue.HasFreeTurn ? prepared : null;
                AnalysisLog.Accepted(logger, row.Id);
                isPlaceUsed = true;
                queue.Add(live);
                return new AcceptedAnalysis(row, live);
            }
            finally
            {
                _accepting.Release();
            }
        }
        finally
        {
            if (!isPlaceUsed)
            {
                queue.GiveBack(client.Name);
            }

            pins.ForEach(pin => pin.Dispose());
        }
    }

    /// <summary>An analysis by its resource name.</summary>
    /// <exception cref="ServiceFault">UnknownAnalysis.</exception>
    public AcceptedAnalysis Find(string name)
    {
        if (AnalysisNames.TryParse(name, out string? id))
        {
            // First the live one: were it the other way round, an analysis could end between the two and look as if it ran.
            LiveAnalysis? live = _live.GetValueOrDefault(id);
            if (store.Find(id) is { } row)
            {
                return new AcceptedAnalysis(row, row.HasEnded ? null : live);
            }
        }

        throw new ServiceFault(new ServiceError(ServiceErrorCode.UnknownAnalysis, "There is no such analysis.") { ResourceType = "calcquant.v1.Analysis", ResourceName = AnalysisNames.TryParse(name, out _) ? name : null });
    }

    /// <summary>The live analysis of a row, where it has not ended.</summary>
    public LiveAnalysis? LiveOf(AnalysisRow row) => row.HasEnded ? null : _live.GetValueOrDefault(row.Id);

    /// <summary>Place in the queue; 0 where it does not wait.</summary>
    public int PositionOf(LiveAnalysis live) => queue.PositionOf(live);

    /// <summary>Cancels an analysis, whatever it is doing; one that has ended stays as it is.</summary>
    /// <returns>As stored afterwards.</returns>
    public async Task<AnalysisRow> CancelAsync(string name, CancellationToken cancellationToken)
    {
        AcceptedAnalysis analysis = Find(name);
        if (!analysis.Row.HasEnded)
        {
            await CancelAsync(analysis.Row.Id, _live.GetValueOrDefault(analysis.Row.Id), cancellationToken);
        }

        return store.Find(analysis.Row.Id) ?? analysis.Row with { State = AnalysisState.Cancelled };
    }

    /// <summary>A watcher leaves early: where nobody else wants the analysis, it is cancelled.</summary>
    public async Task LeaveAsync(LiveAnalysis live)
    {
        bool isCancelled;
        await _accepting.WaitAsync(CancellationToken.None);
        try
        {
            isCancelled = live.Unwatch() && await TryCancelRowAsync(live.Id, live, CancellationToken.None);
        }
        finally
        {
            _accepting.Release();
        }

        // Only now: where the analysis waited, its mask may go, which takes the same turn.
        if (isCancelled)
        {
            await StopAsync(live);
        }
    }

    /// <summary>Puts back what an earlier process left, oldest first.</summary>
    /// <returns>How many.</returns>
    public async Task<int> RecoverAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<AnalysisRow> rows = await store.RecoverAsync(cancellationToken);
        files.RemoveLeftovers(store);
        foreach (AnalysisRow row in rows)
        {
            var pins = new List<IDisposable>();
            if (row.StudyInstanceUid is { } study && await studies.PinAsync(study, cancellationToken) is { } pin)
            {
                pins.Add(pin);
            }

            queue.Restore(Register(row, pins));
        }

        return rows.Length;
    }

    /// <summary>An analysis has left the queue and its work is over: it leaves memory, and what only it needed is deleted.</summary>
    public async Task RetireAsync(LiveAnalysis live, bool hasEnded)
    {
        _live.TryRemove(live.Id, out _);
        if (_pins.TryRemove(live.Id, out ImmutableArray<IDisposable> pins))
        {
            foreach (IDisposable pin in pins)
            {
                pin.Dispose();
            }
        }

        try
        {
            if (hasEnded && live.Row.MaskSha256 is { } mask)
            {
                await DropMaskUnlessNeededAsync(mask);
            }
        }
        finally
        {
            // Whatever became of the mask: others wait for it.
            live.Close();
            live.Dispose();
        }
    }

    /// <inheritdoc/>
    public async Task<int> DeletingAsync(string studyInstanceUid, CancellationToken cancellationToken)
    {
        int deletedCount = 0;
        var masks = new HashSet<string>(StringComparer.Ordinal);

        // What was pinned just before the study began to go may be stored only now.
        while (store.OfStudy(studyInstanceUid) is { Count: > 0 } ids)
        {
            foreach (string id in ids)
            {
                if (store.Find(id)?.MaskSha256 is { } mask)
                {
                    masks.Add(mask);
                }

                await corrections.StopAsync(id);
                LiveAnalysis? live = _live.GetValueOrDefault(id);
                await CancelAsync(id, live, cancellationToken);
                if (live is not null)
                {
                    await live.Closed.WaitAsync(cancellationToken);
                }
            }

            deletedCount += await store.DeleteAsync(ids, cancellationToken);
            foreach (string id in ids)
            {
                files.Delete(id);
            }
        }

        foreach (string mask in masks)
        {
            await DropMaskUnlessNeededAsync(mask);
        }

        return deletedCount;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _accepting.Dispose();
        _reading.Dispose();
    }

    /// <summary>Why a series cannot be analysed here at all.</summary>
    public static ServiceError TooLarge() => new(ServiceErrorCode.SeriesTooLarge, "The series needs more memory than the service may use for all analyses together.");

    private static ServiceFault QueueIsFull() => new(new ServiceError(ServiceErrorCode.QueueFull, "Too many analyses wait already.") { RetryAfter = RetryAfter });

    private static AnalysisRow NewRow(AnalysisRequest request, ClientIdentity client, bool isWanted, BoneMaskInput? mask) => new()
    {
        Id = AnalysisNames.NewId(),
        Client = client.Name,
        SeriesInstanceUid = request.SeriesInstanceUid,
        ServerFolder = request.ServerFolder,
        Options = request.Options,
        MaskSha256 = mask?.Sha256,
        MaskFormat = mask is null ? BoneMaskFormat.None : request.MaskFormat,
        Artifacts = request.Artifacts,
        AlgorithmVersion = AnalysisReport.CurrentAlgorithmVersion,
        IsWanted = isWanted,
    };

    /// <summary>Adds what the files of a stored series say.</summary>
    private static AnalysisRow Identify(AnalysisRow row, IReadOnlyList<StoredSeriesInstance> instances)
    {
        FileHashes hashes = FileHashes.Of(instances.Select(instance => instance.Sha256));
        return row with
        {
            StudyInstanceUid = instances[0].StudyInstanceUid,
            Files = hashes,
            Key = AnalysisKey.Of(hashes, row.SeriesInstanceUid, row.Options, row.MaskSha256, row.AlgorithmVersion),
        };
    }

    /// <summary>The instances of a series, kept from deletion by retention.</summary>
    private async Task<IReadOnlyList<StoredSeriesInstance>> PinnedInstancesOfAsync(string seriesInstanceUid, List<IDisposable> pins, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredSeriesInstance> instances = studies.InstancesOf(seriesInstanceUid, cancellationToken);
        foreach (string study in instances.Select(instance => instance.StudyInstanceUid).Distinct(StringComparer.Ordinal))
        {
            pins.Add(await studies.PinAsync(study, cancellationToken) ?? throw AnalysisInput.NoSuchSeries());
        }

        // Once more: some may have gone before the study was pinned.
        instances = instances.Count == 0 ? instances : studies.InstancesOf(seriesInstanceUid, cancellationToken);
        return instances.Count == 0 ? throw AnalysisInput.NoSuchSeries() : instances;
    }

    private async Task<BoneMaskInput?> ReadMaskAsync(AnalysisRequest request, CancellationToken cancellationToken)
    {
        if (request.MaskFormat == BoneMaskFormat.None)
        {
            return null;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => input.ReadMask(request, cancellationToken), cancellationToken);
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task<PreparedAnalysis> PrepareAsync(AnalysisRow row, IReadOnlyList<StoredSeriesInstance> instances, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => AnalysisInput.PrepareStored(row, instances, progress: null, cancellationToken), cancellationToken);
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task<AcceptedAnalysis?> FindEqualAsync(AnalysisRequest request, bool isWanted, CancellationToken cancellationToken)
    {
        BoneMaskInput? mask = await ReadMaskAsync(request, cancellationToken);
        AnalysisRow row = NewRow(request, new ClientIdentity(string.Empty), isWanted, mask);
        if (request.ServerFolder.Length == 0)
        {
            IReadOnlyList<StoredSeriesInstance> instances = studies.InstancesOf(request.SeriesInstanceUid, cancellationToken);
            row = instances.Count == 0 ? throw AnalysisInput.NoSuchSeries() : Identify(row, instances);
        }
        else
        {
            input.ThrowUnlessAllowed(request.ServerFolder);
        }

        return await JoinEqualAsync(row, isWanted, cancellationToken);
    }

    private async Task<AcceptedAnalysis?> JoinEqualAsync(AnalysisRow row, bool isWanted, CancellationToken cancellationToken)
    {
        await _accepting.WaitAsync(cancellationToken);
        try
        {
            return await TryJoinAsync(FindEqual(row), isWanted, cancellationToken);
        }
        finally
        {
            _accepting.Release();
        }
    }

    private AnalysisRow? FindEqual(AnalysisRow row) => row.Key is { } key ? store.FindEqual(key, row.Artifacts) : store.FindUnread(row);

    /// <summary>Joins an equal analysis. To be called with <see cref="_accepting"/> held.</summary>
    private async Task<AcceptedAnalysis?> TryJoinAsync(AnalysisRow? equal, bool isWanted, CancellationToken cancellationToken)
    {
        if (equal is null)
        {
            return null;
        }

        LiveAnalysis? live = LiveOf(equal);
        if (live is null || live.Progress.HasEnded)
        {
            // It may have ended a moment ago.
            equal = store.Find(equal.Id);
            return equal is { HasReport: true } ? new AcceptedAnalysis(equal, null) : null;
        }

        if (isWanted)
        {
            await store.WantAsync(equal.Id, cancellationToken);
            live.Want();
        }
        else
        {
            live.Watch();
        }

        AnalysisLog.Joined(logger, equal.Id);
        return new AcceptedAnalysis(equal, live);
    }

    private LiveAnalysis Register(AnalysisRow row, List<IDisposable> pins)
    {
        var live = new LiveAnalysis(row, time);
        _pins[row.Id] = [.. pins];
        _live[row.Id] = live;
        return live;
    }

    /// <summary>Marks an analysis as cancelled on disk, then stops it. Nothing happens where it has ended. Not to be called with <see cref="_accepting"/> held.</summary>
    private async Task CancelAsync(string id, LiveAnalysis? live, CancellationToken cancellationToken)
    {
        if (await TryCancelRowAsync(id, live, cancellationToken) && live is not null)
        {
            await StopAsync(live);
        }
    }

    /// <summary>Marks an analysis as cancelled on disk.</summary>
    /// <returns>False where it has ended.</returns>
    private Task<bool> TryCancelRowAsync(string id, LiveAnalysis? live, CancellationToken cancellationToken) =>
        store.TryEndAsync(id, AnalysisOutcome.Cancelled with { StageTimes = live?.StageTimes ?? [] }, cancellationToken);

    /// <summary>Stops an analysis that is cancelled on disk. Not to be called with <see cref="_accepting"/> held: to drop its mask takes it.</summary>
    private async Task StopAsync(LiveAnalysis live)
    {
        AnalysisLog.Cancelled(logger, live.Id);
        live.End(AnalysisState.Cancelled);
        if (queue.Remove(live))
        {
            await RetireAsync(live, hasEnded: true);
        }
        else
        {
            live.Stop(StopReason.Cancelled);
        }
    }

    private async Task DropMaskUnlessNeededAsync(string sha256)
    {
        // Not while another analysis with this mask is being stored.
        await _accepting.WaitAsync(CancellationToken.None);
        try
        {
            if (!store.IsMaskNeeded(sha256))
            {
                files.DropMask(sha256);
            }
        }
        finally
        {
            _accepting.Release();
        }
    }
}
