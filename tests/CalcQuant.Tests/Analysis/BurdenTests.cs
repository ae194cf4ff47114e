using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;
using CalcQuant.Segmentation;
using CalcQuant.Tests.Measurement;

namespace CalcQuant.Tests.Analysis;

public sealed class BurdenTests
{
    private static readonly BodyCoverage Whole = new(HasBody: true, HasSkin: true, HasTrunk: false, HasSkull: false, TruncatedSliceCount: 0, StreakSliceCount: 0);

    [Fact]
    public void Of_Deposits_SumsThemBySiteSideAndDepthInOrder()
    {
        ImmutableArray<Region> regions =
        [
            Deposit(DepthClass.Intramuscular, 4, 2) with { Site = BodySite.Thigh, Laterality = Laterality.Left },
            Deposit(DepthClass.Subcutaneous, 10, 5) with { Site = BodySite.Thigh, Laterality = Laterality.Left },
            Deposit(DepthClass.Subcutaneous, 1, null) with { Site = BodySite.Thigh, Laterality = Laterality.Left, ComponentCount = 3 },
            Deposit(null, 7, null),
            Deposit(DepthClass.Subcutaneous, 2, 1) with { Site = BodySite.Thigh, Laterality = Laterality.Right },
            Deposit(DepthClass.Internal, 100, 50) with { Kind = RegionKind.Uncertain },
            Deposit(DepthClass.Cutaneous, 3, 1) with { Site = BodySite.Chest },
        ];

        Assert.Equal(
            [
                new Burden(BodySite.Chest, null, DepthClass.Cutaneous, 1, 3, 1),
                new Burden(BodySite.Thigh, Laterality.Right, DepthClass.Subcutaneous, 1, 2, 1),
                new Burden(BodySite.Thigh, Laterality.Left, DepthClass.Subcutaneous, 4, 11, 5),
                new Burden(BodySite.Thigh, Laterality.Left, DepthClass.Intramuscular, 1, 4, 2),
                new Burden(null, null, null, 1, 7, null),
            ],
            Burden.Of(regions));
    }

    [Fact]
    public void Searched_OfAWholeLimbWithoutDeposits_IsEmptyInWords()
    {
        ImmutableArray<SearchedCompartment> searched = Search(Whole);

        Assert.Equal([DepthClass.Cutaneous, DepthClass.Subcutaneous, DepthClass.Fascial, DepthClass.Intramuscular], searched.Select(compartment => compartment.Depth));
        Assert.All(searched, compartment => Assert.Equal((SearchState.Empty, 0), (compartment.State, compartment.Count)));
        Assert.Equal(
            ["No calcification in the skin.", "No calcification in the subcutaneous fat.", "No calcification in the fascial planes.", "No calcification in the muscle."],
            searched.Select(compartment => compartment.Explanation));
    }

    [Fact]
    public void Searched_WithDeposits_IsFoundWhereTheyLieOrReach()
    {
        Region deposit = Deposit(DepthClass.Subcutaneous, 12.25, 5) with
        {
            DepthShares = [new(DepthClass.Cutaneous, 0.02), new(DepthClass.Subcutaneous, 0.7), new(DepthClass.Fascial, 0.28)],
        };

        ImmutableArray<SearchedCompartment> searched = Search(Whole, regions: [deposit, deposit with { VolumeMm3 = 7.75, ComponentCount = 2 }]);

        Assert.Equal([SearchState.Empty, SearchState.Found, SearchState.Found, SearchState.Empty], searched.Select(compartment => compartment.State));
        Assert.Equal([0, 3, 0, 0], searched.Select(compartment => compartment.Count));
        Assert.Equal("3 calcifications in the subcutaneous fat, 20.0 mm³.", searched[1].Explanation);
        Assert.Equal("No calcification of its own in the fascial planes, but 2 of other compartments reach into it.", searched[2].Explanation);
    }

    [Fact]
    public void Searched_WithADepositAtAJoint_NamesIt()
    {
        ImmutableArray<SearchedCompartment> searched = Search(Whole, regions: [Deposit(DepthClass.Periarticular, 30, 1) with { DepthShares = [new(DepthClass.Periarticular, 1)] }]);

        Assert.Equal([DepthClass.Cutaneous, DepthClass.Subcutaneous, DepthClass.Fascial, DepthClass.Intramuscular, DepthClass.Periarticular], searched.Select(compartment => compartment.Depth));
        Assert.Equal((SearchState.Found, "1 calcification in the periarticular tissue, 30.0 mm³."), (searched[4].State, searched[4].Explanation));
        Assert.Equal(SearchState.Empty, searched[3].State);
    }

    [Fact]
    public void Searched_WithUncertainFindings_IsNotEmpty()
    {
        SearchedCompartment muscle = Search(Whole, regions: [Deposit(DepthClass.Intramuscular, 3, 1) with { Kind = RegionKind.Uncertain }])[3];

        Assert.Equal((SearchState.PartlySearched, "No calcification in the muscle. Uncertain findings there: 1, 3.0 mm³."), (muscle.State, muscle.Explanation));
    }

    [Fact]
    public void Searched_WhereSomethingLimitsIt_SaysWhat()
    {
        AssertLimit("the body reaches beyond the field of view in 3 of 8 slices", Search(Whole with { TruncatedSliceCount = 3 }));
        AssertLimit("streaks of metal in 2 of 8 slices", Search(Whole with { StreakSliceCount = 2 }));

        // A ball of 3.75 mm.
        AssertLimit("slices 5 mm thick: deposits below about 28 mm³ may not be seen", Search(Whole, sliceMm: 5));
        AssertLimit("the threshold of 200 HU is above the usual 130 HU: less dense calcium is not seen", Search(Whole, options: new() { ThresholdHu = 200 }));
        AssertLimit("deposits below 2.5 mm³ are left out", Search(Whole, options: new() { MinimumVolumeMm3 = 2.5 }));
        AssertLimit("only a region of interest is reported", Search(Whole, options: new() { RegionOfInterest = new LpsBox(new(0, 0, 0), new(1, 1, 1)) }));
        Assert.All(Search(Whole, options: new() { ThresholdHu = 100 }), compartment => Assert.Equal(SearchState.Empty, compartment.State));

        static void AssertLimit(string limit, ImmutableArray<SearchedCompartment> searched) => Assert.All(searched, compartment =>
        {
            Assert.Equal(SearchState.PartlySearched, compartment.State);
            Assert.EndsWith($" Limits of the search: {limit}.", compartment.Explanation, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Searched_WhereItCannotBe_SaysWhy()
    {
        Assert.All(Search(Whole, sliceCount: 4), compartment => Assert.Equal(
            (SearchState.NotSearched, "With fewer than 5 slices nothing is called a deposit with certainty."), (compartment.State, compartment.Explanation)));
        Assert.All(Search(Whole with { HasBody = false }), compartment => Assert.Equal(
            (SearchState.NotSearched, "No body was found in the image."), (compartment.State, compartment.Explanation)));
        ImmutableArray<SearchedCompartment> inside = Search(Whole with { HasSkin = false });
        Assert.Equal((SearchState.NotSearched, "The skin lies outside the field of view."), (inside[0].State, inside[0].Explanation));
        Assert.Equal(SearchState.Empty, inside[1].State);
    }

    [Fact]
    public void Searched_OfATrunk_NamesTheInsideAndWhatIsDeep()
    {
        ImmutableArray<SearchedCompartment> searched = Search(Whole with { HasTrunk = true });

        Assert.Equal((DepthClass.Internal, SearchState.NotSearched), (searched[4].Depth, searched[4].State));
        Assert.Equal(SearchState.PartlySearched, searched[3].State);
        Assert.EndsWith("deeper than 15 mm in the trunk nothing is called a deposit with certainty.", searched[3].Explanation, StringComparison.Ordinal);
        Assert.Equal(SearchState.Empty, searched[0].State);
    }

    [Fact]
    public void Run_OnAForearmWithNodulesInMuscle_FindsThemThereAndNoneElsewhere()
    {
        PhantomScan scan = Phantom.Render(PhantomOptions.Forearm(223) with { SliceCount = 40, Deposits = [DepositKind.IntramuscularNodule, DepositKind.IntramuscularNodule] });

        AnalysisReport report = CalcificationAnalysis.Run(scan.Series).Report;

        RegionTotal total = report.Totals.Single(total => total.Kind == RegionKind.SoftTissueCalcification);
        Assert.Equal(scan.Truth.Deposits.Length, total.Count);
        Assert.Equal((total.Count, total.VolumeMm3, total.MassMg!.Value), (report.Burden.Sum(part => part.Count), report.Burden.Sum(part => part.VolumeMm3), report.Burden.Sum(part => part.MassMg!.Value)));
        Assert.All(report.Burden, part => Assert.Equal((BodySite.Forearm, null, DepthClass.Intramuscular), (part.Site!.Value, part.Laterality, part.Depth!.Value)));
        SearchedCompartment Of(DepthClass depth) => report.Searched.Single(compartment => compartment.Depth == depth);
        Assert.Equal((SearchState.Found, total.Count), (Of(DepthClass.Intramuscular).State, Of(DepthClass.Intramuscular).Count));
        Assert.Equal(0, Of(DepthClass.Cutaneous).Count);
        Assert.Equal(0, Of(DepthClass.Subcutaneous).Count);
    }

    private static ImmutableArray<SearchedCompartment> Search(
        BodyCoverage coverage, int sliceCount = 8, double sliceMm = 1, AnalysisOptions? options = null, ImmutableArray<Region>? regions = null) => SearchedCompartment.Of(
            coverage, Stacks.Series(Stacks.Render(Stacks.Axial(4, 4, sliceCount, 1, 1, sliceMm), (_, _, _) => 0)), options ?? new(), 130, regions ?? []);

    private static Region Deposit(DepthClass? depth, double volumeMm3, double? massMg) => new()
    {
        Id = 1,
        Kind = RegionKind.SoftTissueCalcification,
        Confidence = 0.9,
        VoxelCount = 10,
        VolumeMm3 = volumeMm3,
        VolumeMethod = VolumeMethod.ThresholdCount,
        ThresholdVolumeMm3 = volumeMm3,
        MassMg = massMg,
        MeanHu = 400,
        MaxHu = 500,
        StandardDeviationHu = 10,
        CentroidLpsMm = default,
        BoundsMinLpsMm = default,
        BoundsMaxLpsMm = default,
        LargestSliceIndex = 0,
        Depth = depth,
    };
}
