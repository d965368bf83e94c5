using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Protocol.WebSockets;

/// <summary>The HTTP part of the WebSocket handshake (RFC 6455 section 4).</summary>
public static class WebSocketHandshake
{
    private const int KeyLength = 24;

    private static readonly SearchValues<char> Base64Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    /// <summary>
    /// Whether a Sec-WebSocket-Key is base64 of 16 bytes (4.2.1): 22 characters and two signs of padding. Unused bits of the last character
    /// may be set, as the ws package allows: the key is only ever hashed as text.
    /// </summary>
    public static bool IsValidKey(string? key) =>
        key is { Length: KeyLength } && key.EndsWith("==", StringComparison.Ordinal)
        && !key.AsSpan(0, KeyLength - 2).ContainsAnyExcept(Base64Characters);

    /// <summary>The Sec-WebSocket-Accept for a key (4.2.2): base64 of the SHA-1 of the key and a fixed GUID.</summary>
    /// <exception cref="ArgumentException">The key is not valid.</exception>
    // "dGhlIHNhbXBsZSBub25jZQ==" → "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    public static string CreateAccept(string key)
    {
        if (!IsValidKey(key))
        {
            throw new ArgumentException($"Not a Sec-WebSocket-Key. Ask {nameof(IsValidKey)} first and refuse the request with 400.", nameof(key));
        }

        var guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;
        Span<byte> text = stackalloc byte[KeyLength + guid.Length];
        Encoding.ASCII.GetBytes(key, text);
        guid.CopyTo(text[KeyLength..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The RFC prescribes SHA-1; it proves that the server speaks WebSocket and protects nothing.
        SHA1.HashData(text, hash);
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }
}
