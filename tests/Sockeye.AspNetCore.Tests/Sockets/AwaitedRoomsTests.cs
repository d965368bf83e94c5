using Sockeye.AspNetCore.Sockets;

namespace Sockeye.AspNetCore.Tests.Sockets;

public sealed class AwaitedRoomsTests
{
    [Fact]
    public void A_room_is_awaited_until_the_last_of_its_lost_sockets_cannot_come_back()
    {
        var rooms = new AwaitedRooms(TimeSpan.FromSeconds(10));
        rooms.Add(["room", "first"], "first", TimeSpan.Zero);
        rooms.Add(["room", "second"], "second", TimeSpan.FromSeconds(5));
        Assert.False(rooms.TryTakeExpired(TimeSpan.FromSeconds(9), out _, out _));
        Assert.True(rooms.TryTakeExpired(TimeSpan.FromSeconds(10), out var room, out var isPrivate));
        Assert.Equal(("first", true), (room, isPrivate));
        Assert.False(rooms.TryTakeExpired(TimeSpan.FromSeconds(10), out _, out _));
        Assert.True(rooms.Contains("room"));
        Assert.True(rooms.TryTakeExpired(TimeSpan.FromSeconds(15), out room, out isPrivate));
        Assert.Equal(("room", false), (room, isPrivate));
        Assert.True(rooms.TryTakeExpired(TimeSpan.FromSeconds(15), out room, out _));
        Assert.Equal("second", room);
        Assert.False(rooms.TryTakeExpired(TimeSpan.FromSeconds(60), out _, out _));
        Assert.False(rooms.Contains("room"));
    }

    [Fact]
    public void A_room_that_was_lost_twice_at_one_time_is_taken_once()
    {
        var rooms = new AwaitedRooms(TimeSpan.FromSeconds(10));
        rooms.Add(["room"], "first", TimeSpan.Zero);
        rooms.Add(["room"], "second", TimeSpan.Zero);
        Assert.True(rooms.TryTakeExpired(TimeSpan.FromSeconds(10), out _, out _));
        Assert.False(rooms.TryTakeExpired(TimeSpan.FromSeconds(10), out _, out _));
    }
}
