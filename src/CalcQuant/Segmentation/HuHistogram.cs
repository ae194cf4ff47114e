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

    // More bins than are needed are made at a time: most structures span some hundred HU.
    private const int BinsPerStep = 32;

    // Most structures are small and of few HU: only the bins between the lowest and the highest value are kept.
    private int[] _bins = [];
    private int _firstBin;

    /// <summary>Values counted.</summary>
    public long Count { get; private set; }

    private static int BinCount => ((GreatestHu - LeastHu) / BinHu) + 1;

    /// <summary>The bin of a value.</summary>
    public static int BinOf(float hu) => (int)(Math.Clamp(hu, LeastHu, GreatestHu) - LeastHu) / BinHu;

    /// <summary>Counts a value.</summary>
    public void Add(float hu) => AddBin(BinOf(hu));

    /// <summary>Counts a value whose bin is known.</summary>
    public void AddBin(int bin)
    {
        int i = bin - _firstBin;
        if ((uint)i >= (uint)_bins.Length)
        {
            Include(bin, bin + 1);
            i = bin - _firstBin;
        }

        _bins[i]++;
        Count++;
    }

    /// <summary>Adds the counts of another histogram.</summary>
    public void Add(HuHistogram other)
    {
        if (other.Count == 0)
        {
            return;
        }

        Count += other.Count;
        Include(other._firstBin, other._firstBin + other._bins.Length);
        Span<int> common = _bins.AsSpan(other._firstBin - _firstBin, other._bins.Length);
        System.Numerics.Tensors.TensorPrimitives.Add(common, other._bins, common);
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
                return LeastHu + ((_firstBin + bin + 0.5) * BinHu);
            }
        }

        return GreatestHu;
    }

    /// <summary>Robust standard deviation, HU: from the middle half, which thin borders and single outliers do not move.</summary>
    public double RobustDeviation => (Percentile(0.75) - Percentile(0.25)) / 1.349;

    /// <summary>Makes room for bins.</summary>
    private void Include(int first, int end)
    {
        if (_bins.Length > 0)
        {
            first = Math.Min(first, _firstBin);
            end = Math.Max(end, _firstBin + _bins.Length);
        }

        first = first / BinsPerStep * BinsPerStep;
        end = Math.Min(BinCount, (end + BinsPerStep - 1) / BinsPerStep * BinsPerStep);
        if (first == _firstBin && end - first == _bins.Length)
        {
            return;
        }

        int[] bins = new int[end - first];
        _bins.CopyTo(bins, _bins.Length == 0 ? 0 : _firstBin - first);
        _bins = bins;
        _firstBin = first;
    }
}
