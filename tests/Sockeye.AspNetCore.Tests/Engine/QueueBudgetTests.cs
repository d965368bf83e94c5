using System.Net;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>A client that does not read what it is sent costs a bounded amount of memory, then its session.</summary>
public sealed class QueueBudgetTests
{
    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_client_that_stops_reading_loses_its_session(string transport)
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxQueuedBytes = 1_000_000);
        using var slow = host.Kestrel.CollectMetric<long>("Sockeye", "sockeye.engine.slow_consumers");
        await using var tcp = await host.Kestrel.TcpAsync(receiveBuffer: 65_536);
        RecordedSession session;
        if (transport == "websocket")
        {
            await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}");
            session = await host.Handler.NextAsync();
        }
        else
        {
            (_, session) = await host.OpenAsync("polling");
        }

        // The kernel takes some megabytes on the server's side, then the queue fills.
        var message = OutboundMessage.Binary(new byte[50_000]);
        var sent = 0;
        await Eventually.TrueAsync(
            () =>
            {
                for (var i = 0; i < 20 && session.Session.Send(message); i++)
                {
                    sent++;
                    // The one that leaves next is not counted.
                    Assert.InRange(session.Session.QueuedBytes, 0, 1_000_000 + message.Size);
                }

                return session.End.IsCompleted;
            },
            () => $"{sent} messages were taken");

        Assert.Equal(("forced close", "the outbound queue is over its budget"), (await session.EndReasonAsync(), (await session.End).Detail));
        Assert.Equal(0, session.Session.QueuedBytes);
        Assert.Equal(1, slow.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        Assert.Equal(LogLevel.Warning, Assert.Single(host.Lines(5)).Level);
        if (transport == "websocket")
        {
            // Cut, not asked to close: it would not read that either.
            await tcp.ReadToEndAsync();
        }

        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task A_client_that_polls_without_reading_the_answers_gets_one_at_a_time()
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxQueuedBytes = 16_000_000);
        var (client, session) = await host.OpenAsync("polling");
        await using var first = await host.Kestrel.TcpAsync(receiveBuffer: 65_536);
        await using var second = await host.Kestrel.TcpAsync(receiveBuffer: 65_536);
        var large = new byte[6_000_000];
        session.Session.Send(OutboundMessage.Binary(large));
        await first.SendRequestAsync($"GET {EngineHost.Path}?{client.Polling.Query}");
        await Eventually.TrueAsync(() => session.Session.QueuedBytes == 0, () => "the first answer is not on its way");

        session.Send("second");
        Task? sent = null;
        await host.ArrivedAsync(() => sent = second.SendRequestAsync($"GET {EngineHost.Path}?{client.Polling.Query}"));
        await sent!;
        await client.SendAsync("meanwhile");
        Assert.Equal("meanwhile", await session.ReceiveAsync());
        Assert.NotEqual(0, session.Session.QueuedBytes);

        // As soon as the first is read, the second is answered.
        await first.ReadHeadAsync();
        await first.ReadExactlyAsync(1 + large.Length / 3 * 4);
        Assert.StartsWith("HTTP/1.1 200 ", await second.ReadHeadAsync());
        Assert.Equal("4second", System.Text.Encoding.UTF8.GetString(await second.ReadExactlyAsync(7)));
        Assert.False(session.End.IsCompleted);
    }

    [Fact]
    public async Task A_message_larger_than_the_budget_goes_when_nothing_else_waits_and_does_not_count()
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxQueuedBytes = 1000);
        var (client, session) = await host.OpenAsync("polling");
        Assert.True(session.Session.Send(OutboundMessage.Text(new string('a', 5000))));
        Assert.Equal(5001, (await client.ReceiveTextAsync()).Length);
        Assert.True(session.Session.Send(OutboundMessage.Text(new string('a', 5000))));
        // It does not count against those that follow, but they do.
        Assert.True(session.Session.Send(OutboundMessage.Text("one more")));
        Assert.False(session.Session.Send(OutboundMessage.Text(new string('a', 1000))));
        Assert.Equal("forced close", await session.EndReasonAsync());
    }

    [Fact]
    public async Task A_poll_is_answered_with_sixteen_packets_at_most_and_the_rest_follows()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        for (var i = 0; i < 40; i++)
        {
            session.Send($"{i}");
        }

        var sizes = new List<int>();
        var packets = new List<string>();
        while (packets.Count < 40)
        {
            var poll = await client.Polling.PollAsync();
            sizes.Add(poll.Packets.Length);
            packets.AddRange(poll.Packets);
        }

        Assert.Equal([16, 16, 8], sizes);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"4{i}"), packets);
    }

    [Fact]
    public async Task A_poll_that_is_cut_while_its_answer_is_written_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxQueuedBytes = 32_000_000);
        var (client, session) = await host.OpenAsync("polling");
        session.Session.Send(OutboundMessage.Binary(new byte[12_000_000]));
        await using var tcp = await host.Kestrel.TcpAsync(receiveBuffer: 65_536);
        await tcp.SendRequestAsync($"GET {EngineHost.Path}?{client.Polling.Query}");
        await tcp.ReadHeadAsync();
        tcp.Reset();
        Assert.Equal(("transport error", "poll connection closed prematurely"), (await session.EndReasonAsync(), (await session.End).Detail));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.Polling.PollAsync()).Status);
        await host.WaitForNothingLeftAsync();
    }
}
