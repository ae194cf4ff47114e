using CalcQuant.Api.V1;
using CalcQuant.Service.Storage;
using Grpc.Core;

namespace CalcQuant.Service.Tests.Storage;

public sealed class StudyStoreCallsTests
{
    [Fact]
    public async Task ListInstances_PageByPage_ListsEachOnceInOrder()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 7);
        await host.UploadAsync(series.Files.Reverse());
        List<string> listed = [];
        var request = new ListInstancesRequest { StudyInstanceUid = series.Study, PageSize = 3 };
        List<int> pages = [];
        do
        {
            ListInstancesResponse page = await host.Client.ListInstancesAsync(request);
            listed.AddRange(page.Instances.Select(instance => instance.SopInstanceUid));
            pages.Add(page.Instances.Count);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        Assert.Equal(series.SopInstanceUids, listed);
        Assert.Equal([3, 3, 1], pages);
    }

    [Fact]
    public async Task ListSeries_OfTheStore_CountsInstancesAndBytesPerSeries()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        TestSeries[] all = [new(sliceCount: 2, "1.2.1", study: "1.2"), new(sliceCount: 3, "1.2.2", study: "1.2"), new(sliceCount: 1, "1.3.1", study: "1.3")];
        await host.UploadAsync(all.SelectMany(series => series.Files));
        ListSeriesResponse first = await host.Client.ListSeriesAsync(new ListSeriesRequest { PageSize = 2 });
        ListSeriesResponse second = await host.Client.ListSeriesAsync(new ListSeriesRequest { PageSize = 2, PageToken = first.NextPageToken });
        Assert.Equal("", second.NextPageToken);
        Assert.Equal(
            all.Select(series => (series.Series, series.Study, "CT", series.Files.Length, series.Files.Sum(file => (long)file.Length))),
            first.Series.Concat(second.Series).Select(series => (series.SeriesInstanceUid, series.StudyInstanceUid, series.Modality, series.InstanceCount, series.ByteCount)));
        ListSeriesResponse study = await host.Client.ListSeriesAsync(new ListSeriesRequest { StudyInstanceUid = "1.3" });
        Assert.Equal(all[2].Series, Assert.Single(study.Series).SeriesInstanceUid);
        Assert.Empty((await host.Client.ListSeriesAsync(new ListSeriesRequest { StudyInstanceUid = "1.4" })).Series);
    }

    [Fact]
    public async Task Calls_WithRequestsThatMakeNoSense_AreInvalid()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 2);
        await host.UploadAsync(series.Files);
        string token = (await host.Client.ListInstancesAsync(new ListInstancesRequest { SeriesInstanceUid = series.Series, PageSize = 1 })).NextPageToken;
        Assert.NotEmpty(token);
        StudyStoreService.StudyStoreServiceClient client = host.Client;
        Assert.All(
            await Task.WhenAll(
                StatusOf(async () => await client.ListInstancesAsync(new ListInstancesRequest())),
                StatusOf(async () => await client.ListInstancesAsync(new ListInstancesRequest { StudyInstanceUid = "1.2/../3" })),
                StatusOf(async () => await client.ListInstancesAsync(new ListInstancesRequest { StudyInstanceUid = "1.2", PageSize = -1 })),
                StatusOf(async () => await client.ListInstancesAsync(new ListInstancesRequest { StudyInstanceUid = "1.2", PageToken = "x y" })),
                StatusOf(async () => await client.ListInstancesAsync(new ListInstancesRequest { StudyInstanceUid = "1.2", PageToken = "AAAA" })),
                StatusOf(async () => await client.ListInstancesAsync(new ListInstancesRequest { StudyInstanceUid = series.Study, PageToken = token })),
                StatusOf(async () => await client.ListSeriesAsync(new ListSeriesRequest { PageToken = token })),
                StatusOf(async () => await client.GetSeriesAsync(new GetSeriesRequest())),
                StatusOf(async () => await client.GetSeriesAsync(new GetSeriesRequest { Series = new SeriesReference { SeriesInstanceUid = "x" } })),
                StatusOf(async () => await client.DeleteStudyAsync(new DeleteStudyRequest()))),
            status => Assert.Equal(StatusCode.InvalidArgument, status));
    }

    [Fact]
    public async Task GetSeries_OfAStoredSeries_SaysItsVerdictGeometryAndScouts()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 12);
        string scout = series.Series + ".9";
        await host.UploadAsync([.. series.Files, TestSeries.Object(scout, series.Series, series.Study, "SR")]);
        GetSeriesResponse answer = await host.Client.GetSeriesAsync(new GetSeriesRequest { Series = new SeriesReference { SeriesInstanceUid = series.Series } });
        SeriesStack stack = Assert.Single(answer.Stacks);
        Assert.NotEqual(Verdict.Refused, stack.Verdict);
        Assert.Equal((12, 32, 32, 12, 1.0), (stack.SliceCount, stack.Geometry.ColumnCount, stack.Geometry.RowCount, stack.Geometry.SliceCount, stack.Geometry.BetweenSlicesMm));
        Assert.Equal((120, series.Study), (stack.Acquisition.Kvp, stack.Acquisition.StudyInstanceUid));
        Assert.Equal(scout, Assert.Single(answer.Skipped).Path);
        Assert.Equal((series.Series, 13), (answer.Series.SeriesInstanceUid, answer.Series.InstanceCount));
    }

    [Fact]
    public async Task GetSeries_WithAGap_IsRefusedThere()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 12);
        await host.UploadAsync(series.Files.RemoveAt(5));
        GetSeriesResponse answer = await host.Client.GetSeriesAsync(new GetSeriesRequest { Series = new SeriesReference { SeriesInstanceUid = series.Series } });
        SeriesStack stack = Assert.Single(answer.Stacks);
        Assert.Equal(Verdict.Refused, stack.Verdict);
        Assert.Contains(stack.Issues, issue => issue.Code == SeriesIssueCode.MissingSlice && issue.Refuses);
    }

    [Fact]
    public async Task Series_OfAServerFolder_AreListedAndDescribedByRelativePath()
    {
        DirectoryInfo archive = Directory.CreateTempSubdirectory("calcquant-archive-");
        try
        {
            TestSeries[] all = [new(sliceCount: 10, "1.5.1", study: "1.5"), new(sliceCount: 12, "1.5.2", study: "1.5")];
            DirectoryInfo knee = archive.CreateSubdirectory("knee");
            foreach ((byte[] file, int index) in all.SelectMany(series => series.Files).Select((file, index) => (file, index)))
            {
                await File.WriteAllBytesAsync(Path.Combine(knee.FullName, index + ".dcm"), file);
            }

            await File.WriteAllTextAsync(Path.Combine(knee.FullName, "notes.txt"), "Some notes beside the images.");
            await using StoreHost host = await StoreHost.StartAsync(options => options.ServerFolders["archive"] = archive.FullName);
            ListSeriesResponse first = await host.Client.ListSeriesAsync(new ListSeriesRequest { ServerFolder = "archive/knee", PageSize = 1 });
            ListSeriesResponse second = await host.Client.ListSeriesAsync(new ListSeriesRequest { ServerFolder = "archive/knee", PageSize = 1, PageToken = first.NextPageToken });
            Assert.Equal([("1.5.1.2", "1.5", 10), ("1.5.2.2", "1.5", 12)], first.Series.Concat(second.Series).Select(series => (series.SeriesInstanceUid, series.StudyInstanceUid, series.InstanceCount)));
            Assert.Equal("", second.NextPageToken);
            Assert.False(first.Series[0].HasByteCount);
            GetSeriesResponse one = await host.Client.GetSeriesAsync(new GetSeriesRequest { Series = new SeriesReference { ServerFolder = "archive", SeriesInstanceUid = "1.5.2.2" } });
            Assert.Equal(12, Assert.Single(one.Stacks).SliceCount);
            Assert.Equal("knee/notes.txt", Assert.Single(one.Skipped).Path);
            Assert.Equal(StatusCode.NotFound, await StatusOf(async () => await host.Client.GetSeriesAsync(
                new GetSeriesRequest { Series = new SeriesReference { ServerFolder = "archive", SeriesInstanceUid = "1.5.3" } })));
            Assert.Equal(StatusCode.PermissionDenied, await StatusOf(async () => await host.Client.ListSeriesAsync(new ListSeriesRequest { ServerFolder = "archive/../.." })));
        }
        finally
        {
            archive.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task DeleteStudy_WithAnalyses_EndsThemFirstAndLeavesNothing()
    {
        var deletion = new RecordingDeletion();
        await using StoreHost host = await StoreHost.StartAsync(services: services => services.AddSingleton<IStudyDeletion>(deletion));
        var series = new TestSeries(sliceCount: 3);
        var other = new TestSeries(sliceCount: 1);
        await host.UploadAsync([.. series.Files, .. other.Files]);
        StudyStore store = host.Get<StudyStore>();
        deletion.OnDeleting = () =>
        {
            // While analyses are being ended, the files are still there; new work gets none of them.
            Assert.Equal(3, store.InstancesOf(series.Series, CancellationToken.None).Count);
            Assert.Equal(4, host.InstanceFiles.Count());
            Assert.Null(store.PinAsync(series.Study, CancellationToken.None).GetAwaiter().GetResult());
        };
        using IDisposable? pin = await store.PinAsync(series.Study, CancellationToken.None);
        Assert.NotNull(pin);
        DeleteStudyResponse answer = await host.Client.DeleteStudyAsync(new DeleteStudyRequest { StudyInstanceUid = series.Study });
        Assert.Equal((3, series.Files.Sum(file => (long)file.Length), 5), (answer.InstanceCount, answer.ByteCount, answer.AnalysisCount));
        Assert.Equal(series.Study, Assert.Single(deletion.Studies));
        Assert.Equal(StoreHost.Hash(other.Files[0]), Path.GetFileNameWithoutExtension(Assert.Single(host.InstanceFiles)));
        Assert.Equal(StatusCode.NotFound, await StatusOf(async () => await host.Client.DeleteStudyAsync(new DeleteStudyRequest { StudyInstanceUid = series.Study })));
        Assert.Equal(3, (await host.UploadAsync(series.Files)).StoredCount);
        Assert.DoesNotContain(series.Study, await ReadDatabaseAfterDeletionAsync(host, series.Study), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeleteStudy_AmongUploadsOfTheSameFiles_LeavesRowsAndFilesInStep()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 5);
        for (int round = 0; round < 10; round++)
        {
            Task<UploadInstancesResponse>[] uploads = [.. Enumerable.Range(0, 3).Select(_ => host.UploadAsync(series.Files))];
            Task<StatusCode> deletion = StatusOf(async () => await host.Client.DeleteStudyAsync(new DeleteStudyRequest { StudyInstanceUid = series.Study }));
            await Task.WhenAll(uploads);
            await deletion;
            Assert.Equal(
                (await host.ListAsync(series.Series)).Select(instance => instance.Sha256).Order(),
                host.InstanceFiles.Select(Path.GetFileNameWithoutExtension).Order());
        }
    }

    private static async Task<string> ReadDatabaseAfterDeletionAsync(StoreHost host, string study)
    {
        await host.Client.DeleteStudyAsync(new DeleteStudyRequest { StudyInstanceUid = study });
        await using var copy = new FileStream(Path.Combine(host.DataFolder, "calcquant.db"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(copy, System.Text.Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    private static async Task<StatusCode> StatusOf(Func<Task> call)
    {
        try
        {
            await call();
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }

    private sealed class RecordingDeletion : IStudyDeletion
    {
        public List<string> Studies { get; } = [];

        public Action? OnDeleting { get; set; }

        public Task<int> DeletingAsync(string studyInstanceUid, CancellationToken cancellationToken)
        {
            OnDeleting?.Invoke();
            OnDeleting = null;
            Studies.Add(studyInstanceUid);
            return Task.FromResult(5);
        }
    }
}
