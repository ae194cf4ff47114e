using System.Collections.Immutable;
using CalcQuant.Api;
using CalcQuant.Service.Analyses;
using CalcQuant.Service.Storage;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Tests.Analyses;

public sealed class AnalysisStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("calcquant-").FullName;
    private Database _database;
    private AnalysisStore _store;

    public AnalysisStoreTests()
    {
        _database = Database.Open(_folder);
        _store = new AnalysisStore(_database, TimeProvider.System);
    }

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task AddAsync_Row_IsFoundAgainAfterReopening()
    {
        AnalysisRow given = Rows.New() with
        {
            MaskSha256 = new string('a', 64),
            MaskFormat = BoneMaskFormat.DicomSegmentation,
            Artifacts = ArtifactKinds.LabelVolume | ArtifactKinds.Overlays,
            Files = FileHashes.Of([new string('b', 64)]),
            Key = "key",
            MemoryBytes = 17,
            IsWanted = true,
        };
        AnalysisRow added = await _store.AddAsync(given, CancellationToken.None);
        Reopen();
        AnalysisRow found = _store.Find(given.Id)!;
        Assert.Equal(added with { Files = FileHashes.Empty }, found);
        Assert.Equal(given with { Files = FileHashes.Empty, CreateTime = found.CreateTime, Sequence = 1 }, found);
        Assert.Equal([new string('b', 64)], (await _store.RecoverAsync(CancellationToken.None)).Single().Files.ToHexSet());
    }

    [Fact]
    public async Task TryEndAsync_EndedAnalysis_NeverChangesAgain()
    {
        AnalysisRow row = await _store.AddAsync(Rows.New(), CancellationToken.None);
        Assert.True(await _store.TryBeginAsync(row.Id, CancellationToken.None));
        Assert.False(await _store.TryBeginAsync(row.Id, CancellationToken.None));
        Assert.True(await _store.TryEndAsync(row.Id, Measured("1"), CancellationToken.None));
        AnalysisRow ended = _store.Find(row.Id)!;
        Assert.False(await _store.TryEndAsync(row.Id, AnalysisOutcome.Cancelled, CancellationToken.None));
        Assert.False(await _store.TryEndAsync(row.Id, Measured("2"), CancellationToken.None));
        Assert.False(await _store.TryBeginAsync(row.Id, CancellationToken.None));
        await _store.RequeueAsync(row.Id, CancellationToken.None);
        Assert.Empty(await _store.RecoverAsync(CancellationToken.None));
        Assert.Equal(ended, _store.Find(row.Id));
        Assert.Equal(AnalysisState.Succeeded, ended.State);
        Assert.Equal("1", _store.ReportOf(row.Id)!.Reports.Single().SeriesInstanceUid);
        Assert.Equal([new ArtifactFile(ArtifactKinds.Overlays, "2/a.png", 5, "00"), new ArtifactFile(ArtifactKinds.Overlays, "1/b.png", 6, "01")], _store.FilesOf(row.Id, ArtifactKinds.Overlays));
        Assert.Empty(_store.FilesOf(row.Id, ArtifactKinds.LabelVolume));
    }

    [Fact]
    public async Task RecoverAsync_RunningAnalysis_WaitsAgainAndIsGivenUpAfterThreeCrashes()
    {
        AnalysisRow row = await _store.AddAsync(Rows.New(), CancellationToken.None);
        for (int crash = 1; crash <= AnalysisStore.MaxAttempts; crash++)
        {
            Assert.True(await _store.TryBeginAsync(row.Id, CancellationToken.None));
            Reopen();
            ImmutableArray<AnalysisRow> waiting = await _store.RecoverAsync(CancellationToken.None);
            Assert.Equal(crash < AnalysisStore.MaxAttempts ? [row.Id] : [], waiting.Select(recovered => recovered.Id));
        }

        AnalysisRow ended = _store.Find(row.Id)!;
        Assert.Equal(AnalysisState.Failed, ended.State);
        Assert.Equal("INTERRUPTED", ended.Error!.Reason);
        Assert.NotNull(ended.EndTime);
    }

    [Fact]
    public async Task RequeueAsync_OrderlyShutdowns_DoNotCountAsAttempts()
    {
        AnalysisRow row = await _store.AddAsync(Rows.New(), CancellationToken.None);
        for (int restart = 0; restart < 5; restart++)
        {
            Assert.True(await _store.TryBeginAsync(row.Id, CancellationToken.None));
            await _store.RequeueAsync(row.Id, CancellationToken.None);
            Assert.Equal(row.Id, (await _store.RecoverAsync(CancellationToken.None)).Single().Id);
        }

        Assert.Equal(0, _store.Find(row.Id)!.Attempts);
    }

    [Fact]
    public async Task FindEqual_KeyAndArtifacts_FindsWhatWaitsRunsOrHasAReport()
    {
        AnalysisRow row = await _store.AddAsync(Rows.New() with { Key = "k", Artifacts = ArtifactKinds.LabelVolume }, CancellationToken.None);
        Assert.Equal(row.Id, _store.FindEqual("k", ArtifactKinds.LabelVolume)?.Id);
        Assert.Equal(row.Id, _store.FindEqual("k", ArtifactKinds.None)?.Id);
        Assert.Null(_store.FindEqual("k", ArtifactKinds.Overlays));
        Assert.Null(_store.FindEqual("other", ArtifactKinds.None));
        await _store.TryEndAsync(row.Id, AnalysisOutcome.Failed(new V1.ErrorStatus()) with { Output = new V1.AnalysisOutput() }, CancellationToken.None);
        Assert.Equal(row.Id, _store.FindEqual("k", ArtifactKinds.None)?.Id);
        AnalysisRow broken = await _store.AddAsync(Rows.New() with { Key = "b" }, CancellationToken.None);
        await _store.TryEndAsync(broken.Id, AnalysisOutcome.Failed(new V1.ErrorStatus()), CancellationToken.None);
        Assert.Null(_store.FindEqual("b", ArtifactKinds.None));
        AnalysisRow cancelled = await _store.AddAsync(Rows.New() with { Key = "c" }, CancellationToken.None);
        await _store.TryEndAsync(cancelled.Id, AnalysisOutcome.Cancelled, CancellationToken.None);
        Assert.Null(_store.FindEqual("c", ArtifactKinds.None));
    }

    [Fact]
    public async Task List_PagesAndConditions_GiveEveryAnalysisOnceNewestFirst()
    {
        var ids = new List<string>();
        for (int i = 0; i < 7; i++)
        {
            AnalysisRow row = await _store.AddAsync(Rows.New() with { SeriesInstanceUid = i % 2 == 0 ? "even" : "odd" }, CancellationToken.None);
            ids.Insert(0, row.Id);
        }

        await _store.TryEndAsync(ids[0], AnalysisOutcome.Cancelled, CancellationToken.None);
        var listed = new List<string>();
        AnalysisPage page = AnalysisPage.Parse(new V1.ListAnalysesRequest { PageSize = 3 });
        while (true)
        {
            IReadOnlyList<AnalysisRow> rows = _store.List(page.SeriesInstanceUid, page.States, page.Before, page.Size);
            listed.AddRange(rows.Select(row => row.Id));
            if (rows.Count < page.Size)
            {
                break;
            }

            page = AnalysisPage.Parse(new V1.ListAnalysesRequest { PageSize = 3, PageToken = page.TokenAfter(rows[^1].Sequence) });
        }

        Assert.Equal(ids, listed);
        Assert.Equal([ids[1], ids[3], ids[5]], _store.List("odd", [], null, 10).Select(row => row.Id));
        Assert.Equal([ids[0]], _store.List(string.Empty, [AnalysisState.Cancelled, AnalysisState.Failed], null, 10).Select(row => row.Id));
    }

    [Fact]
    public void AnalysisPageParse_TokenOfAnotherListOrMadeUp_IsAViolation()
    {
        string token = AnalysisPage.Parse(new V1.ListAnalysesRequest { SeriesInstanceUid = "1" }).TokenAfter(5);
        Assert.Equal(5, AnalysisPage.Parse(new V1.ListAnalysesRequest { SeriesInstanceUid = "1", PageToken = token }).Before);
        var fault = Assert.Throws<ServiceFault>(() => AnalysisPage.Parse(new V1.ListAnalysesRequest { PageToken = token, PageSize = -1, States = { V1.AnalysisState.Unspecified } }));
        Assert.Equal(["states[0]", "page_size", "page_token"], fault.Error.Violations.Select(violation => violation.Field));
        Assert.Throws<ServiceFault>(() => AnalysisPage.Parse(new V1.ListAnalysesRequest { PageToken = "5" }));
    }

    [Fact]
    public async Task DeleteAsync_Analyses_AreGoneWithTheirFiles()
    {
        AnalysisRow row = await _store.AddAsync(Rows.New(), CancellationToken.None);
        await _store.TryEndAsync(row.Id, Measured("1"), CancellationToken.None);
        Assert.True(_store.OwnsFiles(row.Id));
        Assert.Equal([row.Id], _store.OfStudy("1.2"));
        Assert.Equal(1, await _store.DeleteAsync([row.Id], CancellationToken.None));
        Assert.Null(_store.Find(row.Id));
        Assert.Null(_store.ReportOf(row.Id));
        Assert.False(_store.OwnsFiles(row.Id));
    }

    [Fact]
    public async Task IsMaskNeeded_WhileAnAnalysisWithItMayRunOrBeCorrected_IsTrue()
    {
        AnalysisRow one = await _store.AddAsync(Rows.New() with { MaskSha256 = "m" }, CancellationToken.None);
        AnalysisRow two = await _store.AddAsync(Rows.New() with { MaskSha256 = "m" }, CancellationToken.None);
        await _store.TryEndAsync(one.Id, AnalysisOutcome.Cancelled, CancellationToken.None);
        Assert.True(_store.IsMaskNeeded("m"));
        await _store.TryEndAsync(two.Id, Measured("1"), CancellationToken.None);
        Assert.True(_store.IsMaskNeeded("m"));
        await _store.DeleteAsync([two.Id], CancellationToken.None);
        Assert.False(_store.IsMaskNeeded("m"));
    }

    private static AnalysisOutcome Measured(string seriesInstanceUid) => new(AnalysisState.Succeeded)
    {
        Output = new V1.AnalysisOutput { Reports = { new V1.AnalysisReport { SeriesInstanceUid = seriesInstanceUid } } },
        Files = [new ArtifactFile(ArtifactKinds.Overlays, "2/a.png", 5, "00"), new ArtifactFile(ArtifactKinds.Overlays, "1/b.png", 6, "01")],
        StageTimes = [("body", TimeSpan.FromSeconds(1.5))],
    };

    private void Reopen()
    {
        _database.Dispose();
        _database = Database.Open(_folder);
        _store = new AnalysisStore(_database, TimeProvider.System);
    }
}
