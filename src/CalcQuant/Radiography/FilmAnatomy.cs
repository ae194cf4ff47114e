namespace CalcQuant.Radiography;

/// <summary>
/// What a film shows in the large, on cells of about a millimetre: the exposed field, the body in it, and bone. Found by brightness and shape; there is no
/// atlas of a hand or a hip behind it, so bone means what is dense, long and broad.
/// </summary>
internal sealed class FilmAnatomy
{
    private FilmAnatomy(FilmPlane coarse, bool[] field, bool[] body, bool[] bone, double boneContrast)
    {
        Coarse = coarse;
        Field = field;
        Body = body;
        Bone = bone;
        BoneContrast = boneContrast;
        BoneDistance = CellSet.SquaredDistances(bone, coarse.ColumnCount);
        BodyDepth = CellSet.SquaredDistances(Array.ConvertAll(body, inside => !inside), coarse.ColumnCount);
    }

    /// <summary>The film on coarse cells.</summary>
    public FilmPlane Coarse { get; }

    /// <summary>Cells that were exposed: without collimator, shutter and saturated borders.</summary>
    public bool[] Field { get; }

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
    public static FilmAnatomy Find(FilmPlane coarse)
    {
        bool[] field = FindField(coarse);
        bool[] body = FindBody(coarse, field);
        FilmPlane ridges = coarse.With(LongRidges(coarse, body));
        bool[] bone = FindBone(ridges, body, out double contrast);
        return new FilmAnatomy(coarse, field, body, bone, contrast);
    }

    /// <summary>All cells but those of a plateau at the least or greatest value that reaches the border: shutters, collimators, masked corners.</summary>
    private static bool[] FindField(FilmPlane coarse)
    {
        float[] sorted = [.. coarse.Values];
        Array.Sort(sorted);
        float low = sorted[(int)(FilmParameters.PlateauQuantile * (sorted.Length - 1))];
        float high = sorted[(int)((1 - FilmParameters.PlateauQuantile) * (sorted.Length - 1))];
        float range = Math.Max(high - low, float.Epsilon);
        float tolerance = (float)FilmParameters.PlateauTolerance * range;
        bool[] outside = Border(coarse, value => value >= high - tolerance, FilmParameters.PlateauLeastMm2);
        bool[] black = Border(coarse, value => value <= low + (tolerance / 4), FilmParameters.PlateauLeastMm2);
        for (int i = 0; i < outside.Length; i++)
        {
            // A black plateau is air beside the body as often as a shutter: neither is body, so it may go with the field's outside.
            outside[i] |= black[i];
        }

        outside = CellSet.Dilate(outside, coarse.ColumnCount, FilmParameters.FieldMarginMm / coarse.CellMm);
        return Array.ConvertAll(outside, isOutside => !isOutside);
    }

    private static bool[] Border(FilmPlane coarse, Predicate<float> isPart, double leastMm2)
    {
        bool[] part = Array.ConvertAll(coarse.Values, value => isPart(value));
        bool[] kept = new bool[part.Length];
        foreach (int[] component in CellSet.Components(part, coarse.ColumnCount))
        {
            if (component.Length * coarse.CellMm2 >= leastMm2 && Array.Exists(component, cell => IsAtBorder(coarse, cell)))
            {
                foreach (int cell in component)
                {
                    kept[cell] = true;
                }
            }
        }

        return kept;
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
        body = CellSet.Dilate(CellSet.Erode(body, coarse.ColumnCount, opening), coarse.ColumnCount, opening);
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
    /// How far each cell stands out of its wide surroundings, kept only along lines of a bone's length: the greatest of the openings by lines in twelve
    /// directions, less the opening by a wide disc.
    /// </summary>
    private static float[] LongRidges(FilmPlane coarse, bool[] body)
    {
        float least = float.MaxValue;
        for (int i = 0; i < body.Length; i++)
        {
            least = body[i] ? Math.Min(least, coarse.Values[i]) : least;
        }

        float[] values = new float[body.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = body[i] ? coarse.Values[i] : least;
        }

        float[] kept = new float[values.Length];
        Array.Fill(kept, float.MinValue);
        Lock gate = new();
        Parallel.For(0, FilmParameters.DirectionCount, direction =>
        {
            float[] opened = LineOpening(coarse, values, Math.PI * direction / FilmParameters.DirectionCount, FilmParameters.BoneLengthMm);
            lock (gate)
            {
                for (int i = 0; i < kept.Length; i++)
                {
                    kept[i] = Math.Max(kept[i], opened[i]);
                }
            }
        });
        float[] wide = SquareOpening(coarse, values, FilmParameters.BoneGreatestWidthMm);
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = body[i] ? Math.Max(kept[i] - wide[i], 0) : 0;
        }

        return kept;
    }

    private static float[] LineOpening(FilmPlane plane, float[] values, double angle, double lengthMm)
    {
        int reach = Math.Max(1, (int)Math.Round(lengthMm / plane.CellMm / 2));
        (int X, int Y)[] offsets = [.. Enumerable.Range(-reach, (2 * reach) + 1).Select(step => ((int)Math.Round(step * Math.Cos(angle)), (int)Math.Round(step * Math.Sin(angle)))).Distinct()];
        return Extreme(plane, Extreme(plane, values, offsets, isMinimum: true), offsets, isMinimum: false);
    }

    private static float[] Extreme(FilmPlane plane, float[] values, (int X, int Y)[] offsets, bool isMinimum)
    {
        float[] result = new float[values.Length];
        for (int row = 0; row < plane.RowCount; row++)
        {
            for (int column = 0; column < plane.ColumnCount; column++)
            {
                float extreme = isMinimum ? float.MaxValue : float.MinValue;
                foreach ((int x, int y) in offsets)
                {
                    int at = (Math.Clamp(row + y, 0, plane.RowCount - 1) * plane.ColumnCount) + Math.Clamp(column + x, 0, plane.ColumnCount - 1);
                    extreme = isMinimum ? Math.Min(extreme, values[at]) : Math.Max(extreme, values[at]);
                }

                result[(row * plane.ColumnCount) + column] = extreme;
            }
        }

        return result;
    }

    /// <summary>Opening by a square, row-wise and column-wise.</summary>
    private static float[] SquareOpening(FilmPlane plane, float[] values, double widthMm)
    {
        int reach = Math.Max(1, (int)Math.Round(widthMm / plane.CellMm / 2));
        (int X, int Y)[] along = [.. Enumerable.Range(-reach, (2 * reach) + 1).Select(step => (step, 0))];
        (int X, int Y)[] across = [.. along.Select(step => (0, step.X))];
        float[] eroded = Extreme(plane, Extreme(plane, values, along, isMinimum: true), across, isMinimum: true);
        return Extreme(plane, Extreme(plane, eroded, along, isMinimum: false), across, isMinimum: false);
    }

    private static bool[] FindBone(FilmPlane ridges, bool[] body, out double contrast)
    {
        contrast = 0;
        bool[] bone = new bool[body.Length];
        float[] inside = [.. ridges.Values.Where((_, index) => body[index])];
        if (inside.Length == 0)
        {
            return bone;
        }

        float threshold = Otsu(inside);
        bool[] sure = Array.ConvertAll(ridges.Values, value => value >= threshold * (float)FilmParameters.BoneSureFactor);
        bool[] likely = Array.ConvertAll(ridges.Values, value => value >= threshold);
        double sum = 0;
        int count = 0;
        foreach (int[] component in CellSet.Components(likely, ridges.ColumnCount))
        {
            if (component.Length * ridges.CellMm2 >= FilmParameters.BoneLeastMm2 && Array.Exists(component, cell => sure[cell]))
            {
                foreach (int cell in component)
                {
                    bone[cell] = true;
                    sum += ridges.Values[cell];
                    count++;
                }
            }
        }

        contrast = count == 0 ? 0 : sum / count;
        return bone;
    }

    /// <summary>The threshold that parts values into two classes of least variance (Otsu, IEEE Trans. Syst. Man Cybern. 9, 1979).</summary>
    private static float Otsu(float[] values)
    {
        const int BinCount = 256;
        float low = values.Min(), high = values.Max();
        if (high <= low)
        {
            return float.MaxValue;
        }

        long[] counts = new long[BinCount];
        foreach (float value in values)
        {
            counts[Math.Min((int)((value - low) / (high - low) * BinCount), BinCount - 1)]++;
        }

        double all = values.Length, sum = 0;
        for (int bin = 0; bin < BinCount; bin++)
        {
            sum += bin * (double)counts[bin];
        }

        double below = 0, belowSum = 0, best = -1;
        int bestBin = 0;
        for (int bin = 0; bin < BinCount - 1; bin++)
        {
            below += counts[bin];
            belowSum += bin * (double)counts[bin];
            if (below > 0 && below < all)
            {
                double difference = (belowSum / below) - ((sum - belowSum) / (all - below));
                double between = below * (all - below) * difference * difference;
                if (between > best)
                {
                    (best, bestBin) = (between, bin);
                }
            }
        }

        return low + ((bestBin + 1f) / BinCount * (high - low));
    }
}
