using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms.Scanner;
using CalcQuant.Phantoms.Shapes;
using CalcQuant.Phantoms.Truth;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>
/// Puts known deposits into a real series, in memory. Sites, sizes, densities and shapes are drawn by a seed; a site must fit the image, and a drawn deposit that
/// does not is drawn again. A voxel of which the deposit takes the share f, blurred as the series is, becomes hu + f (calcium - tissue), where tissue is the
/// median of the soft tissue around it: what the deposit displaces goes, the noise of the image stays, also inside the deposit.
/// </summary>
internal sealed class DepositInsertion
{
    /// <summary>What a seed draws, the bulky first, because they find the least room.</summary>
    public static readonly ImmutableArray<DepositKind> Mixture =
    [
        DepositKind.BoneTouchingNodule, DepositKind.FascialSheet, DepositKind.SubcutaneousPlaque, DepositKind.CutaneousPlaque,
        DepositKind.IntramuscularNodule, DepositKind.SubcutaneousNodule, DepositKind.FascialLine, DepositKind.BoneTouchingNodule,
        DepositKind.IntramuscularNodule, DepositKind.SubcutaneousNodule, DepositKind.SubcutaneousNodule, DepositKind.Speck, DepositKind.Speck, DepositKind.Speck,
    ];

    private const ulong Stream = 11;
    private const int Attempts = 400;

    private const double LeastHu = 300;
    private const double GreatestHu = 1200;

    /// <summary>A deposit that stays below this after the blur could not be told from noise by anybody, HU.</summary>
    private const double LeastPeakHu = 200;

    /// <summary>Deposits stay this far apart, mm, so that each is a finding of its own.</summary>
    private const double ApartMm = 6;

    /// <summary>Deposits that touch no bone stay this far from what is dense already, mm.</summary>
    private const double FromDenseMm = 3;

    /// <summary>Deposits stay this far from lung and bowel gas, mm.</summary>
    private const double FromAirMm = 5;

    /// <summary>Deposits stay this far from labelled organs and vessels, mm, whose labels end within their walls.</summary>
    private const double FromOrgansMm = 4;

    /// <summary>What may lie around a nodule at the cortex: fat, muscle, tendon.</summary>
    private const float SoftestHu = -150, DensestHu = 130;

    /// <summary>Without labels, muscle is what lies no deeper than this below the fat, mm: organs lie deeper nearly everywhere.</summary>
    private const double MuscleDepthMm = 10;

    private const double LabelledMuscleDepthMm = 30;

    /// <summary>No site lies deeper than this below the skin, mm: farther in, HU alone do not tell the fat and muscle of the wall from those among organs.</summary>
    private const double DeepestMm = 38;

    /// <summary>Bone is touched no deeper than this below the skin, mm: not at the front of the spine or inside the skull base.</summary>
    private const double CortexDepthMm = 30;

    /// <summary>Stacks of fewer slices cut every deposit.</summary>
    private const int CuttingSlices = 5;

    private readonly CtSeries _series;
    private readonly VolumeGeometry _geometry;
    private readonly TissueMap _tissue;
    private readonly PointSpread _spread;
    private readonly Mask? _organs;
    private readonly Dictionary<Site, List<int>> _sites = [];

    /// <summary>Looks at a series; deposits of many seeds can then be put into it.</summary>
    /// <param name="series">The series; it is not changed.</param>
    /// <param name="organs">Voxels that labels give to organs and vessels, which deposits keep clear of; null or empty where there are no such labels.</param>
    public DepositInsertion(CtSeries series, Mask? organs = null)
    {
        _series = series;
        _geometry = series.Volume.Geometry;
        _tissue = TissueMap.Of(series.Volume);
        _organs = organs is null or { IsEmpty: true } ? null : MaskMorphology.Dilate(organs, StructuringElement.Disc(FromOrgansMm, _geometry));
        Blur = SeriesBlur.Estimate(series, _tissue.BodyMask, new StackFrame(_geometry), new ParallelOptions());
        _spread = Blur.Spread;
        FindSites();
    }

    private enum Site
    {
        Fat,
        Muscle,
        Fascia,
        Skin,
        Cortex,
    }

    /// <summary>The blur of the series, which the deposits get.</summary>
    public SeriesBlur Blur { get; }

    /// <summary>Draws deposits and puts them in.</summary>
    public InsertedSeries Insert(ulong seed, ImmutableArray<DepositKind>? kinds = null)
    {
        var random = new SeededRandom(seed, Stream);
        float[] hu = Voxels();
        var taken = new Mask(_geometry.ColumnCount, _geometry.RowCount, _geometry.SliceCount);
        var deposits = ImmutableArray.CreateBuilder<InsertedDeposit>();
        var left = ImmutableArray.CreateBuilder<DepositKind>();
        foreach (DepositKind kind in kinds ?? Mixture)
        {
            if (Place(kind, random, taken, hu) is not { } placed)
            {
                left.Add(kind);
                continue;
            }

            double peak = PeakHu(placed, hu);
            Add(placed, hu);
            deposits.Add(Describe(placed, kind, deposits.Count + 1, peak));
        }

        return new InsertedSeries(_series with { Volume = Volume(hu) }, deposits.ToImmutable(), left.ToImmutable());
    }

    /// <summary>Puts one shape in, wherever it lies.</summary>
    internal CtSeries Insert(Shape shape, double calciumHu, out InsertedFraction fraction)
    {
        float[] hu = Voxels();
        fraction = InsertedFraction.Of(shape, _geometry, _spread, _tissue.Locator) ?? throw new ArgumentException("The shape lies outside the volume.", nameof(shape));
        Add(new Placed(shape, fraction, calciumHu, DepthClass.Intramuscular), hu);
        return _series with { Volume = Volume(hu) };
    }

    private void FindSites()
    {
        foreach (Site site in Enum.GetValues<Site>())
        {
            _sites[site] = [];
        }

        double pixel = _geometry.BetweenColumnsMm;
        double muscleDepth = _organs is null ? MuscleDepthMm : LabelledMuscleDepthMm;
        int index = 0;
        for (int slice = 0; slice < _geometry.SliceCount; slice++)
        {
            for (int row = 0; row < _geometry.RowCount; row++)
            {
                for (int column = 0; column < _geometry.ColumnCount; column++, index++)
                {
                    double skin = _tissue.Body[column, row, slice];
                    if (skin > pixel || skin < -DeepestMm)
                    {
                        continue;
                    }

                    double deep = _tissue.Deep[column, row, slice];
                    double bone = _tissue.Bone[column, row, slice];
                    if (Math.Abs(skin) <= pixel)
                    {
                        _sites[Site.Skin].Add(index);
                    }

                    if (skin < -2.5 && deep > 1 && _tissue.IsFat(column, row, slice))
                    {
                        _sites[Site.Fat].Add(index);
                    }

                    if (skin < -4 && Math.Abs(deep) <= pixel && bone > 6)
                    {
                        _sites[Site.Fascia].Add(index);
                    }

                    if (deep < -1.5 && deep > -muscleDepth && IsMuscle(column, row, slice))
                    {
                        _sites[Site.Muscle].Add(index);
                    }

                    if (skin > -CortexDepthMm && Math.Abs(bone) <= pixel)
                    {
                        _sites[Site.Cortex].Add(index);
                    }
                }
            }
        }
    }

    private bool IsMuscle(int column, int row, int slice) =>
        _tissue.IsLean(column, row, slice) && !_tissue.Enclosed[column, row, slice] && _organs?[column, row, slice] != true;

    private Placed? Place(DepositKind kind, SeededRandom random, Mask taken, float[] image)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (Draw(kind, random) is not { } drawn
                || !MayFit(drawn, taken)
                || InsertedFraction.Of(drawn.Shape, _geometry, _spread, _tissue.Locator) is not { } fraction
                || !Fits(drawn.Site, fraction, taken))
            {
                continue;
            }

            double hu = random.Between(LeastHu, GreatestHu);
            var placed = new Placed(drawn.Shape, fraction, hu, drawn.Depth);
            if (PeakHu(placed, image) < LeastPeakHu)
            {
                continue;
            }

            Occupy(fraction, taken);
            return placed;
        }

        return null;
    }

    private Drawn? Draw(DepositKind kind, SeededRandom random)
    {
        Site site = kind switch
        {
            DepositKind.IntramuscularNodule => Site.Muscle,
            DepositKind.CutaneousPlaque => Site.Skin,
            DepositKind.FascialSheet or DepositKind.FascialLine => Site.Fascia,
            DepositKind.BoneTouchingNodule => Site.Cortex,
            DepositKind.Speck => random.Chance(0.5) ? Site.Fat : Site.Muscle,
            _ => Site.Fat,
        };
        List<int> places = _sites[site];
        if (places.Count == 0)
        {
            return null;
        }

        int index = places[random.Between(0, places.Count - 1)];
        int pixelCount = _geometry.ColumnCount * _geometry.RowCount;
        LpsPoint point = _geometry.ToLps(index % _geometry.ColumnCount, index % pixelCount / _geometry.ColumnCount, index / pixelCount);
        DepthClass inside = site == Site.Fat ? DepthClass.Subcutaneous : DepthClass.Intramuscular;
        switch (kind)
        {
            case DepositKind.Speck:
                return new Drawn(site, Nodule(point, random, 2, 10), inside);
            case DepositKind.SubcutaneousNodule or DepositKind.IntramuscularNodule:
                return new Drawn(site, Nodule(point, random, 8, 2000), inside);
            case DepositKind.BoneTouchingNodule:
                return AtCortex(point, random);
            case DepositKind.CutaneousPlaque:
                double skinThickness = random.Between(1.2, 2.4);
                return Following(_tissue.Body, point, site, DepthClass.Cutaneous, random, skinThickness, (skinThickness / 2) + random.Between(0, 0.4), (8, 30), (8, 25));
            case DepositKind.SubcutaneousPlaque:
                return Following(_tissue.Body, point, site, DepthClass.Subcutaneous, random, random.Between(2.0, 5.0), -_tissue.Body.At(point), (15, 35), (12, 30));
            case DepositKind.FascialSheet:
                return Following(_tissue.Deep, point, site, DepthClass.Fascial, random, random.Between(1.5, 3.5), random.Between(-0.4, 0.4), (18, 45), (12, 30));
            case DepositKind.FascialLine:
                return Following(_tissue.Deep, point, site, DepthClass.Fascial, random, random.Between(1.5, 2.5), random.Between(-0.4, 0.4), (15, 40), (2, 4));
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind that is inserted.");
        }
    }

    private static Ellipsoid Nodule(LpsPoint centre, SeededRandom random, double leastMm3, double greatestMm3)
    {
        double volume = leastMm3 * Math.Pow(greatestMm3 / leastMm3, random.NextUnit());
        double radius = Math.Cbrt(3 * volume / (4 * Math.PI));
        double u = random.Between(0.75, 1.3), v = random.Between(0.75, 1.3);
        return new Ellipsoid(centre, Frame.Random(random), new LpsPoint(radius * u, radius * v, radius / (u * v)));
    }

    private Drawn? AtCortex(LpsPoint point, SeededRandom random)
    {
        if (_tissue.Bone.Outwards(point) is not { } outwards)
        {
            return null;
        }

        double radius = Math.Cbrt(3 * 30 * Math.Pow(2000.0 / 30, random.NextUnit()) / (4 * Math.PI));
        double u = random.Between(0.8, 1.25);
        LpsPoint centre = point + (outwards * (radius * random.Between(0.55, 0.9)));
        var whole = new Ellipsoid(centre, Frame.Along(outwards), new LpsPoint(radius * u, radius / u, radius));

        // The map's slope exceeds 1 where a surface is slanted against the slices: halved, the distance stays below the true one.
        const double Steepness = 2;
        var outside = new Clipped(whole, at => -_tissue.Bone.At(at) / Steepness);
        return new Drawn(Site.Cortex, outside, _tissue.Deep.At(centre) < 0 ? DepthClass.Intramuscular : DepthClass.Subcutaneous);
    }

    private static Drawn? Following(
        SignedDistanceMap surface, LpsPoint point, Site site, DepthClass depthClass, SeededRandom random, double thickness, double depth, (double Least, double Greatest) length, (double Least, double Greatest) width)
    {
        if (surface.Outwards(point) is not { } outwards)
        {
            return null;
        }

        // The centre is moved onto the surface that the middle of the sheet follows.
        LpsPoint centre = point - (outwards * (surface.At(point) + depth));
        Frame frame = Frame.Along(outwards).TurnedAboutW(random.Angle());
        var sheet = new FollowingSheet(
            surface.At, centre, frame, depth, random.Between(length.Least, length.Greatest), random.Between(width.Least, width.Greatest), thickness,
            random.Between(3, 6), random.Between(0.0, 0.2), random.Angle());
        return new Drawn(site, sheet, depthClass);
    }

    // By the centres of voxels alone: most of what is drawn ends here, and cells are dear.
    private bool MayFit(Drawn drawn, Mask taken)
    {
        if (InsertedFraction.Reach(drawn.Shape.Bounds, _geometry, _spread, _tissue.Locator, 0) is not { } box)
        {
            return false;
        }

        for (int slice = box.MinSlice; slice <= box.MaxSlice; slice++)
        {
            for (int row = box.MinRow; row <= box.MaxRow; row++)
            {
                for (int column = box.MinColumn; column <= box.MaxColumn; column++)
                {
                    if (drawn.Shape.Distance(_geometry.ToLps(column, row, slice)) < 0 && IsForbidden(drawn.Site, column, row, slice, taken))
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

    private bool IsForbidden(Site site, int column, int row, int slice, Mask taken)
    {
        bool isAtBorder = column < 2 || row < 2 || column >= _geometry.ColumnCount - 2 || row >= _geometry.RowCount - 2
            || (_geometry.SliceCount >= CuttingSlices && (slice == 0 || slice == _geometry.SliceCount - 1));
        return isAtBorder || taken[column, row, slice] || _tissue.Air[column, row, slice] < FromAirMm || _tissue.Enclosed[column, row, slice]
            || _organs?[column, row, slice] == true
            || (site == Site.Cortex
                ? _tissue.Bone[column, row, slice] > 2 * _geometry.BetweenColumnsMm && _tissue.Hu(column, row, slice) is (< SoftestHu or > DensestHu)
                : DenseNear(column, row, slice));
    }

    private bool Fits(Site site, InsertedFraction fraction, Mask taken)
    {
        VoxelBox box = fraction.Box;
        double pixel = _geometry.BetweenColumnsMm;
        double all = 0, wanted = 0, atBone = 0, greatest = 0;
        for (int slice = box.MinSlice; slice <= box.MaxSlice; slice++)
        {
            for (int row = box.MinRow; row <= box.MaxRow; row++)
            {
                for (int column = box.MinColumn; column <= box.MaxColumn; column++)
                {
                    double share = fraction.Coverage(column, row, slice);
                    if (share <= 0)
                    {
                        continue;
                    }

                    if (IsForbidden(site, column, row, slice, taken))
                    {
                        return false;
                    }

                    all += share;
                    greatest = Math.Max(greatest, share);
                    atBone += _tissue.Bone[column, row, slice] <= 1.5 * pixel ? share : 0;
                    wanted += IsWanted(site, column, row, slice) ? share : 0;
                }
            }
        }

        // A sheet that ends on other tissue no longer lies where its kind says; at the cortex contact is what is wanted, but not all round.
        return greatest > 0 && wanted >= 0.85 * all && (site != Site.Cortex || (atBone > 0 && atBone < 0.6 * all));
    }

    private bool DenseNear(int column, int row, int slice)
    {
        for (int near = Math.Max(0, slice - 1); near <= Math.Min(_geometry.SliceCount - 1, slice + 1); near++)
        {
            if (_tissue.Dense[column, row, near] < FromDenseMm)
            {
                return true;
            }
        }

        return false;
    }

    private bool IsWanted(Site site, int column, int row, int slice)
    {
        double pixel = _geometry.BetweenColumnsMm;
        return site switch
        {
            Site.Fat => _tissue.Body[column, row, slice] < -1.5 && _tissue.Deep[column, row, slice] > 0 && _tissue.IsFat(column, row, slice),
            Site.Muscle => _tissue.Deep[column, row, slice] < 0 && IsMuscle(column, row, slice),
            Site.Skin => _tissue.Body[column, row, slice] < pixel,
            Site.Fascia => _tissue.Body[column, row, slice] < -2.5,
            _ => _tissue.Body[column, row, slice] < -1,
        };
    }

    // The deposit and its surroundings, in a box that is generous along the slices.
    private void Occupy(InsertedFraction fraction, Mask taken)
    {
        VoxelBox box = fraction.Box;
        int acrossColumns = (int)Math.Ceiling(ApartMm / _geometry.BetweenColumnsMm), acrossRows = (int)Math.Ceiling(ApartMm / _geometry.BetweenRowsMm);
        int through = (int)Math.Ceiling(ApartMm / _geometry.BetweenSlicesMm);
        for (int slice = Math.Max(0, box.MinSlice - through); slice <= Math.Min(_geometry.SliceCount - 1, box.MaxSlice + through); slice++)
        {
            int like = Math.Clamp(slice, box.MinSlice, box.MaxSlice);
            for (int row = box.MinRow; row <= box.MaxRow; row++)
            {
                for (int column = box.MinColumn; column <= box.MaxColumn; column++)
                {
                    if (fraction.Coverage(column, row, like) > 0)
                    {
                        for (int r = Math.Max(0, row - acrossRows); r <= Math.Min(_geometry.RowCount - 1, row + acrossRows); r++)
                        {
                            taken.Fill([new VoxelRun(slice, r, Math.Max(0, column - acrossColumns), Math.Min(_geometry.ColumnCount, column + acrossColumns + 1))]);
                        }
                    }
                }
            }
        }
    }

    // The greatest HU that a deposit would make, noise aside.
    private double PeakHu(Placed placed, float[] image)
    {
        double peak = double.MinValue;
        ForEach(placed.Fraction, (column, row, slice, share) =>
        {
            float tissue = Tissue(image, column, row, slice);
            peak = Math.Max(peak, tissue + (share * (placed.Hu - tissue)));
        });
        return peak;
    }

    private void Add(Placed placed, float[] hu)
    {
        int pixelCount = _geometry.ColumnCount * _geometry.RowCount;
        List<(int Index, float Hu)> changed = [];
        ForEach(placed.Fraction, (column, row, slice, share) =>
        {
            float tissue = Tissue(hu, column, row, slice);
            int index = (slice * pixelCount) + (row * _geometry.ColumnCount) + column;
            changed.Add((index, (float)(hu[index] + (share * (placed.Hu - tissue)))));
        });
        foreach ((int index, float value) in changed)
        {
            hu[index] = value;
        }
    }

    private static void ForEach(InsertedFraction fraction, Action<int, int, int, float> visit)
    {
        // Less would change no stored value.
        const float Negligible = 1e-4f;
        VoxelBox box = fraction.Box;
        for (int slice = box.MinSlice; slice <= box.MaxSlice; slice++)
        {
            for (int row = box.MinRow; row <= box.MaxRow; row++)
            {
                for (int column = box.MinColumn; column <= box.MaxColumn; column++)
                {
                    float share = fraction.Blurred(column, row, slice);
                    if (share > Negligible)
                    {
                        visit(column, row, slice, share);
                    }
                }
            }
        }
    }

    // Soft tissue around a voxel: the median of 5 x 5, bone and air left out; muscle where there is nothing else.
    private float Tissue(float[] hu, int column, int row, int slice)
    {
        const float NoneHu = 40;
        Span<float> around = stackalloc float[25];
        int count = 0;
        for (int r = Math.Max(0, row - 2); r <= Math.Min(_geometry.RowCount - 1, row + 2); r++)
        {
            for (int c = Math.Max(0, column - 2); c <= Math.Min(_geometry.ColumnCount - 1, column + 2); c++)
            {
                float value = hu[(((slice * _geometry.RowCount) + r) * _geometry.ColumnCount) + c];
                if (value is > -200 and < 160)
                {
                    around[count++] = value;
                }
            }
        }

        if (count == 0)
        {
            return NoneHu;
        }

        around[..count].Sort();
        return around[count / 2];
    }

    private InsertedDeposit Describe(Placed placed, DepositKind kind, int id, double peak)
    {
        VoxelBox box = placed.Fraction.Box;
        double volume = 0, skin = double.MaxValue, greatest = 0;
        double sumColumn = 0, sumRow = 0, sumSlice = 0, sum = 0;
        for (int slice = box.MinSlice; slice <= box.MaxSlice; slice++)
        {
            for (int row = box.MinRow; row <= box.MaxRow; row++)
            {
                for (int column = box.MinColumn; column <= box.MaxColumn; column++)
                {
                    double share = placed.Fraction.Coverage(column, row, slice);
                    if (share <= 0)
                    {
                        continue;
                    }

                    volume += share * _geometry.VoxelVolumeMm3(slice);
                    greatest = Math.Max(greatest, share);
                    skin = Math.Min(skin, -_tissue.Body[column, row, slice]);
                    (sumColumn, sumRow, sumSlice, sum) = (sumColumn + (share * column), sumRow + (share * row), sumSlice + (share * slice), sum + share);
                }
            }
        }

        // Half covered where any voxel is, else half as much as the most covered one, as in a phantom's truth.
        bool half = greatest >= 0.5;
        ImmutableArray<VoxelRun> runs = Runs(placed.Fraction, half ? 0.5 : greatest / 2);
        double kvp = _series.Acquisition.Kvp ?? TubeVoltage.ReferenceKvp;
        double density = (placed.Hu - CalciumAttenuation.Hu(0, kvp)) / (CalciumAttenuation.Hu(1, kvp) - CalciumAttenuation.Hu(0, kvp));
        var truth = new DepositTruth
        {
            Id = id,
            Kind = kind,
            VolumeMm3 = volume,
            ClosedForm = false,
            MassMg = volume * density / 1000,
            DensityMgPerCm3 = density,
            PartHu = [placed.Hu],
            CentroidLpsMm = _geometry.ToLps(sumColumn / sum, sumRow / sum, sumSlice / sum),
            BoundsMinLpsMm = placed.Shape.Bounds.Min,
            BoundsMaxLpsMm = placed.Shape.Bounds.Max,
            Depth = placed.Depth,
            DepthBelowSkinMm = Math.Max(0, skin),
            Morphology = kind switch
            {
                DepositKind.Speck => Morphology.Punctate,
                DepositKind.CutaneousPlaque or DepositKind.SubcutaneousPlaque => Morphology.Plaque,
                DepositKind.FascialSheet => Morphology.Sheet,
                DepositKind.FascialLine => Morphology.Linear,
                _ => Morphology.Nodule,
            },
            TouchesBone = kind == DepositKind.BoneTouchingNodule,
            TouchesSkin = kind == DepositKind.CutaneousPlaque,
            Runs = runs,
            HalfCovered = half,
        };
        return new InsertedDeposit(truth, placed.Hu, peak, (int)Math.Round(sumColumn / sum), (int)Math.Round(sumRow / sum), (int)Math.Round(sumSlice / sum));
    }

    private static ImmutableArray<VoxelRun> Runs(InsertedFraction fraction, double least)
    {
        VoxelBox box = fraction.Box;
        var runs = ImmutableArray.CreateBuilder<VoxelRun>();
        for (int slice = box.MinSlice; slice <= box.MaxSlice; slice++)
        {
            for (int row = box.MinRow; row <= box.MaxRow; row++)
            {
                int start = -1;
                for (int column = box.MinColumn; column <= box.MaxColumn + 1; column++)
                {
                    bool isInside = column <= box.MaxColumn && fraction.Coverage(column, row, slice) >= least;
                    if (isInside && start < 0)
                    {
                        start = column;
                    }
                    else if (!isInside && start >= 0)
                    {
                        runs.Add(new VoxelRun(slice, row, start, column));
                        start = -1;
                    }
                }
            }
        }

        return runs.ToImmutable();
    }

    private float[] Voxels()
    {
        float[] hu = new float[checked((int)_geometry.VoxelCount)];
        for (int i = 0; i < _geometry.RowCount * _geometry.SliceCount; i++)
        {
            _series.Volume.CopyRow(0, i % _geometry.RowCount, i / _geometry.RowCount, hu.AsSpan(i * _geometry.ColumnCount, _geometry.ColumnCount));
        }

        return hu;
    }

    private CtVolume Volume(float[] hu) =>
        _series.Volume.IsInt16 ? new CtVolume(_geometry, Array.ConvertAll(hu, value => (short)Math.Clamp(Math.Round(value), short.MinValue, short.MaxValue))) : new CtVolume(_geometry, hu);

    private sealed record Drawn(Site Site, Shape Shape, DepthClass Depth);

    private sealed record Placed(Shape Shape, InsertedFraction Fraction, double Hu, DepthClass Depth);
}
