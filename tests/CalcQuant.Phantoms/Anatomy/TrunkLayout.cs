using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>Draws a slab of chest or abdomen: where the diaphragm lies against the slices is drawn too.</summary>
internal static class TrunkLayout
{
    private const double FatHu = -100;
    private const double LungHu = -840;
    private const double GasHu = -950;

    /// <summary>Draws the scene.</summary>
    public static Scene Draw(PhantomOptions options, SeededRandom random)
    {
        double half = Half(options);
        LimbForm form = SceneLayout.DrawLimb(
            random,
            random.Between(116.0, 138.0),
            taper: random.Between(-0.04, 0.04),
            flatness: random.Between(0.14, 0.22),
            turn: random.Between(-0.1, 0.1),
            fatMm: random.Between(8.0, 20.0),
            muscleCount: random.Between(18, 26));
        var limb = new Limb(form, new ValueNoise(random.NextBits(), 6));
        double wall = random.Between(17.0, 25.0);
        double diaphragm = random.Between(-90.0, 110.0);
        LpsPoint spine = Spine(limb, random, random.Between(58.0, 68.0));
        double bodyRadius = random.Between(16.0, 20.0);
        var skeleton = new Skeleton(random, new BoneQuality(options.Osteopenia), -half, half);
        skeleton.AddSpine(spine.X, spine.Y, bodyRadius);
        skeleton.AddRibs(limb, wall, spine, diaphragm + random.Between(190.0, 220.0), 12, diaphragm + random.Between(-10.0, 20.0));
        Shape cavity = Cavity(limb, wall, spine, half);
        var organs = ImmutableArray.CreateBuilder<Vessel>();
        organs.Add(new Vessel(cavity, FatHu + random.Between(-6.0, 6.0)));
        List<Vessel> vessels = [];
        AddAbdomen(options, random, organs, vessels, cavity, spine, diaphragm, half);
        AddChest(options, random, organs, vessels, cavity, spine, diaphragm, half);
        ImmutableArray<OtherCalcification> plaques = AddGreatVessels(options, random, vessels, spine, bodyRadius, half);
        for (int i = 0; i < 3; i++)
        {
            SceneLayout.AddVessel(random, options with { Contrast = false }, limb, skeleton.Bones, vessels, random.Between(1.0, 1.8), deep: false);
        }

        CouchForm couch = SceneLayout.DrawCouch(random, [limb]);
        SleeveForm sleeve = SceneLayout.DrawSleeve(random, limb, options.Seed);
        return new Scene([limb], [.. skeleton.Bones], [.. vessels], new Surroundings(options.Couch ? couch : null, options.Clothing ? sleeve : null))
        {
            Organs = organs.ToImmutable(),
            OtherCalcifications = plaques,
        };
    }

    /// <summary>Half the height of the slices, mm, with room for tilts.</summary>
    public static double Half(PhantomOptions options) => (options.SliceCount * options.SliceSpacingMm / 2) + 12;

    /// <summary>Middle of the vertebral bodies: so far in front of the muscles' back.</summary>
    public static LpsPoint Spine(Limb limb, SeededRandom random, double beforeBackMm)
    {
        LpsPoint back = limb.At(Math.PI / 2, 0, limb.Form.SkinMm + limb.FatMm(Math.PI / 2, 0));
        return new LpsPoint(back.X + random.Between(-3.0, 3.0), back.Y - beforeBackMm, 0);
    }

    /// <summary>What lies within the muscle wall, the spine and the muscles beside it left out.</summary>
    public static Shape Cavity(Limb limb, double wallMm, LpsPoint spine, double half)
    {
        const double BesideMm = 56;
        const double BehindMm = 36;
        double reach = limb.Form.RadiusMm * 1.5;
        return new Field(
            new Box(new(-reach, -reach, -half), new(reach, reach, half)),
            point =>
            {
                double inner = (limb.Muscle(point) + wallMm) / Limb.Steepness;
                double x = (point.X - spine.X) / BesideMm;
                double y = (point.Y - spine.Y - BehindMm) / (BehindMm + 16);
                return Math.Max(inner, (1 - Math.Sqrt((x * x) + (y * y))) * (BehindMm + 16));
            });
    }

    private static Field Within(Shape cavity, double insetMm, Shape shape) =>
        new Field(shape.Bounds, point => Math.Max(shape.Distance(point), cavity.Distance(point) + insetMm));

    private static void AddChest(
        PhantomOptions options,
        SeededRandom random,
        ImmutableArray<Vessel>.Builder organs,
        List<Vessel> vessels,
        Shape cavity,
        LpsPoint spine,
        double diaphragm,
        double half)
    {
        double dome = random.Between(25.0, 50.0);
        double mediastinum = random.Between(20.0, 30.0);
        var heart = new Ellipsoid(
            new(random.Between(10.0, 26.0), spine.Y - random.Between(70.0, 85.0), diaphragm + random.Between(40.0, 55.0)),
            Frame.Along(new(random.Between(0.3, 0.7), -0.3, 1)),
            new(random.Between(34.0, 42.0), random.Between(38.0, 46.0), random.Between(44.0, 54.0)));
        double heartHu = options.Contrast ? random.Between(170.0, 260.0) : random.Between(36.0, 48.0);
        double lungHu = LungHu + random.Between(-40.0, 60.0);
        double vesselHu = options.Contrast ? random.Between(150.0, 280.0) : 40;
        foreach (int side in (int[])[-1, 1])
        {
            double lift = random.Between(-6.0, 12.0);
            double middleX = side * random.Between(72.0, 84.0);
            if (diaphragm + dome + lift > half + 40)
            {
                continue;
            }

            var lung = new Field(cavity.Bounds, point =>
            {
                double x = point.X - spine.X;
                double away = mediastinum - (side * x);
                double dx = (point.X - middleX) / 70;
                double dy = (point.Y - spine.Y + 40) / 90;
                double floor = diaphragm + lift + (dome * (1 - (dx * dx) - (dy * dy)));

                // The dome falls off by at most about one and a half within the chest.
                return Math.Max(Math.Max(cavity.Distance(point) + 1.2, away), Math.Max((floor - point.Z) / 1.9, 4 - heart.Distance(point)));
            });
            organs.Add(new Vessel(lung, lungHu));
            var hilus = new LpsPoint(spine.X + (side * (mediastinum + 4)), spine.Y - 45, diaphragm + 75);
            var tree = ImmutableArray.CreateBuilder<Strut>();
            for (int i = 0; i < 9; i++)
            {
                LpsPoint tip = hilus + new LpsPoint(side * random.Between(20.0, 70.0), random.Between(-45.0, 65.0), random.Between(-80.0, 60.0));
                tree.Add(new Strut(hilus, (hilus + tip) * 0.5, random.Between(2.5, 4.5), 2));
                tree.Add(new Strut((hilus + tip) * 0.5, tip, 2, 0.8));
            }

            organs.Add(new Vessel(Within(lung, 0, new StrutNetwork(tree.ToImmutable())), vesselHu));
        }

        vessels.Add(new Vessel(Within(cavity, 2, heart), heartHu));
    }

    private static void AddAbdomen(
        PhantomOptions options,
        SeededRandom random,
        ImmutableArray<Vessel>.Builder organs,
        List<Vessel> vessels,
        Shape cavity,
        LpsPoint spine,
        double diaphragm,
        double half)
    {
        void Organ(Ellipsoid shape, double plainLowHu, double plainHighHu, double contrastLowHu, double contrastHighHu) => organs.Add(new Vessel(
            Within(cavity, 1.5, shape),
            options.Contrast ? random.Between(contrastLowHu, contrastHighHu) : random.Between(plainLowHu, plainHighHu)));
        Organ(
            new Ellipsoid(
                new(spine.X - random.Between(62.0, 78.0), spine.Y - random.Between(35.0, 50.0), diaphragm - random.Between(40.0, 55.0)),
                Frame.Patient,
                new(random.Between(72.0, 90.0), random.Between(62.0, 80.0), random.Between(62.0, 78.0))),
            50,
            65,
            95,
            125);
        Organ(
            new Ellipsoid(
                new(spine.X + random.Between(84.0, 100.0), spine.Y - random.Between(0.0, 15.0), diaphragm - random.Between(20.0, 45.0)),
                Frame.Along(new(0.2, 0.2, 1)),
                new(random.Between(22.0, 30.0), random.Between(34.0, 46.0), random.Between(38.0, 52.0))),
            45,
            55,
            110,
            140);
        double fold = diaphragm - random.Between(70.0, 100.0);
        foreach (int side in (int[])[-1, 1])
        {
            var kidney = new LpsPoint(spine.X + (side * random.Between(60.0, 70.0)), spine.Y - random.Between(8.0, 18.0), fold + random.Between(-12.0, 12.0));
            Organ(
                new Ellipsoid(kidney, Frame.Along(new(side * -0.25, 0.2, 1)), new(random.Between(22.0, 28.0), random.Between(20.0, 26.0), random.Between(46.0, 56.0))),
                28,
                36,
                160,
                220);
            LpsPoint start = kidney + new LpsPoint(side * -18, -6, -10);
            LpsPoint end = new(spine.X + (side * random.Between(30.0, 40.0)), spine.Y - random.Between(20.0, 30.0), kidney.Z - 220);
            double ureter = random.Between(1.3, 2.6);
            if (end.Z < half && start.Z > -half)
            {
                vessels.Add(new Vessel(
                    Skeleton.Bar(ureter, ureter, start, ((start + end) * 0.5) + new LpsPoint(random.Between(-6.0, 6.0), random.Between(-6.0, 6.0), 0), end),
                    options.Contrast ? random.Between(350.0, 500.0) : 10));
            }
        }

        int loopCount = random.Between(10, 16);
        double lowest = Math.Max(-half - 20, diaphragm - 260);
        double highest = Math.Min(half + 20, diaphragm - 70);
        for (int i = 0; i < loopCount && highest > lowest; i++)
        {
            var at = new LpsPoint(spine.X + random.Between(-85.0, 85.0), spine.Y - random.Between(45.0, 130.0), random.Between(lowest, highest));
            LpsPoint direction = Frame.Random(random).W;
            double radius = random.Between(9.0, 17.0);
            LpsPoint middle = at + (direction * random.Between(18.0, 35.0));
            LpsPoint last = middle + (Frame.Random(random).W * random.Between(18.0, 35.0));
            Field loop = Within(cavity, 2, Skeleton.Bar(radius, radius, at, middle, last));
            double levelY = at.Y + random.Between(-radius, radius);
            bool gas = random.Chance(0.55);
            organs.Add(new Vessel(loop, random.Between(30.0, 45.0)));
            double contents = options.Contrast && random.Chance(0.6) ? random.Between(250.0, 400.0) : random.Between(5.0, 30.0);
            const double WallMm = 2;
            organs.Add(new Vessel(new Field(loop.Bounds, point => loop.Distance(point) + WallMm), contents));
            if (gas)
            {
                organs.Add(new Vessel(new Field(loop.Bounds, point => Math.Max(loop.Distance(point) + WallMm, point.Y - levelY)), GasHu));
            }
        }
    }

    // Aorta before the spine, vena cava beside it, plaques in the aortic wall.
    private static ImmutableArray<OtherCalcification> AddGreatVessels(
        PhantomOptions options,
        SeededRandom random,
        List<Vessel> vessels,
        LpsPoint spine,
        double bodyRadiusMm,
        double half)
    {
        double radius = random.Between(9.0, 14.0);
        double gap = bodyRadiusMm + radius + 3;
        double turn = random.Between(-0.1, 0.9);
        var points = new LpsPoint[8];
        for (int i = 0; i < points.Length; i++)
        {
            double z = -half - 10 + ((2 * half + 20) * i / (points.Length - 1));
            points[i] = new LpsPoint(
                spine.X + (gap * Math.Sin(turn)) + random.Between(-1.5, 1.5),
                spine.Y - (gap * Math.Cos(turn)) + random.Between(-1.5, 0.5),
                z);
        }

        StrutNetwork aorta = Skeleton.Bar(radius, radius * random.Between(0.85, 1.0), points);
        vessels.Add(new Vessel(aorta, options.Contrast ? random.Between(300.0, 400.0) : 42));
        double cava = random.Between(8.0, 11.0);
        LpsPoint Beside(double z) => new(spine.X - (bodyRadiusMm * 0.9), spine.Y - bodyRadiusMm - cava - 2, z);
        vessels.Add(new Vessel(Skeleton.Bar(cava, cava, Beside(-half - 10), Beside(half + 10)), options.Contrast ? random.Between(110.0, 180.0) : 40));
        var plaques = ImmutableArray.CreateBuilder<OtherCalcification>();
        int count = random.Between(0, 6);
        for (int i = 0; i < count; i++)
        {
            LpsPoint a = points[random.Between(1, points.Length - 3)];
            double angle = random.Angle();
            var site = new LpsPoint(a.X + (radius * Math.Cos(angle)), a.Y + (radius * Math.Sin(angle)), a.Z + random.Between(0.0, 20.0));
            double halfThickness = random.Between(0.5, 1.1);
            Ellipsoid ball = Ellipsoid.Ball(site, random.Between(2.5, 8.0));
            plaques.Add(new OtherCalcification(
                "plaque of the aortic wall",
                RegionKind.Vascular,
                new Field(ball.Bounds, point => Math.Max(ball.Distance(point), Math.Abs(aorta.Distance(point)) - halfThickness)),
                random.Between(350.0, 850.0)));
        }

        return plaques.ToImmutable();
    }
}
