using Microsoft.Extensions.Logging;

namespace Sockeye.Client.Diagnostics;

/// <summary>The log messages of an Engine.IO connection, category "Sockeye.Client.Engine". Event ids are stable.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(1, LogLevel.Debug, "Connected to {Address} by {Transport}.")]
    public static partial void Opened(ILogger logger, Uri address, string transport);

    [LoggerMessage(2, LogLevel.Debug, "The connection to {Address} goes on by {Transport}.")]
    public static partial void Upgraded(ILogger logger, Uri address, string transport);

    [LoggerMessage(3, LogLevel.Debug, "The connection to {Address} ended: {Reason} ({Detail}).")]
    public static partial void Ended(ILogger logger, Uri address, string reason, string? detail);

    [LoggerMessage(4, LogLevel.Debug, "{Address} could not be reached by {Transport}: {Detail}")]
    public static partial void AttemptFailed(ILogger logger, Uri address, string transport, string detail);

    [LoggerMessage(5, LogLevel.Error, "The handler of the connection to {Address} threw. Ending the connection.")]
    public static partial void HandlerFailed(ILogger logger, Uri address, Exception exception);
}
