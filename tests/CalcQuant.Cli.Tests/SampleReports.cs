using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Radiography;
using CalcQuant.Segmentation;

namespace CalcQuant.Cli.Tests;

/// <summary>Hand-made reports: one with everything known, one with as little as possible, one refused.</summary>
internal static class SampleReports
{
    public static AnalysisReport Full { get; } = new()
    {
        SeriesInstanceUid = "1.2.3.4",
        Modality = "CT",
        Verdict = Verdict.AcceptedWithWarnings,
        Issues = [new SeriesIssue(SeriesIssueCode.TiltedStack, "The gantry was tilted by 16.5 degrees.", "1.2.3.4.5")],
        Totals =
        [
            new RegionTotal(RegionKind.SoftTissueCalcification, 1, 61.5, 70.25, 25.5) { VolumeIntervalMm3 = new Interval(55.5, 68.25), MassIntervalMg = new Interval(20.25, 32.5) },
            new RegionTotal(RegionKind.Bone, 2, 900, 900, null),
        ],
        Regions =
        [
            new Region
            {
                Id = 1,
                Kind = RegionKind.SoftTissueCalcification,
                Confidence = 0.875,
                Evidence = ["9.5 mm from bone", "in fat, \"dense\" rim"],
                ComponentCount = 3,
                VoxelCount = 281,
                VolumeMm3 = 61.5,
                VolumeMethod = VolumeMethod.PartialVolumeCorrected,
                ThresholdVolumeMm3 = 70.25,
                MassMg = 25.5,
                MeanHu = 412.5,
                MaxHu = 980,
                StandardDeviationHu = 120.25,
                CentroidLpsMm = new LpsPoint(-12.5, 30, 104.75),
                SeedLpsMm = new LpsPoint(-14.5, 28.5, 103),
                BoundsMinLpsMm = new LpsPoint(-15, 27, 102),
                BoundsMaxLpsMm = new LpsPoint(-10, 33, 107.5),
                MaxDiameterMm = 7.5,
                AxialDiameterMm = 6.5,
                AxialPerpendicularMm = 4.25,
                SurfaceMm2 = 80.5,
                Depth = DepthClass.Subcutaneous,
                DepthBelowSkinMm = 3.5,
                Morphology = Morphology.Nodule,
                DistanceToBoneMm = 9.5,
                Agatston = 210.5,
                TouchesBorder = true,
                LargestSliceIndex = 1,
                VolumeIntervalMm3 = new Interval(55.5, 68.25),
                MassIntervalMg = new Interval(20.25, 32.5),
                MorphologyConfidence = 0.85,
                PossibleOssification = true,
                FluidLevel = new FluidLevel(18.5, 240.25, 0.75),
                DepthShares = [new DepthShare(DepthClass.Subcutaneous, 0.75), new DepthShare(DepthClass.Fascial, 0.25)],
                Site = BodySite.UpperArm,
                SiteSource = "header: Body Part Examined (0018,0015)",
                Laterality = Laterality.Left,
                LateralitySource = "header: Laterality (0020,0060)",
            },
            Bone(2),
        ],
        Burden = [new Burden(BodySite.UpperArm, Laterality.Left, DepthClass.Subcutaneous, 1, 61.5, 25.5)],
        Searched =
        [
            new SearchedCompartment(DepthClass.Cutaneous, SearchState.Empty, 0, "No calcification in the skin."),
            new SearchedCompartment(DepthClass.Subcutaneous, SearchState.Found, 1, "1 calcification in the subcutaneous fat, 61.5 mm³."),
            new SearchedCompartment(DepthClass.Intramuscular, SearchState.Empty, 0, "No calcification in the muscle."),
            new SearchedCompartment(DepthClass.Internal, SearchState.NotSearched, 0, "Inside trunk and skull nothing is called a deposit."),
        ],
        Acquisition = new CtAcquisition
        {
            SeriesInstanceUid = "1.2.3.4",
            StudyInstanceUid = "1.2.3",
            FrameOfReferenceUid = "1.2.9",
            SopInstanceUids = ["1.2.3.4.1", "1.2.3.4.2"],
            StackNumber = 2,
            StackCount = 3,
            Kvp = 120,
            ConvolutionKernel = "B30f",
            SliceThicknessMm = 2.5,
            ReconstructionDiameterMm = 350,
            TiltDegrees = 16.5,
            PatientPosition = "HFS",
            BodyPartExamined = "ARM",
            Laterality = "L",
            LateralitySource = "Laterality (0020,0060)",
            Manufacturer = "Acme",
            ManufacturerModelName = "One",
            ContrastInHeader = false,
            GreatestExpressibleHu = 3071,
            InputSha256 = "00ff",
        },
        Geometry = new VolumeGeometry(
            4, 3, 0.5, 0.75, new LpsPoint(1, 0, 0), new LpsPoint(0, 1, 0), [new LpsPoint(-20, 10, 100), new LpsPoint(-20, 10, 102)], [2, 2]),
        Parameters = new MeasurementParameters
        {
            ThresholdHu = 130,
            ThresholdOrigin = "120 kVp default",
            Connectivity = Connectivity.Full26,
            Calibration = new Calibration(CalibrationSource.RodsInScan, 0.78, 12.5, 0.04, 8.5, "2 rods in the scan"),
            CalibrationRods =
            [
                new MeasuredRod(new CalibrationRod(new LpsPoint(-3, 4, 101), 20, 0), 12, 10.5, 2, -0.5), new MeasuredRod(new CalibrationRod(new LpsPoint(3, 4, 101), 20, 400), 525, 11, 2, 0.25),
            ],
            NoiseHu = 11.5,
            InPlaneBlurMm = 0.9,
            BlurOrigin = "measured at the skin",
            SliceProfile = "bell, seen in 5 deposits",
            BoneOrigin = "found in the image",
        },
        Corrections =
        [
            new AppliedCorrection(
                1, RegionKind.Uncertain, RegionKind.SoftTissueCalcification, "Dr A", new DateTimeOffset(2026, 3, 4, 12, 0, 0, 500, TimeSpan.Zero), "seen on the radiograph", new LpsPoint(-14.5, 28.5, 103)),
        ],
        StageTimes = [new StageTime("reading pixels", 80, 300_000), new StageTime("body", 120.5, 200_000)],
    };

    /// <summary>The full one with its finding uncertain: only such a region has a structure, so no field of it is unset.</summary>
    public static AnalysisReport Uncertain { get; } = Full with
    {
        Regions = [Full.Regions[0] with { Kind = RegionKind.Uncertain, Structure = "skeletal fringe" }, Bone(2)],
    };

    public static AnalysisReport Least { get; } = new() { SeriesInstanceUid = "1.2.3.5", Modality = "CT", Verdict = Verdict.Accepted };

    /// <summary>A radiograph with everything known: a deposit, and a finding of which nothing optional is known.</summary>
    public static AnalysisReport Film { get; } = new()
    {
        SeriesInstanceUid = "1.2.3.7",
        Modality = "DX",
        Verdict = Verdict.AcceptedWithWarnings,
        Issues = [new SeriesIssue(SeriesIssueCode.MagnificationUnknown, "The plane of the detector.", "1.2.3.7.1")],
        Acquisition = new CtAcquisition { SeriesInstanceUid = "1.2.3.7", StackNumber = 2, StackCount = 3, BodyPartExamined = "HAND", Kvp = 52, InputSha256 = "0a" },
        Film = new FilmReport
        {
            SopInstanceUid = "1.2.3.7.1",
            ColumnCount = 2048,
            RowCount = 2500,
            Scale = new PixelScale(0.1, 0.125, PixelScaleSource.DetectorPlane, 0.09, "Imager Pixel Spacing (0018,1164)"),
            ViewPosition = "PA",
            IntensityOrigin = "MONOCHROME1, inverted",
            BodyShare = 0.5,
            BoneShare = 0.25,
            Regions =
            [
                new ProjectedRegion
                {
                    Id = 1,
                    Kind = RegionKind.SoftTissueCalcification,
                    Tier = FindingTier.Probable,
                    Confidence = 0.95,
                    Evidence = ["3.5 mm from bone in the film"],
                    Name = "thumb",
                    ComponentCount = 2,
                    PixelCount = 641,
                    AreaPixels = 640.5,
                    AreaMm2 = 8.00625,
                    AreaIntervalMm2 = new Interval(6.5, 9.75),
                    CentroidPixel = new PixelPoint(1000.5, 800.25),
                    BoundsPixel = new PixelBox(new PixelPoint(990, 785), new PixelPoint(1012, 816)),
                    LengthMm = 3.5,
                    WidthMm = 2.25,
                    DensityRatio = 0.375,
                    Grade = DensityGrade.Moderate,
                    ContrastToNoise = 12.5,
                    Site = BodySite.Hand,
                    SiteSource = "header: Body Part Examined (0018,0015)",
                    Laterality = Laterality.Left,
                    LateralitySource = "header: Image Laterality (0020,0062)",
                },
                new ProjectedRegion
                {
                    Id = 2,
                    Kind = RegionKind.Uncertain,
                    Tier = FindingTier.PossibleOverBone,
                    Confidence = 0.3,
                    ComponentCount = 1,
                    PixelCount = 20,
                    AreaPixels = 19.5,
                    CentroidPixel = new PixelPoint(5, 6),
                    BoundsPixel = new PixelBox(new PixelPoint(3, 4), new PixelPoint(7, 8)),
                    ContrastToNoise = 0,
                },
            ],
            Totals =
            [
                new ProjectedTotal(RegionKind.SoftTissueCalcification, 1, 640.5, 8.00625) { AreaIntervalMm2 = new Interval(6.5, 9.75) },
                new ProjectedTotal(RegionKind.Uncertain, 1, 19.5, null),
            ],
        },
    };

    public static AnalysisReport Refused { get; } = AnalysisReport.Refused(
        "1.2.3.6",
        "CT",
        [new SeriesIssue(SeriesIssueCode.ThickSlices, "Slices are 5 mm thick."), new SeriesIssue(SeriesIssueCode.MissingSlice, "Between slices 3 and 4 one is missing.")]);

    /// <summary>A region with only what every region has.</summary>
    public static Region Bone(int id) => new()
    {
        Id = id,
        Kind = RegionKind.Bone,
        Confidence = 1,
        VoxelCount = 10,
        VolumeMm3 = 900,
        VolumeMethod = VolumeMethod.ThresholdCount,
        ThresholdVolumeMm3 = 900,
        MeanHu = 700,
        MaxHu = 1500,
        StandardDeviationHu = 0,
        CentroidLpsMm = default,
        BoundsMinLpsMm = default,
        BoundsMaxLpsMm = default,
        LargestSliceIndex = 0,
    };
}
