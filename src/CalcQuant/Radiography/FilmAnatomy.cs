namespace CalcQuant.Radiography;

/// <summary>
/// What a film shows in the large, on cells of about a millimetre: the exposed field, the body in it, and bone. Found by brightness and shape; there is no
/// atlas of a hand or a hip behind it, so bone means what is dense, long and broad.
/// </summary>
internal sealed class FilmAnatomy
{
    private FilmAnatomy(FilmPlane coarse, bool[] field, bool[] body, float[] bodyDepth, bool[] bone, double boneContrast)
    {
        Coarse = coarse;
        Field = field;
        Body = body;
        Bone = bone;
        BoneContrast = boneContrast;
        BoneDistance = CellSet.SquaredDistances(bone, coarse.ColumnCount);
        BodyDepth = bodyDepth;
    }

    /// <summary>The film on coarse cells.</summary>
    public FilmPlane Coarse { get; }

    /// <summary>Cells that were exposed: without collimator, shutter and saturated borders.</summary>
    public bool[] Field { get; }

    /// <summary>Cells behind collimators and in saturated borders: bright, unlike air beside the body.</summary>
    public required bool[] Shade { get; init; }

    /// <summary>The lower envelope of soft tissue that bone stands out of, and the cells that it is known at.</summary>
    public required (FilmPlane Surface, bool[] IsKnown) Envelope { get; init; }

    /// <summary>Value of air.</summary>
    public float Air { get; private init; }

    /// <summary>Cells of the body.</summary>
    public bool[] Body { get; }

    /// <summary>Cells over which bone lies.</summary>
    public bool[] Bone { get; }

    /// <summary>Contrast of bone against the soft tissue beside it, film units; 0 where no bone was found.</summary>
    public double BoneContrast { get; }

    /// <summary>Squared distance to bone, in cells.</summary>
    public float[] BoneDistance { get; }

    /// <summary>Squared distance to what is not the body, in cells.</summary>
    public float[] BodyDepth { get; }

    /// <summary>Finds field, body and bone.</summary>
    /// <param name="coarse">The film on coarse cells.</param>
    /// <param name="isHandOrFoot">Whether bones are many and small, as the header says.</param>
    /// <param name="cancellationToken">Asked between rounds.</param>
    public static FilmAnatomy Find(FilmPlane coarse, bool isHandOrFoot, CancellationToken cancellationToken)
    {
        (bool[] field, bool[] shade) = FindField(coarse);
        bool[] body = FindBody(coarse, field);
        float air = AirLevel(coarse, field, body);
        float[] depth = CellSet.SquaredDepths(body, coarse.ColumnCount);
        bool[] bone = FindBone(coarse, field, body, Array.ConvertAll(depth, MathF.Sqrt), air, isHandOrFoot, cancellationToken, out double contrast, out (FilmPlane, bool[]) envelope);
        return new FilmAnatomy(coarse, field, body, depth, bone, contrast) { Air = air, Shade = shade, Envelope = envelope };
    }

    /// <summary>All cells but those of a plateau at the least or greatest value that reaches the border: shutters, collimators, masked corners.</summary>
    private static (bool[] Field, bool[] Shade) FindField(FilmPlane coarse)
    {
        float[] sorted = [.. coarse.Values];
        Array.Sort(sorted);
        float low = sorted[(int)(FilmParameters.PlateauQuantile * (sorted.Length - 1))];
        float high = sorted[(int)((1 - FilmParameters.PlateauQuantile) * (sorted.Length - 1))];
        float range = Math.Max(high - low, float.Epsilon);
        float tolerance = (float)FilmParameters.PlateauTolerance * range;
        bool[] shade = Border(coarse, value => value >= high - tolerance, component => FillsSide(coarse, component));
        DropCollimator(coarse, range, shade);
        bool[] outside = CellSet.Dilate(shade, coarse.ColumnCount, FilmParameters.FieldMarginMm / coarse.CellMm);

        // A black plateau is air beside the body as often as a shutter: neither is body, so it may go with the field's outside.
        bool[] black = CellSet.Dilate(
            Border(coarse, value => value <= low + (tolerance / 4), _ => true), coarse.ColumnCount, FilmParameters.SkinMarginMm / coarse.CellMm);
        for (int i = 0; i < outside.Length; i++)
        {
            outside[i] |= black[i];
        }

        return (Array.ConvertAll(outside, isOutside => !isOutside), shade);
    }

    /// <summary>
    /// Drops what lies behind the straight edge of a collimator that scatter still exposed: along most of a column or row near the border the film gets
    /// brighter outwards, in one step.
    /// </summary>
    private static void DropCollimator(FilmPlane coarse, float range, bool[] outside)
    {
        const int Reach = 2;
        int columns = coarse.ColumnCount, rows = coarse.RowCount;
        foreach ((int length, int step, int lineCount, int lineStep) in new[] { (columns, 1, rows, columns), (rows, columns, columns, 1) })
        {
            if (length <= 4 * Reach)
            {
                continue;
            }

            float[] all = [.. Enumerable.Range(0, lineCount).SelectMany(line => Enumerable.Range(Reach, length - (2 * Reach)).Select(at => Math.Abs(Step(line, at)))).Order()];
            float least = Math.Max(FilmParameters.CollimatorSteps * all[all.Length / 2], (float)FilmParameters.CollimatorLeastStep * range);
            int depth = (int)(FilmParameters.CollimatorDepth * length);
            foreach (bool isFar in new[] { false, true })
            {
                int best = -1;
                double bestShare = FilmParameters.CollimatorShare;
                for (int near = Reach; near < depth; near++)
                {
                    int at = isFar ? length - 1 - near : near;
                    double share = (double)Enumerable.Range(0, lineCount).Count(line => (isFar ? Step(line, at) : -Step(line, at)) > least) / lineCount;
                    (best, bestShare) = share >= bestShare ? (at, share) : (best, bestShare);
                }

                if (best >= 0)
                {
                    for (int line = 0; line < lineCount; line++)
                    {
                        for (int at = isFar ? best - Reach : 0; at <= (isFar ? length - 1 : best + Reach); at++)
                        {
                            outside[(line * lineStep) + (at * step)] = true;
                        }
                    }
                }
            }

            float Step(int line, int at) => coarse.Values[(line * lineStep) + ((at + Reach) * step)] - coarse.Values[(line * lineStep) + ((at - Reach) * step)];
        }
    }

    /// <summary>Plateaus that reach the border and are large enough.</summary>
    private static bool[] Border(FilmPlane coarse, Predicate<float> isPart, Predicate<int[]> isWanted)
    {
        bool[] part = Array.ConvertAll(coarse.Values, value => isPart(value));
        bool[] kept = new bool[part.Length];
        foreach (int[] component in CellSet.Components(part, coarse.ColumnCount))
        {
            if (component.Length * coarse.CellMm2 >= FilmParameters.PlateauLeastMm2 && Array.Exists(component, cell => IsAtBorder(coarse, cell)) && isWanted(component))
            {
                foreach (int cell in component)
                {
                    kept[cell] = true;
                }
            }
        }

        return kept;
    }

    /// <summary>Whether a plateau fills a corner of the film or much of a side; a saturated bone that runs out of the film does neither.</summary>
    private static bool FillsSide(FilmPlane plane, int[] component)
    {
        int columns = plane.ColumnCount, rows = plane.RowCount;
        int left = 0, right = 0, top = 0, bottom = 0;
        foreach (int cell in component)
        {
            int column = cell % columns, row = cell / columns;
            left += column == 0 ? 1 : 0;
            right += column == columns - 1 ? 1 : 0;
            top += row == 0 ? 1 : 0;
            bottom += row == rows - 1 ? 1 : 0;
        }

        return ((left > 0 || right > 0) && (top > 0 || bottom > 0))
            || Math.Max(left, right) >= FilmParameters.PlateauSide * rows || Math.Max(top, bottom) >= FilmParameters.PlateauSide * columns;
    }

    private static bool IsAtBorder(FilmPlane plane, int cell)
    {
        int column = cell % plane.ColumnCount, row = cell / plane.ColumnCount;
        return column == 0 || row == 0 || column == plane.ColumnCount - 1 || row == plane.RowCount - 1;
    }

    /// <summary>The field without the air that reaches its edge. Air is the first mode of the histogram where there is one.</summary>
    private static bool[] FindBody(FilmPlane coarse, bool[] field)
    {
        float? threshold = AirThreshold(coarse, field);
        bool[] body = [.. field];
        if (threshold is { } air)
        {
            bool[] outside = new bool[field.Length];
            for (int i = 0; i < outside.Length; i++)
            {
                outside[i] = !field[i] || coarse.Values[i] < air;
            }

            foreach (int[] component in CellSet.Components(outside, coarse.ColumnCount))
            {
                if (component.Length * coarse.CellMm2 >= FilmParameters.AirLeastMm2
                    || Array.Exists(component, cell => !field[cell] || IsAtBorder(coarse, cell)))
                {
                    foreach (int cell in component)
                    {
                        body[cell] = false;
                    }
                }
            }
        }

        double opening = FilmParameters.BodyOpeningMm / coarse.CellMm;
        body = CellSet.Open(body, coarse.ColumnCount, opening);
        foreach (int[] component in CellSet.Components(body, coarse.ColumnCount))
        {
            if (component.Length * coarse.CellMm2 < FilmParameters.BodyLeastMm2)
            {
                foreach (int cell in component)
                {
                    body[cell] = false;
                }
            }
        }

        return body;
    }

    /// <summary>Median of the exposed cells beside the body; where there are few, as far below its thinnest part as its thickest is above.</summary>
    private static float AirLevel(FilmPlane coarse, bool[] field, bool[] body)
    {
        float[] beside = [.. coarse.Values.Where((_, index) => !body[index]).Order()];
        if (beside.Length > coarse.Values.Length / 100)
        {
            return beside[beside.Length / 4];
        }

        float[] within = [.. coarse.Values.Where((_, index) => field[index] && body[index]).Order()];
        return within.Length == 0 ? 0 : within[within.Length / 100] - (within[^(1 + (within.Length / 100))] - within[within.Length / 100]);
    }

    /// <summary>The valley right of the mode of air, or null where the lowest values hold no mode: the body fills the field.</summary>
    private static float? AirThreshold(FilmPlane coarse, bool[] field)
    {
        float low = float.MaxValue, high = float.MinValue;
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i])
            {
                low = Math.Min(low, coarse.Values[i]);
                high = Math.Max(high, coarse.Values[i]);
            }
        }

        if (high <= low)
        {
            return null;
        }

        const int BinCount = 256;
        double[] counts = new double[BinCount];
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i])
            {
                counts[Math.Min((int)((coarse.Values[i] - low) / (high - low) * BinCount), BinCount - 1)]++;
            }
        }

        double[] smooth = [.. Enumerable.Range(0, BinCount).Select(bin => Enumerable.Range(bin - 2, 5).Average(near => counts[Math.Clamp(near, 0, BinCount - 1)]))];
        int mode = 0;
        for (int bin = 1; bin < BinCount / 3; bin++)
        {
            mode = smooth[bin] > smooth[mode] ? bin : mode;
        }

        int valley = mode;
        while (valley < BinCount - 1 && smooth[valley] >= FilmParameters.AirModeFall * smooth[mode])
        {
            valley++;
        }

        while (valley < BinCount - 1 && smooth[valley + 1] < smooth[valley])
        {
            valley++;
        }

        // A valley far up is none: the mode was that of tissue.
        return valley < BinCount / 2 ? low + ((valley + 0.5f) / BinCount * (high - low)) : null;
    }

    /// <summary>
    /// Bone: what stands out of the lower envelope of soft tissue and is a bone by size, shape and place. On hands and feet every large piece in the middle of
    /// a finger or the palm; elsewhere what runs out of the field, is very large, or is long and lies in the middle of the limb, so that plaques and cysts
    /// beside the bone stay deposits. Thin things that stick out of a bone are not bone either.
    /// </summary>
    private static bool[] FindBone(FilmPlane coarse, bool[] field, bool[] body, float[] depth, float air, bool isHandOrFoot, CancellationToken cancellationToken, out double contrast, out (FilmPlane Surface, bool[] IsKnown) found)
    {
        contrast = 0;
        bool[] bone = new bool[body.Length];
        // Cells that lie half in the air tell nothing of the tissue.
        bool[] inner = Array.ConvertAll(depth, cells => cells > FilmParameters.RimCells);
        (FilmPlane envelope, bool[] isKnown) = found = TissueTrend.FitEnvelope(
            coarse, inner, isHandOrFoot ? FilmParameters.HandEnvelopeMm : FilmParameters.LimbEnvelopeMm, air, cancellationToken);
        float[] excess = new float[body.Length];
        for (int i = 0; i < excess.Length; i++)
        {
            excess[i] = inner[i] && isKnown[i] ? coarse.Values[i] - envelope.Values[i] : 0;
        }

        if (BoneLevel([.. excess.Where((_, index) => inner[index] && isKnown[index])]) is not { } level)
        {
            return bone;
        }

        // Marrow within its cortex belongs to the bone, also where the field cuts the bone off.
        double closing = (isHandOrFoot ? FilmParameters.HandClosingMm : FilmParameters.LimbClosingMm) / coarse.CellMm;
        bool[] likely = Array.ConvertAll(excess, value => value > level);
        likely = CellSet.Close(likely, coarse.ColumnCount, closing);
        FillMarrow(coarse, likely, body, isHandOrFoot ? FilmParameters.HandMarrowMm : FilmParameters.MarrowMm);
        double opening = (isHandOrFoot ? FilmParameters.HandOpeningMm : FilmParameters.LimbOpeningMm) / coarse.CellMm;
        likely = CellSet.Open(likely, coarse.ColumnCount, opening);
        DropProtrusions(
            coarse, likely, isHandOrFoot ? FilmParameters.HandProtrusionMm : FilmParameters.LimbProtrusionMm, isHandOrFoot ? FilmParameters.HandProtrusionLeastMm : FilmParameters.LimbProtrusionLeastMm);
        float[] widest = Widest(coarse, depth, isHandOrFoot ? FilmParameters.FingerReachMm : FilmParameters.LimbReachMm);
        double sum = 0;
        int count = 0;
        foreach (int[] component in CellSet.Components(likely, coarse.ColumnCount))
        {
            if (IsBone(coarse, component, field, depth, widest, isHandOrFoot))
            {
                foreach (int cell in component)
                {
                    bone[cell] = true;
                    sum += excess[cell];
                    count++;
                }
            }
        }

        contrast = count == 0 ? 0 : sum / count;
        return bone;
    }

    /// <summary>What bone exceeds the envelope by: well above the mode, which is soft tissue with its texture, but no more than part of the way to dense bone.</summary>
    private static float? BoneLevel(float[] excess)
    {
        if (excess.Length == 0)
        {
            return null;
        }

        Array.Sort(excess);
        float dense = excess[(int)(FilmParameters.BoneQuantile * (excess.Length - 1))];
        if (dense <= 0)
        {
            return null;
        }

        // The mode: the narrowest stretch that holds a tenth of the cells.
        int stretch = Math.Max(1, excess.Length / 10), at = 0;
        for (int i = 0; i + stretch < excess.Length; i++)
        {
            at = excess[i + stretch] - excess[i] < excess[at + stretch] - excess[at] ? i : at;
        }

        float mode = excess[at + (stretch / 2)];
        double squares = 0;
        int below = 0;
        for (; excess[below] < mode; below++)
        {
            squares += Math.Pow(excess[below] - mode, 2);
        }

        double texture = below == 0 ? 0 : Math.Sqrt(squares / below), range = dense - mode;
        if (range < FilmParameters.BoneTextures * texture)
        {
            // Nothing is denser than soft tissue varies: no bone in the picture.
            return null;
        }

        return (float)(mode + Math.Clamp(FilmParameters.BoneTextures * texture, FilmParameters.BoneLeastLevel * range, FilmParameters.BoneGreatestLevel * range));
    }

    /// <summary>Adds what a piece encloses, alone or together with the edge of the body's picture that cuts it off.</summary>
    private static void FillMarrow(FilmPlane plane, bool[] likely, bool[] body, double widthMm)
    {
        int columns = plane.ColumnCount, rows = plane.RowCount, reach = (int)(widthMm / plane.CellMm);
        bool[] closed = [.. likely];
        int[] piece = new int[likely.Length];
        int pieceCount = 0;
        foreach (int[] component in CellSet.Components(likely, columns))
        {
            pieceCount++;
            foreach (int cell in component)
            {
                piece[cell] = pieceCount;
            }
        }

        for (int column = 0; column < columns; column++)
        {
            CloseGap(0, column, 1);
            CloseGap(rows - 1, column, 1);
        }

        for (int row = 0; row < rows; row++)
        {
            CloseGap(row, 0, columns);
            CloseGap(row, columns - 1, columns);
        }

        bool[] open = Array.ConvertAll(closed, isPart => !isPart);
        foreach (int[] component in CellSet.Components(open, columns))
        {
            if (component.Length * plane.CellMm2 <= widthMm * widthMm
                && !Array.Exists(component, cell => !body[cell] || IsAtBorder(plane, cell)))
            {
                foreach (int cell in component)
                {
                    likely[cell] = true;
                }
            }
        }

        // A gap of the border between two cells of one piece is bridged.
        void CloseGap(int row, int column, int step)
        {
            int start = (row * columns) + column, last = step == 1 ? (row * columns) + columns - 1 : ((rows - 1) * columns) + column;
            if (!likely[start])
            {
                return;
            }

            int next = start + step;
            while (next <= last && next <= start + (reach * step) && !likely[next] && body[next])
            {
                next += step;
            }

            if (next <= last && piece[next] == piece[start])
            {
                for (int cell = start; cell < next; cell += step)
                {
                    closed[cell] = true;
                }
            }
        }
    }

    /// <summary>Takes away what sits on a bone like a knob: round, and smaller than any bone it could be the end of. A nodule that touches bone does.</summary>
    private static void DropProtrusions(FilmPlane plane, bool[] likely, double radiusMm, double leastMm)
    {
        int columns = plane.ColumnCount;
        double radius = radiusMm / plane.CellMm, least = leastMm / plane.CellMm;
        bool[] broad = CellSet.Open(likely, columns, radius);
        bool[] rest = new bool[likely.Length], near = CellSet.Dilate(broad, columns, 1.5);
        for (int i = 0; i < rest.Length; i++)
        {
            rest[i] = likely[i] && !broad[i];
        }

        float[] inscribed = CellSet.SquaredDepths(rest, columns);
        foreach (int[] piece in CellSet.Components(rest, columns))
        {
            if (piece.Max(cell => inscribed[cell]) >= least * least && Array.Exists(piece, cell => near[cell]))
            {
                (double length, double width) = PlanarShape.Diameters(PlanarShape.Corners(piece, columns));
                if (length <= FilmParameters.ProtrusionAspect * width)
                {
                    foreach (int cell in piece)
                    {
                        likely[cell] = false;
                    }
                }
            }
        }
    }

    private static bool IsBone(FilmPlane coarse, int[] component, bool[] field, float[] depth, float[] widest, bool isHandOrFoot)
    {
        double area = component.Length * coarse.CellMm2;
        (double length, double width) = PlanarShape.Diameters(PlanarShape.Corners(component, coarse.ColumnCount));
        (length, width) = (length * coarse.CellMm, width * coarse.CellMm);
        double central = component.Average(cell => depth[cell] / Math.Max(widest[cell], 1));
        if (isHandOrFoot)
        {
            return area >= FilmParameters.HandBoneLeastMm2
                && (central >= FilmParameters.HandBoneCentral || (length >= FilmParameters.HandBoneLengthMm && length >= FilmParameters.HandBoneAspect * width && central >= FilmParameters.HandLongCentral));
        }

        bool leavesField = area >= FilmParameters.BoneLeastMm2 && central >= FilmParameters.BoneLeavingCentral && Array.Exists(component, cell => IsAtEdge(coarse, cell, field));
        return leavesField
            || area >= FilmParameters.BoneLargeMm2
            || (length >= FilmParameters.BoneLengthMm && area >= FilmParameters.BoneLeastMm2 && central >= FilmParameters.BoneCentral);
    }

    /// <summary>True within two cells of the border of the film or the edge of the field.</summary>
    private static bool IsAtEdge(FilmPlane plane, int cell, bool[] field)
    {
        int column = cell % plane.ColumnCount, row = cell / plane.ColumnCount;
        for (int y = row - 2; y <= row + 2; y++)
        {
            for (int x = column - 2; x <= column + 2; x++)
            {
                if (x < 0 || y < 0 || x >= plane.ColumnCount || y >= plane.RowCount || !field[(y * plane.ColumnCount) + x])
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Greatest depth of the body within half the width of a limb or finger of each cell.</summary>
    private static float[] Widest(FilmPlane plane, float[] depth, double reachMm)
    {
        int reach = (int)(reachMm / plane.CellMm);
        float[] along = SlidingMaximum(depth, plane.ColumnCount, plane.RowCount, 1, plane.ColumnCount, reach);
        return SlidingMaximum(along, plane.RowCount, plane.ColumnCount, plane.ColumnCount, 1, reach);
    }

    private static float[] SlidingMaximum(float[] values, int length, int lineCount, int step, int lineStep, int reach)
    {
        float[] result = new float[values.Length];
        for (int line = 0; line < lineCount; line++)
        {
            for (int at = 0; at < length; at++)
            {
                float greatest = float.MinValue;
                for (int near = Math.Max(at - reach, 0); near <= Math.Min(at + reach, length - 1); near++)
                {
                    greatest = Math.Max(greatest, values[(line * lineStep) + (near * step)]);
                }

                result[(line * lineStep) + (at * step)] = greatest;
            }
        }

        return result;
    }
}
