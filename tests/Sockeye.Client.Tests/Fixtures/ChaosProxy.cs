using System.Net;
using System.Net.Sockets;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>
/// A TCP proxy on loopback between a client and a server that does to the network what a test says: cut, refuse, swallow, slow down. What it does, it does
/// when it is told to; nothing in it depends on chance.
/// </summary>
internal sealed class ChaosProxy : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<ProxiedConnection> _connections = [];
    private readonly Func<EndPoint> _target;
    private readonly Inbox<ProxiedConnection> _accepted = new();
    private Socket _listener;
    private bool _listening;
    private Task _accepting = Task.CompletedTask;

    private ChaosProxy(Func<EndPoint> target)
    {
        _target = target;
        _listener = Reserve(0);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        Listen();
    }

    /// <summary>The port that clients connect to. Stays the same when the proxy refuses and listens again.</summary>
    public int Port { get; private set; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>How many connections have been accepted so far.</summary>
    public int Accepted { get; private set; }

    /// <summary>How many connections are open now.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>What happens to the bytes of each connection. May be changed at any time; holds for the bytes that come after.</summary>
    public ProxyRules Rules { get; } = new();

    /// <summary>Starts a proxy to a server.</summary>
    public static ChaosProxy Start(Uri target) => Start(() => target);

    /// <summary>Starts a proxy to the server that is there at each connection.</summary>
    public static ChaosProxy Start(Func<Uri> target) => new(() => new IPEndPoint(IPAddress.Loopback, target().Port));

    /// <summary>The next connection that no one has taken yet, as soon as there is one.</summary>
    public Task<ProxiedConnection> NextAsync() => _accepted.TakeAsync(what: "a connection at the proxy");

    /// <summary>
    /// Completes when a client that polls is at rest: one poll waits for an answer, and nothing else is on its way. What hits the client then hits the poll.
    /// </summary>
    public Task AtRestAsync() => Condition.HoldsAsync(IsAtRest, "one poll at the proxy");

    /// <summary>Ends all connections now, with a reset: the peer learns of it at once and loses what was on its way.</summary>
    public void Reset() => Each(static connection => connection.End(reset: true));

    /// <summary>Ends all connections now, in good order, as a process does that is stopped.</summary>
    public void Finish() => Each(static connection => connection.End(reset: false));

    /// <summary>Stops listening: who connects now is refused by the system. Connections that are open stay.</summary>
    public void Refuse()
    {
        lock (_lock)
        {
            if (_listening)
            {
                _listening = false;
                _listener.Dispose();
                // A socket that is bound and does not listen refuses, and keeps the port from everyone else.
                _listener = Reserve(Port);
            }
        }
    }

    /// <summary>Listens again, at the same port.</summary>
    public void Listen()
    {
        lock (_lock)
        {
            if (!_listening)
            {
                _listening = true;
                _listener.Listen();
                _accepting = AcceptAsync(_listener, _accepting);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _listening = false;
            _listener.Dispose();
        }

        // First the last connection is in the list, then all of them end.
        Rules.Pass();
        await _accepting.WaitAsync(Waiting.Bound);
        Reset();
        ProxiedConnection[] left;
        lock (_lock)
        {
            left = [.. _connections];
        }

        await Task.WhenAll(left.Select(connection => connection.Ended)).WaitAsync(Waiting.Bound);
    }

    private static Socket Reserve(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private bool IsAtRest()
    {
        lock (_lock)
        {
            return _connections.Count(connection => connection.Asked == "GET") == 1 && !_connections.Any(connection => connection.Asked == "POST");
        }
    }

    private void Each(Action<ProxiedConnection> act)
    {
        ProxiedConnection[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        foreach (var connection in connections)
        {
            act(connection);
        }
    }

    private async Task AcceptAsync(Socket listener, Task before)
    {
        await before;
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            var connection = new ProxiedConnection(client, _target(), Rules);
            lock (_lock)
            {
                _connections.Add(connection);
                Accepted++;
            }

            _ = ForgetAsync(connection);
            _accepted.Add(connection);
        }
    }

    private async Task ForgetAsync(ProxiedConnection connection)
    {
        using (connection)
        {
            await connection.Ended;
        }

        lock (_lock)
        {
            _connections.Remove(connection);
        }
    }
}
