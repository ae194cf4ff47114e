using CalcQuant.Analysis;
using Microsoft.Win32.SafeHandles;

namespace CalcQuant.Dicom.Encoding;

/// <summary>The bytes of a file, on disk or in memory, read at any position without a shared cursor.</summary>
internal sealed class FileBytes
{
    private readonly string? _path;
    private readonly ReadOnlyMemory<byte> _memory;

    public FileBytes(string path) => _path = path;

    public FileBytes(ReadOnlyMemory<byte> memory) => _memory = memory;

    /// <summary>Opens the file for reading.</summary>
    /// <exception cref="InvalidDicomException">The file cannot be opened.</exception>
    public Opened Open() => _path is null ? new Opened(null, _memory) : new Opened(OpenHandle(_path), default);

    // Messages say what went wrong, not where: a path may hold a patient's name, and callers know which file they asked for.
    private static SafeFileHandle OpenHandle(string path)
    {
        try
        {
            // A file that is still being written fails by its length, not by a lock.
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDicomException(SeriesIssueCode.InvalidHeader, "The file does not exist.");
        }
        catch (UnauthorizedAccessException)
        {
            throw new InvalidDicomException(SeriesIssueCode.InvalidHeader, "The file may not be read, or is a folder.");
        }
        catch (Exception exception) when (exception is IOException or NotSupportedException)
        {
            throw new InvalidDicomException(SeriesIssueCode.InvalidHeader, "The file cannot be opened.");
        }
    }

    /// <summary>A file while it is open.</summary>
    internal sealed class Opened : IDisposable
    {
        private readonly SafeFileHandle? _handle;

        public Opened(SafeFileHandle? handle, ReadOnlyMemory<byte> memory)
        {
            _handle = handle;
            Memory = memory;
            try
            {
                Length = handle is null ? memory.Length : RandomAccess.GetLength(handle);
            }
            catch (Exception exception) when (exception is IOException or NotSupportedException or UnauthorizedAccessException)
            {
                handle?.Dispose();
                throw new InvalidDicomException(SeriesIssueCode.InvalidHeader, "The file is not a regular file.");
            }
        }

        /// <summary>Bytes of the file.</summary>
        public long Length { get; }

        /// <summary>All bytes where the file is in memory.</summary>
        public ReadOnlyMemory<byte> Memory { get; }

        /// <summary>True where <see cref="Memory"/> holds the file.</summary>
        public bool IsInMemory => _handle is null;

        /// <summary>Reads up to the length of <paramref name="target"/> from a position.</summary>
        /// <returns>Bytes read; fewer only at the end of the file.</returns>
        /// <exception cref="InvalidDicomException">The disk failed.</exception>
        public int Read(Span<byte> target, long position)
        {
            if (_handle is null)
            {
                if (position >= Memory.Length)
                {
                    return 0;
                }

                ReadOnlySpan<byte> rest = Memory.Span[(int)position..];
                int count = Math.Min(rest.Length, target.Length);
                rest[..count].CopyTo(target);
                return count;
            }

            int total = 0;
            try
            {
                while (total < target.Length)
                {
                    int count = RandomAccess.Read(_handle, target[total..], position + total);
                    if (count == 0)
                    {
                        break;
                    }

                    total += count;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw InvalidDicomException.Pixels("Reading the file failed.");
            }

            return total;
        }

        public void Dispose() => _handle?.Dispose();
    }
}
