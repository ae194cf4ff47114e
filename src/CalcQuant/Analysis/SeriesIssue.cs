namespace CalcQuant.Analysis;

/// <summary>
/// Something about a series, a stack or a file that a reader of the numbers must know. Whether it refuses the series or only warns is
/// fixed per code: see <see cref="SeriesIssueCodes.IsRefusal"/>.
/// </summary>
/// <param name="Code">What it is.</param>
/// <param name="Explanation">
/// One sentence for a person that names the attribute, e.g. "Rescale Type (0028,1054) is US, not HU". Never a patient's name or identifier.
/// </param>
/// <param name="SopInstanceUid">The instance it was seen in, where it is one.</param>
public readonly record struct SeriesIssue(SeriesIssueCode Code, string Explanation, string? SopInstanceUid = null);

/// <summary>Codes of <see cref="SeriesIssue"/>. The serialized name is SCREAMING_SNAKE_CASE of the member.</summary>
public enum SeriesIssueCode
{
    /// <summary>Not a code.</summary>
    None = 0,

    // Refusals: a number made from this would be wrong.

    /// <summary>Not a modality that is analysed (MR, PET, ultrasound, ...).</summary>
    ModalityNotSupported = 1,

    /// <summary>
    /// A scout, localizer, dose screen, secondary capture or another object that is not a cross-sectional CT image. A scan of folders does not give it:
    /// it lists such images as skipped.
    /// </summary>
    NotAnAxialImage = 2,

    /// <summary>The stored values are not Hounsfield units (Rescale Type, PET units, spectral quantity).</summary>
    NotHounsfield = 3,

    /// <summary>A virtual non-contrast image or a material map: calcium has been removed or is not shown in HU.</summary>
    MaterialDecomposition = 4,

    /// <summary>A slice is missing: a distance is a multiple of the others.</summary>
    MissingSlice = 5,

    /// <summary>Two different images at the same position.</summary>
    ConflictingDuplicate = 6,

    /// <summary>A slice cannot be decoded, is truncated, or its length does not fit its header.</summary>
    PixelDataUnreadable = 7,

    /// <summary>The transfer syntax is not supported; the explanation names it.</summary>
    TransferSyntaxNotSupported = 8,

    /// <summary>No usable pixel spacing, orientation or position.</summary>
    GeometryMissing = 9,

    /// <summary>Larger than the limits in force (bytes, frames, voxels, nesting).</summary>
    LimitExceeded = 10,

    /// <summary>A header value contradicts another or cannot be parsed.</summary>
    InvalidHeader = 11,

    /// <summary>Slices of one position series lie in different frames of reference, or differ in size and cannot be told apart.</summary>
    Inconsistent = 12,

    /// <summary>The bone mask that the caller gave does not fit the series.</summary>
    UnsuitableBoneMask = 13,

    /// <summary>An image with the modality of a radiograph that is none, or shows nothing: colour, several frames, a screenshot, one value everywhere.</summary>
    NotARadiograph = 14,

    // Warnings: the number stands, with this to bear in mind.

    /// <summary>Slices are unevenly spaced without a gap; each is weighted with its own extent.</summary>
    UnevenSpacing = 100,

    /// <summary>The gantry was tilted or the stack is sheared; volumes use the step along the normal.</summary>
    TiltedStack = 101,

    /// <summary>A single slice: its thickness stands for the extent.</summary>
    SingleSlice = 102,

    /// <summary>The distance of slices had to be assumed.</summary>
    SpacingAssumed = 103,

    /// <summary>Voxels at the greatest expressible value: HU and mass there are lower bounds.</summary>
    ClippedValues = 104,

    /// <summary>The header names a contrast agent.</summary>
    ContrastInHeader = 105,

    /// <summary>The image shows contrast medium (a large homogeneous bright lumen), whatever the header says.</summary>
    ContrastInImage = 106,

    /// <summary>The images went through lossy compression.</summary>
    LossyCompression = 107,

    /// <summary>Tube voltage is unknown or not 120 kVp; the threshold in use is stated.</summary>
    ThresholdAdapted = 108,

    /// <summary>Identical duplicates were dropped.</summary>
    DuplicatesDropped = 109,

    /// <summary>The series was split into stacks (kernel, orientation, size, acquisition, time).</summary>
    SplitIntoStacks = 110,

    /// <summary>Voxels outside the field of view (pixel padding) were set apart.</summary>
    PaddingExcluded = 111,

    /// <summary>The body touches the border of the field of view: tissue outside is not counted.</summary>
    TruncatedFieldOfView = 112,

    /// <summary>Metal: streaks around it may add or hide dense voxels.</summary>
    Metal = 113,

    /// <summary>Slices thicker than 3 mm: small deposits vanish.</summary>
    ThickSlices = 114,

    /// <summary>Fewer than five slices: nothing is called a deposit with certainty.</summary>
    FewSlices = 115,

    /// <summary>The calibration from HU to mass is a default for the tube voltage, not this scanner's.</summary>
    DefaultCalibration = 116,

    /// <summary>The blur of the scanner could not be measured and was assumed.</summary>
    BlurAssumed = 117,

    /// <summary>A derived image (reformat, projection, averaged); measured as it is.</summary>
    DerivedImage = 118,

    /// <summary>Header values differ between slices of one stack where they should not.</summary>
    HeaderVaries = 119,

    /// <summary>No body was found in the volume.</summary>
    NoBody = 120,

    /// <summary>A sharp kernel: edges overshoot and noise rises.</summary>
    SharpKernel = 121,

    /// <summary>No Rescale Slope/Intercept: stored values were taken as HU.</summary>
    RescaleMissing = 122,

    /// <summary>More uncertain findings than a reader goes through: those least like calcium were merged, one entry for each structure.</summary>
    ManyComponents = 123,

    /// <summary>Monoenergetic reconstruction: HU and the threshold depend on its energy.</summary>
    VirtualMonoenergetic = 124,

    /// <summary>Header and file disagree on something that was settled in favour of the image; the explanation says what.</summary>
    HeaderContradiction = 125,

    /// <summary>The caller asked for the regions of a box only; the explanation counts the others.</summary>
    RegionOfInterest = 126,

    /// <summary>The caller asked for a least volume; the explanation counts what is smaller.</summary>
    SmallRegionsLeftOut = 127,

    /// <summary>A reader's correction meets no region that is reported; it changed nothing.</summary>
    CorrectionWithoutRegion = 128,

    /// <summary>A region was corrected more than once: the same again changed nothing, of several the last counts.</summary>
    CorrectionRepeated = 129,

    /// <summary>A radiograph whose header does not tell the size of its pixels: areas are in pixels only.</summary>
    PixelSizeUnknown = 130,

    /// <summary>A radiograph whose spacing is that of detector or film: areas in the patient are smaller by the square of an unknown magnification.</summary>
    MagnificationUnknown = 131,

    /// <summary>A radiograph of a part of the body, or with pixels of a size, for which the search was not validated: findings are at most possible.</summary>
    SearchNotValidated = 132,

    /// <summary>Part of a radiograph is at the greatest or least value: what lies there cannot be seen.</summary>
    SaturatedPixels = 133,

    /// <summary>A place that a reader pointed at holds nothing that can be measured, or lies outside the film.</summary>
    GuidedPlaceEmpty = 134,

    /// <summary>A radiograph gave more possible findings than a reader goes through; only the plainest are listed.</summary>
    FindingsNotListed = 135,

    /// <summary>Options were set that mean nothing for a radiograph: it has no HU, no patient coordinates and no volumes.</summary>
    OptionsOfCtOnly = 136,

    /// <summary>Rods were named for the calibration and give none; masses use another source.</summary>
    CalibrationRodsUnusable = 137,
}

/// <summary>What each code means for a series.</summary>
public static class SeriesIssueCodes
{
    /// <summary>True where a number made from such input would be wrong, so that the series is refused.</summary>
    public static bool IsRefusal(this SeriesIssueCode code) => (int)code is > 0 and < 100;
}
