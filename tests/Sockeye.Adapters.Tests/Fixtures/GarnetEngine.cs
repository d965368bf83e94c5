using System.Net;
using System.Net.Sockets;
using Garnet;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>Garnet in this process, on a free port: another server of Redis' protocol.</summary>
public sealed class GarnetEngine : IAsyncLifetime
{
    private readonly int _port = FreePort();
    private GarnetServer? _server;

    public string ConnectionString => $"127.0.0.1:{_port},connectTimeout=60000,asyncTimeout=60000";

    public ValueTask InitializeAsync()
    {
        _server = new GarnetServer(["-q", "--bind", "127.0.0.1", "--port", $"{_port}"]);
        _server.Start();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _server?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
