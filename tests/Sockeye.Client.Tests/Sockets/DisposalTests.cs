using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Client.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>Disposing works in every state, at any time, twice, and ends in a bounded time: here within seconds, where nothing hangs.</summary>
public sealed class DisposalTests
{
    /// <summary>Below <see cref="EngineSocketOptions.CloseTimeout"/>, so that no test passes by waiting for that.</summary>
    private static readonly TimeSpan Promptly = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_never_connected()
    {
        var client = Client(Clients.Nowhere);
        var socket = client.Socket();
        await DisposeAsync(client);
        Assert.Throws<ObjectDisposedException>(socket.Connect);
        Assert.Throws<ObjectDisposedException>(() => client.Socket());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => socket.ConnectAsync(Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => socket.EmitAsync("a"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => socket.EmitWithAckAsync<int>("a"));
        socket.Disconnect();
        await socket.DisconnectAsync().Within(Promptly);
        await client.CloseAsync().Within(Promptly);
    }

    [Theory]
    [EachTransport]
    public async Task A_connected_client_says_goodbye(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        var ended = new TaskCompletionSource<DisconnectReason>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Io.OnDisconnect((_, reason) => ended.TrySetResult(reason));
        var client = Client(server.Url, via);
        await server.ConnectAsync(client.Socket(), via);
        await DisposeAsync(client);
        Assert.Equal(DisconnectReason.ClientNamespaceDisconnect, await ended.Task.Within());
        Assert.Null(client.Engine);
        Assert.Empty(server.Io.Server.Namespace("/").Sockets);
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task A_client_that_is_connecting(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var proxy = ChaosProxy.Start(server.Address);
        proxy.Rules.Hold(ProxyDirection.Down);
        var client = Client(proxy.Address.AbsoluteUri, via, static options => options.CloseTimeout = TimeSpan.FromMilliseconds(100));
        client.Socket().Connect();
        await proxy.NextAsync();
        await DisposeAsync(client);
    }

    [Fact]
    public async Task A_client_that_waits_for_its_next_attempt()
    {
        var client = Client(Clients.Nowhere, configure: static options => options.ReconnectionDelay = options.ReconnectionDelayMax = TimeSpan.FromDays(1));
        var connection = client.Record();
        client.Socket().Connect();
        await connection.ExpectAsync("error: websocket error");
        await DisposeAsync(client);
    }

    [Fact]
    public async Task A_client_that_has_given_up()
    {
        var client = Client(Clients.Nowhere, configure: static options => options.Reconnection = false);
        await Assert.ThrowsAsync<ReconnectFailedException>(() => client.Socket().ConnectAsync(Token).Within());
        await DisposeAsync(client);
        client = Client(Clients.Nowhere, configure: static options => (options.Reconnection, options.Timeout) = (false, TimeSpan.Zero));
        await Assert.ThrowsAsync<ReconnectFailedException>(() => client.Socket().ConnectAsync(Token).Within());
        await DisposeAsync(client);
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task A_client_whose_server_has_gone_silent(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var proxy = ChaosProxy.Start(server.Address);
        var client = Client(proxy.Address.AbsoluteUri, via, static options => options.CloseTimeout = TimeSpan.FromMilliseconds(200));
        await server.ConnectAsync(client.Socket(), via);
        proxy.Rules.Swallowed = ProxyDirection.Both;
        await DisposeAsync(client);
        proxy.Rules.Swallowed = ProxyDirection.None;
    }

    [Fact]
    public async Task A_client_that_is_in_the_middle_of_an_upgrade()
    {
        await using var server = await SocketServer.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            var client = Client(server.Url, Via.Upgraded);
            await client.Socket().ConnectAsync(Token).Within();
            await DisposeAsync(client);
        }
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("event")]
    [InlineData("disconnect")]
    [InlineData("connect_error")]
    [InlineData("open")]
    [InlineData("reconnect_attempt")]
    [InlineData("close")]
    public async Task Within_a_handler(string where)
    {
        await using var server = await SocketServer.StartAsync();
        var refused = where is "connect_error" or "reconnect_attempt";
        var client = Client(refused ? Clients.Nowhere : server.Url);
        var socket = client.Socket();
        var disposed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async Task EndAsync()
        {
            await client.DisposeAsync();
            disposed.TrySetResult();
        }

        switch (where)
        {
            case "connect": socket.OnConnect(EndAsync); break;
            case "event": socket.On("hi", EndAsync); break;
            case "disconnect": socket.OnDisconnect((_, _) => EndAsync()); break;
            case "connect_error": socket.OnConnectError(_ => EndAsync()); break;
            case "open": client.OnOpen(() => EndAsync().Wait(Token)); break;
            case "reconnect_attempt": client.OnReconnectAttempt(_ => EndAsync().Wait(Token)); break;
            default: client.OnClose((_, _) => EndAsync().Wait(Token)); break;
        }

        socket.Connect();
        if (where is "event" or "disconnect" or "close")
        {
            var peer = await server.NextSocketAsync();
            if (where == "event")
            {
                await peer.EmitAsync("hi");
            }
            else
            {
                peer.Conn.Close();
            }
        }

        await disposed.Task.Within(Promptly);
        Assert.False(socket.Connected);
    }

    [Fact]
    public async Task Within_a_handler_for_which_the_connection_waits()
    {
        await using var server = await SocketServer.StartAsync();
        var client = Client(server.Url, configure: static options => options.EventBacklogPauseBytes = 1);
        var socket = client.Socket();
        var disposed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        socket.On("big", async (string _) =>
        {
            await client.DisposeAsync();
            disposed.TrySetResult();
        });
        var peer = await server.ConnectAsync(socket);
        await peer.EmitAsync("big", new string('x', 1000));
        await disposed.Task.Within(TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task Twice_and_from_many_threads()
    {
        await using var server = await SocketServer.StartAsync();
        var client = Client(server.Url);
        var socket = client.Socket();
        await server.ConnectAsync(socket);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => i % 2 == 0 ? client.DisposeAsync().AsTask() : socket.DisposeAsync().AsTask()))).Within(Promptly);
        await DisposeAsync(client);
    }

    [Fact]
    public async Task While_others_emit_connect_and_disconnect()
    {
        await using var server = await SocketServer.StartAsync();
        for (var round = 0; round < 20; round++)
        {
            var client = Client(server.Url);
            var socket = client.Socket();
            var disposed = false;
            var others = Enumerable.Range(0, 4).Select(kind => Task.Run(async () =>
            {
                try
                {
                    while (!Volatile.Read(ref disposed))
                    {
                        switch (kind)
                        {
                            case 0: socket.Connect(); break;
                            case 1: socket.Disconnect(); break;
                            case 2: await socket.EmitAsync("echo", 1); break;
                            default: await socket.EmitWithAckAsync<int>("echo", [1], TimeSpan.FromMilliseconds(1)); break;
                        }

                        await Task.Yield();
                    }
                }
                catch (Exception e) when (e is ObjectDisposedException or DisconnectedException or AckTimeoutException or BufferFullException)
                {
                    return;
                }
            })).ToArray();
            await DisposeAsync(client);
            Volatile.Write(ref disposed, true);
            await Task.WhenAll(others).Within(Promptly);
        }
    }

    [Fact]
    public async Task What_waits_fails()
    {
        var client = Client(Clients.Nowhere);
        var socket = client.Socket();
        var ack = socket.EmitWithAckAsync<int>("a", cancellationToken: Token);
        var once = socket.OnceAsync<int>("b", Token);
        var connecting = socket.ConnectAsync(Token);
        await DisposeAsync(client);
        await Assert.ThrowsAsync<DisconnectedException>(() => ack.Within());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => once.Within());
        await Assert.ThrowsAsync<DisconnectedException>(() => connecting.Within());
        Assert.Equal(0, socket.BufferedEvents);
    }

    [Fact]
    public async Task One_socket_and_the_others_stay()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = Client(server.Url);
        var (root, foo) = (client.Socket(), client.Socket("/foo"));
        await server.ConnectAsync(root);
        await server.ConnectAsync(foo);
        await foo.DisposeAsync().AsTask().Within(Promptly);
        Assert.Equal(1, await root.EmitWithAckAsync<int>("echo", [1]).Within());
        var again = client.Socket("/foo");
        Assert.NotSame(foo, again);
        await server.ConnectAsync(again);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => foo.EmitAsync("a"));
    }

    [Fact]
    public async Task Handlers_that_have_not_begun_do_not_run()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var (journal, go) = (new Journal(), new TaskCompletionSource());
        socket.On("a", async () =>
        {
            journal.Add("begun");
            await go.Task;
            journal.Add("ended");
        });
        socket.Connect();
        var session = await server.AcceptAsync();
        session.Send("""2["a"]""");
        session.Send("""2["a"]""");
        await journal.ExpectAsync("begun");
        await socket.DisposeAsync().AsTask().Within(Promptly);
        go.SetResult();
        await journal.ExpectAsync("ended");
        journal.ExpectNothing();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_end_is_told_once(bool ofClient)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = Client(server.Url);
        var socket = client.Socket();
        var (life, connection) = (socket.Record(), client.Record());
        await server.ConnectAsync(socket);
        for (var i = 0; i < 2; i++)
        {
            await (ofClient ? client.DisposeAsync() : socket.DisposeAsync()).AsTask().Within(Promptly);
        }

        await life.ExpectAsync("connect", "disconnect: io client disconnect");
        await connection.ExpectAsync("open", "close: forced close");
        life.ExpectNothing();
        connection.ExpectNothing();
    }

    [Fact]
    public async Task Synchronously()
    {
        await using var server = await SocketServer.StartAsync();
        var client = Client(server.Url);
        var peer = await server.ConnectAsync(client.Socket());
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        peer.OnDisconnect((_, _) => ended.TrySetResult());
        client.Dispose();
        client.Dispose();
        await ended.Task.Within();
    }

    private static SocketIOClient Client(string url, Via via = Via.WebSocket, Action<SocketIOClientOptions>? configure = null) => new(url, Clients.Options(via, options =>
    {
        options.CloseTimeout = TimeSpan.FromMinutes(2);
        configure?.Invoke(options);
    }));

    private static Task DisposeAsync(SocketIOClient client) => client.DisposeAsync().AsTask().Within(Promptly);
}
