using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.PixelData;

/// <summary>
/// What the stored values of a whole file add up to, so that two readers of an archive can be compared. Values are before rescale; frames
/// in order, colour interleaved by pixel without a colour transform.
/// </summary>
/// <param name="TransferSyntaxUid">Transfer syntax of the file.</param>
/// <param name="Shape">Frames x rows x columns, and x samples where there is more than one, e.g. "1x512x512".</param>
/// <param name="Min">Smallest value.</param>
/// <param name="Max">Largest value.</param>
/// <param name="Mean">Mean value.</param>
/// <param name="Sha256">
/// SHA-256, in lower case hexadecimal, of all values in little endian, Bits Allocated wide; 1-bit data one byte a pixel.
/// </param>
public sealed record StoredPixelSummary(string TransferSyntaxUid, string Shape, long Min, long Max, double Mean, string Sha256)
{
    /// <summary>Decodes all frames of a file, one after the other.</summary>
    /// <returns>True with the summary, or false with the first thing that is wrong.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static bool TryCreate(
        DicomFile file,
        ReadingLimits limits,
        [NotNullWhen(true)] out StoredPixelSummary? summary,
        out SeriesIssue issue,
        CancellationToken cancellationToken = default)
    {
        summary = null;
        if (!PixelFrames.TryOpen(file, limits, out PixelFrames? frames, out issue))
        {
            return false;
        }

        PixelLayout layout = frames.Layout;
        int[] rentedValues = ArrayPool<int>.Shared.Rent(layout.ValuesPerFrame);
        byte[] rentedBytes = ArrayPool<byte>.Shared.Rent(checked(layout.ValuesPerFrame * layout.BytesPerCell));
        try
        {
            Span<int> values = rentedValues.AsSpan(0, layout.ValuesPerFrame);
            Span<byte> bytes = rentedBytes.AsSpan(0, layout.ValuesPerFrame * layout.BytesPerCell);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long min = long.MaxValue;
            long max = long.MinValue;
            Int128 sum = 0;
            for (int frame = 0; frame < layout.FrameCount; frame++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (frames.Decode(frame, values) is FrameDecoding.Failed failed)
                {
                    issue = failed.Issue;
                    return false;
                }

                long frameSum = 0;
                foreach (int stored in values)
                {
                    long value = layout.IsSigned ? stored : (uint)stored;
                    min = Math.Min(min, value);
                    max = Math.Max(max, value);
                    frameSum += value;
                }

                sum += frameSum;
                WriteLittleEndian(values, layout.BytesPerCell, bytes);
                hash.AppendData(bytes);
            }

            string shape = string.Create(CultureInfo.InvariantCulture, $"{layout.FrameCount}x{layout.RowCount}x{layout.ColumnCount}");
            if (layout.SamplesPerPixel > 1)
            {
                shape += string.Create(CultureInfo.InvariantCulture, $"x{layout.SamplesPerPixel}");
            }

            double mean = (double)sum / ((double)layout.ValuesPerFrame * layout.FrameCount);
            summary = new StoredPixelSummary(file.TransferSyntaxUid, shape, min, max, mean, Convert.ToHexStringLower(hash.GetHashAndReset()));
            return true;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(rentedValues);
            ArrayPool<byte>.Shared.Return(rentedBytes);
        }
    }

    private static void WriteLittleEndian(ReadOnlySpan<int> values, int bytesPerCell, Span<byte> target)
    {
        switch (bytesPerCell)
        {
            case sizeof(byte):
                for (int i = 0; i < values.Length; i++)
                {
                    target[i] = (byte)values[i];
                }

                break;
            case sizeof(short):
                for (int i = 0; i < values.Length; i++)
                {
                    BinaryPrimitives.WriteInt16LittleEndian(target[(i * sizeof(short))..], (short)values[i]);
                }

                break;
            default:
                for (int i = 0; i < values.Length; i++)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(target[(i * sizeof(int))..], values[i]);
                }

                break;
        }
    }
}
