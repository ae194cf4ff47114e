using CalcQuant.Segmentation;
using CalcQuant.Tests.Oracles;

namespace CalcQuant.Tests.Segmentation;

public class RunsTests
{
    [Fact]
    public void RunIndex_RandomComponents_FindsTheLabelsOfAStructure()
    {
        var random = new Random(4);
        for (int trial = 0; trial < 30; trial++)
        {
            Mask mask = TestVolumes.RandomMask(90, 8, 3, 0.05 + (0.03 * (trial % 10)), trial);
            ConnectedComponents components = ConnectedComponents.Label(
                mask, Connectivity.Faces6, cancellationToken: TestContext.Current.CancellationToken);
            int[,,] labels = new int[90, 8, 3];
            for (int label = 0; label < components.Count; label++)
            {
                foreach (VoxelRun run in components.RunsOf(label))
                {
                    for (int column = run.Start; column < run.End; column++)
                    {
                        labels[column, run.Row, run.Slice] = label + 1;
                    }
                }
            }

            var index = new RunIndex(components);
            for (int k = 0; k < 50; k++)
            {
                VoxelRun[] structure = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
                {
                    int start = random.Next(90);
                    return new VoxelRun(random.Next(3), random.Next(8), start, random.Next(start + 1, 91));
                })];
                int[] met = [.. structure.SelectMany(run =>
                    Enumerable.Range(run.Start, run.Length).Select(column => labels[column, run.Row, run.Slice] - 1)).Where(label => label >= 0)];
                int expected = met.Length == 0 ? -1 : met.GroupBy(label => label).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).First().Key;
                Assert.Equal(expected, index.MostCommonLabel(structure));

                VoxelRun first = structure[0];
                int[] inFirst = [.. Enumerable.Range(first.Start, first.Length)
                    .Select(column => labels[column, first.Row, first.Slice] - 1).Where(label => label >= 0)];
                Assert.Equal(inFirst.Length == 0 ? -1 : inFirst[0], index.LabelIn(first));
            }
        }
    }

    [Fact]
    public void Clear_RunsOfEveryLength_UnsetsTheirVoxelsOnly()
    {
        for (int start = 0; start < 130; start += 7)
        {
            for (int end = start + 1; end <= 200; end++)
            {
                Mask mask = new Mask(200, 2, 1).Invert();
                RowBits.Clear(mask, [new VoxelRun(0, 1, start, end)]);
                Assert.Equal(400 - (end - start), mask.Count());
                Assert.Equal(0, RowBits.Count(mask.Row(1, 0), start, end));
            }
        }
    }

    [Fact]
    public void Sort_ShuffledRuns_OrdersBySliceRowColumn()
    {
        var random = new Random(6);
        VoxelRun[] runs = [.. Enumerable.Range(0, 2000).Select(i => new VoxelRun(i / 200, i / 20 % 10 * 6000, i % 20 * 3000, (i % 20 * 3000) + 1))];
        List<VoxelRun> shuffled = [.. runs];
        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(shuffled));
        Assert.Equal(runs, RunOrder.Sort(shuffled));
    }

    [Fact]
    public void HuHistogram_AnyValues_PercentilesOfBinsAndSumsInAnyOrder()
    {
        var random = new Random(8);
        for (int count = 0; count <= 256; count++)
        {
            float[] values = [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-3000, 6000))];
            var whole = new HuHistogram();
            var left = new HuHistogram();
            var right = new HuHistogram();
            for (int i = 0; i < count; i++)
            {
                whole.Add(values[i]);
                (random.Next(2) == 0 ? left : right).Add(values[i]);
            }

            right.Add(left);
            double[] bins = [.. values.Select(hu => (Math.Floor((Math.Clamp(hu, -1000, 4000) + 1000) / 10) * 10) - 1000 + 5).Order()];
            Assert.Equal(count, whole.Count);
            Assert.Equal(count, right.Count);
            foreach (double fraction in new[] { 0, 0.25, 0.5, 0.75, 0.95, 1 })
            {
                double expected = count == 0 ? 0 : bins[(int)Math.Floor(fraction * (count - 1))];
                Assert.Equal(expected, whole.Percentile(fraction));
                Assert.Equal(expected, right.Percentile(fraction));
            }
        }
    }
}
