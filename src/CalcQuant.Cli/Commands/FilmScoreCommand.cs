using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Cli.Output;
using CalcQuant.Radiography;
using Google.Protobuf;

namespace CalcQuant.Cli.Commands;

/// <summary><c>calcquant film-score</c>: what the film of a report scores by a table of the user's, and how a later film differs.</summary>
internal sealed class FilmScoreCommand
{
    /// <summary>Bytes of a report at most.</summary>
    public const int MaxReportBytes = 256 << 20;

    /// <summary>The report, as <c>analyze --json</c> writes it.</summary>
    public required string ReportPath { get; init; }

    /// <summary>The table.</summary>
    public required string TablePath { get; init; }

    /// <summary>The report of a later film; null where there is none.</summary>
    public string? LaterPath { get; init; }

    /// <summary>Where the JSON goes; "-" is standard output, null nowhere.</summary>
    public string? JsonPath { get; init; }

    /// <summary>Runs the command.</summary>
    public ExitCode Run(Terminal terminal)
    {
        if (ScoreTableFile.Read(TablePath, out FilmScoreTable? table, out string sha256) is { } wrong)
        {
            terminal.Complain($"{TablePath}: {wrong}");
            return ErrorTable.BadArguments.ExitCode;
        }

        if (!TryScore(ReportPath, table!, terminal, out FilmScore? score, out ExitCode code))
        {
            return code;
        }

        FilmScoreChange? change = null;
        if (LaterPath is { } laterPath)
        {
            if (!TryScore(laterPath, table!, terminal, out FilmScore? later, out code))
            {
                return code;
            }

            if (FilmScoreChange.Between(score!, later!, out change) is { } difference)
            {
                terminal.Complain(difference);
                return ExitCode.Refused;
            }
        }

        if (JsonPath == "-")
        {
            terminal.Out.WriteLine(FilmScoreJson.Write(score!, change, sha256));
            return ExitCode.Done;
        }

        FilmScorePrinter.Print(terminal.Console, score!, change, sha256);
        return JsonPath is null || TryWrite(JsonPath, FilmScoreJson.Write(score!, change, sha256), terminal) ? ExitCode.Done : ErrorTable.BadArguments.ExitCode;
    }

    private static bool TryScore(string path, FilmScoreTable table, Terminal terminal, out FilmScore? score, out ExitCode code)
    {
        (score, code) = (null, ErrorTable.BadArguments.ExitCode);
        if (Read(path, out AnalysisReport? report, out bool isRefused) is { } unreadable)
        {
            terminal.Complain($"{path}: {unreadable}");
            code = isRefused ? ExitCode.Refused : code;
            return false;
        }

        if (FilmScore.Measure(table, report!, out score) is { } reason)
        {
            terminal.Complain($"{path}: {reason}");
            code = ExitCode.Refused;
            return false;
        }

        return true;
    }

    /// <summary>The one report of a file.</summary>
    private static string? Read(string path, out AnalysisReport? report, out bool isRefused)
    {
        (report, isRefused) = (null, false);
        try
        {
            byte[] bytes = BoundedFile.Read(path, MaxReportBytes);
            if (bytes.Length > MaxReportBytes)
            {
                return $"the file is larger than {MaxReportBytes >> 20} MiB";
            }

            using var stream = new MemoryStream(bytes);
            Api.V1.AnalysisOutput output = ReportJson.Read(stream);
            if (output.Reports.Count != 1)
            {
                isRefused = true;
                return output.Reports.Count == 0
                    ? "it has no report of a radiograph; it wants the JSON of analyze"
                    : $"it has {output.Reports.Count} reports, and a score is of one film: analyse it alone, or choose it with --series";
            }

            return output.Reports[0].TryRead(out report) ? null : "the report comes from a later version, or is damaged";
        }
        catch (InvalidProtocolBufferException failure)
        {
            return $"it is not a report: {Terminal.OneLine(failure.Message)}";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Terminal.OneLine(failure.Message);
        }
    }

    private static bool TryWrite(string path, string json, Terminal terminal)
    {
        try
        {
            using PendingFile file = PendingFile.Create(path);
            using (var writer = new StreamWriter(file.Stream, leaveOpen: true))
            {
                writer.Write(json + "\n");
            }

            file.Commit();
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            terminal.Complain($"cannot write {path}: {failure.Message}");
            return false;
        }
    }
}
