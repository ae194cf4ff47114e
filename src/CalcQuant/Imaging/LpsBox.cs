namespace CalcQuant.Imaging;

/// <summary>An axis-parallel box in the patient coordinate system, its faces included.</summary>
/// <param name="Min">Least corner, mm.</param>
/// <param name="Max">Greatest corner, mm.</param>
public sealed record LpsBox(LpsPoint Min, LpsPoint Max)
{
    /// <summary>True where every coordinate is finite and no edge is negative.</summary>
    public bool IsValid => IsOrdered(Min.X, Max.X) && IsOrdered(Min.Y, Max.Y) && IsOrdered(Min.Z, Max.Z);

    /// <summary>How many of the points start, start + step, ... lie inside.</summary>
    /// <param name="start">First point.</param>
    /// <param name="step">From one to the next.</param>
    /// <param name="count">Points.</param>
    public int CountAlong(LpsPoint start, LpsPoint step, int count)
    {
        double first = 0, last = count - 1;
        return Narrow(start.X, step.X, Min.X, Max.X, ref first, ref last)
            && Narrow(start.Y, step.Y, Min.Y, Max.Y, ref first, ref last)
            && Narrow(start.Z, step.Z, Min.Z, Max.Z, ref first, ref last)
                ? Math.Max(0, (int)Math.Floor(last) - (int)Math.Ceiling(first) + 1)
                : 0;
    }

    private static bool IsOrdered(double min, double max) => double.IsFinite(min) && double.IsFinite(max) && min <= max;

    /// <summary>Narrows the indices to those whose coordinate lies between two planes; false where none is left.</summary>
    private static bool Narrow(double start, double step, double min, double max, ref double first, ref double last)
    {
        if (step == 0)
        {
            return start >= min && start <= max;
        }

        double a = (min - start) / step, b = (max - start) / step;
        first = Math.Max(first, Math.Min(a, b));
        last = Math.Min(last, Math.Max(a, b));
        return first <= last;
    }
}
