using System.IO.Compression;
using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>Reads CT volumes in HU from NIfTI-1 single files (.nii, .nii.gz). For the corpus only: the product reads CT from DICOM.</summary>
internal static class NiftiCtReader
{
    /// <summary>Reads a file.</summary>
    /// <param name="name">Name of the series.</param>
    /// <param name="file">The whole file, compressed or not.</param>
    /// <exception cref="InvalidDataException">It is no NIfTI volume with a place in the patient, or it ends early.</exception>
    public static CtSeries Read(string name, byte[] file)
    {
        using var bytes = new MemoryStream(file, writable: false);
        using Stream plain = file.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? new GZipStream(bytes, CompressionMode.Decompress) : bytes;
        byte[] header = new byte[NiftiHeader.Size];
        plain.ReadExactly(header);
        if (!NiftiFields.TryOpen(header, out NiftiFields fields)
            || !fields.TryReadSize(out int columns, out int rows, out int slices)
            || !fields.TryReadSteps(out LpsPoint origin, out LpsPoint columnStep, out LpsPoint rowStep, out LpsPoint sliceStep)
            || NiftiFields.BytesOf(fields.Int16(NiftiHeader.DataType)) is not { } size
            || !fields.TrySkipToVoxels(plain))
        {
            throw new InvalidDataException($"{name} is no NIfTI-1 CT volume.");
        }

        // A slope of 0 means that values are HU as they are stored.
        double slope = fields.Single(NiftiHeader.Slope);
        (slope, double intercept) = slope == 0 ? (1, 0) : (slope, fields.Single(NiftiHeader.Intercept));
        short type = fields.Int16(NiftiHeader.DataType);
        float[] hu = new float[columns * rows * slices];
        byte[] raw = new byte[columns * size];
        for (int row = 0; row < rows * slices; row++)
        {
            plain.ReadExactly(raw);
            var values = new NiftiFields(raw, fields.IsBigEndian);
            for (int column = 0; column < columns; column++)
            {
                hu[(row * columns) + column] = (float)((slope * values.Value(type, column)) + intercept);
            }
        }

        return OrientedVoxels.ToSeries(name, hu, columns, rows, origin, columnStep, rowStep, sliceStep);
    }
}
