using System.Security.Cryptography;
using System.Text;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Derived;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;
using CalcQuant.Service.Storage;

namespace CalcQuant.Service.Analyses;

/// <summary>A bone mask that can be read.</summary>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hex.</param>
/// <param name="Bytes">The file.</param>
/// <param name="MemoryBytes">Bytes of memory that its labels take.</param>
internal sealed record BoneMaskInput(string Sha256, ReadOnlyMemory<byte> Bytes, long MemoryBytes);

/// <summary>Where the files of an analysis are, what their headers say, and whether a bone mask can be used.</summary>
internal sealed class AnalysisInput(StudyStore studies, ServerFolders folders, AnalysisFiles files, AnalysisStore store)
{
    /// <summary>Directories of a server folder are walked without the attributes that would hide files; links are looked at one by one.</summary>
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };

    /// <summary>The fault where there is nothing to analyse.</summary>
    public static ServiceFault NoSuchSeries() => new(new ServiceError(ServiceErrorCode.UnknownSeries, "There is no such series.") { ResourceType = "calcquant.v1.Series" });

    /// <summary>The fault where an analysis would not come out as before.</summary>
    public static ServiceFault NotRepeatable(string explanation) => new(new ServiceError(ServiceErrorCode.NotRepeatable, explanation) { ResourceType = "calcquant.v1.Analysis" });

    /// <summary>Checks that a server folder may be read.</summary>
    /// <exception cref="ServiceFault">FolderNotAllowed.</exception>
    public void ThrowUnlessAllowed(string serverFolder) => folders.Resolve(serverFolder);

    /// <summary>Fetches the bone mask of a request and reads it once, so that one that cannot be used is told at once.</summary>
    /// <exception cref="ServiceFault">UnknownInstance or UnsuitableMask.</exception>
    public BoneMaskInput ReadMask(AnalysisRequest request, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> bytes = request.MaskBytes;
        if (request.Options.BoneMask.SegmentationSopInstanceUid is { Length: > 0 } sopInstanceUid)
        {
            bytes = studies.TryFind(sopInstanceUid, out StoredSeriesInstance? instance)
                ? File.ReadAllBytes(instance.Path)
                : throw new ServiceFault(new ServiceError(ServiceErrorCode.UnknownInstance, "There is no such segmentation in the study store.") { ResourceType = "calcquant.v1.StoredInstance" });
        }

        LabelVolume labels = ReadMask(request.MaskFormat, bytes, cancellationToken);
        return new BoneMaskInput(Convert.ToHexStringLower(SHA256.HashData(bytes.Span)), bytes, AnalysisMemory.BytesFor(labels));
    }

    /// <summary>The kept bone mask of an analysis; null without one.</summary>
    /// <exception cref="ServiceFault">UnsuitableMask.</exception>
    public LabelVolume? OpenMask(AnalysisRow row, CancellationToken cancellationToken) =>
        row.MaskSha256 is { } sha256 ? ReadMask(row.MaskFormat, files.ReadMask(sha256), cancellationToken) : null;

    /// <summary>Reads the headers of an analysis that was accepted.</summary>
    /// <exception cref="ServiceFault">UnknownSeries, FolderNotAllowed, InvalidRequest.</exception>
    public PreparedAnalysis Prepare(AnalysisRow row, IProgress<AnalysisProgress> progress, CancellationToken cancellationToken)
    {
        if (row.ServerFolder.Length > 0)
        {
            return PrepareFolder(row, mayReuse: true, progress, cancellationToken);
        }

        // What came after the analysis was accepted is not part of it; what is gone makes it another series.
        HashSet<string> accepted = row.Files.ToHexSet();
        List<StoredSeriesInstance> instances = [.. studies.InstancesOf(row.SeriesInstanceUid, cancellationToken).Where(instance => accepted.Contains(instance.Sha256))];
        return instances.Count == accepted.Count ? PrepareStored(row, instances, progress, cancellationToken) : throw NoSuchSeries();
    }

    /// <summary>Reads the headers of an analysis that has ended once more.</summary>
    /// <exception cref="ServiceFault">NotRepeatable where its files are not those that were analysed; UnknownSeries, FolderNotAllowed.</exception>
    public PreparedAnalysis PrepareAgain(AnalysisRow row, IProgress<AnalysisProgress> progress, CancellationToken cancellationToken)
    {
        if (row.MaskSha256 is { } mask && !files.HasMask(mask))
        {
            throw NotRepeatable("The bone mask of the analysis is not kept any more.");
        }

        if (row.ServerFolder.Length > 0)
        {
            PreparedAnalysis folder = PrepareFolder(row, mayReuse: false, progress, cancellationToken);
            return folder.Key == row.Key ? folder : throw OtherFiles();
        }

        // Analyses of earlier versions did not keep which files they were of; then it is all of the series, or another one.
        HashSet<string> accepted = row.Files.ToHexSet();
        List<StoredSeriesInstance> instances = [.. studies.InstancesOf(row.SeriesInstanceUid, cancellationToken).Where(instance => accepted.Count == 0 || accepted.Contains(instance.Sha256))];
        string key = AnalysisKey.Of(FileHashes.Of(instances.Select(instance => instance.Sha256)), row.SeriesInstanceUid, row.Options, row.MaskSha256, row.AlgorithmVersion);
        return key == row.Key ? PrepareStored(row, instances, progress, cancellationToken) : throw OtherFiles();

        static ServiceFault OtherFiles() => NotRepeatable("The files of the series are not those that were analysed any more.");
    }

    /// <summary>Reads the headers of a stored series.</summary>
    public static PreparedAnalysis PrepareStored(
        AnalysisRow row, IReadOnlyList<StoredSeriesInstance> instances, IProgress<AnalysisProgress>? progress, CancellationToken cancellationToken)
    {
        Dictionary<string, string> uids = instances.ToDictionary(instance => instance.Path, instance => instance.SopInstanceUid, StringComparer.Ordinal);
        SeriesCatalog catalog = SeriesCatalog.Scan([.. uids.Keys], ReadingLimits.Default, progress, cancellationToken);

        // The names of files in the store are the service's own business.
        SkippedFile[] skipped = [.. catalog.Skipped.Select(file => file with { Path = uids.GetValueOrDefault(file.Path, string.Empty) }).OrderBy(file => file.Path, StringComparer.Ordinal)];
        catalog = new SeriesCatalog([.. catalog.Stacks.Where(stack => stack.SeriesInstanceUid == row.SeriesInstanceUid)], [.. skipped]);
        ThrowUnlessOfFilms(row.Options, catalog);
        return new PreparedAnalysis(catalog, AnalysisMemory.BytesFor(catalog.Stacks));
    }

    /// <summary>A guided place that is of no radiograph would be lost without a word.</summary>
    private static void ThrowUnlessOfFilms(Api.V1.AnalysisOptions options, SeriesCatalog catalog)
    {
        FieldViolation[] violations =
        [
            .. AnalysisWork.GuidedPlacesOf(options).Index()
                .Select(entry => (entry.Index, entry.Item.Name, Problem: GuidedFilms.ProblemOf(entry.Item, catalog.Stacks)))
                .Where(entry => entry.Problem is not null)
                .Select(entry => new FieldViolation($"options.guided_places[{entry.Index}]", AnalysisRequest.Sentence(entry.Name ?? string.Empty, entry.Problem!))),
        ];
        if (violations.Length > 0)
        {
            throw AnalysisRequest.InvalidRequest(violations);
        }
    }

    private static LabelVolume ReadMask(BoneMaskFormat format, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        LabelReading reading = format == BoneMaskFormat.Nifti ? NiftiLabelReader.Read(bytes, cancellationToken) : SegmentationReader.Read(bytes, ReadingLimits.Default, cancellationToken);
        return reading switch
        {
            LabelReading.Accepted accepted => accepted.Volume,
            LabelReading.Rejected rejected => throw new ServiceFault(new ServiceError(ServiceErrorCode.UnsuitableMask, rejected.Explanation) { Violations = [new FieldViolation("options.bone_mask", rejected.Explanation)] }),
            _ => throw new InvalidOperationException("A reading is accepted or rejected."),
        };
    }

    private PreparedAnalysis PrepareFolder(AnalysisRow row, bool mayReuse, IProgress<AnalysisProgress> progress, CancellationToken cancellationToken)
    {
        (string path, FolderBoundary boundary) = folders.Locate(row.ServerFolder);
        FileHashes hashes = HashFolder(path, boundary, progress, cancellationToken);
        string key = AnalysisKey.Of(hashes, row.SeriesInstanceUid, row.Options, row.MaskSha256, row.AlgorithmVersion);
        if (mayReuse && FindEqual(key, row) is { } equal)
        {
            return equal;
        }

        SeriesCatalog catalog = folders.Scan(row.ServerFolder, ReadingLimits.Default, progress, cancellationToken);
        if (row.SeriesInstanceUid.Length > 0)
        {
            catalog = catalog with { Stacks = [.. catalog.Stacks.Where(stack => stack.SeriesInstanceUid == row.SeriesInstanceUid)] };
        }

        if (catalog.Stacks.IsEmpty)
        {
            throw NoSuchSeries();
        }

        ThrowUnlessOfFilms(row.Options, catalog);
        long maskBytes = OpenMask(row, cancellationToken) is { } mask ? AnalysisMemory.BytesFor(mask) : 0;
        return new PreparedAnalysis(catalog, AnalysisMemory.BytesFor(catalog.Stacks) + maskBytes) { Key = key };
    }

    /// <summary>The stored report of the same files, without the corrections that belong to the other analysis; only where no files were made, which do so too.</summary>
    private PreparedAnalysis? FindEqual(string key, AnalysisRow row)
    {
        AnalysisRow? equal = row.Artifacts == ArtifactKinds.None ? store.FindEnded(key) : null;
        return equal is not null && store.ReportBeforeCorrections(equal.Id) is { } output
            ? new PreparedAnalysis(new SeriesCatalog([], []), 0) { Key = key, Equal = new AnalysisOutcome(equal.State) { Output = output, Error = equal.Error } }
            : null;
    }

    /// <summary>Names and contents of all files below a folder, links that lead out of it left aside as the reader does.</summary>
    private static FileHashes HashFolder(string folder, FolderBoundary boundary, IProgress<AnalysisProgress> progress, CancellationToken cancellationToken)
    {
        const string Stage = "hashing files";
        progress.Report(new AnalysisProgress(Stage, 0));
        List<string> paths = FilesBelow(folder, boundary, cancellationToken);
        string[] hashes = new string[paths.Count];
        int doneCount = 0;
        Parallel.For(0, paths.Count, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, index =>
        {
            hashes[index] = HashFile(paths[index], Path.GetRelativePath(folder, paths[index]), cancellationToken);
            progress.Report(new AnalysisProgress(Stage, (double)Interlocked.Increment(ref doneCount) / paths.Count));
        });
        return FileHashes.Of(hashes);
    }

    private static List<string> FilesBelow(string root, FolderBoundary boundary, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        var visited = new HashSet<string>(StringComparer.Ordinal);
        var folders = new Stack<string>([root]);
        while (folders.TryPop(out string? folder))
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", Everything))
            {
                cancellationToken.ThrowIfCancellationRequested();
                string? path = entry.LinkTarget is null ? entry.FullName : boundary.Resolve(entry.FullName);
                if (path is null || !visited.Add(path))
                {
                    continue;
                }

                if (Directory.Exists(path))
                {
                    folders.Push(path);
                }
                else if (new FileInfo(path) is { Exists: true, Length: > 0 })
                {
                    // What has no length may be a pipe that never answers; the reader skips it too.
                    found.Add(path);
                }
            }
        }

        return found.Count <= ReadingLimits.Default.MaxFileCount ? found : throw new ServiceFault(new ServiceError(ServiceErrorCode.TooManyInstances, "The folder holds too many files."));
    }

    private static string HashFile(string path, string relativePath, CancellationToken cancellationToken)
    {
        const int BufferBytes = 256 << 10;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(relativePath)));
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            while (stream.Read(buffer) is > 0 and int count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer.AsSpan(0, count));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The reader lists it as skipped. Another try may succeed, so no two such files are alike.
            hash.AppendData(RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
