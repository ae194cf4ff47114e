using CalcQuant.Measurement;

namespace CalcQuant.Tests.Measurement;

public sealed class OrderStatisticTests
{
    [Fact]
    public void Select_AnyIndex_IsTheValueThatSortingPutsThere()
    {
        var random = new Random(1);
        foreach (int length in new[] { 1, 2, 31, 32, 33, 34, 100, 1000, 5000 })
        {
            // Many equal values, sorted ones and ones in reverse are what partitions stumble over.
            float[][] inputs =
            [
                [.. Enumerable.Range(0, length).Select(_ => random.NextSingle())],
                [.. Enumerable.Range(0, length).Select(_ => (float)random.Next(3))],
                [.. Enumerable.Range(0, length).Select(i => (float)i)],
                [.. Enumerable.Range(0, length).Select(i => -(float)i)],
                [.. Enumerable.Repeat(7f, length)],
            ];
            foreach (float[] values in inputs)
            {
                float[] sorted = [.. values.Order()];
                foreach (int index in new[] { 0, length / 10, length / 2, length - 1 })
                {
                    Assert.Equal(sorted[index], OrderStatistic.Select([.. values], index));
                }
            }
        }
    }

    [Fact]
    public void Select_IndexBeyondTheValues_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => OrderStatistic.Select(new float[3], 3));
}
