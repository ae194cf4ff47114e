using System.Buffers;
using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// What the sections of a dense structure show: how thick it is, what it encloses, whether its rim is denser than its core, how long it is,
/// and whether an end slice cuts it. Sections are taken slice by slice, holes filled, cavities of the body left open.
/// </summary>
internal sealed class StructureFeatures
{
    /// <summary>Depth under the surface of a section up to which voxels are rim, mm: a cortex of one or two millimetres.</summary>
    private const float RimMm = 2;

    /// <summary>Least equal-area radius of a hole that may be a fluid-filled locule, mm.</summary>
    public const double FluidHoleMm = 3;

    private long _columns, _rows, _slices, _columns2, _rows2, _slices2, _columnRows, _columnSlices, _rowSlices;

    /// <summary>Voxels of the filled sections.</summary>
    public long FilledCount { get; private set; }

    /// <summary>Voxels of the filled sections at or above the threshold.</summary>
    public HuHistogram Dense { get; } = new();

    /// <summary>Voxels of the core (see <see cref="SeparationParameters.CoreDepthMm"/>) below <see cref="SeparationParameters.SeedHu"/>: marrow, if it is one.</summary>
    public HuHistogram Marrow { get; } = new();

    /// <summary>Voxels of holes as wide as a fluid-filled locule.</summary>
    public HuHistogram Holes { get; } = new();

    /// <summary>Voxels of the rim.</summary>
    public HuHistogram Rim { get; } = new();

    /// <summary>Voxels of the core.</summary>
    public HuHistogram Core { get; } = new();

    /// <summary>Radius of the largest disc inside a section, mm.</summary>
    public double InscribedRadiusMm { get; private set; }

    /// <summary>The same in the first or last slice of the volume, mm; 0 where the structure ends before.</summary>
    public double EndRadiusMm { get; private set; }

    /// <summary>True where both end slices of the volume cut the structure.</summary>
    public bool IsCutTwice => _cutFirst && _cutLast;

    /// <summary>Lengths along the principal axes, mm, longest first: those of a homogeneous box with the same moments.</summary>
    public (double Long, double Middle, double Short) ExtentMm { get; private set; }

    private bool _cutFirst, _cutLast;

    /// <summary>Measures a structure.</summary>
    /// <param name="volume">HU.</param>
    /// <param name="thresholdHu">Least HU of a dense voxel.</param>
    /// <param name="runs">The structure, ordered by slice, row, column.</param>
    /// <param name="box">Its bounds.</param>
    /// <param name="parallel">Slices of a large structure are measured in parallel.</param>
    public static StructureFeatures Measure(CtVolume volume, float thresholdHu, ReadOnlyMemory<VoxelRun> runs, VoxelBox box, ParallelOptions parallel)
    {
        const long parallelFrom = 400_000;
        var features = new StructureFeatures();
        int[] starts = StartsOfSlices(runs.Span, box);
        if (box.VoxelCount < parallelFrom)
        {
            var section = new Section(volume, box);
            for (int slice = box.MinSlice; slice <= box.MaxSlice; slice++)
            {
                section.Load(slice, runs.Span[starts[slice - box.MinSlice]..starts[slice - box.MinSlice + 1]]);
                features.Add(section, thresholdHu);
            }
        }
        else
        {
            Lock gate = new();
            Parallel.For(
                box.MinSlice,
                box.MaxSlice + 1,
                parallel,
                () => (Section: new Section(volume, box), Features: new StructureFeatures()),
                (slice, _, local) =>
                {
                    local.Section.Load(slice, runs.Span[starts[slice - box.MinSlice]..starts[slice - box.MinSlice + 1]]);
                    local.Features.Add(local.Section, thresholdHu);
                    return local;
                },
                local =>
                {
                    lock (gate)
                    {
                        features.Add(local.Features);
                    }
                });
        }

        features.MeasureExtent(volume.Geometry);
        return features;
    }

    /// <summary>Where the runs of each slice of a box start; one more entry than slices.</summary>
    public static int[] StartsOfSlices(ReadOnlySpan<VoxelRun> runs, VoxelBox box)
    {
        int[] starts = new int[box.SliceCount + 1];
        foreach (VoxelRun run in runs)
        {
            starts[run.Slice - box.MinSlice + 1]++;
        }

        for (int i = 1; i < starts.Length; i++)
        {
            starts[i] += starts[i - 1];
        }

        return starts;
    }

    private void Add(Section section, float thresholdHu)
    {
        double radius = 0;
        Plane plane = section.Plane;
        VoxelBox box = section.Box;
        float[] hu = ArrayPool<float>.Shared.Rent(box.ColumnCount);
        for (int row = 0; row < box.RowCount; row++)
        {
            int line = ((row + 1) * plane.ColumnCount) + 1;
            ReadOnlySpan<bool> inside = plane.Inside.AsSpan(line, box.ColumnCount);
            int first = inside.IndexOf(true);
            if (first < 0)
            {
                continue;
            }

            int end = inside.LastIndexOf(true) + 1;
            section.Volume.CopyRow(box.MinColumn + first, box.MinRow + row, section.Slice, hu.AsSpan(first, end - first));
            for (int column = first; column < end; column++)
            {
                if (!inside[column])
                {
                    continue;
                }

                float depth = plane.Mm[line + column];
                radius = Math.Max(radius, depth);
                FilledCount++;
                AddPosition(box.MinColumn + column, box.MinRow + row, section.Slice);
                if (hu[column] >= thresholdHu)
                {
                    Dense.Add(hu[column]);
                }

                if (section.Hole[line + column])
                {
                    Holes.Add(hu[column]);
                }

                if (depth <= RimMm)
                {
                    Rim.Add(hu[column]);
                }

                if (depth >= section.CoreDepthMm)
                {
                    Core.Add(hu[column]);
                    if (hu[column] < SeparationParameters.SeedHu)
                    {
                        Marrow.Add(hu[column]);
                    }
                }
            }
        }

        ArrayPool<float>.Shared.Return(hu);
        InscribedRadiusMm = Math.Max(InscribedRadiusMm, radius);
        bool isFirst = section.Slice == 0, isLast = section.Slice == section.Volume.Geometry.SliceCount - 1;
        if (radius > 0 && (isFirst || isLast))
        {
            EndRadiusMm = Math.Max(EndRadiusMm, radius);
            _cutFirst |= isFirst;
            _cutLast |= isLast;
        }
    }

    private void AddPosition(long column, long row, long slice)
    {
        _columns += column;
        _rows += row;
        _slices += slice;
        _columns2 += column * column;
        _rows2 += row * row;
        _slices2 += slice * slice;
        _columnRows += column * row;
        _columnSlices += column * slice;
        _rowSlices += row * slice;
    }

    private void Add(StructureFeatures other)
    {
        FilledCount += other.FilledCount;
        Dense.Add(other.Dense);
        Marrow.Add(other.Marrow);
        Holes.Add(other.Holes);
        Rim.Add(other.Rim);
        Core.Add(other.Core);
        InscribedRadiusMm = Math.Max(InscribedRadiusMm, other.InscribedRadiusMm);
        EndRadiusMm = Math.Max(EndRadiusMm, other.EndRadiusMm);
        _cutFirst |= other._cutFirst;
        _cutLast |= other._cutLast;
        _columns += other._columns;
        _rows += other._rows;
        _slices += other._slices;
        _columns2 += other._columns2;
        _rows2 += other._rows2;
        _slices2 += other._slices2;
        _columnRows += other._columnRows;
        _columnSlices += other._columnSlices;
        _rowSlices += other._rowSlices;
    }

    private void MeasureExtent(VolumeGeometry geometry)
    {
        if (FilledCount == 0)
        {
            return;
        }

        double n = FilledCount;
        double dx = geometry.BetweenColumnsMm, dy = geometry.BetweenRowsMm, dz = geometry.BetweenSlicesMm;

        // A voxel is a box itself: its own second moment keeps a single slice from having no thickness.
        double xx = (((_columns2 / n) - (_columns / n * (_columns / n))) + (1.0 / 12)) * dx * dx;
        double yy = (((_rows2 / n) - (_rows / n * (_rows / n))) + (1.0 / 12)) * dy * dy;
        double zz = (((_slices2 / n) - (_slices / n * (_slices / n))) + (1.0 / 12)) * dz * dz;
        double xy = ((_columnRows / n) - (_columns / n * (_rows / n))) * dx * dy;
        double xz = ((_columnSlices / n) - (_columns / n * (_slices / n))) * dx * dz;
        double yz = ((_rowSlices / n) - (_rows / n * (_slices / n))) * dy * dz;
        (double a, double b, double c) = Eigenvalues(xx, yy, zz, xy, xz, yz);
        ExtentMm = (Math.Sqrt(12 * Math.Max(0, a)), Math.Sqrt(12 * Math.Max(0, b)), Math.Sqrt(12 * Math.Max(0, c)));
    }

    /// <summary>Eigenvalues of a symmetric 3 x 3 matrix, largest first (Smith, Communications of the ACM 4(4), 1961).</summary>
    private static (double A, double B, double C) Eigenvalues(double xx, double yy, double zz, double xy, double xz, double yz)
    {
        double off = (xy * xy) + (xz * xz) + (yz * yz);
        double mean = (xx + yy + zz) / 3;
        double spread = ((xx - mean) * (xx - mean)) + ((yy - mean) * (yy - mean)) + ((zz - mean) * (zz - mean)) + (2 * off);
        if (spread <= 1e-12 * mean * mean)
        {
            return (mean, mean, mean);
        }

        double p = Math.Sqrt(spread / 6);
        double ax = (xx - mean) / p, ay = (yy - mean) / p, az = (zz - mean) / p, bx = xy / p, by = xz / p, bz = yz / p;
        double half = ((ax * ((ay * az) - (bz * bz))) - (bx * ((bx * az) - (bz * by))) + (by * ((bx * bz) - (ay * by)))) / 2;
        double angle = Math.Acos(Math.Clamp(half, -1, 1)) / 3;
        double first = mean + (2 * p * Math.Cos(angle));
        double last = mean + (2 * p * Math.Cos(angle + (2 * Math.PI / 3)));
        return (first, (3 * mean) - first - last, last);
    }

    /// <summary>One section of a structure, its holes filled, with the depth of each voxel below its surface. One instance serves one thread.</summary>
    internal sealed class Section
    {
        private readonly bool[] _solid;
        private readonly int[] _stack;

        /// <summary>Creates the scratch for a structure of the given bounds.</summary>
        public Section(CtVolume volume, VoxelBox box)
        {
            Volume = volume;
            Box = box;
            Plane = new Plane(box.ColumnCount + 2, box.RowCount + 2);
            Hole = new bool[Plane.Inside.Length];
            _solid = new bool[Plane.Inside.Length];
            _stack = new int[Plane.Inside.Length];
            double pixel = Math.Max(volume.Geometry.BetweenColumnsMm, volume.Geometry.BetweenRowsMm);
            CoreDepthMm = (float)Math.Max(SeparationParameters.CoreDepthMm, 1.1 * pixel);
        }

        /// <summary>HU.</summary>
        public CtVolume Volume { get; }

        /// <summary>Bounds of the structure; the plane has one more cell on each side.</summary>
        public VoxelBox Box { get; }

        /// <summary>Filled section and depth below its surface, mm.</summary>
        public Plane Plane { get; }

        /// <summary>Cells of holes as wide as a fluid-filled locule.</summary>
        public bool[] Hole { get; }

        /// <summary>Depth from which a cell is core, mm.</summary>
        public float CoreDepthMm { get; }

        /// <summary>The slice loaded.</summary>
        public int Slice { get; private set; }

        /// <summary>Takes the section of a slice.</summary>
        public void Load(int slice, ReadOnlySpan<VoxelRun> runs)
        {
            Slice = slice;
            Array.Clear(Plane.Inside);
            Array.Clear(Hole);
            foreach (VoxelRun run in runs)
            {
                Plane.Inside.AsSpan(((run.Row - Box.MinRow + 1) * Plane.ColumnCount) + run.Start - Box.MinColumn + 1, run.Length).Fill(true);
            }

            if (runs.IsEmpty)
            {
                return;
            }

            Plane.Inside.CopyTo(_solid, 0);
            Plane.FillHoles();
            JudgeHoles();
            VolumeGeometry geometry = Volume.Geometry;
            Plane.Distance.Measure(
                Plane.Inside, target: false, Plane.ColumnCount, Plane.RowCount, geometry.BetweenColumnsMm, geometry.BetweenRowsMm, Plane.Mm);
            float half = (float)(geometry.BetweenColumnsMm + geometry.BetweenRowsMm) / 4;
            System.Numerics.Tensors.TensorPrimitives.Subtract(Plane.Mm, half, Plane.Mm);
        }

        private void JudgeHoles()
        {
            double pixelMm2 = Volume.Geometry.PixelAreaMm2;
            for (int cell = 0; cell < _solid.Length; cell++)
            {
                if (!Plane.Inside[cell] || _solid[cell])
                {
                    continue;
                }

                int count = Flood(cell);
                double radius = Math.Sqrt(count * pixelMm2 / Math.PI);
                if (radius > SeparationParameters.CavityRadiusMm)
                {
                    foreach (int member in _stack.AsSpan(0, count))
                    {
                        Plane.Inside[member] = false;
                    }
                }
                else if (radius >= FluidHoleMm)
                {
                    foreach (int member in _stack.AsSpan(0, count))
                    {
                        Hole[member] = true;
                    }
                }
            }
        }

        /// <summary>Gathers a hole at the start of the stack and marks it solid, so that it is gathered once.</summary>
        private int Flood(int seed)
        {
            int count = 0;
            _stack[count++] = seed;
            _solid[seed] = true;
            ReadOnlySpan<int> steps = [-1, 1, -Plane.ColumnCount, Plane.ColumnCount];
            for (int next = 0; next < count; next++)
            {
                foreach (int step in steps)
                {
                    int cell = _stack[next] + step;
                    if (Plane.Inside[cell] && !_solid[cell])
                    {
                        _solid[cell] = true;
                        _stack[count++] = cell;
                    }
                }
            }

            return count;
        }
    }
}
