using System.Collections.Immutable;
using CalcQuant.Measurement;

namespace CalcQuant.Radiography;

/// <summary>What was measured at one place of a film.</summary>
/// <param name="Outline">Pixels of the film.</param>
/// <param name="AreaPixels">Area, pixels.</param>
/// <param name="EdgePixels">Standard error of the area by its edge, pixels.</param>
/// <param name="Contrast">Greatest contrast against the surroundings, film units.</param>
/// <param name="Noise">Standard deviation of a pixel of the surroundings, film units.</param>
/// <param name="Centroid">Centre of the pixels.</param>
/// <param name="Bounds">Box around them.</param>
/// <param name="LengthPixels">Longest diameter, in pixels of the root of the pixel's area.</param>
/// <param name="WidthPixels">Diameter at right angles to it.</param>
/// <param name="ComponentCount">Connected parts.</param>
internal sealed record OutlineMeasure(
    PixelOutline Outline,
    double AreaPixels,
    double EdgePixels,
    double Contrast,
    double Noise,
    PixelPoint Centroid,
    PixelBox Bounds,
    double LengthPixels,
    double WidthPixels,
    int ComponentCount)
{
    /// <summary>From the cells of a box.</summary>
    /// <param name="deposit">Which cells of the box are of the deposit.</param>
    /// <param name="columnCount">Cells along a row of the box.</param>
    /// <param name="left">First pixel column of the box.</param>
    /// <param name="top">First pixel row of the box.</param>
    /// <param name="bin">Pixels along each side of a cell.</param>
    /// <param name="area">Its area, pixels.</param>
    /// <param name="edge">Uncertainty of the area by its edge, pixels.</param>
    /// <param name="contrast">Its contrast, film units.</param>
    /// <param name="noise">Noise of a pixel, film units.</param>
    public static OutlineMeasure Of(bool[] deposit, int columnCount, int left, int top, int bin, double area, double edge, double contrast, double noise)
    {
        int[] cells = [.. deposit.Index().Where(cell => cell.Item).Select(cell => cell.Index)];
        PixelOutline outline = PixelOutline.Of(deposit, columnCount, 0, 0, bin);
        outline = new PixelOutline([.. outline.Runs.Select(run => new PixelRun(run.Row + top, run.Start + left, run.Length))]);
        ImmutableArray<PixelRun> runs = outline.Runs;
        (double length, double width) = PlanarShape.Diameters(PlanarShape.Corners(cells, columnCount));
        double half = (bin - 1) / 2.0;
        return new OutlineMeasure(
            outline,
            area,
            edge,
            contrast,
            noise,
            new PixelPoint(left + (cells.Average(cell => cell % columnCount) * bin) + half, top + (cells.Average(cell => cell / columnCount) * bin) + half),
            new PixelBox(
                new PixelPoint(runs.Min(run => run.Start), runs[0].Row),
                new PixelPoint(runs.Max(run => run.Start + run.Length - 1), runs[^1].Row)),
            length * bin,
            width * bin,
            CellSet.Components(deposit, columnCount).Count);
    }
}

/// <summary>
/// Measures what is dense within a place that was found or that a reader pointed at, however roughly the place is drawn. The background under the deposit is
/// continued inwards from around it (a membrane: Laplace's equation), so that slopes go on beneath; the film is smoothed as much as its noise asks for. Near its
/// edge each cell is compared with the deposit close by and not with the densest part of it, so that a faint part counts beside a dense one. The area is that
/// at half of this local contrast, which blur leaves where it is, and what a domed shape hides below it, told by how far apart the areas at lower
/// and higher levels are: at half the contrast a ball shows three quarters of its section, a flat plaque all of it.
/// </summary>
internal static class OutlineMeasurement
{
    /// <summary>Parts of the local contrast at which areas are taken.</summary>
    private const float LowLevel = 0.3f, HalfLevel = 0.5f, HighLevel = 0.7f;

    /// <summary>
    /// Area of a ball that half of its contrast hides, over the area between the low and the high level: with A(t) = A0 (1 - t²) that is 0.5² / (0.7² - 0.3²).
    /// </summary>
    private const double HiddenByDome = 0.625;

    /// <summary>Between the low and the high level of a flat shape's blurred edge, standard deviations of the blur.</summary>
    private const double BlurBetweenLevels = 1.049;

    /// <summary>
    /// Standard deviation of a detector's blur, mm: a modulation of one half at 1.7 line pairs per mm, as digital detectors of radiographs have
    /// (sigma = 0.187 / f50, f50 some 1.3 to 2.5 per mm). An assumption without a checked source, and near the blur of our own phantom films (0.106 mm).
    /// </summary>
    private const double DetectorBlurMm = 0.11;

    /// <summary>Standard deviations of smoothing that are tried, mm; the first that lets the deposit stand out enough is taken.</summary>
    private static readonly double[] SmoothingsMm = [0, 0.12, 0.2, 0.3, 0.45, 0.65];

    /// <summary>Greatest smoothing over the root of the place's area: a place twice too long and wide holds a deposit of half of that width.</summary>
    private const double GreatestSmoothing = 0.08;

    /// <summary>Contrast over the noise of a smoothed cell that is enough for an edge.</summary>
    private const double EnoughContrast = 8;

    /// <summary>Contrast over the noise of a smoothed cell below which nothing stands out.</summary>
    private const double LeastContrast = 5;

    /// <summary>Deviations of noise from which a cell may belong to the deposit.</summary>
    private const double LeastDeviations = 3;

    /// <summary>Part of the contrast from which a cell may belong to the deposit: texture of tissue beside a dense one is not of it.</summary>
    private const double LeastPart = 0.12;

    /// <summary>How far a cell looks for the contrast of its part of the deposit, mm.</summary>
    private const double LocalMm = 1;

    /// <summary>Steps in cells, one for each of sixteen directions; the opposite ones are walked too.</summary>
    private static readonly (int Across, int Down)[] Directions =
    [
        (1, 0), (0, 1), (1, 1), (-1, 1), (2, 1), (1, 2), (-1, 2), (-2, 1), (3, 1), (1, 3), (-1, 3), (-3, 1), (3, 2), (2, 3), (-2, 3), (-3, 2),
    ];

    /// <summary>Rounds of background and outline.</summary>
    private const int Rounds = 6;

    /// <summary>Cells around a deposit that its blurred edge reaches, mm.</summary>
    private const double EdgeMm = 0.5;

    /// <summary>Cells of a window at most; larger places are measured on coarser cells.</summary>
    private const int MostCells = 50_000;

    /// <summary>Measures.</summary>
    /// <param name="film">The film on its own pixels.</param>
    /// <param name="place">Pixels of the film that the deposit may fill.</param>
    /// <param name="contains">A pixel that must be of the deposit; null for all of the place.</param>
    /// <returns>The measure; null where nothing stands out.</returns>
    public static OutlineMeasure? Measure(FilmPlane film, PixelOutline place, PixelPoint? contains = null)
    {
        if (Window.Around(film, place) is not { } window)
        {
            return null;
        }

        double greatestMm = GreatestSmoothing * Math.Sqrt(window.Place.Count(inside => inside)) * window.CellMm;
        Smoothed? best = null;
        foreach (double smoothingMm in SmoothingsMm.Where(smoothing => smoothing <= greatestMm))
        {
            best = Find(window, smoothingMm, contains);
            if (best is not null && best.Contrast >= EnoughContrast * best.Noise)
            {
                break;
            }
        }

        if (best is null)
        {
            return null;
        }

        float[] part = LocalPart(window, best);
        (double area, double edge) = Area(window, part, best);
        bool[] outline = Clean(window, Array.ConvertAll(part, value => value >= HalfLevel), contains);
        return Array.IndexOf(outline, true) < 0 ? null : window.Report(outline, area, edge, best.Contrast, PixelNoise(window, best));
    }

    /// <summary>A deposit at one smoothing.</summary>
    /// <param name="BlurMm">Standard deviation of the detector's blur and the smoothing together, mm.</param>
    /// <param name="Background">What lies under it.</param>
    /// <param name="Residual">Smoothed values less the background.</param>
    /// <param name="Cells">Cells that stand out.</param>
    /// <param name="Contrast">Its contrast.</param>
    /// <param name="Noise">Standard deviation of a smoothed cell of the surroundings.</param>
    private sealed record Smoothed(double BlurMm, float[] Background, float[] Residual, bool[] Cells, double Contrast, double Noise);

    private static Smoothed? Find(Window window, double smoothingMm, PixelPoint? contains)
    {
        float[] values = smoothingMm > 0 ? window.Plane.Smooth(smoothingMm).Values : window.Values;
        double blurMm = Math.Sqrt((smoothingMm * smoothingMm) + (DetectorBlurMm * DetectorBlurMm) + (window.CellMm * window.CellMm / 12));
        double leastNoise = WhiteNoise(window) / Math.Max(1, 2 * Math.Sqrt(Math.PI) * smoothingMm / window.CellMm);
        bool[] deposit = [.. window.Place];
        float[] residual = new float[values.Length];
        float[] background = [];
        double contrast = 0, noise = 0;
        for (int round = 0; round < Rounds; round++)
        {
            bool[] covered = CellSet.Dilate(deposit, window.ColumnCount, Math.Max(EdgeMm, 2.5 * blurMm) / window.CellMm);
            background = Continue(window, values, covered, (float)noise);
            noise = Math.Max(Noise(values, background, covered), leastNoise);
            for (int i = 0; i < residual.Length; i++)
            {
                residual[i] = values[i] - background[i];
            }

            float[] inside = [.. residual.Where((_, index) => window.Place[index]).Order()];
            if (inside.Length == 0 || inside[^1] <= 0)
            {
                return null;
            }

            float[] top = [.. inside.SkipWhile(value => value < 0.5f * Math.Max(inside[^(1 + (inside.Length / 50))], 0))];
            contrast = top[(int)(0.85 * (top.Length - 1))];
            if (contrast < LeastContrast * noise || contrast <= 0)
            {
                return null;
            }

            float level = (float)Math.Max(LeastDeviations * noise, LeastPart * contrast);
            for (int i = 0; i < deposit.Length; i++)
            {
                deposit[i] = window.Near[i] && residual[i] >= level;
            }

            deposit = Clean(window, deposit, contains);
            if (Array.IndexOf(deposit, true) < 0)
            {
                return null;
            }
        }

        return new Smoothed(blurMm, background, residual, deposit, contrast, noise);
    }

    /// <summary>
    /// Each cell near the edge as a part of the greatest contrast close to the nearest place of the edge; 1 well inside, whatever the cell's own contrast, so that
    /// the less dense middle of a calcified wall belongs to it.
    /// </summary>
    private static float[] LocalPart(Window window, Smoothed found)
    {
        int columns = window.ColumnCount;
        float least = (float)Math.Max(5 * found.Noise, 2 * LeastPart * found.Contrast), excess = (float)(1.5 * found.Noise);
        float[] depth = CellSet.SquaredDepths(found.Cells, columns);
        double deep = (Math.Max(0.5 * LocalMm, 2.5 * found.BlurMm) / window.CellMm) + 1.5;
        bool[] near = CellSet.Dilate(found.Cells, columns, 1.5);
        float[] greatest = GreatestNearEdge(window, found, near);
        float[] part = new float[found.Residual.Length];
        for (int cell = 0; cell < part.Length; cell++)
        {
            part[cell] = !near[cell] || !window.Near[cell] ? 0
                : depth[cell] > deep * deep ? 1
                : Math.Max(found.Residual[cell], 0) / Math.Max(greatest[cell] - excess, least);
        }

        return part;
    }

    /// <summary>For each cell the greatest contrast within reach of the place of the edge that is nearest in steps: a breadth-first walk from the edge inwards.</summary>
    private static float[] GreatestNearEdge(Window window, Smoothed found, bool[] near)
    {
        int columns = window.ColumnCount, rows = window.RowCount;
        int reach = (int)Math.Ceiling(Math.Max(LocalMm, 3.5 * found.BlurMm) / window.CellMm);
        int[] halves = [.. Enumerable.Range(-reach, (2 * reach) + 1).Select(down => (int)Math.Sqrt((reach * reach) - (down * down)))];
        float[] greatest = new float[found.Residual.Length];
        int[] ways = new int[greatest.Length], steps = new int[greatest.Length];
        var queue = new Queue<int>();
        for (int cell = 0; cell < greatest.Length; cell++)
        {
            int column = cell % columns, row = cell / columns;
            if (!near[cell] || found.Cells[cell])
            {
                continue;
            }

            for (int y = Math.Max(row - reach, 0); y <= Math.Min(row + reach, rows - 1); y++)
            {
                int half = halves[y - row + reach];
                for (int x = Math.Max(column - half, 0); x <= Math.Min(column + half, columns - 1); x++)
                {
                    int other = (y * columns) + x;
                    greatest[cell] = found.Cells[other] ? Math.Max(greatest[cell], found.Residual[other]) : greatest[cell];
                }
            }

            (ways[cell], steps[cell]) = (1, 1);
            queue.Enqueue(cell);
        }

        // A cell that is equally near to several places of the edge takes their mean: no order of rows and columns shows.
        while (queue.TryDequeue(out int cell))
        {
            int column = cell % columns, row = cell / columns;
            greatest[cell] /= ways[cell];
            ways[cell] = 1;
            for (int y = Math.Max(row - 1, 0); y <= Math.Min(row + 1, rows - 1); y++)
            {
                for (int x = Math.Max(column - 1, 0); x <= Math.Min(column + 1, columns - 1); x++)
                {
                    int other = (y * columns) + x;
                    if (!found.Cells[other] || (steps[other] != 0 && steps[other] != steps[cell] + 1))
                    {
                        continue;
                    }

                    if (steps[other] == 0)
                    {
                        steps[other] = steps[cell] + 1;
                        queue.Enqueue(other);
                    }

                    greatest[other] += greatest[cell];
                    ways[other]++;
                }
            }
        }

        return greatest;
    }

    /// <summary>Drops parts of a hundredth of the largest, and everything but what holds the asked point.</summary>
    private static bool[] Clean(Window window, bool[] deposit, PixelPoint? contains)
    {
        List<int[]> components = CellSet.Components(deposit, window.ColumnCount);
        if (contains is { } point && window.CellOf(point) is { } asked)
        {
            int column = asked % window.ColumnCount, row = asked / window.ColumnCount;
            int[]? nearest = components.MinBy(component => component.Min(cell => Math.Pow((cell % window.ColumnCount) - column, 2) + Math.Pow((cell / window.ColumnCount) - row, 2)));
            components = nearest is null ? [] : [nearest];
        }

        int least = components.Count == 0 ? 0 : components.Max(component => component.Length) / 100;
        bool[] kept = new bool[deposit.Length];
        foreach (int[] component in components.Where(component => component.Length > least))
        {
            foreach (int cell in component)
            {
                kept[cell] = true;
            }
        }

        return kept;
    }

    /// <summary>Values outside the covered cells, slightly smoothed, and what goes on from them inside.</summary>
    private static float[] Continue(Window window, float[] values, bool[] covered, float noise)
    {
        int columns = window.ColumnCount, rows = window.RowCount;
        float[] sum = new float[covered.Length];
        bool[] isKnown = new bool[covered.Length];

        // Outside, the mean of the uncovered cells around: the membrane must not hang on single noisy cells.
        int reach = Math.Max(1, (int)Math.Round(0.4 / window.CellMm));
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int cell = (row * columns) + column;
                if (covered[cell])
                {
                    continue;
                }

                float total = 0;
                int count = 0;
                for (int y = Math.Max(row - reach, 0); y <= Math.Min(row + reach, rows - 1); y++)
                {
                    for (int x = Math.Max(column - reach, 0); x <= Math.Min(column + reach, columns - 1); x++)
                    {
                        int near = (y * columns) + x;
                        if (!covered[near])
                        {
                            total += values[near];
                            count++;
                        }
                    }
                }

                sum[cell] = total / count;
                isKnown[cell] = true;
            }
        }

        return Across(sum, isKnown, columns, rows, noise);
    }

    /// <summary>
    /// Values between known cells. Along each of sixteen directions the nearest known cells on both sides are joined by a straight line; lines whose ends agree
    /// count most, and short ones, so that skin and the edges of bones go on along themselves where a membrane would sag between them. What no line
    /// crosses is a membrane.
    /// </summary>
    private static float[] Across(float[] values, bool[] isKnown, int columns, int rows, float noise)
    {
        float[] membrane = Membrane(values, isKnown, columns, rows);
        float[] total = new float[values.Length], weights = new float[values.Length];
        float[] before = new float[values.Length], after = new float[values.Length];
        int[] toBefore = new int[values.Length], toAfter = new int[values.Length];
        float spread = Spread(values, isKnown);
        float least = Math.Max(noise, 0.01f * spread);
        foreach ((int across, int down) in Directions)
        {
            float step = MathF.Sqrt((across * across) + (down * down));
            Walk(values, isKnown, columns, rows, across, down, before, toBefore);
            Walk(values, isKnown, columns, rows, -across, -down, after, toAfter);
            for (int cell = 0; cell < values.Length; cell++)
            {
                if (isKnown[cell] || toBefore[cell] == 0 || toAfter[cell] == 0)
                {
                    continue;
                }

                float length = toBefore[cell] + toAfter[cell], apart = MathF.Abs(before[cell] - after[cell]) + least;
                float weight = 1 / (apart * apart * apart * apart * length * length * step * step);
                total[cell] += weight * (((before[cell] * toAfter[cell]) + (after[cell] * toBefore[cell])) / length);
                weights[cell] += weight;
            }
        }

        for (int cell = 0; cell < values.Length; cell++)
        {
            membrane[cell] = !isKnown[cell] && weights[cell] > 0 ? total[cell] / weights[cell] : membrane[cell];
        }

        return membrane;
    }

    /// <summary>The nearest known value against a direction, and steps to it; 0 steps where there is none.</summary>
    private static void Walk(float[] values, bool[] isKnown, int columns, int rows, int across, int down, float[] found, int[] steps)
    {
        bool isForward = down > 0 || (down == 0 && across > 0);
        for (int i = 0; i < values.Length; i++)
        {
            int cell = isForward ? i : values.Length - 1 - i;
            int column = (cell % columns) - across, row = (cell / columns) - down;
            int previous = cell - (down * columns) - across;
            bool isInside = column >= 0 && column < columns && row >= 0 && row < rows;
            (found[cell], steps[cell]) = isKnown[cell] || !isInside ? (0, 0)
                : isKnown[previous] ? (values[previous], 1)
                : steps[previous] > 0 ? (found[previous], steps[previous] + 1)
                : (0, 0);
        }
    }

    /// <summary>Between the fifth and the ninety-fifth percentile of the known values.</summary>
    private static float Spread(float[] values, bool[] isKnown)
    {
        float[] known = [.. values.Where((_, index) => isKnown[index]).Order()];
        return known.Length == 0 ? 1 : Math.Max(known[(int)(0.95 * (known.Length - 1))] - known[(int)(0.05 * (known.Length - 1))], 1e-6f);
    }

    /// <summary>Solves Laplace's equation in the unknown cells: coarse to fine, each level relaxed from the one above.</summary>
    private static float[] Membrane(float[] values, bool[] isKnown, int columns, int rows)
    {
        float[] result = [.. values];
        if (columns > 4 && rows > 4 && Array.IndexOf(isKnown, false) >= 0)
        {
            int halfColumns = (columns + 1) / 2, halfRows = (rows + 1) / 2;
            float[] half = new float[halfColumns * halfRows];
            bool[] halfKnown = new bool[half.Length];
            for (int row = 0; row < halfRows; row++)
            {
                for (int column = 0; column < halfColumns; column++)
                {
                    float total = 0;
                    int count = 0;
                    for (int y = 2 * row; y < Math.Min((2 * row) + 2, rows); y++)
                    {
                        for (int x = 2 * column; x < Math.Min((2 * column) + 2, columns); x++)
                        {
                            if (isKnown[(y * columns) + x])
                            {
                                total += values[(y * columns) + x];
                                count++;
                            }
                        }
                    }

                    half[(row * halfColumns) + column] = count > 0 ? total / count : 0;
                    halfKnown[(row * halfColumns) + column] = count > 0;
                }
            }

            float[] above = Membrane(half, halfKnown, halfColumns, halfRows);
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    int cell = (row * columns) + column;
                    result[cell] = isKnown[cell] ? values[cell] : above[((row / 2) * halfColumns) + (column / 2)];
                }
            }
        }

        const int Sweeps = 24;
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    int cell = (row * columns) + column;
                    if (!isKnown[cell])
                    {
                        float left = result[column > 0 ? cell - 1 : cell], right = result[column < columns - 1 ? cell + 1 : cell];
                        float up = result[row > 0 ? cell - columns : cell], down = result[row < rows - 1 ? cell + columns : cell];
                        result[cell] = (left + right + up + down) / 4;
                    }
                }
            }
        }

        return result;
    }

    private static double Noise(float[] values, float[] background, bool[] covered)
    {
        float[] deviations = [.. values.Select((value, index) => covered[index] ? float.NaN : Math.Abs(value - background[index])).Where(value => !float.IsNaN(value))];
        return deviations.Length == 0 ? 0 : 1.4826 * OrderStatistic.Select(deviations, deviations.Length / 2);
    }

    /// <summary>Noise of a cell by its difference from the mean of its four neighbours; smoothing by a Gaussian divides what is white of it.</summary>
    private static double WhiteNoise(Window window)
    {
        // One part is the cell's own, a quarter that of the mean of four.
        const double OfDifference = 1.118;
        int columns = window.ColumnCount;
        float[] differences = new float[(columns - 2) * (window.RowCount - 2)];
        for (int i = 0; i < differences.Length; i++)
        {
            int cell = ((1 + (i / (columns - 2))) * columns) + 1 + (i % (columns - 2));
            differences[i] = Math.Abs(window.Values[cell] - ((window.Values[cell - 1] + window.Values[cell + 1] + window.Values[cell - columns] + window.Values[cell + columns]) / 4));
        }

        return 1.4826 / OfDifference * OrderStatistic.Select(differences, differences.Length / 2);
    }

    private static double PixelNoise(Window window, Smoothed found) =>
        Noise(window.Values, found.Background, CellSet.Dilate(found.Cells, window.ColumnCount, EdgeMm / window.CellMm));

    /// <summary>The area, and its standard error by the edge, the noise and the shape, pixels.</summary>
    private static (double Area, double Error) Area(Window window, float[] part, Smoothed found)
    {
        double low = AreaAbove(window, part, LowLevel), half = AreaAbove(window, part, HalfLevel), high = AreaAbove(window, part, HighLevel);
        double perimeter = Perimeter(window, part);
        double blur = BlurBetweenLevels * found.BlurMm / window.CellMm * perimeter, between = Math.Max(low - high, 0);

        // Blur and dome widen the edge independently of each other. No shape hides more than a ball by much; noise may seem to.
        double hidden = Math.Min(HiddenByDome * Math.Sqrt(Math.Max((between * between) - (blur * blur), 0)), FilmParameters.GreatestDoming * half / 3);
        double error = Math.Sqrt(Math.Pow(perimeter * ((0.04 / window.CellMm) + (0.5 * found.Noise / found.Contrast)), 2) + Math.Pow(0.3 * hidden, 2));
        return ((half + hidden) * window.PixelsPerCell, error * window.PixelsPerCell);
    }

    /// <summary>Length of the line at half of the local contrast, cells: by the coarea formula the mean slope across a band of levels.</summary>
    private static double Perimeter(Window window, float[] part)
    {
        const float Band = 0.2f;
        int columns = window.ColumnCount;
        double sum = 0;
        for (int row = 1; row < window.RowCount - 1; row++)
        {
            for (int column = 1; column < columns - 1; column++)
            {
                int cell = (row * columns) + column;
                if (Math.Abs(part[cell] - HalfLevel) < Band)
                {
                    sum += Slope(part, cell, columns);
                }
            }
        }

        return sum / (2 * Band);
    }

    private static float Slope(float[] part, int cell, int columns)
    {
        float across = (part[cell + 1] - part[cell - 1]) / 2, down = (part[cell + columns] - part[cell - columns]) / 2;
        return MathF.Sqrt((across * across) + (down * down));
    }

    /// <summary>Cells above a level, those at the edge by the part that the slope across them leaves above it.</summary>
    private static double AreaAbove(Window window, float[] part, float level)
    {
        int columns = window.ColumnCount;
        double area = 0;
        for (int row = 1; row < window.RowCount - 1; row++)
        {
            for (int column = 1; column < columns - 1; column++)
            {
                int cell = (row * columns) + column;
                if (window.Near[cell])
                {
                    area += Math.Clamp(((part[cell] - level) / MathF.Max(Slope(part, cell, columns), 1e-6f)) + 0.5f, 0, 1);
                }
            }
        }

        return area;
    }

    /// <summary>The part of the film around a place, on cells of whole pixels.</summary>
    private sealed class Window
    {
        private readonly int _left;
        private readonly int _top;
        private readonly int _bin;

        private Window(int left, int top, int bin, int columnCount, int rowCount, double cellMm, float[] values, bool[] place, bool[] near)
        {
            (_left, _top, _bin) = (left, top, bin);
            (ColumnCount, RowCount, CellMm, Values, Place, Near) = (columnCount, rowCount, cellMm, values, place, near);
        }

        public int ColumnCount { get; }

        public int RowCount { get; }

        public double CellMm { get; }

        public double PixelsPerCell => (double)_bin * _bin;

        public float[] Values { get; }

        /// <summary>The values as a film of their own.</summary>
        public FilmPlane Plane => new(ColumnCount, RowCount, 1, CellMm, Values);

        /// <summary>Cells of the place.</summary>
        public bool[] Place { get; }

        /// <summary>The place and what its blurred edge reaches.</summary>
        public bool[] Near { get; }

        public static Window? Around(FilmPlane film, PixelOutline place)
        {
            PixelRun[] runs = [.. place.Runs.Select(run => Clip(run, film)).Where(run => run.Length > 0 && run.Row >= 0 && run.Row < film.RowCount)];
            if (runs.Length == 0)
            {
                return null;
            }

            int left = runs.Min(run => run.Start), right = runs.Max(run => run.Start + run.Length - 1), top = runs[0].Row, bottom = runs[^1].Row;
            double areaMm2 = runs.Sum(run => (double)run.Length) * film.CellMm2;
            int margin = (int)Math.Ceiling(Math.Max(2, 0.3 * Math.Sqrt(areaMm2)) / film.CellMm);
            (left, top) = (Math.Max(left - margin, 0), Math.Max(top - margin, 0));
            (right, bottom) = (Math.Min(right + margin, film.ColumnCount - 1), Math.Min(bottom + margin, film.RowCount - 1));
            double pixels = (double)(right - left + 1) * (bottom - top + 1);
            int bin = Math.Max(1, (int)Math.Ceiling(Math.Sqrt(pixels / MostCells)));
            int columns = (right - left + 1) / bin, rows = (bottom - top + 1) / bin;
            if (columns < 5 || rows < 5)
            {
                return null;
            }

            float[] values = new float[columns * rows];
            for (int row = 0; row < rows * bin; row++)
            {
                ReadOnlySpan<float> line = film.Values.AsSpan(((top + row) * film.ColumnCount) + left, columns * bin);
                for (int column = 0; column < line.Length; column++)
                {
                    values[((row / bin) * columns) + (column / bin)] += line[column] / (bin * bin);
                }
            }

            bool[] cells = new bool[values.Length];
            foreach (PixelRun run in runs)
            {
                int row = (run.Row - top) / bin;
                for (int column = (run.Start - left) / bin; row < rows && column <= (run.Start + run.Length - 1 - left) / bin && column < columns; column++)
                {
                    cells[(row * columns) + column] = true;
                }
            }

            return new Window(left, top, bin, columns, rows, film.CellMm * bin, values, cells, CellSet.Dilate(cells, columns, 1.5));
        }

        public int? CellOf(PixelPoint point)
        {
            int column = ((int)Math.Round(point.Column) - _left) / _bin, row = ((int)Math.Round(point.Row) - _top) / _bin;
            return column >= 0 && row >= 0 && column < ColumnCount && row < RowCount ? (row * ColumnCount) + column : null;
        }

        public OutlineMeasure Report(bool[] deposit, double area, double edge, double contrast, double noise) =>
            OutlineMeasure.Of(deposit, ColumnCount, _left, _top, _bin, area, edge, contrast, noise);

        private static PixelRun Clip(PixelRun run, FilmPlane film)
        {
            int start = Math.Clamp(run.Start, 0, film.ColumnCount);
            return new PixelRun(run.Row, start, Math.Clamp(run.Start + run.Length, 0, film.ColumnCount) - start);
        }
    }
}
