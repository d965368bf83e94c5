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
}
