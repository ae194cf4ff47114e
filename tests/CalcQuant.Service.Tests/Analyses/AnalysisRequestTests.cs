using CalcQuant.Api;
using CalcQuant.Service.Analyses;
using Google.Protobuf;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Tests.Analyses;

public sealed class AnalysisRequestTests
{
    private static readonly V1.SeriesReference Series = new() { SeriesInstanceUid = "1.2.3" };

    [Fact]
    public void Parse_EverythingIsWrong_ListsEveryViolation()
    {
        var options = new V1.AnalysisOptions
        {
            ThresholdHu = float.NaN,
            Connectivity = (V1.Connectivity)9,
            Calibration = new V1.Calibration { MilligramsPerCm3PerHu = 0, Origin = new string('x', 201) + "\n" },
            RegionOfInterestLpsMm = new V1.LpsBox { Min = new V1.LpsPoint { X = 1, Y = 0, Z = double.NaN }, Max = new V1.LpsPoint { X = 1, Y = 1, Z = 1 } },
            MinimumVolumeMm3 = -1,
            BoneMask = new V1.BoneMask { Nifti = ByteString.Empty, Labels = { 0, 3 } },
            CalibrationRods = { new V1.CalibrationRod { PointLpsMm = new V1.LpsPoint(), DiameterMm = 20, DensityMgPerCm3 = 100 }, new V1.CalibrationRod { DiameterMm = 20 } },
            ScannerCalibrations = { new V1.ScannerCalibration { Manufacturer = "A", Model = "B", Kvp = 120, MilligramsPerCm3PerHu = 0.8, Tolerance = 2, Origin = "x" } },
        };
        var fault = Assert.Throws<ServiceFault>(() => AnalysisRequest.Parse(new V1.SeriesReference(), options, [V1.ArtifactKind.Unspecified, V1.ArtifactKind.Json, (V1.ArtifactKind)77]));
        Assert.Equal(ServiceErrorCode.InvalidRequest, fault.Error.Code);
        Assert.Equal(
            [
                "series", "options.connectivity", "options.threshold_hu", "options.calibration.milligrams_per_cm3_per_hu", "options.calibration.origin", "options.calibration.origin",
                "options.calibration_rods", "options.calibration_rods[1]", "options.scanner_calibrations[0]",
                "options.region_of_interest_lps_mm", "options.region_of_interest_lps_mm.min.z", "options.minimum_volume_mm3", "options.bone_mask.labels", "options.bone_mask.nifti",
                "artifacts[0]", "artifacts[2]",
            ],
            fault.Error.Violations.Select(violation => violation.Field));
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-130f)]
    [InlineData(float.PositiveInfinity)]
    public void Parse_ThresholdThatIsNone_IsAViolation(float threshold) =>
        Assert.Throws<ServiceFault>(() => AnalysisRequest.Parse(Series, new V1.AnalysisOptions { ThresholdHu = threshold }, []));

    [Fact]
    public void Parse_EqualOptionsWrittenDifferently_GiveEqualBytes()
    {
        var box = new V1.LpsBox { Min = new V1.LpsPoint { X = -0.0, Y = -1, Z = -1 }, Max = new V1.LpsPoint { X = 1, Y = 1, Z = 1 } };
        var plain = new V1.AnalysisOptions { RegionOfInterestLpsMm = box, BoneMask = new V1.BoneMask { SegmentationSopInstanceUid = "1.2", Labels = { 2, 1, 2 } } };
        V1.AnalysisOptions explicitly = plain.Clone();
        explicitly.Connectivity = V1.Connectivity.Full26;
        explicitly.RegionOfInterestLpsMm.Min.X = 0;
        explicitly.BoneMask.Labels.Clear();
        explicitly.BoneMask.Labels.AddRange([1, 2]);
        Assert.Equal(AnalysisRequest.Parse(Series, plain, []).Options.ToByteArray(), AnalysisRequest.Parse(Series, explicitly, []).Options.ToByteArray());
    }

    [Fact]
    public void Parse_BoneMaskWithItsBytes_KeepsTheBytesOutOfTheOptions()
    {
        var options = new V1.AnalysisOptions { BoneMask = new V1.BoneMask { Nifti = ByteString.CopyFrom(1, 2, 3) } };
        AnalysisRequest request = AnalysisRequest.Parse(Series, options, []);
        Assert.Equal(BoneMaskFormat.Nifti, request.MaskFormat);
        Assert.Equal([1, 2, 3], request.MaskBytes.ToArray());
        Assert.Equal(V1.BoneMask.SourceOneofCase.None, request.Options.BoneMask.SourceCase);
    }

    [Fact]
    public void AnalysisKeyOf_AnyPartDiffers_Differs()
    {
        V1.AnalysisOptions options = AnalysisRequest.Parse(Series, null, []).Options;
        V1.AnalysisOptions other = AnalysisRequest.Parse(Series, new V1.AnalysisOptions { ThresholdHu = 200 }, []).Options;
        FileHashes one = FileHashes.Of([new string('a', 64), new string('b', 64)]);
        FileHashes same = FileHashes.Of([new string('b', 64), new string('a', 64), new string('b', 64)]);
        FileHashes more = FileHashes.Of([new string('a', 64), new string('b', 64), new string('c', 64)]);
        string key = AnalysisKey.Of(one, "1.2.3", options, null, "1");
        Assert.Equal(key, AnalysisKey.Of(same, "1.2.3", options, null, "1"));
        string[] others =
        [
            AnalysisKey.Of(more, "1.2.3", options, null, "1"), AnalysisKey.Of(one, "1.2.4", options, null, "1"), AnalysisKey.Of(one, "1.2.3", other, null, "1"),
            AnalysisKey.Of(one, "1.2.3", options, new string('0', 64), "1"), AnalysisKey.Of(one, "1.2.3", options, null, "2"),
        ];
        Assert.Equal(6, others.Append(key).Distinct().Count());
    }

    [Theory]
    [InlineData("analyses/0123456789abcdef0123456789abcdef", true)]
    [InlineData("analyses/0123456789ABCDEF0123456789abcdef", false)]
    [InlineData("analyses/0123456789abcdef", false)]
    [InlineData("analyses/../../0123456789abcdef0123456", false)]
    [InlineData("", false)]
    public void AnalysisNamesTryParse_Text_AcceptsOnlyNames(string name, bool isName) => Assert.Equal(isName, AnalysisNames.TryParse(name, out _));
}
