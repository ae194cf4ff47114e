using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Films;

/// <summary>
/// Pixels at the densest value of a film inside its field. What lies there is at least so dense: edges and contrasts within are lost. The dark end is not
/// judged, for air beside the body is saturated on nearly every film.
/// </summary>
internal static class FilmSaturation
{
    /// <summary>
    /// Part of the field from which it is told. A convention: below it are markers, fillings and nails, which are saturated on good films too; a dose that
    /// did not reach through the body saturates much more.
    /// </summary>
    public const double LeastShareTold = 0.01;

    /// <summary>A field smaller than this part of the film is not expected.</summary>
    private const double LeastFieldShare = 0.1;

    /// <summary>The warning.</summary>
    /// <param name="share">What <see cref="ShareOf"/> gave.</param>
    /// <param name="sopInstanceUid">The instance.</param>
    public static SeriesIssue Describe(double share, string sopInstanceUid) => new(
        SeriesIssueCode.SaturatedPixels,
        string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.#} % of the exposed field are at the greatest density that the film shows: what lies there cannot be seen."),
        sopInstanceUid);

    /// <summary>
    /// Pixels at the densest value that do not hang together with the border of the film, over all pixels that are no part of a plateau at the border:
    /// collimators, shutters and the surroundings of a scanned film lie there.
    /// </summary>
    /// <returns>0 to 1.</returns>
    public static double ShareOf(Radiograph image)
    {
        ReadOnlySpan<float> density = image.Density;
        (float least, float greatest) = (density[0], density[0]);
        foreach (float value in density)
        {
            least = Math.Min(least, value);
            greatest = Math.Max(greatest, value);
        }

        int saturatedCount = density.Count(greatest);
        if (saturatedCount < LeastShareTold * LeastFieldShare * density.Length)
        {
            // Few whatever the field is: the way of nearly every film, without a look at the border.
            return (double)saturatedCount / density.Length;
        }

        (int atLeast, int atGreatest) = CountAtBorder(image, least, greatest);
        int fieldCount = density.Length - atLeast - atGreatest;
        return fieldCount == 0 ? 0 : (double)(saturatedCount - atGreatest) / fieldCount;
    }

    /// <summary>Pixels of two values that reach the border over neighbours (4) of the same value.</summary>
    private static (int Least, int Greatest) CountAtBorder(Radiograph image, float least, float greatest)
    {
        ReadOnlySpan<float> density = image.Density;
        int width = image.ColumnCount, height = image.RowCount;
        bool[] isSeen = new bool[density.Length];
        var open = new Stack<int>();
        for (int column = 0; column < width; column++)
        {
            Visit(column, density);
            Visit(((height - 1) * width) + column, density);
        }

        for (int row = 0; row < height; row++)
        {
            Visit(row * width, density);
            Visit((row * width) + width - 1, density);
        }

        int leastCount = 0, greatestCount = 0;
        while (open.TryPop(out int pixel))
        {
            float value = density[pixel];
            if (value == least)
            {
                leastCount++;
            }
            else
            {
                greatestCount++;
            }

            int column = pixel % width;
            if (column > 0)
            {
                VisitSame(pixel - 1, value, density);
            }

            if (column < width - 1)
            {
                VisitSame(pixel + 1, value, density);
            }

            if (pixel >= width)
            {
                VisitSame(pixel - width, value, density);
            }

            if (pixel < density.Length - width)
            {
                VisitSame(pixel + width, value, density);
            }
        }

        return (leastCount, greatestCount);

        void Visit(int pixel, ReadOnlySpan<float> density)
        {
            if (density[pixel] == least || density[pixel] == greatest)
            {
                VisitSame(pixel, density[pixel], density);
            }
        }

        void VisitSame(int pixel, float value, ReadOnlySpan<float> density)
        {
            if (!isSeen[pixel] && density[pixel] == value)
            {
                isSeen[pixel] = true;
                open.Push(pixel);
            }
        }
    }
}
