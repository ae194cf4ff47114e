using System.Security.Cryptography;
using System.Threading.Channels;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Encoding;
using Google.Protobuf;

namespace CalcQuant.Service.Storage;

/// <summary>
/// One file of an upload. The reader of the stream hands over pieces; a task of the file's own hashes and writes them, reads the header and syncs,
/// while the reader is on to the next file.
/// </summary>
internal sealed class IncomingFile
{
    private readonly Channel<ByteString> _pieces = Channel.CreateUnbounded<ByteString>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly UploadedInstance _entry;
    private readonly string? _declaredSha256;
    private readonly string _path;
    private readonly ByteBudget _budget;
    private readonly DiskThreads _disk;
    private readonly ReadingLimits _limits;

    /// <summary>Begins a file.</summary>
    /// <param name="start">What the client said of it.</param>
    /// <param name="path">A path under <c>incoming/</c> that nothing else has.</param>
    /// <param name="budget">Gets every piece's bytes back once they are written.</param>
    /// <param name="disk">Where to wait for the disk.</param>
    /// <param name="limits">Bounds of the header.</param>
    public IncomingFile(InstanceStart start, string path, ByteBudget budget, DiskThreads disk, ReadingLimits limits)
    {
        _entry = new UploadedInstance { Label = start.Label };
        _declaredSha256 = start.HasSha256 ? start.Sha256 : null;
        DeclaredByteCount = start.HasByteCount ? start.ByteCount : null;
        _path = path;
        _budget = budget;
        _disk = disk;
        _limits = limits;
        Completion = Task.Run(ReceiveAsync);
    }

    /// <summary>Bytes announced, or null.</summary>
    public long? DeclaredByteCount { get; }

    /// <summary>Bytes handed over.</summary>
    public long ByteCount { get; private set; }

    /// <summary>What arrived, once <see cref="Complete"/> was called; null where it was abandoned. Faults where the disk does.</summary>
    public Task<IncomingOutcome?> Completion { get; }

    /// <summary>Hands over the next bytes.</summary>
    public void Append(ByteString data)
    {
        ByteCount += data.Length;
        _pieces.Writer.TryWrite(data);
    }

    /// <summary>Says that this was all.</summary>
    public void Complete() => _pieces.Writer.TryComplete();

    /// <summary>Says that the rest will not come: nothing of the file stays.</summary>
    public void Abandon() => _pieces.Writer.TryComplete(new OperationCanceledException());

    private async Task<IncomingOutcome?> ReceiveAsync()
    {
        bool isKept = false;
        try
        {
            IncomingOutcome outcome = await ReceiveWholeAsync();
            isKept = outcome.Instance is not null;
            return outcome;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            // After a fault of the disk pieces still come until the reader notices; it must not wait for room in vain.
            while (_pieces.Reader.TryRead(out ByteString? rest))
            {
                _budget.Give(rest.Length);
            }

            if (!isKept)
            {
                File.Delete(_path);
            }
        }
    }

    private async Task<IncomingOutcome> ReceiveWholeAsync()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        FileStream? file = null;
        ByteString? only = null;
        long count = 0;
        try
        {
            while (await _pieces.Reader.WaitToReadAsync())
            {
                while (_pieces.Reader.TryRead(out ByteString? piece))
                {
                    hash.AppendData(piece.Span);
                    if (file is null)
                    {
                        file = new FileStream(_path, DurableFiles.Owned(FileMode.CreateNew, FileAccess.Write, FileShare.Read));
                        only = piece;
                    }
                    else
                    {
                        only = null;
                    }

                    // What goes beyond the announced length is counted and hashed for the answer, but takes no room.
                    if (count + piece.Length <= (DeclaredByteCount ?? long.MaxValue))
                    {
                        RandomAccess.Write(file.SafeFileHandle, piece.Span, count);
                    }

                    count += piece.Length;
                    _budget.Give(piece.Length);
                }
            }

            _entry.Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
            _entry.ByteCount = count;
            if (Judge(count, only) is not { } identity)
            {
                _entry.Outcome = UploadOutcome.Rejected;
                return new IncomingOutcome(_entry, null);
            }

            await _disk.RunAsync(() => RandomAccess.FlushToDisk(file!.SafeFileHandle));
            return new IncomingOutcome(_entry, new ReceivedInstance(_path, identity, _entry.Sha256, count));
        }
        finally
        {
            if (file is not null)
            {
                await file.DisposeAsync();
            }
        }
    }

    /// <summary>Who the file is; null where it is rejected, with the reason in the entry.</summary>
    private InstanceIdentity? Judge(long count, ByteString? only)
    {
        if (DeclaredByteCount is { } announced && announced != count)
        {
            return Reject(ServiceErrorCode.LengthMismatch, $"The file was announced with {announced} bytes, but {count} came.");
        }

        if (_declaredSha256 is not null && !_declaredSha256.Equals(_entry.Sha256, StringComparison.OrdinalIgnoreCase))
        {
            return Reject(ServiceErrorCode.ChecksumMismatch, "The SHA-256 of the bytes that came is not the one announced.");
        }

        if (count == 0)
        {
            return Reject(ServiceErrorCode.NotDicom, "The file is empty.");
        }

        // A file in one piece is still in memory; of another the beginning is read back from the cache of the system.
        DicomReading reading = only is null ? DicomFile.Read(_path, _limits) : DicomFile.Read("", only.Memory, _limits);
        switch (reading)
        {
            case DicomReading.Accepted accepted:
                if (InstanceIdentity.Of(accepted.File.DataSet) is not { } identity)
                {
                    return Reject(
                        ServiceErrorCode.IncompleteIdentity,
                        "SOP Instance UID (0008,0018), Series Instance UID (0020,000E) and Study Instance UID (0020,000D) must all be there: digits and dots, at most 64.");
                }

                _entry.SopInstanceUid = identity.SopInstanceUid;
                _entry.SeriesInstanceUid = identity.SeriesInstanceUid;
                _entry.StudyInstanceUid = identity.StudyInstanceUid;
                return identity;
            case DicomReading.NotDicom notDicom:
                return Reject(ServiceErrorCode.NotDicom, notDicom.Explanation);
            case DicomReading.Rejected rejected:
                return Reject(ServiceErrorCode.NotDicom, rejected.Issue.Explanation);
            default:
                throw new InvalidOperationException("A kind of reading that is not known here.");
        }
    }

    private InstanceIdentity? Reject(ServiceErrorCode code, string explanation)
    {
        _entry.Error = new ServiceError(code, explanation).ToMessage();
        return null;
    }
}

/// <summary>A file that came to its end.</summary>
/// <param name="Entry">Its entry in the answer: complete where it was rejected, without outcome where it is still to be stored.</param>
/// <param name="Instance">What is to be stored; null where it was rejected.</param>
internal sealed record IncomingOutcome(UploadedInstance Entry, ReceivedInstance? Instance);
