namespace Sockeye.Protocol.WebSockets;

/// <summary>The opcodes of RFC 6455 section 5.2.</summary>
public enum WebSocketOpcode : byte
{
    /// <summary>%x0: a further fragment of a message.</summary>
    Continuation = 0x0,

    /// <summary>%x1: UTF-8 text.</summary>
    Text = 0x1,

    /// <summary>%x2: binary.</summary>
    Binary = 0x2,

    /// <summary>%x8: closing handshake.</summary>
    Close = 0x8,

    /// <summary>%x9: ping.</summary>
    Ping = 0x9,

    /// <summary>%xA: pong.</summary>
    Pong = 0xA,
}
