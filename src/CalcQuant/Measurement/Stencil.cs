using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>The voxels within an ellipsoid around a voxel, mm in the plane and along the normal, as spans of columns; sheared stacks included.</summary>
internal sealed class Stencil
{
    private readonly List<(int Row, int Slice, int First, int Last)> _spans = [];

    public Stencil(StackFrame frame, double inPlaneMm, double throughPlaneMm)
    {
        VolumeGeometry geometry = frame.Geometry;
        LpsPoint across = frame.Origin(geometry.SliceCount - 1) - frame.Origin(0);
        double dz = geometry.BetweenSlicesMm;
        LpsPoint step = across.Z > 0 ? across * (dz / across.Z) : new LpsPoint(0, 0, dz);
        int slices = (int)Math.Floor(throughPlaneMm / dz);
        for (int k = -slices; k <= slices; k++)
        {
            double left = Math.Sqrt(Math.Max(0, 1 - Math.Pow(k * dz / throughPlaneMm, 2))) * inPlaneMm;
            int low = (int)Math.Ceiling((-left - (k * step.Y)) / geometry.BetweenRowsMm);
            int high = (int)Math.Floor((left - (k * step.Y)) / geometry.BetweenRowsMm);
            for (int j = low; j <= high; j++)
            {
                double y = (j * geometry.BetweenRowsMm) + (k * step.Y);
                double half = Math.Sqrt(Math.Max(0, (left * left) - (y * y)));
                int first = (int)Math.Ceiling((-half - (k * step.X)) / geometry.BetweenColumnsMm);
                int last = (int)Math.Floor((half - (k * step.X)) / geometry.BetweenColumnsMm);
                if (first <= last)
                {
                    _spans.Add((j, k, first, last));
                    (FirstColumn, LastColumn) = (Math.Min(FirstColumn, first), Math.Max(LastColumn, last));
                    (FirstRow, LastRow) = (Math.Min(FirstRow, j), Math.Max(LastRow, j));
                    (FirstSlice, LastSlice) = (Math.Min(FirstSlice, k), Math.Max(LastSlice, k));
                }
            }
        }
    }

    /// <summary>Least column offset.</summary>
    public int FirstColumn { get; }

    /// <summary>Greatest column offset.</summary>
    public int LastColumn { get; }

    /// <summary>Least row offset.</summary>
    public int FirstRow { get; }

    /// <summary>Greatest row offset.</summary>
    public int LastRow { get; }

    /// <summary>Least slice offset.</summary>
    public int FirstSlice { get; }

    /// <summary>Greatest slice offset.</summary>
    public int LastSlice { get; }

    /// <summary>Sets all voxels of a box that lie within the ellipsoid around any voxel of a run.</summary>
    public void Paint(Crop box, VoxelRun run, Span<bool> target)
    {
        foreach ((int j, int k, int first, int last) in _spans)
        {
            int row = run.Row + j;
            int slice = run.Slice + k;
            if (row < box.Row || row >= box.Row + box.Rows || slice < box.Slice || slice >= box.Slice + box.Slices)
            {
                continue;
            }

            int start = Math.Max(run.Start + first, box.Column);
            int end = Math.Min(run.End + last, box.Column + box.Columns);
            if (start < end)
            {
                target.Slice(box.Index(start, row, slice), end - start).Fill(true);
            }
        }
    }
}
