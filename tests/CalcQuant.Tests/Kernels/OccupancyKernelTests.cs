using CalcQuant.Kernels;

namespace CalcQuant.Tests.Kernels;

public sealed class OccupancyKernelTests
{
    [Fact]
    public void EveryLengthGivesTheBitsOfOneCellAtATime()
    {
        var random = new Random(5);
        for (int length = 0; length <= 256; length++)
        {
            float[] level = new float[length];
            float[] slope = new float[length];
            float[] share = new float[length];
            float[] expected = new float[length];
            double sum = 0;
            for (int i = 0; i < length; i++)
            {
                level[i] = random.NextSingle() * 300;
                slope[i] = 1 + (random.NextSingle() * 200);
                share[i] = random.Next(2);
                float occupancy = ((level[i] - 137.3f) / slope[i]) + 0.5f;
                occupancy = occupancy < 0 ? 0 : occupancy > 1 ? 1 : occupancy;
                expected[i] = share[i] == 1 ? occupancy : 0;
                sum += occupancy;
            }

            float[] target = new float[length];
            OccupancyKernel.Fill(level, slope, share, 137.3f, target);
            Assert.Equal(expected, target);
            Assert.Equal(BitConverter.DoubleToInt64Bits(sum), BitConverter.DoubleToInt64Bits(OccupancyKernel.Sum(level, slope, 137.3f)));
        }
    }

    [Fact]
    public void KeepOpen_AtEveryLength_KeepsWhatTheIntervalCanStillChange()
    {
        var random = new Random(6);
        for (int length = 0; length <= 256; length++)
        {
            // Stretches of full, open and empty cells, so that whole vectors share their fate and others do not.
            (float Level, float Slope)[] cells = [.. Enumerable.Range(0, length).Select(i => (((i / 11) % 3) * 100f + (random.NextSingle() * 40), 1 + (random.NextSingle() * 50)))];
            float[] levels = [.. cells.Select(cell => cell.Level)];
            float[] slopes = [.. cells.Select(cell => cell.Slope)];
            int kept = OccupancyKernel.KeepOpen(levels, slopes, 90, 160, out int full);

            (float Level, float Slope)[] open = [.. cells.Where(cell => cell.Level - (cell.Slope / 2) < 160 && cell.Level + (cell.Slope / 2) > 90)];
            Assert.Equal(cells.Count(cell => cell.Level - (cell.Slope / 2) >= 160), full);
            Assert.Equal(open, levels.Take(kept).Zip(slopes.Take(kept)));
        }
    }

    [Fact]
    public void LengthsThatDifferAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => OccupancyKernel.Sum(new float[3], new float[2], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => OccupancyKernel.Fill(new float[3], new float[3], new float[3], 0, new float[2]));
    }
}
