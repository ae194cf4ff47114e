using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>
/// A deposit with what lies around it: the domain that holds all of its blurred attenuation, a shell of tissue around the domain, and
/// what is neither (other dense things and their blur).
/// </summary>
internal sealed class DepositSurroundings
{
    private DepositSurroundings(Crop box, float[] hu)
    {
        Box = box;
        Hu = hu;
        Own = new bool[box.Count];
        Other = new bool[box.Count];
        NearOther = new bool[box.Count];
        Domain = new bool[box.Count];
        Shell = new bool[box.Count];
    }

    /// <summary>The voxels that the arrays cover.</summary>
    public Crop Box { get; }

    /// <summary>HU.</summary>
    public float[] Hu { get; }

    /// <summary>The deposit's voxels at or above the threshold.</summary>
    public bool[] Own { get; }

    /// <summary>Voxels of other dense regions.</summary>
    public bool[] Other { get; }

    /// <summary>Voxels that the blur of other dense regions reaches.</summary>
    public bool[] NearOther { get; }

    /// <summary>Voxels that the deposit's blur reaches, other dense regions left out.</summary>
    public bool[] Domain { get; }

    /// <summary>Tissue around the domain, free of every dense region's blur.</summary>
    public bool[] Shell { get; }

    /// <summary>Cuts the surroundings of a deposit out of a volume.</summary>
    /// <param name="volume">The image.</param>
    /// <param name="dense">All dense regions that are not noise.</param>
    /// <param name="region">The deposit.</param>
    /// <param name="reaches">How far blur and shell reach.</param>
    public static DepositSurroundings Cut(CtVolume volume, Mask dense, SegmentedRegion region, Reaches reaches)
    {
        VolumeGeometry geometry = volume.Geometry;
        Crop box = Enclose(geometry, region, reaches.Shell);
        float[] hu = new float[box.Count];
        for (int k = 0; k < box.Slices; k++)
        {
            for (int j = 0; j < box.Rows; j++)
            {
                volume.CopyRow(box.Column, box.Row + j, box.Slice + k, hu.AsSpan(((k * box.Rows) + j) * box.Columns, box.Columns));
            }
        }

        var cut = new DepositSurroundings(box, hu);
        foreach (VoxelRun run in region.Runs)
        {
            cut.Own.AsSpan(box.Index(run.Start, run.Row, run.Slice), run.Length).Fill(true);
            reaches.Domain.Paint(box, run, cut.Domain);
            reaches.Shell.Paint(box, run, cut.Shell);
        }

        cut.MarkOthers(dense, reaches.Blur);
        for (int n = 0; n < box.Count; n++)
        {
            cut.Domain[n] &= !cut.Other[n];
            cut.Shell[n] &= !cut.Domain[n] && !cut.Other[n] && !cut.NearOther[n] && cut.Hu[n] > CtVolume.PaddingHu;
        }

        return cut;
    }

    private static Crop Enclose(VolumeGeometry geometry, SegmentedRegion region, Stencil shell)
    {
        VoxelBox own = VoxelBox.Around(region.Runs.AsSpan());
        int column = Math.Max(0, own.MinColumn + shell.FirstColumn);
        int columnEnd = Math.Min(geometry.ColumnCount, own.MaxColumn + shell.LastColumn + 1);
        int row = Math.Max(0, own.MinRow + shell.FirstRow);
        int rowEnd = Math.Min(geometry.RowCount, own.MaxRow + shell.LastRow + 1);
        int slice = Math.Max(0, own.MinSlice + shell.FirstSlice);
        int sliceEnd = Math.Min(geometry.SliceCount, own.MaxSlice + shell.LastSlice + 1);
        return new Crop(column, row, slice, columnEnd - column, rowEnd - row, sliceEnd - slice);
    }

    private void MarkOthers(Mask dense, Stencil blur)
    {
        for (int slice = Box.Slice; slice < Box.Slice + Box.Slices; slice++)
        {
            for (int row = Box.Row; row < Box.Row + Box.Rows; row++)
            {
                ReadOnlySpan<ulong> words = dense.Row(row, slice);
                int start = -1;
                for (int column = Box.Column; column <= Box.Column + Box.Columns; column++)
                {
                    bool other = column < Box.Column + Box.Columns
                        && (words[column >> 6] >> (column & 63) & 1) != 0
                        && !Own[Box.Index(column, row, slice)];
                    if (other && start < 0)
                    {
                        start = column;
                    }
                    else if (!other && start >= 0)
                    {
                        Other.AsSpan(Box.Index(start, row, slice), column - start).Fill(true);
                        blur.Paint(Box, new VoxelRun(slice, row, start, column), NearOther);
                        start = -1;
                    }
                }
            }
        }
    }

    /// <summary>How far things reach around a voxel at or above the threshold.</summary>
    internal sealed record Reaches
    {
        /// <summary>Depth of the shell beyond the domain, mm: wide enough for a mean, narrow enough for one tissue.</summary>
        private const double ShellMm = 4;

        /// <summary>
        /// Reaches for a scanner. A voxel at the threshold lies near the deposit's edge; 1.25 full widths (2.9 standard deviations) and
        /// half a slice profile further there is nothing of it left.
        /// </summary>
        public Reaches(StackFrame frame, PointSpread blur)
        {
            double pixel = Math.Max(frame.Geometry.BetweenColumnsMm, frame.Geometry.BetweenRowsMm);
            double through = blur.SliceReachMm(frame.Geometry.BetweenSlicesMm) + 1e-6;
            double inPlane = (1.25 * blur.InPlaneFwhmMm) + (0.35 * pixel);
            Domain = new Stencil(frame, inPlane, through);
            Shell = new Stencil(frame, inPlane + ShellMm, through + ShellMm);
            Blur = new Stencil(frame, 1.3 * blur.InPlaneFwhmMm, through);
        }

        /// <summary>Where a deposit's attenuation ends.</summary>
        public Stencil Domain { get; }

        /// <summary>Where the tissue that stands for its background ends.</summary>
        public Stencil Shell { get; }

        /// <summary>Where another dense region's attenuation ends.</summary>
        public Stencil Blur { get; }
    }
}
