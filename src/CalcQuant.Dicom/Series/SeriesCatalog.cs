using System.Collections.Immutable;
using System.Security.Cryptography;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Films;

namespace CalcQuant.Dicom.Series;

/// <summary>Everything found below some paths: stacks that may be analysed, and what was skipped with its reason.</summary>
/// <param name="Stacks">One entry per stack of each series, in order of series UID and stack number; refused ones included.</param>
/// <param name="Skipped">Files that are no image of a series, scouts and screenshots of CT scanners among them.</param>
public sealed record SeriesCatalog(ImmutableArray<SeriesStack> Stacks, ImmutableArray<SkippedFile> Skipped)
{
    private ILookup<string, SeriesFile>? Files { get; init; }

    /// <summary>The files of a series of CT or of radiographs, in ordinal order of their paths; none for a series of another modality.</summary>
    public IEnumerable<SeriesFile> FilesOf(string seriesInstanceUid) => Files?[seriesInstanceUid] ?? [];

    /// <summary>
    /// Reads the headers below <paramref name="paths"/>: files, folders (nested, hidden files too, links followed once), the folder of a DICOMDIR,
    /// members of .zip archives.
    /// </summary>
    /// <param name="paths">Files and folders. One that does not exist is listed as skipped.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="progress">Told after each file; may be null. Called from several threads.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static SeriesCatalog Scan(
        IReadOnlyList<string> paths,
        ReadingLimits limits,
        IProgress<AnalysisProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(limits);
        FileInspection inspection = FileInspection.Of(paths, limits, progress, cancellationToken);
        var skipped = new List<SkippedFile>(inspection.Skipped);
        List<SeriesStack> stacks = [.. inspection.Foreign.Select(CreateForeign)];
        foreach (IGrouping<string, SliceHeader> series in inspection.Slices
            .GroupBy(slice => slice.SeriesInstanceUid ?? PlaceholderUid(slice.StudyInstanceUid, slice.File.ShownPath), StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            stacks.AddRange(AssembleSeries(series.Key, [.. series], inspection, limits, skipped, cancellationToken));
        }

        foreach (IGrouping<(string Uid, string Modality), FilmHeader> series in inspection.Films
            .GroupBy(film => (film.SeriesInstanceUid ?? PlaceholderUid(film.Acquisition.StudyInstanceUid, film.File.ShownPath), film.Modality)))
        {
            stacks.AddRange(NumberFilms(series.Key.Uid, [.. series], skipped));
        }

        return new SeriesCatalog(
            [
                .. stacks
                    .OrderBy(stack => stack.SeriesInstanceUid, StringComparer.Ordinal)
                    .ThenBy(stack => stack.Modality, StringComparer.Ordinal)
                    .ThenBy(stack => stack.Acquisition.StackNumber),
            ],
            [.. skipped.OrderBy(file => file.Path, StringComparer.Ordinal)])
        {
            Files = CollectFiles(inspection, stacks),
        };
    }

    private static ILookup<string, SeriesFile> CollectFiles(FileInspection inspection, List<SeriesStack> stacks)
    {
        HashSet<ImageFile> measured = [.. stacks.SelectMany(stack => stack.Slices).Select(slice => slice.File), .. stacks.Select(stack => stack.Film?.File).OfType<ImageFile>()];
        return inspection.Slices.Select(slice => (slice.File, slice.SeriesInstanceUid, slice.StudyInstanceUid))
            .Concat(inspection.Films.Select(film => (film.File, film.SeriesInstanceUid, film.Acquisition.StudyInstanceUid)))
            .DistinctBy(image => image.File)
            .OrderBy(image => image.File.ShownPath, StringComparer.Ordinal)
            .ToLookup(
                image => image.SeriesInstanceUid ?? PlaceholderUid(image.StudyInstanceUid, image.File.ShownPath),
                image => new SeriesFile(image.File, image.StudyInstanceUid, measured.Contains(image.File)),
                StringComparer.Ordinal);
    }

    /// <summary>Each film is a stack of its own, in the order of instance numbers. A film that lies there twice is measured once.</summary>
    private static IEnumerable<SeriesStack> NumberFilms(string seriesInstanceUid, List<FilmHeader> films, List<SkippedFile> skipped)
    {
        List<FilmHeader> ordered = [.. films.OrderBy(film => film.Order.Number).ThenBy(film => film.Order.Uid, StringComparer.Ordinal).ThenBy(film => film.File.ShownPath, StringComparer.Ordinal)];
        var distinct = new List<FilmHeader>();
        foreach (FilmHeader film in ordered)
        {
            if (film.Order.Uid.Length > 0 && distinct.Exists(other => other.Order.Uid == film.Order.Uid))
            {
                skipped.Add(new SkippedFile(film.File.ShownPath, "SOP Instance UID (0008,0018) is that of another file of the series, which was taken."));
            }
            else
            {
                distinct.Add(film);
            }
        }

        return distinct.Select((film, index) => SeriesStack.Create(seriesInstanceUid, film, index + 1, distinct.Count));
    }

    private static IEnumerable<SeriesStack> AssembleSeries(string seriesInstanceUid, List<SliceHeader> slices, FileInspection inspection, ReadingLimits limits, List<SkippedFile> skipped, CancellationToken cancellationToken)
    {
        // From here on nothing depends on names of files or the order in which they were found.
        slices = [.. slices.OrderBy(slice => slice.SopInstanceUid, StringComparer.Ordinal).ThenBy(slice => slice.Frame)];
        List<SliceHeader> axial = [.. slices.Where(slice => slice.NotAxial is null)];
        skipped.AddRange(SkipNotAxial(slices));
        if (axial.Count == 0)
        {
            // Nearly every study has a scout or a dose screen in a series of its own. Nothing could be measured there, so nothing is refused.
            return [];
        }

        List<SeriesIssue> seriesIssues = [.. FindSeriesIssues(slices, inspection, limits)];
        var duplicates = new SliceDuplicates(cancellationToken);
        var reasons = new SortedSet<string>(StringComparer.Ordinal);
        List<SliceStack> stacks = [];
        foreach (List<SliceHeader> alike in StackSplitting.SplitByHeader(axial, reasons))
        {
            if (!SliceStack.IsPlaced(alike))
            {
                stacks.Add(SliceStack.Arrange(alike, duplicates, 0, limits));
                continue;
            }

            List<SliceHeader> distinct = duplicates.DropCopies(alike, out int copyCount);
            foreach (List<SliceHeader> part in StackSplitting.SplitByPosition(distinct, reasons))
            {
                stacks.Add(SliceStack.Arrange(part, duplicates, copyCount, limits));
                copyCount = 0;
            }
        }

        stacks = [.. stacks.OrderByDescending(stack => stack.Slices.Length).ThenBy(stack => stack.Slices.Min(slice => slice.SopInstanceUid), StringComparer.Ordinal)];
        if (stacks.Count > 1)
        {
            seriesIssues.Add(new SeriesIssue(
                SeriesIssueCode.SplitIntoStacks,
                $"The series holds {stacks.Count} stacks, told apart by {string.Join("; ", reasons)}."));
        }

        return stacks.Select((stack, index) => SeriesStack.Create(seriesInstanceUid, stack, index + 1, stacks.Count, seriesIssues));
    }

    /// <summary>Pictures that are no cross-sections: one entry for a file that holds nothing else, or else one for each such frame.</summary>
    private static IEnumerable<SkippedFile> SkipNotAxial(List<SliceHeader> slices) => slices
        .GroupBy(slice => slice.File)
        .SelectMany(file => file.All(slice => slice.NotAxial is not null)
            ? [new SkippedFile(file.Key.ShownPath, file.First().NotAxial!)]
            : file.Where(slice => slice.NotAxial is not null).Select(slice => new SkippedFile(file.Key.ShownPath, $"Frame {slice.Frame + 1}: {slice.NotAxial}")));

    /// <summary>What is wrong with a series as a whole.</summary>
    private static IEnumerable<SeriesIssue> FindSeriesIssues(List<SliceHeader> slices, FileInspection inspection, ReadingLimits limits)
    {
        if (slices[0].SeriesInstanceUid is null)
        {
            yield return new SeriesIssue(SeriesIssueCode.InvalidHeader, "Series Instance UID (0020,000E) is absent: what belongs together is unknown.", slices[0].SopInstanceUid);
        }

        if (inspection.IsCutShort)
        {
            yield return new SeriesIssue(SeriesIssueCode.LimitExceeded, $"More than {limits.MaxFileCount} files were given: the series may be incomplete.");
        }

        int damagedCount = slices.Select(slice => FileInspection.FolderOf(slice.File.ShownPath)).Distinct(StringComparer.Ordinal).Sum(folder => inspection.DamagedByFolder[folder].Count());
        if (damagedCount > 0)
        {
            yield return new SeriesIssue(
                SeriesIssueCode.HeaderContradiction,
                $"Damaged DICOM files lie beside the series ({damagedCount}): should they belong to it, it is incomplete.");
        }

        int instanceCount = slices.Select(slice => slice.SopInstanceUid).Distinct(StringComparer.Ordinal).Count();
        if (slices.Max(slice => slice.SeriesInstanceCount) is { } announced && announced > instanceCount)
        {
            yield return new SeriesIssue(
                SeriesIssueCode.HeaderContradiction,
                $"Number of Series Related Instances (0020,1209) is {announced}, but {instanceCount} were found: the series may be incomplete.");
        }

        foreach (var concatenation in slices.Select(slice => slice.Concatenation).OfType<(string Uid, int? Number, int? Total)>().GroupBy(part => part.Uid, StringComparer.Ordinal))
        {
            int found = concatenation.Select(part => part.Number).Distinct().Count();
            if (concatenation.Max(part => part.Total) is { } total && found < total)
            {
                yield return new SeriesIssue(
                    SeriesIssueCode.MissingSlice,
                    $"In-concatenation Total Number (0020,9163) is {total}, but {found} parts of the concatenation were found.");
            }
        }
    }

    private static SeriesStack CreateForeign(ForeignSeries series) => SeriesStack.CreateRefused(
        series.SeriesInstanceUid,
        series.Modality,
        series.ImageCount,
        new SeriesIssue(
            SeriesIssueCode.ModalityNotSupported,
            series.Modality.Length == 0 ? "Modality (0008,0060) is absent; only CT and radiographs (CR, DX, MG, PX, IO, RG) are analysed." : $"Modality (0008,0060) is {series.Modality}; only CT and radiographs (CR, DX, MG, PX, IO, RG) are analysed."));

    /// <summary>Stands for the Series Instance UID where there is none: all such images of one study, or else of one folder.</summary>
    internal static string PlaceholderUid(string? studyInstanceUid, string shownPath)
    {
        string identity = studyInstanceUid ?? FileInspection.FolderOf(shownPath);
        return "no-series-uid-" + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(identity)))[..12];
    }
}

/// <summary>A file that was not used.</summary>
/// <param name="Path">Path as found below the given paths; members of an archive as archive!member.</param>
/// <param name="Reason">Why.</param>
public sealed record SkippedFile(string Path, string Reason);
