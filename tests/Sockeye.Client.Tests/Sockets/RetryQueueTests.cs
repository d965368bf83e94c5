using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>The official <c>_addToQueue</c> and <c>_drainQueue</c>, step by step.</summary>
public sealed class RetryQueueTests
{
    private readonly OfflineBuffer _budget = new("/", 3, 100_000);

    [Fact]
    public void One_at_a_time_in_order()
    {
        var queue = new RetryQueue(3, _budget);
        var (first, second) = (Event("a"), Event("b"));
        queue.Add(first);
        queue.Add(second);
        Assert.Same(first, queue.TryTakeNext(force: false));
        Assert.Null(queue.TryTakeNext(force: false));
        Assert.True(queue.TryComplete(first));
        Assert.Same(second, queue.TryTakeNext(force: false));
        Assert.True(queue.TryComplete(second));
        Assert.Null(queue.TryTakeNext(force: false));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void A_failed_try_is_made_again_until_the_tries_are_used_up()
    {
        var queue = new RetryQueue(2, _budget);
        var (first, second) = (Event("a"), Event("b"));
        queue.Add(first);
        queue.Add(second);
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            Assert.Same(first, queue.TryTakeNext(force: false));
            Assert.False(queue.FailTry(first));
            Assert.Equal(attempt, first.TryCount);
        }

        Assert.Same(first, queue.TryTakeNext(force: false));
        Assert.True(queue.FailTry(first));
        Assert.Equal(3, first.TryCount);
        Assert.Same(second, queue.TryTakeNext(force: false));
    }

    [Fact]
    public void After_a_reconnection_what_was_on_its_way_goes_again()
    {
        var queue = new RetryQueue(1, _budget);
        var first = Event("a");
        queue.Add(first);
        Assert.Same(first, queue.TryTakeNext(force: false));
        Assert.Null(queue.TryTakeNext(force: false));
        Assert.Same(first, queue.TryTakeNext(force: true));
        Assert.Equal(2, first.TryCount);
    }

    [Fact]
    public void Acknowledgements_and_failures_of_earlier_tries_change_nothing()
    {
        var queue = new RetryQueue(1, _budget);
        var (first, second) = (Event("a"), Event("b"));
        queue.Add(first);
        queue.Add(second);
        queue.TryTakeNext(force: false);
        Assert.True(queue.TryComplete(first));
        Assert.False(queue.TryComplete(first));
        Assert.False(queue.FailTry(first));
        Assert.Equal(1, queue.Count);
        Assert.False(second.Pending);
    }

    [Fact]
    public void What_waits_can_be_abandoned_and_what_is_on_its_way_cannot()
    {
        var queue = new RetryQueue(1, _budget);
        var (first, second) = (Event("a"), Event("b"));
        queue.Add(first);
        queue.Add(second);
        queue.TryTakeNext(force: false);
        queue.Abandon(first.User);
        queue.Abandon(second.User);
        queue.Abandon(second.User);
        Assert.Equal(1, queue.Count);
        Assert.True(queue.TryComplete(first));
        Assert.Null(queue.TryTakeNext(force: false));
    }

    [Fact]
    public void Its_events_count_in_the_buffer()
    {
        var queue = new RetryQueue(1, _budget);
        queue.Add(Event("a"));
        queue.Add(Event("b"));
        var last = Event("c");
        queue.Add(last);
        Assert.Throws<BufferFullException>(() => queue.Add(Event("d")));
        Assert.Equal(3, queue.Count);
        queue.Abandon(last.User);
        queue.Add(Event("d"));
        Assert.Equal(["a", "b", "d"], queue.TakeAll().Select(static retried => retried.Name));
        Assert.Equal(0, queue.Count);
        for (var i = 0; i < 3; i++)
        {
            queue.Add(Event("e"));
        }
    }

    private static RetriedEvent Event(string name) => new(name, PacketArguments.Empty, outgoing: null, default, new ClientAck<bool>(null, _ => true));
}
