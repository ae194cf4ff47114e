using CalcQuant.Api;
using Microsoft.Data.Sqlite;

namespace CalcQuant.Service.Storage;

/// <summary>What a failing disk means for a caller.</summary>
internal static class StorageFaults
{
    private const int SqliteFull = 13; // SQLITE_FULL
    private const int NoSpaceLeft = 28; // ENOSPC of Linux and macOS; .NET hands errno through
    private const int QuotaExceeded = 122; // EDQUOT of Linux
    private const int WindowsDiskFull = unchecked((int)0x80070070); // ERROR_DISK_FULL
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027); // ERROR_HANDLE_DISK_FULL

    /// <summary>True for exceptions of files and of the database.</summary>
    public static bool IsStorage(Exception exception) => exception is IOException or UnauthorizedAccessException or SqliteException;

    /// <summary>The fault a caller sees; the log gets the kind and the number of the failure, as its words may hold a path.</summary>
    public static ServiceFault From(Exception exception, ILogger logger)
    {
        StorageLog.DiskFailed(logger, exception.GetType().Name, exception is SqliteException sqlite ? sqlite.SqliteExtendedErrorCode : exception.HResult);
        return From(exception);
    }

    /// <summary>The fault a caller sees, where the failure is logged elsewhere.</summary>
    public static ServiceFault From(Exception exception) => IsFull(exception)
        ? new ServiceFault(ServiceErrorCode.StorageFull, "The server's disk is full; nothing of the file in hand was stored.")
        : new ServiceFault(ServiceErrorCode.StoreUnavailable, "The server could not write to its disk.");

    private static bool IsFull(Exception exception) => exception switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode == SqliteFull,
        IOException io => io.HResult is NoSpaceLeft or QuotaExceeded or WindowsDiskFull or WindowsHandleDiskFull,
        _ => false,
    };
}
