using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Anatomy;
using CalcQuant.Phantoms.Deposits;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Films;

/// <summary>A deposit as the film sees it, pixel by pixel in a box.</summary>
/// <param name="Column">First column of the box.</param>
/// <param name="Row">First row of the box.</param>
/// <param name="ColumnCount">Columns of the box.</param>
/// <param name="RowCount">Rows of the box.</param>
/// <param name="Added">What the deposit adds to the line integral, mean over each pixel.</param>
/// <param name="Share">Share of each pixel that its calcified parts cover.</param>
/// <param name="CentreCovered">True where they cover the centre of the pixel.</param>
internal sealed record ProjectedDeposit(int Column, int Row, int ColumnCount, int RowCount, float[] Added, float[] Share, bool[] CentreCovered);

/// <summary>
/// Line integrals of deposits at the film's own resolution and finer: the chord inside each part, found along the ray by its distance and halved
/// down at the surface. Pixels at the silhouette's edge are sampled 5 x 5, the others at their centre.
/// </summary>
internal sealed class DepositProjection(Scene scene, FilmFrame frame, FilmAttenuation attenuation)
{
    private const int EdgeSamples = 5;
    private const double LeastStepMm = 0.08;
    private const int Halvings = 10;

    // Along a chord the tissue that the part stands in for is looked up so often.
    private const double HostStepMm = 0.5;

    /// <summary>Projects a deposit.</summary>
    public ProjectedDeposit Of(Deposit deposit, CancellationToken cancellationToken) => Of(
        [.. deposit.Parts.Select(part => (part.Shape, attenuation.Deposit(part.DensityMgPerCm3)))],
        deposit.Lumen,
        deposit.Extent.Bounds,
        cancellationToken);

    /// <summary>Projects parts of given attenuation, 1/mm.</summary>
    public ProjectedDeposit Of(ImmutableArray<(Shape Shape, double PerMm)> parts, DepositLumen? lumen, Box bounds, CancellationToken cancellationToken)
    {
        Box box = frame.Project(bounds);
        int column = Math.Max(0, (int)Math.Floor((box.Min.X - frame.LowU) / frame.PixelMm) - 1);
        int row = Math.Max(0, (int)Math.Floor((box.Min.Y - frame.LowV) / frame.PixelMm) - 1);
        int columnCount = Math.Max(0, Math.Min(frame.ColumnCount, (int)Math.Ceiling((box.Max.X - frame.LowU) / frame.PixelMm) + 1) - column);
        int rowCount = Math.Max(0, Math.Min(frame.RowCount, (int)Math.Ceiling((box.Max.Y - frame.LowV) / frame.PixelMm) + 1) - row);
        var result = new ProjectedDeposit(
            column,
            row,
            columnCount,
            rowCount,
            new float[columnCount * rowCount],
            new float[columnCount * rowCount],
            new bool[columnCount * rowCount]);
        Ray ray = new(
            [.. parts.Select(part => new Part(part.Shape, part.PerMm, frame.Project(part.Shape.Bounds)))],
            lumen,
            lumen is null ? default : frame.Project(lumen.Shape.Bounds));
        for (int y = 0; y < rowCount; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int x = 0; x < columnCount; x++)
            {
                (double u, double v) = frame.Centre(column + x, row + y);
                (double added, bool covered) = Along(u, v, ray);
                int at = (y * columnCount) + x;
                result.Added[at] = (float)added;
                result.Share[at] = covered ? 1 : 0;
                result.CentreCovered[at] = covered;
            }
        }

        for (int y = 0; y < rowCount; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int x = 0; x < columnCount; x++)
            {
                if (IsEdge(result, x, y))
                {
                    SampleEdge(result, x, y, ray);
                }
            }
        }

        return result;
    }

    private static bool IsEdge(ProjectedDeposit deposit, int x, int y)
    {
        bool here = deposit.CentreCovered[(y * deposit.ColumnCount) + x];
        for (int j = Math.Max(0, y - 1); j <= Math.Min(deposit.RowCount - 1, y + 1); j++)
        {
            for (int i = Math.Max(0, x - 1); i <= Math.Min(deposit.ColumnCount - 1, x + 1); i++)
            {
                if (deposit.CentreCovered[(j * deposit.ColumnCount) + i] != here)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private void SampleEdge(ProjectedDeposit deposit, int x, int y, Ray ray)
    {
        double sum = 0;
        int covered = 0;
        for (int j = 0; j < EdgeSamples; j++)
        {
            for (int i = 0; i < EdgeSamples; i++)
            {
                (double u, double v) = frame.Centre(
                    deposit.Column + x + ((i + 0.5) / EdgeSamples) - 0.5,
                    deposit.Row + y + ((j + 0.5) / EdgeSamples) - 0.5);
                (double added, bool hit) = Along(u, v, ray);
                sum += added;
                covered += hit ? 1 : 0;
            }
        }

        int at = (y * deposit.ColumnCount) + x;
        deposit.Added[at] = (float)(sum / (EdgeSamples * EdgeSamples));
        deposit.Share[at] = (float)covered / (EdgeSamples * EdgeSamples);
    }

    private (double Added, bool Covered) Along(double u, double v, Ray ray)
    {
        double added = 0;
        bool covered = false;
        double lumenPerMm = 0;
        if (ray.Lumen is { } lumen)
        {
            lumenPerMm = attenuation.Soft(lumen.Hu);
            double fluid = lumenPerMm;
            Chords(u, v, lumen.Shape, ray.LumenOnFilm, (from, to) => added += Difference(u, v, from, to, fluid, null, 0));
        }

        foreach (Part part in ray.Parts)
        {
            Chords(u, v, part.Shape, part.OnFilm, (from, to) =>
            {
                covered = true;
                added += Difference(u, v, from, to, part.PerMm, ray.Lumen?.Shape, lumenPerMm);
            });
        }

        return (added, covered);
    }

    // Fluid is drawn before the parts: where there is some, a part stands in for it and not for the tissue.
    private double Difference(double u, double v, double from, double to, double perMm, Shape? lumen, double lumenPerMm)
    {
        int count = Math.Max(1, (int)Math.Ceiling((to - from) / HostStepMm));
        double step = (to - from) / count;
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            LpsPoint point = frame.At(u, v, from + ((i + 0.5) * step));
            double host = lumen is not null && lumen.Distance(point) < 0 ? lumenPerMm : attenuation.Soft(scene.HostAt(point, out _).Hu);
            sum += perMm - host;
        }

        return sum * step;
    }

    private void Chords(double u, double v, Shape shape, Box onFilm, Action<double, double> found)
    {
        if (u < onFilm.Min.X || u > onFilm.Max.X || v < onFilm.Min.Y || v > onFilm.Max.Y)
        {
            return;
        }

        // A shape ends at its box, for the CT phantom and its truth as for the film.
        double t = onFilm.Min.Z;
        double end = onFilm.Max.Z;
        double entered = t;
        double distance = shape.Distance(frame.At(u, v, t));
        while (t < end)
        {
            double next = Math.Min(end, t + Math.Max(Math.Abs(distance), LeastStepMm));
            double there = shape.Distance(frame.At(u, v, next));
            if (distance >= 0 && there < 0)
            {
                entered = Crossing(u, v, shape, t, next, insideAtEnd: true);
            }
            else if (distance < 0 && there >= 0)
            {
                found(entered, Crossing(u, v, shape, t, next, insideAtEnd: false));
            }

            (t, distance) = (next, there);
        }

        if (distance < 0)
        {
            found(entered, end);
        }
    }

    private double Crossing(double u, double v, Shape shape, double low, double high, bool insideAtEnd)
    {
        for (int i = 0; i < Halvings; i++)
        {
            double middle = (low + high) / 2;
            if (shape.Distance(frame.At(u, v, middle)) < 0 == insideAtEnd)
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return (low + high) / 2;
    }

    private sealed record Part(Shape Shape, double PerMm, Box OnFilm);

    private sealed record Ray(ImmutableArray<Part> Parts, DepositLumen? Lumen, Box LumenOnFilm);
}
