using System.Globalization;
using System.Security.Cryptography;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using Google.Protobuf;
using Grpc.Core;

namespace CalcQuant.Cli.Remote;

/// <summary>A file that the service did not take.</summary>
/// <param name="ShownPath">Path as the user would recognise it.</param>
/// <param name="Message">Why, in words.</param>
/// <param name="Reason">Why, for programs; empty where it could not even be read here.</param>
internal sealed record RejectedFile(string ShownPath, string Message, string Reason);

/// <summary>
/// Sends files to the study store. They go in batches that are acknowledged one by one; a batch whose connection breaks is resumed with what the store has
/// not kept, and what is stored before is not sent at all.
/// </summary>
internal sealed class StudyUpload(ServiceConnection service)
{
    private const long BatchBytes = 64L << 20;
    private const int BatchFiles = 500;
    private const int MessageBytes = 512 << 10;
    private const int ListPage = 10_000;
    private const int MaxAttempts = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);

    private readonly Dictionary<string, HashSet<string>> _storedOfStudy = new(StringComparer.Ordinal);
    private readonly List<RejectedFile> _rejected = [];

    /// <summary>Files stored by this upload.</summary>
    public int StoredCount { get; private set; }

    /// <summary>Files that were stored before.</summary>
    public int AlreadyStoredCount { get; private set; }

    /// <summary>Files that are not stored.</summary>
    public IReadOnlyList<RejectedFile> Rejected => _rejected;

    /// <summary>Sends files; when it returns, those that are not in <see cref="Rejected"/> are on the service's disk.</summary>
    /// <exception cref="RpcException">The service cannot be reached, or a limit ended the stream.</exception>
    public async Task SendAsync(IReadOnlyList<FileToSend> files, IProgress<AnalysisProgress>? progress, CancellationToken cancellationToken)
    {
        List<Loaded> batch = [];
        long batchBytes = 0;
        for (int i = 0; i < files.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!files[i].TryRead(out ReadOnlyMemory<byte> bytes, out string explanation))
            {
                _rejected.Add(new RejectedFile(files[i].ShownPath, explanation, string.Empty));
                continue;
            }

            var loaded = new Loaded(i.ToString(CultureInfo.InvariantCulture), files[i], bytes, Convert.ToHexStringLower(SHA256.HashData(bytes.Span)));
            if (await IsStoredAsync(loaded, cancellationToken))
            {
                AlreadyStoredCount++;
                continue;
            }

            batch.Add(loaded);
            batchBytes += bytes.Length;
            if (batch.Count == BatchFiles || batchBytes >= BatchBytes)
            {
                await SendBatchAsync(batch, cancellationToken);
                batch.Clear();
                batchBytes = 0;
            }

            progress?.Report(new AnalysisProgress("upload", (i + 1) / (double)files.Count));
        }

        if (batch.Count > 0)
        {
            await SendBatchAsync(batch, cancellationToken);
        }
    }

    private async Task SendBatchAsync(List<Loaded> batch, CancellationToken cancellationToken)
    {
        List<Loaded> left = [.. batch];
        for (int attempt = 1; left.Count > 0; attempt++)
        {
            try
            {
                Accept(left, await SendOnceAsync(left, cancellationToken));
                return;
            }
            catch (RpcException failure) when (failure.StatusCode == StatusCode.Unavailable && attempt < MaxAttempts)
            {
                await Task.Delay(FirstPause * Math.Pow(2, attempt - 1), cancellationToken);
            }

            // What arrived whole before the connection broke was kept.
            _storedOfStudy.Clear();
            List<Loaded> missing = [];
            foreach (Loaded file in left)
            {
                if (await IsStoredAsync(file, cancellationToken))
                {
                    StoredCount++;
                }
                else
                {
                    missing.Add(file);
                }
            }

            left = missing;
        }
    }

    private async Task<UploadInstancesResponse> SendOnceAsync(List<Loaded> batch, CancellationToken cancellationToken)
    {
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call = service.Studies.UploadInstances(cancellationToken: cancellationToken);
        try
        {
            foreach (Loaded file in batch)
            {
                // The label is a number: a file's name may say who the patient is.
                var request = new UploadInstancesRequest { Start = new InstanceStart { Label = file.Label, ByteCount = file.Bytes.Length, Sha256 = file.Sha256 } };
                for (int offset = 0; offset < file.Bytes.Length || offset == 0; offset += MessageBytes)
                {
                    request.Data = UnsafeByteOperations.UnsafeWrap(file.Bytes.Slice(offset, Math.Min(MessageBytes, file.Bytes.Length - offset)));
                    await call.RequestStream.WriteAsync(request, cancellationToken);
                    request = new UploadInstancesRequest();
                }
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception failure) when (failure is RpcException or InvalidOperationException or IOException)
        {
            // The service ended the call before everything was sent; its answer says why.
        }

        return await call.ResponseAsync;
    }

    private void Accept(List<Loaded> batch, UploadInstancesResponse answer)
    {
        Dictionary<string, Loaded> waiting = batch.ToDictionary(file => file.Label, StringComparer.Ordinal);
        foreach (UploadedInstance entry in answer.Instances)
        {
            if (!waiting.Remove(entry.Label, out Loaded? file))
            {
                throw new RemoteFailure("the service answered for a file that was not sent", ExitCode.Internal);
            }

            if (entry.Outcome == UploadOutcome.Rejected)
            {
                _rejected.Add(new RejectedFile(file.Source.ShownPath, entry.Error.Message, entry.Error.Reason));
            }
            else if (entry.Sha256 != file.Sha256)
            {
                throw new RemoteFailure("a file arrived with another checksum than it was sent with", ExitCode.Internal);
            }
            else if (entry.Outcome == UploadOutcome.AlreadyStored)
            {
                AlreadyStoredCount++;
            }
            else
            {
                StoredCount++;
            }
        }

        if (waiting.Count > 0)
        {
            throw new RemoteFailure("the service did not answer for every file that was sent", ExitCode.Internal);
        }
    }

    private async Task<bool> IsStoredAsync(Loaded file, CancellationToken cancellationToken)
    {
        if (file.Source.StudyInstanceUid is not { Length: > 0 } study)
        {
            return false;
        }

        if (!_storedOfStudy.TryGetValue(study, out HashSet<string>? stored))
        {
            stored = new HashSet<string>(StringComparer.Ordinal);
            var request = new ListInstancesRequest { StudyInstanceUid = study, PageSize = ListPage };
            do
            {
                ListInstancesResponse page = await service.Studies.ListInstancesAsync(request, cancellationToken: cancellationToken);
                stored.UnionWith(page.Instances.Select(instance => instance.Sha256));
                request.PageToken = page.NextPageToken;
            }
            while (request.PageToken.Length > 0);
            _storedOfStudy.Add(study, stored);
        }

        return stored.Contains(file.Sha256);
    }

    private sealed record Loaded(string Label, FileToSend Source, ReadOnlyMemory<byte> Bytes, string Sha256);
}
