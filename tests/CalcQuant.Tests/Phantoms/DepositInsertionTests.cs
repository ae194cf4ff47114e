using System.Buffers.Binary;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.RealCt;
using CalcQuant.Phantoms.Shapes;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Phantoms;

/// <summary>Known deposits put into an image: their amount, and what they leave alone.</summary>
public sealed class DepositInsertionTests
{
    private static readonly PhantomScan Scan = Phantom.Render(PhantomOptions.MuscleCylinder(seed: 5));
    private static readonly Lazy<DepositInsertion> Muscle = new(() => new DepositInsertion(Scan.Series));

    public static TheoryData<string, double, double, double> Grids => new()
    {
        { "nodule", 0.65, 1.25, 0 },
        { "nodule", 0.98, 2, 0 },
        { "nodule", 3, 3, 0 },
        { "nodule", 0.5, 5, 0 },
        { "nodule", 0.8, 2.5, 20 },
        { "rod", 0.65, 1.25, 0 },
        { "rod", 0.98, 2, 20 },
        { "speck", 0.5, 1, 0 },
    };

    [Theory]
    [MemberData(nameof(Grids))]
    public void Fraction_OverAllVoxels_IsTheAnalyticVolume(string form, double pixelMm, double sliceMm, double tiltDegrees)
    {
        // Off the voxel centres, so that nothing is right by symmetry.
        var centre = new LpsPoint(1.37, -0.71, 0.43);
        Shape shape = form switch
        {
            "nodule" => new Ellipsoid(centre, Frame.Along(new LpsPoint(1, 2, 3)), new LpsPoint(6, 4.5, 5)),
            "rod" => new Cylinder(centre, new LpsPoint(1, 0.4, 0.3), 2.5, 14),
            _ => Ellipsoid.Ball(centre, 1.1),
        };
        VolumeGeometry geometry = Stack(pixelMm, sliceMm, tiltDegrees);

        // A blur much narrower than a pixel would sample, not integrate: no scanner has it, and the sum over voxels would not be the volume.
        InsertedFraction fraction = InsertedFraction.Of(shape, geometry, new PointSpread(Math.Max(1.2, 1.4 * pixelMm), sliceMm), new VoxelLocator(geometry))!;

        double exact = shape.ClosedFormVolumeMm3!.Value;
        (double coverage, double blurred) = Sums(fraction, geometry);
        Assert.Equal(exact, coverage, 0.01 * exact);
        Assert.Equal(exact, blurred, 0.01 * exact);
    }

    [Fact]
    public void Fraction_SlabThickerThanTheSpacing_KeepsTheVolume()
    {
        var ball = Ellipsoid.Ball(new LpsPoint(0.3, 0.2, 0.9), 5);
        VolumeGeometry geometry = Stack(0.7, 1.5, 0);

        InsertedFraction fraction = InsertedFraction.Of(ball, geometry, new PointSpread(1, 3), new VoxelLocator(geometry))!;

        double exact = ball.ClosedFormVolumeMm3!.Value;
        Assert.Equal(exact, Sums(fraction, geometry).Blurred, 0.01 * exact);
    }

    [Fact]
    public void Insert_FarFromTheShape_ChangesNoVoxel()
    {
        var ball = Ellipsoid.Ball(new LpsPoint(2, 3, 4), 5);

        CtSeries changed = Muscle.Value.Insert(ball, 700, out InsertedFraction fraction);

        VolumeGeometry geometry = Scan.Volume.Geometry;
        long touched = 0;
        for (int slice = 0; slice < geometry.SliceCount; slice++)
        {
            for (int row = 0; row < geometry.RowCount; row++)
            {
                for (int column = 0; column < geometry.ColumnCount; column++)
                {
                    double distance = (geometry.ToLps(column, row, slice) - new LpsPoint(2, 3, 4)).Length;
                    if (changed.Volume[column, row, slice] != Scan.Volume[column, row, slice])
                    {
                        touched++;
                        Assert.True(distance < 5 + 6, $"a voxel {distance:F1} mm from the middle changed");
                    }
                }
            }
        }

        Assert.True(touched > 0 && touched <= fraction.Box.VoxelCount);
    }

    [Fact]
    public void Insert_InsideTheDeposit_KeepsTheNoise()
    {
        var centre = new LpsPoint(0, 0, 0);

        CtSeries changed = Muscle.Value.Insert(Ellipsoid.Ball(centre, 9), 700, out _);

        // In the core every voxel is all calcium: its mean is the calcium's, its spread the image's.
        VolumeGeometry geometry = Scan.Volume.Geometry;
        List<double> before = [], after = [];
        for (int slice = 0; slice < geometry.SliceCount; slice++)
        {
            for (int row = 0; row < geometry.RowCount; row++)
            {
                for (int column = 0; column < geometry.ColumnCount; column++)
                {
                    if ((geometry.ToLps(column, row, slice) - centre).Length < 5)
                    {
                        before.Add(Scan.Volume[column, row, slice]);
                        after.Add(changed.Volume[column, row, slice]);
                    }
                }
            }
        }

        Assert.Equal(700, after.Average(), 2.0);
        Assert.InRange(Spread(after) / Spread(before), 0.8, 1.1);
    }

    [Fact]
    public void Insert_TheSameSeed_GivesTheSameDeposits()
    {
        InsertedSeries first = Muscle.Value.Insert(3, [DepositKind.IntramuscularNodule, DepositKind.IntramuscularNodule]);
        InsertedSeries again = Muscle.Value.Insert(3, [DepositKind.IntramuscularNodule, DepositKind.IntramuscularNodule]);
        InsertedSeries other = Muscle.Value.Insert(4, [DepositKind.IntramuscularNodule, DepositKind.IntramuscularNodule]);

        Assert.Equal(2, first.Deposits.Length);
        Assert.True(first.Series.Volume.Int16Voxels.SequenceEqual(again.Series.Volume.Int16Voxels));
        Assert.False(first.Series.Volume.Int16Voxels.SequenceEqual(other.Series.Volume.Int16Voxels));
        Assert.All(first.Deposits, deposit =>
        {
            Assert.Equal(DepthClass.Intramuscular, deposit.Truth.Depth);
            Assert.InRange(deposit.Truth.VolumeMm3, InsertionScore.LeastVolumeMm3, 2100);
            Assert.NotEmpty(deposit.Truth.Runs);
        });
        Assert.Equal([DepositKind.BoneTouchingNodule], Muscle.Value.Insert(3, [DepositKind.BoneTouchingNodule]).NotPlaced);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void Locator_UndoesTheGeometry(double tiltDegrees)
    {
        VolumeGeometry geometry = Stack(0.7, 2.5, tiltDegrees);

        (double column, double row, double slice) = new VoxelLocator(geometry).ToVoxel(geometry.ToLps(12.25, 30.5, 7.75));

        Assert.Equal((12.25, 30.5, 7.75), (Math.Round(column, 6), Math.Round(row, 6), Math.Round(slice, 6)));
    }

    [Fact]
    public void NiftiCt_AxesAgainstDicom_AreTurnedWithoutMovingAVoxel()
    {
        // Columns to the patient's right, rows to anterior, slices downwards: all three against an axial DICOM series.
        const int Columns = 3, Rows = 2, Slices = 2;
        byte[] file = new byte[352 + (Columns * Rows * Slices * sizeof(short))];
        BinaryPrimitives.WriteInt32LittleEndian(file, 348);
        short[] dimensions = [3, Columns, Rows, Slices, 1, 1, 1, 1];
        for (int i = 0; i < dimensions.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(40 + (2 * i)), dimensions[i]);
        }

        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(70), 4);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(108), 352);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(112), 2);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(116), -1000);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(254), 1);
        float[] affine = [1.5f, 0, 0, 10, 0, 0.5f, 0, 20, 0, 0, -4, 30];
        for (int i = 0; i < affine.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(280 + (4 * i)), affine[i]);
        }

        "n+1\0"u8.CopyTo(file.AsSpan(344));
        for (int i = 0; i < Columns * Rows * Slices; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(352 + (2 * i)), (short)i);
        }

        CtVolume volume = NiftiCtReader.Read("file", file).Volume;

        Assert.Equal((1.5, 0.5, 4.0), (volume.Geometry.BetweenColumnsMm, volume.Geometry.BetweenRowsMm, volume.Geometry.BetweenSlicesMm));
        Assert.Equal(new LpsPoint(0, 0, 1), volume.Geometry.Normal);
        var locator = new VoxelLocator(volume.Geometry);
        for (int i = 0; i < Columns * Rows * Slices; i++)
        {
            // NIfTI's x grows to the left of the patient's right hand, DICOM's to the left: both first axes change sign.
            int x = i % Columns, y = i / Columns % Rows, z = i / (Columns * Rows);
            (double column, double row, double slice) = locator.ToVoxel(new LpsPoint(-(10 + (1.5 * x)), -(20 + (0.5 * y)), 30 - (4 * z)));
            Assert.Equal((2 * i) - 1000, volume[(int)Math.Round(column), (int)Math.Round(row), (int)Math.Round(slice)]);
        }
    }

    private static VolumeGeometry Stack(double pixelMm, double sliceMm, double tiltDegrees)
    {
        const double ExtentMm = 48;
        int pixels = (int)Math.Ceiling(ExtentMm / pixelMm), slices = (int)Math.Ceiling(ExtentMm / sliceMm);

        // The gantry tips about the axis to Left; the table goes on along the patient, so slices are sheared.
        (double sin, double cos) = Math.SinCos(tiltDegrees * Math.PI / 180);
        var down = new LpsPoint(0, cos, -sin);
        var first = new LpsPoint(-pixelMm * (pixels - 1) / 2, 0, 0) - (down * (pixelMm * (pixels - 1) / 2)) - new LpsPoint(0, 0, sliceMm / cos * (slices - 1) / 2);
        return new VolumeGeometry(
            pixels, pixels, pixelMm, pixelMm, new LpsPoint(1, 0, 0), down,
            [.. Enumerable.Range(0, slices).Select(slice => first + new LpsPoint(0, 0, slice * sliceMm / cos))],
            [.. Enumerable.Repeat(sliceMm, slices)]);
    }

    private static (double Coverage, double Blurred) Sums(InsertedFraction fraction, VolumeGeometry geometry)
    {
        VoxelBox box = fraction.Box;
        double coverage = 0, blurred = 0;
        for (int slice = box.MinSlice; slice <= box.MaxSlice; slice++)
        {
            for (int row = box.MinRow; row <= box.MaxRow; row++)
            {
                for (int column = box.MinColumn; column <= box.MaxColumn; column++)
                {
                    coverage += fraction.Coverage(column, row, slice) * geometry.VoxelVolumeMm3(slice);
                    blurred += fraction.Blurred(column, row, slice) * geometry.VoxelVolumeMm3(slice);
                }
            }
        }

        return (coverage, blurred);
    }

    private static double Spread(List<double> values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }
}
