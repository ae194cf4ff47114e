using System.Text;
using CalcQuant.Api.V1;
using Google.Protobuf;
using Grpc.Core;

namespace CalcQuant.Benchmarks.Service;

/// <summary>DICOM files in memory, and the same study under other UIDs: as many different studies as a run needs.</summary>
internal sealed class UploadFiles
{
    /// <summary>A UUID-derived UID (PS3.5 B.2); the phantoms make no others.</summary>
    private static readonly byte[] UidRoot = "2.25."u8.ToArray();

    /// <summary>Digits of a UID that number the copy.</summary>
    private const int NumberDigits = 6;

    /// <summary>Bytes a message: large enough that its overhead does not show, small enough for flow control.</summary>
    private const int MessageBytes = 1 << 19;

    private readonly List<(string Name, byte[] Bytes)> _files;

    private UploadFiles(List<(string, byte[])> files) => _files = files;

    public int Count => _files.Count;

    public long ByteCount => _files.Sum(file => (long)file.Bytes.Length);

    public IReadOnlyList<(string Name, byte[] Bytes)> Files => _files;

    /// <summary>The .dcm files of a folder.</summary>
    public static UploadFiles Read(string folder) => new([.. Directory.EnumerateFiles(folder, "*.dcm")
        .Order(StringComparer.Ordinal)
        .Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)))]);

    /// <summary>
    /// The same images as another study, series and instances: the last digits before the final one of every UUID-derived UID are replaced. UIDs keep their length, so
    /// that no length in a file changes.
    /// </summary>
    public UploadFiles AsCopy(int number)
    {
        byte[] digits = Encoding.ASCII.GetBytes(number.ToString($"D{NumberDigits}", System.Globalization.CultureInfo.InvariantCulture));
        return new UploadFiles([.. _files.Select(file =>
        {
            byte[] copy = [.. file.Bytes];
            int at = 0;
            while (copy.AsSpan(at).IndexOf(UidRoot) is >= 0 and int found)
            {
                int end = at + found + UidRoot.Length;
                while (end < copy.Length && char.IsAsciiDigit((char)copy[end]))
                {
                    end++;
                }

                if (end - at - found > UidRoot.Length + (2 * NumberDigits))
                {
                    digits.CopyTo(copy.AsSpan(end - NumberDigits));
                }

                at = end;
            }

            return (file.Name, copy);
        })]);
    }

    /// <summary>Uploads all files in one stream.</summary>
    public async Task<UploadInstancesResponse> UploadAsync(StudyStoreService.StudyStoreServiceClient client, Metadata? headers = null, CancellationToken cancellationToken = default)
    {
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call = client.UploadInstances(headers, cancellationToken: cancellationToken);
        foreach ((string name, byte[] bytes) in _files)
        {
            for (int offset = 0; offset == 0 || offset < bytes.Length; offset += MessageBytes)
            {
                var piece = new UploadInstancesRequest { Data = UnsafeByteOperations.UnsafeWrap(bytes.AsMemory(offset, Math.Min(MessageBytes, bytes.Length - offset))) };
                if (offset == 0)
                {
                    piece.Start = new InstanceStart { Label = name, ByteCount = bytes.Length };
                }

                await call.RequestStream.WriteAsync(piece, cancellationToken);
            }
        }

        await call.RequestStream.CompleteAsync();
        return await call;
    }
}
