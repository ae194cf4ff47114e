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

    private readonly VolumeGeometry _geometry;
    private readonly float _halfPixelMm;
    private readonly PlaneDistance _distance = new();
    private readonly List<HoleRun> _holes = [];
    private readonly SectionGaps _gaps = new();
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

        _gaps.Find(runs, runs[0].Slice, top, bottom, left, end);
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

    /// <summary>Keeps the gaps that do not reach the border and are no larger than a cavity of the body.</summary>
    private void FindHoles()
    {
        _holes.Clear();
        for (int gap = 1; gap < _gaps.End; gap++)
        {
            if (_gaps.HoleArea(gap) is not { } area)
            {
                continue;
            }

            double radius = Math.Sqrt(area * _geometry.PixelAreaMm2 / Math.PI);
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
