namespace CalcQuant.Dicom.Encoding;

/// <summary>
/// Bytes read front to back in chunks. What <see cref="Take"/> gave stays valid for good, as a chunk is never reused: elements keep slices of
/// it instead of copies.
/// </summary>
internal sealed class SequentialBytes
{
    private const int FirstChunkLength = 8 << 10;
    private const int LargestChunkLength = 256 << 10;

    private readonly Func<Memory<byte>, int> _readMore;
    private ReadOnlyMemory<byte> _window;
    private int _offset;
    private int _chunkLength = FirstChunkLength;

    /// <summary>Reads through a function.</summary>
    /// <param name="readMore">Fills memory with the next bytes; 0 at the end.</param>
    /// <param name="length">Bytes in all; <see cref="long.MaxValue"/> where that is not known.</param>
    public SequentialBytes(Func<Memory<byte>, int> readMore, long length)
    {
        _readMore = readMore;
        Length = length;
    }

    /// <summary>Reads memory, without copies.</summary>
    /// <param name="memory">All bytes.</param>
    public SequentialBytes(ReadOnlyMemory<byte> memory)
        : this(static _ => 0, memory.Length) => _window = memory;

    /// <summary>Bytes in all, or <see cref="long.MaxValue"/>.</summary>
    public long Length { get; }

    /// <summary>Bytes taken so far.</summary>
    public long Position { get; private set; }

    /// <summary>The next bytes without taking them; check with <see cref="Has"/> first.</summary>
    public ReadOnlySpan<byte> Peek(int count) => _window.Span.Slice(_offset, count);

    /// <summary>True where at least <paramref name="count"/> more bytes exist; they are then in memory.</summary>
    public bool Has(int count)
    {
        if (_window.Length - _offset >= count)
        {
            return true;
        }

        if (count > Length - Position)
        {
            return false;
        }

        return Load(count);
    }

    /// <summary>Takes bytes that <see cref="Has"/> said exist.</summary>
    public ReadOnlyMemory<byte> Take(int count)
    {
        ReadOnlyMemory<byte> taken = _window.Slice(_offset, count);
        _offset += count;
        Position += count;
        return taken;
    }

    private bool Load(int count)
    {
        ReadOnlyMemory<byte> rest = _window[_offset..];

        // Where the length is not known, memory grows with the data that is really there, not with what the header claims.
        bool isLengthKnown = Length != long.MaxValue;
        long ahead = isLengthKnown ? Math.Min(Length - Position, Math.Max(count, _chunkLength)) : Math.Max(_chunkLength, rest.Length);
        _chunkLength = Math.Min(_chunkLength * 4, LargestChunkLength);
        byte[] chunk = new byte[(int)Math.Max(ahead, rest.Length + 1)];
        rest.CopyTo(chunk);
        int filled = rest.Length;
        bool hasEnded = false;
        while (filled < count && !hasEnded)
        {
            if (filled == chunk.Length)
            {
                Array.Resize(ref chunk, (int)Math.Min(Array.MaxLength, chunk.Length * 2L));
            }

            int read = _readMore(chunk.AsMemory(filled));
            filled += read;
            hasEnded = read == 0;
        }

        _window = chunk.AsMemory(0, filled);
        _offset = 0;
        return filled >= count;
    }
}
