using System.Collections.Concurrent;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>The index of rooms under many threads.</summary>
public sealed class RoomConcurrencyTests
{
    private const int Threads = 4;
    private const int Steps = 3000;

    [Fact]
    public async Task Joins_leaves_broadcasts_and_ends_from_many_threads_leave_a_consistent_index()
    {
        await using var sockets = new InMemorySockets();
        var members = new ConcurrentDictionary<string, int>();
        var existing = new ConcurrentDictionary<string, int>();
        sockets.Io.Main.OnRoomChange(change =>
        {
            switch (change.Kind)
            {
                case RoomChangeKind.Created or RoomChangeKind.Deleted:
                    existing.AddOrUpdate(change.Room, change.Kind is RoomChangeKind.Created ? 1 : -1, (_, count) => count + (change.Kind is RoomChangeKind.Created ? 1 : -1));
                    break;
                default:
                    members.AddOrUpdate(change.Room, change.Kind is RoomChangeKind.Joined ? 1 : -1, (_, count) => count + (change.Kind is RoomChangeKind.Joined ? 1 : -1));
                    break;
            }
        });
        (InMemoryPeer Peer, ServerSocket Socket)[] all = [.. Enumerable.Range(0, 48).Select(_ => sockets.Connect())];
        var rooms = Enumerable.Range(0, 6).Select(number => $"room{number}").ToArray();

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(seed => Task.Run(() => Work(new Random(seed)), TestContext.Current.CancellationToken))).Within(TimeSpan.FromSeconds(60));

        // What the clients' ends still have to do is done.
        var ended = all.Where(pair => !pair.Socket.Connected).Select(pair => pair.Socket).ToArray();
        Assert.InRange(ended.Length, 1, all.Length - 1);
        await SocketIOTestServer.UntilAsync(() => ended.All(socket => socket.Rooms.Count == 0));
        var adapter = sockets.Io.Main.Adapter;
        var live = all.Where(pair => pair.Socket.Connected).Select(pair => pair.Socket).ToArray();
        Assert.Equal(live.Length, adapter.SocketCount);
        Assert.Equal(live.Select(socket => socket.Id).Order(), Select([], []));
        Assert.Equal(live.SelectMany(socket => socket.Rooms).Distinct().Count(), adapter.RoomCount);
        foreach (var room in rooms.Concat(all.Select(pair => pair.Socket.Id)))
        {
            var inside = live.Where(socket => socket.Rooms.Contains(room)).Select(socket => socket.Id).Order().ToArray();
            Assert.Equal(inside, Select([room], []));
            Assert.Equal(inside.Length, members.GetValueOrDefault(room));
            Assert.Equal(inside.Length > 0 ? 1 : 0, existing.GetValueOrDefault(room));
        }

        void Work(Random random)
        {
            for (var step = 0; step < Steps; step++)
            {
                var (peer, socket) = all[random.Next(all.Length)];
                var room = rooms[random.Next(rooms.Length)];
                switch (random.Next(40))
                {
                    case < 12:
                        socket.JoinAsync(room);
                        break;
                    case < 22:
                        socket.LeaveAsync(room);
                        break;
                    case < 26:
                        sockets.Io.To(room, rooms[0]).Except(rooms[1]).EmitAsync("event", step);
                        break;
                    case < 28:
                        socket.Broadcast.EmitAsync("event", step);
                        break;
                    case < 30:
                        sockets.Io.In(room).SocketsJoinAsync(rooms[random.Next(rooms.Length)]);
                        break;
                    case < 32:
                        sockets.Io.In(room).SocketsLeaveAsync(rooms[random.Next(rooms.Length)]);
                        break;
                    case < 34:
                        socket.LeaveAllAsync();
                        break;
                    case < 36:
                        socket.JoinAsync(socket.Id);
                        break;
                    case 36:
                        Assert.InRange(sockets.Io.Main.Adapter.RoomsOf(socket).Count, 0, rooms.Length + 1);
                        break;
                    default:
                        // One in a hundred steps ends a socket: by the client, by the server, by the connection.
                        if (random.Next(12) == 0)
                        {
                            ((Action)(random.Next(3) switch
                            {
                                0 => () => peer.Send("1"),
                                1 => () => socket.Disconnect(),
                                _ => peer.Cut,
                            }))();
                        }

                        break;
                }
            }
        }

        string[] Select(string[] rooms, string[] except)
        {
            using var recipients = adapter.Select(rooms, except);
            return [.. recipients.Sockets.ToArray().Select(socket => socket.Id).Order()];
        }
    }

    [Fact]
    public async Task Broadcasts_from_many_threads_reach_each_socket_exactly_once_and_each_threads_in_order()
    {
        await using var sockets = new InMemorySockets(options => options.MaxQueuedBytes = long.MaxValue / 2);
        var peers = Enumerable.Range(0, 8).Select(_ => sockets.Connect()).ToArray();
        foreach (var (_, socket) in peers)
        {
            await socket.JoinAsync("a", "b");
        }

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(
            () =>
            {
                for (var i = 0; i < 250; i++)
                {
                    sockets.Io.To("a").To("b").EmitAsync("event", thread, i);
                }
            },
            TestContext.Current.CancellationToken))).Within();
        foreach (var (peer, _) in peers)
        {
            var next = new int[Threads];
            for (var received = 0; received < Threads * 250; received++)
            {
                var data = System.Text.Json.JsonElement.Parse((await peer.ReceiveTextAsync())[1..]);
                Assert.Equal(next[data[1].GetInt32()]++, data[2].GetInt32());
            }

            Assert.All(next, count => Assert.Equal(250, count));
        }
    }

    [Fact]
    public async Task Acknowledgements_timeouts_and_ends_together_settle_every_wait_exactly_once()
    {
        await using var sockets = new InMemorySockets();
        for (var round = 0; round < 100; round++)
        {
            var (a, _) = sockets.Connect();
            var (b, _) = sockets.Connect();
            var answers = sockets.Io.Timeout(TimeSpan.FromMilliseconds(round % 3)).EmitWithAcksAsync<int>("question", cancellationToken: TestContext.Current.CancellationToken);
            await Task.WhenAll(
                Task.Run(() => a.Send($"3{round}[1]"), TestContext.Current.CancellationToken),
                Task.Run(b.Cut, TestContext.Current.CancellationToken)).Within();
            var error = await Assert.ThrowsAsync<BroadcastAckTimeoutException<int>>(() => answers.Within());
            Assert.Equal(2, error.Responses.Count + error.Missing);
            Assert.InRange(error.Responses.Count, 0, 1);
            a.Cut();
            await SocketIOTestServer.UntilAsync(() => sockets.Io.Main.SocketCount == 0);
        }
    }
}
