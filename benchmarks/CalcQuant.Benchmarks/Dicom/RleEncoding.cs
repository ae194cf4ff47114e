using System.Buffers.Binary;

namespace CalcQuant.Benchmarks.Dicom;

/// <summary>RLE Lossless (PS3.5 annex G) of one grey frame of 16 bits: the product only reads it.</summary>
internal static class RleEncoding
{
    private const int HeaderSize = 64;
    private const int LongestRun = 128;

    /// <summary>Encodes a frame: the high bytes, then the low ones, each packed.</summary>
    public static byte[] Encode(ReadOnlySpan<ushort> samples)
    {
        byte[] plane = new byte[samples.Length];
        List<byte> frame = [.. new byte[HeaderSize]];
        int[] starts = new int[2];
        for (int i = 0; i < starts.Length; i++)
        {
            for (int pixel = 0; pixel < plane.Length; pixel++)
            {
                plane[pixel] = (byte)(samples[pixel] >> (i == 0 ? 8 : 0));
            }

            starts[i] = frame.Count;
            Pack(plane, frame);
            if (frame.Count % 2 != 0)
            {
                frame.Add(0);
            }
        }

        byte[] bytes = [.. frame];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, starts.Length);
        for (int i = 0; i < starts.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan((i + 1) * sizeof(int)), starts[i]);
        }

        return bytes;
    }

    // PackBits: n < 128 precedes n + 1 bytes as they are, n > 128 one byte that stands 257 - n times.
    private static void Pack(ReadOnlySpan<byte> plane, List<byte> packed)
    {
        int literalStart = 0, position = 0;
        while (position < plane.Length)
        {
            int run = RunAt(plane, position);

            // A run of two within literals would save nothing.
            if (run < 3)
            {
                position += run;
                continue;
            }

            AddLiterals(plane[literalStart..position], packed);
            packed.AddRange([(byte)(257 - run), plane[position]]);
            position += run;
            literalStart = position;
        }

        AddLiterals(plane[literalStart..], packed);
    }

    private static int RunAt(ReadOnlySpan<byte> plane, int position)
    {
        ReadOnlySpan<byte> rest = plane.Slice(position, Math.Min(LongestRun, plane.Length - position));
        int other = rest.IndexOfAnyExcept(rest[0]);
        return other < 0 ? rest.Length : other;
    }

    private static void AddLiterals(ReadOnlySpan<byte> literals, List<byte> packed)
    {
        while (!literals.IsEmpty)
        {
            int count = Math.Min(LongestRun, literals.Length);
            packed.Add((byte)(count - 1));
            packed.AddRange(literals[..count]);
            literals = literals[count..];
        }
    }
}
