using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

public sealed class PendingAcksTests : IDisposable
{
    private readonly RecordingClock _clock = new();
    private readonly InboundBudget _budget = new(0, 1000);
    private readonly List<long> _timedOut = [];
    private readonly PendingAcks _acks;

    public PendingAcksTests()
    {
        _acks = new PendingAcks(_clock, _budget, ack => _timedOut.Add(ack.Id));
        _budget.Take(1);
    }

    public void Dispose() => _acks.Dispose();

    [Fact]
    public void Each_times_out_when_its_time_has_come()
    {
        _acks.Add(0, new Nobody(), TimeSpan.FromSeconds(3));
        _acks.Add(1, new Nobody(), TimeSpan.FromSeconds(1));
        _acks.Add(2, new Nobody(), Timeout.InfiniteTimeSpan);
        _acks.Add(3, new Nobody(), TimeSpan.FromSeconds(2));
        foreach (var (milliseconds, ids) in ((int, long[])[])[(999, []), (1, [1]), (999, [1]), (1, [1, 3]), (1000, [1, 3, 0]), (1_000_000, [1, 3, 0])])
        {
            _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
            Assert.Equal(ids, _timedOut);
        }

        Assert.Equal(1, _acks.Count);
    }

    [Fact]
    public void One_is_given_out_once()
    {
        var ack = new Nobody();
        _acks.Add(7, ack, TimeSpan.FromSeconds(1));
        Assert.False(_acks.TryTake(8, out _));
        Assert.True(_acks.TryTake(7, out var taken));
        Assert.Same(ack, taken);
        Assert.False(_acks.TryTake(7, out _));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(_timedOut);
        Assert.Empty(_acks.TakeAll(alsoBuffered: true));
    }

    [Fact]
    public void A_disconnect_leaves_those_whose_events_have_not_left_and_their_deadlines()
    {
        var buffer = new OfflineBuffer("/", 10, 10_000);
        var waiting = new Nobody();
        _acks.Add(0, new Nobody(), TimeSpan.FromSeconds(1));
        _acks.Add(1, waiting, TimeSpan.FromSeconds(1));
        buffer.Add(new BufferedEvent(new EncodedPacket(default, []), true, "a", null, waiting));
        Assert.Equal([0], _acks.TakeAll(alsoBuffered: false).Select(ack => ack.Id));
        Assert.Equal(1, _acks.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([1], _timedOut);
    }

    [Fact]
    public void The_connection_is_read_while_one_is_awaited()
    {
        Assert.False(IsReadable);
        _acks.Add(0, new Nobody(), TimeSpan.FromSeconds(1));
        _acks.Add(1, new Nobody(), TimeSpan.FromSeconds(1));
        _acks.Add(2, new Nobody(), TimeSpan.FromSeconds(2));
        Assert.True(IsReadable);
        Assert.True(_acks.TryTake(0, out _));
        Assert.True(IsReadable);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(IsReadable);
        Assert.Single(_acks.TakeAll(alsoBuffered: true));
        Assert.False(IsReadable);
    }

    private bool IsReadable => _budget.WhenReadable().AsTask().IsCompleted;

    private sealed class Nobody : PendingAck
    {
        public override void Complete(PacketArguments arguments)
        {
        }

        public override void Fail(Exception error)
        {
        }
    }
}
