namespace CalcQuant.Segmentation;

/// <summary>Counts of HU in bins of 10 HU: percentiles of structures of any size, summed over slices in any order with the same result.</summary>
internal sealed class HuHistogram
{
    /// <summary>Bin width, HU.</summary>
    private const int BinHu = 10;

    /// <summary>Lowest bin, HU; lower values count there.</summary>
    private const int LeastHu = -1000;

    /// <summary>Highest bin, HU; higher values count there.</summary>
    private const int GreatestHu = 4000;

    private readonly int[] _bins = new int[((GreatestHu - LeastHu) / BinHu) + 1];

    /// <summary>Values counted.</summary>
    public long Count { get; private set; }

    /// <summary>Counts a value.</summary>
    public void Add(float hu)
    {
        _bins[(int)(Math.Clamp(hu, LeastHu, GreatestHu) - LeastHu) / BinHu]++;
        Count++;
    }

    /// <summary>Adds the counts of another histogram.</summary>
    public void Add(HuHistogram other)
    {
        Count += other.Count;
        System.Numerics.Tensors.TensorPrimitives.Add(_bins, other._bins, _bins);
    }

    /// <summary>The value that a fraction of the counts does not exceed, to the middle of its bin, HU; 0 where nothing was counted.</summary>
    public double Percentile(double fraction)
    {
        if (Count == 0)
        {
            return 0;
        }

        double rank = fraction * (Count - 1);
        long below = 0;
        for (int bin = 0; bin < _bins.Length; bin++)
        {
            below += _bins[bin];
            if (below > rank)
            {
                return LeastHu + ((bin + 0.5) * BinHu);
            }
        }

        return GreatestHu;
    }

    /// <summary>Fraction of the counts from one value up to below another, HU, to whole bins.</summary>
    public double Fraction(double fromHu, double toHu)
    {
        long within = 0;
        int first = Math.Clamp((int)(fromHu - LeastHu) / BinHu, 0, _bins.Length);
        int end = Math.Clamp((int)(toHu - LeastHu) / BinHu, 0, _bins.Length);
        for (int bin = first; bin < end; bin++)
        {
            within += _bins[bin];
        }

        return Count == 0 ? 0 : (double)within / Count;
    }

    /// <summary>Robust standard deviation, HU: from the middle half, which thin borders and single outliers do not move.</summary>
    public double RobustDeviation => (Percentile(0.75) - Percentile(0.25)) / 1.349;
}
