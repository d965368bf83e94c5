using System.Net;
using Microsoft.Extensions.Logging;

namespace Sockeye.AspNetCore.Diagnostics;

/// <summary>The log messages of the Engine.IO layer, category "Sockeye.Engine". Event ids are stable.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(1, LogLevel.Debug, "Session {Sid} opened by {Transport} from {Address}.")]
    public static partial void SessionOpened(ILogger logger, SessionLabel sid, string transport, IPAddress? address);

    [LoggerMessage(2, LogLevel.Debug, "Session {Sid} upgraded to {Transport}.")]
    public static partial void SessionUpgraded(ILogger logger, SessionLabel sid, string transport);

    [LoggerMessage(3, LogLevel.Debug, "Session {Sid} ended: {Reason} ({Detail}).")]
    public static partial void SessionEnded(ILogger logger, SessionLabel sid, string reason, string? detail);

    [LoggerMessage(4, LogLevel.Warning, "Refused {Method} {Path} from {Address}: {Reason}. {Detail}")]
    public static partial void ConnectionRefused(ILogger logger, string method, string path, IPAddress? address, string reason, string detail);

    [LoggerMessage(5, LogLevel.Warning, "Session {Sid} does not read what it is sent: more than {Budget} bytes wait. Ending it (MaxQueuedBytes).")]
    public static partial void QueueOverBudget(ILogger logger, SessionLabel sid, long budget);

    [LoggerMessage(6, LogLevel.Error, "The handler of session {Sid} threw. Ending the session.")]
    public static partial void HandlerFailed(ILogger logger, SessionLabel sid, Exception exception);

    [LoggerMessage(7, LogLevel.Error, "The {Hook} hook threw.")]
    public static partial void HookFailed(ILogger logger, string hook, Exception exception);

    [LoggerMessage(8, LogLevel.Warning, "{Count} more requests were refused within a second and not logged: {Reason}.")]
    public static partial void RefusalsSuppressed(ILogger logger, long count, string reason);

    [LoggerMessage(11, LogLevel.Warning, "WebTransport is among the transports, but cannot work here, so clients are not offered it. {Problem} Kestrel must listen with HttpProtocols.Http1AndHttp2AndHttp3, too.")]
    public static partial void WebTransportUnavailable(ILogger logger, string problem);

    [LoggerMessage(20, LogLevel.Information, "Ending session {Sid}: its user's authentication expired at {Expires:O} (CloseOnAuthenticationExpiration).")]
    public static partial void AuthenticationExpired(ILogger logger, SessionLabel sid, DateTimeOffset expires);

    [LoggerMessage(21, LogLevel.Information, "Draining {Count} sessions within {Duration}.")]
    public static partial void Draining(ILogger logger, int count, TimeSpan duration);

    [LoggerMessage(30, LogLevel.Information, "Node {Uid} takes requests of its sessions at {Address}: other nodes relay there what reaches them (NodeAddress).")]
    public static partial void RelayStarted(ILogger logger, string uid, Uri address);

    [LoggerMessage(31, LogLevel.Warning, "No other node can relay requests to node {Uid}, so its sessions need session affinity: it listens on no HTTP address that others could use. Set NodeAddress.")]
    public static partial void RelayHasNoAddress(ILogger logger, string uid);

    [LoggerMessage(32, LogLevel.Debug, "Node {Uid} takes requests at {Address}.")]
    public static partial void NodeAnnounced(ILogger logger, string uid, Uri? address);

    [LoggerMessage(33, LogLevel.Warning, "What another node announced of itself was refused: {Reason}.")]
    public static partial void AnnouncementRefused(ILogger logger, string reason);

    [LoggerMessage(34, LogLevel.Warning, "The other nodes could not be told where this one takes requests.")]
    public static partial void AnnouncementFailed(ILogger logger, Exception exception);

    [LoggerMessage(35, LogLevel.Debug, "A poll that was relayed to node {Uid} has ended: {Reason}")]
    public static partial void ReleaseEnded(ILogger logger, string uid, string reason);
}
