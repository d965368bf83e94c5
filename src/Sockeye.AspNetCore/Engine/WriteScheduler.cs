using System.Collections.Concurrent;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// The sessions that have something queued and no writer at work yet, each listed once. One work item drains the list. An idle server writes a frame at once;
/// on a busy one many messages for a session have come together by the time its turn comes, and leave in one write.
/// </summary>
internal sealed class WriteScheduler : IFlushScheduler, IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<IFlushable> _dirty = new();
    private int _running;

    public void Schedule(IFlushable session)
    {
        _dirty.Enqueue(session);
        Start();
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (_dirty.TryDequeue(out var session))
        {
            session.Flush();
        }

        // A full fence: a plain store could pass the look at the queue, and a session listed in between would wait for ever.
        Interlocked.Exchange(ref _running, 0);
        if (!_dirty.IsEmpty)
        {
            Start();
        }
    }

    private void Start()
    {
        if (Interlocked.CompareExchange(ref _running, 1, 0) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
