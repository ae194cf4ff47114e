using CalcQuant.Dicom;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Films;

namespace CalcQuant.Tests.Phantoms;

public sealed class FilmTests
{
    // 62.5 kV stand for 40 keV, where the tables of Hubbell and Seltzer give the attenuation without interpolation: water 0.2683 cm2/g, calcium
    // hydroxyapatite 0.987 cm2/g less the water it displaces.
    private const double Kvp = 62.5;
    private const double WaterPerMm = 0.02683;
    private const double CalciumPerMmPerMg = 9.02e-5;
    private const double MuscleHu = 50;
    private const double MineralFreeHu = 30.2;

    [Theory]
    [InlineData(2, 0.15, 1)]
    [InlineData(5, 0.15, 1)]
    [InlineData(10, 0.2, 1.3)]
    [InlineData(5, 0.3, 1)]
    public void Render_Ball_CoversItsCircle(double diameterMm, double spacingMm, double magnification)
    {
        FilmScan scan = Film.Render(Ball(diameterMm) with { PixelSpacingMm = spacingMm, Magnification = magnification });
        double circle = Math.PI * diameterMm * diameterMm / 4;
        FilmDepositTruth ball = Assert.Single(scan.Truth.Deposits);
        Assert.InRange(ball.AreaMm2 / circle, 0.99, 1.01);

        // A pixel belongs to the mask by its centre: some more or fewer than the area, at a rim of pi d / spacing pixels.
        double pixel = spacingMm / magnification;
        double expected = circle / (pixel * pixel);
        Assert.InRange(ball.Silhouette.Count, expected - (2 * Math.Sqrt(Math.PI * diameterMm / pixel)), expected + (2 * Math.Sqrt(Math.PI * diameterMm / pixel)));
    }

    [Theory]
    [InlineData(3, 400)]
    [InlineData(6, 800)]
    public void Render_Ball_AddsItsVolumeTimesItsAttenuation(double diameterMm, double density)
    {
        FilmOptions options = Ball(diameterMm, density) with { BlurFwhmMm = 0, ScatterToPrimary = 0, BitsStored = 16, Intent = FilmIntent.ProcessingLogarithmic };
        FilmScan with = Film.Render(options);
        FilmScan without = Film.Render(options with { Phantom = options.Phantom with { Placed = [] } });
        double perMm = (WaterPerMm * (MineralFreeHu - MuscleHu) / 1000) + (CalciumPerMmPerMg * density);
        double expected = perMm * Math.PI / 6 * Math.Pow(diameterMm, 3);
        Assert.Equal(without.Pixels.Length, with.Pixels.Length);
        double sum = 0;
        for (int i = 0; i < with.Pixels.Length; i++)
        {
            // All air has one value, so rounding does not average out there.
            sum += with.Truth.Body[i % with.ColumnCount, i / with.ColumnCount] ? Logarithm(with, i) - Logarithm(without, i) : 0;
        }

        double measured = sum * with.Truth.PatientSpacingMm * with.Truth.PatientSpacingMm;
        Assert.InRange(measured / expected, 0.98, 1.02);
        FilmDepositTruth ball = with.Truth.Deposits[0];
        Assert.InRange(ball.MeanLogContrast * ball.AreaMm2 / expected, 0.98, 1.02);
        Assert.InRange(ball.PeakLogContrast / (perMm * diameterMm), 0.98, 1.001);
    }

    [Fact]
    public void Render_CylinderOfMuscle_AttenuatesByItsThickness()
    {
        FilmScan scan = Film.Render(Ball(3) with { Phantom = PhantomOptions.MuscleCylinder(1), BlurFwhmMm = 0, ScatterToPrimary = 0, BitsStored = 16, Intent = FilmIntent.ProcessingLogarithmic });

        // 0.45 of the field of 128 pixels of 0.65 mm is the radius; the film is centred on the axis.
        const double RadiusMm = 0.45 * 128 * 0.65;
        int row = scan.RowCount / 2;
        foreach (double share in (double[])[0, 0.3, 0.6, 0.9])
        {
            int column = (int)((scan.ColumnCount / 2) + (share * RadiusMm / scan.PixelSpacingMm));
            double offset = (column + 0.5 - (scan.ColumnCount / 2.0)) * scan.PixelSpacingMm;
            double chord = 2 * Math.Sqrt((RadiusMm * RadiusMm) - (offset * offset));
            Assert.InRange(Logarithm(scan, (row * scan.ColumnCount) + column) / (chord * WaterPerMm * (1 + (MuscleHu / 1000))), 0.995, 1.005);
        }
    }

    [Fact]
    public void Render_OnOneAndOnManyThreads_GivesTheSameBytes()
    {
        FilmOptions options = FilmOptions.Hand(5) with { PixelSpacingMm = 0.4 };
        byte[] one = FilmDicom.ToFile(Film.Render(options with { Phantom = options.Phantom with { MaxThreadCount = 1 } }));
        byte[] many = FilmDicom.ToFile(Film.Render(options with { Phantom = options.Phantom with { MaxThreadCount = 5 } }));
        Assert.Equal(one, many);
    }

    [Theory]
    [InlineData(FilmIntent.Presentation, 12)]
    [InlineData(FilmIntent.ProcessingLinear, 14)]
    [InlineData(FilmIntent.ProcessingLogarithmic, 8)]
    public void Render_Monochrome1_IsTheInverseOfMonochrome2(FilmIntent intent, int bits)
    {
        FilmOptions options = Ball(6) with { Intent = intent, BitsStored = bits, QuantaPerPixel = 1500, Marker = 'R', CollimationBorderMm = 4 };
        FilmScan two = Film.Render(options);
        FilmScan one = Film.Render(options with { Monochrome1 = true });
        Assert.Equal(two.Pixels.Select(value => (1 << bits) - 1 - value), one.Pixels.Select(value => (int)value));
    }

    [Fact]
    public void Render_Magnified_NeedsItsSquareMorePixels()
    {
        const double Magnification = 1.5;
        FilmScan plain = Film.Render(Ball(8));
        FilmScan magnified = Film.Render(Ball(8) with { Magnification = Magnification });
        double ratio = (double)magnified.Truth.Deposits[0].Silhouette.Count / plain.Truth.Deposits[0].Silhouette.Count;
        Assert.InRange(ratio / (Magnification * Magnification), 0.99, 1.01);
        Assert.InRange(magnified.Truth.Deposits[0].AreaMm2 / plain.Truth.Deposits[0].AreaMm2, 0.995, 1.005);
    }

    [Fact]
    public void Render_OfAPhantom_ShowsTheDepositsOfItsCt()
    {
        FilmOptions options = FilmOptions.Forearm(9) with { PixelSpacingMm = 0.4 };
        PhantomScan ct = Phantom.Render(options.Phantom with { ColumnCount = 96, RowCount = 96, PixelSpacingMm = 1.3 });
        FilmScan film = Film.Render(options);
        Assert.Equal(ct.Truth.Deposits.Select(deposit => deposit.Kind), film.Truth.Deposits.Select(deposit => deposit.Kind));
        Assert.Equal(ct.Truth.Deposits.Select(deposit => deposit.VolumeMm3), film.Truth.Deposits.Select(deposit => deposit.VolumeMm3));
    }

    [Fact]
    public void Render_ThreeViews_ShowABallWhereItLies()
    {
        FilmOptions options = Ball(4);
        (double Column, double Row) Middle(FilmView view)
        {
            FilmScan scan = Film.Render(options with { View = view });
            FilmDepositTruth ball = scan.Truth.Deposits[0];
            return ((ball.CentroidColumn + 0.5 - (scan.ColumnCount / 2.0)) * scan.PixelSpacingMm, (ball.CentroidRow + 0.5 - (scan.RowCount / 2.0)) * scan.PixelSpacingMm);
        }

        // The ball lies 5.13 mm left, 7.31 mm in front and 1.19 mm above the middle; half a pixel for the film's size in whole pixels.
        const double Tolerance = 0.1;
        (double ap, double row) = Middle(FilmView.Ap);
        (double pa, _) = Middle(FilmView.Pa);
        (double lateral, _) = Middle(FilmView.Lat);
        Assert.InRange(ap, 5.13 - Tolerance, 5.13 + Tolerance);
        Assert.InRange(pa, -5.13 - Tolerance, -5.13 + Tolerance);
        Assert.InRange(lateral, -7.31 - Tolerance, -7.31 + Tolerance);
        Assert.InRange(row, -1.19 - Tolerance, -1.19 + Tolerance);
    }

    [Fact]
    public void Render_Noise_IsThatOfItsQuanta()
    {
        const double Quanta = 900;
        FilmOptions options = Ball(3) with { Phantom = PhantomOptions.MuscleCylinder(1), ScatterToPrimary = 0, BlurFwhmMm = 0, BitsStored = 16, QuantaPerPixel = Quanta, Intent = FilmIntent.ProcessingLinear };
        FilmScan noisy = Film.Render(options);
        FilmScan clean = Film.Render(options with { QuantaPerPixel = 0 });
        double mean = 0;
        int count = 0;
        for (int i = 0; i < clean.Pixels.Length; i++)
        {
            if (clean.Truth.Body[i % clean.ColumnCount, i / clean.ColumnCount])
            {
                mean += Exposure(clean, i);
                count++;
            }
        }

        mean /= count;
        double squares = 0;
        for (int i = 0; i < clean.Pixels.Length; i++)
        {
            double expected = Exposure(clean, i);
            squares += clean.Truth.Body[i % clean.ColumnCount, i / clean.ColumnCount] ? Math.Pow(Exposure(noisy, i) - expected, 2) / (expected * mean / Quanta) : 0;
        }

        // Poisson: variance over mean is one quantum; 20000 pixels and more give 1 %.
        Assert.InRange(squares / count, 0.95, 1.05);
    }

    [Theory]
    [InlineData(FilmSpacing.None, null, null, null, null)]
    [InlineData(FilmSpacing.DetectorPlane, 0.2, null, null, null)]
    [InlineData(FilmSpacing.Geometry, 0.2, 0.16, "GEOMETRY", 1.25)]
    [InlineData(FilmSpacing.Fiducial, 0.2, 0.16, "FIDUCIAL", null)]
    [InlineData(FilmSpacing.Scanned, null, null, null, null)]
    public void ToFile_Spacing_IsSaidAsAsked(FilmSpacing spacing, double? imager, double? patient, string? calibration, double? magnification)
    {
        FilmScan scan = Film.Render(Ball(3) with { PixelSpacingMm = 0.2, Magnification = 1.25, Spacing = spacing, Monochrome1 = true, Intent = FilmIntent.ProcessingLinear });
        DicomDataSet header = Assert.IsType<DicomReading.Accepted>(DicomFile.Read("film", FilmDicom.ToFile(scan), new ReadingLimits())).File.DataSet;
        Assert.Equal(imager, header.GetDouble(DicomTags.ImagerPixelSpacing));
        Assert.Equal(patient, header.GetDouble(DicomTags.PixelSpacing));
        Assert.Equal(calibration, header.GetString(DicomTags.PixelSpacingCalibrationType));
        Assert.Equal(magnification, header.GetDouble(DicomTags.EstimatedRadiographicMagnificationFactor));
        Assert.Equal(spacing == FilmSpacing.Scanned ? 0.2 : null, header.GetDouble(DicomTags.NominalScannedPixelSpacing));
        Assert.Equal("1.2.840.10008.5.1.4.1.1.1.1.1", header.GetString(DicomTags.SOPClassUID));
        Assert.Equal("FOR PROCESSING", header.GetString(DicomTags.PresentationIntentType));
        Assert.Equal("LIN", header.GetString(DicomTags.PixelIntensityRelationship));
        Assert.Equal(1, header.GetDouble(DicomTags.PixelIntensityRelationshipSign));
        Assert.Equal("INVERSE", header.GetString(DicomTags.PresentationLUTShape));
        Assert.Equal(scan.ColumnCount, header.GetDouble(DicomTags.Columns));
    }

    private static FilmOptions Ball(double diameterMm, double density = 600) =>
        FilmOptions.MuscleCylinder(1, PlacedDeposit.Ball(new(5.13, -7.31, 1.19), diameterMm, density)) with { Kvp = Kvp, QuantaPerPixel = 0 };

    private static double Logarithm(FilmScan scan, int pixel) => scan.Truth.Scale.Offset + (scan.Truth.Scale.PerValue * scan.Pixels[pixel]);

    private static double Exposure(FilmScan scan, int pixel) => Logarithm(scan, pixel);
}
