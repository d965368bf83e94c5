using Microsoft.AspNetCore.Http;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Engine.V3;

namespace Sockeye.AspNetCore.Transports;

/// <summary>How the packets of a session look on its WebSocket.</summary>
/// <param name="Protocol">The revision of Engine.IO.</param>
/// <param name="Base64">Whether the client takes text only.</param>
internal readonly record struct WireForm(int Protocol, bool Base64)
{
    public static WireForm Of(HttpContext context, int protocol) => new(protocol, WebSocketUpgrade.WantsBase64(context));

    /// <summary>Reads a text message. Clients that know no binary send base64 there, too.</summary>
    public bool TryReadText(ReadOnlySpan<byte> text, out EnginePacket packet)
    {
        if (text is not [(byte)'b', ..])
        {
            return EnginePacketCodec.TryRead(text, out packet);
        }

        return Protocol == 3 ? EnginePacketCodecV3.TryReadInPlace(text.ToArray(), out packet) : EnginePacketCodec.TryReadInPlace(text.ToArray(), out packet);
    }

    /// <summary>Reads a binary message.</summary>
    public bool TryReadBinary(ReadOnlySpan<byte> data, out EnginePacket packet)
    {
        if (Protocol == 3)
        {
            return EnginePacketCodecV3.TryReadBinary(data, out packet);
        }

        packet = new EnginePacket(EnginePacketType.Message, isBinary: true, data);
        return true;
    }

    /// <summary>Whether the message's frames are the same for all sessions of this form, made once and shared.</summary>
    public bool Shares(OutboundMessage message) => !Base64 || !message.HasBinary;

    /// <summary>The frames that are shared.</summary>
    public ReadOnlySpan<byte> FramesOf(OutboundMessage message) => Protocol == 3 ? message.WebSocketFramesV3 : message.WebSocketFrames;

    /// <summary>What a frame holds for one part of a message, in the scratch space if it is not the part itself.</summary>
    public ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> part, ref bool isBinary, PooledBufferWriter scratch)
    {
        if (!isBinary || this is { Protocol: 4, Base64: false })
        {
            return part;
        }

        scratch.Clear();
        isBinary = !Base64;
        switch (this)
        {
            case { Base64: false }:
                EnginePacketCodecV3.WriteBinary(scratch, part);
                break;
            case { Protocol: 3 }:
                EnginePacketCodecV3.WriteBase64(scratch, part);
                break;
            default:
                EnginePacketCodec.WriteBase64(scratch, part);
                break;
        }

        return scratch.WrittenSpan;
    }
}
