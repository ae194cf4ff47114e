using CalcQuant.Measurement;

namespace CalcQuant.Radiography;

/// <summary>
/// What a flattened film shows along the skin: the body is no parabola there, and its outline is known to a coarse cell only, so a strip along the skin stands
/// out that is no deposit. It is the same along some centimetres: its median at equal depth is taken away.
/// </summary>
internal static class RimProfile
{
    /// <summary>Takes the strip away, where it is above zero.</summary>
    /// <param name="flat">Flattened film; its values are changed.</param>
    /// <param name="depthMm">Distance of each cell to the outline of the body, mm.</param>
    /// <param name="counted">Cells that count.</param>
    public static void Subtract(FilmPlane flat, float[] depthMm, bool[] counted)
    {
        int step = Math.Max(1, (int)Math.Round(FilmParameters.RimStepMm / flat.CellMm));
        int columns = ((flat.ColumnCount - 1) / step) + 1, rows = ((flat.RowCount - 1) / step) + 1;
        int depths = (int)Math.Ceiling(FilmParameters.RimDepthMm / FilmParameters.RimStrideMm);
        var tiles = new List<float>?[columns * rows * depths];

        // A fourth of the cells tells the median as well.
        for (int i = 0; i < counted.Length; i++)
        {
            if (counted[i] && depthMm[i] < FilmParameters.RimDepthMm && ((i / flat.ColumnCount) + (i % flat.ColumnCount)) % 4 == 0)
            {
                (tiles[Tile(i)] ??= []).Add(flat.Values[i]);
            }
        }

        float[] medians = new float[tiles.Length];
        Parallel.For(0, rows, () => new List<float>(), (row, _, near) =>
        {
            for (int column = 0; column < columns; column++)
            {
                for (int depth = 0; depth < depths; depth++)
                {
                    near.Clear();
                    for (int y = Math.Max(row - 1, 0); y <= Math.Min(row + 1, rows - 1); y++)
                    {
                        for (int x = Math.Max(column - 1, 0); x <= Math.Min(column + 1, columns - 1); x++)
                        {
                            near.AddRange(tiles[(((y * columns) + x) * depths) + depth] ?? []);
                        }
                    }

                    Span<float> values = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(near);
                    medians[(((row * columns) + column) * depths) + depth] = values.Length == 0 ? 0 : Math.Max(0, OrderStatistic.Select(values, values.Length / 2));
                }
            }

            return near;
        }, _ => { });
        for (int i = 0; i < counted.Length; i++)
        {
            if (counted[i] && depthMm[i] < FilmParameters.RimDepthMm)
            {
                flat.Values[i] -= medians[Tile(i)];
            }
        }

        int Tile(int cell) =>
            (((cell / flat.ColumnCount / step * columns) + (cell % flat.ColumnCount / step)) * depths) + Math.Min((int)(Math.Max(depthMm[cell], 0) / FilmParameters.RimStrideMm), depths - 1);
    }
}
