using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.PixelData;

namespace CalcQuant.Dicom.Series;

/// <summary>What decoding one file gave, whatever series it belongs to.</summary>
/// <param name="Path">Path as given, or below a path that was given; members of an archive as archive!member.</param>
/// <param name="Summary">Its stored values; null where they cannot be decoded.</param>
/// <param name="Error">Why they cannot; null where they can.</param>
public sealed record DecodedFile(string Path, StoredPixelSummary? Summary, string? Error)
{
    /// <summary>
    /// Decodes every file below some paths, several at a time: the same files that <see cref="SeriesCatalog.Scan"/> looks at. Files come in ordinal
    /// order of their paths, each as soon as it and those before it are done.
    /// </summary>
    /// <param name="paths">Files, folders, a DICOMDIR or .zip archives.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="cancellationToken">Stops between frames.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IEnumerable<DecodedFile> Below(IReadOnlyList<string> paths, ReadingLimits limits, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(limits);
        return DecodeAll(paths, limits, cancellationToken);
    }

    private static IEnumerable<DecodedFile> DecodeAll(IReadOnlyList<string> paths, ReadingLimits limits, CancellationToken cancellationToken)
    {
        List<ZipMembers> archives = [];
        try
        {
            IEnumerable<DecodedFile> files = FindSources(paths, limits, archives, cancellationToken)
                .OrderBy(source => source.ShownPath, StringComparer.Ordinal)
                .AsParallel().AsOrdered().WithMergeOptions(ParallelMergeOptions.NotBuffered).WithCancellation(cancellationToken)
                .Select(source => Decode(source, limits, cancellationToken));
            foreach (DecodedFile file in files)
            {
                yield return file;
            }
        }
        finally
        {
            archives.ForEach(archive => archive.Close());
        }
    }

    private static List<Source> FindSources(IReadOnlyList<string> paths, ReadingLimits limits, List<ZipMembers> archives, CancellationToken cancellationToken)
    {
        FileWalk walk = FileWalk.Through(paths, limits.MaxFileCount, cancellationToken, keepsGivenPaths: true);
        var allowance = new ArchiveAllowance(limits, walk.Files.Count);
        List<Source> sources = [.. walk.Skipped.Select(file => new Source(file.Path, Error: file.Reason))];
        foreach (FoundFile file in walk.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // The first 128 bytes of a DICOM file may be anything (PS3.10 7.1), the signature of an archive included.
            if (!ZipMembers.IsZip(file.Path) || DicomFile.Read(file.Path, limits) is not DicomReading.NotDicom)
            {
                sources.Add(new Source(file.ShownPath, file.Path));
                continue;
            }

            var archive = new ZipMembers(file.Path);
            archives.Add(archive);
            sources.AddRange(FindMembers(archive, file.ShownPath, allowance));
        }

        return sources;
    }

    private static List<Source> FindMembers(ZipMembers archive, string shownPath, ArchiveAllowance allowance)
    {
        try
        {
            List<Source> sources = [.. allowance.Admit(archive.List(), shownPath, out SkippedFile? tooMuch)
                .Select(member => new Source($"{shownPath}!{member.Name}", Member: member))];
            if (tooMuch is not null)
            {
                sources.Add(new Source(tooMuch.Path, Error: tooMuch.Reason));
            }

            return sources.Count > 0 ? sources : [new Source(shownPath, Error: "The archive is empty.")];
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return [new Source(shownPath, Error: ZipMembers.DamagedExplanation)];
        }
    }

    private static DecodedFile Decode(Source source, ReadingLimits limits, CancellationToken cancellationToken)
    {
        if (source.Error is not null)
        {
            return new DecodedFile(source.ShownPath, null, source.Error);
        }

        switch (source.Member?.ReadDicom(source.ShownPath, limits) ?? DicomFile.Read(source.Path!, limits))
        {
            case DicomReading.Accepted accepted:
                return StoredPixelSummary.TryCreate(accepted.File, limits, out StoredPixelSummary? summary, out SeriesIssue issue, cancellationToken)
                    ? new DecodedFile(source.ShownPath, summary, null)
                    : new DecodedFile(source.ShownPath, null, issue.Explanation);
            case DicomReading.NotDicom notDicom:
                return new DecodedFile(source.ShownPath, null, notDicom.Explanation);
            case DicomReading.Rejected rejected:
                return new DecodedFile(source.ShownPath, null, rejected.Issue.Explanation);
            default:
                throw new InvalidOperationException("A file is accepted, rejected or not DICOM.");
        }
    }

    /// <summary>Where one file comes from: a path, an archive member, or nowhere with the reason.</summary>
    private sealed record Source(string ShownPath, string? Path = null, ZipMember? Member = null, string? Error = null);
}
