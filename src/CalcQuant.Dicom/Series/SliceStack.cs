using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Series;

/// <summary>
/// Slices arranged as one volume, with the verdict that their headers allow. Its slices are in order of position where they have one, whether
/// the stack is refused or not.
/// </summary>
internal sealed record SliceStack
{
    /// <summary>Slices thicker than this lose small deposits, mm: the usual upper limit of calcium scoring.</summary>
    private const double ThickSliceMm = 3;

    /// <summary>Slices farther apart than this many thicknesses leave part of the patient unseen.</summary>
    private const double SparseFactor = 1.5;

    /// <summary>Slice thicknesses of one stack that differ by more than this part are worth a word.</summary>
    private const double ThicknessTolerance = 0.01;

    /// <summary>Places named in one explanation.</summary>
    private const int MaxNamedPlaces = 5;

    /// <summary>The slices.</summary>
    public required ImmutableArray<SliceHeader> Slices { get; init; }

    /// <summary>Geometry, where the stack is a volume.</summary>
    public VolumeGeometry? Geometry { get; init; }

    /// <summary>Angle between the slice normal and the step from slice to slice, degrees.</summary>
    public double TiltDegrees { get; init; }

    /// <summary>Refusals and warnings; refusals first.</summary>
    public ImmutableArray<SeriesIssue> Issues { get; init; } = [];

    /// <summary>True where every slice says where it lies and how large its pixels are.</summary>
    public static bool IsPlaced(IReadOnlyCollection<SliceHeader> slices) =>
        slices.All(slice => slice is { Position: not null, Orientation: not null, PixelSpacing: not null });

    /// <summary>Arranges slices that are alike in all that always splits.</summary>
    /// <param name="slices">At least one.</param>
    /// <param name="duplicates">Tells equal pictures from different ones.</param>
    /// <param name="copyCount">Copies that were dropped before.</param>
    /// <param name="limits">Bounds.</param>
    public static SliceStack Arrange(List<SliceHeader> slices, SliceDuplicates duplicates, int copyCount, ReadingLimits limits)
    {
        List<SeriesIssue> issues = [];
        if (!IsPlaced(slices))
        {
            issues.AddRange(MergeSliceIssues(slices));
            return new SliceStack
            {
                Slices = [.. slices.OrderBy(slice => slice.SopInstanceUid, StringComparer.Ordinal).ThenBy(slice => slice.Frame)],
                Issues = InOrder(issues),
            };
        }

        SliceSequence sequence = SliceSequence.Order(slices);
        int equalCount = 0;
        if (sequence.CollisionCount > 0)
        {
            sequence = SliceSequence.Order(duplicates.DropEqual(sequence, out equalCount, issues));
        }

        if (copyCount + equalCount > 0)
        {
            issues.Add(new SeriesIssue(SeriesIssueCode.DuplicatesDropped, $"Images identical to another one at their position were dropped: {copyCount + equalCount}."));
        }

        issues.AddRange(MergeSliceIssues(sequence.Slices));
        issues.AddRange(FindHeaderIssues(sequence.Slices));
        VolumeGeometry? geometry = null;
        if (sequence.CollisionCount == 0)
        {
            geometry = FindGeometry(sequence, limits, issues);
        }

        double tilt = sequence.TiltDegrees;
        if (tilt > SliceSequence.TiltToleranceDegrees)
        {
            issues.Add(new SeriesIssue(SeriesIssueCode.TiltedStack, string.Create(CultureInfo.InvariantCulture, $"The step from slice to slice is tilted by {tilt:0.0} degrees against their normal; volumes use the step along the normal.")));
        }

        return new SliceStack { Slices = sequence.Slices, Geometry = geometry, TiltDegrees = tilt, Issues = InOrder(issues) };
    }

    /// <summary>Refusals first; within each the order in which they were found.</summary>
    public static ImmutableArray<SeriesIssue> InOrder(IEnumerable<SeriesIssue> issues) => [.. issues.OrderByDescending(issue => issue.Code.IsRefusal())];

    /// <summary>The issues of all slices, each said once.</summary>
    public static IEnumerable<SeriesIssue> MergeSliceIssues(IReadOnlyCollection<SliceHeader> slices)
    {
        foreach (IGrouping<SeriesIssueCode, SeriesIssue> code in slices.SelectMany(slice => slice.Issues).GroupBy(issue => issue.Code))
        {
            IGrouping<string, SeriesIssue>[] texts = [.. code.GroupBy(issue => issue.Explanation, StringComparer.Ordinal)];
            foreach (IGrouping<string, SeriesIssue> text in texts.Take(MaxNamedPlaces))
            {
                int count = text.Count();
                yield return new SeriesIssue(
                    code.Key,
                    count == slices.Count ? text.Key : string.Create(CultureInfo.InvariantCulture, $"{text.Key} ({count} of {slices.Count} slices)"),
                    count == 1 || count < slices.Count ? text.First().SopInstanceUid : null);
            }

            if (texts.Length > MaxNamedPlaces)
            {
                yield return new SeriesIssue(code.Key, $"The same in {texts.Length - MaxNamedPlaces} more ways.");
            }
        }
    }

    private static VolumeGeometry? FindGeometry(SliceSequence sequence, ReadingLimits limits, List<SeriesIssue> issues)
    {
        SliceHeader first = sequence.Slices[0];
        if (first.RowCount <= 0 || first.ColumnCount <= 0)
        {
            issues.Add(new SeriesIssue(SeriesIssueCode.InvalidHeader, "Rows (0028,0010) or Columns (0028,0011) is absent or zero.", first.SopInstanceUid));
            return null;
        }

        bool isSound = true;
        long voxelCount = (long)first.RowCount * first.ColumnCount * sequence.Slices.Length;
        long mostVoxels = Math.Min(limits.MaxVoxelCount, Array.MaxLength);
        if (voxelCount > mostVoxels)
        {
            issues.Add(new SeriesIssue(SeriesIssueCode.LimitExceeded, $"{first.ColumnCount} x {first.RowCount} x {sequence.Slices.Length} voxels are more than the limit of {mostVoxels}."));
            isSound = false;
        }

        if (!sequence.IsStraight)
        {
            issues.Add(new SeriesIssue(SeriesIssueCode.Inconsistent, "Image Position (Patient) (0020,0032) leaves the straight line: the slices do not lie on top of each other."));
            isSound = false;
        }

        int[] gaps = [.. sequence.Gaps];
        if (gaps.Length > 0)
        {
            issues.Add(DescribeGaps(sequence, gaps));
            isSound = false;
        }

        ImmutableArray<double> extents = isSound ? FindExtents(sequence, issues) : [];
        if (extents.IsEmpty)
        {
            return null;
        }

        (double betweenRows, double betweenColumns) = first.PixelSpacing!.Value;
        return new VolumeGeometry(
            first.ColumnCount,
            first.RowCount,
            betweenColumns,
            betweenRows,
            sequence.ColumnDirection,
            sequence.RowDirection,
            [.. sequence.Slices.Select(slice => slice.Position!.Value)],
            extents);
    }

    /// <summary>The length along the normal that each slice stands for, mm; empty where nothing says it.</summary>
    private static ImmutableArray<double> FindExtents(SliceSequence sequence, List<SeriesIssue> issues)
    {
        int count = sequence.Slices.Length;
        if (count == 1)
        {
            SliceHeader only = sequence.Slices[0];
            if (only.SliceThicknessMm is { } thickness)
            {
                issues.Add(new SeriesIssue(SeriesIssueCode.SingleSlice, string.Create(CultureInfo.InvariantCulture, $"A single slice: its Slice Thickness (0018,0050) of {thickness:0.###} mm stands for its extent."), only.SopInstanceUid));
                return [thickness];
            }

            if (only.SpacingBetweenSlicesMm is { } spacing)
            {
                issues.Add(new SeriesIssue(SeriesIssueCode.SingleSlice, "A single slice.", only.SopInstanceUid));
                issues.Add(new SeriesIssue(SeriesIssueCode.SpacingAssumed, string.Create(CultureInfo.InvariantCulture, $"Slice Thickness (0018,0050) is absent; Spacing Between Slices (0018,0088) of {spacing:0.###} mm stands for the extent."), only.SopInstanceUid));
                return [spacing];
            }

            issues.Add(new SeriesIssue(SeriesIssueCode.GeometryMissing, "A single slice without Slice Thickness (0018,0050): its volume is unknown.", only.SopInstanceUid));
            return [];
        }

        if (sequence.IsEven)
        {
            double spacing = (sequence.Positions[^1] - sequence.Positions[0]) / (count - 1);
            return [.. Enumerable.Repeat(spacing, count)];
        }

        issues.Add(new SeriesIssue(
            SeriesIssueCode.UnevenSpacing,
            string.Create(CultureInfo.InvariantCulture, $"Slices are {sequence.Distances.Min():0.###} to {sequence.Distances.Max():0.###} mm apart; each is weighted with its own extent.")));
        var extents = ImmutableArray.CreateBuilder<double>(count);
        for (int i = 0; i < count; i++)
        {
            double before = sequence.Distances[Math.Max(i - 1, 0)];
            double after = sequence.Distances[Math.Min(i, count - 2)];
            extents.Add((before + after) / 2);
        }

        return extents.MoveToImmutable();
    }

    private static SeriesIssue DescribeGaps(SliceSequence sequence, int[] gaps)
    {
        double usual = Enumerable.Range(0, sequence.Distances.Length).Except(gaps).Select(i => sequence.Distances[i]).DefaultIfEmpty(sequence.MedianDistanceMm!.Value).Max();
        int missing = gaps.Sum(gap => Math.Max(1, (int)Math.Round(sequence.Distances[gap] / usual) - 1));
        string places = string.Join(
            "; ",
            gaps.Take(MaxNamedPlaces).Select(gap => string.Create(CultureInfo.InvariantCulture, $"{sequence.Positions[gap]:0.###} to {sequence.Positions[gap + 1]:0.###} mm ({sequence.Distances[gap]:0.###} mm)")));
        string more = gaps.Length > MaxNamedPlaces ? $"; and {gaps.Length - MaxNamedPlaces} more" : "";
        return new SeriesIssue(
            SeriesIssueCode.MissingSlice,
            string.Create(CultureInfo.InvariantCulture, $"About {missing} {(missing == 1 ? "slice is" : "slices are")} missing: they are {usual:0.###} mm apart, but not at {places}{more} along the normal (Image Position (Patient) (0020,0032))."),
            sequence.Slices[gaps[0]].SopInstanceUid);
    }

    private static IEnumerable<SeriesIssue> FindHeaderIssues(ImmutableArray<SliceHeader> slices)
    {
        SliceHeader first = slices[0];
        if (slices.Select(slice => slice.PatientId).Distinct(StringComparer.Ordinal).Skip(1).Any())
        {
            yield return new SeriesIssue(SeriesIssueCode.Inconsistent, "The slices of the series do not all have the same Patient ID (0010,0020).");
        }

        if (slices.Select(slice => slice.StudyInstanceUid).Distinct(StringComparer.Ordinal).Skip(1).Any())
        {
            yield return Varies("Study Instance UID (0020,000D)");
        }

        if (slices.Any(slice => slice.Kvp is null) && slices.Any(slice => slice.Kvp is not null))
        {
            yield return Varies("KVP (0018,0060), absent in some slices,");
        }

        if (slices.Any(slice => slice.ConvolutionKernel is null) && slices.Any(slice => slice.ConvolutionKernel is not null))
        {
            yield return Varies("Convolution Kernel (0018,1210), absent in some slices,");
        }

        if (slices.Select(slice => slice.PatientPosition).Distinct(StringComparer.Ordinal).Skip(1).Any())
        {
            yield return Varies("Patient Position (0018,5100)");
        }

        double?[] thicknesses = [.. slices.Select(slice => slice.SliceThicknessMm)];
        double? thickest = thicknesses.Max();
        double? thinnest = thicknesses.Min();
        if (thicknesses.Contains(null) ? thickest is not null : thickest - thinnest > ThicknessTolerance * thickest)
        {
            yield return Varies("Slice Thickness (0018,0050)");
        }

        // Instances of one object repeat their UID; different objects must not.
        if (slices.Select(slice => (slice.SopInstanceUid, slice.Frame)).Distinct().Count() < slices.Length)
        {
            yield return new SeriesIssue(SeriesIssueCode.HeaderContradiction, "SOP Instance UID (0008,0018) is absent or repeats among different slices; positions were believed.");
        }

        double? spacing = SliceSequence.Order(slices).MedianDistanceMm;
        if (thickest > 0 && spacing >= SparseFactor * thickest)
        {
            yield return new SeriesIssue(
                SeriesIssueCode.HeaderContradiction,
                string.Create(CultureInfo.InvariantCulture, $"Slices of Slice Thickness (0018,0050) {thickest:0.###} mm are {spacing:0.###} mm apart by Image Position (Patient) (0020,0032): what lies between was not imaged, or slices are missing throughout."));
        }

        if ((thickest ?? spacing) > ThickSliceMm)
        {
            yield return new SeriesIssue(SeriesIssueCode.ThickSlices, string.Create(CultureInfo.InvariantCulture, $"Slices are {thickest ?? spacing:0.###} mm {(thickest is null ? "apart" : "thick")}: small deposits vanish."));
        }

        if (slices.Any(slice => slice.IsLossy))
        {
            yield return new SeriesIssue(SeriesIssueCode.LossyCompression, "Lossy Image Compression (0028,2110) or the transfer syntax says that the images went through lossy compression.");
        }

        if (slices.Any(slice => slice.Contrast == true))
        {
            yield return new SeriesIssue(SeriesIssueCode.ContrastInHeader, "The header names a contrast agent (Contrast/Bolus attributes).");
        }

        if (ConvolutionKernels.IsSharp(first.ConvolutionKernel?.Split('\\')[0]))
        {
            yield return new SeriesIssue(SeriesIssueCode.SharpKernel, $"Convolution Kernel (0018,1210) {first.ConvolutionKernel} is sharp: edges overshoot and noise rises.");
        }

        if (slices.Any(slice => slice.Scale.PaddingLooksLikeTissue))
        {
            yield return new SeriesIssue(SeriesIssueCode.HeaderContradiction, "Pixel Padding Value (0028,0120) corresponds to HU that tissue has; it was not set apart.");
        }
    }

    private static SeriesIssue Varies(string attribute) => new(SeriesIssueCode.HeaderVaries, $"{attribute} differs between the slices.");
}
