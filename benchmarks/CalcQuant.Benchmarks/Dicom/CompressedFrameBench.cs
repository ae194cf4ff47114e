using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using CalcQuant.Benchmarks.Volumes;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.PixelData;
using CalcQuant.Dicom.Tests.PixelData;
using CalcQuant.Phantoms;

namespace CalcQuant.Benchmarks.Dicom;

/// <summary>
/// One frame from compressed bytes in memory to stored values, one thread. First a generated slice of 12 bits (JPEG lossless with one length for all
/// Huffman codes, as the encoder of the tests writes it), then one real slice in all codings that are read, where the DICOM corpus is beside the
/// repository: JPEG 2000 is only there. JPEG-LS is not read, so not here.
/// </summary>
[Voxels(TimedVolumes.Size * TimedVolumes.Size)]
public class CompressedFrameBench
{
    private const string UncompressedFile = "open/syntax_ctimage/CTImage.dcm";
    private const string RleFile = UncompressedFile + "_RLELosslessTransferSyntax_1.2.840.10008.1.2.5.dcm";
    private const string JpegLosslessFile = UncompressedFile + "_JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70.dcm";
    private const string Jpeg2000File = UncompressedFile + "_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm";
    private const int StoredBits = 12;
    private const int InterceptHu = -1024;

    private readonly short[] _values = new short[TimedVolumes.Size * TimedVolumes.Size];
    private PixelFrames _uncompressed = null!;
    private PixelFrames _rle = null!;
    private PixelFrames _jpegLossless = null!;
    private PixelFrames? _realUncompressed;
    private PixelFrames? _realRle;
    private PixelFrames? _realJpegLossless;
    private PixelFrames? _realJpeg2000;

    [GlobalSetup]
    public void Encode()
    {
        const int Slices = 100;
        ushort[] samples = [.. new BenchmarkVolume(Slices, TimedVolumes.Size).Slice(Slices / 2).Select(hu => (ushort)(hu - InterceptHu))];
        var encoder = new JpegLosslessEncoder { Rows = TimedVolumes.Size, Columns = TimedVolumes.Size, Precision = StoredBits };
        _uncompressed = CorpusFrame.Open("uncompressed", DicomFileWriter.ToArray(
            Header().SetBytes(DicomTags.PixelData, ValueRepresentation.OW, MemoryMarshal.AsBytes(samples.AsSpan()).ToArray()).Build()));
        _rle = Encapsulate(TransferSyntax.RleLossless, RleEncoding.Encode(samples));
        _jpegLossless = Encapsulate(TransferSyntax.JpegLosslessFirstOrder, encoder.Encode(samples));
        foreach (PixelFrames frames in (PixelFrames[])[_uncompressed, _rle, _jpegLossless])
        {
            Decode(frames);
            if (!MemoryMarshal.Cast<short, ushort>(_values).SequenceEqual(samples))
            {
                throw new InvalidOperationException("A frame does not decode to the slice that was encoded.");
            }
        }

        _realUncompressed = CorpusFrame.Find(UncompressedFile);
        _realRle = CorpusFrame.Find(RleFile);
        _realJpegLossless = CorpusFrame.Find(JpegLosslessFile);
        _realJpeg2000 = CorpusFrame.Find(Jpeg2000File);
    }

    [Benchmark(Baseline = true)]
    public void Uncompressed() => Decode(_uncompressed);

    [Benchmark]
    public void RleLossless() => Decode(_rle);

    [Benchmark]
    public void JpegLossless() => Decode(_jpegLossless);

    [Benchmark]
    [NeedsCorpus(UncompressedFile)]
    public void RealUncompressed() => Decode(_realUncompressed!);

    [Benchmark]
    [NeedsCorpus(RleFile)]
    public void RealRleLossless() => Decode(_realRle!);

    [Benchmark]
    [NeedsCorpus(JpegLosslessFile)]
    public void RealJpegLossless() => Decode(_realJpegLossless!);

    [Benchmark]
    [NeedsCorpus(Jpeg2000File)]
    public void RealJpeg2000Lossless() => Decode(_realJpeg2000!);

    private void Decode(PixelFrames frames)
    {
        if (frames.Decode(0, _values) is FrameDecoding.Failed failed)
        {
            throw new InvalidOperationException(failed.Issue.Explanation);
        }
    }

    private static PixelFrames Encapsulate(TransferSyntax syntax, byte[] frame) =>
        CorpusFrame.Open(syntax.Name, DicomFileWriter.ToArray(Header().Build(), syntax, new EncapsulatedPixelData([frame])));

    private static DicomDataSetBuilder Header() => new DicomDataSetBuilder()
        .Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
        .Set(DicomTags.SOPInstanceUID, "2.25.1")
        .Set(DicomTags.SamplesPerPixel, 1)
        .Set(DicomTags.PhotometricInterpretation, "MONOCHROME2")
        .Set(DicomTags.Rows, TimedVolumes.Size)
        .Set(DicomTags.Columns, TimedVolumes.Size)
        .Set(DicomTags.BitsAllocated, 16)
        .Set(DicomTags.BitsStored, StoredBits)
        .Set(DicomTags.HighBit, StoredBits - 1)
        .Set(DicomTags.PixelRepresentation, 0);
}
