using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Cli.Output;
using CalcQuant.Cli.Remote;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Series;
using CalcQuant.Export;
using CalcQuant.Imaging;
using CalcQuant.Radiography;

namespace CalcQuant.Cli.Commands;

/// <summary><c>calcquant analyze</c>: every series below some paths becomes its report or its refusal.</summary>
internal sealed class AnalyzeCommand
{
    /// <summary>Files, folders, archives; they exist.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Where the JSON goes; "-" is standard output, null nowhere.</summary>
    public string? JsonPath { get; init; }

    /// <summary>Where the CSV goes.</summary>
    public string? CsvPath { get; init; }

    /// <summary>Folder of the pictures.</summary>
    public string? OverlayFolder { get; init; }

    /// <summary>Folder of the label volumes.</summary>
    public string? LabelFolder { get; init; }

    /// <summary>File, with the ending .nii.gz, or folder of the skeleton.</summary>
    public string? BoneMaskOutput { get; init; }

    /// <summary>The only series wanted; null for all.</summary>
    public string? SeriesInstanceUid { get; init; }

    /// <summary>Tables and JSON tell how long each stage took, and so differ from run to run.</summary>
    public bool WritesStageTimes { get; init; }

    /// <summary>No tables, no progress.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>The service that does it; null to do it here.</summary>
    public ServerAddress? Server { get; init; }

    /// <summary>The file that the bone mask of <see cref="Options"/> was read from, to send it to a service; null where there is no mask.</summary>
    public string? BoneMaskPath { get; init; }

    /// <summary>What is measured with.</summary>
    public AnalysisOptions Options { get; init; } = new();

    /// <summary>Where deposits lie in radiographs; joined to <see cref="Options"/> when it is known which images there are.</summary>
    public ImmutableArray<RoiPlace> Places { get; init; } = [];

    private bool JsonToOutput => JsonPath == "-";

    /// <summary>The file of the skeleton, where it is one.</summary>
    public string? BoneMaskFile => BoneMaskOutput is { } path && path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(path) ? path : null;

    /// <summary>The folder of the skeletons, where it is not one file.</summary>
    public string? BoneMaskFolder => BoneMaskFile is null ? BoneMaskOutput : null;

    private bool PrintsTables => !IsQuiet && !JsonToOutput;

    /// <summary>Runs the command.</summary>
    public ExitCode Run(Terminal terminal, CancellationToken cancellationToken)
    {
        // Outputs are opened first: a long analysis must not end with "permission denied".
        if (!TryOpen(JsonToOutput ? null : JsonPath, terminal, out PendingFile? json))
        {
            return ErrorTable.BadArguments.ExitCode;
        }

        using (json)
        {
            if (!TryOpen(CsvPath, terminal, out PendingFile? csv))
            {
                return ErrorTable.BadArguments.ExitCode;
            }

            using (csv)
            {
                if (!TryOpen(BoneMaskFile, terminal, out PendingFile? bone))
                {
                    return ErrorTable.BadArguments.ExitCode;
                }

                using (bone)
                {
                    return TryCreateFolder(OverlayFolder, terminal) && TryCreateFolder(LabelFolder, terminal) && TryCreateFolder(BoneMaskFolder, terminal)
                        ? Run(json, csv, bone, terminal, cancellationToken)
                        : ErrorTable.BadArguments.ExitCode;
                }
            }
        }
    }

    private ExitCode Run(PendingFile? json, PendingFile? csv, PendingFile? bone, Terminal terminal, CancellationToken cancellationToken)
    {
        SeriesCatalog catalog = terminal.WithProgress(
            IsQuiet, progress => SeriesCatalog.Scan(Paths, ReadingLimits.Default, progress, cancellationToken));
        List<SeriesStack> stacks = [.. catalog.Stacks.Where(stack => SeriesInstanceUid is null || stack.SeriesInstanceUid == SeriesInstanceUid)];
        if (stacks.Count == 0 && !catalog.Stacks.IsEmpty)
        {
            terminal.Complain($"no series {SeriesInstanceUid} below the given paths");
            return ErrorTable.BadArguments.ExitCode;
        }

        if (bone is not null && stacks.Count > 1)
        {
            terminal.Complain($"--bone-mask {BoneMaskFile} is one file, and there are {stacks.Count} stacks: give a folder, or choose with --series");
            return ErrorTable.BadArguments.ExitCode;
        }

        if (!TryResolvePlaces(stacks, terminal, out ImmutableArray<GuidedPlace> places))
        {
            return ErrorTable.BadArguments.ExitCode;
        }

        AnalysisOptions options = Options with { GuidedPlaces = places };
        var reports = new List<AnalysisReport>();
        using RemoteAnalysis? remote = Server is null ? null : RemoteAnalysis.Prepare(this, options, catalog);
        foreach (SeriesStack stack in stacks)
        {
            AnalysisReport report = terminal.WithProgress(
                IsQuiet, progress => remote is null
                    ? Analyze(stack, options, reports.Count + 1, bone, progress, cancellationToken)
                    : remote.Analyze(stack, reports.Count + 1, bone, progress, cancellationToken));
            reports.Add(report);
            if (PrintsTables)
            {
                ReportPrinter.Print(terminal.Console, report, WritesStageTimes);
            }
        }

        if (PrintsTables)
        {
            SkippedPrinter.Print(terminal.Console, catalog.Skipped);
        }

        if (json is not null || csv is not null || JsonToOutput)
        {
            Write(reports, catalog, json, csv, terminal);
        }

        TellUnusedCorrections(stacks, terminal);
        TellNoVolumeOfFilms(reports, terminal);
        return Conclude(reports, catalog, terminal);
    }

    /// <summary>Corrections of series that were not analysed stand in no report.</summary>
    private void TellUnusedCorrections(List<SeriesStack> stacks, Terminal terminal)
    {
        HashSet<(string Series, int Stack)> analysed = [.. stacks.Select(stack => (stack.SeriesInstanceUid, stack.Acquisition.StackNumber))];
        foreach ((int index, RegionCorrection correction) in Options.Corrections.Index())
        {
            if (!analysed.Contains((correction.SeriesInstanceUid, correction.StackNumber)))
            {
                terminal.Complain($"--override entry {index + 1} is of no stack that was analysed: series {Terminal.OneLine(correction.SeriesInstanceUid)}, stack {correction.StackNumber}");
            }
        }
    }

    /// <summary>A file that was asked for and cannot be must not be missing in silence.</summary>
    private void TellNoVolumeOfFilms(List<AnalysisReport> reports, Terminal terminal)
    {
        int filmCount = reports.Count(report => report.Film is not null);
        if (filmCount > 0 && (LabelFolder is not null || BoneMaskOutput is not null))
        {
            terminal.Complain($"{(filmCount == 1 ? "a radiograph has" : $"{filmCount} radiographs have")} no voxels: no label volume and no bone mask was written of {(filmCount == 1 ? "it" : "them")}");
        }
    }

    /// <summary>A place that is of no radiograph here, a wrong file name say, is told before anything is measured.</summary>
    private bool TryResolvePlaces(List<SeriesStack> stacks, Terminal terminal, out ImmutableArray<GuidedPlace> places)
    {
        ImmutableArray<GuidedPlace>.Builder resolved = ImmutableArray.CreateBuilder<GuidedPlace>(Places.Length);
        bool isRight = true;
        foreach ((int index, RoiPlace place) in Places.Index())
        {
            if (place.Resolve(stacks, out GuidedPlace own) is { } problem)
            {
                terminal.Complain($"--roi {own.Title(index)}: {Terminal.OneLine(problem)}");
                isRight = false;
            }

            resolved.Add(own);
        }

        places = resolved.ToImmutable();
        return isRight;
    }

    private AnalysisReport Analyze(SeriesStack stack, AnalysisOptions options, int number, PendingFile? bone, IProgress<AnalysisProgress>? progress, CancellationToken cancellationToken)
    {
        using StackOutcome outcome = StackAnalysis.Run(stack, options, progress, cancellationToken);
        if (outcome is { Result: { } result, Volume: { } volume })
        {
            if (OverlayFolder is not null)
            {
                WriteOverlays(OverlayRenderer.Render(volume, result, cancellationToken: cancellationToken), result.Report.SeriesInstanceUid, number, progress);
            }

            if (LabelFolder is not null)
            {
                WriteLabels(volume, result, number);
            }

            if (BoneMaskOutput is not null)
            {
                WriteBone(volume, result, number, bone);
            }
        }

        if (outcome.Film is { } film && OverlayFolder is not null)
        {
            WriteOverlays([FilmOverlay.Render(film)], film.Report.SeriesInstanceUid, number, progress);
        }

        return outcome.Report;
    }

    private void WriteLabels(CtVolume volume, CalcificationResult result, int number)
    {
        using PendingFile file = PendingFile.Create(Path.Combine(LabelFolder!, OverlayNames.FolderOf(number, result.Report.SeriesInstanceUid) + ".nii.gz"));
        NiftiLabels.Write(volume.Geometry, result.Segmentation, [.. result.Report.Regions.Select(region => region.Id)], file.Stream);
        file.Commit();
    }

    private void WriteBone(CtVolume volume, CalcificationResult result, int number, PendingFile? bone)
    {
        PendingFile file = bone ?? PendingFile.Create(Path.Combine(BoneMaskFolder!, OverlayNames.FolderOf(number, result.Report.SeriesInstanceUid) + ".nii.gz"));
        using (file)
        {
            NiftiLabels.WriteBone(volume.Geometry, result.Segmentation.Bone, file.Stream);
            file.Commit();
        }
    }

    private void WriteOverlays(IEnumerable<OverlayPicture> pictures, string seriesInstanceUid, int number, IProgress<AnalysisProgress>? progress)
    {
        string folder = Path.Combine(OverlayFolder!, OverlayNames.FolderOf(number, seriesInstanceUid));
        Directory.CreateDirectory(folder);
        progress?.Report(new AnalysisProgress("overlays", 0));
        foreach (OverlayPicture picture in pictures)
        {
            using PendingFile file = PendingFile.Create(Path.Combine(folder, picture.Name));
            file.Stream.Write(picture.Png);
            file.Commit();
        }

        progress?.Report(new AnalysisProgress("overlays", 1));
    }

    private void Write(List<AnalysisReport> reports, SeriesCatalog catalog, PendingFile? json, PendingFile? csv, Terminal terminal)
    {
        var output = new Api.V1.AnalysisOutput();
        output.Reports.AddRange(reports.Select(report => report.ToMessage()));
        output.Skipped.AddRange(catalog.Skipped.Select(file => new Api.V1.SkippedFile { Path = file.Path, Reason = file.Reason }));
        if (!WritesStageTimes)
        {
            output.WithoutStageTimes();
        }

        if (json is not null)
        {
            ReportJson.Write(output, json.Stream);
            json.Commit();
        }

        if (JsonToOutput)
        {
            ReportJson.Write(output, terminal.Out);
        }

        if (csv is not null)
        {
            ReportCsv.Write(output.Reports, csv.Stream);
            csv.Commit();
        }
    }

    private static ExitCode Conclude(List<AnalysisReport> reports, SeriesCatalog catalog, Terminal terminal)
    {
        if (reports.Count == 0)
        {
            terminal.Complain(NothingFound(catalog));
            return ErrorTable.NothingReadable.ExitCode;
        }

        ExitCode exitCode = ExitCode.Done;
        foreach (AnalysisReport report in reports)
        {
            ErrorEntry entry = ErrorTable.For(report);
            if (entry.ExitCode != ExitCode.Done)
            {
                exitCode = entry.ExitCode;
                terminal.Complain($"refused series {report.SeriesInstanceUid}: {report.Issues[0].Explanation}");
            }
        }

        return exitCode;
    }

    internal static string NothingFound(SeriesCatalog catalog) => catalog.Skipped.Length switch
    {
        0 => "nothing to analyse: no files found",
        1 => $"nothing to analyse: {catalog.Skipped[0].Path}: {catalog.Skipped[0].Reason}",
        int count => $"nothing to analyse: {count} files skipped, the first {catalog.Skipped[0].Path}: {catalog.Skipped[0].Reason}",
    };

    private static bool TryOpen(string? path, Terminal terminal, out PendingFile? file)
    {
        file = null;
        if (path is null)
        {
            return true;
        }

        try
        {
            file = PendingFile.Create(path);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            terminal.Complain($"cannot write {path}: {failure.Message}");
            return false;
        }
    }

    private static bool TryCreateFolder(string? folder, Terminal terminal)
    {
        if (folder is null)
        {
            return true;
        }

        try
        {
            Directory.CreateDirectory(folder);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            terminal.Complain($"cannot create {folder}: {failure.Message}");
            return false;
        }
    }
}
