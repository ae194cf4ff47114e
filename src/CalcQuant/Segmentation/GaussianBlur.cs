using System.Numerics;
using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// Gaussian smoothing, separable, slice by slice: no smoothed volume is ever held. The kernel is cut at three standard deviations and
/// normalised; beyond the border the outermost voxel repeats.
/// </summary>
public static class GaussianBlur
{
    // 0.3 % of the weight lies beyond.
    private const double CutAtSigmas = 3;

    private const int VoxelsPerWord = 64;

    /// <summary>Receives a smoothed slice.</summary>
    /// <param name="slice">Its index.</param>
    /// <param name="hu">HU, row after row; valid during the call.</param>
    public delegate void SmoothedSlice(int slice, ReadOnlySpan<float> hu);

    /// <summary>Smooths every slice. Slices come in no particular order and on several threads at once.</summary>
    /// <param name="volume">HU.</param>
    /// <param name="sigmaMm">Standard deviation within the slice, mm; 0 for none.</param>
    /// <param name="visit">Called once per slice.</param>
    /// <param name="sigmaAcrossSlicesMm">Standard deviation across slices, mm; 0 for none. Slices are taken to be evenly spaced.</param>
    /// <param name="maxThreadCount">0 for one per processor. Each thread holds as many float slices as the kernel spans, and two more.</param>
    /// <param name="cancellationToken">Checked once per slice.</param>
    public static void ForEachSlice(
        CtVolume volume,
        double sigmaMm,
        SmoothedSlice visit,
        double sigmaAcrossSlicesMm = 0,
        int maxThreadCount = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(visit);
        ArgumentOutOfRangeException.ThrowIfNegative(maxThreadCount);
        var kernel = new Kernel(volume.Geometry, sigmaMm, sigmaAcrossSlicesMm);
        Visit(volume, kernel, null, visit, maxThreadCount, cancellationToken);
    }

    /// <summary>The voxels whose smoothed value reaches a threshold.</summary>
    /// <param name="volume">HU.</param>
    /// <param name="sigmaMm">Standard deviation within the slice, mm; 0 for none.</param>
    /// <param name="thresholdHu">Least smoothed HU.</param>
    /// <param name="sigmaAcrossSlicesMm">Standard deviation across slices, mm; 0 for none.</param>
    /// <param name="maxThreadCount">0 for one per processor.</param>
    /// <param name="cancellationToken">Checked once per slice.</param>
    public static Mask Threshold(
        CtVolume volume,
        double sigmaMm,
        float thresholdHu,
        double sigmaAcrossSlicesMm = 0,
        int maxThreadCount = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentOutOfRangeException.ThrowIfNegative(maxThreadCount);
        VolumeGeometry geometry = volume.Geometry;
        var kernel = new Kernel(geometry, sigmaMm, sigmaAcrossSlicesMm);
        var mask = new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = maxThreadCount == 0 ? Environment.ProcessorCount : maxThreadCount,
            CancellationToken = cancellationToken,
        };
        if (kernel.IsIdentity)
        {
            Parallel.For(0, geometry.SliceCount, options, slice =>
            {
                for (int row = 0; row < geometry.RowCount; row++)
                {
                    MarkStored(volume, row, slice, thresholdHu, mask.Row(row, slice));
                }
            });
            return mask;
        }

        SmoothedColumns? columns = volume.IsInt16 ? new SmoothedColumns(volume, kernel, thresholdHu, options) : null;
        Visit(volume, kernel, columns, MarkSlice, maxThreadCount, cancellationToken);
        return mask;

        void MarkSlice(int slice, ReadOnlySpan<float> hu)
        {
            for (int row = 0; row < mask.RowCount; row++)
            {
                ColumnRange range = columns?.Wanted(row, slice) ?? new ColumnRange(0, mask.ColumnCount);
                if (!range.IsEmpty)
                {
                    int firstWord = range.First / VoxelsPerWord;
                    int endWord = (range.End + VoxelsPerWord - 1) / VoxelsPerWord;
                    ThresholdKernel.Mark(
                        hu.Slice((row * mask.ColumnCount) + range.First, range.End - range.First),
                        thresholdHu,
                        mask.Row(row, slice)[firstWord..endWord],
                        SimdPaths.Best);
                }
            }
        }
    }

    private static void MarkStored(CtVolume volume, int row, int slice, float thresholdHu, Span<ulong> bits)
    {
        if (!volume.IsInt16)
        {
            ThresholdKernel.Mark(volume.SingleRow(row, slice), thresholdHu, bits, SimdPaths.Best);
        }
        else if (ThresholdKernel.TryRoundUp(thresholdHu, out short threshold))
        {
            ThresholdKernel.Mark(volume.Int16Row(row, slice), threshold, bits, SimdPaths.Best);
        }
    }

    private static void Visit(
        CtVolume volume, Kernel kernel, SmoothedColumns? columns, SmoothedSlice visit, int maxThreadCount, CancellationToken cancellationToken)
    {
        int sliceCount = volume.Geometry.SliceCount;
        int threadCount = Math.Min(maxThreadCount == 0 ? Environment.ProcessorCount : maxThreadCount, sliceCount);

        // One stretch of slices per thread: the slices of a kernel's span are smoothed once per stretch.
        var options = new ParallelOptions { MaxDegreeOfParallelism = threadCount, CancellationToken = cancellationToken };
        Parallel.For(0, threadCount, options, part =>
        {
            int first = (int)((long)sliceCount * part / threadCount);
            int end = (int)((long)sliceCount * (part + 1) / threadCount);
            var smoothing = new SliceSmoothing(volume, kernel, columns);
            for (int slice = first; slice < end; slice++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                visit(slice, smoothing.Smooth(slice));
            }
        });
    }

    /// <summary>Columns of a row.</summary>
    private readonly record struct ColumnRange(int First, int End)
    {
        public bool IsEmpty => First >= End;

        public ColumnRange Join(ColumnRange other) =>
            IsEmpty ? other : other.IsEmpty ? this : new ColumnRange(Math.Min(First, other.First), Math.Max(End, other.End));
    }

    /// <summary>The weights along each axis, an odd number of them, the middle one for the voxel itself.</summary>
    private sealed class Kernel(VolumeGeometry geometry, double sigmaMm, double sigmaAcrossSlicesMm)
    {
        public float[] AlongRow { get; } = Weights(sigmaMm, geometry.BetweenColumnsMm);

        public float[] AcrossRows { get; } = Weights(sigmaMm, geometry.BetweenRowsMm);

        public float[] AcrossSlices { get; } = Weights(sigmaAcrossSlicesMm, geometry.BetweenSlicesMm);

        public int WeightCount => AlongRow.Length + AcrossRows.Length + AcrossSlices.Length;

        /// <summary>True where a voxel keeps its value: a single weight of 1 along each axis.</summary>
        public bool IsIdentity => AlongRow.Length == 1 && AcrossRows.Length == 1 && AcrossSlices.Length == 1;

        private static float[] Weights(double sigmaMm, double spacingMm)
        {
            if (!double.IsFinite(sigmaMm) || sigmaMm < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(sigmaMm), sigmaMm, "A standard deviation must be finite and not negative.");
            }

            double sigma = sigmaMm / spacingMm;
            int radius = (int)Math.Ceiling(CutAtSigmas * sigma);
            double[] weights = [.. Enumerable.Range(-radius, (2 * radius) + 1).Select(step => radius == 0 ? 1 : Math.Exp(-0.5 * step * step / (sigma * sigma)))];
            double sum = weights.Sum();
            return [.. weights.Select(weight => (float)(weight / sum))];
        }
    }

    /// <summary>
    /// Which columns of each row can reach a threshold when smoothed: those with a voxel that reaches it within the kernel's box, as weights are
    /// positive and add up to 1. Most rows of a body have no dense voxel near them, and the others few.
    /// </summary>
    private sealed class SmoothedColumns
    {
        // A unit in the last place of a sum of weighted 16-bit values, four times over, for each value that is added.
        private const double RoundingHu = 32768.0 / (1 << 22);

        private readonly int _rowCount;
        private readonly int _sliceCount;
        private readonly ColumnRange[] _wanted;
        private readonly ColumnRange[] _needed;

        public SmoothedColumns(CtVolume volume, Kernel kernel, float thresholdHu, ParallelOptions options)
        {
            VolumeGeometry geometry = volume.Geometry;
            _rowCount = geometry.RowCount;
            _sliceCount = geometry.SliceCount;
            var inSlice = new ColumnRange[_rowCount * _sliceCount];
            if (!ThresholdKernel.TryRoundUp((float)(thresholdHu - (kernel.WeightCount * RoundingHu) - 1), out short least))
            {
                _wanted = _needed = inSlice;
                return;
            }

            Parallel.For(
                0,
                _sliceCount,
                options,
                () => (Bits: new ulong[(geometry.ColumnCount + VoxelsPerWord - 1) / VoxelsPerWord], Rows: new ColumnRange[_rowCount]),
                (slice, _, scratch) =>
            {
                for (int row = 0; row < _rowCount; row++)
                {
                    scratch.Rows[row] = ThresholdKernel.Mark(volume.Int16Row(row, slice), least, scratch.Bits, SimdPaths.Best)
                        ? Widen(scratch.Bits, kernel.AlongRow.Length / 2, geometry.ColumnCount)
                        : default;
                }

                JoinNeighbours(scratch.Rows, 0, 1, _rowCount, kernel.AcrossRows.Length / 2, inSlice.AsSpan(slice * _rowCount, _rowCount));
                return scratch;
            },
                _ => { });

            int sliceRadius = kernel.AcrossSlices.Length / 2;
            _wanted = JoinAcrossSlices(inSlice, sliceRadius);
            _needed = JoinAcrossSlices(_wanted, sliceRadius);
        }

        /// <summary>Columns that can reach the threshold; whole words of a mask.</summary>
        public ColumnRange Wanted(int row, int slice) => _wanted[(slice * _rowCount) + row];

        /// <summary>Columns to smooth within the slice: wanted here, or in a slice whose kernel reaches this one.</summary>
        public ColumnRange Needed(int row, int slice) => _needed[(slice * _rowCount) + row];

        private static ColumnRange Widen(ReadOnlySpan<ulong> bits, int radius, int columnCount)
        {
            int firstWord = bits.IndexOfAnyExcept(0UL);
            int lastWord = bits.LastIndexOfAnyExcept(0UL);
            int first = (firstWord * VoxelsPerWord) + BitOperations.TrailingZeroCount(bits[firstWord]) - radius;
            int end = ((lastWord + 1) * VoxelsPerWord) - BitOperations.LeadingZeroCount(bits[lastWord]) + radius;
            return new ColumnRange(
                Math.Max(0, first) / VoxelsPerWord * VoxelsPerWord,
                Math.Min(columnCount, (end + VoxelsPerWord - 1) / VoxelsPerWord * VoxelsPerWord));
        }

        private ColumnRange[] JoinAcrossSlices(ColumnRange[] ranges, int radius)
        {
            var joined = new ColumnRange[ranges.Length];
            ColumnRange[] line = new ColumnRange[_sliceCount];
            for (int row = 0; row < _rowCount; row++)
            {
                JoinNeighbours(ranges, row, _rowCount, _sliceCount, radius, line);
                for (int slice = 0; slice < _sliceCount; slice++)
                {
                    joined[(slice * _rowCount) + row] = line[slice];
                }
            }

            return joined;
        }

        private static void JoinNeighbours(ReadOnlySpan<ColumnRange> ranges, int start, int stride, int count, int radius, Span<ColumnRange> target)
        {
            for (int i = 0; i < count; i++)
            {
                ColumnRange joined = default;
                for (int j = Math.Max(0, i - radius); j <= Math.Min(count - 1, i + radius); j++)
                {
                    joined = joined.Join(ranges[start + (j * stride)]);
                }

                target[i] = joined;
            }
        }
    }

    /// <summary>Smooths consecutive slices, keeping the slices smoothed in-plane in a ring as long as the kernel across slices.</summary>
    private sealed class SliceSmoothing(CtVolume volume, Kernel kernel, SmoothedColumns? columns)
    {
        private readonly int _columnCount = volume.Geometry.ColumnCount;
        private readonly int _rowCount = volume.Geometry.RowCount;
        private readonly int _sliceCount = volume.Geometry.SliceCount;
        private readonly int _pixelCount = volume.Geometry.ColumnCount * volume.Geometry.RowCount;
        private readonly float[] _slice = new float[volume.Geometry.ColumnCount * volume.Geometry.RowCount];
        private readonly float[] _paddedRow = new float[volume.Geometry.ColumnCount + kernel.AlongRow.Length - 1];
        private readonly float[] _ring = new float[checked(volume.Geometry.ColumnCount * volume.Geometry.RowCount * kernel.AcrossSlices.Length)];
        private readonly int[] _rowOffsets = new int[kernel.AcrossRows.Length];
        private readonly int[] _sliceOffsets = new int[kernel.AcrossSlices.Length];
        private readonly int[] _columnOffsets = [.. Enumerable.Range(0, kernel.AlongRow.Length)];
        private int _nextSlice = -1;

        /// <summary>The smoothed slice; meaningless beside the wanted columns.</summary>
        public ReadOnlySpan<float> Smooth(int slice)
        {
            int radius = kernel.AcrossSlices.Length / 2;
            if (_nextSlice < 0)
            {
                _nextSlice = Math.Max(0, slice - radius);
            }

            for (; _nextSlice <= Math.Min(_sliceCount - 1, slice + radius); _nextSlice++)
            {
                SmoothInPlane(_nextSlice, RingSlot(_nextSlice));
            }

            if (radius == 0)
            {
                return RingSlot(slice);
            }

            for (int k = 0; k < kernel.AcrossSlices.Length; k++)
            {
                _sliceOffsets[k] = Math.Clamp(slice + k - radius, 0, _sliceCount - 1) % kernel.AcrossSlices.Length * _pixelCount;
            }

            for (int row = 0; row < _rowCount; row++)
            {
                ColumnRange range = columns?.Wanted(row, slice) ?? new ColumnRange(0, _columnCount);
                int start = (row * _columnCount) + range.First;
                WeightedSumKernel.Sum(
                    _ring.AsSpan(start), _sliceOffsets, kernel.AcrossSlices, _slice.AsSpan(start, range.End - range.First));
            }

            return _slice;
        }

        private Span<float> RingSlot(int slice) => _ring.AsSpan(slice % kernel.AcrossSlices.Length * _pixelCount, _pixelCount);

        private void SmoothInPlane(int slice, Span<float> target)
        {
            int rowRadius = kernel.AcrossRows.Length / 2;
            int columnRadius = kernel.AlongRow.Length / 2;
            int nextRow = 0;
            for (int row = 0; row < _rowCount; row++)
            {
                ColumnRange range = columns?.Needed(row, slice) ?? new ColumnRange(0, _columnCount);
                if (range.IsEmpty)
                {
                    continue;
                }

                // Only rows that a kernel reaches are read, each once, shortly before it is used.
                for (nextRow = Math.Max(nextRow, row - rowRadius); nextRow <= Math.Min(_rowCount - 1, row + rowRadius); nextRow++)
                {
                    volume.CopyRow(0, nextRow, slice, _slice.AsSpan(nextRow * _columnCount, _columnCount));
                }

                for (int k = 0; k < kernel.AcrossRows.Length; k++)
                {
                    _rowOffsets[k] = Math.Clamp(row + k - rowRadius, 0, _rowCount - 1) * _columnCount;
                }

                int first = Math.Max(0, range.First - columnRadius);
                int end = Math.Min(_columnCount, range.End + columnRadius);
                Span<float> line = _paddedRow.AsSpan(columnRadius + first, end - first);
                WeightedSumKernel.Sum(_slice.AsSpan(first), _rowOffsets, kernel.AcrossRows, line);
                if (first == 0)
                {
                    _paddedRow.AsSpan(0, columnRadius).Fill(line[0]);
                }

                if (end == _columnCount)
                {
                    _paddedRow.AsSpan(columnRadius + _columnCount).Fill(line[^1]);
                }

                WeightedSumKernel.Sum(
                    _paddedRow.AsSpan(range.First),
                    _columnOffsets,
                    kernel.AlongRow,
                    target.Slice((row * _columnCount) + range.First, range.End - range.First));
            }
        }
    }
}
