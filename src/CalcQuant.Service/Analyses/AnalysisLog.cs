namespace CalcQuant.Service.Analyses;

/// <summary>Log events of analyses, 1200 to 1299. Ids of analyses say nothing about a patient; nothing else of a request is logged.</summary>
internal static partial class AnalysisLog
{
    [LoggerMessage(1200, LogLevel.Information, "Analysis {Id} accepted")]
    public static partial void Accepted(ILogger logger, string id);

    [LoggerMessage(1201, LogLevel.Debug, "Analysis {Id} is wanted once more")]
    public static partial void Joined(ILogger logger, string id);

    [LoggerMessage(1202, LogLevel.Information, "Analysis {Id} began, attempt {Attempt}")]
    public static partial void Began(ILogger logger, string id, int attempt);

    [LoggerMessage(1203, LogLevel.Information, "Analysis {Id} ended: {State}, {Reason}")]
    public static partial void Ended(ILogger logger, string id, AnalysisState state, string reason);

    [LoggerMessage(1204, LogLevel.Information, "Analysis {Id} was cancelled")]
    public static partial void Cancelled(ILogger logger, string id);

    [LoggerMessage(1205, LogLevel.Information, "Analysis {Id} goes back to the queue: the service stops")]
    public static partial void Requeued(ILogger logger, string id);

    [LoggerMessage(1206, LogLevel.Information, "Analyses of an earlier process that wait again: {Count}")]
    public static partial void Recovered(ILogger logger, int count);

    [LoggerMessage(1207, LogLevel.Warning, "Analysis {Id} exhausted the memory")]
    public static partial void OutOfMemory(ILogger logger, string id);

    [LoggerMessage(1208, LogLevel.Error, "Analysis {Id} failed with {ExceptionType}\n{StackTrace}")]
    public static partial void Crashed(ILogger logger, string id, string exceptionType, string stackTrace);

    [LoggerMessage(1209, LogLevel.Error, "How analysis {Id} ended could not be stored ({ExceptionType}); the next start takes it up")]
    public static partial void NotStored(ILogger logger, string id, string exceptionType);

    [LoggerMessage(1210, LogLevel.Error, "The database cannot be written to (SQLite error {Code}); the analysis waits for it")]
    public static partial void StoreFailed(ILogger logger, int code);

    [LoggerMessage(1211, LogLevel.Information, "Analysis {Id} was corrected; it has {Count} corrections")]
    public static partial void Corrected(ILogger logger, string id, int count);
}
