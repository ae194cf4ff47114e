using System.Globalization;
using System.Text;
using CalcQuant.Api.V1;

namespace CalcQuant.Api;

/// <summary>
/// The regions of reports as a table: one row per region, columns named like the JSON fields, numbers in the invariant culture, quoted as
/// RFC 4180 asks. What is not known is an empty cell. Refused series have no regions, hence no row.
/// </summary>
public static class ReportCsv
{
    private static readonly (string Name, Func<AnalysisReport, Region, string?> Value)[] Columns =
    [
        ("seriesInstanceUid", (report, _) => report.SeriesInstanceUid),
        ("stackNumber", (report, _) => Text(report.Acquisition?.StackNumber)),
        ("id", (_, region) => Text(region.Id)),
        ("kind", (_, region) => ProtoNames.Of(region.Kind)),
        ("confidence", (_, region) => Text(region.Confidence)),
        ("volumeMm3", (_, region) => Text(region.HasVolumeMm3 ? region.VolumeMm3 : null)),
        ("volumeIntervalMm3.low", (_, region) => Text(region.VolumeIntervalMm3?.Low)),
        ("volumeIntervalMm3.high", (_, region) => Text(region.VolumeIntervalMm3?.High)),
        ("volumeMethod", (_, region) => region.HasVolumeMm3 ? ProtoNames.Of(region.VolumeMethod) : null),
        ("thresholdVolumeMm3", (_, region) => Text(region.HasThresholdVolumeMm3 ? region.ThresholdVolumeMm3 : null)),
        ("massMg", (_, region) => Text(region.HasMassMg ? region.MassMg : null)),
        ("massIntervalMg.low", (_, region) => Text(region.MassIntervalMg?.Low)),
        ("massIntervalMg.high", (_, region) => Text(region.MassIntervalMg?.High)),
        ("meanHu", (_, region) => Text(region.HasMeanHu ? region.MeanHu : null)),
        ("maxHu", (_, region) => Text(region.HasMaxHu ? region.MaxHu : null)),
        ("standardDeviationHu", (_, region) => Text(region.HasStandardDeviationHu ? region.StandardDeviationHu : null)),
        ("centroidLpsMm.x", (_, region) => Text(region.CentroidLpsMm?.X)),
        ("centroidLpsMm.y", (_, region) => Text(region.CentroidLpsMm?.Y)),
        ("centroidLpsMm.z", (_, region) => Text(region.CentroidLpsMm?.Z)),
        ("boundsLpsMm.min.x", (_, region) => Text(region.BoundsLpsMm?.Min?.X)),
        ("boundsLpsMm.min.y", (_, region) => Text(region.BoundsLpsMm?.Min?.Y)),
        ("boundsLpsMm.min.z", (_, region) => Text(region.BoundsLpsMm?.Min?.Z)),
        ("boundsLpsMm.max.x", (_, region) => Text(region.BoundsLpsMm?.Max?.X)),
        ("boundsLpsMm.max.y", (_, region) => Text(region.BoundsLpsMm?.Max?.Y)),
        ("boundsLpsMm.max.z", (_, region) => Text(region.BoundsLpsMm?.Max?.Z)),
        ("maxDiameterMm", (_, region) => Text(region.HasMaxDiameterMm ? region.MaxDiameterMm : null)),
        ("axialDiameterMm", (_, region) => Text(region.HasAxialDiameterMm ? region.AxialDiameterMm : null)),
        ("axialPerpendicularMm", (_, region) => Text(region.HasAxialPerpendicularMm ? region.AxialPerpendicularMm : null)),
        ("surfaceMm2", (_, region) => Text(region.HasSurfaceMm2 ? region.SurfaceMm2 : null)),
        ("depth", (_, region) => region.HasDepth ? ProtoNames.Of(region.Depth) : null),
        ("depthBelowSkinMm", (_, region) => Text(region.HasDepthBelowSkinMm ? region.DepthBelowSkinMm : null)),
        ("distanceToBoneMm", (_, region) => Text(region.HasDistanceToBoneMm ? region.DistanceToBoneMm : null)),
        ("morphology", (_, region) => region.HasMorphology ? ProtoNames.Of(region.Morphology) : null),
        ("agatston", (_, region) => Text(region.HasAgatston ? region.Agatston : null)),
        ("touchesBorder", (report, region) => report.Film is not null ? null : region.TouchesBorder ? "true" : "false"),
        ("componentCount", (_, region) => Text(region.ComponentCount)),
        ("voxelCount", (_, region) => Text(region.HasVoxelCount ? region.VoxelCount : null)),
        ("largestSliceIndex", (_, region) => Text(region.HasLargestSliceIndex ? region.LargestSliceIndex : null)),
        ("largestSliceSopInstanceUid", (_, region) => region.HasLargestSliceSopInstanceUid ? region.LargestSliceSopInstanceUid : null),
        ("structure", (_, region) => region.HasStructure ? region.Structure : null),
        ("evidence", (_, region) => string.Join("; ", region.Evidence)),
        ("site", (_, region) => region.HasSite ? ProtoNames.Of(region.Site) : null),
        ("siteSource", (_, region) => region.HasSiteSource ? region.SiteSource : null),
        ("laterality", (_, region) => region.HasLaterality ? ProtoNames.Of(region.Laterality) : null),
        ("lateralitySource", (_, region) => region.HasLateralitySource ? region.LateralitySource : null),
        ("depthShares", (_, region) => string.Join("; ", region.DepthShares.Select(share => $"{ProtoNames.Of(share.Depth)} {Text(share.Fraction)}"))),
        ("seedLpsMm.x", (_, region) => Text(region.SeedLpsMm?.X)),
        ("seedLpsMm.y", (_, region) => Text(region.SeedLpsMm?.Y)),
        ("seedLpsMm.z", (_, region) => Text(region.SeedLpsMm?.Z)),
        ("morphologyConfidence", (_, region) => Text(region.HasMorphologyConfidence ? region.MorphologyConfidence : null)),
        ("possibleOssification", (report, region) => report.Film is not null ? null : region.PossibleOssification ? "true" : "false"),
        ("fluidLevel.fluidHu", (_, region) => Text(region.FluidLevel?.FluidHu)),
        ("fluidLevel.sedimentHu", (_, region) => Text(region.FluidLevel?.SedimentHu)),
        ("fluidLevel.levelShare", (_, region) => Text(region.FluidLevel?.LevelShare)),
        ("sopInstanceUid", (report, _) => report.Film?.SopInstanceUid),
        ("name", (_, region) => region.HasName ? region.Name : null),
        ("tier", (_, region) => region.HasTier ? ProtoNames.Of(region.Tier) : null),
        ("areaMm2", (_, region) => Text(region.HasAreaMm2 ? region.AreaMm2 : null)),
        ("areaIntervalMm2.low", (_, region) => Text(region.AreaIntervalMm2?.Low)),
        ("areaIntervalMm2.high", (_, region) => Text(region.AreaIntervalMm2?.High)),
        ("areaPixels", (_, region) => Text(region.HasAreaPixels ? region.AreaPixels : null)),
        ("pixelCount", (_, region) => Text(region.HasPixelCount ? region.PixelCount : null)),
        ("centroidPixel.column", (_, region) => Text(region.CentroidPixel?.Column)),
        ("centroidPixel.row", (_, region) => Text(region.CentroidPixel?.Row)),
        ("boundsPixel.min.column", (_, region) => Text(region.BoundsPixel?.Min?.Column)),
        ("boundsPixel.min.row", (_, region) => Text(region.BoundsPixel?.Min?.Row)),
        ("boundsPixel.max.column", (_, region) => Text(region.BoundsPixel?.Max?.Column)),
        ("boundsPixel.max.row", (_, region) => Text(region.BoundsPixel?.Max?.Row)),
        ("lengthMm", (_, region) => Text(region.HasLengthMm ? region.LengthMm : null)),
        ("widthMm", (_, region) => Text(region.HasWidthMm ? region.WidthMm : null)),
        ("densityRatio", (_, region) => Text(region.HasDensityRatio ? region.DensityRatio : null)),
        ("densityGrade", (_, region) => region.HasDensityGrade ? ProtoNames.Of(region.DensityGrade) : null),
        ("contrastToNoise", (_, region) => Text(region.HasContrastToNoise ? region.ContrastToNoise : null)),
        ("pixelScaleSource", (report, _) => report.Film?.Scale is { } scale ? ProtoNames.Of(scale.Source) : null),
    ];

    /// <summary>The column names, in order.</summary>
    public static IReadOnlyList<string> ColumnNames { get; } = [.. Columns.Select(column => column.Name)];

    /// <summary>Writes a header and one row per region as UTF-8 without a byte order mark; lines end with CR LF.</summary>
    /// <param name="reports">Reports in the order wanted.</param>
    /// <param name="utf8">Receives the text; left open.</param>
    public static void Write(IEnumerable<AnalysisReport> reports, Stream utf8)
    {
        ArgumentNullException.ThrowIfNull(reports);
        using var writer = new StreamWriter(utf8, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
        WriteRow(writer, ColumnNames);
        foreach (AnalysisReport report in reports)
        {
            foreach (Region region in report.Regions)
            {
                WriteRow(writer, Columns.Select(column => column.Value(report, region) ?? string.Empty));
            }
        }
    }

    private static void WriteRow(StreamWriter writer, IEnumerable<string> cells)
    {
        writer.Write(string.Join(',', cells.Select(Quote)));
        writer.Write("\r\n");
    }

    private static string Quote(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string? Text(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);

    private static string? Text(int? value) => value?.ToString(CultureInfo.InvariantCulture);
}
