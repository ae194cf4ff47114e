using System.Collections.Immutable;

namespace CalcQuant.Radiography;

/// <summary>Outlines in fractions of a film.</summary>
internal static class FractionOutline
{
    /// <summary>Area as a share of the film.</summary>
    public static double Area(ImmutableArray<FilmFraction> outline)
    {
        double twice = 0;
        for (int i = 0; i < outline.Length; i++)
        {
            FilmFraction a = outline[i], b = outline[(i + 1) % outline.Length];
            twice += (a.X * b.Y) - (b.X * a.Y);
        }

        return Math.Abs(twice) / 2;
    }

    /// <summary>True for a point inside. Of two outlines that share a side exactly one holds a point on it.</summary>
    public static bool Holds(ImmutableArray<FilmFraction> outline, FilmFraction point)
    {
        bool isInside = false;
        for (int i = 0; i < outline.Length; i++)
        {
            FilmFraction a = outline[i], b = outline[(i + 1) % outline.Length];
            if (a.Y > b.Y)
            {
                // From the same end for both outlines that share the side: rounding is then the same, too.
                (a, b) = (b, a);
            }

            if (a.Y <= point.Y && point.Y < b.Y && point.X < a.X + ((point.Y - a.Y) / (b.Y - a.Y) * (b.X - a.X)))
            {
                isInside = !isInside;
            }
        }

        return isInside;
    }

    /// <summary>True where two sides that are no neighbours meet, or a neighbour runs back over the other.</summary>
    public static bool CrossesItself(ImmutableArray<FilmFraction> outline)
    {
        int count = outline.Length;
        for (int i = 0; i < count; i++)
        {
            FilmFraction a = outline[i], b = outline[(i + 1) % count], c = outline[(i + 2) % count];
            if (a == b || (Turn(a, b, c) == 0 && ((b.X - a.X) * (c.X - b.X)) + ((b.Y - a.Y) * (c.Y - b.Y)) < 0))
            {
                return true;
            }

            for (int j = i + 2; j < count; j++)
            {
                if ((j + 1) % count != i && Meet(a, b, outline[j], outline[(j + 1) % count]))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Meet(FilmFraction a, FilmFraction b, FilmFraction c, FilmFraction d)
    {
        int abc = Turn(a, b, c), abd = Turn(a, b, d), cda = Turn(c, d, a), cdb = Turn(c, d, b);
        return (abc * abd < 0 && cda * cdb < 0)
            || (abc == 0 && IsBetween(a, b, c)) || (abd == 0 && IsBetween(a, b, d)) || (cda == 0 && IsBetween(c, d, a)) || (cdb == 0 && IsBetween(c, d, b));
    }

    private static int Turn(FilmFraction a, FilmFraction b, FilmFraction c) => Math.Sign(((b.X - a.X) * (c.Y - a.Y)) - ((b.Y - a.Y) * (c.X - a.X)));

    /// <summary>For a point on the line through two others: whether it lies between them.</summary>
    private static bool IsBetween(FilmFraction a, FilmFraction b, FilmFraction point) =>
        Math.Min(a.X, b.X) <= point.X && point.X <= Math.Max(a.X, b.X) && Math.Min(a.Y, b.Y) <= point.Y && point.Y <= Math.Max(a.Y, b.Y);
}
