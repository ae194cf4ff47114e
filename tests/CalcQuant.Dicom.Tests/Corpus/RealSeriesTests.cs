using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.RegularExpressions;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Dicom.Tests.Corpus;

/// <summary>The whole analysis on real series. The labels of the abdomen are machine-made, not a radiologist's truth.</summary>
public partial class RealSeriesTests
{
    [Fact]
    public void Abdomen_LabelledBone_IsNoDeposit()
    {
        (CtVolume volume, CalcificationResult result) = Analyse("series_ts_abdomen_uidfixed");
        LabelVolume labels = LabelVolume.Read(CorpusFile("series_ts_abdomen_seg", "example_seg_dicom.nii.gz"));
        HashSet<byte> bone = labels.Named(name => name.StartsWith("rib_", StringComparison.Ordinal) || name.StartsWith("vertebrae_", StringComparison.Ordinal) || name.StartsWith("humerus_", StringComparison.Ordinal));

        // The labels fit the image: bone is bright. Without this a flipped axis would make the test pass for nothing.
        Assert.InRange(MeanHu(volume, labels, bone), 150, 1000);

        long onBone = CountVoxels(result, RegionKind.SoftTissueCalcification, run => labels.CountIn(run, bone));
        Assert.Equal(0, onBone);
    }

    [Fact]
    public void Abdomen_DenseVoxelsAtTheAorta_AreReportedAndNotAsBone()
    {
        (CtVolume volume, CalcificationResult result) = Analyse("series_ts_abdomen_uidfixed");
        LabelVolume labels = LabelVolume.Read(CorpusFile("series_ts_abdomen_seg", "example_seg_dicom.nii.gz"));
        HashSet<byte> aorta = labels.Named(name => name == "aorta");

        // Calcified plaque in the wall: at least 400 HU within the label or two pixels around it (the labels end inside the wall).
        long plaque = 0, reported = 0;
        for (int i = 0; i < result.Report.Regions.Length; i++)
        {
            RegionKind kind = result.Report.Regions[i].Kind;
            foreach (VoxelRun run in result.Segmentation.Regions[i].Runs)
            {
                for (int column = run.Start; column < run.End; column++)
                {
                    if (volume[column, run.Row, run.Slice] >= 400 && labels.IsNear(column, run.Row, run.Slice, aorta, pixels: 2))
                    {
                        plaque++;
                        reported += kind is RegionKind.Vascular or RegionKind.Uncertain or RegionKind.SoftTissueCalcification ? 1 : 0;
                    }
                }
            }
        }

        Assert.True(plaque > 100, $"{plaque} voxels of plaque");
        Assert.True(reported >= 0.9 * plaque, $"{reported} of {plaque} voxels of aortic plaque are reported");
    }

    [Theory]
    [InlineData("series_ts_abdomen_uidfixed")]
    [InlineData("series_headphantom_tilt")]
    public void Series_EveryHyperdenseVoxel_BelongsToOneRegion(string folder)
    {
        (CtVolume volume, CalcificationResult result) = Analyse(folder);
        VolumeGeometry geometry = volume.Geometry;
        var owner = new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        foreach (VoxelRun run in result.Segmentation.Regions.SelectMany(region => region.Runs))
        {
            for (int column = run.Start; column < run.End; column++)
            {
                Assert.False(owner[column, run.Row, run.Slice], "a voxel belongs to two regions");
                owner[column, run.Row, run.Slice] = true;
            }
        }

        long dense = 0;
        float threshold = result.Report.Parameters!.ThresholdHu;
        for (int slice = 0; slice < geometry.SliceCount; slice++)
        {
            for (int row = 0; row < geometry.RowCount; row++)
            {
                for (int column = 0; column < geometry.ColumnCount; column++)
                {
                    if (volume[column, row, slice] >= threshold)
                    {
                        dense++;
                        Assert.True(owner[column, row, slice], "a hyperdense voxel was dropped");
                    }
                }
            }
        }

        Assert.Equal(dense, owner.Count());
        Assert.Equal(dense, result.Report.Regions.Sum(region => region.VoxelCount));
        double total = result.Report.Totals.Sum(entry => entry.ThresholdVolumeMm3);
        Assert.Equal(dense * geometry.VoxelVolumeMm3(0), total, total * 1e-9);
    }

    [Fact]
    public void HeadPhantomTilt_Report_SaysTheTilt()
    {
        (_, CalcificationResult result) = Analyse("series_headphantom_tilt");

        Assert.Contains(result.Report.Issues, issue => issue.Code == SeriesIssueCode.TiltedStack);
        Assert.Equal(Verdict.AcceptedWithWarnings, result.Report.Verdict);
    }

    private static (CtVolume Volume, CalcificationResult Result) Analyse(string folder)
    {
        string path = CorpusFile(folder);
        SeriesStack stack = Assert.Single(SeriesCatalog.Scan([path], ReadingLimits.Default).Stacks);
        SeriesReading reading = stack.Read();
        CtSeries series = Assert.IsType<SeriesReading.Accepted>(reading).Series;
        return (series.Volume, CalcificationAnalysis.Run(series));
    }

    private static string CorpusFile(params string[] names)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "CalcQuant.sln")))
            {
                string path = Path.Combine([folder.FullName, "..", "shared", "dicom-corpus", "open", .. names]);
                Assert.SkipUnless(Path.Exists(path), "The DICOM corpus is not beside this checkout.");
                return path;
            }
        }

        throw new InvalidOperationException("The test does not run below the repository.");
    }

    private static double MeanHu(CtVolume volume, LabelVolume labels, HashSet<byte> wanted)
    {
        double sum = 0;
        long count = 0;
        for (int slice = 0; slice < volume.Geometry.SliceCount; slice++)
        {
            for (int row = 0; row < volume.Geometry.RowCount; row++)
            {
                for (int column = 0; column < volume.Geometry.ColumnCount; column++)
                {
                    if (wanted.Contains(labels[column, row, slice]))
                    {
                        sum += volume[column, row, slice];
                        count++;
                    }
                }
            }
        }

        return sum / count;
    }

    private static long CountVoxels(CalcificationResult result, RegionKind kind, Func<VoxelRun, long> count) =>
        result.Segmentation.Regions.Where(region => region.Kind == kind).SelectMany(region => region.Runs).Sum(count);

    /// <summary>
    /// Labels of the abdomen: NIfTI, uint8, names in the header extension. Its affine lets columns run to the patient's left, as the DICOM columns
    /// do, and rows to anterior, opposite to the DICOM rows.
    /// </summary>
    private sealed partial class LabelVolume
    {
        private readonly byte[] _labels;
        private readonly int _columns;
        private readonly int _rows;
        private readonly Dictionary<string, byte> _names;

        private LabelVolume(byte[] labels, int columns, int rows, Dictionary<string, byte> names)
        {
            _labels = labels;
            _columns = columns;
            _rows = rows;
            _names = names;
        }

        public byte this[int column, int row, int slice] => _labels[(((slice * _rows) + (_rows - 1 - row)) * _columns) + column];

        public static LabelVolume Read(string path)
        {
            using var buffer = new MemoryStream();
            using (var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress))
            {
                gzip.CopyTo(buffer);
            }

            byte[] bytes = buffer.ToArray();
            int columns = BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(42));
            int rows = BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(44));
            int start = (int)BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(108));
            string extension = System.Text.Encoding.Latin1.GetString(bytes, 352, start - 352);
            Dictionary<string, byte> names = LabelName().Matches(extension).ToDictionary(
                match => match.Groups["name"].Value, match => byte.Parse(match.Groups["label"].Value), StringComparer.Ordinal);
            return new LabelVolume(bytes[start..], columns, rows, names);
        }

        public HashSet<byte> Named(Func<string, bool> matches) => [.. _names.Where(entry => matches(entry.Key)).Select(entry => entry.Value)];

        public long CountIn(VoxelRun run, HashSet<byte> wanted) =>
            Enumerable.Range(run.Start, run.Length).LongCount(column => wanted.Contains(this[column, run.Row, run.Slice]));

        public bool IsNear(int column, int row, int slice, HashSet<byte> wanted, int pixels)
        {
            for (int r = Math.Max(0, row - pixels); r <= Math.Min(_rows - 1, row + pixels); r++)
            {
                for (int c = Math.Max(0, column - pixels); c <= Math.Min(_columns - 1, column + pixels); c++)
                {
                    if (wanted.Contains(this[c, r, slice]))
                    {
                        return true;
                    }
                }
            }

            return false;
        }

        [GeneratedRegex("Label Key=\"(?<label>[0-9]+)\"[^>]*><!\\[CDATA\\[(?<name>[^\\]]*)\\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Timeout.Infinite)]
        private static partial Regex LabelName();
    }
}
