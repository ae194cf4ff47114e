using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Segmentation;

/// <summary>
/// Tells the site and the side of findings: from the image where it shows lungs, a skull, a trunk or two limbs, else from the header.
/// </summary>
internal sealed class BodyLocation
{
    /// <summary>The attribute that names the site.</summary>
    public const string BodyPartSource = "header: Body Part Examined (0018,0015)";

    /// <summary>Runs of a structure that are looked at, spread evenly.</summary>
    private const int SampleCount = 200;

    private const string MidlineSource = "image: side of the body's midline", PairSource = "image: two limbs side by side";

    private readonly BodyScan _scan;
    private readonly VolumeGeometry _geometry;
    private readonly CtAcquisition _acquisition;
    private readonly BodySite? _headerSite;
    private readonly BodySections? _sections;
    private readonly SliceFacts[] _facts = [];
    private readonly double _lowestLungMm = double.NaN, _highestLungMm = double.NaN, _lowestSkullMm = double.NaN, _lowestTrunkMm = double.NaN, _highestTrunkMm = double.NaN;

    /// <summary>Looks at a scan.</summary>
    /// <param name="scan">The volume with its body.</param>
    /// <param name="skullContent">Cells within a skull; null where there are none.</param>
    /// <param name="acquisition">What the header says.</param>
    public BodyLocation(BodyScan scan, Mask? skullContent, CtAcquisition acquisition)
    {
        _scan = scan;
        _geometry = scan.Volume.Geometry;
        _acquisition = acquisition;
        _headerSite = BodyPartTerms.SiteOf(acquisition.BodyPartExamined);
        if (!scan.Body.Exists || Math.Abs(_geometry.Normal.Z) < SeparationParameters.AxialLeastCosine)
        {
            return;
        }

        _sections = BodySections.Find(scan, skullContent);
        _facts = FindFacts();
        for (int index = 0; index < _facts.Length; index++)
        {
            double mm = SuperiorMm(_sections.SliceOf(index));
            if (HasSection(index, static section => section.HasLungs))
            {
                (_lowestLungMm, _highestLungMm) = (Least(_lowestLungMm, mm), Greatest(_highestLungMm, mm));
            }
            else if (HasSection(index, static section => section.IsSkull))
            {
                _lowestSkullMm = Least(_lowestSkullMm, mm);
            }

            if (_facts[index].IsWide)
            {
                (_lowestTrunkMm, _highestTrunkMm) = (Least(_lowestTrunkMm, mm), Greatest(_highestTrunkMm, mm));
            }
        }
    }

    /// <summary>A region with its site and side, where they can be told.</summary>
    /// <param name="region">The region.</param>
    /// <param name="isContradicted">True where the image shows a site that a series of the site in the header cannot.</param>
    public SegmentedRegion Locate(SegmentedRegion region, out bool isContradicted)
    {
        var sites = new Dictionary<(BodySite Site, string Source), long>();
        long looked = 0, told = 0, right = 0, left = 0;
        double offsetSum = 0;
        string? sideSource = null;
        bool isLimb = false;
        int step = Math.Max(1, region.Runs.Length / SampleCount);
        for (int i = step / 2; i < region.Runs.Length; i += step)
        {
            VoxelRun run = region.Runs[i];
            looked += run.Length;
            int middle = (run.Start + run.End - 1) / 2;
            BodySections.Section? section = _sections?.At(middle, run.Row, run.Slice);
            if (section is null)
            {
                continue;
            }

            if (SiteAt(section, middle, run) is { } site)
            {
                sites[site] = sites.GetValueOrDefault(site) + run.Length;
            }

            if (OffsetAt(section, middle, run) is { } offset)
            {
                offsetSum += offset.Mm * run.Length;
                told += run.Length;
                right += offset.Mm < 0 ? run.Length : 0;
                left += offset.Mm > 0 ? run.Length : 0;
                isLimb |= offset.Source == PairSource;
                sideSource ??= offset.Source;
            }
        }

        (BodySite Site, string Source)? seen = sites.Count == 0
            ? null
            : sites.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key.Site).First() is { } best && 2 * best.Value >= looked ? best.Key : null;
        isContradicted = seen is { } shown && _headerSite is { } named && !BodyPartTerms.MayShow(named, shown.Site);
        region = Refine(seen) is { } known ? region with { Site = known.Site, SiteSource = known.Source } : region;

        // Findings merged into one entry may lie on both sides.
        bool isOnBothSides = region.ComponentCount > 1 && 4 * Math.Min(right, left) > told;
        bool isTold = sideSource is not null && 2 * told >= looked;
        (Laterality Side, string Source)? place = !isTold ? HeaderSide() : isOnBothSides ? null : (Side(offsetSum / told, isLimb), sideSource!);
        return place is { } side
            ? region with { Laterality = side.Side, LateralitySource = side.Source }
            : region;
    }

    /// <summary>True where no slice shows a trunk, lungs or a skull.</summary>
    public bool ShowsOnlyLimbs => _sections is not null && _scan.Body.Exists && !_scan.Body.HasTrunk && double.IsNaN(_lowestLungMm) && double.IsNaN(_lowestSkullMm);

    /// <summary>The site of a run, from the image, refined by the header as <see cref="Locate"/> does; null where neither tells.</summary>
    public BodySite? SiteOf(VoxelRun run)
    {
        int middle = (run.Start + run.End - 1) / 2;
        BodySections.Section? section = _sections?.At(middle, run.Row, run.Slice);
        return Refine(section is null ? null : SiteAt(section, middle, run))?.Site;
    }

    // A height that is not known is NaN: then the other counts, and no comparison with it holds.
    private static double Least(double a, double b) => double.MinNumber(a, b);

    private static double Greatest(double a, double b) => double.MaxNumber(a, b);

    private double SuperiorMm(int slice) => _geometry.SliceOrigins[slice].Z;

    private bool HasSection(int index, Predicate<BodySections.Section> predicate)
    {
        foreach (BodySections.Section section in _sections![index])
        {
            if (predicate(section))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A site within the one that is seen, where the header names one; the header's where nothing is seen.</summary>
    private (BodySite Site, string Source)? Refine((BodySite Site, string Source)? seen)
    {
        if (_headerSite is not BodySite named)
        {
            return seen;
        }

        // A trunk without lungs is not a chest, whatever the header says.
        bool isFiner = seen is { } shown && BodyPartTerms.IsWithin(named, shown.Site) && named != shown.Site && named != BodySite.Chest;
        return seen is null || isFiner ? (named, BodyPartSource) : seen;
    }

    private static Laterality Side(double offsetMm, bool isLimb) =>
        !isLimb && Math.Abs(offsetMm) <= SeparationParameters.MidlineMm ? Laterality.Midline
        : offsetMm > 0 ? Laterality.Left
        : Laterality.Right;

    private (Laterality Side, string Source)? HeaderSide()
    {
        Laterality? header = _acquisition.Laterality switch
        {
            "R" => Laterality.Right,
            "L" => Laterality.Left,
            _ => null,
        };
        return header is { } known && _acquisition.LateralitySource is { } attribute ? (known, $"header: {attribute}") : null;
    }

    private (BodySite Site, string Source)? SiteAt(BodySections.Section section, int column, VoxelRun run)
    {
        double mm = SuperiorMm(run.Slice);
        SliceFacts facts = _facts[_sections!.Nearest(run.Slice)];
        if (facts.IsWide && !_scan.Body.IsTrunk(column, run.Row, run.Slice) && (!section.IsTrunk || IsLateral(facts.Trunk!, column, run.Row)))
        {
            return (BodySite.UpperLimb, "image: limb beside the trunk");
        }

        if (section.HasLungs)
        {
            return (BodySite.Chest, "image: lungs in the slice");
        }

        if (facts.IsWide || (mm > _lowestTrunkMm && mm < _highestTrunkMm && _scan.Body.IsTrunk(column, run.Row, run.Slice)))
        {
            return mm < _lowestLungMm && mm >= _lowestLungMm - SeparationParameters.AbdomenHeightMm
                ? (BodySite.Abdomen, "image: trunk below the lungs")
                : (BodySite.Trunk, "image: trunk");
        }

        if (section.IsSkull)
        {
            return (BodySite.Head, "image: skull in the slice");
        }

        if (mm < _lowestSkullMm && mm >= _lowestSkullMm - SeparationParameters.FaceHeightMm && !(mm < _highestTrunkMm))
        {
            return (BodySite.Head, "image: below the inside of the skull");
        }

        if (mm > Greatest(_highestTrunkMm, _highestLungMm) && _scan.Body.IsTrunk(column, run.Row, run.Slice))
        {
            return (BodySite.Neck, "image: narrow section above the trunk");
        }

        return mm < _lowestTrunkMm && facts.PairMiddleX is not null ? (BodySite.LowerLimb, "image: legs below the trunk") : null;
    }

    /// <summary>How far a place lies to the left of the middle of the body, mm: negative on the right. Null where the slice does not show the middle.</summary>
    private (double Mm, string Source)? OffsetAt(BodySections.Section section, int column, VoxelRun run)
    {
        SliceFacts facts = _facts[_sections!.Nearest(run.Slice)];
        if (facts.TrunkMiddleX is double trunk)
        {
            return (_geometry.ToLps(column, run.Row, run.Slice).X - trunk, MidlineSource);
        }

        if (facts.Trunk is not null)
        {
            return null;
        }

        if (facts.PairMiddleX is double pair)
        {
            return (MiddleX(section, _sections.SliceOf(_sections.Nearest(run.Slice))) - pair, PairSource);
        }

        bool isBody = section.HasLungs || section.IsSkull
            || (SuperiorMm(run.Slice) < _lowestSkullMm && SuperiorMm(run.Slice) >= _lowestSkullMm - SeparationParameters.FaceHeightMm);
        return isBody || IsPressedPair(section)
            ? IsCut(section) ? null : (_geometry.ToLps(column, run.Row, run.Slice).X - MiddleX(section, _sections.SliceOf(_sections.Nearest(run.Slice))), isBody ? MidlineSource : PairSource)
            : null;
    }

    private double MiddleX(BodySections.Section section, int slice) => _geometry.ToLps(section.MiddleColumn, section.MiddleRow, slice).X;

    private bool IsAlongX => Math.Abs(_geometry.ColumnDirection.X) >= Math.Abs(_geometry.RowDirection.X);

    private bool IsCut(BodySections.Section section) => IsAlongX ? section.IsCutOnOneSide.OfColumns : section.IsCutOnOneSide.OfRows;

    /// <summary>True where a place lies right or left of all of the trunk, as an arm does and a breast does not.</summary>
    private bool IsLateral(BodySections.Section trunk, int column, int row) => IsAlongX ? !trunk.Spans(column, row).ByColumn : !trunk.Spans(column, row).ByRow;

    private bool IsPressedPair(BodySections.Section section)
    {
        (double width, double height) = IsAlongX ? section.SizeMm : (section.SizeMm.AlongColumns, section.SizeMm.AlongRows);
        return section.AreaMm2 >= SeparationParameters.PressedLimbsLeastMm2 && width >= SeparationParameters.PressedLimbsAspect * height;
    }

    private SliceFacts[] FindFacts()
    {
        int count = _sections!.Count;
        var facts = new SliceFacts[count];
        double[] areas = new double[count];
        for (int index = 0; index < count; index++)
        {
            BodySections.Section? trunk = BodySections.TrunkIn(_scan, _sections.SliceOf(index));
            facts[index].Trunk = trunk;
            facts[index].TrunkMiddleX = trunk is null || IsCut(trunk) ? null : MiddleX(trunk, _sections.SliceOf(index));
            areas[index] = trunk?.AreaMm2 ?? 0;
        }

        int reach = (int)(SeparationParameters.TrunkAveragingMm / (_scan.Grid.BetweenSlicesMm * _sections.SliceOf(1)));
        double lowest = double.NaN;
        for (int index = 0; index < count; index++)
        {
            ReadOnlySpan<double> near = areas.AsSpan(Math.Max(0, index - reach)..Math.Min(count, index + reach + 1));
            double sum = 0;
            int present = 0;
            foreach (double area in near)
            {
                sum += area;
                present += area > 0 ? 1 : 0;
            }

            facts[index].IsWide = areas[index] > 0 && sum / present > SeparationParameters.TrunkSectionMm2;
            if (facts[index].IsWide)
            {
                lowest = Least(lowest, SuperiorMm(_sections.SliceOf(index)));
            }
        }

        for (int index = 0; index < count; index++)
        {
            facts[index].PairMiddleX = facts[index].Trunk is not null ? null : FindPair(index, isBelowTrunk: SuperiorMm(_sections.SliceOf(index)) < lowest);
        }

        return facts;
    }

    /// <summary>The middle between two limbs of the same kind, LPS mm: alike in size, side by side and not bent parts of one limb.</summary>
    private double? FindPair(int index, bool isBelowTrunk)
    {
        BodySections.Section[] largest = [.. _sections![index].ToArray()
            .Where(section => section.AreaMm2 >= SeparationParameters.LimbLeastMm2)
            .OrderByDescending(section => section.Cells)
            .Take(2)];
        if (largest is not [BodySections.Section one, BodySections.Section other]
            || other.Cells < SeparationParameters.LimbPairFraction * one.Cells
            || (one.Part == other.Part && !isBelowTrunk))
        {
            return null;
        }

        int slice = _sections.SliceOf(index);
        LpsPoint a = _geometry.ToLps(one.MiddleColumn, one.MiddleRow, slice), b = _geometry.ToLps(other.MiddleColumn, other.MiddleRow, slice);
        return Math.Abs(a.X - b.X) > Math.Abs(a.Y - b.Y) ? (a.X + b.X) / 2 : null;
    }

    private record struct SliceFacts
    {
        /// <summary>The trunk, neck or head that continues it included.</summary>
        public BodySections.Section? Trunk { get; set; }

        /// <summary>True where what it has is a trunk by its size.</summary>
        public bool IsWide { get; set; }

        /// <summary>Middle of the trunk, LPS mm; null without one, or where the image cuts it on one side.</summary>
        public double? TrunkMiddleX { get; set; }

        /// <summary>Middle between two limbs, LPS mm.</summary>
        public double? PairMiddleX { get; set; }
    }
}
