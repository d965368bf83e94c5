using System.Buffers;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.AspNetCore.Transports;

/// <summary>What the two WebSocket transports share: how messages become frames, and what was read becomes packets.</summary>
/// <param name="Form">The packets' form.</param>
/// <param name="Deflater">The compressor, if the handshake agreed on one. Used by one writer at a time.</param>
/// <param name="Threshold">Bytes from which a message is compressed.</param>
internal readonly record struct WebSocketMessages(WireForm Form, WebSocketDeflater? Deflater, int Threshold)
{
    /// <summary>Both directions of a WebSocket that was accepted.</summary>
    public static WebSocketMessages Create(AcceptedWebSocket accepted, WebSocketReaderLimits limits, WireForm form, out WebSocketFrameReader reader)
    {
        var deflate = accepted.Deflate;
        reader = new WebSocketFrameReader(WebSocketRole.Server, limits, deflate is null ? null : new WebSocketInflater(deflate.ClientNoContextTakeover));
        return new(form, deflate is null ? null : new WebSocketDeflater(deflate.ServerNoContextTakeover, deflate.ServerMaxWindowBits), accepted.CompressionThreshold);
    }

    /// <summary>Whether the message's frames are sent as they are, the same bytes to all.</summary>
    public bool SendsShared(OutboundMessage message) =>
        (!(Deflater is not null && message.Compress && message.Size >= Threshold) && Form.Shares(message)) || message.PacketCount == 0;

    public void Write(IBufferWriter<byte> output, OutboundMessage message)
    {
        if (SendsShared(message))
        {
            output.Write(Form.FramesOf(message));
            return;
        }

        var compress = Deflater is not null && message.Compress;
        using var scratch = new PooledBufferWriter();
        for (var i = 0; i < message.PacketCount; i++)
        {
            var data = Form.Encode(message.GetPart(i, out var isBinary), ref isBinary, scratch);
            WriteFrame(output, isBinary ? WebSocketOpcode.Binary : WebSocketOpcode.Text, data, compress);
        }
    }

    /// <summary>Gives a message that was read to the session.</summary>
    public void Deliver(ITransportOwner owner, Transport from, bool isText, ReadOnlySpan<byte> payload)
    {
        if (isText ? Form.TryReadText(payload, out var packet) : Form.TryReadBinary(payload, out packet))
        {
            owner.OnPacket(from, packet.Type, packet.IsBinary, packet.Data);
        }
        else
        {
            owner.OnMalformed(from, $"a {(isText ? "text" : "binary")} message is no Engine.IO packet");
        }
    }

    private void WriteFrame(IBufferWriter<byte> output, WebSocketOpcode opcode, ReadOnlySpan<byte> data, bool compress)
    {
        if (!compress || data.Length < Threshold)
        {
            WebSocketFrameWriter.WriteFrame(output, opcode, data);
            return;
        }

        using var compressed = new PooledBufferWriter();
        Deflater!.Deflate(data, compressed);
        WebSocketFrameWriter.WriteFrame(output, opcode, compressed.WrittenSpan, compressed: true);
    }
}
