namespace CalcQuant.Imaging;

/// <summary>
/// Labels on a grid of their own, which need not be that of any image: drawn by a reader or by another program. 0 means nothing. Slices without a label
/// take no memory.
/// </summary>
public sealed class LabelVolume
{
    private readonly ushort[]?[] _slices;

    /// <summary>Wraps labels.</summary>
    /// <param name="columnCount">Voxels along a row.</param>
    /// <param name="rowCount">Rows of a slice.</param>
    /// <param name="slices">Labels of each slice, column fastest; null for a slice without one. Not copied.</param>
    /// <param name="origin">Centre of voxel (0, 0, 0), LPS mm.</param>
    /// <param name="columnStep">From a voxel to the next of its row, LPS mm.</param>
    /// <param name="rowStep">From a voxel to the same column of the next row, LPS mm.</param>
    /// <param name="sliceStep">From a voxel to the same place of the next slice, LPS mm.</param>
    /// <exception cref="ArgumentException">A count is not positive, a slice has another size, or the steps span no volume.</exception>
    public LabelVolume(int columnCount, int rowCount, ushort[]?[] slices, LpsPoint origin, LpsPoint columnStep, LpsPoint rowStep, LpsPoint sliceStep)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columnCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowCount);
        ArgumentNullException.ThrowIfNull(slices);
        if (slices.Length == 0 || slices.Any(slice => slice is not null && slice.Length != columnCount * rowCount))
        {
            throw new ArgumentException("Every slice has columns x rows labels.", nameof(slices));
        }

        if (!CanSpan(columnStep, rowStep, sliceStep))
        {
            throw new ArgumentException("The steps span no volume.", nameof(sliceStep));
        }

        ColumnCount = columnCount;
        RowCount = rowCount;
        _slices = slices;
        Origin = origin;
        ColumnStep = columnStep;
        RowStep = rowStep;
        SliceStep = sliceStep;
    }

    /// <summary>Voxels along a row.</summary>
    public int ColumnCount { get; }

    /// <summary>Rows of a slice.</summary>
    public int RowCount { get; }

    /// <summary>Slices.</summary>
    public int SliceCount => _slices.Length;

    /// <summary>Centre of voxel (0, 0, 0), LPS mm.</summary>
    public LpsPoint Origin { get; }

    /// <summary>From a voxel to the next of its row, LPS mm.</summary>
    public LpsPoint ColumnStep { get; }

    /// <summary>From a voxel to the same column of the next row, LPS mm.</summary>
    public LpsPoint RowStep { get; }

    /// <summary>From a voxel to the same place of the next slice, LPS mm.</summary>
    public LpsPoint SliceStep { get; }

    /// <summary>Frame of Reference UID (0020,0052) where the source names one.</summary>
    public string? FrameOfReferenceUid { get; init; }

    /// <summary>Memory of the labels, bytes.</summary>
    public long ByteCount => _slices.Sum(slice => (long)(slice?.Length ?? 0) * sizeof(ushort));

    /// <summary>The label of a voxel.</summary>
    public int this[int column, int row, int slice] => _slices[slice]?[(row * ColumnCount) + column] ?? 0;

    /// <summary>True where three steps point in different enough directions to be a grid.</summary>
    public static bool CanSpan(LpsPoint columnStep, LpsPoint rowStep, LpsPoint sliceStep)
    {
        // 1e-6: a sine that no grid of a scanner or a file comes near.
        double volume = Math.Abs(columnStep.Cross(rowStep).Dot(sliceStep));
        double edges = columnStep.Length * rowStep.Length * sliceStep.Length;
        return double.IsFinite(edges) && edges > 0 && volume > 1e-6 * edges;
    }

    /// <summary>The labels of a slice, column fastest; null where it has none.</summary>
    internal ushort[]? LabelsOf(int slice) => _slices[slice];
}

/// <summary>What reading a label volume gave.</summary>
public abstract record LabelReading
{
    private LabelReading()
    {
    }

    /// <summary>A label volume.</summary>
    /// <param name="Volume">The labels.</param>
    public sealed record Accepted(LabelVolume Volume) : LabelReading;

    /// <summary>It cannot be used.</summary>
    /// <param name="Explanation">Why, one sentence.</param>
    public sealed record Rejected(string Explanation) : LabelReading;
}
