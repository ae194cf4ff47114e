using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Segmentation;

public class VolumeSegmenterTests
{
    private const float ThresholdHu = 130;

    [Fact]
    public void Segment_LimbWithNodules_TellsDepositsFromBoneAndCouch()
    {
        // In the muscle, in the fat, and grown against the bone.
        CtSeries series = new LimbVolume().WithBall(30, 45, 12, 4, 500).WithBall(50, 8, 8, 2.4, 700).WithBall(55, 58, 14, 3.6, 800).Series();

        VolumeSegmentation segmentation = VolumeSegmenter.Segment(series, ThresholdHu);

        AssertPartition(series.Volume, segmentation);
        SegmentedRegion[] deposits = [.. segmentation.Regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification)];
        Assert.Equal(3, deposits.Length);
        Assert.Equal(DepthClass.Intramuscular, KindOf(30, 45, 12).Depth);
        Assert.Equal(DepthClass.Subcutaneous, KindOf(50, 8, 8).Depth);
        Assert.Equal(RegionKind.SoftTissueCalcification, KindOf(55, 58, 14).Kind);
        Assert.Equal(RegionKind.Bone, KindOf(62, 45, 3).Kind);
        Assert.Equal(RegionKind.OutsideBody, KindOf(20, 93, 10).Kind);
        Assert.All(deposits, deposit => Assert.NotEmpty(deposit.Evidence));

        // The marrow belongs to the skeleton, the couch not to the body, the fat under the skin to the body.
        Assert.True(segmentation.Bone[55, 45, 12]);
        Assert.False(segmentation.Body[50, 93, 12]);
        Assert.True(segmentation.Body[50, 8, 2]);
        Assert.InRange(segmentation.NoiseHu!.Value, 6, 11);

        SegmentedRegion KindOf(int column, int row, int slice) => RegionAt(segmentation, column, row, slice);
    }

    [Fact]
    public void Segment_NoduleBetweenSkinAndBone_GivesItsDistances()
    {
        CtSeries series = new LimbVolume().WithBall(30, 45, 12, 4, 500).Series();

        VolumeSegmentation segmentation = VolumeSegmenter.Segment(series, ThresholdHu);

        // Centre 16 mm left of the limb's centre: 34 - 16 - 4 mm to the skin, 4 + 16 - 8 - 4 mm to the bone; a voxel is 0.8 mm wide.
        SegmentedRegion deposit = RegionAt(segmentation, 30, 45, 12);
        Assert.InRange(deposit.DepthBelowSkinMm!.Value, 12.8, 15.2);
        Assert.InRange(deposit.DistanceToBoneMm!.Value, 7.2, 8.8);
    }

    [Theory]
    [InlineData(false, RegionKind.SoftTissueCalcification)]
    [InlineData(true, RegionKind.Uncertain)]
    public void Segment_FaintSpeckInThickFat_IsADepositWhereNoVesselIsOpacified(bool hasContrast, RegionKind kind)
    {
        // 170 HU is 270 above fat, far from bone and muscle: calcium, or a vein with contrast medium.
        CtSeries series = new LimbVolume(muscleMm: 14).WithBall(50, 15, 8, 1.3, 170).Series();
        series = series with { Acquisition = series.Acquisition with { ContrastInHeader = hasContrast } };

        VolumeSegmentation segmentation = VolumeSegmenter.Segment(series, ThresholdHu);

        Assert.Equal(kind, RegionAt(segmentation, 50, 15, 8).Kind);
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(true, true, true)]
    public void Segment_MirroredVolume_GivesTheSameKinds(bool columns, bool rows, bool slices)
    {
        LimbVolume limb = new LimbVolume().WithBall(30, 45, 12, 4, 500).WithBall(50, 8, 8, 2.4, 700).WithBall(55, 58, 14, 3.6, 800);

        VolumeSegmentation straight = VolumeSegmenter.Segment(limb.Series(), ThresholdHu);
        VolumeSegmentation mirrored = VolumeSegmenter.Segment(limb.Mirrored(columns, rows, slices), ThresholdHu);

        Assert.Equal(Summary(straight), Summary(mirrored));

        static (RegionKind, DepthClass?)[] Summary(VolumeSegmentation segmentation) =>
        [
            .. segmentation.Regions.Where(region => region.Kind != RegionKind.Noise).Select(region => (region.Kind, region.Depth)).Order(),
        ];
    }

    [Fact]
    public void Segment_AnyThreadCount_GivesTheSameResult()
    {
        CtSeries series = new LimbVolume(noiseHu: 30).WithBall(30, 45, 12, 4, 500).WithBall(55, 58, 14, 3.6, 800).Series();
        string expected = Describe(VolumeSegmenter.Segment(series, ThresholdHu, maxThreadCount: 1));

        Assert.All([0, 2, 3, 5], threads =>
            Assert.Equal(expected, Describe(VolumeSegmenter.Segment(series, ThresholdHu, maxThreadCount: threads))));
    }

    [Fact]
    public void Segment_FloatVoxels_GivesTheSameAsIntegers()
    {
        LimbVolume limb = new LimbVolume().WithBall(30, 45, 12, 4, 500).WithBall(50, 8, 8, 2.4, 700);

        Assert.Equal(
            Describe(VolumeSegmenter.Segment(limb.Series(), ThresholdHu)),
            Describe(VolumeSegmenter.Segment(limb.SingleSeries(), ThresholdHu)));
    }

    [Fact]
    public void Segment_RandomVolumes_PutsEveryDenseVoxelInExactlyOneRegion()
    {
        var random = new Random(20);
        for (int round = 0; round < 40; round++)
        {
            VolumeGeometry geometry = LimbVolume.Geometry(random.Next(1, 90), random.Next(1, 70), random.Next(1, 12));
            int density = random.Next(1, 40);
            short[] hu = new short[geometry.VoxelCount];
            for (int i = 0; i < hu.Length; i++)
            {
                hu[i] = (short)(random.Next(density) == 0 ? random.Next(130, 3072) : random.Next(-1100, 129));
            }

            // Half of the rounds hold a body of soft tissue, so that there is an inside.
            if (round % 2 == 0)
            {
                for (int i = 0; i < hu.Length; i++)
                {
                    hu[i] = hu[i] < 130 ? (short)(hu[i] / 20) : hu[i];
                }
            }

            var series = LimbVolume.Wrap(new CtVolume(geometry, hu));
            Connectivity connectivity = round % 3 == 0 ? Connectivity.Faces6 : Connectivity.Full26;
            AssertPartition(series.Volume, VolumeSegmenter.Segment(series, ThresholdHu, connectivity));
        }
    }

    [Theory]
    [InlineData(1, 1, 1, -1000)]
    [InlineData(1, 1, 1, 3000)]
    [InlineData(1, 40, 1, 400)]
    [InlineData(40, 1, 3, 400)]
    [InlineData(50, 50, 8, -1000)]
    [InlineData(50, 50, 8, CtVolume.PaddingHu)]
    [InlineData(50, 50, 8, 40)]
    [InlineData(50, 50, 8, 900)]
    [InlineData(50, 50, 8, 3071)]
    public void Segment_UniformVolume_FindsNoDeposit(int columns, int rows, int slices, int hu)
    {
        short[] voxels = new short[columns * rows * slices];
        Array.Fill(voxels, (short)hu);
        CtSeries series = LimbVolume.Wrap(new CtVolume(LimbVolume.Geometry(columns, rows, slices), voxels));

        VolumeSegmentation segmentation = VolumeSegmenter.Segment(series, ThresholdHu);

        AssertPartition(series.Volume, segmentation);
        Assert.DoesNotContain(segmentation.Regions, region => region.Kind == RegionKind.SoftTissueCalcification);
    }

    [Fact]
    public void Segment_AirOnly_SaysThatThereIsNoBody()
    {
        short[] voxels = new short[60 * 60 * 6];
        Array.Fill(voxels, (short)-1000);

        VolumeSegmentation segmentation = VolumeSegmenter.Segment(LimbVolume.Wrap(new CtVolume(LimbVolume.Geometry(60, 60, 6), voxels)), ThresholdHu);

        Assert.Contains(segmentation.Issues, issue => issue.Code == SeriesIssueCode.NoBody);
        Assert.Empty(segmentation.Regions);
        Assert.Null(segmentation.NoiseHu);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Segment_FewSlices_CallsNothingADeposit(int slices)
    {
        CtVolume whole = new LimbVolume().WithBall(30, 45, 12, 4, 500).Series().Volume;
        short[] part = whole.Int16Voxels.Slice(11 * LimbVolume.Columns * LimbVolume.Rows, slices * LimbVolume.Columns * LimbVolume.Rows).ToArray();
        CtSeries series = LimbVolume.Wrap(new CtVolume(LimbVolume.Geometry(LimbVolume.Columns, LimbVolume.Rows, slices), part));

        VolumeSegmentation segmentation = VolumeSegmenter.Segment(series, ThresholdHu);

        AssertPartition(series.Volume, segmentation);
        Assert.Contains(segmentation.Issues, issue => issue.Code == SeriesIssueCode.FewSlices);
        Assert.DoesNotContain(segmentation.Regions, region => region.Kind == RegionKind.SoftTissueCalcification);
        Assert.Equal(RegionKind.Uncertain, RegionAt(segmentation, 30, 45, 1 - (slices == 1 ? 1 : 0)).Kind);
    }

    [Fact]
    public void Segment_MetalBall_ReportsMetalWithAWarning()
    {
        CtSeries series = new LimbVolume().WithBall(30, 45, 12, 3, 3071).Series();

        VolumeSegmentation segmentation = VolumeSegmenter.Segment(series, ThresholdHu);

        Assert.Equal(RegionKind.Metal, RegionAt(segmentation, 30, 45, 12).Kind);
        Assert.Contains(segmentation.Issues, issue => issue.Code == SeriesIssueCode.Metal);
    }

    [Fact]
    public void Segment_BodyAtTheBorder_WarnsOfTruncation()
    {
        // The limb moved 20 mm to the left, out of the image.
        CtVolume whole = new LimbVolume().Series().Volume;
        short[] moved = new short[whole.Int16Voxels.Length];
        Array.Fill(moved, (short)-1000);
        for (int line = 0; line < LimbVolume.Rows * LimbVolume.Slices; line++)
        {
            whole.Int16Voxels.Slice((line * LimbVolume.Columns) + 25, LimbVolume.Columns - 25).CopyTo(moved.AsSpan(line * LimbVolume.Columns));
        }

        Assert.Contains(
            VolumeSegmenter.Segment(LimbVolume.Series(moved), ThresholdHu).Issues,
            issue => issue.Code == SeriesIssueCode.TruncatedFieldOfView);
        Assert.DoesNotContain(
            VolumeSegmenter.Segment(new LimbVolume().Series(), ThresholdHu).Issues,
            issue => issue.Code == SeriesIssueCode.TruncatedFieldOfView);
    }

    [Fact]
    public void Segment_Cancelled_Throws()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(
            () => VolumeSegmenter.Segment(new LimbVolume().Series(), ThresholdHu, cancellationToken: source.Token));
    }

    internal static void AssertPartition(CtVolume volume, VolumeSegmentation segmentation)
    {
        VolumeGeometry geometry = volume.Geometry;
        var seen = new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        foreach (SegmentedRegion region in segmentation.Regions)
        {
            Assert.NotEmpty(region.Runs);
            foreach (VoxelRun run in region.Runs)
            {
                for (int column = run.Start; column < run.End; column++)
                {
                    Assert.True(volume[column, run.Row, run.Slice] >= ThresholdHu, "A voxel of a region is not dense.");
                    Assert.False(seen[column, run.Row, run.Slice], "A voxel lies in two regions.");
                    seen[column, run.Row, run.Slice] = true;
                }
            }
        }

        long dense = 0;
        for (int slice = 0; slice < geometry.SliceCount; slice++)
        {
            for (int row = 0; row < geometry.RowCount; row++)
            {
                for (int column = 0; column < geometry.ColumnCount; column++)
                {
                    dense += volume[column, row, slice] >= ThresholdHu ? 1 : 0;
                }
            }
        }

        Assert.Equal(dense, seen.Count());
    }

    private static SegmentedRegion RegionAt(VolumeSegmentation segmentation, int column, int row, int slice) =>
        Assert.Single(segmentation.Regions, region => region.Runs.Any(run =>
            run.Slice == slice && run.Row == row && run.Start <= column && run.End > column));

    private static string Describe(VolumeSegmentation segmentation) => string.Join('\n', segmentation.Regions.Select(region =>
        $"{region.Kind} {region.Confidence} {region.Depth} {region.Morphology} {region.DepthBelowSkinMm} {region.DistanceToBoneMm} {region.ComponentCount} "
        + $"{string.Join('|', region.Evidence)} {string.Join(',', region.Runs)}"));
}
