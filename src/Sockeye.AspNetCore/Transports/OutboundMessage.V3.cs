using System.Buffers;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine.V3;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.AspNetCore.Transports;

// The same message for sessions of Engine.IO 3. Each form is made once, when the first receiver needs it; without such receivers it costs nothing.
public sealed partial class OutboundMessage
{
    private V3Forms? _v3;

    private enum V3Form
    {
        Frames,
        Text,
        Bytes,
    }

    /// <summary>Whether one of the packets is binary.</summary>
    internal bool HasBinary => _first.IsBinary || (_parts is not null && Array.Exists(_parts, static part => part.IsBinary));

    /// <summary>All packets as WebSocket frames; those with binary data begin with the packet type.</summary>
    internal ReadOnlySpan<byte> WebSocketFramesV3 => HasBinary ? (V3.Frames ??= EncodeV3(V3Form.Frames)) : _frames;

    /// <summary>All packets as they stand in a polling payload of text.</summary>
    internal ReadOnlySpan<byte> PollingTextV3 => V3.Text ??= EncodeV3(V3Form.Text);

    /// <summary>All packets as they stand in a polling payload of bytes.</summary>
    internal ReadOnlySpan<byte> PollingBytesV3 => V3.Bytes ??= EncodeV3(V3Form.Bytes);

    private V3Forms V3 => _v3 ??= new V3Forms();

    // As with the form for revision 4, two receivers may both encode; they store equal bytes.
    private byte[] EncodeV3(V3Form form)
    {
        using var writer = new PooledBufferWriter();
        for (var i = 0; i < PacketCount; i++)
        {
            var data = GetPart(i, out var isBinary);
            switch (form)
            {
                case V3Form.Frames:
                    WriteFrame(writer, data, isBinary);
                    break;
                case V3Form.Text when isBinary:
                    PollingPayloadWriterV3.WriteBase64(writer, data);
                    break;
                case V3Form.Text:
                    PollingPayloadWriterV3.WriteText(writer, data);
                    break;
                case V3Form.Bytes when isBinary:
                    PollingPayloadWriterV3.WriteBytes(writer, data);
                    break;
                default:
                    PollingPayloadWriterV3.WriteTextAsBytes(writer, data);
                    break;
            }
        }

        return writer.WrittenSpan.ToArray();
    }

    private static void WriteFrame(PooledBufferWriter writer, ReadOnlySpan<byte> data, bool isBinary)
    {
        if (!isBinary)
        {
            WebSocketFrameWriter.WriteFrame(writer, WebSocketOpcode.Text, data);
            return;
        }

        Span<byte> header = stackalloc byte[WebSocketFrameWriter.MaxHeaderSize];
        writer.Write(header[..WebSocketFrameWriter.WriteHeader(header, WebSocketOpcode.Binary, data.Length + 1)]);
        EnginePacketCodecV3.WriteBinary(writer, data);
    }

    private sealed class V3Forms
    {
        public byte[]? Frames { get; set; }

        public byte[]? Text { get; set; }

        public byte[]? Bytes { get; set; }
    }
}
