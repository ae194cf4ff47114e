using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Segmentation;

/// <summary>
/// Tells soft-tissue calcification from everything else that is dense in a CT volume. Every voxel at or above the threshold ends in exactly one
/// region of one kind, with the reasons in words and numbers.
/// </summary>
public static class VolumeSegmenter
{
    /// <summary>Segments a series.</summary>
    /// <param name="series">The series.</param>
    /// <param name="thresholdHu">Least HU of a hyperdense voxel.</param>
    /// <param name="connectivity">Which voxels of a deposit touch.</param>
    /// <param name="maxThreadCount">Threads to use; 0 for one per processor. The result does not depend on it.</param>
    /// <param name="progress">Told of each stage; may be null.</param>
    /// <param name="givenBone">Bone that somebody drew, in the grid of the series, instead of what would be found; null to find it.</param>
    /// <param name="cancellationToken">Checked between slices and structures.</param>
    /// <exception cref="ArgumentException">The threshold is NaN.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static VolumeSegmentation Segment(
        CtSeries series,
        float thresholdHu,
        Connectivity connectivity = Connectivity.Full26,
        int maxThreadCount = 0,
        IProgress<AnalysisProgress>? progress = null,
        Mask? givenBone = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentOutOfRangeException.ThrowIfNegative(maxThreadCount);
        CtVolume volume = series.Volume;
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = maxThreadCount == 0 ? Environment.ProcessorCount : maxThreadCount,
            CancellationToken = cancellationToken,
        };

        progress?.Report(new AnalysisProgress("body", 0));
        using CellGrid grid = CellGrid.Reduce(volume, parallel);
        using BodySegmentation body = BodySegmentation.Find(volume, grid, parallel);
        double? noise = body.MeasureNoise(volume, cancellationToken);
        using var scan = new BodyScan(volume, thresholdHu, grid, body, noise ?? BodyScan.AssumedNoiseHu, parallel);

        progress?.Report(new AnalysisProgress("components", 0));
        using ConnectedComponents dense = ConnectedComponents.Label(volume, thresholdHu, connectivity, parallel.MaxDegreeOfParallelism, cancellationToken);
        using Mask inBody = DenseInBody(dense, body, out SegmentedRegion? outside);
        using SkeletonModel skeleton = givenBone is null
            ? FindSkeleton(scan, inBody, outside, series.Acquisition.PatientPosition, progress)
            : UseSkeleton(scan, inBody, outside, givenBone, progress);

        progress?.Report(new AnalysisProgress("deposits", 0));
        using var classification = new RegionClassification(scan, skeleton, series.Acquisition, connectivity);
        List<SegmentedRegion> regions = classification.Classify(inBody);
        if (outside is not null)
        {
            regions.Add(outside);
        }

        List<SeriesIssue> issues = [.. Issues(scan, classification, regions)];
        var location = new BodyLocation(scan, classification.SkullContent, series.Acquisition);
        SkeletonParts.Gather(scan, location, classification.Cavity, regions);
        if (Locate(scan, location, regions) is { } contradiction)
        {
            issues.Add(contradiction);
        }

        progress?.Report(new AnalysisProgress("deposits", 1));
        return new VolumeSegmentation([.. regions], body.Voxels, skeleton.Bone, noise, [.. issues]) { Coverage = Cover(scan, classification, regions) };
    }

    /// <summary>The components of which at least half lies in the body; all others together are what lies outside.</summary>
    private static Mask DenseInBody(ConnectedComponents dense, BodySegmentation body, out SegmentedRegion? outside)
    {
        // The labelling is not used again, so its mask may be changed.
        Mask inBody = dense.Mask;
        var outsideRuns = new List<VoxelRun>();
        int outsideCount = 0;
        for (int label = 0; label < dense.Count; label++)
        {
            long within = 0;
            ReadOnlySpan<VoxelRun> runs = dense.RunsOf(label);
            foreach (VoxelRun run in runs)
            {
                within += RowBits.Count(body.Voxels.Row(run.Row, run.Slice), run.Start, run.End);
            }

            if (2 * within < dense.Statistics[label].VoxelCount)
            {
                outsideCount++;
                outsideRuns.AddRange(runs);
                RowBits.Clear(inBody, runs);
            }
        }

        outside = outsideCount == 0
            ? null
            : new SegmentedRegion(RegionKind.OutsideBody, 0.95, ["outside the body: couch, clothing, cushions or tubes"], RunOrder.Sort(outsideRuns))
            {
                ComponentCount = outsideCount,
            };
        return inBody;
    }

    private static SkeletonModel FindSkeleton(BodyScan scan, Mask inBody, SegmentedRegion? outside, string? patientPosition, IProgress<AnalysisProgress>? progress)
    {
        using Mask seeds = FindSeeds(scan, inBody);
        using Mask grouped = SkeletonModel.Group(scan, seeds);
        FindCompartments(scan, inBody, outside, grouped, progress);
        progress?.Report(new AnalysisProgress("skeleton", 0));
        return SkeletonModel.Recognise(scan, seeds, grouped, FluidLevelSearch.Gravity(patientPosition));
    }

    private static SkeletonModel UseSkeleton(BodyScan scan, Mask inBody, SegmentedRegion? outside, Mask bone, IProgress<AnalysisProgress>? progress)
    {
        FindCompartments(scan, inBody, outside, grouped: null, progress);
        progress?.Report(new AnalysisProgress("skeleton", 0));
        return SkeletonModel.FromGiven(bone);
    }

    /// <summary>Measures the depths wherever something is dense, in the body or not, or grouped with what is dense.</summary>
    private static void FindCompartments(BodyScan scan, Mask inBody, SegmentedRegion? outside, Mask? grouped, IProgress<AnalysisProgress>? progress)
    {
        progress?.Report(new AnalysisProgress("compartments", 0));
        using Mask? beside = outside is null ? null : Mask.FromRuns(inBody.ColumnCount, inBody.RowCount, inBody.SliceCount, outside.Runs.AsSpan());
        scan.FindCompartments([.. new[] { inBody, beside, grouped }.OfType<Mask>()]);
    }

    /// <summary>Voxels of dense structures: dense themselves, or dense when smoothed.</summary>
    private static Mask FindSeeds(BodyScan scan, Mask inBody)
    {
        float smoothHu = Math.Max(SeparationParameters.SmoothSeedHu, scan.ThresholdHu);
        double across = scan.Volume.Geometry.BetweenSlicesMm < SeparationParameters.SeedSmoothingThinSliceMm ? SeparationParameters.SeedSmoothingMm / 2 : 0;
        Mask seeds = inBody.Clone().And(scan.SeedVoxels);
        VoxelThreshold.AddSmoothed(scan.Volume, SeparationParameters.SeedSmoothingMm, across, smoothHu, inBody, scan.SeedVoxels, seeds, scan.Parallel);
        return seeds;
    }

    /// <summary>Gives site and side to what may be calcium.</summary>
    /// <returns>What to say where the header names a site that the image contradicts; null where it does not.</returns>
    private static SeriesIssue? Locate(BodyScan scan, BodyLocation location, List<SegmentedRegion> regions)
    {
        int[] located = [.. Enumerable.Range(0, regions.Count).Where(i => regions[i].Kind.IsCalcification())];
        SegmentedRegion[] found = [.. located.Select(i => regions[i])];
        bool[] isContradicted = new bool[located.Length];
        Parallel.For(0, located.Length, scan.Parallel, n => found[n] = location.Locate(found[n], out isContradicted[n]));
        for (int n = 0; n < located.Length; n++)
        {
            regions[located[n]] = found[n];
        }

        int first = Array.IndexOf(isContradicted, true);
        return first < 0
            ? null
            : new SeriesIssue(
                SeriesIssueCode.HeaderContradiction,
                $"Body Part Examined (0018,0015) names another part of the body than the image shows ({found[first].SiteSource}): sites are those of the image.");
    }

    /// <summary>What of the body the image shows, and where metal disturbs it.</summary>
    private static BodyCoverage Cover(BodyScan scan, RegionClassification classification, List<SegmentedRegion> regions)
    {
        CellGrid grid = scan.Grid;
        bool hasSkin = false;
        for (int slice = 0; slice < grid.SliceCount && !hasSkin; slice++)
        {
            int cells = scan.Body.Cells.CountOf(slice);
            hasSkin = cells > 0 && cells < grid.CellsPerSlice;
        }

        int reach = Math.Max(1, (int)(SeparationParameters.MetalStreakMm / grid.BetweenSlicesMm));
        bool[] isStreaked = new bool[grid.SliceCount];
        foreach (SegmentedRegion metal in regions.Where(region => region.Kind == RegionKind.Metal))
        {
            int from = Math.Max(0, metal.Runs[0].Slice - reach), to = Math.Min(grid.SliceCount - 1, metal.Runs[^1].Slice + reach);
            isStreaked.AsSpan(from, to - from + 1).Fill(true);
        }

        return new BodyCoverage(
            scan.Body.Exists,
            hasSkin,
            scan.Body.HasTrunk,
            classification.SkullContent is not null,
            scan.Body.TruncatedSliceCount,
            isStreaked.Count(streaked => streaked));
    }

    private static ImmutableArray<SeriesIssue> Issues(BodyScan scan, RegionClassification classification, List<SegmentedRegion> regions)
    {
        ImmutableArray<SeriesIssue>.Builder issues = ImmutableArray.CreateBuilder<SeriesIssue>();
        if (!scan.Body.Exists)
        {
            issues.Add(new(SeriesIssueCode.NoBody, "No body was found in the volume: nothing in it is counted as a deposit."));
        }

        if (scan.Body.IsTruncated)
        {
            issues.Add(new(SeriesIssueCode.TruncatedFieldOfView, "The body reaches the border of the image: what lies beyond is not counted."));
        }

        if (scan.Grid.SliceCount < SeparationParameters.FewSlices)
        {
            issues.Add(new(
                SeriesIssueCode.FewSlices,
                string.Create(CultureInfo.InvariantCulture, $"Only {scan.Grid.SliceCount} of at least {SeparationParameters.FewSlices} slices: structures cannot be followed, so nothing is called a deposit with certainty.")));
        }

        if (regions.Exists(region => region.Kind == RegionKind.Metal))
        {
            issues.Add(new(SeriesIssueCode.Metal, "The image shows metal: streaks around it may add or hide dense voxels."));
        }

        if (regions.Exists(region => region.Kind == RegionKind.Contrast))
        {
            issues.Add(new(SeriesIssueCode.ContrastInImage, "The image shows contrast medium, whatever the header says."));
        }

        if (classification.MergedUncertainCount > 0)
        {
            issues.Add(new(
                SeriesIssueCode.ManyComponents,
                string.Create(CultureInfo.InvariantCulture, $"{classification.MergedUncertainCount} uncertain findings were merged into {classification.MergedEntryCount} entries, one for each structure that they belong to.")));
        }

        return issues.ToImmutable();
    }
}
