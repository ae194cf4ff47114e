using CalcQuant.Service.Storage;

namespace CalcQuant.Service.Tests.Storage;

public sealed class RecoveryTests
{
    [Fact]
    public async Task Start_AfterAKill_RemovesWhatWasNeverFinished()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("calcquant-recovery-");
        try
        {
            var series = new TestSeries();
            await using (StoreHost before = await StoreHost.StartAsync(dataFolder: folder.FullName))
            {
                await before.UploadAsync(series.Files);
            }

            string instances = Path.Combine(folder.FullName, "instances");
            string hash = new('a', 64);
            await File.WriteAllTextAsync(Path.Combine(instances, "aa", hash + ".dcm"), "a file that never got its row");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "incoming", "half"), "half a file");
            Directory.CreateDirectory(Path.Combine(folder.FullName, "incoming", "folder", "below"));
            await using StoreHost after = await StoreHost.StartAsync(dataFolder: folder.FullName);
            Assert.Empty(after.IncomingFiles);
            Assert.Equal(series.Files.Select(StoreHost.Hash).Order(), after.InstanceFiles.Select(Path.GetFileNameWithoutExtension).Order());
            Assert.Equal(4, (await after.ListAsync(series.Series)).Count);
            Assert.Contains("1121 Left over from the last run and removed: 2 unfinished files, 1 files without a row. ", after.Log.Lines);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Start_WhenFilesWereLost_DropsTheirRowsAndCountsThem()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("calcquant-recovery-");
        try
        {
            var series = new TestSeries();
            await using (StoreHost before = await StoreHost.StartAsync(dataFolder: folder.FullName))
            {
                await before.UploadAsync(series.Files);
                StudyStore store = before.Get<StudyStore>();
                Assert.True(store.TryFind(series.SopInstanceUids[1], out StoredSeriesInstance? gone));
                Assert.True(store.TryFind(series.SopInstanceUids[2], out StoredSeriesInstance? cut));
                File.Delete(gone.Path);
                await using var file = new FileStream(cut.Path, FileMode.Open);
                file.SetLength(100);
            }

            await using StoreHost after = await StoreHost.StartAsync(dataFolder: folder.FullName);
            Assert.Equal([series.SopInstanceUids[0], series.SopInstanceUids[3]], (await after.ListAsync(series.Series)).Select(instance => instance.SopInstanceUid));
            Assert.Contains(after.Log.Lines, line => line.StartsWith("1122 2 instances", StringComparison.Ordinal));
            Assert.Equal(2, (await after.UploadAsync(series.Files)).StoredCount);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Upload_OfAFileThatWasTakenAwayFromUnderItsRow_BringsItBack()
    {
        await using StoreHost host = await StoreHost.StartAsync();
        var series = new TestSeries(sliceCount: 2);
        await host.UploadAsync(series.Files);
        Assert.True(host.Get<StudyStore>().TryFind(series.SopInstanceUids[0], out StoredSeriesInstance? gone));
        File.Delete(gone.Path);
        await host.UploadAsync(series.Files);
        Assert.Equal(series.Files[0], await File.ReadAllBytesAsync(gone.Path));
    }
}
