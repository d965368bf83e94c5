using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>test/retry.ts of the official client, and what a retried event may meet on its way.</summary>
public sealed class RetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SIOC_R_01_one_after_the_other()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.Retries = 1);
        var socket = client.Socket();
        socket.Connect();
        List<Task<int>> acks = [];
        for (var i = 1; i <= 3; i++)
        {
            acks.Add(socket.EmitWithAckAsync<int>("echo", [i], cancellationToken: Token));
            Assert.Equal(i, socket.BufferedEvents);
        }

        var session = await server.AcceptAsync();
        for (var i = 0; i < 3; i++)
        {
            await session.ExpectAsync($"2{i}[\"echo\",{i + 1}]");
            Assert.False(session.Received.HasPending);
            session.Send($"3{i}[{i + 1}]");
            Assert.Equal(i + 1, await acks[i].Within());
            Assert.Equal(2 - i, socket.BufferedEvents);
        }

        socket.Disconnect();
        await session.ExpectAsync("1");
    }

    [Fact]
    public async Task SIOC_R_02_four_tries_and_an_error()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => (options.Retries, options.AckTimeout) = (3, TimeSpan.FromMilliseconds(50)));
        var socket = client.Socket();
        socket.Connect();
        var session = await server.AcceptAsync();
        var ack = socket.EmitWithAckAsync<int>("ack", cancellationToken: Token);
        await session.ExpectAsync("""20["ack"]""", """21["ack"]""", """22["ack"]""", """23["ack"]""");
        await Assert.ThrowsAsync<AckTimeoutException>(() => ack.Within());
        Assert.Equal(0, socket.BufferedEvents);

        // An answer to an earlier try comes too late.
        session.Send("31[1]");
        var next = socket.EmitWithAckAsync<int>("next", timeout: Timeout.InfiniteTimeSpan, cancellationToken: Token);
        await session.ExpectAsync("""24["next"]""");
        session.Send("34[2]");
        Assert.Equal(2, await next.Within());
        Assert.False(session.Received.HasPending);
    }

    [Fact]
    public async Task SIOC_R_03_no_try_is_made_while_disconnected()
    {
        await using var server = await SocketServer.StartAsync();
        var clock = new RecordingClock();
        await using var client = server.Client(configure: options => (options.Retries, options.AckTimeout, options.TimeProvider) = (3, TimeSpan.FromMilliseconds(10), clock));
        var socket = client.Socket();
        var ack = socket.EmitWithAckAsync<int>("echo", [1], cancellationToken: Token);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.False(ack.IsCompleted);
        Assert.Equal(1, socket.BufferedEvents);
        socket.Connect();
        Assert.Equal(1, await ack.Within());
    }

    [Fact]
    public async Task SIOC_R_04_what_is_sent_in_connect_is_sent_once()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.Retries = 3);
        var socket = client.Socket();
        var acknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        socket.OnConnect(async () =>
        {
            await socket.EmitAsync("echo", (object?)null);
            acknowledged.TrySetResult();
        });
        socket.Connect();
        var session = await server.AcceptAsync();
        await session.ExpectAsync("""20["echo",null]""");
        session.Send("30[null]");
        await acknowledged.Task.Within();
        Assert.Equal(0, socket.BufferedEvents);
        socket.Disconnect();
        await session.ExpectAsync("1");
    }

    [Fact]
    public async Task After_a_reconnection_the_head_goes_again_and_counts_as_a_try()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.Retries = 2);
        var socket = client.Socket();
        socket.Connect();
        var (first, second) = (socket.EmitWithAckAsync<int>("a", [new byte[] { 7 }], cancellationToken: Token), socket.EmitWithAckAsync<int>("b", cancellationToken: Token));
        var session = await server.AcceptAsync();
        for (var id = 0; id < 3; id++)
        {
            await session.ExpectAsync($"51-{id}[\"a\",{{\"_placeholder\":true,\"num\":0}}]", "binary 07");
            Assert.False(session.Received.HasPending);
            session.Engine.Close();
            session = await server.AcceptAsync();
        }

        Assert.Equal(DisconnectReason.TransportClose, (await Assert.ThrowsAsync<DisconnectedException>(() => first.Within())).Reason);
        await session.ExpectAsync("""23["b"]""");
        session.Send("33[5]");
        Assert.Equal(5, await second.Within());
    }

    [Fact]
    public async Task An_emit_completes_when_it_was_acknowledged()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.Retries = 2);
        var socket = client.Socket();
        var (first, second) = (socket.EmitAsync("a", 1), socket.EmitAsync("b", 1, 2));
        socket.Connect();
        var session = await server.AcceptAsync();
        await session.ExpectAsync("""20["a",1]""");
        Assert.False(first.IsCompleted);
        session.Send("30[]");
        await first.Within();
        await session.ExpectAsync("""21["b",1,2]""");
        Assert.False(second.IsCompleted);
        session.Send("31[]");
        await second.Within();
    }

    [Fact]
    public async Task Volatile_events_go_past_the_queue()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.Retries = 2);
        var socket = client.Socket();
        socket.Connect();
        var session = await server.AcceptAsync();
        await socket.ConnectAsync(Token).Within();
        _ = socket.EmitAsync("a");
        _ = socket.EmitAsync("b");
        await session.ExpectAsync("""20["a"]""");
        while (!session.Received.HasPending)
        {
            // Dropped while the packet before is still being written.
            await socket.Volatile.EmitAsync("now");
            await Task.Yield();
            Token.ThrowIfCancellationRequested();
        }

        await session.ExpectAsync("""2["now"]""");
        Assert.Equal(2, socket.BufferedEvents);
    }

    [Fact]
    public async Task What_is_cancelled_while_it_waits_is_never_sent()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.Retries = 2);
        var socket = client.Socket();
        using var cancellation = new CancellationTokenSource();
        socket.Connect();
        var session = await server.AcceptAsync();
        var sent = socket.EmitWithAckAsync<int>("sent", cancellationToken: cancellation.Token);
        var lost = socket.EmitWithAckAsync<int>("lost", cancellationToken: cancellation.Token);
        var kept = socket.EmitWithAckAsync<int>("kept", cancellationToken: Token);
        await session.ExpectAsync("""20["sent"]""");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent.Within());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost.Within());
        Assert.Equal(2, socket.BufferedEvents);
        session.Send("30[0]");
        await session.ExpectAsync("""21["kept"]""");
        session.Send("31[1]");
        Assert.Equal(1, await kept.Within());
    }

    [Fact]
    public async Task The_queue_is_bounded()
    {
        await using var client = new SocketIOClient(Clients.Nowhere, Clients.Options(configure: static options => (options.Retries, options.MaxBufferedEvents) = (1, 2)));
        var socket = client.Socket();
        var waiting = new[] { socket.EmitAsync("a"), socket.EmitAsync("b") };
        await Assert.ThrowsAsync<BufferFullException>(() => socket.EmitAsync("c"));
        await Assert.ThrowsAsync<BufferFullException>(() => socket.EmitWithAckAsync<int>("c"));
        Assert.Equal(2, socket.BufferedEvents);
        await socket.DisposeAsync();
        foreach (var task in waiting)
        {
            await Assert.ThrowsAsync<DisconnectedException>(() => task.Within());
        }
    }

    [Fact]
    public async Task A_socket_of_its_own_has_retries_of_its_own()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket("/", static options => options.Retries = 1);
        socket.Connect();
        var session = await server.AcceptAsync();
        var emit = socket.EmitAsync("a");
        await session.ExpectAsync("""20["a"]""");
        session.Send("30[]");
        await emit.Within();
    }

    [Fact]
    public async Task The_listeners_hear_of_each_try()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => (options.Retries, options.AckTimeout) = (1, TimeSpan.FromMilliseconds(50)));
        var socket = client.Socket();
        var journal = new Journal();
        socket.OnAnyOutgoing((name, arguments) => journal.Add($"{name} {arguments[0]}"));
        socket.Connect();
        await server.AcceptAsync();
        await Assert.ThrowsAsync<AckTimeoutException>(() => socket.EmitAsync("a", 1).Within());
        await journal.ExpectAsync("a 1", "a 1");
    }
}
