using System.Runtime.InteropServices;

namespace CalcQuant.Service.Storage;

/// <summary>What it takes for a file to survive the loss of power: its content synced, then the folder that names it.</summary>
internal static partial class DurableFiles
{
    private const int ReadOnlyDirectory = 0x10000 | 0x80000; // O_RDONLY | O_DIRECTORY | O_CLOEXEC of Linux on x86-64
    private const int ReadOnlyDirectoryArm = 0x4000 | 0x80000; // the same on Arm, where O_DIRECTORY has another value

    /// <summary>Options of a file for its owner alone.</summary>
    public static FileStreamOptions Owned(FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = DataFolder.OwnerFile;
        }

        return options;
    }

    /// <summary>
    /// Makes the names in a folder durable. Where the system is not Linux nothing is done: Windows journals names by itself, and .NET cannot open
    /// a folder elsewhere.
    /// </summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void SyncFolder(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        bool isArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
        int descriptor = Open(path, isArm ? ReadOnlyDirectoryArm : ReadOnlyDirectory);
        if (descriptor < 0)
        {
            throw new IOException($"A folder could not be opened to be synced (errno {Marshal.GetLastPInvokeError()}).");
        }

        int failed = Sync(descriptor);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (failed != 0)
        {
            throw new IOException($"A folder could not be synced (errno {error}).");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
