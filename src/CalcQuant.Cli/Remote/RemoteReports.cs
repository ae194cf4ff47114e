using CalcQuant.Api;
using AnalysisReport = CalcQuant.Analysis.AnalysisReport;

namespace CalcQuant.Cli.Remote;

/// <summary>Reports that came from a service.</summary>
internal static class RemoteReports
{
    /// <summary>A message as a report.</summary>
    /// <exception cref="RemoteFailure">It says something that this version does not know.</exception>
    public static AnalysisReport Read(Api.V1.AnalysisReport message) => message.TryRead(out AnalysisReport? report)
        ? report!
        : throw new RemoteFailure($"the report of series {message.SeriesInstanceUid} says something that this version does not know; calcquant is older than the service", ExitCode.Internal);
}
