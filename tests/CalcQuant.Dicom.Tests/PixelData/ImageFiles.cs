using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.PixelData;

namespace CalcQuant.Dicom.Tests.PixelData;

/// <summary>Small image files for tests.</summary>
internal static class ImageFiles
{
    public static DicomDataSetBuilder Header(
        int rows,
        int columns,
        int frames = 1,
        int allocated = 16,
        int stored = 16,
        int? highBit = null,
        bool isSigned = false,
        int samples = 1)
    {
        DicomDataSetBuilder header = new DicomDataSetBuilder()
            .Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.7")
            .Set(DicomTags.SOPInstanceUID, "1.2.3")
            .Set(DicomTags.SamplesPerPixel, samples)
            .Set(DicomTags.PhotometricInterpretation, samples == 1 ? "MONOCHROME2" : "RGB")
            .Set(DicomTags.Rows, rows)
            .Set(DicomTags.Columns, columns)
            .Set(DicomTags.BitsAllocated, allocated)
            .Set(DicomTags.BitsStored, stored)
            .Set(DicomTags.HighBit, highBit ?? stored - 1)
            .Set(DicomTags.PixelRepresentation, isSigned ? 1 : 0);
        if (frames > 1)
        {
            header.Set(DicomTags.NumberOfFrames, frames);
        }

        if (samples > 1)
        {
            header.Set(DicomTags.PlanarConfiguration, 0);
        }

        return header;
    }

    public static byte[] Encapsulated(DicomDataSetBuilder header, TransferSyntax syntax, params byte[][] fragments) =>
        DicomFileWriter.ToArray(header.Build(), syntax, new EncapsulatedPixelData([.. fragments.Select(bytes => new ReadOnlyMemory<byte>(bytes))]));

    public static byte[] Native(DicomDataSetBuilder header, byte[] pixels, TransferSyntax? syntax = null, ValueRepresentation vr = ValueRepresentation.OW) =>
        DicomFileWriter.ToArray(header.SetBytes(DicomTags.PixelData, vr, pixels).Build(), syntax);

    public static PixelFrames Open(byte[] file)
    {
        DicomReading reading = DicomFile.Read("test", file, ReadingLimits.Default);
        DicomFile accepted = Assert.IsType<DicomReading.Accepted>(reading).File;
        Assert.True(PixelFrames.TryOpen(accepted, ReadingLimits.Default, out PixelFrames? frames, out SeriesIssue issue), issue.Explanation);
        return frames!;
    }

    public static int[] Decode(byte[] file, int frame = 0)
    {
        PixelFrames frames = Open(file);
        int[] values = new int[frames.Layout.ValuesPerFrame];
        FrameDecoding decoding = frames.Decode(frame, values);
        Assert.True(decoding is FrameDecoding.Decoded, (decoding as FrameDecoding.Failed)?.Issue.Explanation);
        return values;
    }

    /// <summary>What is wrong with the file, at whichever stage; null where all its frames decode.</summary>
    public static SeriesIssue? FindIssue(byte[] file, ReadingLimits? limits = null)
    {
        limits ??= ReadingLimits.Default;
        switch (DicomFile.Read("test", file, limits))
        {
            case DicomReading.Rejected rejected:
                return rejected.Issue;
            case DicomReading.NotDicom other:
                return new SeriesIssue(SeriesIssueCode.InvalidHeader, other.Explanation);
            case DicomReading.Accepted accepted:
                if (!PixelFrames.TryOpen(accepted.File, limits, out PixelFrames? frames, out SeriesIssue issue))
                {
                    return issue;
                }

                int[] values = new int[frames.Layout.ValuesPerFrame];
                for (int frame = 0; frame < frames.Layout.FrameCount; frame++)
                {
                    if (frames.Decode(frame, values) is FrameDecoding.Failed failed)
                    {
                        return failed.Issue;
                    }
                }

                return null;
            default:
                throw new InvalidOperationException();
        }
    }

    /// <summary>An RLE frame of PS3.5 annex G, each segment made of literal runs and, where a byte repeats, replicate runs.</summary>
    public static byte[] RleFrame(params byte[][] segments)
    {
        var offsets = new List<uint>();
        var body = new List<byte>();
        foreach (byte[] segment in segments)
        {
            offsets.Add((uint)(64 + body.Count));
            for (int i = 0; i < segment.Length;)
            {
                int run = 1;
                while (run < 128 && i + run < segment.Length && segment[i + run] == segment[i])
                {
                    run++;
                }

                if (run > 1)
                {
                    body.AddRange([(byte)(257 - run), segment[i]]);
                }
                else
                {
                    body.AddRange([0, segment[i]]);
                }

                i += run;
            }

            if (body.Count % 2 != 0)
            {
                body.Add(0);
            }
        }

        byte[] frame = new byte[64];
        BitConverter.TryWriteBytes(frame, segments.Length);
        for (int i = 0; i < offsets.Count; i++)
        {
            BitConverter.TryWriteBytes(frame.AsSpan(4 + (i * 4)), offsets[i]);
        }

        return [.. frame, .. body];
    }

    /// <summary>Smooth values with noise, as in CT, of at most <paramref name="bits"/> bits.</summary>
    public static ushort[] Samples(int count, int bits, int seed)
    {
        var random = new Random(seed);
        int mask = (1 << bits) - 1;
        int level = mask / 2;
        ushort[] samples = new ushort[count];
        for (int i = 0; i < count; i++)
        {
            level += random.Next(-40, 41);
            samples[i] = (ushort)((random.Next(50) == 0 ? random.Next() : level) & mask);
        }

        return samples;
    }

    public static byte[] Bytes(IEnumerable<ushort> samples) => [.. samples.SelectMany(sample => new[] { (byte)sample, (byte)(sample >> 8) })];
}
