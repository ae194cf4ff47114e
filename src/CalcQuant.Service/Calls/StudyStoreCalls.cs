using System.Globalization;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Series;
using CalcQuant.Service.Hosting;
using CalcQuant.Service.Storage;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using SeriesStack = CalcQuant.Dicom.Series.SeriesStack;

namespace CalcQuant.Service.Calls;

/// <summary>The calls of <c>StudyStoreService</c>: requests checked, answers put together; the work is the storage's.</summary>
internal sealed class StudyStoreCalls(
    StudyStore store, StudyRemoval removal, UploadReceiver receiver, ServerFolders folders, ServiceOptions options, ServiceTelemetry telemetry, ILogger<StudyStoreCalls> logger)
    : StudyStoreService.StudyStoreServiceBase, IDisposable
{
    private const int DefaultInstancePageSize = 1000;
    private const int MaxInstancePageSize = 10_000;
    private const int DefaultSeriesPageSize = 100;
    private const int MaxSeriesPageSize = 1000;

    /// <summary>Scans of headers at once; each uses all processors.</summary>
    private const int MaxScanCount = 2;

    private const char KeySeparator = '/';

    private readonly SemaphoreSlim _scans = new(MaxScanCount, MaxScanCount);
    private readonly ReadingLimits _limits = ReadingLimits.Default with { MaxFileBytes = Math.Max(options.MaxFileBytes, ReadingLimits.Default.MaxFileBytes) };

    /// <inheritdoc/>
    public override async Task<UploadInstancesResponse> UploadInstances(IAsyncStreamReader<UploadInstancesRequest> requestStream, ServerCallContext context)
    {
        IReadOnlyList<UploadedInstance> entries = await receiver.ReceiveAsync(requestStream, context.CancellationToken);
        var response = new UploadInstancesResponse
        {
            StoredCount = entries.Count(entry => entry.Outcome == UploadOutcome.Stored),
            AlreadyStoredCount = entries.Count(entry => entry.Outcome == UploadOutcome.AlreadyStored),
            RejectedCount = entries.Count(entry => entry.Outcome == UploadOutcome.Rejected),
        };
        response.Instances.AddRange(entries);
        telemetry.Uploaded(entries);
        return response;
    }

    /// <inheritdoc/>
    public override Task<ListInstancesResponse> ListInstances(ListInstancesRequest request, ServerCallContext context)
    {
        if (request.StudyInstanceUid.Length == 0 && request.SeriesInstanceUid.Length == 0)
        {
            throw Invalid("study_instance_uid", "A study or a series is needed.");
        }

        CheckUid(request.StudyInstanceUid, "study_instance_uid");
        CheckUid(request.SeriesInstanceUid, "series_instance_uid");
        int pageSize = PageSize(request.PageSize, DefaultInstancePageSize, MaxInstancePageSize);
        string list = $"instances/{request.StudyInstanceUid}/{request.SeriesInstanceUid}";
        string after = ReadToken(list, request.PageToken);
        return Stored(() =>
        {
            IReadOnlyList<StoredSeriesInstance> found = store.List(request.StudyInstanceUid, request.SeriesInstanceUid, after, pageSize + 1, context.CancellationToken);
            var response = new ListInstancesResponse();
            response.Instances.AddRange(found.Take(pageSize).Select(instance => new StoredInstance
            {
                SopInstanceUid = instance.SopInstanceUid,
                SeriesInstanceUid = instance.SeriesInstanceUid,
                StudyInstanceUid = instance.StudyInstanceUid,
                Sha256 = instance.Sha256,
                ByteCount = instance.ByteCount,
            }));
            response.NextPageToken = found.Count > pageSize ? PageToken.Write(list, response.Instances[^1].SopInstanceUid) : "";
            return Task.FromResult(response);
        });
    }

    /// <inheritdoc/>
    public override Task<ListSeriesResponse> ListSeries(ListSeriesRequest request, ServerCallContext context)
    {
        CheckUid(request.StudyInstanceUid, "study_instance_uid");
        int pageSize = PageSize(request.PageSize, DefaultSeriesPageSize, MaxSeriesPageSize);
        string list = $"series/{request.StudyInstanceUid}/{request.ServerFolder}";
        string after = ReadToken(list, request.PageToken);
        string[] key = after.Split(KeySeparator, 2);
        (string Series, string Study)? start = after.Length == 0 ? null : (key[0], key[^1]);
        return Stored(async () =>
        {
            List<Series> found = request.ServerFolder.Length == 0
                ? [.. store.ListSeries(request.StudyInstanceUid, "", start, pageSize + 1, context.CancellationToken).Select(ToMessage)]
                : [
                    .. Group((await ScanAsync(request.ServerFolder, context.CancellationToken)).Stacks)
                        .Where(series => request.StudyInstanceUid.Length == 0 || series.StudyInstanceUid == request.StudyInstanceUid)
                        .Where(series => start is null || string.CompareOrdinal(series.SeriesInstanceUid, start.Value.Series) > 0)
                        .Take(pageSize + 1),
                ];
            var response = new ListSeriesResponse();
            response.Series.AddRange(found.Take(pageSize));
            response.NextPageToken = found.Count > pageSize
                ? PageToken.Write(list, response.Series[^1].SeriesInstanceUid + KeySeparator + response.Series[^1].StudyInstanceUid)
                : "";
            return response;
        });
    }

    /// <inheritdoc/>
    public override Task<GetSeriesResponse> GetSeries(GetSeriesRequest request, ServerCallContext context)
    {
        if (request.Series is not { } reference || (reference.SeriesInstanceUid.Length == 0 && reference.ServerFolder.Length == 0))
        {
            throw Invalid("series", "A series, or a folder on the server, is needed.");
        }

        return Stored(() => reference.ServerFolder.Length == 0
            ? DescribeStoredAsync(reference.SeriesInstanceUid, context.CancellationToken)
            : DescribeFolderAsync(reference, context.CancellationToken));
    }

    /// <inheritdoc/>
    public override Task<DeleteStudyResponse> DeleteStudy(DeleteStudyRequest request, ServerCallContext context)
    {
        if (request.StudyInstanceUid.Length == 0)
        {
            throw Invalid("study_instance_uid", "A study is needed.");
        }

        CheckUid(request.StudyInstanceUid, "study_instance_uid");
        return Stored(async () =>
        {
            RemovedStudy removed = await removal.RemoveAsync(request.StudyInstanceUid, evenIfInUse: true, context.CancellationToken)
                ?? throw new ServiceFault(new ServiceError(ServiceErrorCode.UnknownStudy, "No instance of this study is stored.") { ResourceType = "study" });
            return new DeleteStudyResponse { InstanceCount = removed.InstanceCount, ByteCount = removed.ByteCount, AnalysisCount = removed.AnalysisCount };
        });
    }

    /// <summary>Frees what limits the scans.</summary>
    public void Dispose() => _scans.Dispose();

    private async Task<GetSeriesResponse> DescribeStoredAsync(string seriesInstanceUid, CancellationToken cancellationToken)
    {
        CheckUid(seriesInstanceUid, "series.series_instance_uid");
        IReadOnlyList<StoredSeries> series = store.ListSeries("", seriesInstanceUid, after: null, maxCount: 1, cancellationToken);
        IReadOnlyList<StoredSeriesInstance> instances = store.InstancesOf(seriesInstanceUid, cancellationToken);
        if (series.Count == 0 || instances.Count == 0)
        {
            throw UnknownSeries();
        }

        SeriesCatalog catalog = await ScanAsync(() => SeriesCatalog.Scan([.. instances.Select(instance => instance.Path)], _limits, progress: null, cancellationToken), cancellationToken);
        var uids = instances.ToDictionary(instance => instance.Path, instance => instance.SopInstanceUid, StringComparer.Ordinal);
        var response = new GetSeriesResponse { Series = ToMessage(series[0]) };
        response.Stacks.AddRange(catalog.Stacks.Select(ToMessage));
        response.Skipped.AddRange(catalog.Skipped.Select(file => new Api.V1.SkippedFile { Path = uids.GetValueOrDefault(file.Path, ""), Reason = file.Reason }));
        return response;
    }

    private async Task<GetSeriesResponse> DescribeFolderAsync(SeriesReference reference, CancellationToken cancellationToken)
    {
        SeriesCatalog catalog = await ScanAsync(reference.ServerFolder, cancellationToken);
        List<SeriesStack> stacks = [.. catalog.Stacks.Where(stack => reference.SeriesInstanceUid.Length == 0 || stack.SeriesInstanceUid == reference.SeriesInstanceUid)];
        if (stacks.Count == 0)
        {
            throw UnknownSeries();
        }

        List<Series> series = [.. Group(stacks)];
        var response = new GetSeriesResponse
        {
            Series = series is [Series only] ? only : new Series { InstanceCount = series.Sum(one => one.InstanceCount) },
        };
        response.Stacks.AddRange(stacks.Select(ToMessage));
        response.Skipped.AddRange(catalog.Skipped.Select(file => new Api.V1.SkippedFile { Path = file.Path, Reason = file.Reason }));
        return response;
    }

    private Task<SeriesCatalog> ScanAsync(string serverFolder, CancellationToken cancellationToken) =>
        ScanAsync(() => folders.Scan(serverFolder, _limits, progress: null, cancellationToken), cancellationToken);

    private async Task<SeriesCatalog> ScanAsync(Func<SeriesCatalog> scan, CancellationToken cancellationToken)
    {
        await _scans.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(scan, cancellationToken);
        }
        finally
        {
            _scans.Release();
        }
    }

    private static IEnumerable<Series> Group(IEnumerable<SeriesStack> stacks) => stacks
        .GroupBy(stack => stack.SeriesInstanceUid, StringComparer.Ordinal)
        .OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => new Series
        {
            SeriesInstanceUid = group.Key,
            StudyInstanceUid = group.Select(stack => stack.Acquisition.StudyInstanceUid).FirstOrDefault(uid => uid is not null) ?? "",
            Modality = group.First().Modality,
            InstanceCount = group.Sum(stack => stack.SliceCount),
        });

    private static Series ToMessage(StoredSeries series) => new()
    {
        SeriesInstanceUid = series.SeriesInstanceUid,
        StudyInstanceUid = series.StudyInstanceUid,
        Modality = series.Modality,
        InstanceCount = series.InstanceCount,
        ByteCount = series.ByteCount,
        CreateTime = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(series.CreateTime)),
        UpdateTime = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(series.UpdateTime)),
    };

    private static Api.V1.SeriesStack ToMessage(SeriesStack stack)
    {
        var message = new Api.V1.SeriesStack
        {
            Verdict = stack.Verdict.ToMessage(),
            SliceCount = stack.SliceCount,
            Acquisition = stack.Acquisition.ToMessage(),
            Geometry = stack.Geometry?.ToMessage(),
        };
        message.Issues.AddRange(stack.Issues.Select(issue => issue.ToMessage()));
        return message;
    }

    /// <summary>Runs what touches the store: a failing disk becomes the fault that says so.</summary>
    private async Task<T> Stored<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (StorageFaults.IsStorage(exception))
        {
            throw StorageFaults.From(exception, logger);
        }
    }

    private static string ReadToken(string list, string token) =>
        token.Length == 0 ? ""
        : PageToken.TryRead(list, token, out string? key) ? key
        : throw Invalid("page_token", "The token was not made for this request.");

    private static int PageSize(int asked, int usual, int most) => asked switch
    {
        < 0 => throw Invalid("page_size", "A page cannot have a negative size."),
        0 => usual,
        _ => Math.Min(asked, most),
    };

    private static void CheckUid(string uid, string field)
    {
        if (uid.Length > 0 && !InstanceIdentity.IsUid(uid))
        {
            throw Invalid(field, string.Create(CultureInfo.InvariantCulture, $"A UID has digits and dots, at most {InstanceIdentity.MaxUidLength}."));
        }
    }

    private static ServiceFault UnknownSeries() =>
        new(new ServiceError(ServiceErrorCode.UnknownSeries, "There is no such series.") { ResourceType = "series" });

    private static ServiceFault Invalid(string field, string description) =>
        new(new ServiceError(ServiceErrorCode.InvalidRequest, description) { Violations = [new FieldViolation(field, description)] });
}
