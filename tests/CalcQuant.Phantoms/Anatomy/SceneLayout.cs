using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>Draws a scene from a seed: nothing about a layout is fixed except what anatomy fixes.</summary>
public static class SceneLayout
{
    private const ulong LayoutStream = 1;

    /// <summary>Draws the scene that the options name.</summary>
    public static Scene Draw(PhantomOptions options)
    {
        var random = new SeededRandom(options.Seed, LayoutStream + ((ulong)options.Anatomy << 8));
        switch (options.Anatomy)
        {
            case PhantomAnatomy.Forearm:
                return Assemble(options, random, [DrawForearm(options, random)]);
            case PhantomAnatomy.Thigh:
                return Assemble(options, random, [DrawThigh(options, random, 0, 0)]);
            case PhantomAnatomy.BothThighs:
                double window = random.Between(0.15, 0.85);
                double half = random.Between(88.0, 96.0);
                return Assemble(options, random, [DrawThigh(options, random, -half, window), DrawThigh(options, random, half, window)]);
            case PhantomAnatomy.Trunk:
                return TrunkLayout.Draw(options, random);
            case PhantomAnatomy.Shoulder:
                return ShoulderLayout.Draw(options, random);
            case PhantomAnatomy.Pelvis:
                return PelvisLayout.Draw(options, random);
            case PhantomAnatomy.Hand:
                return HandLayout.Draw(options, random);
            case PhantomAnatomy.Head:
                return HeadLayout.Draw(options, random);
            case PhantomAnatomy.ChildLeg:
                return ChildLegLayout.Draw(options, random);
            default:
                return new Scene([DrawCylinder(options)], [], [], new Surroundings(couch: null, sleeve: null));
        }
    }

    private static Scene Assemble(PhantomOptions options, SeededRandom random, ImmutableArray<LimbWithContents> limbs)
    {
        CouchForm? couch = DrawCouch(random, [.. limbs.Select(limb => limb.Limb)]);
        SleeveForm sleeve = DrawSleeve(random, limbs[0].Limb, options.Seed);
        return new Scene(
            [.. limbs.Select(limb => limb.Limb)],
            [.. limbs.SelectMany(limb => limb.Bones)],
            [.. limbs.SelectMany(limb => limb.Vessels)],
            new Surroundings(options.Couch ? couch : null, options.Clothing ? sleeve : null));
    }

    private static LimbWithContents DrawForearm(PhantomOptions options, SeededRandom random)
    {
        const double ForearmLengthMm = 240;

        // Where the middle of the window lies between wrist (0) and elbow (1).
        double drawn = random.Between(0.08, 0.92);
        double position = options.WindowPosition ?? drawn;
        double radius = 29 + (15 * Math.Pow(position, 0.7)) + random.Between(-2.0, 4.0);
        double turn = random.Angle();
        var form = DrawLimb(random, radius, taper: 0.18 * (1.2 - position), flatness: random.Between(0.07, 0.13), turn, fatMm: random.Between(4.5, 8.5), muscleCount: random.Between(8, 11));
        var limb = new Limb(form, new ValueNoise(random.NextBits(), 4));
        double wrist = -ForearmLengthMm * position;
        double elbow = wrist + ForearmLengthMm;
        double membrane = turn / 2 + random.Between(-0.35, 0.35);
        (double sin, double cos) = Math.SinCos(membrane);
        double apart = random.Between(12.5, 14.5);
        double anterior = random.Between(-3.0, 3.0);
        var radiusForm = DrawForearmBone(random, form.Axis, (cos * apart) - (sin * anterior), (sin * apart) + (cos * anterior), wrist, elbow - random.Between(6.0, 10.0)) with
        {
            LowerFlareMm = random.Between(4.5, 6.5),
            UpperFlareMm = random.Between(2.0, 4.0),
            RidgeAngle = membrane + Math.PI,
        };
        var ulnaForm = DrawForearmBone(random, form.Axis, (-cos * apart) - (sin * anterior), (-sin * apart) + (cos * anterior), wrist + random.Between(2.0, 5.0), elbow) with
        {
            LowerFlareMm = random.Between(0.5, 2.0),
            UpperFlareMm = random.Between(4.0, 6.5),
            RidgeAngle = membrane,
        };
        var quality = new BoneQuality(options.Osteopenia);
        List<Bone> bones =
        [
            FitLongBone(limb, quality.Of(radiusForm), random),
            FitLongBone(limb, quality.Of(ulnaForm), random),
        ];

        // Carpal bones below and the humerus above, where the window reaches them.
        var grain = new ValueNoise(random.NextBits(), 1.3);
        for (int i = -1; i <= 1; i++)
        {
            LpsPoint axis = form.Axis.At(wrist - 12);
            var centre = new LpsPoint(axis.X + (cos * i * 14), axis.Y + (sin * i * 14), wrist - random.Between(10.5, 12.0));
            var semi = new LpsPoint(random.Between(5.5, 6.5), random.Between(5.5, 7.5), random.Between(6.0, 7.5));
            var carpal = new Ellipsoid(centre, Frame.Along(new(0, 0, 1)).TurnedAboutW(random.Angle()), semi);
            bones.Add(new ShortBone(carpal, quality.CortexMm(random, 0.6, 1.0), quality.CortexHu(random, 700.0, 1000.0), quality.TrabecularHu(random, 220.0, 330.0), grain));
        }

        double humerusRadius = random.Between(9.0, 11.0);
        double humerusHalf = random.Between(12.0, 16.0);
        LpsPoint elbowAxis = form.Axis.At(elbow);
        double humerusZ = elbow + humerusRadius + random.Between(2.0, 3.0);
        var humerus = new StrutNetwork(
        [
            new Strut(
                new(elbowAxis.X - (cos * humerusHalf), elbowAxis.Y - (sin * humerusHalf), humerusZ),
                new(elbowAxis.X + (cos * humerusHalf), elbowAxis.Y + (sin * humerusHalf), humerusZ),
                humerusRadius,
                humerusRadius),
        ]);
        bones.Add(new ShortBone(humerus, quality.CortexMm(random, 0.9, 1.4), quality.CortexHu(random, 900.0, 1200.0), quality.TrabecularHu(random, 180.0, 300.0), grain));
        List<Vessel> vessels = [];
        for (int i = 0; i < 2; i++)
        {
            AddVessel(random, options, limb, bones, vessels, random.Between(1.0, 1.5), deep: true);
        }

        for (int i = 0; i < 3; i++)
        {
            AddVessel(random, options, limb, bones, vessels, random.Between(0.9, 1.6), deep: false);
        }

        return new(limb, [.. bones], [.. vessels]);
    }

    private static LongBoneForm DrawForearmBone(SeededRandom random, Axis limb, double x, double y, double lowerZ, double upperZ) => new()
    {
        Axis = limb with
        {
            X = limb.X + x,
            Y = limb.Y + y,
            BendX = limb.BendX + random.Between(-1e-4, 1e-4),
            BendY = limb.BendY + random.Between(-1e-4, 1e-4),
        },
        LowerZ = lowerZ,
        UpperZ = upperZ,
        ShaftRadiusMm = random.Between(6.2, 7.8),
        LowerFlareMm = 0,
        UpperFlareMm = 0,
        FlareReachMm = random.Between(20.0, 26.0),
        Ridge = random.Between(0.05, 0.12),
        Flatness = random.Between(-0.06, 0.08),
        RidgeAngle = 0,
        ShaftCortexMm = random.Between(2.4, 3.4),
        EndCortexMm = random.Between(0.6, 1.0),
        CortexHu = random.Between(1200.0, 1500.0),
        EndCortexHu = random.Between(800.0, 1100.0),
        FatMarrowHu = random.Between(-70.0, -25.0),
        TrabecularHu = random.Between(180.0, 320.0),
    };

    private static LimbWithContents DrawThigh(PhantomOptions options, SeededRandom random, double middleX, double window)
    {
        const double FemurLengthMm = 430;
        double drawn = middleX == 0 ? random.Between(0.12, 0.88) : window;
        double position = options.WindowPosition ?? drawn;
        double radius = 66 + (14 * position) + random.Between(-4.0, 4.0);
        var form = DrawLimb(random, radius, taper: 0.08, flatness: random.Between(0.02, 0.05), random.Angle(), fatMm: random.Between(7.0, 15.0), muscleCount: random.Between(10, 14));
        form = form with { Axis = form.Axis with { X = form.Axis.X + middleX } };
        var limb = new Limb(form, new ValueNoise(random.NextBits(), 5));
        double knee = -FemurLengthMm * position;
        double side = random.Angle();
        double offset = random.Between(4.0, 13.0);
        var femurForm = new LongBoneForm
        {
            Axis = form.Axis with { X = form.Axis.X + (offset * Math.Cos(side)), Y = form.Axis.Y + (offset * Math.Sin(side)) },
            LowerZ = knee,
            UpperZ = knee + FemurLengthMm,
            ShaftRadiusMm = random.Between(12.5, 14.5),
            LowerFlareMm = random.Between(16.0, 20.0),
            UpperFlareMm = random.Between(8.0, 12.0),
            FlareReachMm = random.Between(36.0, 46.0),
            EndRoundingMm = 14,
            Ridge = random.Between(0.03, 0.07),
            Flatness = random.Between(-0.05, 0.05),
            RidgeAngle = random.Angle(),
            ShaftCortexMm = random.Between(4.5, 7.5),
            EndCortexMm = random.Between(0.9, 1.4),
            CortexHu = random.Between(1250.0, 1550.0),
            EndCortexHu = random.Between(800.0, 1100.0),
            FatMarrowHu = random.Between(-80.0, -30.0),
            TrabecularHu = random.Between(160.0, 300.0),
        };
        List<Bone> bones = [FitLongBone(limb, new BoneQuality(options.Osteopenia).Of(femurForm), random)];
        List<Vessel> vessels = [];
        AddVessel(random, options, limb, bones, vessels, random.Between(3.0, 4.0), deep: true);
        AddVessel(random, options, limb, bones, vessels, random.Between(3.5, 4.8), deep: true);
        AddVessel(random, options, limb, bones, vessels, random.Between(1.2, 2.0), deep: true);
        AddVessel(random, options, limb, bones, vessels, random.Between(1.8, 2.6), deep: false);
        return new(limb, [.. bones], [.. vessels]);
    }

    private static Limb DrawCylinder(PhantomOptions options)
    {
        // In the range of the limbs' skin.
        const double CoveredSkinMm = 1.8;
        double inPlane = Math.Min(options.ColumnCount, options.RowCount) * options.PixelSpacingMm;
        return new Limb(
            new LimbForm
            {
                Axis = default,
                RadiusMm = 0.45 * inPlane,
                Taper = 0,
                Bulge = 0,
                Harmonics = [],
                SkinMm = options.CylinderFatMm > 0 ? CoveredSkinMm : 0,
                FatMm = options.CylinderFatMm,
                LeastFatMm = options.CylinderFatMm,
                FatSwell = 0,
                FatCos = 1,
                FatSin = 0,
                FatTaper = 0,
                FasciaMm = 0,
                Septa = [],
                SeptumMm = 0,
                Muscles = [new MuscleCentre(0, 0, 0, 0, 0)],
                MuscleGapMm = 0,
                SkinHu = 50,
                FatHu = -100,
                FasciaHu = 50,
                MuscleHu = 50,
                MuscleGrainHu = 0,
            },
            new ValueNoise(0, 4));
    }

    internal static LimbForm DrawLimb(
        SeededRandom random,
        double radius,
        double taper,
        double flatness,
        double turn,
        double fatMm,
        int muscleCount)
    {
        double fattest = random.Angle();
        var septa = ImmutableArray.CreateBuilder<Septum>();
        int septumCount = random.Between(9, 15);
        for (int i = 0; i < septumCount; i++)
        {
            double angle = ((i + random.Between(0.1, 0.9)) * 2 * Math.PI) / septumCount;
            septa.Add(new(Math.Cos(angle), Math.Sin(angle), random.Between(-0.004, 0.004)));
        }

        var muscles = ImmutableArray.CreateBuilder<MuscleCentre>();
        double muscleRadius = radius - fatMm - 2;
        for (int i = 0; i < muscleCount; i++)
        {
            // Sunflower arrangement, jittered: even, yet never the same.
            double r = muscleRadius * 0.95 * Math.Sqrt((i + 0.5) / muscleCount) * random.Between(0.88, 1.08);
            double angle = (i * 2.39996) + turn + random.Between(-0.35, 0.35);
            muscles.Add(new(
                r * Math.Cos(angle),
                r * Math.Sin(angle),
                random.Between(-0.06, 0.06),
                random.Between(-0.06, 0.06),
                random.Between(-0.12, 0.12) * muscleRadius * muscleRadius));
        }

        return new LimbForm
        {
            Axis = new(
                random.Between(-4.0, 4.0),
                random.Between(-4.0, 4.0),
                random.Between(-0.08, 0.08),
                random.Between(-0.08, 0.08),
                random.Between(-2e-4, 2e-4),
                random.Between(-2e-4, 2e-4)),
            RadiusMm = radius,
            Taper = taper + random.Between(-0.03, 0.03),
            Bulge = random.Between(-0.05, 0.01),
            Harmonics =
            [
                new(flatness, turn),
                new(random.Between(0.005, 0.03), random.Angle()),
                new(random.Between(0.0, 0.014), random.Angle()),
                new(random.Between(0.0, 0.007), random.Angle()),
            ],
            SkinMm = random.Between(1.5, 2.0),
            FatMm = fatMm,
            FatSwell = random.Between(0.15, 0.4),
            FatCos = Math.Cos(fattest),
            FatSin = Math.Sin(fattest),
            FatTaper = random.Between(-0.1, 0.1),
            FasciaMm = random.Between(0.7, 1.0),
            Septa = septa.ToImmutable(),
            SeptumMm = random.Between(0.35, 0.6),
            Muscles = muscles.ToImmutable(),
            MuscleGapMm = random.Between(0.7, 1.4),
            SkinHu = random.Between(30.0, 60.0),
            FatHu = random.Between(-110.0, -92.0),
            FasciaHu = random.Between(40.0, 60.0),
            MuscleHu = random.Between(50.0, 62.0),
        };
    }

    // Shrinks a bone until all of it lies under the skin with some tissue over it: the drawn limb may be slim.
    internal static LongBone FitLongBone(Limb limb, LongBoneForm form, SeededRandom random)
    {
        const double LeastCoverMm = 4;
        const double Shrink = 0.94;
        const int MostSteps = 14;
        var grain = new ValueNoise(random.NextBits(), 1.3);
        double low = Math.Max(form.LowerZ, -160);
        double high = Math.Min(form.UpperZ, 160);
        LongBone bone = new(form, grain);
        for (int step = 0; step < MostSteps; step++)
        {
            bool covered = true;
            for (int i = 0; i <= 16 && covered; i++)
            {
                double z = low + ((high - low) * i / 16);
                for (int k = 0; k < 24 && covered; k++)
                {
                    covered = limb.Body(bone.SurfacePoint(z, k * Math.PI / 12)) < -LeastCoverMm;
                }
            }

            if (covered)
            {
                break;
            }

            form = form with
            {
                LowerFlareMm = form.LowerFlareMm * Shrink,
                UpperFlareMm = form.UpperFlareMm * Shrink,
                ShaftRadiusMm = form.ShaftRadiusMm * (1 - ((1 - Shrink) / 3)),
            };
            bone = new LongBone(form, grain);
        }

        return bone;
    }

    internal static void AddVessel(
        SeededRandom random,
        PhantomOptions options,
        Limb limb,
        List<Bone> bones,
        List<Vessel> vessels,
        double radiusMm,
        bool deep)
    {
        const double BloodHu = 42;
        const double OpacifiedHu = 290;
        const double StepMm = 8;
        const double ReachMm = 168;
        const int MostDraws = 40;
        for (int draw = 0; draw < MostDraws; draw++)
        {
            double angle = random.Angle();
            double drift = random.Between(-0.004, 0.004);
            double fat = limb.FatMm(angle, 0);
            double depth = deep
                ? limb.Form.SkinMm + fat + random.Between(radiusMm + 2, limb.Form.RadiusMm * 0.45)
                : limb.Form.SkinMm + random.Between(radiusMm + 0.3, Math.Max(radiusMm + 0.4, fat - radiusMm - 0.5));
            var struts = ImmutableArray.CreateBuilder<Strut>();
            double wobble = random.Angle();
            LpsPoint previous = limb.At(angle - (drift * ReachMm), -ReachMm, depth);
            bool clear = true;
            for (double z = -ReachMm + StepMm; z <= ReachMm; z += StepMm)
            {
                LpsPoint next = limb.At(angle + (drift * z) + (0.03 * Math.Sin((z * 0.06) + wobble)), z, depth);
                struts.Add(new Strut(previous, next, radiusMm, radiusMm));
                clear = clear
                    && bones.TrueForAll(bone => bone.Distance(next) > radiusMm + 1)
                    && vessels.TrueForAll(vessel => vessel.Shape.Distance(next) > radiusMm + 0.5);
                previous = next;
            }

            if (clear)
            {
                vessels.Add(new Vessel(new StrutNetwork(struts.ToImmutable()), options.Contrast ? OpacifiedHu : BloodHu));
                return;
            }
        }
    }

    internal static CouchForm DrawCouch(SeededRandom random, ImmutableArray<Limb> limbs)
    {
        double lowest = double.MinValue;
        double lowestX = 0;
        foreach (Limb limb in limbs)
        {
            for (int i = 0; i < 32; i++)
            {
                for (double z = -60; z <= 60; z += 20)
                {
                    LpsPoint skin = limb.At(i * Math.PI / 16, z, 0);
                    if (skin.Y > lowest)
                    {
                        (lowest, lowestX) = (skin.Y, skin.X);
                    }
                }
            }
        }

        double middle = (limbs.Length > 1 ? 0 : lowestX) + random.Between(-40.0, 40.0);
        double bend = random.Between(320.0, 600.0);
        double sunk = random.Between(0.5, 3.0);
        double atLimb = (lowestX - middle) * (lowestX - middle) / (2 * bend);
        return new CouchForm(
            middle,
            lowest - sunk + atLimb,
            bend,
            random.Between(200.0, 265.0),
            [
                (random.Between(6.0, 16.0), random.Between(-960.0, -890.0)),
                (random.Between(1.4, 2.4), random.Between(-150.0, 220.0)),
                (random.Between(22.0, 45.0), random.Between(-950.0, -900.0)),
                (random.Between(1.4, 2.4), random.Between(-150.0, 220.0)),
            ]);
    }

    internal static SleeveForm DrawSleeve(SeededRandom random, Limb limb, ulong seed)
    {
        double angle = random.Angle();
        LpsPoint seam = limb.At(angle, 0, 0);
        return new SleeveForm(
            random.Between(2.5, 6.0),
            random.Between(0.7, 1.4),
            random.Between(-750.0, -350.0),
            seam.X,
            seam.Y,
            Math.Cos(angle),
            Math.Sin(angle),
            random.Between(0.8, 2.0),
            random.Between(100.0, 700.0),
            new ValueNoise(SeededRandom.Mix(seed + 77), 25));
    }

    private sealed record LimbWithContents(Limb Limb, ImmutableArray<Bone> Bones, ImmutableArray<Vessel> Vessels);
}
