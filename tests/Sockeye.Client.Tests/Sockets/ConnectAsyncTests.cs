using System.Text.Json;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Client.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>ConnectAsync completes when connected, fails with the reason, or ends at its time: it never hangs.</summary>
public sealed class ConnectAsyncTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [EachTransport]
    public async Task Completes_when_connected_and_at_once_when_it_is(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        var both = Task.WhenAll(socket.ConnectAsync(Token), socket.ConnectAsync(Token));
        await both.Within();
        Assert.True(socket.Connected);
        Assert.True(socket.Active);
        Assert.NotNull(socket.Id);
        Assert.True(socket.ConnectAsync(Token).IsCompletedSuccessfully);
        await server.NextSocketAsync();
        Assert.Single(server.Io.Server.Namespace("/").Sockets);
    }

    [Fact]
    public async Task Fails_at_its_time_with_what_the_last_attempt_met_and_the_socket_goes_on_trying()
    {
        await using var server = await SocketServer.StartAsync();
        await using var proxy = ChaosProxy.Start(server.Address);
        proxy.Refuse();
        var clock = new RecordingClock();
        await using var client = new SocketIOClient(proxy.Address, Clients.Options(configure: options =>
        {
            options.TimeProvider = clock;
            options.ConnectTimeout = TimeSpan.FromMilliseconds(1234);
            options.ReconnectionDelay = options.ReconnectionDelayMax = TimeSpan.FromMilliseconds(5678);
        }));
        var socket = client.Socket();
        var life = socket.Record();
        var connecting = socket.ConnectAsync(Token);
        await life.ExpectAsync("connect_error: websocket error");
        await clock.TimerAsync(1234, 1234);
        await clock.TimerAsync(5678, 5678);
        clock.Advance(TimeSpan.FromMilliseconds(1234));
        var error = await Assert.ThrowsAsync<ConnectTimeoutException>(() => connecting.Within());
        Assert.Equal("websocket error", Assert.IsType<TransportException>(error.InnerException).Error);
        Assert.StartsWith($"Not connected to {proxy.Address} within 1.234 s. The last attempt: ", error.Message, StringComparison.Ordinal);
        Assert.True(socket.Active);
        proxy.Listen();
        clock.Advance(TimeSpan.FromMilliseconds(5678));
        await life.ExpectAsync("connect");
    }

    [Fact]
    public async Task Fails_at_its_time_when_the_server_never_answers()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.ConnectTimeout = TimeSpan.FromMilliseconds(200));
        var connecting = client.Socket().ConnectAsync(Token);
        await (await server.NextAsync()).ExpectAsync("0");
        var error = await Assert.ThrowsAsync<ConnectTimeoutException>(() => connecting.Within());
        Assert.Null(error.InnerException);
        Assert.Contains("The server has not answered.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Can_be_cancelled_and_the_socket_goes_on_trying()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        using var cancellation = new CancellationTokenSource();
        var connecting = socket.ConnectAsync(cancellation.Token);
        var session = await server.NextAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.Within());
        Assert.True(socket.Active);
        session.Send("""0{"sid":"a"}""");
        await socket.ConnectAsync(Token).Within();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => socket.ConnectAsync(cancellation.Token));
    }

    [Fact]
    public async Task Fails_with_what_the_server_says_each_time()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        foreach (var (answer, message, data) in ((string, string, string?)[])[
            ("""4{"message":"no","data":{"code":1}}""", "no", """{"code":1}"""),
            ("""4{"message":"no"}""", "no", null),
            ("""4{"data":[1]}""", "The server gave no reason.", "[1]"),
            ("4\"Not authorized\"", "Not authorized", null)])
        {
            var connecting = socket.ConnectAsync(Token);
            (await server.NextAsync()).Send(answer);
            var error = await Assert.ThrowsAsync<ConnectErrorException>(() => connecting.Within());
            Assert.Equal(message, error.Message);
            Assert.Equal(data, error.Details is JsonElement element ? element.GetRawText() : null);
            Assert.False(socket.Active);
        }
    }

    [Fact]
    public async Task Fails_when_the_socket_is_told_to_disconnect_or_disposed()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        foreach (var end in (Func<ClientSocket, Task>[])[
            static socket => socket.DisconnectAsync(),
            static socket => socket.DisposeAsync().AsTask(),
            static socket => socket.Client.CloseAsync(),
            static socket => socket.Client.DisposeAsync().AsTask()])
        {
            var socket = client.Socket();
            var connecting = socket.ConnectAsync(Token);
            await server.NextAsync();
            await end(socket).Within();
            await Assert.ThrowsAsync<DisconnectedException>(() => connecting.Within(TimeSpan.FromSeconds(10)));
        }
    }

    [Fact]
    public async Task Fails_when_the_server_ends_the_socket_right_away()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var life = socket.Record();
        socket.OnConnect(() => life.Add(socket.Connected ? "is connected" : "is not"));
        var connecting = socket.ConnectAsync(Token);
        var session = await server.AcceptAsync();
        await connecting.Within();
        session.Send("1");
        await life.ExpectAsync("connect");
        Assert.Contains("disconnect: io server disconnect", await life.TakeAsync(2));
        Assert.False(socket.Active);
    }

    [Fact]
    public async Task Another_CONNECT_answer_changes_nothing()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var life = socket.Record();
        socket.On("after", () => life.Add("after"));
        socket.Connect();
        var session = await server.AcceptAsync();
        session.Send("""0{"sid":"other"}""");
        session.Send("""4{"message":"no"}""");
        session.Send("""0/unknown,{"sid":"other"}""");
        session.Send("""2/unknown,["a"]""");
        session.Send("1/unknown,");
        session.Send("""2["after"]""");
        await life.ExpectAsync("connect", "after");
        Assert.Equal("id", socket.Id);
    }

    [Fact]
    public async Task A_socket_that_left_before_it_was_let_in_does_not_stay_on_the_server()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var (other, socket) = (client.Socket("/other"), client.Socket());
        other.Connect();
        var session = await server.NextAsync();
        await session.ExpectAsync("0/other,");
        socket.Connect();
        await session.ExpectAsync("0");
        socket.Disconnect();
        session.Send("""0{"sid":"a"}""");
        await session.ExpectAsync("1");
        Assert.False(socket.Connected);
        socket.Connect();
        await session.ExpectAsync("0");
        session.Send("""0{"sid":"b"}""");
        await socket.ConnectAsync(Token).Within();
        Assert.Equal("b", socket.Id);
    }

    [Fact]
    public async Task Leaving_and_coming_back_before_the_answer_asks_once()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var (other, socket) = (client.Socket("/other"), client.Socket());
        other.Connect();
        var session = await server.NextAsync();
        await session.ExpectAsync("0/other,");
        socket.Connect();
        await session.ExpectAsync("0");
        socket.Disconnect();
        socket.Connect();
        session.Send("""0{"sid":"a"}""");
        await socket.ConnectAsync(Token).Within();
        await socket.EmitAsync("next");
        await session.ExpectAsync("""2["next"]""");
    }

    [Theory]
    [EachTransport]
    public async Task A_user_interface_may_block_on_all_that_waits(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        using var window = new UserInterface();
        var done = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        window.Post(
            _ =>
            {
                try
                {
                    // Nobody should; many do. The library must not need this thread.
                    var client = server.Client(via, static options => options.AuthProvider = static async _ =>
                    {
                        await Task.Yield();
                        return null;
                    });
                    var socket = client.Socket();
                    socket.ConnectAsync(Token).Wait(Waiting.Bound, Token);
                    socket.EmitAsync("echo", 1).Wait(Waiting.Bound, Token);
                    var ack = socket.EmitWithAckAsync<int>("echo", [42], cancellationToken: Token);
                    Assert.True(ack.Wait(Waiting.Bound, Token));
                    socket.DisconnectAsync().Wait(Waiting.Bound, Token);
                    client.DisposeAsync().AsTask().Wait(Waiting.Bound, Token);
                    done.TrySetResult(ack.Result);
                }
                catch (Exception e)
                {
                    done.TrySetException(e);
                }
            },
            null);
        Assert.Equal(42, await done.Task.Within());
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task Disconnecting_while_it_opens_leaves_no_session_on_the_server(Via via)
    {
        await using var server = await WireServer.StartAsync();
        await using var proxy = ChaosProxy.Start(new Uri(server.Url));
        await using var client = new SocketIOClient(proxy.Address, Clients.Options(via));
        var socket = client.Socket();
        proxy.Rules.Hold(ProxyDirection.Down);
        socket.Connect();
        var session = await server.NextAsync();
        socket.Disconnect();
        proxy.Rules.Pass();

        // Long before its heartbeat would have found out.
        await session.Ended;
    }
}
