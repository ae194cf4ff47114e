using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;

namespace CalcQuant.Service.Hosting;

/// <summary>Traces and metrics under one name. No tag says anything about a patient: methods, states, counts and durations only.</summary>
internal sealed class ServiceTelemetry
{
    /// <summary>Name of the source of spans and of the meter.</summary>
    public const string Name = "CalcQuant.Service";

    private readonly Histogram<double> _callSeconds = Meter.CreateHistogram<double>("calcquant.call.duration", "s", "From the first byte of a call to its status.");

    /// <summary>Spans: analyses and their stages.</summary>
    public static ActivitySource Activities { get; } = new(Name);

    /// <summary>Instruments.</summary>
    public static Meter Meter { get; } = new(Name);

    /// <summary>A call has its status.</summary>
    public void CallEnded(string method, StatusCode status, TimeSpan duration) => _callSeconds.Record(
        duration.TotalSeconds,
        new TagList { { "rpc.method", method.TrimStart('/') }, { "rpc.grpc.status_code", (int)status } });
}
