using System.Globalization;

namespace CalcQuant.Segmentation;

/// <summary>
/// Keeps the uncertain findings to a list that a reader reads: the ones most like calcium stay entries of their own, the others of each
/// structure become one.
/// </summary>
internal static class ShortList
{
    /// <summary>Makes the list.</summary>
    /// <param name="findings">All uncertain findings.</param>
    /// <param name="single">Those that stay by themselves, in the order of <paramref name="findings"/>.</param>
    /// <param name="merged">One region for each structure that others were merged into.</param>
    public static void Make(IReadOnlyList<Finding> findings, out Finding[] single, out SegmentedRegion[] merged)
    {
        if (findings.Count <= SeparationParameters.GreatestUncertainCount)
        {
            single = [.. findings];
            merged = [];
            return;
        }

        // Each structure may need an entry for its rest. What is as dense as calcium comes first, then what is large.
        int structures = findings.Select(finding => finding.Structure).Distinct().Count();
        HashSet<Finding> kept = [.. findings
            .OrderByDescending(finding => finding.IsAsDenseAsCalcium)
            .ThenByDescending(finding => finding.VolumeMm3)
            .ThenBy(finding => finding.Runs[0].Slice)
            .ThenBy(finding => finding.Runs[0].Row)
            .ThenBy(finding => finding.Runs[0].Start)
            .Take(SeparationParameters.GreatestUncertainCount - structures)];
        IGrouping<UncertainStructure, Finding>[] rest =
        [
            .. findings.Where(finding => !kept.Contains(finding)).GroupBy(finding => finding.Structure).OrderBy(group => group.Key),
        ];
        HashSet<Finding> alone = [.. rest.Where(group => group.Count() == 1).Select(group => group.First())];
        single = [.. findings.Where(finding => kept.Contains(finding) || alone.Contains(finding))];
        merged = [.. rest.Where(group => group.Count() > 1).Select(Merge)];
    }

    private static SegmentedRegion Merge(IGrouping<UncertainStructure, Finding> group)
    {
        var runs = new List<VoxelRun>();
        foreach (Finding finding in group)
        {
            runs.AddRange(finding.Runs);
        }

        Finding largest = group.MaxBy(finding => finding.VolumeMm3)!;
        string name = group.Key.Name();
        return new SegmentedRegion(
            Measurement.RegionKind.Uncertain,
            group.Min(finding => finding.Confidence),
            [
                Text($"{name}: {group.Count()} fragments"),
                Text($"the largest has {largest.VolumeMm3:0.#} mm³ and a median of {largest.MedianHu:0} HU"),
            ],
            RunOrder.Sort(runs))
        {
            ComponentCount = group.Count(),
            Structure = name,
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
