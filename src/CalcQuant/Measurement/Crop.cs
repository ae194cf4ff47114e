namespace CalcQuant.Measurement;

/// <summary>A box cut out of a volume: first index and number along each axis.</summary>
internal readonly record struct Crop(int Column, int Row, int Slice, int Columns, int Rows, int Slices)
{
    /// <summary>Voxels in the box.</summary>
    public int Count => checked(Columns * Rows * Slices);

    /// <summary>Place of a voxel of the volume in an array over the box, column fastest.</summary>
    public int Index(int column, int row, int slice) => ((((slice - Slice) * Rows) + row - Row) * Columns) + column - Column;
}
