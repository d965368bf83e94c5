using System.Diagnostics;

namespace Sockeye.AspNetCore.Transports;

/// <summary>Looks after the turns of all threads, with one timer that runs only while there are any.</summary>
internal static class TurnWatch
{
    private static readonly Lock Gate = new();
    private static readonly Timer Clock = CreateClock();
    private static WeakReference<Turn>[] _turns = [];
    private static int _isRunning;

    /// <summary>Watches the turns of one more thread.</summary>
    public static void Add(Turn turn)
    {
        lock (Gate)
        {
            // The threads of a pool come and go.
            _turns = [.. Array.FindAll(_turns, static reference => reference.TryGetTarget(out _)), new WeakReference<Turn>(turn)];
        }
    }

    /// <summary>A turn has begun.</summary>
    public static void Start()
    {
        if (Volatile.Read(ref _isRunning) == 0 && Interlocked.Exchange(ref _isRunning, 1) == 0)
        {
            Clock.Change(Turn.MaxDuration, Turn.MaxDuration);
        }
    }

    private static Timer CreateClock()
    {
        // It must not carry the context of whoever came first.
        using (ExecutionContext.SuppressFlow())
        {
            return new Timer(static _ => Look(), null, Timeout.Infinite, Timeout.Infinite);
        }
    }

    private static void Look()
    {
        // Before looking: a turn that begins after this starts the clock anew.
        Interlocked.Exchange(ref _isRunning, 0);
        var now = Stopwatch.GetTimestamp();
        var any = false;
        foreach (var reference in Volatile.Read(ref _turns))
        {
            any |= reference.TryGetTarget(out var turn) && turn.BreakUp(now);
        }

        if (any)
        {
            Interlocked.Exchange(ref _isRunning, 1);
        }
        else if (Volatile.Read(ref _isRunning) == 0)
        {
            Clock.Change(Timeout.Infinite, Timeout.Infinite);
            if (Volatile.Read(ref _isRunning) == 1)
            {
                Clock.Change(Turn.MaxDuration, Turn.MaxDuration);
            }
        }
    }
}
