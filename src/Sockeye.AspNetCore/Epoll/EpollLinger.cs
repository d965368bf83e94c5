namespace Sockeye.AspNetCore.Epoll;

/// <summary>
/// The end of a connection from our side. Closing a socket with input that nobody has read, or to which more comes, sends a reset, and that would destroy what the peer has not read
/// yet (RFC 2525 section 2.17). So the end is sent first, and what comes is thrown away until the peer ends too, for a short time.
/// </summary>
internal sealed class EpollLinger : IEpollHandler, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly EpollSocket _socket;
    private readonly Timer _timer;

    private EpollLinger(EpollSocket socket)
    {
        _socket = socket;
        _timer = new Timer(static state => ((EpollLinger)state!).Close(), this, Patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends a connection after what was sent. The caller has the right to read from it.</summary>
    public static void Close(EpollSocket socket, bool peerHasEnded)
    {
        if (peerHasEnded)
        {
            socket.Close(reset: false);
            return;
        }

        socket.EndSending();
        socket.Handler = new EpollLinger(socket);
        socket.EndReading();
        socket.Wake();
    }

    public void OnReady(uint events, Span<byte> scratch)
    {
        // What a peer sends without end does not hold the loop: it is called again for the rest.
        var count = Native.Again;
        for (var i = 0; i < 16 && (count = _socket.Receive(scratch)) > 0; i++)
        {
        }

        if (count > 0)
        {
            _socket.Wake();
        }
        else if (count is not Native.Again)
        {
            Close();
        }
    }

    public void OnFailed(Exception failure) => Close();

    public void Dispose() => _timer.Dispose();

    private void Close()
    {
        Dispose();
        _socket.Close(reset: false);
    }
}
