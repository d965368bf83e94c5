using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sockeye.AspNetCore.Epoll;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Epoll;

/// <summary>What is thrown on a loop, and what the system refuses.</summary>
public sealed class EpollFailureTests
{
    public static bool IsLinux => EpollServer.IsSupported;

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_write_that_throws_ends_its_session_only()
    {
        await using var test = await LoopTest.StartAsync();
        var session = new Session(test.Turns, static () => throw new InvalidOperationException("write"));
        test.Turns.Schedule(session);
        await SocketIOTestServer.UntilAsync(() => session.Failure is not null);
        Assert.Equal("write", session.Failure!.Message);
        await test.CallAsync().Within();
        Assert.Contains(test.Logs.GetSnapshot(), line => line.Exception?.Message == "write");
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_read_that_throws_ends_the_socket_and_its_session()
    {
        await using var server = await EpollServer.StartAsync();
        var engine = server.Engine();
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var socket = engine.OpenSockets().Single(socket => socket.Handler is EpollWebSocketTransport);
        socket.Handler = new Failing(socket.Handler!);
        socket.Wake();
        await client.Client.Closed.Within();
        await SocketIOTestServer.UntilAsync(() => server.Io().Main.FindSocket(client.Id) is null);
        // The engine counts it no more.
        await SocketIOTestServer.UntilAsync(() => engine.StopAsync(CancellationToken.None).IsCompleted);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_connection_of_http_whose_reading_throws_ends()
    {
        await using var server = await Fixtures.KestrelServer.StartAsync(static _ => { }, web => Microsoft.AspNetCore.Hosting.EpollWebHostBuilderExtensions.UseEpoll(web.WebHost));
        await using var client = await server.TcpAsync();
        await SocketIOTestServer.UntilAsync(() => server.Engine().OpenSockets().Any());
        var socket = server.Engine().OpenSockets().Single();
        socket.Handler = new Failing(socket.Handler!);
        socket.Wake();
        Assert.Empty(await client.ReadToEndAsync());
        // Kestrel waits for its connections.
        await server.StopAsync();
        Assert.DoesNotContain(server.Logs.GetSnapshot(), line => line.Message.Contains("did not shut down", StringComparison.Ordinal) || line.Message.Contains("Some connections failed", StringComparison.Ordinal));
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task Both_limits_of_kestrel_bound_what_http_has_let_go_of()
    {
        foreach (var limit in (Action<KestrelServerLimits, long>[])[static (limits, value) => limits.MaxConcurrentConnections = value, static (limits, value) => limits.MaxConcurrentUpgradedConnections = value])
        {
            var kestrel = new KestrelServerOptions();
            limit(kestrel.Limits, 2);
            await using var test = await LoopTest.StartAsync(kestrel);
            Assert.True(test.Engine.TryReserveDetached());
            Assert.True(test.Engine.TryReserveDetached());
            Assert.False(test.Engine.TryReserveDetached());
            test.Engine.ReleaseDetached();
            Assert.True(test.Engine.TryReserveDetached());
        }
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public void A_thread_is_runnable_while_it_runs_and_nobody_knows_of_others()
    {
        Assert.True(Native.GetThread() > 0);
        Assert.True(Native.IsRunnable(Native.GetThread()));
        Assert.False(Native.IsRunnable(0));
    }

    private sealed class Failing(IEpollHandler handler) : IEpollHandler
    {
        public void OnReady(uint events, Span<byte> scratch) => throw new InvalidOperationException("read");

        public void OnFailed(Exception failure) => handler.OnFailed(failure);
    }
}
