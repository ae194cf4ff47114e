using System.Diagnostics;
using System.Diagnostics.Metrics;
using CalcQuant.Api.V1;
using Grpc.Core;

namespace CalcQuant.Service.Hosting;

/// <summary>
/// Everything that is measured of the running service, in one place. No tag carries an identifier of a patient, a file or an analysis. Names
/// follow the OpenTelemetry conventions, units are UCUM.
/// </summary>
internal sealed class ServiceTelemetry : IDisposable
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "CalcQuant.Service";

    /// <summary>Spans of work that outlives a call or is worth its own: an analysis, its stages, a stored file.</summary>
    public static readonly ActivitySource Activities = new(Name);

    /// <summary>Upper bounds in seconds, from a health check to an hour in the queue.</summary>
    private static readonly double[] CallSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600];

    private readonly Meter _meter;
    private readonly Histogram<double> _callDuration;
    private readonly Counter<long> _uploadedBytes;
    private readonly Counter<long> _uploadedInstances;

    /// <summary>Makes the instruments.</summary>
    public ServiceTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(new MeterOptions(Name) { Version = typeof(ServiceTelemetry).Assembly.GetName().Version?.ToString(3) });
        _callDuration = _meter.CreateHistogram(
            "calcquant.call.duration", "s", "Calls by method and status, from the first header to the end.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = CallSeconds });
        _uploadedBytes = _meter.CreateCounter<long>("calcquant.upload.bytes", "By", "Bytes of DICOM files received.");
        _uploadedInstances = _meter.CreateCounter<long>("calcquant.upload.instances", "{instance}", "Files received, by outcome.");
    }

    /// <summary>For the instruments of other parts.</summary>
    public Meter Meter => _meter;

    /// <summary>A call has ended.</summary>
    /// <param name="method">Full name without leading slash.</param>
    /// <param name="status">How.</param>
    /// <param name="duration">From the first header to the end.</param>
    public void RecordCall(string method, StatusCode status, TimeSpan duration) => _callDuration.Record(
        duration.TotalSeconds, new KeyValuePair<string, object?>("rpc.method", method), new KeyValuePair<string, object?>("rpc.grpc.status_code", (int)status));

    /// <summary>An upload has ended.</summary>
    /// <param name="files">What became of its files.</param>
    public void Uploaded(IReadOnlyList<UploadedInstance> files)
    {
        _uploadedBytes.Add(files.Sum(file => file.ByteCount));
        foreach (IGrouping<UploadOutcome, UploadedInstance> outcome in files.GroupBy(file => file.Outcome))
        {
            _uploadedInstances.Add(outcome.Count(), new KeyValuePair<string, object?>("outcome", outcome.Key.ToString()));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
