using System.Buffers;
using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Measurement;

/// <summary>
/// An upright grid of cells finer than the voxels over a box of voxels, and the two ways between them: blurring cells to voxels as the
/// scanner does, and interpolating voxels to cells. Slices may be sheared and unevenly spaced; the cells are not.
/// </summary>
/// <remarks>
/// Both ways are three one-dimensional passes of banded matrices. Along columns and rows the matrices belong to the slice, because in a
/// sheared stack each slice lies elsewhere over the cells. All arithmetic is element by element in a fixed order: the same bits on any
/// vector width.
/// </remarks>
internal sealed class SubvoxelGrid : IDisposable
{
    /// <summary>Widest cell in the plane, mm: below half the blur of any body kernel (about 0.8 mm full width).</summary>
    private const double CellInPlaneMm = 0.36;

    /// <summary>Widest cell along the normal, mm: the slice profile is wider and has straight flanks.</summary>
    private const double CellThroughPlaneMm = 0.5;

    /// <summary>Where the Gaussian is cut off, in standard deviations: 0.02 % of it lies beyond.</summary>
    private const double CutOff = 3.5;

    /// <summary>Above this a deposit gets wider cells, down to one for each voxel: it is so large that its edge matters less than the memory. With one cell a voxel a cyst of 39 ml came out 5 % too small.</summary>
    private const long MostFineCells = 3_000_000;

    /// <summary>Above this it gets no cells at all.</summary>
    public const long MostCells = 16_000_000;

    /// <summary>A band wider than this, that is a blur of more than a hundred cells, takes its offsets from the heap.</summary>
    private const int MostOffsetsOnStack = 128;

    private readonly Band[] _blurColumns;
    private readonly Band[] _blurRows;
    private readonly Band _blurSlices;
    private readonly Band[] _interpolateColumns;
    private readonly Band[] _interpolateRows;
    private readonly Band _interpolateSlices;
    private readonly double[] _firstX, _firstY, _centresZ;
    private readonly double _stepX, _stepY;
    private float[] _planes;
    private float[] _strips;

    private SubvoxelGrid(StackFrame frame, Crop box, PointSpread blur, (int X, int Y, int Z) division)
    {
        VolumeGeometry geometry = frame.Geometry;
        Box = box;
        double dx = geometry.BetweenColumnsMm;
        double dy = geometry.BetweenRowsMm;
        double minX = double.PositiveInfinity;
        double minY = double.PositiveInfinity;
        double maxX = double.NegativeInfinity;
        double maxY = double.NegativeInfinity;
        double[] centresZ = new double[box.Slices];
        bool sheared = false;
        LpsPoint first = frame.Origin(box.Slice);
        for (int k = 0; k < box.Slices; k++)
        {
            LpsPoint origin = frame.Origin(box.Slice + k);
            sheared |= Math.Abs(origin.X - first.X) + Math.Abs(origin.Y - first.Y) > 1e-3 * dx;
            (minX, maxX) = (Math.Min(minX, origin.X), Math.Max(maxX, origin.X));
            (minY, maxY) = (Math.Min(minY, origin.Y), Math.Max(maxY, origin.Y));
            centresZ[k] = origin.Z;
        }

        minX += (box.Column - 0.5) * dx;
        maxX += (box.Column + box.Columns - 0.5) * dx;
        minY += (box.Row - 0.5) * dy;
        maxY += (box.Row + box.Rows - 0.5) * dy;
        double minZ = centresZ[0] - (geometry.SliceExtentsMm[box.Slice] / 2);
        double maxZ = centresZ[^1] + (geometry.SliceExtentsMm[box.Slice + box.Slices - 1] / 2);
        CellX = dx / division.X;
        CellY = dy / division.Y;
        CellZ = geometry.BetweenSlicesMm / division.Z;
        CellsX = (int)Math.Round((maxX - minX) / CellX, MidpointRounding.AwayFromZero);
        CellsY = (int)Math.Round((maxY - minY) / CellY, MidpointRounding.AwayFromZero);
        CellsZ = Math.Max(1, (int)Math.Round((maxZ - minZ) / CellZ, MidpointRounding.AwayFromZero));

        int distinct = sheared ? box.Slices : 1;
        _blurColumns = new Band[distinct];
        _blurRows = new Band[distinct];
        _interpolateColumns = new Band[distinct];
        _interpolateRows = new Band[distinct];
        _firstX = new double[distinct];
        _firstY = new double[distinct];
        _stepX = dx;
        _stepY = dy;
        double sigma = blur.InPlaneSigmaMm;
        for (int k = 0; k < distinct; k++)
        {
            LpsPoint origin = frame.Origin(box.Slice + k);
            double x = origin.X + (box.Column * dx) - minX;
            double y = origin.Y + (box.Row * dy) - minY;
            (_firstX[k], _firstY[k]) = (x, y);
            _blurColumns[k] = Band.Gaussian(box.Columns, x, dx, CellsX, CellX, sigma, CutOff);
            _blurRows[k] = Band.Gaussian(box.Rows, y, dy, CellsY, CellY, sigma, CutOff);
            _interpolateColumns[k] = Band.Cubic(CellsX, CellX, box.Columns, x, dx);
            _interpolateRows[k] = Band.Cubic(CellsY, CellY, box.Rows, y, dy);
        }

        double[] relativeZ = [.. centresZ.Select(z => z - minZ)];
        _centresZ = relativeZ;
        _blurSlices = blur.IsBellShaped
            ? Band.Gaussian(relativeZ, CellsZ, CellZ, WithoutCell(blur.BellSigmaMm, CellZ), CutOff)
            : Band.Rectangle(relativeZ, CellsZ, CellZ, blur.SliceThicknessMm);
        _interpolateSlices = Band.Cubic(CellsZ, CellZ, relativeZ);
        _planes = ArrayPool<float>.Shared.Rent(box.Slices * CellsY * CellsX);
        _strips = ArrayPool<float>.Shared.Rent(box.Slices * box.Rows * CellsX);
    }

    /// <summary>Gives the memory of the passes back; the grid must not be used any more.</summary>
    public void Dispose()
    {
        ArrayPool<float>.Shared.Return(Interlocked.Exchange(ref _planes, []));
        ArrayPool<float>.Shared.Return(Interlocked.Exchange(ref _strips, []));
    }

    /// <summary>The voxels under the cells.</summary>
    public Crop Box { get; }

    /// <summary>Cells along columns.</summary>
    public int CellsX { get; }

    /// <summary>Cells along rows.</summary>
    public int CellsY { get; }

    /// <summary>Cells along the normal.</summary>
    public int CellsZ { get; }

    /// <summary>Width of a cell along columns, mm.</summary>
    public double CellX { get; }

    /// <summary>Width of a cell along rows, mm.</summary>
    public double CellY { get; }

    /// <summary>Width of a cell along the normal, mm.</summary>
    public double CellZ { get; }

    /// <summary>All cells.</summary>
    public int CellCount => CellsX * CellsY * CellsZ;

    /// <summary>Volume of a cell, mm³.</summary>
    public double CellMm3 => CellX * CellY * CellZ;

    /// <summary>Centre of a voxel of the box, mm from the corner of the first cell.</summary>
    public LpsPoint VoxelCentre(int column, int row, int slice)
    {
        int k = _firstX.Length == 1 ? 0 : slice;
        return new LpsPoint(_firstX[k] + (column * _stepX), _firstY[k] + (row * _stepY), _centresZ[slice]);
    }

    /// <summary>Lays cells over a box of voxels; null where the box is too large.</summary>
    /// <param name="frame">The stack.</param>
    /// <param name="box">The voxels.</param>
    /// <param name="blur">The scanner.</param>
    /// <param name="cellFraction">Widest cell as a fraction of the usual one, for what is only a few cells wide.</param>
    public static SubvoxelGrid? Create(StackFrame frame, Crop box, PointSpread blur, double cellFraction = 1)
    {
        VolumeGeometry geometry = frame.Geometry;
        (int X, int Y, int Z) fine = (
            (int)Math.Ceiling(geometry.BetweenColumnsMm / (CellInPlaneMm * cellFraction)),
            (int)Math.Ceiling(geometry.BetweenRowsMm / (CellInPlaneMm * cellFraction)),
            (int)Math.Ceiling(geometry.BetweenSlicesMm / (CellThroughPlaneMm * cellFraction)));
        if (box.Count > MostCells)
        {
            return null;
        }

        while ((long)box.Count * fine.X * fine.Y * fine.Z > MostFineCells && fine != (1, 1, 1))
        {
            // The direction with most cells to a voxel gives way first.
            fine = fine.Z >= fine.X && fine.Z >= fine.Y ? fine with { Z = fine.Z - 1 } : fine.Y >= fine.X ? fine with { Y = fine.Y - 1 } : fine with { X = fine.X - 1 };
        }

        return new SubvoxelGrid(frame, box, blur, fine);
    }

    /// <summary>What the scanner shows of the cells.</summary>
    /// <param name="cells">Occupancy by cell, x fastest.</param>
    /// <param name="voxels">Receives the blurred value by voxel of the box, column fastest.</param>
    public void Blur(ReadOnlySpan<float> cells, Span<float> voxels)
    {
        int plane = CellsX * CellsY;
        for (int k = 0; k < Box.Slices; k++)
        {
            Span<float> target = _planes.AsSpan(k * plane, plane);
            SumRows(_blurSlices, k, cells, plane, target);
        }

        for (int k = 0; k < Box.Slices; k++)
        {
            Band rows = OfSlice(_blurRows, k);
            Band columns = OfSlice(_blurColumns, k);
            for (int j = 0; j < Box.Rows; j++)
            {
                Span<float> strip = _strips.AsSpan(0, CellsX);
                SumRows(rows, j, _planes.AsSpan(k * plane, plane), CellsX, strip);
                columns.Apply(strip, voxels.Slice(((k * Box.Rows) + j) * Box.Columns, Box.Columns));
            }
        }
    }

    /// <summary>Interpolates voxels to cells (cubic convolution, Keys 1981).</summary>
    /// <param name="voxels">Value by voxel of the box.</param>
    /// <param name="cells">Receives the value by cell.</param>
    public void Interpolate(ReadOnlySpan<float> voxels, Span<float> cells)
    {
        int plane = CellsX * CellsY;
        for (int k = 0; k < Box.Slices; k++)
        {
            Band columns = OfSlice(_interpolateColumns, k);
            for (int j = 0; j < Box.Rows; j++)
            {
                int row = (k * Box.Rows) + j;
                columns.Apply(voxels.Slice(row * Box.Columns, Box.Columns), _strips.AsSpan(row * CellsX, CellsX));
            }
        }

        for (int k = 0; k < Box.Slices; k++)
        {
            Band rows = OfSlice(_interpolateRows, k);
            for (int y = 0; y < CellsY; y++)
            {
                SumRows(rows, y, _strips.AsSpan(k * Box.Rows * CellsX, Box.Rows * CellsX), CellsX, _planes.AsSpan((k * plane) + (y * CellsX), CellsX));
            }
        }

        for (int z = 0; z < CellsZ; z++)
        {
            SumRows(_interpolateSlices, z, _planes.AsSpan(0, Box.Slices * plane), plane, cells.Slice(z * plane, plane));
        }
    }

    /// <summary>Sets the cells whose nearest voxel is marked to 1, the others to 0.</summary>
    public void Spread(ReadOnlySpan<bool> voxels, Span<float> cells)
    {
        for (int z = 0; z < CellsZ; z++)
        {
            int k = _interpolateSlices.Nearest(z);
            Band rows = OfSlice(_interpolateRows, k);
            Band columns = OfSlice(_interpolateColumns, k);
            for (int y = 0; y < CellsY; y++)
            {
                int source = ((k * Box.Rows) + rows.Nearest(y)) * Box.Columns;
                int target = ((z * CellsY) + y) * CellsX;
                for (int x = 0; x < CellsX; x++)
                {
                    cells[target + x] = voxels[source + columns.Nearest(x)] ? 1 : 0;
                }
            }
        }
    }

    /// <summary>The spread that is left of a Gaussian beside that of the cells it is laid over: what lies in a thick cell counts as spread over it.</summary>
    private static double WithoutCell(double sigma, double cell) => Math.Sqrt(Math.Max(sigma * sigma / 2, (sigma * sigma) - (cell * cell / 12)));

    private static Band OfSlice(Band[] bands, int slice) => bands[bands.Length == 1 ? 0 : slice];

    /// <summary>target = sum over the band of weight x row of source.</summary>
    private static void SumRows(Band band, int output, ReadOnlySpan<float> source, int length, Span<float> target)
    {
        int start = band.Start(output);
        ReadOnlySpan<float> weights = band.Weights(output);
        Span<int> offsets = weights.Length <= MostOffsetsOnStack ? stackalloc int[weights.Length] : new int[weights.Length];
        for (int n = 0; n < offsets.Length; n++)
        {
            offsets[n] = (start + n) * length;
        }

        WeightedSumKernel.Sum(source, offsets, weights, target);
    }

    /// <summary>A banded matrix: each output is a weighted sum of consecutive inputs.</summary>
    private sealed class Band
    {
        private readonly int[] _starts;
        private readonly float[][] _weights;
        private readonly int[] _nearest;

        private Band(int outputs)
        {
            _starts = new int[outputs];
            _weights = new float[outputs][];
            _nearest = new int[outputs];
        }

        public int Start(int output) => _starts[output];

        public ReadOnlySpan<float> Weights(int output) => _weights[output];

        public int Nearest(int output) => _nearest[output];

        /// <summary>Voxels at origin + n step see a Gaussian over cells [c, c + 1] width.</summary>
        public static Band Gaussian(int voxels, double origin, double step, int cells, double width, double sigma, double cutOff) =>
            Gaussian([.. Enumerable.Range(0, voxels).Select(n => origin + (n * step))], cells, width, sigma, cutOff);

        /// <summary>Voxels at given places see a Gaussian over cells [c, c + 1] width.</summary>
        public static Band Gaussian(double[] centres, int cells, double width, double sigma, double cutOff)
        {
            var band = new Band(centres.Length);
            for (int n = 0; n < centres.Length; n++)
            {
                double centre = centres[n];
                double reach = cutOff * sigma;
                int first = Math.Clamp((int)Math.Floor((centre - reach) / width), 0, cells);
                int last = Math.Clamp((int)Math.Ceiling((centre + reach) / width), 0, cells);
                band._starts[n] = first;
                band._weights[n] = new float[Math.Max(0, last - first)];
                double below = NormalDistribution.Cumulative(((first * width) - centre) / sigma);
                for (int c = first; c < last; c++)
                {
                    double next = NormalDistribution.Cumulative((((c + 1) * width) - centre) / sigma);
                    band._weights[n][c - first] = (float)(next - below);
                    below = next;
                }
            }

            return band;
        }

        /// <summary>Slices at given heights average a slab over cells [c, c + 1] width.</summary>
        public static Band Rectangle(double[] centres, int cells, double width, double thickness)
        {
            var band = new Band(centres.Length);
            for (int n = 0; n < centres.Length; n++)
            {
                double low = centres[n] - (thickness / 2);
                double high = centres[n] + (thickness / 2);
                int first = Math.Clamp((int)Math.Floor(low / width), 0, cells);
                int last = Math.Clamp((int)Math.Ceiling(high / width), first, cells);
                band._starts[n] = first;
                band._weights[n] = new float[last - first];
                for (int c = first; c < last; c++)
                {
                    double overlap = Math.Min(high, (c + 1) * width) - Math.Max(low, c * width);
                    band._weights[n][c - first] = (float)(Math.Max(0, overlap) / thickness);
                }
            }

            return band;
        }

        public static Band Cubic(int cells, double width, int voxels, double origin, double step)
        {
            double[] centres = new double[voxels];
            for (int n = 0; n < voxels; n++)
            {
                centres[n] = origin + (n * step);
            }

            return Cubic(cells, width, centres);
        }

        /// <summary>Cells at (c + 1/2) width between voxels at given, nearly even positions; the last voxel goes on outside.</summary>
        public static Band Cubic(int cells, double width, double[] centres)
        {
            int voxels = centres.Length;
            var band = new Band(cells);
            int below = 0;
            Span<double> keys = stackalloc double[4];
            for (int c = 0; c < cells; c++)
            {
                double at = (c + 0.5) * width;
                while (below < voxels - 2 && centres[below + 1] <= at)
                {
                    below++;
                }

                double t = voxels == 1 ? 0 : (at - centres[below]) / (centres[below + 1] - centres[below]);
                t = Math.Clamp(t, 0, 1);
                Keys(t, keys);
                int first = Math.Max(0, below - 1);
                int last = Math.Min(voxels - 1, below + 2);
                band._starts[c] = first;
                band._weights[c] = new float[last - first + 1];
                for (int n = 0; n < 4; n++)
                {
                    band._weights[c][Math.Clamp(below - 1 + n, first, last) - first] += (float)keys[n];
                }

                band._nearest[c] = Math.Min(voxels - 1, t < 0.5 ? below : below + 1);
            }

            return band;
        }

        public void Apply(ReadOnlySpan<float> source, Span<float> target)
        {
            for (int n = 0; n < target.Length; n++)
            {
                float[] weights = _weights[n];
                ReadOnlySpan<float> inputs = source.Slice(_starts[n], weights.Length);
                float sum = 0;
                for (int i = 0; i < weights.Length; i++)
                {
                    sum += weights[i] * inputs[i];
                }

                target[n] = sum;
            }
        }

        /// <summary>Weights of the four voxels around a point a fraction t after the second (Keys 1981, a = -1/2).</summary>
        private static void Keys(double t, Span<double> weights)
        {
            weights[0] = t * (-0.5 + (t * (1 - (0.5 * t))));
            weights[1] = 1 + (t * t * (-2.5 + (1.5 * t)));
            weights[2] = t * (0.5 + (t * (2 - (1.5 * t))));
            weights[3] = t * t * (-0.5 + (0.5 * t));
        }
    }
}
