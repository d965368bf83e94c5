using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.AspNetCore.Tests.Transports;

/// <summary>The WebSocket transport on pipes that the test holds, where the moment at which bytes are seen is known.</summary>
public sealed class WebSocketTransportTests
{
    // What the test writes has been looked at when its flush returns.
    private readonly Pipe _input = new(new PipeOptions(readerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
    private readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: 1000, resumeWriterThreshold: 500, useSynchronizationContext: false));
    private readonly Owner _owner = new();

    [Fact]
    public async Task A_message_that_came_while_the_session_did_not_read_is_there_when_it_reads_again()
    {
        var run = Start(out _);
        _owner.Pause();
        await SendAsync("4a");
        await SendAsync("4b");
        Assert.Empty(_owner.Packets);
        _owner.Resume();
        await Eventually(() => _owner.Packets.Count == 2);
        Assert.Equal(["Message a", "Message b"], _owner.Packets);
        _input.Writer.Complete();
        await run.Within();
        Assert.Equal(["closed "], _owner.Ends);
    }

    [Fact]
    public async Task Messages_of_one_read_stop_at_the_one_that_stops_the_reading()
    {
        var run = Start(out _);
        _owner.OnData = data => _ = data == "b" ? _owner.Pause() : 0;
        foreach (var packet in new[] { "4a", "4b", "4c" })
        {
            _input.Writer.Write(Frame(packet));
        }

        await _input.Writer.FlushAsync(TestContext.Current.CancellationToken);
        _input.Writer.Complete();
        Assert.Equal(["Message a", "Message b"], _owner.Packets);
        Assert.Empty(_owner.Ends);
        _owner.Resume();
        await run.Within();
        Assert.Equal(["Message a", "Message b", "Message c"], _owner.Packets);
    }

    [Fact]
    public async Task What_the_session_throws_ends_the_transport_and_is_told()
    {
        var run = Start(out _);
        _owner.OnData = _ => throw new NotSupportedException("a defect");
        await SendAsync("4a");
        await Assert.ThrowsAsync<NotSupportedException>(() => run.Within());
        Assert.Equal(["closed a defect"], _owner.Ends);
    }

    [Fact]
    public async Task A_message_larger_than_the_pipe_is_written_as_the_peer_reads()
    {
        var run = Start(out var transport);
        transport.Attach();
        _owner.Queue.Enqueue(OutboundMessage.Text(new string('a', 5000)), isVolatile: false);
        transport.Flush();
        // The write waits, and what is queued meanwhile leaves in the next one.
        for (var i = 0; i < 3; i++)
        {
            _owner.Queue.Enqueue(OutboundMessage.Text($"{i}"), isVolatile: false);
            transport.Flush();
        }

        Assert.NotEqual(0, _owner.Queue.Bytes);
        var bytes = await ReadAsync(5000 + 5 + (3 * 4));
        Assert.Equal("40", Encoding.UTF8.GetString(bytes, 5005 + 2, 2));
        Assert.Equal(0, _owner.Queue.Bytes);
        _input.Writer.Complete();
        await run.Within();
    }

    [Fact]
    public async Task A_flood_of_pings_holds_one_pong()
    {
        var run = Start(out var transport);
        transport.Attach();
        _owner.Queue.Enqueue(OutboundMessage.Text(new string('a', 5000)), isVolatile: false);
        transport.Flush();
        for (var i = 0; i < 1000; i++)
        {
            _input.Writer.Write<byte>([0x89, 0x84, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes($"{i:0000}")]);
            await _input.Writer.FlushAsync(TestContext.Current.CancellationToken);
        }

        var bytes = await ReadAsync(5005 + 6);
        Assert.Equal("0999", Encoding.ASCII.GetString(bytes, 5005 + 2, 4));
        _input.Writer.Complete();
        await run.Within();
        Assert.False(_output.Reader.TryRead(out var rest) && !rest.Buffer.IsEmpty, "a second pong");
    }

    [Fact]
    public async Task The_deadline_of_the_close_is_gone_when_the_peer_has_answered()
    {
        var run = Start(out var transport);
        transport.Discard(TransportEnd.Closed);
        Assert.Equal(1, _owner.Timers);
        Assert.Equal([0x88, 0x00], await ReadAsync(2));
        _input.Writer.Write<byte>([0x88, 0x80, 0, 0, 0, 0]);
        await _input.Writer.FlushAsync(TestContext.Current.CancellationToken);
        await run.Within();
        Assert.Equal(0, _owner.Timers);
        transport.Discard(TransportEnd.Closed);
        transport.Discard(TransportEnd.Aborted);
        Assert.Equal(0, _owner.Timers);
    }

    private Task Start(out WebSocketTransport transport)
    {
        transport = new WebSocketTransport(_owner, new AcceptedWebSocket(new DefaultHttpContext(), _input.Reader, _output.Writer, OwnsPipes: false, null, 0), new WebSocketReaderLimits(100_000, 100), new WireForm(Protocol: 4, Base64: false));
        return transport.RunAsync();
    }

    private static byte[] Frame(string text) => [0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)];

    private async Task SendAsync(string packet)
    {
        _input.Writer.Write(Frame(packet));
        await _input.Writer.FlushAsync(TestContext.Current.CancellationToken);
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        using var all = new MemoryStream();
        while (all.Length < count)
        {
            var result = await _output.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within(what: $"{count} bytes, {all.Length} are here");
            foreach (var segment in result.Buffer)
            {
                all.Write(segment.Span);
            }

            _output.Reader.AdvanceTo(result.Buffer.End);
        }

        return all.ToArray();
    }

    private static Task Eventually(Func<bool> condition) => AspNetCore.Tests.Engine.Eventually.TrueAsync(condition, () => "in vain");

    private sealed class Owner : ITransportOwner
    {
        private TaskCompletionSource? _readable;
        private int _timers;

        public OutboundQueue Queue { get; } = new(1_000_000);

        public ConcurrentQueue<string> Packets { get; } = new();

        public ConcurrentQueue<string> Ends { get; } = new();

        public Action<string>? OnData { get; set; }

        public int Timers => _timers;

        public int Pause()
        {
            _readable = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return 0;
        }

        public void Resume()
        {
            var readable = _readable;
            _readable = null;
            readable!.SetResult();
        }

        public bool OnPacket(Transport from, EnginePacketType type, bool isBinary, ReadOnlySpan<byte> data)
        {
            var text = Encoding.UTF8.GetString(data);
            Packets.Enqueue($"{type} {text}");
            OnData?.Invoke(text);
            return true;
        }

        public void OnMalformed(Transport from, string detail) => Ends.Enqueue(detail);

        public void OnTransportClosed(Transport from, string? error)
        {
            if (Ends.IsEmpty)
            {
                Ends.Enqueue($"closed {error}");
            }
        }

        public void OnWritten(Transport from)
        {
        }

        public void OnCloseWritten(Transport from)
        {
        }

        public void ExpectLatePoll()
        {
        }

        public Task WhenReadable() => _readable?.Task ?? Task.CompletedTask;

        public IDisposable Schedule(TimeSpan delay, Action callback)
        {
            _timers++;
            return new Timer(this);
        }

        private sealed class Timer(Owner owner) : IDisposable
        {
            public void Dispose() => owner._timers--;
        }
    }
}
