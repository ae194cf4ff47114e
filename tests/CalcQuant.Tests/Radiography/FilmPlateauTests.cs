using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Radiography;

namespace CalcQuant.Tests.Radiography;

/// <summary>Deposits that are wider than a surface of soft tissue can leave out: plaques, cysts, networks, also beside a shaft.</summary>
public sealed class FilmPlateauTests
{
    [Theory]
    [InlineData(10, 120)]
    [InlineData(8, 150)]
    [InlineData(10, 200)]
    public void Run_OfAPlaqueOfCentimetres_FindsAllOfItOnce(double radiusMm, double value)
    {
        FilmReport film = Run(new LimbFilm().WithDisc(-25, 70, radiusMm, value));
        ProjectedRegion plaque = Assert.Single(film.Regions, region => region.Tier == FindingTier.Probable);
        double area = Math.PI * radiusMm * radiusMm;
        Assert.InRange(plaque.AreaMm2!.Value, 0.93 * area, 1.07 * area);
        Assert.InRange(area, plaque.AreaIntervalMm2!.Value.Low, plaque.AreaIntervalMm2.Value.High);
        Assert.InRange(plaque.LengthMm!.Value, 1.85 * radiusMm, 2.2 * radiusMm);
    }

    [Fact]
    public void Run_OfAPlaqueThatGoesOnOverBone_MeasuresWhatLiesBesideItAndSaysSo()
    {
        const double radius = 14, centre = -17, bone = -11;
        FilmReport film = Run(new LimbFilm().WithDisc(centre, 70, radius, 150));
        ProjectedRegion plaque = Assert.Single(film.Regions, region => region.Tier == FindingTier.Probable);

        // The segment of the disc beyond the bone's edge; within 3 mm of it the bone's blur and its rim are left out.
        double besideMost = SegmentLeftOf(bone), besideLeast = SegmentLeftOf(bone - 3);
        Assert.InRange(plaque.AreaMm2!.Value, 0.93 * besideLeast, 1.05 * besideMost);
        Assert.Contains(plaque.Evidence, line => line.Contains("of its edge lies at bone", StringComparison.Ordinal));

        static double SegmentLeftOf(double x)
        {
            double distance = x - centre;
            return (Math.PI * radius * radius) - ((radius * radius * Math.Acos(distance / radius)) - (distance * Math.Sqrt((radius * radius) - (distance * distance))));
        }
    }

    [Fact]
    public void Run_OfACystWithADenseWall_CountsWhatTheWallEncloses()
    {
        // The front and the back of the wall lie over the middle: it is denser than what is around, less dense than the wall's edge.
        FilmReport film = Run(new LimbFilm().WithDisc(-25, 70, 10, 300).WithDisc(-25, 70, 7, -120));
        ProjectedRegion cyst = Assert.Single(film.Regions, region => region.Tier == FindingTier.Probable);
        Assert.InRange(cyst.AreaMm2!.Value, 0.93 * Math.PI * 100, 1.07 * Math.PI * 100);
    }

    [Fact]
    public void Run_OfARingAroundPlainTissue_DoesNotCountTheTissue()
    {
        FilmReport film = Run(new LimbFilm().WithDisc(-25, 70, 10, 300).WithDisc(-25, 70, 6, -300));
        double total = film.Regions.Where(region => region.Tier == FindingTier.Probable).Sum(region => region.AreaMm2!.Value), ring = Math.PI * (100 - 36);
        Assert.InRange(total, 0.85 * ring, 1.15 * ring);
    }

    [Fact]
    public void Run_OfABroadShadowWithoutASharpEdge_FindsNothingProbable()
    {
        // As dense as the plaque above, but it fades over centimetres, as muscles do.
        FilmReport film = Run(new LimbFilm().With((x, y) => 150 / (1 + Math.Exp((Math.Sqrt(((x + 27) * (x + 27)) + ((y - 70) * (y - 70))) - 13) / 4))));
        Assert.DoesNotContain(film.Regions, region => region.Tier == FindingTier.Probable);
    }

    [Fact]
    public void Run_OfALongEdgeFromBorderToBorder_FindsNothingProbable()
    {
        // A muscle beside fat: one sharp edge all along the limb.
        FilmReport film = Run(new LimbFilm().With((x, _) => x is > -28 and < 0 ? 120 : 0));
        Assert.DoesNotContain(film.Regions, region => region.Tier == FindingTier.Probable);
    }

    [Fact]
    public void Run_OfANoduleWithinAPlaque_CountsNoPixelTwice()
    {
        FilmResult result = RadiographAnalysis.Run(new LimbFilm().WithDisc(-25, 70, 10, 200).WithBall(-25, 65, 3, 20).ToFilm(), "DX", new AnalysisOptions());
        var counted = new HashSet<(int Row, int Column)>();
        int pixels = 0, repeats = 0;
        foreach ((ProjectedRegion region, PixelOutline outline) in result.Report.Film!.Regions.Zip(result.Outlines))
        {
            foreach (PixelRun run in outline.Runs.Where(_ => region.Tier == FindingTier.Probable))
            {
                pixels += run.Length;
                repeats += Enumerable.Range(run.Start, run.Length).Count(column => !counted.Add((run.Row, column)));
            }
        }

        Assert.InRange(pixels * LimbFilm.PixelMm * LimbFilm.PixelMm, 0.9 * Math.PI * 100, 1.1 * Math.PI * 100);
        Assert.Equal(0, repeats);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(700, 1)]
    [InlineData(5, 900)]
    [InlineData(37, 41)]
    [InlineData(301, 299)]
    public void Run_OfFilmsOfAnySize_GivesAReport(int columnCount, int rowCount)
    {
        var random = new Random(columnCount + rowCount);
        foreach (Func<int, float> value in new Func<int, float>[] { _ => 700, cell => cell % columnCount, cell => (cell % 97) + (cell / columnCount * 3), _ => random.Next(4000) })
        {
            float[] values = [.. Enumerable.Range(0, columnCount * rowCount).Select(value)];
            foreach (string part in new[] { "LEG", "HAND", "PELVIS" })
            {
                var film = new RadiographFilm(
                    new Radiograph(columnCount, rowCount, values, new PixelScale(0.2, 0.2, PixelScaleSource.Fiducial, 0.02, "formula")),
                    new CtAcquisition { SeriesInstanceUid = "2.25.1", SopInstanceUids = ["2.25.2"], StackNumber = 1, StackCount = 1, BodyPartExamined = part },
                    new FilmFacts { SopInstanceUid = "2.25.2", IntensityOrigin = "formula" },
                    []);
                Assert.NotNull(RadiographAnalysis.Run(film, "DX", new AnalysisOptions()).Report.Film);
            }
        }
    }

    [Fact]
    public void Flatten_OfADiscOnASlope_KeepsTheStepAndTakesTheSlopeAway()
    {
        const int side = 120;
        float[] values = new float[side * side];
        var random = new Random(3);
        for (int i = 0; i < values.Length; i++)
        {
            double x = (i % side) - 60.0, y = (i / side) - 60.0;
            values[i] = (float)((3 * x) + (0.02 * y * y) + ((x * x) + (y * y) <= 900 ? 80 : 0) + (4 * (random.NextDouble() - 0.5)));
        }

        var flat = FlatFilm.Of(new FilmPlane(side, side, 3, 0.6, values), [.. values.Select(_ => true)], 1000, CancellationToken.None);
        float inside = flat.Values[(60 * side) + 60], left = flat.Values[(60 * side) + 12], right = flat.Values[(60 * side) + 108];

        // The slope would make 288 between the two sides; the step is 80.
        Assert.InRange(inside - left, 60, 95);
        Assert.InRange(inside - right, 60, 95);
        Assert.InRange(left - right, -20, 20);
    }

    private static FilmReport Run(LimbFilm film) => RadiographAnalysis.Run(film.ToFilm(), "DX", new AnalysisOptions()).Report.Film!;
}
