namespace CalcQuant.Service.Storage;

/// <summary>
/// The one folder that the service writes to, and the lock that keeps other processes out of it: <c>calcquant.db</c>, <c>instances/ab/HASH.dcm</c>,
/// <c>incoming/</c> for files that are not whole yet, <c>analyses/</c>. Readable by its owner alone.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private const string LockFileName = "calcquant.lock";
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream lockFile)
    {
        Path = path;
        _lock = lockFile;
    }

    /// <summary>Permissions of every file made here, where the system has them.</summary>
    public const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>When the lock was taken, UTC: what is older was left by another run.</summary>
    public DateTime LockTime { get; } = DateTime.UtcNow;

    /// <summary>The folder, absolute.</summary>
    public string Path { get; }

    /// <summary>Files that are being received or made; emptied at every start.</summary>
    public string Incoming => System.IO.Path.Combine(Path, "incoming");

    /// <summary>Stored instances, by the first two digits of their SHA-256.</summary>
    public string Instances => System.IO.Path.Combine(Path, "instances");

    /// <summary>What analyses made.</summary>
    public string Analyses => System.IO.Path.Combine(Path, "analyses");

    /// <summary>Makes the folder where it does not exist and locks it.</summary>
    /// <exception cref="DataFolderException">Another process uses the folder, or it cannot be written to.</exception>
    public static DataFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = System.IO.Path.GetFullPath(path);
        FileStream? lockFile = null;
        try
        {
            CreateOwnedFolder(full);
            lockFile = OpenLock(System.IO.Path.Combine(full, LockFileName));
            var folder = new DataFolder(full, lockFile);
            CreateOwnedFolder(folder.Incoming);
            CreateOwnedFolder(folder.Analyses);
            CreateOwnedFolder(folder.Instances);
            for (int prefix = 0; prefix <= byte.MaxValue; prefix++)
            {
                CreateOwnedFolder(System.IO.Path.Combine(folder.Instances, prefix.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
            }

            // From here on a folder below need only be synced itself for its files to survive.
            DurableFiles.SyncFolder(folder.Instances);
            DurableFiles.SyncFolder(full);
            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            lockFile?.Dispose();
            throw new DataFolderException("The data folder cannot be written to.", exception);
        }
    }

    /// <summary>Where the file with some content is or would be.</summary>
    /// <param name="sha256">SHA-256 of the content, lower-case hex.</param>
    public string InstancePath(string sha256) => System.IO.Path.Combine(Instances, sha256[..2], sha256 + ".dcm");

    /// <summary>A path under <see cref="Incoming"/> that nothing else has.</summary>
    public string NewIncomingPath() => System.IO.Path.Combine(Incoming, Guid.NewGuid().ToString("N"));

    /// <summary>Makes a folder for its owner alone; one that exists is left as it is.</summary>
    public static void CreateOwnedFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerFolder);
        }
    }

    /// <summary>Gives the folder free.</summary>
    public void Dispose() => _lock.Dispose();

    // Held by the process, not by the file's existence: a killed service leaves nothing to clean up.
    private static FileStream OpenLock(string path)
    {
        try
        {
            return new FileStream(path, DurableFiles.Owned(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new DataFolderException("The data folder is in use by another process.", exception);
        }
    }
}
