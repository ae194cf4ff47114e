using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Scanner;
using CalcQuant.Phantoms.Truth;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Phantoms;

public sealed class PhantomTests
{
    private const double MuscleHu = 50;

    [Theory]
    [InlineData(3, 0.6)]
    [InlineData(3, 2.5)]
    [InlineData(5, 1.25)]
    [InlineData(5, 5)]
    [InlineData(10, 3)]
    public void Render_Ball_IntegratesToItsVolume(double diameterMm, double sliceMm)
    {
        const double DensityMgPerCm3 = 600;
        const double Contrast = 30.2 + (1.309 * DensityMgPerCm3) - MuscleHu;
        PhantomScan scan = Phantom.Render(PhantomOptions.MuscleCylinder(1, PlacedDeposit.Ball(new(5.13, -7.31, 1.19), diameterMm, DensityMgPerCm3)) with
        {
            NoiseHu = 0,
            SliceSpacingMm = sliceMm,
            ColumnCount = 80,
            RowCount = 80,
            SliceCount = (int)(28 / sliceMm) + 1,
        });
        double truth = Math.PI / 6 * diameterMm * diameterMm * diameterMm;
        double integral = 0;
        foreach (short hu in Around(scan, scan.Truth.Deposits[0].CentroidLpsMm, (diameterMm / 2) + 4 + sliceMm))
        {
            integral += (hu - MuscleHu) / Contrast * scan.Truth.VoxelVolumeMm3;
        }

        // HU are rounded to integers, half a unit in the blur's skirt: that is what the tolerance of 0.7 % is for.
        Assert.InRange(integral / truth, 0.993, 1.007);
        Assert.Equal(truth, scan.Truth.Deposits[0].VolumeMm3, 6);
        Assert.Equal(truth * DensityMgPerCm3 / 1000, scan.Truth.Deposits[0].MassMg, 6);
    }

    [Fact]
    public void Render_EdgeOfTheCylinder_IsTheGaussianOfTheRequestedWidth()
    {
        const double FwhmMm = 1.1;
        PhantomOptions options = PhantomOptions.MuscleCylinder(1) with { NoiseHu = 0, PsfFwhmMm = FwhmMm, SliceCount = 3, RowCount = 160, ColumnCount = 160, PixelSpacingMm = 0.5 };
        PhantomScan scan = Phantom.Render(options);
        double radius = 0.45 * 160 * 0.5;
        double sigma = FwhmMm / 2.354820045;
        double squares = 0;
        int count = 0;
        for (int row = 0; row < 160; row++)
        {
            for (int column = 0; column < 160; column++)
            {
                LpsPoint point = scan.Volume.Geometry.ToLps(column, row, 1);
                double across = Math.Sqrt((point.X * point.X) + (point.Y * point.Y)) - radius;
                if (Math.Abs(across) > 1.5)
                {
                    continue;
                }

                double expected = -1000 + (1050 * (1 - NormalCumulative(across / sigma)));
                squares += Math.Pow(scan.Volume[column, row, 1] - expected, 2);
                count++;
            }
        }

        // A width wrong by 5 % would give more than 10 HU.
        Assert.InRange(Math.Sqrt(squares / count), 0, 5);
    }

    [Fact]
    public void Render_FlatEndOfACylinder_FillsEachSliceByItsShare()
    {
        const double Density = 500;
        const double DepositHu = 30.2 + (1.309 * Density);
        PhantomScan scan = Phantom.Render(PhantomOptions.MuscleCylinder(
            1,
            new PlacedDeposit(PlacedForm.Cylinder, new(0, 0, 0.4), new(20, 20, 10), Density)) with
        {
            NoiseHu = 0,
            SliceSpacingMm = 2,
            SliceThicknessMm = 3,
            ColumnCount = 64,
            RowCount = 64,
            SliceCount = 15,
        });
        for (int slice = 0; slice < 15; slice++)
        {
            double z = (slice - 7) * 2;
            double overlap = Math.Clamp(Math.Min(z + 1.5, 5.4) - Math.Max(z - 1.5, -4.6), 0, 3) / 3;
            Assert.Equal(MuscleHu + (overlap * (DepositHu - MuscleHu)), scan.Volume[32, 32, slice], 20.0);
        }
    }

    [Theory]
    [InlineData(10, 0.65)]
    [InlineData(25, 0.9)]
    public void Render_HomogeneousMuscle_HasTheRequestedNoiseAndNoOffset(double noiseHu, double pixelMm)
    {
        PhantomScan scan = Phantom.Render(PhantomOptions.MuscleCylinder(9) with { NoiseHu = noiseHu, PixelSpacingMm = pixelMm, SliceCount = 24 });
        double[] values = [.. Around(scan, default, 18).Select(hu => (double)hu)];
        double mean = values.Average();
        double deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));

        Assert.Equal(MuscleHu, mean, 0.2);
        Assert.InRange(deviation / noiseHu, 0.98, 1.02);
    }

    [Fact]
    public void Render_AnyThreadCount_GivesTheSameVoxelsAndTruth()
    {
        PhantomOptions options = Coarse(5) with { Clothing = true };
        PhantomScan one = Phantom.Render(options with { MaxThreadCount = 1 });
        foreach (int threads in (int[])[2, 5])
        {
            PhantomScan other = Phantom.Render(options with { MaxThreadCount = threads });
            Assert.True(one.Volume.Int16Voxels.SequenceEqual(other.Volume.Int16Voxels));
            Assert.Equal(
                one.Truth.Deposits.Select(deposit => (deposit.VolumeMm3, deposit.MassMg, deposit.DepthBelowSkinMm, deposit.Runs.Length)),
                other.Truth.Deposits.Select(deposit => (deposit.VolumeMm3, deposit.MassMg, deposit.DepthBelowSkinMm, deposit.Runs.Length)));
            Assert.True(one.Truth.Bone.Words.SequenceEqual(other.Truth.Bone.Words));
            Assert.True(one.Truth.Body.Words.SequenceEqual(other.Truth.Body.Words));
        }
    }

    [Fact]
    public void Render_OtherSeed_GivesAnotherLayout()
    {
        PhantomOptions options = Coarse(31);
        PhantomTruth left = Phantom.Render(options).Truth;
        PhantomTruth right = Phantom.Render(options with { Seed = 32 }).Truth;

        Assert.DoesNotContain(left.Deposits, deposit => right.Deposits.Any(other => (other.CentroidLpsMm - deposit.CentroidLpsMm).Length < 0.5));
        Assert.False(left.Bone.Words.SequenceEqual(right.Bone.Words));
    }

    [Theory]
    [InlineData(PhantomAnatomy.Forearm, 41)]
    [InlineData(PhantomAnatomy.Thigh, 42)]
    public void Truth_OfAnAnatomy_IsConsistentWithItself(PhantomAnatomy anatomy, ulong seed)
    {
        PhantomOptions options = anatomy == PhantomAnatomy.Forearm
            ? PhantomOptions.Forearm(seed) with { SliceCount = 45, SliceSpacingMm = 1.7, ColumnCount = 140, RowCount = 140, PixelSpacingMm = 0.9 }
            : PhantomOptions.Thigh(seed) with { SliceCount = 40, SliceSpacingMm = 2.5, ColumnCount = 180, RowCount = 180, PixelSpacingMm = 1.2 };
        PhantomScan scan = Phantom.Render(options);
        PhantomTruth truth = scan.Truth;

        Assert.InRange(truth.Deposits.Length, 8, 40);
        Assert.Contains(truth.Deposits, deposit => deposit.Kind == DepositKind.BoneTouchingNodule);
        Assert.Contains(truth.Deposits, deposit => deposit.Kind == DepositKind.FascialSheet);
        var seen = new HashSet<(int, int, int)>();
        foreach (DepositTruth deposit in truth.Deposits)
        {
            foreach (VoxelRun run in deposit.Runs)
            {
                for (int column = run.Start; column < run.End; column++)
                {
                    Assert.True(seen.Add((column, run.Row, run.Slice)), "Two deposits share a voxel.");
                    Assert.True(!deposit.HalfCovered || !truth.Bone[column, run.Row, run.Slice] || deposit.TouchesBone);
                }
            }

            // Counting half-covered voxels errs by about 0.3 sqrt(border voxels): 3 % of a hundred.
            if (deposit.VolumeMm3 > 100 * truth.VoxelVolumeMm3 && deposit.Morphology == Morphology.Nodule)
            {
                double covered = deposit.Runs.Sum(run => run.Length) * truth.VoxelVolumeMm3;
                Assert.InRange(covered / deposit.VolumeMm3, 0.88, 1.12);
            }

            Assert.True(deposit.TouchesSkin == deposit.DepthBelowSkinMm < 0.1, $"{deposit.Kind} at {deposit.DepthBelowSkinMm} mm");
            Assert.InRange(deposit.CentroidLpsMm.Z, deposit.BoundsMinLpsMm.Z, deposit.BoundsMaxLpsMm.Z);
        }
    }

    [Theory]
    [InlineData(PhantomOrientation.Sagittal, 0)]
    [InlineData(PhantomOrientation.Oblique, 0)]
    [InlineData(PhantomOrientation.Axial, 15)]
    public void Render_OtherGeometry_KeepsPlaceAndVolume(PhantomOrientation orientation, double tiltDegrees)
    {
        const double Density = 700;
        const double Contrast = 30.2 + (1.309 * Density) - MuscleHu;
        LpsPoint centre = new(8.2, -5.4, 6.1);
        PhantomScan scan = Phantom.Render(PhantomOptions.MuscleCylinder(3, PlacedDeposit.Ball(centre, 7, Density)) with
        {
            NoiseHu = 0,
            Orientation = orientation,
            GantryTiltDegrees = tiltDegrees,
            SliceSpacingMm = 2,
            ColumnCount = 72,
            RowCount = 72,
            SliceCount = 26,
        });
        double integral = 0;
        LpsPoint moment = default;
        VolumeGeometry geometry = scan.Volume.Geometry;
        for (int slice = 0; slice < geometry.SliceCount; slice++)
        {
            for (int row = 0; row < geometry.RowCount; row++)
            {
                for (int column = 0; column < geometry.ColumnCount; column++)
                {
                    LpsPoint point = geometry.ToLps(column, row, slice);
                    if ((point - centre).Length < 9)
                    {
                        double weight = (scan.Volume[column, row, slice] - MuscleHu) / Contrast * geometry.VoxelVolumeMm3(slice);
                        integral += weight;
                        moment += point * weight;
                    }
                }
            }
        }

        Assert.InRange(integral / (Math.PI / 6 * 343), 0.99, 1.01);
        Assert.InRange((moment * (1 / integral) - centre).Length, 0, 0.05);
        Assert.InRange((scan.Truth.Deposits[0].CentroidLpsMm - centre).Length, 0, 0.01);
    }

    [Fact]
    public void CalciumAttenuation_OfTheTable_IsWithinTenHu()
    {
        // clinical calibrations: kVp, mg/cm³, HU.
        (double Kvp, double Density, double Hu)[] table =
        [
            (80, 25, 69.7), (80, 200, 377.3), (80, 800, 1375.3), (100, 100, 176.1), (100, 400, 617.5),
            (120, 25, 58.1), (120, 200, 296.9), (120, 800, 1072.1), (135, 50, 88.9), (135, 800, 1019.7),
        ];
        Assert.All(table, row => Assert.Equal(row.Hu, CalciumAttenuation.Hu(row.Density, row.Kvp), 10.0));
    }

    // A forearm that renders quickly: few large voxels and small deposits.
    private static PhantomOptions Coarse(ulong seed) => PhantomOptions.Forearm(seed) with
    {
        ColumnCount = 64,
        RowCount = 64,
        PixelSpacingMm = 2,
        SliceCount = 9,
        SliceSpacingMm = 8,
        SliceThicknessMm = 2,
        Deposits =
        [
            DepositKind.FascialLine,
            DepositKind.BoneTouchingNodule,
            DepositKind.IntramuscularNodule,
            DepositKind.SubcutaneousNodule,
            DepositKind.SkinTouchingNodule,
            DepositKind.Speck,
        ],
    };

    private static IEnumerable<short> Around(PhantomScan scan, LpsPoint centre, double radiusMm)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        for (int slice = 0; slice < geometry.SliceCount; slice++)
        {
            for (int row = 0; row < geometry.RowCount; row++)
            {
                for (int column = 0; column < geometry.ColumnCount; column++)
                {
                    if ((geometry.ToLps(column, row, slice) - centre).Length < radiusMm)
                    {
                        yield return (short)scan.Volume[column, row, slice];
                    }
                }
            }
        }
    }

    // Abramowitz and Stegun 26.2.17, error below 1e-7.
    private static double NormalCumulative(double x)
    {
        double t = 1 / (1 + (0.2316419 * Math.Abs(x)));
        double tail = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI)
            * t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return x >= 0 ? 1 - tail : tail;
    }
}
