using System.Globalization;

namespace CalcQuant.Dicom.Series;

/// <summary>
/// Splits the slices of one series into stacks that are one volume each. Some differences always split (size, frame of reference, orientation,
/// pixel spacing, kind of image, kernel, tube voltage). Others, such as the acquisition number, vary within one volume on some scanners; they
/// split where the positions show that they mean different passes over the patient. Slices are never merged across a difference that matters,
/// and none is picked over another.
/// </summary>
internal static class StackSplitting
{
    /// <summary>Components of direction vectors that differ by no more are the same orientation: writers round to three decimals.</summary>
    private const double OrientationTolerance = 1e-3;

    /// <summary>Part by which pixel spacings may differ and still be the same: writers round.</summary>
    private const double PixelSpacingTolerance = 1e-4;

    /// <summary>
    /// Ranges of acquisitions this many slice distances apart are two scans of different places; closer, slices are missing between them.
    /// </summary>
    private const double SeparateRangeFactor = 4;

    private static readonly Facet[] AlwaysSplitting =
    [
        Facet.OfText("Rows and Columns (0028,0010), (0028,0011)", slice => string.Create(CultureInfo.InvariantCulture, $"{slice.RowCount} {slice.ColumnCount}")),
        Facet.OfText("Frame of Reference UID (0020,0052)", slice => slice.FrameOfReferenceUid ?? ""),
        Facet.OfNumbers(
            "Image Orientation (Patient) (0020,0037)",
            OrientationTolerance,
            slice => slice.Orientation is var (column, row) ? [column.X, column.Y, column.Z, row.X, row.Y, row.Z] : null),
        Facet.OfNumbers(
            "Pixel Spacing (0028,0030)",
            PixelSpacingTolerance,
            slice => slice.PixelSpacing is var (betweenRows, betweenColumns) ? [Math.Log(betweenRows), Math.Log(betweenColumns)] : null),
        Facet.OfText("Image Type (0008,0008)", slice => slice.ImageType.IsEmpty ? null : string.Join('\\', slice.ImageType.Take(4))),
        Facet.OfText("Rescale Type (0028,1054)", slice => slice.Scale.Type ?? "HU"),
        Facet.OfText("Convolution Kernel (0018,1210)", slice => slice.ConvolutionKernel),
        Facet.OfText("KVP (0018,0060)", slice => slice.Kvp?.ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>Attributes that number passes over the patient, where they do not merely number rotations of one pass.</summary>
    private static readonly Facet[] PerPass =
    [
        Facet.OfText("Temporal Position (0020,0100), (0020,9128)", slice => slice.TemporalPosition?.ToString(CultureInfo.InvariantCulture)),
        Facet.OfText("cardiac phase (0020,9241), (0020,9153), (0018,1060)", slice => slice.CardiacPhase?.ToString(CultureInfo.InvariantCulture)),
        Facet.OfText("Acquisition Number (0020,0012)", slice => slice.AcquisitionNumber?.ToString(CultureInfo.InvariantCulture)),
        Facet.OfText("Stack ID (0020,9056)", slice => slice.StackId),
    ];

    /// <summary>Attributes that may vary freely within a stack, and are asked only where slices collide.</summary>
    private static readonly Facet[] AtCollisions =
    [
        Facet.OfText("Slice Thickness (0018,0050)", slice => slice.SliceThicknessMm?.ToString(CultureInfo.InvariantCulture)),
        Facet.OfText("Acquisition Time (0008,0032)", slice => slice.AcquisitionTime),
        Facet.OfText("Content Time (0008,0033)", slice => slice.ContentTime),
    ];

    /// <summary>Origins side by side in the plane, e.g. both legs reconstructed apart.</summary>
    private static readonly Facet InPlanePosition = Facet.OfNumbers(
        "Image Position (Patient) (0020,0032) within the plane",
        1,
        slice =>
        {
            var (column, row) = slice.Orientation!.Value;
            (double betweenRows, double betweenColumns) = slice.PixelSpacing!.Value;
            return [slice.Position!.Value.Dot(column) / betweenColumns, slice.Position!.Value.Dot(row) / betweenRows];
        });

    /// <summary>Splits by what always splits.</summary>
    /// <param name="slices">Slices of one series.</param>
    /// <param name="reasons">Receives the attributes that told stacks apart.</param>
    public static List<List<SliceHeader>> SplitByHeader(List<SliceHeader> slices, ISet<string> reasons)
    {
        List<List<SliceHeader>> parts = [slices];
        foreach (Facet facet in AlwaysSplitting)
        {
            List<List<SliceHeader>> finer = [.. parts.SelectMany(facet.Group)];
            if (finer.Count > parts.Count)
            {
                reasons.Add(facet.Name);
            }

            parts = finer;
        }

        return parts;
    }

    /// <summary>Splits what is alike by <see cref="SplitByHeader"/> but covers the same place more than once, or several places.</summary>
    /// <param name="slices">Slices with position, orientation and spacing.</param>
    /// <param name="reasons">Receives the attributes that told stacks apart.</param>
    public static List<List<SliceHeader>> SplitByPosition(List<SliceHeader> slices, ISet<string> reasons)
    {
        SliceSequence whole = SliceSequence.Order(slices);
        if (FindSplit(whole) is not var (name, parts))
        {
            return [slices];
        }

        reasons.Add(name);
        return [.. parts.SelectMany(part => SplitByPosition(part, reasons))];
    }

    private static (string Name, List<List<SliceHeader>> Parts)? FindSplit(SliceSequence whole)
    {
        foreach (Facet facet in PerPass)
        {
            List<List<SliceHeader>> parts = facet.Group(whole.Slices);
            if (parts.Count > 1 && (ArePasses(whole, parts) || ArePlaces(whole, parts)))
            {
                return (facet.Name, parts);
            }
        }

        if (whole.CollisionCount > 0)
        {
            foreach (Facet facet in (IEnumerable<Facet>)[.. AtCollisions, InPlanePosition, Facet.Combine([.. PerPass, .. AtCollisions])])
            {
                List<List<SliceHeader>> parts = facet.Group(whole.Slices);
                if (parts.Count > 1
                    && AreStacks(whole, parts)
                    && parts.TrueForAll(part => SliceSequence.Order(part) is { CollisionCount: 0 } sequence && !sequence.Gaps.Any()))
                {
                    return (facet.Name, parts);
                }
            }
        }

        if (!whole.IsStraight)
        {
            List<List<SliceHeader>> parts = InPlanePosition.Group(whole.Slices);
            if (parts.Count > 1 && parts.TrueForAll(part => part.Count > 1 && SliceSequence.Order(part).IsStraight))
            {
                return (InPlanePosition.Name, parts);
            }
        }

        return null;
    }

    /// <summary>
    /// True where the parts go over the same place: they collide or interleave, and each on its own does neither. Rotations of one pass follow
    /// each other instead.
    /// </summary>
    private static bool ArePasses(SliceSequence whole, List<List<SliceHeader>> parts)
    {
        SliceSequence[] sequences = [.. parts.Select(part => SliceSequence.Order(part)).OrderBy(sequence => sequence.Positions[0])];
        bool overlap = false;
        for (int i = 1; i < sequences.Length && !overlap; i++)
        {
            overlap = sequences.Take(i).Any(sequences[i].Overlaps);
        }

        return overlap && AreStacks(whole, parts) && sequences.All(sequence => sequence.CollisionCount == 0);
    }

    /// <summary>
    /// True where the parts are more than loose slices. What differs from slice to slice, as times do, tells no stacks apart; unless all lie at one
    /// position.
    /// </summary>
    private static bool AreStacks(SliceSequence whole, List<List<SliceHeader>> parts) =>
        whole.MedianDistanceMm is null || parts.TrueForAll(part => part.Count > 1);

    /// <summary>
    /// True where the parts are exactly the ranges that wide gaps leave: two scans of different places. Where an acquisition number is skipped at
    /// the gap, a rotation has been lost instead.
    /// </summary>
    private static bool ArePlaces(SliceSequence whole, List<List<SliceHeader>> parts)
    {
        int[] gaps = [.. whole.Gaps];
        return gaps.Length > 0
            && whole.CollisionCount == 0
            && parts.Count == gaps.Length + 1
            && Array.TrueForAll(gaps, gap => whole.Distances[gap] >= SeparateRangeFactor * whole.MedianDistanceMm
                && !(Math.Abs((whole.Slices[gap].AcquisitionNumber - whole.Slices[gap + 1].AcquisitionNumber) ?? 1) > 1))
            && parts.TrueForAll(part => part.Count > 1 && !SliceSequence.Order(part).Gaps.Any());
    }

    /// <summary>One way to tell slices apart.</summary>
    /// <param name="Name">The attribute, for the explanation.</param>
    /// <param name="Group">Groups slices; each group keeps the order of the slices.</param>
    private sealed record Facet(string Name, Func<IReadOnlyList<SliceHeader>, List<List<SliceHeader>>> Group)
    {
        /// <summary>Slices with the same text. Where only one text occurs, slices without it join the others.</summary>
        public static Facet OfText(string name, Func<SliceHeader, string?> select) => new(name, slices =>
        {
            string?[] values = [.. slices.Select(select)];
            string? only = values.OfType<string>().Distinct(StringComparer.Ordinal).Take(2).ToArray() is [var single] ? single : null;
            return
            [
                .. slices
                    .Zip(values, (slice, value) => (Slice: slice, Value: value ?? only))
                    .GroupBy(entry => entry.Value, entry => entry.Slice, StringComparer.Ordinal)
                    .Select(group => group.ToList()),
            ];
        });

        /// <summary>Slices whose numbers are all within a tolerance of the first of their group, in ascending order of the numbers.</summary>
        public static Facet OfNumbers(string name, double tolerance, Func<SliceHeader, double[]?> select) => new(name, slices =>
        {
            List<(double[]? Numbers, List<SliceHeader> Slices)> groups = [];
            foreach ((double[]? numbers, SliceHeader slice) in slices
                .Select(slice => (Numbers: select(slice), Slice: slice))
                .OrderBy(entry => entry.Numbers, NumbersComparer))
            {
                int index = groups.FindIndex(group => AreNear(group.Numbers, numbers, tolerance));
                if (index >= 0)
                {
                    groups[index].Slices.Add(slice);
                }
                else
                {
                    groups.Add((numbers, [slice]));
                }
            }

            return [.. groups.Select(group => group.Slices)];
        });

        /// <summary>Slices that no facet tells apart.</summary>
        public static Facet Combine(Facet[] facets) => new(
            "several attributes together",
            slices => facets.Aggregate(new List<List<SliceHeader>> { slices.ToList() }, (parts, facet) => [.. parts.SelectMany(part => facet.Group(part))]));

        private static readonly Comparer<double[]?> NumbersComparer = Comparer<double[]?>.Create((left, right) =>
        {
            if (left is null || right is null)
            {
                return (left is null ? 0 : 1) - (right is null ? 0 : 1);
            }

            for (int i = 0; i < left.Length; i++)
            {
                int order = left[i].CompareTo(right[i]);
                if (order != 0)
                {
                    return order;
                }
            }

            return 0;
        });

        private static bool AreNear(double[]? left, double[]? right, double tolerance) =>
            left is null || right is null
                ? left is null && right is null
                : left.Zip(right).All(pair => Math.Abs(pair.First - pair.Second) <= tolerance);
    }
}
