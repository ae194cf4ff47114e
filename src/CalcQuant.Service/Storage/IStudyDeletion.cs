namespace CalcQuant.Service.Storage;

/// <summary>What must happen before the instances of a study go; implemented by whoever reads them.</summary>
internal interface IStudyDeletion
{
    /// <summary>
    /// Ends and deletes what belongs to the study. When the task has ended nothing reads its files any more and nothing new starts on them: no pin
    /// is given while a study is being deleted.
    /// </summary>
    /// <returns>Analyses deleted.</returns>
    public Task<int> DeletingAsync(string studyInstanceUid, CancellationToken cancellationToken);
}
