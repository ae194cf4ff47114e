using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Films;

/// <summary>
/// Size of the pixels of a radiograph in the patient, as far as the header tells it, with where it is known from (PS3.3 10.7.1.3, C.8.11.7.1). The
/// spacing in the detector's plane is never taken for the patient's in silence.
/// </summary>
internal static class FilmScale
{
    /// <summary>Greatest magnification that is believed: an object half way between tube and detector.</summary>
    private const double GreatestMagnification = 2;

    /// <summary>Least magnification that is believed, with rounding.</summary>
    private const double LeastMagnification = 0.99;

    /// <summary>Part by which two spacings may differ and still be the same: writers round.</summary>
    private const double SameSpacing = 0.005;

    /// <summary>Part by which two statements of the magnification may differ.</summary>
    private const double SameMagnification = 0.05;

    // Standard uncertainties of a length. Conventions: a deposit 5 cm nearer the tube than assumed is 5 % larger on a film taken from 1 m.
    private const double FiducialUncertainty = 0.02;
    private const double GeometryUncertainty = 0.05;
    private const double UnstatedUncertainty = 0.1;

    // Extremities lie on the detector; a hip lies 10 to 15 cm before it. Uniform from 1 to 1.3 has this standard deviation.
    private const double DetectorUncertainty = 0.09;
    private const double UnexplainedUncertainty = 0.15;

    /// <summary>Reads the scale.</summary>
    /// <param name="dataSet">The header.</param>
    /// <param name="sopInstanceUid">The instance, for messages.</param>
    /// <param name="issues">Receives contradictions.</param>
    /// <returns>The scale; null where the header tells none.</returns>
    public static PixelScale? Read(DicomDataSet dataSet, string sopInstanceUid, ICollection<SeriesIssue> issues)
    {
        (double Rows, double Columns)? pixel = Pair(dataSet, DicomTags.PixelSpacing);
        (double Rows, double Columns)? imager = Pair(dataSet, DicomTags.ImagerPixelSpacing);
        (double Rows, double Columns)? scanned = Pair(dataSet, DicomTags.NominalScannedPixelSpacing);
        string type = dataSet.GetString(DicomTags.PixelSpacingCalibrationType)?.Trim().ToUpperInvariant() ?? string.Empty;

        // Spacing of detector or film, whichever there is: what Pixel Spacing differs from where it was calibrated (PS3.3 10.7.1.3).
        (double Rows, double Columns)? plane = imager ?? scanned;
        string planeName = imager is not null ? "Imager Pixel Spacing (0018,1164)" : "Nominal Scanned Pixel Spacing (0018,2010)";
        bool isCalibrated = pixel is not null && (plane is null || !AreSame(pixel.Value, plane.Value));
        double? magnification = ReadMagnification(dataSet, sopInstanceUid, issues, out string magnificationOrigin);
        if (pixel is { } calibrated && type == "FIDUCIAL")
        {
            return Make(calibrated, PixelScaleSource.Fiducial, FiducialUncertainty, "Pixel Spacing (0028,0030), calibrated with an object of known size: FIDUCIAL in (0028,0A02)");
        }

        if (pixel is { } geometric && type == "GEOMETRY" && isCalibrated)
        {
            return Make(geometric, PixelScaleSource.Geometry, GeometryUncertainty, "Pixel Spacing (0028,0030), corrected for magnification: GEOMETRY in (0028,0A02)");
        }

        if (plane is { } known)
        {
            if (isCalibrated && known.Rows / pixel!.Value.Rows is >= 1 and <= GreatestMagnification)
            {
                return Make(pixel.Value, PixelScaleSource.UnstatedCalibration, UnstatedUncertainty, $"Pixel Spacing (0028,0030), which differs from {planeName} for a reason that is not stated");
            }

            return magnification is { } factor
                ? Make((known.Rows / factor, known.Columns / factor), PixelScaleSource.Magnification, GeometryUncertainty, $"{planeName} divided by {magnificationOrigin}")
                : imager is not null
                    ? Make(known, PixelScaleSource.DetectorPlane, DetectorUncertainty, $"{planeName}: the plane of the detector, magnification unknown")
                    : Make(known, PixelScaleSource.ScannedFilm, DetectorUncertainty, $"{planeName}: the plane of the film, magnification unknown");
        }

        return pixel is { } unexplained
            ? Make(unexplained, PixelScaleSource.Unexplained, UnexplainedUncertainty, "Pixel Spacing (0028,0030) alone: whether of the detector or of the patient is not stated")
            : null;
    }

    private static PixelScale Make((double Rows, double Columns) spacing, PixelScaleSource source, double uncertainty, string origin) =>
        new(spacing.Columns, spacing.Rows, source, uncertainty, origin);

    /// <summary>Estimated Radiographic Magnification Factor, or the ratio of the distances; null where neither is believable.</summary>
    private static double? ReadMagnification(DicomDataSet dataSet, string sopInstanceUid, ICollection<SeriesIssue> issues, out string origin)
    {
        double? factor = dataSet.GetDouble(DicomTags.EstimatedRadiographicMagnificationFactor);
        double? toDetector = dataSet.GetDouble(DicomTags.DistanceSourceToDetector);
        double? toPatient = dataSet.GetDouble(DicomTags.DistanceSourceToPatient);
        double? ratio = toDetector > 0 && toPatient > 0 ? toDetector / toPatient : null;
        if (factor is { } stated && !IsBelievable(stated))
        {
            issues.Add(new SeriesIssue(
                SeriesIssueCode.HeaderContradiction,
                string.Create(CultureInfo.InvariantCulture, $"Estimated Radiographic Magnification Factor (0018,1114) is {stated:0.###}, which no radiograph has: not used."),
                sopInstanceUid));
            factor = null;
        }

        if (ratio is { } computed && !IsBelievable(computed))
        {
            ratio = null;
        }

        if (factor is { } one && ratio is { } other && Math.Abs(one - other) > SameMagnification * one)
        {
            issues.Add(new SeriesIssue(
                SeriesIssueCode.HeaderContradiction,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Estimated Radiographic Magnification Factor (0018,1114) is {one:0.###}, but the distances (0018,1110) and (0018,1111) give {other:0.###}: the factor was used."),
                sopInstanceUid));
        }

        origin = factor is not null
            ? "Estimated Radiographic Magnification Factor (0018,1114)"
            : "Distance Source to Detector (0018,1110) over Distance Source to Patient (0018,1111)";
        return factor ?? ratio;
    }

    private static bool IsBelievable(double magnification) => magnification is >= LeastMagnification and <= GreatestMagnification;

    private static bool AreSame((double Rows, double Columns) left, (double Rows, double Columns) right) =>
        Math.Abs(left.Rows - right.Rows) <= SameSpacing * right.Rows && Math.Abs(left.Columns - right.Columns) <= SameSpacing * right.Columns;

    private static (double Rows, double Columns)? Pair(DicomDataSet dataSet, DicomTag tag) =>
        dataSet.GetDoubles(tag) is [> 0 and double rows, > 0 and double columns] ? (rows, columns) : null;
}
