using System.Collections.Immutable;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Truth;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Phantoms;

public sealed class PhantomScoreTests
{
    private static readonly ImmutableArray<VoxelRun> Nodule = [new(5, 5, 10, 15), new(5, 6, 10, 15)];
    private static readonly ImmutableArray<VoxelRun> Speck = [new(2, 2, 3, 4)];

    [Fact]
    public void Of_TheTruthItself_IsPerfect()
    {
        PhantomScore score = PhantomScore.Of(Truth(), [Deposit(Nodule) with { VolumeMm3 = 22, Depth = DepthClass.Subcutaneous }, Deposit(Speck)]);

        Assert.Equal((1, 1.0), (score.CountedCount, score.Recall));
        Assert.Equal(1, score.Precision);
        Assert.Equal(0, score.BoneLeakMm3);
        Assert.Equal((1, 1), (score.DepthRightCount, score.DepthJudgedCount));
        Assert.Equal(0.1, score.Deposits[0].VolumeError!.Value, 9);
        Assert.Null(score.Deposits[1].VolumeError);
    }

    [Fact]
    public void Of_AFifthOfTheVoxels_IsFound()
    {
        Assert.Equal(1, PhantomScore.Of(Truth(), [Deposit([new(5, 5, 10, 12)])]).Recall);
        Assert.Equal(0, PhantomScore.Of(Truth(), [Deposit([new(5, 5, 10, 11)])]).Recall);
    }

    [Fact]
    public void Of_UncertainRegion_IsMissedButNotFalse()
    {
        PhantomScore score = PhantomScore.Of(Truth(), [Deposit(Nodule) with { Kind = RegionKind.Uncertain }]);

        Assert.Equal(0, score.Recall);
        Assert.Equal(1, score.Precision);
        Assert.Equal(1, score.UncertainCount);
        Assert.Equal(1, score.Deposits[0].FoundOrUncertainShare);
    }

    [Fact]
    public void Of_BoneCalledDeposit_LeaksItsVolumeAndIsFalse()
    {
        PhantomScore score = PhantomScore.Of(Truth(), [Deposit(Nodule), Deposit([new(8, 20, 20, 26)])]);

        Assert.Equal(0.5, score.Precision);
        Assert.Equal([1], score.FalseRegionIndices);

        // Columns 20 to 24 are bone: five voxels of 2 mm³.
        Assert.Equal(10, score.BoneLeakMm3, 9);
    }

    [Fact]
    public void Of_RegionBesideADeposit_CountsWithinTwoMillimetres()
    {
        // Pixels are 1 mm: the border of the nodule is at column 14.5, so columns 15 and 16 lie 0.5 and 1.5 mm away, 17 lies 2.5 mm away.
        Assert.Equal(1, PhantomScore.Of(Truth(), [Deposit([new(5, 5, 15, 17)])]).Precision);
        Assert.Equal(0, PhantomScore.Of(Truth(), [Deposit([new(5, 5, 17, 19)])]).Precision);
        Assert.Equal(1, PhantomScore.Of(Truth(), [Deposit([new(5, 5, 16, 18)])]).Precision);
    }

    [Fact]
    public void Of_OneRegionOverTwoDeposits_GivesNeitherAVolumeError()
    {
        PhantomScore score = PhantomScore.Of(Truth(), [Deposit([.. Speck, .. Nodule]) with { VolumeMm3 = 30 }]);

        Assert.All(score.Deposits, deposit => Assert.Null(deposit.VolumeError));
        Assert.All(score.Deposits, deposit => Assert.True(deposit.RegionShared));
    }

    private static ScoredRegion Deposit(ImmutableArray<VoxelRun> runs) => new(RegionKind.SoftTissueCalcification, runs);

    private static PhantomTruth Truth()
    {
        var bone = new Mask(32, 32, 12);
        for (int column = 20; column < 25; column++)
        {
            bone[column, 20, 8] = true;
        }

        return new PhantomTruth
        {
            Options = PhantomOptions.Forearm(0),
            Bone = bone,
            Body = new Mask(32, 32, 12),
            VoxelVolumeMm3 = 2,
            SpacingMm = new(1, 1, 2),
            Deposits = [Make(1, 20, Nodule), Make(2, 2, Speck)],
        };
    }

    private static DepositTruth Make(int id, double volumeMm3, ImmutableArray<VoxelRun> runs) => new()
    {
        Id = id,
        Kind = DepositKind.SubcutaneousNodule,
        VolumeMm3 = volumeMm3,
        ClosedForm = true,
        MassMg = volumeMm3 / 2,
        DensityMgPerCm3 = 500,
        PartHu = [685],
        CentroidLpsMm = default,
        BoundsMinLpsMm = default,
        BoundsMaxLpsMm = default,
        Depth = DepthClass.Subcutaneous,
        DepthBelowSkinMm = 3,
        Morphology = Morphology.Nodule,
        TouchesBone = false,
        TouchesSkin = false,
        Runs = runs,
        HalfCovered = true,
    };
}
