using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace CalcQuant.Service.Tests.Interop;

/// <summary>
/// Which messages of a call were compressed, seen on the wire: the compressed flag begins the five bytes before each. Watches calls that ask for it
/// (<see cref="RequestHeader"/>), tells the handler of what came and the client, in <see cref="ResponseTrailer"/>, of what went: "10" is one compressed
/// message and a plain one.
/// </summary>
internal sealed class MessageFlags
{
    public const string RequestHeader = "x-watch-messages";
    public const string ResponseTrailer = "x-message-flags";

    private readonly ConcurrentQueue<bool> _received = new();

    public static MessageFlags Of(HttpContext context) => context.Features.Get<MessageFlags>()
        ?? throw new InvalidOperationException($"The call has no {RequestHeader}.");

    /// <summary>Whether the next message that the handler has read came compressed.</summary>
    public bool TakeReceived() => _received.TryDequeue(out bool flag) ? flag : throw new InvalidOperationException("No message came.");

    public static async Task WatchAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Headers.ContainsKey(RequestHeader))
        {
            await next(context);
            return;
        }

        var flags = new MessageFlags();
        var sent = new ConcurrentQueue<bool>();
        context.Features.Set(flags);
        context.Request.Body = new WatchedStream(context.Request.Body, flags._received);
        context.Response.Body = new WatchedStream(context.Response.Body, sent);
        await next(context);

        // What is still unwritten has not been seen either.
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        context.Response.AppendTrailer(ResponseTrailer, string.Concat(sent.Select(flag => flag ? '1' : '0')));
    }

    private sealed class WatchedStream(Stream inner, ConcurrentQueue<bool> flags) : Stream
    {
        private const int PrefixLength = 5;

        private readonly byte[] _prefix = new byte[PrefixLength];
        private int _prefixCount;
        private long _bodyLeft;

        public override bool CanRead => inner.CanRead;

        public override bool CanSeek => false;

        public override bool CanWrite => inner.CanWrite;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer, cancellationToken);
            Watch(buffer.Span[..count]);
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Watch(buffer.Span);
            await inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        private void Watch(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                if (_bodyLeft > 0)
                {
                    int skipped = (int)Math.Min(_bodyLeft, bytes.Length);
                    _bodyLeft -= skipped;
                    bytes = bytes[skipped..];
                    continue;
                }

                _prefix[_prefixCount++] = bytes[0];
                bytes = bytes[1..];
                if (_prefixCount == PrefixLength)
                {
                    flags.Enqueue(_prefix[0] == 1);
                    _bodyLeft = BinaryPrimitives.ReadUInt32BigEndian(_prefix.AsSpan(1));
                    _prefixCount = 0;
                }
            }
        }
    }
}
