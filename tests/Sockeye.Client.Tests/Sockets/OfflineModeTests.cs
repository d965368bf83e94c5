using Sockeye.Client.Sockets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>What becomes of an event while its socket is not connected.</summary>
public sealed class OfflineModeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Buffer_keeps_so_many_and_refuses_the_next()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.MaxBufferedEvents = 2);
        var socket = client.Socket();
        await socket.EmitAsync("a");
        var ack = socket.EmitWithAckAsync<int>("b", timeout: TimeSpan.FromMinutes(10), cancellationToken: Token);
        await Assert.ThrowsAsync<BufferFullException>(() => socket.EmitAsync("c"));
        await Assert.ThrowsAsync<BufferFullException>(() => socket.EmitWithAckAsync<int>("c"));
        Assert.Equal(2, socket.BufferedEvents);
        socket.Connect();
        var session = await server.AcceptAsync();

        // The ack that was refused took an id with it, and no answer.
        await session.ExpectAsync("""2["a"]""", """20["b"]""");
        session.Send("30[1]");
        Assert.Equal(1, await ack.Within());
        await socket.EmitAsync("d");
        await session.ExpectAsync("""2["d"]""");
    }

    [Fact]
    public async Task Buffer_keeps_so_many_bytes()
    {
        await using var client = new SocketIOClient(Clients.Nowhere, Clients.Options(configure: static options => options.MaxBufferedBytes = 10_000));
        var socket = client.Socket();
        await socket.EmitAsync("a", new byte[8000]);
        await Assert.ThrowsAsync<BufferFullException>(() => socket.EmitAsync("b", new byte[2000]));
        await socket.EmitAsync("c", new byte[1000]);
        Assert.Equal(2, socket.BufferedEvents);
    }

    [Fact]
    public async Task Drop_forgets_and_tells_who_waits_for_an_answer()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.OfflineMode = OfflineMode.Drop);
        var socket = client.Socket();
        await socket.EmitAsync("lost", 1);
        await socket.EmitAsync("lost", 1, 2);
        Assert.Contains("\"lost\" was not sent", (await Assert.ThrowsAsync<NotConnectedException>(() => socket.EmitWithAckAsync<int>("lost").Within())).Message, StringComparison.Ordinal);
        Assert.Equal(0, socket.BufferedEvents);
        socket.Connect();
        var session = await server.AcceptAsync();
        await socket.ConnectAsync(Token).Within();
        await socket.EmitAsync("kept");
        await session.ExpectAsync("""2["kept"]""");
    }

    [Fact]
    public async Task Throw_throws()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.OfflineMode = OfflineMode.Throw);
        var socket = client.Socket();
        await Assert.ThrowsAsync<NotConnectedException>(() => socket.EmitAsync("lost", 1));
        await Assert.ThrowsAsync<NotConnectedException>(() => socket.EmitWithAckAsync<int>("lost"));
        await socket.Volatile.EmitAsync("lost");
        Assert.Equal(0, socket.BufferedEvents);
        socket.Connect();
        var session = await server.AcceptAsync();
        await socket.ConnectAsync(Token).Within();
        await socket.EmitAsync("kept");
        await session.ExpectAsync("""2["kept"]""");
    }

    [Theory]
    [InlineData(OfflineMode.Drop)]
    [InlineData(OfflineMode.Throw)]
    public async Task With_retries_an_event_that_cannot_wait_fails(OfflineMode mode)
    {
        await using var client = new SocketIOClient(Clients.Nowhere, Clients.Options(configure: options => (options.OfflineMode, options.Retries) = (mode, 2)));
        var socket = client.Socket();
        await Assert.ThrowsAsync<NotConnectedException>(() => socket.EmitAsync("lost", 1).Within());
        await Assert.ThrowsAsync<NotConnectedException>(() => socket.EmitWithAckAsync<int>("lost").Within());
        Assert.Equal(0, socket.BufferedEvents);
    }

    [Fact]
    public async Task Data_are_taken_as_they_are_at_the_call()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var list = new List<int> { 1 };
        await socket.EmitAsync("list", list);
        list.Add(2);
        socket.Connect();
        await (await server.AcceptAsync()).ExpectAsync("""2["list",[1]]""");
    }

    [Fact]
    public async Task More_than_the_connection_takes_waits_until_it_has_room_and_nothing_is_lost_or_reordered()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.MaxQueuedBytes = 100_000);
        var socket = client.Socket();
        for (var i = 0; i < 50; i++)
        {
            await socket.EmitAsync("a", i, new string('x', 20_000));
        }

        socket.Connect();
        var session = await server.AcceptAsync();
        for (var i = 0; i < 50; i++)
        {
            Assert.StartsWith($"2[\"a\",{i},", await session.TakeAsync(), StringComparison.Ordinal);
        }

        await socket.EmitAsync("last");
        await session.ExpectAsync("""2["last"]""");
        Assert.Equal(0, socket.BufferedEvents);
    }

    [Fact]
    public async Task Who_awaits_each_emit_never_meets_the_bound_of_the_connection()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => (options.SendPauseBytes, options.MaxQueuedBytes) = (50_000, 200_000));
        var socket = client.Socket();
        socket.Connect();
        var session = await server.AcceptAsync();
        await socket.ConnectAsync(Token).Within();
        for (var i = 0; i < 200; i++)
        {
            await socket.EmitAsync("a", i, new string('x', 20_000)).Within();
        }

        for (var i = 0; i < 200; i++)
        {
            Assert.StartsWith($"2[\"a\",{i},", await session.TakeAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_awaits_room_on_a_connection_that_ends_goes_on()
    {
        await using var server = await WireServer.StartAsync();
        await using var proxy = Fixtures.ChaosProxy.Start(new Uri(server.Url));
        await using var client = new SocketIOClient(proxy.Address, Clients.Options(configure: static options => options.SendPauseBytes = 1));
        var socket = client.Socket();
        socket.Connect();
        await server.AcceptAsync();
        await socket.ConnectAsync(Token).Within();
        proxy.Rules.Hold(Fixtures.ProxyDirection.Up);
        var emits = Enumerable.Range(0, 14).Select(_ => socket.EmitAsync("a", new byte[1_000_000])).ToList();
        Assert.False(emits[^1].IsCompleted);
        proxy.Rules.Pass();
        proxy.Reset();
        await Task.WhenAll(emits).Within();
    }
}
