using CalcQuant.Service.Analyses;

namespace CalcQuant.Service.Tests.Analyses;

/// <summary>Rows of analyses that were never asked for.</summary>
internal static class Rows
{
    public static AnalysisRow New(string? id = null, string client = "someone") => new()
    {
        Id = id ?? AnalysisNames.NewId(),
        Client = client,
        SeriesInstanceUid = "1.2.3",
        StudyInstanceUid = "1.2",
        ServerFolder = string.Empty,
        Options = new Api.V1.AnalysisOptions { Connectivity = Api.V1.Connectivity.Full26 },
        AlgorithmVersion = "1",
    };
}
