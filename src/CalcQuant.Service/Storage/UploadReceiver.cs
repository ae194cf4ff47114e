using System.Globalization;
using System.Runtime.ExceptionServices;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Dicom;
using CalcQuant.Service.Hosting;
using Google.Protobuf;
using Grpc.Core;

namespace CalcQuant.Service.Storage;

/// <summary>
/// Takes the files of a stream in. Nothing is answered before it is durable: content synced, renamed, folder synced, row committed. Files are
/// written and synced beside one another while the next ones are received; names and rows follow in batches.
/// </summary>
internal sealed class UploadReceiver(DataFolder folder, StudyStore store, DiskThreads disk, ServiceOptions options, TimeProvider clock, ILogger<UploadReceiver> logger)
{
    private readonly DataFolder _folder = folder;
    private readonly StudyStore _store = store;
    private readonly DiskThreads _disk = disk;
    private readonly ServiceOptions _options = options;
    private readonly TimeProvider _clock = clock;
    private readonly ILogger _logger = logger;

    /// <summary>Bytes of one stream in memory, at most, beyond the message that is being read; 16 MiB.</summary>
    private const long MaxPendingBytes = 16L << 20;

    /// <summary>Files of one stream that are received and not yet synced, at most.</summary>
    private const int MaxPendingFiles = 64;

    /// <summary>Files whose names and rows are made durable together.</summary>
    private const int BatchLength = 512;

    /// <summary>Characters of a label, at most: labels wait in memory for the answer.</summary>
    private const int MaxLabelLength = 1024;

    /// <summary>How long a file waits for its batch to fill.</summary>
    private static readonly TimeSpan MaxBatchAge = TimeSpan.FromSeconds(2);

    /// <summary>Receives a stream to its end.</summary>
    /// <returns>One entry per file, in the order of the stream.</returns>
    /// <exception cref="ServiceFault">A limit was exceeded, the stream makes no sense or the disk failed. Files that were whole before are stored.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up. Files that were whole before are stored.</exception>
    public async Task<IReadOnlyList<UploadedInstance>> ReceiveAsync(IAsyncStreamReader<UploadInstancesRequest> stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var reception = new Reception(this, cancellationToken);
        try
        {
            while (await stream.MoveNext(reception.Token))
            {
                await reception.TakeAsync(stream.Current);
            }
        }
        catch
        {
            StorageLog.UploadBroken(_logger, await reception.BreakOffAsync());
            reception.ThrowFailure();
            throw;
        }

        await reception.FinishAsync();
        reception.ThrowFailure();
        StorageLog.UploadEnded(
            _logger,
            reception.Entries.Count(entry => entry.Outcome == UploadOutcome.Stored),
            reception.Entries.Count(entry => entry.Outcome == UploadOutcome.AlreadyStored),
            reception.Entries.Count(entry => entry.Outcome == UploadOutcome.Rejected),
            reception.ByteCount);
        return reception.Entries;
    }

    private static ServiceFault Fault(ServiceErrorCode code, string explanation) => new(new ServiceError(code, explanation));

    /// <summary>One stream while it is received.</summary>
    private sealed class Reception : IDisposable
    {
        private readonly UploadReceiver _receiver;
        private readonly CancellationTokenSource _stop;
        private readonly ByteBudget _budget = new(MaxPendingBytes);
        private readonly SemaphoreSlim _room = new(MaxPendingFiles, MaxPendingFiles);
        private readonly List<UploadedInstance> _entries = [];
        private readonly List<Task> _watching = [];
        private readonly ReadingLimits _limits;
        private List<IncomingFile> _batch = [];
        private long _batchStart;
        private Task _committing = Task.CompletedTask;
        private IncomingFile? _current;
        private int _fileCount;
        private Exception? _failure;

        public Reception(UploadReceiver receiver, CancellationToken cancellationToken)
        {
            _receiver = receiver;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _limits = ReadingLimits.Default with { MaxFileBytes = receiver._options.MaxFileBytes };
        }

        /// <summary>Cancelled when the caller gives up or the disk fails.</summary>
        public CancellationToken Token => _stop.Token;

        /// <summary>Entries of the files that were dealt with, in the order of the stream.</summary>
        public IReadOnlyList<UploadedInstance> Entries => _entries;

        /// <summary>Bytes of all files so far.</summary>
        public long ByteCount { get; private set; }

        /// <summary>Takes one message.</summary>
        public async Task TakeAsync(UploadInstancesRequest message)
        {
            if (message.Start is { } start)
            {
                EndFile();
                await BeginFileAsync(start);
            }

            ByteString data = message.Data;
            if (data.IsEmpty)
            {
                return;
            }

            if (_current is null)
            {
                throw Fault(ServiceErrorCode.InvalidRequest, "Data came before the start of a file.");
            }

            CheckSize(_current.ByteCount + data.Length, data.Length);
            await _budget.TakeAsync(data.Length, Token);
            ByteCount += data.Length;
            _current.Append(data);
        }

        /// <summary>Stores what is there when the client has closed its side.</summary>
        public async Task FinishAsync()
        {
            EndFile();
            CommitBatch();
            await _committing;
            await Task.WhenAll(_watching);
        }

        /// <summary>Stores the files that are whole when the stream broke, and drops the one it broke in.</summary>
        /// <returns>Files kept.</returns>
        public async Task<int> BreakOffAsync()
        {
            IncomingFile? last = _current;
            if (last is not null && last.DeclaredByteCount == last.ByteCount)
            {
                EndFile();
            }
            else if (last is not null)
            {
                last.Abandon();
                _current = null;
            }

            await FinishAsync();
            return _entries.Count(entry => entry.Outcome is UploadOutcome.Stored or UploadOutcome.AlreadyStored);
        }

        /// <summary>Throws what went wrong on the disk, if anything did.</summary>
        public void ThrowFailure()
        {
            if (_failure is null)
            {
                return;
            }

            if (StorageFaults.IsStorage(_failure))
            {
                throw StorageFaults.From(_failure, _receiver._logger);
            }

            ExceptionDispatchInfo.Throw(_failure);
        }

        public void Dispose()
        {
            _stop.Dispose();
            _room.Dispose();
        }

        private async Task BeginFileAsync(InstanceStart start)
        {
            ServiceOptions options = _receiver._options;
            if (_fileCount == options.MaxInstancesPerStream)
            {
                throw Fault(ServiceErrorCode.TooManyInstances, string.Create(CultureInfo.InvariantCulture, $"A stream may carry at most {options.MaxInstancesPerStream} files."));
            }

            if (start.Label.Length > MaxLabelLength)
            {
                throw Fault(ServiceErrorCode.InvalidRequest, string.Create(CultureInfo.InvariantCulture, $"A label may have at most {MaxLabelLength} characters."));
            }

            if (start.HasByteCount)
            {
                CheckSize(start.ByteCount, start.ByteCount);
            }

            await _room.WaitAsync(Token);
            if (_batch.Count > 0 && (_batch.Count == BatchLength || _receiver._clock.GetElapsedTime(_batchStart) > MaxBatchAge))
            {
                // One batch fills while the one before is made durable; beyond that the client waits.
                await _committing.WaitAsync(Token);
                CommitBatch();
            }

            _fileCount++;
            _current = new IncomingFile(start, _receiver._folder.NewIncomingPath(), _budget, _receiver._disk, _limits);

            // From its first byte on: where the disk fails in the middle of a file, nothing makes room for the rest, and only this ends the wait for it.
            _watching.Add(WatchAsync(_current));
        }

        private void EndFile()
        {
            if (_current is not { } file)
            {
                return;
            }

            file.Complete();
            _current = null;
            if (_batch.Count == 0)
            {
                _batchStart = _receiver._clock.GetTimestamp();
            }

            _batch.Add(file);
        }

        private void CheckSize(long fileByteCount, long moreByteCount)
        {
            ServiceOptions options = _receiver._options;
            if (fileByteCount > options.MaxFileBytes)
            {
                throw Fault(ServiceErrorCode.FileTooLarge, string.Create(CultureInfo.InvariantCulture, $"A file may have at most {options.MaxFileBytes} bytes."));
            }

            if (ByteCount > options.MaxStreamBytes - moreByteCount)
            {
                throw Fault(ServiceErrorCode.StreamTooLarge, string.Create(CultureInfo.InvariantCulture, $"A stream may carry at most {options.MaxStreamBytes} bytes."));
            }
        }

        private async Task WatchAsync(IncomingFile file)
        {
            try
            {
                await file.Completion;
            }
            catch (Exception exception)
            {
                await FailAsync(exception);
            }

            _room.Release();
        }

        private async Task FailAsync(Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, exception, null);
            await _stop.CancelAsync();
        }

        private void CommitBatch()
        {
            List<IncomingFile> batch = _batch;
            _batch = [];
            _committing = CommitAsync(_committing, batch);
        }

        private async Task CommitAsync(Task previous, List<IncomingFile> batch)
        {
            await previous;
            List<IncomingOutcome> outcomes = [];
            foreach (IncomingFile file in batch)
            {
                try
                {
                    if (await file.Completion is { } outcome)
                    {
                        outcomes.Add(outcome);
                    }
                }
                catch (Exception exception)
                {
                    await FailAsync(exception);
                }
            }

            try
            {
                IReadOnlyList<StoreOutcome> stored = await _receiver._store.StoreAsync([.. outcomes.Select(outcome => outcome.Instance).OfType<ReceivedInstance>()]);
                using IEnumerator<StoreOutcome> next = stored.GetEnumerator();
                foreach (IncomingOutcome outcome in outcomes)
                {
                    if (outcome.Instance is not null && next.MoveNext())
                    {
                        Complete(outcome.Entry, next.Current);
                    }

                    _entries.Add(outcome.Entry);
                }
            }
            catch (Exception exception)
            {
                await FailAsync(exception);
            }
        }

        private static void Complete(UploadedInstance entry, StoreOutcome outcome)
        {
            entry.Outcome = outcome switch
            {
                StoreOutcome.Stored => UploadOutcome.Stored,
                StoreOutcome.AlreadyStored => UploadOutcome.AlreadyStored,
                _ => UploadOutcome.Rejected,
            };
            if (outcome == StoreOutcome.Conflict)
            {
                entry.Error = new ServiceError(ServiceErrorCode.InstanceConflict, "Another file is stored under this SOP Instance UID; it stays.").ToMessage();
            }
        }
    }
}
