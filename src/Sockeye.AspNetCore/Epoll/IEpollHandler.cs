namespace Sockeye.AspNetCore.Epoll;

/// <summary>What becomes of a socket's bytes: HTTP first, a WebSocket later.</summary>
internal interface IEpollHandler
{
    /// <summary>The socket may be readable or writable; called by its loop. Must read until there is no more: it is told of the next bytes, not again of these.</summary>
    /// <param name="events">What epoll tells (man 2 epoll_ctl); 0 if somebody has posted the socket, and nobody knows what there is.</param>
    /// <param name="scratch">The memory of the thread, for this call.</param>
    void OnReady(uint events, Span<byte> scratch);

    /// <summary><see cref="OnReady"/> has thrown, on this thread, and the socket was closed. If it was reading, it still has the right to.</summary>
    void OnFailed(Exception failure);
}
