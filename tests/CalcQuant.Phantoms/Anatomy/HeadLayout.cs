using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Scanner;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>Draws a head: vault, base, orbits, sinuses, jaws with teeth and fillings. The window may show the face, the vault or both.</summary>
internal static class HeadLayout
{
    private const double AirHu = -960;
    private const double FillingHu = 9000;

    /// <summary>Draws the scene.</summary>
    public static Scene Draw(PhantomOptions options, SeededRandom random)
    {
        double half = TrunkLayout.Half(options);
        double eyeZ = random.Between(-35.0, 50.0);
        LimbForm form = SceneLayout.DrawLimb(
            random,
            random.Between(82.0, 88.0),
            taper: 0.02,
            flatness: random.Between(0.07, 0.1),
            turn: Math.PI,
            fatMm: random.Between(5.0, 8.0),
            muscleCount: random.Between(10, 14));

        // Cheeks are fatter than the scalp.
        form = form with
        {
            Axis = form.Axis with { SlopeX = 0, SlopeY = 0, BendX = 0, BendY = 0 },
            Bulge = 0,
            FatCos = 0,
            FatSin = -1,
            FatSwell = random.Between(0.5, 0.8),
            FatTaper = -0.3,
            LeastFatMm = 3,
            Ends = new LimbEnds(double.NegativeInfinity, eyeZ + 122, 60),
        };
        var limb = new Limb(form, new ValueNoise(random.NextBits(), 5));
        double x0 = form.Axis.X;
        double y0 = form.Axis.Y;
        LpsPoint At(double x, double y, double z) => new(x0 + x, y0 + y, eyeZ + z);
        var skeleton = new Skeleton(random, new BoneQuality(options.Osteopenia), -half, half);
        var organs = ImmutableArray.CreateBuilder<Vessel>();
        double lateral = form.RadiusMm * 0.9;
        double deep = form.RadiusMm * 1.06;
        AddSkull(skeleton, organs, random, At, lateral, deep);
        AddFace(skeleton, organs, random, At, deep);
        skeleton.AddSpine(x0, y0 + random.Between(14.0, 22.0), random.Between(9.0, 11.0), topZ: eyeZ - 42);
        List<Bone> teeth = [];
        List<Vessel> metal = [];
        var streaks = ImmutableArray.CreateBuilder<StreakSource>();
        AddJaws(skeleton, teeth, metal, streaks, random, At, deep);
        List<Bone> bones = [.. skeleton.Bones, .. teeth];
        List<Vessel> vessels = [];
        foreach (int side in (int[])[-1, 1])
        {
            LpsPoint low = At(side * 30, 2, -130);
            vessels.Add(new Vessel(Skeleton.Bar(3.2, 2.6, low, At(side * 30, 0, -50)), options.Contrast ? random.Between(280.0, 360.0) : 42));
        }

        CouchForm couch = SceneLayout.DrawCouch(random, [limb]);
        SleeveForm sleeve = SceneLayout.DrawSleeve(random, limb, options.Seed);
        return new Scene([limb], [.. bones], [.. vessels], new Surroundings(options.Couch ? couch : null, options.Clothing ? sleeve : null))
        {
            Organs = organs.ToImmutable(),
            Metal = [.. metal],
            Streaks = streaks.Count > 0 ? new MetalStreaks(streaks.ToImmutable()) : null,
        };
    }

    private static void AddSkull(
        Skeleton skeleton,
        ImmutableArray<Vessel>.Builder organs,
        SeededRandom random,
        Func<double, double, double, LpsPoint> at,
        double lateral,
        double deep)
    {
        double thick = random.Between(4.5, 7.5);
        LpsPoint centre = at(0, 6, 36);
        var semi = new LpsPoint(lateral - 12, deep - 16, 74);
        var outer = new Ellipsoid(centre, Frame.Patient, semi);
        var inner = new Ellipsoid(centre, Frame.Patient, semi - new LpsPoint(thick, thick, thick));
        double baseZ = at(0, 0, 0).Z + random.Between(6.0, 14.0);
        double slope = random.Between(0.18, 0.32);
        double middleY = at(0, 0, 0).Y;

        // The base falls backwards and is uneven.
        double Base(LpsPoint point) => (point.Z - baseZ + (slope * (point.Y - middleY)) - (1.2 * Math.Sin(point.X / 9) * Math.Cos(point.Y / 11))) / 1.3;
        double baseThick = random.Between(1.2, 2.4);
        var floor = new Field(outer.Bounds, point => Math.Max(outer.Distance(point), Math.Abs(Base(point)) - baseThick));

        // The forehead reaches down to the rims of the orbits.
        LpsPoint brow = at(0, -38, 15);
        double Below(LpsPoint point) => Math.Min(-Base(point), Math.Max(point.Y - brow.Y, brow.Z - point.Z));
        var vault = new Field(outer.Bounds, point => Math.Max(Math.Max(outer.Distance(point), -inner.Distance(point)), Below(point)));
        skeleton.Add(new Union(vault, floor), 0.9, 1.7, 150, 400);
        foreach (int side in (int[])[-1, 1])
        {
            skeleton.Add(Skeleton.Bar(5.5, 9, at(side * 12, 4, -2), at(side * 50, 26, -4)), 1.5, 3, 300, 600);
            var cells = ImmutableArray.CreateBuilder<Shape>();
            for (int i = 0; i < 5; i++)
            {
                cells.Add(Ellipsoid.Ball(at(side * (54 + random.Between(-4.0, 4.0)), 28 + random.Between(-8.0, 8.0), -14 + random.Between(-7.0, 7.0)), random.Between(1.6, 3.2)));
            }

            var air = new Union(cells.ToImmutable());
            var mastoid = new Ellipsoid(at(side * 54, 28, -14), Frame.Patient, new(10, 14, 16));
            organs.Add(new Vessel(mastoid, AirHu + 300));
            skeleton.Add(new Clipped(mastoid, point => -air.Distance(point)), 0.8, 1.4, 200, 400);
        }

        var brain = new Field(inner.Bounds, point => Math.Max(inner.Distance(point), -Base(point)));
        organs.Add(new Vessel(brain, random.Between(30.0, 40.0)));
        organs.Add(new Vessel(new Union(new Ellipsoid(at(-9, 0, 42), Frame.Patient, new(5, 26, 9)), new Ellipsoid(at(9, 0, 42), Frame.Patient, new(5, 26, 9))), 8));
    }

    private static void AddFace(
        Skeleton skeleton,
        ImmutableArray<Vessel>.Builder organs,
        SeededRandom random,
        Func<double, double, double, LpsPoint> at,
        double deep)
    {
        double front = -deep + random.Between(20.0, 24.0);
        double size = random.Between(0.92, 1.06);
        void Shell(LpsPoint centre, LpsPoint semi, double wallMm, double insideHu, double openFrontY)
        {
            var inside = new Ellipsoid(centre, Frame.Patient, semi);
            var outside = new Ellipsoid(centre, Frame.Patient, semi + new LpsPoint(wallMm, wallMm, wallMm));
            organs.Add(new Vessel(inside, insideHu));
            skeleton.Add(new Field(outside.Bounds, point => Math.Max(Math.Max(outside.Distance(point), -inside.Distance(point)), openFrontY - point.Y)), 0.6, 1.1);
        }

        foreach (int side in (int[])[-1, 1])
        {
            Shell(at(side * 33 * size, front + 20, 0), new LpsPoint(17, 24, 16) * size, random.Between(0.9, 1.6), -90, at(0, front + 6, 0).Y);
            organs.Add(new Vessel(Ellipsoid.Ball(at(side * 33 * size, front + 8, 0), 12), 12));
            Shell(at(side * 26 * size, front + 22, -32 * size), new LpsPoint(13, 16, 14) * (size * random.Between(0.8, 1.05)), random.Between(0.9, 1.5), random.Chance(0.85) ? AirHu : 20, double.MinValue);
            skeleton.Add(
                Skeleton.Bar(random.Between(3.5, 5.0), 2.6, at(side * 44, front + 18, -20), at(side * 58, front + 36, -18), at(side * 61, front + 58, -14), at(side * 58, front + 72, -10)),
                0.8,
                1.4,
                100,
                220);
        }

        var nose = new Ellipsoid(at(0, front + 24, -22 * size), Frame.Patient, new LpsPoint(9, 30, 17) * size);
        organs.Add(new Vessel(nose, AirHu));
        double septum = random.Between(-2.0, 2.0);
        skeleton.Add(
            new Field(nose.Bounds, point => Math.Max(nose.Distance(point), Math.Abs(point.X - at(septum, 0, 0).X) - 0.7)),
            0.6,
            1.0);
        foreach (int side in (int[])[-1, 1])
        {
            organs.Add(new Vessel(Skeleton.Bar(2.6, 2.6, at(side * 5 * size, front + 12, -27), at(side * 5 * size, front + 38, -27)), 45));
        }

        organs.Add(new Vessel(Skeleton.Bar(8, 9, at(0, front + 56, -26), at(0, front + 66, -48), at(0, front + 62, -150)), AirHu));
        skeleton.Add(
            new Field(
                new Box(at(-30, front + 4, -46 * size), at(30, front + 50, -38 * size)),
                point =>
                {
                    LpsPoint from = point - at(0, front + 26, -42 * size);
                    double edge = (Math.Sqrt((from.X * from.X / 576) + (from.Y * from.Y / 484)) - 1) * 20;
                    return Math.Max(edge, Math.Abs(from.Z) - 1.5);
                }),
            0.6,
            1.0);
    }

    private static void AddJaws(
        Skeleton skeleton,
        List<Bone> teeth,
        List<Vessel> metal,
        ImmutableArray<StreakSource>.Builder streaks,
        SeededRandom random,
        Func<double, double, double, LpsPoint> at,
        double deep)
    {
        double front = -deep + random.Between(20.0, 24.0);
        double wide = random.Between(24.0, 28.0);
        LpsPoint Arch(double t, double z)
        {
            // A parabola from molar (t = -1) to molar (t = 1).
            return at(wide * t, front + 4 + (38 * t * t), z);
        }

        foreach (bool upper in (bool[])[true, false])
        {
            double gumZ = upper ? -48 : -72;
            var points = ImmutableArray.CreateBuilder<LpsPoint>();
            if (!upper)
            {
                points.Add(at(-wide - 22, front + 70, -14));
                points.Add(at(-wide - 19, front + 62, -60));
            }

            for (int i = -5; i <= 5; i++)
            {
                points.Add(Arch(i / 5.0, gumZ - (upper ? 0 : 8)));
            }

            if (!upper)
            {
                points.Add(at(wide + 19, front + 62, -60));
                points.Add(at(wide + 22, front + 70, -14));
            }

            LpsPoint middle = at(0, front + 40, 0);
            skeleton.Add(
                new OvalBar(points.ToImmutable(), [.. points.Select(point => ((point - middle) with { Z = 0 }).Normalized())], upper ? 4.2 : 4.8, upper ? 6 : 11),
                1.0,
                2.2,
                150,
                300);
            const int ToothCount = 14;
            for (int i = 0; i < ToothCount; i++)
            {
                double t = -1 + ((i + 0.5) * 2 / ToothCount);
                double tooth = Math.Abs(t) > 0.55 ? random.Between(4.0, 4.8) : random.Between(2.9, 3.4);
                bool present = random.Chance(0.92);
                double crownZ = upper ? gumZ - 7 : gumZ + 7;
                LpsPoint crown = Arch(t * 0.97, crownZ + random.Between(-0.5, 0.5));
                LpsPoint root = Arch(t * 0.97, upper ? gumZ + 4 : gumZ - 8);
                double enamelHu = random.Between(2200.0, 2900.0);
                double dentinHu = random.Between(1300.0, 1700.0);
                bool filled = random.Chance(0.18);
                double filling = random.Between(1.3, 2.6);
                double strength = random.Between(250.0, 800.0);
                double phase = random.Angle();
                int rays = random.Between(5, 11);
                if (!present)
                {
                    continue;
                }

                teeth.Add(new ShortBone(
                    new Union(new Ellipsoid(crown, Frame.Patient, new(tooth, tooth, 4.6)), Skeleton.Bar(tooth * 0.75, tooth * 0.4, crown, root)),
                    1.1,
                    enamelHu,
                    dentinHu,
                    new ValueNoise(0, 50)));
                if (filled)
                {
                    metal.Add(new Vessel(Ellipsoid.Ball(crown + new LpsPoint(0, 0, upper ? -2 : 2), filling), FillingHu));
                    streaks.Add(new StreakSource(crown + new LpsPoint(0, 0, upper ? -2 : 2), filling, strength, phase, rays));
                }
            }
        }
    }
}
