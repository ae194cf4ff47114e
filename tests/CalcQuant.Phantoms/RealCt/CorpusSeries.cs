using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>A real CT series with what is known about it.</summary>
/// <param name="Name">Its place in the corpus.</param>
/// <param name="Series">The series.</param>
/// <param name="Labels">Machine-made labels of it; null where there are none.</param>
internal sealed record CorpusSeries(string Name, CtSeries Series, SeriesLabels? Labels = null);

/// <summary>Labels of organs and bones on the grid of a series: made by a program, not a radiologist's truth.</summary>
internal sealed class SeriesLabels
{
    private static readonly string[] BoneNames =
        ["vertebrae_", "rib_", "humerus_", "scapula_", "clavicula_", "femur_", "hip_", "sacrum", "skull", "sternum"];

    private static readonly string[] MuscleNames = ["autochthon_", "iliopsoas_", "gluteus_"];

    private SeriesLabels(Mask bone, Mask aorta, Mask organs)
    {
        Bone = bone;
        Aorta = aorta;
        Organs = organs;
    }

    /// <summary>Bones; cartilage is none.</summary>
    public Mask Bone { get; }

    /// <summary>The aorta with its lumen; empty where it is not labelled.</summary>
    public Mask Aorta { get; }

    /// <summary>What is neither bone nor muscle.</summary>
    public Mask Organs { get; }

    /// <summary>Takes labels to the voxels of a series.</summary>
    public static SeriesLabels Of(LabelVolume labels, IReadOnlyDictionary<int, string> names, VolumeGeometry geometry)
    {
        Mask Named(Func<string, bool> isWanted)
        {
            int[] wanted = [.. names.Where(entry => isWanted(entry.Value)).Select(entry => entry.Key)];
            return wanted.Length == 0
                ? new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount)
                : LabelSampling.Sample(labels, geometry, wanted, new ParallelOptions());
        }

        static bool StartsWithAny(string name, string[] starts) => Array.Exists(starts, start => name.StartsWith(start, StringComparison.Ordinal));
        return new SeriesLabels(
            Named(name => StartsWithAny(name, BoneNames)),
            Named(name => name == "aorta"),
            Named(name => !StartsWithAny(name, BoneNames) && !StartsWithAny(name, MuscleNames)));
    }
}
