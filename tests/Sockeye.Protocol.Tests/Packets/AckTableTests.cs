using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class AckTableTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Ids_count_from_0_and_a_waiter_is_taken_once()
    {
        var table = new AckTable<string>();
        Assert.Equal(0, table.Add("a", null));
        Assert.Equal(1, table.Add("b", null));
        Assert.Equal(2, table.Count);

        Assert.True(table.TryTake(0, out var waiter));
        Assert.Equal("a", waiter);
        Assert.False(table.TryTake(0, out _));
        Assert.False(table.TryTake(99, out _));
        Assert.False(table.TryTake(-1, out _));
        Assert.Equal(2, table.Add("c", null));
    }

    [Fact]
    public void An_id_from_elsewhere_is_taken_unless_in_use_and_the_next_id_goes_around_it()
    {
        var table = new AckTable<string>();
        Assert.True(table.TryAdd(0, "a", null));
        Assert.True(table.TryAdd(1, "b", null));
        Assert.False(table.TryAdd(1, "c", null));
        Assert.Equal(2, table.Add("d", null));
        Assert.True(table.TryTake(1, out var waiter));
        Assert.Equal("b", waiter);
        Assert.Throws<ArgumentOutOfRangeException>(() => table.TryAdd(-1, "e", null));
    }

    [Fact]
    public void Deadlines_pass_in_order_and_only_once()
    {
        var table = new AckTable<string>();
        table.Add("never", null);
        Assert.Null(table.NextDeadline);
        table.Add("third", 3 * Second);
        table.Add("first", Second);
        table.Add("second", 2 * Second);
        table.Add("second too", 2 * Second);
        Assert.Equal(Second, table.NextDeadline);

        var expired = new List<string>();
        Assert.Equal(0, table.TakeExpired(Second - TimeSpan.FromTicks(1), expired));
        Assert.Equal(3, table.TakeExpired(2 * Second, expired));
        Assert.Equal(["first", "second", "second too"], expired);
        Assert.Equal(3 * Second, table.NextDeadline);
        Assert.Equal(0, table.TakeExpired(2 * Second, expired));
        Assert.Equal(1, table.TakeExpired(100 * Second, expired));
        Assert.Equal(1, table.Count);
        Assert.Null(table.NextDeadline);
    }

    [Fact]
    public void An_acknowledged_waiter_does_not_expire()
    {
        var table = new AckTable<string>();
        var id = table.Add("a", Second);
        table.Add("b", 2 * Second);
        Assert.True(table.TryTake(id, out _));
        Assert.Equal(2 * Second, table.NextDeadline);
        var expired = new List<string>();
        Assert.Equal(1, table.TakeExpired(3 * Second, expired));
        Assert.Equal(["b"], expired);
    }

    [Fact]
    public void An_id_in_use_again_expires_at_its_new_deadline()
    {
        var table = new AckTable<string>();
        var expired = new List<string>();
        table.TryAdd(7, "old", Second);
        table.TryTake(7, out _);
        table.TryAdd(7, "new", 5 * Second);
        Assert.Equal(5 * Second, table.NextDeadline);
        Assert.Equal(0, table.TakeExpired(2 * Second, expired));

        table.TryTake(7, out _);
        table.TryAdd(7, "newest", 5 * Second);
        Assert.Equal(1, table.TakeExpired(5 * Second, expired));
        Assert.Equal(["newest"], expired);
        Assert.Null(table.NextDeadline);
    }

    [Fact]
    public void The_end_takes_all_and_ids_go_on()
    {
        var table = new AckTable<string>();
        table.Add("a", null);
        table.Add("b", Second);
        Assert.Equal(["a", "b"], table.TakeAll().Order());
        Assert.Empty(table.TakeAll());
        Assert.Equal(0, table.Count);
        Assert.Null(table.NextDeadline);
        Assert.Equal(0, table.TakeExpired(2 * Second, new List<string>()));
        Assert.Equal(2, table.Add("c", Second));
        Assert.Equal(Second, table.NextDeadline);
    }

    [Fact]
    public void Acknowledged_waiters_with_long_deadlines_leave_nothing_behind()
    {
        var table = new AckTable<string>();
        for (var i = 0; i < 1000; i++)
        {
            table.TryTake(table.Add("warm", TimeSpan.FromMinutes(1)), out _);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100_000; i++)
        {
            table.TryTake(table.Add("a", TimeSpan.FromMinutes(1)), out _);
        }

        // Kept, they would be a heap of 100,000 entries of 24 bytes and more.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Null(table.NextDeadline);
    }
}
