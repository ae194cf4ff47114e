using System.Numerics;
using System.Runtime.InteropServices;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Series;

/// <summary>What rescaling one slice met.</summary>
/// <param name="PaddingCount">Voxels set apart as padding.</param>
/// <param name="MinHu">Least HU among the others; null where all are padding.</param>
/// <param name="MaxHu">Greatest HU among the others; null where all are padding.</param>
internal readonly record struct RescaledSlice(long PaddingCount, double? MinHu, double? MaxHu)
{
    /// <summary>What this and another part of the slice met together.</summary>
    public RescaledSlice With(RescaledSlice other) => new(
        PaddingCount + other.PaddingCount,
        MinHu is { } min && other.MinHu is { } otherMin ? Math.Min(min, otherMin) : MinHu ?? other.MinHu,
        MaxHu is { } max && other.MaxHu is { } otherMax ? Math.Max(max, otherMax) : MaxHu ?? other.MaxHu);
}

/// <summary>Turns stored values into Hounsfield units, sets padding apart and finds the extremes, in one pass.</summary>
internal static class HounsfieldKernel
{
    /// <summary>An intercept beyond this leaves no room for HU in 16 bits, HU.</summary>
    public const int MaxShiftHu = 16384;

    /// <summary>
    /// Adds the intercept to 16-bit stored values in place (slope 1). Sums wrap; they are right where <see cref="RescaledSlice.MaxHu"/> is at most
    /// <see cref="short.MaxValue"/>, since what would wrap below is padding.
    /// </summary>
    /// <param name="values">Stored values, two's complement or wrapped unsigned; receives HU.</param>
    /// <param name="isSigned">How to read the stored values.</param>
    /// <param name="interceptHu">Rescale Intercept, HU; within <see cref="MaxShiftHu"/>.</param>
    /// <param name="padding">Declared padding, stored values; null where there is none.</param>
    public static RescaledSlice AddIntercept(Span<short> values, bool isSigned, int interceptHu, (int Low, int High)? padding)
    {
        // Comparing signed works for unsigned values too once their top bit is flipped: 0 becomes the least, 65535 the greatest. A value in that
        // order is called its rank; rank + rankToStored is the stored value.
        short flip = isSigned ? (short)0 : short.MinValue;
        int rankToStored = isSigned ? 0 : -short.MinValue;
        int firstImageRank = Math.Clamp(HounsfieldScale.UndeclaredPaddingHu + 1 - interceptHu - rankToStored, short.MinValue, short.MaxValue);
        (int lowRank, int highRank) = padding is var (low, high)
            ? (Math.Max(low - rankToStored, short.MinValue), Math.Min(high - rankToStored, short.MaxValue))
            : (1, 0);
        if (lowRank > highRank)
        {
            (lowRank, highRank) = (1, 0);
        }

        var bounds = new Ranks(flip, (short)interceptHu, (short)firstImageRank, (short)lowRank, (short)highRank);
        long paddingCount = 0;
        short minRank = short.MaxValue;
        short maxRank = short.MinValue;

        // A lane of the vector count of padding holds at most 32767.
        int block = Vector<short>.Count * 16384;
        for (int start = 0; start < values.Length; start += block)
        {
            Span<short> part = values.Slice(start, Math.Min(block, values.Length - start));
            int vectorized = Vector.IsHardwareAccelerated ? part.Length - (part.Length % Vector<short>.Count) : 0;
            paddingCount += RescaleVectors(part[..vectorized], bounds, ref minRank, ref maxRank);
            paddingCount += RescaleOneByOne(part[vectorized..], bounds, ref minRank, ref maxRank);
        }

        return paddingCount == values.Length
            ? new RescaledSlice(paddingCount, null, null)
            : new RescaledSlice(paddingCount, minRank + rankToStored + interceptHu, maxRank + rankToStored + interceptHu);
    }

    /// <summary>Rescales stored values of any width to integer HU.</summary>
    /// <param name="stored">Stored values.</param>
    /// <param name="scale">The scale; slope and intercept are integers.</param>
    /// <param name="hu">Receives HU; valid where <see cref="RescaledSlice.MaxHu"/> is at most <see cref="short.MaxValue"/>.</param>
    public static RescaledSlice ToInt16(ReadOnlySpan<int> stored, HounsfieldScale scale, Span<short> hu)
    {
        var tally = new Tally(scale);
        for (int i = 0; i < stored.Length; i++)
        {
            double value = tally.Rescale(stored[i]);
            hu[i] = value > short.MaxValue ? short.MaxValue : (short)value;
        }

        return tally.Result;
    }

    /// <summary>Rescales stored values of any width to HU, rounded to float once.</summary>
    /// <param name="stored">Stored values.</param>
    /// <param name="scale">The scale.</param>
    /// <param name="hu">Receives HU.</param>
    public static RescaledSlice ToSingle(ReadOnlySpan<int> stored, HounsfieldScale scale, Span<float> hu)
    {
        var tally = new Tally(scale);
        for (int i = 0; i < stored.Length; i++)
        {
            hu[i] = (float)tally.Rescale(stored[i]);
        }

        return tally.Result;
    }

    private static long RescaleVectors(Span<short> values, Ranks bounds, ref short minRank, ref short maxRank)
    {
        var flip = new Vector<short>(bounds.Flip);
        var intercept = new Vector<short>(bounds.InterceptHu);
        var firstImage = new Vector<short>(bounds.FirstImage);
        var low = new Vector<short>(bounds.LowPadding);
        var high = new Vector<short>(bounds.HighPadding);
        var paddingHu = new Vector<short>(CtVolume.PaddingHu);
        var greatest = new Vector<short>(short.MaxValue);
        var least = new Vector<short>(short.MinValue);
        Vector<short> min = new(minRank);
        Vector<short> max = new(maxRank);
        Vector<short> padded = Vector<short>.Zero;
        foreach (ref Vector<short> chunk in MemoryMarshal.Cast<short, Vector<short>>(values))
        {
            Vector<short> stored = chunk;
            Vector<short> rank = stored ^ flip;

            // All bits set where the value is padding.
            Vector<short> isPadding = Vector.LessThan(rank, firstImage)
                | (Vector.GreaterThanOrEqual(rank, low) & Vector.LessThanOrEqual(rank, high));
            min = Vector.Min(min, Vector.ConditionalSelect(isPadding, greatest, rank));
            max = Vector.Max(max, Vector.ConditionalSelect(isPadding, least, rank));
            padded -= isPadding;
            chunk = Vector.ConditionalSelect(isPadding, paddingHu, stored + intercept);
        }

        long paddingCount = 0;
        for (int lane = 0; lane < Vector<short>.Count; lane++)
        {
            minRank = Math.Min(minRank, min[lane]);
            maxRank = Math.Max(maxRank, max[lane]);
            paddingCount += padded[lane];
        }

        return paddingCount;
    }

    private static long RescaleOneByOne(Span<short> values, Ranks bounds, ref short minRank, ref short maxRank)
    {
        long paddingCount = 0;
        foreach (ref short value in values)
        {
            short rank = (short)(value ^ bounds.Flip);
            if (rank < bounds.FirstImage || (rank >= bounds.LowPadding && rank <= bounds.HighPadding))
            {
                value = CtVolume.PaddingHu;
                paddingCount++;
                continue;
            }

            minRank = Math.Min(minRank, rank);
            maxRank = Math.Max(maxRank, rank);
            value = unchecked((short)(value + bounds.InterceptHu));
        }

        return paddingCount;
    }

    /// <summary>The bounds of padding by rank, and what makes a rank of a stored value.</summary>
    private readonly record struct Ranks(short Flip, short InterceptHu, short FirstImage, short LowPadding, short HighPadding);

    /// <summary>Rescales value by value in double precision and counts.</summary>
    private struct Tally(HounsfieldScale scale)
    {
        private readonly double _slope = scale.SlopeInForce;
        private readonly double _intercept = scale.InterceptInForce;
        private readonly int _lowPadding = scale.PaddingInForce is var (low, _) ? low : 1;
        private readonly int _highPadding = scale.PaddingInForce is var (_, high) ? high : 0;
        private long _paddingCount;
        private long _imageCount;
        private double _min = double.PositiveInfinity;
        private double _max = double.NegativeInfinity;

        public readonly RescaledSlice Result => _imageCount == 0 ? new RescaledSlice(_paddingCount, null, null) : new RescaledSlice(_paddingCount, _min, _max);

        public double Rescale(int stored)
        {
            double hu = (stored * _slope) + _intercept;
            if (hu <= HounsfieldScale.UndeclaredPaddingHu || (stored >= _lowPadding && stored <= _highPadding))
            {
                _paddingCount++;
                return CtVolume.PaddingHu;
            }

            _imageCount++;
            _min = Math.Min(_min, hu);
            _max = Math.Max(_max, hu);
            return hu;
        }
    }
}
