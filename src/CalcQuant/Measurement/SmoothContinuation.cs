namespace CalcQuant.Measurement;

/// <summary>
/// The smoothest continuation of what is known on a grid into what is open beside it: Laplace's equation with the known values at the border, by Gauss and Seidel with over-relaxation
/// in the order of the cells. What is neither known nor open does not count.
/// </summary>
/// <param name="Columns">Cells along columns, fastest in memory.</param>
/// <param name="Rows">Cells along rows.</param>
/// <param name="Slices">Cells along slices.</param>
internal readonly record struct SmoothContinuation(int Columns, int Rows, int Slices)
{
    // The neighbours of a cell, as bits.
    private const int Left = 1, Right = 2, Before = 4, After = 8, Below = 16, Above = 32;

    /// <summary>How strongly neighbouring cells are tied along columns, rows and slices.</summary>
    public required (float Columns, float Rows, float Slices) Ties { get; init; }

    /// <summary>Passes over all open cells.</summary>
    public required int Sweeps { get; init; }

    /// <summary>Over-relaxation, 1 to 2: the wider the open part, the greater.</summary>
    public required float OverRelaxation { get; init; }

    /// <summary>Fills the open cells.</summary>
    /// <param name="values">By cell; what the open ones hold is where the search begins. Where nothing is known around them they keep it.</param>
    /// <param name="known">Cells that stay as they are.</param>
    /// <param name="open">Cells to be filled; those that are known too are left.</param>
    public void Fill(Span<float> values, ReadOnlySpan<bool> known, ReadOnlySpan<bool> open)
    {
        List<(int Cell, int Neighbours, float Weight)> cells = [];
        for (int n = 0; n < values.Length; n++)
        {
            if (open[n] && !known[n] && Surround(known, open, n) is { Weight: > 0 } cell)
            {
                cells.Add(cell);
            }
        }

        (float columns, float rows, float slices) = Ties;
        int rowStride = Columns, sliceStride = Columns * Rows;
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            foreach ((int n, int neighbours, float weight) in cells)
            {
                float sum = 0;
                sum += (neighbours & Left) != 0 ? columns * values[n - 1] : 0;
                sum += (neighbours & Right) != 0 ? columns * values[n + 1] : 0;
                sum += (neighbours & Before) != 0 ? rows * values[n - rowStride] : 0;
                sum += (neighbours & After) != 0 ? rows * values[n + rowStride] : 0;
                sum += (neighbours & Below) != 0 ? slices * values[n - sliceStride] : 0;
                sum += (neighbours & Above) != 0 ? slices * values[n + sliceStride] : 0;
                values[n] += OverRelaxation * ((sum / weight) - values[n]);
            }
        }
    }

    /// <summary>Which neighbours of a cell count, and the sum of their ties.</summary>
    private (int Cell, int Neighbours, float Weight) Surround(ReadOnlySpan<bool> known, ReadOnlySpan<bool> open, int n)
    {
        int rowStride = Columns, sliceStride = Columns * Rows;
        int i = n % rowStride, j = n / rowStride % Rows, k = n / sliceStride;
        int neighbours = 0;
        float weight = 0;
        Add(known, open, i > 0, n - 1, Ties.Columns, Left);
        Add(known, open, i < Columns - 1, n + 1, Ties.Columns, Right);
        Add(known, open, j > 0, n - rowStride, Ties.Rows, Before);
        Add(known, open, j < Rows - 1, n + rowStride, Ties.Rows, After);
        Add(known, open, k > 0, n - sliceStride, Ties.Slices, Below);
        Add(known, open, k < Slices - 1, n + sliceStride, Ties.Slices, Above);
        return (n, neighbours, weight);

        void Add(ReadOnlySpan<bool> known, ReadOnlySpan<bool> open, bool exists, int neighbour, float tie, int bit)
        {
            if (exists && (known[neighbour] || open[neighbour]))
            {
                neighbours |= bit;
                weight += tie;
            }
        }
    }
}
