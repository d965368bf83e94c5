using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;
using HttpStatusCode = System.Net.HttpStatusCode;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Clients that break the protocol or keep to no time: their connection ends, everyone else goes on.</summary>
public sealed class ViolationTests
{
    private const string OneAttachment = """451-["x",{"_placeholder":true,"num":0}]""";

    /// <summary>Each with the reason that the error hook of the joined sockets gets.</summary>
    public static IEnumerable<TheoryDataRow<Via, string, string, string>> BadPackets =>
        from via in EachTransportAttribute.Transports
        from bad in (ValueTuple<string, string, string>[])
        [
            ("SIO-S-06", "4", "unknown_type: unknown packet type NaN"),
            ("SIO-S-45 SIO-S-47", "45woooot", "illegal_attachments: Illegal attachments"),
            ("SIO-S-48", "45", "illegal_attachments: Illegal attachments"),
            ("SIO-S-46", """44["handle me please"]""", "invalid_payload: invalid payload"),
            ("SIO-S-46", """44{"message":"handle me please"}""", "unexpected_type: a client does not send ConnectError"),
            ("", "49", "unknown_type: unknown packet type 9"),
            ("", "450-[\"x\"]", "illegal_attachments: Illegal attachments"),
            ("", "4511-[\"x\"]", "too_many_attachments: too many attachments"),
            ("", OneAttachment + "\u001e42[\"x\"]", "unexpected_text: got plaintext data when reconstructing a packet"),
            ("", "bAQID", "unexpected_binary: got binary data when not reconstructing a packet"),
            ("", """451-["x",{"_placeholder":true,"num":1}]""", "illegal_placeholder: illegal attachments"),
            ("", """42["disconnect"]""", "reserved_event_name: invalid payload"),
            ("", "40", "second_connect: a second CONNECT for the namespace /"),
            ("", """42/other,["x"]""", "not_connected: a packet for the namespace /other, which is not joined"),
            ("", "41/other", "not_connected: a packet for the namespace /other, which is not joined"),
        ]
        select new TheoryDataRow<Via, string, string, string>(via, bad.Item1, bad.Item2, bad.Item3);

    [Theory]
    [MemberData(nameof(BadPackets))]
    public async Task What_is_no_valid_packet_is_told_to_the_error_hook_and_ends_this_connection_alone(Via via, string id, string packets, string error)
    {
        Assert.NotNull(id);
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Namespace("/other");
            io.OnError(e => journal.Add($"{((PacketRefusedException)e.Exception).Reason}: {e.Exception.Message}"));
            io.OnDisconnect((_, reason) => journal.Add(reason.ToWireString()));
            io.On("hi", _ => "hi");
        });
        await using var good = await SocketIOTestClient.ConnectAsync(server);
        await using var bad = await SocketIOTestClient.ConnectAsync(server, via);
        await bad.Client.SendTogetherAsync([.. packets.Split('\u001e').Select(packet => packet.StartsWith('b') ? (object)Convert.FromBase64String(packet[1..]) : packet)]);
        await bad.Client.Closed;
        await journal.ExpectAsync(error, "forced close");
        Assert.Equal("""431["hi"]""", (await good.AskAsync("hi")).Text);
        Assert.Equal([good.Id], server.Io().Main.Sockets.Select(socket => socket.Id));
        journal.ExpectNothing();
    }

    [Fact]
    public async Task SIO_V2_03_a_client_of_version_2_is_refused()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        var answer = await server.Polling().SendAsync(HttpMethod.Get, "EIO=3&transport=polling");
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":5,"message":"Unsupported protocol version"}"""), (answer.Status, answer.Body));
        var refusal = await Assert.ThrowsAsync<WebSocketRefusedException>(() => server.WebSocketAsync(query: "EIO=3&transport=websocket"));
        Assert.Equal(HttpStatusCode.BadRequest, refusal.Status);
    }

    [Fact]
    public async Task By_polling_the_answer_to_a_violation_is_a_noop_and_a_close_behind_what_was_queued()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        var client = server.Polling();
        await client.OpenAsync();
        await client.SendPacketsAsync("40");
        await client.PollAsync();
        await server.Io().EmitAsync("queued");
        await client.SendPacketsAsync("""42["x"]""", "4abc", """42["never handled"]""");
        Assert.Equal("""42["queued"]""", (await client.PollAsync()).Body);
        Assert.Equal(["6", "1"], (await client.PollAsync()).Packets);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PollAsync()).Status);
    }

    [Theory]
    [EachTransport]
    public async Task Q_05_a_second_CONNECT_while_the_first_is_in_a_middleware_ends_the_connection_and_leaves_no_ghost(Via via)
    {
        var journal = new Journal();
        var pass = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Use(async (socket, next) =>
            {
                await socket.JoinAsync("room");
                journal.Add("in the middleware");
                await pass.Task;
                await next();
                journal.Add("through the middleware");
            });
            io.OnConnection(_ => journal.Add("connected"));
            io.OnDisconnecting((_, _) => journal.Add("disconnecting"));
            io.OnDisconnect((_, _) => journal.Add("disconnected"));
        });
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.SendAsync("40");
        await journal.ExpectAsync("in the middleware");
        await client.SendAsync("40");
        await client.Closed;
        Assert.Equal(0, server.Io().Main.Adapter.RoomCount);
        pass.SetResult();
        await journal.ExpectAsync("through the middleware");
        Assert.Equal(0, server.Io().Main.SocketCount);
        Assert.Equal(0, server.Io().Main.Adapter.RoomCount);
        Assert.Empty(client.TakePending());
        await server.StopAsync();
        journal.ExpectNothing();
    }

    [Theory]
    [EachTransport]
    public async Task Namespaces_beyond_the_limit_of_a_connection_are_refused_and_it_goes_on(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.Namespace((_, _) => Task.FromResult(true)), options => options.MaxNamespacesPerConnection = 3);
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.JoinAsync("/1");
        await client.JoinAsync("/2");
        var third = await client.JoinAsync("/3");
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await client.SendAsync("40/4,");
            await client.ExpectAsync("""44/4,{"message":"Too many namespaces"}""");
        }

        // No namespace was made for a client that may not join it.
        Assert.Null(server.Io().Namespaces.Find("/4"));
        await third.LeaveAsync();
        await client.JoinAsync("/4");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_N_24_a_connection_that_joins_nothing_in_time_is_closed_and_one_that_has_joined_is_not(Via via)
    {
        var time = new FakeTimeProvider();
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.Namespace("/refuses").Use((_, _) => throw new ConnectErrorException("no")), options => options.ConnectTimeout = TimeSpan.FromSeconds(10), time);
        await using var silent = await SocketIOTestClient.OpenAsync(server, via);
        await using var refused = await SocketIOTestClient.OpenAsync(server, via);
        await using var joined = await SocketIOTestClient.ConnectAsync(server, via);
        await using var left = await SocketIOTestClient.ConnectAsync(server, via);
        await left.LeaveAsync();
        await refused.SendAsync("40/refuses,");
        await refused.ExpectAsync("""44/refuses,{"message":"no"}""");
        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(silent.Closed.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));
        await silent.Closed;
        await refused.Closed;

        // the time does not begin anew when the last namespace is left.
        time.Advance(TimeSpan.FromSeconds(12));
        await left.Client.JoinAsync();
        await server.Io().EmitAsync("still here");
        await joined.ExpectAsync("""42["still here"]""");
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task Attachments_that_do_not_come_in_time_end_the_connection(Via via)
    {
        var time = new FakeTimeProvider();
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(
            io =>
            {
                io.OnError(e => journal.Add(((PacketRefusedException)e.Exception).Reason));
                io.OnDisconnect((_, reason) => journal.Add(reason.ToWireString()));
                io.On("x", (ServerSocket _, byte[] data) => data.Length);
            },
            options => options.PingTimeout = TimeSpan.FromSeconds(5),
            time);
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);

        // In time, again and again: the clock runs anew for each packet.
        for (var id = 1; id <= 3; id++)
        {
            await socket.Client.SendAsync($$"""451-{{id}}["x",{"_placeholder":true,"num":0}]""");
            time.Advance(TimeSpan.FromSeconds(4));
            await socket.Client.SendTogetherAsync(new byte[id]);
            await socket.ExpectAsync($"43{id}[{id}]");
            time.Advance(TimeSpan.FromSeconds(2));
        }

        var wheel = server.Io().Engine!.Wheel;
        var timers = wheel.Count;
        await socket.Client.SendAsync(OneAttachment);
        await SocketIOTestServer.UntilAsync(() => wheel.Count > timers);
        time.Advance(TimeSpan.FromSeconds(4.9));
        journal.ExpectNothing();
        time.Advance(TimeSpan.FromSeconds(0.2));
        await journal.ExpectAsync("attachments_timeout", "forced close");
        await socket.Client.Closed;
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task Attachments_are_not_waited_for_before_a_namespace_is_joined(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var early = await SocketIOTestClient.OpenAsync(server, via);
        await early.SendAsync(OneAttachment);
        await early.Closed;
        await using var binary = await SocketIOTestClient.OpenAsync(server, via);
        await binary.SendTogetherAsync(new byte[] { 1 });
        await binary.Closed;
    }

    [Fact]
    public async Task Auth_as_deep_as_packets_may_be_connects_and_deeper_ends_the_connection()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await SocketIOTestClient.OpenAsync(server);
        await client.JoinAsync(auth: Nested(64));
        await using var deeper = await SocketIOTestClient.OpenAsync(server);
        await deeper.SendAsync("40" + Nested(65));
        await deeper.Closed;
        Assert.DoesNotContain(server.Logs.GetSnapshot(), record => record.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);

        static string Nested(int depth) => string.Concat(Enumerable.Repeat("""{"a":""", depth - 1)) + "{}" + new string('}', depth - 1);
    }
}
