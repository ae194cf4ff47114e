using System.IO.Compression;

namespace CalcQuant.Imaging;

/// <summary>
/// Reads label volumes from NIfTI-1 single files (.nii, .nii.gz), as TotalSegmentator, 3D Slicer and nibabel write them. Every size that the file claims is checked
/// before memory is taken, and a compressed file is unpacked no further than its header says.
/// </summary>
public static class NiftiLabelReader
{
    private const byte GzipFirst = 0x1F, GzipSecond = 0x8B;

    /// <summary>Reads a file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static LabelReading Read(ReadOnlyMemory<byte> file, CancellationToken cancellationToken = default)
    {
        bool isCompressed = file.Length > 2 && file.Span[0] == GzipFirst && file.Span[1] == GzipSecond;
        using var bytes = new MemoryStream(file.ToArray(), writable: false);
        using Stream plain = isCompressed ? new GZipStream(bytes, CompressionMode.Decompress) : bytes;
        try
        {
            return Read(plain, cancellationToken);
        }
        catch (EndOfStreamException)
        {
            return Rejected("The NIfTI file ends before its last voxel.");
        }
        catch (InvalidDataException)
        {
            return Rejected("The compressed NIfTI file is damaged.");
        }
    }

    private static LabelReading Read(Stream plain, CancellationToken cancellationToken)
    {
        byte[] header = new byte[NiftiHeader.Size];
        plain.ReadExactly(header);
        if (!NiftiFields.TryOpen(header, out NiftiFields fields))
        {
            return Rejected("Not a NIfTI-1 single file (.nii or .nii.gz).");
        }

        if (!fields.TryReadSize(out int columns, out int rows, out int slices))
        {
            return Rejected("The NIfTI file does not hold one volume of a size that can be read.");
        }

        short type = fields.Int16(NiftiHeader.DataType);
        if (NiftiFields.BytesOf(type) is not int size)
        {
            return Rejected($"NIfTI datatype {type} holds no labels.");
        }

        float slope = fields.Single(NiftiHeader.Slope);
        if (slope is not (0 or 1) || (slope == 1 && fields.Single(NiftiHeader.Intercept) != 0))
        {
            return Rejected("The NIfTI file scales its values: labels are whole numbers as they are.");
        }

        if (!fields.TryReadSteps(out LpsPoint origin, out LpsPoint columnStep, out LpsPoint rowStep, out LpsPoint sliceStep))
        {
            return Rejected("The NIfTI file does not say where it lies in the patient (neither sform nor qform).");
        }

        if (!fields.TrySkipToVoxels(plain))
        {
            return Rejected("The NIfTI file does not say where its voxels begin.");
        }

        ushort[]?[] labels = new ushort[]?[slices];
        byte[] raw = new byte[columns * size];
        for (int slice = 0; slice < slices; slice++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int row = 0; row < rows; row++)
            {
                // Row by row, and no memory for labels before the first: a file of a few bytes may claim any size.
                plain.ReadExactly(raw);
                if (raw.AsSpan().ContainsAnyExcept((byte)0) && !TryConvert(new NiftiFields(raw, fields.IsBigEndian), type, (labels[slice] ??= new ushort[columns * rows]).AsSpan(row * columns, columns)))
                {
                    return Rejected("The NIfTI file has values that are no labels: whole numbers from 0 to 65535.");
                }
            }
        }

        return new LabelReading.Accepted(new LabelVolume(columns, rows, labels, origin, columnStep, rowStep, sliceStep));
    }

    private static LabelReading.Rejected Rejected(string explanation) => new(explanation);

    private static bool TryConvert(NiftiFields values, short type, Span<ushort> labels)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            double value = values.Value(type, i);
            labels[i] = (ushort)Math.Clamp(value, 0, ushort.MaxValue);
            if (labels[i] != value)
            {
                return false;
            }
        }

        return true;
    }
}
