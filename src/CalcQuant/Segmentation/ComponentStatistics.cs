using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// What one pass tells about a connected component. Sums of integer volumes are exact; sums of float volumes are taken in double, voxel
/// after voxel in raster order, so they do not depend on threads or vector width. HU figures are 0 where no values were given.
/// </summary>
/// <remarks>One cache line: there may be hundreds of thousands in a noisy volume.</remarks>
public struct ComponentStatistics
{
    // Integer sums, or the bits of a double where the volume is float.
    private long _sumHu;
    private long _sumOfSquaresHu;
    private long _sumColumn;
    private long _sumRow;
    private long _sumSlice;
    private int _voxelCount;
    private float _maxHu;
    private ushort _minColumn;
    private ushort _maxColumn;
    private ushort _minRow;
    private ushort _maxRow;
    private ushort _minSlice;
    private ushort _maxSlice;
    private bool _isSingle;

    /// <summary>Voxels.</summary>
    public readonly long VoxelCount => _voxelCount;

    /// <summary>Sum over the voxels, HU.</summary>
    public readonly double SumHu => _isSingle ? BitConverter.Int64BitsToDouble(_sumHu) : _sumHu;

    /// <summary>Sum of squares over the voxels, HU².</summary>
    public readonly double SumOfSquaresHu => _isSingle ? BitConverter.Int64BitsToDouble(_sumOfSquaresHu) : _sumOfSquaresHu;

    /// <summary>Greatest value, HU.</summary>
    public readonly float MaxHu => _maxHu;

    /// <summary>Mean, HU.</summary>
    public readonly double MeanHu => SumHu / _voxelCount;

    /// <summary>Standard deviation over the voxels (divisor n), HU.</summary>
    public readonly double StandardDeviationHu => Math.Sqrt(Math.Max(0, (SumOfSquaresHu / _voxelCount) - (MeanHu * MeanHu)));

    /// <summary>Sum of the column indices.</summary>
    public readonly long SumColumn => _sumColumn;

    /// <summary>Sum of the row indices.</summary>
    public readonly long SumRow => _sumRow;

    /// <summary>Sum of the slice indices.</summary>
    public readonly long SumSlice => _sumSlice;

    /// <summary>First column.</summary>
    public readonly int MinColumn => _minColumn;

    /// <summary>Last column.</summary>
    public readonly int MaxColumn => _maxColumn;

    /// <summary>First row.</summary>
    public readonly int MinRow => _minRow;

    /// <summary>Last row.</summary>
    public readonly int MaxRow => _maxRow;

    /// <summary>First slice.</summary>
    public readonly int MinSlice => _minSlice;

    /// <summary>Last slice.</summary>
    public readonly int MaxSlice => _maxSlice;

    /// <summary>The least box that holds every voxel.</summary>
    public readonly VoxelBox Bounds => new(_minColumn, _minRow, _minSlice, _maxColumn, _maxRow, _maxSlice);

    /// <summary>A component of which no voxel was seen yet.</summary>
    internal static ComponentStatistics Empty => new()
    {
        _maxHu = float.NegativeInfinity,
        _minColumn = ushort.MaxValue,
        _minRow = ushort.MaxValue,
        _minSlice = ushort.MaxValue,
    };

    /// <summary>Adds the voxels of a run of a block.</summary>
    /// <param name="piece">The voxels.</param>
    /// <param name="row">First row of the block.</param>
    /// <param name="slice">First slice of the block.</param>
    /// <param name="hu">Sums over the voxels.</param>
    internal void Add(ref readonly BlockPiece piece, int row, int slice, HuTotal hu)
    {
        int count = piece.VoxelCount;
        _voxelCount += count;
        _sumColumn += piece.SumColumn;
        _sumRow += ((long)row * count) + piece.InSecondRow;
        _sumSlice += ((long)slice * count) + piece.InSecondSlice;
        _minColumn = Math.Min(_minColumn, piece.Columns.Start);
        _maxColumn = Math.Max(_maxColumn, (ushort)(piece.Columns.End - 1));
        _minRow = Math.Min(_minRow, (ushort)(row + piece.MinRow));
        _maxRow = Math.Max(_maxRow, (ushort)(row + piece.MaxRow));
        _minSlice = Math.Min(_minSlice, (ushort)(slice + piece.MinSlice));
        _maxSlice = Math.Max(_maxSlice, (ushort)(slice + piece.MaxSlice));
        _sumHu += hu.Sum;
        _sumOfSquaresHu += hu.SumOfSquares;
        _maxHu = Math.Max(_maxHu, hu.Max);
    }

    /// <summary>Adds the values of a run of a float volume; runs must come in raster order.</summary>
    internal void Add(ReadOnlySpan<float> run)
    {
        double sum = _isSingle ? BitConverter.Int64BitsToDouble(_sumHu) : 0;
        double squares = _isSingle ? BitConverter.Int64BitsToDouble(_sumOfSquaresHu) : 0;
        foreach (float hu in run)
        {
            sum += hu;
            squares += (double)hu * hu;
            _maxHu = Math.Max(_maxHu, hu);
        }

        _isSingle = true;
        _sumHu = BitConverter.DoubleToInt64Bits(sum);
        _sumOfSquaresHu = BitConverter.DoubleToInt64Bits(squares);
    }

    /// <summary>Adds the voxels of another component of the same volume, integer or without values.</summary>
    internal void Add(ref readonly ComponentStatistics other)
    {
        _sumHu += other._sumHu;
        _sumOfSquaresHu += other._sumOfSquaresHu;
        _sumColumn += other._sumColumn;
        _sumRow += other._sumRow;
        _sumSlice += other._sumSlice;
        _voxelCount += other._voxelCount;
        _maxHu = Math.Max(_maxHu, other._maxHu);
        _minColumn = Math.Min(_minColumn, other._minColumn);
        _maxColumn = Math.Max(_maxColumn, other._maxColumn);
        _minRow = Math.Min(_minRow, other._minRow);
        _maxRow = Math.Max(_maxRow, other._maxRow);
        _minSlice = Math.Min(_minSlice, other._minSlice);
        _maxSlice = Math.Max(_maxSlice, other._maxSlice);
    }

    /// <summary>Replaces the maximum of "no value seen" by 0, as all HU figures of a mask without values are.</summary>
    internal void ClearHu() => _maxHu = 0;
}
