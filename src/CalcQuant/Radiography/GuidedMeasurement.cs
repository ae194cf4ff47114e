namespace CalcQuant.Radiography;

/// <summary>Measures what a reader pointed at.</summary>
internal static class GuidedMeasurement
{
    /// <summary>Radius of the first disc around a point, mm: a speck with what surrounds it.</summary>
    private const double FirstRadiusMm = 1.2;

    /// <summary>How much larger each disc is than the one before.</summary>
    private const double Growth = 1.3;

    /// <summary>Radius of the largest disc, mm: half of the largest masses.</summary>
    private const double LastRadiusMm = 90;

    /// <summary>Part of the rim of a disc that a deposit may touch and still be closed within it: a line that runs out of it.</summary>
    private const double OpenRim = 0.02;

    /// <summary>Measures.</summary>
    /// <param name="film">The film on its own pixels.</param>
    /// <param name="place">A place that meets it.</param>
    /// <returns>The measure; null where nothing stands out.</returns>
    public static OutlineMeasure? Measure(FilmPlane film, GuidedPlace place) =>
        place.Shape == GuidedShape.Point
            ? MeasureAround(film, place.Corners[0])
            : OutlineMeasurement.Measure(film, place.Pixels(film.ColumnCount, film.RowCount));

    /// <summary>Within the least disc around the point that holds all of what is dense there.</summary>
    private static OutlineMeasure? MeasureAround(FilmPlane film, PixelPoint point)
    {
        for (double radiusMm = FirstRadiusMm; radiusMm <= LastRadiusMm; radiusMm *= Growth)
        {
            double radius = radiusMm / film.CellMm;
            PixelOutline disc = PixelOutline.Disc(point, radius, film.ColumnCount, film.RowCount);
            if (OutlineMeasurement.Measure(film, disc, point) is { } measure && IsWithin(measure.Outline, point, radius - 1.5))
            {
                return measure;
            }
        }

        return null;
    }

    /// <summary>True where an outline holds the point, or nearly so, and stays off the rim of its disc but for a small part.</summary>
    private static bool IsWithin(PixelOutline outline, PixelPoint centre, double radius)
    {
        double nearest = double.MaxValue;
        int beyond = 0;
        foreach (PixelRun run in outline.Runs)
        {
            double down = run.Row - centre.Row;
            double half = Math.Sqrt(Math.Max((radius * radius) - (down * down), 0));
            for (int column = run.Start; column < run.Start + run.Length; column++)
            {
                double across = column - centre.Column;
                nearest = Math.Min(nearest, (across * across) + (down * down));
                beyond += Math.Abs(across) > half || Math.Abs(down) > radius ? 1 : 0;
            }
        }

        return nearest <= Math.Max(2, radius * radius / 16) && beyond <= OpenRim * 2 * Math.PI * radius;
    }
}
