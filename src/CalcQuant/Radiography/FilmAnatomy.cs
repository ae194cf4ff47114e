namespace CalcQuant.Radiography;

/// <summary>What kind of bones a film shows.</summary>
internal enum FilmPart
{
    /// <summary>Many small bones with narrow strips of soft tissue between them.</summary>
    HandOrFoot,

    /// <summary>Shafts with ends.</summary>
    Limb,

    /// <summary>Flat bones over each other, or nobody knows.</summary>
    Trunk,
}

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

    /// <summary>Cells at the ends of bones, where thin and broad parts of them are easily taken for something else; empty but for limbs.</summary>
    public required bool[] IsAtBoneEnd { get; init; }

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
    /// <param name="part">What kind of bones the header names.</param>
    /// <param name="cancellationToken">Asked between rounds.</param>
    public static FilmAnatomy Find(FilmPlane coarse, FilmPart part, CancellationToken cancellationToken)
    {
        (bool[] field, bool[] shade) = FindField(coarse);
        bool[] body = FindBody(coarse, field);
        float air = AirLevel(coarse, field, body);
        float[] depth = CellSet.SquaredDepths(body, coarse.ColumnCount);
        bool[] isAtEnd = new bool[body.Length];
        bool[] bone = FindBone(coarse, field, body, Array.ConvertAll(depth, MathF.Sqrt), air, part, isAtEnd, cancellationToken, out double contrast, out (FilmPlane, bool[]) envelope);
        return new FilmAnatomy(coarse, field, body, depth, bone, contrast) { Air = air, Shade = shade, Envelope = envelope, IsAtBoneEnd = isAtEnd };
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
    private static bool[] FindBone(FilmPlane coarse, bool[] field, bool[] body, float[] depth, float air, FilmPart part, bool[] isAtEnd, CancellationToken cancellationToken, out double contrast, out (FilmPlane Surface, bool[] IsKnown) found)
    {
        bool isHandOrFoot = part == FilmPart.HandOrFoot;
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
        if (part == FilmPart.Limb)
        {
            bool[] dense = [.. bone];
            CutBeside(coarse, inner, field, depth, widest, bone, isAtEnd, contrast, cancellationToken);

            // Without the plaques, and without the rim, the contrast is that of bone alone.
            contrast = excess.Where((_, cell) => bone[cell] && dense[cell]).DefaultIfEmpty().Average();
        }

        return bone;
    }

    /// <summary>
    /// Takes away what lies beside a shaft and is no part of it: plaques and cysts that the envelope cannot tell from bone. On the flattened film the shaft is the plateau whose
    /// edge falls most; what goes on at its ends is bone, what lies beside it is not, unless it is a thin bone of its own.
    /// </summary>
    private static void CutBeside(FilmPlane coarse, bool[] inner, bool[] field, float[] depth, float[] widest, bool[] bone, bool[] isAtEnd, double contrast, CancellationToken cancellationToken)
    {
        int columns = coarse.ColumnCount;
        int[] owner = new int[bone.Length];
        var shafts = new List<Shaft>();
        bool[] isShaft = new bool[bone.Length];
        List<PlateauSearch.Plateau> plateaus = PlateauSearch.Run(FlatFilm.Of(coarse, inner, contrast, cancellationToken), PlateauRules.Bones, cancellationToken);
        float[] known = CellSet.SquaredDistances(bone, columns);
        double joint = FilmParameters.JointMm / coarse.CellMm;
        float greatest = plateaus.Where(plateau => IsDense(plateau) && IsCutOff(coarse, plateau.Cells, field)).Select(plateau => plateau.Drop).DefaultIfEmpty(float.MaxValue).Max();
        foreach (PlateauSearch.Plateau plateau in plateaus)
        {
            // A plaque in the middle of the limb falls less than the bones that leave the field; what lies beyond the end of a shaft is a bone of a joint.
            if ((IsDense(plateau) && IsBone(coarse, plateau.Cells, field, depth, widest, isHandOrFoot: false) && (IsCutOff(coarse, plateau.Cells, field) || plateau.Drop >= FilmParameters.BonePlateauDrop * greatest))
                || (plateau.Cells.Length * coarse.CellMm2 >= FilmParameters.BoneLeastMm2 && plateau.Cells.Any(cell => known[cell] <= joint * joint) && shafts.Exists(shaft => shaft.IsBefore(plateau.Cells, columns, FilmParameters.BoneEndMm / coarse.CellMm))))
            {
                var shaft = Shaft.Of(plateau.Cells, coarse, field);
                shafts.Add(shaft);
                foreach (int cell in Whole(coarse, plateau.Cells, shaft))
                {
                    (isShaft[cell], owner[cell]) = (inner[cell], shafts.Count);
                }
            }
        }

        if (shafts.Count == 0)
        {
            // Without a shaft nothing tells what touches bone from bone.
            inner.CopyTo(isAtEnd, 0);
            return;
        }

        float[] distances = CellSet.SquaredDistances(isShaft, columns);
        double rim = FilmParameters.BoneRimMm / coarse.CellMm;
        CellSet.SpreadNearest(owner, columns);

        for (int i = 0; i < isAtEnd.Length; i++)
        {
            isAtEnd[i] = inner[i] && shafts[owner[i] - 1].HasAtEnd(i % columns, i / columns);
        }

        // A fibula beside a tibia falls so much less that it is seen only without it.
        bool[] rest = [.. inner.Select((isInner, cell) => isInner && distances[cell] > rim * rim)];
        bool[] thin = new bool[bone.Length];
        foreach (PlateauSearch.Plateau plateau in PlateauSearch.Run(FlatFilm.Of(coarse, rest, contrast, cancellationToken), PlateauRules.Bones, cancellationToken))
        {
            (double length, double width) = PlanarShape.Diameters(PlanarShape.Corners(plateau.Cells, columns));
            if (length >= FilmParameters.ThinBoneAspect * width && length * coarse.CellMm >= FilmParameters.ThinBoneMm && plateau.Cells.Any(cell => bone[cell]))
            {
                Array.ForEach(plateau.Cells, cell => thin[cell] = true);
            }
        }

        thin = CellSet.Dilate(thin, columns, rim);
        for (int i = 0; i < bone.Length; i++)
        {
            bone[i] = inner[i] && (distances[i] <= rim * rim || thin[i] || (bone[i] && !shafts[owner[i] - 1].HasBeside(i % columns, i / columns)));
        }

        // Most of it stands out as bone does: what is bone for no other reason than its place is none.
        bool IsDense(PlateauSearch.Plateau plateau) => 2 * plateau.Cells.Count(cell => known[cell] == 0) >= plateau.Cells.Length;
    }

    /// <summary>A bone with the notches that its thin end leaves: what discs of half its width do not fit into from outside.</summary>
    private static IEnumerable<int> Whole(FilmPlane plane, int[] cells, Shaft shaft)
    {
        if (!shaft.HasAxis)
        {
            return cells;
        }

        bool[] isPart = new bool[plane.Values.Length];
        Array.ForEach(cells, cell => isPart[cell] = true);
        bool[] closed = CellSet.Close(isPart, plane.ColumnCount, shaft.Width / 2);
        return Enumerable.Range(0, closed.Length).Where(cell => closed[cell]);
    }

    /// <summary>Whether the border of the film or the edge of the field cuts a piece off.</summary>
    private static bool IsCutOff(FilmPlane coarse, int[] cells, bool[] field) => Array.Exists(cells, cell => IsAtEdge(coarse, cell, field));

    /// <summary>A bone with the axis along it, if it is long.</summary>
    /// <param name="HasAxis">Whether it is long.</param>
    /// <param name="Width">Its width, cells.</param>
    /// <param name="X">Direction of the axis along a row.</param>
    /// <param name="Y">The same across rows.</param>
    /// <param name="Column">Its middle.</param>
    /// <param name="Row">The same.</param>
    /// <param name="First">Where it begins on the axis, from its middle.</param>
    /// <param name="Last">Where it ends.</param>
    /// <param name="IsFirstCut">Whether the edge of the field cuts it off where it begins.</param>
    /// <param name="IsLastCut">The same where it ends.</param>
    private sealed record Shaft(bool HasAxis, double Width, double X, double Y, double Column, double Row, double First, double Last, bool IsFirstCut, bool IsLastCut)
    {
        /// <summary>From its cells.</summary>
        public static Shaft Of(int[] cells, FilmPlane plane, bool[] field)
        {
            int columns = plane.ColumnCount;
            double column = cells.Average(cell => (double)(cell % columns)), row = cells.Average(cell => (double)(cell / columns));
            double xx = 0, yy = 0, xy = 0;
            foreach (int cell in cells)
            {
                double x = (cell % columns) - column, y = (cell / columns) - row;
                (xx, yy, xy) = (xx + (x * x), yy + (y * y), xy + (x * y));
            }

            double angle = 0.5 * Math.Atan2(2 * xy, xx - yy);
            (double length, double width) = PlanarShape.Diameters(PlanarShape.Corners(cells, columns));
            var shaft = new Shaft(
                length >= FilmParameters.BoneAxisAspect * width && length * plane.CellMm >= FilmParameters.BoneAxisMm, width, Math.Cos(angle), Math.Sin(angle), column, row, 0, 0, false, false);
            double[] along = Array.ConvertAll(cells, cell => shaft.Along(cell % columns, cell / columns));
            double first = along.Min(), last = along.Max();
            return shaft with
            {
                First = first,
                Last = last,
                IsFirstCut = cells.Where((_, index) => along[index] < first + width).Any(cell => IsAtEdge(plane, cell, field)),
                IsLastCut = cells.Where((_, index) => along[index] > last - width).Any(cell => IsAtEdge(plane, cell, field)),
            };
        }

        /// <summary>Whether a place lies beside the bone rather than at one of its ends, which are broader than the shaft.</summary>
        public bool HasBeside(int column, int row)
        {
            double along = Along(column, row), end = FilmParameters.BoneEndWidths * Width;
            return HasAxis && along > First + (IsFirstCut ? 0 : end) && along < Last - (IsLastCut ? 0 : end);
        }

        /// <summary>Whether a place lies at an end of the bone, or beyond it.</summary>
        public bool HasAtEnd(int column, int row)
        {
            double along = Along(column, row), end = FilmParameters.BoneEndZoneWidths * Width;
            return !HasAxis || (!IsFirstCut && along < First + end) || (!IsLastCut && along > Last - end);
        }

        /// <summary>Whether a piece lies before an end of the bone, within a joint's width.</summary>
        public bool IsBefore(int[] cells, int columns, double reach)
        {
            double column = cells.Average(cell => (double)(cell % columns)), row = cells.Average(cell => (double)(cell / columns));
            double along = Along(column, row), across = Math.Abs(((column - Column) * Y) - ((row - Row) * X));
            return HasAxis && across < 2 * Width
                && ((!IsFirstCut && along < First && cells.Min(cell => First - Along(cell % columns, cell / columns)) < reach)
                    || (!IsLastCut && along > Last && cells.Min(cell => Along(cell % columns, cell / columns) - Last) < reach));
        }

        private double Along(double column, double row) => ((column - Column) * X) + ((row - Row) * Y);
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
