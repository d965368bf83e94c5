using System.Buffers.Text;
using System.Text;
using Sockeye.Bench.Load;

namespace Sockeye.Bench.Protocols;

/// <summary>Socket.IO 5 over Engine.IO 4, with JSON: <c>421["echo","x"]</c>, and <c>431["x"]</c> in answer.</summary>
internal sealed class SocketIODialect : Dialect
{
    private static readonly byte[] Placeholder = "{\"_placeholder\":true,\"num\":0}"u8.ToArray();

    private readonly MessageBuffer _buffer = new();

    public override string WebSocketPath => "/socket.io/?EIO=4&transport=websocket";

    public override bool HasBinary => true;

    public override Payload Text(string text) => new(Encoding.UTF8.GetBytes($"\"{text}\""));

    public override Payload Binary(byte[] bytes) => new(bytes, IsBinary: true);

    public override void OnMessage(Peer peer, ReadOnlySpan<byte> message, bool isBinary)
    {
        if (isBinary)
        {
            var id = peer.Awaited ?? throw new BenchException("An attachment that belongs to nothing.");
            peer.Awaited = null;
            peer.Traffic.OnReply(peer, id, message);
        }
        else if (message.StartsWith("43"u8))
        {
            var value = ReadReply(message[2..], out var id);
            peer.Traffic.OnReply(peer, id, value);
        }
        else if (message.StartsWith("42[\"message\","u8) && message[^1] == ']')
        {
            peer.Traffic.OnMessage(peer, message[13..^1]);
        }
        else if (message.StartsWith("461-"u8))
        {
            if (!ReadReply(message[4..], out var id).SequenceEqual(Placeholder))
            {
                throw Unexpected(message);
            }

            peer.Awaited = id;
        }
        else
        {
            OnControl(peer, message);
        }
    }

    public override void Call(Peer peer, string method, long id, string? room, Payload? payload)
    {
        _buffer.Clear().Add(payload is { IsBinary: true } ? "451-"u8 : "42"u8);
        if (id >= 0)
        {
            _buffer.Add(id);
        }

        _buffer.Add("[\""u8).Add(method).Add((byte)'"');
        if (room is not null)
        {
            _buffer.Add(",\""u8).Add(room).Add((byte)'"');
        }

        if (payload is not null)
        {
            _buffer.Add((byte)',').Add(payload.IsBinary ? Placeholder : payload.Bytes);
        }

        peer.Send(_buffer.Add((byte)']').Written, isBinary: false);
        if (payload is { IsBinary: true })
        {
            peer.Send(payload.Bytes, isBinary: true);
        }
    }

    private static void OnControl(Peer peer, ReadOnlySpan<byte> message)
    {
        if (message.SequenceEqual("2"u8))
        {
            peer.Send("3"u8, isBinary: false);
        }
        else if (peer.Phase == 0 && message.StartsWith("0{\"sid\":"u8))
        {
            peer.Phase = 1;
            peer.Send("40"u8, isBinary: false);
        }
        else if (peer.Phase == 1 && message.StartsWith("40{\"sid\":"u8))
        {
            peer.Phase = 2;
            peer.BecomeReady();
        }
        else
        {
            throw Unexpected(message);
        }
    }

    // 12["x"]
    private static ReadOnlySpan<byte> ReadReply(ReadOnlySpan<byte> packet, out long id) =>
        Utf8Parser.TryParse(packet, out id, out var digits) && packet.Length > digits + 1 && packet[digits] == '[' && packet[^1] == ']' ? packet[(digits + 1)..^1] : throw Unexpected(packet);
}
