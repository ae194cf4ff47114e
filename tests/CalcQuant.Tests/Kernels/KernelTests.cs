using CalcQuant.Kernels;
using CalcQuant.Segmentation;
using CalcQuant.Tests.Oracles;

namespace CalcQuant.Tests.Kernels;

/// <summary>Each kernel at every length from 0 to 257, on every path of this machine, beside its definition.</summary>
public class KernelTests
{
    private const int MaxLength = 257;

    private static IEnumerable<SimdPath> Paths => Enum.GetValues<SimdPath>().Where(SimdPaths.IsSupported);

    [Theory]
    [InlineData(130)]
    [InlineData(short.MinValue)]
    [InlineData(short.MaxValue)]
    public void Mark_Int16AtEveryLength_EqualsTheDefinition(short threshold)
    {
        foreach (SimdPath path in Paths)
        {
            for (int length = 0; length <= MaxLength; length++)
            {
                short[] voxels = TestVolumes.Noise(length, 0.4, seed: length);
                ulong[] bits = Poisoned(length);
                bool any = ThresholdKernel.Mark(voxels, threshold, bits, path);
                AssertBits(voxels.Select(hu => hu >= threshold), bits);
                Assert.Equal(voxels.Any(hu => hu >= threshold), any);
            }
        }
    }

    [Theory]
    [InlineData(130.5f)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(float.PositiveInfinity)]
    public void Mark_SingleAtEveryLength_EqualsTheDefinition(float threshold)
    {
        foreach (SimdPath path in Paths)
        {
            for (int length = 0; length <= MaxLength; length++)
            {
                float[] voxels = [.. TestVolumes.Noise(length, 0.4, seed: length).Select((hu, i) => i % 11 switch
                {
                    3 => float.NaN,
                    5 => float.PositiveInfinity,
                    7 => 130.5f,
                    _ => hu,
                })];
                ulong[] bits = Poisoned(length);
                bool any = ThresholdKernel.Mark(voxels, threshold, bits, path);
                AssertBits(voxels.Select(hu => hu >= threshold), bits);
                Assert.Equal(voxels.Any(hu => hu >= threshold), any);
            }
        }
    }

    [Fact]
    public void Mark_WrongWordCount_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ThresholdKernel.Mark(new short[65], 0, new ulong[1], SimdPath.Scalar));

    [Fact]
    public void HuSums_AnyWindowUpToTheEndOfTheStore_EqualTheDefinition()
    {
        short[] voxels = TestVolumes.Noise(MaxLength, 0.5, seed: 3);
        voxels.AsSpan(20, 50).Fill(short.MinValue);
        voxels.AsSpan(90, 50).Fill(short.MaxValue);
        var random = new Random(4);
        for (int first = 0; first < MaxLength; first++)
        {
            ulong inside = BitRow.Between(0, MaxLength - first);
            foreach (ulong bits in new ulong[] { ulong.MaxValue, 1, (ulong)random.NextInt64(), (ulong)random.NextInt64() << 40, 0x00FF_F000 })
            {
                AssertSums<PlainHuSums>(voxels, first, bits & inside);
                if (SimdPaths.IsSupported(SimdPath.Avx2))
                {
                    AssertSums<Avx2HuSums>(voxels, first, bits & inside);
                }
            }
        }
    }

    [Fact]
    public void FindRuns_EveryLength_AreTheChangesOfTheBits()
    {
        for (int length = 1; length <= MaxLength; length++)
        {
            foreach (double density in new[] { 0, 0.1, 0.5, 0.9, 1 })
            {
                Mask mask = TestVolumes.RandomMask(length, 1, 1, density, seed: length);
                bool[] voxels = TestVolumes.Voxels(mask);
                List<ColumnRun> expected = [];
                for (int column = 0; column < length; column++)
                {
                    if (voxels[column] && (column == 0 || !voxels[column - 1]))
                    {
                        int end = Array.IndexOf(voxels, false, column);
                        expected.Add(new ColumnRun((ushort)column, (ushort)(end < 0 ? length : end)));
                    }
                }

                ColumnRun[] runs = new ColumnRun[(length + 1) / 2];
                int count = BitRow.FindRuns(mask.Row(0, 0), runs);
                Assert.Equal(expected, runs[..count]);
            }
        }
    }

    [Fact]
    public void SpreadAndShrink_EveryLengthAndDistance_EqualTheDefinition()
    {
        foreach (int length in new[] { 1, 5, 63, 64, 65, 128, 130, MaxLength })
        {
            foreach (int distance in new[] { 0, 1, 2, 3, 4, 13, 40, 63, 64, 130, 300 })
            {
                Mask sparse = TestVolumes.RandomMask(length, 1, 1, 0.01, seed: distance + length);
                bool[] bits = TestVolumes.Voxels(sparse);
                Mask dense = sparse.Clone().Invert();
                BitRow.Spread(sparse.Row(0, 0), distance);
                sparse.ClearPadding();
                BitRow.Shrink(dense.Row(0, 0), distance);
                for (int column = 0; column < length; column++)
                {
                    bool near = false;
                    for (int other = Math.Max(0, column - distance); other <= Math.Min(length - 1, column + distance); other++)
                    {
                        near |= bits[other];
                    }

                    Assert.Equal(near, sparse[column, 0, 0]);
                    Assert.Equal(!near && column >= distance && column + distance < length, dense[column, 0, 0]);
                }
            }
        }
    }

    [Fact]
    public void Window_AnyStart_ReadsColumnsAndZeros()
    {
        Mask mask = TestVolumes.RandomMask(MaxLength, 1, 1, 0.5, seed: 5);
        for (int start = -63; start < MaxLength + 70; start++)
        {
            ulong window = BitRow.Window(mask.Row(0, 0), start);
            for (int bit = 0; bit < 64; bit++)
            {
                int column = start + bit;
                bool expected = column >= 0 && column < MaxLength && mask[column, 0, 0];
                Assert.Equal(expected, (window >> bit & 1) != 0);
            }
        }
    }

    [Fact]
    public void SumOfPositions_AnyWord_IsTheSumOfItsSetBits()
    {
        var random = new Random(6);
        foreach (ulong word in Enumerable.Range(0, 100).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue)).Append(ulong.MaxValue).Append(0UL))
        {
            Assert.Equal(Enumerable.Range(0, 64).Where(bit => (word >> bit & 1) != 0).Sum(), BitRow.SumOfPositions(word));
        }
    }

    [Fact]
    public void WeightedSum_EveryLength_EqualsTheDefinitionBitForBit()
    {
        var random = new Random(7);
        float[] source = [.. Enumerable.Range(0, 700).Select(_ => (float)random.NextDouble() * 1000)];
        int[] offsets = [0, 17, 17, 400, 3];
        float[] weights = [0.1f, 0.25f, 0.3f, 0.2f, 0.15f];
        for (int length = 0; length <= MaxLength; length++)
        {
            float[] target = new float[length];
            WeightedSumKernel.Sum(source, offsets, weights, target);
            for (int i = 0; i < length; i++)
            {
                float sum = 0;
                for (int k = 0; k < offsets.Length; k++)
                {
                    sum += weights[k] * source[offsets[k] + i];
                }

                Assert.Equal(sum, target[i]);
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => WeightedSumKernel.Sum(source, offsets, weights, new float[301]));
    }

    private static void AssertSums<T>(short[] voxels, int first, ulong bits)
        where T : struct, IHuSums<T>
    {
        T sums = T.Start();
        sums.Add(voxels, first, bits);
        short[] picked = [.. Enumerable.Range(0, 64).Where(bit => (bits >> bit & 1) != 0).Select(bit => voxels[first + bit])];
        Assert.Equal(
            new HuTotal(picked.Sum(hu => (long)hu), picked.Sum(hu => (long)hu * hu), picked.Append(short.MinValue).Max()), sums.Finish());
    }

    private static ulong[] Poisoned(int length)
    {
        ulong[] bits = new ulong[BitRow.WordCount(length)];
        Array.Fill(bits, ulong.MaxValue);
        return bits;
    }

    private static void AssertBits(IEnumerable<bool> expected, ulong[] bits)
    {
        bool[] flags = [.. expected];
        for (int bit = 0; bit < bits.Length * 64; bit++)
        {
            Assert.Equal(bit < flags.Length && flags[bit], (bits[bit / 64] >> (bit % 64) & 1) != 0);
        }
    }
}
