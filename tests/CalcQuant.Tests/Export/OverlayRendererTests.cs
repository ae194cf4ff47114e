using System.Buffers.Binary;
using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Export;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Export;

public class OverlayRendererTests
{
    private const int Columns = 48, Rows = 40, Slices = 12;

    [Fact]
    public void Render_OneDepositAndOneBone_GivesItsSliceAndTwoProjections()
    {
        (CtVolume volume, CalcificationResult result) = Scene(new LpsPoint(1, 0, 0), new LpsPoint(0, 1, 0));

        OverlayPicture[] pictures = [.. OverlayRenderer.Render(volume, result)];

        Assert.Equal(["axial-004.png", "coronal-maximum.png", "sagittal-maximum.png"], pictures.Select(picture => picture.Name));
        Assert.All(pictures, picture => Assert.True(Share(picture, IsOrange) > 0, picture.Name + " shows no deposit"));
        Assert.All(pictures, picture => Assert.True(Share(picture, IsOrange) < 0.05, picture.Name + " shows more than the deposit"));
    }

    [Fact]
    public void Render_CoronalStack_NamesThePlanesByThePatient()
    {
        (CtVolume volume, CalcificationResult result) = Scene(new LpsPoint(1, 0, 0), new LpsPoint(0, 0, -1));

        Assert.Equal(
            ["coronal-004.png", "axial-maximum.png", "sagittal-maximum.png"],
            OverlayRenderer.Render(volume, result).Select(picture => picture.Name));
    }

    [Fact]
    public void Render_NothingFoundAndNoBody_StillShowsTheVolume()
    {
        (CtVolume volume, CalcificationResult result) = Scene(new LpsPoint(1, 0, 0), new LpsPoint(0, 1, 0));
        var empty = new CalcificationResult(
            result.Report with { Regions = [], Totals = [] },
            result.Segmentation with { Regions = [], Body = new Mask(Columns, Rows, Slices) });

        Assert.Equal(2, OverlayRenderer.Render(volume, empty).Count());
    }

    [Fact]
    public void Render_Cancelled_Stops()
    {
        (CtVolume volume, CalcificationResult result) = Scene(new LpsPoint(1, 0, 0), new LpsPoint(0, 1, 0));
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.Throws<OperationCanceledException>(() => OverlayRenderer.Render(volume, result, cancellationToken: source.Token).Count());
    }

    private static bool IsOrange(byte red, byte green, byte blue) => red > 180 && green is > 60 and < 160 && blue < 90;

    private static double Share(OverlayPicture picture, Func<byte, byte, byte, bool> matches)
    {
        int width = BinaryPrimitives.ReadInt32BigEndian(picture.Png.AsSpan(16));
        int height = BinaryPrimitives.ReadInt32BigEndian(picture.Png.AsSpan(20));
        byte[] rgb = PngEncoderTests.Decode(picture.Png, width, height);

        // The caption's legend uses the same colours; it is not part of the picture.
        int pixels = width * (height - 42);
        return Enumerable.Range(0, pixels).Count(i => matches(rgb[3 * i], rgb[(3 * i) + 1], rgb[(3 * i) + 2])) / (double)pixels;
    }

    private static (CtVolume Volume, CalcificationResult Result) Scene(LpsPoint columnDirection, LpsPoint rowDirection)
    {
        LpsPoint normal = columnDirection.Cross(rowDirection);
        var geometry = new VolumeGeometry(
            Columns, Rows, 1, 1, columnDirection, rowDirection,
            [.. Enumerable.Range(0, Slices).Select(slice => normal * (2.0 * slice))],
            [.. Enumerable.Repeat(2.0, Slices)]);
        short[] hu = [.. Enumerable.Repeat((short)40, Columns * Rows * Slices)];
        var body = new Mask(Columns, Rows, Slices);
        for (int row = 0; row < Rows; row++)
        {
            body[0, row, 0] = true;
            body[Columns - 1, row, 0] = true;
        }

        SegmentedRegion deposit = Box(RegionKind.SoftTissueCalcification, 10, 14, 10, 13, 2, 4);
        SegmentedRegion bone = Box(RegionKind.Bone, 30, 40, 20, 30, 0, 11);
        foreach ((SegmentedRegion region, short value) in new[] { (deposit, (short)600), (bone, (short)900) })
        {
            foreach (VoxelRun run in region.Runs)
            {
                hu.AsSpan((((run.Slice * Rows) + run.Row) * Columns) + run.Start, run.Length).Fill(value);
            }
        }

        ImmutableArray<Region> regions = [Measured(1, deposit, 3), Measured(2, bone, 5)];
        var report = new AnalysisReport
        {
            SeriesInstanceUid = "2.25.1",
            Modality = "CT",
            Verdict = Verdict.Accepted,
            Regions = regions,
            Totals = [.. regions.Select(region => new RegionTotal(region.Kind, 1, region.VolumeMm3, region.ThresholdVolumeMm3, null))],
        };
        return (new CtVolume(geometry, hu), new CalcificationResult(report, new VolumeSegmentation([deposit, bone], body, new Mask(Columns, Rows, Slices), null, [])));
    }

    private static SegmentedRegion Box(RegionKind kind, int c0, int c1, int r0, int r1, int s0, int s1) => new(
        kind, 1, [],
        [.. from slice in Enumerable.Range(s0, s1 - s0 + 1) from row in Enumerable.Range(r0, r1 - r0 + 1) select new VoxelRun(slice, row, c0, c1 + 1)]);

    private static Region Measured(int id, SegmentedRegion region, int slice) => new()
    {
        Id = id,
        Kind = region.Kind,
        Confidence = 1,
        VoxelCount = region.Runs.Sum(run => run.Length),
        VolumeMm3 = 100,
        VolumeMethod = VolumeMethod.ThresholdCount,
        ThresholdVolumeMm3 = 100,
        MeanHu = 600,
        MaxHu = 600,
        StandardDeviationHu = 0,
        CentroidLpsMm = default,
        BoundsMinLpsMm = default,
        BoundsMaxLpsMm = default,
        LargestSliceIndex = slice,
    };
}
