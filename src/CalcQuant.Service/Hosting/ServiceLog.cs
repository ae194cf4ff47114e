using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace CalcQuant.Service.Hosting;

/// <summary>Logs on standard error. Of an exception they have the type and the stack, never the message: it may name a file or a patient.</summary>
internal static class ServiceLog
{
    /// <summary>Sends the log to standard error.</summary>
    public static void AddStandardError(ILoggingBuilder logging, ServiceOptions options)
    {
        logging.SetMinimumLevel(options.LogLevel);
        logging.AddConsole(console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            console.FormatterName = Formatter.FormatterName;
        });
        logging.AddConsoleFormatter<Formatter, ConsoleFormatterOptions>();
    }

    /// <summary>
    /// Silences what others log: they would write messages of exceptions, and addresses of calls that were made up by whoever called. What matters of it
    /// is logged here.
    /// </summary>
    public static void Quieten(ILoggingBuilder logging)
    {
        logging.AddFilter("Grpc", LogLevel.None);
        logging.AddFilter("Microsoft", LogLevel.None);
        logging.AddFilter("System", LogLevel.None);
        logging.AddFilter("OpenTelemetry", LogLevel.None);

        // A background service that failed takes the host down.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Error);
    }

    private static IEnumerable<Exception> Chain(Exception failure)
    {
        for (Exception? each = failure; each is not null; each = each.InnerException)
        {
            yield return each;
        }
    }

    private sealed class Formatter(ServiceOptions options, TimeProvider time) : ConsoleFormatter(FormatterName)
    {
        public const string FormatterName = "calcquant";

        /// <summary>"Hosting failed to start": whoever starts the host gets the exception too, and says it in one line.</summary>
        private const int StartFailed = 11;

        private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";

        public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
        {
            if (logEntry.EventId.Id == StartFailed && logEntry.Category == HostCategory)
            {
                return;
            }

            string message = logEntry.Formatter(logEntry.State, null);
            DateTimeOffset now = time.GetUtcNow();
            if (options.LogFormat == LogFormat.Json)
            {
                WriteJson(now, logEntry.LogLevel, logEntry.Category, logEntry.EventId.Id, message, logEntry.Exception, textWriter);
            }
            else
            {
                textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"{now:yyyy-MM-ddTHH:mm:ss.fffZ} {logEntry.LogLevel} {logEntry.EventId.Id} {message}"));
                foreach (Exception failure in logEntry.Exception is null ? [] : Chain(logEntry.Exception))
                {
                    textWriter.Write($"\n  {failure.GetType().FullName}\n{failure.StackTrace}");
                }

                textWriter.Write('\n');
            }
        }

        private static void WriteJson(DateTimeOffset now, LogLevel level, string category, int id, string message, Exception? failure, TextWriter writer)
        {
            var buffer = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                json.WriteString("time", now);
                json.WriteString("level", level.ToString());
                json.WriteNumber("event", id);
                json.WriteString("category", category);
                json.WriteString("message", message);
                if (failure is not null)
                {
                    json.WriteString("exception", string.Join(" < ", Chain(failure).Select(each => each.GetType().FullName)));
                    json.WriteString("stack", failure.StackTrace);
                }

                json.WriteEndObject();
            }

            writer.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
            writer.Write('\n');
        }
    }
}
