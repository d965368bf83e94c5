using System.Diagnostics;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Sockeye.AspNetCore.Transports;

/// <summary>A session with something to write.</summary>
internal interface IFlushable
{
    /// <summary>Who writes it, if not the turn in which it was queued.</summary>
    IFlushScheduler Scheduler { get; }

    /// <summary>Writes what is queued. Returns at once.</summary>
    void Flush();

    /// <summary><see cref="Flush"/> has thrown: nothing can be written any more.</summary>
    void OnFlushFailed(Exception exception);
}

/// <summary>Writes sessions on a thread of its own choice, soon.</summary>
internal interface IFlushScheduler
{
    void Schedule(IFlushable session);
}

/// <summary>
/// What one thread does between reading and reading again: first all that was read is parsed, and events go into their sockets' lanes; then the lanes run, on this
/// thread, one after the other; then every session that has something queued is written once. So a message costs no change of threads, and the answers to many leave
/// in one write. Nothing waits long for somebody's handler: a turn that lasts longer than <see cref="MaxDuration"/> is broken up, and what it still holds goes to
/// other threads. One for each thread, used again and again.
/// </summary>
internal class Turn
{
    /// <summary>Longer than a handler that only computes, shorter than what a person notices.</summary>
    public static readonly TimeSpan MaxDuration = TimeSpan.FromMilliseconds(10);

    // What a request's middlewares left in the context of its connection (HttpContextAccessor, activities) is none of the handlers' business.
    private static readonly ExecutionContext CleanContext = CaptureCleanContext();

    [ThreadStatic]
    private static Turn? _ofThread;

    private readonly Lock _gate = new();
    private readonly bool _isWatched;
    private readonly Queue<IThreadPoolWorkItem> _lanes = new();
    private List<IFlushable> _dirty = [];
    private List<IFlushable> _flushing = [];
    private int _depth;
    private long _since;
    private int _count;
    private int _seenCount;
    private bool _isBroken;

    protected Turn(bool isWatched)
    {
        _isWatched = isWatched;
        if (isWatched)
        {
            TurnWatch.Add(this);
        }
    }

    /// <summary>Whether lanes run here at all.</summary>
    protected virtual bool TakesLanes => true;

    /// <summary>How many times what was queued while writing is worked off in the same turn. More goes where it would go without a turn.</summary>
    protected virtual int MaxRounds => int.MaxValue;

    /// <summary>The turn of this thread; null outside of one.</summary>
    public static Turn? Current => _ofThread is { _depth: > 0 } turn ? turn : null;

    /// <summary>This thread's turns are of another kind.</summary>
    protected static void Use(Turn turn) => _ofThread = turn;

    /// <summary>Begins a turn on this thread, or joins the one that it is in.</summary>
    public static Turn Begin()
    {
        var turn = _ofThread ??= new Turn(isWatched: true);
        if (turn._depth++ == 0)
        {
            if (turn._isWatched)
            {
                turn._count++;
                Volatile.Write(ref turn._since, Stopwatch.GetTimestamp());
                TurnWatch.Start();
            }
        }

        return turn;
    }

    /// <summary>Runs a lane at the end of this thread's turn; without one, on the thread pool.</summary>
    public static void Queue(IThreadPoolWorkItem lane)
    {
        if (Current?.TryAdd(lane) is not true)
        {
            ThreadPool.UnsafeQueueUserWorkItem(lane, preferLocal: false);
        }
    }

    /// <summary>Writes a session at the end of this thread's turn; without one, by its own scheduler.</summary>
    public static void Queue(IFlushable session)
    {
        if (Current?.TryAdd(session) is not true)
        {
            session.Scheduler.Schedule(session);
        }
    }

    /// <summary>Waits for the next input, and ends the turn while waiting: whoever reads next does not wait for a handler of this turn.</summary>
    public Suspension Until(ValueTask<ReadResult> read, object home) => new(this, read, home);

    /// <summary>
    /// Runs the lanes and writes the sessions of this turn. Nothing is thrown.
    /// </summary>
    /// <param name="home">A session, or a scheduler whose sessions are written here; the others go to their own schedulers.</param>
    public void End(object home)
    {
        if (_depth > 1)
        {
            _depth--;
            return;
        }

        // What reading queued (the answer to a ping, to a CONNECT) does not wait for handlers.
        Write(home);
        var rounds = MaxRounds;
        do
        {
            RunLanes();
            Write(home);
            // What was queued while writing (by whoever hears that all is written) must not wait for the next turn, which may never come.
        }
        while (--rounds > 0 && HasWork);

        lock (_gate)
        {
            HandOn();
            _depth = 0;
            _since = 0;
            _isBroken = false;
        }
    }

    /// <summary>Takes away what a turn holds for too long. True: there was a turn since the last time.</summary>
    internal bool BreakUp(long now)
    {
        lock (_gate)
        {
            var hasRun = _count != _seenCount;
            _seenCount = _count;
            if (_since == 0 || _isBroken || Stopwatch.GetElapsedTime(_since, now) < MaxDuration)
            {
                return hasRun || _since != 0;
            }

            Break();
        }

        return true;
    }

    /// <summary>Hands on what the turn holds; it takes no more.</summary>
    protected void Break()
    {
        lock (_gate)
        {
            _isBroken = true;
            HandOn();
        }
    }

    protected virtual void Run(IThreadPoolWorkItem lane) => lane.Execute();

    protected virtual void Run(IFlushable session) => session.Flush();

    private bool HasWork
    {
        get
        {
            lock (_gate)
            {
                return _lanes.Count + _dirty.Count > 0;
            }
        }
    }

    private void HandOn()
    {
        while (_lanes.TryDequeue(out var lane))
        {
            ThreadPool.UnsafeQueueUserWorkItem(lane, preferLocal: false);
        }

        foreach (var session in _dirty)
        {
            session.Scheduler.Schedule(session);
        }

        _dirty.Clear();
    }

    private bool TryAdd(IThreadPoolWorkItem lane)
    {
        if (!TakesLanes)
        {
            return false;
        }

        lock (_gate)
        {
            if (!_isBroken)
            {
                _lanes.Enqueue(lane);
            }

            return !_isBroken;
        }
    }

    private bool TryAdd(IFlushable session)
    {
        lock (_gate)
        {
            if (!_isBroken)
            {
                _dirty.Add(session);
            }

            return !_isBroken;
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IThreadPoolWorkItem? lane)
    {
        lock (_gate)
        {
            return _lanes.TryDequeue(out lane);
        }
    }

    private void RunLanes()
    {
        if (!TryTake(out var lane))
        {
            return;
        }

        var context = ExecutionContext.Capture();
        ExecutionContext.Restore(CleanContext);
        do
        {
            Run(lane);
        }
        while (TryTake(out lane));

        if (context is not null)
        {
            ExecutionContext.Restore(context);
        }
    }

    private static ExecutionContext CaptureCleanContext()
    {
        ExecutionContext? context = null;
        var thread = new Thread(() => context = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return context!;
    }

    private void Write(object home)
    {
        lock (_gate)
        {
            if (_dirty.Count == 0)
            {
                return;
            }

            (_dirty, _flushing) = (_flushing, _dirty);
        }

        foreach (var session in _flushing)
        {
            var scheduler = session.Scheduler;
            if (ReferenceEquals(session, home) || ReferenceEquals(scheduler, home))
            {
                Run(session);
            }
            else
            {
                scheduler.Schedule(session);
            }
        }

        _flushing.Clear();
    }

    /// <summary>The wait of <see cref="Until"/>.</summary>
    internal readonly struct Suspension(Turn turn, ValueTask<ReadResult> read, object home) : ICriticalNotifyCompletion
    {
        private readonly ValueTaskAwaiter<ReadResult> _read = read.GetAwaiter();

        // With something to do the turn ends first, also if the next input is there already: another thread reads that meanwhile.
        public bool IsCompleted
        {
            get
            {
                if (!_read.IsCompleted || turn.HasWork)
                {
                    return false;
                }

                turn.End(home);
                return true;
            }
        }

        public Suspension GetAwaiter() => this;

        public ReadResult GetResult() => _read.GetResult();

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation)
        {
            _read.UnsafeOnCompleted(continuation);
            turn.End(home);
        }
    }
}
