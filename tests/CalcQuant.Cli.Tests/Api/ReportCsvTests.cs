using System.Text;
using CalcQuant.Api;
using CalcQuant.Api.V1;

namespace CalcQuant.Cli.Tests.Api;

public class ReportCsvTests
{
    [Fact]
    public void Write_OfReports_WritesAHeaderAndARowPerRegion()
    {
        List<string[]> rows = Parse(Write(SampleReports.Full, SampleReports.Refused, SampleReports.Least));
        Assert.Equal(3, rows.Count);
        Assert.Equal(ReportCsv.ColumnNames, rows[0]);
        Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
    }

    [Theory]
    [InlineData("seriesInstanceUid", "1.2.3.4", "1.2.3.4")]
    [InlineData("stackNumber", "2", "2")]
    [InlineData("kind", "REGION_KIND_SOFT_TISSUE_CALCIFICATION", "REGION_KIND_BONE")]
    [InlineData("volumeMm3", "61.5", "900")]
    [InlineData("massMg", "25.5", "")]
    [InlineData("volumeIntervalMm3.low", "55.5", "")]
    [InlineData("massIntervalMg.high", "32.5", "")]
    [InlineData("morphologyConfidence", "0.85", "")]
    [InlineData("possibleOssification", "true", "false")]
    [InlineData("fluidLevel.sedimentHu", "240.25", "")]
    [InlineData("depth", "DEPTH_SUBCUTANEOUS", "")]
    [InlineData("morphology", "MORPHOLOGY_NODULE", "")]
    [InlineData("site", "BODY_SITE_UPPER_ARM", "")]
    [InlineData("laterality", "LATERALITY_LEFT", "")]
    [InlineData("depthShares", "DEPTH_SUBCUTANEOUS 0.75; DEPTH_FASCIAL 0.25", "")]
    [InlineData("centroidLpsMm.z", "104.75", "0")]
    [InlineData("boundsLpsMm.max.y", "33", "0")]
    [InlineData("evidence", "9.5 mm from bone; in fat, \"dense\" rim", "")]
    public void Write_OfAColumn_WritesTheValueOrAnEmptyCell(string column, string ofTheDeposit, string ofTheBone)
    {
        List<string[]> rows = Parse(Write(SampleReports.Full));
        int index = Array.IndexOf(rows[0], column);
        Assert.Equal([ofTheDeposit, ofTheBone], [rows[1][index], rows[2][index]]);
    }

    [Theory]
    [InlineData("sopInstanceUid", "1.2.3.7.1", "1.2.3.7.1")]
    [InlineData("stackNumber", "2", "2")]
    [InlineData("kind", "REGION_KIND_SOFT_TISSUE_CALCIFICATION", "REGION_KIND_UNCERTAIN")]
    [InlineData("tier", "FINDING_TIER_PROBABLE", "FINDING_TIER_POSSIBLE_OVER_BONE")]
    [InlineData("name", "thumb", "")]
    [InlineData("areaMm2", "8.00625", "")]
    [InlineData("areaIntervalMm2.low", "6.5", "")]
    [InlineData("areaPixels", "640.5", "19.5")]
    [InlineData("pixelCount", "641", "20")]
    [InlineData("centroidPixel.column", "1000.5", "5")]
    [InlineData("boundsPixel.min.column", "990", "3")]
    [InlineData("boundsPixel.max.row", "816", "8")]
    [InlineData("lengthMm", "3.5", "")]
    [InlineData("densityGrade", "DENSITY_GRADE_MODERATE", "")]
    [InlineData("pixelScaleSource", "PIXEL_SCALE_SOURCE_DETECTOR_PLANE", "PIXEL_SCALE_SOURCE_DETECTOR_PLANE")]
    [InlineData("site", "BODY_SITE_HAND", "")]
    public void Write_OfAColumnOfARadiograph_WritesTheValueOrAnEmptyCell(string column, string ofTheDeposit, string ofTheOther)
    {
        List<string[]> rows = Parse(Write(SampleReports.Film));
        int index = Array.IndexOf(rows[0], column);
        Assert.Equal([ofTheDeposit, ofTheOther], [rows[1][index], rows[2][index]]);
    }

    [Fact]
    public void Write_OfARadiograph_LeavesEverythingOfVolumesEmpty()
    {
        List<string[]> rows = Parse(Write(SampleReports.Film));
        string[] ofVolumes =
        [
            .. rows[0].Where(name => name.Contains("Mm3", StringComparison.Ordinal) || name.Contains("Mg", StringComparison.Ordinal) || name.Contains("Hu", StringComparison.Ordinal) || name.Contains("Lps", StringComparison.Ordinal)),
            "volumeMethod", "voxelCount", "depth", "morphology", "agatston", "touchesBorder", "largestSliceIndex", "largestSliceSopInstanceUid", "possibleOssification",
        ];
        Assert.All(ofVolumes, name => Assert.Equal(["", ""], [rows[1][Array.IndexOf(rows[0], name)], rows[2][Array.IndexOf(rows[0], name)]]));
    }

    [Fact]
    public void ColumnNames_OfRegionFields_AreThoseOfTheJson()
    {
        string[] ofTheReport = ["seriesInstanceUid", "stackNumber", "sopInstanceUid", "pixelScaleSource"];
        IEnumerable<string> ofRegions = ReportCsv.ColumnNames.Except(ofTheReport).Select(name => name.Split('.')[0]).Distinct();
        Assert.Equal(
            Region.Descriptor.Fields.InDeclarationOrder().Select(field => field.JsonName).Order(StringComparer.Ordinal),
            ofRegions.Order(StringComparer.Ordinal));
    }

    private static string Write(params Analysis.AnalysisReport[] reports)
    {
        using var stream = new MemoryStream();
        ReportCsv.Write(reports.Select(report => report.ToMessage()), stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>A plain RFC 4180 reader: quotes protect commas, line ends and doubled quotes.</summary>
    private static List<string[]> Parse(string text)
    {
        var rows = new List<string[]>();
        var row = new List<string>();
        var cell = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '"' when quoted && i + 1 < text.Length && text[i + 1] == '"':
                    cell.Append('"');
                    i++;
                    break;
                case '"':
                    quoted = !quoted;
                    break;
                case ',' when !quoted:
                    row.Add(cell.ToString());
                    cell.Clear();
                    break;
                case '\r' when !quoted:
                    break;
                case '\n' when !quoted:
                    row.Add(cell.ToString());
                    cell.Clear();
                    rows.Add([.. row]);
                    row.Clear();
                    break;
                default:
                    cell.Append(text[i]);
                    break;
            }
        }

        Assert.False(quoted);
        Assert.Empty(row);
        return rows;
    }
}
