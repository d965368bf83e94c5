using System.Net;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>Ping and pong on a clock that only the test moves.</summary>
public sealed class HeartbeatTests
{
    private static Task<EngineHost> StartAsync() => EngineHost.StartAsync(
        options => (options.PingInterval, options.PingTimeout) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(100)),
        fakeTime: true);

    [Theory]
    [InlineData("EIO-S-045", "websocket")]
    [InlineData("EIO-S-045", "polling")]
    [InlineData("EIO-S-070", "websocket")]
    [InlineData("EIO-S-071", "polling")]
    public async Task A_peer_that_does_not_answer_a_ping_is_given_up(string id, string transport)
    {
        await using var host = await StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        host.Time!.Advance(TimeSpan.FromMilliseconds(300));
        if (transport == "websocket")
        {
            Assert.Equal("2", await client.Socket.ReceiveTextAsync());
        }

        host.Time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(session.End.IsCompleted);
        host.Time.Advance(TimeSpan.FromMilliseconds(21));
        Assert.Equal((id, "ping timeout"), (id, await session.EndReasonAsync()));
        if (transport == "websocket")
        {
            await client.Socket.WaitForCloseAsync();
            Assert.Empty(client.Socket.TakePending());
        }
        else
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await client.Polling.PollAsync()).Status);
        }
    }

    [Fact]
    public async Task EIO_S_046_a_close_of_a_client_that_has_vanished_between_polls_is_a_ping_timeout()
    {
        await using var host = await StartAsync();
        var (_, session) = await host.OpenAsync("polling");
        session.Session.Close();
        host.Time!.Advance(TimeSpan.FromMilliseconds(420));
        Assert.Equal("ping timeout", await session.EndReasonAsync());
    }

    [Theory]
    [InlineData("EIO-S-059", "polling")]
    [InlineData("EIO-S-060", "websocket")]
    [InlineData("EIO-S-063", "polling")]
    [InlineData("EIO-S-063", "websocket")]
    public async Task A_ping_comes_an_interval_after_the_open_and_after_each_pong(string id, string transport)
    {
        await using var host = await StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        for (var round = 0; round < 3; round++)
        {
            host.Time!.Advance(TimeSpan.FromMilliseconds(290));
            Assert.Equal(0, session.Session.QueuedBytes);
            host.Time.Advance(TimeSpan.FromMilliseconds(20));
            Assert.Equal("2", transport == "websocket" ? await client.Socket.ReceiveTextAsync() : (await client.Polling.PollAsync()).Body);
            // Late, but in time.
            host.Time.Advance(TimeSpan.FromMilliseconds(80));
            await client.SendPacketsAsync("3", $"4{round}");
            Assert.Equal($"{round}", await session.ReceiveAsync());
        }

        Assert.False(session.End.IsCompleted, id);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task EIO_S_061_a_close_after_a_heartbeat_is_a_close(string transport)
    {
        await using var host = await StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        host.Time!.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal("2", transport == "websocket" ? await client.Socket.ReceiveTextAsync() : (await client.Polling.PollAsync()).Body);
        await client.SendPacketsAsync("3", "4sign of life");
        await session.ReceiveAsync();
        session.Session.Close();
        await client.ReceiveUntilEndAsync();
        Assert.Equal("forced close", await session.EndReasonAsync());
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_ping_of_the_client_is_against_the_rules(string transport)
    {
        await using var host = await StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        await client.SendPacketsAsync("2");
        Assert.Equal(("transport error", "invalid heartbeat direction"), (await session.EndReasonAsync(), (await session.End).Detail));
    }

    [Fact]
    public async Task A_ping_that_is_outstanding_at_the_upgrade_still_wants_its_pong()
    {
        await using var host = await StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        host.Time!.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal("2", (await client.Polling.PollAsync()).Body);
        await using var candidate = await host.CandidateAsync(client.Sid);
        await candidate.SendTextAsync("2probe");
        Assert.Equal("3probe", await candidate.ReceiveTextAsync());
        await candidate.SendTextAsync("5");
        await Eventually.TrueAsync(() => session.Session.TransportName == "websocket", () => "the upgrade");
        host.Time.Advance(TimeSpan.FromMilliseconds(120));
        Assert.Equal("ping timeout", await session.EndReasonAsync());
        await candidate.WaitForCloseAsync();
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task While_the_server_does_not_read_its_clock_stands_still_and_nothing_is_lost(string transport)
    {
        await using var host = await StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var _ = client;
        session.Session.PauseReading();
        var sent = client.SendPacketsAsync("4a", "4b", "4c");
        for (var i = 0; i < 10; i++)
        {
            host.Time!.Advance(TimeSpan.FromMilliseconds(500));
        }

        Assert.Equal((false, 0), (session.End.IsCompleted, session.Pending));
        session.Session.ResumeReading();
        await sent;
        Assert.Equal(["a", "b", "c"], [await session.ReceiveAsync(), await session.ReceiveAsync(), await session.ReceiveAsync()]);
    }

    [Fact]
    public async Task What_a_client_sent_before_it_closed_is_read_when_the_server_reads_again()
    {
        await using var host = await StartAsync();
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}");
        var session = await host.Handler.NextAsync();
        await tcp.ReadFrameAsync();
        session.Session.PauseReading();
        await tcp.SendFrameAsync(0x81, "4a"u8);
        await tcp.SendFrameAsync(0x81, "4b"u8);
        tcp.EndSending();
        session.Session.ResumeReading();
        Assert.Equal(["a", "b"], [await session.ReceiveAsync(), await session.ReceiveAsync()]);
        Assert.Equal("transport close", await session.EndReasonAsync());
    }

    [Fact]
    public async Task A_session_that_ends_while_it_does_not_read_leaves_nothing_behind()
    {
        await using var host = await StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        session.Session.PauseReading();
        var post = client.Polling.PostAsync("4a");
        session.Session.Close(discard: true);
        // The end may come before, while or after the body is read; while it is read, the end cuts the request.
        Assert.True(await Record.ExceptionAsync(() => post) is HttpRequestException || (await post).Status is HttpStatusCode.OK or HttpStatusCode.BadRequest);
        Assert.Equal("forced close", await session.EndReasonAsync());
        await host.WaitForNothingLeftAsync();
    }
}
