using System.Text.Unicode;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.WebSockets;

/// <summary>Joins the frames of one data message after the other (RFC 6455 section 5.4), within the limits. Control frames never come here.</summary>
internal sealed class WebSocketMessageAssembler(WebSocketReaderLimits limits, WebSocketInflater? inflater) : IDisposable
{
    private readonly long _maxSize = Math.Min(limits.MaxMessageSize, Array.MaxLength);
    private readonly PooledBufferWriter _joined = new();
    private PooledBufferWriter? _inflated;
    private bool _isText;
    private bool _isCompressed;
    private int _fragments;
    private Utf8Validator _utf8;

    /// <summary>Whether the frames so far left a message unfinished.</summary>
    public bool InMessage { get; private set; }

    /// <summary>The message that <see cref="End"/> finished, until <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Message => (_isCompressed ? _inflated! : _joined).WrittenSpan;

    /// <summary>
    /// Takes the header of the next frame, which must fit <see cref="InMessage"/>. The announced length is judged before a byte of the payload
    /// has come, and no buffer is taken on the strength of an announcement.
    /// </summary>
    public WebSocketError Begin(in WebSocketFrameHeader header)
    {
        if (header.PayloadLength > (ulong)(_maxSize - _joined.WrittenCount))
        {
            return WebSocketError.MessageTooBig;
        }

        if (!InMessage)
        {
            InMessage = true;
            _isText = header.Opcode == WebSocketOpcode.Text;
            _isCompressed = header.Compressed;
            _fragments = 0;
            _utf8 = default;
        }

        return ++_fragments > limits.MaxFragments ? WebSocketError.TooManyFragments : WebSocketError.None;
    }

    /// <summary>Room for the next bytes of the frame; <see cref="Advance"/> takes them.</summary>
    public Span<byte> Reserve(int count) => _joined.GetSpan(count)[..count];

    /// <summary>Takes the bytes that were written to the room reserved. False: the text can no more become UTF-8.</summary>
    public bool Advance(ReadOnlySpan<byte> written)
    {
        _joined.Advance(written.Length);
        return !_isText || _isCompressed || _utf8.Append(written);
    }

    /// <summary>Ends the message after its final frame.</summary>
    public WebSocketError End(out bool isText)
    {
        InMessage = false;
        isText = _isText;
        if (!_isCompressed)
        {
            return !_isText || _utf8.IsComplete ? WebSocketError.None : WebSocketError.InvalidUtf8;
        }

        _inflated ??= new PooledBufferWriter();
        var error = inflater!.Inflate(_joined.WrittenSpan, _inflated, _maxSize);
        return error == WebSocketError.None && _isText && !Utf8.IsValid(_inflated.WrittenSpan) ? WebSocketError.InvalidUtf8 : error;
    }

    /// <summary>Forgets the finished message and keeps its buffer for the next.</summary>
    public void Clear()
    {
        _joined.Clear();
        _inflated?.Clear();
    }

    /// <summary>Forgets everything and gives the buffers back. The assembler stays usable.</summary>
    public void Dispose()
    {
        InMessage = false;
        _joined.Dispose();
        _inflated?.Dispose();
    }
}
