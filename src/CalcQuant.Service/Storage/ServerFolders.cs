using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Series;
using CalcQuant.Service.Hosting;

namespace CalcQuant.Service.Storage;

/// <summary>
/// Folders on the server that callers may name: "root/relative/path", the root's name from the options. What does not exist and what may not be
/// read look the same, so that nothing can be found out about the server.
/// </summary>
internal sealed class ServerFolders(ServiceOptions options)
{
    private readonly Dictionary<string, string> _roots = new(options.ServerFolders, StringComparer.Ordinal);

    /// <summary>The folder on disk, every link on the way resolved.</summary>
    /// <param name="serverFolder">As the caller named it.</param>
    /// <exception cref="ServiceFault"><see cref="ServiceErrorCode.FolderNotAllowed"/>.</exception>
    public string Resolve(string serverFolder) => Locate(serverFolder).Folder;

    /// <summary>Reads the headers below a folder. Links that lead out of its root are listed as skipped and not followed.</summary>
    /// <param name="serverFolder">As the caller named it.</param>
    /// <param name="limits">Bounds; the boundary is set here.</param>
    /// <param name="progress">Told after each file; may be null. Called from several threads.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    /// <exception cref="ServiceFault"><see cref="ServiceErrorCode.FolderNotAllowed"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public SeriesCatalog Scan(string serverFolder, ReadingLimits limits, IProgress<AnalysisProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(limits);
        (string folder, FolderBoundary boundary) = Locate(serverFolder);
        return SeriesCatalog.Scan([folder], limits with { Boundary = boundary }, progress, cancellationToken);
    }

    /// <summary>The same with the root that links must not lead out of.</summary>
    public (string Folder, FolderBoundary Boundary) Locate(string serverFolder)
    {
        ArgumentNullException.ThrowIfNull(serverFolder);
        string[] parts = serverFolder.TrimEnd('/').Split('/');
        if (!_roots.TryGetValue(parts[0], out string? root) || !Array.TrueForAll(parts, IsName))
        {
            throw NotAllowed();
        }

        var boundary = new FolderBoundary(root);
        string folder = boundary.RealFolder;
        try
        {
            // One step at a time: each must be a folder within the root, whatever links stand behind its name.
            foreach (string part in parts.AsSpan(1))
            {
                folder = boundary.Resolve(Path.Combine(folder, part)) ?? throw NotAllowed();
            }

            return Directory.Exists(folder) ? (folder, boundary) : throw NotAllowed();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw NotAllowed();
        }
    }

    /// <summary>A name of a file on any system: no separators of Windows, no drives or streams, nothing that climbs.</summary>
    private static bool IsName(string part) =>
        part is not ("" or "." or "..") && !part.AsSpan().ContainsAny('\\', ':', '\0') && !part.AsSpan().ContainsAnyInRange('\x01', '\x1F');

    private static ServiceFault NotAllowed() => new(new ServiceError(
        ServiceErrorCode.FolderNotAllowed,
        "There is no such folder among those that the server may read."));
}
