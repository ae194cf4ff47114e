namespace CalcQuant.Radiography;

/// <summary>
/// Measures a large plateau on the flattened film, where its background is level: halfway down its edge. What is measured against a background continued from around it loses
/// faint plaques in noise and stops at the bone beside them.
/// </summary>
/// <param name="flat">The flattened film.</param>
/// <param name="plateau">The plateau.</param>
internal sealed class PlateauOutline(FlatFilm flat, PlateauSearch.Plateau plateau)
{
    /// <summary>How far below and above the middle of its edge areas are taken for the uncertainty, as part of the fall.</summary>
    private const float LevelStep = 0.15f;

    /// <summary>Cells beyond the plateau up to which its edge may lie.</summary>
    private const int Margin = 2;

    /// <summary>Measures on pixels of the film.</summary>
    /// <param name="pixels">The film.</param>
    /// <returns>The measure; null where nothing lies above the middle of the edge.</returns>
    public OutlineMeasure? Measure(FilmPlane pixels)
    {
        FilmPlane plane = flat.Plane;
        int columns = plane.ColumnCount, bin = plane.Bin;
        int left = Math.Max(plateau.Cells.Min(cell => cell % columns) - Margin, 0), right = Math.Min(plateau.Cells.Max(cell => cell % columns) + Margin, columns - 1);
        int top = Math.Max((plateau.Cells[0] / columns) - Margin, 0), bottom = Math.Min((plateau.Cells[^1] / columns) + Margin, plane.RowCount - 1);
        int width = right - left + 1;
        bool[] own = new bool[width * (bottom - top + 1)];
        foreach (int cell in plateau.Cells)
        {
            own[(((cell / columns) - top) * width) + (cell % columns) - left] = true;
        }

        bool[] near = CellSet.Dilate(own, width, Margin);

        // Parts of a cell of as many whole pixels as the limit asks for; cells hold whole pixels, so all of them lie on the film.
        int part = Enumerable.Range(1, bin).First(size => bin % size == 0 && (size == bin || (long)own.Length * (bin / size) * (bin / size) <= FilmParameters.PlateauOutlineCells));
        int parts = bin / part, pixelColumns = width * parts, pixelRows = (bottom - top + 1) * parts;
        float[] values = new float[pixelColumns * pixelRows];
        bool[] isNear = new bool[values.Length], isOwn = new bool[values.Length], isSoft = new bool[values.Length];
        for (int row = 0; row < pixelRows; row++)
        {
            for (int column = 0; column < pixelColumns; column++)
            {
                int at = (row * pixelColumns) + column, box = (row / parts * width) + (column / parts);
                isSoft[at] = flat.Domain[((top + (row / parts)) * columns) + left + (column / parts)];
                isNear[at] = near[box] && isSoft[at];
                isOwn[at] = own[box];
                values[at] = isSoft[at] ? Between(((column + 0.5) / parts) + left - 0.5, ((row + 0.5) / parts) + top - 0.5) : float.MinValue;
            }
        }

        bool[]? deposit = Above(plateau.Middle, out int area);
        if (deposit is null)
        {
            return null;
        }

        Above(plateau.Middle - (LevelStep * plateau.Drop), out int more);
        Above(plateau.Middle + (LevelStep * plateau.Drop), out int less);
        double noise = flat.Deviations[plateau.Cells[plateau.Cells.Length / 2]] * flat.PixelNoiseScale;

        // At bone and skin the edge may lie anywhere up to them.
        double hidden = (1 - plateau.Free) * plateau.EdgeCells * bin * FilmParameters.PlateauGapMm / pixels.CellMm / 2;
        return OutlineMeasure.Of(deposit, pixelColumns, left * bin, top * bin, part, (double)area * part * part, ((more - less) * part * part / 2.0) + hidden, plateau.Drop, noise);

        // The parts above a level that the plateau itself has a share in.
        bool[]? Above(float level, out int count)
        {
            bool[] above = new bool[values.Length];
            for (int i = 0; i < above.Length; i++)
            {
                above[i] = isNear[i] && values[i] > level;
            }

            bool[] kept = new bool[values.Length];
            count = 0;
            foreach (int[] piece in CellSet.Components(above, pixelColumns))
            {
                if (Array.Exists(piece, cell => isOwn[cell]))
                {
                    count += piece.Length;
                    Array.ForEach(piece, cell => kept[cell] = true);
                }
            }

            if (count == 0)
            {
                return null;
            }

            count += FillCavities(kept, level);
            return kept;
        }

        // What walls and bone enclose is part of a cyst where its front and back are seen through it; the meshes of a network are as dense as what lies around it.
        int FillCavities(bool[] kept, float level)
        {
            bool[] open = new bool[kept.Length];
            for (int i = 0; i < open.Length; i++)
            {
                open[i] = !kept[i] && isSoft[i];
            }

            int filled = 0;
            foreach (int[] cavity in CellSet.Components(open, pixelColumns))
            {
                bool isEnclosed = !Array.Exists(cavity, cell => cell % pixelColumns == 0 || cell % pixelColumns == pixelColumns - 1 || cell < pixelColumns || cell >= open.Length - pixelColumns);
                if (isEnclosed && cavity.Average(cell => (double)values[cell]) >= level - (FilmParameters.CavityFall * plateau.Drop))
                {
                    filled += cavity.Length;
                    Array.ForEach(cavity, cell => kept[cell] = true);
                }
            }

            return filled;
        }
    }

    /// <summary>Between four cells; those outside the domain have no value and do not count.</summary>
    private float Between(double column, double row)
    {
        FilmPlane plane = flat.Plane;
        int x = Math.Clamp((int)Math.Floor(column), 0, plane.ColumnCount - 2), y = Math.Clamp((int)Math.Floor(row), 0, plane.RowCount - 2);
        float right = (float)Math.Clamp(column - x, 0, 1), down = (float)Math.Clamp(row - y, 0, 1);
        float sum = 0, weight = 0;
        Add(x, y, (1 - right) * (1 - down));
        Add(x + 1, y, right * (1 - down));
        Add(x, y + 1, (1 - right) * down);
        Add(x + 1, y + 1, right * down);
        return weight > 0 ? sum / weight : float.MinValue;

        void Add(int cellColumn, int cellRow, float part)
        {
            int cell = (cellRow * plane.ColumnCount) + cellColumn;
            if (flat.Domain[cell])
            {
                sum += part * flat.Values[cell];
                weight += part;
            }
        }
    }
}
