using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Films;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Series;

/// <summary>What one report is about: slices that belong together (one series, one orientation, one kernel), or one radiograph. Pixels are not read yet.</summary>
public sealed class SeriesStack
{
    private readonly SliceStack? _stack;

    private SeriesStack(string seriesInstanceUid, string modality, SliceStack? stack, int sliceCount, CtAcquisition acquisition, ImmutableArray<SeriesIssue> issues)
    {
        SeriesInstanceUid = seriesInstanceUid;
        Modality = modality;
        SliceCount = sliceCount;
        Acquisition = acquisition;
        Issues = issues;
        _stack = stack;
    }

    /// <summary>Series Instance UID; a placeholder derived from the file where the header has none.</summary>
    public string SeriesInstanceUid { get; }

    /// <summary>Modality.</summary>
    public string Modality { get; }

    /// <summary>Slices.</summary>
    public int SliceCount { get; }

    /// <summary>Header facts, as far as known.</summary>
    public CtAcquisition Acquisition { get; }

    /// <summary>Geometry, where the stack is a volume.</summary>
    public VolumeGeometry? Geometry => _stack?.Geometry;

    /// <summary>Pixels along a row and rows of a radiograph; null for everything else, and where its pixels cannot be read.</summary>
    public (int ColumnCount, int RowCount)? FilmSize => Film?.File.Layout is { } layout ? (layout.ColumnCount, layout.RowCount) : null;

    /// <summary>Size of the pixels of a radiograph; null for everything else, and where no attribute tells it.</summary>
    public PixelScale? FilmScale => Film?.Scale;

    /// <summary>Refusals and warnings known from the headers.</summary>
    public ImmutableArray<SeriesIssue> Issues { get; }

    /// <summary>
    /// Bytes of the volume as the headers have it: 2 a voxel where all rescaled values are whole numbers, else 4; 0 where the stack is no volume.
    /// Whole numbers that turn out not to fit 16 bits, which is rare, take 4 all the same.
    /// </summary>
    public long VolumeByteCount => Film is { } film ? film.PixelCount * sizeof(float) : (Geometry?.VoxelCount ?? 0) * (Slices.All(slice => slice.Scale.IsInteger) ? sizeof(short) : sizeof(float));

    /// <summary>What the headers allow to say before the pixels are read.</summary>
    public Verdict Verdict =>
        Issues.Any(issue => issue.Code.IsRefusal()) ? Verdict.Refused
        : Issues.IsEmpty ? Verdict.Accepted
        : Verdict.AcceptedWithWarnings;

    /// <summary>Slices by rising position along their normal; empty for what is no CT.</summary>
    internal ImmutableArray<SliceHeader> Slices => _stack?.Slices ?? [];

    /// <summary>The radiograph; null for everything else.</summary>
    internal FilmHeader? Film { get; private init; }

    /// <summary>Where the radiograph was found; null for everything else.</summary>
    public string? FilmPath => Film?.File.ShownPath;

    /// <summary>Decodes the pixels, in parallel, straight into the volume.</summary>
    /// <param name="maxThreadCount">Threads to use; 0 means one per processor. The result does not depend on it.</param>
    /// <param name="progress">Told after each slice; may be null. Called from several threads.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is negative.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public SeriesReading Read(int maxThreadCount = 0, IProgress<AnalysisProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxThreadCount);
        return Verdict == Verdict.Refused || _stack?.Geometry is null
            ? new SeriesReading.Rejected(Issues)
            : VolumeReading.Read(_stack.Slices, _stack.Geometry, Acquisition, Issues, maxThreadCount, progress, cancellationToken);
    }

    /// <summary>A stack of CT slices.</summary>
    internal static SeriesStack Create(string seriesInstanceUid, SliceStack stack, int stackNumber, int stackCount, IEnumerable<SeriesIssue> seriesIssues) =>
        new(
            seriesInstanceUid,
            "CT",
            stack,
            stack.Slices.Length,
            DescribeAcquisition(seriesInstanceUid, stack, stackNumber, stackCount),
            SliceStack.InOrder([.. stack.Issues, .. seriesIssues]));

    /// <summary>A radiograph, as the only slice of its stack.</summary>
    internal static SeriesStack Create(string seriesInstanceUid, FilmHeader film, int filmNumber, int filmCount) =>
        new(
            seriesInstanceUid,
            film.Modality,
            stack: null,
            sliceCount: 1,
            film.Acquisition with { SeriesInstanceUid = seriesInstanceUid, StackNumber = filmNumber, StackCount = filmCount },
            SliceStack.InOrder(film.Issues))
        {
            Film = film,
        };

    /// <summary>A series that is not analysed.</summary>
    internal static SeriesStack CreateRefused(string seriesInstanceUid, string modality, int sliceCount, SeriesIssue issue) =>
        new(seriesInstanceUid, modality, stack: null, sliceCount, new CtAcquisition { SeriesInstanceUid = seriesInstanceUid }, [issue]);

    private static CtAcquisition DescribeAcquisition(string seriesInstanceUid, SliceStack stack, int stackNumber, int stackCount)
    {
        ImmutableArray<SliceHeader> slices = stack.Slices;
        (string Side, string Attribute)? laterality = slices[0].Laterality is { } first && slices.All(slice => slice.Laterality?.Side == first.Side) ? first : null;
        return new CtAcquisition
        {
            SeriesInstanceUid = seriesInstanceUid,
            StudyInstanceUid = FirstText(slices, slice => slice.StudyInstanceUid),
            FrameOfReferenceUid = slices[0].FrameOfReferenceUid,
            SopInstanceUids = [.. slices.Select(slice => slice.SopInstanceUid)],
            StackNumber = stackNumber,
            StackCount = stackCount,
            Kvp = slices.Select(slice => slice.Kvp).FirstOrDefault(kvp => kvp is not null),
            ConvolutionKernel = FirstText(slices, slice => slice.ConvolutionKernel),
            SliceThicknessMm = slices.Max(slice => slice.SliceThicknessMm),
            ReconstructionDiameterMm = slices.Select(slice => slice.ReconstructionDiameterMm).FirstOrDefault(diameter => diameter is not null),
            TiltDegrees = stack.TiltDegrees,
            PatientPosition = FirstText(slices, slice => slice.PatientPosition),
            BodyPartExamined = FirstText(slices, slice => slice.BodyPartExamined),
            Laterality = laterality?.Side,
            LateralitySource = laterality?.Attribute,
            Manufacturer = FirstText(slices, slice => slice.Manufacturer),
            ManufacturerModelName = FirstText(slices, slice => slice.ManufacturerModelName),
            ContrastInHeader = slices.Any(slice => slice.Contrast == true) ? true : slices.Any(slice => slice.Contrast == false) ? false : null,
            GreatestExpressibleHu = slices.Min(slice => slice.File.Layout is { } layout ? slice.Scale.GreatestHu(layout) : (double?)null),
        };
    }

    private static string? FirstText(ImmutableArray<SliceHeader> slices, Func<SliceHeader, string?> select) =>
        slices.Select(select).FirstOrDefault(text => text is not null);
}
