using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms.Scanner;
using CalcQuant.Phantoms.Shapes;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>
/// How much of each voxel a shape takes: as it really is, and as a scanner of the given blur would show it. Found on fine cells, which a Gaussian blurs within
/// the slice and the slice profile averages along the normal.
/// </summary>
internal sealed class InsertedFraction
{
    private const double CellMm = 0.35;
    private const int LeastCells = 2;
    private const int MostCells = 8;

    /// <summary>Layers of cells in a slice, at most: of 5 mm each is then 0.3 mm.</summary>
    private const int MostLayers = 16;

    /// <summary>Thickness and spacing that differ by less are the same.</summary>
    private const double SameExtent = 0.01;

    private readonly float[] _coverage;
    private readonly float[] _blurred;

    private InsertedFraction(VoxelBox box, float[] coverage, float[] blurred)
    {
        Box = box;
        _coverage = coverage;
        _blurred = blurred;
    }

    /// <summary>The voxels that it reaches, within the volume.</summary>
    public VoxelBox Box { get; }

    /// <summary>Share of a voxel that lies in the shape.</summary>
    public float Coverage(int column, int row, int slice) => _coverage[Index(column, row, slice)];

    /// <summary>The same as the scanner sees it.</summary>
    public float Blurred(int column, int row, int slice) => _blurred[Index(column, row, slice)];

    /// <summary>Finds both; null where the shape lies outside the volume.</summary>
    /// <param name="shape">The shape, LPS mm.</param>
    /// <param name="geometry">The voxels; pixels must be square.</param>
    /// <param name="spread">The blur.</param>
    /// <param name="locator">From points to voxels of the same geometry.</param>
    public static InsertedFraction? Of(Shape shape, VolumeGeometry geometry, PointSpread spread, VoxelLocator locator)
    {
        double pixel = geometry.BetweenColumnsMm;
        if (Math.Abs(geometry.BetweenRowsMm - pixel) > SameExtent * pixel)
        {
            throw new ArgumentException("Deposits are inserted into square pixels only.", nameof(geometry));
        }

        int cells = Math.Clamp((int)Math.Ceiling(pixel / CellMm), LeastCells, MostCells);
        var blur = new InPlaneBlur(spread.InPlaneFwhmMm, pixel, cells);
        if (Reach(shape.Bounds, geometry, spread, locator, blur.PaddingPixels) is not { } box)
        {
            return null;
        }

        float[] coverage = new float[box.VoxelCount];
        float[] blurred = new float[box.VoxelCount];
        int pixelCount = box.ColumnCount * box.RowCount;
        Parallel.For(0, box.SliceCount, n =>
        {
            int slice = box.MinSlice + n;
            int padding = blur.PaddingPixels;
            int columns = (box.ColumnCount + (2 * padding)) * cells, rows = (box.RowCount + (2 * padding)) * cells;
            float[] fine = new float[columns * rows];
            double extent = geometry.SliceExtentsMm[slice];
            Draw(shape, geometry, box, slice, extent, cells, padding, fine);
            Average(fine, columns, cells, padding, box.ColumnCount, coverage.AsSpan(n * pixelCount, pixelCount));
            if (Math.Abs(spread.SliceThicknessMm - extent) > SameExtent * extent)
            {
                Draw(shape, geometry, box, slice, spread.SliceThicknessMm, cells, padding, fine);
            }

            float[] between = new float[rows * box.ColumnCount];
            blur.Apply(fine, columns, between, box.ColumnCount, box.RowCount, blurred.AsSpan(n * pixelCount, pixelCount));
        });
        return new InsertedFraction(box, coverage, blurred);
    }

    /// <summary>The voxels that a shape in a box may reach; null where there are none.</summary>
    public static VoxelBox? Reach(Box bounds, VolumeGeometry geometry, PointSpread spread, VoxelLocator locator, int padding)
    {
        double minColumn = double.MaxValue, minRow = double.MaxValue, minSlice = double.MaxValue;
        double maxColumn = double.MinValue, maxRow = double.MinValue, maxSlice = double.MinValue;
        foreach (LpsPoint corner in bounds.Corners())
        {
            (double column, double row, double slice) = locator.ToVoxel(corner);
            (minColumn, maxColumn) = (Math.Min(minColumn, column), Math.Max(maxColumn, column));
            (minRow, maxRow) = (Math.Min(minRow, row), Math.Max(maxRow, row));
            (minSlice, maxSlice) = (Math.Min(minSlice, slice), Math.Max(maxSlice, slice));
        }

        double halfSlab = Math.Max(1, spread.SliceThicknessMm / geometry.BetweenSlicesMm) / 2;
        var box = new VoxelBox(
            Math.Max(0, (int)Math.Floor(minColumn) - padding),
            Math.Max(0, (int)Math.Floor(minRow) - padding),
            Math.Max(0, (int)Math.Ceiling(minSlice - halfSlab)),
            Math.Min(geometry.ColumnCount - 1, (int)Math.Ceiling(maxColumn) + padding),
            Math.Min(geometry.RowCount - 1, (int)Math.Ceiling(maxRow) + padding),
            Math.Min(geometry.SliceCount - 1, (int)Math.Floor(maxSlice + halfSlab)));
        return box.ColumnCount > 0 && box.RowCount > 0 && box.SliceCount > 0 ? box : null;
    }

    // Cells of a slice: the share of layers, evenly spaced over the given thickness, in which their centre lies inside.
    private static void Draw(Shape shape, VolumeGeometry geometry, VoxelBox box, int slice, double thicknessMm, int cells, int padding, float[] fine)
    {
        int layers = Math.Clamp((int)Math.Ceiling(thicknessMm / CellMm), 1, MostLayers);
        double cell = 1.0 / cells;
        int columns = (box.ColumnCount + (2 * padding)) * cells;
        double reach = Math.Sqrt((geometry.PixelAreaMm2 / 2) + (thicknessMm * thicknessMm / 4));
        Array.Clear(fine);
        for (int row = 0; row < box.RowCount; row++)
        {
            for (int column = 0; column < box.ColumnCount; column++)
            {
                // A distance never exceeds the true one, so a pixel farther from the surface than its corners are from its centre is all one.
                double distance = shape.Distance(geometry.ToLps(box.MinColumn + column, box.MinRow + row, slice));
                if (distance > reach)
                {
                    continue;
                }

                for (int y = 0; y < cells; y++)
                {
                    for (int x = 0; x < cells; x++)
                    {
                        LpsPoint middle = geometry.ToLps(
                            box.MinColumn + column + ((x + 0.5) * cell) - 0.5, box.MinRow + row + ((y + 0.5) * cell) - 0.5, slice);
                        int inside = 0;
                        for (int layer = 0; layer < layers; layer++)
                        {
                            double offset = (((layer + 0.5) / layers) - 0.5) * thicknessMm;
                            inside += distance < -reach || shape.Distance(middle + (geometry.Normal * offset)) < 0 ? 1 : 0;
                        }

                        fine[((((row + padding) * cells) + y) * columns) + ((column + padding) * cells) + x] = (float)inside / layers;
                    }
                }
            }
        }
    }

    private static void Average(float[] fine, int fineColumns, int cells, int padding, int columns, Span<float> pixels)
    {
        for (int i = 0; i < pixels.Length; i++)
        {
            int first = ((((i / columns) + padding) * cells) * fineColumns) + (((i % columns) + padding) * cells);
            float sum = 0;
            for (int y = 0; y < cells; y++)
            {
                foreach (float cell in fine.AsSpan(first + (y * fineColumns), cells))
                {
                    sum += cell;
                }
            }

            pixels[i] = sum / (cells * cells);
        }
    }

    private int Index(int column, int row, int slice) =>
        ((((slice - Box.MinSlice) * Box.RowCount) + row - Box.MinRow) * Box.ColumnCount) + column - Box.MinColumn;
}
