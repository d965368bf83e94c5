using System.Net;
using Microsoft.Extensions.Logging;

namespace Sockeye.AspNetCore.Diagnostics;

/// <summary>The log messages of the epoll engine, category "Sockeye.Epoll". Event ids are stable.</summary>
internal static partial class EpollLog
{
    [LoggerMessage(1, LogLevel.Warning, "No more connections can be accepted on {EndPoint}: too many files are open (ulimit -n), or the kernel has no memory. Trying again in a moment.")]
    public static partial void TooManyFiles(ILogger logger, EndPoint endPoint);

    [LoggerMessage(2, LogLevel.Debug, "A handler has held its loop up for {Milliseconds} ms; another thread goes on.")]
    public static partial void LoopHandedOver(ILogger logger, double milliseconds);

    [LoggerMessage(3, LogLevel.Error, "Handling a socket's bytes failed. Closing it.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(4, LogLevel.Debug, "Connection {ConnectionId} was reset by its peer.")]
    public static partial void ConnectionReset(ILogger logger, string connectionId);

    [LoggerMessage(5, LogLevel.Debug, "Whoever read connection {ConnectionId} has failed.")]
    public static partial void ReaderFailed(ILogger logger, string connectionId, Exception exception);

    [LoggerMessage(6, LogLevel.Information, "UseEpoll has no effect here: the epoll engine needs Linux on 64 bits. Kestrel's default transport serves.")]
    public static partial void Unsupported(ILogger logger);
}
