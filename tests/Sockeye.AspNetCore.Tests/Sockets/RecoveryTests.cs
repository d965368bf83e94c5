using System.Text.Json;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Connection state recovery as the official tests see it.</summary>
public sealed class RecoveryTests
{
    internal static void Enable(SocketIOOptions options) => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();

    [Fact]
    public async Task SIO_CSR_01_the_missed_events_come_in_order_and_then_the_same_ids_in_one_payload()
    {
        var first = new TaskCompletionSource<ServerSocket>();
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.OnConnection(async socket =>
            {
                await socket.JoinAsync("room1");
                first.TrySetResult(socket);
            }),
            Enable);
        var client = server.Polling();
        await client.OpenAsync();
        await client.SendPacketsAsync("40");
        var connected = JsonElement.Parse((await client.ReceiveAsync(1))[0][2..]);
        var (sid, pid) = (connected.GetProperty("sid").GetString()!, connected.GetProperty("pid").GetString()!);
        Assert.Equal((20, 20), (sid.Length, pid.Length));
        Assert.NotEqual(sid, pid);
        Assert.NotEqual(client.Sid, pid);
        var socket = await first.Task.Within();
        await server.Io().EmitAsync("hello");
        var hello = (await client.ReceiveAsync(1))[0];
        Assert.StartsWith("42[\"hello\",\"", hello);
        var offset = JsonElement.Parse(hello[2..])[1].GetString();
        await client.SendPacketsAsync("1");
        await SocketIOTestServer.UntilAsync(() => !socket.Connected);

        await server.Io().EmitAsync("hello1");
        await server.Io().To("room1").EmitAsync("hello2");
        await socket.EmitAsync("hello3");
        var again = server.Polling();
        await again.OpenAsync();
        await again.SendPacketsAsync($$"""40{"pid":"{{pid}}","offset":"{{offset}}"}""");
        await SocketIOTestServer.UntilAsync(() => server.Io().Main.FindSocket(sid) is not null);
        var packets = (await again.PollAsync()).Packets;
        Assert.Equal(4, packets.Length);
        Assert.StartsWith("42[\"hello1\",\"", packets[0]);
        Assert.StartsWith("42[\"hello2\",\"", packets[1]);
        Assert.StartsWith("42[\"hello3\",\"", packets[2]);
        Assert.Equal($$"""40{"sid":"{{sid}}","pid":"{{pid}}"}""", packets[3]);
        await again.SendPacketsAsync("1");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_CSR_02_SIOA_18_id_rooms_and_data_are_restored(Via via)
    {
        var sockets = new Inbox<ServerSocket>();
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.OnConnection(async socket =>
            {
                if (!socket.Recovered)
                {
                    await socket.JoinAsync("room1", "room2", "room3");
                    await socket.LeaveAsync("room2");
                    socket.Data["foo"] = "bar";
                }

                sockets.Add(socket);
            }),
            Enable);
        await using var client = new RecoveringClient(server, via);
        Assert.Empty(await client.ConnectAsync());
        var first = await sockets.TakeAsync();
        Assert.False(first.Recovered);
        await server.Io().EmitAsync("hello");
        await client.ExpectAsync("""["hello"]""");
        await client.LoseAsync();
        Assert.Empty(await client.ConnectAsync());
        var second = await sockets.TakeAsync();
        Assert.True(second.Recovered);
        Assert.Null(second.RecoveryFailure);
        Assert.Equal((first.Id, client.Sid), (second.Id, client.Sid));
        Assert.NotSame(first, second);
        Assert.True(second.Rooms.SetEquals([first.Id, "room1", "room3"]));
        Assert.Equal("bar", second.Data["foo"]);
        Assert.Same(second, server.Io().Main.FindSocket(first.Id));
        await server.Io().To("room3").EmitAsync("again");
        await client.ExpectAsync("""["again"]""");
    }

    [Theory]
    [InlineData("SIO-CSR-03", true)]
    [InlineData("SIO-CSR-04", false)]
    public async Task Middlewares_run_for_a_recovered_socket_only_if_they_shall(string id, bool skip)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(
            io =>
            {
                io.Use((socket, next) =>
                {
                    journal.Add($"middleware {socket.Recovered} {socket.Data.ContainsKey("known")}");
                    return next();
                });
                io.OnConnection(socket =>
                {
                    socket.Data["known"] = true;
                    journal.Add($"connection {socket.Recovered}");
                });
            },
            options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions { SkipMiddlewares = skip });
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        await journal.ExpectAsync("middleware False False", "connection False");
        await client.LoseAsync();
        await client.ConnectAsync();
        await journal.ExpectAsync(skip ? ["connection True"] : ["middleware True True", "connection True"]);
        Assert.True(new ConnectionStateRecoveryOptions().SkipMiddlewares, id);
    }

    [Fact]
    public async Task SIO_CSR_05_SIOA_20_an_unknown_session_gives_new_ids()
    {
        await using var server = await SocketIOTestServer.StartAsync(options: Enable);
        await using var client = new RecoveringClient(server) { Pid = "unknown", Offset = "unknown" };
        Assert.Empty(await client.ConnectAsync());
        Assert.NotEqual("unknown", client.Pid);
        Assert.Equal(20, client.Pid!.Length);
        Assert.False(server.Io().Main.FindSocket(client.Sid!)!.Recovered);
    }

    [Theory]
    [EachTransport]
    public async Task SIO_CSR_06_SIO_CSR_07_it_is_off_by_default_and_nothing_is_kept(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = new RecoveringClient(server, via) { Pid = "some", Offset = "thing" };
        await client.ConnectAsync();
        Assert.Null(client.Pid);
        var socket = server.Io().Main.FindSocket(client.Sid!)!;
        await server.Io().EmitAsync("hello", 1);
        await socket.EmitAsync("hello", 2);
        Assert.Equal("""42["hello",1]""", (await client.Connection.ReceiveAsync()).Text);
        Assert.Equal("""42["hello",2]""", (await client.Connection.ReceiveAsync()).Text);
        await client.LoseAsync();
        Assert.Null(server.Io().Recovery);
        Assert.Null(server.Io().Main.Log);
        Assert.Equal((null, null, false), (socket.Recovery, socket.RecoveryFailure, socket.Recovered));
        Assert.Null(socket.Membership.History);
    }

    [Fact]
    public async Task SIOA_19_what_is_missed_is_what_would_have_been_sent_but_nothing_volatile_and_no_acknowledgements()
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnConnection(socket => socket.JoinAsync("r1", "r2")), Enable);
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        await using var other = new RecoveringClient(server);
        await other.ConnectAsync();
        await client.LoseAsync();
        var io = server.Io();
        await io.EmitAsync("all");
        await io.To("r1").EmitAsync("room");
        await io.To("r3").EmitAsync("other room");
        await io.Except("r2").EmitAsync("except");
        await io.Except("r3").EmitAsync("no except");
        await io.To("r1", "r2").EmitAsync("once");
        await io.Volatile.EmitAsync("volatile");
        await io.Except(client.Sid!).EmitAsync("except the id");
        await io.To(client.Sid!).EmitAsync("to the id");
        await io.Main.FindSocket(other.Sid!)!.EmitAsync("to another");
        await io.Main.FindSocket(other.Sid!)!.Broadcast.EmitAsync("from another");
        await io.EmitAsync("binary", new byte[] { 1, 2 }, "text");
        var answers = io.EmitWithAcksAsync<int>("with ack", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                """["all"]""", """["room"]""", """["no except"]""", """["once"]""", """["to the id"]""", """["from another"]""",
                """["binary",{"_placeholder":true,"num":0},"text"]""",
            ],
            await client.ConnectAsync());
        await other.LoseAsync();
        await Assert.ThrowsAnyAsync<SocketIOException>(() => answers.Within());
    }

    [Theory]
    [EachTransport]
    public async Task SIOA_19_the_offset_is_the_last_argument_and_only_events_that_are_kept_have_one(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(options: Enable);
        await using var client = new RecoveringClient(server, via);
        await client.ConnectAsync();
        var io = server.Io();
        var socket = io.Main.FindSocket(client.Sid!)!;
        await io.EmitAsync("no argument");
        await io.EmitAsync("two", 1, "text");
        await io.EmitAsync("object", new { a = 1 });
        await socket.EmitAsync("direct", 1);
        await socket.EmitAsync("binary", new byte[] { 1 });
        _ = socket.EmitWithAckAsync<int>("ack", [1], cancellationToken: TestContext.Current.CancellationToken).ContinueWith(static t => _ = t.Exception, TaskScheduler.Default);
        var packets = new List<SocketIOTestPacket>();
        for (var i = 0; i < 6; i++)
        {
            packets.Add(await client.Connection.ReceiveAsync());
        }

        Assert.Equal(
            ["""["no argument",""", """["two",1,"text",""", """["object",{"a":1},""", """["direct",1,""", """["binary",{"_placeholder":true,"num":0},"""],
            packets.Take(5).Select(packet => packet.Data.GetRawText()[..^15]));
        var offsets = packets.Take(5).Select(packet => packet.Data.EnumerateArray().Last().GetString()!).ToArray();
        Assert.All(offsets, offset => Assert.Equal(12, offset.Length));
        Assert.Equal(offsets.Distinct().Order(StringComparer.Ordinal).Count(), offsets.Length);
        Assert.Equal("""["ack",1]""", packets[5].Data.GetRawText());

        // A volatile event needs a transport that can take it at this moment.
        await SocketIOTestServer.UntilAsync(() =>
        {
            io.Volatile.EmitAsync("volatile", 2);
            return client.Connection.HasPending;
        });
        Assert.Equal("""42["volatile",2]""", (await client.Connection.ReceiveAsync()).Text);
    }

    [Fact]
    public async Task SIOA_21_an_offset_that_is_not_known_gives_a_new_socket()
    {
        await using var server = await SocketIOTestServer.StartAsync(options: Enable);
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        await server.Io().EmitAsync("hello");
        await client.ExpectAsync("""["hello"]""");
        await client.LoseAsync();
        var sid = client.Sid;
        client.Offset = "def";
        Assert.Empty(await client.ConnectAsync());
        Assert.NotEqual(sid, client.Sid);
        Assert.Equal(RecoveryFailure.OffsetGone, server.Io().Main.FindSocket(client.Sid!)!.RecoveryFailure);
    }
}
