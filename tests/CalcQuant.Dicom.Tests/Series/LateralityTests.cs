using CalcQuant.Dicom.Encoding;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Tests.Series;

/// <summary>Which side was examined, from classic images.</summary>
public sealed class LateralityTests
{
    [Fact]
    public void Scan_LateralityOfTheSeries_IsReadWithItsSource() =>
        Assert.Equal(("L", "Laterality (0020,0060)"), Scan((_, slice) => slice.Set(DicomTags.Laterality, "L")));

    [Fact]
    public void Scan_LateralityOfTheImage_WinsOverThatOfTheSeries() =>
        Assert.Equal(("R", "Image Laterality (0020,0062)"), Scan((_, slice) => slice.Set(DicomTags.Laterality, "L").Set(DicomTags.ImageLaterality, "R")));

    [Fact]
    public void Scan_LateralityThatDiffersOrIsAbsent_IsNotKnown()
    {
        Assert.Equal((null, null), Scan((i, slice) => slice.Set(DicomTags.Laterality, i == 1 ? "L" : "R")));
        Assert.Equal((null, null), Scan((i, slice) => { }));
    }

    private static (string? Side, string? Source) Scan(Action<int, DicomDataSetBuilder> change)
    {
        using var folder = new SeriesFolder();
        CtAcquisition acquisition = folder.WithStack(3, change).ScanOne().Acquisition;
        return (acquisition.Laterality, acquisition.LateralitySource);
    }
}
