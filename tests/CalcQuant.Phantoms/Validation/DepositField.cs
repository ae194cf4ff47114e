using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Validation;

/// <summary>A deposit of a field with the figures it is tabled under.</summary>
/// <param name="Placed">Where and what it is.</param>
/// <param name="SizeMm">Nominal diameter, mm.</param>
internal sealed record FieldDeposit(PlacedDeposit Placed, double SizeMm)
{
    /// <summary>Greatest half extent, mm.</summary>
    public double ReachMm => Placed.Form == PlacedForm.Cylinder
        ? Math.Sqrt((Placed.DiametersMm.X * Placed.DiametersMm.X) + (Placed.DiametersMm.Z * Placed.DiametersMm.Z)) / 2
        : Math.Max(Placed.DiametersMm.X, Math.Max(Placed.DiametersMm.Y, Placed.DiametersMm.Z)) / 2;
}

/// <summary>
/// Isolated deposits of all sizes and densities of a set in one limb-like cylinder: muscle under fat and skin, so that the analysis measures the blur
/// itself. Positions are random in all three directions, and with them how the deposits meet the voxel grid.
/// </summary>
/// <param name="Options">The phantom.</param>
/// <param name="Deposits">Its deposits, in the order of the truth.</param>
internal sealed record DepositField(PhantomOptions Options, ImmutableArray<FieldDeposit> Deposits)
{
    /// <summary>Densities of the inserts of the calcium scoring phantom of QRM, mg/cm³.</summary>
    public static readonly ImmutableArray<double> DensitiesMgPerCm3 = [200, 400, 800];

    /// <summary>Diameters of the balls, mm.</summary>
    public static readonly ImmutableArray<double> BallDiametersMm = [1, 2, 3, 5, 8, 12, 20];

    /// <summary>Mean diameters of the ellipsoids, mm.</summary>
    public static readonly ImmutableArray<double> EllipsoidDiametersMm = [3, 5, 8];

    /// <summary>Diameters and lengths of the inserts of the calcium scoring phantom of QRM, mm.</summary>
    public static readonly ImmutableArray<double> InsertDiametersMm = [1, 3, 5];

    private const double FieldOfViewMm = 150;
    private const double FatMm = 6;

    /// <summary>Surfaces are at least this far apart: what surrounds one does not reach the next.</summary>
    private const double LeastGapMm = 15;

    /// <summary>Surfaces keep this distance from the axis of the limb at most: muscle of 10 mm lies between them and the fat.</summary>
    private const double MuscleRadiusMm = 49;

    /// <summary>Surfaces keep this distance from the first and the last slice.</summary>
    private const double EndMm = 12;

    private const double FirstLengthMm = 60;
    private const double LengthStepMm = 10;
    private const int MostTries = 400;
    private const ulong BallStream = 21;
    private const ulong EllipsoidStream = 22;
    private const ulong InsertStream = 23;
    private const ulong DepartureStream = 24;

    /// <summary>Balls, one of each diameter and density. In-plane blur 0.7 to 1.3 mm and pixels of 0.6 to 0.85 mm are drawn by the seed.</summary>
    public static DepositField Balls(double sliceMm, double noiseHu, ulong seed)
    {
        var random = new SeededRandom(seed, BallStream);
        IEnumerable<FieldDeposit> balls =
            from diameter in BallDiametersMm
            from density in DensitiesMgPerCm3
            select new FieldDeposit(PlacedDeposit.Ball(default, diameter, density), diameter);
        return Scatter([.. balls], random, seed, random.Between(0.6, 0.85), sliceMm, noiseHu);
    }

    /// <summary>Scanners and deposits that are not as the measurement takes them to be, by name.</summary>
    public static readonly ImmutableArray<(string Name, Func<DepositField, DepositField> Change)> Departures =
    [
        ("as the measurement takes them", field => field),
        ("edge-enhancing kernel", field => field.With(options => options with { Kernel = InPlaneKernel.EdgeEnhancing })),
        ("kernel with wide tails", field => field.With(options => options with { Kernel = InPlaneKernel.WideTails })),
        ("lopsided kernel", field => field.With(options => options with { Kernel = InPlaneKernel.Lopsided })),
        ("Gaussian slice profile", field => field.With(options => options with { SliceProfile = SliceProfile.Gaussian })),
        ("overlapping slices, twice as thick as their distance", field => field.With(options => options with { SliceThicknessMm = 2 * options.SliceSpacingMm })),
        ("pixels of 0.9 mm", field => field.With(options => options with { PixelSpacingMm = 0.9, ColumnCount = 168, RowCount = 168, PsfFwhmMm = Math.Max(1, options.PsfFwhmMm) })),
        ("core of half the diameter 1.6 times as dense", field => field.WithDenseCores(1.6)),
    ];

    /// <summary>Sizes of the balls that departures are tried on, mm.</summary>
    private static readonly ImmutableArray<double> DepartureDiametersMm = [3, 5, 8, 12];

    /// <summary>Balls for <see cref="Departures"/>, as those of <see cref="Balls"/>.</summary>
    public static DepositField FewBalls(double sliceMm, double noiseHu, ulong seed)
    {
        var random = new SeededRandom(seed, DepartureStream);
        IEnumerable<FieldDeposit> balls =
            from diameter in DepartureDiametersMm
            from density in DensitiesMgPerCm3
            select new FieldDeposit(PlacedDeposit.Ball(default, diameter, density), diameter);
        return Scatter([.. balls], random, seed, random.Between(0.6, 0.85), sliceMm, noiseHu);
    }

    private DepositField With(Func<PhantomOptions, PhantomOptions> change) => this with { Options = change(Options) };

    private DepositField WithDenseCores(double factor)
    {
        ImmutableArray<FieldDeposit> deposits = [.. Deposits.Select(deposit => deposit with { Placed = deposit.Placed with { CoreDensityMgPerCm3 = factor * deposit.Placed.DensityMgPerCm3 } })];
        return new DepositField(Options with { Placed = [.. deposits.Select(deposit => deposit.Placed)] }, deposits);
    }

    /// <summary>Ellipsoids in any orientation, two of each mean diameter and density; each axis is the mean times exp(0.25 N(0, 1)).</summary>
    public static DepositField Ellipsoids(double sliceMm, double noiseHu, ulong seed)
    {
        const double LogSpread = 0.25;
        const int OfEach = 2;
        var random = new SeededRandom(seed, EllipsoidStream);
        List<FieldDeposit> deposits = [];
        foreach (double diameter in EllipsoidDiametersMm)
        {
            foreach (double density in DensitiesMgPerCm3)
            {
                for (int i = 0; i < OfEach; i++)
                {
                    double Axis() => diameter * Math.Exp(LogSpread * Normal(random));
                    var placed = new PlacedDeposit(PlacedForm.Ellipsoid, default, new(Axis(), Axis(), Axis()), density) { Axes = Frame.Random(random) };
                    deposits.Add(new(placed, diameter));
                }
            }
        }

        return Scatter(deposits, random, seed, random.Between(0.6, 0.85), sliceMm, noiseHu);
    }

    /// <summary>Cylinders along Superior as long as wide, as in the cardiac calcification insert of QRM, on the pixels of the published scans.</summary>
    public static DepositField Inserts(double sliceMm, double noiseHu, ulong seed)
    {
        // The published counts are multiples of 0.488² mm² times the slice distance.
        const double PixelMm = 0.488;
        var random = new SeededRandom(seed, InsertStream);
        IEnumerable<FieldDeposit> inserts =
            from diameter in InsertDiametersMm
            from density in DensitiesMgPerCm3
            select new FieldDeposit(new PlacedDeposit(PlacedForm.Cylinder, default, new(diameter, diameter, diameter), density), diameter);
        return Scatter([.. inserts], random, seed, PixelMm, sliceMm, noiseHu);
    }

    // Large ones first, or they find no room; where one finds none the stack grows.
    private static DepositField Scatter(List<FieldDeposit> deposits, SeededRandom random, ulong seed, double pixelMm, double sliceMm, double noiseHu)
    {
        double psfFwhmMm = random.Between(0.7, 1.3);
        FieldDeposit[] falling = [.. deposits.OrderByDescending(deposit => deposit.ReachMm)];
        double length = FirstLengthMm;
        List<FieldDeposit> placed = [];
        while (placed.Count < falling.Length)
        {
            placed.Clear();
            foreach (FieldDeposit deposit in falling)
            {
                if (Find(deposit.ReachMm, placed, length, random) is not { } centre)
                {
                    length += LengthStepMm;
                    break;
                }

                placed.Add(deposit with { Placed = deposit.Placed with { CentreMm = centre } });
            }
        }

        int pixels = (int)Math.Ceiling(FieldOfViewMm / pixelMm);
        PhantomOptions options = PhantomOptions.MuscleCylinder(seed, [.. placed.Select(deposit => deposit.Placed)]) with
        {
            CylinderFatMm = FatMm,
            ColumnCount = pixels,
            RowCount = pixels,
            PixelSpacingMm = pixelMm,
            SliceSpacingMm = sliceMm,
            SliceCount = (int)Math.Ceiling(length / sliceMm),
            PsfFwhmMm = psfFwhmMm,
            NoiseHu = noiseHu,
        };
        return new DepositField(options, [.. placed]);
    }

    private static LpsPoint? Find(double reachMm, List<FieldDeposit> placed, double lengthMm, SeededRandom random)
    {
        double high = (lengthMm / 2) - EndMm - reachMm;
        for (int attempt = 0; attempt < MostTries && high > 0; attempt++)
        {
            double r = (MuscleRadiusMm - reachMm) * Math.Sqrt(random.NextUnit());
            (double sin, double cos) = Math.SinCos(random.Angle());
            var centre = new LpsPoint(r * cos, r * sin, random.Between(-high, high));
            if (placed.TrueForAll(other => (other.Placed.CentreMm - centre).Length >= other.ReachMm + reachMm + LeastGapMm))
            {
                return centre;
            }
        }

        return null;
    }

    // Box and Muller; 1 - u keeps the logarithm finite.
    private static double Normal(SeededRandom random) => Math.Sqrt(-2 * Math.Log(1 - random.NextUnit())) * Math.Cos(random.Angle());
}
