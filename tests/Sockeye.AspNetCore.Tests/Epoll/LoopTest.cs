using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Epoll;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Epoll;

/// <summary>One loop with the turns of the server, whose watch is the test: its own one looks too seldom to matter.</summary>
internal sealed class LoopTest : IAsyncDisposable, IEpollTurns
{
    private readonly WebApplication _app;
    private EpollEngine? _engine;
    private EpollTurns? _turns;
    private IConnectionListener? _listener;

    private LoopTest(WebApplication app) => _app = app;

    public EpollEngine Engine => _engine!;

    public EpollLoop Loop => Engine.Loops[0];

    public EpollTurns Turns => _turns!;

    public bool HasWork => Turns.HasWork;

    public Action? BeforeBreak { get; set; }

    public Action? AfterBreak { get; set; }

    public FakeLogCollector Logs => _app.Services.GetFakeLogCollector();

    public static async Task<LoopTest> StartAsync(KestrelServerOptions? kestrel = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddFakeLogging();
        var test = new LoopTest(builder.Build());
        var services = test._app.Services;
        test._engine = new EpollEngine(
            Options.Create(new EpollOptions { LoopCount = 1, HandOverAfter = TimeSpan.FromMinutes(10) }),
            Options.Create(new SocketTransportOptions()),
            Options.Create(kestrel ?? new KestrelServerOptions()),
            services.GetRequiredService<IMemoryPoolFactory<byte>>(),
            services.GetRequiredService<IHostApplicationLifetime>(),
            services.GetRequiredService<ILoggerFactory>())
        {
            Turns = loop =>
            {
                test._turns = new EpollTurns(loop);
                return test;
            },
        };
        test._listener = await test._engine.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), TestContext.Current.CancellationToken);
        return test;
    }

    /// <summary>Has the loop call, as it calls for a socket.</summary>
    public void Post(Action call) => Loop.Post(new EpollSocket(Loop, -1) { Handler = new Handler(call) });

    /// <summary>The thread that has the loop, once it is free.</summary>
    public Task<Thread> CallAsync()
    {
        var called = new TaskCompletionSource<Thread>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => called.SetResult(Thread.CurrentThread));
        return called.Task;
    }

    /// <summary>What the watch does with a loop that has been in one call for too long.</summary>
    public bool TakeLoop()
    {
        Loop.CheckProgress(now: 0, patience: 10);
        return Loop.CheckProgress(now: 100_000, patience: 10);
    }

    public async ValueTask DisposeAsync()
    {
        await _listener!.DisposeAsync();
        await Task.Run(Engine.Dispose).WaitAsync(Fixtures.Waiting.Bound);
        await _app.DisposeAsync();
    }

    IEpollTurn IEpollTurns.Create() => new HookedTurn(this, Turns.Create());

    private sealed class HookedTurn(LoopTest test, IEpollTurn turn) : IEpollTurn
    {
        public void Begin() => turn.Begin();

        public bool End(bool isOwn) => turn.End(isOwn);

        public void Break()
        {
            test.BeforeBreak?.Invoke();
            turn.Break();
            test.AfterBreak?.Invoke();
        }
    }

    private sealed class Handler(Action call) : IEpollHandler
    {
        public void OnReady(uint events, Span<byte> scratch) => call();

        public void OnFailed(Exception failure)
        {
        }
    }
}

internal sealed class Lane(Action run) : IThreadPoolWorkItem
{
    public void Execute() => run();
}

internal sealed class Session(IFlushScheduler scheduler, Action flush) : IFlushable
{
    private int _flushes;

    public Action? OnScheduler { get; set; }

    public int Flushes => Volatile.Read(ref _flushes);

    public IFlushScheduler Scheduler
    {
        get
        {
            OnScheduler?.Invoke();
            return scheduler;
        }
    }

    public Exception? Failure { get; private set; }

    public void OnFlushFailed(Exception exception) => Failure = exception;

    public void Flush()
    {
        Interlocked.Increment(ref _flushes);
        flush();
    }
}
