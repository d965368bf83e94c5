using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Order and independence (law 7).</summary>
public sealed class OrderTests
{
    [Theory]
    [EachTransport]
    public async Task A_handler_may_wait_for_an_acknowledgement_of_its_own_socket_with_its_lane_full(Via via)
    {
        const int Waiting = 50;
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(
            io =>
            {
                io.On("ask", async (ServerSocket socket) =>
                {
                    await begin.Task;
                    journal.Add($"answer {await socket.EmitWithAckAsync<int>("question")}");
                    journal.Add($"and again {await socket.EmitWithAckAsync<int>("question")}");
                });
                io.On("fill", (ServerSocket _, int number, string _) => journal.Add($"{number}"));
            },
            options => options.EventBacklogPauseBytes = 2_000);
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        var budget = server.Io().Main.FindSocket(client.Id)!.Connection.Budget;

        // Far more than the lane takes: the server stops reading in the middle of it.
        var sent = client.Client.SendTogetherAsync(
            ["""42["ask"]""", .. Enumerable.Range(0, Waiting).Select(number => $"42[\"fill\",{number},\"{new string('x', 300)}\"]")]);
        await SocketIOTestServer.UntilAsync(() => budget.Bytes > 2_000);
        begin.SetResult();
        await client.ExpectAsync("""420["question"]""");
        await sent.Within();
        await client.Client.SendAsync("430[7]");
        await client.ExpectAsync("""421["question"]""");
        await client.Client.SendAsync("431[8]");
        await journal.ExpectAsync(["answer 7", "and again 8", .. Enumerable.Range(0, Waiting).Select(number => $"{number}")]);
        await SocketIOTestServer.UntilAsync(() => budget.Bytes == 0);
    }

    [Fact]
    public async Task Events_of_each_socket_start_and_finish_in_order_while_many_sockets_send()
    {
        const int Sockets = 12;
        const int Events = 60;
        var running = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            foreach (var ns in (Namespace[])[io.Namespace("/"), io.Namespace("/other")])
            {
                ns.On("next", async (ServerSocket socket, int number) =>
                {
                    Assert.Equal(number, running.GetValueOrDefault(socket.Id));
                    for (var pause = (number * 7 + socket.Id[0]) % 5; pause > 0; pause--)
                    {
                        await Task.Yield();
                    }

                    running[socket.Id] = number + 1;
                    return number;
                });
            }
        });
        await Task.WhenAll(Enumerable.Range(0, Sockets).Select(async index =>
        {
            await using var main = await SocketIOTestClient.ConnectAsync(server, (Via)(index % 3));
            var other = await main.Client.JoinAsync("/other");
            await main.Client.SendTogetherAsync([.. Enumerable.Range(0, Events).SelectMany(number => (string[])[$"42{number}[\"next\",{number}]", $"42/other,{number}[\"next\",{number}]"])]);
            for (var number = 0; number < Events; number++)
            {
                await main.ExpectAsync($"43{number}[{number}]");
                await other.ExpectAsync($"43/other,{number}[{number}]");
            }
        }));
        Assert.Equal(Sockets * 2, running.Count);
        Assert.All(running.Values, count => Assert.Equal(Events, count));
    }

    [Theory]
    [EachTransport]
    public async Task A_slow_handler_delays_neither_other_connections_nor_other_namespaces_of_its_own(Via via)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("slow", async (ServerSocket _) =>
            {
                await gate.Task;
                return "at last";
            });
            io.On("quick", _ => "main");
            io.Namespace("/other").On("quick", _ => "other");
        });
        await using var slow = await SocketIOTestClient.ConnectAsync(server, via);
        await using var quick = await SocketIOTestClient.ConnectAsync(server, via);
        var asked = slow.AskAsync("slow");
        Assert.Equal("""431["main"]""", (await quick.AskAsync("quick")).Text);

        // Connects do not wait behind events, either.
        var other = await slow.Client.JoinAsync("/other");
        Assert.Equal("""43/other,1["other"]""", (await other.AskAsync("quick")).Text);
        Assert.False(asked.IsCompleted);
        gate.SetResult();
        Assert.Equal("""431["at last"]""", (await asked).Text);
    }

    [Theory]
    [EachTransport]
    public async Task Acknowledgements_and_leaving_overtake_events(Via via)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("slow", async (ServerSocket _) =>
            {
                journal.Add("started");
                await gate.Task;
                journal.Add("finished");
            });
            io.On("behind", _ => journal.Add("never"));
            io.OnDisconnecting((_, _) => journal.Add("disconnecting"));
            io.OnDisconnect((_, reason) => journal.Add(reason.ToWireString()));
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        await client.EmitAsync("slow");
        await client.EmitAsync("behind");
        await journal.ExpectAsync("started");
        var answer = socket.EmitWithAckAsync<int>("question", cancellationToken: TestContext.Current.CancellationToken);
        await client.AnswerAsync(await client.ReceiveAsync(), 1);
        Assert.Equal(1, await answer.Within());

        await client.LeaveAsync();
        await journal.ExpectAsync("disconnecting", "client namespace disconnect");
        gate.SetResult();
        await journal.ExpectAsync("finished");
        await server.StopAsync();
        journal.ExpectNothing();
    }

    [Fact]
    public async Task Events_wait_for_the_connection_handlers_and_the_end_waits_for_them_too()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnConnection(async _ =>
            {
                await gate.Task;
                journal.Add("connection");
            });
            io.On("event", _ => journal.Add("event"));
            io.OnDisconnecting((_, _) => journal.Add("disconnecting"));
            io.OnDisconnect((_, _) => journal.Add("disconnect"));
        });
        await using var stays = await SocketIOTestClient.ConnectAsync(server);
        await using var goes = await SocketIOTestClient.ConnectAsync(server);
        await stays.EmitAsync("event");
        await goes.LeaveAsync();
        await SocketIOTestServer.UntilAsync(() => server.Io().Main.SocketCount == 1);
        journal.ExpectNothing();
        gate.SetResult();
        await journal.ExpectInAnyOrderAsync("connection", "connection", "event", "disconnecting", "disconnect");
    }

    [Fact]
    public async Task An_acknowledgement_is_sent_when_its_handler_has_finished_and_behind_what_the_handler_emitted()
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.On("ask", async (ServerSocket socket) =>
        {
            await socket.EmitAsync("first", new byte[] { 1 });
            await Task.Yield();
            await socket.EmitAsync("second");
            return "ack";
        }));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        for (var round = 0; round < 20; round++)
        {
            await client.Client.SendAsync("""421["ask"]""");
            await client.ExpectAsync("""451-["first",{"_placeholder":true,"num":0}]""", "bAQ==", """42["second"]""", """431["ack"]""");
        }
    }

    [Theory]
    [EachTransport]
    public async Task What_many_threads_emit_arrives_complete_and_in_the_order_of_each_thread(Via via)
    {
        const int Threads = 6;
        const int Events = 100;
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnConnection(socket => socket.JoinAsync("room")));
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        await SocketIOTestServer.UntilAsync(() => socket.Rooms.Count == 2);
        var emits = Enumerable.Range(0, Threads).Select(thread => Task.Run(
            async () =>
            {
                for (var number = 0; number < Events; number++)
                {
                    await (thread % 3 == 0 ? server.Io().To("room").EmitAsync("e", thread, number, new byte[number], new byte[] { (byte)thread })
                        : thread % 3 == 1 ? socket.EmitAsync("e", thread, number, new byte[number], new byte[] { (byte)thread })
                        : socket.EmitAsync("e", thread, number));
                }
            },
            TestContext.Current.CancellationToken)).ToArray();
        var next = new int[Threads];
        for (var received = 0; received < Threads * Events; received++)
        {
            var packet = await client.ReceiveAsync();
            var thread = packet.Data[1].GetInt32();
            Assert.Equal(next[thread]++, packet.Data[2].GetInt32());
            Assert.Equal(thread % 3 == 2 ? [] : [packet.Data[2].GetInt32(), 1], packet.Attachments.Select(data => data.Length));
            Assert.All(packet.Attachments.Skip(1), data => Assert.Equal(thread, data[0]));
        }

        await Task.WhenAll(emits).Within();
    }
}
