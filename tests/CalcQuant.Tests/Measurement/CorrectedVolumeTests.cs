using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Truth;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Measurement;

public sealed class CorrectedVolumeTests
{
    private const double Muscle = 50;
    private const double Fat = -100;

    /// <summary>What is asked of isolated deposits of at least 5 mm at slices up to 2.5 mm.</summary>
    private const double Tolerance = 0.1;

    [Theory]
    [InlineData(5, 250, Muscle, 0.7, 1, 1)]
    [InlineData(5, 800, Fat, 0.7, 1, 1)]
    [InlineData(5, 800, Muscle, 0.65, 2.5, 2.5)]
    [InlineData(6, 250, Fat, 0.9, 1.5, 2)]
    [InlineData(8, 300, Muscle, 0.65, 2.5, 2.5)]
    [InlineData(12, 1200, Fat, 0.9, 2, 2)]
    public void Estimate_OfABallInNoise_IsItsVolume(double diameter, double hu, double background, double dx, double dz, double thickness)
    {
        for (int seed = 1; seed <= 2; seed++)
        {
            VolumeGeometry geometry = Cube(diameter + 14, dx, dz);
            LpsPoint centre = Middle(geometry) + new LpsPoint(0.31 * dx * seed, -0.2 * dx, 0.27 * dz * seed);
            CtVolume volume = new BlurredScene(p => (p - centre).Length <= diameter / 2 ? hu : background) { SliceThicknessMm = thickness, NoiseHu = 10, Seed = seed }.Render(geometry);
            Near(Math.PI * Math.Pow(diameter, 3) / 6, Estimate(volume, thickness)!.Value.VolumeMm3, Tolerance);
        }
    }

    [Theory]
    [InlineData(3, 8, 400, 1.5)]
    [InlineData(1.5, 8, 800, 1.5)]
    [InlineData(2, 7, 600, 2.5)]
    public void Estimate_OfAPlate_IsItsVolume(double thickness, double radius, double hu, double dz)
    {
        VolumeGeometry geometry = Cube((2 * radius) + 12, 0.7, dz);
        LpsPoint centre = Middle(geometry);
        LpsPoint normal = new LpsPoint(0.8, 0.5, 0.3).Normalized();
        CtVolume volume = new BlurredScene(p =>
        {
            LpsPoint q = p - centre;
            double across = q.Dot(normal);
            return Math.Abs(across) <= thickness / 2 && (q - (normal * across)).Length <= radius ? hu : Muscle;
        }) { SliceThicknessMm = dz, NoiseHu = 10 }.Render(geometry);
        Near(Math.PI * radius * radius * thickness, Estimate(volume, dz)!.Value.VolumeMm3, Tolerance);
    }

    [Fact]
    public void Estimate_OnTheBorderOfFatAndMuscle_IsTheVolume()
    {
        VolumeGeometry geometry = Cube(22, 0.7, 1.25);
        LpsPoint centre = Middle(geometry) + new LpsPoint(0.2, 0.3, 0.1);
        CtVolume volume = new BlurredScene(p => (p - centre).Length <= 3.5 ? 500 : p.X + (0.4 * p.Y) > centre.X + (0.4 * centre.Y) + 1 ? Fat : Muscle) { SliceThicknessMm = 1.25, NoiseHu = 10 }.Render(geometry);
        Near(4 * Math.PI * Math.Pow(3.5, 3) / 3, Estimate(volume, 1.25)!.Value.VolumeMm3, Tolerance);
    }

    /// <summary>
    /// A plaque in 5.6 mm of fat between the dermis (60 HU) and muscle, its underside at a distance from the muscle: above and below it nearly all that is seen is not fat, and what would be
    /// there without it is fat all the same.
    /// </summary>
    [Theory]
    [InlineData(3, 0.4, 250, 0.7, 1.5)]
    [InlineData(3, 1.3, 420, 0.7, 1.5)]
    [InlineData(3.4, 0.8, 350, 1.2, 1.5)]
    [InlineData(3, 1, 500, 0.7, 4)]
    public void Estimate_OfAPlaqueThatFillsTheFat_IsItsVolume(double thickness, double aboveMuscle, double hu, double dx, double dz)
    {
        const double FatMm = 5.6, Radius = 11;
        VolumeGeometry geometry = Cube(40, dx, dz);
        LpsPoint centre = Middle(geometry) + new LpsPoint(0.13, -0.21, 0.32);
        LpsPoint outward = new LpsPoint(0.9, -0.4, 0.15).Normalized();
        CtVolume volume = new BlurredScene(p =>
        {
            LpsPoint q = p - centre;
            double across = q.Dot(outward), muscle = -(thickness / 2) - aboveMuscle;
            return Math.Abs(across) <= thickness / 2 && (q - (outward * across)).Length <= Radius ? hu : across < muscle ? Muscle : across < muscle + FatMm ? Fat : 60;
        }) { SliceThicknessMm = dz, FwhmMm = 1, NoiseHu = 10 }.Render(geometry);
        Near(Math.PI * Radius * Radius * thickness, Estimate(volume, dz, 1, out _)!.Value.VolumeMm3, 0.05);
    }

    /// <summary>Sheets (round) and lines (3.4 mm wide, 34 mm long) on the curved fascia between fat and muscle.</summary>
    [Theory]
    [InlineData(1.6, 20, 20, 700)]
    [InlineData(1.4, 3.4, 34, 800)]
    [InlineData(1.8, 3.4, 34, 450)]
    public void Estimate_OfASheetOrALineOnTheFascia_IsItsVolume(double thickness, double widthMm, double lengthMm, double hu)
    {
        const double MuscleRadius = 40;
        VolumeGeometry geometry = Cube(48, 0.7, 1.25);
        LpsPoint centre = Middle(geometry);
        LpsPoint axis = new(centre.X + 24, centre.Y + 32, 0);
        double direction = Math.Atan2(-32, -24);
        CtVolume volume = new BlurredScene(p =>
        {
            double x = p.X - axis.X, y = p.Y - axis.Y, r = Math.Sqrt((x * x) + (y * y));
            double along = (Math.Atan2(y, x) - direction) * MuscleRadius;
            bool isInside = Math.Abs(r - MuscleRadius) <= thickness / 2 && Math.Abs(along) <= widthMm / 2 && Math.Abs(p.Z - centre.Z - 0.2) <= lengthMm / 2;
            return isInside ? hu : r < MuscleRadius ? Muscle : Fat;
        }) { SliceThicknessMm = 1.25, NoiseHu = 10 }.Render(geometry);
        Near(thickness * widthMm * lengthMm, Estimate(volume, 1.25, 0.9, out _)!.Value.VolumeMm3, 0.07);
    }

    /// <summary>A cyst of 11 mm radius with a wall of 2 mm, fluid, and calcium settled below a level: of the wall by formula, of the sediment the cap of a ball.</summary>
    [Theory]
    [InlineData(250, 3, 1.5, 0.04)]
    [InlineData(180, 0, 1.5, 0.04)]
    [InlineData(300, 4, 3, 0.07)]
    public void Estimate_OfACystWithSediment_IsTheVolumeOfBothAndSaysSo(double sedimentHu, double level, double dz, double tolerance)
    {
        const double Outer = 11, Inner = 9, WallHu = 850, FluidHu = 15;
        VolumeGeometry geometry = Cube(38, 0.7, dz);
        LpsPoint centre = Middle(geometry) + new LpsPoint(0.2, 0.1, 0.3);
        CtVolume volume = new BlurredScene(p =>
        {
            LpsPoint q = p - centre;
            return q.Length > Outer ? Muscle : q.Length > Inner ? WallHu : q.Y > level ? sedimentHu : FluidHu;
        }) { SliceThicknessMm = dz, NoiseHu = 10 }.Render(geometry);
        double wall = 4 * Math.PI / 3 * (Math.Pow(Outer, 3) - Math.Pow(Inner, 3)), height = Inner - level;
        double sediment = Math.PI * height * height * ((3 * Inner) - height) / 3;
        Near(wall + sediment, Estimate(volume, dz, 0.9, out ImmutableArray<string> remarks)!.Value.VolumeMm3, tolerance);
        Assert.Contains(remarks, remark => remark.StartsWith("a part of lower density, as settled calcium is", StringComparison.Ordinal));
    }

    /// <summary>No sediment in what has one density: a cyst's bare wall, a thick plaque, a ball with a core half as dense again.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Estimate_OfWhatHasNoSediment_SpeaksOfNone(int shape)
    {
        VolumeGeometry geometry = Cube(40, 0.7, 1.5);
        LpsPoint centre = Middle(geometry) + new LpsPoint(0.2, 0.1, 0.3);
        CtVolume volume = new BlurredScene(p =>
        {
            LpsPoint q = p - centre;
            return shape switch
            {
                0 => q.Length > 11 ? Muscle : q.Length > 9 ? 850 : 15,
                1 => Math.Abs(q.X) < 2.5 && Math.Sqrt((q.Y * q.Y) + (q.Z * q.Z)) < 12 ? 400 : Muscle,
                _ => q.Length > 13 ? Muscle : q.Length > 6 ? 400 : 600,
            };
        }) { SliceThicknessMm = 1.5, NoiseHu = 10 }.Render(geometry);
        Assert.NotNull(Estimate(volume, 1.5, 0.9, out ImmutableArray<string> remarks));
        Assert.DoesNotContain(remarks, remark => remark.Contains("settled", StringComparison.Ordinal));
    }

    /// <summary>Around a deposit in 3 mm of fat between dermis and muscle most neighbours differ by more than noise; the noise is that of the series all the same.</summary>
    [Fact]
    public void Noise_InThinFat_IsNotItsTexture()
    {
        VolumeGeometry geometry = Cube(30, 0.7, 1.25);
        LpsPoint centre = Middle(geometry);
        CtVolume volume = new BlurredScene(p =>
        {
            LpsPoint q = p - centre;
            double layer = q.X - (0.7 * Math.Sin(1.7 * q.Y));
            return Math.Abs(q.X) < 1 && Math.Sqrt((q.Y * q.Y) + (q.Z * q.Z)) < 6 ? 600 : layer > 1.5 ? Muscle : layer > -1.5 ? Fat : 60;
        }) { SliceThicknessMm = 1.25, NoiseHu = 4 }.Render(geometry);
        var frame = new StackFrame(geometry);
        SegmentedRegion deposit = Stacks.Components(volume, 130).MaxBy(region => region.Runs.Sum(run => run.Length))!;
        var around = DepositSurroundings.Cut(volume, new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount), deposit, new DepositSurroundings.Reaches(frame, new PointSpread(0.9, 1.25)));
        Assert.InRange(TissueBackground.Estimate(around, null, frame)!.NoiseHu, 7, 100);
        Assert.InRange(TissueBackground.Estimate(around, 4, frame)!.NoiseHu, 4, 6);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(2.5)]
    public void Estimate_OfABallAtTheSkin_IsItsVolume(double depth)
    {
        // A limb of 35 mm radius: air, 1.8 mm of skin, fat; the ball's top lies at a depth below the surface.
        VolumeGeometry geometry = Cube(28, 0.7, 1.25);
        LpsPoint middle = Middle(geometry);
        LpsPoint axis = new(middle.X + 6, middle.Y + 33, 0);
        LpsPoint centre = new(middle.X + (6 - (6 * (35 - depth - 3) / Math.Sqrt((6 * 6) + (33 * 33)))), axis.Y - (33 * (35 - depth - 3) / Math.Sqrt((6 * 6) + (33 * 33))), middle.Z);
        CtVolume volume = new BlurredScene(p =>
        {
            double r = Math.Sqrt(Math.Pow(p.X - axis.X, 2) + Math.Pow(p.Y - axis.Y, 2));
            return (p - centre).Length <= 3 ? 600 : r > 35 ? -1000 : r > 33.2 ? Muscle : Fat;
        }) { SliceThicknessMm = 1.25, NoiseHu = 10 }.Render(geometry);
        Near(4 * Math.PI * 27 / 3, Estimate(volume, 1.25)!.Value.VolumeMm3, Tolerance);
    }

    [Fact]
    public void Estimate_BesideBone_IsTheVolume()
    {
        VolumeGeometry geometry = Cube(26, 0.7, 1.25);
        LpsPoint centre = Middle(geometry) + new LpsPoint(-2, 0.3, 0.1);
        CtVolume volume = new BlurredScene(p => (p - centre).Length <= 3.5 ? 500 : p.X > centre.X + 6 ? 1200 : Muscle) { SliceThicknessMm = 1.25, NoiseHu = 10 }.Render(geometry);
        Near(4 * Math.PI * Math.Pow(3.5, 3) / 3, Estimate(volume, 1.25)!.Value.VolumeMm3, Tolerance);
    }

    [Fact]
    public void Estimate_OfABallInATiltedStack_IsItsVolume()
    {
        double tilt = 20 * Math.PI / 180;
        LpsPoint row = new(0, Math.Cos(tilt), Math.Sin(tilt));
        VolumeGeometry geometry = Stacks.Along(36, 44, 14, 0.6, 0.6, new(1, 0, 0), row, new(0, 0, 1.8));

        // The scene is drawn in the stack's own axes, where the slices shift against each other.
        LpsPoint middle = geometry.ToLps(18, 22, 7);
        LpsPoint centre = new(middle.Dot(geometry.ColumnDirection), middle.Dot(geometry.RowDirection), middle.Dot(geometry.Normal));
        CtVolume volume = new BlurredScene(p => (p - centre).Length <= 3 ? 700 : Muscle) { SliceThicknessMm = 1.8, NoiseHu = 10 }.Render(geometry);
        Near(4 * Math.PI * 27 / 3, Estimate(volume, 1.8)!.Value.VolumeMm3, Tolerance);
    }

    [Fact]
    public void Estimate_InUnevenSlices_IsTheVolume()
    {
        double[] heights = [0, 1, 2, 3, 4.2, 5.4, 6.4, 7.4, 8.8, 10, 11, 12, 13, 14];
        ImmutableArray<double> extents = [.. heights.Select((z, k) => ((heights[Math.Min(k + 1, heights.Length - 1)] - heights[Math.Max(k - 1, 0)]) / 2) + (k == 0 || k == heights.Length - 1 ? 0.5 : 0))];
        VolumeGeometry geometry = new(34, 34, 0.7, 0.7, new(1, 0, 0), new(0, 1, 0), [.. heights.Select(z => new LpsPoint(0, 0, z))], extents);
        LpsPoint centre = new(12, 11.8, 6.9);
        CtVolume volume = new BlurredScene(p => (p - centre).Length <= 3.5 ? 500 : Muscle) { SliceThicknessMm = 1, NoiseHu = 10 }.Render(geometry);
        Near(4 * Math.PI * Math.Pow(3.5, 3) / 3, Estimate(volume, 1)!.Value.VolumeMm3, Tolerance);
    }

    [Theory]
    [InlineData(0.81)]
    [InlineData(0.99)]
    public void Estimate_WithABlurWrongByATenth_StaysWithinTheTolerance(double assumed)
    {
        VolumeGeometry geometry = Cube(20, 0.7, 1);
        LpsPoint centre = Middle(geometry) + new LpsPoint(0.2, 0.3, 0.1);
        CtVolume volume = new BlurredScene(p => (p - centre).Length <= 2.5 ? 600 : Muscle) { NoiseHu = 10 }.Render(geometry);
        Near(4 * Math.PI * Math.Pow(2.5, 3) / 3, Estimate(volume, 1, assumed)!.Value.VolumeMm3, Tolerance);
    }

    [Fact]
    public void Estimate_OfAKnownAttenuation_SumsItWithTheTissueItDisplaced()
    {
        VolumeGeometry geometry = Cube(22, 0.7, 1);
        LpsPoint centre = Middle(geometry) + new LpsPoint(0.2, 0.3, 0.1);
        CtVolume volume = new BlurredScene(p => (p - centre).Length <= 4 ? 700 : Fat) { NoiseHu = 10 }.Render(geometry);
        Near(700 * 4 * Math.PI * 64 / 3, Estimate(volume, 1)!.Value.HuMm3, 0.05);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(15)]
    public void Estimate_OfAVoxelInEnhancedTissue_GivesNothingAndSaysSo(double noise)
    {
        // Tissue of 120 HU that undulates by a few HU, and one voxel just above the threshold.
        VolumeGeometry geometry = Cube(24, 0.7, 1.25);
        var random = new Random(5);
        CtVolume volume = Stacks.Render(geometry, (i, j, k) => (i, j, k) == (17, 17, 9)
            ? 132
            : (int)Math.Min(129, 118 + (4 * Math.Sin(i / 3.0) * Math.Cos(j / 4.0)) + (noise * (random.NextDouble() - 0.5))));
        SegmentedRegion region = Assert.Single(Stacks.Components(volume, 130));

        Assert.Null(Corrected(volume, 1.25, 0.9, [region]).Estimate(region, out ImmutableArray<string> remarks));

        Assert.Contains(CorrectedVolume.TooFaint, remarks);
        Assert.Contains(CorrectedVolume.Speck, remarks);
    }

    [Fact]
    public void Estimate_OfNoiseAlone_GivesNothing()
    {
        VolumeGeometry geometry = Cube(20, 0.7, 1);
        CtVolume volume = new BlurredScene(_ => Muscle) { NoiseHu = 30 }.Render(geometry);
        foreach (SegmentedRegion region in Stacks.Components(volume, 130).Where(region => region.Runs.Length == 1 && region.Runs[0].Length == 1))
        {
            VolumeEstimate? estimate = Corrected(volume, 1, 0.9).Estimate(region, out _);
            Assert.True(estimate is null || (estimate.Value.VolumeMm3 > 0 && estimate.Value.VolumeMm3 < 20), $"{estimate}");
        }
    }

    [Fact]
    public void Estimate_OfAnyRegionOfRandomVoxels_IsFiniteAndPositiveOrNothing()
    {
        var random = new Random(23);
        VolumeGeometry geometry = Stacks.Axial(24, 20, 9, 0.8, 0.8, 2);
        for (int trial = 0; trial < 6; trial++)
        {
            double density = 0.005 * Math.Pow(2, trial);
            CtVolume volume = Stacks.Render(geometry, (_, _, _) => random.NextDouble() < density ? random.Next(130, 3000) : random.Next(-1000, 130));
            ImmutableArray<SegmentedRegion> regions = Stacks.Components(volume, 130);
            foreach (SegmentedRegion region in regions)
            {
                if (Corrected(volume, 2, 1, regions).Estimate(region, out _) is { } estimate)
                {
                    Assert.True(double.IsFinite(estimate.VolumeMm3) && estimate.VolumeMm3 > 0);
                    Assert.True(double.IsFinite(estimate.HuMm3));
                }
            }
        }
    }

    [Fact]
    public void Estimate_OfFloatVoxelsWithTheSameValues_GivesTheSameBits()
    {
        VolumeGeometry geometry = Cube(18, 0.7, 1);
        LpsPoint centre = Middle(geometry);
        CtVolume volume = new BlurredScene(p => (p - centre).Length <= 2.5 ? 600 : Muscle) { NoiseHu = 10 }.Render(geometry);
        Assert.Equal(Estimate(volume, 1), Estimate(Stacks.ToSingle(volume), 1));
    }

    /// <summary>The same through the phantom's own renderer, and from its truth.</summary>
    [Theory]
    [InlineData(1.25, 7UL)]
    [InlineData(2.5, 8UL)]
    public void Estimate_OfBallsInAMuscleCylinder_IsTheirTruth(double spacing, ulong seed)
    {
        PhantomOptions options = PhantomOptions.MuscleCylinder(
            seed,
            PlacedDeposit.Ball(new(-15.3, 2.1, 3.3), 5, 250),
            PlacedDeposit.Ball(new(10.2, -7.7, -2.4), 8, 500),
            PlacedDeposit.Ball(new(3.1, 14.6, 4.9), 6, 800)) with { SliceSpacingMm = spacing, SliceCount = spacing > 2 ? 20 : 32 };
        PhantomScan scan = Phantom.Render(options);
        ImmutableArray<SegmentedRegion> regions = [.. Stacks.Components(scan.Volume, 130).Where(region => region.Runs.Sum(run => run.Length) > 10)];
        CorrectedVolume corrected = Corrected(scan.Volume, spacing, options.PsfFwhmMm, regions);
        var frame = new StackFrame(scan.Volume.Geometry);
        Assert.Equal(3, scan.Truth.Deposits.Length);
        foreach (DepositTruth truth in scan.Truth.Deposits)
        {
            SegmentedRegion region = regions.MinBy(region => (VoxelStatistics.Measure(scan.Volume, frame, region.Runs).Centroid - truth.CentroidLpsMm).Length)!;
            Near(truth.VolumeMm3, corrected.Estimate(region, out _)!.Value.VolumeMm3, Tolerance);
        }
    }

    /// <summary>At half the contrast an edge is where it is; a share of cdf(-1) of it is reached one standard deviation outside, and a slab's ramp is straight.</summary>
    [Theory]
    [InlineData(0.5, 0, 0)]
    [InlineData(0.158655, 1, 0.341345)]
    [InlineData(0.841345, -1, -0.341345)]
    public void Axial_OfAThresholdAtAShareOfTheContrast_MovesTheEdge(double share, double sigmas, double slabs)
    {
        UnblurredExtent extent = UnblurredExtent.Of(share * 800, 800, new PointSpread(1.2, 2));
        double sigma = 1.2 / PointSpread.FwhmOfUnitGaussian;
        Assert.Equal(10 - (2 * sigmas * sigma), extent.Axial(new AxialDiameters(10, 8)).LongestMm, 1e-3);
        Assert.Equal(8 - (2 * sigmas * sigma), extent.Axial(new AxialDiameters(10, 8)).PerpendicularMm, 1e-3);
        Assert.Equal(10 - (2 * slabs * 2), extent.Feret(new LpsPoint(0, 0, 10)), 1e-3);
        Assert.Equal(10 - (2 * ((0.6 * sigmas * sigma) + (0.8 * slabs * 2))), extent.Feret(new LpsPoint(6, 0, 8)), 1e-3);
    }

    /// <summary>Diameters as if nothing were blurred: of balls, of a tilted ellipsoid 9 x 6 x 6 mm, of a plate of 2 mm.</summary>
    [Fact]
    public void Estimate_OfShapes_HasTheirDiametersWithinHalfAMillimetre()
    {
        VolumeGeometry geometry = Cube(24, 0.7, 1.5);
        LpsPoint centre = Middle(geometry) + new LpsPoint(0.21, -0.13, 0.4);
        foreach (double diameter in (double[])[5, 8])
        {
            UnblurredExtent ball = Estimate(new BlurredScene(p => (p - centre).Length <= diameter / 2 ? 900 : Muscle) { SliceThicknessMm = 1.5, NoiseHu = 10 }.Render(geometry), 1.5)!.Value.Extent!;
            Assert.Equal(diameter, ball.Feret(default), 0.25);
            Assert.Equal(diameter, ball.Axial(default).LongestMm, 0.25);
            Assert.Equal(diameter, ball.Axial(default).PerpendicularMm, 0.25);
        }

        LpsPoint axis = new(0.6, 0, 0.8);
        bool IsIn(LpsPoint p)
        {
            double along = (p - centre).Dot(axis), square = (p - centre).Dot(p - centre) - (along * along);
            return (along * along / 20.25) + (square / 9) <= 1;
        }

        UnblurredExtent tilted = Estimate(new BlurredScene(p => IsIn(p) ? 900 : Muscle) { SliceThicknessMm = 1.5, NoiseHu = 10 }.Render(geometry), 1.5)!.Value.Extent!;
        Assert.Equal(9, tilted.Feret(default), 0.5);

        // The section at z = 0: 1 / sqrt(0.36 / 20.25 + 0.64 / 9) = 3.354 along x, 3 across.
        Assert.Equal(2 * 3.354, tilted.Axial(default).LongestMm, 0.4);
        Assert.Equal(6, tilted.Axial(default).PerpendicularMm, 0.4);
    }

    private static void Near(double expected, double actual, double share) =>
        Assert.True(Math.Abs(actual - expected) <= share * expected, $"{actual:0.00} instead of {expected:0.00}: {(actual / expected) - 1:+0.0%;-0.0%}");

    private static VolumeGeometry Cube(double sizeMm, double dx, double dz)
    {
        int n = (int)Math.Ceiling(sizeMm / dx);
        return Stacks.Axial(n, n, (int)Math.Ceiling(sizeMm / dz), dx, dx, dz);
    }

    private static LpsPoint Middle(VolumeGeometry g) => g.ToLps((g.ColumnCount - 1) / 2.0, (g.RowCount - 1) / 2.0, (g.SliceCount - 1) / 2.0);

    /// <summary>The largest region above 130 HU; others count as other dense things.</summary>
    private static VolumeEstimate? Estimate(CtVolume volume, double thickness, double fwhm = 0.9) => Estimate(volume, thickness, fwhm, out _, null);

    private static VolumeEstimate? Estimate(CtVolume volume, double thickness, double fwhm, out ImmutableArray<string> remarks, double? noiseHu = 10)
    {
        // The deposit lies at the middle; bone may be larger.
        ImmutableArray<SegmentedRegion> regions = [.. Stacks.Components(volume, 130).Where(region => region.Runs.Sum(run => run.Length) > 5)];
        VolumeGeometry g = volume.Geometry;
        SegmentedRegion deposit = regions.MinBy(region => Math.Abs(region.Runs.Average(run => run.Start + run.End) - g.ColumnCount))!;
        return Corrected(volume, thickness, fwhm, regions, noiseHu).Estimate(deposit, out remarks);
    }

    private static CorrectedVolume Corrected(CtVolume volume, double thickness, double fwhm, ImmutableArray<SegmentedRegion> regions = default, double? noiseHu = null)
    {
        VolumeGeometry g = volume.Geometry;
        var dense = new Mask(g.ColumnCount, g.RowCount, g.SliceCount);
        foreach (VoxelRun run in regions.IsDefault ? [] : regions.SelectMany(region => region.Runs))
        {
            for (int column = run.Start; column < run.End; column++)
            {
                dense[column, run.Row, run.Slice] = true;
            }
        }

        return new CorrectedVolume(volume, new StackFrame(g), dense, 130, new PointSpread(fwhm, thickness), noiseHu);
    }
}
