using System.Buffers;
using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Segmentation;

/// <summary>
/// What the sections of a dense structure show: how thick it is, what it encloses, whether its rim is denser than its core, how long it is,
/// and whether an end slice cuts it. Sections are taken slice by slice, holes filled, cavities of the body left open.
/// </summary>
internal sealed class StructureFeatures
{
    /// <summary>Depth under the surface of a section up to which voxels are rim, mm: a cortex of one or two millimetres.</summary>
    private const float RimMm = 2;

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
            var section = new StructureSection(volume.Geometry);
            for (int slice = box.MinSlice; slice <= box.MaxSlice; slice++)
            {
                features.Add(volume, thresholdHu, section, RunsOf(slice));
            }
        }
        else
        {
            Lock gate = new();
            Parallel.For(
                box.MinSlice,
                box.MaxSlice + 1,
                parallel,
                () => (Section: new StructureSection(volume.Geometry), Features: new StructureFeatures()),
                (slice, _, local) =>
                {
                    local.Features.Add(volume, thresholdHu, local.Section, RunsOf(slice));
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

        ReadOnlySpan<VoxelRun> RunsOf(int slice) => runs.Span[starts[slice - box.MinSlice]..starts[slice - box.MinSlice + 1]];
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

    private void Add(CtVolume volume, float thresholdHu, StructureSection section, ReadOnlySpan<VoxelRun> runs)
    {
        if (runs.IsEmpty)
        {
            return;
        }

        section.Load(runs);
        float radius = 0;
        float[] hu = ArrayPool<float>.Shared.Rent(volume.Geometry.ColumnCount);
        foreach (VoxelRun run in runs)
        {
            radius = Math.Max(radius, Add(volume, thresholdHu, section, run, isWideHole: false, hu));
        }

        foreach (StructureSection.HoleRun hole in section.Holes)
        {
            radius = Math.Max(radius, Add(volume, thresholdHu, section, hole.Voxels, hole.IsWide, hu));
        }

        ArrayPool<float>.Shared.Return(hu);
        InscribedRadiusMm = Math.Max(InscribedRadiusMm, radius);
        int slice = runs[0].Slice;
        bool isFirst = slice == 0, isLast = slice == volume.Geometry.SliceCount - 1;
        if (radius > 0 && (isFirst || isLast))
        {
            EndRadiusMm = Math.Max(EndRadiusMm, radius);
            _cutFirst |= isFirst;
            _cutLast |= isLast;
        }
    }

    /// <summary>Counts a run of the filled section.</summary>
    /// <returns>Its greatest depth, mm.</returns>
    private float Add(CtVolume volume, float thresholdHu, StructureSection section, VoxelRun run, bool isWideHole, Span<float> scratch)
    {
        AddPositions(run);
        Span<float> hu = scratch[..run.Length];
        volume.CopyRow(run.Start, run.Row, run.Slice, hu);
        ReadOnlySpan<float> depths = section.DepthsMm(run);
        float radius = 0, seedHu = SeparationParameters.SeedHu;
        for (int i = 0; i < depths.Length; i++)
        {
            float depth = depths[i];
            int bin = HuHistogram.BinOf(hu[i]);
            radius = Math.Max(radius, depth);
            if (hu[i] >= thresholdHu)
            {
                Dense.AddBin(bin);
            }

            if (isWideHole)
            {
                Holes.AddBin(bin);
            }

            if (depth <= RimMm)
            {
                Rim.AddBin(bin);
            }

            if (depth >= section.CoreDepthMm)
            {
                Core.AddBin(bin);
                if (hu[i] < seedHu)
                {
                    Marrow.AddBin(bin);
                }
            }
        }

        return radius;
    }

    private void AddPositions(VoxelRun run)
    {
        long n = run.Length, row = run.Row, slice = run.Slice;
        long columns = n * (run.Start + run.End - 1) / 2;
        FilledCount += n;
        _columns += columns;
        _rows += n * row;
        _slices += n * slice;
        _columns2 += SquaresBelow(run.End) - SquaresBelow(run.Start);
        _rows2 += n * row * row;
        _slices2 += n * slice * slice;
        _columnRows += columns * row;
        _columnSlices += columns * slice;
        _rowSlices += n * row * slice;

        // 0² + 1² + ... + (end - 1)².
        static long SquaresBelow(long end) => (end - 1) * end * ((2 * end) - 1) / 6;
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
        (double a, double b, double c) = new SecondMoments(xx, yy, zz, xy, xz, yz).Eigenvalues();
        ExtentMm = (Math.Sqrt(12 * Math.Max(0, a)), Math.Sqrt(12 * Math.Max(0, b)), Math.Sqrt(12 * Math.Max(0, c)));
    }
}
