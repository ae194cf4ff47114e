namespace CalcQuant.Cli.Output;

/// <summary>
/// A file that appears whole or not at all: written under a temporary name in its folder, renamed by <see cref="Commit"/>, removed when
/// disposed without it. A link is followed, so that it still leads there afterwards. What has no content to lose and may be no regular file (a named
/// pipe, <c>/dev/null</c>, <c>/dev/stdout</c>, also an empty file) is not replaced: <see cref="Commit"/> writes straight into it.
/// </summary>
internal sealed class PendingFile : IDisposable
{
    private readonly string _path;
    private readonly string? _temporaryPath;
    private readonly FileStream? _existing;
    private bool _isCommitted;

    private PendingFile(string path, string? temporaryPath, FileStream? existing, Stream stream)
    {
        _path = path;
        _temporaryPath = temporaryPath;
        _existing = existing;
        Stream = stream;
    }

    /// <summary>What is written so far.</summary>
    public Stream Stream { get; }

    /// <summary>
    /// Begins a file. Folders are not created: a mistyped path is better told than made. A named pipe is waited for until somebody reads it.
    /// </summary>
    /// <exception cref="IOException">The folder does not exist, or the path is a folder.</exception>
    /// <exception cref="UnauthorizedAccessException">No right to write there.</exception>
    /// <exception cref="ArgumentException">Not a path.</exception>
    public static PendingFile Create(string path)
    {
        string fullPath = Path.GetFullPath(path);
        if (Directory.Exists(fullPath) || Path.GetFileName(fullPath).Length == 0)
        {
            throw new IOException("it is a folder");
        }

        if (OpenUnlessReplaceable(fullPath) is { } existing)
        {
            return new PendingFile(fullPath, temporaryPath: null, existing, new MemoryStream());
        }

        var given = new FileInfo(fullPath);
        string target = given.LinkTarget is null ? fullPath : given.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        string folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"no folder {folder}");
        }

        // Not derived from the name, which may be as long as the file system allows.
        string temporaryPath = Path.Combine(folder, $".calcquant-{Path.GetRandomFileName()}");
        try
        {
            return new PendingFile(target, temporaryPath, existing: null, new FileStream(temporaryPath, FileMode.CreateNew, FileAccess.Write));
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new UnauthorizedAccessException(failure.Message.Replace(temporaryPath, fullPath, StringComparison.Ordinal), failure);
        }
        catch (IOException failure)
        {
            throw new IOException(failure.Message.Replace(temporaryPath, fullPath, StringComparison.Ordinal), failure);
        }
    }

    /// <summary>Makes the file visible under its name, replacing an older one.</summary>
    public void Commit()
    {
        if (_temporaryPath is null)
        {
            Stream.Position = 0;
            if (_existing!.CanSeek)
            {
                // Standard output may have been sent to this file and hold the tables by now.
                _existing.Seek(0, SeekOrigin.End);
            }

            Stream.CopyTo(_existing);
            _existing.Flush();
        }
        else
        {
            ((FileStream)Stream).Flush(flushToDisk: true);
            Stream.Dispose();
            File.Move(_temporaryPath, _path, overwrite: true);
        }

        _isCommitted = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stream.Dispose();
        _existing?.Dispose();
        if (!_isCommitted && _temporaryPath is not null)
        {
            File.Delete(_temporaryPath);
        }
    }

    /// <summary>
    /// Opens what is there, without emptying it. Null where nothing is, or a regular file with content; only such a file has a length.
    /// </summary>
    private static FileStream? OpenUnlessReplaceable(string path)
    {
        FileStream stream;
        try
        {
            // No buffer: a pipe or a device gets what was written, once. Shared: somebody else may have the device open.
            stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        if (stream.CanSeek && stream.Length > 0)
        {
            stream.Dispose();
            return null;
        }

        return stream;
    }
}
