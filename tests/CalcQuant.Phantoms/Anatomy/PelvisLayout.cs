using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>Draws a pelvis: how high the hips lie in the slices is drawn too.</summary>
internal static class PelvisLayout
{
    private static readonly Frame Tilted = new(new(1, 0, 0), new LpsPoint(0, 1, -0.25).Normalized(), new LpsPoint(0, 0.25, 1).Normalized());

    /// <summary>Draws the scene.</summary>
    public static Scene Draw(PhantomOptions options, SeededRandom random)
    {
        double half = TrunkLayout.Half(options);
        LimbForm form = SceneLayout.DrawLimb(
            random,
            random.Between(124.0, 134.0),
            taper: random.Between(-0.04, 0.02),
            flatness: random.Between(0.2, 0.26),
            turn: random.Between(-0.08, 0.08),
            fatMm: random.Between(14.0, 22.0),
            muscleCount: random.Between(22, 30));
        form = form with { FatCos = 0.2, FatSin = 0.98, FatSwell = random.Between(0.2, 0.45) };
        var limb = new Limb(form, new ValueNoise(random.NextBits(), 6));
        double hipZ = random.Between(-70.0, 40.0);
        double size = random.Between(0.93, 1.03);
        var skeleton = new Skeleton(random, new BoneQuality(options.Osteopenia), -half, half);
        double middleX = form.Axis.X;
        LpsPoint sacrum = TrunkLayout.Spine(limb, random, random.Between(34.0, 44.0)) + new LpsPoint(0, 0, hipZ + (random.Between(78.0, 92.0) * size));
        AddSacrum(skeleton, random, sacrum, size);
        double hipX = random.Between(80.0, 90.0) * size;
        double hipY = random.Between(-12.0, 4.0);
        double head = random.Between(21.0, 26.0) * size;
        foreach (int side in (int[])[-1, 1])
        {
            var hip = new LpsPoint(middleX + (side * hipX), hipY + random.Between(-1.5, 1.5), hipZ + random.Between(-2.0, 2.0));
            AddHipBone(skeleton, random, hip, sacrum, middleX, head, side, size);
            AddFemur(skeleton, random, limb, hip, head, side);
        }

        var cavity = new Ellipsoid(
            new(middleX, hipY - random.Between(8.0, 16.0), hipZ + 45),
            Frame.Patient,
            new(random.Between(50.0, 56.0) * size, random.Between(46.0, 54.0) * size, random.Between(85.0, 110.0)));
        var organs = ImmutableArray.CreateBuilder<Vessel>();
        void Inside(Shape shape, double hu) => organs.Add(new Vessel(new Field(shape.Bounds, point => Math.Max(shape.Distance(point), cavity.Distance(point) + 2)), hu));
        organs.Add(new Vessel(cavity, random.Between(-106.0, -92.0)));
        Inside(
            new Ellipsoid(
                new(middleX, hipY - 26, hipZ + random.Between(0.0, 16.0)),
                Frame.Patient,
                new(random.Between(24.0, 42.0), random.Between(20.0, 30.0), random.Between(20.0, 32.0))),
            options.Contrast ? random.Between(300.0, 450.0) : random.Between(2.0, 14.0));
        var rectum = Skeleton.Bar(random.Between(9.0, 14.0), 12, new(middleX, hipY + 28, hipZ - 40), new(middleX + random.Between(-8.0, 8.0), hipY + 24, hipZ + 30), new(middleX + 20, hipY, hipZ + 80));
        Inside(rectum, 35);
        Inside(new Field(rectum.Bounds, point => rectum.Distance(point) + 3), random.Chance(0.5) ? -920 : 25);
        int loops = random.Between(3, 7);
        for (int i = 0; i < loops; i++)
        {
            var at = new LpsPoint(middleX + random.Between(-35.0, 35.0), hipY + random.Between(-45.0, 15.0), hipZ + random.Between(50.0, 130.0));
            double radius = random.Between(8.0, 13.0);
            Inside(
                Skeleton.Bar(radius, radius, at, at + (Frame.Random(random).W * 30)),
                options.Contrast && random.Chance(0.5) ? random.Between(250.0, 400.0) : random.Between(15.0, 40.0));
        }

        List<Vessel> vessels = [];
        foreach (int side in (int[])[-1, 1])
        {
            double radius = random.Between(3.6, 5.4);
            LpsPoint low = new(middleX + (side * hipX * 0.92), hipY - head - random.Between(14.0, 20.0), hipZ - 90);
            LpsPoint high = new(middleX + (side * random.Between(36.0, 42.0)), hipY + random.Between(-10.0, 10.0), hipZ + 90);
            vessels.Add(new Vessel(
                Skeleton.Bar(radius, radius, low, low with { Z = hipZ - 10 }, ((low + high) * 0.5) with { Z = hipZ + 40 }, high),
                options.Contrast ? random.Between(280.0, 360.0) : 42));
        }

        for (int i = 0; i < 2; i++)
        {
            SceneLayout.AddVessel(random, options with { Contrast = false }, limb, skeleton.Bones, vessels, random.Between(1.0, 1.8), deep: false);
        }

        CouchForm couch = SceneLayout.DrawCouch(random, [limb]);
        SleeveForm sleeve = SceneLayout.DrawSleeve(random, limb, options.Seed);
        return new Scene([limb], [.. skeleton.Bones], [.. vessels], new Surroundings(options.Couch ? couch : null, options.Clothing ? sleeve : null))
        {
            Organs = organs.ToImmutable(),
        };
    }

    private static void AddSacrum(Skeleton skeleton, SeededRandom random, LpsPoint top, double size)
    {
        const int SegmentCount = 5;
        var parts = ImmutableArray.CreateBuilder<Shape>();
        double curve = random.Between(4.0, 9.0);
        for (int i = 0; i < SegmentCount; i++)
        {
            LpsPoint at = top + new LpsPoint(0, (i * 4) - (curve * i * i / 5), -i * 19 * size);
            double wide = Math.Max(11, 50 - (9.5 * i)) * size;
            parts.Add(new Ellipsoid(at, Tilted, new(wide, 15 - (1.6 * i), 13)));
        }

        skeleton.Add(new Union(parts.ToImmutable()), 0.6, 1.2, 110, 210);
        skeleton.AddSpine(top.X, top.Y - 14, random.Between(17.0, 20.0), null, top.Z + 20);
    }

    private static void AddHipBone(Skeleton skeleton, SeededRandom random, LpsPoint hip, LpsPoint sacrum, double middleX, double head, int side, double size)
    {
        double thick = random.Between(5.5, 9.0);
        var joint = new LpsPoint(middleX + (side * random.Between(48.0, 54.0) * size), sacrum.Y + 4, sacrum.Z - 4);
        var front = new LpsPoint(hip.X + (side * random.Between(8.0, 18.0)), hip.Y - random.Between(34.0, 46.0), hip.Z + (random.Between(62.0, 78.0) * size));
        LpsPoint centre = (joint + front + hip) * (1.0 / 3) + new LpsPoint(side * 6, 2, 16);
        LpsPoint normal = (front - joint).Cross(hip - joint).Normalized();
        normal = normal.X * side >= 0 ? normal : normal * -1;
        double bend = random.Between(120.0, 180.0);
        LpsPoint ball = centre + (normal * bend);
        Frame frame = Frame.Along(normal);
        LpsPoint forwards = (front - joint).Normalized();
        frame = new Frame(forwards, normal.Cross(forwards), normal);
        var wing = new FollowingSheet(
            point => bend - (point - ball).Length,
            centre,
            frame,
            0,
            (front - joint).Length * 1.05,
            random.Between(96.0, 112.0) * size,
            thick,
            3,
            random.Between(0.03, 0.1),
            random.Angle());
        double wall = random.Between(4.5, 7.0);
        Ellipsoid outer = Ellipsoid.Ball(hip, head + 3 + wall);
        Ellipsoid inner = Ellipsoid.Ball(hip, head + 3);
        var socket = new Field(outer.Bounds, point => Math.Max(
            Math.Max(outer.Distance(point), -inner.Distance(point)),
            ((side * (point.X - hip.X)) - ((point.Z - hip.Z) * 0.5) - 6) / 1.2));
        var symphysis = new LpsPoint(middleX + (side * 8), hip.Y - random.Between(40.0, 48.0) * size, hip.Z - (random.Between(20.0, 30.0) * size));
        var ischium = new LpsPoint(middleX + (side * random.Between(52.0, 60.0) * size), hip.Y + random.Between(22.0, 34.0), hip.Z - (random.Between(54.0, 64.0) * size));
        LpsPoint medial = hip + new LpsPoint(-side * (head + 3 + (wall / 2)), 0, 0);
        skeleton.Add(
            new Union(
                wing,
                socket,
                Skeleton.Bar(7, 9, centre - (frame.V * 20), hip + new LpsPoint(-side * 10, 6, head + 9)),
                Skeleton.Bar(5.5, 6.5, joint + new LpsPoint(0, 6, 6), ((joint + front) * 0.5) + new LpsPoint(side * 14, 0, 44 * size), front),
                Skeleton.Bar(6, 5, medial + new LpsPoint(0, -head * 0.6, 0), symphysis),
                Skeleton.Bar(9, 10, medial + new LpsPoint(0, head * 0.7, -8), ischium),
                Skeleton.Bar(5, 5.5, symphysis + new LpsPoint(0, 0, -10), ischium + new LpsPoint(-side * 4, -8, -4)),
                Skeleton.Bar(6, 6, symphysis, symphysis + new LpsPoint(0, 4, -16))),
            0.8,
            1.6,
            110,
            220);
    }

    private static void AddFemur(Skeleton skeleton, SeededRandom random, Limb limb, LpsPoint hip, double head, int side)
    {
        LpsPoint skin = limb.At(side > 0 ? 0 : Math.PI, hip.Z - 20, limb.Form.SkinMm + limb.FatMm(side > 0 ? 0 : Math.PI, hip.Z));
        double lateral = Math.Min(Math.Abs(skin.X - hip.X) - 18, random.Between(42.0, 52.0));
        LpsPoint trochanter = hip + new LpsPoint(side * lateral, random.Between(6.0, 14.0), -random.Between(10.0, 18.0));
        LpsPoint shaft = trochanter + new LpsPoint(-side * 8, -2, -34);
        skeleton.Add(
            new Union(
                Ellipsoid.Ball(hip, head),
                Skeleton.Bar(head * 0.62, head * 0.72, hip, trochanter + new LpsPoint(-side * 8, 0, -8)),
                new Ellipsoid(trochanter, Frame.Patient, new(11, 16, 18)),
                Skeleton.Bar(17, 13.5, trochanter + new LpsPoint(-side * 8, -1, -10), shaft, shaft + new LpsPoint(-side * 8, 0, -140))),
            1.2,
            3.5,
            100,
            210);
    }
}
