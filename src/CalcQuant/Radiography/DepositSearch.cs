namespace CalcQuant.Radiography;

/// <summary>
/// Looks for what stands out of its surroundings with a closed edge: the film is flattened by a robust surface at three widths (fine and wide on soft tissue,
/// narrow over bone); what exceeds noise and texture is parted at half of each peak, so that neighbours of different density part where a fixed threshold
/// would join or lose them.
/// </summary>
internal sealed class DepositSearch
{
    private readonly FilmPlane _plane;
    private readonly FilmAnatomy _anatomy;
    private readonly bool[] _body;
    private readonly bool[] _bone;
    private readonly float[] _boneDistance;
    private readonly float[] _bodyDepth;

    private DepositSearch(FilmPlane cells, FilmAnatomy anatomy)
    {
        FilmPlane plane = cells.Smooth(FilmParameters.SearchSmoothingCells * cells.CellMm);
        _plane = plane;
        _anatomy = anatomy;
        FilmPlane coarse = anatomy.Coarse;
        _boneDistance = coarse.With(Array.ConvertAll(anatomy.BoneDistance, MathF.Sqrt)).Spread(plane);
        _bodyDepth = coarse.With(Array.ConvertAll(anatomy.BodyDepth, MathF.Sqrt)).Spread(plane);
        _bone = Array.ConvertAll(_boneDistance, distance => distance < 0.5f);
        _body = Array.ConvertAll(_bodyDepth, depth => depth >= 0.5f);
    }

    /// <summary>Finds candidates, most likely first.</summary>
    /// <param name="plane">The film on cells of the search.</param>
    /// <param name="anatomy">Body and bone.</param>
    /// <param name="cancellationToken">Asked between layers.</param>
    public static List<Candidate> Run(FilmPlane plane, FilmAnatomy anatomy, CancellationToken cancellationToken)
    {
        bool[] soft = new bool[anatomy.Body.Length];
        double apart = 1.5 / anatomy.Coarse.CellMm;
        for (int i = 0; i < soft.Length; i++)
        {
            soft[i] = anatomy.Body[i] && anatomy.BoneDistance[i] > apart * apart;
        }

        List<Candidate> found = [];
        var fine = new DepositSearch(plane, anatomy);
        found.AddRange(fine.RunLayer(CandidateLayer.Fine, soft, FilmParameters.FineTrendMm, cancellationToken));
        found.AddRange(fine.RunLayer(CandidateLayer.Bone, anatomy.Body, FilmParameters.BoneTrendMm, cancellationToken));
        found.AddRange(new DepositSearch(FilmPlane.Reduce(plane, 2), anatomy).RunLayer(CandidateLayer.Middle, soft, FilmParameters.MiddleTrendMm, cancellationToken));
        found.AddRange(new DepositSearch(FilmPlane.Reduce(plane, 4), anatomy).RunLayer(CandidateLayer.Wide, soft, FilmParameters.WideTrendMm, cancellationToken));
        return WithoutOverlap(found, plane);
    }

    private IEnumerable<Candidate> RunLayer(CandidateLayer layer, bool[] support, double sigmaMm, CancellationToken cancellationToken)
    {
        (FilmPlane surface, bool[] isKnown) = TissueTrend.Fit(_anatomy.Coarse, support, _anatomy.Body, sigmaMm, FilmParameters.TrendAbove, _anatomy.Air, cancellationToken);
        float[] known = _anatomy.Coarse.With(Array.ConvertAll(isKnown, value => value ? 1f : 0f)).Spread(_plane);
        float[] trend = surface.Spread(_plane);
        bool[] wanted = new bool[trend.Length];
        double edge = 0.5 + (FilmParameters.BoneEdgeMm / _anatomy.Coarse.CellMm);
        float[] values = new float[trend.Length];
        for (int i = 0; i < values.Length; i++)
        {
            wanted[i] = _body[i] && known[i] >= 0.999f && (layer == CandidateLayer.Bone ? _bone[i] : _boneDistance[i] >= edge);
            values[i] = wanted[i] ? _plane.Values[i] - trend[i] : 0;
        }

        FilmPlane flat = _plane.With(values);
        NoiseMap noise = NoiseMap.Measure(flat, wanted);
        float[] deviations = noise.Deviations(flat);
        bool[] dense = new bool[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            dense[i] = wanted[i] && values[i] >= FilmParameters.LowDeviations * deviations[i];
        }

        float leastContrast = (float)(FilmParameters.LeastBoneContrast * _anatomy.BoneContrast);
        foreach (int[] component in CellSet.Components(dense, _plane.ColumnCount))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (int[] part in Part(values, component, 0))
            {
                if (Describe(layer, values, deviations, part) is { } candidate && candidate.Contrast >= leastContrast)
                {
                    yield return candidate;
                }
            }
        }
    }

    /// <summary>A component cut at half of its peak; where it falls apart below that, each part at half of its own.</summary>
    private IEnumerable<int[]> Part(float[] values, int[] component, float level)
    {
        if (component.Length * _plane.CellMm2 < FilmParameters.LeastMm2 / 2)
        {
            yield break;
        }

        float peak = Peak(values, component);
        float half = (float)FilmParameters.HalfLevel * peak;
        if (level >= half)
        {
            yield return component;
            yield break;
        }

        float least = component.Min(cell => values[cell]);
        float next = Math.Min(half, Math.Max(level, least) * (float)FilmParameters.LevelStep);
        foreach (int[] piece in Above(values, component, next))
        {
            foreach (int[] part in Part(values, piece, next))
            {
                yield return part;
            }
        }
    }

    /// <summary>Connected cells of a component at or above a level.</summary>
    private List<int[]> Above(float[] values, int[] component, float level)
    {
        int columns = _plane.ColumnCount;
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

        List<int[]> pieces = CellSet.Components(box, width);
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

    /// <summary>The value that a tenth of the cells reach, of few cells the greatest but one.</summary>
    private static float Peak(float[] values, int[] cells)
    {
        float[] sorted = Array.ConvertAll(cells, cell => values[cell]);
        Array.Sort(sorted);
        return sorted[Math.Max(0, sorted.Length - 1 - Math.Max(1, sorted.Length / 10))];
    }

    private Candidate? Describe(CandidateLayer layer, float[] values, float[] deviations, int[] cells)
    {
        if (cells.Length * _plane.CellMm2 < FilmParameters.LeastMm2)
        {
            return null;
        }

        float contrast = Peak(values, cells);
        double noise = cells.Average(cell => (double)deviations[cell]);
        if (contrast < FilmParameters.PeakDeviations * noise)
        {
            return null;
        }

        int columns = _plane.ColumnCount, rows = _plane.RowCount;
        int margin = (int)Math.Ceiling(Math.Max(Math.Max(1.2, 0.25 * Math.Sqrt(cells.Length * _plane.CellMm2)) / _plane.CellMm, 3)) + 1;
        int left = cells.Min(cell => cell % columns) - margin, right = cells.Max(cell => cell % columns) + margin;
        int top = (cells[0] / columns) - margin, bottom = (cells[^1] / columns) + margin;
        (left, top, right, bottom) = (Math.Max(left, 0), Math.Max(top, 0), Math.Min(right, columns - 1), Math.Min(bottom, rows - 1));
        int width = right - left + 1;
        bool[] inside = new bool[width * (bottom - top + 1)];
        foreach (int cell in cells)
        {
            inside[(((cell / columns) - top) * width) + (cell % columns) - left] = true;
        }

        // A ring that begins where the blur of the edge ends.
        float[] distances = CellSet.SquaredDistances(inside, width);
        double from = Math.Max(0.5 / _plane.CellMm, 1.6), to = (margin - 1) * 0.999;
        int ring = 0, low = 0, edge = 0;
        double slope = 0;
        for (int i = 0; i < inside.Length; i++)
        {
            int cell = ((top + (i / width)) * columns) + left + (i % width);
            double distance = Math.Sqrt(distances[i]);
            if (distance >= from && distance <= to)
            {
                ring++;

                // Air beside the body is less dense, whatever it is on the flattened film.
                low += !_body[cell] || values[cell] < FilmParameters.HalfLevel * contrast ? 1 : 0;
            }
            else if (distance is > 0 and < 1.5)
            {
                int x = cell % columns, y = cell / columns;
                if (x > 0 && y > 0 && x < columns - 1 && y < rows - 1)
                {
                    float across = _plane.Values[cell + 1] - _plane.Values[cell - 1], down = _plane.Values[cell + columns] - _plane.Values[cell - columns];
                    slope += MathF.Sqrt((across * across) + (down * down)) / 2;
                    edge++;
                }
            }
        }

        double closed = ring == 0 ? 0 : (double)low / ring;
        return closed < FilmParameters.ClosedLeast ? null : new Candidate
        {
            Plane = _plane,
            Cells = cells,
            Layer = layer,
            Contrast = contrast,
            Deviations = contrast / noise,
            Closed = closed,
            Solidity = PlanarShape.Solidity(cells, columns),
            Sharpness = edge == 0 ? 0 : slope / edge / _plane.CellMm / contrast,
            OverBone = cells.Count(cell => _bone[cell]) / (double)cells.Length,
            BoneMm = cells.Min(cell => _boneDistance[cell]) * _anatomy.Coarse.CellMm,
            DepthMm = cells.Min(cell => _bodyDepth[cell]) * _anatomy.Coarse.CellMm,
        };
    }

    /// <summary>Of candidates that share cells the likeliest stays: closed, dense, and large rather than a part of it.</summary>
    private static List<Candidate> WithoutOverlap(List<Candidate> candidates, FilmPlane finest)
    {
        bool[] isTaken = new bool[finest.Values.Length];
        var kept = new List<Candidate>();
        foreach (Candidate candidate in candidates
            .OrderByDescending(candidate => candidate.Closed * Math.Min(candidate.Deviations, FilmParameters.EnoughDeviations) * Math.Pow(candidate.AreaMm2, 0.25))
            .ThenBy(candidate => candidate.Layer)
            .ThenBy(candidate => candidate.Cells[0]))
        {
            int factor = candidate.Plane.Bin / finest.Bin, shared = 0;
            foreach (int cell in candidate.Cells)
            {
                shared += Finest(candidate, cell, factor).Any(part => isTaken[part]) ? 1 : 0;
            }

            if (shared <= 0.2 * candidate.Cells.Length)
            {
                kept.Add(candidate);
                foreach (int part in candidate.Cells.SelectMany(cell => Finest(candidate, cell, factor)))
                {
                    isTaken[part] = true;
                }
            }
        }

        return kept;

        IEnumerable<int> Finest(Candidate candidate, int cell, int factor)
        {
            int column = cell % candidate.Plane.ColumnCount * factor, row = cell / candidate.Plane.ColumnCount * factor;
            for (int y = row; y < Math.Min(row + factor, finest.RowCount); y++)
            {
                for (int x = column; x < Math.Min(column + factor, finest.ColumnCount); x++)
                {
                    yield return (y * finest.ColumnCount) + x;
                }
            }
        }
    }
}
