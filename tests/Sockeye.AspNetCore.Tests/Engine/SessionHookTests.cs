using System.Collections.Concurrent;
using System.Text;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>What an application hears of one session: conn.on(…) of the official server.</summary>
public sealed class SessionHookTests
{
    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task EIO_S_125_EIO_S_126_each_packet_that_comes_in_is_told_with_its_data(string transport)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        var told = new ConcurrentQueue<string>();
        session.Session.OnPacket((_, type, data, isBinary) => told.Enqueue($"{type} {(isBinary ? Convert.ToHexString(data) : Encoding.UTF8.GetString(data))}"));
        await client.SendPacketsAsync("3", "4a");
        await client.SendAsync([1, 2]);
        Assert.Equal("a", await session.ReceiveAsync());
        Assert.Equal([1, 2], (byte[])await session.ReceiveAsync());
        Assert.Equal(["Pong ", "Message a", "Message 0102"], told);
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task EIO_S_127_EIO_S_128_each_packet_that_is_queued_is_told_pings_too(string transport)
    {
        await using var host = await EngineHost.StartAsync(fakeTime: true);
        var (client, session) = await host.OpenAsync(transport);
        await using var closing = client;
        var told = new ConcurrentQueue<string>();
        session.Session.OnPacketCreate((_, type, data, isBinary) => told.Enqueue($"{type} {(isBinary ? Convert.ToHexString(data) : Encoding.UTF8.GetString(data))}"));
        session.Session.Send(OutboundMessage.Text("a"));
        session.Session.Send(OutboundMessage.Binary(new byte[] { 1, 2 }));
        host.Time!.Advance(TimeSpan.FromSeconds(26));
        await Eventually.TrueAsync(() => told.Count == 3, () => string.Join(", ", told));
        Assert.Equal(["Message a", "Message 0102", "Ping "], told);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task Drain_is_told_when_all_that_was_queued_has_left(string transport)
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync(transport);
        await using var closing = client;
        var drained = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Session.OnDrain(drainedSession => drained.TrySetResult(drainedSession.QueuedBytes));
        session.Session.Send(OutboundMessage.Text("a"));
        Assert.Equal("4a", await client.ReceiveTextAsync());
        Assert.Equal(0, await drained.Task.WaitAsync(Waiting.Bound, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task EIO_S_129_the_upgrade_is_told_and_the_transport_has_its_new_name_then()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("polling");
        await using var closing = client;
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var packets = new ConcurrentQueue<EnginePacketType>();
        session.Session.OnPacket((_, type, _, _) => packets.Enqueue(type));
        session.Session.OnUpgrade(upgraded => told.TrySetResult(upgraded.TransportName));
        await using var socket = await host.CandidateAsync(client.Sid);
        await socket.SendTextAsync("2probe");
        Assert.Equal("3probe", await socket.ReceiveTextAsync());
        await socket.SendTextAsync("5");
        Assert.Equal("websocket", await told.Task.WaitAsync(Waiting.Bound, TestContext.Current.CancellationToken));
        Assert.Empty(packets);
    }

    [Fact]
    public async Task The_close_is_told_once_with_its_reason_and_a_hook_that_throws_harms_nobody()
    {
        await using var host = await EngineHost.StartAsync();
        var (client, session) = await host.OpenAsync("websocket");
        var told = new ConcurrentQueue<EngineCloseReason>();
        session.Session.OnPacket((_, _, _, _) => throw new InvalidOperationException("packet"));
        session.Session.OnClose((_, reason, _) => told.Enqueue(reason));
        await client.SendAsync("a");
        Assert.Equal("a", await session.ReceiveAsync());
        await client.DisposeAsync();
        await Eventually.TrueAsync(() => !told.IsEmpty, () => "close was not told");
        Assert.Equal([EngineCloseReason.TransportClose], told);
        Assert.Contains(host.Lines(7), line => line.Message.Contains("packet", StringComparison.Ordinal));
    }
}
