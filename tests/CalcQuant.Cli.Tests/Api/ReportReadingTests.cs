using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Imaging;
using CalcQuant.Measurement;

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

        Assert.Equal((sent.SeriesInstanceUid, sent.Modality, sent.Verdict), (read!.SeriesInstanceUid, read.Modality, read.Verdict));
        Assert.Equal(WithoutRods(sent), WithoutRods(read));
        Assert.Equal(RodsOf(sent), RodsOf(read));
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

        // A list within a record is equal to itself only.
        static MeasurementParameters? WithoutRods(AnalysisReport report) => report.Parameters is { } parameters ? parameters with { CalibrationRods = [] } : null;
        static IEnumerable<MeasuredRod> RodsOf(AnalysisReport report) => report.Parameters?.CalibrationRods ?? [];
    }

    [Fact]
    public void TryRead_OfAFilmThatTravelled_GivesWhatWasSent()
    {
        AnalysisReport sent = SampleReports.Film;
        Assert.True(CalcQuant.Api.V1.AnalysisReport.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(sent.ToMessage())).TryRead(out AnalysisReport? read));

        Assert.Empty(read!.Regions);
        Assert.Empty(read.Totals);
        Assert.Equal(sent.Issues, read.Issues);
        Assert.Equal((sent.Modality, sent.Verdict, sent.Acquisition!.BodyPartExamined, "0a"), (read.Modality, read.Verdict, read.Acquisition!.BodyPartExamined, read.Acquisition.InputSha256));
        Assert.Equal(sent.Film! with { Regions = [], Totals = [] }, read.Film! with { Regions = [], Totals = [] });
        Assert.Equal(sent.Film.Totals, read.Film.Totals);
        Assert.Equal(sent.Film.Regions.Select(region => region with { Evidence = [] }), read.Film.Regions.Select(region => region with { Evidence = [] }));
        Assert.Equal(sent.Film.Regions.SelectMany(region => region.Evidence), read.Film.Regions.SelectMany(region => region.Evidence));
    }

    [Fact]
    public void TryRead_OfAFilmWithoutScale_HasNone()
    {
        AnalysisReport sent = SampleReports.Film with { Film = SampleReports.Film.Film! with { Scale = null, ViewPosition = null } };
        Assert.True(sent.ToMessage().TryRead(out AnalysisReport? read));
        Assert.Null(read!.Film!.Scale);
        Assert.Null(read.Film.ViewPosition);
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
        CalcQuant.Api.V1.AnalysisReport scale = SampleReports.Film.ToMessage();
        scale.Film.Scale.Source = (CalcQuant.Api.V1.PixelScaleSource)99;
        CalcQuant.Api.V1.AnalysisReport tier = SampleReports.Film.ToMessage();
        tier.Regions[0].Tier = (CalcQuant.Api.V1.FindingTier)99;
        Assert.All([kind, geometry, scale, tier], message =>
        {
            Assert.False(message.TryRead(out AnalysisReport? report));
            Assert.Null(report);
        });
    }
}
