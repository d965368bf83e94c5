using Sockeye.Protocol.WebSockets;

namespace Sockeye.Wire.Decoding;

/// <summary>RFC 6455 in words.</summary>
internal static class WebSocketWords
{
    public static string Of(WebSocketOpcode opcode) => opcode switch
    {
        WebSocketOpcode.Continuation => "continuation frame",
        WebSocketOpcode.Text => "text frame",
        WebSocketOpcode.Binary => "binary frame",
        WebSocketOpcode.Close => "close frame",
        WebSocketOpcode.Ping => "ping frame",
        WebSocketOpcode.Pong => "pong frame",
        _ => "unknown frame",
    };

    public static string Of(WebSocketError error) => error switch
    {
        WebSocketError.ReservedBits => "A reserved bit is set that no extension was agreed for (RFC 6455 §5.2).",
        WebSocketError.ReservedOpcode => "The opcode is reserved (RFC 6455 §5.2).",
        WebSocketError.Masking => "A client's frames must be masked, a server's must not (RFC 6455 §5.1).",
        WebSocketError.Length => "The length does not have its shortest form (RFC 6455 §5.2).",
        WebSocketError.ControlFrame => "A control frame must not be fragmented, and has at most 125 bytes (RFC 6455 §5.5).",
        WebSocketError.Fragmentation => "A message begins inside another one, or goes on without a beginning (RFC 6455 §5.4).",
        _ => $"The frame is not valid ({error}).",
    };

    public static string OfStatus(int status) => status switch
    {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        1007 => "invalid payload",
        1008 => "policy violation",
        1009 => "message too big",
        1010 => "extension missing",
        1011 => "internal error",
        1012 => "service restart",
        1013 => "try again later",
        1014 => "bad gateway",
        >= 4000 and <= 4999 => "private use",
        _ => "",
    };
}
