using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Cli.Commands;
using CalcQuant.Cli.Output;
using CalcQuant.Dicom.Derived;
using CalcQuant.Dicom.Series;
using Google.Protobuf;
using Grpc.Core;
using AnalysisOptions = CalcQuant.Analysis.AnalysisOptions;
using AnalysisReport = CalcQuant.Analysis.AnalysisReport;
using SeriesIssue = CalcQuant.Analysis.SeriesIssue;
using SeriesStack = CalcQuant.Dicom.Series.SeriesStack;
using Verdict = CalcQuant.Analysis.Verdict;

namespace CalcQuant.Cli.Remote;

/// <summary>
/// Analyses the series of a catalogue elsewhere: sends their files, waits, and gives each stack the report that it would have got here. What the headers
/// refuse is not sent.
/// </summary>
internal sealed class RemoteAnalysis : IDisposable
{
    private readonly ServiceConnection _service;
    private readonly SeriesCatalog _catalog;
    private readonly AnalyzeSeriesRequest _request;
    private string? _currentSeries;
    private string _currentName = string.Empty;
    private List<AnalysisReport> _currentReports = [];

    private readonly string? _overlayFolder;
    private readonly string? _labelFolder;
    private readonly string? _boneMaskFolder;

    private RemoteAnalysis(ServiceConnection service, SeriesCatalog catalog, AnalyzeSeriesRequest request, AnalyzeCommand command)
    {
        _service = service;
        _catalog = catalog;
        _request = request;
        _overlayFolder = command.OverlayFolder;
        _labelFolder = command.LabelFolder;
        _boneMaskFolder = command.BoneMaskFolder;
    }

    /// <summary>Prepares the analyses of a command; the first one connects.</summary>
    /// <param name="command">The command.</param>
    /// <param name="options">What is measured with, guided places of the catalogue's films included.</param>
    /// <param name="catalog">What is there.</param>
    /// <exception cref="RemoteFailure">A key or certificate cannot be used.</exception>
    public static RemoteAnalysis Prepare(AnalyzeCommand command, AnalysisOptions options, SeriesCatalog catalog)
    {
        var request = new AnalyzeSeriesRequest { Options = Describe(options) };
        if (command.BoneMaskPath is { } path)
        {
            request.Options.BoneMask = ReadMask(path);
            request.Options.BoneMask.Labels.AddRange(command.Options.BoneLabels);
        }

        if (command.OverlayFolder is not null)
        {
            request.Artifacts.Add(ArtifactKind.Overlays);
        }

        if (command.LabelFolder is not null)
        {
            request.Artifacts.Add(ArtifactKind.LabelVolume);
        }

        if (command.BoneMaskOutput is not null)
        {
            request.Artifacts.Add(ArtifactKind.BoneMask);
        }

        return new RemoteAnalysis(ServiceConnection.Open(command.Server!), catalog, request, command);
    }

    private static Api.V1.AnalysisOptions Describe(AnalysisOptions options)
    {
        var message = new Api.V1.AnalysisOptions { Connectivity = ToMessage(options.Connectivity) };
        if (options.ThresholdHu is { } thresholdHu)
        {
            message.ThresholdHu = thresholdHu;
        }

        if (options.MilligramsPerCm3PerHu is { } factor)
        {
            message.Calibration = new Calibration { MilligramsPerCm3PerHu = factor, Origin = options.CalibrationOrigin ?? string.Empty };
        }

        message.CalibrationRods.AddRange(options.CalibrationRods.Select(rod => rod.ToMessage()));
        message.ScannerCalibrations.AddRange(options.ScannerCalibrations.Select(entry => entry.ToMessage()));
        if (options.RegionOfInterest is { } box)
        {
            message.RegionOfInterestLpsMm = new Api.V1.LpsBox { Min = ToMessage(box.Min), Max = ToMessage(box.Max) };
        }

        if (options.MinimumVolumeMm3 is { } minimumVolumeMm3)
        {
            message.MinimumVolumeMm3 = minimumVolumeMm3;
        }

        message.GuidedPlaces.AddRange(options.GuidedPlaces.Select(place => place.ToMessage()));
        message.GuidedOnly = options.GuidedOnly;
        return message;
    }

    /// <summary>The report of one stack, its files written. The first stack of a series has the whole series analysed.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="number">Number of its report, from 1.</param>
    /// <param name="bone">File of the skeleton, where it is to be one; may be null.</param>
    /// <param name="progress">Told of the upload and of each stage; may be null.</param>
    /// <param name="cancellationToken">Gives up, here and there.</param>
    /// <exception cref="RemoteFailure">The service cannot be reached, says no, or speaks of other slices.</exception>
    /// <exception cref="OperationCanceledException">The user gave up; the analysis is cancelled.</exception>
    public AnalysisReport Analyze(SeriesStack stack, int number, PendingFile? bone, IProgress<AnalysisProgress>? progress, CancellationToken cancellationToken)
    {
        if (stack.Verdict == Verdict.Refused)
        {
            return AnalysisReport.Refused(stack.SeriesInstanceUid, stack.Modality, stack.Issues, stack.Acquisition);
        }

        if (_currentSeries != stack.SeriesInstanceUid)
        {
            _currentReports = _service.Run(_ => AnalyzeSeriesAsync(stack.SeriesInstanceUid, progress, cancellationToken));
            _currentSeries = stack.SeriesInstanceUid;
        }

        AnalysisReport? report = _currentReports.Find(found => found.Acquisition?.StackNumber == stack.Acquisition.StackNumber);
        if (report is null || !IsOf(report, stack))
        {
            throw new RemoteFailure($"the service holds other images of series {stack.SeriesInstanceUid} than the given paths; its report is not of these", ExitCode.Refused);
        }

        if (_overlayFolder is not null && report.Verdict != Verdict.Refused)
        {
            string folder = Path.Combine(_overlayFolder, OverlayNames.FolderOf(number, stack.SeriesInstanceUid));
            Download(stack, ArtifactKind.Overlays, name => Path.Combine(folder, name), cancellationToken);
        }

        // One projection has no voxels: of a radiograph there is neither a label volume nor a skeleton.
        bool hasVolume = report.Verdict != Verdict.Refused && report.Film is null;
        if (_labelFolder is not null && hasVolume)
        {
            string path = Path.Combine(_labelFolder, OverlayNames.FolderOf(number, stack.SeriesInstanceUid) + ".nii.gz");
            Download(stack, ArtifactKind.LabelVolume, _ => path, cancellationToken);
        }

        if (_boneMaskFolder is not null && hasVolume)
        {
            string path = Path.Combine(_boneMaskFolder, OverlayNames.FolderOf(number, stack.SeriesInstanceUid) + ".nii.gz");
            Download(stack, ArtifactKind.BoneMask, _ => path, cancellationToken);
        }

        if (bone is not null && hasVolume)
        {
            DownloadInto(stack, bone, cancellationToken);
        }

        return WithIssuesOf(stack, report);
    }

    /// <inheritdoc/>
    public void Dispose() => _service.Dispose();

    private async Task<List<AnalysisReport>> AnalyzeSeriesAsync(string seriesInstanceUid, IProgress<AnalysisProgress>? progress, CancellationToken cancellationToken)
    {
        await SendFilesAsync(seriesInstanceUid, progress, cancellationToken);
        AnalyzeSeriesRequest request = _request.Clone();
        request.Series = new SeriesReference { SeriesInstanceUid = seriesInstanceUid };
        KeepPlacesOf(seriesInstanceUid, request.Options);
        AnalysisResult? result = null;
        try
        {
            using AsyncServerStreamingCall<AnalyzeSeriesResponse> call = _service.Analyses.AnalyzeSeries(request, cancellationToken: cancellationToken);
            await foreach (AnalyzeSeriesResponse answer in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                result = answer.Result ?? result;
                if (answer.Progress is { Stage.Length: > 0 } running)
                {
                    progress?.Report(new AnalysisProgress(running.Stage, running.StageFraction));
                }
            }
        }
        catch (RpcException) when (result?.Output?.Reports.Count > 0)
        {
            // A series that was refused ends the call with an error; its reports say the same, stack by stack.
        }

        _currentName = result?.Analysis.Name ?? string.Empty;
        return [.. (result?.Output?.Reports ?? []).Select(RemoteReports.Read)];
    }

    /// <summary>A service is asked for one series at a time, and does not take places of images that it is not asked for.</summary>
    private void KeepPlacesOf(string seriesInstanceUid, Api.V1.AnalysisOptions options)
    {
        SeriesStack[] stacks = [.. _catalog.Stacks.Where(stack => stack.SeriesInstanceUid == seriesInstanceUid && stack.FilmPath is not null)];
        HashSet<string> films = [.. stacks.SelectMany(stack => stack.Acquisition.SopInstanceUids)];
        Api.V1.GuidedPlace[] kept = [.. options.GuidedPlaces.Where(place => place.SopInstanceUid.Length > 0 ? films.Contains(place.SopInstanceUid) : films.Count > 0)];
        options.GuidedPlaces.Clear();
        options.GuidedPlaces.AddRange(kept);
    }

    private async Task SendFilesAsync(string seriesInstanceUid, IProgress<AnalysisProgress>? progress, CancellationToken cancellationToken)
    {
        List<SeriesFile> files = [.. _catalog.FilesOf(seriesInstanceUid)];
        try
        {
            var upload = new StudyUpload(_service);
            await upload.SendAsync([.. files.Select(FileToSend.Of)], progress, cancellationToken);

            // Without a slice the numbers would be wrong; a scout or a copy may be missing.
            HashSet<string> needed = [.. files.Where(file => file.HoldsSlice).Select(file => file.ShownPath)];
            if (upload.Rejected.FirstOrDefault(file => needed.Contains(file.ShownPath)) is { } rejected)
            {
                throw new RemoteFailure(
                    $"the service did not take {rejected.ShownPath}: {rejected.Message}",
                    rejected.Reason.Length == 0 ? ExitCode.Refused : RemoteErrors.ExitCodeOf(rejected.Reason));
            }
        }
        finally
        {
            files.ForEach(file => file.Close());
        }
    }

    private void Download(SeriesStack stack, ArtifactKind kind, Func<string, string> place, CancellationToken cancellationToken)
    {
        // The files of several stacks stand in a folder each.
        string prefix = stack.Acquisition.StackCount > 1 ? string.Create(CultureInfo.InvariantCulture, $"{stack.Acquisition.StackNumber}/") : string.Empty;
        _service.Run(service => ArtifactDownload.WriteAsync(
            service, _currentName, kind, name => name.StartsWith(prefix, StringComparison.Ordinal) ? place(name[prefix.Length..]) : null, cancellationToken));
    }

    /// <summary>Downloads the skeleton into a file that is open already, by way of a folder of its own.</summary>
    private void DownloadInto(SeriesStack stack, PendingFile file, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("calcquant-bone-");
        try
        {
            string path = Path.Combine(folder.FullName, "bone.nii.gz");
            Download(stack, ArtifactKind.BoneMask, _ => path, cancellationToken);
            using (FileStream downloaded = File.OpenRead(path))
            {
                downloaded.CopyTo(file.Stream);
            }

            file.Commit();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static BoneMask ReadMask(string path)
    {
        ByteString bytes = UnsafeByteOperations.UnsafeWrap(File.ReadAllBytes(path));

        // A DICOM file has a magic word after its preamble (PS3.10 7.1); everything else is left to the service to tell.
        return SegmentationReader.IsDicom(bytes.Span)
            ? new BoneMask { DicomSegmentation = bytes }
            : new BoneMask { Nifti = bytes };
    }

    private static Api.V1.Connectivity ToMessage(Segmentation.Connectivity connectivity) => connectivity switch
    {
        Segmentation.Connectivity.Faces6 => Api.V1.Connectivity.Faces6,
        Segmentation.Connectivity.FacesEdges18 => Api.V1.Connectivity.FacesEdges18,
        Segmentation.Connectivity.Full26 => Api.V1.Connectivity.Full26,
        _ => throw new ArgumentOutOfRangeException(nameof(connectivity), connectivity, "Connectivity is one of three."),
    };

    private static Api.V1.LpsPoint ToMessage(Imaging.LpsPoint point) => new() { X = point.X, Y = point.Y, Z = point.Z };

    /// <summary>The store may hold images of the series that are not here.</summary>
    private static bool IsOf(AnalysisReport report, SeriesStack stack)
    {
        if (report.Acquisition!.StackCount != stack.Acquisition.StackCount)
        {
            return false;
        }

        if (stack.FilmSize is not null)
        {
            // What the service refused has no film; then it holds the number of films that are here, as far as can be told.
            return report.Film is not { } film || film.SopInstanceUid == stack.Acquisition.SopInstanceUids.FirstOrDefault();
        }

        if (report.Geometry is not { } there || stack.Geometry is not { } here)
        {
            return report.Film is null;
        }

        return there.SliceCount == here.SliceCount && there.SliceOrigins[0] == here.SliceOrigins[0] && there.SliceOrigins[^1] == here.SliceOrigins[^1];
    }

    /// <summary>Adds what only this side can know: copies that were dropped, damaged files beside the series.</summary>
    private static AnalysisReport WithIssuesOf(SeriesStack stack, AnalysisReport report)
    {
        if (stack.Issues.All(report.Issues.Contains))
        {
            return report;
        }

        IEnumerable<SeriesIssue> issues = stack.Issues.Concat(report.Issues.Except(stack.Issues));
        return report with
        {
            Issues = [.. issues.OrderByDescending(issue => issue.Code.IsRefusal())],
            Verdict = report.Verdict == Verdict.Accepted ? Verdict.AcceptedWithWarnings : report.Verdict,
        };
    }
}
