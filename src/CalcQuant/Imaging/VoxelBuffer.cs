namespace CalcQuant.Imaging;

/// <summary>
/// Memory for the voxels of one volume, from a pool of large arrays. Whoever holds it gives it back by <see cref="Dispose"/> when nothing reads the
/// voxels any more; if nobody does, the collector takes it like any object.
/// </summary>
/// <typeparam name="T"><see cref="short"/> or <see cref="float"/>.</typeparam>
public sealed class VoxelBuffer<T> : IDisposable
    where T : unmanaged
{
    private readonly bool _isPooled;
    private T[]? _voxels;

    /// <summary>Takes memory; what is in it is undefined.</summary>
    /// <param name="length">Voxels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="OutOfMemoryException">There is not as much memory.</exception>
    public VoxelBuffer(int length)
    {
        _voxels = LargeArrayPool.Shared.Rent<T>(length);
        _isPooled = true;
        Length = length;
    }

    /// <summary>Wraps an array, which is not copied and never goes to the pool.</summary>
    internal VoxelBuffer(T[] voxels)
    {
        _voxels = voxels;
        Length = voxels.Length;
    }

    /// <summary>Voxels.</summary>
    public int Length { get; }

    /// <summary>The voxels.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public Span<T> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_voxels is null, this);
            return _voxels.AsSpan(0, Length);
        }
    }

    /// <summary>Gives the memory back; the voxels must not be read any more.</summary>
    public void Dispose()
    {
        T[]? voxels = Interlocked.Exchange(ref _voxels, null);
        if (voxels is not null && _isPooled)
        {
            LargeArrayPool.Shared.Return(voxels);
        }
    }
}
