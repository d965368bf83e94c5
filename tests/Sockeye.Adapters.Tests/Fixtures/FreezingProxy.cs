using System.Net;
using System.Net.Sockets;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A TCP proxy on loopback whose connections can be made to carry nothing any more without ending, as when the network between drops a link without a word. Later connections work.</summary>
internal sealed class FreezingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly Lock _gate = new();
    private readonly List<TcpClient> _open = [];
    private int _generation;

    public FreezingProxy(int target)
    {
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>The connections that are open carry nothing any more.</summary>
    public void Freeze() => Interlocked.Increment(ref _generation);

    public void Dispose()
    {
        _listener.Stop();
        lock (_gate)
        {
            _open.ForEach(static client => client.Dispose());
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                lock (_gate)
                {
                    _open.AddRange([client, server]);
                }

                _ = ServeAsync(client, server, Volatile.Read(ref _generation));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test ends.
        }
    }

    private async Task ServeAsync(TcpClient client, TcpClient server, int generation)
    {
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(CopyAsync(client, server, generation), CopyAsync(server, client, generation));
        }
        catch (SocketException)
        {
            // There is no server: the client sees its connection end.
        }

        if (generation == Volatile.Read(ref _generation))
        {
            client.Dispose();
            server.Dispose();
        }
    }

    /// <summary>Until one side ends; what comes after the freezing is swallowed.</summary>
    private async Task CopyAsync(TcpClient from, TcpClient to, int generation)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await from.GetStream().ReadAsync(buffer)) > 0)
            {
                if (generation == Volatile.Read(ref _generation))
                {
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, count));
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // One side is gone. InvalidOperationException: disposed.
        }
    }
}
