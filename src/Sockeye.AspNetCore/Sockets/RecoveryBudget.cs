using Sockeye.AspNetCore.Diagnostics;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// What all logs of a server hold together, in the order of sending. Over its bytes, or when nobody can need it any more, the oldest event is forgotten, in whichever
/// log it is. Thread-safe.
/// </summary>
internal sealed class RecoveryBudget(long limit, TimeSpan retention, TimeProvider time, RecoveryMetrics metrics)
{
    private readonly Lock _gate = new();
    private readonly Queue<Item> _items = new();
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>An event was put at the end of a log, whose lock is held.</summary>
    public void Add(RecoveryLog log, long size)
    {
        lock (_gate)
        {
            _items.Enqueue(new Item(log, size, time.GetTimestamp()));
            _bytes += size;
        }

        metrics.LogBytes.Add(size);
    }

    /// <summary>Forgets what is too much or too old. No lock of a log may be held.</summary>
    public void Trim()
    {
        while (TryTakeExcess(out var log))
        {
            log.TrimOldest();
        }
    }

    private bool TryTakeExcess(out RecoveryLog log)
    {
        Item oldest;
        bool isTooMuch;
        lock (_gate)
        {
            log = null!;
            if (!_items.TryPeek(out oldest))
            {
                return false;
            }

            isTooMuch = _bytes > limit;
            if (!isTooMuch && time.GetElapsedTime(oldest.At) <= retention)
            {
                return false;
            }

            _items.Dequeue();
            _bytes -= oldest.Size;
        }

        metrics.LogBytes.Add(-oldest.Size);
        metrics.Trimmed.Add(1, EngineMetrics.Reason(isTooMuch ? "bytes" : "age"));
        log = oldest.Log;
        return true;
    }

    private readonly record struct Item(RecoveryLog Log, long Size, long At);
}
