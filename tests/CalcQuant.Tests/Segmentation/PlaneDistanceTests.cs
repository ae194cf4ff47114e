using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Segmentation;

public class PlaneDistanceTests
{
    /// <summary>The result is stored as float; distances stay below 100 mm here.</summary>
    private const float ToleranceMm = 1e-5f;

    [Theory]
    [InlineData(1, 1, 0.5)]
    [InlineData(17, 1, 0.1)]
    [InlineData(1, 23, 0.1)]
    [InlineData(31, 29, 0.02)]
    [InlineData(31, 29, 0.5)]
    [InlineData(40, 37, 0.98)]
    public void Measure_RandomMembership_EqualsTheDefinition(int columns, int rows, double density)
    {
        const double width = 0.7, height = 1.3;
        var random = new Random(11);
        var distance = new PlaneDistance();
        for (int trial = 0; trial < 20; trial++)
        {
            bool[] inside = [.. Enumerable.Range(0, columns * rows).Select(_ => random.NextDouble() < density)];
            foreach (bool target in new[] { false, true })
            {
                float[] measured = new float[columns * rows];
                distance.Measure(inside, target, columns, rows, width, height, measured);

                for (int cell = 0; cell < measured.Length; cell++)
                {
                    double nearest = PlaneDistance.Far;
                    for (int other = 0; other < inside.Length; other++)
                    {
                        if (inside[other] == target)
                        {
                            double dx = ((cell % columns) - (other % columns)) * width, dy = ((cell / columns) - (other / columns)) * height;
                            nearest = Math.Min(nearest, Math.Sqrt((dx * dx) + (dy * dy)));
                        }
                    }

                    Assert.Equal(nearest, measured[cell], ToleranceMm);
                }
            }
        }
    }
}
