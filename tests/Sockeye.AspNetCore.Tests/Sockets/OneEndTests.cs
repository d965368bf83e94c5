using System.Net;
using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>However a socket ends, and whoever else ends it at the same moment: it ends once, for one reason, and nothing is left behind (law 10).</summary>
public sealed class OneEndTests
{
    private const string ClientLeaves = "the client leaves";
    private const string ClientCloses = "the client closes";
    private const string ClientAborts = "the client aborts";
    private const string Disconnect = "Disconnect()";
    private const string DisconnectAndClose = "Disconnect(close: true)";
    private const string DisconnectSockets = "DisconnectSocketsAsync()";
    private const string ConnClose = "Conn.Close()";
    private const string SecondConnect = "a second CONNECT";
    private const string BadPacket = "a packet that is none";
    private const string BadEnginePacket = "an Engine.IO packet that is none";

    /// <summary>The way, the reason, and whether the connection ends with the socket, and so the socket of another namespace too.</summary>
    public static TheoryData<string, Via, string, bool> Ways
    {
        get
        {
            var ways = new TheoryData<string, Via, string, bool>();
            foreach (var via in Enum.GetValues<Via>())
            {
                ways.Add(ClientLeaves, via, "client namespace disconnect", false);
                ways.Add(ClientCloses, via, "transport close", true);
                ways.Add(Disconnect, via, "server namespace disconnect", false);
                ways.Add(DisconnectAndClose, via, "server namespace disconnect", true);
                ways.Add(DisconnectSockets, via, "server namespace disconnect", false);
                ways.Add("DisconnectSocketsAsync(close: true)", via, "server namespace disconnect", true);
                ways.Add("RemoteSocket.DisconnectAsync()", via, "server namespace disconnect", false);
                ways.Add(ConnClose, via, "forced close", true);
                ways.Add(SecondConnect, via, "forced close", true);
                ways.Add(BadPacket, via, "forced close", true);
                ways.Add(BadEnginePacket, via, "parse error", true);
                ways.Add("no pong", via, "ping timeout", true);
                ways.Add("too many events wait", via, "forced server close", true);
                ways.Add("too many bytes wait", via, "forced close", true);
                ways.Add("CloseAsync()", via, "server shutting down", true);
                ways.Add("the host stops", via, "server shutting down", true);
            }

            ways.Add(ClientAborts, Via.WebSocket, "transport close", true);
            ways.Add(ClientAborts, Via.Upgraded, "transport close", true);
            ways.Add("overlapping polls", Via.Polling, "transport error", true);
            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Each_way_ends_a_socket_once_with_its_reason_and_leaves_nothing(string way, Via via, string reason, bool closes)
    {
        var time = new FakeTimeProvider();
        var journal = new Journal();
        await using var server = await StartAsync(journal, time);
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        var other = await client.Client.JoinAsync("/other");
        var socket = server.Io().Main.FindSocket(client.Id)!;
        await socket.JoinAsync("room");
        var connection = socket.Connection;
        var answer = socket.Timeout(Timeout.InfiniteTimeSpan).EmitWithAckAsync<int>("never answered", cancellationToken: TestContext.Current.CancellationToken);
        await client.ReceiveAsync();

        await EndAsync(way, server, client, socket, time);
        string[] mine = [$"{client.Id} disconnecting 2 {reason} False", $"{client.Id} disconnect 0 {reason}"];
        string[] theirs = [$"{other.Id} disconnecting 1 {reason} False", $"{other.Id} disconnect 0 {reason}"];
        var lines = await journal.TakeAsync(closes ? 4 : 2);
        Assert.Equal(mine, lines.Where(line => line.StartsWith(client.Id, StringComparison.Ordinal)));
        Assert.Equal(closes ? theirs : [], lines.Where(line => line.StartsWith(other.Id, StringComparison.Ordinal)));
        Assert.Equal(reason, (await Assert.ThrowsAsync<DisconnectedException>(() => answer.Within())).Reason.ToWireString());

        var io = server.Io();
        Assert.Equal(0, io.Main.SocketCount);
        Assert.Equal(0, io.Main.Adapter.RoomCount);
        Assert.Equal(0, socket.Acks.Count);
        Assert.Equal(closes ? 0 : 1, io.Namespace("/other").SocketCount);
        await SocketIOTestServer.UntilAsync(() => connection.Budget.Bytes == 0);
        if (closes)
        {
            await client.Client.Closed;
            await SocketIOTestServer.UntilAsync(() => io.Engine!.Count == 0);
        }
        else
        {
            // The connection and its other namespace go on, and the one that was left may be joined again.
            await client.Client.JoinAsync();
            await other.EmitAsync("hi");
            await other.ExpectAsync("""42/other,["hi"]""");
            await client.Client.CloseAsync();
            await journal.TakeAsync(4);
        }

        await server.StopAsync();
        journal.ExpectNothing();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Several_ways_at_the_same_moment_end_a_socket_once(int seed)
    {
        string[] ways = [ClientLeaves, ClientCloses, ClientAborts, Disconnect, DisconnectAndClose, DisconnectSockets, ConnClose, SecondConnect, BadPacket, BadEnginePacket];
        var random = new Random(seed);
        var lines = new List<string>();
        var journal = new Journal();
        await using var server = await StartAsync(journal, TimeProvider.System);
        for (var round = 0; round < 30; round++)
        {
            var via = (Via)(round % 3);
            await using var client = await SocketIOTestClient.ConnectAsync(server, via);
            var other = await client.Client.JoinAsync("/other");
            var socket = server.Io().Main.FindSocket(client.Id)!;
            await socket.JoinAsync("room");
            var answer = socket.Timeout(Timeout.InfiniteTimeSpan).EmitWithAckAsync<int>("never answered", cancellationToken: TestContext.Current.CancellationToken);
            var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var chosen = random.GetItems(via is Via.Polling ? [.. ways.Except([ClientAborts])] : ways, 3);
            var ends = chosen.Append(ConnClose).Select(way => Task.Run(
                async () =>
                {
                    await go.Task;
                    try
                    {
                        await EndAsync(way, server, client, socket, null);
                    }
                    catch (Exception exception) when (exception is not TimeoutException)
                    {
                        // Another way was faster, and the client has no connection any more.
                    }
                },
                TestContext.Current.CancellationToken)).ToArray();
            go.SetResult();
            await Task.WhenAll(ends);

            // A CONNECT behind the client's leaving is no second one: it makes one more socket, which ends like the others.
            while (lines.Count(line => line.StartsWith(client.Id, StringComparison.Ordinal) || line.StartsWith(other.Id, StringComparison.Ordinal)) < 4)
            {
                lines.AddRange(await journal.TakeAsync(1));
            }

            var reason = (await Assert.ThrowsAsync<DisconnectedException>(() => answer.Within())).Reason.ToWireString();
            Assert.Contains($"{client.Id} disconnecting 2 {reason} False", lines);
            Assert.Contains($"{client.Id} disconnect 0 {reason}", lines);
        }

        await server.StopAsync();
        lines.AddRange(journal.TakePending());
        foreach (var ends in lines.Select(line => line.Split(' ')).GroupBy(words => words[0], words => words[1..]))
        {
            Assert.Equal(["disconnecting", "disconnect"], ends.Select(words => words[0]));
            Assert.Equal("0", ends.Last()[1]);
            Assert.Equal(ends.First()[2..^1], ends.Last()[2..]);
        }

        Assert.Equal(0, server.Io().Main.Adapter.RoomCount + server.Io().Namespace("/other").Adapter.RoomCount + server.Io().Engine!.Count);
    }

    [Theory]
    [EachTransport]
    public async Task A_client_that_leaves_and_comes_back_while_the_server_disconnects_it_is_in_for_both_sides(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.On("bye", (ServerSocket socket) => socket.Disconnect()));
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        for (var round = 0; round < 100; round++)
        {
            // The handler disconnects on its own thread while the connection reads on.
            await client.Client.SendTogetherAsync("""42["bye"]""", "41", "40");
            var packets = new List<string>();
            do
            {
                packets.Add((await client.ReceiveAsync()).Text);
            }
            while (packets[^1] == "41");

            var now = Assert.Single(server.Io().Main.Sockets);
            Assert.Equal($$"""40{"sid":"{{now.Id}}"}""", packets[^1]);

            // A DISCONNECT behind the CONNECT would take the client out, with the server none the wiser.
            await now.EmitAsync("mark");
            await client.ExpectAsync("""42["mark"]""");
        }
    }

    [Fact]
    public async Task Whoever_closes_the_server_waits_for_the_handlers_of_sockets_that_were_just_ending()
    {
        for (var round = 0; round < 25; round++)
        {
            var finished = 0;
            await using var server = await SocketIOTestServer.StartAsync(io => io.OnDisconnect(async (_, _) =>
            {
                await Task.Yield();
                Interlocked.Increment(ref finished);
            }));
            await using var one = await SocketIOTestClient.ConnectAsync(server);
            await using var two = await SocketIOTestClient.ConnectAsync(server);
            var sockets = server.Io().Main.Sockets;
            var disconnects = Task.Run(() => Parallel.ForEach(sockets, socket => socket.Disconnect()), TestContext.Current.CancellationToken);
            await server.Io().CloseAsync().Within();
            Assert.Equal(2, finished);
            await disconnects;
        }
    }

    private static Task<KestrelServer> StartAsync(Journal journal, TimeProvider time) => SocketIOTestServer.StartAsync(
        io =>
        {
            foreach (var ns in (Namespace[])[io.Namespace("/"), io.Namespace("/other")])
            {
                ns.On("hi", (ServerSocket socket) => socket.EmitAsync("hi"));
                ns.On("stuck", (ServerSocket socket) => socket.EmitWithAckAsync<int>("never answered", timeout: Timeout.InfiniteTimeSpan));
                ns.OnDisconnecting((socket, reason) => journal.Add($"{socket.Id} disconnecting {socket.Rooms.Count} {reason.ToWireString()} {socket.Connected}"));
                ns.OnDisconnect((socket, reason) => journal.Add($"{socket.Id} disconnect {socket.Rooms.Count} {reason.ToWireString()}"));
            }
        },
        options =>
        {
            options.MaxPayload = 2_000;
            options.MaxQueuedBytes = 1_000;
            options.EventBacklogPauseBytes = 1_000;
            options.EventBacklogLimitBytes = 3_000;
        },
        time);

    private static async Task EndAsync(string way, KestrelServer server, SocketIOTestSocket client, ServerSocket socket, FakeTimeProvider? time)
    {
        switch (way)
        {
            case ClientLeaves:
                await client.LeaveAsync();
                break;
            case ClientCloses:
                await client.Client.CloseAsync();
                break;
            case ClientAborts:
                client.Client.Abort();
                break;
            case Disconnect:
                socket.Disconnect();
                break;
            case DisconnectAndClose:
                socket.Disconnect(close: true);
                break;
            case DisconnectSockets:
                await server.Io().DisconnectSocketsAsync();
                break;
            case "DisconnectSocketsAsync(close: true)":
                await server.Io().In("room").DisconnectSocketsAsync(close: true);
                break;
            case "RemoteSocket.DisconnectAsync()":
                await Assert.Single(await server.Io().FetchSocketsAsync()).DisconnectAsync();
                break;
            case ConnClose:
                socket.Conn.Close();
                break;
            case SecondConnect:
                await client.Client.SendAsync("40");
                break;
            case BadPacket:
                await client.Client.SendAsync("4abc");
                break;
            case BadEnginePacket:
                await client.Client.SendAsync("x");
                break;
            case "no pong":
                client.Client.AnswersPings = false;
                time!.Advance(TimeSpan.FromSeconds(25.1));
                time.Advance(TimeSpan.FromSeconds(20.1));
                break;
            case "too many events wait":
                // While a handler waits for an acknowledgement reading goes on, up to the hard limit.
                await client.EmitAsync("stuck");
                await client.ReceiveAsync();
                await client.Client.SendTogetherAsync([.. Enumerable.Repeat("""42["hi"]""", 20)]);
                break;
            case "too many bytes wait":
                await SocketIOTestServer.UntilAsync(() =>
                {
                    _ = socket.EmitAsync("big", new string('x', 900));
                    return !socket.Connected;
                });
                break;
            case "CloseAsync()":
                await server.Io().CloseAsync().Within();
                break;
            case "the host stops":
                await server.StopAsync();
                break;
            case "overlapping polls":
                var path = $"/socket.io/?EIO=4&transport=polling&sid={client.Client.Sid}";
                var polls = await Task.WhenAll(server.Http.GetAsync(path, TestContext.Current.CancellationToken), server.Http.GetAsync(path, TestContext.Current.CancellationToken)).Within();
                Assert.Contains(polls, poll => poll.StatusCode is HttpStatusCode.BadRequest);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(way), way, "No such way.");
        }
    }
}
