using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Dicom.Series;
using CalcQuant.Export;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Radiography;
using CalcQuant.Segmentation;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Analyses;

/// <summary>The analysis itself: what <c>calcquant analyze</c> does with the same files, and the files asked for beside the report.</summary>
internal sealed class AnalysisWork(AnalysisInput input, AnalysisFiles files) : IAnalysisWork
{
    /// <inheritdoc/>
    public PreparedAnalysis Prepare(AnalysisRow row, IProgress<AnalysisProgress> progress, CancellationToken cancellationToken) => input.Prepare(row, progress, cancellationToken);

    /// <inheritdoc/>
    public AnalysisOutcome Run(AnalysisRow row, PreparedAnalysis prepared, int threadCount, IProgress<AnalysisProgress> progress, CancellationToken cancellationToken)
    {
        AnalysisOptions options = ToOptions(row.Options, input.OpenMask(row, cancellationToken), threadCount) with { Corrections = [.. row.Corrections.Select(stored => stored.Correction)] };
        var output = new V1.AnalysisOutput();
        var reports = new List<AnalysisReport>();
        using PendingArtifacts pending = files.Begin();
        long voxelCount = 0;
        foreach (SeriesStack stack in prepared.Catalog.Stacks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using StackOutcome outcome = StackAnalysis.Run(stack, options, progress, cancellationToken);
            reports.Add(outcome.Report);
            output.Reports.Add(outcome.Report.ToMessage());
            if (outcome is { Result: { } result, Volume: { } volume })
            {
                voxelCount += volume.Geometry.VoxelCount;
                string folder = prepared.Catalog.Stacks.Length > 1 ? $"{reports.Count}/" : string.Empty;
                AddArtifacts(row.Artifacts, volume, result, folder, pending, progress, cancellationToken);
            }
            else if (outcome.Film is { } film)
            {
                voxelCount += film.Image.Density.Length;
                if (row.Artifacts.HasFlag(ArtifactKinds.Overlays))
                {
                    OverlayPicture picture = FilmOverlay.Render(film);
                    pending.Add(ArtifactKinds.Overlays, (prepared.Catalog.Stacks.Length > 1 ? $"{reports.Count}/" : string.Empty) + picture.Name, stream => stream.Write(picture.Png));
                }
            }
        }

        output.Skipped.AddRange(prepared.Catalog.Skipped.Select(file => new V1.SkippedFile { Path = file.Path, Reason = file.Reason }));
        cancellationToken.ThrowIfCancellationRequested();
        bool isMeasured = reports.Exists(report => report.Verdict != Verdict.Refused);
        return new AnalysisOutcome(isMeasured ? AnalysisState.Succeeded : AnalysisState.Failed)
        {
            Output = output,
            Error = isMeasured ? null : Refusal(reports),
            Files = pending.Commit(row.Id, row.Corrections.Length),
            VoxelCount = voxelCount,
        };
    }

    private static AnalysisOptions ToOptions(V1.AnalysisOptions options, LabelVolume? mask, int threadCount) => new()
    {
        ThresholdHu = options.HasThresholdHu ? options.ThresholdHu : null,
        Connectivity = ToConnectivity(options.Connectivity),
        MilligramsPerCm3PerHu = options.Calibration?.MilligramsPerCm3PerHu,
        CalibrationOrigin = options.Calibration?.Origin is { Length: > 0 } origin ? origin : null,
        CalibrationRods = Checked<V1.CalibrationRod, CalibrationRod>(options.CalibrationRods, CalibrationMapping.TryRead),
        ScannerCalibrations = Checked<V1.ScannerCalibration, ScannerCalibration>(options.ScannerCalibrations, CalibrationMapping.TryRead),
        RegionOfInterest = options.RegionOfInterestLpsMm is { } box ? new LpsBox(ToPoint(box.Min), ToPoint(box.Max)) : null,
        MinimumVolumeMm3 = options.HasMinimumVolumeMm3 ? options.MinimumVolumeMm3 : null,
        GuidedPlaces = GuidedPlacesOf(options),
        GuidedOnly = options.GuidedOnly,
        BoneMask = mask,
        BoneLabels = mask is null ? [] : [.. options.BoneMask.Labels],
        MaxThreadCount = threadCount,
    };

    /// <summary>The guided places of canonical options.</summary>
    public static ImmutableArray<GuidedPlace> GuidedPlacesOf(V1.AnalysisOptions options) => Checked<V1.GuidedPlace, GuidedPlace>(options.GuidedPlaces, GuidedPlaceMapping.TryRead);

    private static ImmutableArray<TValue> Checked<TMessage, TValue>(IEnumerable<TMessage> messages, AnalysisRequest.EntryReader<TMessage, TValue> read)
        where TValue : class =>
        [.. messages.Select(message => read(message, out TValue? value) is { } problem ? throw new ArgumentException($"Requests are checked before: {problem}", nameof(messages)) : value!)];

    private static Connectivity ToConnectivity(V1.Connectivity connectivity) => connectivity switch
    {
        V1.Connectivity.Faces6 => Connectivity.Faces6,
        V1.Connectivity.FacesEdges18 => Connectivity.FacesEdges18,
        V1.Connectivity.Full26 => Connectivity.Full26,
        _ => throw new ArgumentOutOfRangeException(nameof(connectivity), connectivity, "Requests are checked before."),
    };

    private static LpsPoint ToPoint(V1.LpsPoint point) => new(point.X, point.Y, point.Z);

    private static void AddArtifacts(
        ArtifactKinds artifacts,
        CtVolume volume,
        CalcificationResult result,
        string folder,
        PendingArtifacts pending,
        IProgress<AnalysisProgress> progress,
        CancellationToken cancellationToken)
    {
        if (artifacts.HasFlag(ArtifactKinds.LabelVolume))
        {
            progress.Report(new AnalysisProgress("label volume", 0));
            pending.Add(ArtifactKinds.LabelVolume, folder + "labels.nii.gz", stream => NiftiLabels.Write(volume.Geometry, result.Segmentation, [.. result.Report.Regions.Select(region => region.Id)], stream));
        }

        if (artifacts.HasFlag(ArtifactKinds.BoneMask))
        {
            progress.Report(new AnalysisProgress("bone mask", 0));
            pending.Add(ArtifactKinds.BoneMask, folder + "bone.nii.gz", stream => NiftiLabels.WriteBone(volume.Geometry, result.Segmentation.Bone, stream));
        }

        if (artifacts.HasFlag(ArtifactKinds.Overlays))
        {
            progress.Report(new AnalysisProgress("overlays", 0));
            foreach (OverlayPicture picture in OverlayRenderer.Render(volume, result, cancellationToken: cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                pending.Add(ArtifactKinds.Overlays, folder + picture.Name, stream => stream.Write(picture.Png));
            }
        }
    }

    /// <summary>Why nothing was measured. A series of scouts or screenshots has no stack at all; its report lists them.</summary>
    private static V1.ErrorStatus Refusal(List<AnalysisReport> reports) => reports.Count > 0
        ? reports[0].ToErrorStatus()
        : AnalysisReport.Refused(string.Empty, string.Empty, [new SeriesIssue(SeriesIssueCode.NotAnAxialImage, "The series holds no cross-sectional image.")]).ToErrorStatus();
}
