using CalcQuant.Imaging;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Anatomy;
using CalcQuant.Phantoms.Shapes;
using CalcQuant.Phantoms.Truth;

namespace CalcQuant.Tests.Phantoms;

public sealed class ShapeTests
{
    private static readonly LpsPoint Centre = new(3.3, -2.1, 7.7);

    public static TheoryData<string> Names => [.. Shapes().Keys];

    // Bones and vessels are drawn but never integrated.
    public static TheoryData<string> DepositNames => [.. Shapes().Keys.Except(["radius", "ulna", "carpal", "vessel"])];

    [Theory]
    [MemberData(nameof(DepositNames))]
    public void Integral_OfEveryDepositShape_AgreesWithMonteCarlo(string name)
    {
        const int PointCount = 400_000;
        const double Sigmas = 4.5;
        Shape shape = Shapes()[name];
        LpsPoint size = shape.Bounds.Max - shape.Bounds.Min;
        var random = new Random(11);
        int inside = 0;
        for (int i = 0; i < PointCount; i++)
        {
            inside += shape.Distance(Within(shape.Bounds, random)) < 0 ? 1 : 0;
        }

        double box = size.X * size.Y * size.Z;
        double share = (double)inside / PointCount;
        double uncertainty = box * Math.Sqrt(share * (1 - share) / PointCount);
        SolidIntegral integral = SolidIntegral.Of(shape);

        Assert.InRange(integral.VolumeMm3, (box * share) - (Sigmas * uncertainty), (box * share) + (Sigmas * uncertainty));
    }

    [Theory]
    [InlineData("ball")]
    [InlineData("ellipsoid")]
    [InlineData("capsule")]
    [InlineData("cylinder")]
    public void Integral_WhereAFormulaExists_IsWithinAFifthOfAPercent(string name)
    {
        Shape shape = Shapes()[name];
        double formula = name switch
        {
            "ball" => 4.0 / 3 * Math.PI * 1.5 * 1.5 * 1.5,
            "ellipsoid" => 4.0 / 3 * Math.PI * 2 * 4 * 6,
            "capsule" => (Math.PI * 2.25 * 10) + (4.0 / 3 * Math.PI * 3.375),
            _ => Math.PI * 6.25 * 5,
        };

        Assert.Equal(formula, shape.ClosedFormVolumeMm3!.Value, 9);
        Assert.InRange(SolidIntegral.Of(shape).VolumeMm3 / formula, 0.998, 1.002);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Distance_OfEveryShape_NeverExceedsTheDistanceToTheSurface(string name)
    {
        Shape shape = Shapes()[name];
        var random = new Random(5);
        Box around = new(shape.Bounds.Min - new LpsPoint(6, 6, 6), shape.Bounds.Max + new LpsPoint(6, 6, 6));
        int crossings = 0;
        for (int i = 0; i < 60_000; i++)
        {
            LpsPoint point = Within(around, random);
            double distance = shape.Distance(point);
            LpsPoint other = point + (Frame.Random(new SeededRandom((ulong)i)).W * (Math.Abs(distance) * 0.999 * random.NextDouble()));
            Assert.Equal(distance < 0, shape.Distance(other) < 0);
            crossings += distance < 0 ? 1 : 0;
        }

        Assert.NotEqual(0, crossings);
    }

    [Fact]
    public void Bounds_OfEveryShape_HoldAllOfIt() => Assert.All(Shapes().Values, shape =>
    {
        var random = new Random(9);
        Box around = new(shape.Bounds.Min - new LpsPoint(8, 8, 8), shape.Bounds.Max + new LpsPoint(8, 8, 8));
        for (int i = 0; i < 100_000; i++)
        {
            LpsPoint point = Within(around, random);
            if (shape.Distance(point) < 0)
            {
                Assert.InRange(point.X, shape.Bounds.Min.X, shape.Bounds.Max.X);
                Assert.InRange(point.Y, shape.Bounds.Min.Y, shape.Bounds.Max.Y);
                Assert.InRange(point.Z, shape.Bounds.Min.Z, shape.Bounds.Max.Z);
            }
        }
    });

    [Theory]
    [InlineData(PhantomAnatomy.Forearm, 3)]
    [InlineData(PhantomAnatomy.Thigh, 4)]
    [InlineData(PhantomAnatomy.BothThighs, 5)]
    public void HostClearance_AroundAPoint_HoldsOneTissue(PhantomAnatomy anatomy, ulong seed)
    {
        Scene scene = SceneLayout.Draw(PhantomOptions.Forearm(seed) with { Anatomy = anatomy, Clothing = true });
        var random = new Random(2);
        int wrong = 0;
        int wide = 0;
        const int PointCount = 100_000;
        for (int i = 0; i < PointCount; i++)
        {
            LpsPoint point = Within(new Box(new(-70, -70, -40), new(70, 90, 40)), random);
            Tissue tissue = scene.HostAt(point, out double clearance);
            double step = Math.Min(clearance, 3);
            LpsPoint other = point + (Frame.Random(new SeededRandom((ulong)i)).W * (step * random.NextDouble()));
            wide += clearance > 0.5 ? 1 : 0;
            wrong += scene.HostAt(other, out _).Hu == tissue.Hu ? 0 : 1;
        }

        // Muscle borders of a power diagram have corners where the bound may be passed by a hair: one in ten thousand is invisible.
        Assert.InRange(wrong, 0, PointCount / 10_000);
        Assert.InRange(wide, PointCount / 4, PointCount);
    }

    private static LpsPoint Within(Box box, Random random) => new(
        box.Min.X + (random.NextDouble() * (box.Max.X - box.Min.X)),
        box.Min.Y + (random.NextDouble() * (box.Max.Y - box.Min.Y)),
        box.Min.Z + (random.NextDouble() * (box.Max.Z - box.Min.Z)));

    private static Dictionary<string, Shape> Shapes()
    {
        Scene scene = SceneLayout.Draw(PhantomOptions.Forearm(21));
        Limb limb = scene.Limbs[0];
        LpsPoint site = limb.At(1.1, 4, 3);
        Frame frame = limb.SurfaceFrame(site);
        var cyst = new MultiloculatedCyst(
            Centre,
            new(18, 22, 30),
            [new(new(0, 0.1, -0.4), 0.5, 0.3), new(new(0.1, -0.1, 0.3), 0.6, 0.2)],
            2,
            1.2);
        var nodule = new Ellipsoid(limb.At(0.4, 0, 2), Frame.Patient, new(3, 3, 3));
        return new Dictionary<string, Shape>(StringComparer.Ordinal)
        {
            ["ball"] = Ellipsoid.Ball(Centre, 1.5),
            ["ellipsoid"] = new Ellipsoid(Centre, Frame.Random(new SeededRandom(1)), new(2, 4, 6)),
            ["capsule"] = new StrutNetwork([new Strut(Centre, Centre + new LpsPoint(6, 8, 0), 1.5, 1.5)]),
            ["cylinder"] = new Cylinder(Centre, new(0.3, 0.2, 1), 2.5, 5),
            ["network"] = new StrutNetwork(
            [
                new Strut(Centre, Centre + new LpsPoint(6, 3, 1), 0.6, 0.9),
                new Strut(Centre, Centre + new LpsPoint(-2, 5, 4), 0.8, 0.5),
                new Strut(Centre + new LpsPoint(6, 3, 1), Centre + new LpsPoint(-2, 5, 4), 0.7, 0.7),
            ]),
            ["plaque"] = new FollowingSheet(limb.Body, site, frame, 3, 28, 24, 3, 4, 0.12, 0.3),
            ["sheet"] = new FollowingSheet(limb.Muscle, limb.At(1.1, 4, limb.Form.SkinMm + limb.FatMm(1.1, 4)), frame, 0, 20, 45, 1.4, 5, 0.1, 1),
            ["line"] = new FollowingSheet(limb.Muscle, limb.At(1.1, 4, limb.Form.SkinMm + limb.FatMm(1.1, 4)), frame, 0, 3, 40, 1.3),
            ["skin nodule"] = new Clipped(nodule, point => limb.Body(point) / Limb.Steepness),
            ["cyst wall"] = cyst.WallAndSepta,
            ["cyst sediment"] = cyst.Sediment,
            ["cyst"] = cyst.Outer,
            ["radius"] = scene.Bones[0],
            ["ulna"] = scene.Bones[1],
            ["carpal"] = scene.Bones[2],
            ["vessel"] = scene.Vessels[0].Shape,
        };
    }
}
