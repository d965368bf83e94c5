using System.Threading.Channels;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A client, and what came to it, one line for an event: <c>name 1 "text" [01 02]</c>.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private readonly SocketIOClient _client;
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();

    private TestClient(SocketIOClient client, ClientSocket socket)
    {
        _client = client;
        Socket = socket;
        socket.OnAny((name, arguments) => _events.Writer.TryWrite(Describe(name, arguments)));
        socket.OnDisconnect(reason => _events.Writer.TryWrite($"disconnect: {reason.ToWireString()}"));
    }

    public ClientSocket Socket { get; }

    public string Id => Socket.Id!;

    public static Task<TestClient> ConnectAsync(Node node, string ns = "/", Action<ClientSocket>? configure = null) => ConnectAsync(node.Url, ns, configure);

    public static async Task<TestClient> ConnectAsync(string url, string ns = "/", Action<ClientSocket>? configure = null)
    {
        var client = new SocketIOClient(url, new SocketIOClientOptions { AutoConnect = false, Reconnection = false });
        var socket = client.Socket(ns);
        var created = new TestClient(client, socket);
        configure?.Invoke(socket);
        await socket.ConnectAsync(TestContext.Current.CancellationToken).Within("a client to connect");
        return created;
    }

    /// <summary>The next events must be these.</summary>
    public async Task ExpectAsync(params string[] events)
    {
        foreach (var expected in events)
        {
            Assert.Equal(expected, await _events.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within($"the event \"{expected}\""));
        }
    }

    /// <summary>The next event.</summary>
    public Task<string> NextAsync() => _events.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask();

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    public static string Describe(string name, PacketArguments arguments)
    {
        var parts = new List<string> { name };
        for (var i = 0; i < arguments.Count; i++)
        {
            parts.Add(arguments.TryGetBinary(i, out var data) ? $"[{Convert.ToHexString(data!)}]" : arguments.GetElement(i).GetRawText());
        }

        return string.Join(' ', parts);
    }
}
