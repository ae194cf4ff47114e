using System.Collections.Immutable;
using CalcQuant.Radiography;

namespace CalcQuant.Tests.Radiography;

/// <summary>Shapes of known area on known backgrounds, blurred and noisy, measured where a careless reader points.</summary>
public sealed class GuidedMeasurementTests
{
    private const int Columns = 200;
    private const int Rows = 180;
    private const double PixelMm = 0.15;
    private const double CentreColumn = 96.3;
    private const double CentreRow = 88.7;

    /// <summary>Film units of the densest part of a shape.</summary>
    private const double Contrast = 400;

    /// <summary>As detectors have it, mm.</summary>
    private const double BlurMm = 0.1;

    /// <summary>Samples along each side of a pixel.</summary>
    private const int Samples = 4;

    /// <summary>The target for deposits of 20 mm² and more.</summary>
    private const double LargeTolerance = 0.05;

    /// <summary>The target for deposits of 3 to 20 mm².</summary>
    private const double SmallTolerance = 0.1;

    public static TheoryData<string, string, string> Cases()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (string shape in (string[])["ball", "plaque", "disc", "rod", "speck"])
        {
            foreach (string background in (string[])["flat", "slope", "bone"])
            {
                foreach (string drawn in (string[])["box", "polygon"])
                {
                    cases.Add(shape, background, drawn);
                }
            }

            cases.Add(shape, "flat", "point");
            cases.Add(shape, "slope", "point");
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Measure_OfAKnownShape_GivesItsArea(string shape, string background, string drawn)
    {
        (double trueMm2, double halfLengthMm, double halfWidthMm, _) = Shape(shape);
        FilmPlane film = Draw(shape, background, noise: 12);
        OutlineMeasure? measure = GuidedMeasurement.Measure(film, Place(drawn, halfLengthMm, halfWidthMm));
        Assert.NotNull(measure);
        double error = (measure.AreaPixels * film.CellMm2 / trueMm2) - 1;
        Assert.InRange(error, trueMm2 >= 20 ? -LargeTolerance : -SmallTolerance, trueMm2 >= 20 ? LargeTolerance : SmallTolerance);
    }

    [Theory]
    [InlineData("ball")]
    [InlineData("plaque")]
    [InlineData("rod")]
    public void Measure_OfATurnedAndMirroredFilm_GivesTheSameAreaWithinOnePercent(string shape)
    {
        (_, double halfLengthMm, double halfWidthMm, _) = Shape(shape);
        FilmPlane film = Draw(shape, "slope", noise: 12);
        double upright = GuidedMeasurement.Measure(film, Place("polygon", halfLengthMm, halfWidthMm))!.AreaPixels;

        // Rows become columns: a quarter turn and a flip.
        float[] turned = new float[film.Values.Length];
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                turned[(column * Rows) + row] = film.Values[(row * Columns) + column];
            }
        }

        GuidedPlace place = Place("polygon", halfLengthMm, halfWidthMm);
        ImmutableArray<PixelPoint> corners = [.. place.Corners.Select(corner => new PixelPoint(corner.Row, corner.Column))];
        double across = GuidedMeasurement.Measure(new FilmPlane(Rows, Columns, 1, PixelMm, turned), GuidedPlace.Around(corners))!.AreaPixels;
        Assert.InRange(across / upright, 0.99, 1.01);
    }

    [Fact]
    public void Measure_WhereOnlyNoiseIs_GivesNothing()
    {
        FilmPlane film = Draw("none", "slope", noise: 12);
        Assert.Null(GuidedMeasurement.Measure(film, Place("polygon", 3, 2)));
    }

    [Fact]
    public void Pixels_OfABox_AreThoseWhoseCentresItHolds()
    {
        PixelOutline outline = GuidedPlace.Within(new PixelBox(new PixelPoint(1.5, -3), new PixelPoint(3, 1.2))).Pixels(10, 10);
        Assert.Equal([new PixelRun(0, 2, 2), new PixelRun(1, 2, 2)], outline.Runs);
    }

    [Fact]
    public void Pixels_OfAPolygon_AreThoseOfTheBoxThatItIs()
    {
        ImmutableArray<PixelPoint> corners = [new(1.5, 0.5), new(6.5, 0.5), new(6.5, 4.5), new(1.5, 4.5)];
        Assert.Equal(
            GuidedPlace.Within(new PixelBox(corners[0], corners[2])).Pixels(10, 10).Runs,
            GuidedPlace.Around(corners).Pixels(10, 10).Runs);
        Assert.Empty(GuidedPlace.Around([new(1e300, 0), new(1e300, 5), new(1e301, 5)]).Pixels(10, 10).Runs);
    }

    [Fact]
    public void ProblemOf_EachWrongPlace_SaysWhy()
    {
        PixelPoint point = new(1, 2);
        Assert.Null(GuidedPlace.ProblemOf(GuidedShape.Point, [point], null, "thumb"));
        Assert.NotNull(GuidedPlace.ProblemOf(GuidedShape.Point, [point, point], null, null));
        Assert.NotNull(GuidedPlace.ProblemOf(GuidedShape.Point, [new(double.NaN, 1)], null, null));
        Assert.NotNull(GuidedPlace.ProblemOf(GuidedShape.Box, [new(2, 2), new(1, 3)], null, null));
        Assert.NotNull(GuidedPlace.ProblemOf(GuidedShape.Polygon, [point, point], null, null));
        Assert.NotNull(GuidedPlace.ProblemOf(GuidedShape.Polygon, [.. Enumerable.Repeat(point, GuidedPlace.MaxCornerCount + 1)], null, null));
        Assert.NotNull(GuidedPlace.ProblemOf(GuidedShape.Point, [point], null, "two\nlines"));
        Assert.NotNull(GuidedPlace.ProblemOf((GuidedShape)9, [point], null, null));
        Assert.NotNull(GuidedPlace.ProblemOf(GuidedShape.Point, default, null, null));
        Assert.Throws<ArgumentException>(() => GuidedPlace.At(new PixelPoint(double.PositiveInfinity, 0)));
    }

    /// <summary>True area, half of the length and width, and the thickness, 0 to 1, at a place from the centre, mm.</summary>
    private static (double AreaMm2, double HalfLengthMm, double HalfWidthMm, Func<double, double, double> Thickness) Shape(string shape) => shape switch
    {
        "ball" => (Math.PI * 9, 3, 3, (x, y) => Math.Sqrt(Math.Max(0, 1 - (((x * x) + (y * y)) / 9)))),
        "speck" => (Math.PI * 1.21, 1.1, 1.1, (x, y) => Math.Sqrt(Math.Max(0, 1 - (((x * x) + (y * y)) / 1.21)))),
        "plaque" => (Math.PI * 5 * 3, 5, 3, (x, y) => (x * x / 25) + (y * y / 9) < 1 ? 1 : 0),
        "disc" => (Math.PI * 6.25, 2.5, 2.5, (x, y) => (x * x) + (y * y) < 6.25 ? 1 : 0),
        "rod" => (20, 5, 1, (x, y) => Math.Abs(x) < 5 ? Math.Sqrt(Math.Max(0, 1 - (y * y))) : 0),
        "none" => (0, 0, 0, (_, _) => 0),
        _ => throw new ArgumentOutOfRangeException(nameof(shape)),
    };

    private static double Background(string background, double column) => background switch
    {
        "flat" => 1000,
        "slope" => 1000 + (4 * column),

        // The border of a bone passes beside the deposit's middle, within every place.
        "bone" => 1000 + (column < CentreColumn - 8 ? 300 : 0),
        _ => throw new ArgumentOutOfRangeException(nameof(background)),
    };

    private static FilmPlane Draw(string shape, string background, double noise)
    {
        Func<double, double, double> thickness = Shape(shape).Thickness;
        float[] values = new float[Columns * Rows];
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                double sum = 0;
                for (int i = 0; i < Samples * Samples; i++)
                {
                    double x = column + (((i % Samples) + 0.5) / Samples) - 0.5, y = row + (((i / Samples) + 0.5) / Samples) - 0.5;
                    sum += Background(background, x) + (Contrast * thickness((x - CentreColumn) * PixelMm, (y - CentreRow) * PixelMm));
                }

                values[(row * Columns) + column] = (float)(sum / (Samples * Samples));
            }
        }

        FilmPlane blurred = new FilmPlane(Columns, Rows, 1, PixelMm, values).Smooth(BlurMm);
        var random = new Random(5);
        return blurred.With(Array.ConvertAll(blurred.Values, value => value + (float)(noise * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))));
    }

    private static GuidedPlace Place(string drawn, double halfLengthMm, double halfWidthMm)
    {
        const double TooLarge = 1.7;
        double across = TooLarge * halfLengthMm / PixelMm, down = TooLarge * halfWidthMm / PixelMm;
        return drawn switch
        {
            "point" => GuidedPlace.At(new PixelPoint(CentreColumn + 2, CentreRow - 1)),
            "box" => GuidedPlace.Within(new PixelBox(new PixelPoint(CentreColumn - across, CentreRow - down), new PixelPoint(CentreColumn + across, CentreRow + down))),
            _ => GuidedPlace.Around(
                [.. Enumerable.Range(0, 9).Select(i => new PixelPoint(CentreColumn + (1.1 * across * Math.Cos(i * Math.Tau / 9)), CentreRow + (1.1 * down * Math.Sin(i * Math.Tau / 9))))]),
        };
    }
}
