using System.Security.Cryptography;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Cli.Output;
using Grpc.Core;

namespace CalcQuant.Cli.Remote;

/// <summary>Files that an analysis made, on their way here: each appears whole, with the bytes that the service has, or not at all.</summary>
internal static class ArtifactDownload
{
    /// <summary>Downloads the files of an artifact.</summary>
    /// <param name="service">The service.</param>
    /// <param name="name">The analysis.</param>
    /// <param name="kind">The artifact.</param>
    /// <param name="place">Where a file goes, by its name with forward slashes; null to leave it.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <returns>The files written.</returns>
    /// <exception cref="RemoteFailure">The bytes are damaged, or a name leads elsewhere.</exception>
    /// <exception cref="RpcException">The service cannot be reached or says no.</exception>
    public static async Task<IReadOnlyList<string>> WriteAsync(ServiceConnection service, string name, ArtifactKind kind, Func<string, string?> place, CancellationToken cancellationToken)
    {
        List<string> written = [];
        Incoming? incoming = null;
        try
        {
            using AsyncServerStreamingCall<DownloadArtifactResponse> call = service.Analyses.DownloadArtifact(new DownloadArtifactRequest { Name = name, Kind = kind }, cancellationToken: cancellationToken);
            await foreach (DownloadArtifactResponse piece in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                if (piece.File is not null)
                {
                    Finish(incoming, written);
                    incoming = Incoming.Begin(piece.File, place);
                }

                (incoming ?? throw Damaged()).Write(piece.Data.Span);
            }

            Finish(incoming, written);
            return written;
        }
        finally
        {
            incoming?.Dispose();
        }
    }

    private static void Finish(Incoming? incoming, List<string> written)
    {
        if (incoming?.Commit() is { } path)
        {
            written.Add(path);
        }

        incoming?.Dispose();
    }

    private static RemoteFailure Damaged() => new("a file arrived with other bytes than the service has", ErrorTable.Internal.ExitCode);

    private sealed class Incoming : IDisposable
    {
        private readonly ArtifactFile _announced;
        private readonly string? _path;
        private readonly PendingFile? _file;
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long _byteCount;

        private Incoming(ArtifactFile announced, string? path)
        {
            _announced = announced;
            _path = path;
            _file = path is null ? null : PendingFile.Create(path);
        }

        public static Incoming Begin(ArtifactFile announced, Func<string, string?> place)
        {
            // A name must not lead out of the folder, whatever the service says.
            if (announced.FileName.Split('/').Any(part => part is "" or "." or ".." || part.AsSpan().ContainsAny("\\:\0")))
            {
                throw new RemoteFailure("the service gave a file a name that leads elsewhere", ErrorTable.Internal.ExitCode);
            }

            string? path = place(announced.FileName);
            if (path is not null)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            }

            return new Incoming(announced, path);
        }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            _file?.Stream.Write(bytes);
            _hash.AppendData(bytes);
            _byteCount += bytes.Length;
        }

        public string? Commit()
        {
            if (_byteCount != _announced.ByteCount || Convert.ToHexStringLower(_hash.GetHashAndReset()) != _announced.Sha256)
            {
                throw Damaged();
            }

            _file?.Commit();
            return _path;
        }

        public void Dispose()
        {
            _file?.Dispose();
            _hash.Dispose();
        }
    }
}
