using CalcQuant.Imaging;

namespace CalcQuant.Measurement;

/// <summary>
/// Calcium that has settled in the fluid of a cyst (milk of calcium): even, wider than the blur, and much less dense than the wall around it.
/// </summary>
/// <remarks>
/// With one contrast for all, sediment would count at the wall's: 200 mg/cm³ in a wall of 650 gave a third of its volume. Where a part is wider than the blur, the image itself shows its contrast, and its
/// edges lie halfway to what is beside it.
/// </remarks>
internal sealed class Sediment
{
    /// <summary>Contrast as a share of that of the whole, at most: what has more is the same material.</summary>
    private const double GreatestShare = 0.7;

    /// <summary>Contrast, at least, HU and in standard deviations of the noise: below, fluid and fat in the blur of a wall look alike.</summary>
    private const double LeastHu = 80, LeastNoises = 4;

    /// <summary>Difference between neighbours in the even middle, at most: in standard deviations of the noise, and as a share of the contrast of the whole.</summary>
    private const double EvenNoises = 4, EvenShare = 0.06;

    /// <summary>Least volume of the even middle, mm³, and its fewest voxels: the saddles of a wall are even over less.</summary>
    private const double LeastMiddleMm3 = 6;

    /// <inheritdoc cref="LeastMiddleMm3"/>
    private const int LeastMiddleVoxels = 5;

    /// <summary>How far sediment reaches beyond its even middle in the plane, in full widths of the blur; one voxel more, and one slice.</summary>
    private const double EdgeWidths = 1.6;

    /// <summary>Half of the least width of the even middle in the plane, full widths of the blur.</summary>
    private const double HalfWidths = 0.75;

    private readonly DepositImage _image;
    private readonly int _rowStride, _sliceStride;
    private readonly bool[] _isPart;
    private readonly float[] _hu;

    private readonly int _widthVoxels;

    private Sediment(DepositImage image, PointSpread blur, VolumeGeometry geometry)
    {
        _image = image;
        _widthVoxels = (int)Math.Ceiling(HalfWidths * blur.InPlaneFwhmMm / Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm));
        _rowStride = image.Box.Columns;
        _sliceStride = image.Box.Columns * image.Box.Rows;
        _isPart = new bool[image.Excess.Length];
        _hu = new float[image.Excess.Length];
    }

    /// <summary>Voxels of the box that are sediment.</summary>
    public ReadOnlySpan<bool> Voxels => _isPart;

    /// <summary>Their volume, mm³.</summary>
    public double VolumeMm3 { get; private set; }

    /// <summary>Mean contrast, HU above the tissue.</summary>
    public double ContrastHu { get; private set; }

    /// <summary>Mean of what would be there without it, HU.</summary>
    public double BackgroundHu { get; private set; }

    /// <summary>Finds the sediment of a deposit; null where there is none.</summary>
    /// <param name="image">The deposit.</param>
    /// <param name="contrastHu">Its contrast as a whole, HU.</param>
    /// <param name="blur">The scanner.</param>
    /// <param name="geometry">The stack.</param>
    public static Sediment? Find(DepositImage image, double contrastHu, PointSpread blur, VolumeGeometry geometry)
    {
        var sediment = new Sediment(image, blur, geometry);
        int reachVoxels = Reach(blur, geometry);
        bool[] middle = sediment.Middle(contrastHu);
        bool[] isSeen = new bool[middle.Length];
        double attenuation = 0;
        for (int start = 0; start < middle.Length; start++)
        {
            if (middle[start] && !isSeen[start])
            {
                attenuation += sediment.Take(middle, isSeen, start, contrastHu, reachVoxels);
            }
        }

        if (sediment.VolumeMm3 == 0)
        {
            return null;
        }

        sediment.ContrastHu = attenuation / sediment.VolumeMm3;
        for (int n = 0; n < middle.Length; n++)
        {
            sediment.BackgroundHu += sediment._isPart[n] ? image.BackgroundHu[n] * sediment.VoxelMm3(n) / sediment.VolumeMm3 : 0;
        }

        return sediment;
    }

    /// <summary>Voxels that the edge of sediment may lie beyond its even middle.</summary>
    private static int Reach(PointSpread blur, VolumeGeometry geometry) =>
        (int)Math.Round(EdgeWidths * blur.InPlaneFwhmMm / Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm)) + 1;

    /// <summary>What the scanner shows of the sediment, HU above the tissue by voxel of the box.</summary>
    /// <param name="grid">Cells over the box.</param>
    public float[] Image(SubvoxelGrid grid)
    {
        float[] cells = new float[grid.CellCount];
        grid.Spread(_isPart, cells);
        float[] image = new float[_hu.Length];
        grid.Blur(cells, image);
        for (int n = 0; n < image.Length; n++)
        {
            image[n] *= _isPart[n] ? _hu[n] : (float)ContrastHu;
        }

        return image;
    }

    /// <summary>Whether the middle holds a whole disc in the plane around a voxel: the flank of a dense body is even too where pixels are small or noise is high, but never as wide as the blur.</summary>
    private bool IsWide(bool[] middle, int n)
    {
        int column = n % _rowStride, row = n / _rowStride % _image.Box.Rows, slice = n / _sliceStride * _sliceStride;
        for (int j = -_widthVoxels; j <= _widthVoxels; j++)
        {
            for (int i = -_widthVoxels; i <= _widthVoxels; i++)
            {
                bool isInside = row + j >= 0 && row + j < _image.Box.Rows && column + i >= 0 && column + i < _rowStride;
                if ((i * i) + (j * j) <= _widthVoxels * _widthVoxels && !(isInside && middle[slice + ((row + j) * _rowStride) + column + i]))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Voxels at or above the threshold that hardly differ from their six neighbours and are no wall.</summary>
    private bool[] Middle(double contrastHu)
    {
        Crop box = _image.Box;
        double least = Math.Max(LeastHu, LeastNoises * _image.NoiseHu), greatest = GreatestShare * contrastHu;
        double even = (EvenNoises * _image.NoiseHu) + (EvenShare * contrastHu);
        bool[] middle = new bool[box.Count];
        for (int k = 1; k < box.Slices - 1; k++)
        {
            for (int j = 1; j < box.Rows - 1; j++)
            {
                for (int i = 1; i < box.Columns - 1; i++)
                {
                    int n = (k * _sliceStride) + (j * _rowStride) + i;
                    float excess = _image.Excess[n];
                    middle[n] = _image.Own[n] && _image.Clean[n] && excess > least && excess < greatest && IsEven(n, even);
                }
            }
        }

        return middle;
    }

    private bool IsEven(int n, double even)
    {
        // The middle keeps clear of the border of the box.
        ReadOnlySpan<int> around = [n - 1, n + 1, n - _rowStride, n + _rowStride, n - _sliceStride, n + _sliceStride];
        foreach (int m in around)
        {
            if (!_image.Clean[m] || Math.Abs(_image.Excess[m] - _image.Excess[n]) >= even)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Adds the body around a voxel of the middle where it is large enough, with its edges; its attenuation, HU mm³.</summary>
    private double Take(bool[] middle, bool[] isSeen, int start, double contrastHu, int reachVoxels)
    {
        List<int> body = Connected(middle, isSeen, start);
        if (body.Count < LeastMiddleVoxels || body.Sum(VoxelMm3) < LeastMiddleMm3 || !body.Exists(n => IsWide(middle, n)))
        {
            return 0;
        }

        float[] values = [.. body.Select(n => _image.Excess[n])];
        float own = OrderStatistic.Select(values, values.Length / 2);
        float low = own / 2, high = (float)((own + contrastHu) / 2);

        // What another body's edge has taken already counts there.
        body.RemoveAll(n => _isPart[n]);
        body.ForEach(n => _isPart[n] = true);
        List<int> edge = body;
        for (int step = 0; step < reachVoxels; step++)
        {
            List<int> next = [];
            foreach (int n in edge)
            {
                int i = n % _rowStride, j = n / _rowStride % _image.Box.Rows;
                Add(i > 0, n - 1);
                Add(i < _rowStride - 1, n + 1);
                Add(j > 0, n - _rowStride);
                Add(j < _image.Box.Rows - 1, n + _rowStride);
                Add(step == 0, n - _sliceStride);
                Add(step == 0, n + _sliceStride);
            }

            void Add(bool exists, int m)
            {
                if (exists && !_isPart[m] && _image.Clean[m] && _image.Excess[m] > low && _image.Excess[m] < high)
                {
                    _isPart[m] = true;
                    next.Add(m);
                }
            }

            body = [.. body, .. next];
            edge = next;
        }

        double mm3 = body.Sum(VoxelMm3);
        foreach (int n in body)
        {
            _hu[n] = own;
        }

        VolumeMm3 += mm3;
        return own * mm3;
    }

    private double VoxelMm3(int n) => _image.VoxelMm3[n / _sliceStride];

    private List<int> Connected(bool[] middle, bool[] isSeen, int start)
    {
        List<int> body = [start];
        isSeen[start] = true;
        for (int at = 0; at < body.Count; at++)
        {
            int n = body[at];
            ReadOnlySpan<int> around = [n - 1, n + 1, n - _rowStride, n + _rowStride, n - _sliceStride, n + _sliceStride];
            foreach (int m in around)
            {
                if (middle[m] && !isSeen[m])
                {
                    isSeen[m] = true;
                    body.Add(m);
                }
            }
        }

        return body;
    }
}
