using System.Numerics;
using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>Voxels whose HU, as they are or smoothed, reach a threshold; looked for only where they are asked for.</summary>
internal static class VoxelThreshold
{
    /// <summary>Voxels of at least a HU.</summary>
    /// <param name="volume">HU.</param>
    /// <param name="thresholdHu">Least HU.</param>
    /// <param name="parallel">Threads and cancellation.</param>
    public static Mask AtLeast(CtVolume volume, float thresholdHu, ParallelOptions parallel)
    {
        VolumeGeometry geometry = volume.Geometry;
        var mask = new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        Parallel.For(0, mask.SliceCount, parallel, slice =>
        {
            for (int row = 0; row < mask.RowCount; row++)
            {
                Mark(volume, row, slice, thresholdHu, mask.Row(row, slice));
            }
        });
        return mask;
    }

    /// <summary>Voxels of a mask of at least a HU; null where there are none.</summary>
    /// <param name="volume">HU.</param>
    /// <param name="thresholdHu">Least HU.</param>
    /// <param name="within">The voxels to look at.</param>
    /// <param name="parallel">Threads and cancellation.</param>
    public static Mask? AtLeast(CtVolume volume, float thresholdHu, Mask within, ParallelOptions parallel)
    {
        // Few volumes have any: the mask is made when the first is found.
        var mask = new Lazy<Mask>(() => new Mask(within.ColumnCount, within.RowCount, within.SliceCount));
        Parallel.For(0, within.SliceCount, parallel, slice =>
        {
            Span<ulong> bits = new ulong[within.WordsPerRow];
            for (int row = 0; row < within.RowCount; row++)
            {
                ReadOnlySpan<ulong> wanted = within.Row(row, slice);
                if (!wanted.ContainsAnyExcept(0UL) || !Mark(volume, row, slice, thresholdHu, bits))
                {
                    continue;
                }

                BitRow.And(bits, wanted);
                if (bits.ContainsAnyExcept(0UL))
                {
                    bits.CopyTo(mask.Value.Row(row, slice));
                }
            }
        });
        return mask.IsValueCreated ? mask.Value : null;
    }

    /// <summary>
    /// Adds to a mask the voxels of another that reach a threshold when smoothed (see <see cref="GaussianBlur"/>). What is smoothed are the words
    /// of rows where such voxels lie: bone and deposits are a small part of a volume.
    /// </summary>
    /// <param name="volume">HU.</param>
    /// <param name="sigmaMm">Standard deviation within the slice, mm.</param>
    /// <param name="acrossMm">Standard deviation across slices, mm; 0 for none.</param>
    /// <param name="thresholdHu">Least smoothed HU.</param>
    /// <param name="within">The voxels that may be added.</param>
    /// <param name="known">Voxels that need not be looked at.</param>
    /// <param name="target">Added to.</param>
    /// <param name="parallel">Threads and cancellation.</param>
    public static void AddSmoothed(
        CtVolume volume, double sigmaMm, double acrossMm, float thresholdHu, Mask within, Mask known, Mask target, ParallelOptions parallel)
    {
        // At both ends of a stretch the slices within reach are smoothed for it alone, so stretches should not be short.
        const int leastSlices = 32;
        int stretches = Math.Max(1, within.SliceCount / leastSlices);
        Parallel.For(
            0,
            stretches,
            parallel,
            () => new Smoothing(volume, sigmaMm, acrossMm, within, known, target),
            (stretch, _, smoothing) =>
            {
                int first = (int)((long)within.SliceCount * stretch / stretches);
                int end = (int)((long)within.SliceCount * (stretch + 1) / stretches);
                smoothing.Start(first);
                for (int slice = first; slice < end; slice++)
                {
                    parallel.CancellationToken.ThrowIfCancellationRequested();
                    smoothing.Add(slice, thresholdHu);
                }

                return smoothing;
            },
            _ => { });
    }

    /// <summary>Marks the voxels of a row that reach a threshold, whatever the store.</summary>
    /// <param name="volume">HU.</param>
    /// <param name="row">The row.</param>
    /// <param name="slice">Its slice.</param>
    /// <param name="thresholdHu">Least HU.</param>
    /// <param name="bits">The words of the row, overwritten; left as they are where no stored value can reach the threshold.</param>
    /// <returns>True where any voxel reaches it.</returns>
    public static bool Mark(CtVolume volume, int row, int slice, float thresholdHu, Span<ulong> bits)
    {
        if (!volume.IsInt16)
        {
            return ThresholdKernel.Mark(volume.SingleRow(row, slice), thresholdHu, bits, SimdPaths.Best);
        }

        return ThresholdKernel.TryRoundUp(thresholdHu, out short threshold)
            && ThresholdKernel.Mark(volume.Int16Row(row, slice), threshold, bits, SimdPaths.Best);
    }

    /// <summary>Smooths consecutive slices of one thread, keeping those smoothed in-plane in a ring as long as the kernel across slices.</summary>
    private sealed class Smoothing
    {
        private readonly CtVolume _volume;
        private readonly Mask _within;
        private readonly Mask _known;
        private readonly Mask _target;
        private readonly float[] _alongRow;
        private readonly float[] _acrossRows;
        private readonly float[] _acrossSlices;
        private readonly float[] _slice;
        private readonly bool[] _isRead;
        private readonly float[] _ring;
        private readonly float[] _line;
        private readonly float[] _smooth;
        private readonly ulong[] _wanted;
        private readonly ulong[] _bits;
        private readonly int[] _rowOffsets;
        private readonly int[] _columnOffsets;
        private readonly int[] _sliceOffsets;
        private int _nextSlice;

        public Smoothing(CtVolume volume, double sigmaMm, double acrossMm, Mask within, Mask known, Mask target)
        {
            VolumeGeometry geometry = volume.Geometry;
            _volume = volume;
            _within = within;
            _known = known;
            _target = target;
            _alongRow = GaussianBlur.Weights(sigmaMm, geometry.BetweenColumnsMm);
            _acrossRows = GaussianBlur.Weights(sigmaMm, geometry.BetweenRowsMm);
            _acrossSlices = GaussianBlur.Weights(acrossMm, geometry.BetweenSlicesMm);
            int pixelCount = within.ColumnCount * within.RowCount;
            _slice = new float[pixelCount];
            _isRead = new bool[within.RowCount];
            _ring = new float[checked(pixelCount * _acrossSlices.Length)];
            _line = new float[within.ColumnCount + _alongRow.Length - 1];
            _smooth = new float[within.ColumnCount];
            _wanted = new ulong[within.WordsPerRow];
            _bits = new ulong[within.WordsPerRow];
            _rowOffsets = new int[_acrossRows.Length];
            _columnOffsets = [.. Enumerable.Range(0, _alongRow.Length)];
            _sliceOffsets = new int[_acrossSlices.Length];
        }

        private int Radius => _acrossSlices.Length / 2;

        /// <summary>Begins a stretch of slices.</summary>
        public void Start(int slice) => _nextSlice = Math.Max(0, slice - Radius);

        /// <summary>Marks the next slice.</summary>
        public void Add(int slice, float thresholdHu)
        {
            for (; _nextSlice <= Math.Min(_within.SliceCount - 1, slice + Radius); _nextSlice++)
            {
                SmoothInPlane(_nextSlice);
            }

            for (int row = 0; row < _within.RowCount; row++)
            {
                FindWanted(row, slice, slice);
                for (int word = 0; NextWords(ref word, out int start, out int end);)
                {
                    for (int k = 0; k < _sliceOffsets.Length; k++)
                    {
                        _sliceOffsets[k] = RingSlot(Math.Clamp(slice + k - Radius, 0, _within.SliceCount - 1)) + (row * _within.ColumnCount) + start;
                    }

                    ReadOnlySpan<float> smooth = _ring.AsSpan(_sliceOffsets[0], end - start);
                    if (Radius > 0)
                    {
                        WeightedSumKernel.Sum(_ring, _sliceOffsets, _acrossSlices, _smooth.AsSpan(0, end - start));
                        smooth = _smooth.AsSpan(0, end - start);
                    }

                    // The ring holds smoothed values only where voxels are asked for.
                    int first = start / BitRow.WordBits;
                    Span<ulong> bits = _bits.AsSpan(0, BitRow.WordCount(end - start));
                    ThresholdKernel.Mark(smooth, thresholdHu, bits, SimdPaths.Best);
                    BitRow.And(bits, _wanted.AsSpan(first, bits.Length));
                    BitRow.Or(_target.Row(row, slice).Slice(first, bits.Length), bits);
                }
            }
        }

        private int RingSlot(int slice) => slice % _acrossSlices.Length * _slice.Length;

        /// <summary>Gathers the voxels of a row that are asked for in any of some slices.</summary>
        private void FindWanted(int row, int firstSlice, int lastSlice)
        {
            Array.Clear(_wanted);
            for (int slice = firstSlice; slice <= lastSlice; slice++)
            {
                ReadOnlySpan<ulong> within = _within.Row(row, slice);
                ReadOnlySpan<ulong> known = _known.Row(row, slice);
                for (int word = 0; word < _wanted.Length; word++)
                {
                    _wanted[word] |= within[word] & ~known[word];
                }
            }
        }

        /// <summary>The columns of the next words in a row that hold any voxel asked for; false after the last.</summary>
        private bool NextWords(ref int word, out int start, out int end)
        {
            int skipped = _wanted.AsSpan(word).IndexOfAnyExcept(0UL);
            start = end = 0;
            if (skipped < 0)
            {
                return false;
            }

            word += skipped;
            start = word * BitRow.WordBits;
            int count = _wanted.AsSpan(word).IndexOf(0UL);
            word = count < 0 ? _wanted.Length : word + count;
            end = Math.Min(_within.ColumnCount, word * BitRow.WordBits);
            return true;
        }

        private void SmoothInPlane(int slice)
        {
            Array.Clear(_isRead);
            int firstSlice = Math.Max(0, slice - Radius), lastSlice = Math.Min(_within.SliceCount - 1, slice + Radius);
            int rowRadius = _acrossRows.Length / 2, columnRadius = _alongRow.Length / 2;
            int columns = _within.ColumnCount, rows = _within.RowCount;
            for (int row = 0; row < rows; row++)
            {
                FindWanted(row, firstSlice, lastSlice);
                for (int word = 0; NextWords(ref word, out int start, out int end);)
                {
                    // From the first voxel asked for to the last.
                    int lastWord = (end - 1) / BitRow.WordBits;
                    start += BitOperations.TrailingZeroCount(_wanted[start / BitRow.WordBits]);
                    end = (lastWord * BitRow.WordBits) + BitOperations.Log2(_wanted[lastWord]) + 1;
                    int left = Math.Max(0, start - columnRadius), right = Math.Min(columns, end + columnRadius);
                    for (int k = 0; k < _acrossRows.Length; k++)
                    {
                        int source = Math.Clamp(row + k - rowRadius, 0, rows - 1);
                        Read(source, slice);
                        _rowOffsets[k] = (source * columns) + left;
                    }

                    // Beyond the border the outermost voxel repeats.
                    Span<float> line = _line.AsSpan(0, end - start + (2 * columnRadius));
                    int before = left - (start - columnRadius);
                    Span<float> inner = line.Slice(before, right - left);
                    WeightedSumKernel.Sum(_slice, _rowOffsets, _acrossRows, inner);
                    line[..before].Fill(inner[0]);
                    line[(before + inner.Length)..].Fill(inner[^1]);
                    WeightedSumKernel.Sum(line, _columnOffsets, _alongRow, _ring.AsSpan(RingSlot(slice) + (row * columns) + start, end - start));
                }
            }
        }

        private void Read(int row, int slice)
        {
            if (!_isRead[row])
            {
                _volume.CopyRow(0, row, slice, _slice.AsSpan(row * _within.ColumnCount, _within.ColumnCount));
                _isRead[row] = true;
            }
        }
    }
}
