using CalcQuant.Imaging;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>Draws a child's leg around the knee: bony epiphyses apart from the shafts, cartilage between.</summary>
internal static class ChildLegLayout
{
    /// <summary>Draws the scene.</summary>
    public static Scene Draw(PhantomOptions options, SeededRandom random)
    {
        double half = TrunkLayout.Half(options);

        // Share of an adult's size: from about two to ten years.
        double size = random.Between(0.45, 0.75);
        double kneeZ = random.Between(-55.0, 55.0);
        LimbForm form = SceneLayout.DrawLimb(
            random,
            random.Between(56.0, 66.0) * Math.Sqrt(size) * 0.85,
            taper: 0.05,
            flatness: random.Between(0.02, 0.07),
            random.Angle(),
            fatMm: random.Between(5.0, 9.0),
            muscleCount: random.Between(8, 12));
        var limb = new Limb(form, new ValueNoise(random.NextBits(), 4));
        var quality = new BoneQuality(options.Osteopenia);
        var skeleton = new Skeleton(random, quality, -half, half);
        double plate = random.Between(1.6, 3.2);
        double joint = random.Between(3.0, 6.0);
        double femurEpiphysis = 22 * size * random.Between(0.7, 1.0);
        double tibiaEpiphysis = 15 * size * random.Between(0.7, 1.0);
        double turn = random.Angle();
        (double sin, double cos) = Math.SinCos(turn);
        LpsPoint At(double x, double y, double z)
        {
            LpsPoint axis = form.Axis.At(z);
            return new(axis.X + (cos * x) - (sin * y), axis.Y + (sin * x) + (cos * y), z);
        }

        double wide = 24 * size;
        double femurZ = kneeZ + joint + femurEpiphysis;
        double tibiaZ = kneeZ - joint - tibiaEpiphysis;
        Frame frame = Frame.Patient.TurnedAboutW(turn);
        skeleton.Add(
            new Union(
                new Ellipsoid(At(-wide * 0.5, 0, kneeZ + joint + (femurEpiphysis * 0.5)), frame, new(wide * 0.62, wide * 0.72, femurEpiphysis * 0.5)),
                new Ellipsoid(At(wide * 0.5, 0, kneeZ + joint + (femurEpiphysis * 0.5)), frame, new(wide * 0.62, wide * 0.72, femurEpiphysis * 0.5))),
            0.5,
            0.9);
        skeleton.Add(new Ellipsoid(At(0, 0, kneeZ - joint - (tibiaEpiphysis * 0.5)), frame, new(wide * 1.02, wide * 0.72, tibiaEpiphysis * 0.5)), 0.5, 0.9);
        if (random.Chance(0.6))
        {
            skeleton.Add(new Ellipsoid(At(0, -wide * 1.25, kneeZ + joint + (femurEpiphysis * 0.6)), frame, new(wide * 0.4, wide * 0.18, wide * 0.4)), 0.4, 0.8);
        }

        LongBoneForm femur = Form(random, form.Axis, 13 * size, femurZ + plate, femurZ + plate + 300, turn) with { LowerFlareMm = wide * 0.5 };
        LongBoneForm tibia = Form(random, form.Axis, 11 * size, tibiaZ - plate - 280, tibiaZ - plate, turn) with { UpperFlareMm = wide * 0.5 };
        LpsPoint beside = At(wide * 1.15, wide * 0.5, tibiaZ) - form.Axis.At(tibiaZ);
        LongBoneForm fibula = Form(
            random,
            form.Axis with { X = form.Axis.X + beside.X, Y = form.Axis.Y + beside.Y },
            4.6 * size,
            tibiaZ - 290,
            tibiaZ - plate - (6 * size),
            turn) with { UpperFlareMm = 2.5 * size };
        List<Bone> bones = [.. skeleton.Bones, .. new[] { femur, tibia, fibula }.Select(bone => SceneLayout.FitLongBone(limb, quality.Of(bone), random))];
        List<Vessel> vessels = [];
        SceneLayout.AddVessel(random, options, limb, bones, vessels, random.Between(1.4, 2.2), deep: true);
        SceneLayout.AddVessel(random, options, limb, bones, vessels, random.Between(1.6, 2.4), deep: true);
        SceneLayout.AddVessel(random, options with { Contrast = false }, limb, bones, vessels, random.Between(0.8, 1.4), deep: false);
        CouchForm couch = SceneLayout.DrawCouch(random, [limb]);
        SleeveForm sleeve = SceneLayout.DrawSleeve(random, limb, options.Seed);
        return new Scene([limb], [.. bones], [.. vessels], new Surroundings(options.Couch ? couch : null, options.Clothing ? sleeve : null));
    }

    private static LongBoneForm Form(SeededRandom random, Axis axis, double radiusMm, double lowerZ, double upperZ, double turn) => new()
    {
        Axis = axis,
        LowerZ = lowerZ,
        UpperZ = upperZ,
        ShaftRadiusMm = radiusMm * random.Between(0.9, 1.1),
        LowerFlareMm = radiusMm * 0.3,
        UpperFlareMm = radiusMm * 0.3,
        FlareReachMm = radiusMm * random.Between(1.8, 2.6),
        EndRoundingMm = 2.5,
        Ridge = random.Between(0.02, 0.08),
        Flatness = random.Between(0.0, 0.06),
        RidgeAngle = turn,
        ShaftCortexMm = Math.Max(0.9, radiusMm * random.Between(0.22, 0.34)),
        EndCortexMm = random.Between(0.4, 0.7),
        CortexHu = random.Between(1200.0, 1400.0),
        EndCortexHu = random.Between(800.0, 950.0),
        FatMarrowHu = random.Between(-20.0, 40.0),
        TrabecularHu = random.Between(180.0, 320.0),
    };
}
