using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// One section of a structure, its holes filled, cavities of the body left open, with the depth of each voxel below its surface. Only the
/// rectangle around the section is worked on. One instance serves one thread: it keeps its scratch memory.
/// </summary>
internal sealed class StructureSection
{
    /// <summary>Least equal-area radius of a hole that may be a fluid-filled locule, mm.</summary>
    public const double FluidHoleMm = 3;

    // The set of gaps that reach the border of the section's rectangle.
    private const int Outside = 0;

    private readonly VolumeGeometry _geometry;
    private readonly float _halfPixelMm;
    private readonly PlaneDistance _distance = new();
    private readonly List<HoleRun> _holes = [];
    private VoxelRun[] _gaps = new VoxelRun[16];
    private int[] _parents = new int[16];
    private int[] _areas = [];
    private int _gapCount;
    private bool[] _inside = [];
    private float[] _mm = [];
    private int _left, _top, _columnCount;

    /// <summary>Creates the scratch for sections of a volume.</summary>
    public StructureSection(VolumeGeometry geometry)
    {
        _geometry = geometry;
        _halfPixelMm = (float)(geometry.BetweenColumnsMm + geometry.BetweenRowsMm) / 4;
        double pixel = Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm);
        CoreDepthMm = (float)Math.Max(SeparationParameters.CoreDepthMm, 1.1 * pixel);
    }

    /// <summary>Depth from which a voxel is core, mm.</summary>
    public float CoreDepthMm { get; }

    /// <summary>What was filled of the section loaded last.</summary>
    public IReadOnlyList<HoleRun> Holes => _holes;

    /// <summary>Takes a section.</summary>
    /// <param name="runs">Its runs, ordered by row, column; not empty.</param>
    public void Load(ReadOnlySpan<VoxelRun> runs)
    {
        int top = runs[0].Row, bottom = runs[^1].Row, left = int.MaxValue, end = 0;
        foreach (VoxelRun run in runs)
        {
            left = Math.Min(left, run.Start);
            end = Math.Max(end, run.End);
        }

        FindGaps(runs, top, bottom, left, end);
        FindHoles();

        // A margin of one cell holds the surface on every side.
        _left = left - 1;
        _top = top - 1;
        _columnCount = end - left + 2;
        int rowCount = bottom - top + 3, size = _columnCount * rowCount;
        if (_inside.Length < size)
        {
            _inside = new bool[size];
            _mm = new float[size];
        }

        Span<bool> inside = _inside.AsSpan(0, size);
        inside.Clear();
        foreach (VoxelRun run in runs)
        {
            inside.Slice(Cell(run), run.Length).Fill(true);
        }

        foreach (HoleRun hole in _holes)
        {
            inside.Slice(Cell(hole.Voxels), hole.Voxels.Length).Fill(true);
        }

        _distance.Measure(
            inside, target: false, _columnCount, rowCount, _geometry.BetweenColumnsMm, _geometry.BetweenRowsMm, _mm.AsSpan(0, size));
        System.Numerics.Tensors.TensorPrimitives.Subtract(_mm.AsSpan(0, size), _halfPixelMm, _mm.AsSpan(0, size));
    }

    /// <summary>Depths of the voxels of a run of the filled section below its surface, mm.</summary>
    public ReadOnlySpan<float> DepthsMm(VoxelRun run) => _mm.AsSpan(Cell(run), run.Length);

    private int Cell(VoxelRun run) => ((run.Row - _top) * _columnCount) + run.Start - _left;

    /// <summary>Gathers the background between the runs, row by row, and joins what overlaps in the row before.</summary>
    private void FindGaps(ReadOnlySpan<VoxelRun> runs, int top, int bottom, int left, int end)
    {
        _gapCount = 0;
        AddGap(default, isOutside: true);
        int next = 0, above = 1;
        for (int row = top; row <= bottom; row++)
        {
            bool isBorder = row == top || row == bottom;
            int firstOfRow = _gapCount;
            int start = left;
            for (; next < runs.Length && runs[next].Row == row; next++)
            {
                if (start < runs[next].Start)
                {
                    AddGap(runs[next] with { Start = start, End = runs[next].Start }, isBorder || start == left);
                }

                start = Math.Max(start, runs[next].End);
            }

            if (start < end)
            {
                AddGap(new VoxelRun(runs[0].Slice, row, start, end), isOutside: true);
            }

            Join(above, firstOfRow);
            above = firstOfRow;
        }
    }

    private void AddGap(VoxelRun gap, bool isOutside)
    {
        if (_gapCount == _gaps.Length)
        {
            Array.Resize(ref _gaps, 2 * _gapCount);
            Array.Resize(ref _parents, 2 * _gapCount);
        }

        _gaps[_gapCount] = gap;
        _parents[_gapCount] = isOutside ? Outside : _gapCount;
        _gapCount++;
    }

    /// <summary>Joins the gaps of a row, from <paramref name="here"/> on, with those of the row before, from <paramref name="above"/> on.</summary>
    private void Join(int above, int here)
    {
        int endAbove = here;
        while (above < endAbove && here < _gapCount)
        {
            VoxelRun a = _gaps[above], b = _gaps[here];
            if (a.Start < b.End && b.Start < a.End)
            {
                int rootAbove = SlabLabelling.Root(_parents, above), root = SlabLabelling.Root(_parents, here);
                _parents[Math.Max(rootAbove, root)] = Math.Min(rootAbove, root);
            }

            if (a.End < b.End)
            {
                above++;
            }
            else
            {
                here++;
            }
        }
    }

    /// <summary>Keeps the gaps that do not reach the border and are no larger than a cavity of the body.</summary>
    private void FindHoles()
    {
        _holes.Clear();
        if (_areas.Length < _gapCount)
        {
            _areas = new int[_gaps.Length];
        }

        Array.Clear(_areas, 0, _gapCount);
        for (int gap = 1; gap < _gapCount; gap++)
        {
            _areas[SlabLabelling.Root(_parents, gap)] += _gaps[gap].Length;
        }

        for (int gap = 1; gap < _gapCount; gap++)
        {
            int root = SlabLabelling.Root(_parents, gap);
            if (root == Outside)
            {
                continue;
            }

            double radius = Math.Sqrt(_areas[root] * _geometry.PixelAreaMm2 / Math.PI);
            if (radius <= SeparationParameters.CavityRadiusMm)
            {
                _holes.Add(new HoleRun(_gaps[gap], radius >= FluidHoleMm));
            }
        }
    }

    /// <summary>A run of a hole that was filled.</summary>
    /// <param name="Voxels">Its voxels.</param>
    /// <param name="IsWide">True where the hole is as wide as a fluid-filled locule.</param>
    internal readonly record struct HoleRun(VoxelRun Voxels, bool IsWide);
}
