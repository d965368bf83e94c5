using System.Buffers;

namespace Sockeye.Protocol.WebSockets;

/// <summary>
/// RFC 6455 frames in, whole messages out. Takes the input as it comes, also in the middle of a frame, so that the caller's buffer never has to
/// hold a whole message; holds a pooled buffer only while a message is incomplete or being looked at. One for a connection; not thread-safe.
/// </summary>
public sealed class WebSocketFrameReader : IDisposable
{
    private readonly bool _expectMask;
    private readonly WebSocketInflater? _inflater;

    // Control frames may come between the frames of a message, so each kind has its own buffer.
    private readonly WebSocketMessageAssembler _assembler;
    private byte[]? _control;

    // The result of the last Read, which Payload shows.
    private WebSocketReadStatus _status;
    private bool _closed;
    private bool _disposed;

    // The header that the end of the input cut, then the frame whose header has been read.
    private WebSocketHeaderCollector _header;
    private bool _inFrame;
    private WebSocketFrameHeader _frame;
    private long _missing;

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
        _inflater = inflater;
        _assembler = new WebSocketMessageAssembler(limits, inflater);
    }

    /// <summary>The message, the data of a ping or pong, or the reason of a close frame after <see cref="Read(ref ReadOnlySpan{byte})"/>; valid until the next call.</summary>
    public ReadOnlySpan<byte> Payload => _status switch
    {
        WebSocketReadStatus.Text or WebSocketReadStatus.Binary => _assembler.Message,
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
        if (!TryBegin())
        {
            input = input.Slice(input.End);
            return _status;
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
        return End();
    }

    /// <inheritdoc cref="Read(ref ReadOnlySequence{byte})" />
    public WebSocketReadStatus Read(ref ReadOnlySpan<byte> input)
    {
        if (!TryBegin())
        {
            input = default;
            return _status;
        }

        _status = Take(ref input);
        return End();
    }

    /// <summary>Gives the buffers back and disposes the inflater.</summary>
    public void Dispose()
    {
        _disposed = true;
        _status = WebSocketReadStatus.NeedMoreData;
        _inFrame = false;
        _assembler.Dispose();
        ReleaseIdleBuffers();
        _inflater?.Dispose();
    }

    /// <summary>False: the connection has been closed or broken, and nothing is read any more.</summary>
    private bool TryBegin()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_status is WebSocketReadStatus.Text or WebSocketReadStatus.Binary)
        {
            _assembler.Clear();
        }

        _status = Error != WebSocketError.None ? WebSocketReadStatus.Error : WebSocketReadStatus.NeedMoreData;
        if (_closed || Error != WebSocketError.None)
        {
            ReleaseIdleBuffers();
            return false;
        }

        return true;
    }

    private WebSocketReadStatus End()
    {
        if (_status is WebSocketReadStatus.NeedMoreData or WebSocketReadStatus.Error)
        {
            ReleaseIdleBuffers();
        }

        return _status;
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
        if (!_header.TryTake(ref input, out var header))
        {
            // Most errors show in the first two bytes, and a peer that breaks the protocol may never send the rest.
            return _header.Start is { } start ? CheckStart(start) : WebSocketError.None;
        }

        var error = CheckStart(header);
        if (error == WebSocketError.None)
        {
            error = header.HasValidLength ? Begin(header) : WebSocketError.Length;
        }

        _frame = header;
        _missing = (long)header.PayloadLength;
        _inFrame = error == WebSocketError.None;
        return error;
    }

    private WebSocketError CheckStart(in WebSocketFrameHeader header) =>
        header.CheckStart(_expectMask, mayBeCompressed: _inflater is not null, _assembler.InMessage);

    private WebSocketError Begin(in WebSocketFrameHeader header)
    {
        if (!header.IsControl)
        {
            return _assembler.Begin(header);
        }

        _control ??= ArrayPool<byte>.Shared.Rent(WebSocketFrameHeader.MaxControlPayload);
        return WebSocketError.None;
    }

    private bool TakePayload(ref ReadOnlySpan<byte> input)
    {
        var count = (int)Math.Min(_missing, input.Length);
        if (count == 0)
        {
            return true;
        }

        var offset = (long)_frame.PayloadLength - _missing;
        var target = _frame.IsControl ? _control.AsSpan((int)offset, count) : _assembler.Reserve(count);
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
        return _frame.IsControl || _assembler.Advance(target);
    }

    private WebSocketReadStatus EndMessage()
    {
        var error = _assembler.End(out var isText);
        if (error != WebSocketError.None)
        {
            return Fail(error);
        }

        return isText ? WebSocketReadStatus.Text : WebSocketReadStatus.Binary;
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

        if (!WebSocketCloseCode.TryRead(ControlPayload, out var code))
        {
            return Fail(WebSocketError.ClosePayload, code);
        }

        // Nothing that was begun will be finished.
        _assembler.Dispose();
        _closed = true;
        CloseStatus = code;
        return WebSocketReadStatus.Close;
    }

    private WebSocketReadStatus Fail(WebSocketError error) => Fail(error, WebSocketCloseCode.For(error));

    private WebSocketReadStatus Fail(WebSocketError error, int status)
    {
        Error = error;
        ErrorStatus = status;
        _inFrame = false;
        _assembler.Dispose();
        return WebSocketReadStatus.Error;
    }

    private void ReleaseIdleBuffers()
    {
        if (!_assembler.InMessage)
        {
            _assembler.Dispose();
        }

        if (_control is { } control && !(_inFrame && _frame.IsControl))
        {
            _control = null;
            ArrayPool<byte>.Shared.Return(control);
        }
    }
}
