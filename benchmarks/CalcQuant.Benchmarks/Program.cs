using System.Globalization;
using BenchmarkDotNet.Running;
using CalcQuant.Benchmarks;
using CalcQuant.Benchmarks.Analysis;
using CalcQuant.Benchmarks.Peers;
using CalcQuant.Benchmarks.Ratios;
using CalcQuant.Benchmarks.Service;
using CalcQuant.Benchmarks.Volumes;

const string Usage = """
    ratios [--data DIR] [--out DIR]   interleaved ratios to the limit of memory and to scipy, scikit-image, pydicom, ITK: name value target ok|short
    limit                             how fast memory can be read
    linear                            the whole analysis of 400, 800 and 1200 slices
    whole-run DIR [ROUNDS]            the command line beside pydicom and scikit-image, start-up included
    service|soak|kills DIR ...        the service
    [--data DIR] [BenchmarkDotNet's arguments, such as --filter '*' or --list flat]
    """;
const int BadArguments = 2;

// Whole-process comparisons have commands of their own; everything else is BenchmarkDotNet's.
List<string> words = [.. args];
if (!TryTake(words, "--data", out string? data) || (data is not null && !Directory.Exists(data)))
{
    return Complain(data is null ? "--data wants a folder" : "no such folder: " + data);
}

switch (words)
{
    case ["--help" or "-h"]:
        Console.WriteLine(Usage);
        return 0;
    case ["ratios", .. var rest]:
        List<string> options = [.. rest];
        return !TryTake(options, "--out", out string? output) ? Complain("--out wants a folder")
            : options.Count > 0 ? Complain("not an option of ratios: " + options[0])
            : RatioCommand.Run(data, output);
    case ["limit"]:
        return PrintLimit();
    case ["linear"]:
        return LinearCommand.Run();
    case ["whole-run", string folder, .. var rest]:
        return WholeRunComparison.Run(folder, Whole(rest, 0, 5));
    case [ServiceFigures.Command, string folder, .. var rest]:
        return await ServiceFigures.RunAsync(folder, Whole(rest, 0, 5));
    case [ServiceSoak.Command, string folder, .. var rest]:
        return await ServiceSoak.RunAsync(folder, Whole(rest, 0, 16), TimeSpan.FromSeconds(Whole(rest, 1, 300)));
    case [ServiceKills.Command, string folder, .. var rest]:
        return await ServiceKills.RunAsync(folder, Whole(rest, 0, 200), Whole(rest, 1, 1));
    case [DiscardServer.Command]:
        return await DiscardServer.RunAsync();
    case [InProcessAnalyses.Command, string folder]:
        return InProcessAnalyses.Run(folder);
    case [var first, ..] when !first.StartsWith('-'):
        return Complain("not a command: " + first);
    default:
        Environment.SetEnvironmentVariable(DataBench.FolderVariable, Path.GetFullPath(data ?? WholeRunComparison.SampleData()));
        BenchmarkSwitcher.FromAssembly(typeof(ServiceFigures).Assembly).Run([.. words], new SuiteConfig());
        return 0;
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

static int Complain(string what)
{
    Console.Error.WriteLine(what);
    Console.Error.WriteLine(Usage);
    return BadArguments;
}

static bool TryTake(List<string> words, string option, out string? value)
{
    value = null;
    int place = words.IndexOf(option);
    if (place < 0)
    {
        return true;
    }

    if (place + 1 == words.Count || words[place + 1].StartsWith('-'))
    {
        return false;
    }

    value = words[place + 1];
    words.RemoveRange(place, 2);
    return true;
}

static int Whole(List<string> words, int place, int otherwise) =>
    place < words.Count ? int.Parse(words[place], CultureInfo.InvariantCulture) : otherwise;
