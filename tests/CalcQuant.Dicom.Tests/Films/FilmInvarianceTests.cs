using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Films;
using CalcQuant.Radiography;

namespace CalcQuant.Dicom.Tests.Films;

/// <summary>One phantom film, stored in other ways, is the same film: what is measured on it must not depend on polarity, bits or the direction it lies in.</summary>
public sealed class FilmInvarianceTests(FilmInvarianceTests.PhantomFilm phantom) : IClassFixture<FilmInvarianceTests.PhantomFilm>
{
    [Fact]
    public void Analyze_ThePhantom_FindsDeposits() => Assert.True(phantom.Report.Regions.Count(region => region.Tier == FindingTier.Probable) >= 2);

    [Fact]
    public void Analyze_InTheOtherPolarity_GivesTheSameRegionsToTheLastBit()
    {
        ushort[] inverted = [.. phantom.Scan.Pixels.Select(value => (ushort)(phantom.Scan.Options.GreatestValue - value))];
        AssertSame(phantom.Report, PhantomFilm.Analyze(phantom.Scan, inverted, phantom.Scan.ColumnCount, phantom.Scan.RowCount, film => film
            .Set(DicomTags.PhotometricInterpretation, "MONOCHROME1")
            .Set(DicomTags.PixelIntensityRelationshipSign, 1.0)));
    }

    [Fact]
    public void Analyze_WithAWindow_GivesTheSameRegionsToTheLastBit() =>
        AssertSame(phantom.Report, PhantomFilm.Analyze(phantom.Scan, phantom.Scan.Pixels, phantom.Scan.ColumnCount, phantom.Scan.RowCount, film => film
            .Set(DicomTags.WindowCenter, 100)
            .Set(DicomTags.WindowWidth, 50)));

    [Theory]
    [InlineData("quarter turn")]
    [InlineData("half turn")]
    [InlineData("three quarter turn")]
    [InlineData("left for right")]
    [InlineData("upside down")]
    public void Analyze_TurnedOrFlipped_ChangesAreasByLessThan1Percent(string way)
    {
        int width = phantom.Scan.ColumnCount, height = phantom.Scan.RowCount;
        bool swaps = way.Contains("quarter", StringComparison.Ordinal);
        (int newWidth, int newHeight) = swaps ? (height, width) : (width, height);
        ushort[] turned = new ushort[phantom.Scan.Pixels.Length];
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                (int newColumn, int newRow) = Place(column, row);
                turned[(newRow * newWidth) + newColumn] = phantom.Scan.Pixels[(row * width) + column];
            }
        }

        FilmReport report = PhantomFilm.Analyze(phantom.Scan, turned, newWidth, newHeight, film => film);
        ProjectedRegion[] probable = [.. phantom.Report.Regions.Where(region => region.Tier == FindingTier.Probable)];
        Assert.NotEmpty(probable);
        Assert.Equal(probable.Length, report.Regions.Count(region => region.Tier == FindingTier.Probable));
        Assert.All(probable, region =>
        {
            (int column, int row) = Place((int)Math.Round(region.CentroidPixel.Column), (int)Math.Round(region.CentroidPixel.Row));
            ProjectedRegion other = report.Regions.MinBy(found => Math.Abs(found.CentroidPixel.Column - column) + Math.Abs(found.CentroidPixel.Row - row))!;
            Assert.InRange(other.AreaMm2!.Value / region.AreaMm2!.Value, 0.99, 1.01);
        });

        (int Column, int Row) Place(int column, int row) => way switch
        {
            "quarter turn" => (height - 1 - row, column),
            "half turn" => (width - 1 - column, height - 1 - row),
            "three quarter turn" => (row, width - 1 - column),
            "left for right" => (width - 1 - column, row),
            _ => (column, height - 1 - row),
        };
    }

    private static void AssertSame(FilmReport expected, FilmReport actual)
    {
        Assert.Equal(expected.Regions.Select(region => region with { Evidence = [] }), actual.Regions.Select(region => region with { Evidence = [] }));
        Assert.Equal(expected.Regions.SelectMany(region => region.Evidence), actual.Regions.SelectMany(region => region.Evidence));
        Assert.Equal(expected.Totals, actual.Totals);
        Assert.Equal((expected.BodyShare, expected.BoneShare), (actual.BodyShare, actual.BoneShare));
    }

    /// <summary>A cylinder of muscle with three dense balls, drawn once for the class.</summary>
    public sealed class PhantomFilm
    {
        public PhantomFilm()
        {
            Scan = Film.Render(FilmOptions.MuscleCylinder(
                5,
                PlacedDeposit.Ball(new LpsPoint(-12, 0, 14), 6, 500),
                PlacedDeposit.Ball(new LpsPoint(9, 3, 4), 4, 600),
                PlacedDeposit.Ball(new LpsPoint(2, -6, -6), 3, 700)) with
            {
                PixelSpacingMm = 0.2,
            });
            Report = Analyze(Scan, Scan.Pixels, Scan.ColumnCount, Scan.RowCount, film => film);
        }

        public FilmScan Scan { get; }

        public FilmReport Report { get; }

        /// <summary>Writes the pixels as a film of a forearm and analyses the file.</summary>
        internal static FilmReport Analyze(FilmScan scan, ushort[] pixels, int columnCount, int rowCount, Func<DicomDataSetBuilder, DicomDataSetBuilder> change)
        {
            using FilmFolder folder = new FilmFolder().With(change(FilmFolder.Film()
                .Set(DicomTags.BodyPartExamined, "FOREARM")
                .Set(DicomTags.ImagerPixelSpacing, scan.PixelSpacingMm, scan.PixelSpacingMm)
                .Set(DicomTags.Columns, columnCount)
                .Set(DicomTags.Rows, rowCount)
                .SetBytes(DicomTags.PixelData, ValueRepresentation.OW, FilmFolder.Bytes(pixels))));
            using StackOutcome outcome = StackAnalysis.Run(folder.ScanOne(), new AnalysisOptions());
            return outcome.Report.Film ?? throw new InvalidOperationException(string.Join("; ", outcome.Report.Issues));
        }
    }
}
