using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sockeye.Bench.Load;

/// <summary>One thread, one epoll: all connections of the load.</summary>
internal sealed unsafe class EventLoop : IDisposable
{
    private const int BatchSize = 512;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly int _epoll = Native.Check(Native.EpollCreate(0), "epoll_create1");
    private readonly byte* _events = (byte*)NativeMemory.Alloc(BatchSize * 16);
    private readonly List<TcpConnection> _dirty = [];
    private TcpConnection?[] _connections = new TcpConnection?[1024];

    /// <summary>What is received goes here first, whoever it is for.</summary>
    public byte[] Buffer { get; } = GC.AllocateArray<byte>(512 * 1024, pinned: true);

    /// <summary>Counts what happens, so that a server that has stopped to answer is noticed.</summary>
    public long Progress { get; set; }

    public void Add(TcpConnection connection)
    {
        if (connection.Socket >= _connections.Length)
        {
            Array.Resize(ref _connections, Math.Max(connection.Socket + 1, _connections.Length * 2));
        }

        _connections[connection.Socket] = connection;
        Native.Watch(_epoll, Native.EpollAdd, connection.Socket, Native.EpollIn);
    }

    public void Watch(TcpConnection connection, bool reads, bool writes) =>
        Native.Watch(_epoll, Native.EpollModify, connection.Socket, (reads ? Native.EpollIn : 0) | (writes ? Native.EpollOut : 0));

    public void Remove(TcpConnection connection) => _connections[connection.Socket] = null;

    public void MarkDirty(TcpConnection connection) => _dirty.Add(connection);

    public void RunFor(TimeSpan time)
    {
        var begin = Stopwatch.GetTimestamp();
        Run(() => Stopwatch.GetElapsedTime(begin) >= time, expectsProgress: false);
    }

    /// <exception cref="BenchException">Nothing happens any more.</exception>
    public void RunUntil(Func<bool> isDone, TimeSpan limit)
    {
        var begin = Stopwatch.GetTimestamp();
        Run(
            () => isDone() || (Stopwatch.GetElapsedTime(begin) < limit ? false : throw new BenchException($"Not done after {limit.TotalSeconds} s.")),
            expectsProgress: true);
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection?.Dispose();
        }

        _ = Native.Close(_epoll);
        NativeMemory.Free(_events);
    }

    private void Run(Func<bool> isDone, bool expectsProgress)
    {
        var (last, since) = (Progress, Stopwatch.GetTimestamp());
        FlushDirty();
        while (!isDone())
        {
            Turn();
            if (Progress != last)
            {
                (last, since) = (Progress, Stopwatch.GetTimestamp());
            }
            else if (expectsProgress && Stopwatch.GetElapsedTime(since) > Patience)
            {
                throw new BenchException($"The server did nothing for {Patience.TotalSeconds} s.");
            }
        }
    }

    private void Turn()
    {
        var count = Native.EpollWait(_epoll, _events, BatchSize, 0);
        if (count < 0)
        {
            if (Marshal.GetLastPInvokeError() == Native.EIntr)
            {
                return;
            }

            Native.Check(count, "epoll_wait");
        }

        for (var i = 0; i < count; i++)
        {
            var data = _events + (i * Native.EventStride);
            var events = *(uint*)data;
            if (_connections[*(int*)(data + Native.EventStride - 8)] is not { } connection)
            {
                continue;
            }

            if ((events & Native.EpollOut) != 0)
            {
                connection.Flush();
            }

            if ((events & ~Native.EpollOut) != 0)
            {
                connection.Receive();
            }
        }

        FlushDirty();
    }

    private void FlushDirty()
    {
        for (var i = 0; i < _dirty.Count; i++)
        {
            _dirty[i].Flush();
        }

        _dirty.Clear();
    }
}
