using CalcQuant.Imaging;
using CalcQuant.Phantoms.Anatomy;
using CalcQuant.Phantoms.Scanner;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Films;

/// <summary>
/// Where the film lies against the patient. A place on it is (u, v) in millimetres of the patient along columns and rows; a ray is the line of
/// all places t millimetres along the beam.
/// </summary>
internal sealed class FilmFrame
{
    // How far the couch and a sleeve may reach beyond the skin.
    private const double SurroundingsMm = 70;

    /// <summary>Lays the film over the window of the phantom.</summary>
    public FilmFrame(FilmOptions options, Scene scene, AcquisitionGrid grid)
    {
        (Right, Along) = options.View switch
        {
            FilmView.Pa => (new LpsPoint(-1, 0, 0), new LpsPoint(0, -1, 0)),
            FilmView.Lat => (new LpsPoint(0, 1, 0), new LpsPoint(1, 0, 0)),
            _ => (new LpsPoint(1, 0, 0), new LpsPoint(0, 1, 0)),
        };
        PixelMm = options.PatientSpacingMm;
        double lowZ = grid.Bounds.Min.Z;
        double highZ = grid.Bounds.Max.Z;
        (LowU, double highU, LowT, HighT) = Extent(scene, lowZ, highZ);
        if (options.Phantom.Couch || options.Phantom.Clothing)
        {
            LowT -= SurroundingsMm;
            HighT += SurroundingsMm;
        }

        double border = options.CollimationBorderMm / options.Magnification;
        BorderPixels = (int)Math.Round(border / PixelMm);
        LowU -= options.AirMarginMm;
        highU += options.AirMarginMm;
        ColumnCount = (int)Math.Ceiling((highU - LowU) / PixelMm) + (2 * BorderPixels);
        RowCount = (int)Math.Floor((highZ - lowZ) / PixelMm) + (2 * BorderPixels);
        LowU = ((LowU + highU) - (ColumnCount * PixelMm)) / 2;
        LowV = (-(lowZ + highZ) - (RowCount * PixelMm)) / 2;
        HighU = LowU + (ColumnCount * PixelMm);
        HighV = LowV + (RowCount * PixelMm);
    }

    /// <summary>Direction of increasing column.</summary>
    public LpsPoint Right { get; }

    /// <summary>Direction of increasing row: to the feet.</summary>
    public LpsPoint Down { get; } = new(0, 0, -1);

    /// <summary>Direction of the beam.</summary>
    public LpsPoint Along { get; }

    /// <summary>Distance of pixels in the patient, mm.</summary>
    public double PixelMm { get; }

    /// <summary>Pixels along a row.</summary>
    public int ColumnCount { get; }

    /// <summary>Rows.</summary>
    public int RowCount { get; }

    /// <summary>Width of the collimated border, pixels.</summary>
    public int BorderPixels { get; }

    /// <summary>Left edge of the first column, mm.</summary>
    public double LowU { get; }

    /// <summary>Right edge of the last column, mm.</summary>
    public double HighU { get; }

    /// <summary>Upper edge of the first row, mm.</summary>
    public double LowV { get; }

    /// <summary>Lower edge of the last row, mm.</summary>
    public double HighV { get; }

    /// <summary>Where rays enter, mm.</summary>
    public double LowT { get; }

    /// <summary>Where rays leave, mm.</summary>
    public double HighT { get; }

    /// <summary>The place of a ray at a depth.</summary>
    public LpsPoint At(double u, double v, double t) => (Right * u) + (Down * v) + (Along * t);

    /// <summary>Middle of a pixel, or any fraction, mm.</summary>
    public (double U, double V) Centre(double column, double row) => (LowU + ((column + 0.5) * PixelMm), LowV + ((row + 0.5) * PixelMm));

    /// <summary>A box as the film sees it: u as X, v as Y, t as Z.</summary>
    public Box Project(Box box) =>
        box.Corners().Select(Turn).Select(corner => new Box(corner, corner)).Aggregate((left, right) => left.Union(right));

    private LpsPoint Turn(LpsPoint point) => new(point.Dot(Right), point.Dot(Down), point.Dot(Along));

    private (double LowU, double HighU, double LowT, double HighT) Extent(Scene scene, double lowZ, double highZ)
    {
        const int DirectionCount = 96;
        const double StepMm = 3;
        Box? box = null;
        foreach (Limb limb in scene.Limbs)
        {
            double low = Math.Max(lowZ, limb.Form.Ends?.LowerZ ?? lowZ);
            double high = Math.Min(highZ, limb.Form.Ends?.UpperZ ?? highZ);
            for (double z = low; z <= high; z += StepMm)
            {
                for (int i = 0; i < DirectionCount; i++)
                {
                    LpsPoint at = Turn(limb.At(i * 2 * Math.PI / DirectionCount, z, 0));
                    var here = new Box(at, at);
                    box = box?.Union(here) ?? here;
                }
            }
        }

        const double SlackMm = 1;
        Box all = box ?? throw new ArgumentException("The window of the film holds nothing.");
        return (all.Min.X, all.Max.X, all.Min.Z - SlackMm, all.Max.Z + SlackMm);
    }
}

/// <summary>Values on an even lattice over the film, straight lines between.</summary>
internal sealed class FilmLattice
{
    private readonly double _lowU;
    private readonly double _lowV;

    /// <summary>Lays a lattice over the whole film.</summary>
    public FilmLattice(FilmFrame frame, double spacingMm)
    {
        SpacingMm = spacingMm;
        _lowU = frame.LowU;
        _lowV = frame.LowV;
        ColumnCount = (int)Math.Ceiling((frame.HighU - frame.LowU) / spacingMm) + 2;
        RowCount = (int)Math.Ceiling((frame.HighV - frame.LowV) / spacingMm) + 2;
        Values = new float[ColumnCount * RowCount];
    }

    /// <summary>Distance of nodes, mm.</summary>
    public double SpacingMm { get; }

    /// <summary>Nodes along a row.</summary>
    public int ColumnCount { get; }

    /// <summary>Rows of nodes.</summary>
    public int RowCount { get; }

    /// <summary>Row after row.</summary>
    public float[] Values { get; }

    /// <summary>Place of a column of nodes, mm.</summary>
    public double U(int column) => _lowU + (column * SpacingMm);

    /// <summary>Place of a row of nodes, mm.</summary>
    public double V(int row) => _lowV + (row * SpacingMm);

    /// <summary>The value at a place of the film.</summary>
    public double At(double u, double v)
    {
        double x = (u - _lowU) / SpacingMm;
        double y = (v - _lowV) / SpacingMm;
        int column = Math.Clamp((int)x, 0, ColumnCount - 2);
        int row = Math.Clamp((int)y, 0, RowCount - 2);
        double fx = x - column;
        double fy = y - row;
        int at = (row * ColumnCount) + column;
        double top = Values[at] + (fx * (Values[at + 1] - Values[at]));
        double bottom = Values[at + ColumnCount] + (fx * (Values[at + ColumnCount + 1] - Values[at + ColumnCount]));
        return top + (fy * (bottom - top));
    }
}
