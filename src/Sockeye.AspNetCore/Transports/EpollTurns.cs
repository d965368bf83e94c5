using System.Collections.Concurrent;
using Sockeye.AspNetCore.Diagnostics;
using Sockeye.AspNetCore.Epoll;

namespace Sockeye.AspNetCore.Transports;

/// <summary>The turns of one loop, and the sessions that other threads have something to write for: the loop writes them at the end of its turn.</summary>
internal sealed class EpollTurns(EpollLoop loop) : IEpollTurns, IFlushScheduler
{
    private readonly ConcurrentQueue<IFlushable> _dirty = new();

    public EpollLoop Loop => loop;

    /// <summary>Until when (<see cref="Environment.TickCount64"/>) handlers run on the thread pool, because one has blocked the loop.</summary>
    public long CautiousUntil { get; set; }

    public bool HasWork => !_dirty.IsEmpty;

    /// <summary>How many sessions wait.</summary>
    public int Count => _dirty.Count;

    public IEpollTurn Create() => new EpollTurn(this);

    public void Schedule(IFlushable session)
    {
        _dirty.Enqueue(session);
        loop.Wake();
    }

    public bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IFlushable? session) => _dirty.TryDequeue(out session);
}

/// <summary>A turn of an epoll loop: one batch of events. A handler that blocks it loses its loop to another thread, and takes only itself along.</summary>
internal sealed class EpollTurn : Turn, IEpollTurn
{
    /// <summary>How long a loop hands its events to the thread pool after a handler has blocked it: where one blocks, others will.</summary>
    private const int Caution = 1000;

    /// <summary>How often what was queued while writing is worked off before the loop looks after its sockets again.</summary>
    private const int Rounds = 4;

    private readonly EpollTurns _turns;
    private bool _isLost;

    public EpollTurn(EpollTurns turns)
        : base(isWatched: false)
    {
        _turns = turns;
        Use(this);
    }

    protected override int MaxRounds => Rounds;

    protected override bool TakesLanes => _turns.CautiousUntil == 0 || _turns.CautiousUntil < Environment.TickCount64;

    void IEpollTurn.Begin() => Begin();

    bool IEpollTurn.End(bool isOwn)
    {
        _isLost = !isOwn;
        // No more than there are now: others may put in as fast as this takes out.
        for (var i = isOwn ? _turns.Count : 0; i > 0 && _turns.TryTake(out var session); i--)
        {
            Queue(session);
        }

        End(_turns);
        return !_isLost;
    }

    void IEpollTurn.Break()
    {
        _turns.CautiousUntil = Environment.TickCount64 + Caution;
        Break();
    }

    protected override void Run(IThreadPoolWorkItem lane)
    {
        if (_isLost)
        {
            lane.Execute();
        }
        else
        {
            _isLost = !_turns.Loop.TryCall(lane, static lane => lane.Execute());
        }
    }

    protected override void Run(IFlushable session)
    {
        if (_isLost)
        {
            Flush(session);
        }
        else
        {
            _isLost = !_turns.Loop.TryCall((Turn: this, session), static state => state.Turn.Flush(state.session));
        }
    }

    // What is thrown here would end the process.
    private void Flush(IFlushable session)
    {
        try
        {
            session.Flush();
        }
        catch (Exception exception)
        {
            EpollLog.HandlerFailed(_turns.Loop.Engine.Logger, exception);
            session.OnFlushFailed(exception);
        }
    }
}
