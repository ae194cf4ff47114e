using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Tests.Encoding;
using CalcQuant.Dicom.Tests.PixelData;

namespace CalcQuant.Dicom.Tests.Corpus;

/// <summary>Damaged files end as an issue or as values, never as an exception, and a cut file never as values.</summary>
public sealed class MutationTests
{
    private const int MutationsPerFile = 2000;

    // Bounds that keep the tests quick where a mutation blows up a size.
    private static readonly ReadingLimits Limits = ReadingLimits.Default with { MaxFramePixels = 1 << 20, MaxVoxelCount = 1 << 22 };

    public static TheoryData<string> Kinds => [.. Files().Keys];

    public static TheoryData<string> SmallCorpusFiles =>
    [
        "open/pydicom/MR_small_jp2klossless.dcm",
        "open/pydicom/MR_small_RLE.dcm",
        "open/pydicom/MR_small_expb.dcm",
        "open/pydicom/rtplan.dcm",
        "open/pydicom/priv_SQ.dcm",
        "open/pydicom/reportsi.dcm",
        "open/edge/Issue140.dcm",
        "open/edge/DICOMDIR",
        "open/geometry/dcmqi_23x38x3/label.seg",
        "open/charset/chrH31.dcm",
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Decode_RandomDamage_EndsAsAnIssueOrAsValues(string kind) => Mutate(Files()[kind], seed: 1, MutationsPerFile);

    [Theory]
    [MemberData(nameof(SmallCorpusFiles))]
    public void Decode_RandomDamageToRealFiles_EndsAsAnIssueOrAsValues(string path) =>
        Mutate(File.ReadAllBytes(Path.Combine(DicomCorpus.Require(), path)), seed: 2, mutations: 300);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Decode_CutAtEveryByte_NeverGivesValues(string kind)
    {
        byte[] file = Files()[kind];
        Assert.Null(ImageFiles.FindIssue(file, Limits));

        // One byte of padding may follow the pixels, or the deflate stream.
        int last = kind == "deflated" ? file.Length - 2 : file.Length - 1;
        Assert.All(Enumerable.Range(0, last), length => Assert.NotNull(ImageFiles.FindIssue(file[..length], Limits)));
    }

    [Fact]
    public void Decode_Jpeg2000CutInsideItsFragment_NeverGivesValues()
    {
        byte[] file = File.ReadAllBytes(Path.Combine(DicomCorpus.Require(), "open/pydicom/MR_small_jp2klossless.dcm"));
        int start = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]);
        uint length = BitConverter.ToUInt32(file, start - 4);
        byte[] codestream = file.AsSpan(start, (int)length).TrimEnd((byte)0).ToArray();
        DicomDataSetBuilder header = ImageFiles.Header(64, 64, isSigned: true);
        byte[] FileOf(byte[] stream) => ImageFiles.Encapsulated(header, TransferSyntax.Jpeg2000Lossless, stream);
        Assert.Null(ImageFiles.FindIssue(FileOf(codestream)));

        for (int cut = 0; cut < codestream.Length - 2; cut += 17)
        {
            Assert.NotNull(ImageFiles.FindIssue(FileOf(codestream[..cut])));

            // With the end marker put back, only the strict mode of the decoder can tell.
            Assert.NotNull(ImageFiles.FindIssue(FileOf([.. codestream[..cut], 0xFF, 0xD9])));
        }
    }

    private static void Mutate(byte[] original, int seed, int mutations)
    {
        var random = new Random(seed);
        for (int i = 0; i < mutations; i++)
        {
            byte[] file = Damage(original, random);
            SeriesIssue? issue = ImageFiles.FindIssue(file, Limits);
            if (issue is { } found)
            {
                Assert.True(found.Code.IsRefusal());
                Assert.NotEmpty(found.Explanation);
            }
        }
    }

    private static byte[] Damage(byte[] original, Random random)
    {
        byte[] file = [.. original];

        // Headers are where structure is: half of the damage goes there.
        int bound = random.Next(2) == 0 ? Math.Min(file.Length, 1200) : file.Length;
        int position = random.Next(Math.Min(128, bound - 8), bound - 4);
        switch (random.Next(7))
        {
            case 0:
                file[position] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                file[position] = (byte)random.Next(256);
                break;
            case 2:
                file.AsSpan(position, 4).Fill(0xFF);
                break;
            case 3:
                file.AsSpan(position, 4).Clear();
                break;
            case 4:
                return [.. file[..position], .. file[(position + random.Next(1, 4))..]];
            case 5:
                int length = Math.Min(random.Next(1, 16), file.Length - position);
                return [.. file[..position], .. file.AsSpan(position, length), .. file[position..]];
            default:
                "SQUNOBOWUS"u8.Slice(2 * random.Next(5), 2).CopyTo(file.AsSpan(position));
                break;
        }

        return file;
    }

    private static Dictionary<string, byte[]> Files()
    {
        const int Rows = 16;
        const int Columns = 12;
        ushort[] samples = ImageFiles.Samples(Rows * Columns, 12, seed: 9);
        byte[] bytes = ImageFiles.Bytes(samples);
        DicomDataSetBuilder Header()
        {
            DicomDataSetBuilder header = ImageFiles.Header(Rows, Columns, stored: 12)
                .SetItems(DicomTags.SharedFunctionalGroupsSequence, [.. DicomFileWriterTests.Sample().GetItems(DicomTags.SharedFunctionalGroupsSequence)])
                .Set(DicomTags.PatientName, "Ä^B");
            return header;
        }

        byte[] stream = new JpegLosslessEncoder { Rows = Rows, Columns = Columns, Precision = 12, RestartRows = 5 }.Encode(samples);
        byte[] rle = ImageFiles.RleFrame([.. samples.Select(sample => (byte)(sample >> 8))], [.. samples.Select(sample => (byte)sample)]);
        return new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["implicit"] = ImageFiles.Native(Header(), bytes, TransferSyntax.ImplicitVrLittleEndian),
            ["explicit"] = ImageFiles.Native(Header(), bytes),
            ["undefined lengths"] = DicomFileWriter.ToArray(Header().SetBytes(DicomTags.PixelData, ValueRepresentation.OW, bytes).Build(), undefinedLengths: true),
            ["big endian"] = ImageFiles.Native(Header(), bytes, TransferSyntax.ExplicitVrBigEndian),
            ["deflated"] = ImageFiles.Native(Header(), bytes, TransferSyntax.DeflatedExplicitVrLittleEndian),
            ["RLE"] = ImageFiles.Encapsulated(Header(), TransferSyntax.RleLossless, rle),
            ["JPEG lossless"] = ImageFiles.Encapsulated(Header(), TransferSyntax.JpegLossless, stream[..50], stream[50..]),
        };
    }
}
