using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Cli.Commands;
using CalcQuant.Cli.Remote;
using CalcQuant.Service.Hosting;

namespace CalcQuant.Cli;

/// <summary>The whole command line: what may be written, what runs, and what goes wrong as one line and an exit code.</summary>
internal static class CommandLine
{
    private const string RootName = "calcquant";

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">As the shell gave them.</param>
    /// <param name="terminal">Where to write.</param>
    /// <param name="cancellationToken">Ends the command early, as Ctrl-C does.</param>
    public static ExitCode Run(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellationToken = default)
    {
        using var interruption = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        try
        {
            Command root = CreateRoot(terminal, interruption.Token);
            ParseResult parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0)
            {
                terminal.Complain(Describe(parsed));
                return ErrorTable.BadArguments.ExitCode;
            }

            var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = terminal.Out, Error = terminal.Error };
            return (ExitCode)parsed.Invoke(invocation);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            terminal.Complain("cancelled");
            return ErrorTable.Cancelled.ExitCode;
        }
        catch (RemoteFailure failure)
        {
            terminal.Complain(failure.Message);
            return failure.ExitCode;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            terminal.Complain(failure.Message);
            return ErrorTable.Internal.ExitCode;
        }
        catch (OutOfMemoryException)
        {
            terminal.Complain("out of memory");
            return ErrorTable.Internal.ExitCode;
        }
#pragma warning disable CA1031 // The last resort of the process: whatever it is, the user gets one line, no stack trace.
        catch (Exception bug)
        {
            terminal.Complain($"internal error: {bug.GetType().Name}: {bug.Message}");
            return ErrorTable.Internal.ExitCode;
        }
#pragma warning restore CA1031

        // The first signal cancels, so that no half-written file stays behind; a second one ends the process at once.
        void Interrupt(PosixSignalContext context)
        {
            context.Cancel = !interruption.IsCancellationRequested;
            interruption.Cancel();
        }
    }

    private static string Describe(ParseResult parsed) => parsed switch
    {
        { UnmatchedTokens: [string unknown, ..] } => $"unknown argument: {unknown}",
        { CommandResult.Command.Name: RootName } => "no command given; calcquant --help lists them",
        _ => parsed.Errors[0].Message,
    };

    /// <summary>The commands with their options; tests read them to keep the README true.</summary>
    internal static Command CreateRoot(Terminal terminal, CancellationToken cancellationToken)
    {
        // Not a RootCommand, which names itself after the assembly: in help texts, too, the command is calcquant.
        var root = new Command(RootName, "Measures calcified volume in CT series: DICOM in, regions with volume, mass and position out.")
        {
            new HelpOption { Recursive = true },
            new Option<bool>("--version") { Description = "Show the version.", Action = new ShowVersion(terminal) },
            CreateAnalyze(terminal, cancellationToken),
            CreateInfo(terminal, cancellationToken),
            CreateFilmScore(terminal),
            CreateServe(terminal, cancellationToken),
            CreateNewApiKey(terminal),
            StudiesCommand.Create(CreatePaths, terminal, cancellationToken),
            AnalysesCommand.Create(terminal, cancellationToken),
        };
        return root;
    }

    private static Command CreateAnalyze(Terminal terminal, CancellationToken cancellationToken)
    {
        Argument<string[]> paths = CreatePaths();
        var json = new Option<string?>("--json") { HelpName = "FILE", Description = "Write the reports as JSON; - for standard output, then without tables." };
        var csv = new Option<string?>("--csv") { HelpName = "FILE", Description = "Write one row per region." };
        var overlays = new Option<string?>("--overlays") { HelpName = "DIR", Description = "Write pictures of every region below DIR, one folder per series." };
        var threshold = new Option<float?>("--threshold-hu") { HelpName = "N", Description = "Least HU of a hyperdense voxel. Default: 130 at 120 kVp, adapted to other tube voltages.", CustomParser = ParseThreshold };
        var calibration = new Option<double?>("--calibration") { HelpName = "MG_PER_CM3_PER_HU", Description = "Calcium hydroxyapatite per HU of this scanner, mg/cm³. Default: a published value for the tube voltage.", CustomParser = ParseCalibration };
        var measurement = new MeasurementOptions();
        var labels = new Option<string?>("--labels") { HelpName = "DIR", Description = "Write a label volume (.nii.gz) per stack below DIR; the value of a voxel is the id of its region." };
        var boneMask = new Option<string?>("--bone-mask") { HelpName = "FILE|DIR", Description = "Write the skeleton as a label volume, for --skeleton: into FILE (.nii.gz) where there is one stack, else one per stack below DIR." };
        var series = new Option<string?>("--series") { HelpName = "UID", Description = "Analyse only this Series Instance UID." };
        var threads = new Option<int>("--threads") { HelpName = "N", Description = "Threads to use; 0, the default, is one per processor. Results do not depend on it.", CustomParser = ParseThreadCount };
        var stageTimes = new Option<bool>("--stage-times") { Description = "Let tables and JSON tell how long each stage took. Without it the same input gives the same bytes." };
        var quiet = new Option<bool>("--quiet") { Description = "No tables and no progress; errors only." };

        var command = new Command("analyze", "Find and measure the calcifications of every CT series below PATH.")
        {
            paths, json, csv, overlays, labels, boneMask, threshold, calibration, series, threads, stageTimes, quiet,
        };
        measurement.AddTo(command);
        var server = new ServerOptions(isRequired: false);
        server.AddTo(command);
        command.SetAction(parsed => (int)new AnalyzeCommand
        {
            Server = server.Read(parsed),
            Paths = parsed.GetRequiredValue(paths),
            JsonPath = parsed.GetValue(json),
            CsvPath = parsed.GetValue(csv),
            OverlayFolder = parsed.GetValue(overlays),
            LabelFolder = parsed.GetValue(labels),
            BoneMaskOutput = parsed.GetValue(boneMask),
            BoneMaskPath = measurement.BoneMaskPathOf(parsed),
            Places = measurement.PlacesOf(parsed),
            SeriesInstanceUid = parsed.GetValue(series),
            WritesStageTimes = parsed.GetValue(stageTimes),
            IsQuiet = parsed.GetValue(quiet),
            Options = measurement.Read(parsed) with
            {
                ThresholdHu = parsed.GetValue(threshold),
                MilligramsPerCm3PerHu = parsed.GetValue(calibration),
                MaxThreadCount = parsed.GetValue(threads),
            },
        }.Run(terminal, cancellationToken));
        return command;
    }

    private static Command CreateInfo(Terminal terminal, CancellationToken cancellationToken)
    {
        Argument<string[]> paths = CreatePaths();
        var pixels = new Option<bool>("--pixels") { Description = "Decode every file and print one JSON line each instead." };
        var command = new Command("info", "List the series below PATH and whether they can be measured, without analysing them.") { paths, pixels };
        command.SetAction(parsed => (int)new InfoCommand
        {
            Paths = parsed.GetRequiredValue(paths),
            DecodesPixels = parsed.GetValue(pixels),
        }.Run(terminal, cancellationToken));
        return command;
    }

    private static Command CreateFilmScore(Terminal terminal)
    {
        var report = new Argument<string>("REPORT.json") { Description = "Report of one radiograph, as analyze --json writes it." };
        var table = new Option<string>("--table") { HelpName = "FILE", Required = true, Description = "JSON file with the regions, bands and points of the score; none is built in." };
        var later = new Option<string?>("--later") { HelpName = "FILE", Description = "Report of a later film of the same view, body part and side: both scores and the change." };
        var json = new Option<string?>("--json") { HelpName = "FILE", Description = "Write the scores as JSON; - for standard output, then without tables." };
        var command = new Command("film-score", "Score a radiograph by a table of your own, and compare a later one.") { report, table, later, json };
        command.SetAction(parsed => (int)new FilmScoreCommand
        {
            ReportPath = parsed.GetRequiredValue(report),
            TablePath = parsed.GetRequiredValue(table),
            LaterPath = parsed.GetValue(later),
            JsonPath = parsed.GetValue(json),
        }.Run(terminal));
        return command;
    }

    private static Command CreateServe(Terminal terminal, CancellationToken cancellationToken)
    {
        var file = new Option<string?>("--config") { HelpName = "FILE", Description = "JSON file of settings. Default: appsettings.json in this folder, if it is there." };

        // The names of the settings are constants: the service is loaded only where it runs.
        (Option<string?> Option, string Key)[] settings =
        [
            (new("--port") { HelpName = "N", Description = "TCP port for gRPC. Default: 50051; 0 takes a free one." }, nameof(ServiceOptions.Port)),
            (new("--data") { HelpName = "DIR", Description = "Folder that keeps studies and analyses; made where it is missing." }, nameof(ServiceOptions.DataFolder)),
            (new("--listen") { HelpName = "ADDRESS", Description = "IP address to listen on. Default: 127.0.0.1; others need TLS and API keys or client certificates." }, nameof(ServiceOptions.ListenAddress)),
            (new("--web-port") { HelpName = "N", Description = "TCP port on loopback for gRPC-Web without TLS. Default: none; 0 takes a free one." }, nameof(ServiceOptions.WebPort)),
            (new("--tls-certificate") { HelpName = "FILE", Description = "PEM file of the server's certificate and its intermediates." }, nameof(ServiceOptions.TlsCertificatePath)),
            (new("--tls-key") { HelpName = "FILE", Description = "PEM file of its key." }, nameof(ServiceOptions.TlsKeyPath)),
            (new("--client-ca") { HelpName = "FILE", Description = "PEM file of the authority whose client certificates are asked for." }, nameof(ServiceOptions.ClientCaPath)),
            (new("--log-level") { HelpName = "LEVEL", Description = "Trace, Debug, Information (default), Warning, Error, Critical or None." }, nameof(ServiceOptions.LogLevel)),
            (new("--log-format") { HelpName = "FORMAT", Description = "Lines (default) or Json, on standard error." }, nameof(ServiceOptions.LogFormat)),
        ];
        var command = new Command("serve", "Run the gRPC service until it is told to stop.") { file };
        foreach ((Option<string?> option, _) in settings)
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed => (int)new ServeCommand
        {
            SettingsPath = parsed.GetValue(file),
            Values = [.. settings.Where(setting => parsed.GetValue(setting.Option) is not null).Select(setting => KeyValuePair.Create(setting.Key, parsed.GetValue(setting.Option)))],
        }.Run(terminal, cancellationToken));
        return command;
    }

    private static Command CreateNewApiKey(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "The client: 1 to 64 letters, digits, '.', '_' or '-'." };
        name.Validators.Add(result =>
        {
            string client = result.Tokens[0].Value;
            if (client.Length is 0 or > 64 || !client.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-'))
            {
                result.AddError("NAME must be 1 to 64 letters, digits, '.', '_' or '-'");
            }
        });
        var command = new Command("new-api-key", "Make an API key for a client: the key, and the entry that makes the service accept it.") { name };
        command.SetAction(parsed => (int)new NewApiKeyCommand { Client = parsed.GetRequiredValue(name) }.Run(terminal));
        return command;
    }

    private static Argument<string[]> CreatePaths()
    {
        var paths = new Argument<string[]>("PATH") { Arity = ArgumentArity.OneOrMore, Description = "Files, folders, a DICOMDIR or .zip archives." };
        paths.Validators.Add(result =>
        {
            foreach (string path in result.Tokens.Select(token => token.Value))
            {
                if (!File.Exists(path) && !Directory.Exists(path))
                {
                    result.AddError(path.StartsWith('-') ? $"unknown option: {path}" : $"no such file or folder: {path}");
                }
            }
        });
        return paths;
    }

    private static float? ParseThreshold(ArgumentResult result)
    {
        if (float.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out float hu) && float.IsFinite(hu) && hu > 0)
        {
            return hu;
        }

        result.AddError("--threshold-hu wants a number of HU above 0");
        return null;
    }

    private static double? ParseCalibration(ArgumentResult result)
    {
        if (double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double factor) && double.IsFinite(factor) && factor > 0)
        {
            return factor;
        }

        result.AddError("--calibration wants a number of mg/cm³ per HU above 0");
        return null;
    }

    private static int ParseThreadCount(ArgumentResult result)
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            return count;
        }

        result.AddError("--threads wants a number from 0 on");
        return 0;
    }

    private sealed class ShowVersion(Terminal terminal) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            // The informational version without the commit that a build may append after a plus sign.
            string version = typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
            terminal.Out.WriteLine($"calcquant {version.Split('+')[0]} (algorithm {AnalysisReport.CurrentAlgorithmVersion})");
            return (int)ExitCode.Done;
        }
    }
}
