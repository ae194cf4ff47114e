using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.Tests.PixelData;

public sealed class JpegLosslessFrameTests
{
    private const int Rows = 13;
    private const int Columns = 17;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Decode_EachPredictorAndPrecision_GivesTheSamples(int predictor) => Assert.All(Enumerable.Range(2, 15), precision =>
    {
        ushort[] samples = ImageFiles.Samples(Rows * Columns, precision, seed: (100 * predictor) + precision);
        foreach (bool hasLongCodes in new[] { false, true })
        {
            byte[] stream = new JpegLosslessEncoder { Rows = Rows, Columns = Columns, Predictor = predictor, Precision = precision, HasLongCodes = hasLongCodes }.Encode(samples);

            Assert.Equal(samples.Select(sample => (int)sample), ImageFiles.Decode(File(stream, precision)));
        }
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(13)]
    public void Decode_RestartMarkers_StartPredictionAfresh(int restartRows)
    {
        ushort[] samples = ImageFiles.Samples(Rows * Columns, 16, seed: restartRows);
        byte[] stream = new JpegLosslessEncoder { Rows = Rows, Columns = Columns, Predictor = 7, RestartRows = restartRows }.Encode(samples);

        Assert.Equal(samples.Select(sample => (int)sample), ImageFiles.Decode(File(stream, 16)));
    }

    [Fact]
    public void Decode_PointTransform_GivesTheSamplesWithoutTheirLowestBits()
    {
        ushort[] samples = ImageFiles.Samples(Rows * Columns, 12, seed: 3);
        byte[] stream = new JpegLosslessEncoder { Rows = Rows, Columns = Columns, Precision = 12, PointTransform = 3, Predictor = 4 }.Encode(samples);

        Assert.Equal(samples.Select(sample => sample / 8 * 8), ImageFiles.Decode(File(stream, 12)));
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(8, true)]
    [InlineData(16, false)]
    [InlineData(16, true)]
    public void Decode_ThreeComponents_InterleavesThemByPixel(int precision, bool hasSeparateScans)
    {
        ushort[] samples = ImageFiles.Samples(Rows * Columns * 3, precision, seed: precision);
        byte[] stream = new JpegLosslessEncoder { Rows = Rows, Columns = Columns, Precision = precision, Components = 3, HasSeparateScans = hasSeparateScans, Predictor = 6 }.Encode(samples);
        byte[] file = ImageFiles.Encapsulated(ImageFiles.Header(Rows, Columns, allocated: precision, stored: precision, samples: 3), TransferSyntax.JpegLossless, stream);

        Assert.Equal(samples.Select(sample => (int)sample), ImageFiles.Decode(file));
    }

    [Fact]
    public void Decode_SignedValuesOfTheStoredPrecision_ExtendsTheSign()
    {
        ushort[] samples = ImageFiles.Samples(Rows * Columns, 12, seed: 5);
        byte[] stream = new JpegLosslessEncoder { Rows = Rows, Columns = Columns, Precision = 12 }.Encode(samples);
        byte[] file = ImageFiles.Encapsulated(ImageFiles.Header(Rows, Columns, stored: 12, isSigned: true), TransferSyntax.JpegLosslessFirstOrder, stream);

        Assert.Equal(samples.Select(sample => sample < 2048 ? sample : sample - 4096), ImageFiles.Decode(file));
    }

    [Fact]
    public void Decode_SignedHeaderButTooFewBitsForASign_IsRefused()
    {
        byte[] stream = new JpegLosslessEncoder { Rows = Rows, Columns = Columns, Precision = 12 }.Encode(new ushort[Rows * Columns]);
        byte[] file = ImageFiles.Encapsulated(ImageFiles.Header(Rows, Columns, isSigned: true), TransferSyntax.JpegLosslessFirstOrder, stream);

        Assert.Equal(SeriesIssueCode.PixelDataUnreadable, ImageFiles.FindIssue(file)?.Code);
    }

    [Fact]
    public void Decode_CutAnywhere_Fails()
    {
        ushort[] samples = ImageFiles.Samples(Rows * Columns, 12, seed: 6);
        byte[] stream = new JpegLosslessEncoder { Rows = Rows, Columns = Columns, Precision = 12, RestartRows = 4 }.Encode(samples);
        Assert.Null(ImageFiles.FindIssue(File(stream, 12)));

        Assert.All(Enumerable.Range(0, stream.Length - 1), length => Assert.NotNull(ImageFiles.FindIssue(File(stream[..length], 12))));
    }

    [Fact]
    public void Decode_BytesMissingInTheMiddle_Fails()
    {
        ushort[] samples = ImageFiles.Samples(Rows * Columns, 12, seed: 7);
        byte[] stream = new JpegLosslessEncoder { Rows = Rows, Columns = Columns, Precision = 12 }.Encode(samples);
        byte[] shortened = [.. stream[..^40], .. stream[^2..]];

        Assert.NotNull(ImageFiles.FindIssue(File(shortened, 12)));
    }

    [Theory]
    [InlineData(Rows + 1, Columns)]
    [InlineData(Rows, Columns - 1)]
    public void Decode_AnotherSizeThanTheHeader_IsRefused(int rows, int columns)
    {
        byte[] stream = new JpegLosslessEncoder { Rows = rows, Columns = columns }.Encode(ImageFiles.Samples(rows * columns, 16, seed: 8));

        Assert.Equal(SeriesIssueCode.PixelDataUnreadable, ImageFiles.FindIssue(File(stream, 16))?.Code);
    }

    [Fact]
    public void Decode_AnotherJpegProcess_IsRefusedByName()
    {
        byte[] stream = new JpegLosslessEncoder { Rows = Rows, Columns = Columns }.Encode(ImageFiles.Samples(Rows * Columns, 16, seed: 9));
        stream[Array.IndexOf(stream, (byte)0xC3)] = 0xC1;

        Assert.Contains("FFC1", ImageFiles.FindIssue(File(stream, 16))?.Explanation, StringComparison.Ordinal);
    }

    private static byte[] File(byte[] stream, int stored) =>
        ImageFiles.Encapsulated(ImageFiles.Header(Rows, Columns, stored: stored), TransferSyntax.JpegLossless, stream);
}
