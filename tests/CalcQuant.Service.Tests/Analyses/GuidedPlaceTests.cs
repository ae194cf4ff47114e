using CalcQuant.Api;
using CalcQuant.Cli;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Deposits;
using CalcQuant.Phantoms.Films;
using CalcQuant.Service.Analyses;
using Google.Protobuf;
using Grpc.Core;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Tests.Analyses;

/// <summary>Guided places over the wire: checked, kept in the options of an analysis, and measured as by the command line.</summary>
public sealed class GuidedPlaceTests
{
    private static readonly V1.SeriesReference Series = new() { SeriesInstanceUid = "1.2.3" };

    [Fact]
    public async Task AnalyzeSeries_WithAPlace_MeasuresWhatTheCommandLineMeasures()
    {
        FilmScan scan = Film.Render(FilmOptions.MuscleCylinder(1, PlacedDeposit.Ball(new(5.13, -7.31, 1.19), 6, 600)));
        FilmDepositTruth truth = scan.Truth.Deposits[0];
        byte[] bytes = FilmDicom.ToFile(scan);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("calcquant-guided-");
        try
        {
            string film = Path.Combine(folder.FullName, "film.dcm"), roi = Path.Combine(folder.FullName, "roi.json"), json = Path.Combine(folder.FullName, "out.json");
            File.WriteAllBytes(film, bytes);
            File.WriteAllText(roi, $$$"""{"guidedPlaces": [{"name": "ball", "point": {"column": {{{truth.CentroidColumn:0}}}, "row": {{{truth.CentroidRow:0}}} } }]}""");
            using var none = new StringWriter();
            Assert.Equal(ExitCode.Done, CommandLine.Run(["analyze", film, "--quiet", "--roi", roi, "--json", json], new Terminal(none, none, isScreen: false, showsProgress: false)));
            V1.AnalysisReport local = Assert.Single(V1.AnalysisOutput.Parser.ParseJson(File.ReadAllText(json)).Reports);
            await using AnalysisHost host = await AnalysisHost.StartAsync();
            await host.UploadAsync([bytes]);
            var request = new V1.AnalyzeSeriesRequest
            {
                Series = new V1.SeriesReference { SeriesInstanceUid = local.SeriesInstanceUid },
                Options = new V1.AnalysisOptions { GuidedPlaces = { new V1.GuidedPlace { Name = "ball", Point = Point(Math.Round(truth.CentroidColumn), Math.Round(truth.CentroidRow)) } } },
            };
            using AsyncServerStreamingCall<V1.AnalyzeSeriesResponse> call = host.Client.AnalyzeSeries(request);
            V1.AnalysisResult result = (await call.ResponseStream.ReadAllAsync().ToListAsync())[^1].Result;
            Assert.Equal(local, Assert.Single(result.Output.WithoutStageTimes().Reports));
            Assert.Contains(local.Regions, region => region.Tier == V1.FindingTier.Guided && region.Name == "ball");
            Assert.Equal("ball", Assert.Single(result.Analysis.Options.GuidedPlaces).Name);

            request.Options.GuidedPlaces[0].SopInstanceUid = "1.2.3";
            using AsyncServerStreamingCall<V1.AnalyzeSeriesResponse> wrong = host.Client.AnalyzeSeries(request);
            var failure = await Assert.ThrowsAsync<RpcException>(async () => await wrong.ResponseStream.ReadAllAsync().ToListAsync());
            Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
            Assert.Contains("options.guided_places[0]: ball: there is no radiograph 1.2.3 among the images.", failure.Status.Detail, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Parse_WrongPlaces_NamesEach()
    {
        var options = new V1.AnalysisOptions
        {
            GuidedPlaces =
            {
                new V1.GuidedPlace { Name = "none" },
                new V1.GuidedPlace { Point = Point(double.NaN, 1) },
                new V1.GuidedPlace { Name = "box", Box = new V1.PixelBox { Min = Point(1, 1) } },
                new V1.GuidedPlace { Point = Point(1, 1) },
                new V1.GuidedPlace { Polygon = new V1.PixelPolygon { Corners = { Point(1, 1) } } },
            },
        };
        var fault = Assert.Throws<ServiceFault>(() => AnalysisRequest.Parse(Series, options, []));
        Assert.Equal(
            [
                "options.guided_places[0]: none: a place is a point, a box or a polygon.",
                "options.guided_places[1]: Columns and rows are finite numbers.",
                "options.guided_places[2]: box: a box has min and max.",
                "options.guided_places[4]: A polygon has 3 to 10000 corners, not 1.",
            ],
            fault.Error.Violations.Select(violation => $"{violation.Field}: {violation.Description}"));
    }

    [Fact]
    public void Key_OfAnotherPlace_IsAnother()
    {
        FileHashes files = FileHashes.Of([new string('a', 64)]);
        string[] keys = [.. new[] { Point(1, 1), Point(1, 2), Point(-0.0, 0), Point(0, 0) }.Select(point => AnalysisKey.Of(
            files, "1.2.3", AnalysisRequest.Parse(Series, new V1.AnalysisOptions { GuidedPlaces = { new V1.GuidedPlace { Point = point } } }, []).Options, null, "1"))];
        Assert.Equal(3, keys.Distinct().Count());
        Assert.Equal(keys[2], keys[3]);
        V1.AnalysisOptions only = AnalysisRequest.Parse(Series, new V1.AnalysisOptions { GuidedOnly = true }, []).Options;
        Assert.NotEqual(only.ToByteArray(), AnalysisRequest.Parse(Series, new V1.AnalysisOptions(), []).Options.ToByteArray());
    }

    private static V1.PixelPoint Point(double column, double row) => new() { Column = column, Row = row };
}
