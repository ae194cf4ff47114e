using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Films;

namespace CalcQuant.Dicom.Series;

/// <summary>Images of a series that is not analysed.</summary>
/// <param name="SeriesInstanceUid">Series Instance UID or its placeholder.</param>
/// <param name="Modality">Modality; empty where absent.</param>
/// <param name="ImageCount">Images found.</param>
internal sealed record ForeignSeries(string SeriesInstanceUid, string Modality, int ImageCount);

/// <summary>Looks into every file below some paths, in parallel, and says what each is. Results do not depend on the order in which threads finish.</summary>
internal sealed class FileInspection
{
    /// <summary>Modalities (PS3.3 C.7.3.1.1.1) of objects that describe or annotate images; some of them have pixels all the same.</summary>
    private static readonly string[] NotImages =
    [
        "SR", "KO", "PR", "DOC", "SEG", "RTSTRUCT", "RTPLAN", "RTDOSE", "RTRECORD", "RTINTENT", "RTSEGANN", "RTRAD", "REG", "FID", "RWV", "PLAN",
        "AU", "ECG", "EPS", "HD", "SMR", "ASMT", "ANN", "TEXTUREMAP", "M3D", "STAIN",
    ];

    private FileInspection(ImmutableArray<SliceHeader> slices, ImmutableArray<FilmHeader> films, ImmutableArray<ForeignSeries> foreign, ImmutableArray<SkippedFile> skipped, ILookup<string, SkippedFile> damaged, bool isCutShort)
    {
        Slices = slices;
        Films = films;
        Foreign = foreign;
        Skipped = skipped;
        DamagedByFolder = damaged;
        IsCutShort = isCutShort;
    }

    /// <summary>Frames of CT objects, localizers and screenshots among them.</summary>
    public ImmutableArray<SliceHeader> Slices { get; }

    /// <summary>Radiographs.</summary>
    public ImmutableArray<FilmHeader> Films { get; }

    /// <summary>Images of other modalities.</summary>
    public ImmutableArray<ForeignSeries> Foreign { get; }

    /// <summary>Files that are no images, or cannot be read.</summary>
    public ImmutableArray<SkippedFile> Skipped { get; }

    /// <summary>DICOM files among <see cref="Skipped"/> whose header cannot be read, so that they may belong to any series of their folder.</summary>
    public ILookup<string, SkippedFile> DamagedByFolder { get; }

    /// <summary>True where files were left out because there are too many.</summary>
    public bool IsCutShort { get; }

    /// <summary>Looks into the files.</summary>
    public static FileInspection Of(IReadOnlyList<string> paths, ReadingLimits limits, IProgress<AnalysisProgress>? progress, CancellationToken cancellationToken)
    {
        FileWalk walk = FileWalk.Through(paths, limits.MaxFileCount, cancellationToken, boundary: limits.Boundary);
        Finding[] onDisk = InspectAll(walk.Files, file => InspectFile(file, limits), progress, cancellationToken);
        List<Finding> findings = [.. onDisk.Where(finding => finding is not Finding.Archive)];
        bool isCutShort = walk.IsCutShort;
        var allowance = new ArchiveAllowance(limits, walk.Files.Count);
        foreach (Finding.Archive archive in onDisk.OfType<Finding.Archive>())
        {
            findings.AddRange(InspectArchive(archive, limits, allowance, ref isCutShort, progress, cancellationToken));
        }

        return new FileInspection(
            [.. findings.OfType<Finding.Ct>().SelectMany(finding => finding.Slices)],
            [.. findings.OfType<Finding.Film>().Select(finding => finding.Header)],
            [
                .. findings
                    .OfType<Finding.OtherModality>()
                    .GroupBy(finding => (finding.SeriesInstanceUid, finding.Modality))
                    .Select(group => new ForeignSeries(group.Key.SeriesInstanceUid, group.Key.Modality, group.Sum(finding => finding.ImageCount))),
            ],
            [.. walk.Skipped, .. findings.OfType<Finding.Skipped>().Select(finding => finding.File)],
            findings.OfType<Finding.Skipped>().Where(finding => finding.IsDamaged).Select(finding => finding.File).ToLookup(file => FolderOf(file.Path), StringComparer.Ordinal),
            isCutShort);
    }

    /// <summary>The folder or archive folder of a shown path.</summary>
    public static string FolderOf(string shownPath) => Path.GetDirectoryName(shownPath.Replace('!', Path.DirectorySeparatorChar)) ?? "";

    private static Finding[] InspectAll<T>(IReadOnlyList<T> files, Func<T, Finding> inspect, IProgress<AnalysisProgress>? progress, CancellationToken cancellationToken)
    {
        var findings = new Finding[files.Count];
        ParallelStage.Run(
            "reading headers", files.Count, maxThreadCount: 0, progress, index => findings[index] = inspect(files[index]), cancellationToken);
        return findings;
    }

    private static Finding InspectFile(FoundFile file, ReadingLimits limits)
    {
        DicomReading reading = DicomFile.Read(file.Path, limits);
        return reading is DicomReading.NotDicom && ZipMembers.IsZip(file.Path)
            ? new Finding.Archive(file)
            : Classify(reading, file.ShownPath, member: null, limits);
    }

    private static List<Finding> InspectArchive(
        Finding.Archive archive,
        ReadingLimits limits,
        ArchiveAllowance allowance,
        ref bool isCutShort,
        IProgress<AnalysisProgress>? progress,
        CancellationToken cancellationToken)
    {
        string shownPath = archive.File.ShownPath;
        var members = new ZipMembers(archive.File.Path);
        try
        {
            List<Finding> findings = [];
            List<ZipMember> admitted = allowance.Admit(members.List(), shownPath, out SkippedFile? tooMuch);
            if (tooMuch is not null)
            {
                isCutShort = true;
                findings.Add(new Finding.Skipped(tooMuch));
            }

            findings.AddRange(InspectAll(admitted, member => InspectMember(member, shownPath, limits), progress, cancellationToken));

            // Office documents and the like are .zip archives too: their parts are of no interest one by one.
            return findings.TrueForAll(finding => finding is Finding.Skipped { IsDicom: false })
                ? [new Finding.Skipped(new SkippedFile(shownPath, $"An archive without a file that can be read as DICOM (files: {findings.Count})."))]
                : findings;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return [new Finding.Skipped(new SkippedFile(shownPath, ZipMembers.DamagedExplanation))];
        }
        finally
        {
            members.Close();
        }
    }

    private static Finding InspectMember(ZipMember member, string archivePath, ReadingLimits limits)
    {
        string shownPath = $"{archivePath}!{member.Name}";
        return Classify(member.ReadDicom(shownPath, limits), shownPath, member, limits);
    }

    private static Finding Classify(DicomReading reading, string shownPath, ZipMember? member, ReadingLimits limits)
    {
        switch (reading)
        {
            case DicomReading.Accepted accepted:
                return Classify(accepted.File, shownPath, member, limits);
            case DicomReading.Rejected rejected:
                return new Finding.Skipped(new SkippedFile(shownPath, rejected.Issue.Explanation)) { IsDicom = true, IsDamaged = true };
            case DicomReading.NotDicom notDicom:
                return new Finding.Skipped(new SkippedFile(shownPath, notDicom.Explanation));
            default:
                throw new ArgumentOutOfRangeException(nameof(reading));
        }
    }

    private static Finding Classify(DicomFile file, string shownPath, ZipMember? member, ReadingLimits limits)
    {
        DicomDataSet dataSet = file.DataSet;
        string sopClassUid = dataSet.GetString(DicomTags.SOPClassUID) ?? "";
        string modality = dataSet.GetString(DicomTags.Modality)?.Trim().ToUpperInvariant() ?? "";
        if (sopClassUid == SeriesTags.MediaStorageDirectory || dataSet.Contains(DicomTags.FileSetID))
        {
            return new Finding.Skipped(new SkippedFile(shownPath, "An index file (DICOMDIR).")) { IsDicom = true };
        }

        bool isCtClass = ImageKind.IsCtImage(sopClassUid);
        bool hasImage = dataSet.GetInt32(DicomTags.Rows) is not null && dataSet.GetInt32(DicomTags.Columns) is not null;
        if (NotImages.Contains(modality, StringComparer.Ordinal) || (!hasImage && !isCtClass))
        {
            return new Finding.Skipped(new SkippedFile(
                shownPath,
                $"DICOM, but no image to analyse: modality {(modality.Length == 0 ? "absent" : modality)}, SOP class {(sopClassUid.Length == 0 ? "absent" : sopClassUid)}.")) { IsDicom = true };
        }

        if (modality == "CT" || (modality.Length == 0 && isCtClass))
        {
            var image = new ImageFile(shownPath, member, file, limits);
            return new Finding.Ct(SliceHeader.ReadAll(file, image, limits));
        }

        if (FilmHeader.IsFilm(modality))
        {
            return new Finding.Film(FilmHeader.Read(file, new ImageFile(shownPath, member, file, limits), modality));
        }

        string seriesInstanceUid = dataSet.GetString(DicomTags.SeriesInstanceUID)?.Trim() is { Length: > 0 } uid
            ? uid
            : SeriesCatalog.PlaceholderUid(dataSet.GetString(DicomTags.StudyInstanceUID), shownPath);
        return new Finding.OtherModality(seriesInstanceUid, modality, Math.Max(1, dataSet.GetInt32(DicomTags.NumberOfFrames) ?? 1));
    }

    /// <summary>What one file is.</summary>
    private abstract record Finding
    {
        private Finding()
        {
        }

        public sealed record Ct(ImmutableArray<SliceHeader> Slices) : Finding;

        public sealed record Film(FilmHeader Header) : Finding;

        public sealed record OtherModality(string SeriesInstanceUid, string Modality, int ImageCount) : Finding;

        public sealed record Skipped(SkippedFile File) : Finding
        {
            public bool IsDicom { get; init; }

            public bool IsDamaged { get; init; }
        }

        public sealed record Archive(FoundFile File) : Finding;
    }
}
