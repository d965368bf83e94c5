namespace Sockeye.Protocol.Engine;

// How a session ends. Every way leads through End, which gives the action Close the first time and nothing after.
public sealed partial class EngineMachine
{
    /// <summary>A transport was closed by the peer (<paramref name="error"/> null) or failed.</summary>
    public EngineActions TransportClosed(EngineChannel channel, string? error, TimeSpan now) => channel switch
    {
        EngineChannel.Candidate => DropCandidate(),
        _ when error is null => End(EngineCloseReason.TransportClose, null),
        _ => End(EngineCloseReason.TransportError, error),
    };

    /// <summary>This side closes: after writing what is queued, or at once with <paramref name="discard"/>.</summary>
    public EngineActions Close(bool discard, TimeSpan now)
    {
        if (discard || State == EngineState.Opening)
        {
            return End(EngineCloseReason.ForcedClose, null);
        }

        if (State != EngineState.Open)
        {
            return EngineActions.None;
        }

        State = EngineState.Closing;
        _closeExpiry = Instant.After(now, _options.CloseTimeout);
        if (_role == EngineRole.Server || _options.ClientSendsPings)
        {
            _heartbeat.StopSending();
        }

        if (_role == EngineRole.Server)
        {
            return EngineActions.Drain;
        }

        // A client that has stopped polling can write nothing until the upgrade is decided.
        return _upgrade.State == EngineUpgradeState.Upgrading ? EngineActions.None : DropCandidate() | EngineActions.Drain;
    }

    /// <summary>The shell has written all that was queued and closed the transport (after <see cref="EngineActions.Drain"/>).</summary>
    public EngineActions Drained(TimeSpan now) => State switch
    {
        EngineState.Closing => End(EngineCloseReason.ForcedClose, null),
        EngineState.Closed => EngineActions.None,
        _ => throw new InvalidOperationException("The session is not closing; call this after the Drain action, which Close gives."),
    };

    /// <summary>The session must end at once for a reason that the shell found (an overlapping poll, a queue over its budget …).</summary>
    public EngineActions Fail(EngineCloseReason reason, string detail, TimeSpan now) => End(reason, detail);

    private EngineActions End(EngineCloseReason reason, string? detail)
    {
        if (State == EngineState.Closed)
        {
            return EngineActions.None;
        }

        State = EngineState.Closed;
        CloseReason = reason;
        CloseDetail = detail;
        if (!_upgrade.HasCandidate)
        {
            return EngineActions.Close;
        }

        _upgrade.Abandon();
        return EngineActions.CloseCandidate | EngineActions.Close;
    }
}
