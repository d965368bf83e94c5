namespace Sockeye.Protocol.Engine;

/// <summary>Why an Engine.IO session ended. The client reconnects by itself after each of these, except where it closed on its own account.</summary>
public enum EngineCloseReason
{
    /// <summary>"transport close": the peer closed its transport.</summary>
    TransportClose,

    /// <summary>"transport error": the transport failed, or the peer broke the rules of the transport.</summary>
    TransportError,

    /// <summary>"ping timeout": the peer did not answer the heartbeat in time.</summary>
    PingTimeout,

    /// <summary>"parse error": the peer sent a packet that cannot be decoded.</summary>
    ParseError,

    /// <summary>"forced close": this side closed the session.</summary>
    ForcedClose,
}

/// <summary>The wire strings of <see cref="EngineCloseReason"/>.</summary>
public static class EngineCloseReasons
{
    /// <summary>The official string of the reason, as the JavaScript implementation reports it.</summary>
    public static string ToWireString(this EngineCloseReason reason) => reason switch
    {
        EngineCloseReason.TransportClose => "transport close",
        EngineCloseReason.TransportError => "transport error",
        EngineCloseReason.PingTimeout => "ping timeout",
        EngineCloseReason.ParseError => "parse error",
        EngineCloseReason.ForcedClose => "forced close",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Not an Engine.IO close reason."),
    };
}
