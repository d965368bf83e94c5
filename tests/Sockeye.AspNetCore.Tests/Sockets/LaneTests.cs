using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Order and pressure (laws 7 and 8).</summary>
public sealed class LaneTests
{
    [Fact]
    public async Task Events_of_a_socket_start_and_finish_in_order_and_after_its_connection_handler()
    {
        var seen = new List<string>();
        var connect = new TaskCompletionSource();
        var first = new TaskCompletionSource();
        await using var server = await SocketApp.StartAsync(io =>
        {
            io.OnConnection(async _ =>
            {
                await connect.Task;
                seen.Add("connected");
            });
            io.On("event", async (ServerSocket _, int number) =>
            {
                seen.Add($"start {number}");
                if (number == 1)
                {
                    await first.Task;
                }

                await Task.Yield();
                seen.Add($"end {number}");
                return number;
            });
        });
        await using var client = await SocketClient.ConnectAsync(server);
        await client.SendAsync("""421["event",1]""");
        await client.SendAsync("""422["event",2]""");
        connect.SetResult();
        await SocketApp.UntilAsync(() => seen.Count == 2);
        first.SetResult();
        await client.ExpectAsync("431[1]", "432[2]");
        Assert.Equal(["connected", "start 1", "end 1", "start 2", "end 2"], seen);
    }

    [Fact]
    public async Task A_handler_awaits_an_acknowledgement_of_its_own_socket_with_its_lane_full()
    {
        var begin = new TaskCompletionSource();
        await using var server = await SocketApp.StartAsync(
            io =>
            {
                io.On("ask", async (ServerSocket socket) =>
                {
                    await begin.Task;
                    return await socket.EmitWithAckAsync<int>("question");
                });
                io.On("fill", (ServerSocket _, string text) => text.Length);
            },
            options => options.EventBacklogPauseBytes = 1000);
        await using var client = await SocketClient.ConnectAsync(server);
        await client.SendAsync("""421["ask"]""");
        // Far more than the lane takes: the connection is not read any more, until the handler waits for the acknowledgement that comes behind all of it.
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync($"42{i + 10}[\"fill\",\"{new string('x', 300)}\"]");
        }

        begin.SetResult();
        Assert.Equal("""420["question"]""", await client.ReceiveAsync());
        await client.SendAsync("430[7]");
        await client.ExpectAsync("431[7]");
        for (var i = 0; i < 20; i++)
        {
            await client.ExpectAsync($"43{i + 10}[300]");
        }
    }

    [Fact]
    public async Task A_full_lane_stops_reading_until_half_of_it_is_handled()
    {
        var begin = new TaskCompletionSource();
        await using var server = await SocketApp.StartAsync(
            io => io.On("fill", async (ServerSocket _, string text) =>
            {
                await begin.Task;
                return text.Length;
            }),
            options => options.EventBacklogPauseBytes = 4000);
        await using var client = await SocketClient.ConnectAsync(server);
        var connection = server.Server().Main.Sockets.Single().Connection;
        for (var i = 0; i < 100; i++)
        {
            await client.SendAsync($"42{i}[\"fill\",\"{new string('x', 1000)}\"]");
        }

        await SocketApp.UntilAsync(() => connection.Budget.Bytes > 4000);
        begin.SetResult();
        for (var i = 0; i < 100; i++)
        {
            await client.ExpectAsync($"43{i}[1000]");
        }

        await SocketApp.UntilAsync(() => connection.Budget.Bytes == 0);
    }

    [Fact]
    public async Task Events_may_run_together_where_the_option_says_so()
    {
        var both = new CountdownEvent(2);
        await using var server = await SocketApp.StartAsync(
            io => io.On("event", async (ServerSocket _) =>
            {
                both.Signal();
                await Task.Run(both.Wait, TestContext.Current.CancellationToken);
                return both.CurrentCount;
            }),
            options => options.MaxConcurrentEvents = 2);
        await using var client = await SocketClient.ConnectAsync(server);
        await client.SendAsync("""421["event"]""");
        await client.SendAsync("""422["event"]""");
        Assert.Equal(["431[0]", "432[0]"], new[] { await client.ReceiveAsync(), await client.ReceiveAsync() }.Order());
    }

    [Fact]
    public async Task Events_that_came_before_the_connection_handlers_ended_may_run_together_too()
    {
        var both = new CountdownEvent(2);
        var open = new TaskCompletionSource();
        await using var server = await SocketApp.StartAsync(
            io =>
            {
                io.OnConnection(_ => open.Task);
                io.On("event", async (ServerSocket _) =>
                {
                    both.Signal();
                    await Task.Run(both.Wait, TestContext.Current.CancellationToken);
                    return both.CurrentCount;
                });
            },
            options => options.MaxConcurrentEvents = 2);
        await using var client = await SocketClient.ConnectAsync(server);
        await client.SendAsync("""421["event"]""");
        await client.SendAsync("""422["event"]""");
        var connection = server.Server().Main.Sockets.Single().Connection;
        await SocketApp.UntilAsync(() => connection.Budget.Bytes > 512);
        open.SetResult();
        Assert.Equal(["431[0]", "432[0]"], new[] { await client.ReceiveAsync(), await client.ReceiveAsync() }.Order());
    }

    [Fact]
    public async Task Events_that_wait_when_the_socket_ends_are_dropped_and_freed()
    {
        var begin = new TaskCompletionSource();
        var handled = 0;
        var ended = new TaskCompletionSource<DisconnectReason>();
        await using var server = await SocketApp.StartAsync(io =>
        {
            io.On("event", async (ServerSocket _) =>
            {
                Interlocked.Increment(ref handled);
                await begin.Task;
            });
            io.OnDisconnect((_, reason) => ended.SetResult(reason));
        });
        await using var client = await SocketClient.ConnectAsync(server);
        var connection = server.Server().Main.Sockets.Single().Connection;
        await client.SendAsync("""42["event"]""");
        await client.SendAsync("""42["event"]""");
        await client.SendAsync("41");
        // The end does not wait for the handler that runs.
        Assert.Equal(DisconnectReason.ClientNamespaceDisconnect, await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        begin.SetResult();
        await SocketApp.UntilAsync(() => connection.Budget.Bytes == 0);
        Assert.InRange(handled, 0, 1);
    }
}
