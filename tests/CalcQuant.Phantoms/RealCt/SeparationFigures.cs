using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>What the analysis makes of a real series as it is.</summary>
internal sealed record SeparationFigures
{
    /// <summary>A bone voxel that must be excluded has this many HU; fainter ones are as much marrow and joint as bone.</summary>
    public const float BoneHu = 200;

    /// <summary>Plaque in the wall of a vessel that holds contrast medium has this many HU.</summary>
    public const float PlaqueHu = 400;

    /// <summary>Labels end inside the wall: plaque lies within this many pixels of them.</summary>
    public const int PlaquePixels = 2;

    /// <summary>Voxels of labelled bone from <see cref="BoneHu"/> on; null, as all that rests on labels, where there are none.</summary>
    public long? BoneVoxels { get; init; }

    /// <summary>Those of them in deposits or uncertain regions.</summary>
    public long? BoneVoxelsReported { get; init; }

    /// <summary>Labelled bone in deposits, mm³, of any HU.</summary>
    public double? BoneInDepositsMm3 { get; init; }

    /// <summary>Voxels of plaque at the aorta, by the kind of the region that holds them.</summary>
    public ImmutableDictionary<RegionKind, long>? Plaque { get; init; }

    /// <summary>Mean HU of labelled bone: whether the labels lie on the image.</summary>
    public double? MeanBoneHu { get; init; }

    /// <summary>Share of the bone that is excluded; null where no bone is labelled.</summary>
    public double? ExcludedShare => BoneVoxels is > 0 ? 1 - ((double)BoneVoxelsReported!.Value / BoneVoxels.Value) : null;

    /// <summary>Share of the plaque that is called vascular; null where there is none.</summary>
    public double? VascularShare => Plaque is { IsEmpty: false } ? (double)Plaque.GetValueOrDefault(RegionKind.Vascular) / Plaque.Values.Sum() : null;

    /// <summary>Compares an analysis with labels.</summary>
    public static SeparationFigures Of(CorpusSeries series, CalcificationResult result)
    {
        if (series.Labels is not { } labels)
        {
            return new SeparationFigures();
        }

        CtVolume volume = series.Series.Volume;
        VolumeGeometry geometry = volume.Geometry;
        using Mask near = MaskMorphology.Dilate(labels.Aorta, StructuringElement.Disc(PlaquePixels * Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm), geometry)).AndNot(labels.Bone);
        double sum = 0;
        long all = 0, dense = 0;
        foreach ((int column, int row, int slice) in Voxels(labels.Bone))
        {
            float hu = volume[column, row, slice];
            sum += hu;
            all++;
            dense += hu >= BoneHu ? 1 : 0;
        }

        long reported = 0;
        double leakMm3 = 0;
        var plaque = new Dictionary<RegionKind, long>();
        foreach (SegmentedRegion region in result.Segmentation.Regions)
        {
            foreach (VoxelRun run in region.Runs)
            {
                for (int column = run.Start; column < run.End; column++)
                {
                    float hu = volume[column, run.Row, run.Slice];
                    if (labels.Bone[column, run.Row, run.Slice])
                    {
                        reported += hu >= BoneHu && region.Kind is (RegionKind.SoftTissueCalcification or RegionKind.Uncertain) ? 1 : 0;
                        leakMm3 += region.Kind == RegionKind.SoftTissueCalcification ? geometry.VoxelVolumeMm3(run.Slice) : 0;
                    }

                    if (hu >= PlaqueHu && near[column, run.Row, run.Slice])
                    {
                        plaque[region.Kind] = plaque.GetValueOrDefault(region.Kind) + 1;
                    }
                }
            }
        }

        return new SeparationFigures
        {
            BoneVoxels = dense,
            BoneVoxelsReported = reported,
            BoneInDepositsMm3 = leakMm3,
            Plaque = plaque.ToImmutableDictionary(),
            MeanBoneHu = all == 0 ? null : sum / all,
        };
    }

    private static IEnumerable<(int Column, int Row, int Slice)> Voxels(Mask mask)
    {
        for (int slice = 0; slice < mask.SliceCount; slice++)
        {
            for (int row = 0; row < mask.RowCount; row++)
            {
                for (int column = 0; column < mask.ColumnCount; column++)
                {
                    if (mask[column, row, slice])
                    {
                        yield return (column, row, slice);
                    }
                }
            }
        }
    }
}
