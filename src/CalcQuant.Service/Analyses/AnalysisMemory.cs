using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Service.Analyses;

/// <summary>Bytes of memory that an analysis takes at most, from the headers alone.</summary>
internal static class AnalysisMemory
{
    /// <summary>
    /// Peak of the managed heap and of what the decoders hold, in bytes of the volume. Measured with <c>AnalysisMemoryTests</c> and on series of patients
    /// up to 600 slices: about 3.0 for int16 volumes (the volume, its masks and distance maps at 2 to 4 bytes per voxel of a reduced grid, labels of the
    /// dense voxels) and not more for float ones, whose bytes are twice as many.
    /// </summary>
    public const double PeakPerVolumeByte = 3.0;

    /// <summary>What every analysis takes whatever its size: buffers of the decoders, headers, report, pictures.</summary>
    public const long FixedBytes = 48L << 20;

    /// <summary>Bytes for a series whose stacks are measured one after the other: those of the largest.</summary>
    public static long BytesFor(IEnumerable<SeriesStack> stacks) =>
        FixedBytes + (long)(PeakPerVolumeByte * stacks.Select(stack => stack.Verdict == CalcQuant.Analysis.Verdict.Refused ? 0 : stack.VolumeByteCount).DefaultIfEmpty().Max());

    /// <summary>Bytes for the labels of a bone mask, which stay in memory beside the volume.</summary>
    public static long BytesFor(LabelVolume labels) => labels.ByteCount;
}
