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
}
