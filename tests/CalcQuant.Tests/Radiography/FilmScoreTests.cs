using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Radiography;

namespace CalcQuant.Tests.Radiography;

/// <summary>Scores worked out by hand: a film of 1000 x 800 pixels of 0.1 mm, left half a region.</summary>
public class FilmScoreTests
{
    private static readonly ImmutableArray<FilmFraction> LeftHalf = [new(0, 0), new(0.5, 0), new(0.5, 1), new(0, 1)];
    private static readonly ImmutableArray<FilmFraction> RightHalf = [new(0.5, 0), new(1, 0), new(1, 1), new(0.5, 1)];

    private static readonly FilmScoreTable Table = new()
    {
        Name = "test",
        Origin = "made up",
        Combination = ScoreCombination.Sum,
        Coverage = [new(0, 0), new(0.01, 1), new(null, 3)],
        Density = new ScoreDensity(ScoreGradeChoice.Densest, 0, 1, 2, 2.5m),
        Count = [new(0, 0), new(1, 1), new(null, 2)],
        Regions = [new ScoreRegion { Name = "left", Outline = LeftHalf }],
    };

    /// <summary>Points of counts 0 to 5 around the bounds of the rule, from 0.4.</summary>
    private static readonly FilmScoreTable CountTable = Table with
    {
        Coverage = [],
        Density = null,
        Count = [new(0, 0), new(1, 0.4m), new(2, 0.5m), new(3, 0.501m), new(4, 0.3m), new(null, 0.299m)],
    };

    [Theory]
    [InlineData(ScoreCombination.Sum, "5.5")] // 1 + 2.5 + 2
    [InlineData(ScoreCombination.Product, "5")] // 1 x 2.5 x 2
    public void Measure_OfTwoFindings_AddsOrMultipliesTheParts(ScoreCombination combination, string points)
    {
        FilmScore score = Score(Table with { Combination = combination }, Film(Finding(1, 100, 1000), Finding(2, 200, 3000, DensityGrade.Dense), Finding(3, 900, 500)));
        RegionScore region = Assert.Single(score.Regions);
        Assert.Equal((1m, 2.5m, 2m), (region.CoveragePoints, region.DensityPoints, region.CountPoints));
        Assert.Equal(decimal.Parse(points, System.Globalization.CultureInfo.InvariantCulture), score.Points);

        // 4000 of 400 000 pixels: on the bound of the band, which is its own.
        Assert.Equal(0.01, region.Coverage);
        Assert.Equal((2, 4000, 40, DensityGrade.Dense), (region.Found.Count, region.Found.AreaPixels, region.Found.AreaMm2!.Value, region.Grade));
        Assert.Equal((1, 500), (score.Outside.Count, score.Outside.AreaPixels));

        // 10 % of 10 and of 30 mm² in squares: 3.1623 of 40; exp(1.96 x 0.0790569) = 1.16760.
        Assert.Equal(40 * 1.16760, region.Found.AreaIntervalMm2!.Value.High, 3);
        Assert.Equal(40 / 1.16760, region.Found.AreaIntervalMm2!.Value.Low, 3);
    }

    [Fact]
    public void Measure_WithWeightsAndReferenceAreas_ScalesEachRegion()
    {
        FilmScoreTable table = Table with
        {
            Density = null,
            Count = [],
            Coverage = [new(0, 0), new(0.25, 1.5m), new(null, 3)],
            Regions =
            [
                new ScoreRegion { Name = "left", Outline = LeftHalf, ReferenceAreaMm2 = 40, Weight = 2 },
                new ScoreRegion { Name = "right", Outline = RightHalf, ReferenceAreaMm2 = 10, Weight = 0.5m },
            ],
        };

        // 10 of 40 mm² is 0.25: 1.5 x 2; 20 of 10 mm² is 2: 3 x 0.5.
        FilmScore score = Score(table, Film(Finding(1, 100, 1000), Finding(2, 900, 2000)));
        Assert.Equal([0.25, 2.0], score.Regions.Select(region => region.Coverage!.Value));
        Assert.Equal([3m, 1.5m], score.Regions.Select(region => region.Points));
        Assert.Equal(4.5m, score.Points);
    }

    [Fact]
    public void Measure_ByTier_CountsTheTiersOfTheTableOnly()
    {
        AnalysisReport report = Film(Finding(1, 100, 1000), Finding(2, 200, 1000) with { Tier = FindingTier.Possible }, Finding(3, 300, 1000) with { Tier = FindingTier.Guided });
        Assert.Equal(2, Score(Table, report).Found.Count);
        Assert.Equal(1, Score(Table with { Tiers = [FindingTier.Possible] }, report).Found.Count);
    }

    [Fact]
    public void Measure_ByName_TakesTheFindingsThatReadersNamed()
    {
        FilmScoreTable table = CountTable with { Regions = [new ScoreRegion { Name = "thumb", FindingNames = ["thumb 1", "thumb 2"] }] };
        FilmScore score = Score(table, Film(Finding(1, 100, 1000) with { Name = "thumb 2" }, Finding(2, 900, 1000) with { Name = "Thumb 1" }));
        Assert.Equal((1, 1, 0.4m), (score.Found.Count, score.Outside.Count, score.Points));
    }

    [Fact]
    public void Measure_BySide_LeavesOutRegionsOfOtherFilms()
    {
        FilmScoreTable table = CountTable with
        {
            Regions =
            [
                new ScoreRegion { Name = "right hand", Site = BodySite.Hand, Laterality = Laterality.Right },
                new ScoreRegion { Name = "left hand", Site = BodySite.Hand, Laterality = Laterality.Left },
            ],
        };
        FilmScore score = Score(table, Film(Finding(1, 100, 1000)));
        Assert.Equal("left hand", Assert.Single(score.Regions).Name);
        Assert.Equal(["right hand"], score.NotOnThisFilm);
        Assert.Equal("no region of the table is one of this film (body part HAND, side L)", FilmScore.Measure(table with { Regions = [table.Regions[0]] }, Film(), out _));
    }

    [Theory]
    [InlineData(ScoreGradeChoice.Densest, DensityGrade.Dense)]
    [InlineData(ScoreGradeChoice.MostArea, DensityGrade.Moderate)]
    public void Measure_OfSeveralGrades_TakesTheOneThatTheTableAsksFor(ScoreGradeChoice choice, DensityGrade expected) => Assert.Equal(
        expected,
        Score(Table with { Density = Table.Density! with { Of = choice } }, Film(Finding(1, 100, 1000), Finding(2, 200, 900, DensityGrade.Dense))).Regions[0].Grade);

    [Fact]
    public void Measure_WithoutAGrade_WantsPointsForUnknown()
    {
        AnalysisReport report = Film(Finding(1, 100, 1000), Finding(7, 200, 900) with { Grade = null });
        Assert.Equal(
            "region left: finding 7 has no density grade, as no cortex was found in this film, and the table has no points for unknown",
            FilmScore.Measure(Table, report, out _));
        RegionScore region = Score(Table with { Density = Table.Density! with { Unknown = 1.75m } }, report).Regions[0];
        Assert.Equal(((DensityGrade?)null, 1.75m), (region.Grade, region.DensityPoints));
    }

    [Fact]
    public void Measure_WithoutAScale_ScoresSharesButNoMm2()
    {
        AnalysisReport report = Film(Finding(1, 100, 4000) with { AreaMm2 = null, AreaIntervalMm2 = null });
        report = report with { Film = report.Film! with { Scale = null } };
        RegionScore region = Score(Table, report).Regions[0];
        Assert.Equal((0.01, (double?)null), (region.Coverage, region.Found.AreaMm2));
        Assert.Equal(
            "region left: its reference area is in mm², and the size of the pixels of this film is not known",
            FilmScore.Measure(Table with { Regions = [Table.Regions[0] with { ReferenceAreaMm2 = 100 }] }, report, out _));
    }

    [Fact]
    public void Measure_OfRegionsThatShareAFinding_IsRefused() => Assert.Equal(
        "finding 4 lies in two regions of the table, left and all: it would count twice",
        FilmScore.Measure(
            Table with { Regions = [Table.Regions[0], new ScoreRegion { Name = "all", Outline = [new(0, 0), new(1, 0), new(1, 1), new(0, 1)] }] }, Film(Finding(4, 100, 1000)), out _));

    [Fact]
    public void Measure_OnTheSideThatTwoRegionsShare_CountsOnce()
    {
        FilmScoreTable table = CountTable with { Regions = [new ScoreRegion { Name = "left", Outline = LeftHalf }, new ScoreRegion { Name = "right", Outline = RightHalf }] };
        FilmScore score = Score(table, Film(Finding(1, 500, 1000)));
        Assert.Equal([0, 1], score.Regions.Select(region => region.Found.Count));
    }

    [Fact]
    public void Measure_OfCtOrARefusedFilm_SaysWhy()
    {
        Assert.Equal(
            "this is a report of CT, and the score is one of radiographs",
            FilmScore.Measure(Table, new AnalysisReport { SeriesInstanceUid = "1", Modality = "CT", Verdict = Verdict.Accepted }, out _));
        AnalysisReport refused = AnalysisReport.Refused("1", "DX", [new SeriesIssue(SeriesIssueCode.NotARadiograph, "It is a drawing.")]);
        Assert.Equal("the film was refused: It is a drawing.", FilmScore.Measure(Table, refused, out _));
    }

    [Fact]
    public void Measure_OfADamagedReport_SaysWhichFinding()
    {
        Assert.Equal("finding 2 of the report has no area or no place", FilmScore.Measure(Table, Film(Finding(1, 100, 1000), Finding(2, 100, double.NaN)), out _));
        Assert.Equal("finding 1 of the report has no area or no place", FilmScore.Measure(Table, Film(Finding(1, 100, 1000) with { AreaMm2 = null }), out _));
    }

    [Theory]
    [InlineData(1, 1, ScoreChange.Stable)]
    [InlineData(1, 2, ScoreChange.Stable)] // 0.4 to 0.5: + 25 % exactly
    [InlineData(1, 3, ScoreChange.Progression)] // to 0.501
    [InlineData(1, 4, ScoreChange.Stable)] // to 0.3: - 25 % exactly
    [InlineData(1, 5, ScoreChange.Improvement)] // to 0.299
    [InlineData(1, 0, ScoreChange.Improvement)] // to 0
    [InlineData(0, 1, null)]
    [InlineData(0, 0, null)]
    public void Change_AroundTheBounds_IsWhatTheRuleSays(int before, int after, ScoreChange? expected)
    {
        FilmScoreChange change = Change(Film([.. Enumerable.Range(1, before).Select(id => Finding(id, 10 * id, 1000))]), Film([.. Enumerable.Range(1, after).Select(id => Finding(id, 10 * id, 1000))]));
        Assert.Equal(expected, change.Change);
        Assert.Equal(before == 0, change.Share is null);
        Assert.Equal(10.0 * (after - before), change.AreaMm2!.Value, 9);
    }

    [Fact]
    public void Change_OfTheArea_HasAnIntervalFromBothFilms()
    {
        FilmScoreChange change = Change(Film(Finding(1, 100, 1000)), Film(Finding(1, 100, 3000)));

        // 10 and 30 mm² with a factor of exp(0.196) = 1.216527 each way: 10 is 8.220121 to 12.165270, 30 is 24.660363 to 36.495810.
        Assert.Equal(20 - Math.Sqrt(Math.Pow(5.339637, 2) + Math.Pow(2.165270, 2)), change.AreaIntervalMm2!.Value.Low, 3);
        Assert.Equal(20 + Math.Sqrt(Math.Pow(6.495810, 2) + Math.Pow(1.779879, 2)), change.AreaIntervalMm2!.Value.High, 3);
        Assert.Null(Change(Film(), Film(Finding(1, 100, 3000))).AreaIntervalMm2);
    }

    [Theory]
    [InlineData("AP", "HAND", "L", "View Position (0018,5101) of the earlier film is PA and of the later AP")]
    [InlineData(null, "HAND", "L", "View Position (0018,5101) of the earlier film is PA and of the later missing")]
    [InlineData("PA", "WRIST", "L", "Body Part Examined (0018,0015) of the earlier film is HAND and of the later WRIST")]
    [InlineData("PA", "HAND", "R", "Laterality of the earlier film is L and of the later R")]
    public void Between_FilmsOfOtherViews_IsRefused(string? view, string part, string side, string expected) => Assert.Equal(
        $"{expected}: two films are compared only where view, body part and side are the same",
        FilmScoreChange.Between(Score(CountTable, Film()), Score(CountTable, Of(Film(), view, part, side)), out _));

    [Theory]
    [InlineData(null, "HAND", "L", "View Position (0018,5101) is missing in both films")]
    [InlineData("PA", null, "L", "Body Part Examined (0018,0015) is missing in both films")]
    [InlineData("PA", "HAND", null, "Laterality is missing in both films")]
    [InlineData("PA", "PELVIS", null, null)]
    public void Between_FilmsThatDoNotSay_IsRefusedUnlessThePartHasNoSide(string? view, string? part, string? side, string? expected)
    {
        AnalysisReport film = Of(Film(), view, part, side);
        string? problem = FilmScoreChange.Between(Score(CountTable, film with { Film = film.Film! with { SopInstanceUid = "1.9" } }), Score(CountTable, film), out _);
        Assert.Equal(expected, problem?.Split(": two films")[0]);
    }

    [Fact]
    public void Between_OneFilmAndItself_IsRefused() => Assert.Equal(
        "both reports are of the same film, 1.2", FilmScoreChange.Between(Score(CountTable, Film()), Score(CountTable, Film()) with { }, out _));

    [Fact]
    public void Problem_OfATableThatMakesNoSense_NamesTheEntry()
    {
        ScoreRegion left = Table.Regions[0];
        (string Expected, FilmScoreTable Table)[] cases =
        [
            ("name: it wants one line of at most 128 characters", Table with { Name = " " }),
            ("origin: it wants one line of at most 1000 characters that says where the table comes from", Table with { Origin = "a\nb" }),
            ("tiers: it wants at least one tier, each once", Table with { Tiers = [FindingTier.Guided, FindingTier.Guided] }),
            ("it wants at least one of coverage, density and count", Table with { Coverage = [], Density = null, Count = [] }),
            ("coverage, band 2: it ends at 0.1, which is not above the 0.1 of the band before it", Table with { Coverage = [new(0.1, 0), new(0.1, 1), new(null, 2)] }),
            ("coverage, band 2: upTo is missing; only the last band has no end", Table with { Coverage = [new(0.1, 0), new(null, 1), new(null, 2)] }),
            ("coverage, band 1: the last band has no upTo, so that every value has points", Table with { Coverage = [new(0.1, 0)] }),
            ("coverage, band 1: upTo: it wants a share from 0 on", Table with { Coverage = [new(double.NaN, 0), new(null, 0)] }),
            ("count, band 1: upTo: it wants a whole number from 0 on", Table with { Count = [new(1.5, 0), new(null, 0)] }),
            ("count, band 1: points: it wants a number from 0 to 1000 with at most 3 decimals", Table with { Count = [new(null, -1)] }),
            ("density: dense: it wants a number from 0 to 1000 with at most 3 decimals", Table with { Density = new ScoreDensity(ScoreGradeChoice.Densest, 0, 1, 2, 1.0001m) }),
            ("regions: it wants 1 to 200 regions, not 0", Table with { Regions = [] }),
            ("region 2 (left): there is an earlier region of that name", Table with { Regions = [left, left] }),
            ("region 1 (a): it wants a box, a polygon, findingNames, a site or a laterality", Table with { Regions = [new ScoreRegion { Name = "a" }] }),
            ("region 1 (left): it has a place or findingNames, not both", Table with { Regions = [left with { FindingNames = ["a"] }] }),
            ("region 1 (left): its place wants fractions of the film, 0 to 1", Table with { Regions = [left with { Outline = [new(0, 0), new(1.1, 0), new(0, 1)] }] }),
            ("region 1 (left): its place wants an outline that does not cross itself and has an area", Table with { Regions = [left with { Outline = [new(0, 0), new(1, 1), new(1, 0), new(0, 1)] }] }),
            ("region 1 (left): its place wants an outline that does not cross itself and has an area", Table with { Regions = [left with { Outline = [new(0, 0), new(0.5, 0.5), new(1, 1)] }] }),
            ("region 1 (left): referenceAreaMm2: it wants a number of mm² above 0, at most 1000000", Table with { Regions = [left with { ReferenceAreaMm2 = 0 }] }),
            ("region 1 (left): referenceAreaMm2: the table has no bands for coverage", Table with { Coverage = [], Regions = [left with { ReferenceAreaMm2 = 5 }] }),
            ("region 1 (a): referenceAreaMm2: coverage wants it where a region has no box or polygon of its own", Table with { Regions = [new ScoreRegion { Name = "a", FindingNames = ["a"] }] }),
            ("region 1 (left): weight: it wants a number from 0 to 1000 with at most 3 decimals", Table with { Regions = [left with { Weight = 1001 }] }),
        ];
        Assert.Null(Table.Problem());
        Assert.Null(CountTable.Problem());
        Assert.All(cases, entry => Assert.Equal(entry.Expected, entry.Table.Problem()));
        Assert.Throws<ArgumentException>(() => FilmScore.Measure(cases[0].Table, Film(), out _));
    }

    private static FilmScore Score(FilmScoreTable table, AnalysisReport report)
    {
        Assert.Null(FilmScore.Measure(table, report, out FilmScore? score));
        return score!;
    }

    private static FilmScoreChange Change(AnalysisReport earlier, AnalysisReport later)
    {
        Assert.Null(FilmScoreChange.Between(Score(CountTable, earlier with { Film = earlier.Film! with { SopInstanceUid = "1.1" } }), Score(CountTable, later), out FilmScoreChange? change));
        return change!;
    }

    private static AnalysisReport Of(AnalysisReport film, string? view, string? part, string? side) => film with
    {
        Film = film.Film! with { ViewPosition = view, SopInstanceUid = "1.3" },
        Acquisition = film.Acquisition! with { BodyPartExamined = part, Laterality = side },
    };

    private static AnalysisReport Film(params ProjectedRegion[] findings) => new()
    {
        SeriesInstanceUid = "1",
        Modality = "DX",
        Verdict = Verdict.Accepted,
        Acquisition = new CtAcquisition { SeriesInstanceUid = "1", BodyPartExamined = "HAND", Laterality = "L" },
        Film = new FilmReport
        {
            SopInstanceUid = "1.2",
            ColumnCount = 1000,
            RowCount = 800,
            Scale = new PixelScale(0.1, 0.1, PixelScaleSource.Fiducial, 0, "test"),
            ViewPosition = "PA",
            IntensityOrigin = "test",
            Regions = [.. findings],
        },
    };

    /// <summary>A finding whose area is known to 10 % (one standard uncertainty), its centre at the given distance from the film's left edge.</summary>
    private static ProjectedRegion Finding(int id, double column, double pixels, DensityGrade grade = DensityGrade.Moderate) => new()
    {
        Id = id,
        Kind = RegionKind.SoftTissueCalcification,
        Tier = FindingTier.Probable,
        Confidence = 1,
        ComponentCount = 1,
        PixelCount = 1,
        AreaPixels = pixels,
        AreaMm2 = pixels * 0.01,
        AreaIntervalMm2 = new Interval(pixels * 0.01 / Math.Exp(0.196), pixels * 0.01 * Math.Exp(0.196)),
        CentroidPixel = new PixelPoint(column - 0.5, 399.5),
        BoundsPixel = new PixelBox(default, default),
        Grade = grade,
        ContrastToNoise = 10,
    };
}
