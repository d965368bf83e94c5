using System.Buffers;
using System.IO.Compression;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.WebSockets;

/// <summary>Compresses whole messages (RFC 7692 section 7.2.1). One for a connection; not thread-safe.</summary>
/// <remarks>
/// With context takeover and the full window it keeps a zlib state of about 300 KB as long as it lives. In every other case it holds nothing
/// between messages.
/// </remarks>
public sealed class WebSocketDeflater : IDisposable
{
    private const int MinWindowBits = 8;
    private const int FullWindowBits = 15;
    private const int TailLength = 4;

    private readonly Sink _sink = new();
    private readonly bool _keepsContext;
    private readonly int _segmentSize;
    private DeflateStream? _stream;
    private bool _disposed;

    /// <summary>Creates a compressor.</summary>
    /// <param name="noContextTakeover">Whether each message must be readable by itself.</param>
    /// <param name="windowBits">Base-2 logarithm of the window in bytes, 8 to 15.</param>
    public WebSocketDeflater(bool noContextTakeover, int windowBits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowBits, MinWindowBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(windowBits, FullWindowBits);

        // DeflateStream always searches 32 KiB back. A smaller window is kept to by compressing segments no longer than the window, each by a
        // fresh stream that knows nothing of the data before it: no back-reference can then reach further than the window. This honours 8,
        // which zlib itself cannot do for raw deflate. It costs compression, and about 15 µs for each segment; the context is never taken over,
        // which a sender is always free not to do.
        _segmentSize = windowBits == FullWindowBits ? int.MaxValue : 1 << windowBits;
        _keepsContext = !noContextTakeover && windowBits == FullWindowBits;
    }

    /// <summary>Appends the compressed message, without the trailing 00 00 FF FF.</summary>
    /// <param name="message">The whole message; may be empty.</param>
    /// <param name="output">Where to; at least one byte is written.</param>
    // "Hello" → f2 48 cd c9 c9 07 00 (7.2.3.1)
    public void Deflate(ReadOnlySpan<byte> message, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (message.IsEmpty)
        {
            // The header of an empty stored block, what remains of 00 00 00 FF FF (7.2.3.6). DeflateStream flushes nothing after nothing.
            output.Write((ReadOnlySpan<byte>)[0x00]);
            return;
        }

        // A segment ends with an empty stored block, byte-aligned, so that segments can simply follow one another.
        while (!message.IsEmpty)
        {
            var segment = message[..Math.Min(message.Length, _segmentSize)];
            message = message[segment.Length..];
            _stream ??= new DeflateStream(_sink, CompressionLevel.Optimal, leaveOpen: true);
            _stream.Write(segment);
            _stream.Flush();
            if (!_keepsContext)
            {
                EndStream();
            }
        }

        output.Write(_sink.Written.WrittenSpan[..^TailLength]);
        _sink.Written.Dispose();
    }

    /// <summary>Frees the window.</summary>
    public void Dispose()
    {
        _disposed = true;
        EndStream();
        _sink.Written.Dispose();
    }

    private void EndStream()
    {
        _sink.IsOpen = false;
        _stream?.Dispose();
        _stream = null;
        _sink.IsOpen = true;
    }

    /// <summary>Collects what the stream writes, but not the final block that it writes when it is disposed.</summary>
    private sealed class Sink : Stream
    {
        public PooledBufferWriter Written { get; } = new();

        public bool IsOpen { get; set; } = true;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (IsOpen)
            {
                Written.Write(buffer);
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
