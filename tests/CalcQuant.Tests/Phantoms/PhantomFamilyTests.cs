using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Scanner;
using CalcQuant.Phantoms.Truth;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Phantoms;

/// <summary>The families with organs and many bones, drawn small: coarse voxels and few slices.</summary>
public sealed class PhantomFamilyTests
{
    /// <summary>HU of the fat in which these nodules lie: it, and not the bone or skin that blurs into the same voxel, is what they displace.</summary>
    private const double FatHu = -100;

    public static TheoryData<string> Families => ["trunk", "pelvis", "shoulder", "hand", "head", "child"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Render_SameSeed_GivesTheSameAndAnotherSeedAnother(string family)
    {
        PhantomScan scan = Render(Small(family, 51));
        PhantomScan again = Render(Small(family, 51) with { MaxThreadCount = 1 });
        PhantomScan other = Render(Small(family, 52));

        Assert.True(scan.Volume.Int16Voxels.SequenceEqual(again.Volume.Int16Voxels));
        Assert.True(scan.Truth.Bone.Words.SequenceEqual(again.Truth.Bone.Words));
        Assert.Equal(
            scan.Truth.Deposits.Select(deposit => (deposit.Kind, deposit.VolumeMm3, deposit.CentroidLpsMm)),
            again.Truth.Deposits.Select(deposit => (deposit.Kind, deposit.VolumeMm3, deposit.CentroidLpsMm)));
        Assert.False(scan.Truth.Bone.Words.SequenceEqual(other.Truth.Bone.Words));
        Assert.DoesNotContain(scan.Truth.Deposits, deposit => other.Truth.Deposits.Any(twin => (twin.CentroidLpsMm - deposit.CentroidLpsMm).Length < 0.5));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Truth_OfADrawnPhantom_HasBoneAndDepositsInTissue(string family)
    {
        PhantomTruth truth = Render(Small(family, 53)).Truth;
        long bone = 0;
        long boneOutside = 0;
        for (int slice = 0; slice < truth.Bone.SliceCount; slice++)
        {
            for (int row = 0; row < truth.Bone.RowCount; row++)
            {
                for (int column = 0; column < truth.Bone.ColumnCount; column++)
                {
                    bone += truth.Bone[column, row, slice] ? 1 : 0;
                    boneOutside += truth.Bone[column, row, slice] && !truth.Body[column, row, slice] ? 1 : 0;
                }
            }
        }

        Assert.True(bone * truth.VoxelVolumeMm3 > 1000, "Hardly any bone in the slices.");
        Assert.Equal(0, boneOutside);
        Assert.InRange(truth.Deposits.Length, 3, 40);
        foreach (DepositTruth deposit in truth.Deposits)
        {
            // The voxels of a deposit at the skin's surface may be less than half in the body.
            long outside = Count(deposit, truth.Body, wanted: false);
            long inBone = Count(deposit, truth.Bone, wanted: true);
            long voxels = deposit.Runs.Sum(run => run.Length);
            Assert.True(outside == 0 || deposit.Depth == DepthClass.Cutaneous, $"{deposit.Kind}: {outside} of {voxels} voxels outside the body.");
            Assert.True(inBone == 0 || deposit.TouchesBone || !deposit.HalfCovered, $"{deposit.Kind}: {inBone} of {voxels} voxels in bone.");
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Render_DepositsOfAPhantom_IntegrateToTheirVolume(string family)
    {
        // Of the hands with a seed near the others', the 60th is the one whose fingertips lie in the slices.
        (DepositKind kind, ulong seed) = family == "hand" ? (DepositKind.FingertipNodule, 60UL) : (DepositKind.SubcutaneousNodule, 54UL);
        PhantomOptions options = Small(family, seed) with { NoiseHu = 0, Deposits = [kind, kind, kind] };
        PhantomScan with = Render(options);
        PhantomScan without = Render(options with { Deposits = [] });
        VolumeGeometry geometry = with.Volume.Geometry;
        Assert.NotEmpty(with.Truth.Deposits);
        double measured = 0;
        for (int slice = 0; slice < geometry.SliceCount; slice++)
        {
            for (int row = 0; row < geometry.RowCount; row++)
            {
                for (int column = 0; column < geometry.ColumnCount; column++)
                {
                    float difference = with.Volume[column, row, slice] - without.Volume[column, row, slice];
                    if (difference != 0)
                    {
                        LpsPoint place = geometry.ToLps(column, row, slice);
                        DepositTruth deposit = with.Truth.Deposits.MinBy(candidate => (candidate.CentroidLpsMm - place).Length)!;
                        measured += difference / (deposit.PartHu[0] - FatHu) * geometry.VoxelVolumeMm3(slice);
                    }
                }
            }
        }

        // Septa of the fat are displaced too: some per cent of a contrast of several hundred HU.
        Assert.InRange(measured / with.Truth.TotalVolumeMm3, 0.94, 1.06);
    }

    [Fact]
    public void Render_Osteopenia_KeepsThePlaceOfBonesAndLosesTheirMineral()
    {
        PhantomOptions options = Small("pelvis", 55) with { NoiseHu = 0, Deposits = [] };
        PhantomScan healthy = Render(options);
        PhantomScan weak = Render(options with { Osteopenia = true });

        Assert.True(healthy.Truth.Bone.Words.SequenceEqual(weak.Truth.Bone.Words));
        Assert.True(MeanOver(weak) < 0.6 * MeanOver(healthy));
    }

    [Fact]
    public void Render_Truncation_CutsTheBody()
    {
        PhantomTruth whole = Render(Small("trunk", 56) with { Deposits = [] }).Truth;
        PhantomTruth cut = Render(Small("trunk", 56) with { Deposits = [], Truncation = true }).Truth;

        Assert.Equal(0, OnSides(whole.Body));
        Assert.True(OnSides(cut.Body) > 0, "No voxel of the body on the left or right border.");
    }

    [Fact]
    public void Render_WholeHead_HasFillingsAsBrightAsMetal()
    {
        // Enough slices to meet the teeth wherever they were drawn.
        PhantomScan scan = Render(Small("head", 57) with { Deposits = [], NoiseHu = 0, SliceCount = 46 });
        int metal = 0;
        foreach (short hu in scan.Volume.Int16Voxels)
        {
            metal += hu >= 3000 ? 1 : 0;
        }

        Assert.True(metal > 0, "No voxel as bright as metal.");
    }

    [Fact]
    public void Add_TwoPiecesOfMetal_DrawsBrightAndDarkBandsInTheirSlicesOnly()
    {
        var grid = new AcquisitionGrid(PhantomOptions.MuscleCylinder(1) with { SliceCount = 9 });
        var streaks = new MetalStreaks([new(new(-10, 0, 0), 2, 500, 0, 7), new(new(15, 3, 0), 2, 500, 1, 6)]);
        float[] here = new float[grid.ColumnCount * grid.RowCount];
        float[] beyond = new float[here.Length];
        streaks.Add(4, grid, here);
        streaks.Add(0, grid, beyond);

        Assert.True(here.Max() > 100, "No bright band.");
        Assert.True(here.Min() < -100, "No dark band.");
        Assert.All(beyond, hu => Assert.Equal(0, hu));
    }

    [Fact]
    public void Draw_UnknownName_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => PhantomFamilies.Draw("tail", 1));
        Assert.Throws<ArgumentException>(() => PhantomFamilies.Draw("trunk+wings", 1));
        Assert.True(PhantomFamilies.Draw("trunk+contrast+osteopenia+truncation", 1) is { Contrast: true, Osteopenia: true, Truncation: true });
    }

    private static PhantomScan Render(PhantomOptions options) => Phantom.Render(options, TestContext.Current.CancellationToken);

    // The same bodies on a coarser grid: a quarter of the pixels, thin slices far apart.
    private static PhantomOptions Small(string family, ulong seed)
    {
        PhantomOptions options = PhantomFamilies.Draw(family, seed);
        return options with
        {
            ColumnCount = options.ColumnCount / 2,
            RowCount = options.RowCount / 2,
            PixelSpacingMm = options.PixelSpacingMm * 2,
            SliceCount = options.SliceCount / 4,
            SliceSpacingMm = options.SliceSpacingMm * 4,
            Deposits =
            [
                DepositKind.BoneTouchingNodule,
                DepositKind.SkinTouchingNodule,
                DepositKind.IntramuscularNodule,
                family == "hand" ? DepositKind.FingertipNodule : DepositKind.SubcutaneousNodule,
                DepositKind.Speck,
                DepositKind.Speck,
            ],
        };
    }

    private static long Count(DepositTruth deposit, Mask mask, bool wanted)
    {
        long count = 0;
        foreach (VoxelRun run in deposit.Runs)
        {
            for (int column = run.Start; column < run.End; column++)
            {
                count += mask[column, run.Row, run.Slice] == wanted ? 1 : 0;
            }
        }

        return count;
    }

    private static double MeanOver(PhantomScan scan)
    {
        double sum = 0;
        long count = 0;
        for (int slice = 0; slice < scan.Truth.Bone.SliceCount; slice++)
        {
            for (int row = 0; row < scan.Truth.Bone.RowCount; row++)
            {
                for (int column = 0; column < scan.Truth.Bone.ColumnCount; column++)
                {
                    if (scan.Truth.Bone[column, row, slice])
                    {
                        sum += scan.Volume[column, row, slice];
                        count++;
                    }
                }
            }
        }

        return sum / count;
    }

    private static int OnSides(Mask body)
    {
        int count = 0;
        for (int slice = 0; slice < body.SliceCount; slice++)
        {
            for (int row = 0; row < body.RowCount; row++)
            {
                count += (body[0, row, slice] ? 1 : 0) + (body[body.ColumnCount - 1, row, slice] ? 1 : 0);
            }
        }

        return count;
    }
}
