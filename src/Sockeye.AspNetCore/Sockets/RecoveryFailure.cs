namespace Sockeye.AspNetCore.Sockets;

/// <summary>Why a client that asked for its former socket got a new one.</summary>
public enum RecoveryFailure
{
    /// <summary>"unknown session": this server does not know it. It was restarted, the client asked another one, the socket had been left on purpose, or too many were kept.</summary>
    UnknownSession,

    /// <summary>"expired": the client came back later than <see cref="ConnectionStateRecoveryOptions.MaxDisconnectionDuration"/>.</summary>
    Expired,

    /// <summary>"offset gone": what the client says it saw last is none of the events that are kept, so nobody knows what it has missed. Typically a volatile event whose last argument is a text.</summary>
    OffsetGone,

    /// <summary>"log trimmed": an event that the client may have missed is not kept any more (<see cref="ConnectionStateRecoveryOptions.MaxLogBytes"/>).</summary>
    LogTrimmed,

    /// <summary>"user changed": the connection is authenticated as somebody else, or nobody can tell whether it is the same user.</summary>
    UserChanged,

    /// <summary>"too much missed": the missed events would fill more than half of what may wait for one connection (<see cref="Engine.EngineOptions.MaxQueuedBytes"/>).</summary>
    TooMuchMissed,

    /// <summary>"already claimed": another connection is asking for the same socket at this moment.</summary>
    AlreadyClaimed,

    /// <summary>"still ending": handlers of the former socket, its connection handlers or those of its end, had not finished 5 seconds after the client came back, or half of <see cref="SocketIOOptions.ConnectTimeout"/> if that is less.</summary>
    StillEnding,

    /// <summary>"log unreachable": sessions and events are in the log of the engine between the nodes, which did not answer.</summary>
    LogUnreachable,
}

/// <summary>The texts of <see cref="RecoveryFailure"/>, as they stand in the log and in the metric.</summary>
public static class RecoveryFailures
{
    /// <summary>The text of a reason. It does not go over the wire: the protocol has no word for it.</summary>
    public static string ToText(this RecoveryFailure failure) => failure switch
    {
        RecoveryFailure.UnknownSession => "unknown session",
        RecoveryFailure.Expired => "expired",
        RecoveryFailure.OffsetGone => "offset gone",
        RecoveryFailure.LogTrimmed => "log trimmed",
        RecoveryFailure.UserChanged => "user changed",
        RecoveryFailure.TooMuchMissed => "too much missed",
        RecoveryFailure.AlreadyClaimed => "already claimed",
        RecoveryFailure.StillEnding => "still ending",
        RecoveryFailure.LogUnreachable => "log unreachable",
        _ => throw new ArgumentOutOfRangeException(nameof(failure), failure, "Not a recovery failure."),
    };
}
