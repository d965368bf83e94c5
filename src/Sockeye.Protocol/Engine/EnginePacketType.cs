namespace Sockeye.Protocol.Engine;

/// <summary>The packet types of the Engine.IO protocol, revisions 3 and 4. On the wire: one ASCII digit.</summary>
public enum EnginePacketType : byte
{
    /// <summary>"0": the server opens the session; the data are the handshake JSON.</summary>
    Open = 0,

    /// <summary>"1": the sender closes the transport.</summary>
    Close = 1,

    /// <summary>"2": heartbeat (server to client in revision 4), or "2probe" on a transport that is being tried.</summary>
    Ping = 2,

    /// <summary>"3": the answer to a ping.</summary>
    Pong = 3,

    /// <summary>"4", or "b" for base64, or a binary frame: a message of the application.</summary>
    Message = 4,

    /// <summary>"5": the client completes the upgrade to another transport.</summary>
    Upgrade = 5,

    /// <summary>"6": does nothing; releases a waiting poll.</summary>
    Noop = 6,
}
