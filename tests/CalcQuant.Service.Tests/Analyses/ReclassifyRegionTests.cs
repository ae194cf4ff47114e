using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Films;
using CalcQuant.Service.Analyses;
using CalcQuant.Service.Hosting;
using Grpc.Core;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Tests.Analyses;

/// <summary>A reader's corrections over real HTTP/2: of the report, of every artifact, kept for ever, one after the other.</summary>
public sealed class ReclassifyRegionTests : IDisposable
{
    private const string Why = "the edge of Mrs Example's bone";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-reclassify-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task ReclassifyRegion_OfADeposit_CorrectsReportAndArtifactsAndOutlivesARestart()
    {
        V1.ReclassifyRegionResponse answer;
        V1.Analysis analysis;
        byte[] labels;
        await using (AnalysisHost host = await StartAsync())
        {
            await host.UploadAsync(SmallPhantom.Files);
            analysis = await EndedAsync(host, new V1.StartAnalysisRequest { Series = SmallPhantom.Reference, Artifacts = { V1.ArtifactKind.LabelVolume, V1.ArtifactKind.BoneMask, V1.ArtifactKind.Overlays } });
            V1.AnalysisReport before = await ReportAsync(host, analysis.Name);
            labels = await DownloadAsync(host, analysis.Name, V1.ArtifactKind.LabelVolume);
            byte[] bone = await DownloadAsync(host, analysis.Name, V1.ArtifactKind.BoneMask);
            V1.Region deposit = Deposit(before);
            answer = await host.Client.ReclassifyRegionAsync(Request(analysis.Name, deposit.Id, V1.RegionKind.Bone, who: "Dr A"));
            Assert.Equal((deposit.Id, V1.RegionKind.SoftTissueCalcification, V1.RegionKind.Bone, "Dr A", Why), (answer.Correction.RegionId, answer.Correction.From, answer.Correction.To, answer.Correction.Who, answer.Correction.Why));
            Assert.Equal(1, answer.Analysis.CorrectionCount);
            Assert.Equal(answer.Correction, Assert.Single(answer.Report.Corrections));
            Assert.Equal(V1.RegionKind.Bone, answer.Report.Regions.Single(region => region.Id == deposit.Id).Kind);
            Assert.Equal(before.Regions.Select(region => region.Id).Order(), answer.Report.Regions.Select(region => region.Id).Order());
            Assert.Equal(Total(before, V1.RegionKind.SoftTissueCalcification) - deposit.VolumeMm3, Total(answer.Report, V1.RegionKind.SoftTissueCalcification), 1e-6);

            // The labels keep their ids; the bone is more by one region.
            Assert.Equal(labels, await DownloadAsync(host, analysis.Name, V1.ArtifactKind.LabelVolume));
            Assert.NotEqual(bone, await DownloadAsync(host, analysis.Name, V1.ArtifactKind.BoneMask));
            Assert.Contains("reclassified from soft-tissue calcification by Dr A", System.Text.Encoding.UTF8.GetString(await DownloadAsync(host, analysis.Name, V1.ArtifactKind.Csv)), StringComparison.Ordinal);
            Assert.Single(Directory.EnumerateDirectories(Path.Combine(_folder.FullName, "analyses")));
            Assert.DoesNotContain("Mrs Example", string.Join('\n', host.Log.Lines), StringComparison.Ordinal);
        }

        await using AnalysisHost next = await StartAsync();
        Assert.Equal(answer.Report, await ReportAsync(next, analysis.Name));
        Assert.Equal(answer.Analysis, (await next.Client.GetAnalysisAsync(new V1.GetAnalysisRequest { Name = analysis.Name })).Analysis);
        Assert.Equal(labels, await DownloadAsync(next, analysis.Name, V1.ArtifactKind.LabelVolume));
        V1.ReclassifyRegionResponse again = await next.Client.ReclassifyRegionAsync(Request(analysis.Name, answer.Correction.RegionId, V1.RegionKind.Bone, who: "Dr A"));
        Assert.Equal(answer, again);
        V1.ReclassifyRegionResponse back = await next.Client.ReclassifyRegionAsync(Request(analysis.Name, answer.Correction.RegionId, V1.RegionKind.SoftTissueCalcification, who: "Dr B"));
        Assert.Equal(["Dr A", "Dr B"], back.Report.Corrections.Select(correction => correction.Who));
        Assert.Equal((2, V1.RegionKind.Bone), (back.Analysis.CorrectionCount, back.Correction.From));
        await next.Store.DeleteStudyAsync(new V1.DeleteStudyRequest { StudyInstanceUid = SmallPhantom.Study });
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_folder.FullName, "analyses")));
    }

    [Fact]
    public async Task ReclassifyRegion_ByManyAtOnce_KeepsEveryOne()
    {
        await using AnalysisHost host = await StartAsync();
        await host.UploadAsync(SmallPhantom.Files);
        V1.Analysis analysis = await EndedAsync(host, new V1.StartAnalysisRequest { Series = SmallPhantom.Reference });
        int[] ids = [.. (await ReportAsync(host, analysis.Name)).Regions.Select(region => region.Id).Take(3)];
        await Task.WhenAll(ids.Select(id => host.Client.ReclassifyRegionAsync(Request(analysis.Name, id, V1.RegionKind.Metal)).ResponseAsync));
        V1.AnalysisReport report = await ReportAsync(host, analysis.Name);
        Assert.Equal(ids.Order(), report.Corrections.Select(correction => correction.RegionId).Order());
        Assert.All(report.Corrections, correction => Assert.Equal("local", correction.Who));
        Assert.All(ids, id => Assert.Equal(V1.RegionKind.Metal, report.Regions.Single(region => region.Id == id).Kind));
    }

    [Fact]
    public async Task ReclassifyRegion_OfAFindingOfARadiograph_SaysThatItCannotBe()
    {
        FilmScan film = Film.Render(FilmOptions.MuscleCylinder(5, PlacedDeposit.Ball(new Imaging.LpsPoint(-12, 0, 14), 6, 500)) with { PixelSpacingMm = 0.25 });
        await using AnalysisHost host = await StartAsync();
        await host.UploadAsync([FilmDicom.ToFile(film)]);
        V1.Series series = Assert.Single((await host.Store.ListSeriesAsync(new V1.ListSeriesRequest())).Series);
        V1.Analysis analysis = await EndedAsync(host, new V1.StartAnalysisRequest
        {
            Series = new V1.SeriesReference { SeriesInstanceUid = series.SeriesInstanceUid },
            Artifacts = { V1.ArtifactKind.LabelVolume, V1.ArtifactKind.BoneMask, V1.ArtifactKind.Overlays },
        });
        V1.AnalysisReport report = await ReportAsync(host, analysis.Name);

        Assert.Equal((StatusCode.InvalidArgument, "INVALID_REQUEST"), await FailureAsync(host, Request(analysis.Name, report.Regions[0].Id, V1.RegionKind.Bone)));
        Assert.Equal(report, await ReportAsync(host, analysis.Name));
        Assert.NotEmpty(await DownloadAsync(host, analysis.Name, V1.ArtifactKind.Overlays));
        Assert.Empty(await DownloadAsync(host, analysis.Name, V1.ArtifactKind.LabelVolume));
        Assert.Empty(await DownloadAsync(host, analysis.Name, V1.ArtifactKind.BoneMask));
    }

    [Fact]
    public async Task ReclassifyRegion_ThatMakesNoSense_SaysWhy()
    {
        await using AnalysisHost host = await StartAsync();
        await host.UploadAsync(SmallPhantom.Files);
        V1.Analysis analysis = await EndedAsync(host, new V1.StartAnalysisRequest { Series = SmallPhantom.Reference });
        Assert.Equal((StatusCode.NotFound, "UNKNOWN_ANALYSIS"), await FailureAsync(host, Request(AnalysisNames.NameOf(AnalysisNames.NewId()), 1, V1.RegionKind.Bone)));
        Assert.Equal((StatusCode.NotFound, "UNKNOWN_REGION"), await FailureAsync(host, Request(analysis.Name, 9999, V1.RegionKind.Bone)));
        V1.ReclassifyRegionRequest other = Request(analysis.Name, 1, V1.RegionKind.Bone);
        other.ReportIndex = 1;
        Assert.Equal((StatusCode.NotFound, "UNKNOWN_REGION"), await FailureAsync(host, other));
        Assert.Equal((StatusCode.InvalidArgument, "INVALID_REQUEST"), await FailureAsync(host, Request(analysis.Name, 1, V1.RegionKind.Unspecified)));
        Assert.Equal((StatusCode.InvalidArgument, "INVALID_REQUEST"), await FailureAsync(host, Request(analysis.Name, 1, (V1.RegionKind)77)));
        Assert.Equal((StatusCode.InvalidArgument, "INVALID_REQUEST"), await FailureAsync(host, Request(analysis.Name, 1, V1.RegionKind.Bone, why: " ")));
        Assert.Equal((StatusCode.InvalidArgument, "INVALID_REQUEST"), await FailureAsync(host, Request(analysis.Name, 1, V1.RegionKind.Bone, why: new string('x', RegionCorrection.MaxWhyLength + 1))));
        Assert.Empty((await ReportAsync(host, analysis.Name)).Corrections);
    }

    [Fact]
    public async Task ReclassifyRegion_OfWhatRuns_IsAFailedPrecondition()
    {
        using var work = new GatedWork();
        await using AnalysisHost host = await StartAsync(services => services.AddSingleton<IAnalysisWork>(work));
        await host.UploadAsync(SmallPhantom.Files);
        V1.Analysis analysis = (await host.Client.StartAnalysisAsync(new V1.StartAnalysisRequest { Series = SmallPhantom.Reference })).Analysis;
        await work.BegunAsync();
        Assert.Equal((StatusCode.FailedPrecondition, "NOT_ENDED"), await FailureAsync(host, Request(analysis.Name, 1, V1.RegionKind.Bone)));
        work.Release();
    }

    [Fact]
    public void Parse_WhereClientsSayWhoTheyAre_TakesTheirNameAndNoOther()
    {
        V1.ReclassifyRegionRequest request = Request("analyses/x", 1, V1.RegionKind.Bone);
        var ward = new ClientIdentity("ward-3");
        Assert.Equal("ward-3", Reclassification.Parse(request, ward, isClientKnown: true).Who);
        request.Who = "Dr A";
        Assert.Equal("Dr A", Reclassification.Parse(request, ClientIdentity.Local, isClientKnown: false).Who);
        ServiceFault fault = Assert.Throws<ServiceFault>(() => Reclassification.Parse(request, ward, isClientKnown: true));
        Assert.Equal("who", Assert.Single(fault.Error.Violations).Field);
    }

    [Fact]
    public async Task ReclassifyRegion_OfAServerFolderWhoseFilesChanged_IsNotRepeatable()
    {
        string root = Directory.CreateDirectory(Path.Combine(_folder.FullName, "root", "a")).FullName;
        foreach ((int index, byte[] file) in SmallPhantom.Files.Index())
        {
            await File.WriteAllBytesAsync(Path.Combine(root, $"{index}.dcm"), file);
        }

        await using AnalysisHost host = await AnalysisHost.StartAsync(options => options.ServerFolders.Add("archive", Path.GetDirectoryName(root)!));
        V1.Analysis analysis = await EndedAsync(host, new V1.StartAnalysisRequest { Series = new V1.SeriesReference { ServerFolder = "archive/a" } });
        int deposit = Deposit(await ReportAsync(host, analysis.Name)).Id;
        Assert.Equal(1, (await host.Client.ReclassifyRegionAsync(Request(analysis.Name, deposit, V1.RegionKind.Bone))).Analysis.CorrectionCount);
        await File.WriteAllTextAsync(Path.Combine(root, "notes.txt"), "came later");
        Assert.Equal((StatusCode.FailedPrecondition, "NOT_REPEATABLE"), await FailureAsync(host, Request(analysis.Name, deposit, V1.RegionKind.Metal)));
        Assert.Single((await ReportAsync(host, analysis.Name)).Corrections);
    }

    private Task<AnalysisHost> StartAsync(Action<IServiceCollection>? services = null) => AnalysisHost.StartAsync(services: services, dataFolder: _folder.FullName);

    private static V1.ReclassifyRegionRequest Request(string name, int region, V1.RegionKind kind, string why = Why, string who = "") =>
        new() { Name = name, RegionId = region, Kind = kind, Why = why, Who = who };

    private static V1.Region Deposit(V1.AnalysisReport report) => report.Regions.First(region => region.Kind == V1.RegionKind.SoftTissueCalcification);

    private static double Total(V1.AnalysisReport report, V1.RegionKind kind) => report.Totals.Single(total => total.Kind == kind).VolumeMm3;

    private static async Task<V1.AnalysisReport> ReportAsync(AnalysisHost host, string name) =>
        Assert.Single((await host.Client.GetReportAsync(new V1.GetReportRequest { Name = name })).Output.Reports);

    private static async Task<V1.Analysis> EndedAsync(AnalysisHost host, V1.StartAnalysisRequest request)
    {
        V1.Analysis analysis = (await host.Client.WaitAnalysisAsync(new V1.WaitAnalysisRequest { Name = (await host.Client.StartAnalysisAsync(request)).Analysis.Name })).Analysis;
        Assert.Equal(V1.AnalysisState.Succeeded, analysis.State);
        return analysis;
    }

    private static async Task<(StatusCode Status, string Reason)> FailureAsync(AnalysisHost host, V1.ReclassifyRegionRequest request)
    {
        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => host.Client.ReclassifyRegionAsync(request).ResponseAsync);
        return (failure.StatusCode, failure.ToErrorStatus().Reason);
    }

    /// <summary>The bytes of all files of an artifact, one after the other.</summary>
    private static async Task<byte[]> DownloadAsync(AnalysisHost host, string name, V1.ArtifactKind kind)
    {
        using var bytes = new MemoryStream();
        using AsyncServerStreamingCall<V1.DownloadArtifactResponse> call = host.Client.DownloadArtifact(new V1.DownloadArtifactRequest { Name = name, Kind = kind });
        await foreach (V1.DownloadArtifactResponse piece in call.ResponseStream.ReadAllAsync())
        {
            piece.Data.WriteTo(bytes);
        }

        return bytes.ToArray();
    }
}
