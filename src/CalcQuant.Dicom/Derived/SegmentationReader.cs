using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.PixelData;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Derived;

/// <summary>
/// Reads DICOM Segmentations (PS3.3 A.51) as label volumes: the label of a voxel is its Segment Number (0062,0004). Frames may leave slices out, come in any order and be
/// bits or fractions; what lies where is read from the functional groups of each frame.
/// </summary>
public static class SegmentationReader
{
    /// <summary>Segmentation Storage (PS3.4 B.5).</summary>
    private const string SegmentationStorage = "1.2.840.10008.5.1.4.1.1.66.4";

    private const int PreambleLength = 128;

    /// <summary>Directions or places in the plane that differ by less are the same, mm or without unit: what decimal strings round away.</summary>
    private const double SamePlace = 1e-3;

    /// <summary>Part of the distance of two slices by which a frame may miss its place.</summary>
    private const double OffGrid = 0.1;

    /// <summary>Slices of the grid; more than any series has.</summary>
    private const int MaxSliceCount = 1 << 14;

    private static ReadOnlySpan<byte> Prefix => "DICM"u8;

    /// <summary>True where a file begins as a DICOM file does (PS3.10, 7.1).</summary>
    public static bool IsDicom(ReadOnlySpan<byte> file) => file.Length > PreambleLength + Prefix.Length && file[PreambleLength..].StartsWith(Prefix);

    /// <summary>Reads a file.</summary>
    /// <param name="file">The whole file; must stay unchanged meanwhile.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="cancellationToken">Stops between frames.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static LabelReading Read(ReadOnlyMemory<byte> file, ReadingLimits limits, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(limits);
        if (DicomFile.Read("segmentation", file, limits) is not DicomReading.Accepted { File: { } dicom }
            || dicom.DataSet.GetString(DicomTags.SOPClassUID) != SegmentationStorage)
        {
            return Rejected("Not a DICOM Segmentation.");
        }

        if (!PixelFrames.TryOpen(dicom, limits, out PixelFrames? frames, out Analysis.SeriesIssue issue))
        {
            return Rejected($"The segmentation cannot be decoded: {issue.Explanation}");
        }

        IReadOnlyList<DicomDataSet> groups = dicom.DataSet.GetItems(DicomTags.PerFrameFunctionalGroupsSequence);
        if (groups.Count != frames.Layout.FrameCount)
        {
            return Rejected("Per-frame Functional Groups Sequence (5200,9230) does not describe every frame.");
        }

        DicomDataSet shared = dicom.DataSet.GetItems(DicomTags.SharedFunctionalGroupsSequence) is [DicomDataSet first, ..] ? first : DicomDataSet.Empty;
        var placed = new List<Placed>(groups.Count);
        foreach (DicomDataSet group in groups)
        {
            if (Place(group, shared) is not { } place)
            {
                return Rejected("A frame of the segmentation lacks its segment number, position, orientation or pixel spacing.");
            }

            placed.Add(place);
        }

        return Assemble(dicom.DataSet, frames, placed, limits, cancellationToken);
    }

    private static LabelReading.Rejected Rejected(string explanation) => new(explanation);

    private static Placed? Place(DicomDataSet frame, DicomDataSet shared)
    {
        int? segment = First(DicomTags.SegmentIdentificationSequence)?.GetInt32(DicomTags.ReferencedSegmentNumber);
        IReadOnlyList<double>? position = First(DicomTags.PlanePositionSequence)?.GetDoubles(DicomTags.ImagePositionPatient);
        IReadOnlyList<double>? orientation = First(DicomTags.PlaneOrientationSequence)?.GetDoubles(DicomTags.ImageOrientationPatient);
        DicomDataSet? measures = First(DicomTags.PixelMeasuresSequence);
        IReadOnlyList<double>? spacing = measures?.GetDoubles(DicomTags.PixelSpacing);
        if (segment is not (> 0 and <= ushort.MaxValue) || position is not { Count: 3 } || orientation is not { Count: 6 } || spacing is not [> 0, > 0])
        {
            return null;
        }

        return new Placed(
            segment.Value,
            new LpsPoint(position[0], position[1], position[2]),
            new LpsPoint(orientation[0], orientation[1], orientation[2]),
            new LpsPoint(orientation[3], orientation[4], orientation[5]),
            spacing[1],
            spacing[0],
            measures!.GetDouble(DicomTags.SpacingBetweenSlices),
            measures.GetDouble(DicomTags.SliceThickness));

        DicomDataSet? First(DicomTag sequence) =>
            frame.GetItems(sequence) is [DicomDataSet own, ..] ? own : shared.GetItems(sequence) is [DicomDataSet common, ..] ? common : null;
    }

    private static LabelReading Assemble(DicomDataSet header, PixelFrames frames, List<Placed> placed, ReadingLimits limits, CancellationToken cancellationToken)
    {
        Placed first = placed[0];
        if (!LabelVolume.CanSpan(first.Column, first.Row, first.Column.Cross(first.Row)))
        {
            return Rejected("Image Orientation (Patient) (0020,0037) of the segmentation gives no plane.");
        }

        LpsPoint normal = first.Column.Cross(first.Row).Normalized();
        double[] along = [.. placed.Select(frame => (frame.Position - first.Position).Dot(normal))];
        if (placed.Where((frame, i) => !frame.IsParallel(first) || (frame.Position - first.Position - (normal * along[i])).Length > SamePlace).Any())
        {
            return Rejected("The frames of the segmentation are not slices of one volume.");
        }

        double least = along.Min();
        double spacing = SpacingOf(along, first);
        int sliceCount = spacing > 0 && (along.Max() - least) / spacing < MaxSliceCount ? (int)Math.Round((along.Max() - least) / spacing) + 1 : 0;
        PixelLayout layout = frames.Layout;
        if (sliceCount == 0 || (long)layout.ColumnCount * layout.RowCount * sliceCount > limits.MaxVoxelCount)
        {
            return Rejected("The segmentation has more slices than can be read, or they have no distance.");
        }

        bool isFraction = header.GetString(DicomTags.SegmentationType)?.Trim() == "FRACTIONAL";
        int threshold = isFraction ? ((header.GetInt32(DicomTags.MaximumFractionalValue) ?? byte.MaxValue) + 1) / 2 : 1;
        ushort[]?[] slices = new ushort[]?[sliceCount];
        int[] values = new int[layout.ValuesPerFrame];
        for (int i = 0; i < placed.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double place = (along[i] - least) / spacing;
            int slice = (int)Math.Round(place);
            if (Math.Abs(place - slice) > OffGrid)
            {
                return Rejected("The slices of the segmentation are not evenly spaced.");
            }

            if (frames.Decode(i, values) is FrameDecoding.Failed failed)
            {
                return Rejected($"A frame of the segmentation cannot be decoded: {failed.Issue.Explanation}");
            }

            if (!Mark(values, threshold, (ushort)placed[i].Segment, slices[slice] ??= new ushort[values.Length]))
            {
                return Rejected("Segments overlap: a voxel has more than one label.");
            }
        }

        LpsPoint origin = first.Position + (normal * least);
        return new LabelReading.Accepted(new LabelVolume(
            layout.ColumnCount, layout.RowCount, slices, origin, first.Column * first.BetweenColumnsMm, first.Row * first.BetweenRowsMm, normal * spacing)
        {
            FrameOfReferenceUid = header.GetString(DicomTags.FrameOfReferenceUID)?.Trim() is { Length: > 0 } uid ? uid : null,
        });
    }

    /// <summary>
    /// The least distance between frames, which are where they say; the distance that the file gives only where it divides that one (slices are left out). How
    /// thick a slice is says nothing of where the next one lies, unless there is no other.
    /// </summary>
    private static double SpacingOf(double[] along, Placed first)
    {
        double[] sorted = [.. along.Order()];
        double gap = sorted.Zip(sorted.Skip(1), (low, high) => high - low).Where(distance => distance > SamePlace).DefaultIfEmpty(0).Min();
        if (gap == 0)
        {
            return first.BetweenSlicesMm is > 0 and { } alone ? alone : first.ThicknessMm ?? 0;
        }

        return first.BetweenSlicesMm is > SamePlace and { } given && Math.Abs((gap / given) - Math.Round(gap / given)) < OffGrid && gap / given >= 1 - OffGrid ? given : gap;
    }

    private static bool Mark(ReadOnlySpan<int> values, int threshold, ushort segment, Span<ushort> labels)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] >= threshold)
            {
                if (labels[i] != 0 && labels[i] != segment)
                {
                    return false;
                }

                labels[i] = segment;
            }
        }

        return true;
    }

    /// <summary>Where a frame lies.</summary>
    private readonly record struct Placed(
        int Segment, LpsPoint Position, LpsPoint Column, LpsPoint Row, double BetweenColumnsMm, double BetweenRowsMm, double? BetweenSlicesMm, double? ThicknessMm)
    {
        public bool IsParallel(Placed other) =>
            (Column - other.Column).Length < SamePlace && (Row - other.Row).Length < SamePlace
            && Math.Abs(BetweenColumnsMm - other.BetweenColumnsMm) < SamePlace && Math.Abs(BetweenRowsMm - other.BetweenRowsMm) < SamePlace;
    }
}
