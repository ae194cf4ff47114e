using CalcQuant.Kernels;

namespace CalcQuant.Tests.Kernels;

/// <summary>The two passes of the distance transform at every length from 0 to 257, beside their definitions.</summary>
public class DistanceKernelTests
{
    private const int MaxLength = 257;

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(0.95)]
    [InlineData(1)]
    public void LowerEnvelope_EveryNumberOfLines_IsTheMinimumOverAllLines(double emptyShare)
    {
        var random = new Random(8);
        var envelope = new LowerEnvelopeBlock();
        const int stride = 37, column = 11;
        for (int lineCount = 1; lineCount <= MaxLength; lineCount += lineCount < 40 ? 1 : 31)
        {
            float[] positions = new float[lineCount];
            float leastSpacing = float.PositiveInfinity;
            for (int line = 1; line < lineCount; line++)
            {
                // Ties are frequent with quarters of mm and whole squares.
                float spacing = random.Next(1, 6) * 0.25f;
                positions[line] = positions[line - 1] + spacing;
                leastSpacing = Math.Min(leastSpacing, spacing);
            }

            float[] lines = [.. Enumerable.Range(0, stride * lineCount).Select(_ =>
                random.NextDouble() < emptyShare ? float.PositiveInfinity : random.Next(2) * random.Next(4000))];
            int first = random.Next(lineCount);
            int count = random.Next(0, lineCount - first + 1);
            float[] result = envelope.Lower(lines, stride, column, positions, leastSpacing, first, count).ToArray();

            Assert.Equal(count * LowerEnvelopeBlock.Columns, result.Length);
            for (int i = 0; i < result.Length; i++)
            {
                int x = column + (i % LowerEnvelopeBlock.Columns);
                int line = first + (i / LowerEnvelopeBlock.Columns);
                float expected = float.PositiveInfinity;
                for (int other = 0; other < lineCount; other++)
                {
                    float step = positions[line] - positions[other];
                    expected = Math.Min(expected, lines[(other * stride) + x] + (step * step));
                }

                Assert.Equal(expected, result[i]);
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => envelope.Lower(new float[64], 16, 0, [0, 1, 2, 3], 1, 2, 3).Length);
    }

    [Fact]
    public void RowSquares_EveryGap_IsTheSquareOfTheStepsToTheNearerEnd()
    {
        const float cap = 900;
        for (int length = 0; length <= MaxLength; length += length < 20 ? 1 : 13)
        {
            var squares = new RowSquares(length, 0.5f, cap);
            foreach (int left in new[] { -1, 0, length / 3, length - 1 })
            {
                foreach (int? right in new int?[] { null, length / 2, length - 1 })
                {
                    if (right <= left)
                    {
                        continue;
                    }

                    foreach (int first in new[] { 0, length / 4, length / 2 })
                    {
                        float[] target = new float[length - first];
                        Array.Fill(target, -1);
                        squares.FillGap(left, right, first, target);
                        for (int i = 0; i < target.Length; i++)
                        {
                            int column = first + i;
                            bool isInGap = column > left && (right is null || column < right);
                            float fromLeft = left < 0 ? float.PositiveInfinity : Square((column - left) * 0.5f);
                            float fromRight = right is null ? float.PositiveInfinity : Square((right.Value - column) * 0.5f);
                            Assert.Equal(isInGap ? Math.Min(cap, Math.Min(fromLeft, fromRight)) : -1, target[i]);
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Encode_EveryLength_IsTheRoundedNumberOfSteps()
    {
        var random = new Random(14);
        var kernel = new DepthKernel(0.05, 400);
        for (int length = 0; length <= MaxLength; length++)
        {
            // Multiples of half a step are ties; 10 000 stands for nothing found.
            float[] mm = [.. Enumerable.Range(0, length).Select(_ => random.Next(4) switch
            {
                0 => 0,
                1 => 10_000,
                2 => random.Next(20_000) * 0.025f,
                _ => (float)random.NextDouble() * 500,
            })];
            foreach (int sign in new[] { 1, -1 })
            {
                foreach (bool keepsZero in new[] { false, true })
                {
                    short[] target = new short[length];
                    Array.Fill(target, (short)-7);
                    kernel.Encode(mm, sign, -sign * 0.975, keepsZero, target);
                    Assert.Equal(
                        mm.Select(d => keepsZero && d == 0 ? (short)-7 : (short)Math.Round(Math.Clamp((d - 0.975) * sign, -400, 400) / 0.05)),
                        target);
                }
            }
        }
    }

    private static float Square(float value) => value * value;
}
