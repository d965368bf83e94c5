namespace Sockeye.AspNetCore.Epoll;

/// <summary>The open sockets by the number of their descriptor, which is what epoll tells. Loops look without a lock.</summary>
internal sealed class EpollSocketTable
{
    private readonly Lock _lock = new();
    private EpollSocket?[] _sockets = new EpollSocket?[256];

    public int Count { get; private set; }

    public EpollSocket? Find(int descriptor)
    {
        var sockets = Volatile.Read(ref _sockets);
        return (uint)descriptor < (uint)sockets.Length ? Volatile.Read(ref sockets[descriptor]) : null;
    }

    public void Add(EpollSocket socket)
    {
        lock (_lock)
        {
            if (socket.Descriptor >= _sockets.Length)
            {
                var larger = new EpollSocket?[Math.Max(socket.Descriptor + 1, _sockets.Length * 2)];
                _sockets.CopyTo(larger, 0);
                Volatile.Write(ref _sockets, larger);
            }

            Volatile.Write(ref _sockets[socket.Descriptor], socket);
            Count++;
        }
    }

    public void Remove(EpollSocket socket)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_sockets[socket.Descriptor], socket))
            {
                Volatile.Write(ref _sockets[socket.Descriptor], null);
                Count--;
            }
        }
    }

    /// <summary>Closes all that are open, with a reset; but the kernel still sends what was answered to the end. Their handlers find out.</summary>
    public void CloseAll()
    {
        foreach (var socket in Volatile.Read(ref _sockets))
        {
            socket?.Close(reset: socket.Handler is not EpollLinger);
            socket?.Wake();
        }
    }
}
