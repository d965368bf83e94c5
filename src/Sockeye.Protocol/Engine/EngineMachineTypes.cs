namespace Sockeye.Protocol.Engine;

/// <summary>Which side of an Engine.IO session a machine plays.</summary>
public enum EngineRole
{
    /// <summary>Sends pings, accepts upgrades.</summary>
    Server,

    /// <summary>Answers pings, asks for upgrades.</summary>
    Client,
}

/// <summary>The state of an Engine.IO session.</summary>
public enum EngineState
{
    /// <summary>A client that waits for the open packet.</summary>
    Opening,

    /// <summary>Messages flow.</summary>
    Open,

    /// <summary>Closed by this side; what is queued is still being written.</summary>
    Closing,

    /// <summary>Ended; every input is ignored.</summary>
    Closed,
}

/// <summary>How far the change to another transport has come.</summary>
public enum EngineUpgradeState
{
    /// <summary>No candidate transport.</summary>
    None,

    /// <summary>A candidate transport is attached; its probe has not been answered yet.</summary>
    Probing,

    /// <summary>The probe was answered; the "upgrade" packet is outstanding.</summary>
    Upgrading,

    /// <summary>The session has moved to the candidate. There is no second upgrade.</summary>
    Upgraded,
}

/// <summary>The transport on which a packet came in.</summary>
public enum EngineChannel
{
    /// <summary>The transport that carries the session.</summary>
    Current,

    /// <summary>The transport that the session may move to.</summary>
    Candidate,
}

/// <summary>What the shell has to do after an input. Several may be set; they are to be done in the order of their values.</summary>
[Flags]
public enum EngineActions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Server: queue a ping "2" on the current transport.</summary>
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

    /// <summary>The candidate becomes the current transport; discard the old one and flush the queue to the new one.</summary>
    Switch = 1 << 9,

    /// <summary>Close the candidate transport; the session goes on.</summary>
    CloseCandidate = 1 << 10,

    /// <summary>Write what is queued, then close the transport, then call <see cref="EngineMachine.Drained"/>.</summary>
    Drain = 1 << 11,

    /// <summary>The session has ended for <see cref="EngineMachine.CloseReason"/>. Given exactly once.</summary>
    Close = 1 << 12,
}

/// <summary>The settings of an <see cref="EngineMachine"/>.</summary>
/// <param name="PingInterval">Server: from one pong to the next ping.</param>
/// <param name="PingTimeout">Server: from a ping to the latest pong.</param>
/// <param name="UpgradeTimeout">The longest life of a candidate transport.</param>
/// <param name="CloseTimeout">How long a closing session may take to write what is queued (official: 30 s).</param>
public sealed record EngineMachineOptions(TimeSpan PingInterval, TimeSpan PingTimeout, TimeSpan UpgradeTimeout, TimeSpan CloseTimeout);
