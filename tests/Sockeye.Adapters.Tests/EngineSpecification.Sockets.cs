using System.Text.Json;
using Sockeye.Adapters.Tests.Fixtures;

namespace Sockeye.Adapters.Tests;

public abstract partial class EngineSpecification
{
    [Fact]
    public async Task SIOA_C_13_SIOA_C_16_RA_12_RA_15_RS_12_RS_15_All_sockets_join_and_leave()
    {
        await Io.SocketsJoinAsync("room1", "room2");
        await SettleAsync();
        Assert.All(Sockets, socket => Assert.Superset(new HashSet<string> { "room1", "room2" }, socket.Rooms.ToHashSet()));
        await Io.SocketsLeaveAsync("room1");
        await SettleAsync();
        Assert.All(Sockets, socket => Assert.Equal([socket.Id, "room2"], socket.Rooms.OrderBy(room => room == "room2")));
    }

    [Fact]
    public async Task SIOA_C_14_SIOA_C_17_RA_13_RA_16_RS_13_RS_16_Matching_sockets_join_and_leave()
    {
        await Sockets[0].JoinAsync("room1");
        await Sockets[2].JoinAsync("room1");
        await Io.In("room1").SocketsJoinAsync("room2");
        await SettleAsync();
        Assert.Equal([true, false, true], Sockets.Select(socket => socket.Rooms.Contains("room2")));
        await Io.In("room2").Except(Clients[2].Id).SocketsLeaveAsync("room1");
        await SettleAsync();
        Assert.Equal([false, false, true], Sockets.Select(socket => socket.Rooms.Contains("room1")));
    }

    [Fact]
    public async Task SIOA_C_15_SIOA_C_18_RA_14_RA_17_RS_14_RS_17_A_socket_of_another_server_joins_and_leaves_by_its_id()
    {
        await Io.In(Clients[1].Id).SocketsJoinAsync("room3");
        await SettleAsync();
        Assert.Equal([false, true, false], Sockets.Select(socket => socket.Rooms.Contains("room3")));
        await Io.In(Clients[1].Id).SocketsLeaveAsync("room3");
        await SettleAsync();
        Assert.All(Sockets, socket => Assert.DoesNotContain("room3", socket.Rooms));
    }

    [Fact]
    public async Task SIOA_C_19_SIOA_C_20_RA_18_RS_18_RS_19_All_are_disconnected_and_what_was_sent_before_arrives_before()
    {
        await Io.EmitAsync("before");
        await Io.DisconnectSocketsAsync(close: true);
        foreach (var client in Clients)
        {
            await client.ExpectAsync("before", "disconnect: io server disconnect");
        }
    }

    [Fact]
    public async Task SIOA_C_21_RA_19_RS_20_The_sockets_of_all_servers_are_found()
    {
        var found = await Io.FetchSocketsAsync().Within("the sockets");
        Assert.Equal(Clients.Select(client => client.Id).Order(), found.Select(socket => socket.Id).Order());
        Assert.Equal(found.Count, (await Io.AllSocketsAsync().Within("the ids")).Count);
        Assert.Equal(0, Io.Namespace("/").Cluster!.PendingCalls);
    }

    [Fact]
    public async Task SIOA_C_22_RA_20_RS_21_A_socket_of_another_server_is_described_as_it_is()
    {
        Sockets[1].Data["user"] = new { name = "Zoë", tags = new[] { 1, 2 } };
        Sockets[1].Data["none"] = null;
        await Sockets[1].JoinAsync("room1");
        var found = Assert.Single(await Io.In("room1").FetchSocketsAsync().Within("the sockets"));
        Assert.Equal(Clients[1].Id, found.Id);
        Assert.Equal([Clients[1].Id, "room1"], found.Rooms.OrderBy(room => room == "room1"));
        Assert.True(JsonElement.DeepEquals(Sockets[1].Handshake.ToJson(), found.Handshake.ToJson()));
        Assert.Equal("Zoë", ((JsonElement)found.Data["user"]!).GetProperty("name").GetString());
        await found.EmitAsync("direct");
        await found.JoinAsync("room2");
        await Clients[1].ExpectAsync("direct");
        await ExpectEndAsync();
        Assert.Contains("room2", Sockets[1].Rooms);
    }

    [Fact]
    public async Task SIOA_C_23_RA_21_RS_22_Local_finds_the_sockets_of_this_server_only() =>
        Assert.Equal(Clients[0].Id, Assert.Single(await Io.Local.FetchSocketsAsync().Within("the sockets")).Id);

    [Fact]
    public async Task The_partial_form_finds_the_same_and_nobody_is_missing()
    {
        var found = await Io.TryFetchSocketsAsync().Within("the sockets");
        Assert.Equal((3, true), (found.Received.Count, found.IsComplete));
    }
}
