using System.Collections.Frozen;
using CalcQuant.Imaging;
using CalcQuant.Radiography;

namespace CalcQuant.Api;

/// <summary>
/// The findings of a radiograph in the messages that CT uses, both ways: areas and places in pixels instead of volumes, mass, HU and positions in LPS,
/// which stay unset.
/// </summary>
internal static class FilmMapping
{
    private static readonly FrozenDictionary<V1.PixelScaleSource, PixelScaleSource> Sources =
        ReportReading.Invert<PixelScaleSource, V1.PixelScaleSource>(ToMessage);

    private static readonly FrozenDictionary<V1.FindingTier, FindingTier> Tiers = ReportReading.Invert<FindingTier, V1.FindingTier>(ToMessage);
    private static readonly FrozenDictionary<V1.DensityGrade, DensityGrade> Grades = ReportReading.Invert<DensityGrade, V1.DensityGrade>(ToMessage);

    /// <summary>Adds what a film shows.</summary>
    public static void AddTo(V1.AnalysisReport message, FilmReport film)
    {
        message.Film = new V1.Film
        {
            SopInstanceUid = film.SopInstanceUid,
            ColumnCount = film.ColumnCount,
            RowCount = film.RowCount,
            Scale = film.Scale is { } scale
                ? new V1.PixelScale
                {
                    BetweenColumnsMm = scale.BetweenColumnsMm,
                    BetweenRowsMm = scale.BetweenRowsMm,
                    Source = ToMessage(scale.Source),
                    RelativeUncertainty = scale.RelativeUncertainty,
                    Origin = scale.Origin,
                }
                : null,
            IntensityOrigin = film.IntensityOrigin,
            BodyShare = film.BodyShare,
            BoneShare = film.BoneShare,
        };
        if (film.ViewPosition is { } view)
        {
            message.Film.ViewPosition = view;
        }

        message.Regions.AddRange(film.Regions.Select(ToMessage));
        message.Totals.AddRange(film.Totals.Select(ToMessage));
    }

    /// <summary>The way back.</summary>
    public static FilmReport Read(V1.AnalysisReport message)
    {
        V1.Film film = message.Film;
        return new FilmReport
        {
            SopInstanceUid = film.SopInstanceUid,
            ColumnCount = film.ColumnCount,
            RowCount = film.RowCount,
            Scale = film.Scale is { } scale
                ? new PixelScale(scale.BetweenColumnsMm, scale.BetweenRowsMm, Sources[scale.Source], scale.RelativeUncertainty, scale.Origin)
                : null,
            ViewPosition = film.HasViewPosition ? film.ViewPosition : null,
            IntensityOrigin = film.IntensityOrigin,
            BodyShare = film.BodyShare,
            BoneShare = film.BoneShare,
            Regions = [.. message.Regions.Select(Read)],
            Totals = [.. message.Totals.Select(Read)],
        };
    }

    /// <summary>A tier by its name in the contract.</summary>
    public static bool TryReadTier(string name, out FindingTier tier) => Tiers.TryGetValue(Tiers.Keys.FirstOrDefault(known => ProtoNames.Of(known) == name), out tier);

    private static V1.Region ToMessage(ProjectedRegion region)
    {
        var message = new V1.Region
        {
            Id = region.Id,
            Kind = ReportMapping.ToMessage(region.Kind),
            Confidence = region.Confidence,
            ComponentCount = region.ComponentCount,
            Tier = ToMessage(region.Tier),
            PixelCount = region.PixelCount,
            AreaPixels = region.AreaPixels,
            AreaIntervalMm2 = ReportMapping.ToMessage(region.AreaIntervalMm2),
            CentroidPixel = ToMessage(region.CentroidPixel),
            BoundsPixel = new V1.PixelBox { Min = ToMessage(region.BoundsPixel.Min), Max = ToMessage(region.BoundsPixel.Max) },
            ContrastToNoise = region.ContrastToNoise,
        };
        message.Evidence.AddRange(region.Evidence);
        ReportMapping.Set(region.AreaMm2, value => message.AreaMm2 = value);
        ReportMapping.Set(region.LengthMm, value => message.LengthMm = value);
        ReportMapping.Set(region.WidthMm, value => message.WidthMm = value);
        ReportMapping.Set(region.DensityRatio, value => message.DensityRatio = value);
        ReportMapping.Set(region.Name, value => message.Name = value);
        ReportMapping.Set(region.SiteSource, value => message.SiteSource = value);
        ReportMapping.Set(region.LateralitySource, value => message.LateralitySource = value);
        if (region.Grade is { } grade)
        {
            message.DensityGrade = ToMessage(grade);
        }

        if (region.Site is { } site)
        {
            message.Site = ReportMapping.ToMessage(site);
        }

        if (region.Laterality is { } laterality)
        {
            message.Laterality = ReportMapping.ToMessage(laterality);
        }

        return message;
    }

    private static ProjectedRegion Read(V1.Region message) => new()
    {
        Id = message.Id,
        Kind = ReportReading.Read(message.Kind),
        Tier = Tiers[message.Tier],
        Confidence = message.Confidence,
        Evidence = [.. message.Evidence],
        Name = message.HasName ? message.Name : null,
        ComponentCount = message.ComponentCount,
        PixelCount = message.PixelCount,
        AreaPixels = message.AreaPixels,
        AreaMm2 = message.HasAreaMm2 ? message.AreaMm2 : null,
        AreaIntervalMm2 = ReportReading.Read(message.AreaIntervalMm2),
        CentroidPixel = Read(message.CentroidPixel),
        BoundsPixel = new PixelBox(Read(message.BoundsPixel?.Min), Read(message.BoundsPixel?.Max)),
        LengthMm = message.HasLengthMm ? message.LengthMm : null,
        WidthMm = message.HasWidthMm ? message.WidthMm : null,
        DensityRatio = message.HasDensityRatio ? message.DensityRatio : null,
        Grade = message.HasDensityGrade ? Grades[message.DensityGrade] : null,
        ContrastToNoise = message.ContrastToNoise,
        Site = message.HasSite ? ReportReading.Read(message.Site) : null,
        SiteSource = message.HasSiteSource ? message.SiteSource : null,
        Laterality = message.HasLaterality ? ReportReading.Read(message.Laterality) : null,
        LateralitySource = message.HasLateralitySource ? message.LateralitySource : null,
    };

    private static V1.RegionTotal ToMessage(ProjectedTotal total)
    {
        var message = new V1.RegionTotal
        {
            Kind = ReportMapping.ToMessage(total.Kind),
            Count = total.Count,
            AreaPixels = total.AreaPixels,
            AreaIntervalMm2 = ReportMapping.ToMessage(total.AreaIntervalMm2),
        };
        ReportMapping.Set(total.AreaMm2, value => message.AreaMm2 = value);
        return message;
    }

    private static ProjectedTotal Read(V1.RegionTotal message) =>
        new(ReportReading.Read(message.Kind), message.Count, message.AreaPixels, message.HasAreaMm2 ? message.AreaMm2 : null)
        {
            AreaIntervalMm2 = ReportReading.Read(message.AreaIntervalMm2),
        };

    private static V1.PixelPoint ToMessage(PixelPoint point) => new() { Column = point.Column, Row = point.Row };

    private static PixelPoint Read(V1.PixelPoint? message) => message is null ? default : new(message.Column, message.Row);

    // As in ReportMapping: a new member without its value on the wire does not compile.
#pragma warning disable CS8524

    private static V1.PixelScaleSource ToMessage(PixelScaleSource source) => source switch
    {
        PixelScaleSource.Fiducial => V1.PixelScaleSource.Fiducial,
        PixelScaleSource.Geometry => V1.PixelScaleSource.Geometry,
        PixelScaleSource.Magnification => V1.PixelScaleSource.Magnification,
        PixelScaleSource.UnstatedCalibration => V1.PixelScaleSource.UnstatedCalibration,
        PixelScaleSource.DetectorPlane => V1.PixelScaleSource.DetectorPlane,
        PixelScaleSource.ScannedFilm => V1.PixelScaleSource.ScannedFilm,
        PixelScaleSource.Unexplained => V1.PixelScaleSource.Unexplained,
    };

    private static V1.FindingTier ToMessage(FindingTier tier) => tier switch
    {
        FindingTier.Probable => V1.FindingTier.Probable,
        FindingTier.Possible => V1.FindingTier.Possible,
        FindingTier.PossibleOverBone => V1.FindingTier.PossibleOverBone,
        FindingTier.Guided => V1.FindingTier.Guided,
    };

    private static V1.DensityGrade ToMessage(DensityGrade grade) => grade switch
    {
        DensityGrade.Faint => V1.DensityGrade.Faint,
        DensityGrade.Moderate => V1.DensityGrade.Moderate,
        DensityGrade.Dense => V1.DensityGrade.Dense,
    };
#pragma warning restore CS8524
}
