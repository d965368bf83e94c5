using System.Buffers;
using System.Text;
using Sockeye.Protocol.WebSockets;
using Sockeye.Wire;

namespace Sockeye.Cli.Tests.Wire;

/// <summary>Both sides of a connection as text, and what the decoder understood of it.</summary>
internal sealed class Conversation
{
    private static readonly DateTimeOffset Time = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly WireDecoder _decoder;
    private readonly int _pieces;
    private int _carrier;

    /// <param name="pieces">How many bytes go in at once; zero: all.</param>
    /// <param name="sessions">Shared with other connections.</param>
    /// <param name="maxMessage">The longest message that is decoded.</param>
    public Conversation(int pieces = 0, WireSessions? sessions = null, int maxMessage = 1 << 20)
    {
        _pieces = pieces;
        Connection = new WireConnection("10.0.0.1:50000", "10.0.0.2:80");
        _decoder = new WireDecoder(Connection, sessions) { MaxMessageBytes = maxMessage };
    }

    public WireConnection Connection { get; }

    public IEnumerable<WireRecord> Of(WireLayer layer) => Connection.Records.Where(record => record.Layer == layer);

    /// <summary>What was understood at a layer, a line for each: "→ request GET /".</summary>
    public string[] Lines(WireLayer layer) => [.. Of(layer).Select(record => $"{(record.Direction == WireDirection.ToServer ? "→" : "←")} {record.Kind} {record.Summary}".TrimEnd())];

    public Conversation Client(string text) => Send(WireDirection.ToServer, Encoding.UTF8.GetBytes(text));

    public Conversation Server(string text) => Send(WireDirection.ToClient, Encoding.UTF8.GetBytes(text));

    public Conversation ClientFrame(string text) => ClientFrame(WebSocketOpcode.Text, Encoding.UTF8.GetBytes(text));

    public Conversation ClientFrame(WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool final = true)
    {
        var frame = new ArrayBufferWriter<byte>();
        WebSocketFrameWriter.WriteMaskedFrame(frame, opcode, payload, 0x12345678, final);
        return Send(WireDirection.ToServer, frame.WrittenSpan);
    }

    public Conversation ServerFrame(string text, bool compressed = false) => ServerFrame(WebSocketOpcode.Text, Encoding.UTF8.GetBytes(text), compressed);

    public Conversation ServerFrame(WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool compressed = false)
    {
        var frame = new ArrayBufferWriter<byte>();
        WebSocketFrameWriter.WriteFrame(frame, opcode, payload, compressed: compressed);
        return Send(WireDirection.ToClient, frame.WrittenSpan);
    }

    /// <summary>The handshake of RFC 6455 section 1.3, for a session of Engine.IO 4.</summary>
    public Conversation Upgrade(string target = "/socket.io/?EIO=4&transport=websocket", string extensions = "") =>
        Client($"GET {target} HTTP/1.1\r\nHost: example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
            .Server($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{extensions}\r\n");

    public Conversation Send(WireDirection direction, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var piece = data[..(_pieces == 0 ? data.Length : Math.Min(_pieces, data.Length))];
            _decoder.Receive(direction, Time, piece, ++_carrier);
            data = data[piece.Length..];
        }

        return this;
    }

    public Conversation Skip(WireDirection direction, long length)
    {
        _decoder.Skip(direction, Time, length);
        return this;
    }

    public Conversation End(WireDirection direction)
    {
        _decoder.End(direction, Time);
        return this;
    }
}
