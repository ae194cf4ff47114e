using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.PixelData;

/// <summary>How the pixels of a file are laid out, from the Image Pixel module (PS3.3 C.7.6.3), checked against the limits.</summary>
public sealed record PixelLayout
{
    /// <summary>Rows.</summary>
    public required int RowCount { get; init; }

    /// <summary>Columns.</summary>
    public required int ColumnCount { get; init; }

    /// <summary>Frames; 1 where the header does not say.</summary>
    public required int FrameCount { get; init; }

    /// <summary>
    /// Samples Per Pixel that are stored: for uncompressed YBR_FULL_422 it is 2, as two neighbours share their chrominance (PS3.3 C.7.6.3.1.2).
    /// </summary>
    public required int SamplesPerPixel { get; init; }

    /// <summary>Bits Allocated: 1, 8, 16 or 32.</summary>
    public required int BitsAllocated { get; init; }

    /// <summary>Bits Stored.</summary>
    public required int BitsStored { get; init; }

    /// <summary>High Bit.</summary>
    public required int HighBit { get; init; }

    /// <summary>Pixel Representation 1: two's complement.</summary>
    public required bool IsSigned { get; init; }

    /// <summary>Photometric Interpretation.</summary>
    public required string PhotometricInterpretation { get; init; }

    /// <summary>Planar Configuration 1: native colour frames hold one plane after the other (PS3.3 C.7.6.3.1.3).</summary>
    public bool IsByPlane { get; init; }

    /// <summary>Stored values of one frame.</summary>
    public int ValuesPerFrame => checked(RowCount * ColumnCount * SamplesPerPixel);

    /// <summary>Bytes of one pixel cell once decoded; 1-bit cells are unpacked to a byte each.</summary>
    internal int BytesPerCell => Math.Max(1, BitsAllocated / 8);

    /// <summary>Reads and checks the layout.</summary>
    /// <exception cref="InvalidDicomException">An attribute is missing or contradicts another, or a limit is exceeded.</exception>
    internal static PixelLayout Read(DicomDataSet header, TransferSyntax syntax, ReadingLimits limits)
    {
        int rows = Positive(header, DicomTags.Rows);
        int columns = Positive(header, DicomTags.Columns);
        int frames = header.GetString(DicomTags.NumberOfFrames) is null ? 1 : Positive(header, DicomTags.NumberOfFrames);
        if ((long)rows * columns > limits.MaxFramePixels)
        {
            throw InvalidDicomException.Limit($"Rows (0028,0010) and Columns (0028,0011) are {rows} x {columns}, more than {limits.MaxFramePixels} pixels.");
        }

        if (frames > limits.MaxFrameCount)
        {
            throw InvalidDicomException.Limit($"Number of Frames (0028,0008) is {frames}, more than {limits.MaxFrameCount}.");
        }

        if ((long)rows * columns * frames > limits.MaxVoxelCount)
        {
            throw InvalidDicomException.Limit($"The file claims {frames} frames of {rows} x {columns}, more than {limits.MaxVoxelCount} pixels.");
        }

        string photometric = header.GetString(DicomTags.PhotometricInterpretation) ?? "MONOCHROME2";
        int samples = header.Contains(DicomTags.SamplesPerPixel) ? Required(header, DicomTags.SamplesPerPixel) : 1;
        if (samples is not (1 or 3))
        {
            throw InvalidDicomException.Header($"Samples per Pixel (0028,0002) is {samples}; 1 and 3 are read.");
        }

        bool isByPlane = samples > 1 && header.GetInt32(DicomTags.PlanarConfiguration) == 1;
        if (syntax.Coding == PixelCoding.Native && photometric.Contains("42", StringComparison.Ordinal))
        {
            if (photometric != "YBR_FULL_422" || samples != 3 || isByPlane || columns % 2 != 0)
            {
                throw InvalidDicomException.Header($"Uncompressed pixels of Photometric Interpretation (0028,0004) {photometric} cannot be laid out as the header says.");
            }

            samples = 2;
        }

        int allocated = Required(header, DicomTags.BitsAllocated);
        if (allocated is not (1 or 8 or 16 or 32))
        {
            throw InvalidDicomException.Header($"Bits Allocated (0028,0100) is {allocated}; 1, 8, 16 and 32 are read.");
        }

        // Either of Bits Stored and High Bit gives the other, as bit 0 is the lowest stored one in nearly all images (PS3.5 8.1.1).
        int? high = header.GetInt32(DicomTags.HighBit);
        int stored = allocated == 1 ? 1 : header.GetInt32(DicomTags.BitsStored) ?? high + 1 ?? Required(header, DicomTags.BitsStored);
        int highBit = allocated == 1 ? 0 : high ?? stored - 1;
        if (stored < 1 || stored > allocated || highBit < stored - 1 || highBit >= allocated)
        {
            throw InvalidDicomException.Header($"Bits Allocated, Bits Stored and High Bit (0028,0100 to 0102) are {allocated}, {stored} and {highBit}, which do not fit together.");
        }

        int representation = allocated == 1 ? 0 : Required(header, DicomTags.PixelRepresentation);
        if (representation is not (0 or 1))
        {
            throw InvalidDicomException.Header($"Pixel Representation (0028,0103) is {representation}; 0 and 1 are defined.");
        }

        return new PixelLayout
        {
            RowCount = rows,
            ColumnCount = columns,
            FrameCount = frames,
            SamplesPerPixel = samples,
            BitsAllocated = allocated,
            BitsStored = stored,
            HighBit = highBit,
            IsSigned = representation == 1,
            PhotometricInterpretation = photometric,
            IsByPlane = isByPlane,
        };
    }

    private static int Required(DicomDataSet header, DicomTag tag) =>
        header.GetInt32(tag) ?? throw InvalidDicomException.Header($"{DataElementDictionary.Describe(tag)} is missing or not an integer.");

    private static int Positive(DicomDataSet header, DicomTag tag)
    {
        int value = Required(header, tag);
        return value > 0 ? value : throw InvalidDicomException.Header($"{DataElementDictionary.Describe(tag)} is {value}.");
    }
}
