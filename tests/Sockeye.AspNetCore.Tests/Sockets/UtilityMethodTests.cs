using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>What the server does with many sockets at once.</summary>
public sealed class UtilityMethodTests
{
    [Fact]
    public async Task SIO_UM_01_SIO_UM_02_sockets_are_found_all_of_them_or_those_of_a_room()
    {
        await using var sockets = new InMemorySockets();
        var all = Connect(sockets, 3);
        await all[1].JoinAsync("room1");
        await all[2].JoinAsync("room1", "room2");
        Assert.Equal(all.Select(socket => socket.Id).Order(), await IdsAsync(sockets.Io.FetchSocketsAsync()));
        Assert.Equal(all[1..].Select(socket => socket.Id).Order(), await IdsAsync(sockets.Io.In("room1").FetchSocketsAsync()));
        Assert.Equal([all[1].Id], await IdsAsync(sockets.Io.In("room1").Except("room2").FetchSocketsAsync()));
        Assert.Equal([all[0].Id], await IdsAsync(all[1].Broadcast.Except("room2").FetchSocketsAsync()));
        Assert.Equal([all[0].Id], await IdsAsync(sockets.Io.Local.In(all[0].Id).FetchSocketsAsync()));
        Assert.Empty(await sockets.Io.In("unknown").FetchSocketsAsync());
        Assert.Empty(await sockets.Io.Namespace("/other").FetchSocketsAsync());
    }

    [Theory]
    [EachTransport]
    public async Task SIO_UM_03_a_found_socket_has_id_rooms_data_and_handshake_and_can_be_acted_on(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await SocketIOTestClient.ConnectAsync(server, via, auth: """{"token":1}""", query: "a=b");
        var socket = server.Io().Main.FindSocket(client.Id)!;
        await socket.JoinAsync("room1");
        socket.Data["foo"] = "bar";
        var found = Assert.Single(await server.Io().FetchSocketsAsync());
        Assert.Equal(client.Id, found.Id);
        Assert.True(found.Rooms.SetEquals([client.Id, "room1"]));
        Assert.Equal("bar", found.Data["foo"]);
        Assert.Equal(("""{"token":1}""", "b"), (found.Handshake.Auth.GetRawText(), found.Handshake.Query["a"].ToString()));

        // The rooms are those of then, the data are the socket's own.
        await found.JoinAsync("room2");
        await found.LeaveAsync("room1");
        found.Data["foo"] = "baz";
        Assert.True(found.Rooms.SetEquals([client.Id, "room1"]));
        Assert.True(socket.Rooms.SetEquals([client.Id, "room2"]));
        Assert.Equal("baz", socket.Data["foo"]);
        await found.EmitAsync("hello", 1, "2");
        await client.ExpectAsync("""42["hello",1,"2"]""");
        await found.DisconnectAsync(close: true);
        await client.ExpectAsync("41");
        await client.Client.Closed;
        await Assert.ThrowsAsync<AckTimeoutException>(() => found.EmitWithAckAsync<int>("gone", cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task SIO_UM_04_SIO_UM_05_sockets_join_rooms_from_outside()
    {
        await using var sockets = new InMemorySockets();
        var all = Connect(sockets, 3);
        await sockets.Io.SocketsJoinAsync("room1");
        Assert.All(all, socket => Assert.Contains("room1", socket.Rooms));
        await all[0].JoinAsync("room2");
        await sockets.Io.In("room2").SocketsJoinAsync("room3", "room4");
        Assert.True(all[0].Rooms.SetEquals([all[0].Id, "room1", "room2", "room3", "room4"]));
        Assert.All(all[1..], socket => Assert.True(socket.Rooms.SetEquals([socket.Id, "room1"])));
    }

    [Fact]
    public async Task SIO_UM_06_SIO_UM_07_sockets_leave_rooms_from_outside()
    {
        await using var sockets = new InMemorySockets();
        var all = Connect(sockets, 3);
        await sockets.Io.SocketsJoinAsync("room1", "room2");
        await all[0].JoinAsync("room3");
        await sockets.Io.In("room3").SocketsLeaveAsync("room1", "unknown");
        Assert.True(all[0].Rooms.SetEquals([all[0].Id, "room2", "room3"]));
        Assert.True(all[1].Rooms.SetEquals([all[1].Id, "room1", "room2"]));
        await sockets.Io.SocketsLeaveAsync("room1", "room2");
        Assert.True(all[0].Rooms.SetEquals([all[0].Id, "room3"]));
        Assert.All(all[1..], socket => Assert.True(socket.Rooms.SetEquals([socket.Id])));
    }

    [Theory]
    [EachTransport]
    public async Task SIO_UM_08_all_sockets_are_disconnected_with_their_connections(Via via)
    {
        var ends = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnDisconnect((_, reason) => ends.Add(reason.ToWireString())));
        await using var one = await SocketIOTestClient.ConnectAsync(server, via);
        await using var two = await SocketIOTestClient.ConnectAsync(server, via);
        await server.Io().DisconnectSocketsAsync(close: true);
        await one.ExpectAsync("41");
        await two.ExpectAsync("41");
        await one.Client.Closed;
        await two.Client.Closed;
        await ends.ExpectAsync("server namespace disconnect", "server namespace disconnect");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_UM_09_U_30_those_of_a_room_are_disconnected_behind_what_was_sent_before(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.Namespace("/other"));
        await using var one = await SocketIOTestClient.ConnectAsync(server, via);
        await using var two = await SocketIOTestClient.ConnectAsync(server, via);
        await two.Client.JoinAsync("/other");
        await server.Io().In(one.Id).SocketsJoinAsync("room");
        await server.Io().EmitAsync("last words", new byte[] { 1 });
        await server.Io().In("room").DisconnectSocketsAsync(close: true);
        await server.Io().In(two.Id).DisconnectSocketsAsync();
        await one.ExpectAsync("""451-["last words",{"_placeholder":true,"num":0}]""", "bAQ==", "41");
        await one.Client.Closed;
        await two.ExpectAsync("""451-["last words",{"_placeholder":true,"num":0}]""", "bAQ==", "41");

        // Without close only the namespace is left: the connection carries the other one.
        await server.Io().Namespace("/other").EmitAsync("still here");
        await two.Client.ExpectAsync("""42/other,["still here"]""");
    }

    [Fact]
    public async Task The_ids_of_all_sockets_or_of_some()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var one = await SocketIOTestClient.ConnectAsync(server);
        await using var two = await SocketIOTestClient.ConnectAsync(server);
        var io = server.Io();
        Assert.Equal(new[] { one.Id, two.Id }.Order(), (await io.AllSocketsAsync()).Order());
        Assert.Equal([two.Id], await io.Except(one.Id).AllSocketsAsync());
        Assert.Empty(await io.In("nobody").AllSocketsAsync());
    }

    [Fact]
    public async Task A_single_server_has_no_others_to_emit_to()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var socket = await SocketIOTestClient.ConnectAsync(server);
        var io = server.Io();
        Assert.True(io.ServerSideEmitAsync("hello", 1, "x").IsCompletedSuccessfully);
        Assert.Empty(await io.ServerSideEmitWithAckAsync<int>("hello", [1], TestContext.Current.CancellationToken));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => io.ServerSideEmitWithAckAsync<int>("hello", cancellationToken: new(canceled: true)));
        foreach (var name in (string[])["connect", "connection", "new_namespace"])
        {
            Assert.Equal($"\"{name}\" is a reserved event name", (await Assert.ThrowsAsync<ArgumentException>(() => io.ServerSideEmitAsync(name))).Message);
        }

        // Nothing of it has come to the client.
        await io.EmitAsync("after");
        await socket.ExpectAsync("""42["after"]""");
    }

    private static async Task<IEnumerable<string>> IdsAsync(Task<IReadOnlyList<RemoteSocket>> sockets) => (await sockets).Select(socket => socket.Id).Order();

    private static ServerSocket[] Connect(InMemorySockets sockets, int count) => [.. Enumerable.Range(0, count).Select(_ => sockets.Connect().Socket)];
}
