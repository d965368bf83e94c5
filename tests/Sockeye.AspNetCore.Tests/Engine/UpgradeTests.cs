using System.Collections.Concurrent;
using System.Net;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>The change from polling to WebSocket, and everything that may cross it.</summary>
public sealed class UpgradeTests
{
    [Fact]
    public async Task EIO_S_129_fifty_messages_each_way_cross_the_upgrade_once_and_in_order()
    {
        var second = new RecordingHandler();
        await using var host = await EngineHost.StartAsync(middleware: app => EngineHost.Map(app, "/foo", second, null));
        using var upgrades = host.Kestrel.CollectMetric<long>("Sockeye", "sockeye.engine.upgrades");
        var (client, session) = await host.OpenAsync("polling");
        await using var upgrading = new UpgradingClient(host, client.Polling);

        var sending = Task.Run(
            async () =>
            {
                for (var i = 0; i < 50; i++)
                {
                    session.Send($"s{i}");
                    await Task.Yield();
                }
            },
            TestContext.Current.CancellationToken);
        await upgrading.RunAsync(50);
        await sending;

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal($"c{i}", await session.ReceiveAsync());
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"4s{i}"), await upgrading.ReceivedAsync(50));
        Assert.Equal(("websocket", "polling"), (session.Session.TransportName, session.Session.Handshake.Query["transport"].ToString()));
        Assert.Equal((1, 0), (upgrades.GetMeasurementSnapshot().Count, second.Opens));
        Assert.False(session.End.IsCompleted);
    }

    [Fact]
    public async Task Messages_of_many_threads_cross_the_upgrade_once_each_and_in_the_order_of_their_thread()
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxQueuedBytes = 100_000_000);
        for (var round = 0; round < 5; round++)
        {
            var (client, session) = await host.OpenAsync("polling");
            await using var upgrading = new UpgradingClient(host, client.Polling);
            var stop = false;
            var counts = new int[3];
            var senders = Enumerable.Range(0, counts.Length).Select(thread => Task.Run(
                async () =>
                {
                    while (!Volatile.Read(ref stop) && counts[thread] < 400)
                    {
                        session.Send($"{thread}:{counts[thread]++}");
                        await Task.Yield();
                    }
                },
                TestContext.Current.CancellationToken)).ToArray();
            await upgrading.RunAsync(10);
            Volatile.Write(ref stop, true);
            await Task.WhenAll(senders);
            session.Send("end");

            var next = new int[counts.Length];
            foreach (var packet in await upgrading.ReceivedAsync(counts.Sum() + 1))
            {
                if (packet != "4end")
                {
                    var (thread, number) = (packet[1] - '0', int.Parse(packet.AsSpan(3), System.Globalization.CultureInfo.InvariantCulture));
                    Assert.Equal(next[thread]++, number);
                }
            }

            Assert.Equal(counts, next);
            session.Session.Close(discard: true);
        }
    }

    [Fact]
    public async Task EIO_S_116_what_is_sent_while_the_upgrade_is_under_way_arrives_once()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        await using var candidate = await ProbeAsync(host, client.Sid);
        session.Send("during");
        await candidate.SendTextAsync("5");
        Assert.Equal("4during", await candidate.ReceiveTextAsync());
        session.Send("after");
        Assert.Equal("4after", await candidate.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_waiting_poll_is_released_with_a_noop_every_100_ms_of_an_upgrade()
    {
        await using var host = await EngineHost.StartAsync(options => options.PingInterval = options.UpgradeTimeout = TimeSpan.FromHours(1), fakeTime: true);
        var (client, session) = await host.OpenAsync("polling");
        await using var candidate = await ProbeAsync(host, client.Sid);
        for (var i = 0; i < 3; i++)
        {
            var poll = client.Polling.PollAsync();
            await WaitForPollAsync(host, session, poll);
            Assert.Equal("6", (await poll).Body);
        }

        await candidate.SendTextAsync("5");
        await Eventually.TrueAsync(() => session.Session.TransportName == "websocket", () => "no upgrade");
    }

    [Fact]
    public async Task A_client_that_upgrades_while_its_poll_waits_gets_the_poll_back()
    {
        await using var host = await EngineHost.StartAsync(fakeTime: true);
        var (client, session) = await host.OpenAsync("polling");
        await using var candidate = await ProbeAsync(host, client.Sid);
        var poll = client.Polling.PollAsync();
        await candidate.SendTextAsync("5");
        var answer = await poll;
        Assert.True((answer.Status, answer.Body) is (HttpStatusCode.OK, "6") or (HttpStatusCode.BadRequest, _), $"{answer.Status} {answer.Body}");
        await Eventually.TrueAsync(() => session.Session.TransportName == "websocket", () => "no upgrade");
        session.Send("on the WebSocket");
        Assert.Equal("4on the WebSocket", await candidate.ReceiveTextAsync());
    }

    [Fact]
    public async Task EIO_S_074_a_close_during_the_upgrade_closes_the_candidate()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        await using var candidate = await ProbeAsync(host, client.Sid);
        session.Session.Close();
        Assert.Equal("1", (await client.ReceiveUntilEndAsync())[^1]);
        await candidate.WaitForCloseAsync();
        Assert.Equal("forced close", await session.EndReasonAsync());
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task EIO_S_075_an_upgrade_that_is_not_finished_in_time_is_closed_and_polling_goes_on()
    {
        await using var host = await EngineHost.StartAsync(options => options.UpgradeTimeout = TimeSpan.FromMilliseconds(100), new RecordingHandler { Echoes = true }, fakeTime: true);
        var (client, session) = await host.OpenAsync("polling");
        await using var candidate = await ProbeAsync(host, client.Sid);
        host.Time!.Advance(TimeSpan.FromMilliseconds(120));
        await candidate.WaitForCloseAsync();
        await client.SendAsync("on");
        Assert.Equal("4on", await client.ReceiveTextAsync());
        Assert.False(session.End.IsCompleted);

        // Another try is welcome.
        await using var again = await ProbeAsync(host, client.Sid);
        await again.SendTextAsync("5");
        await Eventually.TrueAsync(() => session.Session.TransportName == "websocket", () => "no upgrade");
    }

    [Fact]
    public async Task EIO_S_076_a_finished_upgrade_has_no_timeout()
    {
        await using var host = await EngineHost.StartAsync(options => options.UpgradeTimeout = TimeSpan.FromMilliseconds(200), new RecordingHandler { Echoes = true }, fakeTime: true);
        var (client, session) = await host.OpenAsync("polling");
        await using var candidate = await ProbeAsync(host, client.Sid);
        await candidate.SendTextAsync("5");
        await Eventually.TrueAsync(() => session.Session.TransportName == "websocket", () => "no upgrade");
        host.Time!.Advance(TimeSpan.FromMilliseconds(500));
        await candidate.SendTextAsync("4on");
        Assert.Equal("4on", await candidate.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("EIO-S-008", true)]
    [InlineData("a session that began with a WebSocket", false)]
    public async Task A_second_websocket_is_closed_and_the_first_stays(string id, bool upgraded)
    {
        await using var host = await EngineHost.StartAsync(handler: new RecordingHandler { Echoes = true });
        var (client, session) = await host.OpenAsync(upgraded ? "polling" : "websocket");
        await using var first = upgraded ? await ProbeAsync(host, client.Sid) : client.Socket;
        if (upgraded)
        {
            await first.SendTextAsync("5");
            await Eventually.TrueAsync(() => session.Session.TransportName == "websocket", () => "no upgrade");
        }

        await using var second = await host.CandidateAsync(client.Sid);
        await second.WaitForCloseAsync();
        Assert.Empty(second.TakePending());
        await first.SendTextAsync("4first");
        Assert.Equal((id, "4first"), (id, await first.ReceiveTextAsync()));
    }

    [Fact]
    public async Task A_second_candidate_is_closed_and_the_first_goes_on()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        await using var first = await ProbeAsync(host, client.Sid);
        await using var second = await host.CandidateAsync(client.Sid);
        await second.WaitForCloseAsync();
        await first.SendTextAsync("5");
        await Eventually.TrueAsync(() => session.Session.TransportName == "websocket", () => "no upgrade");
    }

    [Theory]
    [InlineData("4hello")]
    [InlineData("5")]
    [InlineData("2")]
    [InlineData("2probes")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task A_candidate_that_does_not_probe_is_closed_and_polling_goes_on(string packet)
    {
        await using var host = await EngineHost.StartAsync(handler: new RecordingHandler { Echoes = true });
        var (client, session) = await host.OpenAsync("polling");
        await using var candidate = await host.CandidateAsync(client.Sid);
        await candidate.SendTextAsync(packet);
        await candidate.WaitForCloseAsync();
        Assert.Empty(candidate.TakePending());
        await client.SendAsync("on");
        Assert.Equal("4on", await client.ReceiveTextAsync());
        Assert.Equal(("polling", "on"), (session.Session.TransportName, await session.ReceiveAsync()));
    }

    [Theory]
    [InlineData("EIO-S-006", false)]
    [InlineData("EIO-S-007", true)]
    public async Task Garbage_right_behind_the_upgrade_request_throws_nothing(string id, bool isUpgrade)
    {
        await using var host = await EngineHost.StartAsync(handler: new RecordingHandler { Echoes = true });
        var (client, _) = await host.OpenAsync("polling");
        await using var tcp = await host.Kestrel.TcpAsync();
        var sid = isUpgrade ? $"&sid={client.Sid}" : "";
        await tcp.SendAsync(
            $"GET {EngineHost.Path}?{EngineHost.WebSocketQuery}{sid} HTTP/1.1\r\nHost: {host.Kestrel.Address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\r\n\r\n\u0001\u0002garbage");
        Assert.StartsWith("HTTP/1.1 101 ", await tcp.ReadHeadAsync());
        tcp.EndSending();
        await tcp.ReadToEndAsync();
        await client.SendAsync("on");
        Assert.Equal((id, "4on"), (id, await client.ReceiveTextAsync()));
        Assert.DoesNotContain(host.Kestrel.Logs.GetSnapshot(), record => record.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
        await Eventually.TrueAsync(() => host.Server.Count == 1, () => $"{host.Server.Count} sessions");
    }

    [Fact]
    public async Task A_candidate_that_is_cut_leaves_the_session_to_polling()
    {
        await using var host = await EngineHost.StartAsync(handler: new RecordingHandler { Echoes = true });
        var (client, _) = await host.OpenAsync("polling");
        var candidate = await ProbeAsync(host, client.Sid);
        candidate.Abort();
        await client.SendAsync("on");
        Assert.Equal("4on", await client.ReceiveTextAsync());
        await candidate.DisposeAsync();
    }

    /// <summary>Lets time pass until a poll that has just been sent is answered: whether it waits already is known to the server only.</summary>
    private static async Task WaitForPollAsync(EngineHost host, RecordedSession session, Task poll)
    {
        await Eventually.TrueAsync(
            () =>
            {
                host.Time!.Advance(TimeSpan.FromMilliseconds(20));
                return poll.IsCompleted;
            },
            () => "the poll was not released");
        Assert.False(session.End.IsCompleted);
    }

    private static async Task<RawWebSocketClient> ProbeAsync(EngineHost host, string sid)
    {
        var candidate = await host.CandidateAsync(sid);
        await candidate.SendTextAsync("2probe");
        Assert.Equal("3probe", await candidate.ReceiveTextAsync());
        return candidate;
    }
}

/// <summary>Upgrades as the official client does: polls until the probe is answered and the poll is released, sends on whichever transport it has.</summary>
internal sealed class UpgradingClient(EngineHost host, RawPollingClient polling) : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _received = new();
    private RawWebSocketClient? _socket;

    /// <summary>Sends numbered messages from before the upgrade until after it.</summary>
    public async Task RunAsync(int messages)
    {
        var sent = 0;
        var stop = false;
        var polls = PollAsync(() => Volatile.Read(ref stop));
        for (; sent < messages / 3; sent++)
        {
            await polling.SendPacketsAsync($"4c{sent}");
        }

        _socket = await host.CandidateAsync(polling.Sid);
        await _socket.SendTextAsync("2probe");
        for (; sent < messages * 2 / 3; sent++)
        {
            await polling.SendPacketsAsync($"4c{sent}");
        }

        Assert.Equal("3probe", await _socket.ReceiveTextAsync());
        Volatile.Write(ref stop, true);
        await polls;
        await _socket.SendTextAsync("5");
        for (; sent < messages; sent++)
        {
            await _socket.SendTextAsync($"4c{sent}");
        }
    }

    /// <summary>All that was received, as soon as it is so much.</summary>
    public async Task<string[]> ReceivedAsync(int count)
    {
        while (_received.Count < count)
        {
            _received.Enqueue(await _socket!.ReceiveTextAsync());
        }

        return [.. _received];
    }

    public ValueTask DisposeAsync() => _socket?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task PollAsync(Func<bool> stop)
    {
        while (!stop())
        {
            var poll = await polling.PollAsync();
            Assert.Equal(HttpStatusCode.OK, poll.Status);
            foreach (var packet in poll.Packets.Where(packet => packet is not ("6" or "2")))
            {
                _received.Enqueue(packet);
            }
        }
    }
}
