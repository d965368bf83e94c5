using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

public sealed class BroadcastTests
{
    [Fact]
    public async Task Rooms_are_a_union_without_duplicates_minus_the_exceptions()
    {
        await using var server = await SocketApp.StartAsync(io => io.On("join", (ServerSocket socket, string room) =>
        {
            socket.JoinAsync(room);
            return room;
        }));
        var main = server.Server();
        await using var a = await SocketClient.OpenAsync(server);
        await using var b = await SocketClient.OpenAsync(server);
        await using var c = await SocketClient.OpenAsync(server);
        var (idA, idB) = (await a.JoinAsync(), await b.JoinAsync());
        await c.JoinAsync();
        foreach (var (client, room) in ((SocketClient, string)[])[(a, "r1"), (a, "r2"), (b, "r1"), (c, "r2")])
        {
            await client.SendAsync($"421[\"join\",\"{room}\"]");
            await client.ExpectAsync($"431[\"{room}\"]");
        }

        await main.To("r1").To("r2").EmitAsync("union", 1);
        await main.To("r1", "r2").Except(idA).EmitAsync("except", 2);
        await main.Except("r1").EmitAsync("others", 3);
        await main.In(idB).EmitAsync("direct", 4);
        await main.Main.FindSocket(idA)!.Broadcast.EmitAsync("not-me", 5);
        await main.Main.FindSocket(idA)!.To("r1").EmitAsync("room-not-me", 6);
        await main.Except("nobody", "else").Local.Compress(false).EmitAsync("all", 7);
        await main.EmitAsync("end");
        await a.ExpectAsync("""42["union",1]""", """42["all",7]""", """42["end"]""");
        await b.ExpectAsync("""42["union",1]""", """42["except",2]""", """42["direct",4]""", """42["not-me",5]""", """42["room-not-me",6]""", """42["all",7]""", """42["end"]""");
        await c.ExpectAsync("""42["union",1]""", """42["except",2]""", """42["others",3]""", """42["not-me",5]""", """42["all",7]""", """42["end"]""");
    }

    [Fact]
    public async Task Operators_are_immutable()
    {
        await using var server = await SocketApp.StartAsync(_ => { });
        var origin = server.Server().Local.To("r1", "r2").Except("r3");
        _ = origin.Compress(false).Volatile.To("r4").Except("r5").Timeout(TimeSpan.FromSeconds(1));
        await origin.Compress(false).Volatile.To("r4").Except("r5").EmitAsync("x");
        Assert.Equal(["r1", "r2"], origin.Rooms);
        Assert.Equal(["r3"], origin.ExceptRooms);
        Assert.Equal(new EmitFlags(Local: true), origin.Flags);
    }

    [Fact]
    public async Task Acks_of_a_broadcast_are_collected_and_a_timeout_carries_the_partial_answers()
    {
        await using var server = await SocketApp.StartAsync(_ => { });
        var main = server.Server();
        Assert.Empty(await main.EmitWithAcksAsync<int>("nobody", cancellationToken: TestContext.Current.CancellationToken));
        await using var a = await SocketClient.ConnectAsync(server);
        await using var b = await SocketClient.ConnectAsync(server);
        await using var c = await SocketClient.ConnectAsync(server);
        var all = main.Timeout(TimeSpan.FromMinutes(1)).EmitWithAcksAsync<int>("all", ["x"], TestContext.Current.CancellationToken);
        foreach (var (client, answer) in ((SocketClient, int)[])[(a, 1), (b, 2), (c, 3)])
        {
            await client.ExpectAsync("""421["all","x"]""");
            await client.SendAsync($"431[{answer},\"ignored\"]");
        }

        Assert.Equal([1, 2, 3], (await all.Within()).Order());

        var some = main.Timeout(TimeSpan.FromMilliseconds(300)).EmitWithAcksAsync<int>("some", cancellationToken: TestContext.Current.CancellationToken);
        foreach (var client in (SocketClient[])[a, b])
        {
            await client.ExpectAsync("""422["some"]""");
            await client.SendAsync("432[1]");
        }

        var error = await Assert.ThrowsAsync<BroadcastAckTimeoutException<int>>(() => some);
        Assert.Equal([1, 1], error.Responses);
        Assert.Equal(1, error.Missing);
        Assert.StartsWith("operation has timed out", error.Message);
        Assert.All(main.Main.Sockets, socket => Assert.Equal(0, socket.Acks.Count));

        var gone = main.Timeout(Timeout.InfiniteTimeSpan).EmitWithAcksAsync<int>("gone", cancellationToken: TestContext.Current.CancellationToken);
        foreach (var client in (SocketClient[])[a, b])
        {
            await client.ExpectAsync("""423["gone"]""");
            await client.SendAsync("433[1]");
        }

        c.Abort();
        Assert.Equal(1, (await Assert.ThrowsAsync<BroadcastAckTimeoutException<int>>(() => gone.Within())).Missing);
    }

    [Fact]
    public async Task Sockets_are_found_moved_and_disconnected_from_outside()
    {
        await using var server = await SocketApp.StartAsync(io => io.OnConnection(socket => socket.Data["name"] = "ann"));
        var main = server.Server();
        await using var a = await SocketClient.OpenAsync(server);
        await using var b = await SocketClient.OpenAsync(server);
        var (idA, idB) = (await a.JoinAsync(), await b.JoinAsync());
        await SocketApp.UntilAsync(() => main.Main.Sockets.All(socket => socket.Data.Count == 1));
        await main.In(idA).SocketsJoinAsync("room", "other");
        var found = Assert.Single(await main.In("room").FetchSocketsAsync());
        Assert.Equal((idA, "ann"), (found.Id, found.Data["name"]));
        Assert.True(found.Rooms.SetEquals([idA, "other", "room"]));
        await found.EmitAsync("hello");
        await a.ExpectAsync("""42["hello"]""");
        var answer = found.EmitWithAckAsync<string>("question", [1], cancellationToken: TestContext.Current.CancellationToken);
        await a.ExpectAsync("""420["question",1]""");
        await a.SendAsync("""430["yes"]""");
        Assert.Equal("yes", await answer.Within());
        await main.SocketsLeaveAsync("room");
        Assert.Empty(await main.In("room").FetchSocketsAsync());
        Assert.Equal(3, main.Main.Adapter.RoomCount);
        await main.In(idA).EmitAsync("last");
        await main.In(idA).DisconnectSocketsAsync();
        await a.ExpectAsync("""42["last"]""", "41");
        await main.DisconnectSocketsAsync(close: true);
        await b.ExpectAsync("41");
        await b.Closed;
        Assert.Equal(0, main.Main.SocketCount);
        Assert.Null(main.Main.FindSocket(idB));
    }
}
