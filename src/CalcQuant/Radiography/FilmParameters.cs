using System.Collections.Immutable;

namespace CalcQuant.Radiography;

/// <summary>Every number that the search for deposits on films decides by, with its unit and reason.</summary>
internal static class FilmParameters
{
    /// <summary>Side of a cell of the search, mm: a speck of 2 mm² has some forty of them, and noise of fine pixels averages.</summary>
    public static double SearchCellMm { get; private set; } = 0.22;

    /// <summary>Side of a coarse cell, mm: bones are many of them wide, a film has some fifty thousand.</summary>
    public static double CoarseCellMm { get; private set; } = 1.1;

    /// <summary>Width of a film whose pixels have no known size, mm: that of the common large cassette. Only the search uses it, never an area.</summary>
    public static double AssumedLongSideMm { get; private set; } = 350;

    /// <summary>Pixels larger than this are too coarse for the search, mm: the least deposits are one pixel.</summary>
    public static double GreatestPixelMm { get; private set; } = 0.5;

    /// <summary>Part of the cells below which the least value, and above which the greatest, is taken.</summary>
    public static double PlateauQuantile { get; private set; } = 0.0005;

    /// <summary>How near the greatest value a cell of a bright border plateau is, as part of the range; a quarter of it at the least value.</summary>
    public static double PlateauTolerance { get; private set; } = 0.02;

    /// <summary>Least area of a plateau at the border, mm².</summary>
    public static double PlateauLeastMm2 { get; private set; } = 150;

    /// <summary>Part of a side of the film that a bright plateau must fill unless it fills a corner.</summary>
    public static double PlateauSide { get; private set; } = 0.4;

    /// <summary>Step at a collimator's edge over the median step of the film.</summary>
    public static float CollimatorSteps { get; private set; } = 6;

    /// <summary>Least step at a collimator's edge, as part of the range.</summary>
    public static double CollimatorLeastStep { get; private set; } = 0.04;

    /// <summary>How far from the border a collimator's edge is looked for, as part of the film.</summary>
    public static double CollimatorDepth { get; private set; } = 0.3;

    /// <summary>Part of the lines that must step.</summary>
    public static double CollimatorShare { get; private set; } = 0.6;

    /// <summary>What lies this near to the edge of the field is left out, mm: penumbra of the collimator.</summary>
    public static double FieldMarginMm { get; private set; } = 2.5;

    /// <summary>What lies this near to a black plateau is left out, mm: the edge of a shutter or of the skin.</summary>
    public static double SkinMarginMm { get; private set; } = 2.5;

    /// <summary>Part of its mode to which the histogram of air falls before its end is looked for.</summary>
    public static double AirModeFall { get; private set; } = 0.15;

    /// <summary>Least area of air that touches no border, mm².</summary>
    public static double AirLeastMm2 { get; private set; } = 400;

    /// <summary>Radius of the opening of the body, mm: wires and marks in the air go.</summary>
    public static double BodyOpeningMm { get; private set; } = 3;

    /// <summary>Least area of a part of the body, mm².</summary>
    public static double BodyLeastMm2 { get; private set; } = 300;

    /// <summary>Standard deviation of the envelope that bone stands out of on hands and feet, mm: soft tissue on both sides of a finger's bone is within it.</summary>
    public static double HandEnvelopeMm { get; private set; } = 7;

    /// <summary>The same elsewhere, mm: soft tissue beside a femur is within two of them.</summary>
    public static double LimbEnvelopeMm { get; private set; } = 15;

    /// <summary>Weight in the envelope of what lies above it, against 1 for what lies below: bone covers half of a finger and may lift it by no more than a few percent.</summary>
    public static double EnvelopeWeightAbove { get; private set; } = 0.03;

    /// <summary>Rounds of the envelope.</summary>
    public static int EnvelopeRounds { get; private set; } = 10;

    /// <summary>Part of the cells below dense bone.</summary>
    public static double BoneQuantile { get; private set; } = 0.95;

    /// <summary>Deviations of soft tissue that bone lies above its mode.</summary>
    public static double BoneTextures { get; private set; } = 3;

    /// <summary>Least and greatest level of bone between the mode of soft tissue and dense bone: ends of bones have a sixth of a shaft.</summary>
    public static double BoneLeastLevel { get; private set; } = 0.15;

    /// <summary>The greatest.</summary>
    public static double BoneGreatestLevel { get; private set; } = 0.3;

    /// <summary>Radius of the closing of bone on hands and feet, mm: less than half of what is between two bones.</summary>
    public static double HandClosingMm { get; private set; } = 1.2;

    /// <summary>The same elsewhere, mm: gaps in a thin cortex.</summary>
    public static double LimbClosingMm { get; private set; } = 2.5;

    /// <summary>Greatest width of marrow that the field cuts off, mm: a knee.</summary>
    public static double MarrowMm { get; private set; } = 80;

    /// <summary>The same on hands and feet, mm: a metacarpal.</summary>
    public static double HandMarrowMm { get; private set; } = 8;

    /// <summary>Radius of the discs that fit into the ends of bones on hands and feet, mm; what they do not reach is a knob.</summary>
    public static double HandProtrusionMm { get; private set; } = 3;

    /// <summary>The same elsewhere, mm.</summary>
    public static double LimbProtrusionMm { get; private set; } = 7;

    /// <summary>Least radius of a knob on hands and feet, mm; corners of bones are thinner.</summary>
    public static double HandProtrusionLeastMm { get; private set; } = 1;

    /// <summary>The same elsewhere, mm.</summary>
    public static double LimbProtrusionLeastMm { get; private set; } = 2;

    /// <summary>Greatest length over width of a knob; thin bones are longer.</summary>
    public static double ProtrusionAspect { get; private set; } = 2;

    /// <summary>Radius of the opening of bone on hands and feet, mm: half of a distal phalanx.</summary>
    public static double HandOpeningMm { get; private set; } = 1.5;

    /// <summary>The same elsewhere, mm: half of a fibula.</summary>
    public static double LimbOpeningMm { get; private set; } = 4;

    /// <summary>Least area of a piece on hand or foot that is bone, mm²: a distal phalanx.</summary>
    public static double HandBoneLeastMm2 { get; private set; } = 12;

    /// <summary>Depth over the greatest depth nearby from which a piece lies in the middle of a finger or the palm.</summary>
    public static double HandBoneCentral { get; private set; } = 0.45;

    /// <summary>The same for a long piece: the end of a finger is narrow, and its bone off the middle.</summary>
    public static double HandLongCentral { get; private set; } = 0.35;

    /// <summary>Least length of a long piece, mm.</summary>
    public static double HandBoneLengthMm { get; private set; } = 8;

    /// <summary>Least length over width of it.</summary>
    public static double HandBoneAspect { get; private set; } = 1.6;

    /// <summary>How far the greatest depth is looked for on hands and feet, mm: half of a finger and some more.</summary>
    public static double FingerReachMm { get; private set; } = 12;

    /// <summary>Least area of bone that leaves the field or lies in the middle of a limb, mm².</summary>
    public static double BoneLeastMm2 { get; private set; } = 80;

    /// <summary>Area from which a piece is bone wherever it lies, mm².</summary>
    public static double BoneLargeMm2 { get; private set; } = 2500;

    /// <summary>Least length of bone in the middle of a limb, mm.</summary>
    public static double BoneLengthMm { get; private set; } = 14;

    /// <summary>Depth over the greatest depth nearby from which a piece lies in the middle of a limb.</summary>
    public static double BoneCentral { get; private set; } = 0.6;

    /// <summary>The same for a piece that leaves the field.</summary>
    public static double BoneLeavingCentral { get; private set; } = 0.35;

    /// <summary>How far the greatest depth is looked for, mm: half of a limb.</summary>
    public static double LimbReachMm { get; private set; } = 45;

    /// <summary>Rounds of the robust surface.</summary>
    public static int TrendRounds { get; private set; } = 4;

    /// <summary>Cells within this many of the outline of the body lie half in the air, and no surface is fitted to them.</summary>
    public static double RimCells { get; private set; } = 1.5;

    /// <summary>Depth below the skin within which the strip along it is taken away, mm.</summary>
    public static double RimDepthMm { get; private set; } = 6;

    /// <summary>Depths within this are one, mm.</summary>
    public static double RimStrideMm { get; private set; } = 0.5;

    /// <summary>A third of the length along which the strip is the same, mm: plaques along the skin are shorter than the whole.</summary>
    public static double RimStepMm { get; private set; } = 20;

    /// <summary>What lies this near to bone does not count for the surface of soft tissue, mm.</summary>
    public static double BoneBlurMm { get; private set; } = 1.5;

    /// <summary>Standard deviation of the smoothing that noise over bone is measured against, in cells.</summary>
    public static double TextureCells { get; private set; } = 1.5;

    /// <summary>Noise of a difference of smoothed values over that of their finest part.</summary>
    public static double TextureScale { get; private set; } = 1.5;

    /// <summary>Distances at which what lies over bone is compared with what is on both sides of it, mm: from a speck to a nodule.</summary>
    public static ImmutableArray<double> BoneReachesMm { get; private set; } = [1.3, 2.2, 3.7, 6.2];

    /// <summary>Directions in which it is compared.</summary>
    public static int BoneDirections { get; private set; } = 12;

    /// <summary>Least contrast over bone as a part of that of bone itself: its ends and joints overlap.</summary>
    public static double LeastContrastOverBone { get; private set; } = 0.1;

    /// <summary>Least solidity of a finding over bone: edges of bones are bent.</summary>
    public static double SolidOverBone { get; private set; } = 0.8;

    /// <summary>Greatest length over width of a finding over bone, and of a probable one at the outline of the body.</summary>
    public static double CompactAspect { get; private set; } = 2.5;

    /// <summary>Standard deviation of the weights of the fine surface, mm: specks.</summary>
    public static double FineTrendMm { get; private set; } = 4;

    /// <summary>The same of the middle surface, mm: nodules.</summary>
    public static double MiddleTrendMm { get; private set; } = 8;

    /// <summary>What lies this near to bone is blurred by its edge, mm; the layers beside bone leave it out.</summary>
    public static double BoneEdgeMm { get; private set; } = 0.8;

    /// <summary>Part of the weights that must fall on cells that count.</summary>
    public static double TrendLeastSupport { get; private set; } = 0.1;

    /// <summary>The same for a surface with curvature.</summary>
    public static double TrendFullSupport { get; private set; } = 0.4;

    /// <summary>Residuals above this many standard deviations do not count.</summary>
    public static float TrendAbove { get; private set; } = 1.8f;

    /// <summary>Residuals this many standard deviations below do not count.</summary>
    public static float TrendBelow { get; private set; } = 3;

    /// <summary>Side of the tiles in which noise and texture are measured, mm.</summary>
    public static double NoiseTileMm { get; private set; } = 10;

    /// <summary>Samples along half of a tile: some hundreds a tile tell its spread within a few percent.</summary>
    public static int NoiseSamples { get; private set; } = 10;

    /// <summary>Cells of a fit per standard deviation of its weights at most; on finer cells nothing but time is gained.</summary>
    public static double TrendCells { get; private set; } = 8;

    /// <summary>Greatest noise of a tile over the film's median: texture of fat and muscle doubles it.</summary>
    public static double GreatestNoise { get; private set; } = 2.5;

    /// <summary>Least noise of a tile over the film's median.</summary>
    public static double LeastNoise { get; private set; } = 0.3;

    /// <summary>Smoothing before the search, in cells of its layer: as much as cells are apart, so that noise falls with size.</summary>
    public static double SearchSmoothingCells { get; private set; } = 1;

    /// <summary>Deviations of noise from which a cell may belong to a deposit.</summary>
    public static double LowDeviations { get; private set; } = 3;

    /// <summary>Deviations of noise that its densest part must reach.</summary>
    public static double PeakDeviations { get; private set; } = 5.5;

    /// <summary>Deviations of noise beyond which more make no finding likelier.</summary>
    public static double EnoughDeviations { get; private set; } = 15;

    /// <summary>Least area of a finding, mm²: a speck of 0.6 mm.</summary>
    public static double LeastMm2 { get; private set; } = 0.28;

    /// <summary>Least contrast of a finding as a part of that of bone.</summary>
    public static double LeastBoneContrast { get; private set; } = 0.03;

    /// <summary>Part of the peak at which a finding is parted from what it lies in.</summary>
    public static double HalfLevel { get; private set; } = 0.5;

    /// <summary>How much higher each level is than the one before where a component falls apart.</summary>
    public static double LevelStep { get; private set; } = 1.25;

    /// <summary>Part of the surroundings of a finding that must be less dense than half of it.</summary>
    public static double ClosedLeast { get; private set; } = 0.8;

    /// <summary>The same for a probable one.</summary>
    public static double ClosedProbable { get; private set; } = 0.93;

    /// <summary>Deviations of noise from which a finding is probable.</summary>
    public static double ProbableDeviations { get; private set; } = 7;

    /// <summary>Distance from bone from which a finding is probable, mm.</summary>
    public static double ProbableBoneMm { get; private set; } = 3;

    /// <summary>Depth below the outline of the body from which a long finding is probable, mm: skin folds and nails lie at it.</summary>
    public static double ProbableDepthMm { get; private set; } = 2.5;

    /// <summary>Deviations of noise from which a compact finding at the skin is probable: the strip along it is not taken away to the last cell.</summary>
    public static double ProbableSkinDeviations { get; private set; } = 14;

    /// <summary>Distance from the edge of the field or film from which a finding is probable, mm: what is cut off cannot be told from what goes on outside.</summary>
    public static double ProbableFieldMm { get; private set; } = 3;

    /// <summary>How far on both sides of its edge a large finding is looked at, mm: a ball gets thick slowly, a muscle more slowly still.</summary>
    public static double EdgeReachMm { get; private set; } = 1.5;

    /// <summary>Least fall across the edge over contrast of a finding: muscles and folds fade over centimetres.</summary>
    public static double LeastEdgeDrop { get; private set; } = 0.35;

    /// <summary>The same of a probable one.</summary>
    public static double ProbableEdgeDrop { get; private set; } = 0.45;

    /// <summary>Least area of a probable finding, mm².</summary>
    public static double ProbableLeastMm2 { get; private set; } = 0.8;

    /// <summary>Part of the findings' pixels over bone from which it counts as over bone.</summary>
    public static double OverBoneShare { get; private set; } = 0.5;

    /// <summary>Greatest part of the area that is lost from level zero to the full contrast, by the curve of balls.</summary>
    public static double GreatestDoming { get; private set; } = 1;

    /// <summary>Bound of faint against moderate, as part of the cortex's contrast: a convention.</summary>
    public static double ModerateRatio { get; private set; } = 0.15;

    /// <summary>Bound of moderate against dense: a convention.</summary>
    public static double DenseRatio { get; private set; } = 0.5;

    /// <summary>Findings over bone listed at most, the plainest: joints, corners and trabeculae give any number of them.</summary>
    public static int MostOverBone { get; private set; } = 24;

    /// <summary>Possible findings beside bone listed at most: a reader goes through no more.</summary>
    public static int MostPossible { get; private set; } = 40;

    /// <summary>Sides of a cell of the flattened film, in cells of the search: half of the thinnest plaque seen from its edge; wide enough for faint sheets.</summary>
    public static ImmutableArray<int> FlatCells { get; private set; } = [3, 6];

    /// <summary>Standard deviation of the smoothing before edges are looked for, mm: noise falls by it, edges of neighbouring deposits stay apart.</summary>
    public static double FlatSmoothingMm { get; private set; } = 0.6;

    /// <summary>How much wider what is steep in the large is smoothed: muscles, folds, the side of a limb.</summary>
    public static double FlatBroad { get; private set; } = 4;

    /// <summary>Deviations of noise of a difference of neighbours from which an edge is plain.</summary>
    public static float FlatStrong { get; private set; } = 3;

    /// <summary>The same from which it may go on.</summary>
    public static float FlatWeak { get; private set; } = 1.7f;

    /// <summary>
    /// Least deviation of a difference that is reckoned with, as part of the contrast of bone over the smoothing: the edge of a deposit with a twentieth of that contrast is steeper
    /// than three of them.
    /// </summary>
    public static double FlatLeastStep { get; private set; } = 0.006;

    /// <summary>Steepness of a plain edge over that in the large.</summary>
    public static float FlatStrongSlope { get; private set; } = 0.5f;

    /// <summary>The same where it goes on.</summary>
    public static float FlatWeakSlope { get; private set; } = 0.3f;

    /// <summary>Least length of an edge, mm, along which it is plain.</summary>
    public static double FlatEdgeMm { get; private set; } = 4;

    /// <summary>Differences of this many deviations from the wanted one count for seven tenths.</summary>
    public static double FlatGive { get; private set; } = 0.3;

    /// <summary>Rounds of weights on each grid.</summary>
    public static int FlatRounds { get; private set; } = 3;

    /// <summary>Steps of conjugate gradients in a round at most: coarser grids have settled what is farther apart.</summary>
    public static int FlatSteps { get; private set; } = 40;

    /// <summary>Part of its first residual at which a round ends.</summary>
    public static double FlatTolerance { get; private set; } = 1e-3;

    /// <summary>Cells along the shorter side below which a grid is not halved.</summary>
    public static int FlatLeastSide { get; private set; } = 12;

    /// <summary>What lies this near to bone is left out of the flattened film, mm: blur and scatter of the bone's edge.</summary>
    public static double FlatBoneMm { get; private set; } = 1;

    /// <summary>What lies this near to the outline of the body is left out, mm.</summary>
    public static double FlatSkinMm { get; private set; } = 1;

    /// <summary>Levels at which plateaus are looked for at most.</summary>
    public static int PlateauLevels { get; private set; } = 100;

    /// <summary>Least area of a plateau, mm²; smaller ones are found by surfaces.</summary>
    public static double PlateauDepositMm2 { get; private set; } = 40;

    /// <summary>Greatest area of a plateau, mm²: a mass of 12 cm.</summary>
    public static double PlateauGreatestMm2 { get; private set; } = 12000;

    /// <summary>How far on both sides of its edge a plateau is looked at, mm.</summary>
    public static double PlateauReachMm { get; private set; } = 1.2;

    /// <summary>Least part of its edge that must be free.</summary>
    public static double PlateauLeastFree { get; private set; } = 0.5;

    /// <summary>Part of its free edge that must fall by half of the median fall.</summary>
    public static double PlateauClosed { get; private set; } = 0.85;

    /// <summary>Least fall, in deviations of noise.</summary>
    public static double PlateauDeviations { get; private set; } = 4;

    /// <summary>Least part of the edge of a probable one that is free: strips of muscle between bone and fat have half.</summary>
    public static double PlateauProbableFree { get; private set; } = 0.6;

    /// <summary>Greatest area of one bone, mm²: half of a pelvis.</summary>
    public static double BonePlateauGreatestMm2 { get; private set; } = 15000;

    /// <summary>Part of the median fall across its edge that a bone falls by where it counts as closed: the end of a bone against its shaft.</summary>
    public static double BonePlateauFall { get; private set; } = 0.35;

    /// <summary>Least length over width of a bone that has an axis.</summary>
    public static double BoneAxisAspect { get; private set; } = 2;

    /// <summary>Least length of it, mm.</summary>
    public static double BoneAxisMm { get; private set; } = 35;

    /// <summary>What lies this near to a bone belongs to it, mm: its blurred edge.</summary>
    public static double BoneRimMm { get; private set; } = 1.7;

    /// <summary>Least fall across the edge of a bone that lies within the field, as part of the greatest of those that leave it.</summary>
    public static double BonePlateauDrop { get; private set; } = 0.5;

    /// <summary>Least length of a thin bone beside a thick one, such as a fibula, mm: plaques and fascial lines are shorter.</summary>
    public static double ThinBoneMm { get; private set; } = 60;

    /// <summary>Least length over width of it.</summary>
    public static double ThinBoneAspect { get; private set; } = 4;

    /// <summary>How far from the end of a shaft it may be broader than the shaft, in widths of it.</summary>
    public static double BoneEndWidths { get; private set; } = 0.5;

    /// <summary>How far from a bone the next one of a joint begins at most, mm.</summary>
    public static double JointMm { get; private set; } = 4;

    /// <summary>How far from the dense part of a shaft its thin end may reach, mm.</summary>
    public static double BoneEndMm { get; private set; } = 45;

    /// <summary>Deviations of noise by which a probable plateau falls along its edge: over its length far less than one falls by chance.</summary>
    public static double PlateauProbableDeviations { get; private set; } = 5;

    /// <summary>Part of its free edge that is closed.</summary>
    public static double PlateauProbableClosed { get; private set; } = 0.9;

    /// <summary>Part of a finding's pixels that must be left without those that findings before it show for it to be listed.</summary>
    public static double LeastRest { get; private set; } = 0.35;

    /// <summary>What is left out between a plateau and the middle of the bone's edge, mm: the rim of the bone and the gap of the flattened film.</summary>
    public static double PlateauGapMm { get; private set; } = 2.7;

    /// <summary>Cells of the outline of a plateau at most: a square of half a thousand tells an area within a percent.</summary>
    public static int PlateauOutlineCells { get; private set; } = 250_000;

    /// <summary>Area from which a plateau is measured on the flattened film, mm²; nodules are smaller, and what their domes hide is told on the film itself.</summary>
    public static double PlateauOutlineMm2 { get; private set; } = 110;

    /// <summary>Mean width of a plateau at bone below which it is the bone's blurred edge, mm.</summary>
    public static double PlateauStripMm { get; private set; } = 3;

    /// <summary>Greatest length over width of a probable plateau of which half of the edge lies at bone.</summary>
    public static double PlateauCompact { get; private set; } = 3;

    /// <summary>Deviations of noise by which such a one falls.</summary>
    public static double PlateauCompactDeviations { get; private set; } = 10;

    /// <summary>How far below the middle of its edge the mean of what a plateau encloses may lie, as part of the fall, to belong to it.</summary>
    public static double CavityFall { get; private set; } = 0.25;

    /// <summary>Part of its cells that a part must lose from level to level to be looked at again.</summary>
    public static double PlateauShrink { get; private set; } = 0.03;

    /// <summary>How far the end of a bone reaches where plateaus that touch it are at most possible, in widths of its shaft.</summary>
    public static double BoneEndZoneWidths { get; private set; } = 1.5;
}
