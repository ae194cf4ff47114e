using System.Collections.Immutable;

namespace CalcQuant.Phantoms;

/// <summary>What is scanned.</summary>
public enum PhantomAnatomy
{
    /// <summary>A forearm with radius and ulna; the window may reach the wrist or the elbow.</summary>
    Forearm = 1,

    /// <summary>A slab of one thigh.</summary>
    Thigh = 2,

    /// <summary>A slab of both thighs.</summary>
    BothThighs = 3,

    /// <summary>A homogeneous cylinder of muscle without bone or couch, bare or under fat and skin: for isolated deposits.</summary>
    MuscleCylinder = 4,

    /// <summary>A slab of chest or abdomen; the window may reach from the upper lungs to the pelvis' rim.</summary>
    Trunk = 5,

    /// <summary>A slab of the pelvis with hips and buttocks.</summary>
    Pelvis = 6,

    /// <summary>A shoulder with scapula, humerus, clavicle and ribs, cut off towards the middle of the body.</summary>
    Shoulder = 7,

    /// <summary>A hand with its fingers.</summary>
    Hand = 8,

    /// <summary>A slab of the head: vault, face, teeth.</summary>
    Head = 9,

    /// <summary>A child's leg around the knee, with open growth plates.</summary>
    ChildLeg = 10,
}

/// <summary>Deposits of the clinical reference.</summary>
public enum DepositKind
{
    /// <summary>Nodule of 3 to 12 mm in the fat under the skin.</summary>
    SubcutaneousNodule = 1,

    /// <summary>Nodule inside a muscle.</summary>
    IntramuscularNodule = 2,

    /// <summary>Plaque of about 3 cm in the fat, following the skin.</summary>
    SubcutaneousPlaque = 3,

    /// <summary>Plaque of about 3 cm in the skin.</summary>
    CutaneousPlaque = 4,

    /// <summary>Thin sheet of 2 to 5 cm on the deep fascia.</summary>
    FascialSheet = 5,

    /// <summary>Lacy network in the fat.</summary>
    ReticularNetwork = 6,

    /// <summary>One of a group of specks of 1 to 3 mm.</summary>
    Speck = 7,

    /// <summary>Nodule grown against the cortex.</summary>
    BoneTouchingNodule = 8,

    /// <summary>Nodule that reaches the skin surface.</summary>
    SkinTouchingNodule = 9,

    /// <summary>Narrow line on the deep fascia.</summary>
    FascialLine = 10,

    /// <summary>Large cyst of several chambers: calcified wall and septa, fluid, calcium settled to a level.</summary>
    MultiloculatedCyst = 11,

    /// <summary>A ball, ellipsoid or cylinder that the caller asked for at a place.</summary>
    Placed = 12,

    /// <summary>A cyst of several chambers as large as a hand, in the muscles of the back.</summary>
    GiantCyst = 13,

    /// <summary>Nodule in the pulp of a finger.</summary>
    FingertipNodule = 14,

    /// <summary>Shell of bone around fatty marrow inside a muscle; only where it is asked for.</summary>
    OssifiedNodule = 15,

    /// <summary>Small ball with a less dense centre inside a muscle, as in a haemangioma; only where it is asked for.</summary>
    Phlebolith = 16,
}

/// <summary>How the acquired slices lie.</summary>
public enum PhantomOrientation
{
    /// <summary>Columns to Left, rows to Posterior, slices upwards.</summary>
    Axial = 1,

    /// <summary>Columns to Posterior, rows to Inferior, slices along Left-Right.</summary>
    Sagittal = 2,

    /// <summary>Axial turned by 12 degrees in plane and tipped by 15 degrees.</summary>
    Oblique = 3,
}

/// <summary>
/// Everything that decides a phantom. Equal options give equal bytes; the seed draws the layout: outline, bones, muscles, sites, sizes,
/// densities and directions of the deposits, couch and noise.
/// </summary>
public sealed record PhantomOptions
{
    /// <summary>What is scanned.</summary>
    public required PhantomAnatomy Anatomy { get; init; }

    /// <summary>Draws the layout and the noise.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Pixels along a row.</summary>
    public int ColumnCount { get; init; } = 192;

    /// <summary>Rows of a slice.</summary>
    public int RowCount { get; init; } = 192;

    /// <summary>Slices.</summary>
    public int SliceCount { get; init; } = 60;

    /// <summary>Distance of pixels, mm.</summary>
    public double PixelSpacingMm { get; init; } = 0.65;

    /// <summary>Distance of slices along their normal, mm.</summary>
    public double SliceSpacingMm { get; init; } = 1.25;

    /// <summary>Width of the slice profile, of a Gaussian the full one at half maximum, mm; null: the spacing.</summary>
    public double? SliceThicknessMm { get; init; }

    /// <summary>Full width at half maximum of the Gaussian in-plane blur, mm; 0 for none. Of other kernels that of their middle Gaussian.</summary>
    public double PsfFwhmMm { get; init; } = 0.9;

    /// <summary>Form of the in-plane blur.</summary>
    public InPlaneKernel Kernel { get; init; } = InPlaneKernel.Gaussian;

    /// <summary>Form of the slice profile.</summary>
    public SliceProfile SliceProfile { get; init; } = SliceProfile.Rectangle;

    /// <summary>Standard deviation of the noise, HU.</summary>
    public double NoiseHu { get; init; } = 10;

    /// <summary>Tube voltage, kV.</summary>
    public double Kvp { get; init; } = 120;

    /// <summary>Contrast medium in the vessels.</summary>
    public bool Contrast { get; init; }

    /// <summary>Thin cortex of 300 to 500 HU around sparse trabeculae, in every bone.</summary>
    public bool Osteopenia { get; init; }

    /// <summary>The body lies off the middle, so that the field of view cuts it.</summary>
    public bool Truncation { get; init; }

    /// <summary>Where the middle of the window lies along a hand, forearm or thigh, from 0 at its lower end to 1; null: drawn by the seed.</summary>
    public double? WindowPosition { get; init; }

    /// <summary>A couch with its pad under the limb.</summary>
    public bool Couch { get; init; } = true;

    /// <summary>A sleeve of cloth with a dense seam.</summary>
    public bool Clothing { get; init; }

    /// <summary>Fat between skin and muscle of the muscle cylinder, mm; 0 leaves out the skin too.</summary>
    public double CylinderFatMm { get; init; }

    /// <summary>Deposits to place, in this order after the large ones; null: a mixture drawn by the seed. One that finds no room is left out.</summary>
    public ImmutableArray<DepositKind>? Deposits { get; init; }

    /// <summary>Deposits at given places.</summary>
    public ImmutableArray<PlacedDeposit> Placed { get; init; } = [];

    /// <summary>How the slices lie.</summary>
    public PhantomOrientation Orientation { get; init; } = PhantomOrientation.Axial;

    /// <summary>Gantry tilt about the Left-Right axis, degrees: slices tip, the table still moves along the limb. Axial only.</summary>
    public double GantryTiltDegrees { get; init; }

    /// <summary>True for the families with organs and many bones, which are drawn with fewer cells to a pixel.</summary>
    internal bool IsComposite => Anatomy > PhantomAnatomy.MuscleCylinder;

    /// <summary>Threads; 0 for one per processor. Bytes do not depend on it.</summary>
    public int MaxThreadCount { get; init; }

    /// <summary>The default forearm: 60 slices of 192 x 192.</summary>
    public static PhantomOptions Forearm(ulong seed) => new() { Anatomy = PhantomAnatomy.Forearm, Seed = seed };

    /// <summary>The default thigh slab: 100 slices of 256 x 256.</summary>
    public static PhantomOptions Thigh(ulong seed) => new()
    {
        Anatomy = PhantomAnatomy.Thigh,
        Seed = seed,
        ColumnCount = 256,
        RowCount = 256,
        SliceCount = 100,
        PixelSpacingMm = 0.85,
        SliceSpacingMm = 1.5,
    };

    /// <summary>A slab of both thighs: 100 slices of 448 x 256.</summary>
    public static PhantomOptions Thighs(ulong seed) => Thigh(seed) with { Anatomy = PhantomAnatomy.BothThighs, PixelSpacingMm = 0.9, ColumnCount = 448, RowCount = 256 };

    /// <summary>The default trunk: 70 slices of 256 x 256.</summary>
    public static PhantomOptions Trunk(ulong seed) => Large(PhantomAnatomy.Trunk, seed) with { PixelSpacingMm = 1.45 };

    /// <summary>The default pelvis: 80 slices of 256 x 224.</summary>
    public static PhantomOptions Pelvis(ulong seed) => Large(PhantomAnatomy.Pelvis, seed) with { RowCount = 224, PixelSpacingMm = 1.45, SliceCount = 80 };

    /// <summary>The default hand: 100 slices of 320 x 160.</summary>
    public static PhantomOptions Hand(ulong seed) => new()
    {
        Anatomy = PhantomAnatomy.Hand,
        Seed = seed,
        ColumnCount = 320,
        RowCount = 160,
        SliceCount = 100,
        PixelSpacingMm = 0.36,
        SliceSpacingMm = 0.6,
        PsfFwhmMm = 0.6,
        NoiseHu = 18,
    };

    /// <summary>The default head: 76 slices of 216 x 232.</summary>
    public static PhantomOptions Head(ulong seed) => Large(PhantomAnatomy.Head, seed) with { ColumnCount = 216, RowCount = 232, PixelSpacingMm = 0.95, SliceCount = 76, SliceSpacingMm = 1.25, PsfFwhmMm = 0.9 };

    /// <summary>The default leg of a child: 90 slices of 192 x 192.</summary>
    public static PhantomOptions ChildLeg(ulong seed) => Large(PhantomAnatomy.ChildLeg, seed) with { ColumnCount = 192, RowCount = 192, PixelSpacingMm = 0.65, SliceCount = 90, SliceSpacingMm = 1, PsfFwhmMm = 0.8, NoiseHu = 12 };

    /// <summary>The default shoulder: 84 slices of 224 x 224.</summary>
    public static PhantomOptions Shoulder(ulong seed) => Large(PhantomAnatomy.Shoulder, seed) with { ColumnCount = 224, RowCount = 224, PixelSpacingMm = 1.2, SliceCount = 84 };

    private static PhantomOptions Large(PhantomAnatomy anatomy, ulong seed) => new()
    {
        Anatomy = anatomy,
        Seed = seed,
        ColumnCount = 256,
        RowCount = 256,
        SliceCount = 70,
        PixelSpacingMm = 1.3,
        SliceSpacingMm = 1.5,
        PsfFwhmMm = 1.2,
        NoiseHu = 14,
    };

    /// <summary>A homogeneous cylinder for isolated deposits.</summary>
    /// <param name="seed">Draws the noise.</param>
    /// <param name="deposits">Deposits at given places.</param>
    public static PhantomOptions MuscleCylinder(ulong seed, params PlacedDeposit[] deposits) => new()
    {
        Anatomy = PhantomAnatomy.MuscleCylinder,
        Seed = seed,
        ColumnCount = 128,
        RowCount = 128,
        SliceCount = 40,
        Couch = false,
        Deposits = [],
        Placed = [.. deposits],
    };
}

/// <summary>Form of a placed deposit.</summary>
public enum PlacedForm
{
    /// <summary>Ellipsoid; a ball where the diameters are equal.</summary>
    Ellipsoid = 1,

    /// <summary>Cylinder along Superior; the first diameter is used, the third is the length.</summary>
    Cylinder = 2,
}

/// <summary>Forms of the in-plane blur, the same along columns and rows.</summary>
public enum InPlaneKernel
{
    /// <summary>A Gaussian.</summary>
    Gaussian = 1,

    /// <summary>A Gaussian of weight 1.4 less one of 0.4 that is twice as wide: edges overshoot by about a tenth, as with bone and lung kernels.</summary>
    EdgeEnhancing = 2,

    /// <summary>A Gaussian of weight 0.8 and one of 0.2 that is 2.2 times as wide: scatter and motion.</summary>
    WideTails = 3,

    /// <summary>A Gaussian of weight 0.75 and one of 0.25 that lies one and a half standard deviations aside: an asymmetric response.</summary>
    Lopsided = 4,
}

/// <summary>Forms of the slice profile.</summary>
public enum SliceProfile
{
    /// <summary>All of the thickness alike.</summary>
    Rectangle = 1,

    /// <summary>A Gaussian whose full width at half maximum is the thickness.</summary>
    Gaussian = 2,
}

/// <summary>A deposit at a given place.</summary>
/// <param name="Form">Form.</param>
/// <param name="CentreMm">Centre; the middle of the volume is (0, 0, 0).</param>
/// <param name="DiametersMm">Diameters along Left, Posterior, Superior, or along the axes given, mm.</param>
/// <param name="DensityMgPerCm3">Hydroxyapatite, mg/cm³.</param>
public sealed record PlacedDeposit(PlacedForm Form, Imaging.LpsPoint CentreMm, Imaging.LpsPoint DiametersMm, double DensityMgPerCm3)
{
    /// <summary>Hydroxyapatite of an ellipsoid's core of half the diameters, mg/cm³; null: that of the rest.</summary>
    public double? CoreDensityMgPerCm3 { get; init; }

    /// <summary>Directions of an ellipsoid's diameters; null: the patient axes.</summary>
    public Shapes.Frame? Axes { get; init; }

    /// <summary>A ball.</summary>
    public static PlacedDeposit Ball(Imaging.LpsPoint centreMm, double diameterMm, double densityMgPerCm3) =>
        new(PlacedForm.Ellipsoid, centreMm, new(diameterMm, diameterMm, diameterMm), densityMgPerCm3);
}
