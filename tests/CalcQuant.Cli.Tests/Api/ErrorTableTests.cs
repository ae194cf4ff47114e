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
            ["Ok"] = 0, ["Cancelled"] = 1, ["InvalidArgument"] = 3, ["DeadlineExceeded"] = 4, ["NotFound"] = 5, ["AlreadyExists"] = 6, ["PermissionDenied"] = 7,
            ["ResourceExhausted"] = 8, ["FailedPrecondition"] = 9, ["Unimplemented"] = 12, ["Internal"] = 13, ["Unavailable"] = 14, ["DataLoss"] = 15,
            ["Unauthenticated"] = 16,
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

    [Fact]
    public void Reasons_OfAllFailures_AreDifferentAndFoundAgain()
    {
        ErrorEntry[] entries = [
            .. Enum.GetValues<ServiceErrorCode>().Select(ErrorTable.For),
            .. Enum.GetValues<SeriesIssueCode>().Where(code => code.IsRefusal()).Select(ErrorTable.For)];
        Assert.Equal(entries.Length, entries.Select(entry => entry.Reason).Distinct(StringComparer.Ordinal).Count());
        Assert.All(entries, entry => Assert.Equal(entry, ErrorTable.Find(entry.Reason)));
        Assert.Null(ErrorTable.Find("NO_SUCH_REASON"));
    }

    [Fact]
    public void Reason_OfARefusal_IsItsNameInTheContract() => Assert.All(
        Enum.GetValues<SeriesIssueCode>().Where(code => code.IsRefusal()),
        code => Assert.Equal(
            CalcQuant.Api.V1.SeriesIssue.Descriptor.FindFieldByName("code").EnumType.FindValueByNumber((int)code).Name,
            "SERIES_ISSUE_CODE_" + ErrorTable.For(code).Reason));
}
