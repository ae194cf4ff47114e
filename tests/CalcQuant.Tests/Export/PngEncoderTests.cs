using System.Buffers.Binary;
using System.IO.Compression;
using CalcQuant.Export;

namespace CalcQuant.Tests.Export;

public class PngEncoderTests
{
    // From the PNG specification (ISO/IEC 15948, 11.2.5): an IEND chunk is these twelve bytes.
    private static readonly byte[] EndChunk = [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(64, 33)]
    public void Encode_AnyPicture_DecodesToTheSamePixels(int width, int height)
    {
        byte[] rgb = new byte[width * height * 3];
        new Random(5).NextBytes(rgb);

        byte[] png = PngEncoder.Encode(rgb, width, height);

        Assert.Equal(EndChunk, png[^12..]);
        Assert.Equal(rgb, Decode(png, width, height));
    }

    [Fact]
    public void Encode_LengthThatDoesNotFit_Throws() =>
        Assert.Throws<ArgumentException>(() => PngEncoder.Encode(new byte[5], 1, 2));

    /// <summary>Reads just what the specification calls filter types 0 and 2, which is all the encoder may use.</summary>
    internal static byte[] Decode(byte[] png, int width, int height)
    {
        Assert.Equal(width, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)));
        Assert.Equal(height, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
        Assert.Equal([8, 2, 0, 0, 0], png[24..29]);
        Assert.Equal("IDAT"u8, png.AsSpan(37, 4));
        int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(33));
        using var zlib = new ZLibStream(new MemoryStream(png, 41, length), CompressionMode.Decompress);
        byte[] pixels = new byte[width * height * 3];
        byte[] above = new byte[width * 3];
        for (int y = 0; y < height; y++)
        {
            int filter = zlib.ReadByte();
            Span<byte> row = pixels.AsSpan(y * width * 3, width * 3);
            zlib.ReadExactly(row);
            Assert.True(filter is 0 or 2, $"filter {filter}");
            for (int i = 0; i < row.Length && filter == 2; i++)
            {
                row[i] += above[i];
            }

            row.CopyTo(above);
        }

        return pixels;
    }
}
