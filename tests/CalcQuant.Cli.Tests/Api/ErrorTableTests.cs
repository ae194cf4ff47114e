using CalcQuant.Analysis;
using CalcQuant.Api;

namespace CalcQuant.Cli.Tests.Api;

public class ErrorTableTests
{
    [Fact]
    public void For_EveryCode_RefusesExactlyWhatTheAnalysisRefuses() => Assert.All(Enum.GetValues<SeriesIssueCode>(), code =>
    {
        ErrorEntry entry = ErrorTable.For(code);
        Assert.Equal(code.IsRefusal() ? ExitCode.Refused : ExitCode.Done, entry.ExitCode);
        Assert.Equal(code.IsRefusal(), entry.Status != CanonicalStatus.Ok);
    });

    [Fact]
    public void CanonicalStatus_OfEveryMember_HasTheNumberOfGrpc()
    {
        // https://grpc.io/docs/guides/status-codes/
        Dictionary<string, int> published = new()
        {
            ["Ok"] = 0, ["Cancelled"] = 1, ["InvalidArgument"] = 3, ["NotFound"] = 5, ["ResourceExhausted"] = 8, ["FailedPrecondition"] = 9,
            ["Unimplemented"] = 12, ["Internal"] = 13, ["DataLoss"] = 15,
        };
        Assert.Equal(published, Enum.GetValues<CanonicalStatus>().ToDictionary(status => status.ToString(), status => (int)status));
    }

    [Fact]
    public void ExitCode_OfEveryMember_IsTheDocumentedNumber() =>
        Assert.Equal([0, 1, 2, 3, 130], Enum.GetValues<ExitCode>().Select(code => (int)code));

    [Fact]
    public void For_AReport_IsItsFirstRefusal()
    {
        Assert.Equal(ErrorTable.For(SeriesIssueCode.MissingSlice), ErrorTable.For(SampleReports.Refused));
        Assert.Equal(ExitCode.Done, ErrorTable.For(SampleReports.Full).ExitCode);
    }
}
