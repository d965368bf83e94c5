using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Every socket ends exactly once (law 10).</summary>
public sealed class EndTests
{
    [Fact]
    public async Task Rooms_are_there_while_disconnecting_and_gone_at_disconnect()
    {
        var seen = new List<string>();
        await using var server = await SocketApp.StartAsync(io =>
        {
            io.OnConnection(socket => socket.JoinAsync("room"));
            io.On("go", (ServerSocket socket) =>
            {
                socket.OnDisconnect((_, reason) =>
                {
                    socket.JoinAsync("late");
                    seen.Add($"own {reason.ToWireString()}");
                });
                socket.Disconnect();
                socket.Disconnect();
                socket.EmitAsync("late");
            });
            io.OnDisconnecting((socket, reason) => seen.Add($"disconnecting {socket.Rooms.Count} {reason.ToWireString()} {socket.Connected}"));
            io.OnDisconnect((socket, reason) => seen.Add($"disconnect {socket.Rooms.Count} {reason.ToWireString()}"));
        });
        await using var client = await SocketClient.ConnectAsync(server);
        await client.SendAsync("""42["go"]""");
        await client.ExpectAsync("41");
        await SocketApp.UntilAsync(() => seen.Count == 3);
        Assert.Equal(["disconnecting 2 server namespace disconnect False", "disconnect 0 server namespace disconnect", "own server namespace disconnect"], seen);
        Assert.Equal(0, server.Server().Main.Adapter.RoomCount);

        // What the client sent before it knew is ignored, and it may join again.
        await client.SendAsync("""42["go"]""");
        await client.JoinAsync();
    }

    [Fact]
    public async Task Disconnect_with_close_leaves_every_namespace_and_closes_the_connection()
    {
        var ends = new List<string>();
        await using var server = await SocketApp.StartAsync(io =>
        {
            foreach (var ns in (NamespaceOperations[])[io, io.Namespace("/a"), io.Namespace("/b")])
            {
                ns.OnDisconnect((socket, reason) =>
                {
                    lock (ends)
                    {
                        ends.Add($"{socket.Namespace.Name} {reason.ToWireString()}");
                    }
                });
            }

            io.On("bye", (ServerSocket socket) => socket.Disconnect(close: true));
        });
        await using var client = await SocketClient.ConnectAsync(server);
        await client.JoinAsync("/a");
        await client.JoinAsync("/b");
        await client.SendAsync("""42["bye"]""");
        Assert.Equal(["41", "41/a,", "41/b,"], new[] { await client.ReceiveAsync(), await client.ReceiveAsync(), await client.ReceiveAsync() }.Order());
        await client.Closed;
        await SocketApp.UntilAsync(() => ends.Count == 3);
        Assert.Equal(["/ server namespace disconnect", "/a server namespace disconnect", "/b server namespace disconnect"], ends.Order());
    }

    [Fact]
    public async Task A_disconnect_handler_comes_after_the_connection_handler_however_quick_the_client_is()
    {
        var pass = new TaskCompletionSource();
        var seen = new List<string>();
        await using var server = await SocketApp.StartAsync(io =>
        {
            io.OnConnection(async _ =>
            {
                await pass.Task;
                seen.Add("connected");
            });
            io.OnDisconnect((_, reason) => seen.Add(reason.ToWireString()));
        });
        var client = await SocketClient.ConnectAsync(server);
        await client.DisposeAsync();
        await SocketApp.UntilAsync(() => server.Server().Main.SocketCount == 0);
        Assert.Empty(seen);
        pass.SetResult();
        await SocketApp.UntilAsync(() => seen.Count == 2);
        Assert.Equal("connected", seen[0]);
        Assert.StartsWith("transport ", seen[1]);
    }

    [Fact]
    public async Task Acknowledgements_time_out_are_cancelled_and_fail_at_the_end()
    {
        await using var server = await SocketApp.StartAsync(_ => { });
        await using var client = await SocketClient.ConnectAsync(server);
        var socket = server.Server().Main.Sockets.Single();
        using var cancel = new CancellationTokenSource();
        var token = TestContext.Current.CancellationToken;
        var cancelled = socket.EmitWithAckAsync<int>("cancelled", cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => cancelled);
        Assert.Equal("operation has timed out", (await Assert.ThrowsAsync<AckTimeoutException>(() => socket.EmitWithAckAsync<int>("zero", timeout: TimeSpan.Zero, cancellationToken: token))).Message);
        await Assert.ThrowsAsync<AckTimeoutException>(() => socket.Timeout(TimeSpan.FromMilliseconds(50)).EmitWithAckAsync<int>("late", cancellationToken: token));
        await client.ExpectAsync("""420["cancelled"]""", """421["zero"]""", """422["late"]""");
        await client.SendAsync("431[1]");
        var wrong = socket.EmitWithAckAsync<int>("wrong", cancellationToken: token);
        await client.ExpectAsync("""423["wrong"]""");
        await client.SendAsync("""433["text"]""");
        await Assert.ThrowsAsync<ArgumentBindingException>(() => wrong.Within());
        var pending = socket.EmitWithAckAsync<int>("pending", timeout: Timeout.InfiniteTimeSpan, cancellationToken: token);
        await client.ExpectAsync("""424["pending"]""");
        Assert.Equal(1, socket.Acks.Count);
        await client.SendAsync("41");
        Assert.Equal(DisconnectReason.ClientNamespaceDisconnect, (await Assert.ThrowsAsync<DisconnectedException>(() => pending.Within())).Reason);
        await Assert.ThrowsAsync<DisconnectedException>(() => socket.EmitWithAckAsync<int>("dead", cancellationToken: token));
        Assert.Equal(0, socket.Acks.Count);
    }

    [Fact]
    public async Task When_the_host_stops_every_socket_ends_with_server_shutting_down_and_the_host_waits_for_the_handlers()
    {
        var finish = new TaskCompletionSource();
        var ends = new List<DisconnectReason>();
        await using var server = await SocketApp.StartAsync(io => io.OnDisconnect(async (_, reason) =>
        {
            await finish.Task;
            ends.Add(reason);
        }));
        await using var client = await SocketClient.ConnectAsync(server);
        var stopped = server.StopAsync();
        await client.Closed;
        Assert.False(stopped.IsCompleted);
        finish.SetResult();
        await stopped;
        Assert.Equal([DisconnectReason.ServerShuttingDown], ends);
    }

    [Fact]
    public async Task Attachments_that_do_not_come_end_the_connection()
    {
        await using var server = await SocketApp.StartAsync(_ => { }, options => options.PingTimeout = TimeSpan.FromMilliseconds(100));
        await using var client = await SocketClient.ConnectAsync(server);
        await client.SendAsync("""451-["x",{"_placeholder":true,"num":0}]""");
        await client.Closed;
        await using var early = await SocketClient.OpenAsync(server);
        await early.SendAsync("""451-["x",{"_placeholder":true,"num":0}]""");
        await early.Closed;
    }
}
