namespace CalcQuant.Dicom.Series;

/// <summary>
/// A folder that links must not lead out of. What a path stands for is decided with every link on the way resolved, those of the folder itself
/// included. A link that is exchanged between the check and the opening of a file is not noticed: who may write below the folder is trusted so far.
/// </summary>
public sealed class FolderBoundary
{
    /// <summary>Links followed on the way to one file; what POSIX systems allow.</summary>
    private const int MaxLinkCount = 40;

    private readonly string _prefix;

    /// <summary>Bounds what may be reached.</summary>
    /// <param name="folder">The folder; need not exist.</param>
    public FolderBoundary(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        RealFolder = RealPath(folder);
        _prefix = Path.EndsInDirectorySeparator(RealFolder) ? RealFolder : RealFolder + Path.DirectorySeparatorChar;
    }

    /// <summary>The folder with every link on the way resolved.</summary>
    public string RealFolder { get; }

    /// <summary>The path with every link on the way resolved.</summary>
    /// <param name="path">The path; need not exist.</param>
    /// <returns>Null where it is neither the folder nor below it.</returns>
    public string? Resolve(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string real = RealPath(path);
        return Holds(real) ? real : null;
    }

    /// <summary>True where a path whose links are resolved is the folder or below it.</summary>
    internal bool Holds(string realPath) =>
        realPath.Equals(RealFolder, StringComparison.Ordinal) || realPath.StartsWith(_prefix, StringComparison.Ordinal);

    /// <summary>The path with every link on the way resolved; where that fails or goes in circles, the path as it is.</summary>
    internal static string RealPath(string path) => RealPath(path, MaxLinkCount);

    private static string RealPath(string path, int linksLeft)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string? parent = Path.GetDirectoryName(full);
        if (parent is null)
        {
            return full;
        }

        string candidate = Path.Combine(RealPath(parent, linksLeft), Path.GetFileName(full));
        try
        {
            FileSystemInfo? target = new FileInfo(candidate).ResolveLinkTarget(returnFinalTarget: true);
            return target is null || linksLeft == 0 ? candidate : RealPath(target.FullName, linksLeft - 1);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return candidate;
        }
    }
}
