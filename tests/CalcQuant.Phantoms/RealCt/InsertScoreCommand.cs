using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>
/// The separation on real CT: what it finds in each series as it is, and how many known deposits it finds when they are put in. Prints tables in Markdown and a
/// line for each deposit that is missed.
/// </summary>
internal sealed class InsertScoreCommand
{
    /// <summary>With fewer slices nothing is more than uncertain: there, a deposit that is reported as such is all that can be asked for.</summary>
    private const int LeastSlices = 5;

    /// <summary>Smaller deposits' volumes are not tabled, mm³: as of the deposits of the synthetic anatomy.</summary>
    private const double LeastMeasuredMm3 = 30;

    private readonly string _corpus;
    private readonly SeedRange _seeds;
    private readonly string? _wanted;
    private readonly string? _pictures;
    private readonly TextWriter _out;
    private readonly List<string> _asItIs = [];
    private readonly List<string> _found = [];
    private readonly List<string> _lines = [];
    private readonly List<InsertedVolume> _volumes = [];
    private readonly SortedDictionary<(bool IsThin, DepositKind Kind), (int Counted, int Found, int Reported)> _byKind = [];

    private InsertScoreCommand(string corpus, SeedRange seeds, string? wanted, string? pictures, TextWriter output)
    {
        _corpus = corpus;
        _seeds = seeds;
        _wanted = wanted;
        _pictures = pictures;
        _out = output;
    }

    /// <summary>Runs it.</summary>
    /// <param name="corpus">Folder of the corpus.</param>
    /// <param name="seeds">A number, or a range like "1-3".</param>
    /// <param name="wanted">Part of the name of the series wanted; null for all.</param>
    /// <param name="pictures">Folder that receives a picture of each missed and each false deposit; null for none.</param>
    /// <param name="output">Receives the tables.</param>
    public static void Run(string corpus, string seeds, string? wanted, string? pictures, TextWriter output)
    {
        if (!Directory.Exists(Path.Combine(corpus, "open")))
        {
            throw new ArgumentException($"No corpus of real CT in {corpus}: --corpus says where it is.");
        }

        new InsertScoreCommand(corpus, SeedRange.Parse(seeds), wanted, pictures, output).Run();
    }

    private void Run()
    {
        foreach (CorpusSeries series in CtCorpus.ReadAll(_corpus))
        {
            if (_wanted is null || series.Name.Contains(_wanted, StringComparison.OrdinalIgnoreCase))
            {
                Score(series);
            }
        }

        Print(
            "## As they are",
            "| series | slices | mm | deposits | mm3 | uncertain | mm3 | vascular | mm3 | contrast | metal | noise | bone entries, mm3 | bone >= 200 HU excluded | labelled bone in deposits, mm3 | plaque >= 400 HU vascular | s |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
            _asItIs);
        Print(
            "## With inserted deposits",
            "| series | seed | blur mm | placed | recall >= 2 mm3 | with uncertain | false regions | uncertain | depth | shape | no room for |",
            "|---|---|---|---|---|---|---|---|---|---|---|",
            _found);
        Print(
            "## By kind",
            "| slices | kind | counted | found | with uncertain | recall | with uncertain |",
            "|---|---|---|---|---|---|---|",
            [.. _byKind.Select(entry => ByKind(entry.Key.IsThin, entry.Key.Kind.ToString(), entry.Value)).Concat(
                _byKind.GroupBy(entry => entry.Key.IsThin).Select(group => ByKind(
                    group.Key, "all", (group.Sum(entry => entry.Value.Counted), group.Sum(entry => entry.Value.Found), group.Sum(entry => entry.Value.Reported)))))]);
        Print(
            Text($"## Volumes of {LeastMeasuredMm3:F0} mm3 and more with regions of their own"),
            "| series | deposits | volume bias % | volume RMSE % | by counting, RMSE % | intervals that hold the truth | slice profile |",
            "|---|---|---|---|---|---|---|",
            [.. _volumes.GroupBy(volume => volume.Series).Select(group => Volumes(group.Key, [.. group])), .. _volumes.Count > 0 ? [Volumes("all", [.. _volumes])] : (string[])[]]);
        _out.WriteLine("## Lines");
        _out.WriteLine();
        _lines.ForEach(_out.WriteLine);
    }

    /// <summary>An inserted deposit's volume as it was measured.</summary>
    /// <param name="Series">Name of the series.</param>
    /// <param name="Error">(measured - true) / true.</param>
    /// <param name="CountedError">The same of the volume by counting voxels at or above the threshold.</param>
    /// <param name="IsHeld">Whether the 95 % interval holds the truth; null where there is none.</param>
    /// <param name="SliceProfile">What the report says of the slice profile.</param>
    private sealed record InsertedVolume(string Series, double Error, double CountedError, bool? IsHeld, string SliceProfile);

    private void Score(CorpusSeries series)
    {
        CtVolume volume = series.Series.Volume;
        VolumeGeometry geometry = volume.Geometry;
        string name = series.Name + (geometry.SliceCount < 3 ? " (single)" : string.Empty);
        bool isThin = geometry.SliceCount < LeastSlices;
        var clock = Stopwatch.StartNew();
        CalcificationResult plain = CalcificationAnalysis.Run(series.Series);
        double seconds = clock.Elapsed.TotalSeconds;
        var figures = SeparationFigures.Of(series, plain);
        _asItIs.Add(AsItIs(name, geometry, plain, figures, seconds));
        Progress(name, "as it is", seconds);
        foreach (Region region in plain.Report.Regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification))
        {
            (int Column, int Row, int Slice) middle = Middle(region, geometry);
            _lines.Add(Text($"- deposit in {name} as it is: {Describe(region, middle)}"));
            Picture(Text($"{name} as it is {region.Id}"), volume, plain, middle, [], Text($"{name}: entry {region.Id}, {region.VolumeMm3:F0} mm3"), string.Join("; ", region.Evidence));
        }

        clock.Restart();
        var insertion = new DepositInsertion(series.Series, series.Labels?.Organs);
        for (ulong seed = _seeds.First; seed <= _seeds.Last; seed++)
        {
            InsertedSeries inserted = insertion.Insert(seed);
            CalcificationResult result = CalcificationAnalysis.Run(inserted.Series);
            var score = InsertionScore.Of(inserted, result, series.Labels);
            Count(score, isThin);
            Measure(name, score, result);
            _found.Add(Found(name, seed, insertion.Blur, inserted, score));
            foreach (InsertionOutcome outcome in score.Outcomes.Where(outcome => isThin ? !outcome.IsReported : !outcome.Score.Found))
            {
                InsertedDeposit deposit = outcome.Deposit;
                _lines.Add(Missed(name, seed, outcome));
                Picture(
                    Text($"{name} seed {seed} missed {deposit.Truth.Id}"),
                    inserted.Series.Volume,
                    result,
                    (deposit.Column, deposit.Row, deposit.Slice),
                    deposit.Truth.Runs,
                    Text($"{name}, seed {seed}: {deposit.Truth.Kind} {deposit.Truth.VolumeMm3:F0} mm3, {deposit.Hu:F0} HU"),
                    Called(outcome));
            }

            foreach (int index in score.FalseRegions)
            {
                Region region = result.Report.Regions[index];
                (int Column, int Row, int Slice) middle = Middle(region, geometry);

                // What is false without insertion too stands above already.
                if (!IsDeposit(plain, middle))
                {
                    _lines.Add(Text($"- false in {name}, seed {seed}, and not as it is: {Describe(region, middle)}"));
                    Picture(
                        Text($"{name} seed {seed} false {region.Id}"), inserted.Series.Volume, result, middle, [], Text($"{name}, seed {seed}: entry {region.Id}, {region.VolumeMm3:F0} mm3"), string.Join("; ", region.Evidence));
                }
            }

            Progress(name, Text($"seed {seed}"), clock.Elapsed.TotalSeconds);
            clock.Restart();
        }
    }

    private void Count(InsertionScore score, bool isThin)
    {
        foreach (InsertionOutcome outcome in score.Outcomes.Where(outcome => outcome.Deposit.Truth.VolumeMm3 >= InsertionScore.LeastVolumeMm3))
        {
            (bool, DepositKind) key = (isThin, outcome.Deposit.Truth.Kind);
            (int counted, int found, int reported) = _byKind.GetValueOrDefault(key);
            _byKind[key] = (counted + 1, found + (outcome.Score.Found ? 1 : 0), reported + (outcome.IsReported ? 1 : 0));
        }
    }

    private void Measure(string name, InsertionScore score, CalcificationResult result)
    {
        foreach (DepositScore deposit in score.Score.Deposits.Where(deposit => deposit.Found && deposit.VolumeError is not null && deposit.Truth.VolumeMm3 >= LeastMeasuredMm3))
        {
            double truth = deposit.Truth.VolumeMm3;
            Region[] own = [.. deposit.RegionIndices.Select(index => result.Report.Regions[index])];
            bool? isHeld = own is [{ VolumeIntervalMm3: { } interval }] ? interval.Low <= truth && truth <= interval.High : null;
            if (isHeld == false)
            {
                _lines.Add(Text(
                    $"- volume in {name} outside its interval: {deposit.Truth.Kind} {truth:F0} mm3, measured {own[0].VolumeMm3:F0} ({own[0].VolumeIntervalMm3!.Value.Low:F0} to {own[0].VolumeIntervalMm3!.Value.High:F0}), counted {own[0].ThresholdVolumeMm3:F0}: {string.Join("; ", own[0].Evidence)}"));
            }

            _volumes.Add(new(name, deposit.VolumeError!.Value, (own.Sum(region => region.ThresholdVolumeMm3) / truth) - 1, isHeld, result.Report.Parameters?.SliceProfile ?? "-"));
        }
    }

    private static string Volumes(string series, InsertedVolume[] volumes)
    {
        static double Rms(IEnumerable<double> errors) => Math.Sqrt(errors.Average(error => error * error));
        return Text(
            $"| {series} | {volumes.Length} | {100 * volumes.Average(volume => volume.Error):+0.0;-0.0} | {100 * Rms(volumes.Select(volume => volume.Error)):F1} | {100 * Rms(volumes.Select(volume => volume.CountedError)):F1} | {volumes.Count(volume => volume.IsHeld == true)}/{volumes.Count(volume => volume.IsHeld is not null)} | {string.Join("; ", volumes.Select(volume => volume.SliceProfile).Distinct())} |");
    }

    private static string ByKind(bool isThin, string kind, (int Counted, int Found, int Reported) all) => Text(
        $"| {(isThin ? "< " : ">= ")}{LeastSlices} | {kind} | {all.Counted} | {all.Found} | {all.Reported} | {(double)all.Found / all.Counted:F2} | {(double)all.Reported / all.Counted:F2} |");

    private static string AsItIs(string name, VolumeGeometry geometry, CalcificationResult result, SeparationFigures figures, double seconds)
    {
        (int Count, double Mm3) Of(RegionKind kind)
        {
            Region[] all = [.. result.Report.Regions.Where(region => region.Kind == kind)];
            return (all.Length, all.Sum(region => region.VolumeMm3));
        }

        (int deposits, double depositsMm3) = Of(RegionKind.SoftTissueCalcification);
        (int uncertain, double uncertainMm3) = Of(RegionKind.Uncertain);
        (int vascular, double vascularMm3) = Of(RegionKind.Vascular);
        (int bone, double boneMm3) = Of(RegionKind.Bone);
        string excluded = figures.ExcludedShare is { } share ? Text($"{share:P2} of {figures.BoneVoxels}, mean {figures.MeanBoneHu:F0} HU") : "-";
        string leak = figures.BoneInDepositsMm3 is { } mm3 ? Text($"{mm3:F0}") : "-";
        string plaque = figures.VascularShare is { } part
            ? Text($"{part:P1} ({string.Join(", ", figures.Plaque!.OrderByDescending(entry => entry.Value).Select(entry => $"{entry.Key} {entry.Value}"))})")
            : "-";
        return Text(
            $"| {name} | {geometry.SliceCount} | {geometry.BetweenColumnsMm:F2} x {geometry.BetweenSlicesMm:F2} | {deposits} | {depositsMm3:F0} | {uncertain} | {uncertainMm3:F0} | {vascular} | {vascularMm3:F0} | {Of(RegionKind.Contrast).Count} | {Of(RegionKind.Metal).Count} | {Of(RegionKind.Noise).Count} | {bone}, {boneMm3:F0} | {excluded} | {leak} | {plaque} | {seconds:F1} |");
    }

    private static string Found(string name, ulong seed, SeriesBlur blur, InsertedSeries inserted, InsertionScore score)
    {
        InsertionOutcome[] counted = [.. score.Outcomes.Where(outcome => outcome.Deposit.Truth.VolumeMm3 >= InsertionScore.LeastVolumeMm3)];
        int shapesJudged = score.Score.Deposits.Count(deposit => deposit.Found && deposit.MorphologyRight is not null);
        int shapesRight = score.Score.Deposits.Count(deposit => deposit.Found && deposit.MorphologyRight == true);
        string noRoom = string.Join(", ", inserted.NotPlaced.GroupBy(kind => kind).Select(group => $"{group.Count()} {group.Key}"));
        return Text(
            $"| {name} | {seed} | {blur.Spread.InPlaneFwhmMm:F2}{(blur.IsAssumed ? " assumed" : string.Empty)} | {inserted.Deposits.Length} | {counted.Count(outcome => outcome.Score.Found)}/{counted.Length} | {counted.Count(outcome => outcome.IsReported)}/{counted.Length} | {score.FalseRegions.Length} | {score.Score.UncertainCount} | {score.Score.DepthRightCount}/{score.Score.DepthJudgedCount} | {shapesRight}/{shapesJudged} | {noRoom} |");
    }

    private static string Missed(string name, ulong seed, InsertionOutcome outcome)
    {
        InsertedDeposit deposit = outcome.Deposit;
        string evidence = outcome.Main is { } main ? Text($"; entry {main.Id}, {main.VolumeMm3:F0} mm3: {string.Join("; ", main.Evidence)}") : string.Empty;
        return Text(
            $"- missed in {name}, seed {seed}: {deposit.Truth.Kind} {deposit.Truth.VolumeMm3:F1} mm3, {deposit.Hu:F0} HU (peak {deposit.PeakHu:F0}), voxel ({deposit.Column}, {deposit.Row}, {deposit.Slice}), {deposit.Truth.DepthBelowSkinMm:F1} mm below skin: {Called(outcome)}{evidence}");
    }

    private static string Called(InsertionOutcome outcome) => string.Join(
        ", ",
        outcome.Shares.OrderByDescending(share => share.Value).Select(share => Text($"{share.Key} {share.Value:P0}"))
            .Append(Text($"below the threshold {1 - outcome.Shares.Values.Sum():P0}")));

    private static (int Column, int Row, int Slice) Middle(Region region, VolumeGeometry geometry)
    {
        (double column, double row, double slice) = new VoxelLocator(geometry).ToVoxel(region.CentroidLpsMm);
        return ((int)Math.Round(column), (int)Math.Round(row), (int)Math.Round(slice));
    }

    private static bool IsDeposit(CalcificationResult result, (int Column, int Row, int Slice) voxel)
    {
        // Insertion moves a centre by little.
        const int Pixels = 3;
        return result.Segmentation.Regions.Any(region => region.Kind == RegionKind.SoftTissueCalcification && region.Runs.Any(run =>
            Math.Abs(run.Slice - voxel.Slice) <= 1 && Math.Abs(run.Row - voxel.Row) <= Pixels && run.Start - Pixels <= voxel.Column && voxel.Column < run.End + Pixels));
    }

    private void Picture(
        string name, CtVolume volume, CalcificationResult result, (int Column, int Row, int Slice) voxel, ImmutableArray<VoxelRun> truth, params string[] captions)
    {
        if (_pictures is null)
        {
            return;
        }

        Directory.CreateDirectory(_pictures);
        string file = string.Concat(name.Select(letter => char.IsLetterOrDigit(letter) ? letter : '-')) + ".png";
        var picture = new FindingPicture(volume, result.Segmentation.Regions, truth, voxel.Slice);
        File.WriteAllBytes(Path.Combine(_pictures, file), picture.ToPng(voxel.Column, voxel.Row, FindingPicture.LeastWidthMm, captions));
    }

    private static string Describe(Region region, (int Column, int Row, int Slice) middle)
    {
        return Text(
            $"entry {region.Id}, {region.VolumeMm3:F0} mm3, voxel ({middle.Column}, {middle.Row}, {middle.Slice}), mean {region.MeanHu:F0} HU, confidence {region.Confidence:F2}, {region.Depth}, {region.Morphology}: {string.Join("; ", region.Evidence)}");
    }

    private void Print(string title, string head, string rule, List<string> rows)
    {
        _out.WriteLine(title);
        _out.WriteLine();
        _out.WriteLine(head);
        _out.WriteLine(rule);
        rows.ForEach(_out.WriteLine);
        _out.WriteLine();
    }

    private static void Progress(string name, string step, double seconds) => Console.Error.WriteLine(Text($"{name}: {step}, {seconds:F1} s"));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
