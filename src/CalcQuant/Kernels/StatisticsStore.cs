using System.Buffers;
using CalcQuant.Segmentation;

namespace CalcQuant.Kernels;

/// <summary>
/// Statistics of the components that have more than one voxel, by slot. Slots come in chunks that never move, so that several threads can fill
/// their own chunks and nothing is copied when there are many. A component of one voxel needs no slot: its voxel says it all, and in a noisy volume
/// most components are such.
/// </summary>
internal sealed class StatisticsStore : IDisposable
{
    /// <summary>Slots of a chunk: 32 KiB of statistics.</summary>
    private const int ChunkLength = 1 << ChunkBits;

    private const int ChunkBits = 9;

    private readonly Lock _lock = new();
    private Chunk[] _chunks = new Chunk[8];
    private int _chunkCount;

    /// <summary>The statistics of a slot.</summary>
    public ref ComponentStatistics this[int slot] => ref _chunks[slot >> ChunkBits].Statistics[slot & (ChunkLength - 1)];

    /// <summary>The first voxel in raster order of a slot's component, an index into the volume.</summary>
    public ref int FirstVoxel(int slot) => ref _chunks[slot >> ChunkBits].FirstVoxels[slot & (ChunkLength - 1)];

    /// <summary>Sets a new chunk aside for one thread.</summary>
    /// <returns>Its first slot.</returns>
    private int TakeChunk()
    {
        lock (_lock)
        {
            if (_chunkCount == _chunks.Length)
            {
                // Threads that still see the old table find their own chunks in it.
                Array.Resize(ref _chunks, 2 * _chunkCount);
            }

            _chunks[_chunkCount] = new Chunk(ArrayPool<ComponentStatistics>.Shared.Rent(ChunkLength), ArrayPool<int>.Shared.Rent(ChunkLength));
            return _chunkCount++ << ChunkBits;
        }
    }

    /// <summary>Gives the memory back; no slot may be read any more.</summary>
    public void Dispose()
    {
        for (int i = 0; i < _chunkCount; i++)
        {
            ArrayPool<ComponentStatistics>.Shared.Return(_chunks[i].Statistics);
            ArrayPool<int>.Shared.Return(_chunks[i].FirstVoxels);
        }

        _chunkCount = 0;
        _chunks = [];
    }

    /// <summary>Hands out the slots of one thread.</summary>
    /// <param name="store">Where they lie.</param>
    public sealed class Slots(StatisticsStore store)
    {
        private int _next;
        private int _end;

        /// <summary>A slot for a component.</summary>
        /// <param name="statistics">What is known of it.</param>
        /// <param name="firstVoxel">Its first voxel so far; <see cref="int.MaxValue"/> where none was seen yet.</param>
        public int Take(ComponentStatistics statistics, int firstVoxel)
        {
            if (_next == _end)
            {
                _next = store.TakeChunk();
                _end = _next + ChunkLength;
            }

            store[_next] = statistics;
            store.FirstVoxel(_next) = firstVoxel;
            return _next++;
        }
    }

    private readonly record struct Chunk(ComponentStatistics[] Statistics, int[] FirstVoxels);
}
