using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>The in-memory adapter: who is in which room, and what a broadcast looks like.</summary>
public sealed class LocalAdapterTests
{
    [Fact]
    public async Task SIOA_01_rooms_and_sockets_know_each_other_through_join_leave_and_leave_all()
    {
        await using var sockets = new InMemorySockets();
        var adapter = sockets.Io.Main.Adapter;
        var (_, one) = sockets.Connect();
        var (_, two) = sockets.Connect();
        await one.JoinAsync("r1", "r2");
        await two.JoinAsync("r2", "r3");
        Assert.Equal((2, 5), (adapter.SocketCount, adapter.RoomCount));
        AssertSelected(adapter, ["r1"], [], one);
        AssertSelected(adapter, ["r2"], [], one, two);
        AssertSelected(adapter, ["r3"], [], two);
        await one.LeaveAsync("r1");
        AssertSelected(adapter, ["r1"], []);
        Assert.True(adapter.RoomsOf(one).SetEquals([one.Id, "r2"]));
        await two.LeaveAllAsync();
        AssertSelected(adapter, ["r2"], [], one);
        AssertSelected(adapter, ["r3"], []);
        Assert.Empty(adapter.RoomsOf(two));
        Assert.Equal((2, 2), (adapter.SocketCount, adapter.RoomCount));
    }

    [Fact]
    public async Task SIOA_02_rooms_select_their_sockets_none_select_all_and_an_unknown_one_nobody()
    {
        await using var sockets = new InMemorySockets();
        var adapter = sockets.Io.Main.Adapter;
        var (_, one) = sockets.Connect();
        var (_, two) = sockets.Connect();
        await one.JoinAsync("r1", "r2");
        await two.JoinAsync("r2");
        AssertSelected(adapter, [], [], one, two);
        AssertSelected(adapter, ["r2"], [], one, two);
        AssertSelected(adapter, ["r1", "r2", "r1"], [], one, two);
        AssertSelected(adapter, ["unknown"], []);
        AssertSelected(adapter, ["unknown", "r1"], ["unknown"], one);
    }

    [Fact]
    public async Task SIOA_03_the_rooms_of_a_socket_that_is_gone_are_none_and_its_id_is_not_found()
    {
        await using var sockets = new InMemorySockets();
        var (peer, socket) = sockets.Connect();
        await socket.JoinAsync("r1");
        Assert.True(socket.Rooms.SetEquals([socket.Id, "r1"]));
        peer.Send("1");
        Assert.Null(sockets.Io.Main.FindSocket(socket.Id));
        await SocketIOTestServer.UntilAsync(() => socket.Rooms.Count == 0);
        Assert.Null(sockets.Io.Main.FindSocket("unknown"));
    }

    [Fact]
    public async Task SIOA_04_SIOA_05_SIOA_08_exceptions_win_over_rooms()
    {
        await using var sockets = new InMemorySockets();
        var adapter = sockets.Io.Main.Adapter;
        var (_, one) = sockets.Connect();
        var (_, two) = sockets.Connect();
        var (_, three) = sockets.Connect();
        await one.JoinAsync("r1");
        await two.JoinAsync("r1", "r2");
        await three.JoinAsync("r2");
        AssertSelected(adapter, [], ["r1"], three);
        AssertSelected(adapter, ["r1"], ["r2"], one);
        AssertSelected(adapter, ["r1", "r2"], [two.Id], one, three);
        AssertSelected(adapter, [], ["r1", "r2"]);
        AssertSelected(adapter, [one.Id, three.Id], ["r2"], one);
        Assert.Equal([one.Id], (await sockets.Io.In("r1").Except("r2").FetchSocketsAsync()).Select(socket => socket.Id));
    }

    [Fact]
    public async Task SIOA_07_all_sockets_are_found_and_those_in_middlewares_are_not()
    {
        await using var sockets = new InMemorySockets();
        var (_, one) = sockets.Connect();
        var (_, two) = sockets.Connect();
        sockets.Io.Use((_, _) => new TaskCompletionSource().Task);
        sockets.Open().Send("0");
        Assert.Equal(new[] { one.Id, two.Id }.Order(), (await sockets.Io.FetchSocketsAsync()).Select(socket => socket.Id).Order());
    }

    [Fact]
    public void SIOA_05_SIOA_06_the_frames_of_a_packet_are_made_once_header_and_payload()
    {
        var format = new PacketCodec(new JsonPacketFormat(), new(System.Text.Json.JsonSerializerDefaults.Web));
        Assert.Equal([0x81, 0x04, .. "4123"u8], OutboundMessage.Text("123").WebSocketFrames.ToArray());
        var text = OutboundMessage.FromPacket(format.EncodeEvent("/", "a", null, [1]));
        Assert.Equal([0x81, 0x09, .. "42[\"a\",1]"u8], text.WebSocketFrames.ToArray());
        Assert.Equal("42[\"a\",1]"u8, text.PollingPayload);

        // Polling and WebSocket read the same bytes; a packet with attachments has a polling form of its own, made when it is first asked for.
        Assert.True(text.WebSocketFrames.Overlaps(text.PollingPayload));
        var binary = OutboundMessage.FromPacket(format.EncodeEvent("/", "a", null, [new byte[] { 1, 2, 3 }]));
        Assert.Equal([0x82, 0x03, 1, 2, 3], binary.WebSocketFrames[^5..].ToArray());
        Assert.EndsWith("\u001ebAQID", System.Text.Encoding.UTF8.GetString(binary.PollingPayload), StringComparison.Ordinal);
        Assert.True(binary.PollingPayload == binary.PollingPayload);
    }

    [Fact]
    public async Task SIOA_09_SIOA_10_a_room_is_created_with_its_first_socket_only()
    {
        await using var sockets = new InMemorySockets();
        var (one, two, changes) = ConnectTwo(sockets);
        await one.JoinAsync("r1");
        Assert.Equal([new(RoomChangeKind.Created, "r1", null), new(RoomChangeKind.Joined, "r1", one.Id)], Take(changes));
        await two.JoinAsync("r1");
        Assert.Equal([new(RoomChangeKind.Joined, "r1", two.Id)], Take(changes));
    }

    [Fact]
    public async Task SIOA_11_SIOA_12_a_socket_joins_once()
    {
        await using var sockets = new InMemorySockets();
        var (one, _, changes) = ConnectTwo(sockets);
        await one.JoinAsync("r1", "r1");
        await one.JoinAsync("r1");
        Assert.Equal([new(RoomChangeKind.Created, "r1", null), new(RoomChangeKind.Joined, "r1", one.Id)], Take(changes));
    }

    [Fact]
    public async Task SIOA_12_a_socket_that_joins_the_room_of_its_id_in_a_middleware_has_joined_it_once()
    {
        await using var sockets = new InMemorySockets();
        var changes = new List<RoomChange>();
        sockets.Io.Main.OnRoomChange(changes.Add);
        sockets.Io.Use(async (socket, next) =>
        {
            await socket.JoinAsync(socket.Id);
            await next();
        });
        sockets.Open().Send("0");
        await SocketIOTestServer.UntilAsync(() => sockets.Io.Main.SocketCount == 1);
        var id = sockets.Io.Main.Sockets.Single().Id;
        await sockets.Io.SocketsLeaveAsync(id);
        Assert.Equal(
            [new(RoomChangeKind.Created, id, null), new(RoomChangeKind.Joined, id, id), new(RoomChangeKind.Left, id, id), new(RoomChangeKind.Deleted, id, null)],
            Take(changes));
    }

    [Fact]
    public async Task SIOA_13_SIOA_16_SIOA_17_who_leaves_is_told_and_the_room_goes_with_the_last()
    {
        await using var sockets = new InMemorySockets();
        var (one, two, changes) = ConnectTwo(sockets);
        await one.JoinAsync("r1");
        await two.JoinAsync("r1");
        Take(changes);
        await one.LeaveAsync("r1");
        await one.LeaveAsync("r1");
        Assert.Equal([new(RoomChangeKind.Left, "r1", one.Id)], Take(changes));
        await two.LeaveAsync("r1");
        Assert.Equal([new(RoomChangeKind.Left, "r1", two.Id), new(RoomChangeKind.Deleted, "r1", null)], Take(changes));
    }

    [Fact]
    public async Task SIOA_14_U_31_a_handler_of_a_leave_may_leave_again_and_join()
    {
        await using var sockets = new InMemorySockets();
        var (one, _, changes) = ConnectTwo(sockets);
        sockets.Io.Main.OnRoomChange(change =>
        {
            if (change is { Kind: RoomChangeKind.Left, Room: "r1" })
            {
                one.LeaveAsync("r1");
                one.JoinAsync("r2");
            }
        });
        await one.JoinAsync("r1");
        Take(changes);
        await one.LeaveAsync("r1");
        Assert.Equal(
            [
                new(RoomChangeKind.Left, "r1", one.Id),
                new(RoomChangeKind.Created, "r2", null),
                new(RoomChangeKind.Joined, "r2", one.Id),
                new(RoomChangeKind.Deleted, "r1", null),
            ],
            Take(changes));
        Assert.True(one.Rooms.SetEquals([one.Id, "r2"]));
    }

    [Fact]
    public async Task SIOA_15_a_socket_that_goes_leaves_all_its_rooms()
    {
        await using var sockets = new InMemorySockets();
        var peer = sockets.Open();
        peer.Send("0");
        var one = sockets.Io.Main.Sockets.Single();
        var (_, two) = sockets.Connect();
        await one.JoinAsync("r1", "r2");
        await two.JoinAsync("r2");
        var changes = new List<RoomChange>();
        sockets.Io.Main.OnRoomChange(changes.Add);
        await one.LeaveAllAsync();
        Assert.Equal(
            [
                new(RoomChangeKind.Left, one.Id, one.Id),
                new(RoomChangeKind.Deleted, one.Id, null),
                new(RoomChangeKind.Left, "r1", one.Id),
                new(RoomChangeKind.Deleted, "r1", null),
                new(RoomChangeKind.Left, "r2", one.Id),
            ],
            Take(changes));
    }

    [Fact]
    public async Task A_handler_of_room_changes_that_throws_is_counted_and_stops_nothing()
    {
        await using var sockets = new InMemorySockets();
        var seen = 0;
        sockets.Io.Main.OnRoomChange(_ => throw new InvalidOperationException("mine"));
        sockets.Io.Main.OnRoomChange(_ => seen++);
        var (_, socket) = sockets.Connect();
        await socket.JoinAsync("room");
        Assert.Contains("room", socket.Rooms);
        Assert.Equal(4, seen);
    }

    [Fact]
    public async Task A_socket_that_left_the_room_of_its_id_is_still_no_receiver_of_its_own_broadcast()
    {
        await using var sockets = new InMemorySockets();
        var (_, one) = sockets.Connect();
        var (_, two) = sockets.Connect();
        await one.LeaveAllAsync();
        AssertSelected(sockets.Io.Main.Adapter, [], [one.Id], two);
        AssertSelected(sockets.Io.Main.Adapter, [one.Id], []);
        AssertSelected(sockets.Io.Main.Adapter, [], [], one, two);
    }

    [Fact]
    public async Task A_selection_keeps_no_socket_alive_in_the_pool()
    {
        await using var sockets = new InMemorySockets();
        var (_, socket) = sockets.Connect();
        var recipients = sockets.Io.Main.Adapter.Select([], []);
        var seen = recipients.Sockets;
        Assert.Same(socket, seen[0]);
        recipients.Dispose();
        Assert.Null(seen[0]);
        recipients.Dispose();
        Assert.Equal(0, recipients.Count);
    }

    private static (ServerSocket One, ServerSocket Two, List<RoomChange> Changes) ConnectTwo(InMemorySockets sockets)
    {
        var (_, one) = sockets.Connect();
        var (_, two) = sockets.Connect();
        var changes = new List<RoomChange>();
        sockets.Io.Main.OnRoomChange(changes.Add);
        return (one, two, changes);
    }

    private static List<RoomChange> Take(List<RoomChange> changes)
    {
        List<RoomChange> taken = [.. changes];
        changes.Clear();
        return taken;
    }

    private static void AssertSelected(LocalAdapter adapter, string[] rooms, string[] except, params ServerSocket[] expected)
    {
        using var recipients = adapter.Select(rooms, except);
        Assert.Equal(expected.Select(socket => socket.Id).Order(), recipients.Sockets.ToArray().Select(socket => socket.Id).Order());
    }
}
