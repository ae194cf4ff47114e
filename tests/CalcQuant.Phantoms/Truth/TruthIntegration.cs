using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Anatomy;
using CalcQuant.Phantoms.Deposits;
using CalcQuant.Phantoms.Scanner;
using CalcQuant.Phantoms.Shapes;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.Truth;

/// <summary>Works out the truth from the shapes, apart from the image.</summary>
public static class TruthIntegration
{
    private const int MaskSamplesPerAxis = 4;
    private const int DepositSamplesPerAxis = 6;

    // More than the half diagonal of any voxel in use.
    private const double LeapMm = 6;

    /// <summary>The truth of a scene with its deposits.</summary>
    public static PhantomTruth Measure(
        PhantomOptions options,
        Scene scene,
        ImmutableArray<Deposit> deposits,
        AcquisitionGrid grid,
        CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = options.MaxThreadCount == 0 ? Environment.ProcessorCount : options.MaxThreadCount,
        };
        var body = new Mask(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        var bone = new Mask(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        Box[] boneBoxes = [.. scene.Bones.Select(shape => grid.ToIndex(shape.Bounds))];
        Parallel.For(0, grid.SliceCount, parallel, slice =>
        {
            MarkHalfCovered(body, slice, point => scene.Body(point) / Limb.Steepness, new Box(default, new(grid.ColumnCount, grid.RowCount, grid.SliceCount)), grid, leap: false);
            for (int i = 0; i < boneBoxes.Length; i++)
            {
                MarkHalfCovered(bone, slice, scene.Bones[i].Distance, boneBoxes[i], grid, leap: options.IsComposite);
            }
        });
        var truths = new DepositTruth[deposits.Length];
        Parallel.For(0, deposits.Length, parallel, i => truths[i] = Measure(i + 1, deposits[i], options, scene, grid));
        return new PhantomTruth
        {
            Options = options,
            Deposits = [.. truths],
            OtherCalcifications = [.. scene.OtherCalcifications.Select(other => Measure(other, grid)).OfType<OtherCalcificationTruth>()],
            Body = body,
            Bone = bone,
            VoxelVolumeMm3 = grid.VoxelVolumeMm3,
            SpacingMm = new(grid.PixelSpacingMm, grid.PixelSpacingMm, grid.SliceSpacingMm),
        };
    }

    /// <summary>Volume of a part, mm³: a formula where there is one, else the integral.</summary>
    internal static double VolumeMm3(DepositPart part, SolidIntegral integral) => FormulaMm3(part) ?? integral.VolumeMm3;

    // A clipped shape has no formula even where the shape it was cut from has one.
    private static double? FormulaMm3(DepositPart part) => part.Drawn is null ? part.Shape.ClosedFormVolumeMm3 : null;

    private static DepositTruth Measure(int id, Deposit deposit, PhantomOptions options, Scene scene, AcquisitionGrid grid)
    {
        double volume = 0;
        double mass = 0;
        double integrated = 0;
        LpsPoint moments = default;
        Box? bounds = null;
        bool closed = true;
        List<LpsPoint> surface = [];
        foreach (DepositPart part in deposit.Parts)
        {
            SolidIntegral integral = SolidIntegral.Of(part.Shape);
            double partVolume = VolumeMm3(part, integral);
            closed &= FormulaMm3(part) is not null;
            volume += partVolume;
            mass += partVolume * part.DensityMgPerCm3 / 1000;
            integrated += integral.VolumeMm3;
            moments += integral.Moments;
            bounds = integral.Bounds is { } box ? bounds?.Union(box) ?? box : bounds;
            surface.AddRange(integral.Surface);
        }

        LpsPoint centroid = moments * (1 / integrated);
        ImmutableArray<VoxelRun> runs = CoveredVoxels([.. deposit.Parts.Select(part => part.Shape)], grid, out bool half);
        return new DepositTruth
        {
            Id = id,
            Kind = deposit.Kind,
            VolumeMm3 = volume,
            ClosedForm = closed,
            MassMg = mass,
            DensityMgPerCm3 = mass / volume * 1000,
            PartHu = [.. deposit.Parts.Select(part => CalciumAttenuation.Hu(part.DensityMgPerCm3, options.Kvp))],
            CentroidLpsMm = centroid,
            BoundsMinLpsMm = bounds!.Value.Min,
            BoundsMaxLpsMm = bounds.Value.Max,
            Depth = deposit.Depth,
            DepthBelowSkinMm = DepthBelowSkin(scene, surface),
            Morphology = deposit.Morphology,
            TouchesBone = deposit.TouchesBone,
            TouchesSkin = deposit.TouchesSkin,
            Runs = runs,
            HalfCovered = half,
        };
    }

    // Null for what lies beyond the slices.
    private static OtherCalcificationTruth? Measure(OtherCalcification other, AcquisitionGrid grid)
    {
        ImmutableArray<VoxelRun> runs = CoveredVoxels([other.Shape], grid, out _);
        if (runs.IsEmpty)
        {
            return null;
        }

        SolidIntegral integral = SolidIntegral.Of(other.Shape);
        return new OtherCalcificationTruth(other.Name, other.Kind, integral.VolumeMm3, integral.Moments * (1 / integral.VolumeMm3), runs);
    }

    private static double DepthBelowSkin(Scene scene, List<LpsPoint> surface)
    {
        // The radial distance ranks the candidates, the perpendicular one decides.
        const int CandidateCount = 64;
        return surface
            .OrderByDescending(scene.Body)
            .Take(CandidateCount)
            .Min(point => scene.Limbs.MaxBy(limb => -limb.Body(point))!.DepthMm(point));
    }

    private static void MarkHalfCovered(Mask mask, int slice, Func<LpsPoint, double> distance, Box indexBox, AcquisitionGrid grid, bool leap)
    {
        if (slice < indexBox.Min.Z - 1 || slice > indexBox.Max.Z + 1)
        {
            return;
        }

        int firstRow = Math.Max(0, (int)Math.Floor(indexBox.Min.Y));
        int lastRow = Math.Min(grid.RowCount - 1, (int)Math.Ceiling(indexBox.Max.Y));
        int firstColumn = Math.Max(0, (int)Math.Floor(indexBox.Min.X));
        int lastColumn = Math.Min(grid.ColumnCount - 1, (int)Math.Ceiling(indexBox.Max.X));
        for (int row = firstRow; row <= lastRow; row++)
        {
            for (int column = firstColumn; column <= lastColumn; column++)
            {
                if (leap && distance(grid.ToLps(column, row, slice)) is var away && away > LeapMm)
                {
                    // Nothing nearer than that: the pixels in between hold none of it.
                    column += (int)((away - LeapMm) / grid.PixelSpacingMm);
                    continue;
                }

                if (Coverage(distance, column, row, slice, MaskSamplesPerAxis, grid) >= 0.5)
                {
                    mask[column, row, slice] = true;
                }
            }
        }
    }

    private static double Coverage(Func<LpsPoint, double> distance, int column, int row, int slice, int samples, AcquisitionGrid grid)
    {
        double reach = 0.5 * Math.Sqrt((2 * grid.PixelSpacingMm * grid.PixelSpacingMm) + (grid.SliceSpacingMm * grid.SliceSpacingMm));

        // A sheared voxel reaches a little further.
        const double ShearSlack = 1.25;
        double middle = distance(grid.ToLps(column, row, slice));
        if (Math.Abs(middle) >= reach * ShearSlack)
        {
            return middle < 0 ? 1 : 0;
        }

        int inside = 0;
        for (int k = 0; k < samples; k++)
        {
            for (int j = 0; j < samples; j++)
            {
                for (int i = 0; i < samples; i++)
                {
                    LpsPoint point = grid.ToLps(
                        column - 0.5 + ((i + 0.5) / samples),
                        row - 0.5 + ((j + 0.5) / samples),
                        slice - 0.5 + ((k + 0.5) / samples));
                    inside += distance(point) < 0 ? 1 : 0;
                }
            }
        }

        return (double)inside / (samples * samples * samples);
    }

    private static ImmutableArray<VoxelRun> CoveredVoxels(ImmutableArray<Shape> parts, AcquisitionGrid grid, out bool half)
    {
        Box box = parts.Select(part => grid.ToIndex(part.Bounds)).Aggregate((left, right) => left.Union(right));
        List<(int Slice, int Row, int Column, double Share)> covered = [];
        double greatest = 0;
        for (int slice = Math.Max(0, (int)Math.Floor(box.Min.Z)); slice <= Math.Min(grid.SliceCount - 1, (int)Math.Ceiling(box.Max.Z)); slice++)
        {
            for (int row = Math.Max(0, (int)Math.Floor(box.Min.Y)); row <= Math.Min(grid.RowCount - 1, (int)Math.Ceiling(box.Max.Y)); row++)
            {
                for (int column = Math.Max(0, (int)Math.Floor(box.Min.X)); column <= Math.Min(grid.ColumnCount - 1, (int)Math.Ceiling(box.Max.X)); column++)
                {
                    double share = parts.Sum(part => Coverage(part.Distance, column, row, slice, DepositSamplesPerAxis, grid));
                    if (share > 0)
                    {
                        covered.Add((slice, row, column, share));
                        greatest = Math.Max(greatest, share);
                    }
                }
            }
        }

        half = greatest >= 0.5;
        double least = half ? 0.5 : greatest / 2;
        var runs = ImmutableArray.CreateBuilder<VoxelRun>();
        foreach ((int slice, int row, int column, double share) in covered)
        {
            if (share < least)
            {
                continue;
            }

            if (runs.Count > 0 && runs[^1] is var last && last.Slice == slice && last.Row == row && last.End == column)
            {
                runs[^1] = last with { End = column + 1 };
            }
            else
            {
                runs.Add(new VoxelRun(slice, row, column, column + 1));
            }
        }

        return runs.ToImmutable();
    }
}
