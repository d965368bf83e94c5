using System.Runtime.CompilerServices;

namespace Sockeye.Protocol.WebSockets;

/// <summary>
/// Takes frame headers off a stream that is cut anywhere. What has come of a header is kept here and not in a pooled buffer, so that a peer
/// that sends one byte and waits costs nothing.
/// </summary>
internal struct WebSocketHeaderCollector
{
    private HeaderBytes _bytes;
    private int _count;

    /// <summary>What the first two bytes of an incomplete header say, its length and key left out; null while there are fewer.</summary>
    public readonly WebSocketFrameHeader? Start =>
        _count < WebSocketFrameHeader.MinSize ? null : new WebSocketFrameHeader(_bytes[0], _bytes[1], PayloadLength: 0, MaskKey: 0);

    /// <summary>Takes the next header. False: all input was taken and the header is not complete.</summary>
    public bool TryTake(ref ReadOnlySpan<byte> input, out WebSocketFrameHeader header)
    {
        if (_count == 0 && WebSocketFrameHeader.TryParse(input, out header, out var size))
        {
            input = input[size..];
            return true;
        }

        Span<byte> collected = _bytes;
        while (!WebSocketFrameHeader.TryParse(collected[.._count], out header, out size))
        {
            if (input.IsEmpty)
            {
                return false;
            }

            var piece = input[..Math.Min(size - _count, input.Length)];
            piece.CopyTo(collected[_count..]);
            _count += piece.Length;
            input = input[piece.Length..];
        }

        _count = 0;
        return true;
    }

    [InlineArray(WebSocketFrameHeader.MaxSize)]
    private struct HeaderBytes
    {
#pragma warning disable IDE0044, IDE0051 // The runtime repeats this one field fourteen times and reads it only as a span.
        private byte _first;
#pragma warning restore IDE0044, IDE0051
    }
}
