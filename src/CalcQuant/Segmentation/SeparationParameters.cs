using System.Collections.Immutable;

namespace CalcQuant.Segmentation;

/// <summary>
/// Every number that tells deposits from everything else, with its unit and its reason. Lengths in mm, attenuation in HU at 120 kVp,
/// noise as one standard deviation. "In-plane" means within a slice: slices may be far apart, so sections are judged first.
/// </summary>
/// <remarks>
/// No constants, although nothing in the product changes them: the compiler would copy a constant into each place that reads it, and how much the
/// results depend on each number could only be measured by building anew for each. The setters are private, so that only a tool that measures just
/// that sets them, by reflection and back again.
/// </remarks>
internal static class SeparationParameters
{
    // Body.

    /// <summary>HU above which a voxel is matter, not air: halfway between fat (-100) and air with a margin for lung (-850) and foam.</summary>
    public static float TissueHu { get; private set; } = -300;

    /// <summary>In-plane cell of the reduced grid, mm: fine enough for body and compartments, 9 to 16 times fewer cells than pixels.</summary>
    public static double CellMm { get; private set; } = 1.6;

    /// <summary>In-plane erosion before the parts of the scene are told apart, mm: a couch shell or a sheet is thinner than twice this.</summary>
    public static double BodyErosionMm { get; private set; } = 3;

    /// <summary>In-plane growth back to the surface, mm: the erosion and a margin for corners.</summary>
    public static double BodyGrowthMm { get; private set; } = 4.5;

    /// <summary>Least in-plane inscribed radius of a part of the body, mm: a finger has it, a cable or a couch rail has not.</summary>
    public static double BodyLeastRadiusMm { get; private set; } = 4.5;

    /// <summary>Least volume of a part of the body, mm³.</summary>
    public static double BodyLeastVolumeMm3 { get; private set; } = 500;

    /// <summary>Least volume of a part of the body as a fraction of the largest.</summary>
    public static double BodyLeastFraction { get; private set; } = 0.002;

    /// <summary>Range of the mean HU of a part of the body: below is foam or wood, above is metal.</summary>
    public static float BodyLeastMeanHu { get; private set; } = -200;

    /// <inheritdoc cref="BodyLeastMeanHu"/>
    public static float BodyGreatestMeanHu { get; private set; } = 1500;

    // Noise.

    /// <summary>Range of HU of soft tissue from which noise is measured: fat to muscle, no air, no calcium.</summary>
    public static float SoftTissueLeastHu { get; private set; } = -180;

    /// <inheritdoc cref="SoftTissueLeastHu"/>
    public static float SoftTissueGreatestHu { get; private set; } = 150;

    /// <summary>Side of the blocks in which noise is measured, pixels, and how many are needed.</summary>
    public static int NoiseBlockPixels { get; private set; } = 6;

    /// <inheritdoc cref="NoiseBlockPixels"/>
    public static int NoiseLeastBlockCount { get; private set; } = 20;

    /// <summary>Noise over the tenth percentile of the blocks' SD: with 36 correlated pixels a tenth of the blocks show less than 0.82 of it.</summary>
    public static double NoiseDecileCorrection { get; private set; } = 1.22;

    // Compartments.

    /// <summary>HU between fat (-100) and muscle (55) that parts the fat under the skin from the deep compartment.</summary>
    public static int LeanHu { get; private set; } = -20;

    /// <summary>In-plane opening of the deep compartment, mm: removes skin and strands in the fat, which are thinner than twice this.</summary>
    public static double DeepOpeningMm { get; private set; } = 3;

    /// <summary>In-plane closing of the deep compartment, mm: fat between muscles belongs to it.</summary>
    public static double DeepClosingMm { get; private set; } = 6;

    /// <summary>Least volume of a part of the deep compartment, mm³, or fraction of the largest.</summary>
    public static double DeepLeastVolumeMm3 { get; private set; } = 20_000;

    /// <inheritdoc cref="DeepLeastVolumeMm3"/>
    public static double DeepLeastFraction { get; private set; } = 0.2;

    /// <summary>Area of one section above which it is a trunk's, mm²: a thigh of 100 mm radius stays below, a child's trunk too.</summary>
    public static double TrunkSectionMm2 { get; private set; } = 35_000;

    /// <summary>
    /// Radius of the in-plane opening that parts a trunk from the arms beside it and two thighs that touch from each other, mm: an arm is thinner
    /// than twice this, and so is the neck between the two.
    /// </summary>
    public static double TrunkOpeningMm { get; private set; } = 60;

    /// <summary>What the opening takes from the corners of a trunk, mm: given back.</summary>
    public static double TrunkMarginMm { get; private set; } = 10;

    /// <summary>Distance to either side over which the sections of a trunk are averaged, mm: one slice through the waist does not decide.</summary>
    public static double TrunkAveragingMm { get; private set; } = 30;

    /// <summary>Least area of a section over the largest one of its slice for both to be trunk.</summary>
    public static double TrunkSectionFraction { get; private set; } = 0.6;

    /// <summary>Least part of a slice without trunk that one thin section fills to be neck or head, not one of two limbs.</summary>
    public static double NeckFraction { get; private set; } = 0.6;

    /// <summary>Depth under the surface of the deep compartment from which a trunk's finding is visceral or vascular unless shown otherwise, mm.</summary>
    public static double InternalDepthMm { get; private set; } = 15;

    /// <summary>Depth below the skin of a trunk beyond which even fat is that between viscera, mm: the fat under the skin is seldom thicker.</summary>
    public static double VisceralSkinMm { get; private set; } = 60;

    /// <summary>Least cosine of the angle between an axis of the image and one of the patient for them to be the same.</summary>
    public static double AxialCosine { get; private set; } = 0.85;

    /// <summary>Distance to either side over which the bones of a trunk make one ring, mm: a rib falls that much from back to front within two spaces.</summary>
    public static double RingReachMm { get; private set; } = 30;

    /// <summary>Least part of a trunk's section that its bones surround to be a ring: a vertebra alone surrounds a twentieth.</summary>
    public static double RingLeastFraction { get; private set; } = 0.35;

    /// <summary>How far the body of a vertebra reaches in front of the middle of its bone, mm.</summary>
    public static double SpineFrontMm { get; private set; } = 35;

    /// <summary>
    /// Distance behind the middle of a vertebra's bone from which only muscle lies beside the spinous process, mm (half a canal and a lamina), and how far
    /// to either side, mm: the muscles end there. Beside a spine's half width, mm, lungs and kidneys reach back: each mm farther out it must lie this much farther back.
    /// </summary>
    public static double BehindSpineMm { get; private set; } = 15;

    /// <inheritdoc cref="BehindSpineMm"/>
    public static double BesideSpineMm { get; private set; } = 70;

    /// <inheritdoc cref="BehindSpineMm"/>
    public static double SpineHalfWidthMm { get; private set; } = 30;

    /// <inheritdoc cref="BehindSpineMm"/>
    public static double BehindSpineSlope { get; private set; } = 0.5;

    /// <summary>
    /// Distance at which one looks what a structure borders on, mm (its own blur is within), and the least share of its surface towards air in the body that
    /// makes it the wall of a sinus or an airway, or contents of bowel: no deposit has air at it but for the skin's.
    /// </summary>
    public static double BorderMm { get; private set; } = 2;

    /// <inheritdoc cref="BorderMm"/>
    public static double AirGreatestShare { get; private set; } = 0.1;

    /// <summary>Least share of the surface of what was parted from bone that faces soft tissue: pieces of bone face bone.</summary>
    public static double ReleasedLeastSoftShare { get; private set; } = 0.5;

    /// <summary>Dense volume from which something faint around a less dense core may be bone poor in calcium, mm³.</summary>
    public static double FaintBoneLeastMm3 { get; private set; } = 300;

    /// <summary>Distance from bone within which, under the fat or cut by the scan's end, it may be that even without a shell: the growing centres of small bones have none, mm.</summary>
    public static double FaintBoneReachMm { get; private set; } = 15;

    /// <summary>Median below which a finding in slices with metal may be a streak, HU.</summary>
    public static double StreakGreatestHu { get; private set; } = 250;

    /// <summary>HU below which what lies under the muscles' surface of a head, in slices with metal, may be a streak: between two fillings they are that bright.</summary>
    public static double DeepStreakGreatestHu { get; private set; } = 700;

    /// <summary>Distance across slices over which streaks of metal are seen, mm: they lie in the plane of the beam.</summary>
    public static double StreakSlicesMm { get; private set; } = 4;

    /// <summary>How far around a structure in slices with metal the brightness of streaks is seen, mm: some of them are crossed, and they fade over some 30 mm.</summary>
    public static double StreakAroundMm { get; private set; } = 10;

    /// <summary>Width of the blur of the structure and of bone, which is left out there, mm.</summary>
    public static double StreakBlurMm { get; private set; } = 2.5;

    /// <summary>Least voxels of tissue from which its 99th percentile is told.</summary>
    public static int StreakLeastAround { get; private set; } = 200;

    /// <summary>
    /// Excess of the median over the tissue's, as a multiple of the excess of the tissue's 99th percentile (at least of the noise), from which a structure is no streak: a streak is about as bright as the others
    /// beside it.
    /// </summary>
    public static double StreakLeastSpreads { get; private set; } = 3;

    /// <summary>Volume from which a structure in slices with metal may be a wide streak, mm³, unless its median exceeds the tissue's by so many of these excesses.</summary>
    public static double WideStreakLeastMm3 { get; private set; } = 300;

    /// <inheritdoc cref="WideStreakLeastMm3"/>
    public static double WideStreakLeastSpreads { get; private set; } = 1.5;

    /// <summary>Greatest depth of the median voxel of a cutaneous deposit, mm: skin is 1 to 3 mm thick.</summary>
    public static double CutaneousDepthMm { get; private set; } = 3.6;

    /// <summary>Distance of the median voxel of a fascial deposit from the surface of the deep compartment, mm, plus half a pixel.</summary>
    public static double FascialDistanceMm { get; private set; } = 1.7;

    /// <summary>Depth below the surface up to which a voxel counts as skin, mm: skin is 1 to 3 mm thick, on limbs about 2.</summary>
    public static double SkinThicknessMm { get; private set; } = 2.5;

    // Sites.

    /// <summary>HU of the cells of aerated lung: gas of bowel, sinuses and airways lies below, soft tissue above.</summary>
    public static float LungLeastHu { get; private set; } = -960;

    /// <inheritdoc cref="LungLeastHu"/>
    public static float LungGreatestHu { get; private set; } = -500;

    /// <summary>Least area of lung in a section, mm², and least fraction of the section: borders of bowel gas and mastoid cells stay below.</summary>
    public static double LungLeastMm2 { get; private set; } = 1500;

    /// <inheritdoc cref="LungLeastMm2"/>
    public static double LungLeastFraction { get; private set; } = 0.1;

    /// <summary>Least area of a skull's content in a section, mm², and least fraction of it: a pelvic ring holds less.</summary>
    public static double SkullLeastMm2 { get; private set; } = 3000;

    /// <inheritdoc cref="SkullLeastMm2"/>
    public static double SkullLeastFraction { get; private set; } = 0.35;

    /// <summary>Below a skull's content lie base, face and jaws for this long, mm.</summary>
    public static double FaceHeightMm { get; private set; } = 60;

    /// <summary>Below the lungs lies abdomen, not pelvis, for this long, mm: from the recess of the pleura to the iliac crest.</summary>
    public static double AbdomenHeightMm { get; private set; } = 100;

    /// <summary>Distance from the middle of the body within which a finding lies at the midline, mm.</summary>
    public static double MidlineMm { get; private set; } = 10;

    /// <summary>Least section of one of a pair of limbs, mm²; fingers and toes are thinner. The other one has at least this fraction of it.</summary>
    public static double LimbLeastMm2 { get; private set; } = 2000;

    /// <inheritdoc cref="LimbLeastMm2"/>
    public static double LimbPairFraction { get; private set; } = 0.5;

    /// <summary>Least width over height, and least area, mm², of a section that is two thighs or calves pressed together: two discs side by side have 2.</summary>
    public static double PressedLimbsAspect { get; private set; } = 1.6;

    /// <inheritdoc cref="PressedLimbsAspect"/>
    public static double PressedLimbsLeastMm2 { get; private set; } = 10_000;

    /// <summary>The same for a section that does not make two limbs one part of the body, a narrow pelvis too.</summary>
    public static double JoinedLimbsAspect { get; private set; } = 1.3;

    /// <summary>Distance of the slices whose sections are looked at, mm: outlines change little over half of it.</summary>
    public static double SectionStepMm { get; private set; } = 5;

    /// <summary>Least cosine between the slices' normal and the patient's long axis for a slice to be a cross-section of the body.</summary>
    public static double AxialLeastCosine { get; private set; } = 0.8;

    // Skeleton.

    /// <summary>HU of a voxel that starts a dense structure: above unenhanced soft tissue, most contrast and most partial volume.</summary>
    public static float SeedHu { get; private set; } = 300;

    /// <summary>HU that a smoothed voxel of a dense structure reaches: trabecular bone is found although noise breaks it up.</summary>
    public static float SmoothSeedHu { get; private set; } = 200;

    /// <summary>In-plane smoothing of the seeds, SD in mm.</summary>
    public static double SeedSmoothingMm { get; private set; } = 0.8;

    /// <summary>Slice distance below which the seeds are smoothed across slices too, half as much, mm.</summary>
    public static double SeedSmoothingThinSliceMm { get; private set; } = 2;

    /// <summary>In-plane closing that makes one group of the fragments of a bone, mm.</summary>
    public static double GroupClosingMm { get; private set; } = 2;

    /// <summary>A hole of a section whose equal-area radius is greater is a body cavity, not marrow, mm.</summary>
    public static double CavityRadiusMm { get; private set; } = 25;

    /// <summary>Depth under the surface of a section from which voxels are core (marrow, if less dense), mm; at least 1.1 pixels.</summary>
    public static double CoreDepthMm { get; private set; } = 2;

    /// <summary>Score from which a group is bone, and from which it is uncertain.</summary>
    public static double BoneScore { get; private set; } = 3;

    /// <inheritdoc cref="BoneScore"/>
    public static double UncertainScore { get; private set; } = 1.5;

    /// <summary>Volume from which a bone that no end slice cuts is certain, mm³.</summary>
    public static double SureBoneVolumeMm3 { get; private set; } = 5000;

    /// <summary>Confidence from which a large bone is one beyond doubt, so that no reader will correct it.</summary>
    public static double CertainBoneConfidence { get; private set; } = 0.9;

    /// <summary>Points of what lies in a limb, far from every bone: more than marrow, cortex and size give together.</summary>
    public static double AloneScore { get; private set; } = -9;

    /// <summary>Least volume, mm³, and greatest share of the surface that faces soft tissue, of what has grown onto a bone rather than lies close to it.</summary>
    public static double AtBoneLeastMm3 { get; private set; } = 10;

    /// <inheritdoc cref="AtBoneLeastMm3"/>
    public static double AtBoneGreatestSoftShare { get; private set; } = 0.78;

    /// <summary>
    /// A joint: greatest distance of its two bones from each other, mm: cartilage is 1 to 3 mm thick; of a deposit at it from both, mm; how far around the deposit a bone is followed, mm; how
    /// much dense bone it has there at least, mm³; and the greatest voxels that show such a gap, mm.
    /// </summary>
    public static double JointSpaceMm { get; private set; } = 3;

    /// <inheritdoc cref="JointSpaceMm"/>
    public static double JointReachMm { get; private set; } = 3;

    /// <inheritdoc cref="JointSpaceMm"/>
    public static double JointBoneMm { get; private set; } = 12;

    /// <inheritdoc cref="JointSpaceMm"/>
    public static double JointLeastBoneMm3 { get; private set; } = 60;

    /// <inheritdoc cref="JointSpaceMm"/>
    public static double JointGreatestVoxelMm { get; private set; } = 1.6;

    /// <summary>Length from which a deposit is no more at one joint than elsewhere, mm.</summary>
    public static double JointGreatestMm { get; private set; } = 60;

    /// <summary>Least volume, mm³, greatest distance from bone, mm, and least HU of nine tenths of the core, of a shell that may be a growing bone: more than a few millimetres of cartilage part it
    /// from the next.</summary>
    public static double GrowingBoneLeastMm3 { get; private set; } = 1000;

    /// <inheritdoc cref="GrowingBoneLeastMm3"/>
    public static double GrowingBoneReachMm { get; private set; } = 25;

    /// <inheritdoc cref="GrowingBoneLeastMm3"/>
    public static double GrowingBoneLeastCoreHu { get; private set; } = 60;

    /// <summary>Points of what has a cortex and lies in the middle of a finger or toe: more than its place in fat, far from the next bone, takes.</summary>
    public static double FingerScore { get; private set; } = 9;

    /// <summary>Greatest depth of the middle of a finger or toe below the skin, mm: a thumb is 26 mm wide at most.</summary>
    public static double FingerGreatestDepthMm { get; private set; } = 13;

    /// <summary>
    /// Least fraction of the directions in which the skin is met within that (fingers side by side touch in two of eight), least ratio of the shortest to the longest way there, and least
    /// fraction of the sections in which that holds: a bone's ends lie nearer to one side.
    /// </summary>
    public static double FingerLeastSides { get; private set; } = 0.75;

    /// <inheritdoc cref="FingerLeastSides"/>
    public static double FingerLeastEvenness { get; private set; } = 0.5;

    /// <inheritdoc cref="FingerLeastSides"/>
    public static double FingerLeastSections { get; private set; } = 0.6;

    /// <summary>Distance from certain bone beyond which a group is isolated, and within which it is beside bone, mm.</summary>
    public static double IsolatedMm { get; private set; } = 10;

    /// <inheritdoc cref="IsolatedMm"/>
    public static double BesideBoneMm { get; private set; } = 5;

    /// <summary>Depth in the deep compartment that a structure must reach not to lie wholly in the fat under the skin, mm.</summary>
    public static double SuperficialDeepMm { get; private set; } = 2.5;

    /// <summary>Distance from marrow within which a fragment is cortex around it, mm; at least 1.1 pixels.</summary>
    public static double MarrowReachMm { get; private set; } = 2.5;

    /// <summary>Fraction of a fragment that must lie at marrow to be cortex, and of its group's voxels to be a main part.</summary>
    public static double CortexFraction { get; private set; } = 0.35;

    /// <inheritdoc cref="CortexFraction"/>
    public static double MainFragmentFraction { get; private set; } = 0.25;

    /// <summary>Points for a row of alike bars: it outweighs everything that speaks against a bone.</summary>
    public static double RibScore { get; private set; } = 12;

    /// <summary>Bars without a visible cortex that make a row, and how far each may lie beside the next, mm: less evidence each, so more of them and straighter.</summary>
    public static int PlainRibLeastCount { get; private set; } = 4;

    /// <summary>How far a bar without a visible cortex may lie beside the next, mm.</summary>
    public static double PlainRibGreatestShiftMm { get; private set; } = 8;

    /// <summary>Least excess of a rim over its core for a cortex, HU.</summary>
    public static double CortexLeastRimHu { get; private set; } = 100;

    /// <summary>Bars of a row to be ribs: two alike ones may be chance.</summary>
    public static int RibLeastCount { get; private set; } = 3;

    /// <summary>Least filled volume of a rib's piece, mm³, and range of its inscribed radius, mm.</summary>
    public static double RibLeastMm3 { get; private set; } = 25;

    /// <inheritdoc cref="RibLeastMm3"/>
    public static double RibLeastRadiusMm { get; private set; } = 0.6;

    /// <inheritdoc cref="RibLeastMm3"/>
    public static double RibGreatestRadiusMm { get; private set; } = 9;

    /// <summary>Distance of one rib from the next along the body, mm: a child's to an adult's.</summary>
    public static double RibLeastStepMm { get; private set; } = 8;

    /// <inheritdoc cref="RibLeastStepMm"/>
    public static double RibGreatestStepMm { get; private set; } = 45;

    /// <summary>How far a rib may lie beside the next in the slice, mm, and how much its size may differ, as a factor.</summary>
    public static double RibGreatestShiftMm { get; private set; } = 25;

    /// <inheritdoc cref="RibGreatestShiftMm"/>
    public static double RibGreatestRatio { get; private set; } = 2.5;

    /// <summary>Least part of what a cyst encloses that lies in wide holes full of fluid: the canal of a vertebra and the inside of a skull are wide and even
    /// too, but much spongy bone or brain lies between.</summary>
    public static double FluidLeastFraction { get; private set; } = 0.55;

    // Deposits that touch bone.

    /// <summary>Pixel above which contact is not judged, mm: cortex and deposit blur into one.</summary>
    public static double SplitGreatestPixelMm { get; private set; } = 1.5;

    /// <summary>Least area of a section in which a deposit is looked for, mm².</summary>
    public static double SplitLeastSectionMm2 { get; private set; } = 15;

    /// <summary>Levels at which cortex is tried to close around marrow, as fractions of the section's 90th percentile.</summary>
    public static ImmutableArray<double> CortexLevels { get; private set; } = [0.7, 0.6, 0.5, 0.4, 0.3];

    /// <summary>Least fraction of a section that marrow fills for the thickness of its cortex to be meaningful.</summary>
    public static double MarrowLeastFraction { get; private set; } = 0.12;

    /// <summary>Percentile of the distances from marrow to surface that is the usual thickness: a deposit covers less than half the outline.</summary>
    public static double CortexThicknessFraction { get; private set; } = 0.35;

    /// <summary>How much thicker than usual cortex may be, as a factor, and the margin for its blur, mm.</summary>
    public static double CortexThicknessFactor { get; private set; } = 1.25;

    /// <inheritdoc cref="CortexThicknessFactor"/>
    public static double SplitMarginMm { get; private set; } = 1;

    /// <summary>Fraction of the inscribed radius by which a section without marrow is opened.</summary>
    public static double SplitOpeningFraction { get; private set; } = 0.6;

    /// <summary>Greatest area of such a section, in discs of its inscribed radius.</summary>
    public static double SplitGreatestSectionDiscs { get; private set; } = 4;

    /// <summary>Least volume, mm³, and least inscribed radius, mm, of what is split off.</summary>
    public static double SplitLeastMm3 { get; private set; } = 8;

    /// <inheritdoc cref="SplitLeastMm3"/>
    public static double SplitLeastRadiusMm { get; private set; } = 1;

    /// <summary>Greatest ratio of length to width of what is split off: a bony ridge runs along its bone.</summary>
    public static double SplitGreatestElongation { get; private set; } = 3.5;

    /// <summary>Greatest excess of the 90th percentile over the median of a deposit at bone, as a fraction of the median, plus noise: a part of bone holds
    /// cortex and less dense bone; the lower half is left out, since the blurred surface of a small deposit is most of it.</summary>
    public static double SplitGreatestVariation { get; private set; } = 0.5;

    /// <summary>Greatest excess of the rim over the core, HU: bone has a cortex outside, a deposit has not.</summary>
    public static double SplitGreatestRimHu { get; private set; } = 50;

    /// <summary>Least fraction of in-plane faces that face soft tissue: the inside of a bone faces bone.</summary>
    public static double SplitLeastFreeSurface { get; private set; } = 0.4;

    /// <summary>Least fraction of voxels with a continuation in the next slice: the cap of a bone blurred into one slice has none.</summary>
    public static double SplitLeastContinuation { get; private set; } = 0.3;

    /// <summary>Radius of the ball that fits into a deposit at bone and into no cortex of a rib or of a flat bone, mm; at least so many pixels and slices,
    /// below which it is no ball.</summary>
    public static double SolidBallMm { get; private set; } = 2.2;

    /// <inheritdoc cref="SolidBallMm"/>
    public static double SolidBallPixels { get; private set; } = 1.5;

    /// <inheritdoc cref="SolidBallMm"/>
    public static double SolidBallSlices { get; private set; } = 1.1;

    /// <summary>The ball's radius, mm, and the least volume of such a deposit and of what is left of it, mm³, in a hand or foot:
    /// the cortex of a phalanx is thinner, and nodules on fingers are smaller.</summary>
    public static double SolidHandBallMm { get; private set; } = 1.4;

    /// <inheritdoc cref="SolidHandBallMm"/>
    public static double SolidHandLeastMm3 { get; private set; } = 12;

    /// <inheritdoc cref="SolidHandBallMm"/>
    public static double SolidHandLeftLeastMm3 { get; private set; } = 9;

    /// <summary>Levels at which a deposit at bone is looked for, HU: one of them lies between it and the bone beside it, in steps of a quarter.</summary>
    public static ImmutableArray<float> SolidLevelsHu { get; private set; } = [250, 325, 400, 500, 600, 800];

    /// <summary>HU from which it is a tooth or metal.</summary>
    public static double SolidGreatestHu { get; private set; } = 1500;

    /// <summary>Least volume, mm³, and greatest length, mm, of such a deposit.</summary>
    public static double SolidLeastMm3 { get; private set; } = 45;

    /// <inheritdoc cref="SolidLeastMm3"/>
    public static double SolidGreatestMm { get; private set; } = 60;

    /// <summary>How far in front of the middle of a spine's bone the muscles beside it are told from vessels, mm.</summary>
    public static double SpineVesselMm { get; private set; } = 12;

    /// <summary>Least and greatest radius of an aorta, mm: 12 to 32 mm wide, wider ones are aneurysms.</summary>
    public static double AortaLeastRadiusMm { get; private set; } = 6;

    /// <inheritdoc cref="AortaLeastRadiusMm"/>
    public static double AortaGreatestRadiusMm { get; private set; } = 16;

    /// <summary>How far beside a spine's middle an aorta's middle lies at most, and how far in front of the middle of its bone at least and at most, mm: a psoas is as round, but lies
    /// beside the vertebra.</summary>
    public static double AortaBesideMm { get; private set; } = 40;

    /// <inheritdoc cref="AortaBesideMm"/>
    public static double AortaLeastBeforeMm { get; private set; } = 15;

    /// <inheritdoc cref="AortaBesideMm"/>
    public static double AortaBeforeMm { get; private set; } = 75;

    /// <summary>Half width of a calcified wall with its blur, mm.</summary>
    public static double AortaWallMm { get; private set; } = 2.5;

    /// <summary>Least fraction of a structure's section that lies in the wall.</summary>
    public static double AortaLeastOnWall { get; private set; } = 0.85;

    /// <summary>Least fraction of the directions in which blood ends at the wall: spine, cava and muscle may touch an aorta, an edge of an organ or a loop of bowel has no more than half.</summary>
    public static double AortaLeastBorder { get; private set; } = 0.65;

    /// <summary>HU of blood without contrast medium.</summary>
    public static double BloodLeastHu { get; private set; } = 20;

    /// <inheritdoc cref="BloodLeastHu"/>
    public static double BloodGreatestHu { get; private set; } = 75;

    /// <summary>How far above and below an aorta must go on, mm: a lymph node does not.</summary>
    public static double AortaReachMm { get; private set; } = 10;

    /// <summary>How far beside the middle of a spine its muscles lie, mm: nearer are canal and discs, farther kidneys, liver and spleen.</summary>
    public static double MuscleLeastBesideMm { get; private set; } = 15;

    /// <inheritdoc cref="MuscleLeastBesideMm"/>
    public static double MuscleGreatestBesideMm { get; private set; } = 60;

    /// <summary>Least HU of muscle; fat and gas are below it.</summary>
    public static float MuscleLeastHu { get; private set; } = 15;

    /// <summary>Greatest fraction of what surrounds a structure in muscle that is no muscle: fat between its bundles.</summary>
    public static double MuscleGreatestOther { get; private set; } = 0.15;

    /// <summary>How far from its bone the muscle beside a spine is looked for, mm: half the width of a psoas.</summary>
    public static double MuscleReachMm { get; private set; } = 25;

    /// <summary>Width of the blur around a structure within its slices, where nothing is told, mm; at least so many pixels. Across slices it is one slice.</summary>
    public static double MuscleBlurMm { get; private set; } = 2;

    /// <inheritdoc cref="MuscleBlurMm"/>
    public static double MuscleBlurPixels { get; private set; } = 1.5;

    /// <summary>Width of what surrounds it, mm: the wall of an aorta has fat or blood within it.</summary>
    public static double MuscleRimMm { get; private set; } = 3;

    /// <summary>Least fraction of that which is not bone: else nothing is told.</summary>
    public static double MuscleLeastRim { get; private set; } = 0.5;

    /// <summary>Fraction of its surface that hangs together with equally dense bone: less than half, as of a ball on a plane that it sinks into by a third, and
    /// not nothing, as of a small bone apart.</summary>
    public static double SolidGreatestJoined { get; private set; } = 0.45;

    /// <inheritdoc cref="SolidGreatestJoined"/>
    public static double SolidLeastJoined { get; private set; } = 0.08;

    /// <summary>Least fraction of its surface outside the skeleton.</summary>
    public static double SolidLeastFree { get; private set; } = 0.03;

    /// <summary>Greatest ratio of its length to its width and of its width to its height: a process of a bone is longer.</summary>
    public static double SolidGreatestElongation { get; private set; } = 1.55;

    /// <summary>Its greatest volume, in largest balls inside: a round body with its uneven surface.</summary>
    public static double SolidGreatestBalls { get; private set; } = 1.9;

    /// <summary>Radii of the balls that close the bone under a nodule, in radii of the nodule, tried in turn: the smaller ones follow the dent that the nodule leaves,
    /// the larger ones fill the corner between two bones, and the nodule in it.</summary>
    public static ImmutableArray<double> SolidClosingRadii { get; private set; } = [3, 2.2, 1.5];

    /// <summary>Width of the blur around a nodule, mm, at least so many voxels.</summary>
    public static double SolidBlurMm { get; private set; } = 1.5;

    /// <inheritdoc cref="SolidBlurMm"/>
    public static double SolidBlurVoxels { get; private set; } = 1.05;

    /// <summary>Fraction of a nodule that stands out of that bone: where a large ball leaves less, it has filled a corner.</summary>
    public static double SolidUsualLeft { get; private set; } = 0.55;

    /// <summary>Greatest radius of such a ball, mm: the time it takes grows with it.</summary>
    public static double SolidClosingGreatestMm { get; private set; } = 20;

    /// <summary>Least volume of what is left of a nodule, mm³, and its greatest ratio of length to width and of width to height: a cap of a ball.</summary>
    public static double SolidLeftLeastMm3 { get; private set; } = 36;

    /// <inheritdoc cref="SolidLeftLeastMm3"/>
    public static double SolidLeftGreatestElongation { get; private set; } = 2.2;

    /// <summary>Least fraction with the smallest of the balls: what stands out less is no nodule.</summary>
    public static double SolidLeastLeft { get; private set; } = 0.35;

    /// <summary>Least share of the surface of such a deposit at a bone of the head that faces soft tissue: the head has many bones with air or other bones beside them.</summary>
    public static double SolidHeadLeastSoftShare { get; private set; } = 0.5;

    /// <summary>
    /// A round piece that the skeleton was cut from: least share of its surface that faces soft tissue, greatest ratio of its length to its height, least median, HU, and least volume, mm³.
    /// Most thin bones of a head are long or flat; small ones are not asked.
    /// </summary>
    public static double RoundLeastSoftShare { get; private set; } = 0.8;

    /// <inheritdoc cref="RoundLeastSoftShare"/>
    public static double RoundGreatestElongation { get; private set; } = 1.6;

    /// <inheritdoc cref="RoundLeastSoftShare"/>
    public static double RoundLeastHu { get; private set; } = 350;

    /// <inheritdoc cref="RoundLeastSoftShare"/>
    public static double RoundLeastMm3 { get; private set; } = 20;

    /// <summary>Volume from which what stands out of the sections of a bone must be such a body too, mm³, where the bones are not those of a limb: the jaw and the
    /// base of the skull have processes. A smaller one has no room for the ball.</summary>
    public static double PieceGreatestMm3 { get; private set; } = 100;

    /// <summary>HU below which cells of the body are air, and how much of it a sinus or an airway has at least, mm³.</summary>
    public static double InnerAirGreatestHu { get; private set; } = -500;

    /// <inheritdoc cref="InnerAirGreatestHu"/>
    public static double InnerAirLeastMm3 { get; private set; } = 500;

    /// <summary>Inscribed radius from which unevenness is not just blur, mm: twice the SD of a usual one inside the edge.</summary>
    public static double UnevenLeastRadiusMm { get; private set; } = 3;

    /// <summary>Volume from which a part of a bone must be homogeneous to be a deposit, mm³: bones break into large pieces, deposits at bone are smaller.</summary>
    public static double UnevenLeastMm3 { get; private set; } = 1000;

    /// <summary>Extent across the slices up to which what an end slice cuts may be the end of a bone, mm.</summary>
    public static double StumpGreatestMm { get; private set; } = 8;

    /// <summary>Least radius of the section that an end slice cuts, mm: of a thin rib.</summary>
    public static double StumpLeastRadiusMm { get; private set; } = 1.5;

    // Final classes.

    /// <summary>
    /// Confidence of a deposit, and what lowers it: parted from bone, faint, in a trunk, of few voxels. Set so that of the deposits of a confidence as
    /// many are right on phantoms of random layout (`score` prints the table).
    /// </summary>
    public static double DepositConfidence { get; private set; } = 0.97;

    /// <inheritdoc cref="DepositConfidence"/>
    public static double ReleasedDoubt { get; private set; } = 0.06;

    /// <inheritdoc cref="DepositConfidence"/>
    public static double FaintDoubt { get; private set; } = 0.06;

    /// <inheritdoc cref="DepositConfidence"/>
    public static double TrunkDoubt { get; private set; } = 0.03;

    /// <inheritdoc cref="DepositConfidence"/>
    public static double FewVoxelsDoubt { get; private set; } = 0.03;

    /// <summary>Least ratio of the middle to the short extent of something flat.</summary>
    public static double FlatLeastRatio { get; private set; } = 2.2;

    /// <summary>HU of a thin shell in air, blurred: well above air and foam.</summary>
    public static float ShellLeastHu { get; private set; } = -750;

    /// <summary>How far from the body its blur reaches, mm.</summary>
    public static double SkinBlurMm { get; private set; } = 2;

    /// <summary>
    /// A shell that touches the skin: greatest thickness, mm, reach in which its continuation outside the body is looked for, mm, least voxels of matter
    /// there as a fraction of its own, and least length over thickness.
    /// </summary>
    public static double ShellGreatestMm { get; private set; } = 5;

    /// <inheritdoc cref="ShellGreatestMm"/>
    public static double ShellReachMm { get; private set; } = 8;

    /// <inheritdoc cref="ShellGreatestMm"/>
    public static double ShellLeastOutside { get; private set; } = 0.25;

    /// <inheritdoc cref="ShellGreatestMm"/>
    public static double ShellLeastElongation { get; private set; } = 3;

    /// <summary>HU from which a voxel is metal: cortex and enamel stay below about 2500 at 120 kVp.</summary>
    public static float MetalHu { get; private set; } = 2500;

    /// <summary>Peak that metal reaches, HU, and the voxels it needs: a single one may be an artefact.</summary>
    public static float MetalPeakHu { get; private set; } = 2900;

    /// <inheritdoc cref="MetalPeakHu"/>
    public static float MetalLeastVoxelCount { get; private set; } = 3;

    /// <summary>
    /// In-plane width of the blurred halo of metal, mm, and in pixels, whichever is more; across slices it is one slice wide. A point-spread
    /// function of 1 mm SD leaves 3000 HU above 130 HU for about 2 mm.
    /// </summary>
    public static double MetalHaloMm { get; private set; } = 2;

    /// <inheritdoc cref="MetalHaloMm"/>
    public static double MetalHaloPixels { get; private set; } = 2.5;

    /// <summary>Distance from metal within which what is connected with it may be streaks, mm.</summary>
    public static double MetalStreakMm { get; private set; } = 10;

    /// <summary>In-plane width of the blurred fringe of bone, mm.</summary>
    public static double BoneFringeMm { get; private set; } = 2;

    /// <summary>Fraction of the cells around a deposit that must be soft tissue: in air or among dense parts it is not in a patient's soft tissue.</summary>
    public static double LeastSoftAround { get; private set; } = 0.2;

    /// <summary>Share of a deposit's surface that faces soft tissue at least, where fewer of the cells around its bounds are: a plaque on a finger has air around them.</summary>
    public static double LeastTissueShare { get; private set; } = 0.25;

    /// <summary>Fraction of the cells around what was parted from bone that must be soft tissue: a part of a bare skull is not a deposit.</summary>
    public static double LeastSoftAroundReleased { get; private set; } = 0.4;

    /// <summary>Least excess of a deposit's 95th percentile over the threshold, HU.</summary>
    public static double LeastAboveThresholdHu { get; private set; } = 25;

    /// <summary>Least excess of a deposit's 95th percentile over the median of its surroundings, HU.</summary>
    public static double LeastExcessHu { get; private set; } = 60;

    /// <summary>Core less dense than seeds that counts as marrow, mm³.</summary>
    public static double MarrowLeastMm3 { get; private set; } = 15;

    /// <summary>Median HU below which, and volume from which, a deep structure of a trunk is an enhancing organ or vessel, mm³.</summary>
    public static double EnhancedGreatestHu { get; private set; } = 300;

    /// <inheritdoc cref="EnhancedGreatestHu"/>
    public static double EnhancedLeastMm3 { get; private set; } = 1000;

    /// <summary>Opacified vessels: greatest median and 95th percentile, HU; least length and greatest inscribed radius, mm.</summary>
    public static double LumenGreatestHu { get; private set; } = 450;

    /// <inheritdoc cref="LumenGreatestHu"/>
    public static double LumenGreatestP95Hu { get; private set; } = 600;

    /// <inheritdoc cref="LumenGreatestHu"/>
    public static double VesselLeastLengthMm { get; private set; } = 25;

    /// <inheritdoc cref="LumenGreatestHu"/>
    public static double VesselGreatestRadiusMm { get; private set; } = 7;

    /// <summary>Median below which what lies in the wall of a trunk is cartilage with calcified specks, HU: cartilage has 80 to 180.</summary>
    public static double CartilageGreatestHu { get; private set; } = 200;

    /// <summary>How far in front of the spine ribs may end, mm, the median that their blurred ends, cut by a slice, do not reach, HU, and their least volume, mm³.</summary>
    public static double RibEndsMm { get; private set; } = 50;

    /// <inheritdoc cref="RibEndsMm"/>
    public static double RibEndGreatestHu { get; private set; } = 330;

    /// <inheritdoc cref="RibEndsMm"/>
    public static double RibEndLeastMm3 { get; private set; } = 40;

    /// <summary>Median around a finding from which it lies in cartilage or an enhancing organ, HU: muscle has 70 at most, with contrast medium.</summary>
    public static double CartilageLeastHu { get; private set; } = 85;

    /// <summary>Greatest inscribed radius of calcified cartilage, mm, and how far from bone it lies at most, mm: it goes on from the ribs.</summary>
    public static double CartilageGreatestRadiusMm { get; private set; } = 7;

    /// <inheritdoc cref="CartilageGreatestRadiusMm"/>
    public static double CartilageGreatestBoneMm { get; private set; } = 15;

    /// <summary>Dense volume from which such a low median is not the blur of something small, mm³.</summary>
    public static double CartilageLeastMm3 { get; private set; } = 90;

    /// <summary>How far outside the deep compartment cartilage may seem to lie, mm: the muscle over it is thinner than what the opening removes.</summary>
    public static double CartilageGreatestOutsideMm { get; private set; } = 10;

    /// <summary>Distance from bone that is contact where pixels are too coarse to tell, pixels: one of blur, one of partial volume, one of the reduced grid.</summary>
    public static double CoarseContactPixels { get; private set; } = 3;

    /// <summary>Distance from bone that is contact on the reduced grid, mm, and the median below which what touches may be spongy bone, HU.</summary>
    public static double BoneContactMm { get; private set; } = 2.4;

    /// <inheritdoc cref="BoneContactMm"/>
    public static double SpongyGreatestMedianHu { get; private set; } = 250;

    /// <summary>The same for what is flat or long at a thin bone, as of a head: walls of half a millimetre blur to this, HU.</summary>
    public static double ThinBoneGreatestMedianHu { get; private set; } = 350;

    /// <summary>Dense volume of a fringe that only seems not to touch its bone, mm³: the less dense layer between them lies below the threshold.</summary>
    public static double SpongyLeastMm3 { get; private set; } = 150;

    /// <summary>Wide lumens: greatest range of neighbouring cells in noise SD, least radius, mm, least volume, mm³.</summary>
    public static double LumenGreatestRangeSigmas { get; private set; } = 4;

    /// <inheritdoc cref="LumenGreatestRangeSigmas"/>
    public static double LumenLeastRadiusMm { get; private set; } = 3;

    /// <inheritdoc cref="LumenGreatestRangeSigmas"/>
    public static double LumenLeastMm3 { get; private set; } = 500;

    /// <summary>Calcium at a wide lumen beside bone: reach from the lumen, mm, least fraction within it, greatest volume, mm³.</summary>
    public static double LumenReachMm { get; private set; } = 4;

    /// <inheritdoc cref="LumenReachMm"/>
    public static double WallLeastNearFraction { get; private set; } = 0.3;

    /// <inheritdoc cref="LumenReachMm"/>
    public static double WallGreatestMm3 { get; private set; } = 5000;

    /// <summary>Calcium in the wall of a lumen: least HU, least excess over the lumen in HU and in noise SD, least voxels.</summary>
    public static double WallLeastHu { get; private set; } = 300;

    /// <inheritdoc cref="WallLeastHu"/>
    public static double WallLeastExcessHu { get; private set; } = 120;

    /// <inheritdoc cref="WallLeastHu"/>
    public static double WallSigmas { get; private set; } = 6;

    /// <inheritdoc cref="WallLeastHu"/>
    public static double WallLeastVoxelCount { get; private set; } = 2;

    /// <summary>Distance to bone, inscribed radius and volume up to which a faint rest beside bone is its fringe, mm and mm³.</summary>
    public static double FringeReachMm { get; private set; } = 4;

    /// <inheritdoc cref="FringeReachMm"/>
    public static double FringeRadiusMm { get; private set; } = 1.5;

    /// <inheritdoc cref="FringeReachMm"/>
    public static double FringeGreatestMm3 { get; private set; } = 200;

    /// <summary>Fraction of the rays within the slice that meet bone for a place to be inside a bone, and their length, mm: the radius of a vertebra.</summary>
    public static double SpongyEnclosure { get; private set; } = 0.75;

    /// <inheritdoc cref="SpongyEnclosure"/>
    public static double SpongyReachMm { get; private set; } = 25;

    /// <summary>Fraction of the in-plane surface that touches bone from which what is dense and deep in a trunk is a part of that bone.</summary>
    public static double SpongyContact { get; private set; } = 0.4;

    /// <summary>Greatest 95th percentile of what a bone encloses and counts as its spongy part, HU.</summary>
    public static double SpongyGreatestHu { get; private set; } = 900;

    /// <summary>Largest gap of a skull's section that is closed, mm.</summary>
    public static double SkullGapMm { get; private set; } = 6;

    /// <summary>Bones reported one by one, mm³; the smaller are merged.</summary>
    public static double SingleBoneMm3 { get; private set; } = 200;

    /// <summary>Distance beyond which a finding is far from bone, and below which the distance is measured exactly, mm.</summary>
    public static double FarFromBoneMm { get; private set; } = 60;

    /// <inheritdoc cref="FarFromBoneMm"/>
    public static double ExactBoneDistanceMm { get; private set; } = 15;

    /// <summary>Volume below which a deposit is a speck, mm³ (a ball of 2.8 mm), and the HU that it is taken to have without blur.</summary>
    public static double SpeckMm3 { get; private set; } = 12;

    /// <inheritdoc cref="SpeckMm3"/>
    public static double SpeckHu { get; private set; } = 700;

    /// <summary>HU below which 95 % of a faint finding's voxels lie.</summary>
    public static double FaintHu { get; private set; } = 200;

    /// <summary>Excess over its surroundings from which a small structure in the fat under the skin is not faint, HU, where no contrast medium is seen, and how far from bone it must lie, mm.</summary>
    public static double FaintExcessHu { get; private set; } = 250;

    /// <inheritdoc cref="FaintExcessHu"/>
    public static double FaintLeastBoneMm { get; private set; } = 10;

    /// <summary>
    /// Slice distance from which the end of a bone is seen as a faint spot in the next slice or two, mm, and how far from the bone that is in the slice, mm: bones that are not
    /// upright move so far from slice to slice.
    /// </summary>
    public static double ThickSliceMm { get; private set; } = 3;

    /// <inheritdoc cref="ThickSliceMm"/>
    public static double ThickSliceReachMm { get; private set; } = 6.5;

    /// <summary>Reach of the growth from a structure to the dense voxels around it, mm.</summary>
    public static double GrowthReachMm { get; private set; } = 4;

    /// <summary>Peak above the surroundings, in noise SD, that a component of few voxels must reach not to be noise.</summary>
    public static double NoisePeakSigmas { get; private set; } = 5;

    /// <summary>Components of fewer voxels may be noise.</summary>
    public static int NoiseGreatestVoxelCount { get; private set; } = 20;

    /// <summary>Uncertain entries of a series at most: what a reader goes through.</summary>
    public static int GreatestUncertainCount { get; private set; } = 15;

    /// <summary>Slices below which nothing is a deposit with certainty: there is no evidence through the plane.</summary>
    public static int FewSlices { get; private set; } = 5;

    // Shape.

    /// <summary>Part of the filled sections that fluid-wide holes of a cyst fill at least, and its least length, mm.</summary>
    public static double CysticLeastHoleShare { get; private set; } = 0.15;

    /// <inheritdoc cref="CysticLeastHoleShare"/>
    public static double CysticLeastMm { get; private set; } = 10;

    /// <summary>Length from which something is broad or long, mm: what is shorter is a nodule, however flat.</summary>
    public static double BroadLeastMm { get; private set; } = 8;

    /// <summary>Part of the box around it that a network fills at most, and how thick its strands are at most, mm.</summary>
    public static double LacyGreatestFill { get; private set; } = 0.35;

    /// <inheritdoc cref="LacyGreatestFill"/>
    public static double LacyGreatestMm { get; private set; } = 4;

    /// <summary>Least length of a line in widths, and its greatest width, mm.</summary>
    public static double LineLeastRatio { get; private set; } = 3.5;

    /// <inheritdoc cref="LineLeastRatio"/>
    public static double LineGreatestMm { get; private set; } = 6;

    /// <summary>Length from which a compact mass is tumoral in pattern, mm (clinical use: about 30).</summary>
    public static double TumoralLeastMm { get; private set; } = 30;

    /// <summary>Confidence of a shape whose figures lie far from every limit, and the distance from a limit, in natural logarithms, at which it is two thirds there.</summary>
    public static double ShapeConfidence { get; private set; } = 0.98;

    /// <inheritdoc cref="ShapeConfidence"/>
    public static double ShapeMargin { get; private set; } = 0.1;

    /// <summary>Greatest diameter of a phlebolith, mm, and its greatest ratio of length to height.</summary>
    public static double PhlebolithGreatestMm { get; private set; } = 9;

    /// <inheritdoc cref="PhlebolithGreatestMm"/>
    public static double PhlebolithGreatestElongation { get; private set; } = 1.5;

    /// <summary>Least difference of rim and lucent centre as a fraction of the rim, and in SDs of its noise.</summary>
    public static double LucentLeastShare { get; private set; } = 0.08;

    /// <inheritdoc cref="LucentLeastShare"/>
    public static double LucentSigmas { get; private set; } = 4;

    /// <summary>Least volume of a core that may be marrow, mm³, and the greatest HU of its least dense tenth: of trabecular bone with marrow.</summary>
    public static double OssifiedLeastCoreMm3 { get; private set; } = 15;

    /// <inheritdoc cref="OssifiedLeastCoreMm3"/>
    public static double OssifiedGreatestCoreHu { get; private set; } = 220;

    /// <summary>HU of fluid inside a cyst, least and greatest: between fat, with some noise, and clotted or protein-rich fluid.</summary>
    public static double FluidLeastHu { get; private set; } = -25;

    /// <inheritdoc cref="FluidLeastHu"/>
    public static double FluidGreatestHu { get; private set; } = 70;

    /// <summary>Least step from fluid to settled calcium, HU, and the SDs of noise by which fluid is told from it.</summary>
    public static double LevelLeastStepHu { get; private set; } = 80;

    /// <inheritdoc cref="LevelLeastStepHu"/>
    public static double LevelSigmas { get; private set; } = 4;

    /// <summary>Least section of a chamber that is looked at, mm², and least width of all its levels together, mm.</summary>
    public static double LevelLeastChamberMm2 { get; private set; } = 25;

    /// <inheritdoc cref="LevelLeastChamberMm2"/>
    public static double LevelLeastMm { get; private set; } = 12;

    /// <summary>How far from the lowest place of the fluid its border is level, pixels: partial volume at the step and the slope of a turned grid.</summary>
    public static double LevelTolerancePixels { get; private set; } = 0.8;

    /// <summary>Least part of the lower border at one height, and by how much it exceeds that of the other borders: a round chamber has some of it everywhere.</summary>
    public static double LevelLeastShare { get; private set; } = 0.55;

    /// <inheritdoc cref="LevelLeastShare"/>
    public static double LevelLeastExcess { get; private set; } = 0.15;

    /// <summary>Where below the step the settled calcium is measured, mm: beyond the blur of the step, before the wall below.</summary>
    public static double LevelBelowMm { get; private set; } = 1.5;

    /// <summary>Greatest cosine between gravity and the slices' normal: flatter slices cut a level along itself.</summary>
    public static double LevelGreatestNormalCosine { get; private set; } = 0.45;

    // Teeth.

    /// <summary>HU from which a voxel may be a tooth's crown, and which its enamel reaches: cortex stays below about 1900 at 120 kVp.</summary>
    public static float CrownHu { get; private set; } = 1500;

    /// <inheritdoc cref="CrownHu"/>
    public static float EnamelPeakHu { get; private set; } = 1950;

    /// <summary>HU from which what surrounds a crown is dentine, and how far from the crown it is looked for, mm: into the roots.</summary>
    public static float DentineHu { get; private set; } = 1150;

    /// <inheritdoc cref="DentineHu"/>
    public static double DentineReachMm { get; private set; } = 4;

    /// <summary>Least volume of a crown's dense part, its usual volume, and the greatest of a whole arch of crowns that touch, mm³.</summary>
    public static double CrownLeastMm3 { get; private set; } = 12;

    /// <inheritdoc cref="CrownLeastMm3"/>
    public static double CrownUsualMm3 { get; private set; } = 200;

    /// <inheritdoc cref="CrownLeastMm3"/>
    public static double ArchGreatestMm3 { get; private set; } = 9000;

    /// <summary>Width and height within which the teeth of a head lie, mm, and how many must be seen: one dense spot is no tooth.</summary>
    public static double ArchWidthMm { get; private set; } = 75;

    /// <inheritdoc cref="ArchWidthMm"/>
    public static double ArchHeightMm { get; private set; } = 40;

    /// <inheritdoc cref="ArchWidthMm"/>
    public static double ArchLeastTeeth { get; private set; } = 4;

    // Cysts at bone.

    /// <summary>HU of the fluid in a cyst at bone, least and greatest: neither fatty marrow nor spongy bone.</summary>
    public static double CystLeastHu { get; private set; } = -10;

    /// <inheritdoc cref="CystLeastHu"/>
    public static double CystGreatestHu { get; private set; } = 45;

    /// <summary>SDs of noise by which single voxels of the fluid may lie outside.</summary>
    public static double CystNoiseSigmas { get; private set; } = 2.5;

    /// <summary>How uneven the fluid may be, in SDs of noise and HU: partial volume at its border included.</summary>
    public static double CystGreatestDeviations { get; private set; } = 1.4;

    /// <inheritdoc cref="CystGreatestDeviations"/>
    public static double CystGreatestUnevennessHu { get; private set; } = 6;

    /// <summary>Least volume of a chamber, mm³, and its greatest length in heights: the canals of the spine and of the sacrum are longer.</summary>
    public static double CystChamberLeastMm3 { get; private set; } = 400;

    /// <inheritdoc cref="CystChamberLeastMm3"/>
    public static double CystGreatestElongation { get; private set; } = 3.5;

    /// <summary>Least part of a chamber's surface that calcium encloses, and how far beyond the surface it may begin, mm: the width of a blurred edge.</summary>
    public static double CystLeastEnclosed { get; private set; } = 0.85;

    /// <inheritdoc cref="CystLeastEnclosed"/>
    public static double CystEdgeMm { get; private set; } = 3;

    /// <summary>Greatest gap between chambers of one cyst, mm, and how far from them its wall is looked for, mm.</summary>
    public static double CystSeptumMm { get; private set; } = 6;

    /// <inheritdoc cref="CystSeptumMm"/>
    public static double CystReachMm { get; private set; } = 22;

    /// <summary>How far from a chamber its wall begins at most, and within which most of its calcium lies, the settled part included, mm.</summary>
    public static double CystWallMm { get; private set; } = 3;

    /// <inheritdoc cref="CystWallMm"/>
    public static double CystNearMm { get; private set; } = 9;

    /// <summary>Least part of a cyst's calcium that lies that near, and of the wall that it makes up: the rest is bone that hangs together with it.</summary>
    public static double CystLeastNearShare { get; private set; } = 0.75;

    /// <inheritdoc cref="CystLeastNearShare"/>
    public static double CystLeastWallShare { get; private set; } = 0.5;

    /// <summary>Levels at which the shell of a cyst is parted from the bone beside it, HU: the gap between them is blurred, never as dense as both.</summary>
    public static ImmutableArray<float> CystLevelsHu { get; private set; } = [130, 200, 250, 325, 400, 500, 600];
}
