using System.Buffers;
using System.Runtime.CompilerServices;

namespace Sockeye.Protocol.WebSockets;

/// <summary>
/// The sliding window of RFC 1951 and what has been inflated since the last flush, one behind the other in a buffer of twice its size.
/// Never lets more out than the limit, and refuses a distance that reaches behind its beginning: what lies in a pooled array was others'.
/// </summary>
internal ref struct InflateWindow
{
    public const int Size = 32 * 1024;

    private readonly Span<byte> _buffer;
    private readonly IBufferWriter<byte> _output;
    private long _allowed;
    private int _flushed;
    private int _end;

    public InflateWindow(byte[] buffer, ReadOnlySpan<byte> history, IBufferWriter<byte> output, long maxSize)
    {
        _buffer = buffer.AsSpan(0, 2 * Size);
        _output = output;
        _allowed = maxSize;
        history.CopyTo(_buffer);
        _flushed = _end = history.Length;
    }

    /// <summary>What the next message may refer back to.</summary>
    public readonly ReadOnlySpan<byte> History => _buffer[Math.Max(0, _end - Size).._end];

    /// <summary>Appends a literal. False: over the limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAppend(byte value)
    {
        if (!TryReserve(1))
        {
            return false;
        }

        _buffer[_end++] = value;
        return true;
    }

    /// <summary>Appends what stands <paramref name="distance"/> back, at most 258 bytes, possibly overlapping itself.</summary>
    public WebSocketError Repeat(int distance, int length)
    {
        if (distance > _end)
        {
            return WebSocketError.InvalidCompression;
        }

        if (!TryReserve(length))
        {
            return WebSocketError.MessageTooBig;
        }

        var target = _buffer.Slice(_end, length);
        if (distance >= length)
        {
            _buffer.Slice(_end - distance, length).CopyTo(target);
        }
        else
        {
            var source = _buffer.Slice(_end - distance, length);
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = source[i];
            }
        }

        _end += length;
        return WebSocketError.None;
    }

    /// <summary>Room for a piece of a stored block, at most as long as asked for and at least one byte. Empty: over the limit.</summary>
    public Span<byte> Reserve(int length)
    {
        length = Math.Min(length, Size);
        return TryReserve(length) ? _buffer.Slice(_end, length) : default;
    }

    public void Advance(int count) => _end += count;

    /// <summary>Hands on what has been inflated.</summary>
    public void Flush()
    {
        var fresh = _buffer[_flushed.._end];
        _output.Write(fresh);
        _allowed -= fresh.Length;
        _flushed = _end;
    }

    private bool TryReserve(int count)
    {
        if (count > _allowed - (_end - _flushed))
        {
            return false;
        }

        if (count > _buffer.Length - _end)
        {
            Flush();
            History.CopyTo(_buffer);
            _flushed = _end = Size;
        }

        return true;
    }
}
