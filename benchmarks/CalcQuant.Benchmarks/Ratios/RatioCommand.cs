using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using CalcQuant.Benchmarks.Analysis;
using CalcQuant.Benchmarks.Peers;
using CalcQuant.Benchmarks.Volumes;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;
using CalcQuant.Phantoms;
using CalcQuant.Segmentation;

namespace CalcQuant.Benchmarks.Ratios;

/// <summary>
/// <c>ratios</c>: every promise about speed in one run. Each round runs each piece of ours, the limit and the peers once, so that the load of the
/// machine hits all of them; of each the least time counts.
/// </summary>
internal sealed class RatioCommand : IDisposable
{
    private const int SliceCount = 400;
    private const int SaltSliceCount = 200;
    private const int Rounds = 5;

    // Short pieces are disturbed more easily and cost little.
    private const int RepeatsOfShortPieces = 5;

    // Seconds each; once alone would show whatever else the machine did.
    private const int RoundsOfDistances = 3;
    private const float DistanceCapMm = 20;

    // Less than a voxel of the 2.7 million: what is left are roundings of the sum.
    private const double VolumeToleranceMm3 = 0.1;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-ratios-");
    private readonly Dictionary<string, double> _least = [];
    private readonly Dictionary<string, string> _absent = [];
    private readonly List<string> _equal = [];
    private readonly List<string> _mismatches = [];

    /// <summary>Measures, prints one line per ratio, and writes a table and a plot where a folder is given.</summary>
    /// <param name="data">A folder of the user, measured too; null for none.</param>
    /// <param name="output">Where ratios.md and ratios.svg go; null for nowhere.</param>
    /// <returns>0, or 1 where a result differs from a peer's.</returns>
    public static int Run(string? data, string? output)
    {
        using var command = new RatioCommand();
        return command.Measure(data, output);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private int Measure(string? data, string? output)
    {
        using CtVolume ct = TimedVolumes.CtLike(SliceCount);
        using CtVolume salt = TimedVolumes.Salt(SaltSliceCount);
        string ctPath = Write("ct.raw", ct), saltPath = Write("salt.raw", salt), dicom = Path.Combine(_folder.FullName, "dicom");
        new BenchmarkVolume(SliceCount, TimedVolumes.Size).Write(dicom);
        using ConnectedComponents dense = ConnectedComponents.Label(ct, TimedVolumes.ThresholdHu);
        short[] voxels = ct.Int16Voxels.ToArray();
        using PeerProcess peers = PeerProcess.Start(
            ctPath, saltPath, dicom, SliceCount.ToString(CultureInfo.InvariantCulture), SaltSliceCount.ToString(CultureInfo.InvariantCulture));
        for (int round = 0; round < Rounds; round++)
        {
            for (int repeat = 0; repeat < RepeatsOfShortPieces; repeat++)
            {
                Time("limit", () => ReadLimit.Read(voxels));
                Time("components, 1 thread", () => Label(ct, TimedVolumes.ThresholdHu, 1));
                Time("components, 2 threads", () => Label(ct, TimedVolumes.ThresholdHu, 2));
                Time("closing", () => MaskMorphology.Close(dense.Mask, StructuringElement.Box3).Dispose());
                Time("opening", () => MaskMorphology.Open(dense.Mask, StructuringElement.Box3).Dispose());
                Time("load", () => FolderAnalysis.Load(dicom));
            }

            Time("noisy", () => Label(ct, TimedVolumes.NoisyThresholdHu, 2));
            Time("salt", () => Label(salt, TimedVolumes.ThresholdHu, 2));
            Time("analysis", () => FolderAnalysis.Analyse(dicom));
            if (round < RoundsOfDistances)
            {
                VoxelBox whole = new(0, 0, 0, TimedVolumes.Size - 1, TimedVolumes.Size - 1, SliceCount - 1);
                Time("distance", () => DistanceTransform.InBox(dense.Mask, whole, ct.Geometry, float.PositiveInfinity));
                Time("distance, bounded", () => DistanceTransform.InBox(dense.Mask, whole, ct.Geometry, DistanceCapMm));
            }

            if (round == 0)
            {
                Compare("label", peers, "voxels and sum of HU of each component at 130 HU", () => PeerResult.OfLabels(ct, TimedVolumes.ThresholdHu));
                Compare("label-noisy", peers, "the same at 71 HU", () => PeerResult.OfLabels(ct, TimedVolumes.NoisyThresholdHu));
                Compare("label-salt", peers, "the same in salt noise", () => PeerResult.OfLabels(salt, TimedVolumes.ThresholdHu));
                Compare("closing", peers, "every bit of the closing but for the outermost voxels, where scipy erodes from outside", () => Bits(MaskMorphology.Close(dense.Mask, StructuringElement.Box3)));
                Compare("opening", peers, "every bit of the opening but for the outermost voxels", () => Bits(MaskMorphology.Open(dense.Mask, StructuringElement.Box3)));
                Compare("load", peers, "every HU loaded", () => OfLoaded(dicom, PeerResult.OfVoxels));
                Compare("table", peers, "area, bounding box, greatest and mean HU of each region of the table", () => OfLoaded(dicom, volume => PeerResult.OfTable(volume, TimedVolumes.ThresholdHu)));
                CompareAnalysis(dicom, dense.Mask.Count());
                TimePeer("itk", peers);
            }

            // The comparison of the first round has timed them already.
            string[] pieces = round == 0 ? [] : round % 2 == 0 ? ["load", "label", "label-noisy", "label-salt", "closing", "opening", "table"] : ["load"];
            foreach (string piece in pieces)
            {
                TimePeer(piece, peers);
            }
        }

        RatioLine[] lines = Lines();
        foreach (RatioLine line in lines)
        {
            Console.WriteLine(line.ToLine());
        }

        if (data is not null)
        {
            MeasureFolder(data, voxels.Length * sizeof(short));
        }

        foreach (string mismatch in _mismatches)
        {
            Console.Error.WriteLine(mismatch);
        }

        if (output is not null)
        {
            WriteRecord(output, lines, peers.Ask("versions") ?? "no Python");
        }

        return _mismatches.Count == 0 ? 0 : 1;
    }

    private RatioLine[] Lines()
    {
        double? Limits(string piece) => _least.TryGetValue(piece, out double seconds) ? seconds / _least["limit"] : null;
        double? Times(string peer, string ours) => _least.TryGetValue(peer, out double seconds) ? seconds / _least[ours] : null;
        string Absent(string peer, string meaning) => _absent.TryGetValue(peer, out string? reason) ? reason : meaning;
        double? analysis = _least.TryGetValue("peer table", out double table) ? _least["analysis"] / table : null;
        return
        [
            new("components_1_thread_L", Limits("components, 1 thread"), 2.6, false, "threshold, components and all statistics, 1 thread, in L"),
            new("components_2_threads_L", Limits("components, 2 threads"), 1.6, false, "the same on 2 threads, in L"),
            new("components_vs_scipy_label", Times("peer label", "components, 2 threads"), null, true, Absent("label", "times as fast as scipy.ndimage.label, which makes no statistics")),
            new("components_vs_itk", Times("peer itk", "components, 2 threads"), null, true, Absent("itk", "times as fast as ITK's components and statistics")),
            new("noise_71hu_vs_scipy_label", Times("peer label-noisy", "noisy"), 12, true, Absent("label-noisy", "300 000 components (71 HU), times as fast as scipy.ndimage.label")),
            new("noise_salt_vs_scipy_label", Times("peer label-salt", "salt"), 12, true, Absent("label-salt", "2 % salt noise in 200 slices, times as fast as scipy.ndimage.label")),
            new("closing_L", Limits("closing"), 1.5, false, "closing with 3 x 3 x 3 on all processors, in L"),
            new("opening_L", Limits("opening"), 1.5, false, "opening with 3 x 3 x 3 on all processors, in L"),
            new("distance_L", Limits("distance"), 150, false, "exact Euclidean distance on all processors, in L"),
            new("distance_20mm_L", Limits("distance, bounded"), 60, false, "the same bounded at 20 mm, in L"),
            new("series_load_L", Limits("load"), 5, false, "400 slices from files to a volume of HU on all processors, in L"),
            new("series_load_vs_pydicom", Times("peer load", "load"), null, true, Absent("load", "times as fast as pydicom")),
            new("whole_analysis_vs_table", analysis, 0.25, false, Absent("table", "whole analysis, warm, in times of pydicom + skimage label + regionprops_table")),
        ];
    }

    private void WriteRecord(string output, RatioLine[] lines, string versions)
    {
        Directory.CreateDirectory(output);
        var invariant = CultureInfo.InvariantCulture;
        double milliseconds = 1000 * _least["limit"];
        double gigabytes = TimedVolumes.Size * TimedVolumes.Size * (double)SliceCount * sizeof(short) / _least["limit"] / 1e9;
        File.WriteAllLines(Path.Combine(output, "ratios.md"),
        [
            "# Speed beside the limit of memory and beside peers",
            string.Empty,
            string.Create(invariant, $"512 x 512 x 400 voxels of 16 bits, 2.6 % of them at least 130 HU; made by the suite. L, the time one core needs to read them once, was {milliseconds:0.0} ms ({gigabytes:0.0} GB/s)."),
            "Least times of alternating rounds of one run (25 of short pieces, 5 of long ones, 3 of the distances, 1 of ITK, 3 to 5 of the other peers); peers in a process that stays, without their start-up.",
            string.Empty,
            "```sh",
            "dotnet run -c Release --project benchmarks/CalcQuant.Benchmarks -- ratios --out DIR",
            "```",
            string.Empty,
            $"{CpuName()}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors; {versions}.",
            string.Empty,
            "| figure | value | target | |",
            "|---|---|---|---|",
            .. lines.Where(line => line.Value is not null).Select(line => line.ToRow()),
            string.Empty,
            .. lines.Where(line => line.Value is null).Select(line => $"Not measured: {line.Name} ({line.Meaning})."),
            _mismatches.Count > 0 ? "RESULTS DIFFER: " + string.Join("; ", _mismatches) + "."
                : "Results equal the peers': " + string.Join("; ", _equal) + ". ITK's are not compared.",
            string.Empty,
            "![Times in L](ratios.svg)",
        ]);
        var bars = new List<PlotBar>();
        Bar("Components and statistics, 2.6 % dense", "CalcQuant, 2 threads", "components, 2 threads", true);
        Bar("Components and statistics, 2.6 % dense", "CalcQuant, 1 thread", "components, 1 thread", true);
        Bar("Components and statistics, 2.6 % dense", "ITK", "peer itk", false);
        Bar("Components and statistics, 2.6 % dense", "scipy label, no statistics", "peer label", false);
        Bar("300 000 components", "CalcQuant, 2 threads", "noisy", true);
        Bar("300 000 components", "scipy label, no statistics", "peer label-noisy", false);
        Bar("Closing 3 x 3 x 3", "CalcQuant", "closing", true);
        Bar("Closing 3 x 3 x 3", "scipy", "peer closing", false);
        Bar("Load 400 slices", "CalcQuant", "load", true);
        Bar("Load 400 slices", "pydicom", "peer load", false);
        Bar("From files to a table of regions", "CalcQuant, whole analysis", "analysis", true);
        Bar("From files to a table of regions", "pydicom + skimage, no analysis", "peer table", false);
        File.WriteAllText(Path.Combine(output, "ratios.svg"), RatioPlot.Draw("512 x 512 x 400 voxels on " + Environment.ProcessorCount.ToString(invariant) + " processors", bars));

        void Bar(string group, string name, string piece, bool isOurs)
        {
            if (_least.TryGetValue(piece, out double seconds))
            {
                bars.Add(new PlotBar(group, name, seconds / _least["limit"], isOurs));
            }
        }
    }

    private static string CpuName()
    {
        const string File = "/proc/cpuinfo";
        string? line = System.IO.File.Exists(File) ? System.IO.File.ReadLines(File).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private void MeasureFolder(string data, long limitBytes)
    {
        SeriesCatalog catalog = SeriesCatalog.Scan([data], ReadingLimits.Default);
        long bytes = catalog.Stacks.Sum(stack => stack.VolumeByteCount);
        long voxelCount = catalog.Stacks.Sum(stack => stack.Geometry?.VoxelCount ?? 0);
        if (voxelCount == 0)
        {
            Console.WriteLine("data - - skipped (no CT volume below the folder)");
            return;
        }

        for (int round = 0; round < Rounds; round++)
        {
            Time("load of data", () => FolderAnalysis.Load(data));
            Time("analysis of data", () => FolderAnalysis.Analyse(data));
        }

        double limit = _least["limit"] * bytes / limitBytes;
        var invariant = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(invariant, $"data_load_L {_least["load of data"] / limit:0.##} - measured ({voxelCount / _least["load of data"] / 1e6:0} million voxels/s)"));
        Console.WriteLine(string.Create(invariant, $"data_analysis_L {_least["analysis of data"] / limit:0.##} - measured ({voxelCount / _least["analysis of data"] / 1e6:0} million voxels/s)"));
    }

    /// <summary>Has the peer work once, keeps its time, and compares its result with ours.</summary>
    private void Compare(string command, PeerProcess peers, string what, Func<PeerResult> makeOurs)
    {
        PeerAnswer answer = peers.Time(command);
        Keep("peer " + command, command, answer);
        if (answer.Digest is null)
        {
            return;
        }

        PeerResult ours = makeOurs();
        if (ours.Count == answer.Count && ours.Digest == answer.Digest)
        {
            _equal.Add(what);
        }
        else
        {
            _mismatches.Add($"{command}: {ours.Count} components or voxels here, {answer.Count} from the peer{(ours.Count == answer.Count ? ", but not the same" : string.Empty)}");
        }
    }

    /// <summary>Every dense voxel is in one region of the report: together they have as many as the labelling found, and as the table of the peer holds.</summary>
    private void CompareAnalysis(string folder, long denseCount)
    {
        double denseMm3 = 0;
        FolderAnalysis.Load(folder, volume => denseMm3 = denseCount * volume.Geometry.VoxelVolumeMm3(0));
        double reported = FolderAnalysis.DenseVolumeMm3(folder);
        if (Math.Abs(reported - denseMm3) > VolumeToleranceMm3)
        {
            _mismatches.Add(string.Create(CultureInfo.InvariantCulture, $"analysis: {reported:0.0} mm3 in all regions, {denseMm3:0.0} mm3 dense"));
        }
        else
        {
            _equal.Add("all regions of the whole analysis together have as many voxels as those of the labelling");
        }
    }

    private static PeerResult Bits(Mask mask)
    {
        using Mask result = mask;
        return PeerResult.OfInnerBits(result);
    }

    private static PeerResult OfLoaded(string folder, Func<CtVolume, PeerResult> make)
    {
        PeerResult result = default;
        FolderAnalysis.Load(folder, volume => result = make(volume));
        return result;
    }

    private void TimePeer(string command, PeerProcess peers) => Keep("peer " + command, command, peers.Time(command));

    private void Keep(string name, string command, PeerAnswer answer)
    {
        if (answer.Seconds is { } seconds)
        {
            _least[name] = Math.Min(_least.GetValueOrDefault(name, double.PositiveInfinity), seconds);
        }
        else
        {
            _absent[command] = answer.Reason ?? "absent";
        }
    }

    private void Time(string name, Action piece)
    {
        long begin = Stopwatch.GetTimestamp();
        piece();
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        _least[name] = Math.Min(_least.GetValueOrDefault(name, double.PositiveInfinity), seconds);
    }

    private string Write(string name, CtVolume volume)
    {
        string path = Path.Combine(_folder.FullName, name);
        using FileStream file = File.Create(path);
        file.Write(MemoryMarshal.AsBytes(volume.Int16Voxels));
        return path;
    }

    private static void Label(CtVolume volume, float thresholdHu, int threadCount)
    {
        using ConnectedComponents components = ConnectedComponents.Label(volume, thresholdHu, Connectivity.Full26, threadCount);
        components.Mask.Dispose();
    }
}
