using CalcQuant.Api.V1;
using CalcQuant.Service.Storage;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace CalcQuant.Service.Tests.Storage;

public sealed class UploadTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(64 << 10)]
    [InlineData(4 << 20)]
    public async Task UploadInstances_InPiecesOfAnyLength_StoresTheSameBytes(int pieceLength)
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 2);
        UploadInstancesResponse answer = await host.UploadAsync(series.Files, pieceLength);
        Assert.Equal((2, 0, 0), (answer.StoredCount, answer.AlreadyStoredCount, answer.RejectedCount));
        Assert.All(answer.Instances.Zip(series.Files), pair =>
        {
            Assert.Equal(UploadOutcome.Stored, pair.First.Outcome);
            Assert.Equal(StoreHost.Hash(pair.Second), pair.First.Sha256);
            Assert.Equal(pair.Second.Length, pair.First.ByteCount);
            Assert.Null(pair.First.Error);
        });
        Assert.Equal(series.SopInstanceUids, answer.Instances.Select(instance => instance.SopInstanceUid));
        Assert.Equal(
            series.Files.Select(file => (StoreHost.Hash(file) + ".dcm", StoreHost.Hash(file))).Order(),
            host.InstanceFiles.Select(path => (Path.GetFileName(path), StoreHost.Hash(File.ReadAllBytes(path)))).Order());
        Assert.Empty(host.IncomingFiles);
    }

    [Fact]
    public async Task UploadInstances_OfAFileAboveAMessage_StoresTheSameBytes()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        byte[] file = [.. new TestSeries(sliceCount: 1).Files[0], .. new byte[9 << 20]];
        Array.Fill<byte>(file, 7, file.Length - (9 << 20), 9 << 20);

        // Trailing bytes after Pixel Data that are no element make it a damaged file: what matters here is that all of them are counted.
        UploadInstancesResponse answer = await host.UploadAsync([file], 4 << 20);
        Assert.Equal((StoreHost.Hash(file), (long)file.Length), (answer.Instances[0].Sha256, answer.Instances[0].ByteCount));
    }

    [Fact]
    public async Task UploadInstances_WithBadFilesAmongGoodOnes_RejectsEachWithItsReasonAndStoresTheRest()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 3);
        byte[] text = "This is not DICOM, though somebody may have hoped so."u8.ToArray();
        (InstanceStart Start, byte[] Data, string? Reason)[] files =
        [
            (new InstanceStart { Label = "good" }, series.Files[0], null),
            (new InstanceStart { Label = "empty" }, [], "NOT_DICOM"),
            (new InstanceStart { Label = "text" }, text, "NOT_DICOM"),
            (new InstanceStart { Label = "too short", ByteCount = series.Files[1].Length + 1 }, series.Files[1], "LENGTH_MISMATCH"),
            (new InstanceStart { Label = "too long", ByteCount = series.Files[1].Length - 1 }, series.Files[1], "LENGTH_MISMATCH"),
            (new InstanceStart { Label = "negative", ByteCount = -1 }, series.Files[1], "LENGTH_MISMATCH"),
            (new InstanceStart { Label = "other hash", Sha256 = new string('0', 64) }, series.Files[1], "CHECKSUM_MISMATCH"),
            (new InstanceStart { Label = "cut short" }, series.Files[1][..300], "NOT_DICOM"),
            (new InstanceStart { Label = "no series" }, TestSeries.Object("1.2.3", null, "1.2.5", "SEG"), "INCOMPLETE_IDENTITY"),
            (new InstanceStart { Label = "no UID" }, TestSeries.Object("1.2.3", "../../etc", "1.2.5", "SEG"), "INCOMPLETE_IDENTITY"),
            (new InstanceStart { Label = "long UID" }, TestSeries.Object("1.2.3", new string('1', 65), "1.2.5", "SEG"), "INCOMPLETE_IDENTITY"),
            (new InstanceStart { Label = "upper-case hash", Sha256 = StoreHost.Hash(series.Files[2]).ToUpperInvariant() }, series.Files[2], null),
            (new InstanceStart { Label = "SEG" }, TestSeries.Object("1.2.3", "1.2.4", "1.2.5", "SEG"), null),
        ];
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call = host.Client.UploadInstances();
        foreach ((InstanceStart start, byte[] data, _) in files)
        {
            await StoreHost.SendAsync(call, start, data, pieceLength: 100);
        }

        await call.RequestStream.CompleteAsync();
        UploadInstancesResponse answer = await call;
        Assert.Equal(files.Select(file => (file.Start.Label, file.Reason)), answer.Instances.Select(entry => (entry.Label, entry.Error?.Reason)));
        Assert.All(answer.Instances.Zip(files), pair => Assert.Equal((StoreHost.Hash(pair.Second.Data), pair.Second.Data.Length), (pair.First.Sha256, (int)pair.First.ByteCount)));
        Assert.Equal((3, 10), (answer.StoredCount, answer.RejectedCount));
        Assert.Equal(3, host.InstanceFiles.Count());
        Assert.Empty(host.IncomingFiles);
    }

    [Fact]
    public async Task UploadInstances_OfTheSameFiles_StoresThemOnce()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries();
        await host.UploadAsync(series.Files);
        UploadInstancesResponse answer = await host.UploadAsync([.. series.Files, series.Files[0]]);
        Assert.Equal((0, 5, 0), (answer.StoredCount, answer.AlreadyStoredCount, answer.RejectedCount));
        Assert.Equal(4, host.InstanceFiles.Count());
        Assert.Empty(host.IncomingFiles);
    }

    [Fact]
    public async Task UploadInstances_OfOtherBytesUnderOneUid_KeepsTheFirst()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        byte[] first = TestSeries.Object("1.2.3.1", "1.2.3.2", "1.2.3.3", "SEG");
        byte[] second = TestSeries.Object("1.2.3.1", "1.2.3.2", "1.2.3.9", "SR");
        UploadInstancesResponse together = await host.UploadAsync([first, second]);
        UploadInstancesResponse later = await host.UploadAsync([second, first]);
        Assert.Equal([UploadOutcome.Stored, UploadOutcome.Rejected], together.Instances.Select(entry => entry.Outcome));
        Assert.Equal([UploadOutcome.Rejected, UploadOutcome.AlreadyStored], later.Instances.Select(entry => entry.Outcome));
        Assert.Equal("INSTANCE_CONFLICT", later.Instances[0].Error.Reason);
        Assert.Equal(first, File.ReadAllBytes(Assert.Single(host.InstanceFiles)));
        RpcException unknown = await Assert.ThrowsAsync<RpcException>(async () => await host.Client.DeleteStudyAsync(new DeleteStudyRequest { StudyInstanceUid = "1.2.3.9" }));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task UploadInstances_OfOneSeriesByEightClients_StoresEachFileOnce()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 20);
        UploadInstancesResponse[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.UploadAsync(series.Files, 1000)));
        Assert.Equal(20, answers.Sum(answer => answer.StoredCount));
        Assert.Equal(140, answers.Sum(answer => answer.AlreadyStoredCount));
        Assert.Equal(series.Files.Select(StoreHost.Hash).Order(), host.InstanceFiles.Select(path => StoreHost.Hash(File.ReadAllBytes(path))).Order());
        Assert.Empty(host.IncomingFiles);
    }

    [Fact]
    public async Task UploadInstances_OfRivalsUnderOneUid_LetsExactlyOneWin()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        byte[][] rivals = [.. Enumerable.Range(0, 8).Select(i => TestSeries.Object("1.2.7.1", "1.2.7.2", "1.2.7.3", "M" + i))];
        UploadInstancesResponse[] answers = await Task.WhenAll(rivals.Select(file => host.UploadAsync([file])));
        int winner = Assert.Single(Enumerable.Range(0, 8), i => answers[i].StoredCount == 1);
        Assert.Equal(7, answers.Sum(answer => answer.RejectedCount));
        Assert.Equal(rivals[winner], File.ReadAllBytes(Assert.Single(host.InstanceFiles)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task UploadInstances_BrokenInTheMiddle_KeepsWhatWasWholeAndResumes(bool byDeadline)
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 5);
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call =
            host.Client.UploadInstances(deadline: byDeadline ? DateTime.UtcNow.AddSeconds(5) : null);
        for (int i = 0; i < 3; i++)
        {
            await StoreHost.SendAsync(call, new InstanceStart(), series.Files[i]);
        }

        await StoreHost.SendAsync(call, new InstanceStart { ByteCount = series.Files[3].Length }, series.Files[3][..1000]);
        await Patience.UntilAsync(() => host.IncomingFiles.Any(path => new FileInfo(path).Length == 1000));
        if (!byDeadline)
        {
            call.Dispose();
        }

        RpcException broken = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(byDeadline ? StatusCode.DeadlineExceeded : StatusCode.Cancelled, broken.StatusCode);
        await Patience.UntilAsync(() => host.Log.Lines.Any(line => line.StartsWith("1101", StringComparison.Ordinal)));
        IReadOnlyList<StoredInstance> there = await host.ListAsync(series.Series);
        Assert.Equal(series.SopInstanceUids[..3], there.Select(instance => instance.SopInstanceUid));
        Assert.Empty(host.IncomingFiles);

        UploadInstancesResponse rest = await host.UploadAsync(series.Files.Where(file => there.All(stored => stored.Sha256 != StoreHost.Hash(file))));
        Assert.Equal(2, rest.StoredCount);
        Assert.Equal(series.Files.Select(StoreHost.Hash), (await host.ListAsync(series.Series)).Select(instance => instance.Sha256));
    }

    [Fact]
    public async Task UploadInstances_BrokenAfterTheLastAnnouncedByte_KeepsTheFile()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 1);
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call = host.Client.UploadInstances();
        await StoreHost.SendAsync(call, new InstanceStart { ByteCount = series.Files[0].Length }, series.Files[0], 1000);
        await Patience.UntilAsync(() => host.IncomingFiles.Any(path => new FileInfo(path).Length == series.Files[0].Length));
        call.Dispose();
        await Patience.UntilAsync(() => host.Log.Lines.Any(line => line.StartsWith("1101", StringComparison.Ordinal)));
        Assert.Single(await host.ListAsync(series.Series));
    }

    [Fact]
    public async Task UploadInstances_OfTenGigabytesAnnounced_EndsTheCallBeforeTheyCome()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 1);
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call = host.Client.UploadInstances();
        await StoreHost.SendAsync(call, new InstanceStart(), series.Files[0]);
        await call.RequestStream.WriteAsync(new UploadInstancesRequest { Start = new InstanceStart { ByteCount = 10L << 30 } });
        RpcException tooLarge = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.ResourceExhausted, tooLarge.StatusCode);
        Assert.Single(await host.ListAsync(series.Series));
        Assert.Empty(host.IncomingFiles);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("stream")]
    [InlineData("count")]
    public async Task UploadInstances_BeyondALimit_EndsTheCallAndKeepsWhatWasWhole(string limit)
    {
        var series = new TestSeries(sliceCount: 3);
        int length = series.Files.Max(file => file.Length);
        await using StoreHost host = await StoreHost.StartAsync(options =>
        {
            options.MaxFileBytes = limit == "file" ? length : options.MaxFileBytes;
            options.MaxStreamBytes = limit == "stream" ? (2 * length) + 10 : options.MaxStreamBytes;
            options.MaxInstancesPerStream = limit == "count" ? 2 : options.MaxInstancesPerStream;
        });
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call = host.Client.UploadInstances();
        RpcException exhausted = await Assert.ThrowsAsync<RpcException>(() => StoreHost.AnswerAsync(call, async () =>
        {
            await StoreHost.SendAsync(call, new InstanceStart(), series.Files[0]);
            await StoreHost.SendAsync(call, new InstanceStart(), series.Files[1]);
            await StoreHost.SendAsync(call, new InstanceStart(), [.. series.Files[2], .. new byte[100]]);
        }));
        Assert.Equal(StatusCode.ResourceExhausted, exhausted.StatusCode);
        Assert.Equal(2, (await host.ListAsync(series.Series)).Count);
        Assert.Empty(host.IncomingFiles);
    }

    [Fact]
    public async Task UploadInstances_OfDataBeforeAStart_IsInvalid()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call = host.Client.UploadInstances();
        await call.RequestStream.WriteAsync(new UploadInstancesRequest { Data = ByteString.CopyFromUtf8("x") });
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(async () => await call)).StatusCode);
    }

    [Fact]
    public async Task UploadInstances_OfNothing_AnswersNothing()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        Assert.Empty((await host.UploadAsync([])).Instances);
    }

    [Fact]
    public async Task UploadInstances_WhenTheDatabaseIsFull_StoresNothingAndSaysSo()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        await host.UploadAsync(new TestSeries(sliceCount: 1).Files);

        // What the next upload writes no longer fits: the pooled connection keeps the pragma.
        using (SqliteConnection connection = host.Get<Database>().Connect())
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA max_page_count = 1";
            command.ExecuteScalar();
        }

        var series = new TestSeries(sliceCount: 400);
        RpcException full = await Assert.ThrowsAsync<RpcException>(() => host.UploadAsync(series.Files));
        Assert.Equal(StatusCode.ResourceExhausted, full.StatusCode);
        Assert.Empty(await host.ListAsync(series.Series));
        Assert.Single(host.InstanceFiles);
        Assert.Empty(host.IncomingFiles);
    }

    [Fact]
    public async Task UploadInstances_WhenFilesCannotBeWritten_StoresNothingAndSaysSo()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        Directory.Delete(Path.Combine(host.DataFolder, "incoming"));
        RpcException unavailable = await Assert.ThrowsAsync<RpcException>(() => host.UploadAsync(new TestSeries().Files));
        Assert.Equal(StatusCode.Unavailable, unavailable.StatusCode);
        Assert.Empty(host.InstanceFiles);
    }

    [Fact]
    public async Task UploadInstances_WhenTheDiskFailsInALargeFile_EndsTheCall()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        Directory.Delete(Path.Combine(host.DataFolder, "incoming"));
        byte[] file = [.. new TestSeries(sliceCount: 1).Files[0], .. new byte[40 << 20]];
        RpcException unavailable = await Assert.ThrowsAsync<RpcException>(() => host.UploadAsync([file]));
        Assert.Equal(StatusCode.Unavailable, unavailable.StatusCode);
        Assert.Empty(host.InstanceFiles);
    }

    [Fact]
    public async Task Everything_AboutAMarkedPatient_StaysOutOfLogsAndErrors()
    {
        const string MarkedName = "MARKED^PATIENT";
        const string MarkedUid = "1.2.826.77777";
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 3, MarkedUid, MarkedName);
        UploadInstancesResponse stored = await host.UploadAsync(series.Files);
        byte[] rival = TestSeries.Object(series.SopInstanceUids[0], series.Series, series.Study, "SR");
        UploadInstancesResponse rejected = await host.UploadAsync([rival, series.Files[0][..500], series.Files[0]]);
        List<string> texts = [.. rejected.Instances.Where(entry => entry.Error is not null).Select(entry => entry.Error.Message)];
        Assert.Equal(2, texts.Count);
        await host.Client.GetSeriesAsync(new GetSeriesRequest { Series = new SeriesReference { SeriesInstanceUid = series.Series } });
        await host.Client.DeleteStudyAsync(new DeleteStudyRequest { StudyInstanceUid = series.Study });
        foreach (Func<Task> call in (Func<Task>[])
        [
            async () => await host.Client.DeleteStudyAsync(new DeleteStudyRequest { StudyInstanceUid = series.Study }),
            async () => await host.Client.GetSeriesAsync(new GetSeriesRequest { Series = new SeriesReference { SeriesInstanceUid = series.Series } }),
            async () => await host.Client.ListSeriesAsync(new ListSeriesRequest { ServerFolder = MarkedName }),
            async () => await host.Client.ListInstancesAsync(new ListInstancesRequest { SeriesInstanceUid = series.Series, PageToken = MarkedUid }),
        ])
        {
            texts.Add((await Assert.ThrowsAsync<RpcException>(call)).ToString());
        }

        Assert.All(texts.Concat(host.Log.Lines), text =>
        {
            Assert.DoesNotContain("MARKED", text, StringComparison.Ordinal);
            Assert.DoesNotContain(MarkedUid, text, StringComparison.Ordinal);
            Assert.DoesNotContain(host.DataFolder, text, StringComparison.Ordinal);
        });
        Assert.Contains(host.Log.Lines, line => line.StartsWith("1100 ", StringComparison.Ordinal));
        Assert.Equal(3, stored.StoredCount);
    }
}
