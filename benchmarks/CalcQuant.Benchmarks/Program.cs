using System.Globalization;
using BenchmarkDotNet.Running;
using CalcQuant.Benchmarks.Peers;

if (args is ["whole-run", string folder, .. string[] rest])
{
    return WholeRunComparison.Run(folder, rest is [string rounds] ? int.Parse(rounds, CultureInfo.InvariantCulture) : 5);
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
