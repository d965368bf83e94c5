using System.Buffers;
using System.Globalization;
using System.Text;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Wire.Decoding;

/// <summary>The frames of one direction: a record for each, and the messages that they make.</summary>
internal sealed class WebSocketReader(WireDirection direction, WebSocketConversation conversation) : IWireReader
{
    private const int MaxMessage = 16 * 1024 * 1024;

    private WebSocketInflater? _inflater = conversation.CreateInflater(direction);
    private readonly ArrayBufferWriter<byte> _message = new();
    private List<int> _frames = [];
    private WebSocketOpcode _opcode;
    private bool _isCompressed;
    private bool _isClosed;
    private bool _isLost;

    private bool InMessage => _frames.Count > 0;

    /// <summary>Bytes are missing: a message that was begun is given up, and so is compression that refers to what was lost (RFC 7692 §7.2.3.2).</summary>
    public void LoseTrack()
    {
        _isLost = true;
        _frames = [];
        if (!conversation.IsWithoutContext(direction))
        {
            _inflater?.Dispose();
            _inflater = null;
        }

        conversation.LoseTrack(direction);
    }

    public bool Read(WireInput input, DateTimeOffset time)
    {
        if (_isLost && input.Unread.Length > 0)
        {
            if (!WebSocketConversation.LooksLikeFrame(direction, input.Unread))
            {
                input.Clear();
                return false;
            }

            _isLost = false;
        }

        if (!WebSocketFrameHeader.TryParse(input.Unread, out var header, out var size))
        {
            return false;
        }

        var error = header.CheckStart(direction == WireDirection.ToServer, conversation.MayBeCompressed, InMessage);
        if (error == WebSocketError.None && (!header.HasValidLength || header.PayloadLength > MaxMessage))
        {
            error = header.HasValidLength ? WebSocketError.MessageTooBig : WebSocketError.Length;
        }

        if (error != WebSocketError.None)
        {
            Break(input, time, in header, size, error);
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
            (_opcode, _isCompressed) = (header.Opcode, header.Compressed);
            _message.ResetWrittenCount();
        }

        _frames.Add(record);
        if (_message.WrittenCount + payload.Length <= MaxMessage)
        {
            _message.Write(payload);
        }

        if (!header.Final)
        {
            return;
        }

        var frames = _frames;
        _frames = [];
        if (!_isCompressed)
        {
            conversation.Message(direction, time, _message.WrittenSpan.ToArray(), _opcode == WebSocketOpcode.Text, frames);
            return;
        }

        var inflated = new ArrayBufferWriter<byte>();
        if (_inflater?.Inflate(_message.WrittenSpan, inflated, MaxMessage) == WebSocketError.None)
        {
            conversation.Message(direction, time, inflated.WrittenSpan.ToArray(), _opcode == WebSocketOpcode.Text, frames);
            return;
        }

        var why = _inflater is null
            ? "The message is compressed, and what it refers to was not seen: the handshake, or bytes that the capture misses."
            : "The compressed message cannot be inflated (RFC 7692 §7.2.2).";
        conversation.Connection.Add(WireLayer.WebSocket, direction, time, "message", why, carriedBy: frames, error: why);
    }

    private void Break(WireInput input, DateTimeOffset time, in WebSocketFrameHeader header, int size, WebSocketError error)
    {
        List<int> carriers = [];
        var bytes = input.Unread[..Math.Min(input.Unread.Length, size)].ToArray();
        var text = $"{WebSocketWords.Of(error)} The connection must be closed with status {WebSocketCloseCode.For(error)}.";
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
