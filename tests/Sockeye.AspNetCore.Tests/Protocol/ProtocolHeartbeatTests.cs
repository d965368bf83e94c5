using System.Net;
using Microsoft.Extensions.Time.Testing;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>The heartbeat cases of both protocol suites, with the suites' own times where those matter.</summary>
public sealed class ProtocolHeartbeatTests(LivelyProtocolServer lively, QuickProtocolServer quick) : IClassFixture<LivelyProtocolServer>, IClassFixture<QuickProtocolServer>
{
    [Fact]
    public Task V4_17_polling_heartbeat() => lively.Engine.PollingHeartbeatAsync();

    [Fact]
    public Task V5_08_polling_heartbeat() => lively.Socket.PollingHeartbeatAsync();

    [Fact]
    public async Task V4_18_polling_without_a_pong_ends_the_session_at_its_deadline()
    {
        var time = new FakeTimeProvider();
        await using var frozen = await FrozenProtocolServer.StartAsync(time);
        var sid = await PollingPingTimeoutAsync(frozen.Engine, time);
        Assert.Equal(EngineCloseReason.PingTimeout, (await frozen.Echo.WaitForEndAsync(sid)).Reason);
    }

    [Fact]
    public async Task V5_09_polling_without_a_pong_ends_the_session_at_its_deadline()
    {
        var time = new FakeTimeProvider();
        await using var frozen = await FrozenProtocolServer.StartAsync(time);
        await PollingPingTimeoutAsync(frozen.Socket, time);
    }

    [Fact]
    public Task V4_19_websocket_heartbeat() => lively.Engine.WebSocketHeartbeatAsync();

    [Fact]
    public Task V5_10_websocket_heartbeat() => lively.Socket.WebSocketHeartbeatAsync();

    [Fact]
    public async Task V4_20_websocket_without_a_pong_is_closed()
    {
        var sid = await quick.Engine.WebSocketPingTimeoutAsync();
        Assert.Equal(EngineCloseReason.PingTimeout, (await quick.Echo.WaitForEndAsync(sid)).Reason);
    }

    [Fact]
    public async Task V5_11_websocket_without_a_pong_is_closed() => await quick.Socket.WebSocketPingTimeoutAsync();

    private static async Task<string> PollingPingTimeoutAsync(EngineCases cases, FakeTimeProvider time)
    {
        var (inTime, tooLate) = (cases.Polling(), cases.Polling());
        await inTime.OpenAsync();
        await tooLate.OpenAsync();

        time.Advance(TimeSpan.FromMilliseconds(300));
        time.Advance(TimeSpan.FromMilliseconds(199));
        var poll = await inTime.PollAsync();
        Assert.Equal((HttpStatusCode.OK, "2"), (poll.Status, poll.Body));

        // Exactly at the sum of interval and timeout, with no timer to help: the request itself finds that the time is over.
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.BadRequest, (await tooLate.PollAsync()).Status);
        return tooLate.Sid;
    }
}
