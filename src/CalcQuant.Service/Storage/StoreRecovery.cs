using Dapper;
using Microsoft.Data.Sqlite;

namespace CalcQuant.Service.Storage;

/// <summary>
/// Makes rows and files agree after a killed process: what was never finished goes, and so does a file that never got its row. A row without its
/// file cannot come from a crash, only from outside or a failing disk; it goes too, as nothing could be read there, and is logged as an error.
/// </summary>
internal static class StoreRecovery
{
    /// <summary>Runs before anything else uses the folder.</summary>
    /// <exception cref="DataFolderException">The folder cannot be read or written.</exception>
    public static void Run(DataFolder folder, Database database, ILogger logger)
    {
        try
        {
            int incomingCount = EmptyIncoming(folder);
            using SqliteConnection connection = database.Connect();
            Dictionary<string, long> rows = connection.Query<(string Sha256, long ByteCount)>("SELECT sha256, byte_count FROM instances")
                .ToDictionary(row => row.Sha256, row => row.ByteCount, StringComparer.Ordinal);
            int orphanCount = RemoveOrphans(folder, rows);
            if (incomingCount + orphanCount > 0)
            {
                StorageLog.LeftoversRemoved(logger, incomingCount, orphanCount);
            }

            int lostCount = RemoveLostRows(connection, rows);
            if (lostCount > 0)
            {
                StorageLog.FilesLost(logger, lostCount);
            }

            StorageLog.StoreOpened(logger, connection.ExecuteScalar<long>("SELECT count(*) FROM instances"));
        }
        catch (Exception exception) when (StorageFaults.IsStorage(exception))
        {
            throw new DataFolderException("The data folder cannot be brought in order after the last run.", exception);
        }
    }

    private static int EmptyIncoming(DataFolder folder)
    {
        int count = 0;
        foreach (FileSystemInfo entry in new DirectoryInfo(folder.Incoming).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } directory)
            {
                directory.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }

            count++;
        }

        return count;
    }

    /// <summary>Removes files without a row, and takes the rows that have their whole file out of <paramref name="rows"/>.</summary>
    private static int RemoveOrphans(DataFolder folder, Dictionary<string, long> rows)
    {
        // The lock on the folder leaves no other writer; still, nothing is removed that was made since it was taken.
        int count = 0;
        foreach (FileInfo file in new DirectoryInfo(folder.Instances).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            string sha256 = Path.GetFileNameWithoutExtension(file.Name);
            if (rows.TryGetValue(sha256, out long byteCount) && file.FullName == folder.InstancePath(sha256))
            {
                if (file.Length == byteCount)
                {
                    rows.Remove(sha256);
                }
            }
            else if (file.LastWriteTimeUtc < folder.LockTime)
            {
                file.Delete();
                count++;
            }
        }

        return count;
    }

    private static int RemoveLostRows(SqliteConnection connection, Dictionary<string, long> lost)
    {
        if (lost.Count == 0)
        {
            return 0;
        }

        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        foreach (string sha256 in lost.Keys)
        {
            connection.Execute("DELETE FROM instances WHERE sha256 = @sha256", new { sha256 }, transaction);
        }

        connection.Execute("DELETE FROM studies WHERE NOT EXISTS (SELECT 1 FROM instances WHERE instances.study_instance_uid = studies.study_instance_uid)", transaction: transaction);
        transaction.Commit();
        return lost.Count;
    }
}
