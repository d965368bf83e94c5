using Microsoft.Extensions.Time.Testing;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Tests.Engine;

/// <summary>What depends on time, with a clock that the test moves.</summary>
public sealed class EngineClockTests
{
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(45);

    // "open" is told by another thread than the one that sets the timer, which holds the lock until it has.
    private static async Task<EngineSocket> OpenAsync(EngineHost host, RecordingHandler handler, TimeProvider time, Action<EngineSocketOptions>? configure = null)
    {
        var socket = host.Connect(handler, options =>
        {
            options.TimeProvider = time;
            options.Upgrade = false;
            configure?.Invoke(options);
        });
        socket.Open();
        await handler.ExpectAsync("open");
        Assert.Equal(EngineState.Open, socket.State);
        return socket;
    }

    [Theory]
    [InlineData(TransportType.Polling)]
    [InlineData(TransportType.WebSocket)]
    public async Task EIOC_S_09_a_server_without_heartbeat_is_given_up(TransportType transport)
    {
        var time = new FakeTimeProvider();
        await using var host = await EngineHost.EchoAsync(null, greets: false);
        var handler = new RecordingHandler();
        var socket = await OpenAsync(host, handler, time, options => options.Transports = [transport]);
        time.Advance(Overdue - TimeSpan.FromMilliseconds(1));
        Assert.Equal(EngineState.Open, socket.State);
        Assert.False(socket.HasPingExpired());
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(EngineState.Closed, socket.State);
        Assert.Equal(EngineCloseReason.PingTimeout, (await handler.End).Reason);
        await socket.Closed.Within();
    }

    [Fact]
    public async Task EIOC_S_15_a_late_timer_is_found_out_by_the_clock()
    {
        var time = new TimeWithoutTimers();
        await using var host = await EngineHost.EchoAsync(null, greets: false);
        var handler = new RecordingHandler();
        var socket = await OpenAsync(host, handler, time);
        Assert.False(socket.HasPingExpired());
        time.Advance(Overdue);
        Assert.True(socket.HasPingExpired());
        Assert.True(socket.HasPingExpired());
        await handler.ExpectAsync("close ping timeout");
        Assert.True(socket.HasPingExpired());
        await socket.Closed.Within();
        Assert.Empty(handler.Breaches.TakePending());
    }

    [Fact]
    public async Task A_machine_that_slept_is_found_out_by_the_wall_clock()
    {
        var time = new SleepyTime();
        await using var host = await EngineHost.EchoAsync(null, greets: false);
        var handler = new RecordingHandler();
        var socket = await OpenAsync(host, handler, time);
        Assert.False(socket.HasPingExpired());
        time.Slept = TimeSpan.FromHours(1);
        Assert.True(socket.HasPingExpired());
        await handler.ExpectAsync("close ping timeout");
        await socket.Closed.Within();
    }

    [Fact]
    public async Task A_slow_handler_stops_the_clock()
    {
        var time = new FakeTimeProvider();
        await using var host = await EngineHost.EchoAsync();
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var handler = new RecordingHandler
        {
            Message = async (_, _, _) =>
            {
                entered.TrySetResult();
                await release.Task;
            },
        };
        var socket = await OpenAsync(host, handler, time);
        await entered.Task.Within();
        Assert.Equal(EngineState.Open, socket.State);
        time.Advance(Overdue * 3);
        Assert.False(socket.HasPingExpired());
        release.SetResult();
        await handler.ExpectAsync("message hi");
        Assert.Equal("hi", await handler.Messages.TakeAsync());
        socket.Send("still"u8.ToArray(), isBinary: false);
        Assert.Equal("still", await handler.Messages.TakeAsync());
        Assert.False(socket.HasPingExpired());
        await socket.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upgrade_that_hangs_is_given_up_and_the_connection_goes_on(bool afterTheHandshake)
    {
        var time = new FakeTimeProvider();
        var reached = new TaskCompletionSource();
        var script = new ScriptedEngine
        {
            WebSocket = async (socket, aborted) =>
            {
                await ScriptedEngine.ReceiveAsync(socket, aborted);
                reached.SetResult();
                await ScriptedEngine.DrainAsync(socket, aborted);
            },
        };
        await using var host = await EngineHost.ScriptedAsync(async context =>
        {
            if (context.WebSockets.IsWebSocketRequest && !afterTheHandshake)
            {
                reached.SetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return;
            }

            await script.AnswerAsync(context);
        });
        var handler = new RecordingHandler();
        var socket = await OpenAsync(host, handler, time, options => options.Upgrade = true);
        await reached.Task.Within();
        Assert.Equal(EngineState.Open, socket.State);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.StartsWith("probe error", (await handler.UpgradeErrors.TakeAsync()).Error, StringComparison.Ordinal);
        script.Polls.Writer.TryWrite("4still here");
        Assert.Equal("still here", await handler.Messages.TakeAsync());
        socket.Abort();
        await socket.Closed.Within();
    }

    [Theory]
    [InlineData(TransportType.Polling)]
    [InlineData(TransportType.WebSocket)]
    public async Task A_handshake_that_hangs_ends_with_the_RequestTimeout(TransportType transport)
    {
        var time = new FakeTimeProvider();
        await using var host = await EngineHost.ScriptedAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));
        var handler = new RecordingHandler();
        var socket = host.Connect(handler, options => (options.Transports, options.TimeProvider, options.RequestTimeout) = ([transport], time, TimeSpan.FromSeconds(3)));
        socket.Open();
        await host.Requests.TakeAsync();
        time.Advance(TimeSpan.FromSeconds(3));
        var (reason, details) = await handler.End;
        Assert.Equal(EngineCloseReason.TransportError, reason);
        Assert.Contains("RequestTimeout", details!.Error!.Message, StringComparison.Ordinal);
        await socket.Closed.Within();
    }

    [Theory]
    [InlineData(TransportType.Polling)]
    [InlineData(TransportType.WebSocket)]
    public async Task A_server_that_ignores_the_goodbye_is_left_after_the_CloseTimeout(TransportType transport)
    {
        var time = new FakeTimeProvider();
        var script = new ScriptedEngine
        {
            WebSocket = async (socket, aborted) =>
            {
                await ScriptedEngine.SendAsync(socket, ScriptedEngine.OpenPacket);
                await Task.Delay(Timeout.Infinite, aborted);
            },
            BeforePostAnswer = () => Task.Delay(Timeout.Infinite),
        };
        await using var host = await EngineHost.ScriptedAsync(script.AnswerAsync);
        var handler = new RecordingHandler();
        var socket = await OpenAsync(host, handler, time, options => options.Transports = [transport]);
        socket.Close();
        await handler.ExpectAsync("close forced close");
        while (!socket.Closed.IsCompleted)
        {
            // The limit may not have been set yet: time goes on until it has passed.
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        await socket.Closed.Within();
    }

    private sealed class TimeWithoutTimers : FakeTimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) is var timer ? new Deaf(timer) : throw new InvalidOperationException();

        private sealed class Deaf(ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }

    private sealed class SleepyTime : TimeProvider
    {
        public TimeSpan Slept { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Slept;
    }
}
