using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using CalcQuant.Analysis;
using CalcQuant.Dicom.PixelData;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Series;

/// <summary>
/// Decodes the slices of a stack straight into one volume and rescales them there, so that memory stays at one volume. What the pixels say
/// (padding, clipping, whether unscaled values can be HU) is added to what the headers said.
/// </summary>
internal static class VolumeReading
{
    /// <summary>
    /// Greatest HU of the 12 bits that most scanners keep (0 to 4095, less 1024), whatever Bits Stored says. A volume that ends exactly there is
    /// clipped there.
    /// </summary>
    private const int TwelveBitTopHu = 3071;

    /// <summary>The same as a stored value.</summary>
    private const int TwelveBitTop = 4095;

    /// <summary>Named slices in one explanation.</summary>
    private const int MaxNamedSlices = 5;

    /// <summary>Least part of the voxels that has to be air, and that has to be soft tissue, for unscaled values to pass as HU.</summary>
    private const double PlausibleFraction = 0.01;

    private const int LeastAirHu = -1100;
    private const int GreatestAirHu = -850;
    private const int LeastSoftTissueHu = -200;
    private const int GreatestSoftTissueHu = 200;

    /// <summary>Reads the volume.</summary>
    /// <param name="slices">Slices in order.</param>
    /// <param name="geometry">Their geometry; its voxel count has been checked against the limits.</param>
    /// <param name="acquisition">Header facts.</param>
    /// <param name="headerIssues">Warnings of the headers.</param>
    /// <param name="maxThreadCount">Threads; 0 means one per processor.</param>
    /// <param name="progress">Told after each slice.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    public static SeriesReading Read(
        ImmutableArray<SliceHeader> slices,
        VolumeGeometry geometry,
        CtAcquisition acquisition,
        ImmutableArray<SeriesIssue> headerIssues,
        int maxThreadCount,
        IProgress<AnalysisProgress>? progress,
        CancellationToken cancellationToken)
    {
        try
        {
            Result result = slices.All(slice => slice.Scale.IsInteger)
                ? Decode<short>(slices, geometry, maxThreadCount, progress, cancellationToken)
                : Decode<float>(slices, geometry, maxThreadCount, progress, cancellationToken);
            if (result.Slices.Any(slice => slice.Issue is null && slice.Values.MaxHu > short.MaxValue) && result.IsInt16)
            {
                // Rare: values that leave 16 bits after the rescale. Only decoding shows it.
                result.Dispose();
                result = Decode<float>(slices, geometry, maxThreadCount, progress, cancellationToken);
            }

            SeriesReading reading = Judge(slices, geometry, acquisition, headerIssues, result);
            if (reading is not SeriesReading.Accepted)
            {
                result.Dispose();
            }

            return reading;
        }
        finally
        {
            foreach (ImageFile file in slices.Select(slice => slice.File).Distinct())
            {
                file.Close();
            }
        }
    }

    private static SeriesReading Judge(ImmutableArray<SliceHeader> slices, VolumeGeometry geometry, CtAcquisition acquisition, ImmutableArray<SeriesIssue> headerIssues, Result result)
    {
        List<SeriesIssue> issues = [.. headerIssues];
        SeriesIssue[] failures = [.. result.Slices.Select(slice => slice.Issue).OfType<SeriesIssue>()];
        if (failures.Length > 0)
        {
            issues.AddRange(failures.Take(MaxNamedSlices));
            if (failures.Length > MaxNamedSlices)
            {
                issues.Add(new SeriesIssue(failures[^1].Code, $"Further slices that cannot be read: {failures.Length - MaxNamedSlices}."));
            }

            return new SeriesReading.Rejected(SliceStack.InOrder(issues));
        }

        long paddingCount = result.Slices.Sum(slice => slice.Values.PaddingCount);
        if (paddingCount > 0)
        {
            issues.Add(new SeriesIssue(
                SeriesIssueCode.PaddingExcluded,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{paddingCount} voxels ({100.0 * paddingCount / geometry.VoxelCount:0.0} %) are padding (Pixel Padding Value (0028,0120), or at most {HounsfieldScale.UndeclaredPaddingHu} HU) and count as air.")));
        }

        if (issues.Exists(issue => issue.Code == SeriesIssueCode.RescaleMissing) && !LooksLikeHounsfield(result))
        {
            issues.Add(new SeriesIssue(SeriesIssueCode.NotHounsfield, "Rescale Slope (0028,1053) and Intercept (0028,1052) are absent, and the stored values do not show air and soft tissue where HU have them."));
            return new SeriesReading.Rejected(SliceStack.InOrder(issues));
        }

        (double Hu, long Count)? clipped = FindClipped(slices, result);
        if (clipped is var (topHu, clippedCount))
        {
            issues.Add(new SeriesIssue(
                SeriesIssueCode.ClippedValues,
                string.Create(CultureInfo.InvariantCulture, $"{clippedCount} voxels are at {topHu:0.###} HU, the greatest value that these images can hold: HU and mass there are lower bounds.")));
        }

        CtVolume volume = result.Int16 is not null ? new CtVolume(geometry, result.Int16) : new CtVolume(geometry, result.Single!);
        return new SeriesReading.Accepted(new CtSeries(
            volume,
            acquisition with { GreatestExpressibleHu = clipped?.Hu ?? acquisition.GreatestExpressibleHu },
            SliceStack.InOrder(issues)));
    }

    private static Result Decode<T>(ImmutableArray<SliceHeader> slices, VolumeGeometry geometry, int maxThreadCount, IProgress<AnalysisProgress>? progress, CancellationToken cancellationToken)
        where T : unmanaged
    {
        // The only memory of the size of the volume. Every voxel is written, so that none has to be cleared.
        var voxels = new VoxelBuffer<T>(checked((int)geometry.VoxelCount));
        int sliceLength = geometry.ColumnCount * geometry.RowCount;
        var decoded = new DecodedSlice[slices.Length];
        try
        {
            ParallelStage.Run(
                "reading pixels",
                slices.Length,
                maxThreadCount,
                progress,
                index => decoded[index] = DecodeSlice(slices[index], voxels.Span.Slice(checked(index * sliceLength), sliceLength)),
                cancellationToken);
        }
        catch
        {
            voxels.Dispose();
            throw;
        }

        return new Result(voxels as VoxelBuffer<short>, voxels as VoxelBuffer<float>, sliceLength, [.. decoded]);
    }

    private static DecodedSlice DecodeSlice<T>(SliceHeader slice, Span<T> place)
        where T : unmanaged
    {
        if (!slice.File.TryOpen(out PixelFrames? frames, out SeriesIssue issue))
        {
            return new DecodedSlice(default, issue with { SopInstanceUid = slice.SopInstanceUid });
        }

        PixelLayout layout = frames!.Layout;
        if (layout.ValuesPerFrame != place.Length)
        {
            return new DecodedSlice(default, new SeriesIssue(SeriesIssueCode.PixelDataUnreadable, "The pixels changed while they were read.", slice.SopInstanceUid));
        }

        FrameDecoding decoding = typeof(T) == typeof(short)
            ? DecodeInt16(slice, frames, MemoryMarshal.Cast<T, short>(place), out RescaledSlice values)
            : DecodeSingle(slice, frames, MemoryMarshal.Cast<T, float>(place), out values);
        return decoding is FrameDecoding.Failed failed
            ? new DecodedSlice(default, failed.Issue with { SopInstanceUid = slice.SopInstanceUid })
            : new DecodedSlice(values, null);
    }

    private static FrameDecoding DecodeInt16(SliceHeader slice, PixelFrames frames, Span<short> place, out RescaledSlice values)
    {
        HounsfieldScale scale = slice.Scale;
        if (frames.Layout is { BitsAllocated: <= 16, SamplesPerPixel: 1 } && scale.SlopeInForce == 1 && Math.Abs(scale.InterceptInForce) <= HounsfieldKernel.MaxShiftHu)
        {
            var shift = new InterceptShift(frames.Layout.IsSigned, (int)scale.InterceptInForce, scale.PaddingInForce);
            FrameDecoding decoding = frames.Decode(slice.Frame, place, ref shift);
            values = decoding is FrameDecoding.Decoded ? shift.Result : default;
            return decoding;
        }

        int[] stored = ArrayPool<int>.Shared.Rent(place.Length);
        try
        {
            FrameDecoding decoding = frames.Decode(slice.Frame, stored.AsSpan(0, place.Length));
            values = decoding is FrameDecoding.Decoded ? HounsfieldKernel.ToInt16(stored.AsSpan(0, place.Length), scale, place) : default;
            return decoding;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(stored);
        }
    }

    private static FrameDecoding DecodeSingle(SliceHeader slice, PixelFrames frames, Span<float> place, out RescaledSlice values)
    {
        int[] stored = ArrayPool<int>.Shared.Rent(place.Length);
        try
        {
            FrameDecoding decoding = frames.Decode(slice.Frame, stored.AsSpan(0, place.Length));
            values = decoding is FrameDecoding.Decoded ? HounsfieldKernel.ToSingle(stored.AsSpan(0, place.Length), slice.Scale, place) : default;
            return decoding;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(stored);
        }
    }

    /// <summary>Voxels at the greatest HU that their slice can hold: by its bits, or at the top of 12 bits where the whole volume ends there.</summary>
    private static (double Hu, long Count)? FindClipped(ImmutableArray<SliceHeader> slices, Result result)
    {
        double? volumeMax = result.Slices.Max(slice => slice.Values.MaxHu);
        double? least = null;
        long count = 0;
        for (int i = 0; i < slices.Length; i++)
        {
            if (result.Slices[i].Values.MaxHu is not { } max)
            {
                continue;
            }

            HounsfieldScale scale = slices[i].Scale;
            bool isAtTop = max >= scale.GreatestHu(slices[i].File.Layout!)
                || (max == volumeMax && (max == TwelveBitTopHu || max == scale.ToHu(TwelveBitTop)));
            if (isAtTop)
            {
                count += result.CountAt(i, max);
                least = least is null ? max : Math.Min(least.Value, max);
            }
        }

        return least is null ? null : (least.Value, count);
    }

    private static bool LooksLikeHounsfield(Result result)
    {
        long air = 0;
        long softTissue = 0;
        long all = 0;
        for (int i = 0; i < result.Slices.Length; i++)
        {
            air += result.CountWithin(i, LeastAirHu, GreatestAirHu);
            softTissue += result.CountWithin(i, LeastSoftTissueHu, GreatestSoftTissueHu);
            all += result.SliceLength;
        }

        return air >= PlausibleFraction * all && softTissue >= PlausibleFraction * all;
    }

    /// <summary>Rescales the pieces of a slice as they are read and adds up what they met.</summary>
    private struct InterceptShift(bool isSigned, int interceptHu, (int Low, int High)? padding) : IPieceWork
    {
        public RescaledSlice Result { get; private set; }

        public void Do(Span<short> piece) => Result = Result.With(HounsfieldKernel.AddIntercept(piece, isSigned, interceptHu, padding));
    }

    private sealed record DecodedSlice(RescaledSlice Values, SeriesIssue? Issue);

    private sealed record Result(VoxelBuffer<short>? Int16, VoxelBuffer<float>? Single, int SliceLength, ImmutableArray<DecodedSlice> Slices) : IDisposable
    {
        public bool IsInt16 => Int16 is not null;

        public long CountAt(int slice, double hu) =>
            Int16 is not null
                ? Int16.Span.Slice(slice * SliceLength, SliceLength).Count((short)hu)
                : Single!.Span.Slice(slice * SliceLength, SliceLength).Count((float)hu);

        public long CountWithin(int slice, int least, int greatest)
        {
            long count = 0;
            ReadOnlySpan<short> int16 = Int16 is null ? [] : Int16.Span.Slice(slice * SliceLength, SliceLength);
            ReadOnlySpan<float> single = Single is null ? [] : Single.Span.Slice(slice * SliceLength, SliceLength);
            for (int i = 0; i < SliceLength; i++)
            {
                double hu = Int16 is not null ? int16[i] : single[i];
                count += hu >= least && hu <= greatest ? 1 : 0;
            }

            return count;
        }

        public void Dispose()
        {
            Int16?.Dispose();
            Single?.Dispose();
        }
    }
}
