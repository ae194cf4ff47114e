using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Imaging;

namespace CalcQuant.Phantoms;

/// <summary>
/// A large volume with the statistics of a trunk CT for timing, not for accuracy: body, lungs, a spine with discs, ribs, femoral heads, several
/// hundred blobs of calcium and noise. About 2.6 % of 512 x 512 x 400 voxels reach 130 HU, in some five hundred components.
/// </summary>
public sealed class BenchmarkVolume
{
    private const double FullSize = 512;
    private const int FullSliceCount = 400;
    private const ulong Seed = 42;
    private const double PixelMm = 0.75;
    private const double SliceMm = 1;

    private readonly int _size;
    private readonly double _scale;
    private readonly ImmutableArray<Blob> _blobs;

    /// <summary>Lays out the volume.</summary>
    /// <param name="sliceCount">Slices.</param>
    /// <param name="size">Columns and rows.</param>
    public BenchmarkVolume(int sliceCount, int size = 512)
    {
        SliceCount = sliceCount;
        _size = size;
        _scale = size / FullSize;
        var random = new SeededRandom(Seed, 9);
        int count = Math.Max(50, (int)(600.0 * sliceCount / FullSliceCount * _scale * _scale));
        var blobs = ImmutableArray.CreateBuilder<Blob>(count);
        for (int i = 0; i < count; i++)
        {
            double angle = random.Angle();
            double reach = 0.85 * Math.Sqrt(random.NextUnit());

            // Most are small, few are large: a product of three draws.
            double radius = 0.8 + (9 * _scale * random.NextUnit() * random.NextUnit() * random.NextUnit());
            blobs.Add(new Blob(
                (size / 2.0) + (Math.Cos(angle) * reach * 195 * _scale),
                (size / 2.0) + (Math.Sin(angle) * reach * 140 * _scale),
                random.NextUnit() * sliceCount,
                radius,
                radius * random.Between(0.5, 2.0),
                random.Between(250.0, 1150.0)));
        }

        _blobs = blobs.ToImmutable();
    }

    /// <summary>Slices.</summary>
    public int SliceCount { get; }

    /// <summary>Draws one slice, HU.</summary>
    public short[] Slice(int slice)
    {
        float[] hu = new float[_size * _size];
        DrawBody(slice, hu);
        foreach (BoneSection bone in Bones(slice))
        {
            DrawBone(bone, slice, hu);
        }

        foreach (Blob blob in _blobs)
        {
            DrawBlob(blob, slice, hu);
        }

        short[] voxels = new short[hu.Length];
        for (int i = 0; i < hu.Length; i++)
        {
            const float AirNoiseHu = 12;
            const float TissueNoiseHu = 20;
            float noise = (hu[i] < -900 ? AirNoiseHu : TissueNoiseHu) * White(((ulong)slice << 32) + (ulong)i);
            voxels[i] = (short)Math.Clamp(MathF.Round(hu[i] + noise), -1024, 3071);
        }

        return voxels;
    }

    /// <summary>Writes the volume as a CT series.</summary>
    /// <param name="folder">Created where it does not exist.</param>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        Parallel.For(0, SliceCount, slice =>
        {
            short[] voxels = Slice(slice);
            byte[] stored = new byte[voxels.Length * sizeof(ushort)];
            for (int i = 0; i < voxels.Length; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(stored.AsSpan(i * sizeof(ushort)), (ushort)(voxels[i] + 1024));
            }

            WriteSlice(folder, slice, SliceCount, _size, stored);
        });
    }

    /// <summary>Wraps a raw volume of 16-bit little endian values, HU + 1024, square slices, as a CT series.</summary>
    /// <param name="rawPath">The file.</param>
    /// <param name="sliceCount">Slices in it.</param>
    /// <param name="folder">Created where it does not exist.</param>
    /// <exception cref="ArgumentException">The length does not fit a stack of square slices.</exception>
    public static void Wrap(string rawPath, int sliceCount, string folder)
    {
        Directory.CreateDirectory(folder);
        using FileStream raw = File.OpenRead(rawPath);
        int size = (int)Math.Round(Math.Sqrt(raw.Length / sizeof(ushort) / (double)sliceCount));
        if ((long)size * size * sliceCount * sizeof(ushort) != raw.Length)
        {
            throw new ArgumentException($"The file has {raw.Length} bytes, which are not {sliceCount} square slices.", nameof(sliceCount));
        }

        for (int slice = 0; slice < sliceCount; slice++)
        {
            byte[] stored = new byte[size * size * sizeof(ushort)];
            raw.ReadExactly(stored);
            WriteSlice(folder, slice, sliceCount, size, stored);
        }
    }

    private static void WriteSlice(string folder, int slice, int sliceCount, int size, byte[] stored)
    {
        PhantomOptions names = new() { Anatomy = PhantomAnatomy.MuscleCylinder, Seed = Seed };
        var acquisition = new CtAcquisition
        {
            SeriesInstanceUid = Phantom.Uid(names, "benchmark series"),
            StudyInstanceUid = Phantom.Uid(names, "benchmark study"),
            FrameOfReferenceUid = Phantom.Uid(names, "benchmark frame"),
            SopInstanceUids = [.. Enumerable.Range(0, sliceCount).Select(i => Phantom.Uid(names, string.Create(CultureInfo.InvariantCulture, $"benchmark {i}")))],
            Kvp = 120,
            ConvolutionKernel = "BENCHMARK",
            SliceThicknessMm = SliceMm,
            PatientPosition = "HFS",
            Manufacturer = "CalcQuant",
            ManufacturerModelName = "Phantom",
        };
        double corner = -(size - 1) / 2.0 * PixelMm;
        var geometry = new VolumeGeometry(
            size,
            size,
            PixelMm,
            PixelMm,
            new(1, 0, 0),
            new(0, 1, 0),
            [.. Enumerable.Range(0, sliceCount).Select(i => new LpsPoint(corner, corner, i * SliceMm))],
            [.. Enumerable.Repeat(SliceMm, sliceCount)]);
        byte[] file = PhantomDicom.ToFile(acquisition, geometry, slice, stored, "PHANTOM^BENCHMARK", "PHANTOM-BENCHMARK");
        File.WriteAllBytes(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"CT{slice + 1:D4}.dcm")), file);
    }

    private static float White(ulong index)
    {
        const float SumOfEightToUnit = 1.2247449f;
        ulong low = SeededRandom.Mix(index * 0x9E3779B97F4A7C15UL);
        ulong high = SeededRandom.Mix(low ^ 0xE7037ED1A0B428DBUL);
        uint sum = 0;
        for (int i = 0; i < 4; i++)
        {
            sum += (uint)((low >> (16 * i)) & 0xFFFF) + (uint)((high >> (16 * i)) & 0xFFFF);
        }

        return ((sum / 65535f) - 4) * SumOfEightToUnit;
    }

    private void DrawBody(int slice, float[] hu)
    {
        double middle = _size / 2.0;
        double breathing = 1 + (0.06 * Math.Sin(slice * 0.013));
        double halfWidth = 205 * _scale * breathing;
        double halfHeight = 150 * _scale * breathing;
        bool lungs = slice < SliceCount * 0.35;
        for (int row = 0; row < _size; row++)
        {
            double v = (row - middle) / halfHeight;
            double lungV = (row - middle + (10 * _scale)) / (75 * _scale);
            for (int column = 0; column < _size; column++)
            {
                double u = (column - middle) / halfWidth;
                double square = (u * u) + (v * v);
                float value = square > 1 ? -1000 : square > 0.86 ? -100 : 45;
                if (lungs && square < 0.5)
                {
                    double lungU = (Math.Abs(column - middle) - (95 * _scale)) / (58 * _scale);
                    value = (lungU * lungU) + (lungV * lungV) < 1 ? -850 : value;
                }

                hu[(row * _size) + column] = value;
            }
        }
    }

    private List<BoneSection> Bones(int slice)
    {
        const int VertebraSlices = 24;
        const int DiscSlices = 5;
        double x = _size / 2.0;
        double y = _size / 2.0;
        double s = _scale;
        List<BoneSection> bones = [];
        if (slice % VertebraSlices >= DiscSlices)
        {
            bones.Add(new(x, y + (70 * s), 30 * s, 22 * s, 2.5 * s));
        }

        bones.Add(new(x, y + (105 * s), 9 * s, 14 * s, 2.5 * s));
        foreach (int side in (int[])[-1, 1])
        {
            bones.Add(new(x + (side * 24 * s), y + (95 * s), 14 * s, 7 * s, 2 * s));
            for (int rib = 0; rib < 7; rib++)
            {
                double angle = -1 + (rib * 0.34) + (slice * 0.011 % 0.34);
                bones.Add(new(x + (side * Math.Cos(angle) * 178 * s), y + (Math.Sin(angle) * 122 * s), 9 * s, 6 * s, 2.2 * s));
            }

            if (slice > SliceCount * 0.7)
            {
                bones.Add(new(x + (side * 105 * s), y + (15 * s), 34 * s, 40 * s, 3 * s));
            }
        }

        return bones;
    }

    private void DrawBone(BoneSection bone, int slice, float[] hu)
    {
        const float CortexHu = 900;
        const float TrabecularHu = 170;
        const float TrabecularDeviationHu = 80;
        (int firstColumn, int lastColumn, int firstRow, int lastRow) = Window(bone.X, bone.Y, bone.HalfWidth + 2, bone.HalfHeight + 2);
        for (int row = firstRow; row <= lastRow; row++)
        {
            for (int column = firstColumn; column <= lastColumn; column++)
            {
                double u = (column - bone.X) / bone.HalfWidth;
                double v = (row - bone.Y) / bone.HalfHeight;
                double depth = (1 - Math.Sqrt((u * u) + (v * v))) * Math.Min(bone.HalfWidth, bone.HalfHeight);
                if (depth < -0.5)
                {
                    continue;
                }

                float share = (float)Math.Min(1, depth + 0.5);
                ulong grain = (((ulong)(slice / 2) << 40) + ((ulong)(row / 2) << 20) + (ulong)(column / 2)) | (1UL << 63);
                float value = depth < bone.Cortex ? CortexHu : TrabecularHu + (TrabecularDeviationHu * White(grain));
                ref float target = ref hu[(row * _size) + column];
                target += share * (value - target);
            }
        }
    }

    private void DrawBlob(Blob blob, int slice, float[] hu)
    {
        double w = (slice - blob.Z) / blob.RadiusZ;
        if (Math.Abs(slice - blob.Z) > blob.RadiusZ + 3)
        {
            return;
        }

        (int firstColumn, int lastColumn, int firstRow, int lastRow) = Window(blob.X, blob.Y, blob.Radius + 2, blob.Radius + 2);
        for (int row = firstRow; row <= lastRow; row++)
        {
            for (int column = firstColumn; column <= lastColumn; column++)
            {
                double u = (column - blob.X) / blob.Radius;
                double v = (row - blob.Y) / blob.Radius;
                double depth = (1 - Math.Sqrt((u * u) + (v * v) + (w * w))) * blob.Radius;
                hu[(row * _size) + column] += (float)(blob.PeakHu * Math.Clamp((depth * 0.6) + 0.6, 0, 1));
            }
        }
    }

    private (int FirstColumn, int LastColumn, int FirstRow, int LastRow) Window(double x, double y, double halfWidth, double halfHeight) => (
        Math.Max(0, (int)(x - halfWidth)),
        Math.Min(_size - 1, (int)(x + halfWidth)),
        Math.Max(0, (int)(y - halfHeight)),
        Math.Min(_size - 1, (int)(y + halfHeight)));

    private readonly record struct BoneSection(double X, double Y, double HalfWidth, double HalfHeight, double Cortex);

    private readonly record struct Blob(double X, double Y, double Z, double Radius, double RadiusZ, double PeakHu);
}
