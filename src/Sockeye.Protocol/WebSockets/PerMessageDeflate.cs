using System.Buffers;

namespace Sockeye.Protocol.WebSockets;

/// <summary>The agreed parameters of permessage-deflate (RFC 7692 section 7).</summary>
/// <param name="ServerNoContextTakeover">The server forgets its window after each message.</param>
/// <param name="ClientNoContextTakeover">The client forgets its window after each message.</param>
/// <param name="ServerMaxWindowBits">The server's window, 9 to 15.</param>
/// <param name="ClientMaxWindowBits">The client's window, 9 to 15.</param>
public sealed record PerMessageDeflateParameters(bool ServerNoContextTakeover, bool ClientNoContextTakeover, int ServerMaxWindowBits = 15, int ClientMaxWindowBits = 15);

/// <summary>Negotiates permessage-deflate.</summary>
public static class PerMessageDeflate
{
    /// <summary>
    /// The server's side: takes the first acceptable offer of a Sec-WebSocket-Extensions header. <paramref name="wanted"/> is what this server asks for by itself.
    /// False: no acceptable offer, the connection goes on without compression.
    /// </summary>
    public static bool TryAccept(ReadOnlySpan<char> offers, PerMessageDeflateParameters wanted, out PerMessageDeflateParameters? agreed, out string? response) => throw new NotImplementedException();
}

/// <summary>Compresses whole messages (RFC 7692 section 7.2.1). One for a connection; not thread-safe.</summary>
public sealed class WebSocketDeflater : IDisposable
{
    /// <summary>Creates a compressor.</summary>
    public WebSocketDeflater(bool noContextTakeover, int windowBits) => throw new NotImplementedException();

    /// <summary>Appends the compressed message, without the trailing 00 00 FF FF.</summary>
    public void Deflate(ReadOnlySpan<byte> message, IBufferWriter<byte> output) => throw new NotImplementedException();

    /// <summary>Frees the window.</summary>
    public void Dispose() => throw new NotImplementedException();
}

/// <summary>Inflates whole messages (RFC 7692 section 7.2.2) up to a limit. One for a connection; not thread-safe.</summary>
public sealed class WebSocketInflater : IDisposable
{
    /// <summary>Creates a decompressor.</summary>
    public WebSocketInflater(bool noContextTakeover) => throw new NotImplementedException();

    /// <summary>Inflates a message. The result says whether it was good, bad, or larger than <paramref name="maxSize"/>; never inflates more than that.</summary>
    public WebSocketError Inflate(ReadOnlySpan<byte> compressed, IBufferWriter<byte> output, long maxSize) => throw new NotImplementedException();

    /// <summary>Frees the window.</summary>
    public void Dispose() => throw new NotImplementedException();
}
