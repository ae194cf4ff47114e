using CalcQuant.Analysis;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>The real CT series of the shared corpus, where it is beside this repository.</summary>
internal static class CtCorpus
{
    /// <summary>The abdomen whose labels are in the corpus too.</summary>
    public const string Abdomen = "series_ts_abdomen_uidfixed";

    private const string AbdomenLabels = "series_ts_abdomen_seg/example_seg_dicom.nii.gz";

    /// <summary>The corpus beside a repository.</summary>
    public static string Beside(string repository) => Path.GetFullPath(Path.Combine(repository, "..", "shared", "dicom-corpus"));

    /// <summary>The abdomen with its labels.</summary>
    public static CorpusSeries ReadAbdomen(string corpus)
    {
        CorpusSeries series = ReadDicom(corpus, Abdomen).Single();
        return series with { Labels = ReadLabels(corpus, AbdomenLabels, series.Series.Volume.Geometry) };
    }

    /// <summary>Every series, one by one.</summary>
    public static IEnumerable<CorpusSeries> ReadAll(string corpus)
    {
        yield return ReadAbdomen(corpus);
    }

    private static IEnumerable<CorpusSeries> ReadDicom(string corpus, string folder)
    {
        foreach (SeriesStack stack in SeriesCatalog.Scan([Path.Combine(corpus, "open", folder)], ReadingLimits.Default).Stacks)
        {
            if (stack.Modality == "CT" && stack.Verdict != Verdict.Refused && stack.Read() is SeriesReading.Accepted accepted)
            {
                yield return new CorpusSeries(folder, accepted.Series);
            }
        }
    }

    private static SeriesLabels ReadLabels(string corpus, string file, VolumeGeometry geometry)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(corpus, "open", file));
        return NiftiLabelReader.Read(bytes) switch
        {
            LabelReading.Accepted accepted => SeriesLabels.Of(accepted.Volume, NiftiNames.Read(bytes), geometry),
            LabelReading.Rejected rejected => throw new InvalidDataException(rejected.Explanation),
            _ => throw new InvalidDataException("Neither read nor rejected."),
        };
    }
}
