using System.Collections.Immutable;
using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CalcQuant.Service.Storage;

/// <summary>
/// The SQLite file of the data folder. A transaction that was committed survives the loss of power: WAL, synced at every commit. Deleted rows are
/// overwritten.
/// </summary>
internal sealed class Database : IDisposable
{
    private const string FileName = "calcquant.db";

    /// <summary>How long a statement waits for a writer outside <see cref="WriteAsync{T}"/> before it fails, seconds.</summary>
    private const int BusyTimeoutSeconds = 30;

    private readonly string _connectionString;
    private readonly SemaphoreSlim _writer = new(1, 1);

    private Database(string connectionString) => _connectionString = connectionString;

    /// <summary>Opens the database of a data folder, makes it where it does not exist and brings it to the newest schema.</summary>
    /// <exception cref="DataFolderException">The database was made by a newer version, is damaged or cannot be opened.</exception>
    public static Database Open(string dataFolder) => Open(dataFolder, Migrations.Steps);

    /// <summary>Opens the database with the given steps.</summary>
    /// <param name="dataFolder">The folder; must exist.</param>
    /// <param name="steps">Step <c>n</c> leads to schema version <c>n + 1</c>.</param>
    /// <exception cref="DataFolderException">The database was made by a newer version, is damaged or cannot be opened.</exception>
    internal static Database Open(string dataFolder, ImmutableArray<string> steps)
    {
        ArgumentException.ThrowIfNullOrEmpty(dataFolder);
        string path = Path.Combine(dataFolder, FileName);
        Database? database = null;
        try
        {
            // SQLite gives the files beside it the permissions of the first one, so that one is made here.
            using (new FileStream(path, DurableFiles.Owned(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite)))
            {
            }

            database = new Database(new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadWrite,
                ForeignKeys = true,
                DefaultTimeout = BusyTimeoutSeconds,
            }.ToString());
            using SqliteConnection connection = database.Connect();
            connection.Execute("PRAGMA journal_mode = WAL");
            Migrate(connection, steps);
            DurableFiles.SyncFolder(dataFolder);
            return database;
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            database?.Dispose();
            throw new DataFolderException("The database of the data folder cannot be opened.", exception);
        }
        catch (DataFolderException)
        {
            database?.Dispose();
            throw;
        }
    }

    /// <summary>An open connection from the pool, for reading; the caller disposes it. Writers use <see cref="WriteAsync{T}"/>.</summary>
    /// <exception cref="SqliteException">The database cannot be opened.</exception>
    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction, one at a time, and commits it: what it wrote is durable when the task ends. An exception rolls
    /// it back.
    /// </summary>
    /// <param name="work">What to do; must not write anywhere else and must not call back in here.</param>
    /// <param name="cancellationToken">Stops waiting for the turn, not the work.</param>
    /// <exception cref="SqliteException">The disk is full or failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, SqliteTransaction, T> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        await _writer.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => WriteNow(work), CancellationToken.None);
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>True where a transaction can be committed now. Writes one small row.</summary>
    public bool IsWritable()
    {
        if (!_writer.Wait(TimeSpan.FromSeconds(BusyTimeoutSeconds)))
        {
            return false;
        }

        try
        {
            return WriteNow((connection, transaction) => connection.Execute(
                "INSERT INTO write_probe (id, time) VALUES (1, @time) ON CONFLICT (id) DO UPDATE SET time = excluded.time",
                new { time = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() },
                transaction)) == 1;
        }
        catch (SqliteException)
        {
            return false;
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>Moves what the WAL holds into the database and empties it, so that nothing deleted stays readable there.</summary>
    public Task EmptyLogAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using SqliteConnection connection = Connect();
            connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        },
        cancellationToken);

    /// <summary>Closes the pooled connections; SQLite then folds the WAL into the database.</summary>
    public void Dispose()
    {
        using (var connection = new SqliteConnection(_connectionString))
        {
            SqliteConnection.ClearPool(connection);
        }

        _writer.Dispose();
    }

    private T WriteNow<T>(Func<SqliteConnection, SqliteTransaction, T> work)
    {
        using SqliteConnection connection = Connect();

        // A pooled connection may have been a reader's, so it is said each time; readers, which are many, need none of it. secure_delete overwrites what is
        // deleted; temporary tables stay in memory, so that nothing of them is left on disk.
        connection.Execute("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;");

        // Not deferred: the write lock is taken at once, so that work never fails half-way because of another writer.
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        T result = work(connection, transaction);
        transaction.Commit();
        return result;
    }

    private static void Migrate(SqliteConnection connection, ImmutableArray<string> steps)
    {
        connection.Execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, apply_time INTEGER NOT NULL) STRICT");
        int version = connection.ExecuteScalar<int?>("SELECT max(version) FROM schema_version") ?? 0;
        if (version > steps.Length)
        {
            throw new DataFolderException(string.Create(
                CultureInfo.InvariantCulture,
                $"The data folder was written by a newer version of CalcQuant (schema {version}; this one knows up to {steps.Length})."));
        }

        for (; version < steps.Length; version++)
        {
            using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
            connection.Execute(steps[version], transaction: transaction);
            connection.Execute(
                "INSERT INTO schema_version (version, apply_time) VALUES (@version, @time)",
                new { version = version + 1, time = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() },
                transaction);
            transaction.Commit();
        }
    }
}
