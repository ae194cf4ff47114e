using CalcQuant.Measurement;

namespace CalcQuant.Tests.Measurement;

public sealed class SmoothContinuationTests
{
    /// <summary>What rises evenly is continued evenly, whatever the ties: a linear function solves Laplace's equation.</summary>
    [Fact]
    public void Fill_BetweenALinearBorder_IsLinear()
    {
        const int N = 9;
        float[] values = new float[N * N * N];
        bool[] known = new bool[values.Length], open = new bool[values.Length];
        for (int n = 0; n < values.Length; n++)
        {
            (int x, int y, int z) = (n % N, n / N % N, n / (N * N));
            known[n] = x is 0 or N - 1 || y is 0 or N - 1 || z is 0 or N - 1;
            open[n] = !known[n];
            values[n] = known[n] ? Linear(x, y, z) : 7;
        }

        new SmoothContinuation(N, N, N) { Ties = (1, 0.3f, 0.05f), Sweeps = 80, OverRelaxation = 1.6f }.Fill(values, known, open);
        for (int n = 0; n < values.Length; n++)
        {
            Assert.Equal(Linear(n % N, n / N % N, n / (N * N)), values[n], 0.01);
        }

        static float Linear(int x, int y, int z) => (3 * x) - (2 * y) + z;
    }

    /// <summary>Hardly tied along slices, each slice takes the values of its own border, not the mean of the slices above and below.</summary>
    [Fact]
    public void Fill_WithLayersHardlyTied_KeepsThemApart()
    {
        const int Wide = 13, Slices = 3;
        float[] values = new float[Wide * Wide * Slices];
        bool[] known = new bool[values.Length], open = new bool[values.Length];
        for (int n = 0; n < values.Length; n++)
        {
            (int x, int y, int z) = (n % Wide, n / Wide % Wide, n / (Wide * Wide));
            known[n] = z != 1 || x is 0 or Wide - 1 || y is 0 or Wide - 1;
            open[n] = !known[n];
            values[n] = z == 1 && known[n] ? -100 : known[n] ? 60 : 0;
        }

        new SmoothContinuation(Wide, Wide, Slices) { Ties = (1, 1, 1e-4f), Sweeps = 200, OverRelaxation = 1.7f }.Fill(values, known, open);
        Assert.Equal(-100, values[(Wide * Wide) + (6 * Wide) + 6], 1.0);
    }

    /// <summary>What nothing known touches keeps what it had; what is neither known nor open is not touched and says nothing.</summary>
    [Fact]
    public void Fill_BesideWhatIsNeither_LeavesItOut()
    {
        float[] values = [10, 0, 500, 3, 500];
        new SmoothContinuation(5, 1, 1) { Ties = (1, 1, 1), Sweeps = 50, OverRelaxation = 1 }.Fill(values, [true, false, false, false, false], [false, true, false, true, false]);
        Assert.Equal([10f, 10f, 500f, 3f, 500f], values);
    }
}
