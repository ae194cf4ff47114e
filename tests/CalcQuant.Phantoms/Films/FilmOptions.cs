namespace CalcQuant.Phantoms.Films;

/// <summary>Along which way the beam passes the patient.</summary>
public enum FilmView
{
    /// <summary>From front to back; columns run to the patient's left.</summary>
    Ap = 1,

    /// <summary>From back to front; columns run to the patient's right: the mirror image of <see cref="Ap"/>, seen as the tube sees it.</summary>
    Pa = 2,

    /// <summary>From right to left; columns run to the patient's back.</summary>
    Lat = 3,
}

/// <summary>What the header says of the size of a pixel.</summary>
public enum FilmSpacing
{
    /// <summary>Nothing.</summary>
    None = 1,

    /// <summary>ImagerPixelSpacing only: the plane of the detector.</summary>
    DetectorPlane = 2,

    /// <summary>ImagerPixelSpacing, the magnification with the distances it comes from, and PixelSpacing of the patient plane, calibrated by GEOMETRY.</summary>
    Geometry = 3,

    /// <summary>PixelSpacing of the patient plane, calibrated by FIDUCIAL, beside ImagerPixelSpacing.</summary>
    Fiducial = 4,

    /// <summary>NominalScannedPixelSpacing: a film that was scanned.</summary>
    Scanned = 5,
}

/// <summary>What the stored values are.</summary>
public enum FilmIntent
{
    /// <summary>FOR PRESENTATION: the logarithm of the exposure, scaled to what the body needs.</summary>
    Presentation = 1,

    /// <summary>FOR PROCESSING: the exposure (LIN).</summary>
    ProcessingLinear = 2,

    /// <summary>FOR PROCESSING: the logarithm of the exposure over all of its range (LOG).</summary>
    ProcessingLogarithmic = 3,
}

/// <summary>
/// Everything that decides a phantom film. Equal options give equal bytes, whatever the thread count. The film shows the window of the CT phantom
/// of the same <see cref="Phantom"/> options, with the same scene and the same deposits. The beam is parallel and enlarges by
/// <see cref="Magnification"/>: every depth is enlarged alike, unlike under a point source.
/// </summary>
public sealed record FilmOptions
{
    /// <summary>Scene and deposits; the film is as tall as its slices reach. Its voxel noise, blur and pixels have no part in a film.</summary>
    public required PhantomOptions Phantom { get; init; }

    /// <summary>Direction of the beam.</summary>
    public FilmView View { get; init; } = FilmView.Ap;

    /// <summary>Distance of pixels in the plane of the detector, mm.</summary>
    public double PixelSpacingMm { get; init; } = 0.15;

    /// <summary>How much larger the patient is at the detector; at least 1.</summary>
    public double Magnification { get; init; } = 1;

    /// <summary>MONOCHROME1: the greatest stored value is dark. Otherwise MONOCHROME2.</summary>
    public bool Monochrome1 { get; init; }

    /// <summary>Bits stored: 8 to 16.</summary>
    public int BitsStored { get; init; } = 12;

    /// <summary>Tube voltage, kV; decides the attenuation of tissue and calcium, see <see cref="FilmAttenuation"/>.</summary>
    public double Kvp { get; init; } = 55;

    /// <summary>Quanta that a pixel detects behind the body on average, as an exposure control sets it; 0 for a film without noise.</summary>
    public double QuantaPerPixel { get; init; } = 2500;

    /// <summary>Scattered quanta over the mean of the primary ones behind the body; spread evenly over the field.</summary>
    public double ScatterToPrimary { get; init; } = 0.1;

    /// <summary>Full width at half maximum of the Gaussian blur in the plane of the detector, mm; 0 for none.</summary>
    public double BlurFwhmMm { get; init; } = 0.25;

    /// <summary>Air beside the body, mm in the patient.</summary>
    public double AirMarginMm { get; init; } = 12;

    /// <summary>A lead letter beside the body, <c>'L'</c> or <c>'R'</c>; null for none. Its values are saturated.</summary>
    public char? Marker { get; init; } = 'L';

    /// <summary>Width of the unexposed border outside the field, mm at the detector; 0 for none. The anatomy is not hidden by it.</summary>
    public double CollimationBorderMm { get; init; }

    /// <summary>Share of the broad changes of thickness that processing takes out of a film FOR PRESENTATION, 0 to 1; 0 keeps the logarithm.</summary>
    public double Equalization { get; init; }

    /// <summary>What the header says of the size of a pixel.</summary>
    public FilmSpacing Spacing { get; init; } = FilmSpacing.DetectorPlane;

    /// <summary>What the stored values are.</summary>
    public FilmIntent Intent { get; init; } = FilmIntent.Presentation;

    /// <summary>Computed Radiography Image Storage instead of Digital X-Ray.</summary>
    public bool ComputedRadiography { get; init; }

    /// <summary>Distance of pixels in the patient, mm.</summary>
    public double PatientSpacingMm => PixelSpacingMm / Magnification;

    /// <summary>Greatest stored value.</summary>
    public int GreatestValue => (1 << BitsStored) - 1;

    /// <summary>A whole hand with its wrist, dorsopalmar.</summary>
    public static FilmOptions Hand(ulong seed) => new()
    {
        Phantom = PhantomOptions.Hand(seed) with { Couch = false, WindowPosition = 0.42, ColumnCount = 400, RowCount = 220, SliceCount = 392 },
        View = FilmView.Pa,
        Kvp = 52,
    };

    /// <summary>200 mm of a forearm.</summary>
    public static FilmOptions Forearm(ulong seed) => new() { Phantom = PhantomOptions.Forearm(seed) with { Couch = false, SliceCount = 160 }, Kvp = 55 };

    /// <summary>240 mm of a thigh.</summary>
    public static FilmOptions Thigh(ulong seed) => new()
    {
        Phantom = PhantomOptions.Thigh(seed) with { Couch = false, SliceCount = 160 },
        Kvp = 68,
        PixelSpacingMm = 0.2,
        ScatterToPrimary = 0.4,
        Equalization = 0.6,
    };

    /// <summary>A pelvis with both hips, 270 mm tall.</summary>
    public static FilmOptions Pelvis(ulong seed) => new()
    {
        Phantom = PhantomOptions.Pelvis(seed) with { Couch = false, SliceCount = 180, ColumnCount = 288 },
        Kvp = 78,
        PixelSpacingMm = 0.25,
        ScatterToPrimary = 0.5,
        Equalization = 0.75,
    };

    /// <summary>220 mm of a child's leg around the knee.</summary>
    public static FilmOptions ChildLeg(ulong seed) => new() { Phantom = PhantomOptions.ChildLeg(seed) with { Couch = false, SliceCount = 220 }, Kvp = 55 };

    /// <summary>A homogeneous cylinder of muscle for deposits at given places.</summary>
    public static FilmOptions MuscleCylinder(ulong seed, params PlacedDeposit[] deposits) => new() { Phantom = PhantomOptions.MuscleCylinder(seed, deposits), Marker = null };
}
