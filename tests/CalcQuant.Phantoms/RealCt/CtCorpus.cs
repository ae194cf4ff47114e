using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
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

    /// <summary>The abdomen and pelvis, 3 mm, with a nail in the femur; only its vertebrae are labelled.</summary>
    public const string Pelvis = "volume/totalseg/example_ct.nii.gz";

    private const string AbdomenLabels = "series_ts_abdomen_seg/example_seg_dicom.nii.gz";
    private const string PelvisLabels = "volume/totalseg/totalseg.nii.gz";

    /// <summary>The upper end of <see cref="Pelvis"/>, with all labels.</summary>
    private const string PelvisPart = "volume/totalseg/example_ct_sm.nii.gz";

    private const string PelvisPartLabels = "volume/totalseg/example_seg.nii.gz";

    private const string Head = "volume/headsq_64x64x93_i16le.gz";

    /// <summary>Images that are too small to show a section of a patient, pixels.</summary>
    private const int LeastPixels = 64;

    /// <summary>Without a voxel of so many HU there is nothing to separate.</summary>
    private const float LeastGreatestHu = 200;

    /// <summary>The corpus beside a repository.</summary>
    public static string Beside(string repository) => Path.GetFullPath(Path.Combine(repository, "..", "shared", "dicom-corpus"));

    /// <summary>The abdomen with its labels.</summary>
    public static CorpusSeries ReadAbdomen(string corpus)
    {
        CorpusSeries series = ReadDicom(corpus, Abdomen).Single();
        return series with { Labels = ReadLabels(corpus, AbdomenLabels, series.Series.Volume.Geometry) };
    }

    /// <summary>The pelvis with the labels of its vertebrae.</summary>
    public static CorpusSeries ReadPelvis(string corpus) => ReadNifti(corpus, Pelvis, PelvisLabels);

    /// <summary>Every series, one by one; an image that occurs in several encodings comes once.</summary>
    public static IEnumerable<CorpusSeries> ReadAll(string corpus)
    {
        yield return ReadAbdomen(corpus);
        yield return ReadPelvis(corpus);
        yield return ReadNifti(corpus, PelvisPart, PelvisPartLabels);
        yield return ReadHead(corpus);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string open = Path.Combine(corpus, "open");
        foreach (string folder in Directory.EnumerateDirectories(open, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(open, folder).Replace(Path.DirectorySeparatorChar, '/');
            if (name is Abdomen or "series_ts_abdomen" || Directory.EnumerateDirectories(folder).Any())
            {
                continue;
            }

            int number = 0;
            foreach (CorpusSeries series in ReadDicom(corpus, name))
            {
                number++;
                VolumeGeometry geometry = series.Series.Volume.Geometry;
                if (Math.Min(geometry.ColumnCount, geometry.RowCount) >= LeastPixels && Greatest(series.Series.Volume) >= LeastGreatestHu && seen.Add(Hash(series.Series.Volume)))
                {
                    yield return series with { Name = $"{name}#{number}" };
                }
            }
        }
    }

    /// <summary>The head of VTK: stored values are HU + 1024, slices run downwards and rows to anterior, as the pictures show.</summary>
    private static CorpusSeries ReadHead(string corpus)
    {
        const int Columns = 64, Rows = 64;
        const float StoredWater = 1024;
        const double PixelMm = 3.2, SliceMm = 1.5;
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(File.OpenRead(Path.Combine(corpus, "open", Head)), CompressionMode.Decompress))
        {
            gzip.CopyTo(buffer);
        }

        ReadOnlySpan<byte> bytes = buffer.GetBuffer().AsSpan(0, (int)buffer.Length);
        float[] hu = new float[bytes.Length / sizeof(short)];
        for (int i = 0; i < hu.Length; i++)
        {
            hu[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(i * sizeof(short))..]) - StoredWater;
        }

        return new CorpusSeries(
            Head,
            OrientedVoxels.ToSeries(Head, hu, Columns, Rows, default, new LpsPoint(PixelMm, 0, 0), new LpsPoint(0, -PixelMm, 0), new LpsPoint(0, 0, -SliceMm)));
    }

    private static CorpusSeries ReadNifti(string corpus, string file, string labels)
    {
        CtSeries series = NiftiCtReader.Read(file, File.ReadAllBytes(Path.Combine(corpus, "open", file)));
        return new CorpusSeries(file, series, ReadLabels(corpus, labels, series.Volume.Geometry));
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

    private static float Greatest(CtVolume volume)
    {
        float greatest = float.MinValue;
        float[] row = new float[volume.Geometry.ColumnCount];
        for (int i = 0; i < volume.Geometry.RowCount * volume.Geometry.SliceCount; i++)
        {
            volume.CopyRow(0, i % volume.Geometry.RowCount, i / volume.Geometry.RowCount, row);
            greatest = Math.Max(greatest, row.Max());
        }

        return greatest;
    }

    private static string Hash(CtVolume volume) =>
        Convert.ToHexString(SHA256.HashData(volume.IsInt16 ? MemoryMarshal.AsBytes(volume.Int16Voxels) : MemoryMarshal.AsBytes(volume.SingleVoxels)));
}
