using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms.Anatomy;
using CalcQuant.Phantoms.Scanner;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Deposits;

/// <summary>Draws deposits into a scene, each at a random place that suits its kind, clear of the others, and wholly inside the volume.</summary>
public sealed class DepositPlacement
{
    private const ulong DepositStream = 2;
    private const int MostDraws = 160;
    private const double BetweenDepositsMm = 3;
    private const double FromBoneMm = 2;
    private const double FromVesselMm = 0.8;
    private const double FromBorderMm = 2;
    private const double FromOrganMm = 1;

    // A reader calls what is smaller a speck.
    private const double SpeckBelowMm = 2.5;

    // Extent below the fascia that keeps a nodule apart from it for a reader too.
    private const double BelowFasciaMm = 1.2;

    private readonly Scene _scene;
    private readonly AcquisitionGrid _grid;
    private readonly bool _contrast;
    private readonly bool _composite;
    private readonly SeededRandom _random;
    private readonly List<Deposit> _deposits = [];

    private DepositPlacement(Scene scene, AcquisitionGrid grid, PhantomOptions options)
    {
        _scene = scene;
        _grid = grid;
        _contrast = options.Contrast;
        _composite = options.IsComposite;
        _random = new SeededRandom(options.Seed, DepositStream);
    }

    /// <summary>Places the deposits that the options ask for.</summary>
    public static ImmutableArray<Deposit> Place(PhantomOptions options, Scene scene, AcquisitionGrid grid)
    {
        var placement = new DepositPlacement(scene, grid, options);
        placement._deposits.AddRange(options.Placed.Select(Given));
        IEnumerable<DepositKind> kinds = options.Deposits is { } asked ? asked : placement.DrawKinds(options);

        // Large ones first, or they find no room; a stable sort keeps the caller's order otherwise.
        foreach (DepositKind kind in kinds.OrderBy(RoomRank))
        {
            placement.TryPlace(kind);
        }

        return [.. placement._deposits];
    }

    private static Deposit Given(PlacedDeposit placed)
    {
        Shape shape = placed.Form == PlacedForm.Cylinder
            ? new Cylinder(placed.CentreMm, new(0, 0, 1), placed.DiametersMm.X / 2, placed.DiametersMm.Z)
            : new Ellipsoid(placed.CentreMm, placed.Axes ?? Frame.Patient, placed.DiametersMm * 0.5);
        var core = new Ellipsoid(placed.CentreMm, placed.Axes ?? Frame.Patient, placed.DiametersMm * 0.25);
        return new Deposit
        {
            Kind = DepositKind.Placed,
            Parts = placed.CoreDensityMgPerCm3 is { } dense
                ? [new DepositPart(new Field(shape.Bounds, point => Math.Max(shape.Distance(point), -core.Distance(point))), null, placed.DensityMgPerCm3), new DepositPart(core, null, dense)]
                : [new DepositPart(shape, null, placed.DensityMgPerCm3)],
            Extent = shape,
            Depth = DepthClass.Intramuscular,
            Morphology = Morphology.Nodule,
        };
    }

    private static int RoomRank(DepositKind kind) => kind switch
    {
        DepositKind.GiantCyst => -1,
        DepositKind.MultiloculatedCyst => 0,
        DepositKind.SubcutaneousPlaque or DepositKind.CutaneousPlaque => 1,
        DepositKind.FascialSheet => 2,
        DepositKind.ReticularNetwork => 3,
        DepositKind.FascialLine => 4,
        DepositKind.BoneTouchingNodule => 5,
        DepositKind.SkinTouchingNodule => 6,
        DepositKind.IntramuscularNodule => 7,
        DepositKind.SubcutaneousNodule => 8,
        _ => 9,
    };

    private List<DepositKind> DrawKinds(PhantomOptions options)
    {
        bool thigh = options.Anatomy is PhantomAnatomy.Thigh or PhantomAnatomy.BothThighs;
        List<DepositKind> kinds = [];
        void Add(DepositKind kind, int least, int most) => kinds.AddRange(Enumerable.Repeat(kind, _random.Between(least, most)));
        if (options.Anatomy == PhantomAnatomy.MuscleCylinder)
        {
            return kinds;
        }

        if (options.IsComposite)
        {
            AddCompositeKinds(options.Anatomy, Add);
            return kinds;
        }

        Add(DepositKind.MultiloculatedCyst, 0, thigh ? 1 : 0);
        Add(_random.Chance(0.5) ? DepositKind.SubcutaneousPlaque : DepositKind.CutaneousPlaque, 1, thigh ? 2 : 1);
        Add(DepositKind.FascialSheet, 1, thigh ? 2 : 1);
        Add(DepositKind.ReticularNetwork, 1, 1);
        Add(DepositKind.FascialLine, 0, thigh ? 2 : 1);
        Add(DepositKind.BoneTouchingNodule, 1, thigh ? 2 : 1);
        Add(DepositKind.SkinTouchingNodule, 1, thigh ? 2 : 1);
        Add(DepositKind.IntramuscularNodule, 2, thigh ? 4 : 2);
        Add(DepositKind.SubcutaneousNodule, 2, thigh ? 5 : 3);
        Add(DepositKind.Speck, 4, 7);
        return kinds;
    }

    private void AddCompositeKinds(PhantomAnatomy anatomy, Action<DepositKind, int, int> add)
    {
        bool small = anatomy is PhantomAnatomy.Hand or PhantomAnatomy.ChildLeg;
        bool hand = anatomy == PhantomAnatomy.Hand;
        add(DepositKind.GiantCyst, anatomy == PhantomAnatomy.Shoulder ? 1 : 0, anatomy == PhantomAnatomy.Shoulder ? 1 : 0);
        add(DepositKind.MultiloculatedCyst, 0, anatomy is PhantomAnatomy.Pelvis or PhantomAnatomy.Trunk ? 1 : 0);
        add(_random.Chance(0.5) ? DepositKind.SubcutaneousPlaque : DepositKind.CutaneousPlaque, hand ? 0 : 1, small ? 1 : 2);
        add(DepositKind.FascialSheet, hand ? 0 : 1, small ? 1 : 2);
        add(DepositKind.ReticularNetwork, 0, hand ? 0 : 1);
        add(DepositKind.FascialLine, 0, small ? 1 : 2);
        add(DepositKind.BoneTouchingNodule, 1, small ? 2 : 3);
        add(DepositKind.SkinTouchingNodule, 1, 2);
        add(DepositKind.IntramuscularNodule, hand ? 0 : 1, small ? 1 : 4);
        add(DepositKind.SubcutaneousNodule, hand ? 0 : 2, small ? 2 : 6);
        add(DepositKind.FingertipNodule, hand ? 2 : 0, hand ? 6 : 0);
        add(DepositKind.Speck, 4, 8);
    }

    private void TryPlace(DepositKind kind)
    {
        for (int draw = 0; draw < MostDraws; draw++)
        {
            Limb limb = _scene.Limbs[_random.Between(0, _scene.Limbs.Length - 1)];
            double z = _random.Between(_grid.Bounds.Min.Z + 3, _grid.Bounds.Max.Z - 3);
            double angle = _random.Angle();
            Deposit? deposit = Draw(kind, limb, angle, z);
            if (deposit is not null && Fits(deposit, limb))
            {
                _deposits.Add(deposit);
                return;
            }
        }
    }

    private Deposit? Draw(DepositKind kind, Limb limb, double angle, double z) => kind switch
    {
        DepositKind.SubcutaneousNodule => SubcutaneousNodule(limb, angle, z),
        DepositKind.IntramuscularNodule => IntramuscularNodule(limb, angle, z),
        DepositKind.SubcutaneousPlaque => SubcutaneousPlaque(limb, angle, z),
        DepositKind.CutaneousPlaque => CutaneousPlaque(limb, angle, z),
        DepositKind.FascialSheet => FascialSheet(limb, angle, z),
        DepositKind.FascialLine => FascialLine(limb, angle, z),
        DepositKind.ReticularNetwork => ReticularNetwork(limb, angle, z),
        DepositKind.Speck => Speck(limb, angle, z),
        DepositKind.BoneTouchingNodule => _composite ? NoduleOnAnyBone(limb, angle, z) : BoneTouchingNodule(z),
        DepositKind.SkinTouchingNodule => SkinTouchingNodule(limb, angle, z),
        DepositKind.MultiloculatedCyst => Cyst(limb, angle, z),
        DepositKind.GiantCyst => GiantCyst(limb),
        DepositKind.FingertipNodule => FingertipNodule(limb, angle),
        DepositKind.OssifiedNodule => OssifiedNodule(limb, angle, z),
        DepositKind.Phlebolith => Phlebolith(limb, angle, z),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A placed deposit is given by the caller."),
    };

    private static Deposit Simple(DepositKind kind, Shape shape, double density, DepthClass depth, Morphology morphology) => new()
    {
        Kind = kind,
        Parts = [new DepositPart(shape, null, density)],
        Extent = shape,
        Depth = depth,
        Morphology = morphology,
    };

    private LpsPoint SemiAxes(double diameterMm) => new LpsPoint(
        diameterMm / 2 * _random.Between(0.8, 1.2),
        diameterMm / 2 * _random.Between(0.8, 1.2),
        diameterMm / 2 * _random.Between(0.8, 1.2));

    private Deposit? SubcutaneousNodule(Limb limb, double angle, double z)
    {
        double fat = limb.FatMm(angle, z);
        double diameter = _random.Between(3.0, 12.0);

        // Flattened where the fat is thin; refused where it would become a disc.
        double across = Math.Min(diameter, fat - 1.2);
        if (across < 0.55 * diameter || across < 2.5)
        {
            return null;
        }

        double slack = (fat - across) / 2;
        LpsPoint centre = limb.At(angle, z, limb.Form.SkinMm + (fat / 2) + (_random.Between(-0.6, 0.6) * slack));
        Frame frame = limb.SurfaceFrame(centre).TurnedAboutW(_random.Angle());
        LpsPoint semi = SemiAxes(diameter) with { Z = across / 2 * _random.Between(0.85, 0.97) };
        return Simple(DepositKind.SubcutaneousNodule, new Ellipsoid(centre, frame, semi), _random.Between(150.0, 900.0), DepthClass.Subcutaneous, Morphology.Nodule);
    }

    private Deposit IntramuscularNodule(Limb limb, double angle, double z)
    {
        double diameter = _random.Between(3.0, 11.0);
        double top = limb.Form.SkinMm + limb.FatMm(angle, z) + (diameter / 2) + BelowFasciaMm;
        LpsPoint centre = limb.At(angle, z, top + _random.Between(0.5, limb.Form.RadiusMm * 0.45));
        return Simple(
            DepositKind.IntramuscularNodule,
            new Ellipsoid(centre, Frame.Random(_random), SemiAxes(diameter)),
            _random.Between(150.0, 900.0),
            DepthClass.Intramuscular,
            Morphology.Nodule);
    }

    private Deposit? SubcutaneousPlaque(Limb limb, double angle, double z)
    {
        double thickness = _random.Between(2.0, 4.0);
        double fat = limb.FatMm(angle, z);
        if (fat < thickness + 1.6)
        {
            return null;
        }

        double depth = limb.Form.SkinMm + _random.Between((thickness / 2) + 0.6, fat - (thickness / 2) - 0.6);
        return Simple(
            DepositKind.SubcutaneousPlaque,
            Sheet(limb.Body, limb, angle, z, depth, depth, _random.Between(24.0, 33.0), _random.Between(24.0, 33.0), thickness, lobes: _random.Between(3, 6)),
            _random.Between(250.0, 900.0),
            DepthClass.Subcutaneous,
            Morphology.Plaque);
    }

    private Deposit CutaneousPlaque(Limb limb, double angle, double z)
    {
        // Skin thickens where it calcifies: the plaque reaches a little into the fat.
        double thickness = _random.Between(2.0, 2.8);
        double depth = _random.Between(0.2, 0.5) + (thickness / 2);
        return Simple(
            DepositKind.CutaneousPlaque,
            Sheet(limb.Body, limb, angle, z, depth, depth, _random.Between(22.0, 32.0), _random.Between(22.0, 32.0), thickness, lobes: _random.Between(3, 6)),
            _random.Between(250.0, 900.0),
            DepthClass.Cutaneous,
            Morphology.Plaque);
    }

    private Deposit FascialSheet(Limb limb, double angle, double z) => Simple(
        DepositKind.FascialSheet,
        Sheet(
            limb.Muscle,
            limb,
            angle,
            z,
            0,
            limb.Form.SkinMm + limb.FatMm(angle, z),
            _random.Between(18.0, 32.0),
            _random.Between(20.0, 50.0),
            _random.Between(1.2, 2.0),
            lobes: _random.Between(3, 7)),
        _random.Between(300.0, 900.0),
        DepthClass.Fascial,
        Morphology.Sheet);

    private Deposit FascialLine(Limb limb, double angle, double z) => Simple(
        DepositKind.FascialLine,
        Sheet(
            limb.Muscle,
            limb,
            angle,
            z,
            0,
            limb.Form.SkinMm + limb.FatMm(angle, z),
            _random.Between(2.6, 4.0),
            _random.Between(25.0, 50.0),
            _random.Between(1.2, 1.8),
            lobes: 0),
        _random.Between(350.0, 900.0),
        DepthClass.Fascial,
        Morphology.Linear);

    private FollowingSheet Sheet(
        Func<LpsPoint, double> surface,
        Limb limb,
        double angle,
        double z,
        double depthBelowSurface,
        double depthBelowSkin,
        double lengthU,
        double lengthV,
        double thickness,
        int lobes)
    {
        LpsPoint centre = limb.At(angle, z, depthBelowSkin);
        Frame frame = limb.SurfaceFrame(centre).TurnedAboutW(_random.Between(-0.5, 0.5));
        return new FollowingSheet(surface, centre, frame, depthBelowSurface, lengthU, lengthV, thickness, lobes, _random.Between(0.04, 0.14), _random.Angle());
    }

    private Deposit? ReticularNetwork(Limb limb, double angle, double z)
    {
        const double ThickestStrutMm = 1;
        const double SkinClearanceMm = 0.4;
        const double FasciaClearanceMm = 0.9;
        const double DepthRangeMm = 4;
        double mesh = _random.Between(5.0, 7.5);
        int around = _random.Between(4, 6);
        int along = _random.Between(4, 7);
        double depthLow = limb.Form.SkinMm + SkinClearanceMm + ThickestStrutMm;
        double radius = limb.Form.RadiusMm;
        var nodes = new LpsPoint[around, along];
        for (int i = 0; i < around; i++)
        {
            for (int k = 0; k < along; k++)
            {
                double turn = ((i - ((around - 1) / 2.0)) + _random.Between(-0.3, 0.3)) * mesh / radius;
                double height = z + (((k - ((along - 1) / 2.0)) + _random.Between(-0.3, 0.3)) * mesh);
                double depthHigh = limb.Form.SkinMm + limb.FatMm(angle + turn, height) - FasciaClearanceMm - ThickestStrutMm;
                if (depthHigh < depthLow)
                {
                    return null;
                }

                nodes[i, k] = limb.At(angle + turn, height, _random.Between(depthLow, Math.Min(depthHigh, depthLow + DepthRangeMm)));
            }
        }

        const double StrutChance = 0.82;
        const double DiagonalChance = 0.2;
        var struts = ImmutableArray.CreateBuilder<Strut>();
        void Connect(LpsPoint start, LpsPoint end, double chance)
        {
            double startRadius = _random.Between(0.5, ThickestStrutMm);
            double endRadius = _random.Between(0.5, ThickestStrutMm);
            if (_random.Chance(chance))
            {
                struts.Add(new Strut(start, end, startRadius, endRadius));
            }
        }

        for (int i = 0; i < around; i++)
        {
            for (int k = 0; k < along; k++)
            {
                if (i + 1 < around)
                {
                    Connect(nodes[i, k], nodes[i + 1, k], StrutChance);
                }

                if (k + 1 < along)
                {
                    Connect(nodes[i, k], nodes[i, k + 1], StrutChance);
                }

                if (i + 1 < around && k + 1 < along)
                {
                    Connect(nodes[i, k], nodes[i + 1, k + 1], DiagonalChance);
                }
            }
        }

        return Simple(
            DepositKind.ReticularNetwork,
            new StrutNetwork(struts.ToImmutable()),
            _random.Between(450.0, 900.0),
            DepthClass.Subcutaneous,
            Morphology.Reticular);
    }

    private Deposit? Speck(Limb limb, double angle, double z)
    {
        double diameter = _random.Between(1.0, 3.0);
        double fat = limb.FatMm(angle, z);
        bool deep = _random.Chance(0.4);
        if (!deep && fat < diameter + 1.4)
        {
            return null;
        }

        double depth = deep
            ? limb.Form.SkinMm + fat + BelowFasciaMm + diameter + _random.Between(0.5, 14.0)
            : limb.Form.SkinMm + _random.Between((diameter / 2) + 0.6, fat - (diameter / 2) - 0.6);
        return Simple(
            DepositKind.Speck,
            new Ellipsoid(limb.At(angle, z, depth), Frame.Random(_random), SemiAxes(diameter)),
            _random.Between(350.0, 900.0),
            deep ? DepthClass.Intramuscular : DepthClass.Subcutaneous,
            Morphology.Punctate);
    }

    private Deposit? BoneTouchingNodule(double z)
    {
        LongBone[] bones = [.. _scene.Bones.OfType<LongBone>()];
        if (bones.Length == 0)
        {
            return null;
        }

        LongBone bone = bones[_random.Between(0, bones.Length - 1)];
        double angle = _random.Angle();
        LpsPoint surface = bone.SurfacePoint(z, angle);
        double radius = _random.Between(2.5, 5.0);
        LpsPoint outwards = surface - ((bone.SurfacePoint(z, angle + Math.PI) + surface) * 0.5);
        LpsPoint normal = (outwards with { Z = 0 }).Normalized();
        LpsPoint centre = surface + (normal * (radius * _random.Between(0.5, 0.85)));
        var drawn = new Ellipsoid(centre, Frame.Along(normal).TurnedAboutW(_random.Angle()), new(radius * _random.Between(0.9, 1.25), radius * _random.Between(0.9, 1.25), radius));
        var clipped = new Clipped(drawn, point => -_scene.BoneDistance(point));
        return new Deposit
        {
            Kind = DepositKind.BoneTouchingNodule,
            Parts = [new DepositPart(clipped, drawn, _random.Between(250.0, 800.0))],
            Extent = clipped,
            Depth = DepthClass.Intramuscular,
            Morphology = Morphology.Nodule,
            TouchesBone = true,
        };
    }

    // Goes inwards from the skin until it meets bone.
    private Deposit? NoduleOnAnyBone(Limb limb, double angle, double z)
    {
        const double StepMm = 0.5;
        const double SearchShare = 0.7;
        double depth = limb.Form.SkinMm;
        Bone? bone = null;
        while (bone is null && depth < limb.Form.RadiusMm * SearchShare)
        {
            depth += StepMm;
            LpsPoint at = limb.At(angle, z, depth);
            bone = _scene.Bones.FirstOrDefault(candidate => candidate.Distance(at) < 0);
        }

        if (bone is null or CostalCartilage)
        {
            return null;
        }

        double outside = depth - StepMm;
        for (int i = 0; i < 12; i++)
        {
            double middle = (outside + depth) / 2;
            (outside, depth) = bone.Distance(limb.At(angle, z, middle)) < 0 ? (outside, middle) : (middle, depth);
        }

        const double Nudge = 0.05;
        LpsPoint surface = limb.At(angle, z, depth);
        LpsPoint gradient = new LpsPoint(
            bone.Distance(surface + new LpsPoint(Nudge, 0, 0)) - bone.Distance(surface - new LpsPoint(Nudge, 0, 0)),
            bone.Distance(surface + new LpsPoint(0, Nudge, 0)) - bone.Distance(surface - new LpsPoint(0, Nudge, 0)),
            bone.Distance(surface + new LpsPoint(0, 0, Nudge)) - bone.Distance(surface - new LpsPoint(0, 0, Nudge)));
        if (gradient.Length < Nudge)
        {
            return null;
        }

        LpsPoint normal = gradient.Normalized();
        double radius = _scene.Limbs.Length > 2 ? _random.Between(1.5, 3.0) : _random.Between(2.5, 5.5);
        LpsPoint centre = surface + (normal * (radius * _random.Between(0.5, 0.85)));
        var drawn = new Ellipsoid(centre, Frame.Along(normal).TurnedAboutW(_random.Angle()), new(radius * _random.Between(0.9, 1.25), radius * _random.Between(0.9, 1.25), radius));
        var clipped = new Clipped(drawn, point => -_scene.BoneDistance(point));
        return new Deposit
        {
            Kind = DepositKind.BoneTouchingNodule,
            Parts = [new DepositPart(clipped, drawn, _random.Between(250.0, 800.0))],
            Extent = clipped,
            Depth = limb.Muscle(centre) > 0 ? DepthClass.Subcutaneous : DepthClass.Intramuscular,
            Morphology = Morphology.Nodule,
            TouchesBone = true,
        };
    }

    private Deposit OssifiedNodule(Limb limb, double angle, double z)
    {
        double diameter = _random.Between(11.0, 20.0);
        double marrowHu = _random.Between(-90.0, -30.0);
        (Ellipsoid outer, Ellipsoid core) = ShellInMuscle(limb, angle, z, diameter, _random.Between(1.6, 2.4));
        return new Deposit
        {
            Kind = DepositKind.OssifiedNodule,
            Parts = [new DepositPart(new Clipped(outer, point => -core.Distance(point)), null, _random.Between(500.0, 900.0))],
            Lumen = new DepositLumen(core, marrowHu),
            Extent = outer,
            Depth = DepthClass.Intramuscular,
            Morphology = Morphology.Cystic,
        };
    }

    private Deposit Phlebolith(Limb limb, double angle, double z)
    {
        double diameter = _random.Between(5.0, 8.0);
        (Ellipsoid outer, Ellipsoid core) = ShellInMuscle(limb, angle, z, diameter, diameter * 0.26);
        double density = _random.Between(500.0, 900.0);
        return new Deposit
        {
            Kind = DepositKind.Phlebolith,
            Parts =
            [
                new DepositPart(new Clipped(outer, point => -core.Distance(point)), null, density),
                new DepositPart(core, null, density * _random.Between(0.1, 0.3)),
            ],
            Extent = outer,
            Depth = DepthClass.Intramuscular,
            Morphology = Morphology.Phlebolith,
        };
    }

    /// <summary>A roundish body inside a muscle, and what a shell of a thickness leaves of it.</summary>
    private (Ellipsoid Outer, Ellipsoid Core) ShellInMuscle(Limb limb, double angle, double z, double diameter, double shellMm)
    {
        double top = limb.Form.SkinMm + limb.FatMm(angle, z) + (diameter / 2) + BelowFasciaMm;
        LpsPoint centre = limb.At(angle, z, top + _random.Between(0.5, limb.Form.RadiusMm * 0.35));
        Frame frame = Frame.Random(_random);
        LpsPoint semi = new LpsPoint(_random.Between(0.9, 1.1), _random.Between(0.9, 1.1), _random.Between(0.9, 1.1)) * (diameter / 2);
        return (new Ellipsoid(centre, frame, semi), new Ellipsoid(centre, frame, semi - new LpsPoint(shellMm, shellMm, shellMm)));
    }

    private Deposit? FingertipNodule(Limb limb, double angle)
    {
        const double PulpMm = 14;
        if (limb.Form.Ends is not { } ends || double.IsInfinity(ends.UpperZ))
        {
            return null;
        }

        double z = ends.UpperZ - _random.Between(2.0, PulpMm);
        double diameter = _random.Between(1.6, 3.6);
        double fat = limb.FatMm(angle, z);
        double depth = limb.Form.SkinMm + (fat / 2) + _random.Between(-0.3, 0.3);
        var semi = new LpsPoint(diameter / 2 * _random.Between(0.8, 1.2), diameter / 2 * _random.Between(0.8, 1.4), Math.Min(diameter, fat - 0.6) / 2);
        if (semi.Z < 0.6)
        {
            return null;
        }

        LpsPoint centre = limb.At(angle, z, depth);
        var shape = new Ellipsoid(centre, limb.SurfaceFrame(centre).TurnedAboutW(_random.Angle()), semi);
        return Simple(DepositKind.FingertipNodule, shape, _random.Between(250.0, 900.0), DepthClass.Subcutaneous, diameter < SpeckBelowMm ? Morphology.Punctate : Morphology.Nodule);
    }

    private Deposit GiantCyst(Limb limb)
    {
        double across = _random.Between(11.0, 16.0);
        double angle = (Math.PI / 2) + _random.Between(-1.0, 1.0);
        double z = _random.Between(-8.0, 8.0);
        double depth = limb.Form.SkinMm + limb.FatMm(angle, z) + (across * 1.2) + BelowFasciaMm + _random.Between(0.5, 4.0);
        LpsPoint centre = limb.At(angle, z, depth);
        double height = (_grid.Bounds.Max.Z - _grid.Bounds.Min.Z) * _random.Between(0.3, 0.4);
        double wide = _random.Between(34.0, 48.0);
        int count = _random.Between(4, 7);
        var chambers = ImmutableArray.CreateBuilder<MultiloculatedCyst.Chamber>();
        for (int i = 0; i < count; i++)
        {
            // Two rows of chambers, each reaching into its neighbours.
            double along = count == 1 ? 0 : ((double)i / (count - 1) * 1.3) - 0.65;
            double radius = _random.Between(0.4, 0.52);
            var at = new LpsPoint(((i & 1) == 0 ? -1 : 1) * _random.Between(0.1, 0.3), _random.Between(-0.2, 0.2), along);
            chambers.Add(new(at, radius, at.Y + (radius * _random.Between(0.1, 0.6))));
        }

        var cyst = new MultiloculatedCyst(centre, new(wide, across * 1.6, height), chambers.ToImmutable(), _random.Between(1.8, 3.2), _random.Between(1.1, 1.8));
        return Calcified(cyst, DepositKind.GiantCyst);
    }

    private Deposit SkinTouchingNodule(Limb limb, double angle, double z)
    {
        double radius = _random.Between(2.0, 3.8);
        LpsPoint centre = limb.At(angle, z, radius * _random.Between(0.6, 0.85));
        Frame frame = limb.SurfaceFrame(centre).TurnedAboutW(_random.Angle());
        var drawn = new Ellipsoid(centre, frame, new(radius * _random.Between(0.95, 1.35), radius * _random.Between(0.95, 1.35), radius));
        var clipped = new Clipped(drawn, point => limb.Body(point) / Limb.Steepness);
        return new Deposit
        {
            Kind = DepositKind.SkinTouchingNodule,
            Parts = [new DepositPart(clipped, drawn, _random.Between(250.0, 900.0))],
            Extent = clipped,
            Depth = DepthClass.Cutaneous,
            Morphology = Morphology.Nodule,
            TouchesSkin = true,
        };
    }

    private Deposit Cyst(Limb limb, double angle, double z)
    {
        double across = _random.Between(13.0, 19.0);
        double fat = limb.FatMm(angle, z);
        double depth = limb.Form.SkinMm + fat + (across * 1.05) + BelowFasciaMm + 0.5;
        LpsPoint centre = limb.At(angle, z, depth);
        LpsPoint normal = limb.SurfaceFrame(centre).W;

        // Thin across the muscle, longer around it and longest along the limb; stretched along the patient axes only.
        double around = across * _random.Between(1.2, 1.6);
        double weightX = Math.Abs(normal.X);
        var scale = new LpsPoint(
            (across * weightX) + (around * (1 - weightX)),
            (across * (1 - weightX)) + (around * weightX),
            Math.Min(_random.Between(24.0, 44.0), (_grid.Bounds.Max.Z - _grid.Bounds.Min.Z) * 0.32));
        int count = _random.Between(2, 4);
        var chambers = ImmutableArray.CreateBuilder<MultiloculatedCyst.Chamber>();
        for (int i = 0; i < count; i++)
        {
            double along = count == 1 ? 0 : ((double)i / (count - 1) * 1.1) - 0.55;
            double radius = _random.Between(0.42, 0.62);
            var at = new LpsPoint(_random.Between(-0.3, 0.3), _random.Between(-0.3, 0.3), along * _random.Between(0.9, 1.1));
            chambers.Add(new(at, radius, at.Y + (radius * _random.Between(0.1, 0.6))));
        }

        var cyst = new MultiloculatedCyst(centre, scale, chambers.ToImmutable(), _random.Between(1.6, 2.8), _random.Between(1.0, 1.6));
        return Calcified(cyst, DepositKind.MultiloculatedCyst);
    }

    private Deposit Calcified(MultiloculatedCyst cyst, DepositKind kind) => new()
    {
        Kind = kind,
        Parts =
        [
            new DepositPart(cyst.WallAndSepta, null, _random.Between(350.0, 800.0)),
            new DepositPart(cyst.Sediment, null, _random.Between(120.0, 260.0)),
        ],
        Lumen = new DepositLumen(cyst.Outer, _random.Between(8.0, 28.0)),
        Extent = cyst.Outer,
        Depth = DepthClass.Intramuscular,
        Morphology = Morphology.Cystic,
    };

    private bool Fits(Deposit deposit, Limb limb)
    {
        const int SamplesAcross = 14;
        const double CoarseFactor = 4;
        Box box = deposit.Extent.Bounds;
        LpsPoint size = box.Max - box.Min;
        double step = Math.Clamp(Math.Min(size.X, Math.Min(size.Y, size.Z)) / SamplesAcross, 0.25, 0.8);

        // Most draws fail: a coarse look finds that cheaply.
        return AllSuit(deposit, limb, step * CoarseFactor, out _) && AllSuit(deposit, limb, step, out bool any) && any;
    }

    private bool AllSuit(Deposit deposit, Limb limb, double step, out bool any)
    {
        any = false;
        Box box = deposit.Extent.Bounds;
        for (double z = box.Min.Z + (step / 2); z < box.Max.Z; z += step)
        {
            for (double y = box.Min.Y + (step / 2); y < box.Max.Y; y += step)
            {
                for (double x = box.Min.X + (step / 2); x < box.Max.X; x += step)
                {
                    var point = new LpsPoint(x, y, z);
                    if (deposit.Extent.Distance(point) >= 0)
                    {
                        continue;
                    }

                    any = true;
                    if (!Suits(deposit, limb, point))
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

    // Where limbs meet, as the fingers in the palm, the skin of one lies inside the other.
    private bool InsideOnly(Limb limb, LpsPoint point)
    {
        foreach (Limb other in _scene.Limbs)
        {
            if (other != limb && other.Body(point) <= 0)
            {
                return false;
            }
        }

        return true;
    }

    private bool Suits(Deposit deposit, Limb limb, LpsPoint point)
    {
        double body = limb.Body(point);
        double muscle = limb.Muscle(point);
        bool compartment = deposit.Depth switch
        {
            DepthClass.Subcutaneous => body < -limb.Form.SkinMm - 0.2 && muscle > (limb.Form.FasciaMm / 2) + 0.2,
            DepthClass.Intramuscular => deposit.TouchesBone ? body < -limb.Form.SkinMm - 0.5 : muscle < -BelowFasciaMm,
            DepthClass.Cutaneous => body < 0,
            _ => body < -limb.Form.SkinMm,
        };
        // Veins lie everywhere under the skin: broad deposits grow around them. Filled with contrast they would be one with the deposit.
        bool mayCrossVessels = !_contrast && deposit.Morphology is (Morphology.Reticular or Morphology.Plaque or Morphology.Sheet or Morphology.Linear);
        return compartment
            && (!_composite || (_scene.OrganDistance(point) > FromOrganMm && InsideOnly(limb, point)))
            && _grid.Contains(point, FromBorderMm)
            && (deposit.TouchesBone || _scene.BoneDistance(point) > FromBoneMm)
            && (mayCrossVessels || _scene.VesselDistance(point) > FromVesselMm)
            && _deposits.TrueForAll(other => other.Extent.Distance(point) > BetweenDepositsMm);
    }
}
