using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Imaging;

namespace CalcQuant.Phantoms;

/// <summary>What may be wrong or unusual about the written files.</summary>
public sealed record PhantomDicomOptions
{
    /// <summary>Slices, from 0, that are not written: a series with a gap.</summary>
    public ImmutableArray<int> DroppedSlices { get; init; } = [];

    /// <summary>File names in the opposite order of the slices.</summary>
    public bool ReversedFileNames { get; init; }

    /// <summary>What the header says of the patient's name; null: PHANTOM^ and the anatomy.</summary>
    public string? PatientName { get; init; }
}

/// <summary>Writes phantoms as CT Image series (PS3.3 A.3): uncompressed, explicit little endian, fixed dates and UIDs, so equal phantoms give equal files.</summary>
public static class PhantomDicom
{
    private const string CtImageStorage = "1.2.840.10008.5.1.4.1.1.2";
    private const string Date = "20260101";
    private const string Time = "120000";

    /// <summary>HU of the stored value 0; with 12 bits the values reach 3071 HU.</summary>
    private const int InterceptHu = -1024;

    /// <summary>Writes one file per slice.</summary>
    /// <param name="scan">The phantom.</param>
    /// <param name="folder">Created where it does not exist.</param>
    /// <param name="options">What is unusual; null for a plain series.</param>
    /// <returns>The paths in slice order.</returns>
    public static ImmutableArray<string> Write(PhantomScan scan, string folder, PhantomDicomOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scan);
        options ??= new PhantomDicomOptions();
        Directory.CreateDirectory(folder);
        var paths = ImmutableArray.CreateBuilder<string>();
        VolumeGeometry geometry = scan.Volume.Geometry;
        for (int slice = 0; slice < geometry.SliceCount; slice++)
        {
            if (options.DroppedSlices.Contains(slice))
            {
                continue;
            }

            int number = options.ReversedFileNames ? geometry.SliceCount - slice : slice + 1;
            string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"CT{number:D4}.dcm"));
            File.WriteAllBytes(path, ToFile(scan, slice, options));
            paths.Add(path);
        }

        return paths.ToImmutable();
    }

    /// <summary>One slice as a file.</summary>
    public static byte[] ToFile(PhantomScan scan, int slice, PhantomDicomOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scan);
        VolumeGeometry geometry = scan.Volume.Geometry;
        byte[] stored = new byte[geometry.ColumnCount * geometry.RowCount * sizeof(ushort)];
        ReadOnlySpan<short> voxels = scan.Volume.Int16Voxels.Slice(slice * geometry.ColumnCount * geometry.RowCount, geometry.ColumnCount * geometry.RowCount);
        for (int i = 0; i < voxels.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(stored.AsSpan(i * sizeof(ushort)), (ushort)(voxels[i] - InterceptHu));
        }

        string anatomy = scan.Options.Anatomy.ToString().ToUpperInvariant();
        return ToFile(
            scan.Series.Acquisition,
            geometry,
            slice,
            stored,
            options?.PatientName ?? "PHANTOM^" + anatomy,
            string.Create(CultureInfo.InvariantCulture, $"PHANTOM-{anatomy}-{scan.Options.Seed}"));
    }

    /// <summary>One slice as a file.</summary>
    /// <param name="acquisition">Header facts; the tube voltage, slice thickness and UIDs must be known.</param>
    /// <param name="geometry">Where the slices lie.</param>
    /// <param name="slice">Which of them.</param>
    /// <param name="stored">HU + 1024 as 16-bit little endian values; not copied.</param>
    /// <param name="patientName">Patient's Name.</param>
    /// <param name="patientId">Patient ID.</param>
    public static byte[] ToFile(CtAcquisition acquisition, VolumeGeometry geometry, int slice, byte[] stored, string patientName, string patientId)
    {
        ArgumentNullException.ThrowIfNull(acquisition);
        ArgumentNullException.ThrowIfNull(geometry);
        LpsPoint origin = geometry.SliceOrigins[slice];
        DicomDataSetBuilder builder = new DicomDataSetBuilder()
            .Set(DicomTags.ImageType, "ORIGINAL", "PRIMARY", "AXIAL")
            .Set(DicomTags.SOPClassUID, CtImageStorage)
            .Set(DicomTags.SOPInstanceUID, acquisition.SopInstanceUids[slice])
            .Set(DicomTags.StudyDate, Date)
            .Set(DicomTags.SeriesDate, Date)
            .Set(DicomTags.AcquisitionDate, Date)
            .Set(DicomTags.ContentDate, Date)
            .Set(DicomTags.StudyTime, Time)
            .Set(DicomTags.SeriesTime, Time)
            .Set(DicomTags.AcquisitionTime, Time)
            .Set(DicomTags.ContentTime, Time)
            .SetEmpty(DicomTags.AccessionNumber)
            .Set(DicomTags.Modality, "CT")
            .Set(DicomTags.Manufacturer, acquisition.Manufacturer ?? string.Empty)
            .SetEmpty(DicomTags.ReferringPhysicianName)
            .Set(DicomTags.SeriesDescription, "Synthetic phantom")
            .Set(DicomTags.ManufacturerModelName, acquisition.ManufacturerModelName ?? string.Empty)
            .Set(DicomTags.PatientName, patientName)
            .Set(DicomTags.PatientID, patientId)
            .SetEmpty(DicomTags.PatientBirthDate)
            .Set(DicomTags.PatientSex, "O")
            .Set(DicomTags.PatientIdentityRemoved, "YES")
            .Set(DicomTags.DeidentificationMethod, "Synthetic: no patient")
            .Set(DicomTags.SliceThickness, acquisition.SliceThicknessMm!.Value)
            .Set(DicomTags.KVP, acquisition.Kvp!.Value)
            .Set(DicomTags.SpacingBetweenSlices, geometry.BetweenSlicesMm)
            .Set(DicomTags.SoftwareVersions, "CalcQuant.Phantoms")
            .Set(DicomTags.GantryDetectorTilt, acquisition.TiltDegrees)
            .Set(DicomTags.ConvolutionKernel, acquisition.ConvolutionKernel ?? string.Empty)
            .Set(DicomTags.PatientPosition, acquisition.PatientPosition ?? "HFS")
            .Set(DicomTags.StudyInstanceUID, acquisition.StudyInstanceUid!)
            .Set(DicomTags.SeriesInstanceUID, acquisition.SeriesInstanceUid)
            .Set(DicomTags.StudyID, "1")
            .Set(DicomTags.SeriesNumber, 1)
            .Set(DicomTags.AcquisitionNumber, 1)
            .Set(DicomTags.InstanceNumber, slice + 1)
            .Set(DicomTags.ImagePositionPatient, origin.X, origin.Y, origin.Z)
            .Set(
                DicomTags.ImageOrientationPatient,
                geometry.ColumnDirection.X,
                geometry.ColumnDirection.Y,
                geometry.ColumnDirection.Z,
                geometry.RowDirection.X,
                geometry.RowDirection.Y,
                geometry.RowDirection.Z)
            .Set(DicomTags.FrameOfReferenceUID, acquisition.FrameOfReferenceUid!)
            .SetEmpty(DicomTags.PositionReferenceIndicator)
            .Set(DicomTags.SliceLocation, origin.Dot(geometry.Normal))
            .Set(DicomTags.SamplesPerPixel, 1)
            .Set(DicomTags.PhotometricInterpretation, "MONOCHROME2")
            .Set(DicomTags.Rows, geometry.RowCount)
            .Set(DicomTags.Columns, geometry.ColumnCount)
            .Set(DicomTags.PixelSpacing, geometry.BetweenRowsMm, geometry.BetweenColumnsMm)
            .Set(DicomTags.BitsAllocated, 16)
            .Set(DicomTags.BitsStored, 12)
            .Set(DicomTags.HighBit, 11)
            .Set(DicomTags.PixelRepresentation, 0.0)
            .Set(DicomTags.WindowCenter, 50)
            .Set(DicomTags.WindowWidth, 400)
            .Set(DicomTags.RescaleIntercept, InterceptHu)
            .Set(DicomTags.RescaleSlope, 1)
            .Set(DicomTags.RescaleType, "HU")
            .SetBytes(DicomTags.PixelData, ValueRepresentation.OW, stored);
        if (acquisition.BodyPartExamined is { } part)
        {
            builder.Set(DicomTags.BodyPartExamined, part);
        }

        if (acquisition.ReconstructionDiameterMm is { } diameter)
        {
            builder.Set(DicomTags.ReconstructionDiameter, diameter);
        }

        if (acquisition.ContrastInHeader == true)
        {
            builder.Set(DicomTags.ContrastBolusAgent, "IOHEXOL");
        }

        return DicomFileWriter.ToArray(builder.Build());
    }
}
