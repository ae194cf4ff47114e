using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Measurement;
using CalcQuant.Phantoms.Truth;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms;

/// <summary>Files that a score writes besides what it prints; each null where it is not wanted.</summary>
/// <param name="Pictures">Folder of a picture of each deposit that was missed, false or of wrong depth or shape.</param>
/// <param name="Sheet">PNG file with all of them, small.</param>
/// <param name="Reliability">SVG file of how often a stated confidence was right.</param>
internal sealed record ScoreFiles(string? Pictures, string? Sheet, string? Reliability);

/// <summary>Analyses phantoms as a series would be and prints, per family, what was right and each thing that was not.</summary>
internal static class ScoreCommand
{
    /// <summary>Deposits from this volume on count for recall, mm³.</summary>
    public const double DefaultRecallVolumeMm3 = 2;

    /// <summary>A region with at least so much bone in it is listed, mm³.</summary>
    private const double ListedLeakMm3 = 5;

    /// <summary>Scores families one phantom after the other; the analysis is parallel in itself.</summary>
    /// <param name="families">Names joined by commas; null for all.</param>
    /// <param name="seeds">One seed or a range <c>first-last</c>.</param>
    /// <param name="sliceMm">Spacing of the slices; null for each family's own.</param>
    /// <param name="recallVolumeMm3">Deposits below this volume do not count for recall.</param>
    /// <param name="files">What is written besides.</param>
    /// <param name="output">Receives a markdown table and one line per error.</param>
    public static void Run(string? families, string seeds, double? sliceMm, double recallVolumeMm3, ScoreFiles files, TextWriter output)
    {
        string[] names = families?.Split(',') ?? [.. PhantomFamilies.ScoredNames];
        var range = SeedRange.Parse(seeds);
        var failures = new Failures(new FailurePictures(files.Pictures, files.Sheet));
        var reliability = new Reliability();
        output.WriteLine("| family | slice mm | deposits | recall | recall with uncertain | precision | regions | bone leak mm3 max / mean | uncertain max | depth right | morphology right | bone-touching found | vascular right |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (string name in names)
        {
            var sum = new FamilySum();
            for (ulong seed = range.First; seed <= range.Last; seed++)
            {
                PhantomOptions options = Sliced(PhantomFamilies.Draw(name, seed), sliceMm);
                sum.SliceMm = options.SliceSpacingMm;
                Score(name, options, recallVolumeMm3, sum, reliability, failures);
            }

            output.WriteLine(sum.ToRow(name));
            output.Flush();
        }

        output.WriteLine();
        output.Write(reliability.ToMarkdown());
        output.WriteLine();
        failures.Lines.ForEach(output.WriteLine);
        failures.Pictures.WriteSheet();
        if (files.Reliability is { } plot)
        {
            File.WriteAllText(plot, reliability.ToSvg());
        }
    }

    /// <summary>The same anatomy in slices of another distance.</summary>
    /// <param name="options">The phantom.</param>
    /// <param name="sliceMm">Distance of the slices; null for its own.</param>
    public static PhantomOptions Sliced(PhantomOptions options, double? sliceMm)
    {
        const int LeastSliceCount = 6;
        return sliceMm is { } spacing
            ? options with
            {
                SliceSpacingMm = spacing,
                SliceCount = Math.Max(LeastSliceCount, (int)Math.Round(options.SliceCount * options.SliceSpacingMm / spacing)),
            }
            : options;
    }

    private static void Score(string name, PhantomOptions options, double recallVolumeMm3, FamilySum sum, Reliability reliability, Failures failures)
    {
        PhantomScan scan = Phantom.Render(options);
        CalcificationResult result = CalcificationAnalysis.Run(scan.Series);
        using VolumeSegmentation segmentation = result.Segmentation;
        SegmentedRegion[] regions = [.. segmentation.Regions];
        PhantomScore score = PhantomScore.Of(scan.Truth, [.. regions.Select(ScoredRegion.Of)], recallVolumeMm3);
        sum.Add(score, recallVolumeMm3);
        for (int index = 0; index < regions.Length; index++)
        {
            if (regions[index].Kind == RegionKind.SoftTissueCalcification)
            {
                reliability.Add(regions[index].Confidence, !score.FalseRegionIndices.Contains(index));
            }
        }

        string start = string.Create(CultureInfo.InvariantCulture, $"{name} {options.Seed}");
        foreach (DepositScore missed in score.Deposits.Where(deposit => !deposit.Found && deposit.Truth.VolumeMm3 >= recallVolumeMm3))
        {
            SegmentedRegion? called = MostOverlapping(missed.Truth.Runs, regions);
            Fail("missed", $"{missed.Truth.Kind} {missed.Truth.Depth}, {Volume(missed.Truth.VolumeMm3)}", missed.Truth.Runs, called);
        }

        foreach (DepositScore misnamed in score.Deposits.Where(deposit => deposit.Found && (deposit.DepthRight == false || deposit.MorphologyRight == false)))
        {
            string wrong = misnamed.DepthRight == false ? "depth" : "shape";
            Fail(
                wrong,
                $"{misnamed.Truth.Kind} {misnamed.Truth.Depth} {misnamed.Truth.Morphology}, {Volume(misnamed.Truth.VolumeMm3)}",
                misnamed.Truth.Runs,
                MostOverlapping(misnamed.Truth.Runs, regions));
        }

        foreach (int index in score.FalseRegionIndices)
        {
            double volume = regions[index].Runs.Sum(run => run.Length) * scan.Truth.VoxelVolumeMm3;
            Fail("false", $"{WhatIsThere(scan, regions[index].Runs)}, {Volume(volume)}", regions[index].Runs, regions[index]);
        }

        foreach ((int index, double leak) in score.BoneLeaks.Where(leak => leak.Mm3 >= ListedLeakMm3))
        {
            Say("leak", $"{Volume(leak)} of bone", regions[index].Runs, regions[index]);
        }

        foreach (OtherCalcificationTruth other in scan.Truth.OtherCalcifications.Where(other => other.VolumeMm3 >= recallVolumeMm3))
        {
            SegmentedRegion? called = MostOverlapping(other.Runs, regions);
            bool right = called?.Kind == other.Kind;
            sum.AddOther(right);
            if (!right)
            {
                Say("other", $"{other.Name}, {Volume(other.VolumeMm3)}", other.Runs, called);
            }
        }

        void Say(string wrong, string what, ImmutableArray<VoxelRun> runs, SegmentedRegion? called) =>
            failures.Lines.Add($"{wrong}: {start} {what}, {Place(runs)}: {Named(called)}");

        void Fail(string wrong, string what, ImmutableArray<VoxelRun> runs, SegmentedRegion? called)
        {
            Say(wrong, what, runs, called);
            failures.Pictures.Add(wrong, start, what, called, scan, regions, runs);
        }
    }

    private static string Volume(double mm3) => string.Create(CultureInfo.InvariantCulture, $"{mm3:F1} mm3");

    private static string Named(SegmentedRegion? region) => region is null
        ? "in no region"
        : string.Create(CultureInfo.InvariantCulture, $"{region.Kind} {region.Confidence:F2} {region.Depth} {region.Morphology} [{string.Join("; ", region.Evidence)}]");

    // The middle of the slice with the most voxels.
    private static string Place(IReadOnlyCollection<VoxelRun> runs)
    {
        IGrouping<int, VoxelRun> slice = runs.GroupBy(run => run.Slice).MaxBy(group => group.Sum(run => run.Length))!;
        double voxels = slice.Sum(run => run.Length);
        double column = slice.Sum(run => run.Length * (run.Start + run.End - 1) / 2.0) / voxels;
        double row = slice.Sum(run => (double)run.Length * run.Row) / voxels;
        return string.Create(CultureInfo.InvariantCulture, $"slice {slice.Key} column {column:F0} row {row:F0}");
    }

    private static SegmentedRegion? MostOverlapping(IReadOnlyCollection<VoxelRun> runs, SegmentedRegion[] regions)
    {
        ILookup<(int Slice, int Row), VoxelRun> rows = runs.ToLookup(run => (run.Slice, run.Row));
        SegmentedRegion? best = null;
        int most = 0;
        foreach (SegmentedRegion region in regions)
        {
            int common = region.Runs.Sum(run => rows[(run.Slice, run.Row)].Sum(own => Math.Max(0, Math.Min(run.End, own.End) - Math.Max(run.Start, own.Start))));
            if (common > most)
            {
                (best, most) = (region, common);
            }
        }

        return best;
    }

    private static string WhatIsThere(PhantomScan scan, IReadOnlyCollection<VoxelRun> runs)
    {
        long all = 0;
        long bone = 0;
        long body = 0;
        foreach (VoxelRun run in runs)
        {
            for (int column = run.Start; column < run.End; column++)
            {
                all++;
                bone += scan.Truth.Bone[column, run.Row, run.Slice] ? 1 : 0;
                body += scan.Truth.Body[column, run.Row, run.Slice] ? 1 : 0;
            }
        }

        string? other = scan.Truth.OtherCalcifications.FirstOrDefault(candidate => candidate.Runs.Any(own => runs.Any(run =>
            run.Slice == own.Slice && run.Row == own.Row && run.Start < own.End && own.Start < run.End)))?.Name;
        return string.Create(CultureInfo.InvariantCulture, $"on {other ?? "nothing"}, bone share {(double)bone / all:F2}, body share {(double)body / all:F2}");
    }

    /// <summary>What was not right, in words and, where wanted, in pictures.</summary>
    private sealed record Failures(FailurePictures Pictures)
    {
        public List<string> Lines { get; } = [];
    }

    private sealed class FamilySum
    {
        private readonly List<double> _leaks = [];
        private int _counted;
        private int _found;
        private int _foundOrUncertain;
        private int _regions;
        private int _right;
        private int _uncertain;
        private int _depthRight;
        private int _depthJudged;
        private int _morphologyRight;
        private int _morphologyJudged;
        private int _touching;
        private int _touchingFound;
        private int _others;
        private int _othersRight;

        public double SliceMm { get; set; }

        public void Add(PhantomScore score, double recallVolumeMm3)
        {
            _leaks.Add(score.BoneLeakMm3);
            _counted += score.CountedCount;
            _found += score.FoundCount;
            _foundOrUncertain += score.FoundOrUncertainCount;
            _regions += score.RegionCount;
            _right += score.RightRegionCount;
            _uncertain = Math.Max(_uncertain, score.UncertainCount);
            _depthRight += score.DepthRightCount;
            _depthJudged += score.DepthJudgedCount;
            _morphologyRight += score.MorphologyRightCount;
            _morphologyJudged += score.MorphologyJudgedCount;
            DepositScore[] touching = [.. score.Deposits.Where(deposit => deposit.Truth.TouchesBone && deposit.Truth.VolumeMm3 >= recallVolumeMm3)];
            _touching += touching.Length;
            _touchingFound += touching.Count(deposit => deposit.Found);
        }

        public void AddOther(bool right)
        {
            _others++;
            _othersRight += right ? 1 : 0;
        }

        public string ToRow(string name) => string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {SliceMm} | {_counted} | {Share(_found, _counted)} | {Share(_foundOrUncertain, _counted)} | {Share(_right, _regions)} | {_regions} | {_leaks.Max():F1} / {_leaks.Average():F1} | {_uncertain} | {Share(_depthRight, _depthJudged)} | {Share(_morphologyRight, _morphologyJudged)} | {_touchingFound}/{_touching} | {_othersRight}/{_others} |");

        public static string Share(int part, int whole) =>
            whole == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{(double)part / whole:F3} ({part}/{whole})");
    }
}
