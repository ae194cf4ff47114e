using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>Draws a shoulder: the scan's middle lies near the joint, so that the field of view cuts the body towards its midline.</summary>
internal static class ShoulderLayout
{
    /// <summary>Draws the scene.</summary>
    public static Scene Draw(PhantomOptions options, SeededRandom random)
    {
        double half = TrunkLayout.Half(options);
        int side = random.Chance(0.5) ? 1 : -1;
        LimbForm form = SceneLayout.DrawLimb(
            random,
            random.Between(126.0, 142.0),
            taper: random.Between(-0.06, 0.0),
            flatness: random.Between(0.24, 0.3),
            turn: random.Between(-0.1, 0.1),
            fatMm: random.Between(7.0, 16.0),
            muscleCount: random.Between(22, 30));
        double offX = -side * random.Between(72.0, 92.0);
        form = form with { Axis = form.Axis with { X = form.Axis.X + offX } };
        var limb = new Limb(form, new ValueNoise(random.NextBits(), 6));
        double chestX = offX - (side * random.Between(0.0, 8.0));

        // A giant cyst pushes the muscles of the back away from a flatter chest.
        bool room = random.Chance(0.5) | (options.Deposits is { } asked && asked.Contains(DepositKind.GiantCyst));
        double forwards = random.Between(2.0, 8.0) + (room ? 18 : 0);

        // So do the tips of the spine, where the back is flat.
        const double SpinousCoverMm = 10;

        // Ribs stay under the skin of the front, also where the body narrows upwards.
        const double RibCoverMm = 14;
        double front = form.Axis.Y - limb.At(-Math.PI / 2, half, 0).Y;
        double chestDepth = Math.Min(random.Between(66.0, 76.0) - (room ? 14 : 0), front - forwards - RibCoverMm);
        var chest = new ChestWall(chestX, form.Axis.Y - forwards, random.Between(96.0, 106.0), chestDepth, half);
        var skeleton = new Skeleton(random, new BoneQuality(options.Osteopenia), -half, half);
        double jointZ = random.Between(-15.0, 45.0);
        LpsPoint skin = limb.At(side > 0 ? 0 : Math.PI, jointZ, 0);
        double headRadius = random.Between(20.0, 25.0);
        var joint = new LpsPoint(skin.X - (side * (headRadius + random.Between(24.0, 32.0))), random.Between(-8.0, 8.0), jointZ);
        AddHumerus(skeleton, random, joint, headRadius, side);
        AddScapula(skeleton, random, limb, chest, joint, headRadius, side);
        skeleton.AddSpine(chestX, form.Axis.Y + random.Between(28.0, 36.0), random.Between(12.0, 15.0), isInside: place => limb.Body(place) < -SpinousCoverMm);
        LpsPoint lateral = new(joint.X - (side * 4), joint.Y - random.Between(6.0, 12.0), joint.Z + headRadius + random.Between(6.0, 10.0));
        LpsPoint medial = chest.InFront(new(chestX + (side * random.Between(18.0, 28.0)), 0, joint.Z + random.Between(-6.0, 12.0)), random.Between(8.0, 12.0));
        LpsPoint between = chest.InFront(((medial * 2) + lateral) * (1.0 / 3), random.Between(12.0, 18.0));
        LpsPoint bow = new LpsPoint(0, random.Between(0.0, 8.0), random.Between(-3.0, 5.0));
        skeleton.Add(Skeleton.Bar(random.Between(6.0, 8.0), random.Between(5.0, 6.5), Covered(limb, medial), Covered(limb, between), Covered(limb, ((between + lateral) * 0.5) + bow), lateral), 1.0, 2.0);
        AddRibs(skeleton, random, chest, half);
        double lungHu = random.Between(-870.0, -780.0);
        var organs = ImmutableArray.Create(new Vessel(chest.Lung, lungHu));
        List<Vessel> vessels = [];
        double artery = random.Between(3.0, 4.2);
        LpsPoint axilla = joint + new LpsPoint(-side * (headRadius + 12), -6, -24);
        if (skeleton.Bones.TrueForAll(bone => bone.Distance(axilla) > artery + 1) && chest.Lung.Distance(axilla) > 14)
        {
            vessels.Add(new Vessel(Skeleton.Bar(artery, artery, axilla, axilla + new LpsPoint(side * 8, 2, -40), axilla + new LpsPoint(side * 12, 0, -90)), options.Contrast ? 330 : 42));
        }

        for (int i = 0; i < 2; i++)
        {
            SceneLayout.AddVessel(random, options with { Contrast = false }, limb, skeleton.Bones, vessels, random.Between(1.0, 1.8), deep: false);
        }

        CouchForm couch = SceneLayout.DrawCouch(random, [limb]);
        SleeveForm sleeve = SceneLayout.DrawSleeve(random, limb, options.Seed);
        return new Scene([limb], [.. skeleton.Bones], [.. vessels], new Surroundings(options.Couch ? couch : null, options.Clothing ? sleeve : null))
        {
            Organs = organs,
        };
    }

    // Moves a point towards the middle of the body until it lies under the skin with some tissue over it.
    private static LpsPoint Covered(Limb limb, LpsPoint point)
    {
        const double CoverMm = 14;
        const double Share = 0.97;
        const int MostSteps = 40;
        LpsPoint axis = limb.Form.Axis.At(point.Z);
        for (int step = 0; step < MostSteps && limb.Body(point) > -CoverMm; step++)
        {
            point = axis + ((point - axis) * Share);
        }

        return point;
    }

    private static void AddHumerus(Skeleton skeleton, SeededRandom random, LpsPoint joint, double headRadius, int side)
    {
        var shaftTop = joint + new LpsPoint(side * 5, 2, -headRadius * 0.9);
        var shaftEnd = shaftTop + new LpsPoint(side * random.Between(-4.0, 10.0), random.Between(-8.0, 14.0), -160);
        double shaft = random.Between(9.5, 12.0);
        skeleton.Add(
            new Union(
                Ellipsoid.Ball(joint, headRadius),
                Ellipsoid.Ball(joint + new LpsPoint(side * headRadius * 0.55, -headRadius * 0.3, -4), headRadius * 0.62),
                Skeleton.Bar(headRadius * 0.72, shaft, joint + new LpsPoint(side * 3, 1, -headRadius * 0.4), shaftTop + new LpsPoint(0, 0, -22)),
                Skeleton.Bar(shaft, shaft, shaftTop, shaftEnd)),
            1.2,
            3.2,
            110,
            220);
    }

    private static void AddScapula(Skeleton skeleton, SeededRandom random, Limb limb, ChestWall chest, LpsPoint joint, double headRadius, int side)
    {
        double thick = random.Between(2.2, 3.6);
        double gap = random.Between(9.0, 13.0);
        LpsPoint glenoid = joint + new LpsPoint(-side * (headRadius + 7), 5, -2);

        // The blade runs from the joint backwards along the chest.
        double blade = random.Between(84.0, 104.0);
        double height = random.Between(110.0, 140.0);
        LpsPoint target = new(glenoid.X - (side * blade * 0.55), 0, glenoid.Z - random.Between(18.0, 36.0));
        LpsPoint centre = chest.Behind(target, gap);
        LpsPoint normal = chest.Normal(centre);
        Frame frame = Frame.Along(normal).TurnedAboutW(random.Between(-0.25, 0.25));
        if (Math.Abs(frame.U.Z) > Math.Abs(frame.V.Z))
        {
            frame = frame.TurnedAboutW(Math.PI / 2);
        }

        var sheet = new FollowingSheet(chest.Outer, centre, frame, -gap, blade, height, thick, 3, random.Between(0.05, 0.15), random.Angle());
        LpsPoint At(double u, double v) => chest.Behind(centre + (frame.U * u) + (frame.V * v), gap);
        double towards = frame.U.X * side >= 0 ? 1 : -1;
        double up = frame.V.Z >= 0 ? 1 : -1;
        LpsPoint spineStart = At(-towards * blade * 0.46, up * height * 0.2);
        LpsPoint spineMiddle = At(towards * blade * 0.15, up * height * 0.26) + (normal * 14);
        LpsPoint acromion = joint + new LpsPoint(side * random.Between(4.0, 12.0), 10, headRadius + random.Between(6.0, 9.0));
        LpsPoint coracoid = joint + new LpsPoint(-side * random.Between(12.0, 18.0), -headRadius - random.Between(4.0, 10.0), random.Between(2.0, 10.0));
        skeleton.Add(
            new Union(
                sheet,
                Skeleton.Bar(3, 4.5, At(towards * blade * 0.1, -up * height * 0.48), At(towards * blade * 0.34, -up * height * 0.15), glenoid),
                Skeleton.Bar(2.2, 2.2, At(-towards * blade * 0.47, up * height * 0.2), At(-towards * blade * 0.36, -up * height * 0.3), At(-towards * blade * 0.05, -up * height * 0.5)),
                new Ellipsoid(glenoid, Frame.Patient, new(6.5, 13, 17)),
                Skeleton.Bar(6, 5, glenoid, At(towards * blade * 0.3, up * height * 0.1)),
                new OvalBar([Covered(limb, spineStart), Covered(limb, spineMiddle), Covered(limb, acromion)], [new(0, 0, 1), new(0, 0, 1), new(0, 0, 1)], random.Between(2.4, 3.4), random.Between(6.0, 9.0)),
                Skeleton.Bar(5, 4, glenoid + new LpsPoint(0, -6, 8), coracoid + new LpsPoint(0, 8, 4), coracoid)),
            0.7,
            1.3,
            130,
            230);
    }

    private static void AddRibs(Skeleton skeleton, SeededRandom random, ChestWall chest, double half)
    {
        double step = random.Between(21.0, 27.0);
        double drop = random.Between(45.0, 75.0);
        double thick = random.Between(2.8, 3.8);
        double tall = random.Between(5.0, 6.6);
        double first = -half - 10 + (random.NextUnit() * step);
        for (double z = first; z < half + drop + 20; z += step)
        {
            foreach (int side in (int[])[-1, 1])
            {
                var points = ImmutableArray.CreateBuilder<LpsPoint>();
                const int PointCount = 16;
                double height = z + random.Between(-2.0, 2.0);
                for (int i = 0; i < PointCount; i++)
                {
                    double t = (double)i / (PointCount - 1);
                    double angle = (Math.PI / 2) - (side * (0.3 + (2.2 * t)));
                    points.Add(chest.Wall(angle, height - (drop * Math.Sqrt(t)), -thick - 0.5));
                }

                skeleton.Add(new OvalBar(points.ToImmutable(), [.. points.Select(chest.Normal)], thick, tall), 0.7, 1.4, 80, 180);
            }
        }
    }

    /// <summary>An elliptical chest whose lung lies inside the ribs and whose shoulder blade glides outside.</summary>
    private sealed class ChestWall(double middleX, double middleY, double halfWideMm, double halfDeepMm, double half)
    {
        private const double PleuraMm = 10;

        public Shape Lung { get; } = new Field(
            new Box(new(middleX - halfWideMm, middleY - halfDeepMm, -half), new(middleX + halfWideMm, middleY + halfDeepMm, half)),
            point =>
            {
                double x = (point.X - middleX) / (halfWideMm - PleuraMm);
                double y = (point.Y - middleY) / (halfDeepMm - PleuraMm);
                double wall = (Math.Sqrt((x * x) + (y * y)) - 1) * (halfDeepMm - PleuraMm);
                return Math.Max(wall, 24 - Math.Abs(point.X - middleX));
            });

        public double Outer(LpsPoint point)
        {
            double x = (point.X - middleX) / halfWideMm;
            double y = (point.Y - middleY) / halfDeepMm;
            double r = Math.Sqrt((x * x) + (y * y));
            LpsPoint gradient = new LpsPoint(x / halfWideMm, y / halfDeepMm, 0) * (1 / Math.Max(r, 1e-9));
            return (r - 1) / Math.Max(gradient.Length, 1 / halfWideMm);
        }

        public LpsPoint Normal(LpsPoint point) =>
            new LpsPoint((point.X - middleX) / (halfWideMm * halfWideMm), (point.Y - middleY) / (halfDeepMm * halfDeepMm), 0).Normalized();

        public LpsPoint Wall(double angle, double z, double outsideMm)
        {
            var on = new LpsPoint(middleX + (halfWideMm * Math.Cos(angle)), middleY + (halfDeepMm * Math.Sin(angle)), z);
            return on + (Normal(on) * outsideMm);
        }

        /// <summary>The point on the back of the chest at that Left and Superior, so far outside.</summary>
        public LpsPoint Behind(LpsPoint point, double outsideMm)
        {
            double x = Math.Clamp((point.X - middleX) / (halfWideMm + outsideMm), -0.97, 0.97);
            return Wall(Math.Acos(x), point.Z, outsideMm);
        }

        /// <summary>The same on the front of the chest.</summary>
        public LpsPoint InFront(LpsPoint point, double outsideMm)
        {
            double x = Math.Clamp((point.X - middleX) / (halfWideMm + outsideMm), -0.97, 0.97);
            return Wall(-Math.Acos(x), point.Z, outsideMm);
        }
    }
}
