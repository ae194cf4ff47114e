using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Analysis;

/// <summary>Bone that a caller drew, brought onto the grid of the series.</summary>
internal static class GivenBone
{
    /// <summary>Samples the mask of the options; says what is wrong where it does not fit.</summary>
    public static SeriesIssue? Check(CtSeries series, AnalysisOptions options, CancellationToken cancellationToken, out Mask? bone)
    {
        LabelVolume labels = options.BoneMask!;
        bone = null;
        if (labels.FrameOfReferenceUid is { } drawn && series.Acquisition.FrameOfReferenceUid is { } scanned && drawn != scanned)
        {
            return Unsuitable("The bone mask has another Frame of Reference UID (0020,0052) than the series: where it lies in the patient is unknown.");
        }

        var parallel = new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = options.MaxThreadCount == 0 ? Environment.ProcessorCount : options.MaxThreadCount,
        };
        bone = LabelSampling.Sample(labels, series.Volume.Geometry, options.BoneLabels, parallel);
        return bone.IsEmpty
            ? Unsuitable("The bone mask marks no voxel of the series: it lies elsewhere, or holds none of the labels asked for.")
            : null;
    }

    private static SeriesIssue Unsuitable(string explanation) => new(SeriesIssueCode.UnsuitableBoneMask, explanation);
}
