using System.Net;
using System.Text.Json;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>WebTransport, from the host's features up.</summary>
public sealed class WebTransportTests
{
    [Fact]
    public async Task EIO_WT_01_a_session_is_opened_by_the_first_packet()
    {
        await using var host = await WebTransportHost.StartAsync();
        var client = await host.ConnectAsync();
        Assert.Equal(200, client.Status);
        client.OpenStream();
        await client.SendAsync("0");
        var (header, data) = await client.ReceiveFrameAsync();
        Assert.Equal([107], header);
        Assert.Equal("0{"u8, data.AsSpan(0, 2));
        var open = JsonElement.Parse(data.AsSpan(1));
        Assert.Empty(open.GetProperty("upgrades").EnumerateArray());
        var session = (await host.Handler.NextAsync()).Session;
        Assert.Equal("webtransport", session.TransportName);
        Assert.Equal(open.GetProperty("sid").GetString(), session.Id);
        Assert.Equal(4, session.Protocol);
    }

    [Fact]
    public async Task EIO_WT_02_a_polling_session_is_upgraded()
    {
        await using var host = await WebTransportHost.StartAsync();
        var polling = host.Polling();
        await polling.OpenAsync();
        Assert.Equal(["websocket", "webtransport"], polling.Handshake.GetProperty("upgrades").EnumerateArray().Select(name => name.GetString()));
        var session = await host.Handler.NextAsync();
        var client = await host.ConnectAsync();
        client.OpenStream();
        await client.SendAsync($$"""0{"sid":"{{polling.Sid}}"}""");
        await client.SendAsync("2probe");
        var (header, data) = await client.ReceiveFrameAsync();
        Assert.Equal([6], header);
        Assert.Equal("3probe"u8, data);
        session.Send("during");
        await client.SendAsync("5");
        Assert.Equal("4during", await client.ReceiveTextAsync());
        Assert.Equal("webtransport", session.Session.TransportName);
        await client.SendAsync("4a");
        Assert.Equal("a", await session.ReceiveAsync());
        Assert.Equal(HttpStatusCode.BadRequest, (await polling.PollAsync()).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EIO_WT_03_no_stream_or_no_packet_within_the_upgrade_timeout_closes_the_session(bool opensStream)
    {
        await using var host = await WebTransportHost.StartAsync(options => options.UpgradeTimeout = TimeSpan.FromMilliseconds(50), fakeTime: true);
        var client = await host.ConnectAsync();
        if (opensStream)
        {
            client.OpenStream();
            await client.SendBytesAsync(1);
        }

        host.Time!.Advance(TimeSpan.FromMilliseconds(49));
        Assert.False(client.IsClosed);
        host.Time.Advance(TimeSpan.FromMilliseconds(1));
        await client.ClosedAsync();
        Assert.Null(client.AbortCode);
        Assert.Contains("UpgradeTimeout", await host.RefusedAsync("webtransport_handshake_error"), StringComparison.Ordinal);
        await host.WaitForNothingLeftAsync();
    }

    [Theory]
    [InlineData("EIO-WT-04", new byte[] { 1, 2, 3 })]
    [InlineData("a message", new byte[] { 2, 52, 97 })]
    [InlineData("binary", new byte[] { 129, 48 })]
    [InlineData("empty", new byte[] { 0 })]
    [InlineData("larger than a session id needs", new byte[] { 126, 4, 1 })]
    [InlineData("far too large", new byte[] { 127, 0, 31, 255, 255, 255, 255, 255, 255 })]
    public async Task A_first_packet_that_opens_nothing_closes_the_session(string id, byte[] bytes)
    {
        await using var host = await WebTransportHost.StartAsync();
        var client = await host.ConnectAsync();
        client.OpenStream();
        await client.SendBytesAsync(bytes);
        await client.ClosedAsync();
        Assert.Empty(await client.ReceiveRestAsync());
        Assert.NotEmpty(await host.RefusedAsync("webtransport_handshake_error"));
        Assert.Equal((id, 0), (id, host.Handler.Opens));
    }

    [Theory]
    [InlineData("EIO-WT-05", """0{"sid":"11111111111111111111"}""")]
    [InlineData("EIO-WT-06", """0{"sid":"__proto__"}""")]
    [InlineData("no id", "0{}")]
    [InlineData("no JSON", "0x")]
    public async Task An_upgrade_of_an_unknown_session_closes_the_session(string id, string packet)
    {
        await using var host = await WebTransportHost.StartAsync();
        var polling = host.Polling();
        await polling.OpenAsync();
        var client = await host.ConnectAsync();
        client.OpenStream();
        await client.SendAsync(packet);
        await client.ClosedAsync();
        Assert.NotEmpty(await host.RefusedAsync("session_unknown"));
        Assert.Equal((id, 1), (id, host.Handler.Opens));
    }

    [Fact]
    public async Task EIO_WT_08_pings_are_answered()
    {
        await using var host = await WebTransportHost.StartAsync(options => options.PingInterval = TimeSpan.FromMilliseconds(200), fakeTime: true);
        var (client, session) = await host.OpenAsync();
        for (var round = 0; round < 5; round++)
        {
            host.Time!.Advance(TimeSpan.FromMilliseconds(220));
            var (header, data) = await client.ReceiveFrameAsync();
            Assert.Equal([1], header);
            Assert.Equal("2"u8, data);
            await client.SendAsync("3");
            await client.SendAsync($"4{round}");
            Assert.Equal($"{round}", await session.ReceiveAsync());
        }
    }

    [Fact]
    public async Task EIO_WT_09_a_client_that_answers_no_ping_is_given_up()
    {
        await using var host = await WebTransportHost.StartAsync(options => (options.PingInterval, options.PingTimeout) = (TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(300)), fakeTime: true);
        var (client, session) = await host.OpenAsync();
        host.Time!.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal("2", await client.ReceiveTextAsync());
        host.Time.Advance(TimeSpan.FromMilliseconds(280));
        Assert.False(session.End.IsCompleted);
        host.Time.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Equal("ping timeout", await session.EndReasonAsync());
        await client.ClosedAsync();
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task EIO_WT_10_the_server_closes_after_what_it_has_sent()
    {
        await using var host = await WebTransportHost.StartAsync();
        var (client, session) = await host.OpenAsync();
        session.Send("last");
        session.Session.Close();
        Assert.Equal([5, (byte)'4', .. "last"u8], await client.ReceiveRestAsync());
        await client.ClosedAsync();
        Assert.Null(client.AbortCode);
        Assert.Equal("forced close", await session.EndReasonAsync());
        await host.WaitForNothingLeftAsync();
    }

    [Theory]
    [InlineData("EIO-WT-11")]
    [InlineData("the stream ends")]
    [InlineData("the connection is lost")]
    [InlineData("close packet")]
    public async Task A_client_that_closes_is_a_transport_close(string id)
    {
        await using var host = await WebTransportHost.StartAsync();
        var (client, session) = await host.OpenAsync();
        await client.SendAsync("4before");
        Assert.Equal("before", await session.ReceiveAsync());
        switch (id)
        {
            case "EIO-WT-11":
                client.Close();
                break;
            case "the stream ends":
                client.EndStream();
                break;
            case "close packet":
                await client.SendAsync("1");
                break;
            default:
                client.Cut();
                break;
        }

        Assert.Equal("transport close", await session.EndReasonAsync());
        await client.ClosedAsync();
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task EIO_WT_12_text_comes_from_the_client()
    {
        await using var host = await WebTransportHost.StartAsync();
        var (client, session) = await host.OpenAsync();
        await client.SendAsync("4hello");
        Assert.Equal("hello", await session.ReceiveAsync());
    }

    [Fact]
    public async Task EIO_WT_13_text_goes_to_the_client()
    {
        await using var host = await WebTransportHost.StartAsync();
        var (client, session) = await host.OpenAsync();
        session.Send("hello");
        var (header, data) = await client.ReceiveFrameAsync();
        Assert.Equal([6], header);
        Assert.Equal("4hello"u8, data);
    }

    [Fact]
    public async Task EIO_WT_14_four_sends_leave_in_order_and_nothing_waits_after_them()
    {
        await using var host = await WebTransportHost.StartAsync();
        var (client, session) = await host.OpenAsync();
        for (var i = 0; i < 4; i++)
        {
            session.Send($"hello {i}");
        }

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal($"4hello {i}", await client.ReceiveTextAsync());
        }

        Assert.Equal(0, session.Session.QueuedBytes);
        // The transport can take a message again, which volatile ones wait for in vain otherwise.
        await Eventually.TrueAsync(() => session.Session.Send(OutboundMessage.Text("volatile"), isVolatile: true), () => "the write does not end");
        Assert.Equal("4volatile", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task EIO_WT_15_binary_comes_from_the_client()
    {
        await using var host = await WebTransportHost.StartAsync();
        var (client, session) = await host.OpenAsync();
        await client.SendBytesAsync(131);
        await client.SendBytesAsync(1, 2, 3);
        Assert.Equal([1, 2, 3], Assert.IsType<byte[]>(await session.ReceiveAsync()));
    }

    [Fact]
    public async Task EIO_WT_16_binary_goes_to_the_client()
    {
        await using var host = await WebTransportHost.StartAsync();
        var (client, session) = await host.OpenAsync();
        session.Session.Send(OutboundMessage.Binary(new byte[] { 1, 2, 3 }));
        var (header, data) = await client.ReceiveFrameAsync();
        Assert.Equal([131], header);
        Assert.Equal([1, 2, 3], data);
    }

    [Fact]
    public async Task EIO_WT_17_a_million_bytes_come_from_the_client()
    {
        await using var host = await WebTransportHost.StartAsync();
        var (client, session) = await host.OpenAsync();
        var payload = new byte[1_000_000];
        new Random(1).NextBytes(payload);
        await client.SendBytesAsync(255, 0, 0, 0, 0, 0, 15, 66, 64);
        await client.SendBytesAsync(payload);
        Assert.Equal(payload, Assert.IsType<byte[]>(await session.ReceiveAsync()));
    }

    [Fact]
    public async Task EIO_WT_18_a_million_bytes_go_to_the_client_as_it_reads()
    {
        await using var host = await WebTransportHost.StartAsync();
        var (client, session) = await host.OpenAsync(window: 1000);
        var payload = new byte[1_000_000];
        new Random(2).NextBytes(payload);
        session.Session.Send(OutboundMessage.Binary(payload));
        session.Send("after");
        var (header, data) = await client.ReceiveFrameAsync();
        Assert.Equal([255, 0, 0, 0, 0, 0, 15, 66, 64], header);
        Assert.Equal(payload, data);
        Assert.Equal("4after", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task Binary_may_be_base64_and_may_be_empty()
    {
        await using var host = await WebTransportHost.StartAsync();
        var (client, session) = await host.OpenAsync();
        await client.SendAsync("bAQID");
        Assert.Equal([1, 2, 3], Assert.IsType<byte[]>(await session.ReceiveAsync()));
        await client.SendAsync("b");
        Assert.Empty(Assert.IsType<byte[]>(await session.ReceiveAsync()));
        session.Session.Send(OutboundMessage.Binary(ReadOnlyMemory<byte>.Empty));
        Assert.Equal("b", await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("too big", new byte[] { 126, 3, 233 })]
    [InlineData("empty", new byte[] { 0 })]
    [InlineData("no packet", new byte[] { 1, 57 })]
    [InlineData("no UTF-8", new byte[] { 2, 52, 255 })]
    [InlineData("beyond 2^53", new byte[] { 127, 0, 32, 0, 0, 0, 0, 0, 0 })]
    public async Task A_frame_that_breaks_the_rules_is_a_parse_error(string what, byte[] bytes)
    {
        await using var host = await WebTransportHost.StartAsync(options => options.MaxPayload = 1000);
        var (client, session) = await host.OpenAsync();
        await client.SendBytesAsync(bytes);
        Assert.Equal((what, "parse error"), (what, await session.EndReasonAsync()));
        await client.ClosedAsync();
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task Further_streams_are_refused()
    {
        await using var host = await WebTransportHost.StartAsync();
        var client = await host.ConnectAsync();
        await client.OpenFurtherStream(isTwoWay: false);
        client.OpenStream();
        await client.SendAsync("0");
        await client.ReceiveTextAsync();
        var session = await host.Handler.NextAsync();
        await client.OpenFurtherStream(isTwoWay: true);
        await client.OpenFurtherStream(isTwoWay: false);
        await client.SendAsync("4still here");
        Assert.Equal("still here", await session.ReceiveAsync());
    }

    [Fact]
    public async Task A_client_that_leaves_before_its_first_packet_leaves_nothing()
    {
        await using var host = await WebTransportHost.StartAsync(fakeTime: true);
        var client = await host.ConnectAsync();
        client.Close();
        await client.ClosedAsync();
        client = await host.ConnectAsync();
        client.OpenStream();
        await client.SendBytesAsync(1);
        client.Close();
        await client.ClosedAsync();
        await host.StopAsync();
        Assert.Equal(0, host.Handler.Opens);
        Assert.DoesNotContain(host.Logs.GetSnapshot(), record => record.Id.Id == 4 && record.Category == "Sockeye.Engine");
    }

    [Fact]
    public async Task What_came_while_the_session_did_not_read_is_there_when_it_reads_again()
    {
        await using var host = await WebTransportHost.StartAsync();
        var (client, session) = await host.OpenAsync();
        session.Session.PauseReading();
        await client.SendAsync("4a");
        await client.SendAsync("4b");
        client.EndStream();
        Assert.Equal(0, session.Pending);
        session.Session.ResumeReading();
        Assert.Equal("a", await session.ReceiveAsync());
        Assert.Equal("b", await session.ReceiveAsync());
        Assert.Equal("transport close", await session.EndReasonAsync());
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_when_its_queue_is_over_the_budget()
    {
        await using var host = await WebTransportHost.StartAsync(options => options.MaxQueuedBytes = 10_000);
        var (client, session) = await host.OpenAsync(window: 100);
        var message = OutboundMessage.Text(new string('a', 4000));
        var sent = 0;
        while (session.Session.Send(message))
        {
            Assert.True(++sent < 100, "no end");
        }

        await client.ClosedAsync();
        Assert.NotNull(client.AbortCode);
        Assert.Equal("forced close", await session.EndReasonAsync());
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_up_the_close_for_two_seconds()
    {
        await using var host = await WebTransportHost.StartAsync(fakeTime: true);
        var (client, session) = await host.OpenAsync(window: 100);
        session.Send(new string('a', 4000));
        await Eventually.TrueAsync(() => session.Session.QueuedBytes == 0, () => "the message waits");
        session.Session.Close(discard: true);
        Assert.Equal("forced close", await session.EndReasonAsync());
        host.Time!.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Null(client.AbortCode);
        host.Time.Advance(TimeSpan.FromSeconds(0.2));
        await client.ClosedAsync();
        Assert.NotNull(client.AbortCode);
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task A_candidate_that_sends_something_else_is_closed_and_the_session_goes_on()
    {
        await using var host = await WebTransportHost.StartAsync();
        var polling = host.Polling();
        await polling.OpenAsync();
        var client = await host.ConnectAsync();
        client.OpenStream();
        await client.SendAsync($$"""0{"sid":"{{polling.Sid}}"}""");
        await client.SendAsync("4too early");
        await client.ClosedAsync();
        (await host.Handler.NextAsync()).Send("still here");
        Assert.Equal("4still here", (await polling.PollAsync()).Body);
    }

    [Theory]
    [InlineData("upgrading")]
    [InlineData("upgraded")]
    [InlineData("opened by WebTransport")]
    [InlineData("upgrades are off")]
    public async Task A_session_that_cannot_be_upgraded_closes_the_session(string state)
    {
        await using var host = await WebTransportHost.StartAsync(options => options.AllowUpgrades = state != "upgrades are off");
        string sid;
        WebTransportClient? first = null;
        if (state == "opened by WebTransport")
        {
            (first, var session) = await host.OpenAsync();
            sid = session.Session.Id;
        }
        else
        {
            var polling = host.Polling();
            await polling.OpenAsync();
            sid = polling.Sid;
        }

        if (state is "upgrading" or "upgraded")
        {
            first = await host.ConnectAsync();
            first.OpenStream();
            await first.SendAsync($$"""0{"sid":"{{sid}}"}""");
            await first.SendAsync("2probe");
            Assert.Equal("3probe", await first.ReceiveTextAsync());
        }

        if (state is "upgraded")
        {
            await first!.SendAsync("5");
            await first.SendAsync("4a");
            Assert.Equal("a", await (await host.Handler.NextAsync()).ReceiveAsync());
        }

        var second = await host.ConnectAsync();
        second.OpenStream();
        await second.SendAsync($$"""0{"sid":"{{sid}}"}""");
        await second.ClosedAsync();
        Assert.NotEmpty(await host.RefusedAsync("upgrade_not_allowed"));
        Assert.True(host.Server.TryGet(sid, out var live) && live.State is EngineState.Open);
        Assert.True(first is null or { IsClosed: false });
    }

    [Fact]
    public async Task The_stop_of_the_host_ends_sessions_and_handshakes()
    {
        await using var host = await WebTransportHost.StartAsync(fakeTime: true);
        var (open, session) = await host.OpenAsync();
        var silent = await host.ConnectAsync();
        var half = await host.ConnectAsync();
        half.OpenStream();
        await half.SendBytesAsync(1);
        await host.StopAsync();
        await open.ClosedAsync();
        await silent.ClosedAsync();
        await half.ClosedAsync();
        Assert.Equal("forced close", await session.EndReasonAsync());
    }
}
