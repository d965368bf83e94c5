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

/// <summary>
/// The state of one Engine.IO 4 session, without sockets, clocks or tasks: packets, transport events and instants in, actions and the next
/// deadline out. Not thread-safe: the shell calls it under its lock.
/// </summary>
public sealed class EngineMachine
{
    /// <summary>Creates the machine. A server's session is open from the start, a client's opens with the open packet.</summary>
    public EngineMachine(EngineRole role, EngineMachineOptions options, TimeSpan now) => throw new NotImplementedException();

    /// <summary>The state of the session.</summary>
    public EngineState State => throw new NotImplementedException();

    /// <summary>The state of the upgrade.</summary>
    public EngineUpgradeState UpgradeState => throw new NotImplementedException();

    /// <summary>Why the session ended; null while it lives.</summary>
    public EngineCloseReason? CloseReason => throw new NotImplementedException();

    /// <summary>What exactly happened, for logs; the texts of the official implementation where it has one.</summary>
    public string? CloseDetail => throw new NotImplementedException();

    /// <summary>Client: the handshake, once it came.</summary>
    public OpenPayload? Handshake => throw new NotImplementedException();

    /// <summary>When <see cref="Tick"/> has something to do next; <see cref="TimeSpan.MaxValue"/> for never.</summary>
    public TimeSpan Deadline => throw new NotImplementedException();

    /// <summary>A packet came in.</summary>
    public EngineActions Receive(EngineChannel channel, EnginePacketType type, ReadOnlySpan<byte> data, TimeSpan now) => throw new NotImplementedException();

    /// <summary>Bytes came in that are no packet.</summary>
    public EngineActions ReceiveMalformed(EngineChannel channel, string detail, TimeSpan now) => throw new NotImplementedException();

    /// <summary>Time has passed.</summary>
    public EngineActions Tick(TimeSpan now) => throw new NotImplementedException();

    /// <summary>A candidate transport has connected. False: the session does not take it (closed, upgrading or upgraded already).</summary>
    public bool TryAttachCandidate(TimeSpan now, out EngineActions actions) => throw new NotImplementedException();

    /// <summary>Client: polling has stopped, no request is under way.</summary>
    public EngineActions PollingPaused(TimeSpan now) => throw new NotImplementedException();

    /// <summary>A transport was closed by the peer (<paramref name="error"/> null) or failed.</summary>
    public EngineActions TransportClosed(EngineChannel channel, string? error, TimeSpan now) => throw new NotImplementedException();

    /// <summary>This side closes: after writing what is queued, or at once with <paramref name="discard"/>.</summary>
    public EngineActions Close(bool discard, TimeSpan now) => throw new NotImplementedException();

    /// <summary>The shell has written all that was queued and closed the transport (after <see cref="EngineActions.Drain"/>).</summary>
    public EngineActions Drained(TimeSpan now) => throw new NotImplementedException();

    /// <summary>The session must end at once for a reason that the shell found (an overlapping poll, a queue over its budget …).</summary>
    public EngineActions Fail(EngineCloseReason reason, string detail, TimeSpan now) => throw new NotImplementedException();

    /// <summary>This side stops reading; the peer's heartbeat deadline stands still until <see cref="ResumeReading"/>.</summary>
    public void PauseReading(TimeSpan now) => throw new NotImplementedException();

    /// <summary>This side reads again.</summary>
    public void ResumeReading(TimeSpan now) => throw new NotImplementedException();
}
