using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Sockeye.AspNetCore.Diagnostics;

namespace Sockeye.AspNetCore.Epoll;

/// <summary>A listening socket. One loop accepts, since epoll would wake the same one for most connections, and hands them out to all loops in turn.</summary>
internal sealed class EpollListener : IConnectionListener
{
    /// <summary>Connections that are accepted before the loop looks after those that it has.</summary>
    private const int MaxAccepts = 64;

    private const int WarnMilliseconds = 5000;

    private readonly EpollEngine _engine;
    private readonly EpollLoop _loop;
    private readonly Socket _socket;
    private readonly int _descriptor;
    private readonly EndPoint? _local;
    private readonly Channel<ConnectionContext> _accepted = Channel.CreateUnbounded<ConnectionContext>(new() { SingleReader = true, SingleWriter = true, AllowSynchronousContinuations = true });
    private readonly Lock _gate = new();
    private long _warnedAt = -WarnMilliseconds;
    private bool _closed;

    public EpollListener(EpollEngine engine, EpollLoop loop, Socket socket)
    {
        _engine = engine;
        _loop = loop;
        _socket = socket;
        _descriptor = (int)socket.Handle;
        EndPoint = socket.LocalEndPoint!;
        _local = EndPoint is IPEndPoint ip && !ip.Address.Equals(IPAddress.Any) && !ip.Address.Equals(IPAddress.IPv6Any) ? ip : null;
        if (!loop.TryAdd(this, _descriptor))
        {
            loop.Remove(_descriptor);
            throw new IOException("The epoll engine cannot listen: the kernel has no memory for it (man 2 epoll_ctl).");
        }
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_accepted.Reader.TryRead(out var connection))
            {
                return connection;
            }
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _closed = true;
                _loop.Remove(_descriptor);
                _socket.Dispose();
                _accepted.Writer.TryComplete();
            }
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync().ConfigureAwait(false);
        while (_accepted.Reader.TryRead(out var connection))
        {
            connection.Abort();
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Takes what waits. Called by the loop.</summary>
    public void Accept()
    {
        for (var i = 0; i < MaxAccepts; i++)
        {
            if (!TryAccept(out var connection))
            {
                return;
            }

            // Outside of the lock: the host's accept loop runs on in here.
            if (connection is not null && !_accepted.Writer.TryWrite(connection))
            {
                connection.Abort();
                _ = connection.DisposeAsync().AsTask();
            }
        }
    }

    private bool TryAccept(out EpollConnection? connection)
    {
        connection = null;
        Span<byte> address = stackalloc byte[Native.MaxAddressSize];
        int descriptor;
        int length;
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            descriptor = Native.Accept(_descriptor, address, out length);
            if (descriptor is Native.TooManyFiles or Native.TooManyFilesInSystem or Native.NoBuffers or Native.NoMemory)
            {
                // The connection still waits, so that the socket would be ready over and over.
                if (Environment.TickCount64 - _warnedAt >= WarnMilliseconds)
                {
                    _warnedAt = Environment.TickCount64;
                    EpollLog.TooManyFiles(_engine.Logger, EndPoint);
                }

                _loop.Pause(_descriptor);
                return false;
            }
        }

        if (descriptor < 0)
        {
            // Any other error is that of the connection, which has gone again (man 2 accept).
            return descriptor is not Native.Again;
        }

        var socket = new EpollSocket(_engine.NextLoop(), descriptor);
        connection = new EpollConnection(socket, _engine, _local ?? ReadLocal(descriptor), Read(address[..length]));
        _engine.Sockets.Add(socket);
        if (!connection.TryStart())
        {
            socket.Close(reset: true);
            connection = null;
        }

        return true;
    }

    private EndPoint? ReadLocal(int descriptor)
    {
        Span<byte> address = stackalloc byte[Native.MaxAddressSize];
        return Native.GetLocalAddress(descriptor, address, out var length) < 0 ? null : Read(address[..length]);
    }

    private EndPoint? Read(ReadOnlySpan<byte> native)
    {
        var address = new SocketAddress(_socket.AddressFamily, native.Length);
        native.CopyTo(address.Buffer.Span);
        return EndPoint.Create(address);
    }

    /// <summary>Listens again after a pause. Called by the loop.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            // Or again in a moment.
            if (!_closed && !_loop.TryAdd(this, _descriptor))
            {
                _loop.Pause(_descriptor);
            }
        }
    }
}
