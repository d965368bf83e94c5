using System.Buffers;
using System.Globalization;
using System.Text;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Wire.Decoding;

/// <summary>The frames of one direction: a record for each, and the messages that they make.</summary>
internal sealed class WebSocketReader(WireDirection direction, WebSocketConversation conversation) : IWireReader
{
    private const int MaxFrames = 1000;

    private readonly WebSocketInflater? _inflater = conversation.CreateInflater(direction);
    private ArrayBufferWriter<byte> _message = new();
    private List<int> _frames = [];
    private bool _isTooLong;
    private WebSocketOpcode _opcode;
    private bool _isCompressed;
    private bool _isClosed;
    private bool _inMessage;
    private bool _lostContext;
    private bool _isLost;

    /// <summary>Bytes are missing: a message that was begun is given up, and so is compression that refers to what was lost (RFC 7692 §7.2.3.2).</summary>
    public void LoseTrack()
    {
        (_isLost, _inMessage, _isTooLong, _frames, _message) = (true, false, false, [], new());
        _lostContext |= !conversation.IsWithoutContext(direction);
        conversation.LoseTrack(direction);
    }

    public bool Read(WireInput input, DateTimeOffset time)
    {
        if (_isLost)
        {
            switch (WebSocketConversation.LooksLikeFrame(direction, input.Unread))
            {
                case true:
                    _isLost = false;
                    break;
                case false:
                    return false;
                default:
                    input.Clear();
                    return false;
            }
        }

        if (!WebSocketFrameHeader.TryParse(input.Unread, out var header, out var size))
        {
            return false;
        }

        var error = header.CheckStart(direction == WireDirection.ToServer, conversation.MayBeCompressed, _inMessage);
        if (error == WebSocketError.None && !header.HasValidLength)
        {
            error = WebSocketError.Length;
        }

        if (error != WebSocketError.None)
        {
            Break(input, time, in header, size, $"{WebSocketWords.Of(error)} The connection must be closed with status {WebSocketCloseCode.For(error)}.");
            return true;
        }

        if (header.PayloadLength > (ulong)conversation.MaxMessageBytes)
        {
            Break(input, time, in header, size, "The frame is too long to be shown, and so is all that follows in this direction.");
            return true;
        }

        var length = size + (int)header.PayloadLength;
        if (input.Unread.Length < length)
        {
            return false;
        }

        var frame = input.Unread[..length];
        var payload = frame[size..].ToArray();
        if (header.Masked)
        {
            WebSocketMask.Apply(payload, payload, header.MaskKey, 0);
        }

        List<int> carriers = [];
        var bytes = frame.ToArray();
        input.Consume(length, carriers);
        var record = Add(in header, bytes, payload, carriers, time);
        if (header.IsControl)
        {
            _isClosed |= header.Opcode == WebSocketOpcode.Close;
            return true;
        }

        Append(in header, payload, record.Id, time);
        return true;
    }

    public void End(WireInput input, DateTimeOffset time)
    {
        if (!_isClosed && !_isLost)
        {
            conversation.Connection.Add(
                WireLayer.WebSocket, direction, time, "end", "The connection ended without a close frame.",
                error: "The connection ended without a close frame: the peer sees status 1006 (RFC 6455 §7.1.5), which Socket.IO calls \"transport close\".");
        }

        _inflater?.Dispose();
    }

    private void Append(in WebSocketFrameHeader header, byte[] payload, int record, DateTimeOffset time)
    {
        if (header.Opcode != WebSocketOpcode.Continuation)
        {
            (_opcode, _isCompressed, _isTooLong, _inMessage) = (header.Opcode, header.Compressed, false, true);
        }

        if (_frames.Count < MaxFrames)
        {
            _frames.Add(record);
        }

        _isTooLong |= _message.WrittenCount + payload.Length > conversation.MaxMessageBytes;
        if (!_isTooLong)
        {
            _message.Write(payload);
        }

        if (header.Final)
        {
            Complete(time);
        }
    }

    private void Complete(DateTimeOffset time)
    {
        var (frames, message) = (_frames, _message);
        (_frames, _message, _inMessage) = ([], new(), false);
        if (_isTooLong)
        {
            // An inflater that has missed a message cannot go on.
            _lostContext |= _isCompressed;
            Refuse("The message is too long to be shown.");
            return;
        }

        if (!_isCompressed)
        {
            conversation.Message(direction, time, message.WrittenSpan.ToArray(), _opcode == WebSocketOpcode.Text, frames);
            return;
        }

        if (_inflater is null || _lostContext)
        {
            Refuse(_lostContext ? "The message is compressed, and what it refers to was lost or too long." : "The message is compressed, and the handshake that agreed on it was not seen.");
            return;
        }

        var inflated = new ArrayBufferWriter<byte>();
        var error = _inflater.Inflate(message.WrittenSpan, inflated, conversation.MaxMessageBytes);
        _lostContext = error != WebSocketError.None;
        switch (error)
        {
            case WebSocketError.None:
                conversation.Message(direction, time, inflated.WrittenSpan.ToArray(), _opcode == WebSocketOpcode.Text, frames);
                break;
            case WebSocketError.MessageTooBig:
                Refuse("The message is too long to be shown.");
                break;
            default:
                Refuse("The compressed message cannot be inflated (RFC 7692 §7.2.2).");
                break;
        }

        void Refuse(string why) => conversation.Connection.Add(WireLayer.WebSocket, direction, time, "message", why, carriedBy: frames, error: why);
    }

    private void Break(WireInput input, DateTimeOffset time, in WebSocketFrameHeader header, int size, string text)
    {
        List<int> carriers = [];
        var bytes = input.Unread[..Math.Min(input.Unread.Length, size)].ToArray();
        input.Consume(input.Unread.Length, carriers);
        conversation.Connection.Add(WireLayer.WebSocket, direction, time, WebSocketWords.Of(header.Opcode), text, bytes, Fields(in header, []), carriers, text);
        conversation.GiveUp(direction);
    }

    private WireRecord Add(in WebSocketFrameHeader header, byte[] bytes, byte[] payload, List<int> carriers, DateTimeOffset time)
    {
        var fields = Fields(in header, payload);
        var summary = $"{WireText.Bytes((long)header.PayloadLength)}{(header.Compressed ? ", compressed" : "")}{(header.Final ? "" : ", more follows")}";
        string? error = null;
        if (header.Opcode == WebSocketOpcode.Close && payload.Length > 0)
        {
            if (WebSocketCloseCode.TryRead(payload, out var code))
            {
                var reason = payload.Length > 2 ? Encoding.UTF8.GetString(payload.AsSpan(2)) : "";
                fields.Add(new("status", $"{code} {WebSocketWords.OfStatus(code)}", "RFC 6455 §7.4.1"));
                fields.Add(new("reason", reason, "RFC 6455 §7.1.6"));
                summary = $"{code} {WebSocketWords.OfStatus(code)}{(reason.Length > 0 ? $": {WireText.Shorten(reason, 100)}" : "")}";
                error = code is 1000 or 1001 ? null : summary;
            }
            else
            {
                error = summary = "The close frame's status or reason is not valid (RFC 6455 §5.5.1).";
            }
        }
        else if (header is { Opcode: WebSocketOpcode.Text, Final: true, Compressed: false })
        {
            summary = $"{summary}: {WireText.Shorten(payload, 60)}";
        }

        return conversation.Connection.Add(WireLayer.WebSocket, direction, time, WebSocketWords.Of(header.Opcode), summary, bytes, fields, carriers, error);
    }

    private static List<WireField> Fields(in WebSocketFrameHeader header, ReadOnlySpan<byte> payload)
    {
        List<WireField> fields =
        [
            new("FIN", header.Final ? "1 (the message ends here)" : "0 (more frames follow)", "RFC 6455 §5.2"),
            new("RSV1", header.Compressed ? "1 (compressed)" : "0", "RFC 7692 §6"),
            new("opcode", string.Create(CultureInfo.InvariantCulture, $"0x{(int)header.Opcode:X} ({WebSocketWords.Of(header.Opcode)})"), "RFC 6455 §5.2"),
            new("MASK", header.Masked ? "1 (from the client)" : "0 (from the server)", "RFC 6455 §5.3"),
            new("payload length", WireText.Bytes((long)Math.Min(header.PayloadLength, long.MaxValue)), "RFC 6455 §5.2"),
        ];
        if (header.Masked)
        {
            fields.Add(new("masking key", string.Create(CultureInfo.InvariantCulture, $"{header.MaskKey:x8}"), "RFC 6455 §5.3"));
        }

        if (!payload.IsEmpty)
        {
            fields.Add(new("payload", header.Opcode == WebSocketOpcode.Text && !header.Compressed ? WireText.Shorten(payload, 200) : WireText.Hex(payload, 32), header.Compressed ? "RFC 7692 §7.2" : "RFC 6455 §5.2"));
        }

        return fields;
    }
}
