using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.PixelData;

/// <summary>
/// JPEG lossless, process 14 (ISO/IEC 10918-1 = ITU-T T.81, annex H): each sample is predicted from its neighbours a (left), b (above) and c (above
/// left), and the difference is Huffman coded.
/// <code>
///     c b
///     a x
/// </code>
/// Every sample and the end-of-image marker must be there, no entropy-coded byte may be left over, and no sample may exceed the precision:
/// the format has no checksum, and these are what betrays a damaged frame.
/// </summary>
internal static class JpegLosslessFrame
{
    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfFrameLossless = 0xC3;
    private const byte DefineHuffmanTable = 0xC4;
    private const byte ArithmeticConditioning = 0xCC;
    private const byte FirstRestart = 0xD0;
    private const byte LastRestart = 0xD7;
    private const byte StartOfScan = 0xDA;
    private const byte DefineNumberOfLines = 0xDC;
    private const byte DefineRestartInterval = 0xDD;
    private const byte Temporary = 0x01;
    private const int MaxTableCount = 4;

    /// <summary>Decodes a frame to cells in the byte order of the machine, interleaved by pixel.</summary>
    /// <exception cref="InvalidDicomException">The stream is damaged, cut short, not lossless, or does not fit the header.</exception>
    public static void Decode(ReadOnlySpan<byte> stream, PixelLayout layout, Span<byte> cells)
    {
        if (layout.BytesPerCell == sizeof(ushort))
        {
            new Decoder(stream, layout).Decode(MemoryMarshal.Cast<byte, ushort>(cells));
            return;
        }

        ushort[] wide = ArrayPool<ushort>.Shared.Rent(cells.Length);
        try
        {
            new Decoder(stream, layout).Decode(wide.AsSpan(0, cells.Length));
            for (int i = 0; i < cells.Length; i++)
            {
                cells[i] = (byte)wide[i];
            }
        }
        finally
        {
            ArrayPool<ushort>.Shared.Return(wide);
        }
    }

    private static InvalidDicomException Damaged(string what) => InvalidDicomException.Pixels($"A JPEG lossless frame is damaged or truncated: {what}.");

    /// <summary>Predictors of T.81 table H.1, from a, b and c.</summary>
    private interface IPredictor
    {
        public static abstract int Predict(int a, int b, int c);
    }

    private readonly struct Left : IPredictor
    {
        public static int Predict(int a, int b, int c) => a;
    }

    private readonly struct Above : IPredictor
    {
        public static int Predict(int a, int b, int c) => b;
    }

    private readonly struct AboveLeft : IPredictor
    {
        public static int Predict(int a, int b, int c) => c;
    }

    private readonly struct Plane : IPredictor
    {
        public static int Predict(int a, int b, int c) => a + b - c;
    }

    private readonly struct LeftWithHalfSlope : IPredictor
    {
        public static int Predict(int a, int b, int c) => a + ((b - c) >> 1);
    }

    private readonly struct AboveWithHalfSlope : IPredictor
    {
        public static int Predict(int a, int b, int c) => b + ((a - c) >> 1);
    }

    private readonly struct Mean : IPredictor
    {
        public static int Predict(int a, int b, int c) => (a + b) >> 1;
    }

    /// <summary>
    /// A Huffman table of difference categories (T.81 F.2.2 and H.1.2.2). <see cref="Lookup"/> resolves the next 12 bits at once, together with the
    /// bits of the difference where they fit too, which is nearly always so in CT.
    /// </summary>
    private sealed class HuffmanTable
    {
        public const int LookupBits = 12;

        /// <summary>Flag of <see cref="Lookup"/> entries that hold the whole difference.</summary>
        public const int IsWhole = 0x80;

        /// <summary>Mask of the number of bits an entry uses.</summary>
        public const int LengthMask = 0x3F;

        /// <summary>Shift of the category in entries that hold only that.</summary>
        public const int CategoryShift = 8;

        /// <summary>Shift of the difference in whole entries.</summary>
        public const int DifferenceShift = 16;

        private const int LongestCode = 16;
        private const int LargestCategory = 16;

        private readonly int[] _firstCode = new int[LongestCode + 2];
        private readonly int[] _firstIndex = new int[LongestCode + 2];
        private readonly byte[] _categories;

        public HuffmanTable(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> categories)
        {
            _categories = categories.ToArray();
            int code = 0;
            int index = 0;
            for (int length = 1; length <= LongestCode; length++)
            {
                _firstCode[length] = code;
                _firstIndex[length] = index;
                for (int i = 0; i < counts[length - 1]; i++)
                {
                    if (_categories[index] > LargestCategory || code >= 1 << length)
                    {
                        throw Damaged("a Huffman table is impossible");
                    }

                    if (length <= LookupBits)
                    {
                        Enter(code, length, _categories[index]);
                    }

                    code++;
                    index++;
                }

                code <<= 1;
            }

            _firstIndex[LongestCode + 1] = index;
        }

        /// <summary>By the next 12 bits: 0 for a longer or impossible code.</summary>
        public int[] Lookup { get; } = new int[1 << LookupBits];

        /// <summary>Finds a code that is longer than the lookup, from the next 16 bits.</summary>
        /// <returns>Category and length of the code.</returns>
        public (int Category, int Length) FindLong(int next16)
        {
            for (int length = LookupBits + 1; length <= LongestCode; length++)
            {
                int position = (next16 >> (LongestCode - length)) - _firstCode[length];
                if (position >= 0 && position < _firstIndex[length + 1] - _firstIndex[length])
                {
                    return (_categories[_firstIndex[length] + position], length);
                }
            }

            throw Damaged("a code is not in its Huffman table");
        }

        /// <summary>The difference of a category from its extra bits (T.81 F.2.2.1, EXTEND).</summary>
        public static int Extend(int bits, int category) => bits < 1 << (category - 1) ? bits - (1 << category) + 1 : bits;

        private void Enter(int code, int length, int category)
        {
            int rest = LookupBits - length;
            Span<int> entries = Lookup.AsSpan(code << rest, 1 << rest);
            if (category is 0 or LargestCategory)
            {
                // Category 16 is the difference 32768 alone, without extra bits (T.81 H.1.2.2).
                int difference = category == 0 ? 0 : short.MinValue;
                entries.Fill((difference << DifferenceShift) | IsWhole | length);
            }
            else if (category > rest)
            {
                entries.Fill((category << CategoryShift) | length);
            }
            else
            {
                int spare = rest - category;
                for (int bits = 0; bits < 1 << category; bits++)
                {
                    entries.Slice(bits << spare, 1 << spare).Fill((Extend(bits, category) << DifferenceShift) | IsWhole | (length + category));
                }
            }
        }
    }

    /// <summary>Entropy-coded bytes without stuffing, and a buffer of the next 32 to 64 bits, the first at the top.</summary>
    private ref struct BitReader
    {
        /// <summary>Zero bytes needed after the data, so that a whole word can always be loaded.</summary>
        public const int Padding = 16;

        private const int LongestDifference = 32;

        private readonly ReadOnlySpan<byte> _data;
        private int _position;
        private ulong _bits;
        private int _count;

        public BitReader(ReadOnlySpan<byte> paddedData)
        {
            _data = paddedData;
            _position = 0;
            _bits = 0;
            _count = 0;
        }

        /// <summary>Bits used so far.</summary>
        public readonly long UsedCount => ((long)_position * 8) - _count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public int ReadDifference(HuffmanTable table)
        {
            if (_count < LongestDifference)
            {
                Refill();
            }

            int entry = table.Lookup[(int)(_bits >> (64 - HuffmanTable.LookupBits))];
            if ((entry & HuffmanTable.IsWhole) == 0)
            {
                return ReadLongDifference(table, entry);
            }

            int length = entry & HuffmanTable.LengthMask;
            _bits <<= length;
            _count -= length;
            return entry >> HuffmanTable.DifferenceShift;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Refill()
        {
            if (_position + sizeof(ulong) > _data.Length)
            {
                throw Damaged("the coded data end too early");
            }

            // The bits below the counted ones are loaded again by the next refill, with the same values.
            _bits |= BinaryPrimitives.ReadUInt64BigEndian(_data[_position..]) >> _count;
            int byteCount = (63 - _count) >> 3;
            _position += byteCount;
            _count += byteCount * 8;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private int ReadLongDifference(HuffmanTable table, int entry)
        {
            int category = entry >> HuffmanTable.CategoryShift;
            int length = entry & HuffmanTable.LengthMask;
            if (entry == 0)
            {
                (category, length) = table.FindLong((int)(_bits >> 48));
            }

            _bits <<= length;
            _count -= length;
            if (category is 0 or 16)
            {
                return category == 0 ? 0 : short.MinValue;
            }

            int bits = (int)(_bits >> (64 - category));
            _bits <<= category;
            _count -= category;
            return HuffmanTable.Extend(bits, category);
        }
    }

    private ref struct Decoder
    {
        private readonly ReadOnlySpan<byte> _stream;
        private readonly PixelLayout _layout;
        private readonly HuffmanTable?[] _tables = new HuffmanTable?[MaxTableCount];
        private readonly byte[] _componentIds;
        private int _position;
        private int _precision;
        private int _restartInterval;

        public Decoder(ReadOnlySpan<byte> stream, PixelLayout layout)
        {
            _stream = stream;
            _layout = layout;
            _componentIds = new byte[layout.SamplesPerPixel];
        }

        public void Decode(Span<ushort> samples)
        {
            if (ReadMarker() != StartOfImage)
            {
                throw Damaged("it does not start with SOI");
            }

            int decodedComponents = 0;
            while (true)
            {
                byte marker = ReadMarker();
                switch (marker)
                {
                    case EndOfImage:
                        if (decodedComponents != (1 << _componentIds.Length) - 1)
                        {
                            throw Damaged("it ends before all samples");
                        }

                        return;
                    case StartOfFrameLossless:
                        ReadFrameHeader(ReadSegment());
                        break;
                    case DefineHuffmanTable:
                        ReadTables(ReadSegment());
                        break;
                    case DefineRestartInterval:
                        ReadOnlySpan<byte> interval = ReadSegment();
                        _restartInterval = interval.Length >= sizeof(ushort) ? BinaryPrimitives.ReadUInt16BigEndian(interval) : throw Damaged("DRI is too short");
                        break;
                    case StartOfScan:
                        int scanned = DecodeScan(ReadSegment(), samples);
                        decodedComponents = (decodedComponents & scanned) == 0 ? decodedComponents | scanned : throw Damaged("a component comes twice");
                        break;
                    case DefineNumberOfLines or ArithmeticConditioning:
                    case (>= 0xC0 and <= 0xCF) and not (StartOfFrameLossless or DefineHuffmanTable or 0xC8):
                        throw InvalidDicomException.Pixels($"A JPEG frame is not lossless with Huffman coding (marker FF{marker:X2}), the transfer syntax says so.");
                    case Temporary or (>= FirstRestart and <= LastRestart):
                        break;
                    default:
                        ReadSegment();
                        break;
                }
            }
        }

        // Markers may follow any number of fill bytes FF (T.81 B.1.1.2).
        private byte ReadMarker()
        {
            int position = _position;
            if (position >= _stream.Length || _stream[position] != 0xFF)
            {
                throw Damaged("a marker is missing");
            }

            while (position < _stream.Length && _stream[position] == 0xFF)
            {
                position++;
            }

            if (position == _stream.Length)
            {
                throw Damaged("the end-of-image marker is missing");
            }

            _position = position + 1;
            return _stream[position];
        }

        private ReadOnlySpan<byte> ReadSegment()
        {
            int length = _stream.Length - _position >= sizeof(ushort) ? BinaryPrimitives.ReadUInt16BigEndian(_stream[_position..]) : 0;
            if (length < sizeof(ushort) || length > _stream.Length - _position)
            {
                throw Damaged("a marker segment is cut short");
            }

            ReadOnlySpan<byte> segment = _stream.Slice(_position + sizeof(ushort), length - sizeof(ushort));
            _position += length;
            return segment;
        }

        private void ReadFrameHeader(ReadOnlySpan<byte> segment)
        {
            const int HeaderSize = 6;
            const int ComponentSize = 3;
            if (_precision != 0 || segment.Length < HeaderSize || segment.Length < HeaderSize + (segment[5] * ComponentSize))
            {
                throw Damaged("its frame header is too short or repeated");
            }

            int rows = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
            int columns = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
            int components = segment[5];
            if (rows != _layout.RowCount || columns != _layout.ColumnCount || components != _layout.SamplesPerPixel)
            {
                throw InvalidDicomException.Pixels(
                    $"A JPEG frame has {rows} x {columns} pixels of {components} samples, the header {_layout.RowCount} x {_layout.ColumnCount} of {_layout.SamplesPerPixel}.");
            }

            _precision = segment[0];
            CodestreamPrecision.Check(_precision, isSigned: false, _layout);
            for (int i = 0; i < components; i++)
            {
                _componentIds[i] = segment[HeaderSize + (i * ComponentSize)];
                bool isSubsampled = components > 1 && segment[HeaderSize + (i * ComponentSize) + 1] != 0x11;
                if (isSubsampled || _componentIds.AsSpan(0, i).Contains(_componentIds[i]))
                {
                    throw InvalidDicomException.Pixels("A JPEG lossless frame has subsampled or repeated components, which cannot be decoded.");
                }
            }
        }

        private readonly void ReadTables(ReadOnlySpan<byte> segment)
        {
            const int LengthCount = 16;
            while (!segment.IsEmpty)
            {
                int total = 0;
                for (int i = 1; i <= LengthCount && i < segment.Length; i++)
                {
                    total += segment[i];
                }

                int size = 1 + LengthCount + total;
                if (segment.Length < size || segment[0] >= MaxTableCount)
                {
                    throw Damaged("a Huffman table is cut short or of the wrong class");
                }

                _tables[segment[0]] = new HuffmanTable(segment.Slice(1, LengthCount), segment.Slice(1 + LengthCount, total));
                segment = segment[size..];
            }
        }

        // Bit set of the components decoded.
        private int DecodeScan(ReadOnlySpan<byte> segment, Span<ushort> samples)
        {
            if (_precision == 0 || segment.IsEmpty || segment[0] is 0 or > 4 || segment.Length < 4 + (segment[0] * 2))
            {
                throw Damaged("its scan header is too short or has no frame header before it");
            }

            int count = segment[0];
            int scanned = 0;
            var components = new ScanComponent[count];
            for (int i = 0; i < count; i++)
            {
                int index = _componentIds.AsSpan().IndexOf(segment[1 + (i * 2)]);
                int table = segment[2 + (i * 2)] >> 4;
                if (index < 0 || (scanned & (1 << index)) != 0 || table >= MaxTableCount || _tables[table] is not { } huffman)
                {
                    throw Damaged("a scan names a component or table that is not there");
                }

                components[i] = new ScanComponent(index, huffman);
                scanned |= 1 << index;
            }

            int predictor = segment[1 + (count * 2)];
            int pointTransform = segment[3 + (count * 2)] & 0x0F;
            if (pointTransform >= _precision)
            {
                throw Damaged("its point transform exceeds the precision");
            }

            byte[] entropy = ArrayPool<byte>.Shared.Rent(_stream.Length - _position + BitReader.Padding);
            try
            {
                switch (predictor)
                {
                    case 1:
                        DecodeRows<Left>(components, samples, entropy, pointTransform);
                        break;
                    case 2:
                        DecodeRows<Above>(components, samples, entropy, pointTransform);
                        break;
                    case 3:
                        DecodeRows<AboveLeft>(components, samples, entropy, pointTransform);
                        break;
                    case 4:
                        DecodeRows<Plane>(components, samples, entropy, pointTransform);
                        break;
                    case 5:
                        DecodeRows<LeftWithHalfSlope>(components, samples, entropy, pointTransform);
                        break;
                    case 6:
                        DecodeRows<AboveWithHalfSlope>(components, samples, entropy, pointTransform);
                        break;
                    case 7:
                        DecodeRows<Mean>(components, samples, entropy, pointTransform);
                        break;
                    default:
                        throw Damaged("its predictor is none of 1 to 7");
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(entropy);
            }

            return scanned;
        }

        private void DecodeRows<TPredictor>(ScanComponent[] components, Span<ushort> samples, byte[] entropy, int pointTransform)
            where TPredictor : struct, IPredictor
        {
            int columns = _layout.ColumnCount;
            int stride = _layout.SamplesPerPixel;
            int rowLength = columns * stride;

            // T.81 H.1.2.1: prediction starts afresh after a restart, which therefore falls on the start of a row.
            if (_restartInterval % columns != 0)
            {
                throw Damaged("its restart interval is no whole number of rows");
            }

            int rowsPerInterval = _restartInterval == 0 ? _layout.RowCount : _restartInterval / columns;
            int start = 1 << (_precision - pointTransform - 1);
            int expectedRestart = FirstRestart;
            for (int firstRow = 0; firstRow < _layout.RowCount; firstRow += rowsPerInterval)
            {
                if (firstRow > 0)
                {
                    if (ReadMarker() != expectedRestart)
                    {
                        throw Damaged("a restart marker is missing");
                    }

                    expectedRestart = expectedRestart == LastRestart ? FirstRestart : expectedRestart + 1;
                }

                int length = Unstuff(entropy);
                var reader = new BitReader(entropy.AsSpan(0, length + BitReader.Padding));
                int end = Math.Min(firstRow + rowsPerInterval, _layout.RowCount);
                int seen = 0;
                for (int row = firstRow; row < end; row++)
                {
                    Span<ushort> current = samples.Slice(row * rowLength, rowLength);
                    ReadOnlySpan<ushort> above = row == firstRow ? [] : samples.Slice((row - 1) * rowLength, rowLength);
                    seen |= components.Length == 1 && stride == 1
                        ? DecodeGreyRow<TPredictor>(ref reader, components[0].Table, current, above, start)
                        : DecodeRow<TPredictor>(ref reader, components, current, above, stride, start);
                }

                long unused = (length * 8L) - reader.UsedCount;
                if (unused is < 0 or >= 8)
                {
                    throw Damaged(unused < 0 ? "the coded data end too early" : "coded data are left over");
                }

                if (seen >> (_precision - pointTransform) != 0)
                {
                    throw Damaged("a sample exceeds its precision");
                }
            }

            if (pointTransform > 0)
            {
                foreach (ScanComponent component in components)
                {
                    for (int i = component.Index; i < samples.Length; i += stride)
                    {
                        samples[i] <<= pointTransform;
                    }
                }
            }
        }

        // All bits set in any sample of the row.
        private static int DecodeGreyRow<TPredictor>(ref BitReader outer, HuffmanTable table, Span<ushort> current, ReadOnlySpan<ushort> above, int start)
            where TPredictor : struct, IPredictor
        {
            // A local copy lets the compiler keep the reader in registers.
            BitReader reader = outer;
            int a;
            int seen;
            if (above.IsEmpty)
            {
                a = start;
                seen = 0;
                foreach (ref ushort sample in current)
                {
                    sample = (ushort)(a + reader.ReadDifference(table));
                    a = sample;
                    seen |= a;
                }
            }
            else
            {
                above = above[..current.Length];
                int c = above[0];
                a = (ushort)(c + reader.ReadDifference(table));
                current[0] = (ushort)a;
                seen = a;
                for (int i = 1; i < current.Length; i++)
                {
                    int b = above[i];
                    a = (ushort)(TPredictor.Predict(a, b, c) + reader.ReadDifference(table));
                    current[i] = (ushort)a;
                    seen |= a;
                    c = b;
                }
            }

            outer = reader;
            return seen;
        }

        private static int DecodeRow<TPredictor>(
            ref BitReader reader,
            ScanComponent[] components,
            Span<ushort> current,
            ReadOnlySpan<ushort> above,
            int stride,
            int start)
            where TPredictor : struct, IPredictor
        {
            int seen = 0;
            for (int pixel = 0; pixel < current.Length; pixel += stride)
            {
                foreach (ScanComponent component in components)
                {
                    int i = pixel + component.Index;
                    bool isFirst = pixel == 0;
                    int predicted = (above.IsEmpty, isFirst) switch
                    {
                        (true, true) => start,
                        (true, false) => current[i - stride],
                        (false, true) => above[i],
                        _ => TPredictor.Predict(current[i - stride], above[i], above[i - stride]),
                    };
                    ushort sample = (ushort)(predicted + reader.ReadDifference(component.Table));
                    current[i] = sample;
                    seen |= sample;
                }
            }

            return seen;
        }

        // Copies the entropy-coded bytes up to the next marker without the zero stuffed after each FF (T.81 B.1.1.5), and zeros after them.
        private int Unstuff(byte[] target)
        {
            int filled = 0;
            while (true)
            {
                ReadOnlySpan<byte> rest = _stream[_position..];
                int plain = rest.IndexOf((byte)0xFF);
                if (plain < 0 || plain + 1 >= rest.Length)
                {
                    throw Damaged("the end-of-image marker is missing");
                }

                rest[..plain].CopyTo(target.AsSpan(filled));
                filled += plain;
                _position += plain;
                if (rest[plain + 1] != 0)
                {
                    target.AsSpan(filled, BitReader.Padding).Clear();
                    return filled;
                }

                target[filled++] = 0xFF;
                _position += 2;
            }
        }

        private readonly record struct ScanComponent(int Index, HuffmanTable Table);
    }
}
