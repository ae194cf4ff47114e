using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CalcQuant.Analysis;
using CalcQuant.Dicom.PixelData;
using CalcQuant.Dicom.Series;
using CalcQuant.Dicom.Tests.Corpus;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Tests.Series;

/// <summary>Real series against what independent readers made of them (reference_series.tsv).</summary>
public sealed class CorpusSeriesTests
{
    private const string TableName = "reference_series.tsv";

    public static TheoryData<string> Folders => [.. DicomCorpus.Folder is { } corpus ? ReadTable(corpus).Select(row => row["series"]) : [string.Empty]];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Scan_EachSeries_HasTheOrderSpacingAndTiltOfTheReference(string folder)
    {
        string corpus = DicomCorpus.Require();
        Dictionary<string, string> row = ReadTable(corpus).Single(row => row["series"] == folder);
        SeriesStack stack = FindStack(corpus, row);

        Assert.Equal(row["sha256_stored_values_sorted_by_position"], HashStoredValues(stack));
        double[] positions = [.. row["positions_along_normal"].Split("..").Select(Parse)];
        LpsPoint normal = ParsePoint(row["slice_normal"]);
        Assert.Equal(positions[0], stack.Slices[0].Position!.Value.Dot(normal), 0.001);
        Assert.Equal(positions[^1], stack.Slices[^1].Position!.Value.Dot(normal), 0.001);
        double[] spacing = [.. row["pixel_spacing"].Trim('[', ']').Split(',').Select(Parse)];
        Assert.Equal((spacing[0], spacing[1]), stack.Slices[0].PixelSpacing);
        Assert.Equal(Parse(row["tilt_deg(normal vs position step)"]), stack.Acquisition.TiltDegrees, 0.001);
        if (row["uniform"] == "True")
        {
            VolumeGeometry geometry = Assert.IsType<VolumeGeometry>(stack.Geometry);
            double gap = Parse(row["gaps"].Trim('{', '}').Split(':')[0]);
            Assert.Equal(gap, geometry.BetweenSlicesMm, 0.001);
            Assert.Equal(0, (geometry.Normal - normal).Length, 1e-5);
        }
        else
        {
            Assert.Contains(SeriesIssueCode.MissingSlice, stack.Issues.Codes());
            Assert.Equal(Verdict.Refused, stack.Verdict);
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Read_EachSeries_HasTheHounsfieldStatisticsOfTheReference(string folder)
    {
        string corpus = DicomCorpus.Require();
        Dictionary<string, string> row = ReadTable(corpus).Single(row => row["series"] == folder);
        SeriesStack stack = FindStack(corpus, row);

        double[] hu = [.. stack.Slices.SelectMany((slice, _) => DecodeStored(slice).Select(value => (double)value + slice.Scale.Intercept!.Value))];
        Assert.All(stack.Slices, slice => Assert.Equal(1, slice.Scale.Slope));
        Assert.Equal(Parse(row["hu_min"]), hu.Min());
        Assert.Equal(Parse(row["hu_max"]), hu.Max());
        Assert.Equal(Parse(row["hu_mean"]), hu.Average(), 0.0001);

        if (stack.Verdict == Verdict.Refused)
        {
            // No volume: the counts are those of the stored values.
            AssertCounts(row, hu);
            return;
        }

        CtVolume volume = stack.ReadAccepted().Volume;
        double[] read = [.. volume.Int16Voxels.ToArray().Select(value => (double)value)];
        AssertCounts(row, read);
        int[] different = [.. Enumerable.Range(0, hu.Length).Where(i => hu[i] != read[i])];
        Assert.All(different, i => Assert.True(hu[i] < -1024 && read[i] == CtVolume.PaddingHu));
    }

    [Theory]
    [InlineData("open/series_ts_abdomen_uidfixed", Verdict.AcceptedWithWarnings)]
    [InlineData("open/series_headphantom_tilt", Verdict.AcceptedWithWarnings)]
    [InlineData("open/geometry/sliceincrement_001", Verdict.Refused)]
    [InlineData("open/seg_truth/ct-3slice", Verdict.AcceptedWithWarnings)]
    public void Scan_RealSeries_GetTheirVerdict(string folder, Verdict verdict)
    {
        string corpus = DicomCorpus.Require();

        SeriesStack stack = Assert.Single(SeriesCatalog.Scan([Path.Combine(corpus, folder)], ReadingLimits.Default, null, CancellationToken.None).Stacks);

        Assert.Equal(verdict, stack.Read(0, null, CancellationToken.None) switch
        {
            SeriesReading.Rejected => Verdict.Refused,
            SeriesReading.Accepted { Series.Issues.IsEmpty: true } => Verdict.Accepted,
            _ => Verdict.AcceptedWithWarnings,
        });
    }

    [Fact]
    public void Scan_WholeCorpus_EndsWithAVerdictForEverySeriesAndAReasonForEveryOtherFile()
    {
        string corpus = DicomCorpus.Require();

        SeriesCatalog catalog = SeriesCatalog.Scan([corpus], ReadingLimits.Default, null, CancellationToken.None);

        Assert.NotEmpty(catalog.Stacks);
        Assert.All(catalog.Skipped, file => Assert.False(string.IsNullOrWhiteSpace(file.Reason) || Path.IsPathRooted(file.Path)));
        string[] films = ["CR", "DX", "MG", "PX", "IO", "RG"];
        Assert.All(catalog.Stacks, stack => Assert.True(stack.Verdict == Verdict.Refused || (films.Contains(stack.Modality) ? stack.FilmSize is not null : stack.Geometry is not null)));
        Assert.All(catalog.Stacks, stack => Assert.False(stack.Geometry is not null && stack.FilmSize is not null));
        Assert.All(catalog.Stacks.Where(stack => stack.Modality != "CT" && !films.Contains(stack.Modality)), stack => Assert.Equal(Verdict.Refused, stack.Verdict));
        Assert.All(catalog.Stacks.SelectMany(stack => stack.Issues), issue => Assert.DoesNotContain(corpus, issue.Explanation, StringComparison.Ordinal));
    }

    private static SeriesStack FindStack(string corpus, Dictionary<string, string> row)
    {
        int sliceCount = int.Parse(row["slices"], CultureInfo.InvariantCulture);

        // One of the folders holds the same pixels a second time, as an enhanced object; the reference is of the single-frame files.
        string folder = Path.Combine(corpus, row["series"]);
        string[] files = [.. Directory.GetFiles(folder).Where(file => Path.GetFileName(file) != "mf.dcm")];
        return Assert.Single(SeriesCatalog.Scan(files, ReadingLimits.Default, null, CancellationToken.None).Stacks, stack => stack.SliceCount == sliceCount);
    }

    private static void AssertCounts(Dictionary<string, string> row, double[] hu)
    {
        foreach (int threshold in (int[])[130, 200, 1000])
        {
            Assert.Equal(long.Parse(row[$"voxels_gt{threshold}"], CultureInfo.InvariantCulture), hu.LongCount(value => value > threshold));
        }
    }

    private static int[] DecodeStored(SliceHeader slice)
    {
        Assert.True(slice.File.TryOpen(out PixelFrames? frames, out SeriesIssue issue), issue.Explanation);
        int[] values = new int[frames!.Layout.ValuesPerFrame];
        Assert.IsType<FrameDecoding.Decoded>(frames.Decode(slice.Frame, values));
        return values;
    }

    private static string HashStoredValues(SeriesStack stack)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (SliceHeader slice in stack.Slices)
        {
            short[] values = [.. DecodeStored(slice).Select(value => unchecked((short)value))];
            hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static List<Dictionary<string, string>> ReadTable(string corpus)
    {
        string[][] lines = [.. File.ReadAllLines(Path.Combine(corpus, TableName)).Where(line => line.Length > 0).Select(line => line.Split('\t'))];
        return [.. lines.Skip(1).Select(line => lines[0].Zip(line).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal))];
    }

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static LpsPoint ParsePoint(string text)
    {
        double[] values = [.. text.Trim('[', ']').Split(',').Select(Parse)];
        return new LpsPoint(values[0], values[1], values[2]);
    }
}
