namespace CalcQuant.Measurement;

/// <summary>The n-th smallest of some values without sorting them (Hoare, Communications of the ACM 4, 1961): a few times as fast where only a median is wanted.</summary>
internal static class OrderStatistic
{
    // A short range is sorted: that costs no more than to part it further.
    private const int ShortRange = 32;

    /// <summary>The value that would stand at an index if the values were sorted.</summary>
    /// <param name="values">Not NaN; reordered.</param>
    /// <param name="index">From 0 to the number of values - 1.</param>
    public static float Select(Span<float> values, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, values.Length);
        int first = 0;
        int last = values.Length - 1;
        while (last - first >= ShortRange)
        {
            float pivot = MedianOf(values[first], values[(first + last) / 2], values[last]);
            int low = first;
            int high = last;
            while (low <= high)
            {
                while (values[low] < pivot)
                {
                    low++;
                }

                while (values[high] > pivot)
                {
                    high--;
                }

                if (low <= high)
                {
                    (values[low], values[high]) = (values[high], values[low]);
                    low++;
                    high--;
                }
            }

            // Now [first, high] <= pivot <= [low, last], and what lies between is the pivot.
            if (index <= high)
            {
                last = high;
            }
            else if (index >= low)
            {
                first = low;
            }
            else
            {
                return pivot;
            }
        }

        values[first..(last + 1)].Sort();
        return values[index];
    }

    private static float MedianOf(float a, float b, float c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
