using System.IO.Compression;
using System.Security.Cryptography;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Series;
using CalcQuant.Phantoms;
using CalcQuant.Service.Analyses;
using Google.Protobuf;
using Grpc.Core;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Tests.Analyses;

/// <summary>Real analyses of small phantoms over real HTTP/2.</summary>
public sealed class AnalysisRunTests : IAsyncLifetime
{
    private AnalysisHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await AnalysisHost.StartAsync();
        await _host.UploadAsync(SmallPhantom.Files);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task AnalyzeSeries_StoredSeries_TellsEveryStageAndEndsWithTheReport()
    {
        List<V1.AnalyzeSeriesResponse> messages = await AnalyzeAsync(new V1.AnalyzeSeriesRequest { Series = SmallPhantom.Reference });
        V1.AnalysisResult result = messages[^1].Result;
        Assert.Equal(V1.AnalysisState.Succeeded, result.Analysis.State);
        Assert.NotEmpty(result.Output.Reports.Single().Regions);
        Assert.All(messages.SkipLast(1), message => Assert.Equal(result.Analysis.Name, message.Progress.Name));
        Assert.True(result.Analysis.CreateTime.ToDateTimeOffset() <= result.Analysis.StartTime.ToDateTimeOffset());
        Assert.True(result.Analysis.StartTime.ToDateTimeOffset() <= result.Analysis.EndTime.ToDateTimeOffset());
        Assert.Equal(AnalysisReport.CurrentAlgorithmVersion, result.Analysis.AlgorithmVersion);
        List<V1.AnalyzeSeriesResponse> again = await AnalyzeAsync(new V1.AnalyzeSeriesRequest { Series = SmallPhantom.Reference });
        Assert.Equal(result, Assert.Single(again).Result);
    }

    [Fact]
    public async Task DownloadArtifact_JsonAndCsv_AreWhatTheCommandLineWrites()
    {
        V1.Analysis analysis = await EndedAsync(new V1.StartAnalysisRequest { Series = SmallPhantom.Reference });
        V1.AnalysisOutput expected = InProcess();
        using var json = new MemoryStream();
        ReportJson.Write(expected, json);
        using var csv = new MemoryStream();
        ReportCsv.Write(expected.Reports, csv);
        (V1.ArtifactFile File, byte[] Bytes) writtenJson = Assert.Single(await DownloadAsync(analysis.Name, V1.ArtifactKind.Json));
        Assert.Equal(json.ToArray(), writtenJson.Bytes);
        Assert.Equal(("report.json", "application/json"), (writtenJson.File.FileName, writtenJson.File.MediaType));
        Assert.Equal(csv.ToArray(), Assert.Single(await DownloadAsync(analysis.Name, V1.ArtifactKind.Csv)).Bytes);
        V1.AnalysisOutput report = (await _host.Client.GetReportAsync(new V1.GetReportRequest { Name = analysis.Name })).Output;
        Assert.Contains("measurement", Assert.Single(report.Reports).StageTimes.Select(time => time.Stage));
        Assert.Equal(expected, report.WithoutStageTimes());
    }

    [Fact]
    public async Task DownloadArtifact_LabelVolumeAndOverlays_ArriveWholeAndOnlyIfAskedFor()
    {
        var request = new V1.StartAnalysisRequest { Series = SmallPhantom.Reference, Artifacts = { V1.ArtifactKind.Overlays, V1.ArtifactKind.LabelVolume } };
        V1.Analysis analysis = await EndedAsync(request);
        Assert.Equal([V1.ArtifactKind.LabelVolume, V1.ArtifactKind.Overlays], analysis.Artifacts);
        (V1.ArtifactFile File, byte[] Bytes) labels = Assert.Single(await DownloadAsync(analysis.Name, V1.ArtifactKind.LabelVolume));
        Assert.Equal("labels.nii.gz", labels.File.FileName);
        using var plain = new MemoryStream();
        await using (var gzip = new GZipStream(new MemoryStream(labels.Bytes), CompressionMode.Decompress))
        {
            await gzip.CopyToAsync(plain);
        }

        Assert.True(plain.Length >= 352 + (96 * 96 * 24));
        List<(V1.ArtifactFile File, byte[] Bytes)> pictures = await DownloadAsync(analysis.Name, V1.ArtifactKind.Overlays);
        Assert.NotEmpty(pictures);
        Assert.All(pictures, picture => Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], picture.Bytes.Take(4)));
        V1.Analysis plainAnalysis = await EndedAsync(new V1.StartAnalysisRequest { Series = SmallPhantom.Reference, Options = new V1.AnalysisOptions { ThresholdHu = 210 } });
        RpcException notMade = await Assert.ThrowsAsync<RpcException>(() => DownloadAsync(plainAnalysis.Name, V1.ArtifactKind.Overlays));
        Assert.Equal((StatusCode.FailedPrecondition, "ARTIFACT_NOT_MADE"), (notMade.StatusCode, notMade.ToErrorStatus().Reason));
        await _host.Store.DeleteStudyAsync(new V1.DeleteStudyRequest { StudyInstanceUid = SmallPhantom.Study });
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_host.Options.DataFolder, "analyses")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_host.Options.DataFolder, "incoming")));
    }

    [Fact]
    public async Task AnalyzeSeries_MissingSlice_FailsWithAReadableReport()
    {
        PhantomScan scan = Phantom.Render(PhantomOptions.MuscleCylinder(5) with { ColumnCount = 48, RowCount = 48, SliceCount = 10 });
        await _host.UploadAsync(Enumerable.Range(0, 10).Where(slice => slice != 4).Select(slice => PhantomDicom.ToFile(scan, slice)));
        var series = new V1.SeriesReference { SeriesInstanceUid = scan.Series.Acquisition.SeriesInstanceUid };
        using AsyncServerStreamingCall<V1.AnalyzeSeriesResponse> call = _host.Client.AnalyzeSeries(new V1.AnalyzeSeriesRequest { Series = series });
        var messages = new List<V1.AnalyzeSeriesResponse>();
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                messages.Add(call.ResponseStream.Current);
            }
        });
        Assert.Equal((StatusCode.FailedPrecondition, "MISSING_SLICE"), (refused.StatusCode, refused.ToErrorStatus().Reason));
        V1.AnalysisResult result = messages[^1].Result;
        Assert.Equal((V1.AnalysisState.Failed, "MISSING_SLICE"), (result.Analysis.State, result.Analysis.Error.Reason));
        Assert.Equal(V1.Verdict.Refused, result.Output.Reports.Single().Verdict);
        Assert.Equal(result.Output, (await _host.Client.GetReportAsync(new V1.GetReportRequest { Name = result.Analysis.Name })).Output);
        Assert.Equal(result.Analysis, (await _host.Client.StartAnalysisAsync(new V1.StartAnalysisRequest { Series = series })).Analysis);
    }

    [Fact]
    public async Task StartAnalysis_UnknownSeries_IsNotFoundWithoutItsUid()
    {
        RpcException unknown = await Assert.ThrowsAsync<RpcException>(() => _host.Client.StartAnalysisAsync(new V1.StartAnalysisRequest { Series = new V1.SeriesReference { SeriesInstanceUid = "1.2.3.4567" } }).ResponseAsync);
        Assert.Equal((StatusCode.NotFound, "UNKNOWN_SERIES"), (unknown.StatusCode, unknown.ToErrorStatus().Reason));
        Assert.DoesNotContain("4567", unknown.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAnalysis_ServerFolder_GivesTheReportsOfTheFolderAndNamesSkippedFilesRelatively()
    {
        string root = Directory.CreateTempSubdirectory("calcquant-folder-").FullName;
        try
        {
            string folder = Directory.CreateDirectory(Path.Combine(root, "a", "b")).FullName;
            foreach ((int index, byte[] file) in SmallPhantom.Files.Index())
            {
                await File.WriteAllBytesAsync(Path.Combine(folder, $"{index}.dcm"), file);
            }

            await File.WriteAllTextAsync(Path.Combine(folder, "notes.txt"), "not DICOM");
            await using AnalysisHost host = await AnalysisHost.StartAsync(options => options.ServerFolders.Add("archive", root));
            var request = new V1.StartAnalysisRequest { Series = new V1.SeriesReference { ServerFolder = "archive/a" } };
            V1.Analysis first = (await host.Client.WaitAnalysisAsync(new V1.WaitAnalysisRequest { Name = (await host.Client.StartAnalysisAsync(request)).Analysis.Name })).Analysis;
            Assert.Equal(V1.AnalysisState.Succeeded, first.State);
            V1.AnalysisOutput output = (await host.Client.GetReportAsync(new V1.GetReportRequest { Name = first.Name })).Output;
            Assert.Equal("b/notes.txt", output.Skipped.Single().Path);
            Assert.Equal(InProcess().Reports, output.Clone().WithoutStageTimes().Reports);
            V1.Analysis second = (await host.Client.WaitAnalysisAsync(new V1.WaitAnalysisRequest { Name = (await host.Client.StartAnalysisAsync(request)).Analysis.Name })).Analysis;
            Assert.Equal(
                output.WithoutStageTimes(), (await host.Client.GetReportAsync(new V1.GetReportRequest { Name = second.Name })).Output.WithoutStageTimes());
            RpcException outside = await Assert.ThrowsAsync<RpcException>(() => host.Client.StartAnalysisAsync(new V1.StartAnalysisRequest { Series = new V1.SeriesReference { ServerFolder = "archive/../.." } }).ResponseAsync);
            Assert.Equal(StatusCode.PermissionDenied, outside.StatusCode);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task StartAnalysis_BoneMaskFromALabelVolume_ReplacesTheSkeletonAndIsKeptAsLongAsItsReport()
    {
        V1.Analysis labelled = await EndedAsync(new V1.StartAnalysisRequest { Series = SmallPhantom.Reference, Artifacts = { V1.ArtifactKind.LabelVolume } });
        V1.AnalysisReport found = (await _host.Client.GetReportAsync(new V1.GetReportRequest { Name = labelled.Name })).Output.Reports.Single();
        int largest = found.Regions.Where(region => region.Kind == V1.RegionKind.SoftTissueCalcification).MaxBy(region => region.VoxelCount)!.Id;
        byte[] labels = Assert.Single(await DownloadAsync(labelled.Name, V1.ArtifactKind.LabelVolume)).Bytes;
        var mask = new V1.BoneMask { Nifti = ByteString.CopyFrom(labels), Labels = { largest } };
        V1.Analysis analysis = await EndedAsync(new V1.StartAnalysisRequest { Series = SmallPhantom.Reference, Options = new V1.AnalysisOptions { BoneMask = mask } });
        Assert.Equal(new V1.BoneMask { Labels = { largest } }, analysis.Options.BoneMask);
        V1.AnalysisReport drawn = (await _host.Client.GetReportAsync(new V1.GetReportRequest { Name = analysis.Name })).Output.Reports.Single();
        Assert.Contains(drawn.Totals, total => total.Kind == V1.RegionKind.Bone);
        Assert.NotEqual(found.Totals, drawn.Totals);
        Assert.Single(Directory.EnumerateFileSystemEntries(Path.Combine(_host.Options.DataFolder, "masks")));
        await _host.Store.DeleteStudyAsync(new V1.DeleteStudyRequest { StudyInstanceUid = SmallPhantom.Study });
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_host.Options.DataFolder, "masks")));
    }

    [Fact]
    public async Task StartAnalysis_MaskThatCannotBeRead_IsInvalidWithTheReadersExplanation()
    {
        foreach (V1.BoneMask mask in new[] { new V1.BoneMask { Nifti = ByteString.CopyFrom(1, 2, 3) }, new V1.BoneMask { DicomSegmentation = ByteString.CopyFrom(SmallPhantom.Files[0]) } })
        {
            RpcException unsuitable = await Assert.ThrowsAsync<RpcException>(() => EndedAsync(new V1.StartAnalysisRequest { Series = SmallPhantom.Reference, Options = new V1.AnalysisOptions { BoneMask = mask } }));
            Assert.Equal((StatusCode.InvalidArgument, "UNSUITABLE_MASK"), (unsuitable.StatusCode, unsuitable.ToErrorStatus().Reason));
            Assert.Equal("options.bone_mask", unsuitable.FindDetail<Google.Rpc.BadRequest>()!.FieldViolations.Single().Field);
        }

        RpcException unknown = await Assert.ThrowsAsync<RpcException>(() => EndedAsync(new V1.StartAnalysisRequest { Series = SmallPhantom.Reference, Options = new V1.AnalysisOptions { BoneMask = new V1.BoneMask { SegmentationSopInstanceUid = "1.2.3" } } }));
        Assert.Equal((StatusCode.NotFound, "UNKNOWN_INSTANCE"), (unknown.StatusCode, unknown.ToErrorStatus().Reason));
    }

    [Theory]
    [InlineData("hashing files")]
    [InlineData("reading headers")]
    [InlineData("reading pixels")]
    [InlineData("fingerprint")]
    [InlineData("body")]
    [InlineData("components")]
    [InlineData("skeleton")]
    [InlineData("deposits")]
    [InlineData("measurement")]
    [InlineData("label volume")]
    [InlineData("overlays")]
    public async Task AnalyzeSeries_ClientCancelsOrDeadlinePassesInAStage_CancelsTheAnalysis(string stage)
    {
        Assert.True(await EndsInStageAsync(stage, deadlineSeconds: null));
        await Patience.WithLaterDeadlinesAsync(2, seconds => EndsInStageAsync(stage, seconds));
    }

    [Fact]
    public async Task Everything_MarkedPatient_IsInNoLogAndNoError()
    {
        const string Name = "MARKEDNAME^IGNAZ";
        await using AnalysisHost host = await AnalysisHost.StartAsync();
        await host.UploadAsync(SmallPhantom.WithPatientName(Name));
        await host.Client.WaitAnalysisAsync(new V1.WaitAnalysisRequest { Name = (await host.Client.StartAnalysisAsync(new V1.StartAnalysisRequest { Series = SmallPhantom.Reference })).Analysis.Name });
        await Assert.ThrowsAsync<RpcException>(() => host.Client.StartAnalysisAsync(new V1.StartAnalysisRequest { Series = SmallPhantom.Reference, Options = new V1.AnalysisOptions { ThresholdHu = -1 } }).ResponseAsync);
        await host.Store.DeleteStudyAsync(new V1.DeleteStudyRequest { StudyInstanceUid = SmallPhantom.Study });
        await host.StopAsync();
        string[] forbidden = ["MARKEDNAME", "IGNAZ", SmallPhantom.Series, SmallPhantom.Study, host.Options.DataFolder];
        Assert.NotEmpty(host.Log.Lines);
        Assert.All(host.Log.Lines, line => Assert.DoesNotContain(forbidden, text => line.Contains(text, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>The files of the small phantom in a folder, until it is disposed.</summary>
    private sealed class FolderOfPhantom : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-folder-");

        public FolderOfPhantom()
        {
            foreach ((int index, byte[] file) in SmallPhantom.Files.Index())
            {
                File.WriteAllBytes(System.IO.Path.Combine(Path, $"{index}.dcm"), file);
            }
        }

        public string Path => _folder.FullName;

        public void Dispose() => _folder.Delete(recursive: true);
    }

    private static V1.AnalysisOutput InProcess()
    {
        using var folder = new FolderOfPhantom();
        var output = new V1.AnalysisOutput();
        foreach (SeriesStack stack in SeriesCatalog.Scan([folder.Path], ReadingLimits.Default).Stacks)
        {
            var accepted = Assert.IsType<SeriesReading.Accepted>(stack.Read());
            output.Reports.Add(CalcificationAnalysis.Run(InputFingerprint.AddTo(accepted.Series)).Report.ToMessage());
        }

        return output;
    }

    /// <summary>Has an analysis cancelled in a stage, by its client or by a deadline, and looks at what is left of it.</summary>
    /// <returns>False where the deadline passed before the stage.</returns>
    private static async Task<bool> EndsInStageAsync(string stage, double? deadlineSeconds)
    {
        StageGate? gate = null;
        using var archive = new FolderOfPhantom();
        await using AnalysisHost host = await AnalysisHost.StartAsync(options => options.ServerFolders.Add("archive", archive.Path), services => services.AddSingleton<IAnalysisWork>(provider => gate = new StageGate(ActivatorUtilities.CreateInstance<AnalysisWork>(provider), stage)));
        await host.UploadAsync(SmallPhantom.Files);
        _ = host.Get<IAnalysisWork>();

        // The headers of a stored series that runs at once are read before it is accepted.
        bool isFolder = stage is "hashing files" or "reading headers";
        var request = new V1.AnalyzeSeriesRequest { Series = isFolder ? new V1.SeriesReference { ServerFolder = "archive" } : SmallPhantom.Reference, Artifacts = { V1.ArtifactKind.LabelVolume, V1.ArtifactKind.Overlays } };
        using var cancel = new CancellationTokenSource();
        DateTime? deadline = deadlineSeconds is { } seconds ? DateTime.UtcNow.AddSeconds(seconds) : null;
        using AsyncServerStreamingCall<V1.AnalyzeSeriesResponse> call = host.Client.AnalyzeSeries(request, deadline: deadline, cancellationToken: cancel.Token);
        string? name = null;
        LiveAnalysis? live = null;
        RpcException ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                if (name is not null)
                {
                    continue;
                }

                name = call.ResponseStream.Current.Progress.Name;
                live = host.Get<AcceptedAnalyses>().Find(name).Live;
                if (deadline is null)
                {
                    await Task.WhenAny(gate!.Reached, live!.Closed).InTimeAsync();
                    Assert.True(gate.Reached.IsCompleted, "The analysis ended before the stage.");
                    await cancel.CancelAsync();
                }
            }
        });
        Assert.Equal(deadline is null ? StatusCode.Cancelled : StatusCode.DeadlineExceeded, ended.StatusCode);
        if (name is null || !gate!.Reached.IsCompleted)
        {
            return false;
        }

        // Null where it had ended before it was looked up.
        await (live?.Closed ?? Task.CompletedTask).InTimeAsync();
        Assert.Equal(V1.AnalysisState.Cancelled, (await host.Client.GetAnalysisAsync(new V1.GetAnalysisRequest { Name = name })).Analysis.State);
        Assert.Equal(0, host.Get<AnalysisQueue>().RunningCount);
        Assert.Equal(0, host.Get<MemoryBudget>().UsedBytes);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(host.Options.DataFolder, "analyses")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(host.Options.DataFolder, "incoming")));
        return true;
    }

    private async Task<List<V1.AnalyzeSeriesResponse>> AnalyzeAsync(V1.AnalyzeSeriesRequest request)
    {
        using AsyncServerStreamingCall<V1.AnalyzeSeriesResponse> call = _host.Client.AnalyzeSeries(request);
        return await call.ResponseStream.ReadAllAsync().ToListAsync();
    }

    private async Task<V1.Analysis> EndedAsync(V1.StartAnalysisRequest request)
    {
        string name = (await _host.Client.StartAnalysisAsync(request)).Analysis.Name;
        V1.Analysis analysis = (await _host.Client.WaitAnalysisAsync(new V1.WaitAnalysisRequest { Name = name })).Analysis;
        Assert.Equal(V1.AnalysisState.Succeeded, analysis.State);
        return analysis;
    }

    private async Task<List<(V1.ArtifactFile File, byte[] Bytes)>> DownloadAsync(string name, V1.ArtifactKind kind)
    {
        using AsyncServerStreamingCall<V1.DownloadArtifactResponse> call = _host.Client.DownloadArtifact(new V1.DownloadArtifactRequest { Name = name, Kind = kind });
        var files = new List<(V1.ArtifactFile File, MemoryStream Bytes)>();
        await foreach (V1.DownloadArtifactResponse piece in call.ResponseStream.ReadAllAsync())
        {
            if (piece.File is not null)
            {
                files.Add((piece.File, new MemoryStream()));
            }

            Assert.InRange(piece.Data.Length, 0, 256 << 10);
            piece.Data.WriteTo(files[^1].Bytes);
        }

        Assert.All(files, file => Assert.Equal((file.File.ByteCount, file.File.Sha256), (file.Bytes.Length, Convert.ToHexStringLower(SHA256.HashData(file.Bytes.ToArray())))));
        return [.. files.Select(file => (file.File, file.Bytes.ToArray()))];
    }
}
