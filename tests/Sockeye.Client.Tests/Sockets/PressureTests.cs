using Sockeye.Client.Sockets;
using Sockeye.Client.Tests.Fixtures;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>Events faster than their handlers: the connection is not read, what waits has a bound, and nothing is lost.</summary>
public sealed class PressureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_handler_that_waits_for_room_to_send_gets_it_while_more_events_wait_than_are_read()
    {
        const int Count = 50;
        await using var server = await SockeyeServer.LaunchAsync(new());
        await using var client = new SocketIOClient(server.Address, Clients.Options(Via.WebSocket, static options => (options.EventBacklogPauseBytes, options.SendPauseBytes) = (1_000, 1)));
        var socket = client.Socket();
        var (handled, done) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        socket.On("item", async () =>
        {
            await socket.EmitAsync("silence", new string('x', 100_000));
            if (++handled == Count)
            {
                done.SetResult();
            }
        });
        await socket.ConnectAsync(Token).Within();
        await socket.EmitAsync("many", Count, 1_000).Within();
        await done.Task.Within();
    }

    [Fact]
    public async Task A_handler_may_wait_for_another_namespace_while_more_events_wait_than_are_read()
    {
        await using var server = await SockeyeServer.LaunchAsync(new());
        await using var client = new SocketIOClient(server.Address, Clients.Options(Via.WebSocket, static options => options.EventBacklogPauseBytes = 1_000));
        var (socket, other) = (client.Socket(), client.Socket("/chat"));
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        socket.On("item", async (int number, string _) =>
        {
            if (number == 0)
            {
                await other.ConnectAsync(Token);
                done.SetResult();
            }
        });
        await socket.ConnectAsync(Token).Within();
        await socket.EmitAsync("many", 50, 1_000).Within();
        await done.Task.Within();
    }

    [Theory]
    [InlineData(Via.Polling, 4_000)]
    [InlineData(Via.WebSocket, 40_000)]
    public async Task A_stuck_handler_stops_the_reading_and_every_event_comes_when_it_goes_on(Via via, int bytes)
    {
        const int Count = 500;
        await using var server = await WireServer.StartAsync();
        await using var proxy = ChaosProxy.Start(new Uri(server.Url));
        var (passed, enough) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        proxy.Rules.OnPiece = (_, way, piece) =>
        {
            // By WebSocket far more than may wait: were it read, the connection would be closed. By polling nothing is asked for any more.
            if (way == ProxyDirection.Down && Interlocked.Add(ref passed, piece.Length) > bytes)
            {
                enough.TrySetResult();
            }

            return Task.CompletedTask;
        };
        await using var client = new SocketIOClient(proxy.Address, Clients.Options(via, static options => (options.EventBacklogPauseBytes, options.EventBacklogLimitBytes) = (2_000, 25_000)));
        var socket = client.Socket();
        var connection = client.Record();
        var (next, done) = (0, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        socket.On("a", async (int number, string _) =>
        {
            await enough.Task;
            if (number != next++)
            {
                done.TrySetResult(false);
            }

            if (next == Count)
            {
                done.TrySetResult(true);
            }
        });
        socket.Connect();
        var session = await server.AcceptAsync();
        await socket.ConnectAsync(Token).Within();
        for (var i = 0; i < Count; i++)
        {
            // Answers to polls are compressed: this hardly gets smaller.
            session.Send($"2[\"a\",{i},\"{Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(375))}\"]");
        }

        Assert.True(await done.Task.Within());
        await connection.ExpectAsync("open");
        connection.ExpectNothing();
    }

    [Fact]
    public async Task Over_the_limit_the_connection_is_closed_and_opened_anew()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => (options.EventBacklogPauseBytes, options.EventBacklogLimitBytes) = (1_000, 20_000));
        var socket = client.Socket();
        var (connection, life, go) = (client.Record(), socket.Record(), new TaskCompletionSource());
        client.OnClose((_, details) => connection.Add(details!.Description));
        socket.On("a", (string _) => go.Task);
        socket.Connect();
        var session = await server.AcceptAsync();
        await socket.ConnectAsync(Token).Within();

        // An answer that is awaited keeps the connection being read.
        var ack = socket.EmitWithAckAsync<int>("unanswered", timeout: Timeout.InfiniteTimeSpan, cancellationToken: Token);
        for (var i = 0; i < 30; i++)
        {
            session.Send($"2[\"a\",\"{new string('x', 1000)}\"]");
        }

        await connection.ExpectAsync("open", "close: transport error", "too many events wait for their handlers");
        await session.Ended;
        await Assert.ThrowsAsync<Protocol.Packets.DisconnectedException>(() => ack.Within());
        await server.AcceptAsync();
        go.SetResult();
        await life.ExpectAsync("connect", "disconnect: transport error", "connect");
    }

    [Fact]
    public async Task What_comes_before_the_answer_to_CONNECT_waits_for_it_and_has_a_bound()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => (options.EventBacklogPauseBytes, options.EventBacklogLimitBytes) = (1_000, 10_000));
        var socket = client.Socket();
        var (connection, journal) = (client.Record(), new Journal());
        socket.OnConnect(() => journal.Add("connect"));
        socket.On("early", (int number) => journal.Add($"{number}"));
        socket.Connect();
        var session = await server.NextAsync();
        await session.ExpectAsync("0");
        session.Send("""2["early",1]""");
        session.Send("""2["early",2]""");
        session.Send("""0{"sid":"a"}""");
        session.Send("""2["early",3]""");
        await journal.ExpectAsync("1", "2", "connect", "3");
        session.Engine.Close();
        session = await server.NextAsync();
        for (var i = 0; i < 100; i++)
        {
            session.Send("""2["early",4]""");
        }

        await session.Ended;
        await connection.ExpectAsync("open", "close: transport close", "reconnect_attempt 1");
        await connection.ExpectInAnyOrderAsync("open", "reconnect 1", "close: transport error");
        await server.AcceptAsync();
        await journal.ExpectAsync("connect");
        journal.ExpectNothing();
    }
}
