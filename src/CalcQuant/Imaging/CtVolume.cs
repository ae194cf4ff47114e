using System.Numerics;

namespace CalcQuant.Imaging;

/// <summary>
/// A CT volume in Hounsfield units, column fastest, then row, then slice. Voxels are <see cref="short"/> where every rescaled value of
/// the series is an exact integer in range, else <see cref="float"/>; exactly one of the two stores exists. <see cref="Dispose"/> gives pooled
/// memory back; a volume that is not disposed of is collected like any object.
/// </summary>
public sealed class CtVolume : IDisposable
{
    /// <summary>HU given to voxels outside the reconstructed field of view (pixel padding): air, so that they never count as dense.</summary>
    public const short PaddingHu = -2048;

    private readonly VoxelBuffer<short>? _int16;
    private readonly VoxelBuffer<float>? _single;

    /// <summary>Wraps voxels that are exact integers.</summary>
    /// <param name="geometry">Where the voxels lie.</param>
    /// <param name="voxels">HU; length = columns x rows x slices. Not copied.</param>
    /// <exception cref="ArgumentException">The length does not fit the geometry.</exception>
    public CtVolume(VolumeGeometry geometry, short[] voxels)
        : this(geometry, new VoxelBuffer<short>(voxels ?? throw new ArgumentNullException(nameof(voxels))))
    {
    }

    /// <summary>Wraps voxels that are not all exact 16-bit integers.</summary>
    /// <inheritdoc cref="CtVolume(VolumeGeometry, short[])"/>
    public CtVolume(VolumeGeometry geometry, float[] voxels)
        : this(geometry, new VoxelBuffer<float>(voxels ?? throw new ArgumentNullException(nameof(voxels))))
    {
    }

    /// <summary>Takes over voxels that are exact integers.</summary>
    /// <param name="geometry">Where the voxels lie.</param>
    /// <param name="voxels">HU; length = columns x rows x slices. Belongs to the volume from here on.</param>
    /// <exception cref="ArgumentException">The length does not fit the geometry.</exception>
    public CtVolume(VolumeGeometry geometry, VoxelBuffer<short> voxels)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(voxels);
        ThrowUnlessFitting(geometry, voxels.Length);
        Geometry = geometry;
        _int16 = voxels;
    }

    /// <summary>Takes over voxels that are not all exact 16-bit integers.</summary>
    /// <inheritdoc cref="CtVolume(VolumeGeometry, VoxelBuffer{short})"/>
    public CtVolume(VolumeGeometry geometry, VoxelBuffer<float> voxels)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(voxels);
        ThrowUnlessFitting(geometry, voxels.Length);
        Geometry = geometry;
        _single = voxels;
    }

    /// <summary>Where the voxels lie.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>True where the voxels are <see cref="short"/>, false where they are <see cref="float"/>.</summary>
    public bool IsInt16 => _int16 is not null;

    /// <summary>The integer voxels, HU.</summary>
    /// <exception cref="InvalidOperationException">The volume is float.</exception>
    /// <exception cref="ObjectDisposedException">The volume was disposed of.</exception>
    public ReadOnlySpan<short> Int16Voxels => _int16 is not null ? _int16.Span : throw new InvalidOperationException("The voxels are float.");

    /// <summary>The float voxels, HU.</summary>
    /// <exception cref="InvalidOperationException">The volume is int16.</exception>
    /// <exception cref="ObjectDisposedException">The volume was disposed of.</exception>
    public ReadOnlySpan<float> SingleVoxels => _single is not null ? _single.Span : throw new InvalidOperationException("The voxels are int16.");

    /// <summary>HU of one voxel; for loops over many use the spans.</summary>
    public float this[int column, int row, int slice]
    {
        get
        {
            int index = checked((((slice * Geometry.RowCount) + row) * Geometry.ColumnCount) + column);
            return _int16 is not null ? _int16.Span[index] : _single!.Span[index];
        }
    }

    /// <summary>The integer voxels of one row, HU.</summary>
    public ReadOnlySpan<short> Int16Row(int row, int slice) =>
        Int16Voxels.Slice(checked(((slice * Geometry.RowCount) + row) * Geometry.ColumnCount), Geometry.ColumnCount);

    /// <summary>The float voxels of one row, HU.</summary>
    public ReadOnlySpan<float> SingleRow(int row, int slice) =>
        SingleVoxels.Slice(checked(((slice * Geometry.RowCount) + row) * Geometry.ColumnCount), Geometry.ColumnCount);

    /// <summary>Copies part of a row as float HU, whatever the store.</summary>
    /// <param name="column">First column.</param>
    /// <param name="row">Row.</param>
    /// <param name="slice">Slice.</param>
    /// <param name="hu">Receives HU from <paramref name="column"/> on; its length must stay within the row.</param>
    public void CopyRow(int column, int row, int slice, Span<float> hu)
    {
        if (_single is not null)
        {
            SingleRow(row, slice).Slice(column, hu.Length).CopyTo(hu);
            return;
        }

        ToSingle(Int16Row(row, slice).Slice(column, hu.Length), hu);
    }

    /// <summary>Gives the memory back; the voxels must not be read any more.</summary>
    public void Dispose()
    {
        _int16?.Dispose();
        _single?.Dispose();
    }

    // One vector of 16-bit lanes makes two of 32-bit lanes; single precision holds each value exactly.
    private static void ToSingle(ReadOnlySpan<short> source, Span<float> target)
    {
        int i = 0;
        for (; i <= source.Length - Vector<short>.Count; i += Vector<short>.Count)
        {
            Vector.Widen(new Vector<short>(source[i..]), out Vector<int> low, out Vector<int> high);
            Vector.ConvertToSingle(low).CopyTo(target[i..]);
            Vector.ConvertToSingle(high).CopyTo(target[(i + Vector<int>.Count)..]);
        }

        for (; i < source.Length; i++)
        {
            target[i] = source[i];
        }
    }

    private static void ThrowUnlessFitting(VolumeGeometry geometry, long length)
    {
        if (length != geometry.VoxelCount)
        {
            throw new ArgumentException($"The geometry has {geometry.VoxelCount} voxels, the store {length}.", nameof(geometry));
        }
    }
}
