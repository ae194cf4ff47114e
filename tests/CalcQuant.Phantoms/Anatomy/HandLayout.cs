using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>
/// Draws a hand: five rays, each a limb from the wrist to its fingertip; side by side they are the palm, further out they part. The window may lie
/// anywhere from wrist to fingertips.
/// </summary>
internal static class HandLayout
{
    private const double LengthMm = 182;

    /// <summary>Draws the scene.</summary>
    public static Scene Draw(PhantomOptions options, SeededRandom random)
    {
        double half = TrunkLayout.Half(options);
        double size = random.Between(0.84, 1.02);
        double drawn = random.Between(0.12, 0.88);
        double wristZ = -(options.WindowPosition ?? drawn) * LengthMm * size;
        int thumbSide = random.Chance(0.5) ? 1 : -1;
        double spread = random.Between(0.028, 0.05);
        var quality = new BoneQuality(options.Osteopenia);
        var skeleton = new Skeleton(random, quality, -half, half);
        List<Bone> bones = [];
        var limbs = ImmutableArray.CreateBuilder<Limb>();
        double[] reach = [0.93, 1.0, 0.95, 0.8];
        for (int ray = 0; ray < reach.Length; ray++)
        {
            // From the thumb's side: index, middle, ring, little finger.
            double place = 1.5 - ray;
            double length = LengthMm * size * (reach[ray] + random.Between(-0.015, 0.015));
            double slope = thumbSide * place * spread;
            Limb limb = Ray(random, thumbSide * place * 11.5 * size, slope, random.Between(-0.03, 0.03), wristZ, wristZ + length, size, lowerZ: double.NegativeInfinity);
            limbs.Add(limb);
            double metacarpal = wristZ + (32 * size);
            double left = length - (32 * size) - 5;
            AddPhalanges(bones, quality, random, limb, metacarpal, left, [0.44, 0.27, 0.17, 0.12], size);
        }

        double thumbX = thumbSide * 22 * size;
        Limb thumb = Ray(random, thumbX, thumbSide * random.Between(0.22, 0.34), random.Between(-0.2, -0.1), wristZ, wristZ + (random.Between(112.0, 122.0) * size), size, wristZ + (12 * size));
        limbs.Add(thumb);
        AddPhalanges(bones, quality, random, thumb, wristZ + (28 * size), (thumb.Form.Ends!.Value.UpperZ - wristZ) - (28 * size) - 5, [0.44, 0.33, 0.23], size);
        AddWrist(skeleton, bones, quality, random, limbs.ToImmutable(), wristZ, size);
        ImmutableArray<Bone> all = [.. skeleton.Bones, .. bones];
        List<Vessel> vessels = [];
        CouchForm couch = SceneLayout.DrawCouch(random, limbs.ToImmutable());
        SleeveForm sleeve = SceneLayout.DrawSleeve(random, limbs[0], options.Seed);
        return new Scene(limbs.ToImmutable(), all, [.. vessels], new Surroundings(options.Couch ? couch : null, options.Clothing ? sleeve : null));
    }

    private static Limb Ray(SeededRandom random, double wristX, double slopeX, double slopeY, double wristZ, double tipZ, double size, double lowerZ)
    {
        double atWrist = (double.IsInfinity(lowerZ) ? 16.5 : 14) * size;
        double atTip = random.Between(7.6, 8.8) * size;
        double perMm = (atTip - atWrist) / (tipZ - wristZ);
        double middle = atWrist - (perMm * wristZ);
        LimbForm form = SceneLayout.DrawLimb(random, middle, taper: 0, flatness: random.Between(0.0, 0.05), turn: 0, fatMm: random.Between(2.4, 3.4), muscleCount: 4);
        return new Limb(
            form with
            {
                Axis = new Axis(wristX - (slopeX * wristZ), -(slopeY * wristZ) + random.Between(-1.0, 1.0), slopeX, slopeY, 0, 0),
                Taper = perMm * 100 / middle,
                Bulge = 0,
                SkinMm = random.Between(1.0, 1.4),
                FasciaMm = 0.5,
                LeastFatMm = 1.6,
                MuscleGapMm = 0.5,
                Ends = new LimbEnds(lowerZ, tipZ, 9 * size),
            },
            new ValueNoise(random.NextBits(), 3));
    }

    private static void AddPhalanges(List<Bone> bones, BoneQuality quality, SeededRandom random, Limb limb, double startZ, double lengthMm, ReadOnlySpan<double> shares, double size)
    {
        double z = startZ;
        for (int i = 0; i < shares.Length; i++)
        {
            double gap = random.Between(1.2, 2.0);
            double end = z + (lengthMm * shares[i]);
            double radius = size * (4.4 - (0.55 * i));
            var form = new LongBoneForm
            {
                Axis = limb.Form.Axis,
                LowerZ = z,
                UpperZ = end - gap,
                ShaftRadiusMm = radius * random.Between(0.9, 1.05),
                LowerFlareMm = radius * random.Between(0.35, 0.55),
                UpperFlareMm = radius * random.Between(0.2, 0.4),
                FlareReachMm = radius * random.Between(1.3, 1.9),
                EndRoundingMm = 2,
                Ridge = random.Between(0.0, 0.06),
                Flatness = random.Between(-0.03, 0.08),
                RidgeAngle = random.Angle(),
                ShaftCortexMm = radius * random.Between(0.26, 0.42),
                EndCortexMm = random.Between(0.4, 0.7),
                CortexHu = random.Between(1200.0, 1500.0),
                EndCortexHu = random.Between(800.0, 1000.0),
                FatMarrowHu = random.Between(-60.0, 0.0),
                TrabecularHu = random.Between(180.0, 320.0),
            };
            bones.Add(SceneLayout.FitLongBone(limb, quality.Of(form), random));
            z = end;
        }
    }

    private static void AddWrist(Skeleton skeleton, List<Bone> bones, BoneQuality quality, SeededRandom random, ImmutableArray<Limb> limbs, double wristZ, double size)
    {
        for (int row = 0; row < 2; row++)
        {
            for (int i = 0; i < 4; i++)
            {
                LpsPoint axis = limbs[i].Form.Axis.At(wristZ + (24 * size));
                var centre = new LpsPoint(
                    axis.X + random.Between(-0.6, 0.6),
                    axis.Y + random.Between(-2.0, 2.0) - (i is 1 or 2 ? 0 : 2.5),
                    wristZ + (size * (row == 0 ? 9 : 23)) + random.Between(-0.7, 0.7));
                var semi = new LpsPoint(random.Between(5.2, 6.0), random.Between(6.0, 8.0), random.Between(5.4, 6.6)) * size;
                skeleton.Add(new Ellipsoid(centre, Frame.Along(new(random.Between(-0.2, 0.2), random.Between(-0.2, 0.2), 1)), semi), 0.5, 1.0, 200, 330);
            }
        }

        foreach (int limb in (int[])[1, 3])
        {
            Limb ray = limbs[limb];
            LpsPoint at = (ray.Form.Axis.At(wristZ) + limbs[limb - 1].Form.Axis.At(wristZ)) * 0.5;
            bones.Add(new LongBone(
                quality.Of(new LongBoneForm
                {
                    Axis = new Axis(at.X, at.Y, 0, 0, 0, 0),
                    LowerZ = wristZ - 200,
                    UpperZ = wristZ - random.Between(0.0, 2.0),
                    ShaftRadiusMm = 6 * size,
                    LowerFlareMm = 1,
                    UpperFlareMm = (limb == 1 ? 3.6 : 1.2) * size,
                    FlareReachMm = 18 * size,
                    EndRoundingMm = 4,
                    Ridge = 0.05,
                    Flatness = 0.05,
                    RidgeAngle = random.Angle(),
                    ShaftCortexMm = random.Between(1.8, 2.8),
                    EndCortexMm = random.Between(0.5, 0.9),
                    CortexHu = random.Between(1200.0, 1500.0),
                    EndCortexHu = random.Between(800.0, 1000.0),
                    FatMarrowHu = -40,
                    TrabecularHu = random.Between(180.0, 300.0),
                }),
                new ValueNoise(random.NextBits(), 1.3)));
        }
    }
}
