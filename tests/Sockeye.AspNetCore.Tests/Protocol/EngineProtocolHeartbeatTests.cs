using System.Net;
using Microsoft.Extensions.Time.Testing;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>The heartbeat cases of the official Engine.IO 4 protocol suite, with the suite's own times.</summary>
public sealed class EngineProtocolHeartbeatTests(QuickEngineProtocolServer server) : IClassFixture<QuickEngineProtocolServer>
{
    [Fact]
    public async Task V4_17_polling_heartbeat()
    {
        var client = server.Polling();
        await client.OpenAsync();
        for (var round = 0; round < 3; round++)
        {
            var poll = await client.PollAsync();
            Assert.Equal((HttpStatusCode.OK, "2"), (poll.Status, poll.Body));
            await client.SendPacketsAsync("3");
        }
    }

    [Fact]
    public async Task V4_18_polling_without_a_pong_ends_the_session_at_its_deadline()
    {
        var time = new FakeTimeProvider();
        await using var frozen = new FrozenEngineProtocolServer(time);
        await frozen.InitializeAsync();
        var (inTime, tooLate) = (frozen.Polling(), frozen.Polling());
        await inTime.OpenAsync();
        await tooLate.OpenAsync();

        time.Advance(TimeSpan.FromMilliseconds(300));
        time.Advance(TimeSpan.FromMilliseconds(199));
        var poll = await inTime.PollAsync();
        Assert.Equal((HttpStatusCode.OK, "2"), (poll.Status, poll.Body));

        // Exactly at the sum of interval and timeout, with no timer to help: the request itself finds that the time is over.
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.BadRequest, (await tooLate.PollAsync()).Status);
        Assert.Equal(EngineCloseReason.PingTimeout, (await frozen.Echo.WaitForEndAsync(tooLate.Sid)).Reason);
    }

    [Fact]
    public async Task V4_19_websocket_heartbeat()
    {
        await using var socket = await server.WebSocketAsync();
        await socket.ReceiveHandshakeAsync();
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("2", await socket.ReceiveTextAsync());
            await socket.SendTextAsync("3");
        }
    }

    [Fact]
    public async Task V4_20_websocket_without_a_pong_is_closed()
    {
        await using var socket = await server.WebSocketAsync();
        var sid = (await socket.ReceiveHandshakeAsync()).GetProperty("sid").GetString()!;
        await socket.WaitForCloseAsync();
        Assert.Equal(["2"], socket.TakePending());
        Assert.Equal(EngineCloseReason.PingTimeout, (await server.Echo.WaitForEndAsync(sid)).Reason);
    }

    private sealed class FrozenEngineProtocolServer(FakeTimeProvider time) : EngineProtocolServer(TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(200), time);
}
