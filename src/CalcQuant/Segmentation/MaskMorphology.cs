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
        ArgumentNullException.ThrowIfNull(element);
        return element.ReachSlices == 0
            ? ApplyTwice(mask, element.Planes[0], Operation.Erosion, maxThreadCount, cancellationToken)
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
        if (element.ReachSlices == 0)
        {
            return ApplyTwice(mask, element.Planes[0], Operation.Dilation, maxThreadCount, cancellationToken);
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
    /// A closing or an opening within the slices: one slice after the other takes both steps, with a border into which the first may reach, so that
    /// nothing but the result has the size of the mask.
    /// </summary>
    private static Mask ApplyTwice(Mask mask, StructuringElement.Plane plane, Operation first, int maxThreadCount, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mask);

        // Whole words of columns: rows are then copied without shifting.
        int words = first == Operation.Dilation ? BitRow.WordCount(plane.HalfWidths[0]) : 0;
        int rows = first == Operation.Dilation ? plane.HalfWidths.Length - 1 : 0;
        int wideWords = mask.WordsPerRow + (2 * words);
        int length = wideWords * (mask.RowCount + (2 * rows));
        var result = Mask.Uncleared(mask.ColumnCount, mask.RowCount, mask.SliceCount);
        Parallel.For(0, mask.SliceCount, Options(maxThreadCount, cancellationToken), () => (From: new ulong[length], To: new ulong[length]), (slice, _, scratch) =>
        {
            Span<ulong> target = result.Slice(slice);
            if (!mask.Slice(slice).ContainsAnyExcept(0UL))
            {
                target.Clear();
                return scratch;
            }

            Array.Clear(scratch.From);
            for (int row = 0; row < mask.RowCount; row++)
            {
                mask.Row(row, slice).CopyTo(scratch.From.AsSpan(((row + rows) * wideWords) + words));
            }

            if (first == Operation.Dilation)
            {
                Array.Clear(scratch.To);
                DilateInto(scratch.To, scratch.From, plane, wideWords);
                Array.Fill(scratch.From, ulong.MaxValue);
                ErodeInto(scratch.From, scratch.To, plane, wideWords);
            }
            else
            {
                Array.Fill(scratch.To, ulong.MaxValue);
                ErodeInto(scratch.To, scratch.From, plane, wideWords);
                Array.Clear(scratch.From);
                DilateInto(scratch.From, scratch.To, plane, wideWords);
            }

            for (int row = 0; row < mask.RowCount; row++)
            {
                scratch.From.AsSpan(((row + rows) * wideWords) + words, mask.WordsPerRow).CopyTo(target[(row * mask.WordsPerRow)..]);
            }

            result.ClearPadding(slice);
            return scratch;
        }, _ => { });
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
}
