using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Measurement;

namespace CalcQuant.Segmentation;

/// <summary>Gathers the pieces of bone of a scan under the names of the parts of the skeleton, run by run: bones that touch are one piece.</summary>
internal sealed class SkeletonParts
{
    private readonly BodyLocation _location;
    private readonly TrunkCavity? _cavity;

    private readonly double _voxelMm3;

    private SkeletonParts(BodyLocation location, TrunkCavity? cavity, double voxelMm3) => (_location, _cavity, _voxelMm3) = (location, cavity, voxelMm3);

    /// <summary>What of the skeleton a scan shows. The order is that of the report.</summary>
    private enum Part
    {
        SkullAndJaws,
        Spine,
        RibCage,
        BesideSpine,
        Pelvis,
        Arm,
        Leg,
        Limb,
    }

    /// <summary>
    /// Puts one region for each part in the place of what is certainly bone; what is small and less sure stays an entry of its own, named, so that a reader can
    /// correct it. Pieces of an unknown part stay as they are.
    /// </summary>
    /// <param name="scan">The volume.</param>
    /// <param name="location">Where things lie in the body.</param>
    /// <param name="cavity">The cavity of its trunk with the spine behind it; null where there is none.</param>
    /// <param name="regions">All regions; changed.</param>
    public static void Gather(BodyScan scan, BodyLocation location, TrunkCavity? cavity, List<SegmentedRegion> regions)
    {
        var parts = new SkeletonParts(location, cavity, scan.VoxelMm3);
        SegmentedRegion[] bones = [.. regions.Where(static region => region.Kind == RegionKind.Bone)];
        var pieces = new Piece[bones.Length][];
        Parallel.For(0, bones.Length, scan.Parallel, i => pieces[i] = parts.Split(bones[i]));
        ILookup<Part?, Piece> byPart = pieces.SelectMany(static split => split).ToLookup(static piece => piece.IsCertain ? piece.Part : null);
        Part[] seen = [.. Enum.GetValues<Part>().Where(part => byPart.Contains(part))];
        var gathered = new SegmentedRegion[seen.Length];
        Parallel.For(0, seen.Length, scan.Parallel, i => gathered[i] = Join(seen[i], [.. byPart[seen[i]]]));
        int first = regions.FindIndex(static region => region.Kind == RegionKind.Bone);
        regions.RemoveAll(static region => region.Kind == RegionKind.Bone);
        regions.InsertRange(Math.Max(0, first), [.. gathered, .. byPart[null].Select(static piece => piece.ToRegion())]);
    }

    private static string NameOf(Part part) => part switch
    {
        Part.SkullAndJaws => "skull and jaws",
        Part.Spine => "spine",
        Part.RibCage => "ribs, sternum and shoulder girdle",
        Part.BesideSpine => "bones of the trunk beside the spine",
        Part.Pelvis => "pelvis and hips",
        Part.Arm => "bones of an arm",
        Part.Leg => "bones of a leg",
        Part.Limb => "bones of a limb",
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "Not a part of the skeleton."),
    };

    private static SegmentedRegion Join(Part part, Piece[] pieces)
    {
        Piece largest = pieces[0];
        long all = 0, most = 0;
        double sure = 0;
        int count = 0;
        var runs = new List<VoxelRun>(pieces.Sum(static piece => piece.Runs.Length));
        foreach (Piece piece in pieces)
        {
            long voxels = RowBits.Count(piece.Runs.AsSpan());
            all += voxels;
            sure += voxels * piece.Of.Confidence;
            count += piece.IsMain ? piece.Of.ComponentCount : 1;
            runs.AddRange(piece.Runs);
            if (voxels > most)
            {
                (largest, most) = (piece, voxels);
            }
        }

        string what = count == 1
            ? NameOf(part)
            : string.Create(CultureInfo.InvariantCulture, $"{NameOf(part)}, {count} pieces; of the largest:");
        return new SegmentedRegion(RegionKind.Bone, Math.Round(sure / all, 2), [what, .. largest.Of.Evidence], pieces.Length == 1 ? largest.Runs : RunOrder.Sort(runs))
        {
            ComponentCount = count,
            Structure = NameOf(part),
        };
    }

    /// <summary>The runs of a region by the part that they lie in.</summary>
    private Piece[] Split(SegmentedRegion region)
    {
        var byPart = new Dictionary<int, ImmutableArray<VoxelRun>.Builder>();
        foreach (VoxelRun run in region.Runs)
        {
            int part = PartAt(run) is { } known ? (int)known : -1;
            if (!byPart.TryGetValue(part, out ImmutableArray<VoxelRun>.Builder? runs))
            {
                byPart[part] = runs = ImmutableArray.CreateBuilder<VoxelRun>();
            }

            runs.Add(run);
        }

        int main = byPart.OrderByDescending(static pair => pair.Value.Count).ThenBy(static pair => pair.Key).First().Key;

        // What may be a deposit is not cut in two by the border of a part. Merged fringes and large bones are none. The bones of a limb are few and apart.
        bool isCertain = (Part)main is not (Part.Arm or Part.Leg or Part.Limb) && IsCertain(region);
        return isCertain
            ? [.. byPart.OrderBy(static pair => pair.Key).Select(pair => new Piece(PartOf(pair.Key), pair.Value.ToImmutable(), region, pair.Key == main, IsCertain: true))]
            : [new Piece(PartOf(main), region.Runs, region, IsMain: true, IsCertain: false)];

        static Part? PartOf(int key) => key < 0 ? null : (Part)key;
    }

    private bool IsCertain(SegmentedRegion region) => region.ComponentCount > 1
        || (region.Confidence >= SeparationParameters.CertainBoneConfidence && RowBits.Count(region.Runs.AsSpan()) * _voxelMm3 >= SeparationParameters.SureBoneVolumeMm3);

    private Part? PartAt(VoxelRun run) => _location.SiteOf(run) switch
    {
        BodySite.Head => Part.SkullAndJaws,
        BodySite.Neck => Part.Spine,
        BodySite.Chest or BodySite.Shoulder => IsSpine(run) ? Part.Spine : Part.RibCage,
        BodySite.Abdomen or BodySite.Trunk => IsSpine(run) ? Part.Spine : Part.BesideSpine,
        BodySite.Pelvis or BodySite.Hip => IsSpine(run) ? Part.Spine : Part.Pelvis,
        BodySite.UpperLimb or BodySite.UpperArm or BodySite.Elbow or BodySite.Forearm or BodySite.Wrist or BodySite.Hand => Part.Arm,
        BodySite.LowerLimb or BodySite.Thigh or BodySite.Knee or BodySite.LowerLeg or BodySite.Ankle or BodySite.Foot => Part.Leg,
        _ => _location.ShowsOnlyLimbs ? Part.Limb : null,
    };

    private bool IsSpine(VoxelRun run) => _cavity?.IsAtSpine((run.Start + run.End - 1) / 2, run.Row, run.Slice) == true;

    /// <summary>Runs of one part in one region; the main one where the region has the most of its runs.</summary>
    private sealed record Piece(Part? Part, ImmutableArray<VoxelRun> Runs, SegmentedRegion Of, bool IsMain, bool IsCertain)
    {
        public SegmentedRegion ToRegion() => Of with { Runs = Runs, Structure = Part is { } part ? NameOf(part) : null };
    }
}
