using System.Threading.Channels;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>Events as a task and as an asynchronous sequence.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    private WireServer _server = null!;
    private SocketIOClient _client = null!;
    private ClientSocket _socket = null!;
    private WireSession _session = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await WireServer.StartAsync();
        _client = _server.Client();
        _socket = _client.Socket();
        _socket.Connect();
        _session = await _server.AcceptAsync();
        await _socket.ConnectAsync(Token).Within();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task OnceAsync_gives_the_next_event_and_leaves_nothing_behind()
    {
        var (first, second) = (_socket.OnceAsync<int>("a", Token), _socket.OnceAsync<PacketArguments>("a", Token));
        _session.Send("""2["a",1,"x"]""");
        _session.Send("""2["a",2]""");
        Assert.Equal(1, await first.Within());
        Assert.Equal(2, (await second.Within()).Count);
        Assert.False(_socket.HasListeners("a"));
    }

    [Fact]
    public async Task OnceAsync_fails_when_the_data_do_not_fit_or_nobody_waits_any_more()
    {
        var wrong = _socket.OnceAsync<int>("a", Token);
        _session.Send("""2["a","x"]""");
        await Assert.ThrowsAsync<ArgumentBindingException>(() => wrong.Within());
        using var cancellation = new CancellationTokenSource();
        var cancelled = _socket.OnceAsync<int>("a", cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Within());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _socket.OnceAsync<int>("a", cancellation.Token).Within());
        Assert.False(_socket.HasListeners("a"));
    }

    [Fact]
    public async Task ReadAllAsync_gives_every_event_from_its_start_on_across_reconnections()
    {
        var events = _socket.ReadAllAsync<int>("a", cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.False(_socket.HasListeners("a"));
        var next = events.MoveNextAsync().AsTask();
        Assert.True(_socket.HasListeners("a"));
        _session.Send("""2["a",1]""");
        _session.Send("""2["a",2]""");
        Assert.True(await next.Within());
        Assert.Equal(1, events.Current);
        Assert.True(await events.MoveNextAsync().AsTask().Within());
        Assert.Equal(2, events.Current);
        _session.Engine.Close();
        (await _server.AcceptAsync()).Send("""2["a",3]""");
        Assert.True(await events.MoveNextAsync().AsTask().Within());
        Assert.Equal(3, events.Current);
        await events.DisposeAsync();
        Assert.False(_socket.HasListeners("a"));
    }

    [Fact]
    public async Task A_loop_that_is_slow_makes_the_handlers_wait_and_loses_nothing()
    {
        var events = _socket.ReadAllAsync<int>("a", capacity: 2, cancellationToken: Token).GetAsyncEnumerator(Token);
        var next = events.MoveNextAsync().AsTask();
        for (var i = 0; i < 100; i++)
        {
            _session.Send($"2[\"a\",{i}]");
        }

        for (var i = 0; i < 100; i++)
        {
            Assert.True(await next.Within());
            Assert.Equal(i, events.Current);
            next = i < 99 ? events.MoveNextAsync().AsTask() : next;
        }

        await events.DisposeAsync();
    }

    [Theory]
    [InlineData(BoundedChannelFullMode.DropOldest, new[] { 0, 8, 9 })]
    [InlineData(BoundedChannelFullMode.DropNewest, new[] { 0, 1, 9 })]
    [InlineData(BoundedChannelFullMode.DropWrite, new[] { 0, 1, 2 })]
    public async Task A_loop_that_is_slow_loses_what_it_says(BoundedChannelFullMode mode, int[] kept)
    {
        var events = _socket.ReadAllAsync<int>("a", capacity: 2, mode, Token).GetAsyncEnumerator(Token);
        var next = events.MoveNextAsync().AsTask();
        _session.Send("""2["a",0]""");
        Assert.True(await next.Within());
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _socket.On("end", () => all.TrySetResult());
        for (var i = 1; i < 10; i++)
        {
            _session.Send($"2[\"a\",{i}]");
        }

        _session.Send("""2["end"]""");
        await all.Task.Within();
        Assert.Equal(kept[0], events.Current);
        foreach (var number in kept[1..])
        {
            Assert.True(await events.MoveNextAsync().AsTask().Within());
            Assert.Equal(number, events.Current);
        }

        await events.DisposeAsync();
    }

    [Fact]
    public async Task A_loop_that_ends_early_lets_the_handlers_go_on()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var loop = Task.Run(
            async () =>
            {
                await foreach (var number in _socket.ReadAllAsync<int>("a", capacity: 1, cancellationToken: Token))
                {
                    started.TrySetResult();
                    if (number == 0)
                    {
                        break;
                    }
                }
            },
            Token);
        while (!_socket.HasListeners("a"))
        {
            await Task.Yield();
            Token.ThrowIfCancellationRequested();
        }

        var end = _socket.OnceAsync<int>("end", Token);
        for (var i = 0; i < 10; i++)
        {
            _session.Send($"2[\"a\",{i}]");
        }

        _session.Send("""2["end",1]""");
        await loop.Within();
        Assert.Equal(1, await end.Within());
        Assert.False(_socket.HasListeners("a"));
    }

    [Fact]
    public async Task A_handler_that_waits_for_a_loop_goes_on_when_the_loop_is_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var events = _socket.ReadAllAsync<int>("a", capacity: 1, cancellationToken: cancellation.Token).GetAsyncEnumerator(Token);
        var next = events.MoveNextAsync().AsTask();
        var end = _socket.OnceAsync<int>("end", Token);
        for (var i = 0; i < 10; i++)
        {
            _session.Send($"2[\"a\",{i}]");
        }

        _session.Send("""2["end",1]""");
        Assert.True(await next.Within());
        await cancellation.CancelAsync();
        Assert.Equal(1, await end.Within());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (await events.MoveNextAsync())
            {
            }
        });
    }

    [Fact]
    public async Task A_loop_ends_with_its_socket_and_gives_what_it_has()
    {
        var events = _socket.ReadAllAsync<int>("a", cancellationToken: Token).GetAsyncEnumerator(Token);
        var next = events.MoveNextAsync().AsTask();
        var end = _socket.OnceAsync<int>("end", Token);
        _session.Send("""2["a",0]""");
        _session.Send("""2["a",1]""");
        _session.Send("""2["end",1]""");
        await end.Within();
        await _socket.DisposeAsync();
        Assert.True(await next.Within());
        Assert.True(await events.MoveNextAsync().AsTask().Within());
        Assert.Equal(1, events.Current);
        Assert.False(await events.MoveNextAsync().AsTask().Within());
    }

    [Fact]
    public async Task Two_loops_get_every_event_each()
    {
        await using var first = _socket.ReadAllAsync<int>("a", cancellationToken: Token).GetAsyncEnumerator(Token);
        await using var second = _socket.ReadAllAsync<string>("a", cancellationToken: Token).GetAsyncEnumerator(Token);
        var (a, b) = (first.MoveNextAsync().AsTask(), second.MoveNextAsync().AsTask());

        // What does not fit one loop is reported, and it goes on.
        var errors = new Journal();
        _socket.OnError((name, _) => errors.Add(name));
        _session.Send("""2["a",1]""");
        _session.Send("""2["a","x"]""");
        Assert.True(await a.Within());
        Assert.True(await b.Within());
        Assert.Equal((1, "x"), (first.Current, second.Current));
        await errors.ExpectAsync("a", "a");
    }
}
