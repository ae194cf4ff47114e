namespace CalcQuant.Radiography;

/// <summary>Sets of cells of a film: components, distances, openings. Small grids only, hence a byte a cell.</summary>
internal static class CellSet
{
    /// <summary>Connected components (8 neighbours), in the order of their first cell.</summary>
    /// <param name="cells">Which cells.</param>
    /// <param name="columnCount">Cells along a row.</param>
    public static List<int[]> Components(ReadOnlySpan<bool> cells, int columnCount)
    {
        int rowCount = cells.Length / columnCount;
        bool[] left = cells.ToArray();
        var components = new List<int[]>();
        var stack = new Stack<int>();
        for (int start = 0; start < left.Length; start++)
        {
            if (!left[start])
            {
                continue;
            }

            var members = new List<int>();
            left[start] = false;
            stack.Push(start);
            while (stack.TryPop(out int cell))
            {
                members.Add(cell);
                int column = cell % columnCount, row = cell / columnCount;
                for (int y = Math.Max(row - 1, 0); y <= Math.Min(row + 1, rowCount - 1); y++)
                {
                    for (int x = Math.Max(column - 1, 0); x <= Math.Min(column + 1, columnCount - 1); x++)
                    {
                        int neighbour = (y * columnCount) + x;
                        if (left[neighbour])
                        {
                            left[neighbour] = false;
                            stack.Push(neighbour);
                        }
                    }
                }
            }

            components.Add([.. members]);
        }

        return components;
    }

    /// <summary>Connected cells of a component at or above a level, each part in rising order.</summary>
    /// <param name="values">Value of each cell of the grid.</param>
    /// <param name="component">Cells of the component.</param>
    /// <param name="level">The level.</param>
    /// <param name="columns">Cells along a row.</param>
    public static List<int[]> Above(float[] values, int[] component, float level, int columns)
    {
        int left = int.MaxValue, right = 0, top = int.MaxValue, bottom = 0;
        foreach (int cell in component)
        {
            (left, right) = (Math.Min(left, cell % columns), Math.Max(right, cell % columns));
            (top, bottom) = (Math.Min(top, cell / columns), Math.Max(bottom, cell / columns));
        }

        int width = right - left + 1;
        bool[] box = new bool[width * (bottom - top + 1)];
        foreach (int cell in component)
        {
            box[(((cell / columns) - top) * width) + (cell % columns) - left] = values[cell] >= level;
        }

        List<int[]> pieces = Components(box, width);
        foreach (int[] piece in pieces)
        {
            for (int i = 0; i < piece.Length; i++)
            {
                piece[i] = ((top + (piece[i] / width)) * columns) + left + (piece[i] % width);
            }

            Array.Sort(piece);
        }

        return pieces;
    }

    /// <summary>Gives each cell that has no number that of a cell near it that has one, ring after ring.</summary>
    /// <param name="numbers">A number for each cell, 0 for none.</param>
    /// <param name="columnCount">Cells along a row.</param>
    public static void SpreadNearest(int[] numbers, int columnCount)
    {
        int rowCount = numbers.Length / columnCount;
        var queue = new Queue<int>();
        for (int cell = 0; cell < numbers.Length; cell++)
        {
            if (numbers[cell] != 0)
            {
                queue.Enqueue(cell);
            }
        }

        while (queue.TryDequeue(out int cell))
        {
            int column = cell % columnCount, row = cell / columnCount;
            Take(column > 0, cell - 1, numbers[cell]);
            Take(column < columnCount - 1, cell + 1, numbers[cell]);
            Take(row > 0, cell - columnCount, numbers[cell]);
            Take(row < rowCount - 1, cell + columnCount, numbers[cell]);
        }

        void Take(bool isInside, int cell, int number)
        {
            if (isInside && numbers[cell] == 0)
            {
                numbers[cell] = number;
                queue.Enqueue(cell);
            }
        }
    }

    /// <summary>Squared distance of each cell to the nearest of a set, in cells; exact (Felzenszwalb and Huttenlocher, Theory of Computing 8, 2012).</summary>
    public static float[] SquaredDistances(ReadOnlySpan<bool> cells, int columnCount)
    {
        int rowCount = cells.Length / columnCount;
        float[] distances = new float[cells.Length];
        float far = (float)columnCount * columnCount + ((float)rowCount * rowCount) + 1;
        for (int i = 0; i < distances.Length; i++)
        {
            distances[i] = cells[i] ? 0 : far;
        }

        int length = Math.Max(columnCount, rowCount);
        float[] line = new float[length], result = new float[length], borders = new float[length + 1];
        int[] places = new int[length];
        for (int column = 0; column < columnCount; column++)
        {
            for (int row = 0; row < rowCount; row++)
            {
                line[row] = distances[(row * columnCount) + column];
            }

            LowerEnvelope(line.AsSpan(0, rowCount), result, places, borders);
            for (int row = 0; row < rowCount; row++)
            {
                distances[(row * columnCount) + column] = result[row];
            }
        }

        for (int row = 0; row < rowCount; row++)
        {
            Span<float> target = distances.AsSpan(row * columnCount, columnCount);
            target.CopyTo(line);
            LowerEnvelope(line.AsSpan(0, columnCount), result, places, borders);
            result.AsSpan(0, columnCount).CopyTo(target);
        }

        return distances;
    }

    /// <summary>Squared distance of each cell of a set to the nearest that is not of it, in cells; 0 outside the set. The border of the film is no end of it.</summary>
    public static float[] SquaredDepths(bool[] cells, int columnCount) => SquaredDistances(Array.ConvertAll(cells, isPart => !isPart), columnCount);

    /// <summary>What discs of a radius that fit into a set cover.</summary>
    public static bool[] Open(ReadOnlySpan<bool> cells, int columnCount, double radius) => Dilate(Erode(cells, columnCount, radius), columnCount, radius);

    /// <summary>A set with the gaps and bays that no disc of a radius fits into.</summary>
    public static bool[] Close(ReadOnlySpan<bool> cells, int columnCount, double radius) => Erode(Dilate(cells, columnCount, radius), columnCount, radius);

    /// <summary>Cells within a distance of a set.</summary>
    public static bool[] Dilate(ReadOnlySpan<bool> cells, int columnCount, double radius) =>
        Array.ConvertAll(SquaredDistances(cells, columnCount), distance => distance <= radius * radius);

    /// <summary>Cells farther than a distance from everything that is not of the set; the border of the film takes nothing away.</summary>
    public static bool[] Erode(ReadOnlySpan<bool> cells, int columnCount, double radius)
    {
        bool[] outside = new bool[cells.Length];
        for (int i = 0; i < outside.Length; i++)
        {
            outside[i] = !cells[i];
        }

        return Array.ConvertAll(SquaredDistances(outside, columnCount), distance => distance > radius * radius);
    }

    private static void LowerEnvelope(ReadOnlySpan<float> heights, Span<float> result, Span<int> places, Span<float> borders)
    {
        int last = 0;
        places[0] = 0;
        borders[0] = float.NegativeInfinity;
        borders[1] = float.PositiveInfinity;
        for (int q = 1; q < heights.Length; q++)
        {
            float crossing = Crossing(heights, places[last], q);
            while (crossing <= borders[last])
            {
                last--;
                crossing = Crossing(heights, places[last], q);
            }

            last++;
            places[last] = q;
            borders[last] = crossing;
            borders[last + 1] = float.PositiveInfinity;
        }

        int k = 0;
        for (int q = 0; q < heights.Length; q++)
        {
            while (borders[k + 1] < q)
            {
                k++;
            }

            float step = q - places[k];
            result[q] = (step * step) + heights[places[k]];
        }
    }

    private static float Crossing(ReadOnlySpan<float> heights, int p, int q) =>
        (heights[q] + ((float)q * q) - (heights[p] + ((float)p * p))) / (2f * (q - p));
}
