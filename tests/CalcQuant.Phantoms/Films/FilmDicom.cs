using System.Buffers.Binary;
using System.Globalization;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Phantoms.Films;

/// <summary>Writes phantom films as Digital X-Ray or Computed Radiography images (PS3.3 A.26, A.2): uncompressed, explicit little endian, fixed dates and UIDs.</summary>
public static class FilmDicom
{
    private const string ForPresentation = "1.2.840.10008.5.1.4.1.1.1.1";
    private const string ForProcessing = "1.2.840.10008.5.1.4.1.1.1.1.1";
    private const string ComputedRadiography = "1.2.840.10008.5.1.4.1.1.1";
    private const string Date = "20260101";
    private const string Time = "120000";

    // With GEOMETRY the magnification comes from these: the patient lies where the beam is so much narrower.
    private const double SourceToDetectorMm = 1100;

    /// <summary>SOP Instance UID of a film; films of one phantom that differ in view, intent, polarity or spacing differ in it.</summary>
    public static string InstanceUid(FilmOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Phantom.Uid(options.Phantom, string.Create(
            CultureInfo.InvariantCulture,
            $"film {options.View} {options.Intent} {options.Spacing} {options.Monochrome1} {options.BitsStored} {options.PixelSpacingMm} {options.Magnification}"));
    }

    /// <summary>A film as a file.</summary>
    public static byte[] ToFile(FilmScan scan)
    {
        ArgumentNullException.ThrowIfNull(scan);
        FilmOptions options = scan.Options;
        bool presentation = options.Intent == FilmIntent.Presentation;
        string anatomy = options.Phantom.Anatomy.ToString().ToUpperInvariant();
        string laterality = options.Marker is { } letter && options.Phantom.Anatomy is not (PhantomAnatomy.Pelvis or PhantomAnatomy.Trunk or PhantomAnatomy.Head or PhantomAnatomy.BothThighs)
            ? letter.ToString()
            : "U";
        DicomDataSetBuilder builder = new DicomDataSetBuilder()
            .Set(DicomTags.ImageType, "ORIGINAL", "PRIMARY")
            .Set(DicomTags.SOPClassUID, options.ComputedRadiography ? ComputedRadiography : presentation ? ForPresentation : ForProcessing)
            .Set(DicomTags.SOPInstanceUID, InstanceUid(options))
            .Set(DicomTags.StudyDate, Date)
            .Set(DicomTags.SeriesDate, Date)
            .Set(DicomTags.AcquisitionDate, Date)
            .Set(DicomTags.ContentDate, Date)
            .Set(DicomTags.StudyTime, Time)
            .Set(DicomTags.SeriesTime, Time)
            .Set(DicomTags.AcquisitionTime, Time)
            .Set(DicomTags.ContentTime, Time)
            .SetEmpty(DicomTags.AccessionNumber)
            .Set(DicomTags.Modality, options.ComputedRadiography ? "CR" : "DX")
            .Set(DicomTags.Manufacturer, "CalcQuant")
            .SetEmpty(DicomTags.ReferringPhysicianName)
            .Set(DicomTags.SeriesDescription, "Synthetic film")
            .Set(DicomTags.ManufacturerModelName, "Phantom")
            .Set(DicomTags.PatientName, "PHANTOM^" + anatomy)
            .Set(DicomTags.PatientID, string.Create(CultureInfo.InvariantCulture, $"PHANTOM-{anatomy}-{options.Phantom.Seed}"))
            .SetEmpty(DicomTags.PatientBirthDate)
            .Set(DicomTags.PatientSex, "O")
            .Set(DicomTags.PatientIdentityRemoved, "YES")
            .Set(DicomTags.DeidentificationMethod, "Synthetic: no patient")
            .Set(DicomTags.BodyPartExamined, BodyPart(options.Phantom.Anatomy))
            .Set(DicomTags.KVP, options.Kvp)
            .Set(DicomTags.SoftwareVersions, "CalcQuant.Phantoms")
            .Set(DicomTags.ViewPosition, options.View switch { FilmView.Ap => "AP", FilmView.Pa => "PA", _ => "LL" })
            .Set(DicomTags.StudyInstanceUID, Phantom.Uid(options.Phantom, "film study"))
            .Set(DicomTags.SeriesInstanceUID, Phantom.Uid(options.Phantom, "film series " + options.View + options.Intent))
            .Set(DicomTags.StudyID, "1")
            .Set(DicomTags.SeriesNumber, 1)
            .Set(DicomTags.InstanceNumber, 1)
            .Set(DicomTags.PatientOrientation, options.View switch { FilmView.Ap => "L", FilmView.Pa => "R", _ => "P" }, "F")
            .Set(DicomTags.ImageLaterality, laterality)
            .Set(DicomTags.SamplesPerPixel, 1)
            .Set(DicomTags.PhotometricInterpretation, options.Monochrome1 ? "MONOCHROME1" : "MONOCHROME2")
            .Set(DicomTags.Rows, scan.RowCount)
            .Set(DicomTags.Columns, scan.ColumnCount)
            .Set(DicomTags.BitsAllocated, options.BitsStored == 8 ? 8 : 16)
            .Set(DicomTags.BitsStored, options.BitsStored)
            .Set(DicomTags.HighBit, options.BitsStored - 1)
            .Set(DicomTags.PixelRepresentation, 0.0)
            .Set(DicomTags.BurnedInAnnotation, options.Marker is null ? "NO" : "YES")
            .Set(DicomTags.LossyImageCompression, "00")
            .Set(DicomTags.PixelIntensityRelationship, options.Intent == FilmIntent.ProcessingLinear ? "LIN" : "LOG")

            // Bone is high in MONOCHROME2 values, so less exposure is a greater value: -1 (PS3.3 C.8.11.3).
            .Set(DicomTags.PixelIntensityRelationshipSign, options.Monochrome1 ? 1.0 : -1.0)
            .Set(DicomTags.RescaleIntercept, 0)
            .Set(DicomTags.RescaleSlope, 1)
            .Set(DicomTags.RescaleType, "US")
            .Set(DicomTags.PresentationLUTShape, options.Monochrome1 ? "INVERSE" : "IDENTITY");
        if (!options.ComputedRadiography)
        {
            builder.Set(DicomTags.PresentationIntentType, presentation ? "FOR PRESENTATION" : "FOR PROCESSING");
        }

        if (presentation)
        {
            builder.Set(DicomTags.WindowCenter, (options.GreatestValue + 1) / 2.0).Set(DicomTags.WindowWidth, options.GreatestValue + 1.0);
        }

        SetSpacing(builder, options);
        SetPixels(builder, scan);
        return DicomFileWriter.ToArray(builder.Build());
    }

    private static void SetSpacing(DicomDataSetBuilder builder, FilmOptions options)
    {
        double detector = options.PixelSpacingMm;
        double patient = options.PatientSpacingMm;
        switch (options.Spacing)
        {
            case FilmSpacing.DetectorPlane:
                builder.Set(DicomTags.ImagerPixelSpacing, detector, detector);
                break;
            case FilmSpacing.Geometry:
                builder
                    .Set(DicomTags.ImagerPixelSpacing, detector, detector)
                    .Set(DicomTags.DistanceSourceToDetector, SourceToDetectorMm)
                    .Set(DicomTags.DistanceSourceToPatient, SourceToDetectorMm / options.Magnification)
                    .Set(DicomTags.EstimatedRadiographicMagnificationFactor, options.Magnification)
                    .Set(DicomTags.PixelSpacing, patient, patient)
                    .Set(DicomTags.PixelSpacingCalibrationType, "GEOMETRY");
                break;
            case FilmSpacing.Fiducial:
                builder
                    .Set(DicomTags.ImagerPixelSpacing, detector, detector)
                    .Set(DicomTags.PixelSpacing, patient, patient)
                    .Set(DicomTags.PixelSpacingCalibrationType, "FIDUCIAL")
                    .Set(DicomTags.PixelSpacingCalibrationDescription, "Ball of 25 mm beside the limb");
                break;
            case FilmSpacing.Scanned:
                builder.Set(DicomTags.NominalScannedPixelSpacing, detector, detector);
                break;
            default:
                break;
        }
    }

    private static void SetPixels(DicomDataSetBuilder builder, FilmScan scan)
    {
        if (scan.Options.BitsStored == 8)
        {
            builder.SetBytes(DicomTags.PixelData, ValueRepresentation.OW, Array.ConvertAll(scan.Pixels, value => (byte)value));
            return;
        }

        byte[] stored = new byte[scan.Pixels.Length * sizeof(ushort)];
        for (int i = 0; i < scan.Pixels.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(stored.AsSpan(i * sizeof(ushort)), scan.Pixels[i]);
        }

        builder.SetBytes(DicomTags.PixelData, ValueRepresentation.OW, stored);
    }

    private static string BodyPart(PhantomAnatomy anatomy) => anatomy switch
    {
        PhantomAnatomy.Forearm => "FOREARM",
        PhantomAnatomy.Thigh or PhantomAnatomy.BothThighs => "THIGH",
        PhantomAnatomy.Trunk => "CHEST",
        PhantomAnatomy.Pelvis => "PELVIS",
        PhantomAnatomy.Shoulder => "SHOULDER",
        PhantomAnatomy.Hand => "HAND",
        PhantomAnatomy.Head => "SKULL",
        PhantomAnatomy.ChildLeg => "KNEE",
        _ => "PHANTOM",
    };
}
