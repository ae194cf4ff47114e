using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace CalcQuant.Service.Hosting;

/// <summary>
/// One line an event: time, level, category and number, message. Of an exception only the types and where it was thrown are written: its message may hold a path or
/// an identifier, and no log of this service may.
/// </summary>
internal sealed class PlainConsoleFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "plain";

    private static readonly Dictionary<LogLevel, string> LevelWords = new()
    {
        [LogLevel.Trace] = "trace", [LogLevel.Debug] = "debug", [LogLevel.Information] = "info ", [LogLevel.Warning] = "warn ",
        [LogLevel.Error] = "error", [LogLevel.Critical] = "fatal",
    };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string message = logEntry.Formatter(logEntry.State, null).ReplaceLineEndings(" ");
        textWriter.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {LevelWords.GetValueOrDefault(logEntry.LogLevel, "")} {logEntry.Category}[{logEntry.EventId.Id}] {message}"));
        for (Exception? exception = logEntry.Exception; exception is not null; exception = exception.InnerException)
        {
            textWriter.WriteLine($"  {exception.GetType().FullName}");
            foreach (string line in (exception.StackTrace ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                textWriter.WriteLine($"    {WithoutFile(line.Trim())}");
            }
        }
    }

    /// <summary>A frame of a stack without the file it was compiled from, which is a path of the machine that built it.</summary>
    private static string WithoutFile(string frame)
    {
        int file = frame.IndexOf(" in ", StringComparison.Ordinal);
        return file < 0 ? frame : frame[..file];
    }
}
