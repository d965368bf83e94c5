using Microsoft.Extensions.Logging;
using Sockeye.Client.Engine;

namespace Sockeye.Client.Diagnostics;

/// <summary>What the client logs, category "Sockeye.Client". The event ids are stable.</summary>
internal static partial class ClientLog
{
    [LoggerMessage(1, LogLevel.Debug, "{Kind} by {Transport} to {Address}: status {Status}, {Outcome}, {Milliseconds:0} ms")]
    public static partial void Attempted(ILogger logger, string kind, TransportType transport, Uri address, int? status, string outcome, double milliseconds);

    [LoggerMessage(2, LogLevel.Debug, "Connected to {Url} by {Transport}")]
    public static partial void Opened(ILogger logger, Uri url, TransportType transport);

    [LoggerMessage(3, LogLevel.Warning, "No connection to {Url}: {Error}")]
    public static partial void OpenFailed(ILogger logger, Uri url, string error);

    [LoggerMessage(4, LogLevel.Information, "The connection to {Url} has ended: {Reason} ({Details})")]
    public static partial void Closed(ILogger logger, Uri url, string reason, string? details);

    [LoggerMessage(5, LogLevel.Debug, "Attempt {Attempt} to reconnect to {Url} in {Milliseconds:0} ms")]
    public static partial void WillReconnect(ILogger logger, Uri url, int attempt, double milliseconds);

    [LoggerMessage(6, LogLevel.Error, "A handler of \"{Event}\" in {Namespace} failed")]
    public static partial void HandlerFailed(ILogger logger, string @namespace, string @event, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "\"{Event}\" to {Namespace} was dropped: not acknowledged in {Tries} tries")]
    public static partial void RetriesExhausted(ILogger logger, string @namespace, string @event, int tries);

    [LoggerMessage(8, LogLevel.Warning, "More than {Limit} bytes of events wait for the handlers of {Namespace}: the connection is closed and opened anew. Make the handlers faster, or raise EventBacklogLimitBytes")]
    public static partial void BacklogFull(ILogger logger, string @namespace, long limit);

    [LoggerMessage(9, LogLevel.Error, "Unexpected; please report it")]
    public static partial void Unexpected(ILogger logger, Exception exception);
}
