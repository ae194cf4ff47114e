namespace CalcQuant.Radiography;

/// <summary>What is looked for on a flattened film.</summary>
/// <param name="LeastMm2">Least area.</param>
/// <param name="GreatestMm2">Greatest area.</param>
/// <param name="CountedFall">Part of the median fall across its edge from which a place of the edge counts as closed.</param>
/// <param name="ByContrast">Whether the fall itself orders what is found, not its deviations up to those that are enough.</param>
internal sealed record PlateauRules(double LeastMm2, double GreatestMm2, double CountedFall, bool ByContrast)
{
    /// <summary>Deposits: as closed as can be.</summary>
    public static PlateauRules Deposits { get; } = new(FilmParameters.PlateauDepositMm2, FilmParameters.PlateauGreatestMm2, FilmParameters.HalfLevel, ByContrast: false);

    /// <summary>Bones: the densest; their ends fall less than their shafts.</summary>
    public static PlateauRules Bones { get; } = new(FilmParameters.BoneLeastMm2, FilmParameters.BonePlateauGreatestMm2, FilmParameters.BonePlateauFall, ByContrast: true);
}

/// <summary>
/// Finds plateaus on a flattened film: plaques, sheets, cysts and networks that are wider than a surface can leave out. Of the parts that stand above each level those are
/// taken that end with one drop along nearly all of their free edge; bone and the outline of the body are no free edge, for nothing is known beyond them.
/// </summary>
internal sealed class PlateauSearch
{
    private readonly FlatFilm _flat;
    private readonly PlateauRules _rules;
    private readonly FilmPlane _plane;
    private readonly int _columns;
    private readonly int _rows;
    private readonly int[] _part;
    private int _described;

    private PlateauSearch(FlatFilm flat, PlateauRules rules)
    {
        _rules = rules;
        (_flat, _plane, _columns, _rows) = (flat, flat.Plane, flat.Plane.ColumnCount, flat.Plane.RowCount);
        _part = new int[flat.Values.Length];
    }

    /// <summary>A part of the film above a level.</summary>
    /// <param name="Cells">Its cells, in rising order.</param>
    /// <param name="Drop">Median fall across its free edge, film units.</param>
    /// <param name="Middle">Median over its free edge of the value halfway down, film units of the flattened film.</param>
    /// <param name="Deviations">The fall in deviations of noise.</param>
    /// <param name="Closed">Part of the free edge that falls by the counted part of that or more, at a sharp edge of the film.</param>
    /// <param name="LeastDrop">Fall that nine tenths of the free edge reach, over the median.</param>
    /// <param name="Free">Part of its edge that is free.</param>
    /// <param name="EdgeCells">Cells along its edge.</param>
    public sealed record Plateau(int[] Cells, float Drop, float Middle, double Deviations, double Closed, double LeastDrop, double Free, int EdgeCells)
    {
        /// <summary>Whether it ends so well that it is likely no muscle and no fold.</summary>
        public bool IsPlain => Deviations >= FilmParameters.PlateauProbableDeviations && Closed >= FilmParameters.PlateauProbableClosed && Free >= FilmParameters.PlateauProbableFree;
    }

    /// <summary>Finds plateaus, plainest first; none shares more than a fifth of its cells with plainer ones.</summary>
    /// <param name="flat">The flattened film.</param>
    /// <param name="rules">What is looked for.</param>
    /// <param name="cancellationToken">Asked at each level.</param>
    public static List<Plateau> Run(FlatFilm flat, PlateauRules rules, CancellationToken cancellationToken)
    {
        var search = new PlateauSearch(flat, rules);
        var found = new List<Plateau>();
        float[] known = [.. flat.Values.Where((_, cell) => flat.Domain[cell]).Order()];
        if (known.Length == 0)
        {
            return found;
        }

        float[] noise = [.. flat.Deviations.Where((_, cell) => flat.Domain[cell]).Order()];

        // Equal steps up to where hardly a cell lies above, then as many at most up to the greatest.
        float low = known[known.Length / 50], most = known[(int)(0.995 * (known.Length - 1))], high = known[^1];
        int below = Steps(most - low), beyond = Steps(high - most);
        int least = (int)Math.Ceiling(rules.LeastMm2 / flat.Plane.CellMm2);
        List<(int[] Cells, int Described)> parts = [([.. Enumerable.Range(0, flat.Values.Length).Where(cell => flat.Domain[cell])], int.MaxValue)];
        for (int level = 0; level < below + beyond && parts.Count > 0; level++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            float above = level < below ? low + (level * (most - low) / below) : most + ((level - below) * (high - most) / beyond);
            var next = new List<(int[] Cells, int Described)>();
            foreach ((int[] cells, int described) in parts)
            {
                foreach (int[] piece in CellSet.Above(flat.Values, cells, above, flat.Plane.ColumnCount).Where(piece => piece.Length >= least))
                {
                    // A part that hardly shrank since it was looked at last has the same edge.
                    bool isNew = piece.Length * flat.Plane.CellMm2 <= rules.GreatestMm2 && piece.Length < (1 - FilmParameters.PlateauShrink) * described;
                    if (isNew && search.Describe(piece) is { } plateau)
                    {
                        found.Add(plateau);
                    }

                    next.Add((piece, isNew ? piece.Length : described));
                }
            }

            parts = next;
        }

        return search.WithoutOverlap(found);

        int Steps(float range) => (int)Math.Ceiling(Math.Min(range / Math.Max(noise[noise.Length / 2], 1e-20f), FilmParameters.PlateauLevels));
    }

    private List<Plateau> WithoutOverlap(List<Plateau> found)
    {
        bool[] isTaken = new bool[_flat.Values.Length];
        var kept = new List<Plateau>();
        foreach (Plateau plateau in found.OrderByDescending(plateau => plateau.IsPlain).ThenByDescending(Plainness).ThenBy(plateau => plateau.Cells[0]))
        {
            if (plateau.Cells.Count(cell => isTaken[cell]) < 0.2 * plateau.Cells.Length)
            {
                kept.Add(plateau);
                foreach (int cell in plateau.Cells)
                {
                    isTaken[cell] = true;
                }
            }
        }

        return kept;
    }

    private double Plainness(Plateau plateau) =>
        plateau.Closed * plateau.Closed * (_rules.ByContrast ? plateau.Drop : Math.Min(plateau.Deviations, FilmParameters.EnoughDeviations))
        * Math.Max(plateau.LeastDrop, 0.05) * Math.Pow(plateau.Cells.Length, 0.35) * plateau.Free * plateau.Free;

    /// <summary>Looks across the edge of a part; null where it does not end plainly.</summary>
    private Plateau? Describe(int[] cells)
    {
        List<(float Drop, float Middle, float Deviation, bool IsSharp)> falls = Falls(cells, out int edge, out int free);
        if (falls.Count < 6 || free < FilmParameters.PlateauLeastFree * edge)
        {
            return null;
        }

        float[] drops = [.. falls.Select(fall => fall.Drop).Order()], noise = [.. falls.Select(fall => fall.Deviation).Order()], middles = [.. falls.Select(fall => fall.Middle).Order()];
        float drop = drops[drops.Length / 2], low = drops[drops.Length / 10], deviation = noise[noise.Length / 2];
        double closed = falls.Count(fall => fall.IsSharp && fall.Drop >= _rules.CountedFall * drop) / (double)falls.Count;
        return drop <= 0 || closed < FilmParameters.PlateauClosed || drop < FilmParameters.PlateauDeviations * deviation || low < deviation
            ? null
            : new Plateau(cells, drop, middles[middles.Length / 2], drop / deviation, closed, low / drop, (double)free / edge, edge);
    }

    /// <summary>Falls across the free edge of a set of cells.</summary>
    private List<(float Drop, float Middle, float Deviation, bool IsSharp)> Falls(int[] cells, out int edge, out int free)
    {
        _described++;
        foreach (int cell in cells)
        {
            _part[cell] = _described;
        }

        int reach = Math.Max(1, (int)Math.Round(FilmParameters.PlateauReachMm / _plane.CellMm));
        (edge, free) = (0, 0);
        var falls = new List<(float Drop, float Middle, float Deviation, bool IsSharp)>();
        foreach (int cell in cells)
        {
            int column = cell % _columns, row = cell / _columns;
            bool isBorder = column <= 1 || row <= 1 || column >= _columns - 2 || row >= _rows - 2;
            bool isEdge = isBorder, isFree = !isBorder;
            if (!isBorder)
            {
                foreach (int next in (ReadOnlySpan<int>)[cell - 1, cell + 1, cell - _columns, cell + _columns])
                {
                    isEdge |= _part[next] != _described;
                    isFree &= _flat.Domain[next];
                }
            }

            if (!isEdge)
            {
                continue;
            }

            edge++;
            if (!isFree)
            {
                continue;
            }

            free++;
            float inside = 0, outside = 0;
            int insideCount = 0, outsideCount = 0;
            for (int y = Math.Max(row - reach, 0); y <= Math.Min(row + reach, _rows - 1); y++)
            {
                for (int x = Math.Max(column - reach, 0); x <= Math.Min(column + reach, _columns - 1); x++)
                {
                    int near = (y * _columns) + x;
                    if (!_flat.Domain[near])
                    {
                        continue;
                    }

                    if (_part[near] == _described)
                    {
                        (inside, insideCount) = (inside + _flat.Values[near], insideCount + 1);
                    }
                    else
                    {
                        (outside, outsideCount) = (outside + _flat.Values[near], outsideCount + 1);
                    }
                }
            }

            if (outsideCount > 0)
            {
                (inside, outside) = (inside / insideCount, outside / outsideCount);
                falls.Add((inside - outside, (inside + outside) / 2, _flat.Deviations[cell], _flat.Edges[cell]));
            }
        }

        return falls;
    }
}
