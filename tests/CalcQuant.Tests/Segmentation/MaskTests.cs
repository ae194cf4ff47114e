using CalcQuant.Segmentation;
using CalcQuant.Tests.Oracles;

namespace CalcQuant.Tests.Segmentation;

public class MaskTests
{
    public static TheoryData<int> ColumnCounts => [1, 2, 63, 64, 65, 127, 128, 130, 200];

    [Theory]
    [MemberData(nameof(ColumnCounts))]
    public void SetOperations_AnyWidth_EqualVoxelByVoxel(int columns)
    {
        Mask a = TestVolumes.RandomMask(columns, 5, 3, 0.4, seed: 1);
        Mask b = TestVolumes.RandomMask(columns, 5, 3, 0.4, seed: 2);
        bool[] va = TestVolumes.Voxels(a);
        bool[] vb = TestVolumes.Voxels(b);
        Assert.Equal(va.Zip(vb, (x, y) => x && y), TestVolumes.Voxels(a.Clone().And(b)));
        Assert.Equal(va.Zip(vb, (x, y) => x || y), TestVolumes.Voxels(a.Clone().Or(b)));
        Assert.Equal(va.Zip(vb, (x, y) => x && !y), TestVolumes.Voxels(a.Clone().AndNot(b)));
        Assert.Equal(va.Select(x => !x), TestVolumes.Voxels(a.Clone().Invert()));
        Assert.Equal(va.Count(x => !x), a.Clone().Invert().Count());
        Assert.Equal(va.Zip(vb, (x, y) => x && y).Count(x => x), a.CountCommon(b));
        Assert.Equal(vb, TestVolumes.Voxels(a.Clone().CopyFrom(b)));
        Assert.True(a.Clone().Clear().IsEmpty);
        Assert.Equal(va.Any(x => x), !a.IsEmpty);
        Assert.Equal(va.Take(columns * 5).Count(x => x), a.CountOf(0));
    }

    [Theory]
    [MemberData(nameof(ColumnCounts))]
    public void RunsOf_AnyWidth_AreTheMaximalRuns(int columns)
    {
        foreach (double density in new[] { 0, 0.05, 0.5, 0.95, 1 })
        {
            Mask mask = TestVolumes.RandomMask(columns, 4, 2, density, seed: 4);
            List<VoxelRun> runs = [];
            for (int row = 0; row < 4; row++)
            {
                foreach (VoxelRun run in mask.RunsOf(row, 1))
                {
                    Assert.Equal((1, row), (run.Slice, run.Row));
                    Assert.True(run.Length > 0);
                    Assert.True(run.Start == 0 || !mask[run.Start - 1, row, 1]);
                    Assert.True(run.End == columns || !mask[run.End, row, 1]);
                    runs.Add(run);
                }
            }

            Mask rebuilt = Mask.FromRuns(columns, 4, 2, runs.ToArray());
            Assert.True(mask.Slice(1).SequenceEqual(rebuilt.Slice(1)));
            Assert.Equal(0, rebuilt.CountOf(0));
        }
    }

    [Fact]
    public void CropAndPaste_EveryOffsetAcrossAWord_KeepTheVoxels()
    {
        Mask mask = TestVolumes.RandomMask(150, 4, 3, 0.5, seed: 6);
        for (int start = 0; start < 90; start++)
        {
            foreach (int width in new[] { 1, 2, 60 })
            {
                var box = new VoxelBox(start, 1, 1, start + width - 1, 2, 2);
                Mask part = mask.Crop(box);
                Mask target = TestVolumes.RandomMask(150, 4, 3, 0.5, seed: 8);
                Mask before = target.Clone();
                target.Paste(part, start, 1, 1);
                for (int slice = 0; slice < 3; slice++)
                {
                    for (int row = 0; row < 4; row++)
                    {
                        for (int column = 0; column < 150; column++)
                        {
                            bool expected = (box.Contains(column, row, slice) ? mask : before)[column, row, slice];
                            Assert.Equal(expected, target[column, row, slice]);
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void BoundingBox_SparseAndEmptyMasks_HoldsEverySetVoxel()
    {
        Assert.Null(new Mask(70, 5, 5).BoundingBox());
        var mask = new Mask(200, 9, 7) { [130, 2, 3] = true, [64, 6, 3] = true, [191, 4, 5] = true };
        Assert.Equal(new VoxelBox(64, 2, 3, 191, 6, 5), mask.BoundingBox());
        Assert.Equal(new VoxelBox(62, 0, 0, 193, 8, 6), mask.BoundingBox()!.Value.Grow(2, 3, 4, mask));
    }

    [Fact]
    public void SetOperations_OtherSizeOrOutside_AreRefused()
    {
        var mask = new Mask(4, 4, 4);
        Assert.Throws<ArgumentException>(() => mask.And(new Mask(4, 4, 3)));
        Assert.Throws<ArgumentException>(() => mask.Or(new Mask(5, 4, 4)));
        Assert.Throws<ArgumentOutOfRangeException>(() => mask.Crop(new VoxelBox(0, 0, 0, 4, 0, 0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => mask.Paste(new Mask(2, 2, 2), 3, 0, 0));
    }
}
