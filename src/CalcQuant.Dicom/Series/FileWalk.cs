namespace CalcQuant.Dicom.Series;

/// <summary>A file found below the given paths.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="ShownPath">How the user would name it: relative to the folder given.</param>
internal readonly record struct FoundFile(string Path, string ShownPath);

/// <summary>
/// Every file below some paths, each once however many links lead to it, hidden ones included, in an order that does not depend on the file
/// system. Files of no length are listed as skipped without being opened: a named pipe would never answer.
/// </summary>
internal sealed class FileWalk
{
    /// <summary>The name that PS3.10 8.6 gives the index of a medium; it may carry an extension when it was copied.</summary>
    private const string IndexFileName = "DICOMDIR";

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false, ReturnSpecialDirectories = false };

    private readonly List<FoundFile> _files = [];
    private readonly List<SkippedFile> _skipped = [];
    private readonly HashSet<string> _visited = new(StringComparer.Ordinal);
    private readonly int _maxFileCount;
    private readonly FolderBoundary? _boundary;
    private readonly CancellationToken _cancellationToken;

    private FileWalk(int maxFileCount, FolderBoundary? boundary, CancellationToken cancellationToken)
    {
        _boundary = boundary;
        _maxFileCount = maxFileCount;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Files in order of their shown path.</summary>
    public IReadOnlyList<FoundFile> Files => _files;

    /// <summary>What cannot be looked at.</summary>
    public IReadOnlyList<SkippedFile> Skipped => _skipped;

    /// <summary>True where there are more files than the limit: any series may be incomplete.</summary>
    public bool IsCutShort { get; private set; }

    /// <summary>Walks the paths.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="maxFileCount">Files looked at, at most.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    /// <param name="keepsGivenPaths">True to show every file with the path that was given, false to leave it out where it is the only folder.</param>
    /// <param name="boundary">What links must not lead out of; null where they may lead anywhere.</param>
    public static FileWalk Through(
        IReadOnlyList<string> paths, int maxFileCount, CancellationToken cancellationToken, bool keepsGivenPaths = false, FolderBoundary? boundary = null)
    {
        var walk = new FileWalk(maxFileCount, boundary, cancellationToken);
        foreach (string path in paths)
        {
            walk.VisitGiven(path, paths.Count == 1 && !keepsGivenPaths);
        }

        walk._files.Sort((left, right) => string.CompareOrdinal(left.ShownPath, right.ShownPath));
        return walk;
    }

    private void VisitGiven(string path, bool isShownBare)
    {
        if (Directory.Exists(path))
        {
            VisitFolder(new DirectoryInfo(path), FolderBoundary.RealPath(path), isShownBare ? "" : path);
        }
        else if (!File.Exists(path))
        {
            _skipped.Add(new SkippedFile(path, "There is no such file or folder."));
        }
        else if (Path.GetFileNameWithoutExtension(path).Equals(IndexFileName, StringComparison.OrdinalIgnoreCase)
            && Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            VisitFolder(new DirectoryInfo(folder), FolderBoundary.RealPath(folder), isShownBare ? "" : Path.GetDirectoryName(path)!);
        }
        else
        {
            VisitFile(new FileInfo(path), FolderBoundary.RealPath(path), path);
        }
    }

    private void VisitFolder(DirectoryInfo folder, string realPath, string shownPath)
    {
        if (LeadsOut(realPath, shownPath) || !_visited.Add(realPath))
        {
            return;
        }

        FileSystemInfo[] entries;
        try
        {
            entries = [.. folder.EnumerateFileSystemInfos("*", Everything)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _skipped.Add(new SkippedFile(shownPath.Length == 0 ? "." : shownPath, "The folder cannot be listed."));
            return;
        }

        Array.Sort(entries, (left, right) => string.CompareOrdinal(left.Name, right.Name));
        foreach (FileSystemInfo entry in entries)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            if (IsCutShort)
            {
                return;
            }

            string entryPath = entry.LinkTarget is null ? Path.Combine(realPath, entry.Name) : FolderBoundary.RealPath(entry.FullName);
            string entryShown = shownPath.Length == 0 ? entry.Name : Path.Combine(shownPath, entry.Name);
            if (Directory.Exists(entryPath))
            {
                VisitFolder(new DirectoryInfo(entryPath), entryPath, entryShown);
            }
            else
            {
                VisitFile(new FileInfo(entryPath), entryPath, entryShown);
            }
        }
    }

    private void VisitFile(FileInfo file, string realPath, string shownPath)
    {
        if (LeadsOut(realPath, shownPath) || !_visited.Add(realPath))
        {
            return;
        }

        if (_files.Count + _skipped.Count >= _maxFileCount)
        {
            IsCutShort = true;
            _skipped.Add(new SkippedFile(shownPath, $"More than {_maxFileCount} files: this one and those after it were not looked at."));
        }
        else if (!file.Exists)
        {
            _skipped.Add(new SkippedFile(shownPath, "The link leads nowhere."));
        }
        else if (file.Length == 0)
        {
            _skipped.Add(new SkippedFile(shownPath, "The file is empty."));
        }
        else
        {
            _files.Add(new FoundFile(file.FullName, shownPath));
        }
    }

    // Before the file is looked at, so that nothing is said of what lies outside.
    private bool LeadsOut(string realPath, string shownPath)
    {
        if (_boundary is null || _boundary.Holds(realPath))
        {
            return false;
        }

        _skipped.Add(new SkippedFile(shownPath.Length == 0 ? "." : shownPath, "The link leads out of the folders that may be read."));
        return true;
    }
}
