using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;

namespace CalcQuant.Cli.Remote;

/// <summary>A connection to a service, and its failures in words.</summary>
internal sealed class ServiceConnection : IDisposable
{
    /// <summary>Bytes of an answer at most; reports of networks of specks are large.</summary>
    private const int MaxAnswerBytes = 512 << 20;

    /// <summary>How often a call is tried where the service cannot be reached.</summary>
    private const int MaxAttempts = 4;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepAlivePeriod = TimeSpan.FromMinutes(1);

    private readonly ServerAddress _address;
    private readonly SocketsHttpHandler _handler;
    private readonly GrpcChannel _channel;

    private ServiceConnection(ServerAddress address, SocketsHttpHandler handler, string? apiKey)
    {
        _address = address;
        _handler = handler;
        var reading = new MethodConfig
        {
            Names = { MethodName.Default },
            RetryPolicy = new RetryPolicy
            {
                MaxAttempts = MaxAttempts,
                InitialBackoff = FirstPause,
                MaxBackoff = LongestPause,
                BackoffMultiplier = 2,
                RetryableStatusCodes = { StatusCode.Unavailable },
            },
        };
        _channel = GrpcChannel.ForAddress(address.Uri, new GrpcChannelOptions
        {
            HttpHandler = handler,
            MaxReceiveMessageSize = MaxAnswerBytes,
            ThrowOperationCanceledOnCancellation = true,
            ServiceConfig = new ServiceConfig { MethodConfigs = { reading } },
        });
        CallInvoker invoker = apiKey is null ? _channel.CreateCallInvoker() : _channel.Intercept(metadata =>
        {
            metadata.Add("authorization", $"Bearer {apiKey}");
            return metadata;
        });
        Studies = new StudyStoreService.StudyStoreServiceClient(invoker);
        Analyses = new CalcificationAnalysisService.CalcificationAnalysisServiceClient(invoker);
    }

    /// <summary>The study store.</summary>
    public StudyStoreService.StudyStoreServiceClient Studies { get; }

    /// <summary>The analyses.</summary>
    public CalcificationAnalysisService.CalcificationAnalysisServiceClient Analyses { get; }

    /// <summary>Prepares a connection; the first call makes it.</summary>
    /// <exception cref="RemoteFailure">A key or certificate cannot be read, or a key would travel in the clear.</exception>
    public static ServiceConnection Open(ServerAddress address)
    {
        string? apiKey = address.ApiKeyFile is null ? null : ReadFile(address.ApiKeyFile, path => File.ReadAllText(path).Trim());
        bool isEncrypted = address.Uri.Scheme == Uri.UriSchemeHttps;
        if (apiKey is not null && !isEncrypted && !ServerAddress.IsThisMachine(address.Uri))
        {
            throw new RemoteFailure("an API key is not sent to another machine without TLS", ErrorTable.BadArguments.ExitCode);
        }

        if (apiKey is { Length: 0 } || apiKey?.Any(character => character is < ' ' or > '~') == true)
        {
            throw new RemoteFailure($"{address.ApiKeyFile} holds no API key", ErrorTable.BadArguments.ExitCode);
        }

        var handler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, KeepAlivePingDelay = KeepAlivePeriod, KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests };
        try
        {
            handler.SslOptions = isEncrypted ? DescribeTls(address) : handler.SslOptions;
            return new ServiceConnection(address, handler, apiKey);
        }
        catch
        {
            handler.Dispose();
            throw;
        }
    }

    /// <summary>Runs calls, their failures turned into one line and an exit code.</summary>
    /// <exception cref="RemoteFailure">The service cannot be reached or says no.</exception>
    /// <exception cref="OperationCanceledException">The user gave up.</exception>
    public T Run<T>(Func<ServiceConnection, Task<T>> calls)
    {
        try
        {
            return calls(this).GetAwaiter().GetResult();
        }
        catch (RpcException failure)
        {
            throw RemoteErrors.Describe(failure, _address.Shown);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _channel.Dispose();
        _handler.Dispose();
    }

    private static SslClientAuthenticationOptions DescribeTls(ServerAddress address)
    {
        var tls = new SslClientAuthenticationOptions();
        if (address.CaFile is not null)
        {
            // The name in the certificate is checked all the same.
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            ReadFile(address.CaFile, path =>
            {
                tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(path);
                return tls.CertificateChainPolicy.CustomTrustStore.Count > 0 ? path : throw new CryptographicException("it holds no certificate");
            });
        }

        if (address.ClientCertificateFile is not null)
        {
            tls.ClientCertificates = [ReadFile(address.ClientCertificateFile, path => X509Certificate2.CreateFromPemFile(path, address.ClientKeyFile))];
        }

        return tls;
    }

    private static T ReadFile<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new RemoteFailure($"cannot use {path}: {failure.Message}", ErrorTable.BadArguments.ExitCode, failure);
        }
    }
}
