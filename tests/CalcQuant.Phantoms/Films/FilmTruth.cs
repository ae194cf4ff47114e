using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Phantoms.Films;

/// <summary>Pixels of a film in a box, one bit each.</summary>
public sealed class FilmMask
{
    private readonly ulong[] _bits;

    /// <summary>Creates a mask without pixels.</summary>
    /// <param name="column">First column of the box on the film.</param>
    /// <param name="row">First row of the box on the film.</param>
    /// <param name="columnCount">Columns of the box.</param>
    /// <param name="rowCount">Rows of the box.</param>
    public FilmMask(int column, int row, int columnCount, int rowCount)
    {
        (Column, Row, ColumnCount, RowCount) = (column, row, columnCount, rowCount);
        _bits = new ulong[((columnCount * rowCount) + 63) / 64];
    }

    /// <summary>First column of the box on the film.</summary>
    public int Column { get; }

    /// <summary>First row of the box on the film.</summary>
    public int Row { get; }

    /// <summary>Columns of the box.</summary>
    public int ColumnCount { get; }

    /// <summary>Rows of the box.</summary>
    public int RowCount { get; }

    /// <summary>Pixels in the mask.</summary>
    public int Count => _bits.Sum(word => System.Numerics.BitOperations.PopCount(word));

    /// <summary>A pixel by its place on the film; false outside the box.</summary>
    public bool this[int column, int row]
    {
        get
        {
            (int x, int y) = (column - Column, row - Row);
            if ((uint)x >= (uint)ColumnCount || (uint)y >= (uint)RowCount)
            {
                return false;
            }

            int at = (y * ColumnCount) + x;
            return ((_bits[at >> 6] >> (at & 63)) & 1) != 0;
        }
    }

    internal void Add(int column, int row)
    {
        int at = ((row - Row) * ColumnCount) + column - Column;
        _bits[at >> 6] |= 1UL << (at & 63);
    }

    /// <summary>Runs of the mask, row after row: row, first column, column after the last, on the film.</summary>
    public IEnumerable<(int Row, int Start, int End)> Runs()
    {
        for (int row = Row; row < Row + RowCount; row++)
        {
            int column = Column;
            while (column < Column + ColumnCount)
            {
                int start = column;
                while (this[column, row])
                {
                    column++;
                }

                if (column > start)
                {
                    yield return (row, start, column);
                }

                column++;
            }
        }
    }
}

/// <summary>What is really on a film, from the shapes themselves.</summary>
public sealed record FilmTruth
{
    /// <summary>What was drawn.</summary>
    public required FilmOptions Options { get; init; }

    /// <summary>The deposits, in the order and with the numbers of the CT phantom's.</summary>
    public required ImmutableArray<FilmDepositTruth> Deposits { get; init; }

    /// <summary>Pixels that show bone, marrow included.</summary>
    public required FilmMask Bone { get; init; }

    /// <summary>Pixels that show at least 1 mm of body.</summary>
    public required FilmMask Body { get; init; }

    /// <summary>Pixels whose value is not the patient's: marker and collimated border.</summary>
    public required FilmMask NotPatient { get; init; }

    /// <summary>Distance of pixels in the patient, mm; a pixel's area in the patient plane is its square.</summary>
    public required double PatientSpacingMm { get; init; }

    /// <summary>What the stored values mean.</summary>
    public required FilmScale Scale { get; init; }

    /// <summary>Area that deposits cover, mm² in the patient plane; where two lie behind each other it counts once.</summary>
    public required double CoveredAreaMm2 { get; init; }

    /// <summary>Sum of the deposits' areas, mm² in the patient plane.</summary>
    public double TotalAreaMm2 => Deposits.Sum(deposit => deposit.AreaMm2);

    /// <summary>Sum of the deposits' volumes, mm³.</summary>
    public double TotalVolumeMm3 => Deposits.Sum(deposit => deposit.VolumeMm3);
}

/// <summary>
/// From stored values to exposure. With x = stored value (MONOCHROME1: greatest value less stored value), <see cref="Offset"/> +
/// <see cref="PerValue"/> x is -ln(exposure / exposure in air), or exposure / exposure in air for FOR PROCESSING LIN.
/// Where <see cref="FilmOptions.Equalization"/> is not zero, broad changes have been taken out of the former.
/// </summary>
/// <param name="Offset">At x = 0.</param>
/// <param name="PerValue">For each step of x.</param>
public readonly record struct FilmScale(double Offset, double PerValue);

/// <summary>One deposit as it really is on a film.</summary>
public sealed record FilmDepositTruth
{
    /// <summary>Number from 1, the same as in the CT phantom's truth.</summary>
    public required int Id { get; init; }

    /// <summary>Which of the clinical kinds.</summary>
    public required DepositKind Kind { get; init; }

    /// <summary>Where it lies.</summary>
    public required DepthClass Depth { get; init; }

    /// <summary>What it looks like.</summary>
    public required Morphology Morphology { get; init; }

    /// <summary>Mass over volume, mg/cm³.</summary>
    public required double DensityMgPerCm3 { get; init; }

    /// <summary>Calcified volume, mm³, as in the CT phantom's truth.</summary>
    public required double VolumeMm3 { get; init; }

    /// <summary>Centre of the calcified volume.</summary>
    public required LpsPoint CentroidLpsMm { get; init; }

    /// <summary>Area of the silhouette of all calcified parts, mm² in the patient plane.</summary>
    public required double AreaMm2 { get; init; }

    /// <summary>Pixels whose centre the silhouette covers.</summary>
    public required FilmMask Silhouette { get; init; }

    /// <summary>Column of the silhouette's centre, pixels; the centre of the first pixel is 0.</summary>
    public required double CentroidColumn { get; init; }

    /// <summary>Row of the silhouette's centre, pixels.</summary>
    public required double CentroidRow { get; init; }

    /// <summary>Share of the silhouette in front of or behind bone.</summary>
    public required double OverBone { get; init; }

    /// <summary>Mean over the silhouette of what the deposit adds to -ln(primary exposure).</summary>
    public required double MeanLogContrast { get; init; }

    /// <summary>Greatest of what it adds in a pixel.</summary>
    public required double PeakLogContrast { get; init; }

    /// <summary>
    /// Mean over the silhouette of the contrast of ln(exposure) with scatter, over the standard deviation of the quantum noise of one pixel; 0 on a
    /// film without noise.
    /// </summary>
    public required double ContrastToNoise { get; init; }
}
