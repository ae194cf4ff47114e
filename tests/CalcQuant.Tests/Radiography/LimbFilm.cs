using CalcQuant.Imaging;

namespace CalcQuant.Tests.Radiography;

/// <summary>
/// A film of a limb made of formulas: a cylinder of soft tissue with a hollow bone in its middle, along the rows, in pixels of 0.2 mm. Values are path lengths
/// in mm times the density of what they pass.
/// </summary>
internal sealed class LimbFilm
{
    public const int ColumnCount = 600;
    public const int RowCount = 700;
    public const double PixelMm = 0.2;

    private const double LimbRadiusMm = 45;
    private const double BoneRadiusMm = 11;
    private const double MarrowRadiusMm = 6;
    private const double TissueDensity = 20;
    private const double CortexDensity = 45;

    private readonly float[] _values = new float[ColumnCount * RowCount];

    /// <summary>The limb.</summary>
    /// <param name="noise">Standard deviation of a pixel.</param>
    /// <param name="seed">Of the noise.</param>
    public LimbFilm(double noise = 15, int seed = 1)
    {
        var random = new Random(seed);
        for (int row = 0; row < RowCount; row++)
        {
            for (int column = 0; column < ColumnCount; column++)
            {
                double x = XMm(column);
                double gauss = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                _values[(row * ColumnCount) + column] = (float)(100
                    + (TissueDensity * Chord(LimbRadiusMm, x))
                    + (CortexDensity * (Chord(BoneRadiusMm, x) - Chord(MarrowRadiusMm, x)))
                    + (noise * gauss));
            }
        }
    }

    /// <summary>Adds a ball.</summary>
    /// <param name="xMm">Its centre from the axis of the limb, mm.</param>
    /// <param name="yMm">Its centre from the first row, mm.</param>
    /// <param name="radiusMm">Its radius, mm.</param>
    /// <param name="density">Its density.</param>
    public LimbFilm WithBall(double xMm, double yMm, double radiusMm, double density) =>
        With((x, y) => density * Chord(radiusMm, Math.Sqrt(((x - xMm) * (x - xMm)) + ((y - yMm) * (y - yMm)))));

    /// <summary>Adds a flat disc.</summary>
    public LimbFilm WithDisc(double xMm, double yMm, double radiusMm, double value) =>
        With((x, y) => ((x - xMm) * (x - xMm)) + ((y - yMm) * (y - yMm)) <= radiusMm * radiusMm ? value : 0);

    /// <summary>Adds anything.</summary>
    /// <param name="value">Of x from the axis of the limb and y from the first row, mm.</param>
    public LimbFilm With(Func<double, double, double> value)
    {
        for (int row = 0; row < RowCount; row++)
        {
            for (int column = 0; column < ColumnCount; column++)
            {
                // Four by four points a pixel: edges are as blurred as a pixel makes them.
                double sum = 0;
                for (int part = 0; part < 16; part++)
                {
                    sum += value(XMm(column + ((((part % 4) + 0.5) / 4) - 0.5)), (row + (((part / 4) + 0.5) / 4)) * PixelMm);
                }

                _values[(row * ColumnCount) + column] += (float)(sum / 16);
            }
        }

        return this;
    }

    /// <summary>The film as it would be read.</summary>
    public RadiographFilm ToFilm(string bodyPart = "LEG") => new(
        new Radiograph(ColumnCount, RowCount, [.. _values], new PixelScale(PixelMm, PixelMm, PixelScaleSource.Fiducial, 0.02, "formula")),
        new CtAcquisition { SeriesInstanceUid = "2.25.1", SopInstanceUids = ["2.25.2"], StackNumber = 1, StackCount = 1, BodyPartExamined = bodyPart },
        new FilmFacts { SopInstanceUid = "2.25.2", IntensityOrigin = "formula" },
        []);

    /// <summary>Column of a place.</summary>
    public static double ColumnOf(double xMm) => (xMm / PixelMm) + ((ColumnCount - 1) / 2.0);

    /// <summary>Row of a place.</summary>
    public static double RowOf(double yMm) => (yMm / PixelMm) - 0.5;

    private static double XMm(double column) => (column - ((ColumnCount - 1) / 2.0)) * PixelMm;

    private static double Chord(double radius, double x) => Math.Abs(x) >= radius ? 0 : 2 * Math.Sqrt((radius * radius) - (x * x));
}
