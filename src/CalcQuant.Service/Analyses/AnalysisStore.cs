using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using CalcQuant.Api;
using CalcQuant.Service.Storage;
using Dapper;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace CalcQuant.Service.Analyses;

/// <summary>
/// Analyses in the database. What a method here wrote is durable when its task ends, each change of state is one transaction, and an analysis that
/// has ended never changes its state again. Safe for use from several threads.
/// </summary>
internal sealed class AnalysisStore(Database database, TimeProvider clock)
{
    /// <summary>Times an analysis may begin and not survive before it is given up: a series that kills the process must not do so for ever.</summary>
    public const int MaxAttempts = 20;

    /// <summary>Tables; a step of <see cref="Migrations"/>. States and artifacts as in <see cref="AnalysisState"/> and <see cref="ArtifactKinds"/>.</summary>
    public const string Schema = """
        CREATE TABLE analyses (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            client TEXT NOT NULL,
            series_instance_uid TEXT NOT NULL,
            study_instance_uid TEXT,
            server_folder TEXT NOT NULL,
            options BLOB NOT NULL,
            mask_sha256 TEXT,
            mask_format INTEGER NOT NULL,
            artifacts INTEGER NOT NULL,
            files BLOB NOT NULL,
            key TEXT,
            algorithm_version TEXT NOT NULL,
            memory_bytes INTEGER,
            is_wanted INTEGER NOT NULL,
            state INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            create_time INTEGER NOT NULL,
            start_time INTEGER,
            end_time INTEGER,
            stage_times TEXT,
            error BLOB,
            report BLOB
        ) STRICT;

        CREATE INDEX analyses_by_key ON analyses (key) WHERE key IS NOT NULL;
        CREATE INDEX analyses_by_series ON analyses (series_instance_uid, sequence);
        CREATE INDEX analyses_by_study ON analyses (study_instance_uid) WHERE study_instance_uid IS NOT NULL;
        CREATE INDEX analyses_unfinished ON analyses (sequence) WHERE state IN (1, 2);

        CREATE TABLE analysis_files (
            analysis_id TEXT NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
            kind INTEGER NOT NULL,
            number INTEGER NOT NULL,
            name TEXT NOT NULL,
            byte_count INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            PRIMARY KEY (analysis_id, kind, number)
        ) STRICT, WITHOUT ROWID;
        """;

    /// <summary>
    /// Corrections, which are only ever added, and the report with all of them; the one before them stays where it is. A step of <see cref="Migrations"/>. Kinds as in
    /// <see cref="Measurement.RegionKind"/>.
    /// </summary>
    public const string CorrectionsSchema = """
        CREATE TABLE analysis_corrections (
            analysis_id TEXT NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            report_index INTEGER NOT NULL,
            region_id INTEGER NOT NULL,
            series_instance_uid TEXT NOT NULL,
            stack_number INTEGER NOT NULL,
            x_mm REAL NOT NULL,
            y_mm REAL NOT NULL,
            z_mm REAL NOT NULL,
            kind INTEGER NOT NULL,
            who TEXT NOT NULL,
            correct_time INTEGER NOT NULL,
            why TEXT NOT NULL,
            PRIMARY KEY (analysis_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE corrected_reports (
            analysis_id TEXT NOT NULL PRIMARY KEY REFERENCES analyses (id) ON DELETE CASCADE,
            report BLOB NOT NULL
        ) STRICT;

        ALTER TABLE analysis_files ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
        """;

    /// <summary>Rows kept in memory, a few KiB each.</summary>
    private const int MaxRememberedCount = 1024;

    private const string Unfinished = "state IN (1, 2)";

    private const string SelectRows = """
        SELECT sequence AS Sequence, id AS Id, client AS Client, series_instance_uid AS SeriesInstanceUid, study_instance_uid AS StudyInstanceUid,
            server_folder AS ServerFolder, options AS Options, mask_sha256 AS MaskSha256, mask_format AS MaskFormat, artifacts AS Artifacts,
            files AS Files, key AS Key, algorithm_version AS AlgorithmVersion, memory_bytes AS MemoryBytes, is_wanted AS IsWanted, state AS State,
            attempts AS Attempts, create_time AS CreateTime, start_time AS StartTime, end_time AS EndTime, error AS Error, report IS NOT NULL AS HasReport,
            (SELECT count(*) FROM analysis_corrections WHERE analysis_id = id) AS CorrectionCount
        FROM analyses
        """;

    /// <summary>The same without the hashes of the files, which only the one that runs the analysis needs.</summary>
    private static readonly string SelectShown = SelectRows.Replace("files AS Files", "x'' AS Files", StringComparison.Ordinal);

    /// <summary>Ended analyses that were asked for: corrections apart, they change no more, and scripts ask often.</summary>
    private readonly Dictionary<string, AnalysisRow> _ended = new(StringComparer.Ordinal);

    private readonly Lock _endedLock = new();
    private long _changeCount;

    /// <summary>Looks an analysis up.</summary>
    /// <returns>Null where there is none.</returns>
    public AnalysisRow? Find(string id)
    {
        long changeCount;
        lock (_endedLock)
        {
            if (_ended.TryGetValue(id, out AnalysisRow? known))
            {
                return known;
            }

            changeCount = _changeCount;
        }

        using SqliteConnection connection = database.Connect();
        AnalysisRow? row = connection.QuerySingleOrDefault<StoredRow>(SelectShown + " WHERE id = @id", new { id })?.ToRow();
        if (row is { HasEnded: true })
        {
            Remember(row, changeCount);
        }

        return row;
    }

    /// <summary>Looks an ended analysis up with everything that it takes to repeat it: its files and its corrections.</summary>
    /// <returns>Null where there is none.</returns>
    public AnalysisRow? FindToRepeat(string id)
    {
        using SqliteConnection connection = database.Connect();
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: true);
        return connection.QuerySingleOrDefault<StoredRow>(SelectRows + " WHERE id = @id", new { id }, transaction)?.ToRow() is { HasEnded: true } row
            ? row with
            {
                Corrections =
                [
                    .. connection.Query<CorrectionRow>(
                        """
                        SELECT report_index AS ReportIndex, region_id AS RegionId, series_instance_uid AS SeriesInstanceUid, stack_number AS StackNumber,
                            x_mm AS X, y_mm AS Y, z_mm AS Z, kind AS Kind, who AS Who, correct_time AS CorrectTime, why AS Why
                        FROM analysis_corrections WHERE analysis_id = @id ORDER BY number
                        """,
                        new { id },
                        transaction).Select(correction => correction.ToCorrection()),
                ],
            }
            : null;
    }

    /// <summary>Adds the last correction of a row, with the report and the files that all of them give.</summary>
    /// <returns>False where the analysis is gone, or has other corrections by now; nothing was changed then.</returns>
    public async Task<bool> TryCorrectAsync(AnalysisRow row, AnalysisOutcome outcome, CancellationToken cancellationToken)
    {
        byte[] report = Compress(outcome.Output ?? throw new ArgumentException("A correction has a report.", nameof(outcome)));
        bool isStored = await database.WriteAsync((connection, transaction) => TryCorrect(connection, transaction, row, outcome, report), cancellationToken);
        Forget([row.Id]);
        return isStored;
    }

    /// <summary>
    /// The newest analysis with a key that waits, runs or ended with a report, and makes at least these artifacts.
    /// </summary>
    /// <returns>Null where there is none.</returns>
    public AnalysisRow? FindEqual(string key, ArtifactKinds artifacts)
    {
        using SqliteConnection connection = database.Connect();
        return connection.QueryFirstOrDefault<StoredRow>(
            SelectShown + " WHERE key = @key AND artifacts & @artifacts = @artifacts AND (" + Unfinished + " OR report IS NOT NULL) ORDER BY sequence DESC LIMIT 1",
            new { key, artifacts = (int)artifacts })?.ToRow();
    }

    /// <summary>The newest analysis with a key that ended with a report.</summary>
    /// <returns>Null where there is none.</returns>
    public AnalysisRow? FindEnded(string key)
    {
        using SqliteConnection connection = database.Connect();
        return connection.QueryFirstOrDefault<StoredRow>(SelectShown + " WHERE key = @key AND report IS NOT NULL ORDER BY sequence DESC LIMIT 1", new { key })?.ToRow();
    }

    /// <summary>
    /// An analysis of the same server folder with equal options whose files were not looked at yet: it will see what is there now.
    /// </summary>
    /// <returns>Null where there is none.</returns>
    public AnalysisRow? FindUnread(AnalysisRow row)
    {
        using SqliteConnection connection = database.Connect();
        return connection.QueryFirstOrDefault<StoredRow>(
            SelectShown + """
                 WHERE state = 1 AND key IS NULL AND server_folder = @ServerFolder AND series_instance_uid = @SeriesInstanceUid AND options = @options
                    AND mask_sha256 IS @MaskSha256 AND artifacts & @artifacts = @artifacts
                ORDER BY sequence LIMIT 1
                """,
            new { row.ServerFolder, row.SeriesInstanceUid, options = row.Options.ToByteArray(), row.MaskSha256, artifacts = (int)row.Artifacts })?.ToRow();
    }

    /// <summary>Stores an analysis as accepted.</summary>
    /// <returns>The row with its place in the order and its time.</returns>
    public Task<AnalysisRow> AddAsync(AnalysisRow row, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            AnalysisRow accepted = row with { State = AnalysisState.Queued, CreateTime = DateTimeOffset.FromUnixTimeMilliseconds(Now()) };
            long sequence = connection.ExecuteScalar<long>(
                """
                INSERT INTO analyses (id, client, series_instance_uid, study_instance_uid, server_folder, options, mask_sha256, mask_format, artifacts,
                    files, key, algorithm_version, memory_bytes, is_wanted, state, attempts, create_time)
                VALUES (@Id, @Client, @SeriesInstanceUid, @StudyInstanceUid, @ServerFolder, @Options, @MaskSha256, @MaskFormat, @Artifacts,
                    @Files, @Key, @AlgorithmVersion, @MemoryBytes, @IsWanted, @State, 0, @CreateTime)
                RETURNING sequence
                """,
                new
                {
                    accepted.Id,
                    accepted.Client,
                    accepted.SeriesInstanceUid,
                    accepted.StudyInstanceUid,
                    accepted.ServerFolder,
                    Options = accepted.Options.ToByteArray(),
                    accepted.MaskSha256,
                    MaskFormat = (int)accepted.MaskFormat,
                    Artifacts = (int)accepted.Artifacts,
                    Files = accepted.Files.Bytes.ToArray(),
                    accepted.Key,
                    accepted.AlgorithmVersion,
                    accepted.MemoryBytes,
                    IsWanted = accepted.IsWanted ? 1 : 0,
                    State = (int)accepted.State,
                    CreateTime = accepted.CreateTime.ToUnixTimeMilliseconds(),
                },
                transaction);
            return accepted with { Sequence = sequence };
        },
        cancellationToken);

    /// <summary>Notes that somebody wants the result without staying for it.</summary>
    public Task WantAsync(string id, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute("UPDATE analyses SET is_wanted = 1 WHERE id = @id", new { id }, transaction),
        cancellationToken);

    /// <summary>Queued becomes running.</summary>
    /// <returns>False where it does not wait any more.</returns>
    public Task<bool> TryBeginAsync(string id, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute(
            "UPDATE analyses SET state = 2, attempts = attempts + 1, start_time = @now WHERE id = @id AND state = 1",
            new { id, now = Now() },
            transaction) == 1,
        cancellationToken);

    /// <summary>Notes what the headers and hashes of a server folder said.</summary>
    public Task PrepareAsync(string id, string key, long memoryBytes, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute(
            "UPDATE analyses SET key = @key, memory_bytes = @memoryBytes WHERE id = @id AND " + Unfinished, new { id, key, memoryBytes }, transaction),
        cancellationToken);

    /// <summary>Running becomes queued again, for the next start; the attempt does not count.</summary>
    public Task RequeueAsync(string id, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute(
            "UPDATE analyses SET state = 1, attempts = attempts - 1, start_time = NULL WHERE id = @id AND state = 2", new { id }, transaction),
        cancellationToken);

    /// <summary>Ends an analysis, once.</summary>
    /// <returns>False where it had ended already; nothing was changed then.</returns>
    public Task<bool> TryEndAsync(string id, AnalysisOutcome outcome, CancellationToken cancellationToken)
    {
        byte[]? report = outcome.Output is null ? null : Compress(outcome.Output);
        return database.WriteAsync((connection, transaction) => TryEnd(connection, transaction, id, outcome, report), cancellationToken);
    }

    /// <summary>
    /// What an earlier process left: what ran waits again, behind what did not, or is given up after <see cref="MaxAttempts"/> crashes. So an analysis that takes the
    /// process down with it holds nobody up, and one that was only unlucky ends.
    /// </summary>
    /// <returns>All that wait now: the least interrupted first, of these the oldest.</returns>
    public Task<ImmutableArray<AnalysisRow>> RecoverAsync(CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            foreach (string id in connection.Query<string>("SELECT id FROM analyses WHERE state = 2 AND attempts >= @MaxAttempts", new { MaxAttempts }, transaction).AsList())
            {
                TryEnd(connection, transaction, id, AnalysisOutcome.Failed(new ServiceError(ServiceErrorCode.Interrupted, "The service stopped during this analysis several times; it was given up.").ToMessage()), report: null);
            }

            connection.Execute("UPDATE analyses SET state = 1, start_time = NULL WHERE state = 2", transaction: transaction);
            return connection.Query<StoredRow>(SelectRows + " WHERE state = 1 ORDER BY attempts, sequence", transaction: transaction).Select(row => row.ToRow()).ToImmutableArray();
        },
        cancellationToken);

    /// <summary>A page of analyses, newest first.</summary>
    /// <param name="seriesInstanceUid">Only of this series; empty for all.</param>
    /// <param name="states">Only in these states; empty for all.</param>
    /// <param name="before">Only those accepted before the one with this sequence; null for all.</param>
    /// <param name="count">At most so many.</param>
    public IReadOnlyList<AnalysisRow> List(string seriesInstanceUid, IReadOnlyCollection<AnalysisState> states, long? before, int count)
    {
        string conditions = string.Join(
            " AND ",
            new[]
            {
                seriesInstanceUid.Length == 0 ? null : "series_instance_uid = @seriesInstanceUid",
                states.Count == 0 ? null : "state IN @states",
                before is null ? null : "sequence < @before",
            }.OfType<string>());
        using SqliteConnection connection = database.Connect();
        return
        [
            .. connection.Query<StoredRow>(
                SelectShown + (conditions.Length == 0 ? "" : " WHERE " + conditions) + " ORDER BY sequence DESC LIMIT @count",
                new { seriesInstanceUid, states = states.Select(state => (int)state).ToArray(), before, count }).Select(row => row.ToRow()),
        ];
    }

    /// <summary>The reports of an analysis, with all corrections.</summary>
    /// <returns>Null where there are none.</returns>
    public Api.V1.AnalysisOutput? ReportOf(string id)
    {
        using SqliteConnection connection = database.Connect();
        return connection.QuerySingleOrDefault<byte[]?>(
            "SELECT coalesce((SELECT report FROM corrected_reports WHERE analysis_id = @id), report) FROM analyses WHERE id = @id", new { id }) is { } report ? Decompress(report) : null;
    }

    /// <summary>The reports of an analysis as it ended.</summary>
    /// <returns>Null where there are none.</returns>
    public Api.V1.AnalysisOutput? ReportBeforeCorrections(string id)
    {
        using SqliteConnection connection = database.Connect();
        return connection.QuerySingleOrDefault<byte[]?>("SELECT report FROM analyses WHERE id = @id", new { id }) is { } report ? Decompress(report) : null;
    }

    /// <summary>The files of an artifact, in order.</summary>
    public IReadOnlyList<ArtifactFile> FilesOf(string id, ArtifactKinds kind)
    {
        using SqliteConnection connection = database.Connect();
        return
        [
            .. connection.Query<(string Name, long ByteCount, string Sha256, int Revision)>(
                "SELECT name, byte_count, sha256, revision FROM analysis_files WHERE analysis_id = @id AND kind = @kind ORDER BY number",
                new { id, kind = (int)kind }).Select(file => new ArtifactFile(kind, file.Name, file.ByteCount, file.Sha256) { Revision = file.Revision }),
        ];
    }

    /// <summary>Ids of the analyses of a study.</summary>
    public IReadOnlyList<string> OfStudy(string studyInstanceUid)
    {
        using SqliteConnection connection = database.Connect();
        return connection.Query<string>("SELECT id FROM analyses WHERE study_instance_uid = @studyInstanceUid", new { studyInstanceUid }).AsList();
    }

    /// <summary>Deletes analyses with their reports.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> DeleteAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        int count = await database.WriteAsync(
            (connection, transaction) => connection.Execute("DELETE FROM analyses WHERE id = @id", ids.Select(id => new { id }), transaction),
            cancellationToken);
        Forget(ids);
        return count;
    }

    /// <summary>True where an analysis that has not ended, or may be corrected, needs a bone mask.</summary>
    public bool IsMaskNeeded(string sha256)
    {
        using SqliteConnection connection = database.Connect();
        return connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM analyses WHERE mask_sha256 = @sha256 AND (" + Unfinished + " OR report IS NOT NULL))", new { sha256 });
    }

    /// <summary>True where an analysis with artifacts has ended, and its last correction made these: only then do the files belong to it.</summary>
    /// <param name="folder">Name of the folder, as <see cref="AnalysisFiles.FolderOf"/> gives it.</param>
    public bool OwnsFiles(string folder)
    {
        string id = folder.Split('.')[0];
        using SqliteConnection connection = database.Connect();
        return connection.Query<int>("SELECT DISTINCT revision FROM analysis_files WHERE analysis_id = @id", new { id }).Any(revision => AnalysisFiles.FolderOf(id, revision) == folder);
    }

    /// <summary>Drops rows that have changed from memory.</summary>
    private void Forget(IReadOnlyCollection<string> ids)
    {
        lock (_endedLock)
        {
            _changeCount++;
            foreach (string id in ids)
            {
                _ended.Remove(id);
            }
        }
    }

    /// <summary>Keeps a row that was read, unless something was deleted or corrected meanwhile: it may have been this one.</summary>
    private void Remember(AnalysisRow row, long changeCount)
    {
        lock (_endedLock)
        {
            if (changeCount != _changeCount)
            {
                return;
            }

            if (_ended.Count >= MaxRememberedCount)
            {
                _ended.Clear();
            }

            _ended[row.Id] = row;
        }
    }

    private bool TryEnd(SqliteConnection connection, SqliteTransaction transaction, string id, AnalysisOutcome outcome, byte[]? report)
    {
        int changed = connection.Execute(
            "UPDATE analyses SET state = @state, end_time = @now, error = @error, report = @report, stage_times = @stages WHERE id = @id AND " + Unfinished,
            new { id, state = (int)outcome.State, now = Now(), error = outcome.Error?.ToByteArray(), report, stages = ToText(outcome.StageTimes) },
            transaction);
        if (changed == 0)
        {
            return false;
        }

        AddFiles(connection, transaction, id, outcome);
        return true;
    }

    private static bool TryCorrect(SqliteConnection connection, SqliteTransaction transaction, AnalysisRow row, AnalysisOutcome outcome, byte[] report)
    {
        int before = row.Corrections.Length - 1;
        if (!connection.ExecuteScalar<bool>(
            "SELECT EXISTS (SELECT 1 FROM analyses WHERE id = @Id AND report IS NOT NULL) AND (SELECT count(*) FROM analysis_corrections WHERE analysis_id = @Id) = @before",
            new { row.Id, before },
            transaction))
        {
            return false;
        }

        (int reportIndex, int regionId, Analysis.RegionCorrection correction) = row.Corrections[before];
        connection.Execute(
            """
            INSERT INTO analysis_corrections (analysis_id, number, report_index, region_id, series_instance_uid, stack_number, x_mm, y_mm, z_mm, kind, who, correct_time, why)
            VALUES (@Id, @number, @reportIndex, @regionId, @SeriesInstanceUid, @StackNumber, @X, @Y, @Z, @kind, @Who, @time, @Why)
            """,
            new
            {
                row.Id,
                number = before + 1,
                reportIndex,
                regionId,
                correction.SeriesInstanceUid,
                correction.StackNumber,
                correction.PointLpsMm.X,
                correction.PointLpsMm.Y,
                correction.PointLpsMm.Z,
                kind = (int)correction.Kind,
                correction.Who,
                time = correction.When.ToUnixTimeMilliseconds(),
                correction.Why,
            },
            transaction);
        connection.Execute(
            "INSERT INTO corrected_reports (analysis_id, report) VALUES (@Id, @report) ON CONFLICT (analysis_id) DO UPDATE SET report = excluded.report", new { row.Id, report }, transaction);
        connection.Execute("DELETE FROM analysis_files WHERE analysis_id = @Id", new { row.Id }, transaction);
        AddFiles(connection, transaction, row.Id, outcome);
        return true;
    }

    private static void AddFiles(SqliteConnection connection, SqliteTransaction transaction, string id, AnalysisOutcome outcome) => connection.Execute(
        "INSERT INTO analysis_files (analysis_id, kind, number, name, byte_count, sha256, revision) VALUES (@id, @kind, @number, @Name, @ByteCount, @Sha256, @Revision)",
        outcome.Files.Select((file, number) => new { id, kind = (int)file.Kind, number, file.Name, file.ByteCount, file.Sha256, file.Revision }),
        transaction);

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>One line per stage, seconds after its name; for whoever looks into the database.</summary>
    private static string? ToText(IReadOnlyList<(string Stage, TimeSpan Duration)> times) => times.Count == 0
        ? null
        : string.Join('\n', times.Select(time => string.Create(CultureInfo.InvariantCulture, $"{time.Stage} {time.Duration.TotalSeconds:0.000}")));

    private static byte[] Compress(Api.V1.AnalysisOutput output)
    {
        using var bytes = new MemoryStream();
        using (var compressed = new BrotliStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            output.WriteTo(compressed);
        }

        return bytes.ToArray();
    }

    private static Api.V1.AnalysisOutput Decompress(byte[] report)
    {
        using var compressed = new BrotliStream(new MemoryStream(report), CompressionMode.Decompress);
        return Api.V1.AnalysisOutput.Parser.ParseFrom(compressed);
    }

    /// <summary>A correction as SQLite gives it.</summary>
    private sealed class CorrectionRow
    {
        public int ReportIndex { get; init; }

        public int RegionId { get; init; }

        public string SeriesInstanceUid { get; init; } = string.Empty;

        public int StackNumber { get; init; }

        public double X { get; init; }

        public double Y { get; init; }

        public double Z { get; init; }

        public int Kind { get; init; }

        public string Who { get; init; } = string.Empty;

        public long CorrectTime { get; init; }

        public string Why { get; init; } = string.Empty;

        public StoredCorrection ToCorrection() => new(
            ReportIndex,
            RegionId,
            new Analysis.RegionCorrection(
                SeriesInstanceUid, StackNumber, new(X, Y, Z), (Measurement.RegionKind)Kind, Who, DateTimeOffset.FromUnixTimeMilliseconds(CorrectTime), Why));
    }

    /// <summary>A row as SQLite gives it.</summary>
    private sealed class StoredRow
    {
        public long Sequence { get; init; }

        public string Id { get; init; } = string.Empty;

        public string Client { get; init; } = string.Empty;

        public string SeriesInstanceUid { get; init; } = string.Empty;

        public string? StudyInstanceUid { get; init; }

        public string ServerFolder { get; init; } = string.Empty;

        public byte[] Options { get; init; } = [];

        public string? MaskSha256 { get; init; }

        public int MaskFormat { get; init; }

        public int Artifacts { get; init; }

        public byte[] Files { get; init; } = [];

        public string? Key { get; init; }

        public string AlgorithmVersion { get; init; } = string.Empty;

        public long? MemoryBytes { get; init; }

        public bool IsWanted { get; init; }

        public int State { get; init; }

        public int Attempts { get; init; }

        public long CreateTime { get; init; }

        public long? StartTime { get; init; }

        public long? EndTime { get; init; }

        public byte[]? Error { get; init; }

        public bool HasReport { get; init; }

        public int CorrectionCount { get; init; }

        public AnalysisRow ToRow() => new()
        {
            Sequence = Sequence,
            Id = Id,
            Client = Client,
            SeriesInstanceUid = SeriesInstanceUid,
            StudyInstanceUid = StudyInstanceUid,
            ServerFolder = ServerFolder,
            Options = Api.V1.AnalysisOptions.Parser.ParseFrom(Options),
            MaskSha256 = MaskSha256,
            MaskFormat = (BoneMaskFormat)MaskFormat,
            Artifacts = (ArtifactKinds)Artifacts,
            Files = FileHashes.FromBytes(Files),
            Key = Key,
            AlgorithmVersion = AlgorithmVersion,
            MemoryBytes = MemoryBytes,
            IsWanted = IsWanted,
            State = (AnalysisState)State,
            Attempts = Attempts,
            CreateTime = DateTimeOffset.FromUnixTimeMilliseconds(CreateTime),
            StartTime = ToTime(StartTime),
            EndTime = ToTime(EndTime),
            Error = Error is null ? null : Api.V1.ErrorStatus.Parser.ParseFrom(Error),
            HasReport = HasReport,
            CorrectionCount = CorrectionCount,
        };

        private static DateTimeOffset? ToTime(long? milliseconds) => milliseconds is { } known ? DateTimeOffset.FromUnixTimeMilliseconds(known) : null;
    }
}
