using System.Text.Json;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>Acknowledgements that come, come too late, or never come.</summary>
public sealed class AckTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SIOC_S_35_what_times_out_while_it_waits_leaves_the_buffer_and_is_never_sent()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var lost = socket.Timeout(Soon).EmitWithAckAsync<int>("lost", cancellationToken: Token);
        var lostToo = socket.EmitWithAckAsync<int>("lost too", timeout: Soon, cancellationToken: Token);
        await socket.EmitAsync("kept");
        Assert.Equal(3, socket.BufferedEvents);
        await Assert.ThrowsAsync<AckTimeoutException>(() => lost.Within());
        await Assert.ThrowsAsync<AckTimeoutException>(() => lostToo.Within());
        Assert.Equal(1, socket.BufferedEvents);
        socket.Connect();
        var session = await server.AcceptAsync();
        await session.ExpectAsync("""2["kept"]""");
        await socket.EmitAsync("next");
        await session.ExpectAsync("""2["next"]""");
    }

    [Fact]
    public async Task What_is_cancelled_while_it_waits_leaves_the_buffer_and_is_never_sent()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        using var cancellation = new CancellationTokenSource();
        var lost = socket.EmitWithAckAsync<int>("lost", cancellationToken: cancellation.Token);
        await socket.EmitAsync("kept");
        await cancellation.CancelAsync();
        Assert.Equal(cancellation.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost.Within())).CancellationToken);
        Assert.Equal(1, socket.BufferedEvents);

        // Cancelled before it began: it does not even wait.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => socket.EmitWithAckAsync<int>("lost", cancellationToken: cancellation.Token));
        Assert.Equal(1, socket.BufferedEvents);
        socket.Connect();
        await (await server.AcceptAsync()).ExpectAsync("""2["kept"]""");
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_S_36_SIOC_S_39_an_event_that_nobody_answers_times_out(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        await server.ConnectAsync(socket, via);
        Assert.Equal("operation has timed out", (await Assert.ThrowsAsync<AckTimeoutException>(() => socket.Timeout(Soon).EmitWithAckAsync<int>("unknown").Within())).Message);
    }

    [Fact]
    public async Task SIOC_S_37_no_time_at_all_is_one_error_and_the_answer_that_comes_is_ignored()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var heard = socket.OnceAsync<int>("after", Token);
        socket.Connect();
        var session = await server.AcceptAsync();
        await socket.ConnectAsync(Token).Within();
        await Assert.ThrowsAsync<AckTimeoutException>(() => socket.Timeout(TimeSpan.Zero).EmitWithAckAsync<int>("echo", [42]).Within());
        await session.ExpectAsync("""20["echo",42]""");
        session.Send("30[42]");
        session.Send("31[42]");
        session.Send("""2["after",1]""");
        Assert.Equal(1, await heard.Within());
        Assert.True(socket.Connected);
    }

    [Fact]
    public async Task SIOC_S_38_SIOC_S_40_an_answer_in_time()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        await server.ConnectAsync(socket);
        Assert.Equal(42, await socket.Timeout(Never - TimeSpan.FromHours(1)).EmitWithAckAsync<int>("echo", [42]).Within());
        Assert.Equal(42, await socket.EmitWithAckAsync<int>("echo", [42], timeout: Timeout.InfiniteTimeSpan).Within());
    }

    [Fact]
    public async Task SIOC_S_41_the_default_is_an_option_of_the_client_and_of_the_socket()
    {
        await using var server = await SocketServer.StartAsync();
        var clock = new RecordingClock();
        await using var client = server.Client(configure: options => (options.AckTimeout, options.TimeProvider) = (TimeSpan.FromSeconds(5.5), clock));
        var (root, foo) = (client.Socket(), client.Socket("/foo", static options => options.AckTimeout = TimeSpan.FromSeconds(7.5)));
        await server.ConnectAsync(root);
        await server.ConnectAsync(foo);
        var (first, second) = (root.EmitWithAckAsync<int>("unknown", cancellationToken: Token), foo.EmitWithAckAsync<int>("unknown", cancellationToken: Token));
        clock.Advance(TimeSpan.FromSeconds(5.4));
        Assert.False(first.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.2));
        await Assert.ThrowsAsync<AckTimeoutException>(() => first.Within());
        clock.Advance(TimeSpan.FromSeconds(1.8));
        Assert.False(second.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.2));
        await Assert.ThrowsAsync<AckTimeoutException>(() => second.Within());
    }

    // The official client drops the callback of a plain emit (S-42) and calls the others with the error: a task that never completes helps nobody, so here all of them fail.
    [Theory]
    [InlineData(null)]
    [InlineData(10_000)]
    [InlineData(-1)]
    public async Task SIOC_S_42_SIOC_S_43_SIOC_S_44_SIOC_S_45_SIOC_S_46_a_disconnect_ends_the_waiting(int? milliseconds)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var peer = await server.ConnectAsync(socket);
        TimeSpan? timeout = milliseconds is { } set ? TimeSpan.FromMilliseconds(set) : null;
        var ack = socket.EmitWithAckAsync<string>("unknown", ["a"], timeout, Token);
        socket.Disconnect();
        var error = await Assert.ThrowsAsync<DisconnectedException>(() => ack.Within());
        Assert.Equal(DisconnectReason.IOClientDisconnect, error.Reason);
        Assert.StartsWith("socket has been disconnected", error.Message, StringComparison.Ordinal);

        peer = await server.ConnectAsync(socket);
        ack = socket.EmitWithAckAsync<string>("unknown", ["a"], timeout, Token);
        peer.Disconnect();
        Assert.Equal(DisconnectReason.IOServerDisconnect, (await Assert.ThrowsAsync<DisconnectedException>(() => ack.Within())).Reason);

        peer = await server.ConnectAsync(socket);
        ack = socket.EmitWithAckAsync<string>("unknown", ["a"], timeout, Token);
        peer.Conn.Close();
        Assert.Equal(DisconnectReason.TransportClose, (await Assert.ThrowsAsync<DisconnectedException>(() => ack.Within())).Reason);
    }

    [Fact]
    public async Task SIOC_S_47_what_was_sent_while_disconnected_is_answered_after_the_reconnection()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        await server.ConnectAsync(socket);
        socket.Disconnect();
        var ack = socket.EmitWithAckAsync<string>("echo", ["a"], cancellationToken: Token);
        Assert.Equal(1, socket.BufferedEvents);
        socket.Connect();
        Assert.Equal("a", await ack.Within());
    }

    [Fact]
    public async Task SIOC_S_47_also_when_a_connection_is_lost_before_the_namespace_is_there()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var ack = socket.EmitWithAckAsync<string>("echo", ["a"], cancellationToken: Token);
        socket.Connect();
        var first = await server.NextAsync();
        await first.ExpectAsync("0");
        first.Engine.Close();
        var second = await server.AcceptAsync();
        await second.ExpectAsync("""20["echo","a"]""");
        second.Send("""30["b"]""");
        Assert.Equal("b", await ack.Within());
    }

    [Fact]
    public async Task SIOC_S_48_an_emit_after_a_sleep_goes_by_the_next_connection()
    {
        await using var server = await SocketServer.StartAsync();
        var clock = new SleepyClock();
        await using var client = server.Client(configure: options => options.TimeProvider = clock);
        var socket = client.Socket();
        var life = socket.Record();
        var first = await server.ConnectAsync(socket);
        await life.ExpectAsync("connect");

        // The machine slept: the time is another, and no timer knows it yet.
        clock.Sleep(TimeSpan.FromMinutes(5));
        var ack = socket.EmitWithAckAsync<string>("getId", timeout: Timeout.InfiniteTimeSpan, cancellationToken: Token);
        Assert.Equal(1, socket.BufferedEvents);
        await life.ExpectAsync("disconnect: ping timeout", "connect");
        var second = await server.NextSocketAsync();
        Assert.Equal(second.Id, await ack.Within());
        Assert.NotSame(first.Conn, second.Conn);
    }

    [Theory]
    [EachTransport]
    public async Task The_first_value_as_what_it_is_asked_for_or_all_of_them(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        await server.ConnectAsync(socket, via);
        Assert.Equal("x", await socket.EmitWithAckAsync<string>("echo", ["x", 2]).Within());
        Assert.Equal(2, (await socket.EmitWithAckAsync<PacketArguments>("echo", ["x", 2]).Within()).Count);
        Assert.Equal(new Point(1, 2), await socket.EmitWithAckAsync<Point>("echo", [new Point(1, 2)]).Within());
        Assert.Null(await socket.EmitWithAckAsync<string?>("echo").Within());
        Assert.Equal(JsonValueKind.Object, (await socket.EmitWithAckAsync<JsonElement>("echo", [new Point(1, 2)]).Within()).ValueKind);
        await Assert.ThrowsAsync<ArgumentBindingException>(() => socket.EmitWithAckAsync<int>("echo", ["not a number"]).Within());
        await Assert.ThrowsAsync<ArgumentBindingException>(() => socket.EmitWithAckAsync<Point>("echo", [1]).Within());
        Assert.True(socket.Connected);
    }

    [Fact]
    public async Task Times_that_are_none_are_refused()
    {
        await using var client = new SocketIOClient(Clients.Nowhere);
        var socket = client.Socket();
        Assert.Throws<ArgumentOutOfRangeException>(() => socket.Timeout(TimeSpan.FromSeconds(-5)));
        Assert.Throws<ArgumentOutOfRangeException>(() => socket.Volatile.Timeout(TimeSpan.FromDays(21)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => socket.EmitWithAckAsync<int>("a", timeout: TimeSpan.FromSeconds(-5)));
        Assert.Equal(0, socket.BufferedEvents);
    }

    internal sealed record Point(int X, int Y);

    /// <summary>The system's clock, which jumps when the machine has slept; timers do not count that time.</summary>
    private sealed class SleepyClock : TimeProvider
    {
        private long _slept;

        public void Sleep(TimeSpan time) => Interlocked.Add(ref _slept, (long)(time.TotalSeconds * TimestampFrequency));

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _slept);
    }
}
