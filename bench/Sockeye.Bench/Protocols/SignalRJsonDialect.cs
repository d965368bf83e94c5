using System.Buffers.Text;
using System.Text;
using Sockeye.Bench.Load;

namespace Sockeye.Bench.Protocols;

/// <summary>SignalR's JSON protocol: <c>{"type":1,"invocationId":"1","target":"echo","arguments":["x"]}</c> and 0x1E, several to a message.</summary>
internal sealed class SignalRJsonDialect : Dialect
{
    private const byte Separator = 0x1E;

    private readonly MessageBuffer _buffer = new();

    public override string WebSocketPath => "/hub";

    public override bool HasBinary => false;

    public override Payload Text(string text) => new(Encoding.UTF8.GetBytes($"\"{text}\""));

    public override void OnOpen(Peer peer) => peer.Send("{\"protocol\":\"json\",\"version\":1}\u001e"u8, isBinary: false);

    public override void OnMessage(Peer peer, ReadOnlySpan<byte> message, bool isBinary)
    {
        while (!message.IsEmpty)
        {
            var end = message.IndexOf(Separator);
            if (end < 0)
            {
                throw Unexpected(message);
            }

            OnOne(peer, message[..end]);
            message = message[(end + 1)..];
        }
    }

    public override void Call(Peer peer, string method, long id, string? room, Payload? payload)
    {
        _buffer.Clear().Add("{\"type\":1,"u8);
        if (id >= 0)
        {
            _buffer.Add("\"invocationId\":\""u8).Add(id).Add("\","u8);
        }

        _buffer.Add("\"target\":\""u8).Add(method).Add("\",\"arguments\":["u8);
        if (room is not null)
        {
            _buffer.Add((byte)'"').Add(room).Add((byte)'"');
        }

        if (payload is not null)
        {
            if (room is not null)
            {
                _buffer.Add((byte)',');
            }

            _buffer.Add(payload.Bytes);
        }

        peer.Send(_buffer.Add("]}\u001e"u8).Written, isBinary: false);
    }

    private static void OnOne(Peer peer, ReadOnlySpan<byte> message)
    {
        if (message.StartsWith("{\"type\":3,\"invocationId\":\""u8))
        {
            var rest = message[26..];
            if (!Utf8Parser.TryParse(rest, out long id, out var digits) || !rest[digits..].StartsWith("\",\"result\":"u8) || message[^1] != '}')
            {
                throw Unexpected(message);
            }

            peer.Traffic.OnReply(peer, id, rest[(digits + 11)..^1]);
        }
        else if (message.StartsWith("{\"type\":1,\"target\":\"message\",\"arguments\":["u8) && message.EndsWith("]}"u8))
        {
            peer.Traffic.OnMessage(peer, message[42..^2]);
        }
        else if (peer.Phase == 0 && message.SequenceEqual("{}"u8))
        {
            peer.Phase = 1;
            peer.BecomeReady();
        }
        else if (message.SequenceEqual("{\"type\":6}"u8))
        {
            // The server ends clients that are silent for 30 s, so each of its pings, every 15 s, is answered with one.
            peer.Send("{\"type\":6}\u001e"u8, isBinary: false);
        }
        else
        {
            throw Unexpected(message);
        }
    }
}
