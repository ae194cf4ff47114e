using System.Diagnostics.CodeAnalysis;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CalcQuant.Service.Storage;

/// <summary>
/// The stored instances: rows in the database, one file each. A file has its final name before its row is committed and keeps it until the row is
/// gone, so that a row always has its file. Safe for use from several threads.
/// </summary>
internal sealed class StudyStore
{
    private readonly DataFolder _folder;
    private readonly Database _database;
    private readonly DiskThreads _disk;
    private readonly TimeProvider _clock;
    private readonly ILogger<StudyStore> _logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _pins = new(StringComparer.Ordinal);
    private readonly HashSet<string> _leaving = new(StringComparer.Ordinal);

    // Contents that are between their renaming and the commit of their row: nobody may remove their files meanwhile.
    private readonly Dictionary<string, int> _holds = new(StringComparer.Ordinal);

    private StudyStore(DataFolder folder, Database database, DiskThreads disk, TimeProvider clock, ILogger<StudyStore> logger)
    {
        _folder = folder;
        _database = database;
        _disk = disk;
        _clock = clock;
        _logger = logger;
    }

    /// <summary>Opens the store after removing what a killed process left behind.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="database">Its database.</param>
    /// <param name="disk">Where to wait for the disk.</param>
    /// <param name="clock">Time of arrival and of use.</param>
    /// <param name="logger">Told in counts.</param>
    /// <exception cref="DataFolderException">The folder cannot be read or written.</exception>
    public static StudyStore Open(DataFolder folder, Database database, DiskThreads disk, TimeProvider clock, ILogger<StudyStore> logger)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(database);
        StoreRecovery.Run(folder, database, logger);
        return new StudyStore(folder, database, disk, clock, logger);
    }

    /// <summary>The stored instances of a series, ordered by SOP Instance UID; empty where there is no such series.</summary>
    public IReadOnlyList<StoredSeriesInstance> InstancesOf(string seriesInstanceUid, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(seriesInstanceUid);
        return List("", seriesInstanceUid, "", int.MaxValue, cancellationToken);
    }

    /// <summary>The stored instances of a study, a series or both, ordered by SOP Instance UID.</summary>
    /// <param name="studyInstanceUid">Only this study; empty for any.</param>
    /// <param name="seriesInstanceUid">Only this series; empty for any.</param>
    /// <param name="after">Only what follows this SOP Instance UID; empty for all.</param>
    /// <param name="maxCount">Entries, at most.</param>
    /// <param name="cancellationToken">Looked at once.</param>
    public IReadOnlyList<StoredSeriesInstance> List(string studyInstanceUid, string seriesInstanceUid, string after, int maxCount, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using SqliteConnection connection = _database.Connect();
        string filter = (studyInstanceUid.Length > 0 ? " AND study_instance_uid = @studyInstanceUid" : "") + (seriesInstanceUid.Length > 0 ? " AND series_instance_uid = @seriesInstanceUid" : "");
        return
        [
            .. connection.Query<InstanceRow>(
                $"{InstanceRow.Select} WHERE sop_instance_uid > @after{filter} ORDER BY sop_instance_uid LIMIT @maxCount",
                new { studyInstanceUid, seriesInstanceUid, after, maxCount }).Select(ToInstance),
        ];
    }

    /// <summary>The stored series, ordered by Series Instance UID, then Study Instance UID.</summary>
    /// <param name="studyInstanceUid">Only this study; empty for any.</param>
    /// <param name="seriesInstanceUid">Only this series; empty for any.</param>
    /// <param name="after">Only what follows this series and study; null for all.</param>
    /// <param name="maxCount">Entries, at most.</param>
    /// <param name="cancellationToken">Looked at once.</param>
    public IReadOnlyList<StoredSeries> ListSeries(string studyInstanceUid, string seriesInstanceUid, (string Series, string Study)? after, int maxCount, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using SqliteConnection connection = _database.Connect();
        string filter = (studyInstanceUid.Length > 0 ? " AND study_instance_uid = @studyInstanceUid" : "") + (seriesInstanceUid.Length > 0 ? " AND series_instance_uid = @seriesInstanceUid" : "");
        return
        [
            .. connection.Query<StoredSeries>(
                $"""
                SELECT series_instance_uid AS SeriesInstanceUid, study_instance_uid AS StudyInstanceUid, max(modality) AS Modality,
                    count(*) AS InstanceCount, sum(byte_count) AS ByteCount, min(create_time) AS CreateTime, max(create_time) AS UpdateTime
                FROM instances
                WHERE (series_instance_uid, study_instance_uid) > (@afterSeries, @afterStudy){filter}
                GROUP BY series_instance_uid, study_instance_uid
                ORDER BY series_instance_uid, study_instance_uid
                LIMIT @maxCount
                """,
                new { studyInstanceUid, seriesInstanceUid, afterSeries = after?.Series ?? "", afterStudy = after?.Study ?? "", maxCount }),
        ];
    }

    /// <summary>Looks an instance up by its SOP Instance UID.</summary>
    public bool TryFind(string sopInstanceUid, [NotNullWhen(true)] out StoredSeriesInstance? instance)
    {
        ArgumentNullException.ThrowIfNull(sopInstanceUid);
        using SqliteConnection connection = _database.Connect();
        InstanceRow? row = connection.QuerySingleOrDefault<InstanceRow>(InstanceRow.Select + " WHERE sop_instance_uid = @sopInstanceUid", new { sopInstanceUid });
        instance = row is null ? null : ToInstance(row);
        return instance is not null;
    }

    /// <summary>
    /// Keeps retention away from a study until the pin is disposed; the study counts as used now. To be taken before <see cref="InstancesOf"/> is
    /// asked for what will be read.
    /// </summary>
    /// <returns>Null where the study is being deleted.</returns>
    /// <exception cref="SqliteException">The disk is full or failed.</exception>
    public async Task<IDisposable?> PinAsync(string studyInstanceUid, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(studyInstanceUid);
        lock (_gate)
        {
            if (_leaving.Contains(studyInstanceUid))
            {
                return null;
            }

            Raise(_pins, studyInstanceUid);
        }

        var pin = new Pin(this, studyInstanceUid);
        try
        {
            await _database.WriteAsync(
                (connection, transaction) => connection.Execute(
                    "UPDATE studies SET last_use_time = @now WHERE study_instance_uid = @studyInstanceUid",
                    new { studyInstanceUid, now = Now() },
                    transaction),
                cancellationToken);
            return pin;
        }
        catch
        {
            pin.Dispose();
            throw;
        }
    }

    /// <summary>Studies, the one that was used longest ago first, with the bytes of their instances.</summary>
    public IReadOnlyList<StudyUse> ListByUse(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using SqliteConnection connection = _database.Connect();
        return
        [
            .. connection.Query<StudyUse>("""
                SELECT studies.study_instance_uid AS StudyInstanceUid, last_use_time AS LastUseTime, sum(byte_count) AS ByteCount
                FROM studies JOIN instances ON instances.study_instance_uid = studies.study_instance_uid
                GROUP BY studies.study_instance_uid
                ORDER BY last_use_time, studies.study_instance_uid
                """),
        ];
    }

    /// <summary>Gives received files their names and rows; durable when the task ends. Files that are not stored are removed.</summary>
    /// <param name="received">In the order in which they count: of two with one SOP Instance UID the first wins.</param>
    /// <returns>What became of each.</returns>
    /// <exception cref="IOException">The disk is full or failed; none of the files is stored.</exception>
    /// <exception cref="SqliteException">The same of the database.</exception>
    public async Task<IReadOnlyList<StoreOutcome>> StoreAsync(IReadOnlyList<ReceivedInstance> received)
    {
        ArgumentNullException.ThrowIfNull(received);
        if (received.Count == 0)
        {
            return [];
        }

        List<string> held = [];
        try
        {
            await NameAsync(received, held);
            return await _database.WriteAsync((connection, transaction) => InsertAll(connection, transaction, received, Now()), CancellationToken.None);
        }
        finally
        {
            foreach (ReceivedInstance instance in received)
            {
                File.Delete(instance.IncomingPath);
            }

            Release(held);
        }
    }

    /// <summary>Marks a study as leaving: it gets no new pin.</summary>
    /// <param name="studyInstanceUid">The study.</param>
    /// <param name="evenIfPinned">False to leave it alone where something is using it.</param>
    /// <returns>False where it is leaving already or in use.</returns>
    public bool TryBeginLeaving(string studyInstanceUid, bool evenIfPinned)
    {
        lock (_gate)
        {
            return (evenIfPinned || !_pins.ContainsKey(studyInstanceUid)) && _leaving.Add(studyInstanceUid);
        }
    }

    /// <summary>Takes the mark of <see cref="TryBeginLeaving"/> off.</summary>
    public void EndLeaving(string studyInstanceUid)
    {
        lock (_gate)
        {
            _leaving.Remove(studyInstanceUid);
        }
    }

    /// <summary>True where a study has instances.</summary>
    public bool HasStudy(string studyInstanceUid)
    {
        using SqliteConnection connection = _database.Connect();
        return connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM studies WHERE study_instance_uid = @studyInstanceUid)", new { studyInstanceUid });
    }

    /// <summary>Deletes a study's rows, durably, then its files.</summary>
    /// <returns>Instances and bytes deleted.</returns>
    /// <exception cref="SqliteException">The database failed; nothing is deleted.</exception>
    public async Task<(int InstanceCount, long ByteCount)> DeleteAsync(string studyInstanceUid, CancellationToken cancellationToken)
    {
        List<InstanceRow> rows = await _database.WriteAsync(
            (connection, transaction) =>
            {
                List<InstanceRow> gone = [.. connection.Query<InstanceRow>(InstanceRow.Select + " WHERE study_instance_uid = @studyInstanceUid", new { studyInstanceUid }, transaction)];
                connection.Execute("DELETE FROM instances WHERE study_instance_uid = @studyInstanceUid", new { studyInstanceUid }, transaction);
                connection.Execute("DELETE FROM studies WHERE study_instance_uid = @studyInstanceUid", new { studyInstanceUid }, transaction);
                return gone;
            },
            cancellationToken);
        int leftCount = rows.Count(row => !TryRemoveFile(row.Sha256));
        if (leftCount > 0)
        {
            StorageLog.FilesLeft(_logger, leftCount);
        }

        await _database.EmptyLogAsync(CancellationToken.None);
        return (rows.Count, rows.Sum(row => row.ByteCount));
    }

    private static void Raise(Dictionary<string, int> counts, string key) => counts[key] = counts.GetValueOrDefault(key) + 1;

    private static void Lower(Dictionary<string, int> counts, string key)
    {
        int count = counts[key] - 1;
        if (count > 0)
        {
            counts[key] = count;
        }
        else
        {
            counts.Remove(key);
        }
    }

    /// <summary>Renames the files whose SOP Instance UID is free and makes their names durable.</summary>
    private async Task NameAsync(IReadOnlyList<ReceivedInstance> received, List<string> held)
    {
        // Held before the rows are looked at: should they be deleted from now on, the files stay for the rows that are written here.
        Hold(received, held);
        Dictionary<string, string> known = FindContents(received);
        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (ReceivedInstance instance in received)
        {
            string path = _folder.InstancePath(instance.Sha256);
            bool isFree = known.TryAdd(instance.Identity.SopInstanceUid, instance.Sha256);

            // A file that somebody took away from under its row comes back with the next upload of the same bytes.
            if (isFree || (known[instance.Identity.SopInstanceUid] == instance.Sha256 && !File.Exists(path)))
            {
                File.Move(instance.IncomingPath, path, overwrite: true);
                folders.Add(Path.GetDirectoryName(path)!);
            }
        }

        await Task.WhenAll(folders.Select(folder => _disk.RunAsync(() => DurableFiles.SyncFolder(folder))));
    }

    private Dictionary<string, string> FindContents(IReadOnlyList<ReceivedInstance> received)
    {
        using SqliteConnection connection = _database.Connect();
        return connection.Query<InstanceRow>(
                InstanceRow.Select + " WHERE sop_instance_uid IN @uids",
                new { uids = received.Select(instance => instance.Identity.SopInstanceUid).Distinct(StringComparer.Ordinal) })
            .ToDictionary(row => row.SopInstanceUid, row => row.Sha256, StringComparer.Ordinal);
    }

    private static List<StoreOutcome> InsertAll(SqliteConnection connection, SqliteTransaction transaction, IReadOnlyList<ReceivedInstance> received, long now)
    {
        List<string> studies = [.. received.Select(instance => instance.Identity.StudyInstanceUid).Distinct(StringComparer.Ordinal)];
        foreach (string study in studies)
        {
            connection.Execute(
                """
                INSERT INTO studies (study_instance_uid, create_time, last_use_time) VALUES (@study, @now, @now)
                ON CONFLICT (study_instance_uid) DO UPDATE SET last_use_time = excluded.last_use_time
                """,
                new { study, now },
                transaction);
        }

        using SqliteCommand insert = connection.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText = """
            INSERT INTO instances (sop_instance_uid, series_instance_uid, study_instance_uid, modality, sha256, byte_count, create_time)
            VALUES (@sop, @series, @study, @modality, @sha256, @byteCount, @now)
            ON CONFLICT DO NOTHING
            """;
        SqliteParameter sop = insert.Parameters.Add("@sop", SqliteType.Text);
        SqliteParameter series = insert.Parameters.Add("@series", SqliteType.Text);
        SqliteParameter studyUid = insert.Parameters.Add("@study", SqliteType.Text);
        SqliteParameter modality = insert.Parameters.Add("@modality", SqliteType.Text);
        SqliteParameter sha256 = insert.Parameters.Add("@sha256", SqliteType.Text);
        SqliteParameter byteCount = insert.Parameters.Add("@byteCount", SqliteType.Integer);
        insert.Parameters.AddWithValue("@now", now);
        List<StoreOutcome> outcomes = [];
        foreach (ReceivedInstance instance in received)
        {
            sop.Value = instance.Identity.SopInstanceUid;
            series.Value = instance.Identity.SeriesInstanceUid;
            studyUid.Value = instance.Identity.StudyInstanceUid;
            modality.Value = instance.Identity.Modality;
            sha256.Value = instance.Sha256;
            byteCount.Value = instance.ByteCount;
            outcomes.Add(insert.ExecuteNonQuery() == 1 ? StoreOutcome.Stored
                : HasContent(connection, transaction, instance) ? StoreOutcome.AlreadyStored
                : StoreOutcome.Conflict);
        }

        // A study of which every instance was a conflict has not arrived.
        connection.Execute(
            "DELETE FROM studies WHERE study_instance_uid IN @studies AND NOT EXISTS (SELECT 1 FROM instances WHERE instances.study_instance_uid = studies.study_instance_uid)",
            new { studies },
            transaction);
        return outcomes;
    }

    private static bool HasContent(SqliteConnection connection, SqliteTransaction transaction, ReceivedInstance instance) =>
        connection.ExecuteScalar<bool>(
            "SELECT EXISTS (SELECT 1 FROM instances WHERE sop_instance_uid = @uid AND sha256 = @sha256)",
            new { uid = instance.Identity.SopInstanceUid, sha256 = instance.Sha256 },
            transaction);

    private void Hold(IReadOnlyList<ReceivedInstance> received, List<string> held)
    {
        lock (_gate)
        {
            foreach (ReceivedInstance instance in received)
            {
                Raise(_holds, instance.Sha256);
                held.Add(instance.Sha256);
            }
        }
    }

    private void Release(List<string> held)
    {
        if (held.Count == 0)
        {
            return;
        }

        HashSet<string> stored;
        lock (_gate)
        {
            held.ForEach(sha256 => Lower(_holds, sha256));
            using SqliteConnection connection = _database.Connect();
            stored = [.. connection.Query<string>("SELECT sha256 FROM instances WHERE sha256 IN @held", new { held })];
            foreach (string sha256 in held.Where(sha256 => !stored.Contains(sha256) && !_holds.ContainsKey(sha256)))
            {
                File.Delete(_folder.InstancePath(sha256));
            }
        }
    }

    /// <summary>Removes the file of a content that has no row, unless an upload is about to give it one.</summary>
    private bool TryRemoveFile(string sha256)
    {
        lock (_gate)
        {
            using SqliteConnection connection = _database.Connect();
            if (_holds.ContainsKey(sha256) || connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM instances WHERE sha256 = @sha256)", new { sha256 }))
            {
                return true;
            }

            try
            {
                File.Delete(_folder.InstancePath(sha256));
                return true;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    private long Now() => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private StoredSeriesInstance ToInstance(InstanceRow row) => new(
        row.SopInstanceUid, row.SeriesInstanceUid, row.StudyInstanceUid, row.Sha256, row.ByteCount, _folder.InstancePath(row.Sha256));

    private sealed class Pin(StudyStore store, string studyInstanceUid) : IDisposable
    {
        private int _isDisposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            {
                lock (store._gate)
                {
                    Lower(store._pins, studyInstanceUid);
                }
            }
        }
    }

    private sealed record InstanceRow
    {
        public const string Select =
            "SELECT sop_instance_uid AS SopInstanceUid, series_instance_uid AS SeriesInstanceUid, study_instance_uid AS StudyInstanceUid, sha256 AS Sha256, byte_count AS ByteCount FROM instances";

        public required string SopInstanceUid { get; init; }

        public required string SeriesInstanceUid { get; init; }

        public required string StudyInstanceUid { get; init; }

        public required string Sha256 { get; init; }

        public required long ByteCount { get; init; }
    }
}

/// <summary>A series of the store. Times are Unix milliseconds.</summary>
internal sealed record StoredSeries
{
    /// <summary>Series Instance UID (0020,000E).</summary>
    public required string SeriesInstanceUid { get; init; }

    /// <summary>Study Instance UID (0020,000D).</summary>
    public required string StudyInstanceUid { get; init; }

    /// <summary>Modality (0008,0060); empty where absent.</summary>
    public required string Modality { get; init; }

    /// <summary>Instances.</summary>
    public required int InstanceCount { get; init; }

    /// <summary>Bytes of their files.</summary>
    public required long ByteCount { get; init; }

    /// <summary>When the first came.</summary>
    public required long CreateTime { get; init; }

    /// <summary>When the last came.</summary>
    public required long UpdateTime { get; init; }
}

/// <summary>When a study was used last.</summary>
internal sealed record StudyUse
{
    /// <summary>Study Instance UID (0020,000D).</summary>
    public required string StudyInstanceUid { get; init; }

    /// <summary>When something came for it or was begun on it, Unix milliseconds.</summary>
    public required long LastUseTime { get; init; }

    /// <summary>Bytes of its instances.</summary>
    public required long ByteCount { get; init; }
}
