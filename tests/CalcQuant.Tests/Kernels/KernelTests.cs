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
    public void HuSums_AnyBlockUpToTheEndOfTheStore_EqualTheDefinition()
    {
        short[] voxels = TestVolumes.Noise(MaxLength, 0.5, seed: 3);
        voxels.AsSpan(20, 50).Fill(short.MinValue);
        voxels.AsSpan(90, 50).Fill(short.MaxValue);
        var random = new Random(4);
        foreach (BlockStrides strides in new BlockStrides[] { new(0, 0), new(5, 0), new(0, 37), new(19, 64) })
        {
            ulong lanes = strides.NextRow == 0 ? 0x0000_FFFF_0000_FFFF : ulong.MaxValue;
            lanes &= strides.NextSlice == 0 ? uint.MaxValue : ulong.MaxValue;
            for (int first = 0; first < MaxLength - strides.NextRow - strides.NextSlice; first++)
            {
                ulong inside = BlockBitsInside(first, strides) & lanes;
                foreach (ulong bits in new ulong[] { ulong.MaxValue, 1, (ulong)random.NextInt64(), (ulong)random.NextInt64() << 40, 0x00FF_F000 })
                {
                    AssertSums<PlainHuSums>(voxels, first, strides, bits & inside);
                    if (SimdPaths.IsSupported(SimdPath.Avx2) && first + strides.NextRow + strides.NextSlice + Avx2HuSums.Lanes <= MaxLength)
                    {
                        AssertSums<Avx2HuSums>(voxels, first, strides, bits & inside);
                    }
                }
            }
        }
    }

    [Fact]
    public void MarkRows_AnyRowLength_MarksEveryRowByItself()
    {
        foreach (SimdPath path in Paths)
        {
            for (int columns = 1; columns <= MaxLength; columns++)
            {
                const int Rows = 3;
                short[] voxels = TestVolumes.Noise(columns * Rows, 0.4, seed: columns);
                int wordCount = BitRow.WordCount(columns);
                ulong[] bits = Poisoned(wordCount * BitRow.WordBits * Rows);
                ThresholdKernel.MarkRows(voxels, columns, 130, bits, path);
                ulong[] singleBits = Poisoned(wordCount * BitRow.WordBits * Rows);
                ThresholdKernel.MarkRows([.. voxels.Select(hu => (float)hu)], columns, 129.5f, singleBits, path);
                for (int row = 0; row < Rows; row++)
                {
                    bool[] expected = [.. voxels.Skip(row * columns).Take(columns).Select(hu => hu >= 130)];
                    AssertBits(expected, bits[(row * wordCount)..((row + 1) * wordCount)]);
                    AssertBits(expected, singleBits[(row * wordCount)..((row + 1) * wordCount)]);
                }
            }
        }
    }

    [Fact]
    public void UnionAndCopy_EveryWordCount_EqualTheDefinition()
    {
        var random = new Random(11);
        for (int count = 0; count <= 40; count++)
        {
            foreach (int mostlyEmpty in new[] { 1, 20, 1000 })
            {
                ulong[][] rows = [.. Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, count)
                    .Select(_ => random.Next(mostlyEmpty) == 0 ? (ulong)random.NextInt64() : 0).ToArray())];
                ulong[] union = new ulong[count + 1];
                bool any = BitRow.Union(rows[0], rows[1], rows[2], rows[3], union);
                ulong[] expected = [.. Enumerable.Range(0, count).Select(w => rows[0][w] | rows[1][w] | rows[2][w] | rows[3][w])];
                Assert.Equal(expected.Append(0UL), union);
                Assert.Equal(expected.Any(word => word != 0), any);
                ulong[] copy = new ulong[count + 1];
                BitRow.Copy(rows[0], copy);
                Assert.Equal(rows[0].Append(0UL), copy);
            }
        }
    }

    [Fact]
    public void RunRanks_EveryLength_GiveTheRunOfEachSetColumn()
    {
        for (int length = 1; length <= MaxLength; length++)
        {
            foreach (double density in new[] { 0, 0.1, 0.5, 0.9, 1 })
            {
                Mask mask = TestVolumes.RandomMask(length, 1, 1, density, seed: length);
                using var ranks = new RunRanks(2, mask.WordsPerRow);
                ColumnRun[] runs = new ColumnRun[(length + 1) / 2];
                int count = ranks.SetRow(1, mask.Row(0, 0), runs);
                for (int i = 0; i < count; i++)
                {
                    for (int column = runs[i].Start; column < runs[i].End; column++)
                    {
                        Assert.Equal(i, ranks.RowAt(1).IndexOf(column));
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(Connectivity.Faces6)]
    [InlineData(Connectivity.FacesEdges18)]
    [InlineData(Connectivity.Full26)]
    public void BlockRows_EveryColumn_ReadsItsRowsAndTheContactsThatAreNotKnown(Connectivity connectivity)
    {
        // Row and slice from the first row of the block of each row of the mask: the block's own four, then those that face it.
        (int Y, int Z)[] places = [(0, 0), (1, 0), (0, 1), (1, 1), (-1, 0), (-1, 1), (0, -1), (1, -1), (-1, -1), (connectivity == Connectivity.Full26 ? 2 : 1, -1)];
        bool isSquare = connectivity == Connectivity.Full26;
        bool hasDiagonals = connectivity != Connectivity.Faces6;
        bool[] exists = [true, isSquare, isSquare, isSquare, true, isSquare, true, isSquare, hasDiagonals, hasDiagonals];
        foreach (int length in new[] { 1, 2, 63, 64, 65, 130 })
        {
            Mask mask = TestVolumes.RandomMask(length, places.Length, 1, 0.3, seed: length);
            var rows = new BlockRows(mask.WordsPerRow, connectivity);
            rows.SetOwn(Row(0), Row(1), Row(2), Row(3), new ulong[mask.WordsPerRow]);
            foreach (BlockRows.Facing facing in Enum.GetValues<BlockRows.Facing>())
            {
                rows.SetFacing(facing, Row((int)facing));
            }

            for (int column = 0; column < length; column++)
            {
                int count = Math.Min(BlockRows.Step, length - column);
                BlockRows.OwnWindow own = rows.Own(column, count);
                BlockRows.Contacts contacts = rows.ContactsOf(in own, column);
                for (int bit = 0; bit < 64; bit++)
                {
                    Assert.Equal((Own(0, bit), Own(1, bit), Own(2, bit), Own(3, bit)), (Has(own.First, bit), Has(own.Second, bit), Has(own.Third, bit), Has(own.Fourth, bit)));
                    Assert.Equal(Contact(6, bit) || Contact(7, bit), Has(contacts.Behind, bit));
                    Assert.Equal((Contact(4, bit) && !IsKnown(4, bit)) || Contact(5, bit), Has(contacts.Above, bit));
                    Assert.Equal(Contact(8, bit) && !IsKnown(8, bit), Has(contacts.BehindAbove, bit));
                    Assert.Equal(Contact(9, bit) && !IsKnown(9, bit), Has(contacts.BehindBelow, bit));
                }

                bool Is(int row, int bit) =>
                    bit is >= 0 and < 64 && exists[row] && column - 1 + bit >= 0 && column - 1 + bit < length && mask[column - 1 + bit, row, 0];
                bool Own(int row, int bit) => bit >= 1 && bit <= count && Is(row, bit);
                bool Contact(int row, int bit) => Is(row, bit) &&
                    Enumerable.Range(0, 4).Any(other => Enumerable.Range(bit - 1, 3).Any(near => Own(other, near) && Touch(row, other, near - bit)));
                bool IsKnown(int row, int bit) =>
                    new[] { 6, 7 }.Any(other => Enumerable.Range(bit - 1, 3).Any(near => Contact(other, near) && Touch(row, other, near - bit)));
            }

            ReadOnlySpan<ulong> Row(int row) => exists[row] ? mask.Row(row, 0) : new ulong[mask.WordsPerRow];
        }

        bool Has(ulong bits, int bit) => (bits >> bit & 1) != 0;

        bool Touch(int row, int other, int step)
        {
            int y = Math.Abs(places[row].Y - places[other].Y);
            int z = Math.Abs(places[row].Z - places[other].Z);
            return y <= 1 && z <= 1 && y + z + Math.Abs(step) <= connectivity switch
            {
                Connectivity.Faces6 => 1,
                Connectivity.FacesEdges18 => 2,
                _ => 3,
            };
        }
    }

    [Fact]
    public void BlockPiece_AnyPackedWord_CountsItsVoxels()
    {
        var random = new Random(9);
        for (int round = 0; round < 200; round++)
        {
            int column = random.Next(1000);
            ulong[] words = [.. Enumerable.Range(0, 1 + (round % 3)).Select(_ =>
                ((ulong)random.NextInt64() & (ulong)random.NextInt64() & (ulong)random.NextInt64()) | (1UL << random.Next(64)))];
            var piece = new BlockPiece(new ColumnRun((ushort)column, (ushort)(column + (16 * words.Length))));
            List<(int Row, int Slice, int Column)> voxels = [];
            for (int i = 0; i < words.Length; i++)
            {
                piece.Add(words[i], column + (16 * i));
                voxels.AddRange(Enumerable.Range(0, 64).Where(bit => (words[i] >> bit & 1) != 0)
                    .Select(bit => ((bit >> 4) & 1, bit >> 5, column + (16 * i) + (bit & 15))));
            }

            Assert.Equal(voxels.Count, piece.VoxelCount);
            Assert.Equal(voxels.Sum(v => v.Column), piece.SumColumn);
            Assert.Equal(voxels.Sum(v => v.Row), piece.InSecondRow);
            Assert.Equal(voxels.Sum(v => v.Slice), piece.InSecondSlice);
            Assert.Equal((voxels.Min(v => v.Row), voxels.Max(v => v.Row)), (piece.MinRow, piece.MaxRow));
            Assert.Equal((voxels.Min(v => v.Slice), voxels.Max(v => v.Slice)), (piece.MinSlice, piece.MaxSlice));
            (int row, int slice, int first) = voxels.OrderBy(v => (v.Slice, v.Row, v.Column)).First();
            Assert.Equal((((2 * slice) + row) << 16) | first, piece.FirstLaneAndColumn);
        }
    }

    [Fact]
    public void BlockRuns_ManyBlocks_KeepsTheRunsOfEachTogether()
    {
        const int Most = 3000;
        using var all = new BlockRuns(200, Most);
        var random = new Random(10);
        List<ColumnRun[]> expected = [];
        for (int block = 0; block < 200; block++)
        {
            ColumnRun[] runs = [.. Enumerable.Range(0, random.Next(3) == 0 ? 0 : random.Next(Most + 1))
                .Select(i => new ColumnRun((ushort)(2 * i), (ushort)block))];
            runs.CopyTo(all.Reserve());
            Assert.Equal(block, all.Add(runs.Length));
            all.Of(block, out Span<int> labels);
            labels.Fill(block);
            expected.Add(runs);
        }

        for (int block = 0; block < 200; block++)
        {
            Assert.Equal(expected[block], all.Of(block, out Span<int> labels));
            Assert.Equal(Enumerable.Repeat(block, expected[block].Length), labels.ToArray());
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

    private static int VoxelOf(int bit, int first, BlockStrides strides) =>
        first + (((bit >> 4) & 1) * strides.NextRow) + ((bit >> 5) * strides.NextSlice) + (bit & 15);

    private static ulong BlockBitsInside(int first, BlockStrides strides)
    {
        ulong inside = 0;
        for (int bit = 0; bit < 64; bit++)
        {
            inside |= VoxelOf(bit, first, strides) < MaxLength ? 1UL << bit : 0;
        }

        return inside;
    }

    private static void AssertSums<T>(short[] voxels, int first, BlockStrides strides, ulong bits)
        where T : struct, IHuSums<T>
    {
        T sums = T.Start();
        sums.Add(voxels, first, strides, bits);
        short[] picked = [.. Enumerable.Range(0, 64).Where(bit => (bits >> bit & 1) != 0).Select(bit => voxels[VoxelOf(bit, first, strides)])];
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
