using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Measurement;

/// <summary>Small stacks and regions drawn by hand, for measurements with answers known from geometry.</summary>
internal static class Stacks
{
    public static VolumeGeometry Axial(int columns, int rows, int slices, double dx, double dy, double dz, LpsPoint origin = default) =>
        Along(columns, rows, slices, dx, dy, new(1, 0, 0), new(0, 1, 0), new(0, 0, dz), origin);

    /// <summary>A stack whose slices step along any displacement, sheared against the normal or not.</summary>
    public static VolumeGeometry Along(
        int columns, int rows, int slices, double dx, double dy, LpsPoint column, LpsPoint row, LpsPoint step, LpsPoint origin = default)
    {
        double extent = Math.Abs(step.Dot(column.Cross(row)));
        return new VolumeGeometry(
            columns, rows, dx, dy, column, row,
            [.. Enumerable.Range(0, slices).Select(k => origin + (step * k))],
            [.. Enumerable.Repeat(extent, slices)]);
    }

    public static CtVolume Render(VolumeGeometry geometry, Func<int, int, int, double> hu)
    {
        var voxels = new short[geometry.VoxelCount];
        int n = 0;
        for (int k = 0; k < geometry.SliceCount; k++)
        {
            for (int j = 0; j < geometry.RowCount; j++)
            {
                for (int i = 0; i < geometry.ColumnCount; i++)
                {
                    voxels[n++] = (short)Math.Round(hu(i, j, k));
                }
            }
        }

        return new CtVolume(geometry, voxels);
    }

    public static CtVolume ToSingle(CtVolume volume) => new(volume.Geometry, [.. volume.Int16Voxels.ToArray().Select(v => (float)v)]);

    public static ImmutableArray<VoxelRun> Runs(VolumeGeometry geometry, Func<int, int, int, bool> inside)
    {
        List<VoxelRun> runs = [];
        for (int k = 0; k < geometry.SliceCount; k++)
        {
            for (int j = 0; j < geometry.RowCount; j++)
            {
                int start = -1;
                for (int i = 0; i <= geometry.ColumnCount; i++)
                {
                    bool set = i < geometry.ColumnCount && inside(i, j, k);
                    if (set && start < 0)
                    {
                        start = i;
                    }
                    else if (!set && start >= 0)
                    {
                        runs.Add(new VoxelRun(k, j, start, i));
                        start = -1;
                    }
                }
            }
        }

        return [.. runs];
    }

    public static SegmentedRegion Region(ImmutableArray<VoxelRun> runs, RegionKind kind = RegionKind.SoftTissueCalcification) =>
        new(kind, 0.9, ["drawn by hand"], runs);

    /// <summary>The 26-connected regions at or above a threshold, by flood fill.</summary>
    public static ImmutableArray<SegmentedRegion> Components(
        CtVolume volume, float threshold, RegionKind kind = RegionKind.SoftTissueCalcification)
    {
        VolumeGeometry g = volume.Geometry;
        var label = new int[g.ColumnCount, g.RowCount, g.SliceCount];
        int count = 0;
        Stack<(int I, int J, int K)> open = new();
        for (int k = 0; k < g.SliceCount; k++)
        {
            for (int j = 0; j < g.RowCount; j++)
            {
                for (int i = 0; i < g.ColumnCount; i++)
                {
                    if (label[i, j, k] != 0 || volume[i, j, k] < threshold)
                    {
                        continue;
                    }

                    label[i, j, k] = ++count;
                    open.Push((i, j, k));
                    while (open.TryPop(out (int I, int J, int K) v))
                    {
                        for (int z = Math.Max(0, v.K - 1); z <= Math.Min(g.SliceCount - 1, v.K + 1); z++)
                        {
                            for (int y = Math.Max(0, v.J - 1); y <= Math.Min(g.RowCount - 1, v.J + 1); y++)
                            {
                                for (int x = Math.Max(0, v.I - 1); x <= Math.Min(g.ColumnCount - 1, v.I + 1); x++)
                                {
                                    if (label[x, y, z] == 0 && volume[x, y, z] >= threshold)
                                    {
                                        label[x, y, z] = count;
                                        open.Push((x, y, z));
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }

        return [.. Enumerable.Range(1, count).Select(n => Region(Runs(g, (i, j, k) => label[i, j, k] == n), kind))];
    }

    public static CtSeries Series(CtVolume volume, double? kvp = 120, double? sliceThicknessMm = null) => new(
        volume,
        new CtAcquisition { SeriesInstanceUid = "1.2.3", Kvp = kvp, SliceThicknessMm = sliceThicknessMm ?? volume.Geometry.BetweenSlicesMm },
        []);

    public static VolumeSegmentation Segmentation(CtVolume volume, ImmutableArray<SegmentedRegion> regions)
    {
        VolumeGeometry g = volume.Geometry;
        return new VolumeSegmentation(
            regions,
            new Mask(g.ColumnCount, g.RowCount, g.SliceCount),
            new Mask(g.ColumnCount, g.RowCount, g.SliceCount),
            null,
            []);
    }

    public static Region Measure(CtVolume volume, SegmentedRegion region, double kvp = 120) =>
        new RegionMeasurer(volume, new StackFrame(volume.Geometry), kvp, new Calibration(CalibrationSource.Requested, 0.78, 0, 0, 0, "requested"), null).Measure(region, 1);
}
