using System.Collections.Immutable;
using CalcQuant.Analysis;

namespace CalcQuant.Imaging;

/// <summary>
/// One projection: a value for each pixel that rises with the X-ray attenuation along its ray, whatever the polarity of the file. Not HU: the unit is the
/// file's, and no amount of calcium follows from it.
/// </summary>
public sealed class Radiograph
{
    private readonly float[] _density;

    /// <summary>Wraps an image.</summary>
    /// <param name="columnCount">Pixels along a row.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="density">Attenuation, column fastest; larger is denser. Not copied.</param>
    /// <param name="scale">Size of the pixels; null where nothing tells it.</param>
    /// <exception cref="ArgumentException">The length does not fit.</exception>
    public Radiograph(int columnCount, int rowCount, float[] density, PixelScale? scale)
    {
        ArgumentNullException.ThrowIfNull(density);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columnCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowCount);
        if (density.Length != (long)columnCount * rowCount)
        {
            throw new ArgumentException($"{density.Length} values do not fill {columnCount} x {rowCount} pixels.", nameof(density));
        }

        ColumnCount = columnCount;
        RowCount = rowCount;
        Scale = scale;
        _density = density;
    }

    /// <summary>Pixels along a row.</summary>
    public int ColumnCount { get; }

    /// <summary>Rows.</summary>
    public int RowCount { get; }

    /// <summary>Size of the pixels; null where nothing tells it.</summary>
    public PixelScale? Scale { get; }

    /// <summary>Attenuation, column fastest; larger is denser.</summary>
    public ReadOnlySpan<float> Density => _density;

    /// <summary>The array behind <see cref="Density"/>.</summary>
    internal float[] DensityArray => _density;
}

/// <summary>A radiograph with its header facts and what is to bear in mind.</summary>
/// <param name="Image">The pixels.</param>
/// <param name="Acquisition">Header facts, as for a series of CT: the film stands as its only slice.</param>
/// <param name="Film">What only films have.</param>
/// <param name="Issues">Warnings of header and pixels.</param>
public sealed record RadiographFilm(Radiograph Image, CtAcquisition Acquisition, FilmFacts Film, ImmutableArray<SeriesIssue> Issues);

/// <summary>Header facts of a film beyond those of any series.</summary>
public sealed record FilmFacts
{
    /// <summary>SOP Instance UID.</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>View Position (0018,5101) or the view's code meaning, e.g. PA; null where absent.</summary>
    public string? ViewPosition { get; init; }

    /// <summary>How the stored values became attenuation, in words.</summary>
    public required string IntensityOrigin { get; init; }
}
