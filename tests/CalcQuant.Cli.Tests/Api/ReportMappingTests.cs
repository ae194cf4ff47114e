using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Measurement;

namespace CalcQuant.Cli.Tests.Api;

public class ReportMappingTests
{
    [Fact]
    public void ToMessage_OfEveryEnumMember_HasTheMembersOwnName()
    {
        AssertNames<Analysis.Verdict, CalcQuant.Api.V1.Verdict>(ReportMapping.ToMessage);
        AssertNames<Measurement.RegionKind, CalcQuant.Api.V1.RegionKind>(ReportMapping.ToMessage);
        AssertNames<DepthClass, Depth>(ReportMapping.ToMessage);
        AssertNames<Measurement.Morphology, CalcQuant.Api.V1.Morphology>(ReportMapping.ToMessage);
        AssertNames<Measurement.BodySite, CalcQuant.Api.V1.BodySite>(ReportMapping.ToMessage);
        AssertNames<Measurement.Laterality, CalcQuant.Api.V1.Laterality>(ReportMapping.ToMessage);
        AssertNames<Analysis.SearchState, CalcQuant.Api.V1.SearchState>(ReportMapping.ToMessage);
        AssertNames<Measurement.VolumeMethod, CalcQuant.Api.V1.VolumeMethod>(ReportMapping.ToMessage);
        AssertNames<Imaging.PixelScaleSource, CalcQuant.Api.V1.PixelScaleSource>(source => WithScale(source).Film.Scale.Source);
        AssertNames<Radiography.FindingTier, CalcQuant.Api.V1.FindingTier>(tier => WithRegion(region => region with { Tier = tier }).Regions[0].Tier);
        AssertNames<Radiography.DensityGrade, CalcQuant.Api.V1.DensityGrade>(grade => WithRegion(region => region with { Grade = grade }).Regions[0].DensityGrade);
        AssertNames<Segmentation.Connectivity, CalcQuant.Api.V1.Connectivity>(ReportMapping.ToMessage);
        AssertNames<Analysis.SeriesIssueCode, CalcQuant.Api.V1.SeriesIssueCode>(ReportMapping.ToMessage);
    }

    [Fact]
    public void ToMessage_OfEveryIssueCode_KeepsItsNumber() =>
        Assert.All(Enum.GetValues<Analysis.SeriesIssueCode>(), code => Assert.Equal((int)code, (int)ReportMapping.ToMessage(code)));

    [Fact]
    public void ToMessage_OfAFullReport_CarriesEveryValue()
    {
        CalcQuant.Api.V1.AnalysisReport message = SampleReports.Full.ToMessage();

        Assert.Equal("1.2.3.4", message.SeriesInstanceUid);
        Assert.Equal("00ff", message.InputSha256);
        Assert.Equal("1.2.3.4.5", Assert.Single(message.Issues).SopInstanceUid);
        Assert.False(message.Issues[0].Refuses);
        Assert.Equal([25.5, 0], message.Totals.Select(total => total.MassMg));
        Assert.Equal([true, false], message.Totals.Select(total => total.HasMassMg));
        CalcQuant.Api.V1.Region region = message.Regions[0];
        Assert.Equal(
            [61.5, 70.25, 25.5, 412.5, 980, 120.25, 7.5, 6.5, 4.25, 80.5, 3.5, 9.5, 210.5],
            [
                region.VolumeMm3, region.ThresholdVolumeMm3, region.MassMg, region.MeanHu, region.MaxHu, region.StandardDeviationHu,
                region.MaxDiameterMm, region.AxialDiameterMm, region.AxialPerpendicularMm, region.SurfaceMm2, region.DepthBelowSkinMm,
                region.DistanceToBoneMm, region.Agatston,
            ]);
        Assert.Equal((-12.5, 30.0, 104.75), (region.CentroidLpsMm.X, region.CentroidLpsMm.Y, region.CentroidLpsMm.Z));
        Assert.Equal((-15.0, 107.5), (region.BoundsLpsMm.Min.X, region.BoundsLpsMm.Max.Z));
        Assert.Equal((1, 3, 281, 1, true), (region.Id, region.ComponentCount, region.VoxelCount, region.LargestSliceIndex, region.TouchesBorder));
        Assert.Equal("1.2.3.4.2", region.LargestSliceSopInstanceUid);
        Assert.Equal(Depth.Subcutaneous, region.Depth);
        Assert.Equal([(Depth.Subcutaneous, 0.75), (Depth.Fascial, 0.25)], region.DepthShares.Select(share => (share.Depth, share.Fraction)));
        Assert.Equal((CalcQuant.Api.V1.BodySite.UpperArm, CalcQuant.Api.V1.Laterality.Left), (region.Site, region.Laterality));
        Assert.Equal(("header: Body Part Examined (0018,0015)", "header: Laterality (0020,0060)"), (region.SiteSource, region.LateralitySource));
        CalcQuant.Api.V1.Burden burden = Assert.Single(message.Burden);
        Assert.Equal(
            (CalcQuant.Api.V1.BodySite.UpperArm, CalcQuant.Api.V1.Laterality.Left, Depth.Subcutaneous, 1, 61.5, 25.5),
            (burden.Site, burden.Laterality, burden.Depth, burden.Count, burden.VolumeMm3, burden.MassMg));
        Assert.Equal(
            (Depth.Cutaneous, CalcQuant.Api.V1.SearchState.Empty, 0, "No calcification in the skin."),
            (message.Searched[0].Depth, message.Searched[0].State, message.Searched[0].Count, message.Searched[0].Explanation));
        Assert.Equal((120.0, "B30f", 2.5, 16.5, false), (message.Acquisition.Kvp, message.Acquisition.ConvolutionKernel, message.Acquisition.SliceThicknessMm, message.Acquisition.TiltDegrees, message.Acquisition.ContrastInHeader));
        Assert.Equal((4, 3, 2, 0.5, 0.75, 2.0), (message.Geometry.ColumnCount, message.Geometry.RowCount, message.Geometry.SliceCount, message.Geometry.BetweenColumnsMm, message.Geometry.BetweenRowsMm, message.Geometry.BetweenSlicesMm));
        Assert.Equal((100.0, 102.0), (message.Geometry.FirstSliceOriginLpsMm.Z, message.Geometry.LastSliceOriginLpsMm.Z));
        Assert.Equal([("reading pixels", 80.0, 300_000.0), ("body", 120.5, 200_000)], message.StageTimes.Select(time => (time.Stage, time.Milliseconds, time.VoxelsPerSecond)));
        Assert.Equal((130f, 0.78, 11.5, 0.9), (message.Parameters.ThresholdHu, message.Parameters.MilligramsPerCm3PerHu, message.Parameters.NoiseHu, message.Parameters.InPlaneBlurMm));
        Assert.Equal("bell, seen in 5 deposits", message.Parameters.SliceProfile);
    }

    [Fact]
    public void ToMessage_OfAFullReport_LeavesNoFieldUnset()
    {
        // A field added to the contract and forgotten in the mapping, or in the sample, shows up here by name.
        // What is measured of a CT and what of a radiograph: no report has both.
        string[] ofFilms =
        [
            "film", "area_mm2", "area_interval_mm2", "area_pixels", "pixel_count", "centroid_pixel", "bounds_pixel", "length_mm", "width_mm", "tier",
            "density_ratio", "density_grade", "contrast_to_noise", "name",
        ];
        CalcQuant.Api.V1.AnalysisReport message = SampleReports.Uncertain.ToMessage();
        Google.Protobuf.IMessage[] parts = [message, message.Issues[0], message.Totals[0], message.Burden[0], message.Regions[0], message.Corrections[0], message.Acquisition, message.Geometry, message.Parameters];
        Assert.All(parts, part => Assert.All(
            part.Descriptor.Fields.InDeclarationOrder().Where(field => field.HasPresence),
            field => Assert.Equal(!ofFilms.Contains(field.Name), field.Accessor.HasValue(part))));

        CalcQuant.Api.V1.AnalysisReport film = SampleReports.Film.ToMessage();
        Assert.All(ofFilms, name => Assert.True(((Google.Protobuf.IMessage[])[film, film.Totals[0], film.Regions[0]]).Any(
            part => part.Descriptor.FindFieldByName(name) is { } field && field.Accessor.HasValue(part)), name));
        Assert.All((Google.Protobuf.IMessage[])[film.Film, film.Film.Scale], part => Assert.All(
            part.Descriptor.Fields.InDeclarationOrder().Where(field => field.HasPresence),
            field => Assert.True(field.Accessor.HasValue(part), field.FullName)));
    }

    [Fact]
    public void ToMessage_OfAFilm_SetsOnlyWhatOneProjectionGives()
    {
        string[] shared = ["site", "site_source", "laterality", "laterality_source"];
        string[] ofFilms =
        [
            "area_mm2", "area_interval_mm2", "area_pixels", "pixel_count", "centroid_pixel", "bounds_pixel", "length_mm", "width_mm", "tier",
            "density_ratio", "density_grade", "contrast_to_noise", "name",
        ];
        CalcQuant.Api.V1.AnalysisReport film = SampleReports.Film.ToMessage();
        Assert.Null(film.Geometry);
        Assert.Null(film.Parameters);
        Assert.Equal(
            ofFilms.Concat(shared).Order(StringComparer.Ordinal),
            CalcQuant.Api.V1.Region.Descriptor.Fields.InDeclarationOrder().Where(field => field.HasPresence && field.Accessor.HasValue(film.Regions[0])).Select(field => field.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["area_interval_mm2", "area_mm2", "area_pixels"],
            CalcQuant.Api.V1.RegionTotal.Descriptor.Fields.InDeclarationOrder().Where(field => field.HasPresence && field.Accessor.HasValue(film.Totals[0])).Select(field => field.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ToMessage_OfARegionWithUnknowns_LeavesThemUnset()
    {
        CalcQuant.Api.V1.Region bone = SampleReports.Full.ToMessage().Regions[1];
        string[] alwaysKnown =
        [
            "voxel_count", "volume_mm3", "threshold_volume_mm3", "mean_hu", "max_hu", "standard_deviation_hu", "centroid_lps_mm", "bounds_lps_mm",
            "largest_slice_index", "largest_slice_sop_instance_uid",
        ];
        Assert.All(
            CalcQuant.Api.V1.Region.Descriptor.Fields.InDeclarationOrder().Where(field => field.HasPresence && !alwaysKnown.Contains(field.Name)),
            field => Assert.False(field.Accessor.HasValue(bone), field.FullName));
    }

    [Fact]
    public void ToMessage_OfARefusal_SaysWhichIssueRefuses()
    {
        CalcQuant.Api.V1.AnalysisReport message = SampleReports.Refused.ToMessage();
        Assert.Equal(CalcQuant.Api.V1.Verdict.Refused, message.Verdict);
        Assert.Equal([true, false], message.Issues.Select(issue => issue.Refuses));
        Assert.Null(message.Acquisition);
        Assert.Null(message.Geometry);
        Assert.Null(message.Parameters);
        Assert.False(message.HasInputSha256);
    }

    [Fact]
    public void ToMessage_OfMoreVoxelsThanInt32_Throws()
    {
        Analysis.AnalysisReport report = SampleReports.Least with { Regions = [SampleReports.Bone(1) with { VoxelCount = 1L << 31 }] };
        Assert.Throws<OverflowException>(() => report.ToMessage());
    }

    private static CalcQuant.Api.V1.AnalysisReport WithScale(Imaging.PixelScaleSource source) =>
        (SampleReports.Film with { Film = SampleReports.Film.Film! with { Scale = SampleReports.Film.Film!.Scale! with { Source = source } } }).ToMessage();

    private static CalcQuant.Api.V1.AnalysisReport WithRegion(Func<Radiography.ProjectedRegion, Radiography.ProjectedRegion> change) =>
        (SampleReports.Film with { Film = SampleReports.Film.Film! with { Regions = [change(SampleReports.Film.Film!.Regions[0])] } }).ToMessage();

    private static void AssertNames<TDomain, TMessage>(Func<TDomain, TMessage> map)
        where TDomain : struct, Enum
        where TMessage : struct, Enum
    {
        TDomain[] members = Enum.GetValues<TDomain>();
        Assert.All(
            members.Where(member => member.ToString() != "None"),
            member => Assert.Equal(member.ToString(), map(member).ToString()));
        int unspecified = 1, none = members.Count(member => member.ToString() == "None");
        Assert.Equal(Enum.GetValues<TMessage>().Length - unspecified, members.Length - none);
    }
}

