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
        VolumeGeometry geometry = volume.Geometry;
        float[] alongRow = Weights(sigmaMm, geometry.BetweenColumnsMm);
        float[] acrossRows = Weights(sigmaMm, geometry.BetweenRowsMm);
        float[] acrossSlices = Weights(sigmaAcrossSlicesMm, geometry.BetweenSlicesMm);
        int threadCount = Math.Min(maxThreadCount == 0 ? Environment.ProcessorCount : maxThreadCount, geometry.SliceCount);

        // One stretch of slices per thread: the slices of a kernel's span are smoothed once per stretch.
        var options = new ParallelOptions { MaxDegreeOfParallelism = threadCount, CancellationToken = cancellationToken };
        Parallel.For(0, threadCount, options, part =>
        {
            int first = (int)((long)geometry.SliceCount * part / threadCount);
            int end = (int)((long)geometry.SliceCount * (part + 1) / threadCount);
            var smoothing = new SliceSmoothing(volume, alongRow, acrossRows, acrossSlices);
            for (int slice = first; slice < end; slice++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                visit(slice, smoothing.Smooth(slice));
            }
        });
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
        VolumeGeometry geometry = volume.Geometry;
        var mask = new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        ForEachSlice(volume, sigmaMm, MarkSlice, sigmaAcrossSlicesMm, maxThreadCount, cancellationToken);
        return mask;

        void MarkSlice(int slice, ReadOnlySpan<float> hu)
        {
            for (int row = 0; row < mask.RowCount; row++)
            {
                ThresholdKernel.Mark(hu.Slice(row * mask.ColumnCount, mask.ColumnCount), thresholdHu, mask.Row(row, slice), SimdPaths.Best);
            }
        }
    }

    internal static float[] Weights(double sigmaMm, double spacingMm)
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

    /// <summary>Smooths consecutive slices, keeping the slices smoothed in-plane in a ring as long as the kernel across slices.</summary>
    private sealed class SliceSmoothing(CtVolume volume, float[] alongRow, float[] acrossRows, float[] acrossSlices)
    {
        private readonly int _columnCount = volume.Geometry.ColumnCount;
        private readonly int _rowCount = volume.Geometry.RowCount;
        private readonly int _sliceCount = volume.Geometry.SliceCount;
        private readonly int _pixelCount = volume.Geometry.ColumnCount * volume.Geometry.RowCount;
        private readonly float[] _slice = new float[volume.Geometry.ColumnCount * volume.Geometry.RowCount];
        private readonly float[] _paddedRow = new float[volume.Geometry.ColumnCount + alongRow.Length - 1];
        private readonly float[] _ring = new float[checked(volume.Geometry.ColumnCount * volume.Geometry.RowCount * acrossSlices.Length)];
        private readonly int[] _rowOffsets = new int[acrossRows.Length];
        private readonly int[] _sliceOffsets = new int[acrossSlices.Length];
        private readonly int[] _columnOffsets = [.. Enumerable.Range(0, alongRow.Length)];
        private int _nextSlice = -1;

        public ReadOnlySpan<float> Smooth(int slice)
        {
            int radius = acrossSlices.Length / 2;
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

            for (int k = 0; k < acrossSlices.Length; k++)
            {
                _sliceOffsets[k] = Math.Clamp(slice + k - radius, 0, _sliceCount - 1) % acrossSlices.Length * _pixelCount;
            }

            WeightedSumKernel.Sum(_ring, _sliceOffsets, acrossSlices, _slice);
            return _slice;
        }

        private Span<float> RingSlot(int slice) => _ring.AsSpan(slice % acrossSlices.Length * _pixelCount, _pixelCount);

        private void SmoothInPlane(int slice, Span<float> target)
        {
            int rowRadius = acrossRows.Length / 2;
            int columnRadius = alongRow.Length / 2;
            for (int row = 0; row < _rowCount; row++)
            {
                volume.CopyRow(0, row, slice, _slice.AsSpan(row * _columnCount, _columnCount));
            }

            Span<float> line = _paddedRow.AsSpan(columnRadius, _columnCount);
            for (int row = 0; row < _rowCount; row++)
            {
                for (int k = 0; k < acrossRows.Length; k++)
                {
                    _rowOffsets[k] = Math.Clamp(row + k - rowRadius, 0, _rowCount - 1) * _columnCount;
                }

                WeightedSumKernel.Sum(_slice, _rowOffsets, acrossRows, line);
                _paddedRow.AsSpan(0, columnRadius).Fill(line[0]);
                _paddedRow.AsSpan(columnRadius + _columnCount).Fill(line[^1]);
                WeightedSumKernel.Sum(_paddedRow, _columnOffsets, alongRow, target.Slice(row * _columnCount, _columnCount));
            }
        }
    }
}
