using Sockeye.Protocol.WebSockets;

namespace Sockeye.Wire.Decoding;

/// <summary>Both directions of a WebSocket (RFC 6455), after its handshake.</summary>
internal sealed class WebSocketConversation(WireDecoder decoder, WireConnection connection, WireSession session, string? extensions, bool wasSeen)
{
    private readonly EngineReader? _engine = session.Revision > 0 ? new EngineReader(connection, session) : null;

    public WireConnection Connection => connection;

    public int MaxMessageBytes => decoder.MaxMessageBytes;

    /// <summary>Whether the handshake agreed on permessage-deflate (RFC 7692). Unknown, and so allowed, where the handshake was not seen.</summary>
    public bool MayBeCompressed => !wasSeen || IsCompressed;

    /// <summary>Null where the compression's parameters and its window are not known.</summary>
    public WebSocketInflater? CreateInflater(WireDirection direction)
    {
        if (!wasSeen || !IsCompressed)
        {
            return null;
        }

        return new(IsWithoutContext(direction));
    }

    /// <summary>Whether each message is compressed by itself, without the ones before it (RFC 7692 §7.1.1).</summary>
    public bool IsWithoutContext(WireDirection direction) =>
        extensions?.Contains(direction == WireDirection.ToServer ? "client_no_context_takeover" : "server_no_context_takeover", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Bytes are missing: attachments that are waited for may be among them.</summary>
    public void LoseTrack(WireDirection direction)
    {
        session.Assembler(direction).Reset();
        session.Waiting(direction).Clear();
    }

    private bool IsCompressed => extensions?.Contains("permessage-deflate", StringComparison.OrdinalIgnoreCase) == true;

    public WebSocketReader CreateReader(WireDirection direction) => new(direction, this);

    public void Message(WireDirection direction, DateTimeOffset time, byte[] data, bool isText, IReadOnlyList<int> frames) =>
        _engine?.Message(direction, time, data, isText, frames);

    public void GiveUp(WireDirection direction) => decoder.Ignore(direction);

    /// <summary>
    /// Whether bytes in the middle of a connection can be frames: those of a client are masked, those of a server carry Engine.IO. False: too few to tell; null: they cannot be.
    /// </summary>
    public static bool? LooksLikeFrame(WireDirection direction, ReadOnlySpan<byte> bytes)
    {
        var isToServer = direction == WireDirection.ToServer;
        if (bytes.Length < WebSocketFrameHeader.MinSize)
        {
            return false;
        }

        var start = new WebSocketFrameHeader(bytes[0], bytes[1], 0, 0);
        if (start.CheckStart(isToServer, mayBeCompressed: true, inMessage: false) != WebSocketError.None)
        {
            return null;
        }

        if (!WebSocketFrameHeader.TryParse(bytes, out var header, out var size))
        {
            return false;
        }

        if (!header.HasValidLength)
        {
            return null;
        }

        if (isToServer || header.IsControl || header.Compressed || header.Opcode == WebSocketOpcode.Binary)
        {
            return true;
        }

        return bytes.Length == size ? false : bytes[size] is (>= (byte)'0' and <= (byte)'6') or (byte)'b' ? true : null;
    }
}
