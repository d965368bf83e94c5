namespace Sockeye.Protocol.Engine;

/// <summary>
/// The state of one Engine.IO session, without sockets, clocks or tasks: packets, transport events and instants in, actions and the next
/// deadline out. Not thread-safe: the shell calls it under its lock.
/// </summary>
/// <remarks>
/// <para>Theory of operation. A session has a state, an upgrade and a heartbeat; each has its own file, and the reaction to every packet
/// is a row of <c>EngineTable</c>.</para>
/// <code>
///             open packet            Close(false): Drain
///  Opening ────────────────► Open ───────────────────────► Closing
///     │      (client only)     │                              │
///     │                        │ peer closes, transport fails, ping timeout,
///     └────────────────────────┴─ parse error, Fail, Close(true), Drained, close timeout ─► Closed: Close, exactly once
///
///                 server gets "2probe"                 server gets "5"
///  None ─► Probing ───────────────────────► Upgrading ───────────────────────► Upgraded
///    ▲  attach │    client gets "3probe"        │      client paused polling
///    └─────────┴────────────────────────────────┘ any other packet, malformed, lost, timeout: CloseCandidate
/// </code>
/// <para>Heartbeat: ping after PingInterval, dead after PingTimeout without a pong. It runs on across an upgrade (the official server forgets an
/// outstanding ping there) and, without further pings, while the session closes: a peer that vanished is reported as "ping timeout" then, as the
/// official server does. It stands still while the shell does not read. In revision 3 the client pings. For the server it is dead when no ping comes for
/// PingInterval and PingTimeout together, counted anew from the change of transport; for the client the server is when nothing comes for PingTimeout after a
/// ping, and each packet, not only the pong, gives it PingInterval and PingTimeout together, as the official client does.</para>
/// <para>Deadlines are inclusive: <see cref="Tick"/> at exactly <see cref="Deadline"/> acts. A shell whose timers fire late calls <see cref="Tick"/> before it
/// serves a request, so that the request finds a session dead that is due to be dead. <see cref="Receive"/> itself does not look at deadlines: a
/// pong that waited behind our own delay still counts.</para>
/// </remarks>
public sealed partial class EngineMachine
{
    private readonly EngineRole _role;
    private readonly EngineMachineOptions _options;
    private EngineHeartbeat _heartbeat = new();
    private EngineUpgrade _upgrade = new();
    private TimeSpan _closeExpiry = TimeSpan.MaxValue;

    /// <summary>Creates the machine. A server's session is open from the start, a client's opens with the open packet.</summary>
    /// <param name="role">The side that it plays.</param>
    /// <param name="options">The settings; a client takes the heartbeat's from the handshake instead.</param>
    /// <param name="now">The present instant on any clock that never goes back; all later calls use the same clock.</param>
    public EngineMachine(EngineRole role, EngineMachineOptions options, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(options);
        RequirePositive(options.PingInterval, nameof(options.PingInterval));
        RequirePositive(options.PingTimeout, nameof(options.PingTimeout));
        RequirePositive(options.UpgradeTimeout, nameof(options.UpgradeTimeout));
        RequirePositive(options.CloseTimeout, nameof(options.CloseTimeout));
        _role = role;
        _options = options;
        if (role == EngineRole.Client)
        {
            return;
        }

        State = EngineState.Open;
        if (options.ClientSendsPings)
        {
            ExpectPing(now);
        }
        else
        {
            _heartbeat.StartSending(options.PingInterval, options.PingTimeout, now);
        }
    }

    /// <summary>The state of the session.</summary>
    public EngineState State { get; private set; }

    /// <summary>The state of the upgrade.</summary>
    public EngineUpgradeState UpgradeState => _upgrade.State;

    /// <summary>Why the session ended; null while it lives.</summary>
    public EngineCloseReason? CloseReason { get; private set; }

    /// <summary>What exactly happened, for logs; the texts of the official implementation where it has one. Null where the reason says it all.</summary>
    public string? CloseDetail { get; private set; }

    /// <summary>Client: the handshake, once it came.</summary>
    public OpenPayload? Handshake { get; private set; }

    /// <summary>When <see cref="Tick"/> has something to do next; <see cref="TimeSpan.MaxValue"/> for never.</summary>
    public TimeSpan Deadline => State == EngineState.Closed
        ? TimeSpan.MaxValue
        : Instant.Earlier(_heartbeat.Deadline, Instant.Earlier(_upgrade.Deadline, _closeExpiry));

    /// <summary>A packet came in.</summary>
    public EngineActions Receive(EngineChannel channel, EnginePacketType type, ReadOnlySpan<byte> data, TimeSpan now)
    {
        var step = State == EngineState.Closed ? EngineStep.Ignore
            : channel == EngineChannel.Current ? EngineTable.OnCurrent(_role, State, type, _options.ClientSendsPings)
            : EngineTable.OnCandidate(_role, _upgrade.State, type, data);
        switch (step)
        {
            case EngineStep.Handshake:
                return Open(data, now);
            case EngineStep.Deliver:
                NotePacket(now);
                return EngineActions.Deliver;
            case EngineStep.Other:
                NotePacket(now);
                return EngineActions.None;
            case EngineStep.Pong:
                _heartbeat.PongReceived(now);
                return EngineActions.None;
            case EngineStep.Ping:
                ExpectPing(now);
                return EngineActions.SendPong;
            case EngineStep.PingUnanswered:
                ExpectPing(now);
                return EngineActions.None;
            case EngineStep.PeerClosed:
                return End(EngineCloseReason.TransportClose, null);
            case EngineStep.WrongHeartbeat:
                return End(EngineCloseReason.TransportError, "invalid heartbeat direction");
            case EngineStep.NoHandshake:
                return End(EngineCloseReason.TransportError, "packet before the handshake");
            case EngineStep.Probe:
                _upgrade.Probed();
                _upgrade.ReleasePolls(now);
                return EngineActions.SendProbePong;
            case EngineStep.ProbeAnswered:
                _upgrade.Probed();
                return EngineActions.PausePolling;
            case EngineStep.Switch:
                return Switch(now);
            case EngineStep.DropCandidate:
                return DropCandidate();
            default:
                return EngineActions.None;
        }
    }

    /// <summary>Bytes came in that are no packet.</summary>
    /// <param name="channel">Where they came in.</param>
    /// <param name="detail">What is wrong with them, for logs.</param>
    /// <param name="now">The present instant.</param>
    public EngineActions ReceiveMalformed(EngineChannel channel, string detail, TimeSpan now)
    {
        if (channel == EngineChannel.Candidate)
        {
            return DropCandidate();
        }

        // A closing session reads nothing any more, so it has nothing to object to.
        return State is EngineState.Open or EngineState.Opening ? End(EngineCloseReason.ParseError, detail) : EngineActions.None;
    }

    /// <summary>Time has passed.</summary>
    public EngineActions Tick(TimeSpan now)
    {
        if (State == EngineState.Closed)
        {
            return EngineActions.None;
        }

        if (_heartbeat.HasExpired(now))
        {
            return End(EngineCloseReason.PingTimeout, null);
        }

        if (now >= _closeExpiry)
        {
            return End(EngineCloseReason.ForcedClose, "close timeout");
        }

        var actions = EngineActions.None;
        if (_heartbeat.IsPingDue(now))
        {
            _heartbeat.PingSent(now);
            actions |= EngineActions.SendPing;
        }

        if (_upgrade.HasExpired(now))
        {
            actions |= DropCandidate();
        }
        else if (_upgrade.TryReleasePoll(now))
        {
            actions |= EngineActions.ReleasePoll;
        }

        return actions;
    }

    /// <summary>A candidate transport has connected. False: the session does not take it (closed, upgrading or upgraded already).</summary>
    public bool TryAttachCandidate(TimeSpan now, out EngineActions actions)
    {
        actions = EngineActions.None;

        // A closing server session still takes a candidate: the client may have been on its way there, and gets the rest of the queue sooner.
        var takes = State == EngineState.Open || (State == EngineState.Closing && _role == EngineRole.Server);
        if (!takes || _upgrade.State != EngineUpgradeState.None)
        {
            return false;
        }

        _upgrade.Begin(_options.UpgradeTimeout, now);
        if (_role == EngineRole.Client)
        {
            actions = EngineActions.SendProbePing;
        }

        return true;
    }

    /// <summary>Client: polling has stopped, no request is under way.</summary>
    public EngineActions PollingPaused(TimeSpan now)
    {
        if (_role == EngineRole.Server)
        {
            throw new InvalidOperationException("Only a client pauses polling; call this after the PausePolling action.");
        }

        // The candidate may have been lost while polling stopped: then there is nothing to move to.
        return _upgrade.State == EngineUpgradeState.Upgrading ? EngineActions.SendUpgrade | Switch(now) : EngineActions.None;
    }

    /// <summary>This side stops reading; the peer's heartbeat deadline stands still until <see cref="ResumeReading"/>.</summary>
    public void PauseReading(TimeSpan now) => _heartbeat.Pause(now);

    /// <summary>This side reads again.</summary>
    public void ResumeReading(TimeSpan now) => _heartbeat.Resume(now);

    private static void RequirePositive(TimeSpan value, string name)
    {
        if (value < TimeSpan.FromMilliseconds(1))
        {
            throw new ArgumentOutOfRangeException(name, value, "Give at least one millisecond.");
        }
    }

    private EngineActions Open(ReadOnlySpan<byte> data, TimeSpan now)
    {
        if (!OpenPayload.TryParse(data, out var handshake))
        {
            return End(EngineCloseReason.ParseError, "invalid open packet");
        }

        Handshake = handshake;
        State = EngineState.Open;
        if (_options.ClientSendsPings)
        {
            _heartbeat.StartSending(Handshake!.PingInterval, Handshake.PingTimeout, now);
        }
        else
        {
            ExpectPing(now);
        }

        return EngineActions.Opened;
    }

    // A client goes by the handshake, a server by its own settings.
    private void ExpectPing(TimeSpan now) => _heartbeat.ExpectPing(Handshake?.PingInterval ?? _options.PingInterval, Handshake?.PingTimeout ?? _options.PingTimeout, now);

    private void NotePacket(TimeSpan now)
    {
        switch (_role, _options.ClientSendsPings)
        {
            case (EngineRole.Server, false):
                _heartbeat.OtherPacketReceived(now);
                break;
            case (EngineRole.Client, true):
                _heartbeat.AnyPacketReceived(now);
                break;
            default:
                break;
        }
    }

    private EngineActions Switch(TimeSpan now)
    {
        _upgrade.Complete();
        if (State == EngineState.Closing)
        {
            return EngineActions.Switch | EngineActions.Drain;
        }

        // In revision 3 the client kept its pings back while it moved. The official server stops its clock here for good.
        if (_options.ClientSendsPings && _role == EngineRole.Server)
        {
            ExpectPing(now);
        }
        else if (_options.ClientSendsPings)
        {
            _heartbeat.AnyPacketReceived(now);
        }

        return EngineActions.Switch;
    }

    private EngineActions DropCandidate()
    {
        if (!_upgrade.HasCandidate)
        {
            return EngineActions.None;
        }

        var held = _role == EngineRole.Client && State == EngineState.Closing && _upgrade.State == EngineUpgradeState.Upgrading;
        _upgrade.Abandon();
        return held ? EngineActions.CloseCandidate | EngineActions.Drain : EngineActions.CloseCandidate;
    }
}
