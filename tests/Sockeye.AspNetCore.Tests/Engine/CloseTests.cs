using System.Net;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>How sessions end: who says so, what is still written, and with which reason.</summary>
public sealed class CloseTests
{
    [Theory]
    [InlineData("EIO-S-049", "polling")]
    [InlineData("EIO-S-050", "websocket")]
    public async Task The_server_closes(string id, string transport)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        var end = client.ReceiveUntilEndAsync();
        session.Session.Close();
        var last = await end;
        // A waiting poll gets "1"; one that came later "6" and "1". A WebSocket gets a close frame without a status.
        Assert.True(transport == "websocket" ? last.Length == 0 : last[^1] == "1", id);
        Assert.Equal("forced close", await session.EndReasonAsync());
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task EIO_S_050_a_server_close_has_no_status_code()
    {
        await using var host = await EngineHost.StartAsync();
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}");
        await tcp.ReadFrameAsync();
        (await host.Handler.NextAsync()).Session.Close();
        var (opcode, payload) = await tcp.ReadFrameAsync();
        Assert.Equal((0x88, 0), (opcode, payload.Length));
        await tcp.SendFrameAsync(0x88, []);
        Assert.Empty(await tcp.ReadToEndAsync());
    }

    [Theory]
    [InlineData("EIO-S-052", "polling")]
    [InlineData("EIO-S-053", "websocket")]
    public async Task The_client_closes(string id, string transport)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        await client.CloseAsync();
        Assert.Equal((id, "transport close"), (id, await session.EndReasonAsync()));
        await host.WaitForNothingLeftAsync();
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_close_packet_ends_the_session_on_both_transports(string transport)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        await client.SendPacketsAsync("1");
        Assert.Equal("transport close", await session.EndReasonAsync());
        Assert.Equal([], await client.ReceiveUntilEndAsync() is var packets && transport == "polling" ? packets.Where(packet => packet != "6") : packets);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task EIO_S_054_what_follows_a_close_in_the_same_payload_is_not_handled(string transport)
    {
        var handler = new RecordingHandler { Receiving = (session, message) => session.Close() };
        await using var host = await EngineHost.StartAsync(handler: handler);
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        await client.SendPacketsAsync("4first", "4second", "4third");
        Assert.Equal("first", await session.ReceiveAsync());
        await client.ReceiveUntilEndAsync();
        Assert.Equal("forced close", await session.EndReasonAsync());
        Assert.Equal(0, session.Pending);
    }

    [Fact]
    public async Task EIO_S_054_the_clients_close_packet_ends_its_payload()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        await client.SendPacketsAsync("4first", "1", "4second");
        Assert.Equal("transport close", await session.EndReasonAsync());
        Assert.Equal(("first", 0), (await session.ReceiveAsync(), session.Pending));
    }

    [Theory]
    [InlineData("EIO-S-080", "polling")]
    [InlineData("EIO-S-080", "websocket")]
    [InlineData("EIO-S-085", "polling")]
    [InlineData("EIO-S-091", "websocket")]
    public async Task What_was_sent_before_a_close_arrives_before_it(string id, string transport)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        session.Send("a");
        session.Send("b");
        session.Send("c");
        session.Session.Close();
        Assert.False(session.Session.Send(OutboundMessage.Text("too late")), id);
        var packets = await client.ReceiveUntilEndAsync();
        Assert.Equal(transport == "polling" ? ["4a", "4b", "4c", "6", "1"] : ["4a", "4b", "4c"], packets);
        Assert.Equal("forced close", await session.EndReasonAsync());
    }

    [Fact]
    public async Task A_graceful_close_of_a_polling_session_takes_a_poll_for_each_16_packets_and_one_for_the_close()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        for (var i = 0; i < 20; i++)
        {
            session.Send($"{i}");
        }

        session.Session.Close();
        Assert.Equal(Enumerable.Range(0, 16).Select(i => $"4{i}"), (await client.Polling.PollAsync()).Packets);
        Assert.Equal(Enumerable.Range(16, 4).Select(i => $"4{i}"), (await client.Polling.PollAsync()).Packets);
        Assert.Equal(["6", "1"], (await client.Polling.PollAsync()).Packets);
        Assert.Equal("forced close", await session.EndReasonAsync());
        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", (await client.Polling.PollAsync()).Body);
    }

    [Fact]
    public async Task A_close_waits_thirty_seconds_for_a_client_that_does_not_ask()
    {
        await using var host = await EngineHost.StartAsync(options => options.PingInterval = TimeSpan.FromMinutes(5), fakeTime: true);
        var (_, session) = await host.OpenAsync("polling");
        session.Send("never read");
        session.Session.Close();
        host.Time!.Advance(TimeSpan.FromSeconds(29.9));
        Assert.False(session.End.IsCompleted);
        host.Time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("forced close", await session.EndReasonAsync());
        Assert.Equal("close timeout", (await session.End).Detail);
        await host.WaitForNothingLeftAsync();
    }

    [Theory]
    [InlineData("EIO-S-078", "polling", false)]
    [InlineData("EIO-S-079", "polling", true)]
    public async Task Closing_the_server_drops_what_is_queued(string id, string transport, bool isClosing)
    {
        await using var host = await EngineHost.StartAsync();
        using var dropped = host.Kestrel.CollectMetric<long>("Sockeye", "sockeye.engine.messages.dropped");
        var (client, session) = await host.OpenAsync(transport);
        session.Send("lost");
        if (isClosing)
        {
            session.Session.Close();
        }

        host.Server.CloseAll();
        Assert.Equal("forced close", await session.EndReasonAsync());
        Assert.Equal(HttpStatusCode.BadRequest, (await client.Polling.PollAsync()).Status);
        Assert.Equal((id, 1), (id, dropped.GetMeasurementSnapshot().Sum(measurement => measurement.Value)));
    }

    [Fact]
    public async Task EIO_S_043_what_waits_is_counted_until_the_end()
    {
        await using var host = await EngineHost.StartAsync();
        var (_, session) = await host.OpenAsync("polling");
        session.Send("12345");
        Assert.Equal(2 + 6, session.Session.QueuedBytes);
        session.Session.Close(discard: true);
        await session.EndReasonAsync();
        Assert.Equal(0, session.Session.QueuedBytes);
    }

    [Fact]
    public async Task EIO_S_055_a_close_at_the_open_while_the_upgrade_begins_harms_nobody()
    {
        await using var host = await EngineHost.StartAsync(handler: new RecordingHandler { Opening = session => session.Close() });
        var client = host.Polling();
        await client.OpenAsync();
        var session = await host.Handler.NextAsync();
        await using var candidate = await host.CandidateAsync(client.Sid);
        await candidate.SendTextAsync("2probe");
        Assert.Equal("3probe", await candidate.ReceiveTextAsync());
        await candidate.SendTextAsync("5");
        await candidate.WaitForCloseAsync();
        Assert.Equal("forced close", await session.EndReasonAsync());
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task EIO_S_057_a_poll_that_is_cut_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        await using (var tcp = await host.Kestrel.TcpAsync())
        {
            await tcp.SendRequestAsync($"GET {EngineHost.Path}?{client.Polling.Query}");
            tcp.EndSending();
            Assert.Equal("transport error", await session.EndReasonAsync());
        }

        Assert.Equal("poll connection closed prematurely", (await session.End).Detail);
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task EIO_S_058_a_client_that_closes_each_connection_keeps_its_session()
    {
        await using var host = await EngineHost.StartAsync(handler: new RecordingHandler { Echoes = true });
        var (client, session) = await host.OpenAsync("polling");
        for (var i = 0; i < 20; i++)
        {
            var posted = await client.Polling.SendAsync(HttpMethod.Post, client.Polling.Query, new StringContent($"4{i}"), headers => headers.ConnectionClose = true);
            Assert.Equal(HttpStatusCode.OK, posted.Status);
            var polled = await client.Polling.SendAsync(HttpMethod.Get, client.Polling.Query, headers: headers => headers.ConnectionClose = true);
            Assert.Equal($"4{i}", polled.Body);
        }

        Assert.False(session.End.IsCompleted);
    }

    [Fact]
    public async Task EIO_S_064_a_body_that_does_not_end_is_cut_when_the_session_closes()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.SendRequestAsync($"POST {EngineHost.Path}?{client.Polling.Query}", "Content-Length: 1000");
        await tcp.SendAsync("4never");
        var poll = client.Polling.PollAsync();
        session.Session.Close();
        Assert.Equal("1", (await poll).Packets[^1]);
        Assert.Equal("forced close", await session.EndReasonAsync());
        await tcp.ReadToEndAsync();
        await host.Kestrel.StopAsync();
    }

    [Fact]
    public async Task EIO_S_065_a_post_of_bytes_is_refused_and_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        using var body = new ByteArrayContent([1, 2, 3]);
        body.Headers.ContentType = new("application/octet-stream");
        var response = await client.Polling.PostAsync(body);
        Assert.Equal((HttpStatusCode.BadRequest, ""), (response.Status, response.Body));
        Assert.Equal(("transport error", "invalid content"), (await session.EndReasonAsync(), (await session.End).Detail));
    }

    [Theory]
    [InlineData("EIO-S-072", "websocket", "hello")]
    [InlineData("EIO-S-072", "websocket", "")]
    [InlineData("EIO-S-073", "polling", "hello")]
    [InlineData("EIO-S-073", "polling", "")]
    [InlineData("EIO-S-073", "polling", "4a\u001e")]
    [InlineData("EIO-S-073", "polling", "b_")]
    [InlineData("EIO-S-072", "websocket", "b_")]
    public async Task A_packet_that_is_none_ends_the_session(string id, string transport, string packet)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        await client.SendPacketsAsync(packet);
        Assert.Equal((id, "parse error"), (id, await session.EndReasonAsync()));
        await client.ReceiveUntilEndAsync();
        await host.WaitForNothingLeftAsync();
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_text_that_is_not_UTF8_ends_the_session(string transport)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        byte[] text = [(byte)'4', 0xC3, 0x28];
        if (transport == "polling")
        {
            Assert.Equal(HttpStatusCode.OK, (await client.Polling.PostAsync(new ByteArrayContent(text))).Status);
            Assert.Equal("parse error", await session.EndReasonAsync());
        }
        else
        {
            await using var tcp = await host.Kestrel.TcpAsync();
            await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}");
            var raw = await host.Handler.NextAsync();
            await tcp.ReadFrameAsync();
            await tcp.SendFrameAsync(0x81, text);
            Assert.Equal([0x03, 0xEF], (await tcp.ReadFrameAsync()).Payload);
            Assert.Equal(("transport error", "WebSocket: InvalidUtf8"), (await raw.EndReasonAsync(), (await raw.End).Detail));
        }
    }

    [Fact]
    public async Task Two_polls_end_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        var polls = await Task.WhenAll(client.Polling.PollAsync(), client.Polling.PollAsync());
        Assert.Single(polls, poll => (poll.Status, poll.Body) == (HttpStatusCode.OK, "1"));
        Assert.Single(polls, poll => (poll.Status, poll.Body) == (HttpStatusCode.BadRequest, ""));
        Assert.Equal(("transport error", "overlap from client"), (await session.EndReasonAsync(), (await session.End).Detail));
    }

    [Fact]
    public async Task Two_posts_end_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.SendRequestAsync($"POST {EngineHost.Path}?{client.Polling.Query}", "Content-Length: 10", "Expect: 100-continue");
        // The server asks for the body: the first POST is being read now.
        Assert.StartsWith("HTTP/1.1 100 ", await tcp.ReadHeadAsync());
        var second = await client.Polling.PostAsync("4b");
        Assert.Equal((HttpStatusCode.BadRequest, ""), (second.Status, second.Body));
        Assert.Equal(("transport error", "data request overlap from client"), (await session.EndReasonAsync(), (await session.End).Detail));
        await tcp.ReadToEndAsync();
    }

    [Fact]
    public async Task A_post_that_is_cut_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.SendRequestAsync($"POST {EngineHost.Path}?{client.Polling.Query}", "Content-Length: 10", "Expect: 100-continue");
        Assert.StartsWith("HTTP/1.1 100 ", await tcp.ReadHeadAsync());
        await tcp.SendAsync("4half");
        tcp.Reset();
        Assert.Equal(("transport error", "data request connection closed prematurely"), (await session.EndReasonAsync(), (await session.End).Detail));
        Assert.Equal(0, session.Pending);
    }

    [Fact]
    public async Task A_websocket_that_is_cut_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("websocket");
        await using var _ = client;
        client.Socket.Abort();
        Assert.Equal("transport close", await session.EndReasonAsync());
        await host.WaitForNothingLeftAsync();
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_handler_that_throws_loses_its_own_session_only(string transport)
    {
        var handler = new RecordingHandler { Receiving = (_, message) => Assert.NotEqual("bang", message) };
        await using var host = await EngineHost.StartAsync(handler: handler);
        var (other, otherSession) = await host.OpenAsync("websocket");
        await using var __ = other;
        var (client, session) = await host.OpenAsync(transport);
        await using var ___ = client;
        await client.SendPacketsAsync("4bang", "4not handled");
        Assert.Equal(("forced close", "the handler threw"), (await session.EndReasonAsync(), (await session.End).Detail));
        Assert.Equal(("bang", 0), (await session.ReceiveAsync(), session.Pending));
        await other.SendAsync("alive");
        Assert.Equal("alive", await otherSession.ReceiveAsync());
        Assert.Single(host.Lines(6));
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_handler_that_throws_at_the_open_and_at_the_close_is_logged(string transport)
    {
        var handler = new RecordingHandler { Opening = _ => throw new InvalidOperationException("open"), Closing = _ => throw new InvalidOperationException("close") };
        await using var host = await EngineHost.StartAsync(handler: handler);
        if (transport == "polling")
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await host.GetAsync(EngineHost.PollingQuery)).Status);
        }
        else
        {
            await using var socket = await host.WebSocketAsync();
            await socket.WaitForCloseAsync();
        }

        Assert.Equal("forced close", await (await host.Handler.NextAsync()).EndReasonAsync());
        await host.WaitForNothingLeftAsync();
        await Eventually.TrueAsync(() => host.Lines(6).Count == 2, () => "two log lines");
    }

    [Fact]
    public async Task A_poll_that_crosses_the_clients_close_on_the_way_is_released_once()
    {
        await using var host = await EngineHost.StartAsync(fakeTime: true);
        var (client, session) = await host.OpenAsync("polling");
        await client.CloseAsync();
        Assert.Equal((HttpStatusCode.OK, "6"), (await client.Polling.PollAsync()) is var late ? (late.Status, late.Body) : default);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.Polling.PollAsync()).Status);
        Assert.Equal("transport close", await session.EndReasonAsync());
        await host.WaitForNothingLeftAsync();

        // It is not waited for longer than a second.
        (client, _) = await host.OpenAsync("polling");
        await client.CloseAsync();
        host.Time!.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.Polling.PollAsync()).Status);
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task Posts_polls_and_a_close_at_the_same_moment_are_all_answered()
    {
        await using var host = await EngineHost.StartAsync();
        for (var round = 0; round < 100; round++)
        {
            var (client, session) = await host.OpenAsync("polling");
            var (polling, posting) = (client.Polling.PollAsync(), client.Polling.PostAsync("4a\u001e4b"));
            session.Session.Close(discard: round % 2 == 0);
            var polled = await polling;
            Assert.True((polled.Status, polled.Body) is (HttpStatusCode.OK, "1" or "6\u001e1") or (HttpStatusCode.BadRequest, _), $"{polled}");
            try
            {
                var posted = await posting;
                Assert.True((posted.Status, posted.Body) is (HttpStatusCode.OK, "ok") or (HttpStatusCode.BadRequest, _), $"{posted}");
            }
            catch (HttpRequestException exception)
            {
                // A body that is being read is cut, as in engine.io.
                Assert.IsType<IOException>(exception.InnerException, exactMatch: false);
            }

            await client.ReceiveUntilEndAsync();
            Assert.Equal("forced close", await session.EndReasonAsync());
        }

        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task Packets_past_the_limit_of_a_payload_end_the_session()
    {
        await using var host = await EngineHost.StartAsync(options => options.MaxPacketsPerPayload = 3);
        var (client, session) = await host.OpenAsync("polling");
        await client.SendPacketsAsync("4a", "4b", "4c");
        Assert.Equal(["a", "b", "c"], [await session.ReceiveAsync(), await session.ReceiveAsync(), await session.ReceiveAsync()]);
        await client.SendPacketsAsync("4a", "4b", "4c", "4d");
        Assert.Equal("parse error", await session.EndReasonAsync());
        Assert.Equal(3, session.Pending);
    }
}
