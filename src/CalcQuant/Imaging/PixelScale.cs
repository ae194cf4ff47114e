namespace CalcQuant.Imaging;

/// <summary>Where the size of a radiograph's pixels is known from, best first (PS3.3 10.7.1.3).</summary>
public enum PixelScaleSource
{
    /// <summary>Calibrated with an object of known size in the beam: Pixel Spacing Calibration Type FIDUCIAL.</summary>
    Fiducial = 1,

    /// <summary>Corrected for an assumed or known geometry: Pixel Spacing Calibration Type GEOMETRY.</summary>
    Geometry = 2,

    /// <summary>Spacing of the detector divided by the magnification that the header gives.</summary>
    Magnification = 3,

    /// <summary>Pixel Spacing that differs from the detector's, by a calibration whose kind is not stated.</summary>
    UnstatedCalibration = 4,

    /// <summary>Spacing in the plane of the detector: lengths in the patient are shorter, areas too large by the square of the magnification.</summary>
    DetectorPlane = 5,

    /// <summary>Spacing on the film that was scanned: as <see cref="DetectorPlane"/>.</summary>
    ScannedFilm = 6,

    /// <summary>A Pixel Spacing that nothing explains.</summary>
    Unexplained = 7,
}

/// <summary>Size of the pixels of a radiograph.</summary>
/// <param name="BetweenColumnsMm">Distance of neighbouring columns, mm.</param>
/// <param name="BetweenRowsMm">Distance of neighbouring rows, mm.</param>
/// <param name="Source">Where it is known from.</param>
/// <param name="RelativeUncertainty">
/// Standard uncertainty of a length, as a fraction. A convention for each source, not a measurement of this film: the depth of a deposit between
/// tube and detector is not known from one view.
/// </param>
/// <param name="Origin">The attributes it was made of, in words.</param>
public sealed record PixelScale(double BetweenColumnsMm, double BetweenRowsMm, PixelScaleSource Source, double RelativeUncertainty, string Origin)
{
    /// <summary>Area of a pixel, mm².</summary>
    public double PixelAreaMm2 => BetweenColumnsMm * BetweenRowsMm;
}
