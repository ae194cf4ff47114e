using System.Collections.Immutable;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Series;

/// <summary>
/// Slices of one orientation in order along their normal, by Image Position (Patient) alone: Instance Number, Slice Location and file names are
/// not believed. Says what the distances between them mean.
/// </summary>
internal sealed class SliceSequence
{
    /// <summary>Two slices closer than this along the normal are at one position, mm. A tenth of the thinnest clinical slices.</summary>
    public const double SamePositionMm = 0.01;

    /// <summary>Distances that differ from the median by no more than this part of it are even.</summary>
    public const double EvenSpacingFraction = 0.01;

    /// <summary>Or by no more than this, mm: scanners write positions rounded to two or three decimals.</summary>
    public const double EvenSpacingMm = 0.01;

    /// <summary>A distance of this many medians or more means that a slice is missing.</summary>
    public const double GapFactor = 1.5;

    /// <summary>Slice origins may leave the straight line through them by this part of a pixel; beyond, columns of voxels do not line up.</summary>
    public const double StraightPixelFraction = 0.5;

    /// <summary>Tilts up to this are rounding of positions, degrees.</summary>
    public const double TiltToleranceDegrees = 0.1;

    private SliceSequence(ImmutableArray<SliceHeader> slices, LpsPoint columnDirection, LpsPoint rowDirection)
    {
        ColumnDirection = columnDirection;
        RowDirection = rowDirection;
        LpsPoint normal = columnDirection.Cross(rowDirection);
        (double Position, SliceHeader Slice)[] sorted =
        [
            .. slices
                .Select(slice => (Position: slice.Position!.Value.Dot(normal), Slice: slice))
                .OrderBy(entry => entry.Position)
                .ThenBy(entry => entry.Slice.SopInstanceUid, StringComparer.Ordinal)
                .ThenBy(entry => entry.Slice.Frame),
        ];
        Slices = [.. sorted.Select(entry => entry.Slice)];
        Positions = [.. sorted.Select(entry => entry.Position)];
        Distances = [.. Positions.Zip(Positions.Skip(1), (lower, upper) => upper - lower)];
        double[] distinct = [.. Distances.Where(distance => distance > SamePositionMm).Order()];

        // The lower median: of 5 mm and 10 mm the 10 is the gap.
        MedianDistanceMm = distinct.Length == 0 ? null : distinct[(distinct.Length - 1) / 2];
        CollisionCount = Distances.Length - distinct.Length;
    }

    /// <summary>Slices by rising position.</summary>
    public ImmutableArray<SliceHeader> Slices { get; }

    /// <summary>Position of each slice along the normal, mm.</summary>
    public ImmutableArray<double> Positions { get; }

    /// <summary>Distance of each slice to the next, mm along the normal.</summary>
    public ImmutableArray<double> Distances { get; }

    /// <summary>Unit vector of increasing column index.</summary>
    public LpsPoint ColumnDirection { get; }

    /// <summary>Unit vector of increasing row index.</summary>
    public LpsPoint RowDirection { get; }

    /// <summary>Median of the distances between different positions, mm; null where there is one position only.</summary>
    public double? MedianDistanceMm { get; }

    /// <summary>Slices that lie where the one before them lies.</summary>
    public int CollisionCount { get; }

    /// <summary>True where all distances are the same within rounding.</summary>
    public bool IsEven => MedianDistanceMm is not { } median
        || Distances.All(distance => Math.Abs(distance - median) <= Math.Max(EvenSpacingFraction * median, EvenSpacingMm));

    /// <summary>Index of each slice that is followed by a gap.</summary>
    public IEnumerable<int> Gaps
    {
        get
        {
            if (MedianDistanceMm is not { } median)
            {
                yield break;
            }

            // A lone short distance among long ones: what if the short one is the true one? The slice thickness tells. Slices half as thick as
            // they are apart, with one pair as close as they are thick, are what remains when every second slice has been lost.
            double reference = median;
            double shortest = Distances.Where(distance => distance > SamePositionMm).Min();
            if (median >= GapFactor * shortest
                && Slices.All(slice => slice.SliceThicknessMm is { } thickness && median >= GapFactor * thickness))
            {
                reference = shortest;
            }

            for (int i = 0; i < Distances.Length; i++)
            {
                if (Distances[i] >= GapFactor * reference && Distances[i] > SamePositionMm)
                {
                    yield return i;
                }
            }
        }
    }

    /// <summary>True where the origins lie on a straight line, so that voxels of one column and row lie below each other.</summary>
    public bool IsStraight
    {
        get
        {
            LpsPoint first = Slices[0].Position!.Value;
            LpsPoint way = Slices[^1].Position!.Value - first;
            double length = Positions[^1] - Positions[0];
            (double betweenRows, double betweenColumns) = Slices[0].PixelSpacing!.Value;
            double toleranceMm = StraightPixelFraction * Math.Min(betweenRows, betweenColumns);
            for (int i = 0; i < Slices.Length; i++)
            {
                double part = length > SamePositionMm ? (Positions[i] - Positions[0]) / length : 0;
                if ((Slices[i].Position!.Value - first - (way * part)).Length > toleranceMm)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Angle between the way from slice to slice and their normal, degrees.</summary>
    public double TiltDegrees
    {
        get
        {
            LpsPoint way = Slices[^1].Position!.Value - Slices[0].Position!.Value;
            LpsPoint normal = ColumnDirection.Cross(RowDirection);
            return way.Length <= SamePositionMm ? 0 : Math.Atan2(way.Cross(normal).Length, way.Dot(normal)) * (180 / Math.PI);
        }
    }

    /// <summary>Puts slices in order.</summary>
    /// <param name="slices">At least one; each with position, orientation and spacing, all of one orientation.</param>
    public static SliceSequence Order(IReadOnlyCollection<SliceHeader> slices)
    {
        // Orientations of one stack differ by rounding at most; their mean does not depend on the order of the files.
        var column = default(LpsPoint);
        var row = default(LpsPoint);
        foreach (SliceHeader slice in slices.OrderBy(slice => slice.SopInstanceUid, StringComparer.Ordinal).ThenBy(slice => slice.Frame))
        {
            column += slice.Orientation!.Value.ColumnDirection;
            row += slice.Orientation!.Value.RowDirection;
        }

        if (slices.Select(slice => slice.Orientation).Distinct().Count() == 1)
        {
            (column, row) = slices.First().Orientation!.Value;
        }
        else
        {
            column = column.Normalized();
            row = (row - (column * column.Dot(row))).Normalized();
        }

        return new SliceSequence([.. slices], column, row);
    }

    /// <summary>True where another sequence of the same orientation shares part of its range with this one.</summary>
    public bool Overlaps(SliceSequence other) =>
        Positions[0] <= other.Positions[^1] + SamePositionMm && other.Positions[0] <= Positions[^1] + SamePositionMm;
}
