using Sockeye.Bench.Load;

namespace Sockeye.Bench.Protocols;

/// <summary>Socket.IO 5 in MessagePack, as <c>socket.io-msgpack-parser</c> writes it: a packet is a map, in one binary message.</summary>
internal sealed class SocketIOMessagePackDialect : Dialect
{
    private static readonly byte[] Connect = [0x82, .. MessagePackSpan.Text("type"), 0, .. MessagePackSpan.Text("nsp"), .. MessagePackSpan.Text("/")];
    private static readonly byte[] TypeAndData = [.. MessagePackSpan.Text("type"), 2, .. MessagePackSpan.Text("data")];
    private static readonly byte[] Id = MessagePackSpan.Text("id");
    private static readonly byte[] Namespace = [.. MessagePackSpan.Text("nsp"), .. MessagePackSpan.Text("/")];
    private static readonly byte[] Event = [0x92, .. MessagePackSpan.Text("message")];

    private readonly MessageBuffer _buffer = new();

    public override string WebSocketPath => "/socket.io/?EIO=4&transport=websocket";

    public override bool HasBinary => true;

    public override Payload Text(string text) => new(MessagePackSpan.Text(text));

    public override Payload Binary(byte[] bytes) => new(MessagePackSpan.Binary(bytes));

    public override void OnMessage(Peer peer, ReadOnlySpan<byte> message, bool isBinary)
    {
        if (isBinary)
        {
            OnPacket(peer, message);
        }
        else if (message.SequenceEqual("2"u8))
        {
            peer.Send("3"u8, isBinary: false);
        }
        else if (peer.Phase == 0 && message.StartsWith("0{\"sid\":"u8))
        {
            peer.Phase = 1;
            peer.Send(Connect, isBinary: true);
        }
        else
        {
            throw Unexpected(message);
        }
    }

    public override void Call(Peer peer, string method, long id, string? room, Payload? payload)
    {
        var arguments = 1 + (room is null ? 0 : 1) + (payload is null ? 0 : 1);
        _buffer.Clear().Add((byte)(id >= 0 ? 0x84 : 0x83)).Add(TypeAndData).Add((byte)(0x90 | arguments)).Add((byte)(0xA0 | method.Length)).Add(method);
        if (room is not null)
        {
            _buffer.Add((byte)(0xA0 | room.Length)).Add(room);
        }

        if (payload is not null)
        {
            _buffer.Add(payload.Bytes);
        }

        if (id >= 0)
        {
            _buffer.Add(Id).Add(0xCE).Add((byte)(id >> 24)).Add((byte)(id >> 16)).Add((byte)(id >> 8)).Add((byte)id);
        }

        peer.Send(_buffer.Add(Namespace).Written, isBinary: true);
    }

    private static void OnPacket(Peer peer, ReadOnlySpan<byte> message)
    {
        var reader = new MessagePackSpan(message);
        var (type, id) = (-1L, -1L);
        ReadOnlySpan<byte> data = default;
        for (var fields = reader.ReadMapHeader(); fields > 0; fields--)
        {
            var name = reader.ReadText();
            if (name.SequenceEqual("type"u8))
            {
                type = reader.ReadNumber();
            }
            else if (name.SequenceEqual("id"u8))
            {
                id = reader.ReadNumber();
            }
            else if (name.SequenceEqual("data"u8))
            {
                data = reader.ReadValue();
            }
            else
            {
                reader.ReadValue();
            }
        }

        switch (type)
        {
            case 0 when peer.Phase == 1:
                peer.Phase = 2;
                peer.BecomeReady();
                break;
            case 2 when data.StartsWith(Event):
                peer.Traffic.OnMessage(peer, data[Event.Length..]);
                break;
            case 3 when data[0] == 0x91:
                peer.Traffic.OnReply(peer, id, data[1..]);
                break;
            default:
                throw Unexpected(message);
        }
    }
}
