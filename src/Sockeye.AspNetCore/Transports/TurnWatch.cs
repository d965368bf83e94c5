using System.Diagnostics;

namespace Sockeye.AspNetCore.Transports;

/// <summary>
/// Looks after the turns of all threads, on a thread of its own: a timer would need the thread pool, which may be what is busy. It sleeps for good while the server is idle.
/// </summary>
internal static class TurnWatch
{
    /// <summary>Looks without any turn, after which it waits to be woken: waking it costs more than a look.</summary>
    private const int PatientLooks = 100;

    private static readonly Lock Gate = new();
    private static readonly AutoResetEvent Wake = new(false);
    private static WeakReference<Turn>[] _turns = [];
    private static bool _isStarted;
    private static int _isAsleep;

    /// <summary>Watches the turns of one more thread.</summary>
    public static void Add(Turn turn)
    {
        lock (Gate)
        {
            // The threads of a pool come and go.
            _turns = [.. Array.FindAll(_turns, static reference => reference.TryGetTarget(out _)), new WeakReference<Turn>(turn)];
            if (!_isStarted)
            {
                _isStarted = true;
                new Thread(Run) { IsBackground = true, Name = "Sockeye turns" }.UnsafeStart();
            }
        }
    }

    /// <summary>A turn has begun.</summary>
    public static void Start()
    {
        if (Volatile.Read(ref _isAsleep) == 1 && Interlocked.Exchange(ref _isAsleep, 0) == 1)
        {
            Wake.Set();
        }
    }

    private static void Run()
    {
        var idle = 0;
        while (true)
        {
            // There is nothing to wait for: a turn that lasts too long is one whose thread tells nobody anything. Neither does this hold up a stop; a background thread ends with the process.
            Thread.Sleep(Turn.MaxDuration);
            idle = Look() ? 0 : idle + 1;
            if (idle == PatientLooks)
            {
                Interlocked.Exchange(ref _isAsleep, 1);
                // A turn that begins says so and then looks here, without a fence of its own: it begins often.
                Interlocked.MemoryBarrierProcessWide();
                // One that began before it could see that nobody is awake.
                if (!Look())
                {
                    Wake.WaitOne();
                }

                Volatile.Write(ref _isAsleep, 0);
                idle = 0;
            }
        }
    }

    /// <summary>Whether there was a turn since the last look.</summary>
    private static bool Look()
    {
        var now = Stopwatch.GetTimestamp();
        var any = false;
        foreach (var reference in Volatile.Read(ref _turns))
        {
            any |= reference.TryGetTarget(out var turn) && turn.BreakUp(now);
        }

        return any;
    }
}
