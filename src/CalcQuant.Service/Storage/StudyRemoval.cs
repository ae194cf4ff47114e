namespace CalcQuant.Service.Storage;

/// <summary>What went with a study.</summary>
/// <param name="InstanceCount">Instances.</param>
/// <param name="ByteCount">Bytes of their files.</param>
/// <param name="AnalysisCount">Analyses.</param>
internal sealed record RemovedStudy(int InstanceCount, long ByteCount, int AnalysisCount);

/// <summary>Removes whole studies: first what reads them, then rows, then files. One at a time.</summary>
internal sealed class StudyRemoval(StudyStore store, IEnumerable<IStudyDeletion> deletions, ILogger<StudyRemoval> logger) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Removes a study.</summary>
    /// <param name="studyInstanceUid">The study.</param>
    /// <param name="evenIfInUse">False to leave it alone where an analysis waits for it or runs on it.</param>
    /// <param name="cancellationToken">Stops before anything is deleted, or while analyses are being ended.</param>
    /// <returns>Null where there is no such study, or it is in use.</returns>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The database failed.</exception>
    public async Task<RemovedStudy?> RemoveAsync(string studyInstanceUid, bool evenIfInUse, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (!store.HasStudy(studyInstanceUid) || !store.TryBeginLeaving(studyInstanceUid, evenIfInUse))
            {
                return null;
            }

            try
            {
                int analysisCount = 0;
                foreach (IStudyDeletion deletion in deletions)
                {
                    analysisCount += await deletion.DeletingAsync(studyInstanceUid, cancellationToken);
                }

                (int instanceCount, long byteCount) = await store.DeleteAsync(studyInstanceUid, cancellationToken);
                StorageLog.StudyDeleted(logger, instanceCount, byteCount, analysisCount);
                return new RemovedStudy(instanceCount, byteCount, analysisCount);
            }
            finally
            {
                store.EndLeaving(studyInstanceUid);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Frees the turn.</summary>
    public void Dispose() => _turn.Dispose();
}
