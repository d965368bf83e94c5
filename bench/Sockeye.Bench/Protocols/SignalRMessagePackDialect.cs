using System.Buffers.Text;
using Sockeye.Bench.Load;

namespace Sockeye.Bench.Protocols;

/// <summary>SignalR's MessagePack protocol: <c>[1, {}, "1", "echo", ["x"]]</c> after its length, several to a message.</summary>
internal sealed class SignalRMessagePackDialect : Dialect
{
    private static readonly byte[] Ping = [2, 0x91, 6];

    private readonly MessageBuffer _buffer = new();
    private readonly MessageBuffer _message = new();

    public override string WebSocketPath => "/hub";

    public override bool HasBinary => true;

    public override Payload Text(string text) => new(MessagePackSpan.Text(text));

    public override Payload Binary(byte[] bytes) => new(MessagePackSpan.Binary(bytes));

    public override void OnOpen(Peer peer) => peer.Send("{\"protocol\":\"messagepack\",\"version\":1}\u001e"u8, isBinary: false);

    public override void OnMessage(Peer peer, ReadOnlySpan<byte> message, bool isBinary)
    {
        if (peer.Phase == 0)
        {
            if (!message.SequenceEqual("{}\u001e"u8))
            {
                throw Unexpected(message);
            }

            peer.Phase = 1;
            peer.BecomeReady();
            return;
        }

        while (!message.IsEmpty)
        {
            var (length, shift, at) = (0, 0, 0);
            do
            {
                length |= (message[at] & 0x7F) << shift;
                shift += 7;
            }
            while ((message[at++] & 0x80) != 0);
            OnOne(peer, message.Slice(at, length));
            message = message[(at + length)..];
        }
    }

    public override void Call(Peer peer, string method, long id, string? room, Payload? payload)
    {
        _buffer.Clear().Add(0x95).Add(1).Add(0x80);
        if (id >= 0)
        {
            Span<byte> digits = stackalloc byte[20];
            _ = Utf8Formatter.TryFormat(id, digits, out var count);
            _buffer.Add((byte)(0xA0 | count)).Add(digits[..count]);
        }
        else
        {
            _buffer.Add(0xC0);
        }

        _buffer.Add((byte)(0xA0 | method.Length)).Add(method).Add((byte)(0x90 | ((room is null ? 0 : 1) + (payload is null ? 0 : 1))));
        if (room is not null)
        {
            _buffer.Add((byte)(0xA0 | room.Length)).Add(room);
        }

        if (payload is not null)
        {
            _buffer.Add(payload.Bytes);
        }

        var length = _buffer.Written.Length;
        _message.Clear();
        for (; length >= 0x80; length >>= 7)
        {
            _message.Add((byte)(length | 0x80));
        }

        peer.Send(_message.Add((byte)length).Add(_buffer.Written).Written, isBinary: true);
    }

    private static void OnOne(Peer peer, ReadOnlySpan<byte> message)
    {
        var reader = new MessagePackSpan(message);
        var items = reader.ReadArrayHeader();
        switch (reader.ReadNumber())
        {
            case 1 when items >= 5: // [1, headers, id, target, arguments, streams]
                reader.ReadValue();
                reader.ReadValue();
                if (!reader.ReadText().SequenceEqual("message"u8) || reader.ReadArrayHeader() != 1)
                {
                    throw Unexpected(message);
                }

                peer.Traffic.OnMessage(peer, reader.ReadValue());
                break;
            case 3 when items == 5: // [3, headers, id, 3, result]
                reader.ReadValue();
                if (!Utf8Parser.TryParse(reader.ReadText(), out long id, out _) || reader.ReadNumber() != 3)
                {
                    throw Unexpected(message);
                }

                peer.Traffic.OnReply(peer, id, reader.ReadValue());
                break;
            case 6:
                peer.Send(Ping, isBinary: true);
                break;
            default:
                throw Unexpected(message);
        }
    }
}
