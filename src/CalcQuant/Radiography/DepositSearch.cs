namespace CalcQuant.Radiography;

/// <summary>
/// Looks for what stands out of its surroundings with a closed edge: the film is flattened by a robust surface at three widths (fine and wide on soft tissue,
/// narrow over bone), and once more as a whole for plateaus that are wider than a surface can leave out; what exceeds noise and texture is parted at half of each peak, so that neighbours of different density part where a fixed threshold
/// would join or lose them.
/// </summary>
internal sealed class DepositSearch
{
    /// <summary>How far on both sides of its edge a finding is looked at at least, in cells of its layer.</summary>
    private const double EdgeCells = 2.5;

    private readonly FilmPlane _plane;
    private readonly FilmAnatomy _anatomy;
    private readonly bool[] _body;
    private readonly bool[] _bone;
    private readonly bool[] _isAtBoneEnd;
    private readonly float[] _boneDistance;
    private readonly float[] _bodyDepth;
    private readonly float[] _fieldDepth;
    private readonly Lazy<float[]> _boneDeviations;

    private DepositSearch(FilmPlane cells, FilmAnatomy anatomy)
    {
        FilmPlane plane = cells.Smooth(FilmParameters.SearchSmoothingCells * cells.CellMm);
        _plane = plane;
        _anatomy = anatomy;
        FilmPlane coarse = anatomy.Coarse;
        _boneDistance = coarse.With(Array.ConvertAll(anatomy.BoneDistance, MathF.Sqrt)).Spread(plane);
        _bodyDepth = coarse.With(Array.ConvertAll(anatomy.BodyDepth, MathF.Sqrt)).Spread(plane);
        _fieldDepth = coarse.With(Array.ConvertAll(CellSet.SquaredDistances(anatomy.Shade, coarse.ColumnCount), MathF.Sqrt)).Spread(plane);
        _bone = Array.ConvertAll(_boneDistance, distance => distance < 0.5f);
        _isAtBoneEnd = Array.ConvertAll(coarse.With(Array.ConvertAll(anatomy.IsAtBoneEnd, isAtEnd => isAtEnd ? 1f : 0f)).Spread(plane), share => share > 0.5f);
        _boneDeviations = new Lazy<float[]>(MeasureBoneDeviations);
        _body = Array.ConvertAll(_bodyDepth, depth => depth >= 0.5f);
    }

    /// <summary>Finds candidates, most likely first.</summary>
    /// <param name="plane">The film on cells of the search.</param>
    /// <param name="anatomy">Body and bone.</param>
    /// <param name="part">What kind of bones the film shows.</param>
    /// <param name="cancellationToken">Asked between layers.</param>
    public static List<Candidate> Run(FilmPlane plane, FilmAnatomy anatomy, FilmPart part, CancellationToken cancellationToken)
    {
        FilmPlane coarse = anatomy.Coarse;
        bool isHandOrFoot = part == FilmPart.HandOrFoot;
        bool[] inner = Array.ConvertAll(anatomy.BodyDepth, depth => depth > FilmParameters.RimCells * FilmParameters.RimCells);
        double apart = FilmParameters.BoneBlurMm / coarse.CellMm;
        bool[] soft = [.. inner.Select((isInner, cell) => isInner && anatomy.BoneDistance[cell] > apart * apart)];

        DepositSearch[] searches = [new(plane, anatomy), new(FilmPlane.Reduce(plane, 2), anatomy), new(FilmPlane.Reduce(plane, 4), anatomy)];
        List<Candidate> found = [];
        foreach ((CandidateLayer layer, double sigmaMm) in new[] { (CandidateLayer.Fine, FilmParameters.FineTrendMm), (CandidateLayer.Middle, FilmParameters.MiddleTrendMm) })
        {
            (FilmPlane surface, bool[] isKnown) = TissueTrend.Fit(coarse, soft, anatomy.Body, sigmaMm, FilmParameters.TrendAbove, anatomy.Air, cancellationToken);
            found.AddRange(searches[(int)layer].AboveSurface(layer, surface, isKnown, cancellationToken));
        }

        // Between the bones of a hand there is too little soft tissue to leave the bones out; they hardly lift an envelope.
        (FilmPlane envelope, bool[] isBelow) = isHandOrFoot
            ? anatomy.Envelope
            : TissueTrend.FitEnvelope(coarse, soft, FilmParameters.LimbEnvelopeMm, anatomy.Air, cancellationToken);
        found.AddRange(searches[isHandOrFoot ? 0 : 2].AboveSurface(CandidateLayer.Wide, envelope, isBelow, cancellationToken));
        foreach (double reach in FilmParameters.BoneReachesMm)
        {
            found.AddRange(searches[reach < 2.5 ? 0 : reach < 5 ? 1 : 2].OverBone(reach, cancellationToken));
        }

        // Between the bones of a hand every bone that was not told is a plateau.
        foreach (int cells in isHandOrFoot ? [] : FilmParameters.FlatCells)
        {
            FilmPlane flat = FilmPlane.Reduce(plane, cells);
            found.AddRange(new DepositSearch(flat, anatomy).Plateaus(flat, part == FilmPart.Limb, cancellationToken));
        }

        return WithoutOverlap(found, plane);
    }

    /// <summary>What ends sharply all around on the flattened film, however wide it is.</summary>
    private IEnumerable<Candidate> Plateaus(FilmPlane plane, bool isLimb, CancellationToken cancellationToken)
    {
        double skin = FilmParameters.FlatSkinMm / _anatomy.Coarse.CellMm, edge = 0.5 + (FilmParameters.FlatBoneMm / _anatomy.Coarse.CellMm);
        bool[] domain = [.. _bodyDepth.Select((depth, cell) => depth > skin && _boneDistance[cell] >= edge)];
        var flat = FlatFilm.Of(plane, domain, _anatomy.BoneContrast, cancellationToken);
        foreach (PlateauSearch.Plateau plateau in PlateauSearch.Run(flat, PlateauRules.Deposits, cancellationToken))
        {
            Candidate candidate = Describe(CandidateLayer.Plateau, plateau.Cells, plateau.Drop, plateau.Deviations, plateau.Closed, plateau.LeastDrop);

            // What touches bone may be bone that was not told, but beside a shaft; a strip there is the bone's blurred edge.
            bool isBoneEdge = candidate.BoneMm < FilmParameters.ProbableBoneMm && (!isLimb || candidate.AreaMm2 < FilmParameters.PlateauStripMm * candidate.LengthMm);
            if (plateau.Drop >= FilmParameters.LeastBoneContrast * _anatomy.BoneContrast && !isBoneEdge)
            {
                yield return candidate with
                {
                    MayBeBone = !isLimb || (candidate.BoneMm < FilmParameters.ProbableBoneMm && plateau.Cells.Count(cell => _isAtBoneEnd[cell]) > plateau.Cells.Length / 2),
                    FreeEdge = plateau.Free,
                    Outline = new PlateauOutline(flat, plateau),
                };
            }
        }
    }

    /// <summary>What stands above a surface of soft tissue.</summary>
    private IEnumerable<Candidate> AboveSurface(CandidateLayer layer, FilmPlane surface, bool[] isKnown, CancellationToken cancellationToken)
    {
        float[] known = _anatomy.Coarse.With(Array.ConvertAll(isKnown, value => value ? 1f : 0f)).Spread(_plane);

        // Between cells the squares are interpolated, as they are fitted: near the skin the values themselves are steep.
        float air = _anatomy.Air;
        float[] squares = surface.With(Array.ConvertAll(surface.Values, value => (value - air) * Math.Abs(value - air))).Spread(_plane);
        float[] trend = Array.ConvertAll(squares, square => air + (MathF.Sign(square) * MathF.Sqrt(Math.Abs(square))));
        bool[] wanted = new bool[trend.Length];
        double edge = 0.5 + (FilmParameters.BoneEdgeMm / _anatomy.Coarse.CellMm);
        float[] values = new float[trend.Length];
        for (int i = 0; i < values.Length; i++)
        {
            wanted[i] = _body[i] && known[i] >= 0.999f && _boneDistance[i] >= edge;
            values[i] = wanted[i] ? _plane.Values[i] - trend[i] : 0;
        }

        RimProfile.Subtract(_plane.With(values), Array.ConvertAll(_bodyDepth, depth => (float)(depth * _anatomy.Coarse.CellMm)), wanted);
        float[] deviations = NoiseMap.Measure(_plane.With(values), wanted).Deviations(_plane);
        return Dense(layer, values, wanted, deviations, FilmParameters.LeastBoneContrast, cancellationToken);
    }

    /// <summary>
    /// What is denser than what lies on both sides of it in every direction, over bone: the cortex is denser only than what lies across it, a slope not at all.
    /// </summary>
    /// <param name="reachMm">Distance of the sides, mm.</param>
    /// <param name="cancellationToken">Asked between components.</param>
    private IEnumerable<Candidate> OverBone(double reachMm, CancellationToken cancellationToken)
    {
        int columns = _plane.ColumnCount, rows = _plane.RowCount, directions = FilmParameters.BoneDirections;
        double reach = reachMm / _plane.CellMm;
        (int X, int Y)[] steps = [.. Enumerable.Range(0, directions).Select(k => ((int)Math.Round(reach * Math.Cos(Math.PI * k / directions)), (int)Math.Round(reach * Math.Sin(Math.PI * k / directions))))];
        float[] values = new float[_plane.Values.Length], source = _plane.Values;
        Parallel.For(0, rows, row =>
        {
            for (int column = 0; column < columns; column++)
            {
                int cell = (row * columns) + column;
                if (!_bone[cell])
                {
                    continue;
                }

                float least = float.MaxValue;
                foreach ((int x, int y) in steps)
                {
                    float ahead = source[(Math.Clamp(row + y, 0, rows - 1) * columns) + Math.Clamp(column + x, 0, columns - 1)];
                    float behind = source[(Math.Clamp(row - y, 0, rows - 1) * columns) + Math.Clamp(column - x, 0, columns - 1)];
                    least = Math.Min(least, source[cell] - ((ahead + behind) / 2));
                }

                values[cell] = least;
            }
        });

        return Dense(CandidateLayer.Bone, values, _bone, _boneDeviations.Value, FilmParameters.LeastContrastOverBone, cancellationToken)
            .Where(candidate => candidate.Solidity >= FilmParameters.SolidOverBone && candidate.Aspect <= FilmParameters.CompactAspect);
    }

    /// <summary>
    /// Noise and trabeculae over bone by what is finer than what is looked for; no less than usual over bone, for where there is no texture there is noise.
    /// </summary>
    private float[] MeasureBoneDeviations()
    {
        float[] smooth = _plane.Smooth(FilmParameters.TextureCells * _plane.CellMm).Values, texture = new float[_plane.Values.Length];
        for (int i = 0; i < texture.Length; i++)
        {
            texture[i] = _plane.Values[i] - smooth[i];
        }

        NoiseMap noise = NoiseMap.Measure(_plane.With(texture), _bone);
        float[] deviations = noise.Deviations(_plane);
        for (int i = 0; i < deviations.Length; i++)
        {
            deviations[i] = (float)FilmParameters.TextureScale * Math.Max(deviations[i], noise.Usual);
        }

        return deviations;
    }

    /// <summary>Candidates of a flattened film.</summary>
    private IEnumerable<Candidate> Dense(CandidateLayer layer, float[] values, bool[] wanted, float[] deviations, double leastBoneContrast, CancellationToken cancellationToken)
    {
        bool[] dense = new bool[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            dense[i] = wanted[i] && values[i] >= FilmParameters.LowDeviations * deviations[i];
        }

        float leastContrast = (float)(leastBoneContrast * _anatomy.BoneContrast);
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
        foreach (int[] piece in CellSet.Above(values, component, next, _plane.ColumnCount))
        {
            foreach (int[] part in Part(values, piece, next))
            {
                yield return part;
            }
        }
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
        float[] depths = CellSet.SquaredDepths(inside, width);
        double reach = Math.Max(EdgeCells, Math.Min(FilmParameters.EdgeReachMm, 0.2 * Math.Sqrt(cells.Length * _plane.CellMm2)) / _plane.CellMm);
        int low = 0, outerCount = 0, innerCount = 0;
        double outer = 0, inner = 0;
        var ring = new List<float>();
        for (int i = 0; i < inside.Length; i++)
        {
            int cell = ((top + (i / width)) * columns) + left + (i % width);
            double distance = Math.Sqrt(distances[i]);
            if (distance >= from && distance <= to)
            {
                // Air beside the body is less dense, whatever it is on the flattened film.
                ring.Add(_body[cell] ? values[cell] : float.MinValue);
            }

            if (distance >= 1 && distance <= reach)
            {
                outer += values[cell];
                outerCount++;
            }
            else if (distance == 0 && depths[i] > 1 && depths[i] <= reach * reach)
            {
                inner += values[cell];
                innerCount++;
            }
        }

        // What lies on a slope that the surface did not follow stands out of its own surroundings, not of the surface.
        ring.Sort();
        float ground = ring.Count == 0 ? 0 : Math.Max(ring[ring.Count / 4], 0);
        if (contrast - ground < FilmParameters.PeakDeviations * noise)
        {
            return null;
        }

        foreach (float value in ring)
        {
            low += value < ground + (FilmParameters.HalfLevel * (contrast - ground)) ? 1 : 0;
        }

        contrast -= ground;
        double closed = ring.Count == 0 ? 0 : (double)low / ring.Count;
        double drop = innerCount == 0 || outerCount == 0 ? 1 : ((inner / innerCount) - (outer / outerCount)) / contrast;
        return closed < FilmParameters.ClosedLeast || drop < FilmParameters.LeastEdgeDrop ? null : Describe(layer, cells, contrast, contrast / noise, closed, drop);
    }

    private Candidate Describe(CandidateLayer layer, int[] cells, float contrast, double deviations, double closed, double drop)
    {
        int columns = _plane.ColumnCount, rows = _plane.RowCount;
        (double length, double breadth) = PlanarShape.Diameters(PlanarShape.Corners(cells, columns));
        return new Candidate
        {
            Plane = _plane,
            Cells = cells,
            Layer = layer,
            Contrast = contrast,
            Deviations = deviations,
            Closed = closed,
            Solidity = PlanarShape.Solidity(cells, columns),
            LengthMm = length * _plane.CellMm,
            Aspect = length / Math.Max(breadth, 1e-9),
            EdgeDrop = drop,
            FreeEdge = 1,
            OverBone = cells.Count(cell => _bone[cell]) / (double)cells.Length,
            BoneMm = cells.Min(cell => _boneDistance[cell]) * _anatomy.Coarse.CellMm,
            FieldMm = cells.Min(cell => Math.Min(
                _fieldDepth[cell] * _anatomy.Coarse.CellMm,
                Math.Min(Math.Min(cell % columns, columns - 1 - (cell % columns)), Math.Min(cell / columns, rows - 1 - (cell / columns))) * _plane.CellMm)),
            DepthMm = cells.Min(cell => _bodyDepth[cell]) * _anatomy.Coarse.CellMm,
        };
    }

    /// <summary>Of candidates that share cells the likeliest stays: probable, a large plateau, closed, dense, and large rather than a part of it.</summary>
    private static List<Candidate> WithoutOverlap(List<Candidate> candidates, FilmPlane finest)
    {
        bool[] isTaken = new bool[finest.Values.Length];
        var kept = new List<Candidate>();
        foreach (Candidate candidate in candidates
            .OrderBy(candidate => candidate.Tier)
            .ThenByDescending(candidate => candidate.IsLargePlateau)
            .ThenBy(candidate => candidate.IsLargePlateau ? candidate.Plane.Bin : 0)
            .ThenByDescending(candidate => candidate.Closed * candidate.EdgeDrop * Math.Min(candidate.Deviations, FilmParameters.EnoughDeviations) * Math.Pow(candidate.AreaMm2, 0.25))
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
