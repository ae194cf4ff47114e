using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using CalcQuant.Api.V1;
using CalcQuant.Service.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CalcQuant.Service.Tests.Hosting;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Call_ThatEnded_IsMeasuredByMethodAndStatus()
    {
        await using RunningHost host = await RunningHost.StartAsync();
        ConcurrentQueue<(string Method, int Status, double Seconds)> seen = new();
        var measured = new TaskCompletionSource();
        using var listener = new MeterListener();
        IMeterFactory own = host.App.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, own) && instrument.Name == "calcquant.call.duration")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            Dictionary<string, object?> named = new(tags.ToArray(), StringComparer.Ordinal);
            seen.Enqueue(((string)named["rpc.method"]!, (int)named["rpc.grpc.status_code"]!, seconds));
            measured.TrySetResult();
        });
        listener.Start();
        await new StudyStoreService.StudyStoreServiceClient(host.Connect()).ListSeriesAsync(new ListSeriesRequest());
        await measured.Task.WaitAsync(TimeSpan.FromSeconds(30));
        (string method, int status, double elapsed) = Assert.Single(seen);
        Assert.Equal(("calcquant.v1.StudyStoreService/ListSeries", 0), (method, status));
        Assert.InRange(elapsed, 0, 60);
    }

    [Fact]
    public async Task Instruments_OfTheService_MeasureWhatTheyAreTold()
    {
        await using RunningHost host = await RunningHost.StartAsync();
        ServiceTelemetry telemetry = host.App.Services.GetRequiredService<ServiceTelemetry>();
        IMeterFactory own = host.App.Services.GetRequiredService<IMeterFactory>();
        Dictionary<string, double> sums = new(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, own) && instrument.Meter.Name == "CalcQuant.Service")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        void Add(Instrument instrument, double value) => sums[instrument.Name] = sums.GetValueOrDefault(instrument.Name) + value;
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));
        listener.Start();
        telemetry.Uploaded(
        [
            new UploadedInstance { ByteCount = 30, Outcome = UploadOutcome.Stored },
            new UploadedInstance { ByteCount = 6, Outcome = UploadOutcome.AlreadyStored },
            new UploadedInstance { ByteCount = 4, Outcome = UploadOutcome.Rejected },
        ]);
        listener.RecordObservableInstruments();
        Assert.Equal((40, 3), (sums["calcquant.upload.bytes"], sums["calcquant.upload.instances"]));
    }

    [Fact]
    public async Task Collector_ThatIsSet_GetsTracesAndMetrics()
    {
        ConcurrentDictionary<string, long> received = new(StringComparer.Ordinal);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using WebApplication collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            received[context.Request.Path] = body.Length;
            context.Response.ContentType = "application/grpc";
            context.Response.DeclareTrailer("grpc-status");
            await context.Response.Body.WriteAsync(GrpcWebTests.EmptyFrame);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await collector.StartAsync().InTimeAsync();

        await using (RunningHost host = await RunningHost.StartAsync(options => options.OtlpEndpoint = ServiceHost.AddressOf(collector)))
        {
            await new StudyStoreService.StudyStoreServiceClient(host.Connect()).ListSeriesAsync(new ListSeriesRequest());
        }

        // Disposing the host flushes both.
        Assert.Equal(
            ["/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "/opentelemetry.proto.collector.trace.v1.TraceService/Export"],
            received.Where(pair => pair.Value > 5).Select(pair => pair.Key).Order(StringComparer.Ordinal));
    }
}
