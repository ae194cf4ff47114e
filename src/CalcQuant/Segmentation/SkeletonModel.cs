using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// Recognises the skeleton among the dense structures of a body: structures are grouped from seeds, each group is scored by what its sections
/// show (marrow, rim, size, whether the end slices cut it), and of the bone groups the fragments that are not theirs are released again.
/// </summary>
internal sealed class SkeletonModel : IDisposable
{
    private readonly DenseGroup[] _groups;
    private readonly RunIndex? _groupIndex;
    private readonly Mask? _wall;
    private readonly Mask? _solid;
    private readonly Mask? _cysts;

    private SkeletonModel(Mask bone, Mask? released, Mask? wall, Mask? solid, Mask? cysts, DenseGroup[] groups, RunIndex? groupIndex)
    {
        _cysts = cysts;
        Bone = bone;
        Released = released;
        _wall = wall;
        _solid = solid;
        _groups = groups;
        _groupIndex = groupIndex;
    }

    /// <summary>The skeleton with its marrow.</summary>
    public Mask Bone { get; }

    /// <summary>Seeds within bone groups that are not bone: released fragments and what was split off; null where there are none.</summary>
    public Mask? Released { get; }

    /// <summary>True where somebody drew the skeleton, so that nothing was recognised.</summary>
    public bool IsGiven { get; private init; }

    /// <summary>True where phalanges are seen and no trunk or head: in a hand or a foot.</summary>
    public bool HasFingers { get; private init; }

    /// <summary>True where a bone was recognised or given.</summary>
    public bool Exists => !Bone.IsEmpty;

    /// <summary>Gives the memory back but for <see cref="Bone"/>, which outlives the search.</summary>
    public void Dispose()
    {
        Released?.Dispose();
        _wall?.Dispose();
        _solid?.Dispose();
        _cysts?.Dispose();
    }

    /// <summary>True where a structure was released because it lies in the wall of an opacified lumen.</summary>
    public bool IsVesselWall(ReadOnlySpan<VoxelRun> structure) =>
        _wall is not null && RowBits.Count(_wall, structure) >= SeparationParameters.WallLeastNearFraction * RowBits.Count(structure);

    /// <summary>True where a structure was parted from bone as a solid nodule; see <see cref="SolidNodules"/>.</summary>
    public bool IsSolidNodule(ReadOnlySpan<VoxelRun> structure) =>
        _solid is not null && 2 * RowBits.Count(_solid, structure) >= RowBits.Count(structure);

    /// <summary>True where a structure was parted from bone as a cyst; see <see cref="ContactCysts"/>.</summary>
    public bool IsCyst(ReadOnlySpan<VoxelRun> structure) =>
        _cysts is not null && 2 * RowBits.Count(_cysts, structure) >= RowBits.Count(structure);

    /// <summary>The group that a structure belongs to by most of its voxels, or null.</summary>
    public DenseGroup? GroupOf(ReadOnlySpan<VoxelRun> structure)
    {
        int label = _groupIndex?.MostCommonLabel(structure) ?? -1;
        return label < 0 ? null : _groups[label];
    }

    /// <summary>A skeleton that somebody drew: it is believed, and nothing else is bone for being like it.</summary>
    /// <param name="bone">Its voxels; kept.</param>
    public static SkeletonModel FromGiven(Mask bone) => new(bone, released: null, wall: null, solid: null, cysts: null, [], groupIndex: null) { IsGiven = true };

    /// <summary>Gathers seeds that lie close together within their slice.</summary>
    /// <param name="scan">What is known about the volume.</param>
    /// <param name="seeds">Voxels of dense structures in the body.</param>
    /// <returns>The seeds and the narrow gaps between them.</returns>
    public static Mask Group(BodyScan scan, Mask seeds)
    {
        Mask closed = MaskMorphology.Close(seeds, scan.Disc(SeparationParameters.GroupClosingMm), scan.ThreadCount, scan.Cancellation);
        Parallel.For(0, closed.SliceCount, scan.Parallel, slice =>
        {
            Kernels.BitRow.And(closed.Slice(slice), scan.Body.Voxels.Slice(slice));
            Kernels.BitRow.Or(closed.Slice(slice), seeds.Slice(slice));
        });
        return closed;
    }

    /// <summary>Recognises the skeleton.</summary>
    /// <param name="scan">What is known about the volume.</param>
    /// <param name="seeds">Voxels of dense structures in the body; used up.</param>
    /// <param name="grouped">What <see cref="Group"/> made of them; used up.</param>
    /// <param name="gravity">Unit vector towards the ground, LPS; null where it is not known: then no cyst is parted from bone.</param>
    public static SkeletonModel Recognise(BodyScan scan, Mask seeds, Mask grouped, LpsPoint? gravity)
    {
        ParallelOptions parallel = scan.Parallel;
        ConnectedComponents components = ConnectedComponents.Label(grouped, Connectivity.Full26, null, scan.ThreadCount, scan.Cancellation);
        var groups = new DenseGroup[components.Count];
        var order = new List<int>();
        for (int label = 0; label < groups.Length; label++)
        {
            groups[label] = new DenseGroup(components, label);
            order.Add(label);
        }

        // Large ones first and one by one, since their own slices run in parallel; the small ones side by side.
        order.Sort((left, right) => groups[right].Box.VoxelCount.CompareTo(groups[left].Box.VoxelCount));
        Parallel.ForEach(order, parallel, label => groups[label].Measure(scan));

        foreach (DenseGroup group in groups)
        {
            group.ScoreAlone(scan);
        }

        RunIndex? index = null;
        Parallel.Invoke(parallel, () => MeasureDistances(scan, groups), () => index = new RunIndex(components));
        RibRows.Find(scan, groups);
        MarkAlone(scan, groups);
        foreach (DenseGroup group in groups)
        {
            group.ScoreAmongOthers(scan);
        }

        // The groups are known by their runs from here on, so the mask of all becomes that of the bones as they were grouped.
        foreach (DenseGroup group in groups.Where(group => !group.IsBone))
        {
            RowBits.Clear(grouped, group.Runs);
        }

        (Mask bone, Mask marrow) = Fill(scan, grouped);
        using Mask spongy = marrow;
        using Mask members = grouped.And(seeds);
        seeds.Dispose();
        Mask? released = null, wall = null;
        Parallel.Invoke(
            parallel,
            () => released = ReleaseFragments(scan, members, index!, groups.Length, spongy),
            () => wall = scan.Body.HasTrunk ? VesselWall(scan, bone) : null);
        if (wall is not null)
        {
            released = (released ?? new Mask(bone.ColumnCount, bone.RowCount, bone.SliceCount)).Or(wall);
        }

        if (released is not null)
        {
            bone.AndNot(released);
        }

        // A cyst first: its shell is no round body, but its wall may have parts that look like one.
        Mask? cysts = gravity is { } down ? ContactCysts.Find(scan, bone, down) : null;
        if (cysts is not null)
        {
            bone.AndNot(cysts);
            released = (released ?? new Mask(bone.ColumnCount, bone.RowCount, bone.SliceCount)).Or(cysts);
        }

        bool hasFingers = !scan.Body.HasTrunk && !scan.HasInnerAir && Array.Exists(groups, static group => group.IsPhalanx && group.IsBone);
        (Mask? sections, Mask? solid) = ContactSplit.Find(scan, bone, hasFingers);
        foreach (Mask? split in (Mask?[])[sections, solid])
        {
            if (split is not null)
            {
                bone.AndNot(split);
                released = (released ?? new Mask(bone.ColumnCount, bone.RowCount, bone.SliceCount)).Or(split);
            }
        }

        sections?.Dispose();
        return new SkeletonModel(bone, released, wall, solid, cysts, groups, index) { HasFingers = hasFingers };
    }

    /// <summary>
    /// Calcium in the wall of an opacified vessel that lies so close to bone that it was grouped with it: dense fragments along a lumen, which
    /// is even, wide, deep, and not enclosed by bone. Null where there is no such lumen.
    /// </summary>
    private static Mask? VesselWall(BodyScan scan, Mask bone)
    {
        CellGrid grid = scan.Grid;
        using Mask lumen = FindLumen(scan, bone);
        if (lumen.IsEmpty)
        {
            return null;
        }

        var wall = new Mask(bone.ColumnCount, bone.RowCount, bone.SliceCount);
        using Mask near = MaskMorphology.Dilate(
            lumen, StructuringElement.Disc(SeparationParameters.LumenReachMm + grid.HalfCellMm, grid.Geometry), scan.ThreadCount, scan.Cancellation);
        using Mask dense = bone.Clone().And(scan.SeedVoxels);
        using ConnectedComponents fragments = scan.Label(dense, Connectivity.Faces6);
        for (int label = 0; label < fragments.Count; label++)
        {
            long voxelCount = fragments.Statistics[label].VoxelCount;
            if (voxelCount * scan.VoxelMm3 > SeparationParameters.WallGreatestMm3)
            {
                continue;
            }

            long nearCount = 0;
            foreach (VoxelRun run in fragments.RunsOf(label))
            {
                for (int column = run.Start; column < run.End; column++)
                {
                    nearCount += near[column / grid.ColumnFactor, run.Row / grid.RowFactor, run.Slice] ? 1 : 0;
                }
            }

            if (nearCount >= SeparationParameters.WallLeastNearFraction * voxelCount)
            {
                wall.Fill(fragments.RunsOf(label));
            }
        }

        return wall;
    }

    /// <summary>Cells of opacified lumens.</summary>
    private static Mask FindLumen(BodyScan scan, Mask bone)
    {
        CellGrid grid = scan.Grid;
        double evenHu = SeparationParameters.LumenGreatestRangeSigmas * scan.NoiseHu, greatestHu = SeparationParameters.LumenGreatestHu;
        using var even = new Mask(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        bool isReachable = Kernels.ThresholdKernel.TryRoundUp(scan.ThresholdHu, out short leastHu);
        Parallel.For(0, isReachable ? grid.SliceCount : 0, scan.Parallel, slice =>
        {
            ReadOnlySpan<short> hu = grid.MeanHu(slice);
            Span<ulong> dense = new ulong[even.WordsPerRow];
            for (int row = 1; row < grid.RowCount - 1; row++)
            {
                // Few cells are dense.
                if (!Kernels.ThresholdKernel.Mark(hu.Slice(row * grid.ColumnCount, grid.ColumnCount), leastHu, dense, Kernels.SimdPaths.Best))
                {
                    continue;
                }

                Span<ulong> words = even.Row(row, slice);
                for (int word = 0; word < words.Length; word++)
                {
                    for (ulong rest = dense[word]; rest != 0; rest &= rest - 1)
                    {
                        int column = (word * Kernels.BitRow.WordBits) + System.Numerics.BitOperations.TrailingZeroCount(rest);
                        if (IsEven(hu, column, row, slice))
                        {
                            words[word] |= rest & (~rest + 1);
                        }
                    }
                }
            }
        });
        using Mask wide = MaskMorphology.Open(
            even, StructuringElement.Disc(SeparationParameters.LumenLeastRadiusMm, grid.Geometry), scan.ThreadCount, scan.Cancellation);
        using ConnectedComponents parts = ConnectedComponents.Label(wide, Connectivity.Full26, null, scan.ThreadCount, scan.Cancellation);
        var lumen = new Mask(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        for (int label = 0; label < parts.Count; label++)
        {
            if (parts.Statistics[label].VoxelCount * grid.CellAreaMm2 * grid.BetweenSlicesMm >= SeparationParameters.LumenLeastMm3)
            {
                lumen.Fill(parts.RunsOf(label));
            }
        }

        return lumen;

        bool IsEven(ReadOnlySpan<short> hu, int column, int row, int slice)
        {
            int cell = (row * grid.ColumnCount) + column;
            if (column == 0 || column == grid.ColumnCount - 1 || hu[cell] > greatestHu)
            {
                return false;
            }

            int least = Math.Min(Math.Min(hu[cell - 1], hu[cell + 1]), Math.Min(hu[cell - grid.ColumnCount], hu[cell + grid.ColumnCount]));
            int most = Math.Max(Math.Max(hu[cell - 1], hu[cell + 1]), Math.Max(hu[cell - grid.ColumnCount], hu[cell + grid.ColumnCount]));
            int pixelColumn = Math.Min(bone.ColumnCount - 1, (column * grid.ColumnFactor) + (grid.ColumnFactor / 2));
            int pixelRow = Math.Min(bone.RowCount - 1, (row * grid.RowFactor) + (grid.RowFactor / 2));
            return most - least <= evenHu
                && !bone[pixelColumn, pixelRow, slice]
                && scan.Body.IsTrunk(pixelColumn, pixelRow, slice)
                && scan.Compartments.DeepDepthMm(pixelColumn, pixelRow, slice) >= SeparationParameters.InternalDepthMm;
        }
    }

    private static void MeasureDistances(BodyScan scan, DenseGroup[] groups)
    {
        DenseGroup[] sure = [.. groups.Where(group => group.IsSureBone)];
        if (sure.Length == 0)
        {
            return;
        }

        using var certain = new Mask(scan.Body.Voxels.ColumnCount, scan.Body.Voxels.RowCount, scan.Body.Voxels.SliceCount);
        foreach (DenseGroup group in sure)
        {
            certain.Fill(group.Runs);
        }

        CellGrid.Distances distances = scan.Grid.DistancesTo(certain, 2 * (float)SeparationParameters.IsolatedMm, scan.Parallel);
        foreach (DenseGroup group in groups)
        {
            if (!group.IsSureBone)
            {
                group.DistanceToSureBoneMm = distances.Least(group.Runs);
            }
        }
    }

    /// <summary>
    /// Marks the groups of a limb that look like small bones and lie far from every other bone: bones meet in joints, and where a large one is seen, a small one
    /// by itself is none.
    /// </summary>
    private static void MarkAlone(BodyScan scan, DenseGroup[] groups)
    {
        if (scan.HasInnerAir || !Array.Exists(groups, static group => group.IsSureBone))
        {
            return;
        }

        DenseGroup[] boneLike = [.. groups.Where(static group => group.IsBone)];
        foreach (DenseGroup group in boneLike)
        {
            group.IsAlone = group.MayBeAlone
                && Array.TrueForAll(boneLike, other => other == group || other.IsSureBone || group.Box.GapMm(other.Box, scan.Volume.Geometry) > SeparationParameters.IsolatedMm);
        }
    }

    /// <summary>Bones with what they enclose, and of that the marrow.</summary>
    private static (Mask Bone, Mask Marrow) Fill(BodyScan scan, Mask outline)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        Mask bone = MaskMorphology.FillHoles(outline, SeparationParameters.CavityRadiusMm, geometry, scan.ThreadCount, scan.Cancellation);
        double depth = Math.Max(SeparationParameters.CoreDepthMm, 1.1 * Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm));
        Mask marrow = MaskMorphology.Erode(bone, scan.Disc(depth), scan.ThreadCount, scan.Cancellation).AndNot(scan.SeedVoxels);
        return (bone, marrow);
    }

    /// <summary>
    /// Fragments of bone groups that the closing gathered although they are not bone: solid, apart from the main part, and not around marrow.
    /// Null where there are none.
    /// </summary>
    /// <param name="scan">What is known about the volume.</param>
    /// <param name="members">Seeds within bone groups.</param>
    /// <param name="index">The groups.</param>
    /// <param name="groupCount">How many groups there are.</param>
    /// <param name="marrow">Marrow of the bones.</param>
    private static Mask? ReleaseFragments(BodyScan scan, Mask members, RunIndex index, int groupCount, Mask marrow)
    {
        if (members.IsEmpty)
        {
            return null;
        }

        VolumeGeometry geometry = scan.Volume.Geometry;
        using ConnectedComponents fragments = scan.Label(members, Connectivity.Full26);
        int[] groupOfFragment = new int[fragments.Count];
        var largest = new long[groupCount];
        var total = new long[groupCount];
        for (int fragment = 0; fragment < fragments.Count; fragment++)
        {
            int group = index.LabelIn(fragments.RunsOf(fragment)[0]);
            groupOfFragment[fragment] = group;
            largest[group] = Math.Max(largest[group], fragments.Statistics[fragment].VoxelCount);
            total[group] += fragments.Statistics[fragment].VoxelCount;
        }

        int[] apart = [.. Enumerable.Range(0, fragments.Count).Where(IsApart)];
        if (apart.Length == 0)
        {
            return null;
        }

        double reach = Math.Max(SeparationParameters.MarrowReachMm, 1.1 * Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm));
        using Mask nearMarrow = MaskMorphology.Dilate(marrow, scan.Disc(reach), scan.ThreadCount, scan.Cancellation);
        bool[] isReleased = new bool[apart.Length];
        Parallel.For(0, apart.Length, scan.Parallel, i =>
        {
            int fragment = apart[i];
            if (RowBits.Count(nearMarrow, fragments.RunsOf(fragment)) < SeparationParameters.CortexFraction * fragments.Statistics[fragment].VoxelCount)
            {
                var part = new DenseGroup(fragments, fragment) { DistanceToSureBoneMm = 0 };
                part.Measure(scan);
                part.ScoreAlone(scan);
                part.ScoreAmongOthers(scan);
                isReleased[i] = !part.IsBone;
            }
        });

        Mask? released = null;
        for (int i = 0; i < apart.Length; i++)
        {
            if (isReleased[i])
            {
                released ??= new Mask(members.ColumnCount, members.RowCount, members.SliceCount);
                released.Fill(fragments.RunsOf(apart[i]));
            }
        }

        return released;

        bool IsApart(int fragment)
        {
            long size = fragments.Statistics[fragment].VoxelCount;
            int group = groupOfFragment[fragment];
            return size != largest[group] && size < SeparationParameters.MainFragmentFraction * total[group];
        }
    }
}

/// <summary>Dense voxels that belong together, what their sections show, and how much they look like bone.</summary>
internal sealed class DenseGroup
{
    private const int FingerDirections = 8;

    private readonly ConnectedComponents _components;
    private readonly int _label;
    private readonly List<string> _evidence = [];
    private double _score;
    private bool _enclosesFluid;

    /// <summary>Creates a group from a component.</summary>
    public DenseGroup(ConnectedComponents components, int label)
    {
        _components = components;
        _label = label;
        Box = components.Statistics[label].Bounds;
    }

    /// <summary>Bounds.</summary>
    public VoxelBox Box { get; }

    /// <summary>Its voxels, gaps closed.</summary>
    public ReadOnlySpan<VoxelRun> Runs => _components.RunsOf(_label);

    /// <summary>What its sections show.</summary>
    public StructureFeatures Features { get; private set; } = new();

    /// <summary>How much it looks like bone; see <see cref="SeparationParameters.BoneScore"/>.</summary>
    public double Score => _score;

    /// <summary>Why, in words and numbers.</summary>
    public ImmutableArray<string> Evidence => [.. _evidence];

    /// <summary>Distance to the nearest certain bone, mm; null where there is none or it is far.</summary>
    public double? DistanceToSureBoneMm { get; set; }

    /// <summary>True where it lies in a limb far from every bone.</summary>
    public bool IsAlone { get; set; }

    /// <summary>True where it is small, ends within the scan, and is far from certain bone.</summary>
    public bool MayBeAlone => !IsInTrunk && IsIsolated && !IsPhalanx;

    private bool IsIsolated => !(DistanceToSureBoneMm <= SeparationParameters.IsolatedMm) && Features.EndRadiusMm <= 0 && FilledMm3 < SeparationParameters.SureBoneVolumeMm3;

    /// <summary>Bars like this one in the row that it belongs to, itself included; 0 where it is in none.</summary>
    public int AlikeCount { get; set; }

    /// <summary>True where it shows a dense rim around a less dense core.</summary>
    public bool HasCortex => IsRimmed(leastCore: 5);

    /// <summary>Volume of the filled sections, mm³.</summary>
    public double FilledMm3 { get; private set; }

    /// <summary>True where it is bone beyond doubt, from itself alone.</summary>
    public bool IsSureBone { get; private set; }

    /// <summary>True where it is bone.</summary>
    public bool IsBone => _score >= SeparationParameters.BoneScore;

    /// <summary>True where it may be bone.</summary>
    public bool IsUncertain => _score >= SeparationParameters.UncertainScore && !IsBone;

    /// <summary>Fraction of its voxels inside the deep compartment, and the greatest depths there, mm.</summary>
    public double DeepestMm { get; private set; }

    /// <summary>True where most of it lies in a trunk.</summary>
    public bool IsInTrunk { get; private set; }

    /// <summary>True for a rimmed structure, no fluid in it, in the middle of a part no thicker than a finger: there a phalanx lies, however little muscle is seen around it.</summary>
    public bool IsPhalanx => IsInFinger && !_enclosesFluid;

    private bool IsInFinger { get; set; }

    // The last phalanges have hardly a voxel of core.
    private bool IsRimmed(int leastCore) => Features.Core.Count >= leastCore
        && Features.Rim.Percentile(0.75) - Features.Core.Percentile(0.5) >= SeparationParameters.CortexLeastRimHu;

    /// <summary>Measures the sections.</summary>
    public void Measure(BodyScan scan)
    {
        VoxelRun[] runs = Runs.ToArray();
        IsInTrunk = scan.Body.IsInTrunk(runs);
        Features = StructureFeatures.Measure(scan.Volume, scan.ThresholdHu, runs, Box, scan.Parallel);
        FilledMm3 = Features.FilledCount * scan.VoxelMm3;
        double deepest = double.MinValue;
        int step = Math.Max(1, runs.Length / 500);
        for (int i = 0; i < runs.Length; i += step)
        {
            deepest = Math.Max(deepest, scan.Compartments.DeepDepthMm((runs[i].Start + runs[i].End) / 2, runs[i].Row, runs[i].Slice));
        }

        DeepestMm = deepest;
        IsInFinger = !IsInTrunk
            && !scan.HasInnerAir
            && FilledMm3 < SeparationParameters.SureBoneVolumeMm3
            && IsRimmed(leastCore: 1)
            && IsInMiddleOfThinSections(scan, runs);
    }

    /// <summary>True where, in most slices, the skin is about as far on nearly all sides and no farther than a finger's: fingers that touch each other have no skin between them.</summary>
    private static bool IsInMiddleOfThinSections(BodyScan scan, VoxelRun[] runs)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        double stepMm = Math.Min(geometry.BetweenColumnsMm, geometry.BetweenRowsMm);
        int sections = 0, middles = 0;
        foreach (IGrouping<int, VoxelRun> section in runs.GroupBy(static run => run.Slice))
        {
            (double column, double row, _) = RowBits.Middle([.. section]);
            double[] toSkin = [.. Enumerable.Range(0, FingerDirections).Select(ToSkinMm).Where(static mm => mm <= SeparationParameters.FingerGreatestDepthMm)];
            sections++;
            middles += toSkin.Length >= SeparationParameters.FingerLeastSides * FingerDirections && toSkin.Min() >= SeparationParameters.FingerLeastEvenness * toSkin.Max() ? 1 : 0;

            double ToSkinMm(int direction)
            {
                (double sin, double cos) = Math.SinCos(2 * Math.PI * direction / FingerDirections);
                double mm = 0;
                while (mm <= SeparationParameters.FingerGreatestDepthMm)
                {
                    int c = (int)Math.Round(column + (mm * cos / geometry.BetweenColumnsMm)), r = (int)Math.Round(row + (mm * sin / geometry.BetweenRowsMm));
                    if (c < 0 || r < 0 || c >= geometry.ColumnCount || r >= geometry.RowCount)
                    {
                        // What lies beyond the image is not known to be skin.
                        return double.PositiveInfinity;
                    }

                    if (!scan.Body.Voxels[c, r, section.Key])
                    {
                        return mm;
                    }

                    mm += stepMm;
                }

                return double.PositiveInfinity;
            }
        }

        return middles > 0 && middles >= SeparationParameters.FingerLeastSections * sections;
    }

    /// <summary>Scores what the structure shows by itself.</summary>
    public void ScoreAlone(BodyScan scan)
    {
        _score = 0;
        _evidence.Clear();
        StructureFeatures f = Features;
        double voxel = scan.VoxelMm3;
        double sigma = scan.NoiseHu;
        double p95 = f.Dense.Percentile(0.95);
        double inscribed = f.InscribedRadiusMm;

        if (f.EndRadiusMm >= 4)
        {
            Say(3, $"the scan's end cuts it with a section of {F(f.EndRadiusMm)} mm radius");
        }
        else if (f.EndRadiusMm >= 2.5 && inscribed >= 3)
        {
            Say(1, $"the scan's end cuts it with a section of {F(f.EndRadiusMm)} mm radius");
        }

        double marrowMm3 = f.Marrow.Count * voxel;
        double marrowHu = f.Marrow.Percentile(0.5);
        double rimMinusCore = f.Core.Count < 5 ? 0 : f.Rim.Percentile(0.75) - f.Core.Percentile(0.5);
        bool hasMarrow = marrowMm3 >= 15 && f.Marrow.Count >= 0.05 * f.FilledCount;
        double holeSpread = f.Holes.RobustDeviation;
        bool hasFluid = f.Holes.Count * voxel >= 100
            && f.Holes.Count >= SeparationParameters.FluidLeastFraction * f.Marrow.Count
            && f.Holes.Percentile(0.5) is > -10 and < 70
            && holeSpread <= (2 * sigma) + 10;
        _enclosesFluid = hasFluid;
        if (hasFluid)
        {
            Say(IsInTrunk ? -4 : -6, $"encloses homogeneous fluid ({F(f.Holes.Percentile(0.5))} HU, SD {F(holeSpread)})");
        }
        else if (hasMarrow && marrowHu is > -150 and < -10)
        {
            Say(2, $"encloses fatty marrow ({F(marrowHu)} HU)");
        }
        else if (hasMarrow && marrowHu > 50)
        {
            Say(rimMinusCore >= 150 ? 2 : 1, $"encloses less dense spongy bone ({F(marrowHu)} HU)");
        }
        else if (!hasMarrow)
        {
            _evidence.Add("no marrow");
        }

        if (p95 >= 1800)
        {
            Say(4, $"denser than cortex (95 % below {F(p95)} HU)");
        }
        else if (p95 >= 900)
        {
            Say(2, $"as dense as cortex (95 % below {F(p95)} HU)");
        }
        else if (p95 >= 600)
        {
            Say(1, $"nearly as dense as cortex (95 % below {F(p95)} HU)");
        }

        if (FilledMm3 >= 20_000)
        {
            Say(2, $"large ({F(FilledMm3 / 1000)} cm3)");
        }
        else if (FilledMm3 >= 3000)
        {
            Say(1, $"large ({F(FilledMm3 / 1000)} cm3)");
        }

        if (inscribed >= 5)
        {
            Say(1, $"thick ({F(inscribed)} mm inscribed radius)");
        }

        if (inscribed >= 3 && rimMinusCore >= 150)
        {
            Say(1, $"rim {F(rimMinusCore)} HU denser than core");
        }
        else if (f.Dense.Count >= 0.9 * f.FilledCount && inscribed >= 1.5 && rimMinusCore < 50)
        {
            Say(-2, $"solid and homogeneous, {F(f.Dense.Percentile(0.5))} HU");
        }

        if (DeepestMm < SeparationParameters.SuperficialDeepMm)
        {
            Say(-4, "wholly in the fat under the skin");
        }

        if (inscribed < 2.5 && f.ExtentMm.Long > 6 * Math.Max(inscribed, 0.5))
        {
            Say(-2, $"thin ({F(2 * inscribed)} mm over {F(f.ExtentMm.Long)} mm)");
        }

        IsSureBone = _score >= SeparationParameters.BoneScore + 1 && (f.EndRadiusMm >= 4 || FilledMm3 >= SeparationParameters.SureBoneVolumeMm3);
    }

    /// <summary>Adds what the neighbourhood says.</summary>
    public void ScoreAmongOthers(BodyScan scan)
    {
        StructureFeatures f = Features;
        if (IsSureBone)
        {
            return;
        }

        if (AlikeCount >= (HasCortex ? SeparationParameters.RibLeastCount : SeparationParameters.PlainRibLeastCount))
        {
            Say(SeparationParameters.RibScore, $"one of {AlikeCount} alike bars, one above the other, like ribs");
            return;
        }

        if (IsPhalanx)
        {
            Say(SeparationParameters.FingerScore, "rimmed, in the middle of a part of the body no thicker than a finger");
            return;
        }

        if (IsAlone)
        {
            Say(SeparationParameters.AloneScore, $"in a limb, more than {F(SeparationParameters.IsolatedMm)} mm from every bone");
        }
        else if (IsIsolated)
        {
            Say(-3, $"isolated, more than {F(SeparationParameters.IsolatedMm)} mm from bone");
        }
        else if (DistanceToSureBoneMm < SeparationParameters.BesideBoneMm && f.Core.Count >= 5 && f.Rim.Percentile(0.75) - f.Core.Percentile(0.5) >= 150)
        {
            Say(1, "rimmed, beside bone");
        }

        if (IsInTrunk && !_enclosesFluid && f.ExtentMm.Long >= 35 && f.InscribedRadiusMm is >= 2.5 and <= 9 && DeepestMm is > 0 and < 30)
        {
            Say(3, $"a bar of {F(f.ExtentMm.Long)} mm in the wall of the trunk, like a rib");
        }
    }

    private static string F(double value) => value.ToString(Math.Abs(value) < 10 ? "0.#" : "0", CultureInfo.InvariantCulture);

    private void Say(double points, string sentence)
    {
        _score += points;
        _evidence.Add(sentence);
    }
}
