using System.Collections.Immutable;
using CalcQuant.Radiography;

namespace CalcQuant.Api;

/// <summary>Guided places and their messages, both ways.</summary>
public static class GuidedPlaceMapping
{
    /// <summary>The message of a place.</summary>
    public static V1.GuidedPlace ToMessage(this GuidedPlace place)
    {
        ArgumentNullException.ThrowIfNull(place);
        var message = new V1.GuidedPlace { SopInstanceUid = place.SopInstanceUid ?? string.Empty, Name = place.Name ?? string.Empty };
        switch (place.Shape)
        {
            case GuidedShape.Point:
                message.Point = ToMessage(place.Corners[0]);
                break;
            case GuidedShape.Box:
                message.Box = new V1.PixelBox { Min = ToMessage(place.Corners[0]), Max = ToMessage(place.Corners[1]) };
                break;
            default:
                message.Polygon = new V1.PixelPolygon();
                message.Polygon.Corners.AddRange(place.Corners.Select(ToMessage));
                break;
        }

        return message;
    }

    /// <summary>Reads a place.</summary>
    /// <param name="message">The message.</param>
    /// <param name="place">The place; null where it is none.</param>
    /// <returns>What is wrong, in words; null where nothing is.</returns>
    public static string? TryRead(V1.GuidedPlace message, out GuidedPlace? place)
    {
        ArgumentNullException.ThrowIfNull(message);
        place = null;
        (GuidedShape shape, ImmutableArray<PixelPoint> corners) = message.PlaceCase switch
        {
            V1.GuidedPlace.PlaceOneofCase.Point => (GuidedShape.Point, [Read(message.Point)]),
            V1.GuidedPlace.PlaceOneofCase.Box => (GuidedShape.Box, message.Box is { Min: { } min, Max: { } max } ? [Read(min), Read(max)] : []),
            V1.GuidedPlace.PlaceOneofCase.Polygon => (GuidedShape.Polygon, [.. message.Polygon.Corners.Take(GuidedPlace.MaxCornerCount + 1).Select(Read)]),
            _ => (default(GuidedShape), ImmutableArray<PixelPoint>.Empty),
        };
        string? uid = message.SopInstanceUid.Length > 0 ? message.SopInstanceUid : null;
        string? name = message.Name.Length > 0 ? message.Name : null;
        if (GuidedPlace.ProblemOf(shape, corners, uid, name) is { } problem)
        {
            return problem;
        }

        place = new GuidedPlace(shape, corners, uid, name);
        return null;
    }

    private static V1.PixelPoint ToMessage(PixelPoint point) => new() { Column = point.Column, Row = point.Row };

    // + 0.0 turns -0 into 0, which are equal numbers with other bytes.
    private static PixelPoint Read(V1.PixelPoint point) => new(point.Column + 0.0, point.Row + 0.0);
}
