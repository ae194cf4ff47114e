using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>
/// Which tissue a real image shows where, from its HU alone, coarse and on the safe side: places for deposits, not an anatomy. It uses none of the separation's
/// own findings, so that a change of the separation moves no deposit.
/// </summary>
internal sealed class TissueMap
{
    private const float AirHu = -300;

    /// <summary>Between fat and muscle.</summary>
    private const float LeanHu = -20;

    /// <summary>Bone, contrast medium, calcium: no place for a deposit.</summary>
    private const float DenseHu = 130;

    private const float CortexHu = 200;

    /// <summary>Bone has brighter voxels than contrast medium.</summary>
    private const float CortexPeakHu = 500;

    private const double LeastBoneMm3 = 500;
    private const double MarrowRadiusMm = 25;
    private const double SkinAndStrandsMm = 3;
    private const double BetweenMusclesMm = 8;
    private const double CortexGapsMm = 3;

    /// <summary>Pixels from this size on average enough by themselves, mm.</summary>
    private const double CoarsePixelMm = 1.5;

    /// <summary>Share of the largest component that an arm or a second leg has and a cushion has not.</summary>
    private const double LeastLimbShare = 0.05;

    private readonly float[] _smooth;
    private readonly VolumeGeometry _geometry;

    private TissueMap(VolumeGeometry geometry, float[] smooth, Mask body, Mask deep, Mask dense, Mask air, Mask bone, Mask enclosed)
    {
        _geometry = geometry;
        _smooth = smooth;
        Locator = new VoxelLocator(geometry);
        BodyMask = body;
        Enclosed = enclosed;
        Body = new SignedDistanceMap(body, geometry, Locator);
        Deep = new SignedDistanceMap(deep, geometry, Locator);
        Dense = new SignedDistanceMap(dense, geometry, Locator);
        Air = new SignedDistanceMap(air, geometry, Locator);
        Bone = new SignedDistanceMap(bone, geometry, Locator);
    }

    /// <summary>From points to voxels.</summary>
    public VoxelLocator Locator { get; }

    /// <summary>The patient, cavities filled, without the couch.</summary>
    public Mask BodyMask { get; }

    /// <summary>What a ring of bone encloses and is no marrow: the inside of the skull.</summary>
    public Mask Enclosed { get; }

    /// <summary>Distance to the skin surface.</summary>
    public SignedDistanceMap Body { get; }

    /// <summary>Distance to the border between the fat under the skin and what lies below it.</summary>
    public SignedDistanceMap Deep { get; }

    /// <summary>Distance to what is dense already.</summary>
    public SignedDistanceMap Dense { get; }

    /// <summary>Distance to air inside the body.</summary>
    public SignedDistanceMap Air { get; }

    /// <summary>Distance to bone with its marrow.</summary>
    public SignedDistanceMap Bone { get; }

    /// <summary>Smoothed HU of a voxel.</summary>
    public float Hu(int column, int row, int slice) => _smooth[(((slice * _geometry.RowCount) + row) * _geometry.ColumnCount) + column];

    /// <summary>True where a voxel shows fat.</summary>
    public bool IsFat(int column, int row, int slice) => Hu(column, row, slice) is > -160 and < -35;

    /// <summary>True where a voxel shows muscle, or another solid tissue.</summary>
    public bool IsLean(int column, int row, int slice) => Hu(column, row, slice) is > 5 and < 110;

    /// <summary>Reads a volume.</summary>
    public static TissueMap Of(CtVolume volume)
    {
        VolumeGeometry geometry = volume.Geometry;
        float[] smooth = Smooth(volume);
        double skin = Math.Max(SkinAndStrandsMm, 1.1 * Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm));
        var skinDisc = StructuringElement.Disc(skin, geometry);

        using Mask solid = Above(smooth, geometry, AirHu);
        using Mask core = MaskMorphology.Erode(solid, skinDisc);
        using Mask patient = Largest(core);
        Mask grown = MaskMorphology.Dilate(patient, skinDisc).And(solid);
        Mask body = MaskMorphology.FillHoles(grown);
        grown.Dispose();

        Mask air = solid.Clone().Invert().And(body);

        using Mask lean = Above(smooth, geometry, LeanHu).And(body);
        using Mask broad = MaskMorphology.Open(lean, skinDisc);
        using Mask broadest = Largest(broad);
        using Mask joined = MaskMorphology.Close(broadest, StructuringElement.Disc(BetweenMusclesMm, geometry));
        Mask deep = MaskMorphology.FillHoles(joined).And(body);

        Mask dense = Above(smooth, geometry, DenseHu).And(body);

        using Mask cortex = Cortex(volume, smooth, body);
        using Mask closed = MaskMorphology.Close(cortex, StructuringElement.Disc(CortexGapsMm, geometry));
        Mask bone = MaskMorphology.FillHoles(closed, MarrowRadiusMm, geometry);
        Mask enclosed = MaskMorphology.FillHoles(closed).AndNot(bone);
        return new TissueMap(geometry, smooth, body, deep, dense, air, bone, enclosed);
    }

    private static Mask Cortex(CtVolume volume, float[] smooth, Mask body)
    {
        VolumeGeometry geometry = volume.Geometry;
        using Mask bright = Above(smooth, geometry, CortexHu).And(body);
        using var components = ConnectedComponents.Label(bright, Connectivity.Full26);
        var cortex = new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        for (int label = 0; label < components.Count; label++)
        {
            ReadOnlySpan<VoxelRun> runs = components.RunsOf(label);
            double mm3 = 0;
            float greatest = float.MinValue;
            foreach (VoxelRun run in runs)
            {
                mm3 += run.Length * geometry.VoxelVolumeMm3(run.Slice);
                int first = ((run.Slice * geometry.RowCount) + run.Row) * geometry.ColumnCount;
                foreach (float hu in smooth.AsSpan(first + run.Start, run.Length))
                {
                    greatest = Math.Max(greatest, hu);
                }
            }

            if (mm3 >= LeastBoneMm3 && greatest >= CortexPeakHu)
            {
                cortex.Fill(runs);
            }
        }

        return cortex;
    }

    private static Mask Largest(Mask mask)
    {
        using var components = ConnectedComponents.Label(mask, Connectivity.Faces6);
        long[] counts = [.. Enumerable.Range(0, components.Count).Select(label => Count(components.RunsOf(label)))];
        var kept = new Mask(mask.ColumnCount, mask.RowCount, mask.SliceCount);
        long greatest = counts.DefaultIfEmpty(0).Max();
        for (int label = 0; label < counts.Length; label++)
        {
            if (counts[label] >= LeastLimbShare * greatest)
            {
                kept.Fill(components.RunsOf(label));
            }
        }

        return kept;
    }

    private static long Count(ReadOnlySpan<VoxelRun> runs)
    {
        long count = 0;
        foreach (VoxelRun run in runs)
        {
            count += run.Length;
        }

        return count;
    }

    private static Mask Above(float[] smooth, VolumeGeometry geometry, float hu)
    {
        var mask = new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        int i = 0;
        for (int slice = 0; slice < geometry.SliceCount; slice++)
        {
            for (int row = 0; row < geometry.RowCount; row++)
            {
                Span<ulong> words = mask.Row(row, slice);
                for (int column = 0; column < geometry.ColumnCount; column++, i++)
                {
                    if (smooth[i] >= hu)
                    {
                        words[column >> 6] |= 1UL << (column & 63);
                    }
                }
            }
        }

        return mask;
    }

    // The mean of 3 x 3 pixels, so that noise makes no tissue; coarse pixels are left as they are.
    private static float[] Smooth(CtVolume volume)
    {
        VolumeGeometry geometry = volume.Geometry;
        int columns = geometry.ColumnCount, rows = geometry.RowCount;
        float[] hu = new float[checked((int)geometry.VoxelCount)];
        for (int slice = 0; slice < geometry.SliceCount; slice++)
        {
            for (int row = 0; row < rows; row++)
            {
                volume.CopyRow(0, row, slice, hu.AsSpan(((slice * rows) + row) * columns, columns));
            }
        }

        if (geometry.BetweenColumnsMm >= CoarsePixelMm)
        {
            return hu;
        }

        float[] smooth = new float[hu.Length];
        Parallel.For(0, geometry.SliceCount, slice =>
        {
            int first = slice * rows * columns;
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    float sum = 0;
                    int count = 0;
                    for (int r = Math.Max(0, row - 1); r <= Math.Min(rows - 1, row + 1); r++)
                    {
                        for (int c = Math.Max(0, column - 1); c <= Math.Min(columns - 1, column + 1); c++)
                        {
                            sum += hu[first + (r * columns) + c];
                            count++;
                        }
                    }

                    smooth[first + (row * columns) + column] = sum / count;
                }
            }
        });
        return smooth;
    }
}
