using System.Collections.Concurrent;
using CalcQuant.Api;

namespace CalcQuant.Service.Hosting;

/// <summary>How many calls and uploads each client has under way.</summary>
internal sealed class ClientLimits(ServiceOptions options)
{
    /// <summary>When a client that is at its limit may try again; calls are short, uploads longer.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Counts> _clients = new(StringComparer.Ordinal);

    /// <summary>Counts a call in; disposing the result counts it out.</summary>
    /// <exception cref="ServiceFault"><see cref="ServiceErrorCode.TooManyCalls"/>.</exception>
    public Slot Enter(ClientIdentity client, bool isUpload)
    {
        Counts counts = _clients.GetOrAdd(client.Name, _ => new Counts());
        lock (counts)
        {
            if (counts.CallCount >= options.MaxCallsPerClient)
            {
                throw TooMany($"A client may have {options.MaxCallsPerClient} calls under way.");
            }

            if (isUpload && counts.UploadCount >= options.MaxUploadsPerClient)
            {
                throw TooMany($"A client may have {options.MaxUploadsPerClient} uploads under way.");
            }

            counts.CallCount++;
            counts.UploadCount += isUpload ? 1 : 0;
        }

        return new Slot(counts, isUpload);
    }

    private static ServiceFault TooMany(string explanation) =>
        new(new ServiceError(ServiceErrorCode.TooManyCalls, explanation) { RetryAfter = RetryAfter });

    /// <summary>A call that is counted.</summary>
    internal readonly struct Slot(Counts counts, bool isUpload) : IDisposable
    {
        public void Dispose()
        {
            lock (counts)
            {
                counts.CallCount--;
                counts.UploadCount -= isUpload ? 1 : 0;
            }
        }
    }

    /// <summary>Counts of one client; locked on itself.</summary>
    internal sealed class Counts
    {
        public int CallCount { get; set; }

        public int UploadCount { get; set; }
    }
}
