using CalcQuant.Cli;

return (int)CommandLine.Run(args, Terminal.OfProcess());
