using CalcQuant.Analysis;
using CalcQuant.Api;
using Google.Rpc;
using Grpc.Core;
using SeriesIssue = CalcQuant.Analysis.SeriesIssue;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Cli.Tests.Api;

public class RpcErrorsTests
{
    [Fact]
    public void ToRpcException_OfEveryCode_CarriesStatusReasonAndWordsTwice() => Assert.All(Enum.GetValues<ServiceErrorCode>(), code =>
    {
        RpcException failure = new ServiceError(code, "Words.").ToRpcException();
        Google.Rpc.Status status = DetailsOf(failure);
        Assert.Equal(((int)failure.StatusCode, "Words."), (status.Code, status.Message));
        Assert.Equal("Words.", failure.Status.Detail);
        ErrorInfo info = Assert.Single(status.Details).Unpack<ErrorInfo>();
        Assert.Equal(("calcquant", ErrorTable.For(code).Reason), (info.Domain, info.Reason));
    });

    [Fact]
    public void ToMessage_OfAnError_SaysTheSameAsTheException()
    {
        V1.ErrorStatus message = new ServiceError(ServiceErrorCode.ChecksumMismatch, "Words.").ToMessage();
        Assert.Equal((15, "CHECKSUM_MISMATCH", "Words."), (message.Code, message.Reason, message.Message));
        Assert.Equal("CHECKSUM_MISMATCH", DetailsOf(message.ToRpcException()).Details[0].Unpack<ErrorInfo>().Reason);
    }

    [Fact]
    public void ToErrorStatus_OfARefusal_IsItsFirstRefusalInTheWordsOfTheReport()
    {
        V1.ErrorStatus message = SampleReports.Refused.ToErrorStatus();
        SeriesIssue refusal = SampleReports.Refused.Issues.First(issue => issue.Code.IsRefusal());
        Assert.Equal(("MISSING_SLICE", refusal.Explanation), (message.Reason, message.Message));
        Assert.Equal((int)StatusCode.FailedPrecondition, message.Code);
    }

    [Fact]
    public void ToErrorStatus_OfAMeasuredReport_IsACallersBug() => Assert.Throws<ArgumentException>(() => SampleReports.Full.ToErrorStatus());

    [Fact]
    public void ToRpcException_WithEveryDetail_PacksEachOnce()
    {
        var error = new ServiceError(ServiceErrorCode.QueueFull, "Words.")
        {
            Violations = [new FieldViolation("a", "b"), new FieldViolation("c", "d")],
            ResourceType = "analysis",
            RetryAfter = TimeSpan.FromMilliseconds(1500),
        };
        Google.Rpc.Status status = DetailsOf(error.ToRpcException());
        Assert.Equal(
            ["google.rpc.ErrorInfo", "google.rpc.BadRequest", "google.rpc.ResourceInfo", "google.rpc.RetryInfo"],
            status.Details.Select(detail => detail.TypeUrl.Split('/')[1]));
        Assert.Equal(["a", "c"], status.Details[1].Unpack<BadRequest>().FieldViolations.Select(violation => violation.Field));
        Assert.Equal((1, 500_000_000), (status.Details[3].Unpack<RetryInfo>().RetryDelay.Seconds, status.Details[3].Unpack<RetryInfo>().RetryDelay.Nanos));
    }

    private static Google.Rpc.Status DetailsOf(RpcException failure) => Google.Rpc.Status.Parser.ParseFrom(failure.Trailers.GetValueBytes("grpc-status-details-bin"));
}
