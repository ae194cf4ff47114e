using System.Collections.Immutable;

namespace CalcQuant.Imaging;

/// <summary>
/// Where the voxels of a stack of parallel slices lie in the patient: voxel (Column, Row, Slice) to LPS mm. Slices may be sheared
/// against their normal (gantry tilt) and unevenly spaced; both are kept exactly, nothing is resampled.
/// </summary>
public sealed class VolumeGeometry
{
    /// <summary>Creates the geometry of a stack.</summary>
    /// <param name="columnCount">Voxels along a row (DICOM Columns).</param>
    /// <param name="rowCount">Rows of a slice (DICOM Rows).</param>
    /// <param name="betweenColumnsMm">Distance of neighbouring columns, mm; the second value of DICOM PixelSpacing.</param>
    /// <param name="betweenRowsMm">Distance of neighbouring rows, mm; the first value of DICOM PixelSpacing.</param>
    /// <param name="columnDirection">Unit vector of increasing column index (first triplet of ImageOrientationPatient).</param>
    /// <param name="rowDirection">Unit vector of increasing row index (second triplet of ImageOrientationPatient).</param>
    /// <param name="sliceOrigins">Centre of voxel (0, 0) of each slice, in slice order along the normal (ImagePositionPatient).</param>
    /// <param name="sliceExtentsMm">
    /// The length along the normal that each slice stands for, mm: the spacing of an even stack, the sum of the two half distances of
    /// an uneven one, the slice thickness of a single slice.
    /// </param>
    /// <exception cref="ArgumentException">A count, a spacing or a direction is not valid, or the lists differ in length.</exception>
    public VolumeGeometry(
        int columnCount,
        int rowCount,
        double betweenColumnsMm,
        double betweenRowsMm,
        LpsPoint columnDirection,
        LpsPoint rowDirection,
        ImmutableArray<LpsPoint> sliceOrigins,
        ImmutableArray<double> sliceExtentsMm)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columnCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowCount);
        ThrowUnlessPositive(betweenColumnsMm, nameof(betweenColumnsMm));
        ThrowUnlessPositive(betweenRowsMm, nameof(betweenRowsMm));
        if (sliceOrigins.IsDefaultOrEmpty || sliceExtentsMm.IsDefault || sliceOrigins.Length != sliceExtentsMm.Length)
        {
            throw new ArgumentException("Every slice needs one origin and one extent.", nameof(sliceOrigins));
        }

        foreach (double extent in sliceExtentsMm)
        {
            ThrowUnlessPositive(extent, nameof(sliceExtentsMm));
        }

        ColumnCount = columnCount;
        RowCount = rowCount;
        BetweenColumnsMm = betweenColumnsMm;
        BetweenRowsMm = betweenRowsMm;
        ColumnDirection = columnDirection;
        RowDirection = rowDirection;
        Normal = columnDirection.Cross(rowDirection).Normalized();
        SliceOrigins = sliceOrigins;
        SliceExtentsMm = sliceExtentsMm;
        double[] sorted = [.. sliceExtentsMm];
        Array.Sort(sorted);
        BetweenSlicesMm = sorted[sorted.Length / 2];
    }

    /// <summary>Voxels along a row.</summary>
    public int ColumnCount { get; }

    /// <summary>Rows of a slice.</summary>
    public int RowCount { get; }

    /// <summary>Number of slices.</summary>
    public int SliceCount => SliceOrigins.Length;

    /// <summary>All voxels.</summary>
    public long VoxelCount => (long)ColumnCount * RowCount * SliceCount;

    /// <summary>Distance of neighbouring columns, mm.</summary>
    public double BetweenColumnsMm { get; }

    /// <summary>Distance of neighbouring rows, mm.</summary>
    public double BetweenRowsMm { get; }

    /// <summary>Distance of neighbouring slices along the normal, mm; the median where it varies.</summary>
    public double BetweenSlicesMm { get; }

    /// <summary>Unit vector of increasing column index.</summary>
    public LpsPoint ColumnDirection { get; }

    /// <summary>Unit vector of increasing row index.</summary>
    public LpsPoint RowDirection { get; }

    /// <summary>Unit normal of the slices: column direction cross row direction. Slices are ordered along it.</summary>
    public LpsPoint Normal { get; }

    /// <summary>Centre of voxel (0, 0) of each slice, LPS mm.</summary>
    public ImmutableArray<LpsPoint> SliceOrigins { get; }

    /// <summary>The length along the normal that each slice stands for, mm.</summary>
    public ImmutableArray<double> SliceExtentsMm { get; }

    /// <summary>Area of one pixel, mm².</summary>
    public double PixelAreaMm2 => BetweenColumnsMm * BetweenRowsMm;

    /// <summary>
    /// Volume of a voxel of the given slice, mm³: pixel area x extent along the normal, which holds for sheared stacks too
    /// (a parallelepiped).
    /// </summary>
    public double VoxelVolumeMm3(int slice) => PixelAreaMm2 * SliceExtentsMm[slice];

    /// <summary>The centre of a voxel, or of any fractional position between the columns and rows of one slice, LPS mm.</summary>
    public LpsPoint ToLps(double column, double row, int slice) =>
        SliceOrigins[slice] + (ColumnDirection * (column * BetweenColumnsMm)) + (RowDirection * (row * BetweenRowsMm));

    /// <summary>The same with a fractional slice, interpolated between the neighbouring slice origins.</summary>
    public LpsPoint ToLps(double column, double row, double slice)
    {
        int lower = Math.Clamp((int)Math.Floor(slice), 0, SliceCount - 1);
        int upper = Math.Min(lower + 1, SliceCount - 1);
        LpsPoint step = upper == lower ? Normal * BetweenSlicesMm : SliceOrigins[upper] - SliceOrigins[lower];
        return ToLps(column, row, lower) + (step * (slice - lower));
    }

    /// <summary>The voxel that a point lies in; a slice reaches half its extent to either side.</summary>
    /// <param name="point">LPS mm.</param>
    /// <returns>Null outside the volume.</returns>
    public (int Column, int Row, int Slice)? FindVoxel(LpsPoint point)
    {
        int slice = 0;
        for (int other = 1; other < SliceCount; other++)
        {
            if (Math.Abs(DistanceAlongNormal(point, other)) < Math.Abs(DistanceAlongNormal(point, slice)))
            {
                slice = other;
            }
        }

        LpsPoint within = point - SliceOrigins[slice];
        double column = Math.Floor((within.Dot(ColumnDirection) / BetweenColumnsMm) + 0.5);
        double row = Math.Floor((within.Dot(RowDirection) / BetweenRowsMm) + 0.5);
        bool isInside = Math.Abs(DistanceAlongNormal(point, slice)) <= SliceExtentsMm[slice] / 2
            && column >= 0 && column < ColumnCount && row >= 0 && row < RowCount;
        return isInside ? ((int)column, (int)row, slice) : null;
    }

    private double DistanceAlongNormal(LpsPoint point, int slice) => (point - SliceOrigins[slice]).Dot(Normal);

    private static void ThrowUnlessPositive(double value, string name)
    {
        if (!double.IsFinite(value) || value <= 0)
        {
            throw new ArgumentOutOfRangeException(name, value, "A length in mm must be finite and positive.");
        }
    }
}
