using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.WebSockets;

/// <summary>
/// RFC 6455 frames in, whole messages out. Takes the input as it comes, also in the middle of a frame, so that the caller's buffer never has to
/// hold a whole message; holds a pooled buffer only while a message is incomplete or being looked at. One for a connection; not thread-safe.
/// </summary>
public sealed class WebSocketFrameReader : IDisposable
{
    private const int MaxControlPayload = 125;

    private readonly bool _expectMask;
    private readonly long _maxMessageSize;
    private readonly int _maxFragments;
    private readonly WebSocketInflater? _inflater;

    // The result of the last Read, which Payload shows.
    private WebSocketReadStatus _status;
    private bool _closed;
    private bool _disposed;

    // The header that the end of the input cut. 14 bytes that are ours, so that a peer that sends one byte and waits costs no buffer.
    private HeaderBytes _headerBytes;
    private int _headerCount;

    // The frame whose header has been read.
    private bool _inFrame;
    private WebSocketFrameHeader _frame;
    private long _missing;

    // The message whose frames arrive; Continuation: none. Control frames may come between them, hence a buffer for each.
    private WebSocketOpcode _messageOpcode;
    private bool _messageCompressed;
    private int _fragments;
    private Utf8Validator _utf8;
    private readonly PooledBufferWriter _message = new();
    private PooledBufferWriter? _inflated;
    private byte[]? _control;

    /// <summary>Creates a reader.</summary>
    /// <param name="role">The role of this side.</param>
    /// <param name="limits">What to accept.</param>
    /// <param name="inflater">The decompressor when permessage-deflate was negotiated; the reader disposes it. Null: RSV1 is an error.</param>
    public WebSocketFrameReader(WebSocketRole role, WebSocketReaderLimits limits, WebSocketInflater? inflater = null)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentOutOfRangeException.ThrowIfNegative(limits.MaxMessageSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.MaxFragments, 1);
        _expectMask = role == WebSocketRole.Server;
        _maxMessageSize = Math.Min(limits.MaxMessageSize, Array.MaxLength);
        _maxFragments = limits.MaxFragments;
        _inflater = inflater;
    }

    /// <summary>The message, the data of a ping or pong, or the reason of a close frame after <see cref="Read"/>; valid until the next call.</summary>
    public ReadOnlySpan<byte> Payload => _status switch
    {
        WebSocketReadStatus.Text or WebSocketReadStatus.Binary => (_messageCompressed ? _inflated! : _message).WrittenSpan,
        WebSocketReadStatus.Ping or WebSocketReadStatus.Pong => ControlPayload,
        WebSocketReadStatus.Close when ControlPayload.Length > sizeof(ushort) => ControlPayload[sizeof(ushort)..],
        _ => default,
    };

    /// <summary>The close code that the peer sent; 1005 when its close frame had none, 1006 while no close frame has come.</summary>
    public int CloseStatus { get; private set; } = WebSocketCloseCode.Abnormal;

    /// <summary>
    /// The close code to send for <see cref="WebSocketReadStatus.Error"/>, the same that the ws package sends: 1002 protocol error, 1007 bad
    /// UTF-8 or compressed data, 1008 too many fragments, 1009 message too big. 0 when there is no error.
    /// </summary>
    public int ErrorStatus { get; private set; }

    /// <summary>What the peer did wrong, for logs and metrics.</summary>
    public WebSocketError Error { get; private set; }

    private ReadOnlySpan<byte> ControlPayload => _control.AsSpan(0, (int)_frame.PayloadLength);

    /// <summary>Reads on to the next message or control frame. <paramref name="input"/> is advanced past what was taken.</summary>
    public WebSocketReadStatus Read(ref ReadOnlySequence<byte> input)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ForgetResult();
        if (_closed || Error != WebSocketError.None)
        {
            input = input.Slice(input.End);
            return Error != WebSocketError.None ? WebSocketReadStatus.Error : WebSocketReadStatus.NeedMoreData;
        }

        var taken = 0L;
        foreach (var memory in input)
        {
            var span = memory.Span;
            _status = Take(ref span);
            taken += memory.Length - span.Length;
            if (_status != WebSocketReadStatus.NeedMoreData)
            {
                break;
            }
        }

        input = input.Slice(taken);
        if (_status is WebSocketReadStatus.NeedMoreData or WebSocketReadStatus.Error)
        {
            ReleaseIdleBuffers();
        }

        return _status;
    }

    /// <summary>Gives the buffers back and disposes the inflater.</summary>
    public void Dispose()
    {
        _disposed = true;
        _status = WebSocketReadStatus.NeedMoreData;
        _messageOpcode = WebSocketOpcode.Continuation;
        _inFrame = false;
        ReleaseIdleBuffers();
        _inflater?.Dispose();
    }

    private WebSocketReadStatus Take(ref ReadOnlySpan<byte> input)
    {
        while (true)
        {
            if (!_inFrame)
            {
                var error = TakeHeader(ref input);
                if (error != WebSocketError.None)
                {
                    return Fail(error);
                }

                if (!_inFrame)
                {
                    return WebSocketReadStatus.NeedMoreData;
                }
            }

            if (!TakePayload(ref input))
            {
                return Fail(WebSocketError.InvalidUtf8);
            }

            if (_missing > 0)
            {
                return WebSocketReadStatus.NeedMoreData;
            }

            _inFrame = false;
            var status = _frame.IsControl ? EndControlFrame() : _frame.Final ? EndMessage() : WebSocketReadStatus.NeedMoreData;
            if (status != WebSocketReadStatus.NeedMoreData)
            {
                return status;
            }
        }
    }

    private WebSocketError TakeHeader(ref ReadOnlySpan<byte> input)
    {
        if (_headerCount == 0 && WebSocketFrameHeader.TryParse(input, out var header, out var size))
        {
            input = input[size..];
            return BeginFrame(header);
        }

        Span<byte> collected = _headerBytes;
        while (!input.IsEmpty)
        {
            collected[_headerCount++] = input[0];
            input = input[1..];
            if (WebSocketFrameHeader.TryParse(collected[.._headerCount], out header, out _))
            {
                _headerCount = 0;
                return BeginFrame(header);
            }

            // Most errors show in the first two bytes, and a peer that breaks the protocol may never send the rest.
            if (_headerCount == WebSocketFrameHeader.MinSize)
            {
                var error = CheckStart(new WebSocketFrameHeader(collected[0], collected[1], PayloadLength: 0, MaskKey: 0));
                if (error != WebSocketError.None)
                {
                    return error;
                }
            }
        }

        return WebSocketError.None;
    }

    private WebSocketError BeginFrame(in WebSocketFrameHeader header)
    {
        var error = CheckStart(header);
        if (error == WebSocketError.None)
        {
            error = CheckLimits(header);
        }

        if (error != WebSocketError.None)
        {
            return error;
        }

        _frame = header;
        _missing = (long)header.PayloadLength;
        _inFrame = true;
        if (header.IsControl)
        {
            _control ??= ArrayPool<byte>.Shared.Rent(MaxControlPayload);
            return WebSocketError.None;
        }

        if (header.Opcode != WebSocketOpcode.Continuation)
        {
            _messageOpcode = header.Opcode;
            _messageCompressed = header.Compressed;
            _fragments = 0;
            _utf8 = default;
        }

        _fragments++;
        return WebSocketError.None;
    }

    private WebSocketError CheckStart(in WebSocketFrameHeader header)
    {
        var startsMessage = header.Opcode is WebSocketOpcode.Text or WebSocketOpcode.Binary;
        if (header.HasUnknownBits || (header.Compressed && (_inflater is null || !startsMessage)))
        {
            return WebSocketError.ReservedBits;
        }

        if (!startsMessage && header.Opcode is not (WebSocketOpcode.Continuation or WebSocketOpcode.Close or WebSocketOpcode.Ping or WebSocketOpcode.Pong))
        {
            return WebSocketError.ReservedOpcode;
        }

        if (header.Masked != _expectMask)
        {
            return WebSocketError.Masking;
        }

        if (header.IsControl)
        {
            return header.Final && header.ShortLength <= MaxControlPayload ? WebSocketError.None : WebSocketError.ControlFrame;
        }

        var inMessage = _messageOpcode != WebSocketOpcode.Continuation;
        return startsMessage == inMessage ? WebSocketError.Fragmentation : WebSocketError.None;
    }

    // The announced length is judged before a byte of the payload has come, and no buffer is taken on the strength of an announcement.
    private WebSocketError CheckLimits(in WebSocketFrameHeader header)
    {
        if (!header.HasValidLength)
        {
            return WebSocketError.Length;
        }

        if (header.IsControl)
        {
            return WebSocketError.None;
        }

        if (header.PayloadLength > (ulong)(_maxMessageSize - _message.WrittenCount))
        {
            return WebSocketError.MessageTooBig;
        }

        return header.Opcode == WebSocketOpcode.Continuation && _fragments == _maxFragments
            ? WebSocketError.TooManyFragments
            : WebSocketError.None;
    }

    private bool TakePayload(ref ReadOnlySpan<byte> input)
    {
        var count = (int)Math.Min(_missing, input.Length);
        if (count == 0)
        {
            return true;
        }

        var offset = (long)_frame.PayloadLength - _missing;
        var target = _frame.IsControl ? _control.AsSpan((int)offset, count) : _message.GetSpan(count)[..count];
        if (_frame.Masked)
        {
            WebSocketMask.Apply(input[..count], target, _frame.MaskKey, offset);
        }
        else
        {
            input[..count].CopyTo(target);
        }

        input = input[count..];
        _missing -= count;
        if (_frame.IsControl)
        {
            return true;
        }

        _message.Advance(count);
        return _messageOpcode != WebSocketOpcode.Text || _messageCompressed || _utf8.Append(target);
    }

    private WebSocketReadStatus EndMessage()
    {
        var isText = _messageOpcode == WebSocketOpcode.Text;
        _messageOpcode = WebSocketOpcode.Continuation;
        if (_messageCompressed)
        {
            _inflated ??= new PooledBufferWriter();
            var error = _inflater!.Inflate(_message.WrittenSpan, _inflated, _maxMessageSize);
            if (error != WebSocketError.None)
            {
                return Fail(error);
            }
        }

        if (!isText)
        {
            return WebSocketReadStatus.Binary;
        }

        var valid = _messageCompressed ? Utf8.IsValid(_inflated!.WrittenSpan) : _utf8.IsComplete;
        return valid ? WebSocketReadStatus.Text : Fail(WebSocketError.InvalidUtf8);
    }

    private WebSocketReadStatus EndControlFrame()
    {
        switch (_frame.Opcode)
        {
            case WebSocketOpcode.Ping:
                return WebSocketReadStatus.Ping;
            case WebSocketOpcode.Pong:
                return WebSocketReadStatus.Pong;
        }

        var payload = ControlPayload;
        if (payload.IsEmpty)
        {
            CloseStatus = WebSocketCloseCode.NoStatus;
        }
        else if (payload.Length < sizeof(ushort) || !WebSocketCloseCode.MayBeSent(BinaryPrimitives.ReadUInt16BigEndian(payload)))
        {
            return Fail(WebSocketError.ClosePayload);
        }
        else if (!Utf8.IsValid(payload[sizeof(ushort)..]))
        {
            Fail(WebSocketError.ClosePayload);
            ErrorStatus = WebSocketCloseCode.InvalidPayload;
            return WebSocketReadStatus.Error;
        }
        else
        {
            CloseStatus = BinaryPrimitives.ReadUInt16BigEndian(payload);
        }

        _closed = true;
        return WebSocketReadStatus.Close;
    }

    private WebSocketReadStatus Fail(WebSocketError error)
    {
        Error = error;
        ErrorStatus = error switch
        {
            WebSocketError.InvalidUtf8 or WebSocketError.InvalidCompression => WebSocketCloseCode.InvalidPayload,
            WebSocketError.MessageTooBig => WebSocketCloseCode.MessageTooBig,
            WebSocketError.TooManyFragments => WebSocketCloseCode.PolicyViolation,
            _ => WebSocketCloseCode.ProtocolError,
        };
        _messageOpcode = WebSocketOpcode.Continuation;
        _inFrame = false;
        return WebSocketReadStatus.Error;
    }

    private void ForgetResult()
    {
        if (_status is WebSocketReadStatus.Text or WebSocketReadStatus.Binary)
        {
            _message.Clear();
            _inflated?.Clear();
        }

        _status = WebSocketReadStatus.NeedMoreData;
    }

    private void ReleaseIdleBuffers()
    {
        if (_messageOpcode == WebSocketOpcode.Continuation)
        {
            _message.Dispose();
            _inflated?.Dispose();
        }

        if (_control is { } control && !(_inFrame && _frame.IsControl))
        {
            _control = null;
            ArrayPool<byte>.Shared.Return(control);
        }
    }

    [InlineArray(WebSocketFrameHeader.MaxSize)]
    private struct HeaderBytes
    {
#pragma warning disable IDE0044, IDE0051 // The runtime repeats this one field fourteen times and reads it only as a span.
        private byte _first;
#pragma warning restore IDE0044, IDE0051
    }
}
