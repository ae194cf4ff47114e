using System.Collections.Immutable;
using System.Globalization;

namespace CalcQuant.Radiography;

/// <summary>How a reader gave a place.</summary>
public enum GuidedShape
{
    /// <summary>A point of the deposit.</summary>
    Point = 1,

    /// <summary>A box around it.</summary>
    Box = 2,

    /// <summary>A rough outline around it.</summary>
    Polygon = 3,
}

/// <summary>
/// Where a reader says that a deposit lies in a film: a point of it, or a box or rough outline around it. Places are in pixels of the film as in the report:
/// the centre of the first pixel is (0, 0).
/// </summary>
public sealed record GuidedPlace
{
    /// <summary>Places of one request at most.</summary>
    public const int MaxCount = 1000;

    /// <summary>Corners of one polygon at most.</summary>
    public const int MaxCornerCount = 10_000;

    /// <summary>Characters of <see cref="Name"/> at most.</summary>
    public const int MaxNameLength = 128;

    /// <summary>Characters of a UID (PS3.5 9.1): 64, doubled for headers that do not keep to it.</summary>
    public const int MaxUidLength = 128;

    private const int LeastCornerCount = 3;

    /// <summary>Creates a place.</summary>
    /// <param name="shape">How it is given.</param>
    /// <param name="corners">One point; two opposite corners of a box; the corners of a polygon in order.</param>
    /// <param name="sopInstanceUid">The film; null for every film that is analysed.</param>
    /// <param name="name">What the reader calls it; may be null.</param>
    /// <exception cref="ArgumentException"><see cref="ProblemOf"/> finds something.</exception>
    public GuidedPlace(GuidedShape shape, ImmutableArray<PixelPoint> corners, string? sopInstanceUid = null, string? name = null)
    {
        if (ProblemOf(shape, corners, sopInstanceUid, name) is { } problem)
        {
            throw new ArgumentException(problem);
        }

        (Shape, Corners, SopInstanceUid, Name) = (shape, corners, sopInstanceUid, name);
    }

    /// <summary>How it is given.</summary>
    public GuidedShape Shape { get; }

    /// <summary>One point; two opposite corners of a box; the corners of a polygon in order, pixels.</summary>
    public ImmutableArray<PixelPoint> Corners { get; }

    /// <summary>SOP Instance UID of the film; null for every film that is analysed.</summary>
    public string? SopInstanceUid { get; }

    /// <summary>What the reader calls it; null where he says nothing.</summary>
    public string? Name { get; }

    /// <summary>A point of a deposit.</summary>
    public static GuidedPlace At(PixelPoint point, string? sopInstanceUid = null, string? name = null) => new(GuidedShape.Point, [point], sopInstanceUid, name);

    /// <summary>A box around a deposit, both ends included.</summary>
    public static GuidedPlace Within(PixelBox box, string? sopInstanceUid = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(box);
        return new(GuidedShape.Box, [box.Min, box.Max], sopInstanceUid, name);
    }

    /// <summary>A rough outline around a deposit.</summary>
    public static GuidedPlace Around(ImmutableArray<PixelPoint> corners, string? sopInstanceUid = null, string? name = null) =>
        new(GuidedShape.Polygon, corners, sopInstanceUid, name);

    /// <summary>What makes a place none, whatever the film.</summary>
    /// <returns>In words, without the place's name; null where nothing does.</returns>
    public static string? ProblemOf(GuidedShape shape, ImmutableArray<PixelPoint> corners, string? sopInstanceUid, string? name)
    {
        int count = corners.IsDefault ? 0 : corners.Length;
        return shape switch
        {
            GuidedShape.Point when count != 1 => "a point has one column and row",
            GuidedShape.Box when count != 2 => "a box has min and max",
            GuidedShape.Polygon when count is < LeastCornerCount or > MaxCornerCount => $"a polygon has {LeastCornerCount} to {MaxCornerCount} corners, not {count}",
            GuidedShape.Point or GuidedShape.Box or GuidedShape.Polygon when corners.Any(corner => !double.IsFinite(corner.Column) || !double.IsFinite(corner.Row)) =>
                "columns and rows are finite numbers",
            GuidedShape.Box when corners[0].Column > corners[1].Column || corners[0].Row > corners[1].Row => "min of a box is above its max",
            GuidedShape.Point or GuidedShape.Box or GuidedShape.Polygon when name is not null && !IsLine(name, MaxNameLength) =>
                $"a name is one line of at most {MaxNameLength} characters",
            GuidedShape.Point or GuidedShape.Box or GuidedShape.Polygon when sopInstanceUid is not null && !IsLine(sopInstanceUid, MaxUidLength) => "a SOP Instance UID is the film's",
            GuidedShape.Point or GuidedShape.Box or GuidedShape.Polygon => null,
            _ => "a place is a point, a box or a polygon",
        };
    }

    /// <summary>How messages call it: its number, from 1, and its name.</summary>
    /// <param name="index">Its index among those that it is listed with.</param>
    public string Title(int index) => string.Create(CultureInfo.InvariantCulture, $"guided place {index + 1}{(Name is null ? string.Empty : $" ({Name})")}");

    /// <summary>True where some of it lies within a film.</summary>
    /// <param name="columnCount">Pixels along a row.</param>
    /// <param name="rowCount">Rows.</param>
    internal bool Meets(int columnCount, int rowCount) =>
        Corners.Max(corner => corner.Column) >= -0.5 && Corners.Min(corner => corner.Column) < columnCount - 0.5
        && Corners.Max(corner => corner.Row) >= -0.5 && Corners.Min(corner => corner.Row) < rowCount - 0.5;

    /// <summary>The pixels of the film whose centres a box or polygon holds.</summary>
    /// <param name="columnCount">Pixels along a row.</param>
    /// <param name="rowCount">Rows.</param>
    internal PixelOutline Pixels(int columnCount, int rowCount) =>
        Shape == GuidedShape.Box
            ? PixelOutline.Within(new PixelBox(Corners[0], Corners[1]), columnCount, rowCount)
            : PixelOutline.Within(Corners.AsSpan(), columnCount, rowCount);

    private static bool IsLine(string text, int maxLength) => !string.IsNullOrWhiteSpace(text) && text.Length <= maxLength && !text.Any(char.IsControl);
}
