using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Imaging;

namespace CalcQuant.Cli.Tests.Api;

public class ReportReadingTests
{
    public static TheoryData<string> Samples => [nameof(SampleReports.Full), nameof(SampleReports.Uncertain), nameof(SampleReports.Least), nameof(SampleReports.Refused)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void TryRead_OfAReportThatTravelled_GivesWhatWasSent(string sample)
    {
        var sent = (AnalysisReport)typeof(SampleReports).GetProperty(sample)!.GetValue(null)!;
        Assert.True(CalcQuant.Api.V1.AnalysisReport.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(sent.ToMessage())).TryRead(out AnalysisReport? read));

        Assert.Equal((sent.SeriesInstanceUid, sent.Modality, sent.Verdict, sent.Parameters), (read!.SeriesInstanceUid, read.Modality, read.Verdict, read.Parameters));
        Assert.Equal(sent.Issues, read.Issues);
        Assert.Equal(sent.Totals, read.Totals);
        Assert.Equal(sent.Burden, read.Burden);
        Assert.Equal(sent.Searched, read.Searched);
        Assert.Equal(
            sent.Regions.Select(region => region with { Evidence = [], DepthShares = [] }), read.Regions.Select(region => region with { Evidence = [], DepthShares = [] }));
        Assert.Equal(sent.Regions.SelectMany(region => region.DepthShares), read.Regions.SelectMany(region => region.DepthShares));
        Assert.Equal(sent.Regions.SelectMany(region => region.Evidence), read.Regions.SelectMany(region => region.Evidence));
        Assert.Equal((sent.Acquisition?.Laterality, sent.Acquisition?.LateralitySource), (read.Acquisition?.Laterality, read.Acquisition?.LateralitySource));
        Assert.Equal(sent.Acquisition?.InputSha256, read.Acquisition?.InputSha256);
    }

    [Fact]
    public void TryRead_OfAGeometry_SpreadsTheSlicesBetweenFirstAndLast()
    {
        CalcQuant.Api.V1.AnalysisReport message = SampleReports.Full.ToMessage();
        message.Geometry.SliceCount = 5;
        message.Geometry.FirstSliceOriginLpsMm = new CalcQuant.Api.V1.LpsPoint { Z = 10 };
        message.Geometry.LastSliceOriginLpsMm = new CalcQuant.Api.V1.LpsPoint { Z = 18 };
        Assert.True(message.TryRead(out AnalysisReport? report));
        Assert.Equal([10, 12, 14, 16, 18], report!.Geometry!.SliceOrigins.Select((LpsPoint origin) => origin.Z));
    }

    [Fact]
    public void TryRead_OfWhatALaterVersionSays_GivesNothing()
    {
        CalcQuant.Api.V1.AnalysisReport kind = SampleReports.Full.ToMessage();
        kind.Regions[0].Kind = (CalcQuant.Api.V1.RegionKind)99;
        CalcQuant.Api.V1.AnalysisReport geometry = SampleReports.Full.ToMessage();
        geometry.Geometry.BetweenRowsMm = -1;
        Assert.All([kind, geometry], message =>
        {
            Assert.False(message.TryRead(out AnalysisReport? report));
            Assert.Null(report);
        });
    }
}
