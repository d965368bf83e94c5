using System.Buffers;
using System.Diagnostics.Tracing;
using Sockeye.Protocol.WebSockets;
using static Sockeye.Protocol.Tests.WebSockets.FrameBytes;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>What reading costs in memory: nothing for an idle connection, nothing for the collector in steady state.</summary>
public sealed class ReaderBufferTests
{
    [Fact]
    public void An_idle_reader_holds_no_pooled_buffer()
    {
        using var pool = new PoolWatch();
        using var server = Reading.Server();
        Feed(server, Masked(Text, "Hello"), WebSocketReadStatus.Text);
        Assert.Equal(0, pool.Held);
        Feed(server, Masked(Ping, "ping"), WebSocketReadStatus.Ping);
        Assert.Equal(0, pool.Held);
        Feed(server, Masked(Binary, new byte[100_000]), WebSocketReadStatus.Binary);
        Assert.Equal(0, pool.Held);

        // A header alone is kept in the reader itself.
        Feed(server, Masked(Text, "Hello")[..5]);
        Assert.Equal(0, pool.Held);
        Feed(server, Masked(Text, "Hello")[5..], WebSocketReadStatus.Text);
        Assert.Equal(0, pool.Held);
        Assert.True(pool.Rented > 0, "The pool was not watched.");
    }

    [Fact]
    public void A_reader_in_the_middle_of_a_message_holds_its_buffer_and_gives_it_back_when_disposed_or_in_error()
    {
        using var pool = new PoolWatch();
        var server = Reading.Server();
        Feed(server, Masked(TextPart, "Hello"));
        Assert.Equal(1, pool.Held);
        Feed(server, Masked(Ping, "ping")[..8]);
        Assert.Equal(2, pool.Held);
        server.Dispose();
        Assert.Equal(0, pool.Held);

        using var failing = Reading.Server();
        Feed(failing, Masked(TextPart, "Hello"));
        Assert.Equal(1, pool.Held);
        Feed(failing, Masked(Text, "again"), WebSocketReadStatus.Error);
        Assert.Equal(0, pool.Held);

        using var closing = Reading.Server();
        Feed(closing, Masked(TextPart, "Hello"));
        Feed(closing, Masked(Close, ""), WebSocketReadStatus.Close);
        Assert.Equal(0, pool.Held);
    }

    [Fact]
    public void An_announcement_alone_takes_no_buffer()
    {
        using var pool = new PoolWatch();
        using var server = Reading.Server();
        Feed(server, Header(Binary, 8, 1_000_000));
        Assert.Equal(0, pool.Held);
    }

    [Fact]
    public void A_message_may_take_no_more_than_twice_its_bytes()
    {
        using var pool = new PoolWatch();
        using var server = Reading.Server();
        var frame = Masked(Binary, new byte[600_000]);
        Feed(server, frame[..5_000]);
        Assert.InRange(pool.LargestRented, 1, 16_384);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reading_allocates_nothing_in_steady_state(bool compressed)
    {
        using var server = Reading.Server(inflater: compressed ? new WebSocketInflater(noContextTakeover: false) : null);
        var text = compressed ? Masked(Text | Rsv1, Convert.FromHexString("F248CDC9C90700")) : Masked(Text, "Hello");
        byte[][] frames = [text, Masked(Ping, "ping"), Masked(TextPart, "Hel"), Masked(LastPart, "lo")];

        // Until the inflater remembers all it ever will: 32 KiB of Hello.
        for (var warm = 0; warm < 7_000; warm++)
        {
            Round(server, frames);
        }

        // The pool may make its list for a thread anew after a collection, once: what costs each time would show in every batch.
        Assert.Contains(0L, Enumerable.Range(0, 5).Select(_ => Allocated()));

        long Allocated()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1_000; i++)
            {
                Round(server, frames);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        static void Round(WebSocketFrameReader reader, byte[][] frames)
        {
            foreach (var frame in frames)
            {
                var input = new ReadOnlySequence<byte>(frame);
                while (reader.Read(ref input) is var status && status != WebSocketReadStatus.NeedMoreData)
                {
                    if (status == WebSocketReadStatus.Text && !reader.Payload.SequenceEqual("Hello"u8))
                    {
                        throw new InvalidOperationException("The reader read something else.");
                    }
                }
            }
        }
    }

    // Without strings and assertions in between, so that nothing else rents on this thread.
    private static void Feed(WebSocketFrameReader reader, byte[] bytes, WebSocketReadStatus? expected = null)
    {
        var input = new ReadOnlySequence<byte>(bytes);
        if (expected is { } status && reader.Read(ref input) != status)
        {
            throw new InvalidOperationException($"The reader did not answer {status}.");
        }

        reader.Read(ref input);
    }

    /// <summary>Counts what this thread rents from the shared array pools and gives back, by the runtime's own events.</summary>
    private sealed class PoolWatch : EventListener
    {
        private readonly int _thread = Environment.CurrentManagedThreadId;

        public int Rented { get; private set; }

        public int Held { get; private set; }

        public int LargestRented { get; private set; }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "System.Buffers.ArrayPoolEventSource")
            {
                EnableEvents(eventSource, EventLevel.Verbose);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (Environment.CurrentManagedThreadId != _thread)
            {
                return;
            }

            switch (eventData.EventName)
            {
                case "BufferRented":
                    Rented++;
                    Held++;
                    LargestRented = Math.Max(LargestRented, (int)eventData.Payload![1]!);
                    break;
                case "BufferReturned":
                    Held--;
                    break;
            }
        }
    }
}
