using System.Buffers.Binary;
using System.Text.Unicode;

namespace Sockeye.Protocol.WebSockets;

/// <summary>The close codes of RFC 6455 section 7.4 that this library sends or reports.</summary>
internal static class WebSocketCloseCode
{
    public const int ProtocolError = 1002;

    /// <summary>Never on the wire: the close frame carried no code.</summary>
    public const int NoStatus = 1005;

    /// <summary>Never on the wire: the connection ended without a close frame.</summary>
    public const int Abnormal = 1006;

    public const int InvalidPayload = 1007;

    public const int PolicyViolation = 1008;

    public const int MessageTooBig = 1009;

    /// <summary>
    /// Whether a peer may send this code. RFC 6455 leaves 1012-2999 to later specifications; IANA has registered 1012-1014 since, so these
    /// are taken like the ws package takes them. 1004 is reserved, 1005, 1006 and 1015 must never be sent.
    /// </summary>
    public static bool MayBeSent(int status) =>
        status is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);

    /// <summary>
    /// Reads the payload of a close frame (5.5.1): nothing, or a code and a reason in UTF-8. False: <paramref name="code"/> is the one to
    /// answer with.
    /// </summary>
    // 03 e8 62 79 65   1000 "bye"
    public static bool TryRead(ReadOnlySpan<byte> payload, out int code)
    {
        if (payload.IsEmpty)
        {
            code = NoStatus;
            return true;
        }

        if (payload.Length < sizeof(ushort) || !MayBeSent(BinaryPrimitives.ReadUInt16BigEndian(payload)))
        {
            code = ProtocolError;
            return false;
        }

        var validReason = Utf8.IsValid(payload[sizeof(ushort)..]);
        code = validReason ? BinaryPrimitives.ReadUInt16BigEndian(payload) : InvalidPayload;
        return validReason;
    }

    /// <summary>The code with which to answer an error: the same as the ws package's.</summary>
    public static int For(WebSocketError error) => error switch
    {
        WebSocketError.InvalidUtf8 or WebSocketError.InvalidCompression => InvalidPayload,
        WebSocketError.MessageTooBig => MessageTooBig,
        WebSocketError.TooManyFragments => PolicyViolation,
        _ => ProtocolError,
    };
}
