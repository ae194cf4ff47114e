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
    /// <summary>
    /// Least slices of a stretch for each slice of reach. What a stretch reaches beyond its ends is worked on twice: a tenth of what one step does, and
    /// of two steps in turn a fifth of the first.
    /// </summary>
    private const int StretchPerReach = 20;

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

    /// <summary>Dilates within the slices, then adds each slice to its neighbours up to a distance.</summary>
    /// <param name="mask">Left as it is.</param>
    /// <param name="element">Within the slice.</param>
    /// <param name="reach">Slices to either side.</param>
    /// <param name="maxThreadCount">0 for one per processor.</param>
    /// <param name="cancellationToken">Checked between slices.</param>
    internal static Mask DilateAcrossSlices(Mask mask, StructuringElement element, int reach, int maxThreadCount, CancellationToken cancellationToken)
    {
        using Mask within = Dilate(mask, element, maxThreadCount, cancellationToken);
        return SpreadAcrossSlices(within, reach);
    }

    /// <summary>Adds each slice of a mask to its neighbours up to a distance.</summary>
    /// <param name="mask">Left as it is.</param>
    /// <param name="reach">Slices to either side.</param>
    internal static Mask SpreadAcrossSlices(Mask mask, int reach)
    {
        Mask across = mask.Clone();
        for (int slice = 0; slice < mask.SliceCount; slice++)
        {
            for (int other = Math.Max(0, slice - reach); other <= Math.Min(mask.SliceCount - 1, slice + reach); other++)
            {
                BitRow.Or(across.Slice(slice), mask.Slice(other));
            }
        }

        return across;
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
    private static Mask ApplyTwice(Mask mask, StructuringElement element, Operation first, int maxThreadCount, CancellationToken cancellationToken) =>
        OverStretches(
            mask,
            element,
            (start, end, result) => new SlicePasses(mask, element, first).Run(start, end, result, cancellationToken),
            maxThreadCount,
            cancellationToken);

    /// <summary>Has stretches of the slices of a result written side by side.</summary>
    private static Mask OverStretches(
        Mask mask, StructuringElement element, Action<int, int, Mask> writeSlices, int maxThreadCount, CancellationToken cancellationToken)
    {
        ParallelOptions options = Options(maxThreadCount, cancellationToken);
        var result = Mask.Uncleared(mask.ColumnCount, mask.RowCount, mask.SliceCount);
        int leastStretch = Math.Max(1, StretchPerReach * element.ReachSlices);
        int count = Math.Clamp(mask.SliceCount / leastStretch, 1, StretchesPerThread * options.MaxDegreeOfParallelism);
        Parallel.For(0, count, options, part => writeSlices(
            (int)((long)mask.SliceCount * part / count), (int)((long)mask.SliceCount * (part + 1) / count), result));
        return result;
    }

    private static Mask DilateAndDispose(Mask mask, StructuringElement element, int maxThreadCount, CancellationToken cancellationToken)
    {
        using (mask)
        {
            return Dilate(mask, element, maxThreadCount, cancellationToken);
        }
    }

    /// <summary>One step with an element whose planes are all alike.</summary>
    private static Mask ApplyPrism(
        Mask mask, StructuringElement element, Operation operation, int maxThreadCount, CancellationToken cancellationToken) =>
        OverStretches(
            mask,
            element,
            (start, end, result) =>
            {
                int reach = element.ReachSlices;
                var pass = new PrismPass(element, operation, mask.WordsPerRow, mask.RowCount);
                for (int slice = start - reach; slice < end + reach; slice++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    pass.Take(slice, slice >= 0 && slice < mask.SliceCount ? mask.Slice(slice) : []);
                    if (slice - reach >= start)
                    {
                        pass.Give(slice - reach, result.Slice(slice - reach));
                        result.ClearPadding(slice - reach);
                    }
                }
            },
            maxThreadCount,
            cancellationToken);

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

    /// <summary>
    /// One step with an element whose planes are all alike, slice after slice: each slice is worked on within itself once, and across slices on what that
    /// gave. The slices that the element reaches are kept in a ring, which stays in the cache.
    /// </summary>
    private sealed class PrismPass
    {
        private readonly StructuringElement _element;
        private readonly Operation _operation;
        private readonly int _wordsPerRow;
        private readonly ulong[][] _ring;

        public PrismPass(StructuringElement element, Operation operation, int wordsPerRow, int rowCount)
        {
            _element = element;
            _operation = operation;
            _wordsPerRow = wordsPerRow;
            _ring = [.. Enumerable.Range(0, (2 * element.ReachSlices) + 1).Select(_ => new ulong[wordsPerRow * rowCount])];
        }

        /// <summary>Takes the next slice; an empty span for one without a voxel.</summary>
        public void Take(int slice, ReadOnlySpan<ulong> bits)
        {
            Span<ulong> place = Slot(slice);
            if (!bits.ContainsAnyExcept(0UL))
            {
                place.Clear();
            }
            else if (_operation == Operation.Dilation)
            {
                place.Clear();
                DilateInto(place, bits, _element.Planes[0], _wordsPerRow);
            }
            else
            {
                place.Fill(ulong.MaxValue);
                ErodeInto(place, bits, _element.Planes[0], _wordsPerRow);
            }
        }

        /// <summary>Writes what becomes of a slice, once all that the element reaches from it have been taken.</summary>
        public void Give(int slice, Span<ulong> target)
        {
            Slot(slice).CopyTo(target);
            for (int step = 1; step <= _element.ReachSlices; step++)
            {
                Add(Slot(slice - step), target);
                Add(Slot(slice + step), target);
            }
        }

        private void Add(ReadOnlySpan<ulong> bits, Span<ulong> target)
        {
            if (_operation == Operation.Dilation)
            {
                BitRow.Or(target, bits);
            }
            else
            {
                BitRow.And(target, bits);
            }
        }

        // Slices before the first have a place too: two steps reach less than three rings before it.
        private Span<ulong> Slot(int slice) => _ring[(slice + (3 * _ring.Length)) % _ring.Length];
    }

    /// <summary>Two steps over a stretch of slices, one behind the other.</summary>
    private sealed class SlicePasses
    {
        private readonly Mask _mask;
        private readonly PrismPass _first;
        private readonly PrismPass _second;
        private readonly int _reach;
        private readonly int _borderRows;
        private readonly int _borderWords;
        private readonly int _wordsPerRow;
        private readonly ulong[] _scratch;

        public SlicePasses(Mask mask, StructuringElement element, Operation first)
        {
            _mask = mask;
            _reach = element.ReachSlices;
            if (first == Operation.Dilation)
            {
                // Whole words of columns: rows are then copied without shifting.
                _borderWords = BitRow.WordCount(element.ReachColumns);
                _borderRows = element.ReachRows;
            }

            int rowCount = mask.RowCount + (2 * _borderRows);
            _wordsPerRow = mask.WordsPerRow + (2 * _borderWords);
            _first = new PrismPass(element, first, _wordsPerRow, rowCount);
            _second = new PrismPass(element, first == Operation.Dilation ? Operation.Erosion : Operation.Dilation, _wordsPerRow, rowCount);
            _scratch = new ulong[_wordsPerRow * rowCount];
        }

        /// <summary>Writes the slices [start, end) of the result.</summary>
        public void Run(int start, int end, Mask result, CancellationToken cancellationToken)
        {
            for (int slice = start - (2 * _reach); slice < end + (2 * _reach); slice++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Load(slice);
                _first.Take(slice, _scratch);
                int middle = slice - _reach;
                if (middle < start - _reach)
                {
                    continue;
                }

                _first.Give(middle, _scratch);
                _second.Take(middle, _scratch);
                int done = middle - _reach;
                if (done >= start)
                {
                    _second.Give(done, _scratch);
                    Store(result, done);
                }
            }
        }

        private void Load(int slice)
        {
            Array.Clear(_scratch);
            if (slice < 0 || slice >= _mask.SliceCount)
            {
                return;
            }

            for (int row = 0; row < _mask.RowCount; row++)
            {
                _mask.Row(row, slice).CopyTo(InScratch(row));
            }
        }

        private void Store(Mask result, int slice)
        {
            for (int row = 0; row < _mask.RowCount; row++)
            {
                InScratch(row).CopyTo(result.Row(row, slice));
            }

            result.ClearPadding(slice);
        }

        private Span<ulong> InScratch(int row) => _scratch.AsSpan(((row + _borderRows) * _wordsPerRow) + _borderWords, _mask.WordsPerRow);
    }
}
