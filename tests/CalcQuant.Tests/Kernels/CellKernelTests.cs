using CalcQuant.Kernels;

namespace CalcQuant.Tests.Kernels;

/// <summary>The kernels of the reduced grid and of the level set, at every length beside their definitions.</summary>
public sealed class CellKernelTests
{
    private const int MaxLength = 256;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(2, CellMeanKernel.GreatestRowCount)]
    [InlineData(3, 3)]
    [InlineData(5, 4)]
    public void CellMean_AtEveryLength_IsTheMeanOfClampedPixels(int columnsPerCell, int rowCount)
    {
        var random = new Random(1);
        for (int length = 1; length <= MaxLength; length++)
        {
            short[][] rows = [.. Enumerable.Range(0, rowCount).Select(_ => Values(random, length, -3000, 6000))];
            short[] sums = new short[length];
            foreach (short[] row in rows)
            {
                CellMeanKernel.AddRow(row, -1024, 3071, sums);
            }

            short[] means = new short[(length + columnsPerCell - 1) / columnsPerCell];
            CellMeanKernel.Average(sums, columnsPerCell, rowCount, means);
            for (int cell = 0; cell < means.Length; cell++)
            {
                int[] pixels = [.. rows.SelectMany(row => row.Skip(cell * columnsPerCell).Take(columnsPerCell)).Select(hu => Math.Clamp((int)hu, -1024, 3071))];
                Assert.Equal(pixels.Sum() / pixels.Length, means[cell]);
            }
        }
    }

    [Fact]
    public void BinomialThreshold_AtEveryLength_MarksWhatExceedsTheLimit()
    {
        var random = new Random(2);
        var kernel = new BinomialThresholdKernel();
        for (int length = 1; length <= MaxLength; length++)
        {
            // Few values, so that sums often equal the limit; extremes, so that nothing may overflow.
            bool isExtreme = length % 5 == 0;
            short[][] rows = [.. Enumerable.Range(0, 3).Select(_ => isExtreme ? Values(random, length, short.MinValue, short.MaxValue) : Values(random, length, -23, -17))];
            ulong[] bits = new ulong[(length + 63) / 64];
            Array.Fill(bits, ulong.MaxValue);
            kernel.Mark(rows[0], rows[1], rows[2], -20, bits);
            int[] weights = [1, 2, 1];
            for (int x = 0; x < bits.Length * 64; x++)
            {
                int sum = 0;
                for (int row = 0; row < 3 && x < length; row++)
                {
                    for (int step = -1; step <= 1; step++)
                    {
                        sum += weights[row] * weights[step + 1] * rows[row][Math.Clamp(x + step, 0, length - 1)];
                    }
                }

                Assert.Equal(x < length && sum > -320, (bits[x / 64] >> (x % 64) & 1) != 0);
            }
        }
    }

    [Fact]
    public void DepthCode_AtEveryLength_IsTheRoundedNumberOfSteps()
    {
        var random = new Random(3);
        for (int length = 0; length <= MaxLength; length++)
        {
            // Multiples of half a step are ties; 10 000 stands for nothing found. Each cell is inside or outside.
            float[] signed = [.. Enumerable.Range(0, length).Select(_ => (random.Next(2) == 0 ? 1 : -1) * random.Next(4) switch
            {
                0 => 0.5f,
                1 => 10_000,
                2 => 0.025f + (random.Next(20_000) * 0.025f),
                _ => 0.1f + ((float)random.NextDouble() * 500),
            })];
            float[] inside = [.. signed.Select(mm => Math.Max(mm, 0))];
            float[] outside = [.. signed.Select(mm => Math.Max(-mm, 0))];
            short[] codes = new short[length];
            DepthCodeKernel.Encode(inside, outside, 0.975, 400, 0.05, codes);
            Assert.Equal(signed.Select(mm => Code(mm > 0 ? mm - 0.975 : 0.975 - -mm)), codes);

            DepthCodeKernel.Encode(inside, [], 0.975, 400, 0.05, codes);
            Assert.Equal(inside.Select(mm => Code(mm - 0.975)), codes);
        }

        static short Code(double mm) => (short)Math.Round(Math.Clamp(mm, -400, 400) / 0.05);
    }

    [Fact]
    public void Gradient_AtEveryLength_IsHalfTheDifferenceOfNeighbours()
    {
        var random = new Random(4);
        for (int length = 0; length <= MaxLength; length++)
        {
            float[][] rows = [.. Enumerable.Range(0, 5).Select(_ => Enumerable.Range(0, length).Select(_ => random.NextSingle() * 300).ToArray())];
            float[] target = new float[length];
            GradientKernel.Fill(rows[0], rows[1], rows[2], rows[3], rows[4], 40, target);
            for (int x = 0; x < length; x++)
            {
                float gx = rows[0][x == length - 1 ? x : x + 1] - rows[0][x == 0 ? x : x - 1];
                float gy = rows[2][x] - rows[1][x];
                float gz = rows[4][x] - rows[3][x];
                float slope = 0.5f * MathF.Sqrt((gx * gx) + (gy * gy) + (gz * gz));
                Assert.Equal(slope < 40 ? 40 : slope, target[x]);
            }
        }

        Assert.Throws<ArgumentException>(() => GradientKernel.Fill(new float[3], new float[3], new float[2], new float[3], new float[3], 1, new float[3]));
    }

    private static short[] Values(Random random, int length, int least, int greatest) =>
        [.. Enumerable.Range(0, length).Select(_ => (short)random.Next(least, greatest + 1))];
}
