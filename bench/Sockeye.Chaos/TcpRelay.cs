using System.Net;
using System.Net.Sockets;

namespace Sockeye.Chaos;

/// <summary>A TCP relay on loopback, which can cut its connections, take none, or carry nothing any more without a word.</summary>
internal sealed class TcpRelay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<int?> _target;
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private int _generation;

    /// <summary>Starts it.</summary>
    /// <param name="target">The port for the next connection; null: there is none.</param>
    public TcpRelay(Func<int?> target)
    {
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    public bool IsClosed { get; set; }

    /// <summary>The connections that are open carry nothing any more; later ones do.</summary>
    public void Freeze() => Interlocked.Increment(ref _generation);

    /// <summary>Resets all connections.</summary>
    public void CutAll()
    {
        lock (_gate)
        {
            foreach (var socket in _open)
            {
                socket.LingerState = new LingerOption(true, 0);
                socket.Dispose();
            }

            _open.Clear();
        }
    }

    public void Dispose()
    {
        IsClosed = true;
        _listener.Stop();
        CutAll();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(), Volatile.Read(ref _generation));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket client, int generation)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.NoDelay = server.NoDelay = true;
        try
        {
            if (!IsClosed && _target() is { } port)
            {
                await server.ConnectAsync(IPAddress.Loopback, port);
                lock (_gate)
                {
                    _open.UnionWith([client, server]);
                }

                await Task.WhenAny(CopyAsync(client, server, generation), CopyAsync(server, client, generation));
            }
        }
        catch (SocketException)
        {
            // Nobody is there: the other side sees its connection end.
        }

        if (generation == Volatile.Read(ref _generation))
        {
            lock (_gate)
            {
                _open.ExceptWith([client, server]);
            }

            client.Dispose();
            server.Dispose();
        }
    }

    private async Task CopyAsync(Socket from, Socket to, int generation)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                for (var sent = 0; sent < count && generation == Volatile.Read(ref _generation);)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side is gone.
        }
    }
}
