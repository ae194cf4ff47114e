using System.Globalization;
using System.Net;
using System.Text;
using CalcQuant.Api;
using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;

namespace CalcQuant.Service.Hosting;

/// <summary>
/// Stands before every call, and before its first message is read: says who calls, lets in or refuses, counts, and measures. An interceptor would come too late, as
/// the message of a unary call is read before it.
/// </summary>
internal sealed partial class CallGate(
    RequestDelegate next, ServiceOptions options, Draining draining, ServiceTelemetry telemetry, TimeProvider time, ILogger<CallGate> logger)
{
    private const string HealthService = "grpc.health.v1.Health";

    private static readonly TimeSpan LimitRetry = TimeSpan.FromSeconds(1);

    /// <summary>About as long as a restart takes.</summary>
    private static readonly TimeSpan ShutdownRetry = TimeSpan.FromSeconds(5);

    private readonly ApiKeys _keys = new(options.ApiKeys);
    private readonly CallLimits _limits = new(options.MaxCallsPerClient, options.MaxUploadsPerClient);

    public async Task InvokeAsync(HttpContext context)
    {
        if (IsFromForeignPage(context))
        {
            // Not a call yet, so not an answer of gRPC: a page whose name was made to point at this machine learns nothing.
            context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
            return;
        }

        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method is not IMethod method)
        {
            await next(context);
            return;
        }

        long start = time.GetTimestamp();
        StatusCode status = await RunAsync(context, method);
        telemetry.RecordCall(method.FullName.TrimStart('/'), status, time.GetElapsedTime(start));
    }

    private async Task<StatusCode> RunAsync(HttpContext context, IMethod method)
    {
        // Whoever watches over the service must see it without a key, while it goes down, and however many calls are open.
        if (method.ServiceName == HealthService)
        {
            await next(context);
            return StatusOf(context);
        }

        if (!TryIdentify(context, out ClientIdentity client, out string problem))
        {
            LogUnauthenticated(logger, method.FullName, problem);
            return Refuse(context, new ServiceError(ServiceErrorCode.Unauthenticated, problem));
        }

        context.Features.Set(client);
        if (!draining.TryEnter())
        {
            return Refuse(context, new ServiceError(ServiceErrorCode.ShuttingDown, "The service is going down.") { RetryAfter = ShutdownRetry });
        }

        try
        {
            bool isUpload = method.Type == MethodType.ClientStreaming;
            if (_limits.Enter(client.Name, isUpload) is string limit)
            {
                return Refuse(context, new ServiceError(ServiceErrorCode.TooManyCalls, $"A client may have {limit}.") { RetryAfter = LimitRetry });
            }

            try
            {
                return await RunAsync(context);
            }
            finally
            {
                _limits.Leave(client.Name, isUpload);
            }
        }
        finally
        {
            draining.Leave();
        }
    }

    /// <summary>The call itself; cancelled by its caller, or when the time to drain is over.</summary>
    private async Task<StatusCode> RunAsync(HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(aborted, draining.CutOff);
        context.RequestAborted = cancellation.Token;
        try
        {
            await next(context);
            return StatusOf(context);
        }
        finally
        {
            context.RequestAborted = aborted;
        }
    }

    private bool TryIdentify(HttpContext context, out ClientIdentity client, out string problem)
    {
        client = ClientIdentity.Local;
        problem = "";
        if (options.ClientCaPath is null && options.ApiKeys.Count == 0)
        {
            return true;
        }

        // The endpoint let no certificate through but those of the authority.
        if (options.ClientCaPath is not null && TransportSecurity.TryGetClientName(context.Connection.ClientCertificate, out string? subject))
        {
            client = new ClientIdentity(subject);
            return true;
        }

        if (_keys.TryGetClient(context.Request.Headers.Authorization, out string? name))
        {
            client = new ClientIdentity(name);
            return true;
        }

        problem = options.ApiKeys.Count == 0 ? "The client certificate has no common name."
            : context.Request.Headers.Authorization.Count == 0 ? "An API key is needed, as authorization: Bearer KEY."
            : "The API key is not known.";
        return false;
    }

    /// <summary>
    /// Whether a browser was led here by a name that is not this machine's (DNS rebinding). Only HTTP/1.1 without TLS needs it: browsers speak HTTP/2
    /// over TLS alone, and there the certificate tells.
    /// </summary>
    private static bool IsFromForeignPage(HttpContext context) =>
        !context.Request.IsHttps && context.Features.Get<WebPortConnection>() is not null
        && context.Request.Host.Host is not "localhost" and string host && !(IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static StatusCode StatusOf(HttpContext context) =>
        context.Features.Get<IServerCallContextFeature>()?.ServerCallContext.Status.StatusCode ?? StatusCode.Unknown;

    /// <summary>An answer of nothing but a status ("Trailers-Only" in the description of gRPC over HTTP/2).</summary>
    private static StatusCode Refuse(HttpContext context, ServiceError error)
    {
        Google.Rpc.Status status = error.ToRpcStatus();
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = status.Code.ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = PercentEncode(status.Message);
        response.Headers[RpcErrors.DetailsTrailer] = Convert.ToBase64String(status.ToByteArray());
        return (StatusCode)status.Code;
    }

    private static string PercentEncode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (byte octet in Encoding.UTF8.GetBytes(text))
        {
            _ = octet is >= 0x20 and <= 0x7E and not (byte)'%' ? encoded.Append((char)octet) : encoded.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        }

        return encoded.ToString();
    }

    [LoggerMessage(EventId = 1001, Level = LogLevel.Warning, Message = "{Method} was refused: {Problem}")]
    private static partial void LogUnauthenticated(ILogger logger, string method, string problem);
}

/// <summary>Marks the connections of <see cref="ServiceOptions.WebPort"/>.</summary>
internal sealed record WebPortConnection;
