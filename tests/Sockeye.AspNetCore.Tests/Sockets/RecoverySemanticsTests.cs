using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Where recovery goes beyond the official server, on the same wire.</summary>
public sealed class RecoverySemanticsTests
{
    [Theory]
    [EachTransport]
    public async Task It_works_any_number_of_times(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnConnection(socket => socket.JoinAsync("room")), RecoveryTests.Enable);
        await using var client = new RecoveringClient(server, via);
        await client.ConnectAsync();
        var (sid, pid) = (client.Sid, client.Pid);
        for (var round = 0; round < 8; round++)
        {
            await server.Io().EmitAsync("live", round);
            await client.ExpectAsync($"[\"live\",{round}]");
            await client.LoseAsync();

            // Sometimes nothing is missed.
            for (var i = 0; i < round % 3; i++)
            {
                await server.Io().To("room").EmitAsync("missed", round, i);
            }

            Assert.Equal(Enumerable.Range(0, round % 3).Select(i => $"[\"missed\",{round},{i}]"), await client.ConnectAsync());
            Assert.Equal((sid, pid), (client.Sid, client.Pid));
        }
    }

    [Theory]
    [EachTransport]
    public async Task It_works_for_a_client_that_has_seen_no_event_yet(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(options: RecoveryTests.Enable);
        await server.Io().EmitAsync("before it came");
        await using var client = new RecoveringClient(server, via);
        await client.ConnectAsync();
        var sid = client.Sid;
        for (var round = 0; round < 3; round++)
        {
            await client.LoseAsync();
            Assert.Null(client.Offset);
            Assert.Empty(await client.ConnectAsync());
            Assert.Equal(sid, client.Sid);
        }

        await client.LoseAsync();
        await server.Io().EmitAsync("hello", 1);
        Assert.Equal(["""["hello",1]"""], await client.ConnectAsync());
        Assert.Equal(sid, client.Sid);
    }

    [Fact]
    public async Task Events_that_were_sent_into_a_dead_connection_are_sent_again()
    {
        await using var server = await SocketIOTestServer.StartAsync(options: RecoveryTests.Enable);
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        var sid = client.Sid;
        await server.Io().EmitAsync("seen");
        await client.ExpectAsync("""["seen"]""");
        await using var dead = client.Abandon();
        await server.Io().EmitAsync("sent", 1);
        await server.Io().Main.FindSocket(sid!)!.EmitAsync("sent", 2);
        Assert.Equal(["""["sent",1]""", """["sent",2]"""], await client.ConnectAsync());
        Assert.Equal(sid, client.Sid);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_comes_back_before_the_server_knows_of_the_loss_is_recovered_and_the_old_connection_ends(bool hasSeenAnEvent)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(
            io =>
            {
                io.OnConnection(socket => journal.Add($"connected {socket.Recovered}"));
                io.OnDisconnect((_, reason) => journal.Add(reason.ToWireString()));
            },
            RecoveryTests.Enable);
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        var sid = client.Sid;
        if (hasSeenAnEvent)
        {
            await server.Io().EmitAsync("seen");
            await client.ExpectAsync("""["seen"]""");
        }

        await using var old = client.Abandon();
        Assert.Empty(await client.ConnectAsync());
        Assert.Equal(sid, client.Sid);
        await old.Closed;
        await journal.ExpectAsync("connected False", "transport close", "connected True");
        await server.Io().EmitAsync("alive");
        await client.ExpectAsync("""["alive"]""");
        Assert.Equal(1, server.Io().Main.SocketCount);
        Assert.Empty(old.TakePending());
    }

    [Fact]
    public async Task A_client_for_which_there_was_nothing_for_long_is_recovered_although_its_offset_has_left_the_log()
    {
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.OnConnection(socket => socket.JoinAsync("quiet")),
            options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions { MaxLogBytes = 20_000 });
        await using var busy = new RecoveringClient(server);
        await busy.ConnectAsync();
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        await using var newcomer = new RecoveringClient(server);
        await newcomer.ConnectAsync();
        var (sid, newcomersSid) = (client.Sid, newcomer.Sid);
        await server.Io().To("quiet").Except(newcomersSid!).EmitAsync("long ago");
        await client.ExpectAsync("""["long ago"]""");

        await FloodAsync(server, busy.Sid!);
        await client.LoseAsync();
        await newcomer.LoseAsync();
        Assert.Empty(await client.ConnectAsync());
        Assert.Empty(await newcomer.ConnectAsync());
        Assert.Equal((sid, newcomersSid), (client.Sid, newcomer.Sid));

        // And with something that was sent into the dead connection, after the silence.
        await FloodAsync(server, busy.Sid!);
        await using var dead = client.Abandon();
        await server.Io().To("quiet").EmitAsync("at last", 1);
        await server.Io().Main.FindSocket(sid!)!.EmitAsync("at last", 2);
        Assert.Equal(["""["at last",1]""", """["at last",2]"""], await client.ConnectAsync());
        Assert.Equal(sid, client.Sid);
    }

    [Fact]
    public async Task A_client_for_which_there_was_nothing_is_recovered_although_it_has_left_more_rooms_than_are_remembered()
    {
        await using var server = await SocketIOTestServer.StartAsync(options: RecoveryTests.Enable);
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        var (sid, socket) = (client.Sid, server.Io().Main.FindSocket(client.Sid!)!);
        for (var i = 0; i < 200; i++)
        {
            await server.Io().To("others").EmitAsync("not for it");
            await socket.JoinAsync($"room{i}");
            await socket.LeaveAsync($"room{i}");
        }

        await socket.JoinAsync("last");
        await client.LoseAsync();
        await server.Io().To("room1", "last").EmitAsync("missed", 1);
        await socket.EmitAsync("missed", 2);
        Assert.Equal(["""["missed",1]""", """["missed",2]"""], await client.ConnectAsync());
        Assert.Equal(sid, client.Sid);
    }

    [Fact]
    public async Task What_was_sent_to_a_room_before_it_came_or_after_it_left_is_not_missed_and_what_was_sent_between_is()
    {
        await using var server = await SocketIOTestServer.StartAsync(options: RecoveryTests.Enable);
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        var socket = server.Io().Main.FindSocket(client.Sid!)!;
        await using var dead = client.Abandon();
        var room = server.Io().To("room");
        await room.EmitAsync("before");
        await socket.JoinAsync("room");
        await room.EmitAsync("in");
        await server.Io().Except("room").EmitAsync("not to the room");
        await socket.LeaveAsync("room");
        await room.EmitAsync("out");
        await server.Io().Except("room").EmitAsync("to the others");
        await socket.JoinAsync("room");
        await room.EmitAsync("in again");
        Assert.Equal(["""["in"]""", """["to the others"]""", """["in again"]"""], await client.ConnectAsync());
    }

    [Fact]
    public async Task The_former_socket_object_still_reaches_its_client()
    {
        var sockets = new Inbox<ServerSocket>();
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnConnection(sockets.Add), RecoveryTests.Enable);
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        var former = await sockets.TakeAsync();
        await client.LoseAsync();
        await former.EmitAsync("lost", 1);
        Assert.Equal(["""["lost",1]"""], await client.ConnectAsync());
        await former.EmitAsync("back", 2);
        await client.ExpectAsync("""["back",2]""");
        Assert.False(former.Connected);
    }

    [Fact]
    public async Task A_recovered_socket_begins_when_the_handlers_of_the_former_one_have_finished_and_has_the_rooms_that_they_joined()
    {
        var journal = new Journal();
        var (connecting, disconnecting) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await SocketIOTestServer.StartAsync(
            io =>
            {
                io.OnConnection(async socket =>
                {
                    if (!socket.Recovered)
                    {
                        await connecting.Task;
                        await socket.JoinAsync("late", "left");
                    }

                    journal.Add($"connection {socket.Recovered} {socket.Rooms.Count}");
                });
                io.OnDisconnecting(async (socket, _) =>
                {
                    await socket.LeaveAsync("left");
                    socket.Data["foo"] = "last moment";
                });
                io.OnDisconnect(async (_, _) =>
                {
                    journal.Add("disconnect");
                    await disconnecting.Task;
                    journal.Add("disconnected");
                });
            },
            RecoveryTests.Enable);
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        var sid = client.Sid;
        await client.LoseAsync();
        var back = client.ConnectAsync();
        connecting.SetResult();
        await journal.ExpectAsync("connection False 3", "disconnect");
        Assert.False(back.IsCompleted);
        Assert.Null(server.Io().Main.FindSocket(sid!));
        await server.Io().To("late").EmitAsync("meanwhile");
        await server.Io().To("left").EmitAsync("for nobody");
        disconnecting.SetResult();
        Assert.Equal(["""["meanwhile"]"""], await back);
        await journal.ExpectAsync("disconnected", "connection True 2");
        var socket = server.Io().Main.FindSocket(sid!)!;
        Assert.True(socket.Rooms.SetEquals([sid!, "late"]));
        Assert.Equal("last moment", socket.Data["foo"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rooms_that_an_event_handler_joins_and_leaves_after_its_connection_was_lost_are_those_of_the_recovered_socket(bool isBackAlready)
    {
        var (entered, hold, done) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await SocketIOTestServer.StartAsync(
            io =>
            {
                io.OnConnection(async socket => await (socket.Recovered ? Task.CompletedTask : socket.JoinAsync("old", "kept")));
                io.OnDisconnect((socket, _) => socket.LeaveAsync("kept"));
                io.On("work", async (ServerSocket socket) =>
                {
                    entered.SetResult();
                    await hold.Task;
                    await socket.JoinAsync("new");
                    await socket.LeaveAsync("old");
                    done.SetResult();
                });
            },
            RecoveryTests.Enable);
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        var (sid, session) = (client.Sid!, server.Io().Main.FindSocket(client.Sid!)!.Recovery!);
        await client.Connection.SendAsync("""42["work"]""");
        await entered.Task.Within();
        await client.LoseAsync();
        await SocketIOTestServer.UntilAsync(() => session.IsFinished);
        if (isBackAlready)
        {
            Assert.Empty(await client.ConnectAsync());
        }

        hold.SetResult();
        await done.Task.Within();
        await server.Io().To("new").EmitAsync("to the new room");
        await server.Io().To("old").EmitAsync("to the old room");
        if (isBackAlready)
        {
            await client.ExpectAsync("""["to the new room"]""");
        }
        else
        {
            Assert.Equal(["""["to the new room"]"""], await client.ConnectAsync());
        }

        Assert.True(server.Io().Main.FindSocket(sid)!.Rooms.SetEquals([sid, "new", "kept"]));
        Assert.Equal(3, server.Io().Main.Adapter.RoomCount);
    }

    [Fact]
    public async Task A_middleware_that_refuses_a_recovered_socket_leaves_it_for_the_next_try()
    {
        var refuse = false;
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.Use(async (socket, next) =>
            {
                await socket.EmitAsync("from the middleware");
                await (refuse ? throw new ConnectErrorException("token expired") : next());
            }),
            options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions { SkipMiddlewares = false });
        await using var client = new RecoveringClient(server);
        Assert.Equal(["""["from the middleware"]"""], await client.ConnectAsync());
        var sid = client.Sid;
        await server.Io().Main.FindSocket(sid!)!.JoinAsync("room");
        await client.LoseAsync();
        await server.Io().To("room").EmitAsync("missed", 1);
        refuse = true;
        await using (var refused = await SocketIOTestClient.OpenAsync(server))
        {
            await refused.SendAsync($$"""40{"pid":"{{client.Pid}}","offset":"{{client.Offset}}"}""");
            Assert.Equal("44{\"message\":\"token expired\"}", (await refused.ReceiveAsync(packet => packet.Type == '4')).Text);
        }

        refuse = false;
        await server.Io().To("room").EmitAsync("missed", 2);
        Assert.Equal(["""["from the middleware"]""", """["missed",1]""", """["missed",2]"""], await client.ConnectAsync());
        Assert.Equal(sid, client.Sid);
        await server.Io().EmitAsync("live");
        await client.ExpectAsync("""["live"]""");
        await client.LoseAsync();
        Assert.Equal(["""["from the middleware"]"""], await client.ConnectAsync());
        Assert.Equal(sid, client.Sid);
    }

    [Fact]
    public async Task A_text_at_the_end_of_a_volatile_event_that_a_client_takes_for_its_offset_loses_nothing_and_doubles_nothing()
    {
        await using var server = await SocketIOTestServer.StartAsync(options: RecoveryTests.Enable);
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync();
        var sid = client.Sid;

        // Nothing but the volatile event was sent: nothing can be missing.
        await VolatileAsync("alice");
        await client.LoseAsync();
        await server.Io().EmitAsync("missed");
        Assert.Equal(["""["missed"]"""], await client.ConnectAsync());
        Assert.Equal(sid, client.Sid);

        // The client has seen one of two, and nobody knows which: a new socket, and the reason.
        await server.Io().EmitAsync("one");
        await client.ExpectAsync("""["one"]""");
        await VolatileAsync("alice");
        await server.Io().EmitAsync("two");
        await client.LoseAsync();
        Assert.Empty(await client.ConnectAsync());
        Assert.NotEqual(sid, client.Sid);
        Assert.Equal(RecoveryFailure.OffsetGone, server.Io().Main.FindSocket(client.Sid!)!.RecoveryFailure);

        // The new socket knows what the old text means.
        sid = client.Sid;
        Assert.Equal("alice", client.Offset);
        await using var dead = client.Abandon();
        await server.Io().EmitAsync("three");
        Assert.Equal(["""["three"]"""], await client.ConnectAsync());
        Assert.Equal(sid, client.Sid);

        async Task VolatileAsync(string text)
        {
            await SocketIOTestServer.UntilAsync(() =>
            {
                server.Io().Volatile.EmitAsync("typing", text);
                return client.Connection.HasPending;
            });
            await SocketIOTestServer.UntilAsync(() => server.Io().Main.Sockets.Single().Conn.QueuedBytes == 0);
            var seen = 0;
            for (; client.Connection.HasPending; seen++)
            {
                await client.ExpectAsync($"[\"typing\",\"{text}\"]");
            }

            Assert.InRange(seen, 1, int.MaxValue);
        }
    }

    [Fact]
    public async Task Each_namespace_of_a_connection_is_recovered_by_itself()
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.Namespace("/chat"), RecoveryTests.Enable);
        await using var main = new RecoveringClient(server);
        await using var chat = new RecoveringClient(server, ns: "/chat");
        await main.ConnectAsync();
        await chat.ConnectAsync();
        var (mainSid, chatSid) = (main.Sid, chat.Sid);
        Assert.NotEqual(main.Pid, chat.Pid);
        await main.LoseAsync();
        await chat.LoseAsync();
        await server.Io().EmitAsync("main");
        await server.Io().Namespace("/chat").EmitAsync("chat");
        Assert.Equal(["""["chat"]"""], await chat.ConnectAsync());
        Assert.Equal(["""["main"]"""], await main.ConnectAsync());
        Assert.Equal((mainSid, chatSid), (main.Sid, chat.Sid));
    }

    [Fact]
    public async Task A_dynamic_namespace_stays_while_its_last_client_may_come_back()
    {
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.Namespace(new System.Text.RegularExpressions.Regex("^/dynamic-\\d+$")),
            options =>
            {
                options.CleanupEmptyChildNamespaces = true;
                RecoveryTests.Enable(options);
            });
        await using var client = new RecoveringClient(server, ns: "/dynamic-1");
        await client.ConnectAsync();
        var sid = client.Sid;
        await client.LoseAsync();
        await server.Io().Namespace("/dynamic-1").EmitAsync("missed");
        Assert.Equal(["""["missed"]"""], await client.ConnectAsync());
        Assert.Equal(sid, client.Sid);
        await client.Connection.SendAsync("41/dynamic-1,");
        await SocketIOTestServer.UntilAsync(() => server.Io().Namespaces.Find("/dynamic-1") is null);
    }

    [Fact]
    public async Task A_broadcast_is_serialised_once_with_its_offset_and_kept_as_it_was_sent()
    {
        var converter = new BroadcastCostTests.CountingConverter();
        await using var sockets = new InMemorySockets(options =>
        {
            options.JsonSerializerOptions.Converters.Add(converter);
            RecoveryTests.Enable(options);
        });
        var peers = Enumerable.Range(0, 20).Select(_ => sockets.Connect().Peer).ToArray();
        await sockets.Io.EmitAsync("text", new BroadcastCostTests.Counted(7));
        var received = await Task.WhenAll(peers.Select(peer => peer.ReceiveEventAsync()));
        Assert.All(received, message => Assert.Same(received[0], message));
        Assert.Equal(1, converter.Written);
        var text = InMemoryPeer.TextOf(received[0]);
        Assert.StartsWith("""2["text",7,""", text);
        Assert.DoesNotContain(RecoveryOffset.Placeholder, text, StringComparison.Ordinal);
        Assert.Equal(1, sockets.Io.Main.Log!.Count);
    }

    [Fact]
    public async Task Clients_of_Engine_IO_3_are_served_as_before_and_cannot_be_recovered()
    {
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.Namespace("/custom"),
            options =>
            {
                options.AllowEIO3 = true;
                RecoveryTests.Enable(options);
            });
        await using var modern = new RecoveringClient(server, ns: "/custom");
        await modern.ConnectAsync();
        await using var old = await EngineClientV3.OpenAsync(server, Via.WebSocket);
        await old.SendAsync($"40/custom?pid={modern.Pid}");
        await old.ExpectAsync("40", "40/custom,");
        var socket = server.Io().Namespace("/custom").Sockets.Single(socket => socket.Id != modern.Sid);
        Assert.Equal((null, null, false), (socket.Recovery, socket.RecoveryFailure, socket.Recovered));
        await socket.EmitAsync("direct", 1);
        await old.ExpectAsync("""42/custom,["direct",1]""");
        await server.Io().Namespace("/custom").EmitAsync("all", 2);
        await modern.ExpectAsync("""["all",2]""");
        await old.ExpectAsync($"42/custom,[\"all\",2,\"{modern.Offset}\"]");
    }

    [Fact]
    public async Task The_names_of_rooms_count_as_bytes_of_the_log()
    {
        await using var sockets = new InMemorySockets(RecoveryTests.Enable);
        var (_, socket) = sockets.Connect();
        await socket.JoinAsync("room");
        await sockets.Io.To("room").EmitAsync("event");
        var bare = sockets.Io.Recovery!.Budget.Bytes;
        await sockets.Io.To("room", new string('x', 1000)).Except(new string('y', 1000), new string('z', 1000)).EmitAsync("event");
        Assert.InRange(sockets.Io.Recovery.Budget.Bytes - (2 * bare), 6000, 6200);
    }

    [Fact]
    public async Task What_nobody_can_need_is_not_kept()
    {
        await using var sockets = new InMemorySockets(RecoveryTests.Enable);
        await sockets.Io.EmitAsync("nobody is here");
        var (peer, socket) = sockets.Connect();
        await sockets.Io.To("empty").EmitAsync("nobody is in the room");
        Assert.Equal((0, 0L), (sockets.Io.Main.Log!.Count, sockets.Io.Recovery!.Budget.Bytes));
        peer.Send("1");
        await SocketIOTestServer.UntilAsync(() => socket.Rooms.Count == 0);
        await socket.EmitAsync("it has left");
        Assert.Equal((0, 0), (sockets.Io.Main.Log!.Count, sockets.Io.Recovery!.Count));
    }

    private static async Task FloodAsync(KestrelServer server, string to)
    {
        var before = server.Io().Main.Log!.Count;
        var text = new string('x', 1000);
        for (var i = 0; i < 50; i++)
        {
            await server.Io().To(to).EmitAsync("flood", text);
        }

        Assert.InRange(server.Io().Recovery!.Budget.Bytes, 1, 20_000);
        Assert.InRange(before, 0, 20);
    }
}
