namespace Sockeye.Protocol.Engine;

/// <summary>What the shell has to do after an input. Several may be set; they are to be done in the order of their values.</summary>
[Flags]
public enum EngineActions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Server, or client in revision 3: queue a ping "2" on the current transport.</summary>
    SendPing = 1 << 0,

    /// <summary>Queue a pong "3" (with the ping's data) on the current transport.</summary>
    SendPong = 1 << 1,

    /// <summary>Write "2probe" on the candidate.</summary>
    SendProbePing = 1 << 2,

    /// <summary>Write "3probe" on the candidate.</summary>
    SendProbePong = 1 << 3,

    /// <summary>Server: answer a waiting poll with a noop "6", so that the client can pause polling. No poll waiting: nothing.</summary>
    ReleasePoll = 1 << 4,

    /// <summary>Client: stop polling, then call <see cref="EngineMachine.PollingPaused"/>.</summary>
    PausePolling = 1 << 5,

    /// <summary>Client: write "5" on the candidate.</summary>
    SendUpgrade = 1 << 6,

    /// <summary>Hand the received data to the application.</summary>
    Deliver = 1 << 7,

    /// <summary>Client: the handshake is complete, <see cref="EngineMachine.Handshake"/> is set.</summary>
    Opened = 1 << 8,

    /// <summary>The candidate becomes the current transport; discard the old one, of which nothing is to be reported any more, and flush the queue to the new one.</summary>
    Switch = 1 << 9,

    /// <summary>Close the candidate transport; the session goes on. A client that has paused polling polls again.</summary>
    CloseCandidate = 1 << 10,

    /// <summary>Write what is queued, then close the transport, then call <see cref="EngineMachine.Drained"/>. Given again when the session moves to another transport meanwhile.</summary>
    Drain = 1 << 11,

    /// <summary>The session has ended for <see cref="EngineMachine.CloseReason"/>. Given exactly once.</summary>
    Close = 1 << 12,
}
