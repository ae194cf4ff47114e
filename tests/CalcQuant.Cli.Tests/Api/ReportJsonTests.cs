using System.Text;
using System.Text.Json;
using CalcQuant.Api;
using CalcQuant.Api.V1;

namespace CalcQuant.Cli.Tests.Api;

public class ReportJsonTests
{
    private static readonly AnalysisOutput Output = new()
    {
        Reports = { SampleReports.Full.ToMessage(), SampleReports.Least.ToMessage(), SampleReports.Refused.ToMessage(), SampleReports.Film.ToMessage() },
        Skipped = { new SkippedFile { Path = "a/notes.txt", Reason = "not DICOM" } },
    };

    /// <summary>Every name that a script may rely on, with the object it stands in. Removing one from here breaks somebody.</summary>
    private static readonly Dictionary<string, string[]> PromisedNames = new()
    {
        [""] = ["reports", "skipped"],
        ["skipped"] = ["path", "reason"],
        ["reports"] = ["seriesInstanceUid", "modality", "verdict", "issues", "totals", "regions", "corrections", "acquisition", "geometry", "parameters", "algorithmVersion", "inputSha256", "stageTimes", "burden", "searched", "film"],
        ["reports.issues"] = ["code", "explanation", "sopInstanceUid", "refuses"],
        ["reports.totals"] = ["kind", "count", "volumeMm3", "thresholdVolumeMm3", "massMg", "volumeIntervalMm3", "massIntervalMg", "areaMm2", "areaIntervalMm2", "areaPixels"],
        ["reports.regions"] =
        [
            "id", "kind", "confidence", "evidence", "componentCount", "voxelCount", "volumeMm3", "volumeIntervalMm3", "volumeMethod",
            "thresholdVolumeMm3", "massMg", "massIntervalMg", "meanHu", "maxHu", "standardDeviationHu", "centroidLpsMm", "boundsLpsMm",
            "maxDiameterMm", "axialDiameterMm", "axialPerpendicularMm", "surfaceMm2", "depth", "depthBelowSkinMm", "distanceToBoneMm",
            "morphology", "agatston", "touchesBorder", "largestSliceIndex", "largestSliceSopInstanceUid",
            "structure",
            "depthShares", "site", "siteSource", "laterality", "lateralitySource",
            "seedLpsMm",
            "morphologyConfidence", "possibleOssification", "fluidLevel",
            "areaMm2", "areaIntervalMm2", "areaPixels", "pixelCount", "centroidPixel", "boundsPixel", "lengthMm", "widthMm", "tier",
            "densityRatio", "densityGrade", "contrastToNoise", "name",
        ],
        ["reports.regions.centroidPixel"] = ["column", "row"],
        ["reports.regions.boundsPixel"] = ["min", "max"],
        ["reports.film"] = ["sopInstanceUid", "columnCount", "rowCount", "scale", "viewPosition", "intensityOrigin", "bodyShare", "boneShare"],
        ["reports.film.scale"] = ["betweenColumnsMm", "betweenRowsMm", "source", "relativeUncertainty", "origin"],
        ["reports.regions.fluidLevel"] = ["fluidHu", "sedimentHu", "levelShare"],
        ["reports.regions.depthShares"] = ["depth", "fraction"],
        ["reports.burden"] = ["site", "laterality", "depth", "count", "volumeMm3", "massMg"],
        ["reports.searched"] = ["depth", "state", "count", "explanation"],
        ["reports.regions.volumeIntervalMm3"] = ["low", "high"],
        ["reports.regions.massIntervalMg"] = ["low", "high"],
        ["reports.regions.centroidLpsMm"] = ["x", "y", "z"],
        ["reports.regions.boundsLpsMm"] = ["min", "max"],
        ["reports.regions.boundsLpsMm.min"] = ["x", "y", "z"],
        ["reports.acquisition"] =
        [
            "studyInstanceUid", "frameOfReferenceUid", "stackNumber", "stackCount", "kvp", "convolutionKernel", "sliceThicknessMm",
            "reconstructionDiameterMm", "tiltDegrees", "patientPosition", "bodyPartExamined", "manufacturer", "manufacturerModelName",
            "contrastInHeader", "greatestExpressibleHu", "laterality", "lateralitySource",
        ],
        ["reports.corrections"] = ["regionId", "from", "to", "who", "when", "why", "pointLpsMm"],
        ["reports.stageTimes"] = ["stage", "milliseconds", "voxelsPerSecond"],
        ["reports.geometry"] =
        [
            "columnCount", "rowCount", "sliceCount", "betweenColumnsMm", "betweenRowsMm", "betweenSlicesMm", "columnDirection",
            "rowDirection", "firstSliceOriginLpsMm", "lastSliceOriginLpsMm",
        ],
        ["reports.parameters"] =
        [
            "thresholdHu", "thresholdOrigin", "connectivity", "milligramsPerCm3PerHu", "calibrationOrigin", "noiseHu", "inPlaneBlurMm",
            "blurOrigin",
            "boneOrigin", "calibrationSource", "calibrationInterceptHu", "calibrationTolerance", "calibrationRods", "calibrationInterceptToleranceHu", "sliceProfile",
        ],
    };

    [Fact]
    public void Names_OfEveryPromisedField_AreStillThere() => Assert.All(PromisedNames, promise =>
    {
        var message = AnalysisOutput.Descriptor;
        foreach (string step in promise.Key.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            message = message.Fields.InDeclarationOrder().Single(field => field.JsonName == step).MessageType;
        }

        Assert.Equal(promise.Value.Order(StringComparer.Ordinal), message.Fields.InDeclarationOrder().Select(field => field.JsonName).Order(StringComparer.Ordinal));
    });

    [Fact]
    public void EnumValues_OfEveryPromisedKind_AreStillThere()
    {
        AssertValues(Region.Descriptor.FindFieldByName("kind"), "REGION_KIND_", "UNSPECIFIED", "SOFT_TISSUE_CALCIFICATION", "VASCULAR", "UNCERTAIN", "BONE", "TOOTH", "METAL", "CONTRAST", "OUTSIDE_BODY", "NOISE");
        AssertValues(AnalysisReport.Descriptor.FindFieldByName("verdict"), "VERDICT_", "UNSPECIFIED", "ACCEPTED", "ACCEPTED_WITH_WARNINGS", "REFUSED");
        AssertValues(Region.Descriptor.FindFieldByName("depth"), "DEPTH_", "UNSPECIFIED", "CUTANEOUS", "SUBCUTANEOUS", "FASCIAL", "INTRAMUSCULAR", "PERIARTICULAR", "INTERNAL");
        AssertValues(Region.Descriptor.FindFieldByName("morphology"), "MORPHOLOGY_", "UNSPECIFIED", "NODULE", "PLAQUE", "SHEET", "LINEAR", "RETICULAR", "TUMORAL", "CYSTIC", "PHLEBOLITH", "PUNCTATE");
        AssertValues(Region.Descriptor.FindFieldByName("site"), "BODY_SITE_", "UNSPECIFIED", "HEAD", "NECK", "CHEST", "ABDOMEN", "PELVIS", "TRUNK", "SHOULDER", "UPPER_ARM", "ELBOW", "FOREARM", "WRIST", "HAND", "HIP", "THIGH", "KNEE", "LOWER_LEG", "ANKLE", "FOOT", "UPPER_LIMB", "LOWER_LIMB");
        AssertValues(Region.Descriptor.FindFieldByName("laterality"), "LATERALITY_", "UNSPECIFIED", "RIGHT", "LEFT", "MIDLINE");
        AssertValues(Region.Descriptor.FindFieldByName("tier"), "FINDING_TIER_", "UNSPECIFIED", "PROBABLE", "POSSIBLE", "POSSIBLE_OVER_BONE", "GUIDED");
        AssertValues(Region.Descriptor.FindFieldByName("density_grade"), "DENSITY_GRADE_", "UNSPECIFIED", "FAINT", "MODERATE", "DENSE");
        AssertValues(PixelScale.Descriptor.FindFieldByName("source"), "PIXEL_SCALE_SOURCE_", "UNSPECIFIED", "FIDUCIAL", "GEOMETRY", "MAGNIFICATION", "UNSTATED_CALIBRATION", "DETECTOR_PLANE", "SCANNED_FILM", "UNEXPLAINED");
        AssertValues(SearchedCompartment.Descriptor.FindFieldByName("state"), "SEARCH_STATE_", "UNSPECIFIED", "FOUND", "EMPTY", "NOT_SEARCHED", "PARTLY_SEARCHED");
    }

    [Fact]
    public void WithoutStageTimes_OfAnOutput_DropsThemAndNothingElse()
    {
        AnalysisOutput timed = Output.Clone();
        AnalysisOutput untimed = Output.Clone().WithoutStageTimes();

        Assert.NotEmpty(timed.Reports[0].StageTimes);
        Assert.All(untimed.Reports, report => Assert.Empty(report.StageTimes));
        untimed.Reports[0].StageTimes.Add(timed.Reports[0].StageTimes);
        Assert.Equal(timed, untimed);
    }

    [Fact]
    public void Write_OfAnOutput_ReadsBackEqual()
    {
        using MemoryStream text = Write(Output);
        Assert.Equal(Output, ReportJson.Read(text));
    }

    [Fact]
    public void Write_OfEmptyLists_WritesThem()
    {
        using JsonDocument json = JsonDocument.Parse(Write(Output));
        JsonElement least = json.RootElement.GetProperty("reports")[1];
        Assert.Equal(0, least.GetProperty("regions").GetArrayLength());
        Assert.Equal(0, least.GetProperty("totals").GetArrayLength());
        Assert.Equal(0, least.GetProperty("issues").GetArrayLength());
        using JsonDocument empty = JsonDocument.Parse(Write(new AnalysisOutput()));
        Assert.Equal(["reports", "skipped"], empty.RootElement.EnumerateObject().Select(field => field.Name));
    }

    [Fact]
    public void Write_OfUnknowns_WritesNoFieldForThem()
    {
        using JsonDocument json = JsonDocument.Parse(Write(Output));
        JsonElement bone = json.RootElement.GetProperty("reports")[0].GetProperty("regions")[1];
        Assert.Equal("REGION_KIND_BONE", bone.GetProperty("kind").GetString());
        Assert.All(
            ["massMg", "volumeIntervalMm3", "massIntervalMg", "depth", "morphology", "agatston", "depthBelowSkinMm", "maxDiameterMm"],
            name => Assert.False(bone.TryGetProperty(name, out _), name));
        Assert.Equal(0, bone.GetProperty("standardDeviationHu").GetDouble());
        Assert.False(bone.GetProperty("touchesBorder").GetBoolean());
    }

    [Fact]
    public void Write_OfARadiograph_WritesAreasAndNothingThatOneProjectionCannotGive()
    {
        using JsonDocument json = JsonDocument.Parse(Write(Output));
        JsonElement film = json.RootElement.GetProperty("reports")[3];
        JsonElement deposit = film.GetProperty("regions")[0];
        Assert.Equal(8.00625, deposit.GetProperty("areaMm2").GetDouble());
        Assert.Equal("FINDING_TIER_PROBABLE", deposit.GetProperty("tier").GetString());
        Assert.All(film.GetProperty("regions").EnumerateArray().Concat(film.GetProperty("totals").EnumerateArray()), AssertNoVolume);
        Assert.False(film.GetProperty("regions")[1].TryGetProperty("areaMm2", out _));
        Assert.Equal(19.5, film.GetProperty("regions")[1].GetProperty("areaPixels").GetDouble());
        Assert.False(film.TryGetProperty("geometry", out _));
        Assert.False(film.TryGetProperty("parameters", out _));

        static void AssertNoVolume(JsonElement element) => Assert.All(
            ["volumeMm3", "volumeIntervalMm3", "thresholdVolumeMm3", "massMg", "massIntervalMg", "meanHu", "maxHu", "standardDeviationHu", "voxelCount", "centroidLpsMm", "boundsLpsMm", "seedLpsMm", "largestSliceIndex", "agatston"],
            name => Assert.False(element.TryGetProperty(name, out _), name));
    }

    [Fact]
    public void Write_OfCounts_WritesNumbersNotStrings()
    {
        using JsonDocument json = JsonDocument.Parse(Write(Output));
        JsonElement region = json.RootElement.GetProperty("reports")[0].GetProperty("regions")[0];
        Assert.All(["id", "voxelCount", "componentCount", "largestSliceIndex"], name => Assert.Equal(JsonValueKind.Number, region.GetProperty(name).ValueKind));
    }

    [Fact]
    public void Write_OfADouble_LosesNoDigit()
    {
        Analysis.AnalysisReport report = SampleReports.Least with { Regions = [SampleReports.Bone(1) with { VolumeMm3 = Math.PI, MeanHu = 0.1 + 0.2 }] };
        using JsonDocument json = JsonDocument.Parse(Write(new AnalysisOutput { Reports = { report.ToMessage() } }));
        JsonElement region = json.RootElement.GetProperty("reports")[0].GetProperty("regions")[0];
        Assert.Equal(Math.PI, region.GetProperty("volumeMm3").GetDouble());
        Assert.Equal(0.1 + 0.2, region.GetProperty("meanHu").GetDouble());
    }

    [Fact]
    public void Write_OfAnything_IsUtf8WithoutAMarkAndEndsWithALineFeed()
    {
        byte[] text = Write(Output).ToArray();
        Assert.Equal((byte)'{', text[0]);
        Assert.Equal((byte)'\n', text[^1]);
    }

    [Fact]
    public void Read_OfAFieldOfALaterVersion_SkipsIt()
    {
        using var text = new MemoryStream(Encoding.UTF8.GetBytes("""{"reports":[{"modality":"CT","somethingNew":1}],"skipped":[]}"""));
        Assert.Equal("CT", Assert.Single(ReportJson.Read(text).Reports).Modality);
    }

    private static void AssertValues(Google.Protobuf.Reflection.FieldDescriptor field, string prefix, params string[] names) =>
        Assert.Equal(names.Select(name => prefix + name), field.EnumType.Values.Select(value => value.Name));

    private static MemoryStream Write(AnalysisOutput output)
    {
        var stream = new MemoryStream();
        ReportJson.Write(output, stream);
        stream.Position = 0;
        return stream;
    }
}
