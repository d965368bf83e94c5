using System.Buffers;

namespace Sockeye.Protocol.WebSockets;

/// <summary>Inflates whole messages (RFC 7692 section 7.2.2) up to a limit. One for a connection; not thread-safe.</summary>
/// <remarks>
/// Between messages it holds as much of its last output as the peer may refer back to, at most 32 KiB from the array pool, and nothing when
/// the peer takes over no context. It is not built on DeflateStream: that does not tell where a block marked as final ended, and a message may
/// go on after it (7.2.1); it throws on bad data; and it keeps native memory for every idle connection.
/// </remarks>
public sealed class WebSocketInflater : IDisposable
{
    private readonly bool _keepsContext;
    private byte[] _history = [];
    private int _historyLength;
    private bool _disposed;

    /// <summary>Creates a decompressor. It inflates data of every window size, so it needs not know the agreed one.</summary>
    /// <param name="noContextTakeover">Whether the peer agreed to make each message readable by itself.</param>
    public WebSocketInflater(bool noContextTakeover) => _keepsContext = !noContextTakeover;

    /// <summary>Inflates a message.</summary>
    /// <param name="compressed">The message as it came, without the trailing 00 00 FF FF.</param>
    /// <param name="output">Where to. After an error it may hold the beginning of the message, never more than the limit.</param>
    /// <param name="maxSize">The most bytes to inflate to.</param>
    /// <returns>None, <see cref="WebSocketError.InvalidCompression"/> or <see cref="WebSocketError.MessageTooBig"/>.</returns>
    public WebSocketError Inflate(ReadOnlySpan<byte> compressed, IBufferWriter<byte> output, long maxSize)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNegative(maxSize);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (compressed.IsEmpty)
        {
            // Not what the RFC makes of an empty message (one zero byte), but nothing else can be meant; the ws package takes it too.
            return WebSocketError.None;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(2 * InflateWindow.Size);
        try
        {
            var window = new InflateWindow(buffer, _history.AsSpan(0, _historyLength), output, maxSize);
            var error = Inflation.Run(compressed, ref window);
            window.Flush();
            Remember(window.History);
            return error;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Frees the window.</summary>
    public void Dispose()
    {
        _disposed = true;
        _historyLength = 0;
        Resize(0);
    }

    private void Remember(ReadOnlySpan<byte> history)
    {
        if (!_keepsContext)
        {
            return;
        }

        if (history.Length > _history.Length)
        {
            Resize(history.Length);
        }

        history.CopyTo(_history);
        _historyLength = history.Length;
    }

    private void Resize(int size)
    {
        if (_history.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_history);
        }

        _history = size > 0 ? ArrayPool<byte>.Shared.Rent(size) : [];
    }
}
