using System.CommandLine;
using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Cli.Output;
using CalcQuant.Cli.Remote;
using Google.Protobuf.WellKnownTypes;
using Spectre.Console;

namespace CalcQuant.Cli.Commands;

/// <summary><c>calcquant analyses</c>: the analyses of a service, those that run and those that are kept.</summary>
internal static class AnalysesCommand
{
    private const int ListPage = 1000;

    /// <summary>A call waits this long, so that progress shows and no proxy takes it for dead.</summary>
    private static readonly TimeSpan WaitingRound = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, ArtifactKind> Artifacts = new(StringComparer.Ordinal)
    {
        ["json"] = ArtifactKind.Json, ["csv"] = ArtifactKind.Csv, ["labels"] = ArtifactKind.LabelVolume, ["overlays"] = ArtifactKind.Overlays, ["bone-mask"] = ArtifactKind.BoneMask,
    };

    private static readonly Dictionary<string, AnalysisState> States = new(StringComparer.Ordinal)
    {
        ["queued"] = AnalysisState.Queued,
        ["running"] = AnalysisState.Running,
        ["succeeded"] = AnalysisState.Succeeded,
        ["failed"] = AnalysisState.Failed,
        ["cancelled"] = AnalysisState.Cancelled,
    };

    /// <summary>Headings of the list, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["analysis", "state", "series", "created", "ended", "remark"];

    /// <summary>The command with its sub-commands.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken) =>
        new("analyses", "List, show, await, cancel, correct and download the analyses of a service.")
        {
            CreateList(terminal, cancellationToken),
            CreateForOne("show", "Show an analysis and what it found.", cancels: false, terminal, cancellationToken),
            CreateWait(terminal, cancellationToken),
            CreateForOne("cancel", "Cancel an analysis that waits or runs.", cancels: true, terminal, cancellationToken),
            CreateReclassify(terminal, cancellationToken),
            CreateDownload(terminal, cancellationToken),
        };

    private static Command CreateList(Terminal terminal, CancellationToken cancellationToken)
    {
        var series = new Option<string?>("--series") { HelpName = "UID", Description = "Only of this Series Instance UID." };
        var states = new Option<string[]>("--state") { HelpName = "STATE", Description = $"Only in this state: {string.Join(", ", States.Keys)}. May be repeated." };
        states.AcceptOnlyFromAmong([.. States.Keys]);
        var server = new ServerOptions(isRequired: true);
        var command = new Command("list", "List analyses, newest first.") { series, states };
        server.AddTo(command);
        command.SetAction(parsed =>
        {
            var request = new ListAnalysesRequest
            {
                SeriesInstanceUid = parsed.GetValue(series) ?? "",
                States = { (parsed.GetValue(states) ?? []).Select(state => States[state]) },
                PageSize = ListPage,
            };
            using var service = ServiceConnection.Open(server.Read(parsed)!);
            PrintList(service.Run(_ => ListAsync(service, request, cancellationToken)), terminal);
            return (int)ExitCode.Done;
        });
        return command;
    }

    // What a call is made of stands in the action alone: building the commands, which every run does, must not load it.
    private static Command CreateForOne(string name, string description, bool cancels, Terminal terminal, CancellationToken cancellationToken)
    {
        Argument<string> analysis = CreateName();
        var server = new ServerOptions(isRequired: true);
        var command = new Command(name, description) { analysis };
        server.AddTo(command);
        command.SetAction(parsed =>
        {
            using var service = ServiceConnection.Open(server.Read(parsed)!);
            string wanted = NameOf(parsed, analysis);
            Api.V1.Analysis found = service.Run(async _ => cancels
                ? (await service.Analyses.CancelAnalysisAsync(new CancelAnalysisRequest { Name = wanted }, cancellationToken: cancellationToken)).Analysis
                : (await service.Analyses.GetAnalysisAsync(new GetAnalysisRequest { Name = wanted }, cancellationToken: cancellationToken)).Analysis);
            return (int)Show(service, found, terminal, cancellationToken);
        });
        return command;
    }

    private static Command CreateWait(Terminal terminal, CancellationToken cancellationToken)
    {
        Argument<string> analysis = CreateName();
        var server = new ServerOptions(isRequired: true);
        var command = new Command("wait", "Wait for an analysis and show what it found. Interrupting the wait leaves the analysis alone.") { analysis };
        server.AddTo(command);
        command.SetAction(parsed =>
        {
            using var service = ServiceConnection.Open(server.Read(parsed)!);
            Api.V1.Analysis ended = terminal.WithProgress(
                isQuiet: false, progress => service.Run(_ => WaitAsync(service, NameOf(parsed, analysis), progress, cancellationToken)));
            return (int)Show(service, ended, terminal, cancellationToken);
        });
        return command;
    }

    private static Command CreateDownload(Terminal terminal, CancellationToken cancellationToken)
    {
        Argument<string> analysis = CreateName();
        var output = new Option<string>("--output") { HelpName = "DIR", Required = true, Description = "Folder of the files; made where it does not exist." };
        var artifacts = new Option<string[]>("--artifact") { HelpName = "KIND", Description = $"What to download: {string.Join(", ", Artifacts.Keys)}. May be repeated. Default: everything there is." };
        artifacts.AcceptOnlyFromAmong([.. Artifacts.Keys]);
        var server = new ServerOptions(isRequired: true);
        var command = new Command("download", "Download the files of an analysis.") { analysis, output, artifacts };
        server.AddTo(command);
        command.SetAction(parsed =>
        {
            using var service = ServiceConnection.Open(server.Read(parsed)!);
            string name = NameOf(parsed, analysis);
            string folder = parsed.GetRequiredValue(output);
            IEnumerable<ArtifactKind> wanted = (parsed.GetValue(artifacts) ?? []).Select(kind => Artifacts[kind]);
            IReadOnlyList<string> written = service.Run(_ => DownloadAsync(service, name, [.. wanted], file => Path.Combine(folder, file), cancellationToken));
            foreach (string path in written)
            {
                terminal.Out.WriteLine(path);
            }

            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Command CreateReclassify(Terminal terminal, CancellationToken cancellationToken)
    {
        const string Prefix = "REGION_KIND_";
        Dictionary<string, Api.V1.RegionKind> kinds = System.Enum.GetValues<Api.V1.RegionKind>()
            .Where(kind => kind != Api.V1.RegionKind.Unspecified)
            .ToDictionary(kind => string.Concat(kind.ToString().Select((letter, place) => char.IsUpper(letter) && place > 0 ? $"_{letter}" : char.ToUpperInvariant(letter).ToString())), StringComparer.Ordinal);
        Argument<string> analysis = CreateName();
        var report = new Option<int>("--report") { HelpName = "N", Description = "Report of the analysis, from 1. Default: 1.", DefaultValueFactory = _ => 1 };
        var region = new Option<int>("--region") { HelpName = "ID", Required = true, Description = "Id of the region in that report." };
        var kind = new Option<string>("--kind") { HelpName = "KIND", Required = true, Description = $"What it is: {string.Join(", ", kinds.Keys)}." };
        var why = new Option<string>("--why") { HelpName = "TEXT", Required = true, Description = "The reason, in one line; kept in the report." };
        var who = new Option<string?>("--who") { HelpName = "NAME", Description = "Who says so, where the service does not ask for a key or a certificate. Default: local." };
        kind.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !kinds.ContainsKey(WithoutPrefix(result.Tokens[0].Value)))
            {
                result.AddError($"--kind wants one of {string.Join(", ", kinds.Keys)}");
            }
        });
        var server = new ServerOptions(isRequired: true);
        var command = new Command("reclassify", "Correct the kind of one region, and show the corrected report.") { analysis, report, region, kind, why, who };
        server.AddTo(command);
        command.SetAction(parsed =>
        {
            using var service = ServiceConnection.Open(server.Read(parsed)!);
            var request = new ReclassifyRegionRequest
            {
                Name = NameOf(parsed, analysis),
                ReportIndex = parsed.GetValue(report) - 1,
                RegionId = parsed.GetValue(region),
                Kind = kinds[WithoutPrefix(parsed.GetRequiredValue(kind))],
                Why = parsed.GetRequiredValue(why),
                Who = parsed.GetValue(who) ?? string.Empty,
            };
            ReclassifyRegionResponse answer = service.Run(async _ => await service.Analyses.ReclassifyRegionAsync(request, cancellationToken: cancellationToken));
            ReportPrinter.Print(terminal.Console, RemoteReports.Read(answer.Report), showsStageTimes: false);
            return (int)ExitCode.Done;
        });
        return command;

        static string WithoutPrefix(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
    }

    private static Argument<string> CreateName() => new("ANALYSIS") { Description = "Name of the analysis, analyses/ID, or its ID." };

    private static string NameOf(ParseResult parsed, Argument<string> argument)
    {
        string given = parsed.GetRequiredValue(argument);
        return given.Contains('/', StringComparison.Ordinal) ? given : $"analyses/{given}";
    }

    private static async Task<List<Api.V1.Analysis>> ListAsync(ServiceConnection service, ListAnalysesRequest request, CancellationToken cancellationToken)
    {
        List<Api.V1.Analysis> found = [];
        do
        {
            ListAnalysesResponse page = await service.Analyses.ListAnalysesAsync(request, cancellationToken: cancellationToken);
            found.AddRange(page.Analyses);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return found;
    }

    private static async Task<Api.V1.Analysis> WaitAsync(ServiceConnection service, string name, IProgress<AnalysisProgress>? progress, CancellationToken cancellationToken)
    {
        var request = new WaitAnalysisRequest { Name = name, Timeout = Duration.FromTimeSpan(WaitingRound) };
        while (true)
        {
            Api.V1.Analysis current = (await service.Analyses.WaitAnalysisAsync(request, cancellationToken: cancellationToken)).Analysis;
            if (HasEnded(current))
            {
                return current;
            }

            if (current.Stage.Length > 0)
            {
                progress?.Report(new AnalysisProgress(current.Stage, current.StageFraction));
            }
        }
    }

    private static async Task<IReadOnlyList<string>> DownloadAsync(
        ServiceConnection service, string name, IReadOnlyList<ArtifactKind> wanted, Func<string, string> place, CancellationToken cancellationToken)
    {
        if (wanted.Count == 0)
        {
            GetAnalysisResponse answer = await service.Analyses.GetAnalysisAsync(new GetAnalysisRequest { Name = name }, cancellationToken: cancellationToken);
            wanted = [.. new[] { ArtifactKind.Json, ArtifactKind.Csv }.Union(answer.Analysis.Artifacts)];
        }

        List<string> written = [];
        foreach (ArtifactKind kind in wanted)
        {
            written.AddRange(await ArtifactDownload.WriteAsync(service, name, kind, place, cancellationToken));
        }

        return written;
    }

    private static ExitCode Show(ServiceConnection service, Api.V1.Analysis analysis, Terminal terminal, CancellationToken cancellationToken)
    {
        terminal.Out.WriteLine($"{analysis.Name}: {Describe(analysis)}");
        if (!HasEnded(analysis))
        {
            return ExitCode.Done;
        }

        if (analysis.State == AnalysisState.Succeeded || analysis.Error is { Reason: var reason } && IsRefusal(reason))
        {
            GetReportResponse answer = service.Run(async _ => await service.Analyses.GetReportAsync(new GetReportRequest { Name = analysis.Name }, cancellationToken: cancellationToken));
            terminal.Out.WriteLine();
            foreach (Api.V1.AnalysisReport report in answer.Output.Reports)
            {
                ReportPrinter.Print(terminal.Console, RemoteReports.Read(report), showsStageTimes: false);
            }
        }

        return analysis.Error is { Reason: var failed } ? RemoteErrors.ExitCodeOf(failed) : ExitCode.Done;
    }

    private static bool HasEnded(Api.V1.Analysis analysis) => analysis.State is AnalysisState.Succeeded or AnalysisState.Failed or AnalysisState.Cancelled;

    // A refused series has reports that say why.
    private static bool IsRefusal(string reason) => RemoteErrors.ExitCodeOf(reason) == ExitCode.Refused;

    private static void PrintList(List<Api.V1.Analysis> found, Terminal terminal)
    {
        if (found.Count == 0)
        {
            terminal.Out.WriteLine("No analyses.");
            return;
        }

        Table table = new Table().Border(TableBorder.Simple);
        table.AddColumns([.. Columns.Select(name => new TableColumn(new Text(name)))]);
        foreach (Api.V1.Analysis analysis in found)
        {
            SeriesReference series = analysis.Series ?? new SeriesReference();
            table.AddRow(
                new Text(analysis.Name),
                new Text(WordOf(analysis.State)),
                new Text(Terminal.OneLine(series.SeriesInstanceUid.Length > 0 ? series.SeriesInstanceUid : series.ServerFolder)),
                new Text(Times.Of(analysis.CreateTime)),
                new Text(Times.Of(analysis.EndTime)),
                new Text(Terminal.OneLine(RemarkOn(analysis))));
        }

        terminal.Console.Write(table);
    }

    private static string Describe(Api.V1.Analysis analysis)
    {
        string remark = RemarkOn(analysis);
        return Terminal.OneLine(remark.Length == 0 ? WordOf(analysis.State) : $"{WordOf(analysis.State)}, {remark}");
    }

    private static string RemarkOn(Api.V1.Analysis analysis) => analysis switch
    {
        { Error: { } error } => $"{error.Message} ({error.Reason})",
        { State: AnalysisState.Running, Stage.Length: > 0 } => string.Create(CultureInfo.InvariantCulture, $"{analysis.Stage} {analysis.StageFraction:P0}"),
        { State: AnalysisState.Queued } => string.Create(CultureInfo.InvariantCulture, $"{analysis.QueuePosition} before it"),
        _ => string.Empty,
    };

    private static string WordOf(AnalysisState state) => States.FirstOrDefault(known => known.Value == state).Key ?? "in a state that this version does not know";
}
