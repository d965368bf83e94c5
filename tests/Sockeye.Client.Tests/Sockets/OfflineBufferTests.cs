using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

public sealed class OfflineBufferTests
{
    // An event costs its bytes and 256 more.
    private const int Cost = 256 + 100;

    [Fact]
    public void Keeps_the_order()
    {
        var buffer = new OfflineBuffer("/", 10, 10_000);
        foreach (var name in (string[])["a", "b", "c"])
        {
            buffer.Add(Event(name));
        }

        Assert.Equal(["a", "b", "c"], Drain(buffer));
        Assert.Null(buffer.First);
    }

    [Fact]
    public void The_number_has_a_bound()
    {
        var buffer = new OfflineBuffer("/chat", 2, 10_000);
        buffer.Add(Event("a"));
        buffer.Add(Event("b"));
        var error = Assert.Throws<BufferFullException>(() => buffer.Add(Event("c")));
        Assert.Contains("\"c\" was not sent: 2 events (712 bytes) wait for the socket of /chat already", error.Message, StringComparison.Ordinal);
        buffer.RemoveFirst();
        buffer.Add(Event("d"));
        Assert.Equal(["b", "d"], Drain(buffer));
    }

    [Fact]
    public void The_bytes_have_a_bound_attachments_included()
    {
        var buffer = new OfflineBuffer("/", 10, Cost + 256 + 200);
        buffer.Add(Event("a"));
        Assert.Throws<BufferFullException>(() => buffer.Add(Event("b", attachment: new byte[101])));
        buffer.Add(Event("b", attachment: new byte[100]));
        Assert.Throws<BufferFullException>(() => buffer.Reserve(1, "c"));
        Assert.Equal(2, buffer.Count);
    }

    [Fact]
    public void Retries_count_too()
    {
        var buffer = new OfflineBuffer("/", 2, 10_000);
        buffer.Reserve(100, "retried");
        buffer.Add(Event("a"));
        Assert.Throws<BufferFullException>(() => buffer.Add(Event("b")));
        buffer.Release(100);
        buffer.Add(Event("b"));
        Assert.Equal(2, buffer.Count);
    }

    [Fact]
    public void The_event_of_an_ack_that_nobody_waits_for_leaves()
    {
        var buffer = new OfflineBuffer("/", 3, 10_000);
        var (first, second) = (new Nobody(), new Nobody());
        buffer.Add(Event("a", first));
        buffer.Add(Event("b", second));
        buffer.Add(Event("c"));
        buffer.Remove(second);
        buffer.Remove(second);
        buffer.Add(Event("d"));
        Assert.Equal(["a", "c", "d"], Drain(buffer));
        Assert.Null(first.Buffered);

        // What has left cannot be taken back.
        buffer.Remove(first);
        Assert.Equal(0, buffer.Count);
    }

    [Fact]
    public void Nothing_is_counted_after_clear()
    {
        var buffer = new OfflineBuffer("/", 1, Cost);
        for (var i = 0; i < 3; i++)
        {
            buffer.Add(Event("a", new Nobody()));
            buffer.Clear();
        }

        Assert.Equal(0, buffer.Count);
    }

    private static BufferedEvent Event(string name, PendingAck? ack = null, byte[]? attachment = null) =>
        new(new EncodedPacket(new byte[100], attachment is null ? [] : [attachment]), Compress: true, name, Outgoing: null, ack);

    private static List<string> Drain(OfflineBuffer buffer)
    {
        var names = new List<string>();
        while (buffer.First is { } next)
        {
            names.Add(next.Name);
            buffer.RemoveFirst();
        }

        return names;
    }

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
