using System.Diagnostics;
using CalcQuant.Api.V1;
using CalcQuant.Service.Storage;
using Grpc.Core;
using Grpc.Net.Client;

namespace CalcQuant.Service.Tests.Storage;

public sealed class KillTests
{
    [Fact]
    public async Task Store_KilledAtRandomMoments_HasWhatWasAcknowledgedAndNothingHalf()
    {
        const int KillCount = 5;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("calcquant-kill-");
        try
        {
            var random = new Random(20260101);
            var acknowledged = new Dictionary<string, string>(StringComparer.Ordinal);
            for (int kill = 0; kill < KillCount; kill++)
            {
                await UploadUntilKilledAsync(folder.FullName, TimeSpan.FromMilliseconds(random.Next(20, 400)), acknowledged);
                await using StoreHost after = await StoreHost.StartAsync(dataFolder: folder.FullName);
                StudyStore store = after.Get<StudyStore>();
                Assert.All(acknowledged, pair =>
                {
                    Assert.True(store.TryFind(pair.Key, out StoredSeriesInstance? instance));
                    Assert.Equal(pair.Value, instance.Sha256);
                });
                string[] files = [.. after.InstanceFiles];
                Assert.All(files, path => Assert.Equal(Path.GetFileNameWithoutExtension(path), StoreHost.Hash(File.ReadAllBytes(path))));
                int rowCount = store.ListSeries("", "", after: null, int.MaxValue, CancellationToken.None).Sum(series => series.InstanceCount);
                Assert.Equal(rowCount, files.Length);
                Assert.Empty(after.IncomingFiles);
                Assert.DoesNotContain(after.Log.Lines, line => line.StartsWith("1122", StringComparison.Ordinal));
            }

            Assert.NotEmpty(acknowledged);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task UploadUntilKilledAsync(string folder, TimeSpan life, Dictionary<string, string> acknowledged)
    {
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, DotnetArguments([StoreHost.ChildCommand, folder]))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        try
        {
            string address = (await child.StandardOutput.ReadLineAsync().InTimeAsync())!;
            using var channel = GrpcChannel.ForAddress(address);
            var client = new StudyStoreService.StudyStoreServiceClient(channel.InTime());

            // The first upload warms the server up, so that the kill falls into the ones after it.
            await RecordAsync(client, new TestSeries(sliceCount: 1), acknowledged);
            Task uploads = UploadForeverAsync(client, acknowledged);
            await Task.WhenAny(uploads, Task.Delay(life));
            child.Kill();
            await Assert.ThrowsAsync<RpcException>(() => uploads.InTimeAsync());
        }
        finally
        {
            child.Kill();
            await child.WaitForExitAsync().InTimeAsync();
        }
    }

    private static async Task UploadForeverAsync(StudyStoreService.StudyStoreServiceClient client, Dictionary<string, string> acknowledged)
    {
        while (true)
        {
            await RecordAsync(client, new TestSeries(sliceCount: 10), acknowledged);
        }
    }

    private static async Task RecordAsync(StudyStoreService.StudyStoreServiceClient client, TestSeries series, Dictionary<string, string> acknowledged)
    {
        foreach (UploadedInstance instance in (await StoreHost.UploadAsync(client, series.Files, 700)).Instances)
        {
            Assert.Equal(UploadOutcome.Stored, instance.Outcome);
            acknowledged.Add(instance.SopInstanceUid, instance.Sha256);
        }
    }

    // The tests run as their own program or as an argument of dotnet.
    private static string[] DotnetArguments(string[] arguments) =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(KillTests).Assembly.Location, .. arguments] : arguments;
}
