using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Transports;

/// <summary>Who answers a waiting poll: several may want to at the same moment, and exactly one does.</summary>
public sealed class PollingTransportTests
{
    private const int Rounds = 1000;

    [Theory]
    [InlineData("release")]
    [InlineData("upgrade")]
    [InlineData("close")]
    public void A_message_that_meets_another_answer_to_the_poll_is_not_lost(string other) => Race(
        (round, transport, queue) =>
        {
            var context = NewContext();
            var poll = transport.HandlePollAsync(context);
            queue.Enqueue(OutboundMessage.Text("a"), isVolatile: false);
            return (transport.Flush, () =>
            {
                Assert.True(poll.Wait(Waiting.Bound, TestContext.Current.CancellationToken));
                var body = BodyOf(context);
                // Either the poll has it, or it waits for the next reader, who can have the lease.
                Assert.True(body == "4a" != (queue.Bytes > 0), $"round {round}: the poll got '{body}', {queue.Bytes} bytes wait");
                Assert.True(queue.TryLease(new object()), $"round {round}: nobody can have the lease");
            }
            );
        },
        transport =>
        {
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
        });

    [Fact]
    public void A_poll_that_begins_while_polls_are_released_gets_its_lease_or_its_noop() => Race(
        (round, transport, queue) =>
        {
            Task first = Task.CompletedTask;
            return (() => first = transport.HandlePollAsync(NewContext()), () =>
            {
                transport.ReleasePoll();
                Assert.True(first.Wait(Waiting.Bound, TestContext.Current.CancellationToken));
                var context = NewContext();
                var second = transport.HandlePollAsync(context);
                queue.Enqueue(OutboundMessage.Text("a"), isVolatile: false);
                transport.Flush();
                Assert.True(second.Wait(Waiting.Bound, TestContext.Current.CancellationToken), $"round {round}: the lease is held by a poll that is over");
                Assert.Equal("4a", BodyOf(context));
            }
            );
        },
        static transport => transport.ReleasePoll());

    [Fact]
    public async Task A_poll_that_meets_the_clients_close_is_released_here_or_expected_later_never_both()
    {
        for (var round = 0; round < 2000; round++)
        {
            var owner = new Owner();
            var transport = new PollingTransport(owner, new PollingForm(Protocol: 4, Base64: false, JsonpIndex: null), new PollingLimits(1000, 10, null));
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
            start.SignalAndWait(TestContext.Current.CancellationToken);
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
        var transport = new PollingTransport(owner, new PollingForm(Protocol: 4, Base64: false, JsonpIndex: null), new PollingLimits(1000, 10, null));
        var poll = transport.HandlePollAsync(new DefaultHttpContext { Response = { Body = new BrokenStream() } });
        owner.Queue.Enqueue(OutboundMessage.Text("a"), isVolatile: false);
        transport.Flush();
        Assert.True(await poll.Within());
        Assert.Equal("poll connection closed prematurely", owner.Error);
    }

    private static DefaultHttpContext NewContext() => new() { Response = { Body = new MemoryStream() } };

    private static string BodyOf(HttpContext context) => System.Text.Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());

    /// <summary>Lets two threads loose on a transport at the same moment, many times over.</summary>
    private static void Race(Func<int, PollingTransport, OutboundQueue, (Action Mine, Action Check)> prepare, Action<PollingTransport> other)
    {
        PollingTransport? transport = null;
        using var gate = new Barrier(2);
        var racer = new Thread(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                if (!gate.SignalAndWait(Waiting.Bound))
                {
                    return;
                }

                other(transport!);
                gate.SignalAndWait(Waiting.Bound);
            }
        });
        racer.Start();
        for (var round = 0; round < Rounds; round++)
        {
            var owner = new Owner();
            transport = new PollingTransport(owner, new PollingForm(Protocol: 4, Base64: false, JsonpIndex: null), new PollingLimits(1000, 10, null));
            var (mine, check) = prepare(round, transport, owner.Queue);
            gate.SignalAndWait(Waiting.Bound, TestContext.Current.CancellationToken);
            mine();
            gate.SignalAndWait(Waiting.Bound, TestContext.Current.CancellationToken);
            check();
        }

        racer.Join();
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
