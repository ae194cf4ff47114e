using System.Collections.Immutable;
using CalcQuant.Service.Storage;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CalcQuant.Service.Tests.Storage;

public sealed class DatabaseTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-database-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Open_OfAFolderInUse_IsRefusedUntilItIsGivenFree()
    {
        using (DataFolder.Open(_folder.FullName))
        {
            DataFolderException refused = Assert.Throws<DataFolderException>(() => DataFolder.Open(_folder.FullName));
            Assert.Equal("The data folder is in use by another process.", refused.Message);
        }

        using (DataFolder.Open(_folder.FullName))
        {
        }
    }

    [Fact]
    public void Open_OnUnix_LeavesEverythingToTheOwnerAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such permissions.");
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string path = Path.Combine(_folder.FullName, "data");
        using DataFolder folder = DataFolder.Open(path);
        using Database database = Database.Open(path);
        Assert.True(database.IsWritable());
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.All(new DirectoryInfo(path).EnumerateDirectories("*", SearchOption.AllDirectories).Append(new DirectoryInfo(path)), entry => Assert.Equal(Owner, entry.UnixFileMode));
        List<FileInfo> files = [.. new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories)];
        Assert.Contains(files, file => file.Name == "calcquant.db-wal");
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode));
    }

    [Fact]
    public async Task Write_Always_SyncsEveryCommitAndOverwritesWhatIsDeleted()
    {
        using Database database = Database.Open(_folder.FullName);
        (string? Journal, int Synchronous, int ForeignKeys, int SecureDelete) settings = await database.WriteAsync(
            (connection, transaction) => (
                connection.ExecuteScalar<string>("PRAGMA journal_mode", transaction: transaction),
                connection.ExecuteScalar<int>("PRAGMA synchronous", transaction: transaction),
                connection.ExecuteScalar<int>("PRAGMA foreign_keys", transaction: transaction),
                connection.ExecuteScalar<int>("PRAGMA secure_delete", transaction: transaction)),
            CancellationToken.None);
        Assert.Equal(("wal", 2, 1, 1), settings);
    }

    [Fact]
    public void Open_OfAnOlderSchema_RunsTheMissingStepsAndKeepsTheRows()
    {
        ImmutableArray<string> first = ["CREATE TABLE a (x INTEGER NOT NULL) STRICT; INSERT INTO a VALUES (1)"];
        ImmutableArray<string> third = [.. first, "ALTER TABLE a ADD COLUMN y INTEGER NOT NULL DEFAULT 2", "UPDATE a SET y = x + y"];
        Database.Open(_folder.FullName, first).Dispose();
        Database.Open(_folder.FullName, third).Dispose();
        using Database database = Database.Open(_folder.FullName, third);
        using SqliteConnection connection = database.Connect();
        Assert.Equal(3, connection.ExecuteScalar<int>("SELECT y FROM a"));
        Assert.Equal([1, 2, 3], connection.Query<int>("SELECT version FROM schema_version ORDER BY version"));
    }

    [Fact]
    public void Open_WhenAStepFails_LeavesTheVersionBeforeIt()
    {
        ImmutableArray<string> steps = ["CREATE TABLE a (x INTEGER) STRICT", "CREATE TABLE b (x INTEGER) STRICT; CREATE TABLE a (x INTEGER) STRICT"];
        Assert.Throws<DataFolderException>(() => Database.Open(_folder.FullName, steps));
        using Database database = Database.Open(_folder.FullName, steps[..1]);
        using SqliteConnection connection = database.Connect();
        Assert.Equal(0, connection.ExecuteScalar<int>("SELECT count(*) FROM sqlite_master WHERE name = 'b'"));
    }

    [Fact]
    public void Open_OfANewerSchema_IsRefusedAndSaysWhich()
    {
        Database.Open(_folder.FullName, [.. Migrations.Steps, "SELECT 1"]).Dispose();
        DataFolderException refused = Assert.Throws<DataFolderException>(() => Database.Open(_folder.FullName));
        Assert.Equal(
            $"The data folder was written by a newer version of CalcQuant (schema {Migrations.Steps.Length + 1}; this one knows up to {Migrations.Steps.Length}).",
            refused.Message);
    }

    [Fact]
    public void Open_OfADamagedFile_IsRefused()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "calcquant.db"), string.Concat(Enumerable.Repeat("no database ", 1000)));
        Assert.Throws<DataFolderException>(() => Database.Open(_folder.FullName));
    }

    [Fact]
    public async Task WriteAsync_ThatThrows_RollsBackAndLetsTheNextOneWrite()
    {
        using Database database = Database.Open(_folder.FullName, ["CREATE TABLE a (x INTEGER) STRICT"]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync<int>(
            (connection, transaction) =>
            {
                connection.Execute("INSERT INTO a VALUES (1)", transaction: transaction);
                throw new InvalidOperationException();
            },
            CancellationToken.None));
        int[] rows = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => database.WriteAsync(
            (connection, transaction) => connection.Execute("INSERT INTO a VALUES (@i)", new { i }, transaction), CancellationToken.None)));
        using SqliteConnection reader = database.Connect();
        Assert.Equal((20, 20), (rows.Sum(), reader.ExecuteScalar<int>("SELECT count(*) FROM a")));
    }
}
