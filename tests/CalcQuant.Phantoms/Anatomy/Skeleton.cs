using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>Cartilage between rib and breastbone: a little denser than muscle, often with specks of calcium.</summary>
public sealed class CostalCartilage(Shape outer, double hu, Shape? specks, double speckHu) : Bone
{
    /// <inheritdoc/>
    public override Box Bounds => outer.Bounds;

    /// <inheritdoc/>
    public override double Distance(LpsPoint point) => outer.Distance(point);

    /// <inheritdoc/>
    public override double Hu(LpsPoint point, double distance, out double clearanceMm)
    {
        double speck = specks?.Distance(point) ?? double.MaxValue;
        clearanceMm = Math.Abs(speck);
        return speck < 0 ? speckHu : hu;
    }
}

/// <summary>Bones that several families share: spine, ribs, breastbone.</summary>
internal sealed class Skeleton(SeededRandom random, BoneQuality quality, double lowestZ, double highestZ)
{
    private readonly ValueNoise _grain = new(random.NextBits(), 1.4);
    private readonly List<Bone> _bones = [];

    /// <summary>What was drawn so far.</summary>
    public List<Bone> Bones => _bones;

    /// <summary>Adds a bone of thin cortex around trabecular bone; one that lies beyond the slices is left out.</summary>
    public void Add(Shape shape, double cortexLowMm, double cortexHighMm, double trabecularLowHu = 140, double trabecularHighHu = 240)
    {
        double cortexMm = quality.CortexMm(random, cortexLowMm, cortexHighMm);
        double cortexHu = quality.CortexHu(random, 700.0, 1150.0);
        double trabecularHu = quality.TrabecularHu(random, trabecularLowHu, trabecularHighHu);
        if (Reaches(shape))
        {
            _bones.Add(new ShortBone(shape, cortexMm, cortexHu, trabecularHu, _grain));
        }
    }

    /// <summary>A bar with a round section through some points.</summary>
    public static StrutNetwork Bar(double startRadiusMm, double endRadiusMm, params ReadOnlySpan<LpsPoint> points)
    {
        var struts = ImmutableArray.CreateBuilder<Strut>();
        int last = points.Length - 1;
        for (int i = 0; i < last; i++)
        {
            double from = startRadiusMm + ((endRadiusMm - startRadiusMm) * i / last);
            double to = startRadiusMm + ((endRadiusMm - startRadiusMm) * (i + 1) / last);
            struts.Add(new Strut(points[i], points[i + 1], from, to));
        }

        return new StrutNetwork(struts.ToImmutable());
    }

    /// <summary>Adds the vertebrae that the slices meet.</summary>
    /// <param name="middleX">Left of the middle of the bodies, mm.</param>
    /// <param name="middleY">Posterior of the middle of the bodies, mm.</param>
    /// <param name="bodyRadiusMm">Mean radius of the bodies.</param>
    /// <param name="topZ">Where the spine ends above; null beyond the slices.</param>
    /// <param name="bottomZ">Where it ends below; null beyond the slices.</param>
    /// <param name="isInside">True for a place that the tips of the spinous processes may reach; null for any.</param>
    public void AddSpine(double middleX, double middleY, double bodyRadiusMm, double? topZ = null, double? bottomZ = null, Func<LpsPoint, bool>? isInside = null)
    {
        double height = bodyRadiusMm * random.Between(1.3, 1.55);
        double disc = height * random.Between(0.22, 0.34);
        double tilt = random.Between(-0.05, 0.05);
        double z = bottomZ ?? (lowestZ - 60 - (random.NextUnit() * (height + disc)));
        var flatness = random.Between(0.1, 0.18);
        while (z + height < (topZ ?? highestZ + 60))
        {
            double x = middleX + (tilt * z) + random.Between(-0.8, 0.8);
            double y = middleY + random.Between(-0.8, 0.8);
            var body = new LongBone(
                new LongBoneForm
                {
                    Axis = new Axis(x, y, 0, 0, 0, 0),
                    LowerZ = z,
                    UpperZ = z + height,
                    ShaftRadiusMm = bodyRadiusMm - 2,
                    LowerFlareMm = 1,
                    UpperFlareMm = 1,
                    FlareReachMm = height * 0.7,
                    EndRoundingMm = 3,
                    Ridge = 0.03,
                    Flatness = flatness,
                    RidgeAngle = 0,
                    ShaftCortexMm = 1,
                    EndCortexMm = 1,
                    CortexHu = 0,
                    EndCortexHu = 0,
                    FatMarrowHu = 0,
                    TrabecularHu = 0,
                },
                _grain);
            Add(new Union([body, .. Arch(x, y, z + (height * 0.6), bodyRadiusMm, isInside)]), 0.5, 0.9, 150, 250);
            z += height + disc;
        }
    }

    private ImmutableArray<Shape> Arch(double x, double y, double z, double bodyRadiusMm, Func<LpsPoint, bool>? isInside)
    {
        double canal = random.Between(9.0, 12.0);
        double back = y + (bodyRadiusMm * 0.85);
        double pedicle = random.Between(3.2, 4.6);
        double wide = random.Between(24.0, 36.0);
        double spinous = random.Between(22.0, 32.0);
        double sink = random.Between(6.0, 18.0);
        var root = new LpsPoint(x, back + (canal * 1.75), z - 4);
        var parts = ImmutableArray.CreateBuilder<Shape>();
        foreach (int side in (int[])[-1, 1])
        {
            var foot = new LpsPoint(x + (side * canal), back - 4, z);
            var joint = new LpsPoint(x + (side * (canal + 3)), back + canal, z - 1);
            parts.Add(Bar(pedicle, pedicle, foot, joint));
            parts.Add(Bar(pedicle * 0.85, pedicle * 0.75, joint, root));
            parts.Add(Bar(pedicle, pedicle * 0.7, joint, new LpsPoint(x + (side * wide), back + canal + random.Between(0.0, 8.0), z + random.Between(-3.0, 3.0))));
            parts.Add(Bar(pedicle * 1.25, pedicle, joint + new LpsPoint(side * 1.5, 1, 8), joint + new LpsPoint(side * 1.5, 2, -10)));
        }

        var tip = new LpsPoint(x + random.Between(-2.0, 2.0), root.Y + spinous, root.Z - sink);
        while (isInside?.Invoke(tip) == false && tip.Y > root.Y + 1)
        {
            tip -= new LpsPoint(0, 1, 0);
        }

        parts.Add(new OvalBar(
            [root, tip],
            [new LpsPoint(1, 0, 0), new LpsPoint(1, 0, 0)],
            random.Between(2.4, 3.6),
            random.Between(6.0, 10.0)));
        return parts.ToImmutable();
    }

    /// <summary>Adds ribs in the wall of a chest, with their cartilage and the breastbone where asked.</summary>
    /// <param name="limb">The body.</param>
    /// <param name="wallMm">Thickness of the muscle wall.</param>
    /// <param name="spine">Middle of the vertebral bodies, at any height.</param>
    /// <param name="highestHeadZ">Height of the uppermost rib's head.</param>
    /// <param name="ribCount">Ribs from there down.</param>
    /// <param name="lowestSternumZ">Lower end of the breastbone; null for none.</param>
    public void AddRibs(Limb limb, double wallMm, LpsPoint spine, double highestHeadZ, int ribCount, double? lowestSternumZ)
    {
        double step = random.Between(24.0, 30.0);
        double drop = random.Between(55.0, 95.0);
        double thick = random.Between(2.8, 4.0);
        double tall = random.Between(5.2, 7.0);
        if (lowestSternumZ is { } sternumZ)
        {
            AddSternum(limb, sternumZ, wallMm);
        }

        for (int rib = 0; rib < ribCount; rib++)
        {
            double headZ = highestHeadZ - (rib * step) + random.Between(-2.0, 2.0);
            bool floating = rib >= ribCount - 2;
            double reach = floating ? random.Between(1.2, 1.6) : random.Between(2.05, 2.5);
            foreach (int side in (int[])[-1, 1])
            {
                AddRib(limb, wallMm, spine, headZ + random.Between(-2.0, 2.0), drop, reach + random.Between(-0.05, 0.05), side, thick, tall, !floating, lowestSternumZ);
            }
        }
    }

    private void AddRib(
        Limb limb,
        double wallMm,
        LpsPoint spine,
        double headZ,
        double drop,
        double reach,
        int side,
        double thick,
        double tall,
        bool joined,
        double? lowestSternumZ)
    {
        const int PointCount = 18;
        const double FirstTurn = 0.2;
        const double BlendTurn = 0.55;
        double wave = random.Between(0.75, 1.0);
        double jitter = random.Between(-1.5, 1.5);
        LpsPoint At(double turn, double z)
        {
            double angle = (Math.PI / 2) - (side * turn);
            double depth = limb.Form.SkinMm + limb.FatMm(angle, z) + wallMm - thick - 2.5 + (jitter * Math.Sin(turn * 2));
            return limb.At(angle, z, depth);
        }

        var points = ImmutableArray.CreateBuilder<LpsPoint>();
        var outwards = ImmutableArray.CreateBuilder<LpsPoint>();
        void Take(LpsPoint point)
        {
            LpsPoint axis = limb.Form.Axis.At(point.Z);
            points.Add(point);
            outwards.Add(new LpsPoint(point.X - axis.X, point.Y - axis.Y, 0).Normalized());
        }

        for (int i = 0; i < PointCount; i++)
        {
            double t = (double)i / (PointCount - 1);
            double turn = FirstTurn + ((reach - FirstTurn) * t);
            double z = headZ - (drop * Math.Pow(t, wave) * (reach / 2.5));
            var head = new LpsPoint(spine.X + (side * (22 + (t * 90))), spine.Y + 10 + (t * 30), z);
            double blend = Math.Clamp((turn - FirstTurn) / BlendTurn, 0, 1);
            blend = blend * blend * (3 - (2 * blend));
            Take((head * (1 - blend)) + (At(turn, z) * blend));
        }

        Add(new OvalBar(points.ToImmutable(), outwards.ToImmutable(), thick, tall), 0.7, 1.4, 80, 180);
        LpsPoint end = points[^1];
        double rise = random.Between(8.0, 40.0);
        double lastTurn = Math.PI - random.Between(0.12, 0.2);
        double cartilageHu = random.Between(90.0, 180.0);
        double speckHu = random.Between(250.0, 600.0);
        int speckCount = random.Between(0, 5);
        if (!joined || lowestSternumZ is not { } sternumZ)
        {
            return;
        }

        double endZ = Math.Max(end.Z + rise, sternumZ + 4);
        points.Clear();
        outwards.Clear();
        const int CartilagePointCount = 8;
        for (int i = 0; i < CartilagePointCount; i++)
        {
            double t = (double)i / (CartilagePointCount - 1);
            Take(At(reach + ((lastTurn - reach) * t), end.Z + ((endZ - end.Z) * t * t)));
        }

        var bar = new OvalBar(points.ToImmutable(), outwards.ToImmutable(), thick + 0.4, tall + 0.5);
        var specks = ImmutableArray.CreateBuilder<Shape>();
        for (int i = 0; i < speckCount; i++)
        {
            LpsPoint at = points[random.Between(0, CartilagePointCount - 1)] + (outwards[0] * random.Between(-thick, thick));
            specks.Add(Ellipsoid.Ball(at, random.Between(0.8, 2.6)));
        }

        if (Reaches(bar))
        {
            _bones.Add(new CostalCartilage(bar, cartilageHu, specks.Count > 0 ? new Union(specks.ToImmutable()) : null, speckHu));
        }
    }

    private void AddSternum(Limb limb, double lowestZ, double wallMm)
    {
        double thick = random.Between(4.0, 5.5);
        double wide = random.Between(15.0, 21.0);
        var points = ImmutableArray.CreateBuilder<LpsPoint>();
        for (int i = 0; i < 6; i++)
        {
            double z = lowestZ + (i * 30);
            points.Add(limb.At(-Math.PI / 2, z, limb.Form.SkinMm + limb.FatMm(-Math.PI / 2, z) + Math.Min(wallMm - thick, thick + 3)));
        }

        Add(new OvalBar(points.ToImmutable(), [.. points.Select(_ => new LpsPoint(0, 1, 0))], thick, wide), 0.7, 1.3, 80, 180);
    }

    private bool Reaches(Shape shape) => shape.Bounds.Min.Z < highestZ && shape.Bounds.Max.Z > lowestZ;
}
