using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Own;

/// <summary>Where the streams of the tool's own connections pass.</summary>
/// <param name="isListening">Whether it makes records of what passes; else it knows only which ports are ours.</param>
internal sealed class Tap(bool isListening)
{
    private readonly ConditionalWeakTable<HttpRequestMessage, TappedConnection> _byRequest = [];
    private readonly List<TappedConnection> _connections = [];
    private readonly ConcurrentBag<int> _ports = [];
    private readonly WireSessions _sessions = new();
    private readonly Lock _lock = new();

    /// <summary>The local ports of the connections.</summary>
    public IReadOnlySet<int> Ports => _ports.ToHashSet();

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var begin = DateTimeOffset.UtcNow;
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken).ConfigureAwait(false);
        var resolved = DateTimeOffset.UtcNow;
        Exception? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                // Bound before it connects, so that the port is known of a connection that fails, too.
                socket.Bind(new IPEndPoint(address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0));
                _ports.Add(((IPEndPoint)socket.LocalEndPoint!).Port);
                await socket.ConnectAsync(new IPEndPoint(address, context.DnsEndPoint.Port), cancellationToken).ConfigureAwait(false);
                Note(context, socket, begin, resolved);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                Failed(socket, new IPEndPoint(address, context.DnsEndPoint.Port), begin, e);
                socket.Dispose();
                last = e;
                if (e is OperationCanceledException)
                {
                    throw;
                }
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    public ValueTask<Stream> FilterAsync(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult(isListening && _byRequest.TryGetValue(context.InitialRequestMessage, out var connection) ? new TapStream(context.PlaintextStream, connection, _lock) : context.PlaintextStream);

    /// <summary>No more bytes come.</summary>
    public IReadOnlyList<SeenConnection> Finish()
    {
        lock (_lock)
        {
            foreach (var connection in _connections)
            {
                connection.End(WireDirection.ToServer, connection.Latest);
                connection.End(WireDirection.ToClient, connection.Latest);
            }

            return [.. _connections];
        }
    }

    private void Note(SocketsHttpConnectionContext context, Socket socket, DateTimeOffset begin, DateTimeOffset resolved)
    {
        if (!isListening)
        {
            return;
        }

        lock (_lock)
        {
            var connection = new TappedConnection(_connections.Count + 1, socket, (IPEndPoint)socket.RemoteEndPoint!, begin, resolved, context.DnsEndPoint.Host, _sessions);
            connection.Connected();
            _connections.Add(connection);
            _byRequest.AddOrUpdate(context.InitialRequestMessage, connection);
        }
    }

    private void Failed(Socket socket, IPEndPoint server, DateTimeOffset begin, Exception error)
    {
        if (!isListening)
        {
            return;
        }

        lock (_lock)
        {
            var connection = new TappedConnection(_connections.Count + 1, socket, server, begin, begin, server.Address.ToString(), _sessions);
            connection.NotConnected(error);
            _connections.Add(connection);
        }
    }
}
