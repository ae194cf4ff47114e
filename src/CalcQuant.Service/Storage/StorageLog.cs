namespace CalcQuant.Service.Storage;

/// <summary>Events 1100 to 1199: what storage has to say. Counts only, never what is stored.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(1100, LogLevel.Information, "Upload ended: {StoredCount} stored, {AlreadyStoredCount} there already, {RejectedCount} rejected, {ByteCount} bytes.")]
    public static partial void UploadEnded(ILogger logger, int storedCount, int alreadyStoredCount, int rejectedCount, long byteCount);

    [LoggerMessage(1101, LogLevel.Information, "Upload broke off: {KeptCount} files that were whole are kept.")]
    public static partial void UploadBroken(ILogger logger, int keptCount);

    [LoggerMessage(1110, LogLevel.Information, "Study deleted: {InstanceCount} instances, {ByteCount} bytes, {AnalysisCount} analyses.")]
    public static partial void StudyDeleted(ILogger logger, int instanceCount, long byteCount, int analysisCount);

    [LoggerMessage(1111, LogLevel.Warning, "{FileCount} files of deleted instances could not be removed; the next start removes them.")]
    public static partial void FilesLeft(ILogger logger, int fileCount);

    [LoggerMessage(1120, LogLevel.Information, "Store opened: {InstanceCount} instances.")]
    public static partial void StoreOpened(ILogger logger, long instanceCount);

    [LoggerMessage(1121, LogLevel.Information, "Left over from the last run and removed: {IncomingCount} unfinished files, {OrphanCount} files without a row.")]
    public static partial void LeftoversRemoved(ILogger logger, int incomingCount, int orphanCount);

    [LoggerMessage(1122, LogLevel.Error, "{RowCount} instances have lost their file, or part of it, and were removed from the store.")]
    public static partial void FilesLost(ILogger logger, int rowCount);

    [LoggerMessage(1130, LogLevel.Information, "Retention removed {StudyCount} studies: {InstanceCount} instances, {ByteCount} bytes.")]
    public static partial void RetentionRemoved(ILogger logger, int studyCount, int instanceCount, long byteCount);

    [LoggerMessage(1131, LogLevel.Warning, "Retention failed ({Failure}); it is tried again at its next turn.")]
    public static partial void RetentionFailed(ILogger logger, string failure);

    [LoggerMessage(1132, LogLevel.Warning, "The store holds {ByteCount} bytes, more than the limit, but everything in it is in use.")]
    public static partial void RetentionHeld(ILogger logger, long byteCount);

    [LoggerMessage(1140, LogLevel.Error, "The disk failed: {Failure}, number {Number}.")]
    public static partial void DiskFailed(ILogger logger, string failure, int number);
}
