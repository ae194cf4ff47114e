using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using CalcQuant.Service.Storage;

namespace CalcQuant.Service.Analyses;

/// <summary>
/// Files of analyses in the data folder: <c>analyses/ID</c> with what one made, <c>analyses/ID.N</c> with what it made after its Nth correction, whole or not at all;
/// <c>masks/HASH</c> with the bone masks of those that have not ended or have a report, which a correction makes anew.
/// </summary>
internal sealed class AnalysisFiles
{
    private readonly DataFolder _folder;
    private readonly string _masks;

    /// <summary>Makes the folders where they do not exist.</summary>
    public AnalysisFiles(DataFolder folder)
    {
        _folder = folder;
        _masks = Path.Combine(folder.Path, "masks");
        DataFolder.CreateOwnedFolder(_masks);
        DurableFiles.SyncFolder(folder.Path);
    }

    /// <summary>Keeps a bone mask; it is durable when the method returns. One that is kept already stays.</summary>
    public void KeepMask(string sha256, ReadOnlySpan<byte> bytes)
    {
        string path = MaskPath(sha256);
        if (File.Exists(path))
        {
            return;
        }

        string incoming = _folder.NewIncomingPath();
        try
        {
            using (var stream = new FileStream(incoming, DurableFiles.Owned(FileMode.CreateNew, FileAccess.Write, FileShare.None)))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }

            File.Move(incoming, path, overwrite: true);
        }
        catch
        {
            File.Delete(incoming);
            throw;
        }

        DurableFiles.SyncFolder(_masks);
    }

    /// <summary>A kept bone mask.</summary>
    public byte[] ReadMask(string sha256) => File.ReadAllBytes(MaskPath(sha256));

    /// <summary>Deletes a bone mask; nothing happens where there is none.</summary>
    public void DropMask(string sha256) => File.Delete(MaskPath(sha256));

    /// <summary>Whether a bone mask is kept.</summary>
    public bool HasMask(string sha256) => File.Exists(MaskPath(sha256));

    /// <summary>Begins the files of an analysis.</summary>
    public PendingArtifacts Begin() => new(_folder);

    /// <summary>Where a file of an analysis is.</summary>
    public string PathOf(string id, ArtifactFile file) => Path.Combine(_folder.Analyses, FolderOf(id, file.Revision), PendingArtifacts.FolderOf(file.Kind), file.Name.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Deletes what an analysis made; nothing happens where it made nothing.</summary>
    public void Delete(string id)
    {
        foreach (string path in Directory.EnumerateDirectories(_folder.Analyses, id + "*"))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>Deletes what an analysis made when it had so many corrections; nothing happens where it made nothing.</summary>
    public void DeleteRevision(string id, int revision)
    {
        string path = Path.Combine(_folder.Analyses, FolderOf(id, revision));
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>Name of the folder with the files of an analysis that has so many corrections.</summary>
    public static string FolderOf(string id, int revision) => revision == 0 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}.{revision}");

    /// <summary>Deletes what a process that was killed left: files that no ended analysis owns, masks that no other needs.</summary>
    public void RemoveLeftovers(AnalysisStore store)
    {
        foreach (string path in Directory.EnumerateDirectories(_folder.Analyses).Where(path => !store.OwnsFiles(Path.GetFileName(path))))
        {
            Directory.Delete(path, recursive: true);
        }

        foreach (string path in Directory.EnumerateFiles(_masks).Where(path => !store.IsMaskNeeded(Path.GetFileName(path))))
        {
            File.Delete(path);
        }
    }

    private string MaskPath(string sha256) => Path.Combine(_masks, sha256);
}

/// <summary>Files of one analysis while they are made. They appear under their names all at once, or not at all.</summary>
internal sealed class PendingArtifacts : IDisposable
{
    private readonly DataFolder _folder;
    private readonly string _path;
    private readonly ImmutableArray<ArtifactFile>.Builder _files = ImmutableArray.CreateBuilder<ArtifactFile>();

    /// <summary>Begins with no files; the first one makes the folder.</summary>
    public PendingArtifacts(DataFolder folder)
    {
        _folder = folder;
        _path = folder.NewIncomingPath();
    }

    /// <summary>The folder of a kind below that of the analysis.</summary>
    public static string FolderOf(ArtifactKinds kind) => kind switch
    {
        ArtifactKinds.LabelVolume => "labels",
        ArtifactKinds.BoneMask => "bone",
        _ => "overlays",
    };

    /// <summary>Writes a file.</summary>
    /// <param name="kind">Of which artifact; one bit.</param>
    /// <param name="name">Its name, with "/" between folders.</param>
    /// <param name="write">Writes its bytes; the stream cannot seek.</param>
    public void Add(ArtifactKinds kind, string name, Action<Stream> write)
    {
        string path = Path.Combine(_path, FolderOf(kind), name.Replace('/', Path.DirectorySeparatorChar));
        DataFolder.CreateOwnedFolder(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, DurableFiles.Owned(FileMode.CreateNew, FileAccess.Write, FileShare.None));
        using var sha256 = SHA256.Create();
        using (var hashed = new CryptoStream(file, sha256, CryptoStreamMode.Write, leaveOpen: true))
        {
            write(hashed);
        }

        file.Flush(flushToDisk: true);
        _files.Add(new ArtifactFile(kind, name, file.Length, Convert.ToHexStringLower(sha256.Hash!)));
    }

    /// <summary>Puts the files in place; durable when the method returns.</summary>
    /// <param name="id">The analysis.</param>
    /// <param name="revision">Corrections that it has.</param>
    /// <returns>The files, in the order in which they were written.</returns>
    public ImmutableArray<ArtifactFile> Commit(string id, int revision)
    {
        if (_files.Count == 0)
        {
            return [];
        }

        foreach (string folder in Directory.EnumerateDirectories(_path, "*", SearchOption.AllDirectories))
        {
            DurableFiles.SyncFolder(folder);
        }

        DurableFiles.SyncFolder(_path);
        string target = Path.Combine(_folder.Analyses, AnalysisFiles.FolderOf(id, revision));
        if (Directory.Exists(target))
        {
            // An earlier attempt was killed between here and its last transaction.
            Directory.Delete(target, recursive: true);
        }

        Directory.Move(_path, target);
        DurableFiles.SyncFolder(_folder.Analyses);
        return [.. _files.Select(file => file with { Revision = revision })];
    }

    /// <summary>Deletes what was not committed.</summary>
    public void Dispose()
    {
        if (Directory.Exists(_path))
        {
            Directory.Delete(_path, recursive: true);
        }
    }
}
