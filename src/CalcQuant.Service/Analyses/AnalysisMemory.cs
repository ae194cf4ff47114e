using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Service.Analyses;

/// <summary>Bytes of memory that an analysis takes at most, from the headers alone.</summary>
internal static class AnalysisMemory
{
    /// <summary>
    /// Peak of memory in bytes of the volume; float volumes, whose bytes are twice as many, are taken to need as much per byte. 2.63 for 400 slices, 200 MiB, start-up included (benchmarks/results, whole-run.md), 3.09 in an earlier version (the service: service.md
    /// has 727 MiB for the whole process);
    /// in a small phantom (<c>AnalysisMemoryTests</c>: 256 x 256 x 128, 16 MiB) the peak was 59 MiB, of which <see cref="FixedBytes"/> covers the part that does
    /// not grow with the volume.
    /// </summary>
    public const double PeakPerVolumeByte = 3.1;

    /// <summary>What every analysis takes whatever its size: buffers of the decoders, headers, report, pictures.</summary>
    public const long FixedBytes = 48L << 20;

    /// <summary>Bytes for a series whose stacks are measured one after the other: those of the largest.</summary>
    public static long BytesFor(IEnumerable<SeriesStack> stacks) =>
        FixedBytes + (long)(PeakPerVolumeByte * stacks.Select(stack => stack.Verdict == CalcQuant.Analysis.Verdict.Refused ? 0 : stack.VolumeByteCount).DefaultIfEmpty().Max());

    /// <summary>Bytes for the labels of a bone mask, which stay in memory beside the volume.</summary>
    public static long BytesFor(LabelVolume labels) => labels.ByteCount;
}
