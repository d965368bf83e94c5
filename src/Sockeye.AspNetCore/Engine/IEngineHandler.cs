using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// What sits on top of Engine.IO sessions: Socket.IO, or an application that wants messages without events. One instance serves all sessions of an
/// endpoint. The calls for one session never overlap: open, messages in order, then close exactly once. They run on the session's receive loop, so
/// they return quickly and start what takes longer; what they throw closes that session only.
/// </summary>
public interface IEngineHandler
{
    /// <summary>A session has opened; it may be written to at once.</summary>
    void OnOpen(EngineSession session);

    /// <summary>A message came in. The bytes are valid during the call only.</summary>
    void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary);

    /// <summary>The session has ended.</summary>
    void OnClose(EngineSession session, EngineCloseReason reason, string? detail);
}
