using Sockeye.AspNetCore.Diagnostics;

namespace Sockeye.AspNetCore.Epoll;

/// <summary>
/// Sees that no handler holds a loop up. A thread of its own, not a timer: timers run on the thread pool, which blocking handlers have taken as well. It sleeps while the loops do.
/// </summary>
internal sealed class EpollWatch(EpollEngine engine, TimeSpan patience) : IDisposable
{
    /// <summary>How many rounds without a call make the loops idle.</summary>
    private const int IdleRounds = 50;

    private readonly ManualResetEventSlim _wake = new(initialState: false, spinCount: 0);
    private readonly ManualResetEventSlim _stop = new(initialState: false, spinCount: 0);
    private Thread? _thread;
    private bool _watching;
    private bool _stopping;

    public void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "Sockeye epoll watch" };
        _thread.UnsafeStart();
    }

    /// <summary>A loop has something to do.</summary>
    public void Begin()
    {
        if (!Volatile.Read(ref _watching))
        {
            Volatile.Write(ref _watching, true);
            _wake.Set();
        }
    }

    public void Dispose()
    {
        Volatile.Write(ref _stopping, true);
        _wake.Set();
        _stop.Set();
        _thread?.Join();
        _wake.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        var pause = patience / 2;
        var idle = 0;
        while (!Volatile.Read(ref _stopping))
        {
            if (idle >= IdleRounds)
            {
                Sleep();
                idle = 0;
            }

            var before = Environment.TickCount64;
            if (_stop.Wait(pause))
            {
                return;
            }

            var now = Environment.TickCount64;
            // When this thread did not get the processor either (a collection of garbage, a busy or stopped machine), nothing is known of the loops.
            var isLate = now - before > (3 * (long)pause.TotalMilliseconds);
            foreach (var loop in engine.Loops)
            {
                if (isLate)
                {
                    loop.ForgetProgress();
                }
                else if (loop.CheckProgress(now, (long)patience.TotalMilliseconds))
                {
                    EpollLog.LoopHandedOver(engine.Logger, patience.TotalMilliseconds);
                }
            }

            idle = engine.Loops.All(static loop => loop.IsWaiting) ? idle + 1 : 0;
        }
    }

    private void Sleep()
    {
        _wake.Reset();
        Interlocked.Exchange(ref _watching, false);
        // Either a loop that wakes up sees the flag down, and sets the event; or it is seen here.
        if (!Volatile.Read(ref _stopping) && engine.Loops.All(static loop => loop.IsWaiting))
        {
            _wake.Wait();
        }
    }
}
