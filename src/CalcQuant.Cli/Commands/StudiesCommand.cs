using System.CommandLine;
using System.Globalization;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Cli.Output;
using CalcQuant.Cli.Remote;
using Spectre.Console;
using SkippedFile = CalcQuant.Dicom.Series.SkippedFile;

namespace CalcQuant.Cli.Commands;

/// <summary><c>calcquant studies</c>: what is in a service's study store.</summary>
internal static class StudiesCommand
{
    private const int ListPage = 1000;
    private const double BytesOfMegabyte = 1e6;

    /// <summary>Headings of the list, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["series", "study", "modality", "instances", "MB", "updated"];

    /// <summary>The command with its sub-commands.</summary>
    public static Command Create(Func<Argument<string[]>> createPaths, Terminal terminal, CancellationToken cancellationToken) =>
        new("studies", "List, upload and delete what is in a service's study store.")
        {
            CreateList(terminal, cancellationToken), CreateUpload(createPaths(), terminal, cancellationToken), CreateDelete(terminal, cancellationToken),
        };

    private static Command CreateList(Terminal terminal, CancellationToken cancellationToken)
    {
        var study = new Option<string?>("--study") { HelpName = "UID", Description = "Only this Study Instance UID." };
        var folder = new Option<string?>("--server-folder") { HelpName = "ROOT/PATH", Description = "A folder that the service may read, instead of its store." };
        var server = new ServerOptions(isRequired: true);
        var command = new Command("list", "List the series of the store, or of a folder that the service may read.") { study, folder };
        server.AddTo(command);
        command.SetAction(parsed =>
        {
            var request = new ListSeriesRequest { StudyInstanceUid = parsed.GetValue(study) ?? "", ServerFolder = parsed.GetValue(folder) ?? "", PageSize = ListPage };
            using var service = ServiceConnection.Open(server.Read(parsed)!);
            Print(service.Run(_ => ListAsync(service, request, cancellationToken)), terminal);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Command CreateUpload(Argument<string[]> paths, Terminal terminal, CancellationToken cancellationToken)
    {
        var server = new ServerOptions(isRequired: true);
        var command = new Command("upload", "Send every DICOM file below PATH; what is stored already is not sent again.") { paths };
        server.AddTo(command);
        command.SetAction(parsed =>
        {
            using var service = ServiceConnection.Open(server.Read(parsed)!);
            List<FileToSend> files = FileToSend.Below(parsed.GetRequiredValue(paths), out List<SkippedFile> skipped, cancellationToken);
            var upload = new StudyUpload(service);
            terminal.WithProgress(isQuiet: false, progress => service.Run(async _ =>
            {
                await upload.SendAsync(files, progress, cancellationToken);
                return upload;
            }));
            terminal.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{upload.StoredCount} stored, {upload.AlreadyStoredCount} already stored, {upload.Rejected.Count} rejected"));
            SkippedPrinter.Print(terminal.Console, skipped);
            foreach (RejectedFile rejected in upload.Rejected)
            {
                terminal.Complain($"rejected {rejected.ShownPath}: {rejected.Message}");
            }

            return (int)(upload.Rejected.Count > 0 || files.Count == 0 ? ExitCode.Refused : ExitCode.Done);
        });
        return command;
    }

    private static Command CreateDelete(Terminal terminal, CancellationToken cancellationToken)
    {
        var study = new Argument<string>("STUDY_UID") { Description = "Study Instance UID." };
        var server = new ServerOptions(isRequired: true);
        var command = new Command("delete", "Delete the instances of a study, its analyses and their files.") { study };
        server.AddTo(command);
        command.SetAction(parsed =>
        {
            var request = new DeleteStudyRequest { StudyInstanceUid = parsed.GetRequiredValue(study) };
            using var service = ServiceConnection.Open(server.Read(parsed)!);
            DeleteStudyResponse deleted = service.Run(async _ => await service.Studies.DeleteStudyAsync(request, cancellationToken: cancellationToken));
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"deleted {deleted.InstanceCount} instances and {deleted.AnalysisCount} analyses"));
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static async Task<List<Series>> ListAsync(ServiceConnection service, ListSeriesRequest request, CancellationToken cancellationToken)
    {
        List<Series> found = [];
        do
        {
            ListSeriesResponse page = await service.Studies.ListSeriesAsync(request, cancellationToken: cancellationToken);
            found.AddRange(page.Series);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return found;
    }

    private static void Print(List<Series> found, Terminal terminal)
    {
        if (found.Count == 0)
        {
            terminal.Out.WriteLine("No series.");
            return;
        }

        Table table = new Table().Border(TableBorder.Simple);
        table.AddColumns([.. Columns.Select(name => new TableColumn(new Text(name)))]);
        foreach (Series series in found)
        {
            table.AddRow(
                new Text(Terminal.OneLine(series.SeriesInstanceUid)),
                new Text(Terminal.OneLine(series.StudyInstanceUid)),
                new Text(Terminal.OneLine(series.Modality)),
                new Text(series.InstanceCount.ToString(CultureInfo.InvariantCulture)),
                new Text(series.HasByteCount ? (series.ByteCount / BytesOfMegabyte).ToString("0.0", CultureInfo.InvariantCulture) : "–"),
                new Text(Times.Of(series.UpdateTime)));
        }

        terminal.Console.Write(table);
    }
}
