namespace CalcQuant.Measurement;

/// <summary>Small linear least squares.</summary>
internal static class LeastSquares
{
    /// <summary>Least pivot: below it a parameter is not determined and stays near zero.</summary>
    private const double LeastPivot = 1e-12;

    /// <summary>Solves normal equations by Cholesky's method.</summary>
    /// <param name="normal">The normal matrix; its lower triangle is read.</param>
    /// <param name="right">The right side.</param>
    /// <param name="damping">Share of the diagonal added to it (Marquardt).</param>
    public static double[] Solve(double[,] normal, double[] right, double damping)
    {
        int count = right.Length;
        double[,] root = new double[count, count];
        double[] solution = [.. right];
        for (int a = 0; a < count; a++)
        {
            for (int b = 0; b <= a; b++)
            {
                double sum = a == b ? (normal[a, a] * (1 + damping)) + LeastPivot : normal[a, b];
                for (int c = 0; c < b; c++)
                {
                    sum -= root[a, c] * root[b, c];
                }

                root[a, b] = a == b ? Math.Sqrt(Math.Max(sum, LeastPivot)) : sum / root[b, b];
            }
        }

        for (int a = 0; a < count; a++)
        {
            for (int c = 0; c < a; c++)
            {
                solution[a] -= root[a, c] * solution[c];
            }

            solution[a] /= root[a, a];
        }

        for (int a = count - 1; a >= 0; a--)
        {
            for (int c = a + 1; c < count; c++)
            {
                solution[a] -= root[c, a] * solution[c];
            }

            solution[a] /= root[a, a];
        }

        return solution;
    }
}
