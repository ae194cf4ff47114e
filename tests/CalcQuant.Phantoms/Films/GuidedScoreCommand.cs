using System.Globalization;
using CalcQuant.Measurement;
using CalcQuant.Radiography;

namespace CalcQuant.Phantoms.Films;

/// <summary>
/// Measures deposits of phantom films where a careless reader would have pointed: boxes and rough polygons up to twice as long and wide as the deposit, and
/// points. Prints how far the areas are from the truth.
/// </summary>
internal static class GuidedScoreCommand
{
    private const double LeastAreaMm2 = 3;
    private const double LargeAreaMm2 = 20;
    private const double LargeTarget = 0.05;
    private const double SmallTarget = 0.1;

    /// <summary>Deposits with more of their silhouette over bone count as over bone.</summary>
    private const double OverBoneShare = 0.05;

    /// <summary>Part of a deposit's area that others may cover within its place: beyond it, nobody could say what belongs to which.</summary>
    private const double OthersShare = 0.05;

    private const double LeastScale = 1.3;
    private const double GreatestScale = 2;
    private const double Jitter = 0.1;

    /// <summary>A deposit with what a score needs of it.</summary>
    internal sealed record Target(string Family, ulong Seed, int Id, DepositKind Kind, Morphology Morphology, double AreaMm2, double VolumeMm3, double OverBone, double ContrastToNoise, PixelOutline Silhouette);

    /// <summary>One deposit measured in one way.</summary>
    internal sealed record Score(Target Target, GuidedShape Shape, double? Error, double Scale, OutlineMeasure? Measure)
    {
        public double Within => Target.AreaMm2 >= LargeAreaMm2 ? LargeTarget : SmallTarget;

        public bool IsRight => Error is { } error && Math.Abs(error) <= Within;
    }

    /// <summary>Scores families.</summary>
    /// <param name="families">Names joined by commas; null for all.</param>
    /// <param name="range">Seeds.</param>
    /// <param name="output">Receives markdown tables.</param>
    public static void Run(string? families, SeedRange range, TextWriter output)
    {
        var scores = new List<Score>();
        int leftOut = 0;
        foreach (string family in FilmScoreCommand.FamiliesOf(families))
        {
            for (ulong seed = range.First; seed <= range.Last; seed++)
            {
                FilmScan film = Film.Render(FilmScoreCommand.Options(family, seed));
                (List<Score> ofFilm, int others) = ScoreFilm(PlaneOf(film), Targets(family, seed, film));
                scores.AddRange(ofFilm);
                leftOut += others;
            }
        }

        Print(scores, leftOut, output);
        Score[] measured = [.. scores.Where(score => score is { Shape: GuidedShape.Polygon, Error: not null })];
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Rank correlation (Spearman) of area on the film, polygons, with the volume that CT would show: {RankCorrelation([.. measured.Select(score => score.Target.AreaMm2 * (1 + score.Error!.Value))], [.. measured.Select(score => score.Target.VolumeMm3)]):0.00} over {measured.Length} deposits."));
    }

    /// <summary>The pixels as a reader of the file would see them.</summary>
    public static FilmPlane PlaneOf(FilmScan film) => new(
        film.ColumnCount, film.RowCount, 1, film.Options.PatientSpacingMm, FilmScoreCommand.ToRadiograph(film, string.Empty).Image.DensityArray);

    /// <summary>The deposits of a film.</summary>
    public static List<Target> Targets(string family, ulong seed, FilmScan film) =>
    [
        .. film.Truth.Deposits.Select(deposit => new Target(
            family,
            seed,
            deposit.Id,
            deposit.Kind,
            deposit.Morphology,
            deposit.AreaMm2,
            deposit.VolumeMm3,
            deposit.OverBone,
            deposit.ContrastToNoise,
            new PixelOutline([.. deposit.Silhouette.Runs().Select(run => new PixelRun(run.Row, run.Start, run.End - run.Start))]))),
    ];

    /// <summary>Measures the deposits of a film.</summary>
    /// <param name="film">Its pixels.</param>
    /// <param name="targets">All of its deposits.</param>
    /// <returns>The scores, and how many places were left out because they hold other deposits too.</returns>
    public static (List<Score> Scores, int LeftOut) ScoreFilm(FilmPlane film, IReadOnlyList<Target> targets)
    {
        ushort[] owners = new ushort[film.Values.Length];
        foreach (Target target in targets)
        {
            foreach (int at in target.Silhouette.Places(film.ColumnCount))
            {
                owners[at] = owners[at] == 0 ? (ushort)target.Id : ushort.MaxValue;
            }
        }

        var scores = new List<Score>();
        int leftOut = 0;
        foreach (Target target in targets.Where(target => target.AreaMm2 >= LeastAreaMm2 && target.ContrastToNoise * Math.Sqrt(target.AreaMm2 / film.CellMm2) >= FilmScoreCommand.NoiseLimit))
        {
            var random = new Random(HashCode(target));
            foreach (GuidedShape shape in new[] { GuidedShape.Polygon, GuidedShape.Box, GuidedShape.Point })
            {
                double scale = LeastScale + ((GreatestScale - LeastScale) * random.NextDouble());
                GuidedPlace place = Draw(target, shape, scale, random);
                double allowed = OthersShare * target.AreaMm2 / film.CellMm2;
                PixelOutline held = shape == GuidedShape.Point ? target.Silhouette : place.Pixels(film.ColumnCount, film.RowCount);
                if (held.Places(film.ColumnCount).Count(at => owners[at] != 0 && owners[at] != target.Id) > allowed)
                {
                    leftOut++;
                    continue;
                }

                OutlineMeasure? measure = GuidedMeasurement.Measure(film, place);
                scores.Add(new Score(target, shape, measure is null ? null : (measure.AreaPixels * film.CellMm2 / target.AreaMm2) - 1, scale, measure));
            }
        }

        return (scores, leftOut);
    }

    /// <summary>Prints tables.</summary>
    public static void Print(IReadOnlyCollection<Score> scores, int leftOut, TextWriter output)
    {
        foreach (GuidedShape shape in new[] { GuidedShape.Polygon, GuidedShape.Box, GuidedShape.Point })
        {
            List<Score> ofShape = [.. scores.Where(score => score.Shape == shape)];
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"### {shape}"));
            output.WriteLine();
            output.WriteLine("| film | background | >= 20 mm2 | within 5 % | median error (quartiles) | 3 to 20 mm2 | within 10 % | median error (quartiles) | nothing found |");
            output.WriteLine("|---|---|---|---|---|---|---|---|---|");
            foreach (IGrouping<(string Family, bool), Score> group in ofShape.GroupBy(score => (score.Target.Family, IsOverBone(score))))
            {
                Row(group.Key.Family, group.Key.Item2, group, output);
            }

            foreach (IGrouping<bool, Score> group in ofShape.GroupBy(IsOverBone).OrderBy(group => group.Key))
            {
                Row("**all**", group.Key, group, output);
            }

            output.WriteLine();
            output.WriteLine("| shape of the deposit | background | >= 20 mm2 | within 5 % | median error (quartiles) | 3 to 20 mm2 | within 10 % | median error (quartiles) | nothing found |");
            output.WriteLine("|---|---|---|---|---|---|---|---|---|");
            foreach (IGrouping<(string, bool), Score> group in ofShape.GroupBy(score => (score.Target.Morphology.ToString(), IsOverBone(score))).OrderBy(group => group.Key))
            {
                Row(group.Key.Item1, group.Key.Item2, group, output);
            }

            output.WriteLine();
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{leftOut} places were left out: other deposits fill more than {100 * OthersShare:0} % of the deposit's area within them."));
    }

    private static void Row(string name, bool isOverBone, IEnumerable<Score> scores, TextWriter output)
    {
        Score[] all = [.. scores];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {(isOverBone ? "bone" : "soft")} | {Part(all.Where(score => score.Target.AreaMm2 >= LargeAreaMm2))} | {Part(all.Where(score => score.Target.AreaMm2 < LargeAreaMm2))} | {all.Count(score => score.Error is null)} |"));
    }

    private static string Part(IEnumerable<Score> scores)
    {
        Score[] all = [.. scores];
        double[] errors = [.. all.Select(score => 100 * (score.Error ?? -1)).Order()];
        return all.Length == 0
            ? "0 | – | –"
            : string.Create(CultureInfo.InvariantCulture, $"{all.Length} | {100.0 * all.Count(score => score.IsRight) / all.Length:0} % | {errors[errors.Length / 2]:+0.0;-0.0} % ({errors[errors.Length / 4]:+0;-0} to {errors[3 * errors.Length / 4]:+0;-0})");
    }

    private static bool IsOverBone(Score score) => score.Target.OverBone > OverBoneShare;

    private static GuidedPlace Draw(Target target, GuidedShape shape, double scale, Random random)
    {
        List<(double X, double Y)> hull = PlanarShape.Hull(target.Silhouette.Runs.SelectMany(run => new (double, double)[] { (run.Start - 0.5, run.Row), (run.Start + run.Length - 0.5, run.Row) }));
        double left = hull.Min(point => point.X), right = hull.Max(point => point.X), top = hull.Min(point => point.Y), bottom = hull.Max(point => point.Y);
        (double x, double y) = ((left + right) / 2, (top + bottom) / 2);
        switch (shape)
        {
            case GuidedShape.Box:
                return GuidedPlace.Within(new PixelBox(new PixelPoint(x - (scale * (x - left)), y - (scale * (y - top))), new PixelPoint(x + (scale * (right - x)), y + (scale * (bottom - y)))));
            case GuidedShape.Point:
                // A reader clicks on what he sees: on a pixel of the deposit.
                PixelRun run = target.Silhouette.Runs[random.Next(target.Silhouette.Runs.Length)];
                return GuidedPlace.At(new PixelPoint(run.Start + random.Next(run.Length), run.Row));
            default:
                (x, y) = (hull.Average(point => point.X), hull.Average(point => point.Y));
                return GuidedPlace.Around(
                [
                    .. hull.Select(point =>
                    {
                        double factor = Math.Clamp(scale * (1 + (Jitter * ((2 * random.NextDouble()) - 1))), LeastScale, GreatestScale);
                        return new PixelPoint(x + (factor * (point.X - x)), y + (factor * (point.Y - y)));
                    }),
                ]);
        }
    }

    /// <summary>Pearson's correlation of the ranks.</summary>
    private static double RankCorrelation(double[] left, double[] right)
    {
        double[] a = Ranks(left), b = Ranks(right);
        double middle = (a.Length - 1) / 2.0;
        return a.Zip(b, (x, y) => (x - middle) * (y - middle)).Sum() / a.Sum(x => (x - middle) * (x - middle));

        static double[] Ranks(double[] values)
        {
            int[] order = [.. Enumerable.Range(0, values.Length).OrderBy(index => values[index])];
            double[] ranks = new double[values.Length];
            for (int rank = 0; rank < order.Length; rank++)
            {
                ranks[order[rank]] = rank;
            }

            return ranks;
        }
    }

    private static int HashCode(Target target) => unchecked((int)((target.Seed * 1000) + (ulong)target.Id)) + target.Family.Length;
}
