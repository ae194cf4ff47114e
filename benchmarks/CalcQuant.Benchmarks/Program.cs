using System.Globalization;
using BenchmarkDotNet.Running;
using CalcQuant.Benchmarks.Peers;
using CalcQuant.Benchmarks.Service;

// Whole-process comparisons have commands of their own; everything else is BenchmarkDotNet's.
switch (args)
{
    case ["whole-run", string folder, .. string[] rest]:
        return WholeRunComparison.Run(folder, Whole(rest, 0, 5));
    case [ServiceFigures.Command, string folder, .. string[] rest]:
        return await ServiceFigures.RunAsync(folder, Whole(rest, 0, 5));
    case [ServiceSoak.Command, string folder, .. string[] rest]:
        return await ServiceSoak.RunAsync(folder, Whole(rest, 0, 16), TimeSpan.FromSeconds(Whole(rest, 1, 300)));
    case [ServiceKills.Command, string folder, .. string[] rest]:
        return await ServiceKills.RunAsync(folder, Whole(rest, 0, 200), Whole(rest, 1, 1));
    case [DiscardServer.Command]:
        return await DiscardServer.RunAsync();
    case [InProcessAnalyses.Command, string folder]:
        return InProcessAnalyses.Run(folder);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(ServiceFigures).Assembly).Run(args);
        return 0;
}

static int Whole(string[] words, int place, int otherwise) =>
    place < words.Length ? int.Parse(words[place], CultureInfo.InvariantCulture) : otherwise;
