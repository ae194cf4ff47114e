using CalcQuant.Api;

namespace CalcQuant.Cli.Commands;

internal static class PixelLines
{
    public static ExitCode Write(IReadOnlyList<string> paths, Terminal terminal, CancellationToken cancellationToken) => throw new NotSupportedException("Skeleton.");
}
