using System.Buffers.Binary;

namespace CalcQuant.Dicom.Tests.PixelData;

/// <summary>A plain encoder of T.81 annex H, written from the standard for these tests: one flat Huffman table, bit by bit.</summary>
internal sealed class JpegLosslessEncoder
{
    public required int Rows { get; init; }

    public required int Columns { get; init; }

    public int Components { get; init; } = 1;

    public int Precision { get; init; } = 16;

    public int Predictor { get; init; } = 1;

    public int PointTransform { get; init; }

    /// <summary>Rows between restart markers; 0 for none.</summary>
    public int RestartRows { get; init; }

    /// <summary>One scan for each component instead of one for all.</summary>
    public bool HasSeparateScans { get; init; }

    /// <summary>True gives category k a code of k + 1 bits, up to 16, so that codes longer than any lookup occur; false five bits for each.</summary>
    public bool HasLongCodes { get; init; }

    public byte[] Encode(ReadOnlySpan<ushort> samples)
    {
        var stream = new List<byte> { 0xFF, 0xD8 };
        Segment(stream, 0xE0, "test"u8);
        List<byte> frame = [(byte)Precision, (byte)(Rows >> 8), (byte)Rows, (byte)(Columns >> 8), (byte)Columns, (byte)Components];
        for (int i = 0; i < Components; i++)
        {
            frame.AddRange([(byte)(i + 1), 0x11, 0]);
        }

        Segment(stream, 0xC3, [.. frame]);
        Segment(stream, 0xC4, [0x00, .. Counts(), .. Enumerable.Range(0, 17).Select(category => (byte)category)]);
        if (RestartRows > 0)
        {
            byte[] interval = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(interval, (ushort)(RestartRows * Columns));
            Segment(stream, 0xDD, interval);
        }

        int[][] scans = HasSeparateScans ? [.. Enumerable.Range(0, Components).Select(i => new[] { i })] : [[.. Enumerable.Range(0, Components)]];
        foreach (int[] scan in scans)
        {
            List<byte> header = [(byte)scan.Length];
            foreach (int component in scan)
            {
                header.AddRange([(byte)(component + 1), 0x00]);
            }

            header.AddRange([(byte)Predictor, 0, (byte)PointTransform]);
            Segment(stream, 0xDA, [.. header]);
            EncodeScan(stream, samples, scan);
        }

        stream.AddRange([0xFF, 0xD9]);
        return [.. stream];
    }

    private static void Segment(List<byte> stream, byte marker, ReadOnlySpan<byte> content)
    {
        stream.AddRange([0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2)]);
        stream.AddRange(content);
    }

    private byte[] Counts()
    {
        byte[] counts = new byte[16];
        if (HasLongCodes)
        {
            for (int length = 1; length <= 15; length++)
            {
                counts[length - 1] = 1;
            }

            counts[15] = 2;
        }
        else
        {
            counts[4] = 17;
        }

        return counts;
    }

    private (int Code, int Length) CodeOf(int category)
    {
        if (!HasLongCodes)
        {
            return (category, 5);
        }

        // 0, 10, 110, ... up to fifteen ones and a zero, then fifteen ones and a zero in 16 bits, and its neighbour.
        return category < 15 ? ((1 << (category + 1)) - 2, category + 1) : (0xFFFE + category - 15, 16);
    }

    private void EncodeScan(List<byte> stream, ReadOnlySpan<ushort> samples, int[] scan)
    {
        var bits = new BitWriter(stream);
        int restart = 0;
        for (int row = 0; row < Rows; row++)
        {
            bool isFirstRow = row == 0;
            if (RestartRows > 0 && row > 0 && row % RestartRows == 0)
            {
                bits.Flush();
                stream.AddRange([0xFF, (byte)(0xD0 + restart)]);
                restart = (restart + 1) % 8;
                isFirstRow = true;
            }

            for (int column = 0; column < Columns; column++)
            {
                foreach (int component in scan)
                {
                    int x = At(samples, row, column, component);
                    int predicted;
                    if (isFirstRow)
                    {
                        predicted = column == 0 ? 1 << (Precision - PointTransform - 1) : At(samples, row, column - 1, component);
                    }
                    else if (column == 0)
                    {
                        predicted = At(samples, row - 1, column, component);
                    }
                    else
                    {
                        int a = At(samples, row, column - 1, component);
                        int b = At(samples, row - 1, column, component);
                        int c = At(samples, row - 1, column - 1, component);
                        predicted = Predictor switch
                        {
                            1 => a,
                            2 => b,
                            3 => c,
                            4 => a + b - c,
                            5 => a + ((b - c) >> 1),
                            6 => b + ((a - c) >> 1),
                            7 => (a + b) >> 1,
                            _ => throw new InvalidOperationException(),
                        };
                    }

                    Write(bits, x - predicted);
                }
            }
        }

        bits.Flush();
    }

    private int At(ReadOnlySpan<ushort> samples, int row, int column, int component) =>
        samples[(((row * Columns) + column) * Components) + component] >> PointTransform;

    private void Write(BitWriter bits, int difference)
    {
        // Modulo 65536, in -32767 to 32768.
        difference &= 0xFFFF;
        if (difference > 32768)
        {
            difference -= 65536;
        }

        int category = 0;
        while (Math.Abs(difference) >= 1 << category)
        {
            category++;
        }

        (int code, int length) = CodeOf(category);
        bits.Write(code, length);
        if (category < 16)
        {
            bits.Write(difference > 0 ? difference : difference + (1 << category) - 1, category);
        }
    }

    private sealed class BitWriter(List<byte> stream)
    {
        private int _current;
        private int _count;

        public void Write(int bits, int length)
        {
            for (int i = length - 1; i >= 0; i--)
            {
                _current = (_current << 1) | ((bits >> i) & 1);
                if (++_count == 8)
                {
                    stream.Add((byte)_current);
                    if (_current == 0xFF)
                    {
                        stream.Add(0);
                    }

                    _current = 0;
                    _count = 0;
                }
            }
        }

        public void Flush()
        {
            while (_count != 0)
            {
                Write(1, 1);
            }
        }
    }
}
