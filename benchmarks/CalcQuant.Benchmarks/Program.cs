using System.Globalization;
using BenchmarkDotNet.ConsoleArguments;
using BenchmarkDotNet.ConsoleArguments.ListBenchmarks;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using CalcQuant.Benchmarks;
using CalcQuant.Benchmarks.Analysis;
using CalcQuant.Benchmarks.Films;
using CalcQuant.Benchmarks.Measurement;
using CalcQuant.Benchmarks.Peers;
using CalcQuant.Benchmarks.Ratios;
using CalcQuant.Benchmarks.Service;
using CalcQuant.Benchmarks.Volumes;

const string Usage = """
    ratios [--data DIR] [--out DIR]       interleaved ratios to the limit of memory and to scipy, scikit-image, pydicom, ITK: name value target ok|short
    stages [--data DIR]                   the stages of a whole analysis: ms, voxels/s, L
    films                                 the analysis of a radiograph of 3000 x 2500 pixels on one core: stages and memory
    deposits                              measuring 300 deposits of mixed size on one core and on two
    limit                                 how fast memory can be read
    linear                                the whole analysis of 400, 800 and 1200 slices
    whole-run DIR [ROUNDS]                the command line beside pydicom and scikit-image, start-up included
    service DIR [ROUNDS]                  what the service costs
    soak DIR [CLIENTS [SECONDS]]          the service under many clients
    kills DIR [KILLS [SEED]]              the service killed again and again
    [--data DIR] [BenchmarkDotNet's arguments, such as --filter '*' or --list flat]
    """;
const int BadArguments = 2;

try
{
    return await RunAsync(args);
}
catch (WrongArgumentsException wrong)
{
    Console.Error.WriteLine($"{wrong.Message} (--help lists the commands)");
    return BadArguments;
}

// Whole-process comparisons have commands of their own; everything else is BenchmarkDotNet's.
static async Task<int> RunAsync(string[] args)
{
    string command = args is [var first, ..] && !first.StartsWith('-') ? first : string.Empty;
    var arguments = new CommandArguments(command, args.Skip(command.Length == 0 ? 0 : 1));
    switch (command)
    {
        case "ratios":
        {
            string? data = arguments.TakeFolderOption("--data"), output = arguments.TakeOutputOption("--out");
            arguments.End();
            return RatioCommand.Run(data, output);
        }

        case StagesCommand.Command:
        {
            string? data = arguments.TakeFolderOption("--data");
            arguments.End();
            return StagesCommand.Run(data);
        }

        case FilmsCommand.Command:
            arguments.End();
            return FilmsCommand.Run();

        case DepositsCommand.Command:
            arguments.End();
            return DepositsCommand.Run();

        case "limit":
            arguments.End();
            return PrintLimit();
        case "linear":
            arguments.End();
            return LinearCommand.Run();
        case "whole-run":
        {
            string folder = arguments.TakeSlices();
            int rounds = arguments.TakeWhole("ROUNDS", 5);
            arguments.End();
            return WholeRunComparison.Run(folder, rounds);
        }

        case ServiceFigures.Command:
        {
            string folder = arguments.TakeSlices();
            int rounds = arguments.TakeWhole("ROUNDS", 5);
            arguments.End();
            return await ServiceFigures.RunAsync(folder, rounds);
        }

        case ServiceSoak.Command:
        {
            string folder = arguments.TakeSlices();
            int clients = arguments.TakeWhole("CLIENTS", 16), seconds = arguments.TakeWhole("SECONDS", 300);
            arguments.End();
            return await ServiceSoak.RunAsync(folder, clients, TimeSpan.FromSeconds(seconds));
        }

        case ServiceKills.Command:
        {
            string folder = arguments.TakeSlices();
            int kills = arguments.TakeWhole("KILLS", 200), seed = arguments.TakeWhole("SEED", 1, least: 0);
            arguments.End();
            return await ServiceKills.RunAsync(folder, kills, seed);
        }

        case DiscardServer.Command:
            arguments.End();
            return await DiscardServer.RunAsync();
        case InProcessAnalyses.Command:
        {
            string folder = arguments.TakeSlices();
            arguments.End();
            return InProcessAnalyses.Run(folder);
        }

        case "":
            return RunBenchmarks(arguments);
        default:
            throw new WrongArgumentsException("not a command: " + command);
    }
}

static int RunBenchmarks(CommandArguments arguments)
{
    DataBench.Folder = arguments.TakeFolderOption("--data") ?? DataBench.Folder;
    string[] words = [.. arguments.Rest];
    switch (words)
    {
        case ["--help" or "-h"]:
            Console.WriteLine(Usage);
            return 0;
        case [var first, ..] when !first.StartsWith('-'):
            throw new WrongArgumentsException($"a command comes first: {first}");
    }

    // Parsed here too, as BenchmarkDotNet answers a wrong option with its whole help and exit code 0.
    var said = new AccumulationLogger();
    (bool isParsed, _, CommandLineOptions options) = ConfigParser.Parse(words, said);
    if (!isParsed && !words.Contains("--version"))
    {
        throw new WrongArgumentsException(said.GetLog().Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault(line => line.StartsWith("Option", StringComparison.Ordinal))
            ?? "BenchmarkDotNet does not understand " + string.Join(' ', words));
    }

    var leftOut = new LeftOut([.. options?.Filters ?? []]);
    Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(ServiceFigures).Assembly).Run(words, new SuiteConfig(leftOut, words.Contains("--job") || words.Contains("-j")))];
    if (summaries.Length == 0 && leftOut.IsEmpty && options is { PrintInformation: false, ListBenchmarkCaseMode: ListBenchmarkCaseMode.Disabled })
    {
        throw new WrongArgumentsException("no benchmark was chosen");
    }

    leftOut.Print();
    return summaries.All(summary => summary.Reports.All(report => report.Success)) ? 0 : 1;
}

static int PrintLimit()
{
    short[] voxels = TimedVolumes.CtLike(400).Int16Voxels.ToArray();
    foreach (int threads in new[] { 1, 2 })
    {
        double seconds = ReadLimit.Seconds(voxels, threads);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{threads} thread{(threads == 1 ? "  (L)" : "s     ")} {1000 * seconds:0.00} ms, {voxels.Length * 2.0 / seconds / 1e9:0.0} GB/s"));
    }

    return 0;
}
