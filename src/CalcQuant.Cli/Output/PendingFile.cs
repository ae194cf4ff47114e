namespace CalcQuant.Cli.Output;

/// <summary>
/// A file that appears whole or not at all: written under a temporary name in its folder, renamed by <see cref="Commit"/>, removed when
/// disposed without it.
/// </summary>
internal sealed class PendingFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporaryPath;
    private bool _isCommitted;

    private PendingFile(string path, string temporaryPath, FileStream stream)
    {
        _path = path;
        _temporaryPath = temporaryPath;
        Stream = stream;
    }

    /// <summary>What is written so far.</summary>
    public FileStream Stream { get; }

    /// <summary>Begins a file. Folders are not created: a mistyped path is better told than made.</summary>
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

        string folder = Path.GetDirectoryName(fullPath)!;
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"no folder {folder}");
        }

        string temporaryPath = Path.Combine(folder, $".{Path.GetFileName(fullPath)}.{Path.GetRandomFileName()}");
        return new PendingFile(fullPath, temporaryPath, new FileStream(temporaryPath, FileMode.CreateNew, FileAccess.Write));
    }

    /// <summary>Makes the file visible under its name, replacing an older one.</summary>
    public void Commit()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(_temporaryPath, _path, overwrite: true);
        _isCommitted = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stream.Dispose();
        if (!_isCommitted)
        {
            File.Delete(_temporaryPath);
        }
    }
}
