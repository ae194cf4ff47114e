using CalcQuant.Kernels;
using CalcQuant.Segmentation;

namespace CalcQuant.Radiography;

/// <summary>A film, or something computed of it, on cells of whole pixels: cell (0, 0) holds the pixels from (0, 0).</summary>
/// <param name="ColumnCount">Cells along a row.</param>
/// <param name="RowCount">Rows.</param>
/// <param name="Bin">Pixels along each side of a cell.</param>
/// <param name="CellMm">Side of a cell, mm; pixels that are not square count with the root of their area.</param>
/// <param name="Values">Column fastest.</param>
internal sealed record FilmPlane(int ColumnCount, int RowCount, int Bin, double CellMm, float[] Values)
{
    /// <summary>Area of a cell, mm².</summary>
    public double CellMm2 => CellMm * CellMm;

    /// <summary>Means of the pixels of each cell; pixels that fill no cell at the right and lower border are left out.</summary>
    public static FilmPlane Reduce(FilmPlane source, int factor)
    {
        if (factor == 1)
        {
            return source;
        }

        int columns = Math.Max(1, source.ColumnCount / factor), rows = Math.Max(1, source.RowCount / factor);
        float[] means = new float[columns * rows];
        Parallel.For(0, rows, row =>
        {
            Span<float> target = means.AsSpan(row * columns, columns);
            int height = Math.Min(factor, source.RowCount), width = Math.Min(factor, source.ColumnCount);
            for (int y = 0; y < height; y++)
            {
                ReadOnlySpan<float> line = source.Values.AsSpan(((row * factor) + y) * source.ColumnCount, source.ColumnCount);
                for (int column = 0; column < columns; column++)
                {
                    float sum = 0;
                    for (int x = 0; x < width; x++)
                    {
                        sum += line[(column * factor) + x];
                    }

                    target[column] += sum;
                }
            }

            float scale = 1f / (height * width);
            foreach (ref float value in target)
            {
                value *= scale;
            }
        });
        return new FilmPlane(columns, rows, source.Bin * factor, source.CellMm * factor, means);
    }

    /// <summary>The same cells with other values.</summary>
    public FilmPlane With(float[] values) => this with { Values = values };

    /// <summary>Smooths with a Gaussian; beyond the border the nearest cell goes on.</summary>
    /// <param name="sigmaMm">Standard deviation, mm.</param>
    public FilmPlane Smooth(double sigmaMm) => With(Convolve(Values, GaussianBlur.Weights(sigmaMm, CellMm)));

    /// <summary>One separable convolution with the same weights along both axes.</summary>
    public float[] Convolve(float[] values, float[] weights) => Convolve(values, weights, weights);

    /// <summary>One separable convolution; beyond the border the nearest cell goes on.</summary>
    /// <param name="values">As many as cells.</param>
    /// <param name="alongRow">Odd number of weights.</param>
    /// <param name="acrossRows">Odd number of weights.</param>
    public float[] Convolve(float[] values, float[] alongRow, float[] acrossRows)
    {
        int radius = alongRow.Length / 2;
        float[] between = new float[values.Length];
        int[] steps = [.. Enumerable.Range(0, alongRow.Length)];
        Parallel.For(0, RowCount, () => new float[ColumnCount + (2 * radius)], (row, _, padded) =>
        {
            ReadOnlySpan<float> line = values.AsSpan(row * ColumnCount, ColumnCount);
            padded.AsSpan(0, radius).Fill(line[0]);
            line.CopyTo(padded.AsSpan(radius));
            padded.AsSpan(radius + ColumnCount).Fill(line[^1]);
            WeightedSumKernel.Sum(padded, steps, alongRow, between.AsSpan(row * ColumnCount, ColumnCount));
            return padded;
        }, _ => { });
        float[] result = new float[values.Length];
        int reach = acrossRows.Length / 2;
        Parallel.For(0, RowCount, () => new int[acrossRows.Length], (row, _, offsets) =>
        {
            for (int k = 0; k < offsets.Length; k++)
            {
                offsets[k] = Math.Clamp(row + k - reach, 0, RowCount - 1) * ColumnCount;
            }

            WeightedSumKernel.Sum(between, offsets, acrossRows, result.AsSpan(row * ColumnCount, ColumnCount));
            return offsets;
        }, _ => { });
        return result;
    }

    /// <summary>Values of this plane at the cells of a finer one.</summary>
    public float[] Spread(FilmPlane finer)
    {
        float[] values = new float[finer.Values.Length];
        int[] left = new int[finer.ColumnCount];
        float[] part = new float[finer.ColumnCount];
        for (int column = 0; column < left.Length; column++)
        {
            (left[column], part[column]) = Between(((column + 0.5) * finer.Bin / Bin) - 0.5, ColumnCount);
        }

        Parallel.For(0, finer.RowCount, () => new float[ColumnCount + 1], (row, _, line) =>
        {
            (int top, float down) = Between(((row + 0.5) * finer.Bin / Bin) - 0.5, RowCount);
            ReadOnlySpan<float> upper = Values.AsSpan(top * ColumnCount, ColumnCount), lower = Values.AsSpan(Math.Min(top + 1, RowCount - 1) * ColumnCount, ColumnCount);
            for (int column = 0; column < ColumnCount; column++)
            {
                line[column] = upper[column] + (down * (lower[column] - upper[column]));
            }

            line[ColumnCount] = line[ColumnCount - 1];
            Span<float> target = values.AsSpan(row * finer.ColumnCount, finer.ColumnCount);
            for (int column = 0; column < target.Length; column++)
            {
                int at = left[column];
                target[column] = line[at] + (part[column] * (line[at + 1] - line[at]));
            }

            return line;
        }, _ => { });
        return values;
    }

    /// <summary>The cell before a place and how far the place is on the way to the next; beyond the outer cells their own value holds.</summary>
    private static (int Cell, float Part) Between(double at, int count)
    {
        double inside = Math.Clamp(at, 0, count - 1);
        int cell = Math.Min((int)inside, Math.Max(count - 2, 0));
        return (cell, (float)(inside - cell));
    }
}
