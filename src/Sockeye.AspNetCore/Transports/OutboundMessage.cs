using System.Buffers;
using System.Text;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.AspNetCore.Transports;

/// <summary>
/// One or more Engine.IO packets that enter a session's queue together or not at all: a text message with the binary attachments that belong to it.
/// Immutable and shared by all receivers of a broadcast: the WebSocket frames are made once, the polling form once when a poll first needs it.
/// </summary>
public sealed partial class OutboundMessage
{
    internal static readonly OutboundMessage Ping = Control(EnginePacketType.Ping);
    internal static readonly OutboundMessage Pong = Control(EnginePacketType.Pong);
    internal static readonly OutboundMessage Noop = Control(EnginePacketType.Noop);

    private readonly ArraySegment<byte> _frames;
    private readonly Part _first;
    private readonly Part[]? _parts;
    private byte[]? _polling;

    private OutboundMessage(ArraySegment<byte> frames, Part[] parts, bool compress)
    {
        _frames = frames;
        _first = parts.Length > 0 ? parts[0] : default;
        _parts = parts;
        PacketCount = parts.Length;
        Compress = compress;
    }

    // Most messages are one text: they need no list of their parts.
    private OutboundMessage(ArraySegment<byte> frames, Part only, bool compress)
    {
        _frames = frames;
        _first = only;
        PacketCount = 1;
        Compress = compress;
    }

    /// <summary>The bytes that it counts for in a queue's budget.</summary>
    public int Size => _frames.Count;

    /// <summary>Whether it may be compressed: by permessage-deflate on WebSocket, by gzip or deflate in a polling response.</summary>
    public bool Compress { get; }

    /// <summary>How many Engine.IO packets it is. Zero for a WebSocket control frame, which polling leaves out.</summary>
    internal int PacketCount { get; }

    /// <summary>All packets as WebSocket frames, unmasked and uncompressed, ready for the wire.</summary>
    internal ReadOnlySpan<byte> WebSocketFrames => _frames;

    /// <summary>All packets as they stand in a polling payload, U+001E between them.</summary>
    internal ReadOnlySpan<byte> PollingPayload => IsOneText ? FirstPart : _polling ??= EncodePolling();

    private bool IsOneText => PacketCount == 1 && !_first.IsBinary;

    private Span<byte> FirstPart => _frames.AsSpan(_first.Start, _first.Length);

    /// <summary>A text message of UTF-8 bytes.</summary>
    public static OutboundMessage Text(ReadOnlySpan<byte> utf8, bool compress = true) => Create(EnginePacketType.Message, utf8, [], compress);

    /// <summary>A text message.</summary>
    public static OutboundMessage Text(string text, bool compress = true) => Text(Encoding.UTF8.GetBytes(text), compress);

    /// <summary>A binary message.</summary>
    public static OutboundMessage Binary(ReadOnlyMemory<byte> data, bool compress = true) => Create(null, default, [data], compress);

    /// <summary>A Socket.IO packet with its attachments.</summary>
    public static OutboundMessage FromPacket(EncodedPacket packet, bool compress = true)
    {
        ArgumentNullException.ThrowIfNull(packet);
        if (packet.Attachments.Count == 0 && packet.TryGetHeadroom(out var array))
        {
            return InPlace(array, compress);
        }

        // A format without a text part (MessagePack) has only binary messages.
        return Create(packet.Text.IsEmpty ? null : EnginePacketType.Message, packet.Text.Span, packet.Attachments, compress);
    }

    /// <summary>Any Engine.IO packet: open, ping, noop …</summary>
    internal static OutboundMessage Control(EnginePacketType type, ReadOnlySpan<byte> data = default) => Create(type, data, [], compress: false);

    /// <summary>A WebSocket control frame (pong, close), which exists on that transport only.</summary>
    internal static OutboundMessage WebSocketControl(ReadOnlySpan<byte> frame) => new(frame.ToArray(), [], compress: false);

    internal ReadOnlySpan<byte> GetPart(int index, out bool isBinary)
    {
        var part = index == 0 ? _first : _parts![index];
        isBinary = part.IsBinary;
        return _frames.AsSpan(part.Start, part.Length);
    }

    /// <summary>Frames a text where it stands: the header and the packet's type go into the room before it. Whoever does so again writes the same bytes.</summary>
    private static OutboundMessage InPlace(byte[] array, bool compress)
    {
        var length = array.Length - EncodedPacket.Headroom + 1;
        var start = EncodedPacket.Headroom - FrameSize(length) + length - 1;
        var part = start + WebSocketFrameWriter.WriteHeader(array.AsSpan(start), WebSocketOpcode.Text, length);
        array[part] = (byte)('0' + (byte)EnginePacketType.Message);
        return new(new ArraySegment<byte>(array, start, array.Length - start), new Part(part - start, length, IsBinary: false), compress);
    }

    private static OutboundMessage Create(EnginePacketType? textType, ReadOnlySpan<byte> text, IReadOnlyList<ReadOnlyMemory<byte>> attachments, bool compress)
    {
        var textLength = textType is null ? 0 : text.Length + 1;
        var size = textType is null ? 0 : FrameSize(textLength);
        for (var i = 0; i < attachments.Count; i++)
        {
            size += FrameSize(attachments[i].Length);
        }

        var frames = GC.AllocateUninitializedArray<byte>(size);
        var parts = new Part[attachments.Count + (textType is null ? 0 : 1)];
        var position = 0;
        var next = 0;
        if (textType is { } type)
        {
            position += WebSocketFrameWriter.WriteHeader(frames, WebSocketOpcode.Text, textLength);
            parts[next++] = new(position, textLength, IsBinary: false);
            frames[position] = (byte)('0' + (byte)type);
            text.CopyTo(frames.AsSpan(position + 1));
            position += textLength;
        }

        for (var i = 0; i < attachments.Count; i++)
        {
            var data = attachments[i].Span;
            position += WebSocketFrameWriter.WriteHeader(frames.AsSpan(position), WebSocketOpcode.Binary, data.Length);
            parts[next++] = new(position, data.Length, IsBinary: true);
            data.CopyTo(frames.AsSpan(position));
            position += data.Length;
        }

        return parts is [{ IsBinary: false } only] ? new(frames, only, compress) : new(frames, parts, compress);
    }

    private static int FrameSize(int payload) => checked(payload + (payload <= 125 ? 2 : payload <= ushort.MaxValue ? 4 : 10));

    // Two first polls may both encode; they store equal bytes.
    private byte[] EncodePolling()
    {
        using var writer = new PooledBufferWriter();
        for (var i = 0; i < PacketCount; i++)
        {
            if (i > 0)
            {
                writer.Write([PollingPayloadWriter.Separator]);
            }

            var data = GetPart(i, out var isBinary);
            if (isBinary)
            {
                PollingPayloadWriter.WriteBinary(writer, data);
            }
            else
            {
                writer.Write(data);
            }
        }

        return writer.WrittenSpan.ToArray();
    }

    private readonly record struct Part(int Start, int Length, bool IsBinary);
}
