using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Transports;

/// <summary>Who answers a waiting poll: several may want to at the same moment, and exactly one does.</summary>
public sealed class PollingTransportTests
{
    [Theory]
    [InlineData("release")]
    [InlineData("upgrade")]
    [InlineData("close")]
    public async Task A_message_that_meets_another_answer_to_the_poll_is_not_lost(string other)
    {
        for (var round = 0; round < 2000; round++)
        {
            var owner = new Owner();
            var transport = new PollingTransport(owner, new PollingLimits(1000, 10, null));
            var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
            var poll = transport.HandlePollAsync(context);
            using var start = new Barrier(2);
            var racing = Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    switch (other)
                    {
                        case "release":
                            transport.ReleasePoll();
                            break;
                        case "upgrade":
                            transport.Discard(TransportEnd.Upgraded);
                            break;
                        default:
                            transport.TryClose();
                            break;
                    }
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            owner.Queue.Enqueue(OutboundMessage.Text("a"), isVolatile: false);
            start.SignalAndWait();
            transport.Flush();
            await racing.Within();
            await poll.Within();

            var body = System.Text.Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
            // Either the poll has it, or it waits for the next reader, who can have the lease.
            Assert.True(body == "4a" != (owner.Queue.Bytes > 0), $"round {round}: the poll got '{body}', {owner.Queue.Bytes} bytes wait");
            Assert.True(owner.Queue.TryLease(new object()), $"round {round}: the lease is held by nobody");
        }
    }

    [Fact]
    public async Task A_poll_that_begins_while_polls_are_released_gets_its_lease_or_its_noop()
    {
        for (var round = 0; round < 2000; round++)
        {
            var owner = new Owner();
            var transport = new PollingTransport(owner, new PollingLimits(1000, 10, null));
            using var start = new Barrier(2);
            var racing = Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    transport.ReleasePoll();
                    transport.ReleasePoll();
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            start.SignalAndWait();
            var first = transport.HandlePollAsync(new DefaultHttpContext { Response = { Body = new MemoryStream() } });
            await racing.Within();
            transport.ReleasePoll();
            await first.Within();

            var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
            var second = transport.HandlePollAsync(context);
            owner.Queue.Enqueue(OutboundMessage.Text("a"), isVolatile: false);
            transport.Flush();
            await second.Within(what: $"round {round}: the poll to be answered");
            Assert.Equal("4a", System.Text.Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray()));
        }
    }

    [Fact]
    public async Task A_poll_that_meets_the_clients_close_is_released_here_or_expected_later_never_both()
    {
        for (var round = 0; round < 2000; round++)
        {
            var owner = new Owner();
            var transport = new PollingTransport(owner, new PollingLimits(1000, 10, null));
            using var start = new Barrier(2);
            var racing = Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    transport.Discard(TransportEnd.ClosedByPeer);
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            start.SignalAndWait();
            var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
            var isAnswered = await transport.HandlePollAsync(context).Within();
            await racing.Within();

            Assert.Equal(isAnswered ? 0 : 1, owner.LatePolls);
            Assert.Equal(isAnswered ? "6" : "", System.Text.Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray()));
        }
    }

    [Fact]
    public async Task A_poll_whose_answer_cannot_be_written_is_told_to_the_owner()
    {
        var owner = new Owner();
        var transport = new PollingTransport(owner, new PollingLimits(1000, 10, null));
        var poll = transport.HandlePollAsync(new DefaultHttpContext { Response = { Body = new BrokenStream() } });
        owner.Queue.Enqueue(OutboundMessage.Text("a"), isVolatile: false);
        transport.Flush();
        Assert.True(await poll.Within());
        Assert.Equal("poll connection closed prematurely", owner.Error);
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override void Flush() => throw new IOException("gone");

        public override Task FlushAsync(CancellationToken cancellationToken) => throw new IOException("gone");

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("gone");
    }

    private sealed class Owner : ITransportOwner
    {
        public OutboundQueue Queue { get; } = new(1_000_000);

        public string? Error { get; private set; }

        public bool OnPacket(Transport from, EnginePacketType type, bool isBinary, ReadOnlySpan<byte> data) => true;

        public void OnMalformed(Transport from, string detail) => Error = detail;

        public void OnTransportClosed(Transport from, string? error) => Error = error;

        public void OnWritten(Transport from)
        {
        }

        public void OnCloseWritten(Transport from)
        {
        }

        public int LatePolls { get; private set; }

        public void ExpectLatePoll() => LatePolls++;

        public Task WhenReadable() => Task.CompletedTask;

        public IDisposable Schedule(TimeSpan delay, Action callback) => throw new NotSupportedException();
    }
}
