using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Radiography;

namespace CalcQuant.Tests.Radiography;

/// <summary>The search on films made of formulas: what is found, what is not, and as what.</summary>
public sealed class FilmSearchTests
{
    [Fact]
    public void Run_OfALimbWithoutDeposits_FindsNothingProbable()
    {
        FilmResult result = Run(new LimbFilm());
        Assert.DoesNotContain(result.Report.Film!.Regions, region => region.Tier == FindingTier.Probable);
        Assert.InRange(result.Report.Film.Regions.Length, 0, 6);
    }

    [Fact]
    public void Run_OfALimb_TakesTheShaftForBoneAndNothingElse()
    {
        FilmReport film = Run(new LimbFilm()).Report.Film!;

        // 90 of 120 mm are body, of which 2.5 mm at the skin on each side are left out; 22 of them are bone.
        Assert.InRange(film.BodyShare, 0.68, 0.75);
        Assert.InRange(film.BoneShare, 0.2, 0.3);
    }

    [Theory]
    [InlineData(25, 70, 1.2, 60)]
    [InlineData(-30, 40, 2.5, 30)]
    [InlineData(28, 100, 4, 25)]
    public void Run_OfABallBesideBone_FindsItWithItsArea(double xMm, double yMm, double radiusMm, double density)
    {
        FilmReport film = Run(new LimbFilm().WithBall(xMm, yMm, radiusMm, density)).Report.Film!;
        ProjectedRegion ball = Assert.Single(film.Regions, region => region.Tier == FindingTier.Probable);
        Assert.InRange(ball.CentroidPixel.Column, LimbFilm.ColumnOf(xMm) - 1, LimbFilm.ColumnOf(xMm) + 1);
        Assert.InRange(ball.CentroidPixel.Row, LimbFilm.RowOf(yMm) - 1, LimbFilm.RowOf(yMm) + 1);
        double area = Math.PI * radiusMm * radiusMm;
        Assert.InRange(ball.AreaMm2!.Value, 0.85 * area, 1.15 * area);
        Assert.InRange(area, ball.AreaIntervalMm2!.Value.Low, ball.AreaIntervalMm2.Value.High);
    }

    [Fact]
    public void Run_OfAWidePlaque_FindsAllOfIt()
    {
        // 15 mm across: wider than the surroundings of the fine search.
        FilmReport film = Run(new LimbFilm().WithDisc(-25, 70, 7.5, 120)).Report.Film!;
        ProjectedRegion plaque = Assert.Single(film.Regions, region => region.Tier == FindingTier.Probable);
        Assert.InRange(plaque.AreaMm2!.Value, 0.9 * Math.PI * 7.5 * 7.5, 1.1 * Math.PI * 7.5 * 7.5);
    }

    [Fact]
    public void Run_OfABallOverBone_IsPossibleOverBoneAndNoDeposit()
    {
        FilmReport film = Run(new LimbFilm().WithBall(1, 70, 2, 60)).Report.Film!;
        Assert.Contains(film.Regions, region => region.Tier == FindingTier.PossibleOverBone && Near(region, 1, 70));
        Assert.DoesNotContain(film.Regions, region => region.Tier == FindingTier.Probable);
    }

    [Fact]
    public void Run_OfABallThatTouchesTheShaft_FindsItAtMostAsPossible()
    {
        FilmReport film = Run(new LimbFilm().WithBall(13, 70, 3, 40)).Report.Film!;
        Assert.Contains(film.Regions, region => Near(region, 13, 70));
        Assert.DoesNotContain(film.Regions, region => region.Tier == FindingTier.Probable);
    }

    [Fact]
    public void Run_OfAMuscleThatFades_FindsNoDeposit()
    {
        FilmReport film = Run(new LimbFilm().With((x, y) => 150 * Math.Exp(-(((x - 27) * (x - 27)) + ((y - 70) * (y - 70))) / (2 * 9 * 9)))).Report.Film!;
        Assert.DoesNotContain(film.Regions, region => region.Tier == FindingTier.Probable);
    }

    [Fact]
    public void Run_BehindACollimatorThatScatterStillExposes_SearchesNothing()
    {
        // Everything from 40 mm right of the axis on is brighter in one step; a ball lies there.
        FilmReport film = Run(new LimbFilm().WithBall(50, 70, 2, 80).With((x, _) => x > 40 ? 1500 : 0)).Report.Film!;
        Assert.DoesNotContain(film.Regions, region => region.CentroidPixel.Column > LimbFilm.ColumnOf(38));
    }

    [Fact]
    public void Run_OfAnUnknownPartOfTheBody_FindsAtMostPossibleOnesAndWarns()
    {
        AnalysisReport report = RadiographAnalysis.Run(new LimbFilm().WithBall(28, 70, 3, 40).ToFilm("CHEST"), "DX", new AnalysisOptions()).Report;
        Assert.Contains(report.Issues, issue => issue.Code == SeriesIssueCode.SearchNotValidated);
        Assert.Contains(report.Film!.Regions, region => Near(region, 28, 70) && region.Tier == FindingTier.Possible);
        Assert.DoesNotContain(report.Film.Regions, region => region.Tier == FindingTier.Probable);
    }

    [Fact]
    public void Run_OfManySpecks_ListsTheProbableAndCountsTheRest()
    {
        // A field of balls at the noise limit beside bone, more than are listed.
        var film = new LimbFilm();
        for (int row = 0; row < 20; row++)
        {
            for (int column = 0; column < 4; column++)
            {
                film.WithBall(20 + (5 * column), 12 + (6 * row), 0.35, 110);
            }
        }

        AnalysisReport report = Run(film).Report;
        Assert.InRange(report.Film!.Regions.Count(region => region.Tier == FindingTier.Possible), 1, 40);
        Assert.Contains(report.Issues, issue => issue.Code == SeriesIssueCode.FindingsNotListed);
    }

    [Fact]
    public void Run_WithOptionsThatOnlyCtHas_WarnsOfEach()
    {
        RadiographFilm film = new LimbFilm().ToFilm();
        AnalysisReport report = RadiographAnalysis.Run(film, "DX", new AnalysisOptions { ThresholdHu = 200, MinimumVolumeMm3 = 5 }).Report;
        SeriesIssue issue = Assert.Single(report.Issues, issue => issue.Code == SeriesIssueCode.OptionsOfCtOnly);
        Assert.Contains("the threshold, the least volume had no effect", issue.Explanation, StringComparison.Ordinal);
        Assert.DoesNotContain(RadiographAnalysis.Run(film, "DX", new AnalysisOptions()).Report.Issues, issue => issue.Code == SeriesIssueCode.OptionsOfCtOnly);
    }

    [Fact]
    public void Run_TwiceOfTheSameFilm_GivesTheSame()
    {
        LimbFilm film = new LimbFilm().WithBall(25, 50, 2, 50).WithBall(0, 90, 2, 60);
        Assert.Equal(Run(film).Report.Film!.Regions.Select(region => region.AreaPixels), Run(film).Report.Film!.Regions.Select(region => region.AreaPixels));
    }

    private static FilmResult Run(LimbFilm film) => RadiographAnalysis.Run(film.ToFilm(), "DX", new AnalysisOptions());

    private static bool Near(ProjectedRegion region, double xMm, double yMm) =>
        Math.Abs(region.CentroidPixel.Column - LimbFilm.ColumnOf(xMm)) < 8 && Math.Abs(region.CentroidPixel.Row - LimbFilm.RowOf(yMm)) < 8;
}
