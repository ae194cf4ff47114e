using System.Buffers;
using System.Runtime.CompilerServices;
using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// Morphology on the bits of a mask, 64 voxels at a time, slices in parallel. What lies outside the volume is background. Results are new
/// masks. <c>maxThreadCount</c> 0 means one thread per processor; cancellation is checked once per slice.
/// </summary>
public static class MaskMorphology
{
    /// <summary>Slices of a stretch for each slice of reach: a tenth of the work is done twice.</summary>
    private const int StretchesPerReach = 20;

    /// <summary>More stretches than threads, since anatomy spreads the work unevenly.</summary>
    private const int StretchesPerThread = 8;

    private enum Operation
    {
        Dilation,
        Erosion,
    }

    /// <summary>Sets every voxel that the element, centred on some set voxel, covers.</summary>
    public static Mask Dilate(Mask mask, StructuringElement element, int maxThreadCount = 0, CancellationToken cancellationToken = default) =>
        Apply(mask, element, Operation.Dilation, maxThreadCount, cancellationToken);

    /// <summary>Keeps the voxels around which the element covers set voxels only.</summary>
    public static Mask Erode(Mask mask, StructuringElement element, int maxThreadCount = 0, CancellationToken cancellationToken = default) =>
        Apply(mask, element, Operation.Erosion, maxThreadCount, cancellationToken);

    /// <summary>Erosion, then dilation: keeps what the element fits into.</summary>
    public static Mask Open(Mask mask, StructuringElement element, int maxThreadCount = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(element);
        return element.IsPrism
            ? ApplyTwice(mask, element, Operation.Erosion, maxThreadCount, cancellationToken)
            : DilateAndDispose(Erode(mask, element, maxThreadCount, cancellationToken), element, maxThreadCount, cancellationToken);
    }

    /// <summary>
    /// Dilation, then erosion: fills gaps that the element does not fit into. The dilation may leave the volume, so a set voxel is never
    /// lost at its border (scipy.ndimage.binary_closing loses it).
    /// </summary>
    public static Mask Close(Mask mask, StructuringElement element, int maxThreadCount = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(element);
        if (element.IsPrism)
        {
            return ApplyTwice(mask, element, Operation.Dilation, maxThreadCount, cancellationToken);
        }

        // Whole words of columns: rows are then copied without shifting.
        int columns = BitRow.WordCount(element.ReachColumns) * BitRow.WordBits;
        int rows = element.ReachRows;
        int slices = element.ReachSlices;
        var wide = new Mask(mask.ColumnCount + (2 * columns), mask.RowCount + (2 * rows), mask.SliceCount + (2 * slices));
        wide.Paste(mask, columns, rows, slices);
        using Mask dilated = DilateAndDispose(wide, element, maxThreadCount, cancellationToken);
        using Mask closed = Erode(dilated, element, maxThreadCount, cancellationToken);
        return closed.Crop(new VoxelBox(
            columns, rows, slices, columns + mask.ColumnCount - 1, rows + mask.RowCount - 1, slices + mask.SliceCount - 1));
    }

    /// <summary>
    /// Fills, slice by slice, the background that is not 4-connected to the border of the slice.
    /// </summary>
    public static Mask FillHoles(Mask mask, int maxThreadCount = 0, CancellationToken cancellationToken = default) =>
        FillHoles(mask, int.MaxValue, maxThreadCount, cancellationToken);

    /// <summary>Fills, slice by slice, the holes that are no larger than a disc.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="maximumRadiusMm">Holes of more area than a disc of this radius, mm, stay.</param>
    /// <param name="geometry">Gives the area of a pixel.</param>
    /// <param name="maxThreadCount">0 for one per processor.</param>
    /// <param name="cancellationToken">Checked once per slice.</param>
    public static Mask FillHoles(
        Mask mask, double maximumRadiusMm, VolumeGeometry geometry, int maxThreadCount = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        double pixelCount = Math.PI * maximumRadiusMm * maximumRadiusMm / geometry.PixelAreaMm2;
        return FillHoles(mask, (int)Math.Min(int.MaxValue, pixelCount), maxThreadCount, cancellationToken);
    }

    /// <summary>Dilates a mask of one slice into another.</summary>
    /// <param name="mask">One slice.</param>
    /// <param name="element">Within the slice.</param>
    /// <param name="target">Of the same size; overwritten.</param>
    internal static void DilateSlice(Mask mask, StructuringElement element, Mask target)
    {
        mask.ThrowUnlessSameSize(target);
        target.Clear();
        DilateInto(target.Words, mask.Words, element.Planes[0], mask.WordsPerRow);
        target.ClearPadding();
    }

    private static Mask FillHoles(Mask mask, int maximumPixelCount, int maxThreadCount, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mask);
        Mask filled = mask.Clone();
        Parallel.For(0, mask.SliceCount, Options(maxThreadCount, cancellationToken), () => new SectionGaps(), (slice, _, gaps) =>
        {
            SliceHoles.Fill(filled, slice, maximumPixelCount, gaps);
            return gaps;
        }, _ => { });
        return filled;
    }

    private static Mask Apply(
        Mask mask, StructuringElement element, Operation operation, int maxThreadCount, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(element);
        if (element.IsPrism && element.ReachSlices > 0)
        {
            return ApplyPrism(mask, element, operation, maxThreadCount, cancellationToken);
        }

        var result = Mask.Uncleared(mask.ColumnCount, mask.RowCount, mask.SliceCount);
        Parallel.For(0, mask.SliceCount, Options(maxThreadCount, cancellationToken), ApplyToSlice);
        return result;

        void ApplyToSlice(int slice)
        {
            Span<ulong> target = result.Slice(slice);
            target.Fill(operation == Operation.Erosion ? ulong.MaxValue : 0);

            foreach (StructuringElement.Plane plane in element.Planes)
            {
                int source = slice + plane.SliceStep;
                bool inside = source >= 0 && source < mask.SliceCount;
                if (operation == Operation.Dilation)
                {
                    if (inside)
                    {
                        DilateInto(target, mask.Slice(source), plane, mask.WordsPerRow);
                    }
                }
                else if (inside)
                {
                    ErodeInto(target, mask.Slice(source), plane, mask.WordsPerRow);
                }
                else
                {
                    target.Clear();
                }
            }

            result.ClearPadding(slice);
        }
    }

    /// <summary>
    /// A closing or an opening with an element whose planes are all alike, in one pass over the slices: what the first step makes of the slices that
    /// the second reaches is kept in rings, which stay in the cache, with a border into which a dilation may reach. Nothing but the result has the size
    /// of the mask.
    /// </summary>
    private static Mask ApplyTwice(Mask mask, StructuringElement element, Operation first, int maxThreadCount, CancellationToken cancellationToken)
    {
        ParallelOptions options = Options(maxThreadCount, cancellationToken);
        var result = Mask.Uncleared(mask.ColumnCount, mask.RowCount, mask.SliceCount);

        // What a stretch of slices reaches beyond its ends is worked on twice.
        int leastStretch = Math.Max(1, StretchesPerReach * element.ReachSlices);
        int count = Math.Clamp(mask.SliceCount / leastStretch, 1, StretchesPerThread * options.MaxDegreeOfParallelism);
        Parallel.For(0, count, options, part =>
        {
            var passes = new SlicePasses(mask, element, first);
            passes.Run((int)((long)mask.SliceCount * part / count), (int)((long)mask.SliceCount * (part + 1) / count), result, cancellationToken);
        });
        return result;
    }

    private static Mask DilateAndDispose(Mask mask, StructuringElement element, int maxThreadCount, CancellationToken cancellationToken)
    {
        using (mask)
        {
            return Dilate(mask, element, maxThreadCount, cancellationToken);
        }
    }

    /// <summary>
    /// An element whose planes are all alike works within each slice once, and across slices on what that gave: the slices that the element reaches
    /// are kept in a ring, which stays in the cache.
    /// </summary>
    private static Mask ApplyPrism(
        Mask mask, StructuringElement element, Operation operation, int maxThreadCount, CancellationToken cancellationToken)
    {
        var result = Mask.Uncleared(mask.ColumnCount, mask.RowCount, mask.SliceCount);
        ParallelOptions options = Options(maxThreadCount, cancellationToken);
        int threadCount = Math.Min(options.MaxDegreeOfParallelism, mask.SliceCount);
        int sliceLength = mask.RowCount * mask.WordsPerRow;
        int reach = element.ReachSlices;
        int ringLength = (2 * reach) + 1;

        // One stretch of slices per thread: what a stretch reaches beyond its ends is worked on twice.
        Parallel.For(0, threadCount, options, part =>
        {
            int first = (int)((long)mask.SliceCount * part / threadCount);
            int end = (int)((long)mask.SliceCount * (part + 1) / threadCount);
            ulong[] ring = ArrayPool<ulong>.Shared.Rent(ringLength * sliceLength);
            int next = first - reach;
            for (int slice = first; slice < end; slice++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                for (; next <= slice + reach; next++)
                {
                    Span<ulong> place = ring.AsSpan(Slot(next) * sliceLength, sliceLength);
                    if (next < 0 || next >= mask.SliceCount)
                    {
                        place.Clear();
                    }
                    else if (operation == Operation.Dilation)
                    {
                        place.Clear();
                        DilateInto(place, mask.Slice(next), element.Planes[0], mask.WordsPerRow);
                    }
                    else
                    {
                        place.Fill(ulong.MaxValue);
                        ErodeInto(place, mask.Slice(next), element.Planes[0], mask.WordsPerRow);
                    }
                }

                Span<ulong> target = result.Slice(slice);
                ring.AsSpan(Slot(slice - reach) * sliceLength, sliceLength).CopyTo(target);
                for (int other = slice - reach + 1; other <= slice + reach; other++)
                {
                    ReadOnlySpan<ulong> bits = ring.AsSpan(Slot(other) * sliceLength, sliceLength);
                    if (operation == Operation.Dilation)
                    {
                        BitRow.Or(target, bits);
                    }
                    else
                    {
                        BitRow.And(target, bits);
                    }
                }

                result.ClearPadding(slice);
            }

            ArrayPool<ulong>.Shared.Return(ring);
        });
        return result;

        int Slot(int slice) => (slice + reach) % ringLength;
    }

    // Adds to the target what one plane of the element makes of a slice. Each row is spread once for the outermost row of the plane, then
    // further for the rows nearer to its centre.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DilateInto(Span<ulong> target, ReadOnlySpan<ulong> source, StructuringElement.Plane plane, int wordsPerRow)
    {
        int rowCount = source.Length / wordsPerRow;
        Span<ulong> spread = new ulong[wordsPerRow];
        for (int row = 0; row < rowCount; row++)
        {
            ReadOnlySpan<ulong> bits = source.Slice(row * wordsPerRow, wordsPerRow);
            if (!bits.ContainsAnyExcept(0UL))
            {
                continue;
            }

            bits.CopyTo(spread);
            int width = 0;
            for (int step = plane.HalfWidths.Length - 1; step >= 0; step--)
            {
                BitRow.Spread(spread, plane.HalfWidths[step] - width, width);
                width = plane.HalfWidths[step];
                if (row - step >= 0)
                {
                    BitRow.Or(target.Slice((row - step) * wordsPerRow, wordsPerRow), spread);
                }

                if (step != 0 && row + step < rowCount)
                {
                    BitRow.Or(target.Slice((row + step) * wordsPerRow, wordsPerRow), spread);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ErodeInto(Span<ulong> target, ReadOnlySpan<ulong> source, StructuringElement.Plane plane, int wordsPerRow)
    {
        int rowCount = source.Length / wordsPerRow;
        int reach = Math.Min(plane.HalfWidths.Length - 1, rowCount);

        // Rows whose neighbours lie outside.
        target[..(reach * wordsPerRow)].Clear();
        target[((rowCount - reach) * wordsPerRow)..].Clear();
        Span<ulong> shrunk = new ulong[wordsPerRow];
        for (int row = 0; row < rowCount; row++)
        {
            ReadOnlySpan<ulong> bits = source.Slice(row * wordsPerRow, wordsPerRow);
            if (!bits.ContainsAnyExcept(0UL))
            {
                int first = Math.Max(0, row - reach);
                int end = Math.Min(rowCount, row + reach + 1);
                target[(first * wordsPerRow)..(end * wordsPerRow)].Clear();
                continue;
            }

            bits.CopyTo(shrunk);
            int width = 0;
            for (int step = plane.HalfWidths.Length - 1; step >= 0; step--)
            {
                BitRow.Shrink(shrunk, plane.HalfWidths[step] - width, width);
                width = plane.HalfWidths[step];
                if (row - step >= 0)
                {
                    BitRow.And(target.Slice((row - step) * wordsPerRow, wordsPerRow), shrunk);
                }

                if (step != 0 && row + step < rowCount)
                {
                    BitRow.And(target.Slice((row + step) * wordsPerRow, wordsPerRow), shrunk);
                }
            }
        }
    }

    private static ParallelOptions Options(int maxThreadCount, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxThreadCount);
        return new ParallelOptions
        {
            MaxDegreeOfParallelism = maxThreadCount == 0 ? Environment.ProcessorCount : maxThreadCount,
            CancellationToken = cancellationToken,
        };
    }

    /// <summary>Two passes over a stretch of slices, one behind the other.</summary>
    private sealed class SlicePasses
    {
        private readonly Mask _mask;
        private readonly StructuringElement.Plane _plane;
        private readonly Operation _first;
        private readonly int _reach;
        private readonly int _borderRows;
        private readonly int _borderWords;
        private readonly int _wordsPerRow;
        private readonly int _length;
        private readonly ulong[][] _afterFirst;
        private readonly ulong[][] _afterSecond;
        private readonly ulong[] _scratch;

        public SlicePasses(Mask mask, StructuringElement element, Operation first)
        {
            _mask = mask;
            _plane = element.Planes[0];
            _first = first;
            _reach = element.ReachSlices;
            if (first == Operation.Dilation)
            {
                // Whole words of columns: rows are then copied without shifting.
                _borderWords = BitRow.WordCount(element.ReachColumns);
                _borderRows = element.ReachRows;
            }

            _wordsPerRow = mask.WordsPerRow + (2 * _borderWords);
            _length = _wordsPerRow * (mask.RowCount + (2 * _borderRows));
            _afterFirst = Ring();
            _afterSecond = Ring();
            _scratch = new ulong[_length];
        }

        private Operation Second => _first == Operation.Dilation ? Operation.Erosion : Operation.Dilation;

        /// <summary>Writes the slices [first, end) of the result.</summary>
        public void Run(int first, int end, Mask result, CancellationToken cancellationToken)
        {
            for (int slice = first - (2 * _reach); slice < end + (2 * _reach); slice++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                LoadSlice(slice);
                ApplyInPlane(_first, _scratch, Slot(_afterFirst, slice));
                int middle = slice - _reach;
                if (middle < first - _reach)
                {
                    continue;
                }

                Combine(_first, _afterFirst, middle);
                ApplyInPlane(Second, _scratch, Slot(_afterSecond, middle));
                int done = middle - _reach;
                if (done >= first)
                {
                    Combine(Second, _afterSecond, done);
                    Store(result, done);
                }
            }
        }

        private ulong[][] Ring() => [.. Enumerable.Range(0, (2 * _reach) + 1).Select(_ => new ulong[_length])];

        // The slices before the first have a place too.
        private static ulong[] Slot(ulong[][] ring, int slice) => ring[(slice + (3 * ring.Length)) % ring.Length];

        private void LoadSlice(int slice)
        {
            Array.Clear(_scratch);
            if ((uint)slice >= (uint)_mask.SliceCount)
            {
                return;
            }

            for (int row = 0; row < _mask.RowCount; row++)
            {
                _mask.Row(row, slice).CopyTo(_scratch.AsSpan(((row + _borderRows) * _wordsPerRow) + _borderWords));
            }
        }

        private void ApplyInPlane(Operation operation, ReadOnlySpan<ulong> source, Span<ulong> target)
        {
            if (operation == Operation.Dilation || !source.ContainsAnyExcept(0UL))
            {
                target.Clear();
                DilateInto(target, source, _plane, _wordsPerRow);
            }
            else
            {
                target.Fill(ulong.MaxValue);
                ErodeInto(target, source, _plane, _wordsPerRow);
            }
        }

        /// <summary>Across the slices around one, into the scratch.</summary>
        private void Combine(Operation operation, ulong[][] ring, int slice)
        {
            Slot(ring, slice).CopyTo(_scratch.AsSpan());
            for (int step = 1; step <= _reach; step++)
            {
                foreach (int other in (ReadOnlySpan<int>)[slice - step, slice + step])
                {
                    if (operation == Operation.Dilation)
                    {
                        BitRow.Or(_scratch, Slot(ring, other));
                    }
                    else
                    {
                        BitRow.And(_scratch, Slot(ring, other));
                    }
                }
            }
        }

        private void Store(Mask result, int slice)
        {
            for (int row = 0; row < _mask.RowCount; row++)
            {
                _scratch.AsSpan(((row + _borderRows) * _wordsPerRow) + _borderWords, _mask.WordsPerRow).CopyTo(result.Row(row, slice));
            }

            result.ClearPadding(slice);
        }
    }
}
