using System.Diagnostics.CodeAnalysis;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// Who waits for which acknowledgement, and until when; for a server's socket as for a client's. A waiter is taken out exactly once: by its ack,
/// by its deadline, or at the end of the socket. Instants are whatever the caller measures time in, as long as they only grow.
/// Not thread-safe: the socket calls it under its lock.
/// </summary>
/// <typeparam name="TWaiter">What is to be told of the outcome.</typeparam>
public sealed class AckTable<TWaiter>
    where TWaiter : notnull
{
    // A heap is only worth tidying when it is larger than this.
    private const int MinimumToTidy = 64;

    private readonly Dictionary<long, Entry> _waiters = [];

    // Earliest deadline first, among equals the lowest id. An ack leaves its deadline behind, to be dropped when it comes to the top or when half of the heap is such.
    private PriorityQueue<long, (TimeSpan Deadline, long Id)>? _deadlines;
    private int _timed;
    private long _nextId;

    private readonly record struct Entry(TWaiter Waiter, TimeSpan? Deadline);

    /// <summary>How many acknowledgements are outstanding.</summary>
    public int Count => _waiters.Count;

    /// <summary>When <see cref="TakeExpired"/> has something to give; null: nothing can expire.</summary>
    public TimeSpan? NextDeadline
    {
        get
        {
            DropPassed();
            return _deadlines is not null && _deadlines.TryPeek(out _, out var first) ? first.Deadline : null;
        }
    }

    /// <summary>Waits under the next free id, from 0, which is given back: the id to send with the event.</summary>
    /// <param name="waiter">Who waits.</param>
    /// <param name="deadline">From when on <see cref="TakeExpired"/> gives the waiter; null: never.</param>
    public long Add(TWaiter waiter, TimeSpan? deadline)
    {
        while (!TryAdd(_nextId, waiter, deadline))
        {
            _nextId++;
        }

        return _nextId++;
    }

    /// <summary>Waits under an id that was chosen elsewhere (one event to many sockets). False: somebody waits under it already.</summary>
    /// <param name="id">Not negative.</param>
    /// <param name="waiter">Who waits.</param>
    /// <param name="deadline">From when on <see cref="TakeExpired"/> gives the waiter; null: never.</param>
    public bool TryAdd(long id, TWaiter waiter, TimeSpan? deadline)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentNullException.ThrowIfNull(waiter);
        if (!_waiters.TryAdd(id, new Entry(waiter, deadline)))
        {
            return false;
        }

        if (deadline is { } instant)
        {
            (_deadlines ??= new()).Enqueue(id, (instant, id));
            _timed++;
        }

        return true;
    }

    /// <summary>Takes out who waits under an id. False: nobody does: the ack is unknown, a repetition, or too late.</summary>
    public bool TryTake(long id, [MaybeNullWhen(false)] out TWaiter waiter)
    {
        if (!_waiters.Remove(id, out var entry))
        {
            waiter = default;
            return false;
        }

        waiter = entry.Waiter;
        if (entry.Deadline is not null)
        {
            _timed--;
            Tidy();
        }

        return true;
    }

    /// <summary>Takes out those whose deadline is <paramref name="now"/> or before, earliest first, and says how many there were.</summary>
    /// <param name="now">The instant.</param>
    /// <param name="expired">Where to add them.</param>
    public int TakeExpired(TimeSpan now, ICollection<TWaiter> expired)
    {
        ArgumentNullException.ThrowIfNull(expired);
        var count = 0;
        while (NextDeadline is { } deadline && deadline <= now)
        {
            _waiters.Remove(_deadlines!.Dequeue(), out var entry);
            _timed--;
            expired.Add(entry.Waiter);
            count++;
        }

        return count;
    }

    /// <summary>Takes out all who wait: the socket has ended. Ids go on from where they were, so that late acks hit nobody.</summary>
    public IReadOnlyList<TWaiter> TakeAll()
    {
        if (_waiters.Count == 0)
        {
            return [];
        }

        var all = new TWaiter[_waiters.Count];
        var i = 0;
        foreach (var entry in _waiters.Values)
        {
            all[i++] = entry.Waiter;
        }

        _waiters.Clear();
        _deadlines = null;
        _timed = 0;
        return all;
    }

    /// <summary>Drops deadlines from the top of the heap whose waiter has been taken.</summary>
    private void DropPassed()
    {
        while (_deadlines is not null && _deadlines.TryPeek(out var id, out var first) && !IsLive(id, first.Deadline))
        {
            _deadlines.Dequeue();
        }
    }

    /// <summary>Without this a busy socket with long timeouts would keep every ack of the last minute.</summary>
    private void Tidy()
    {
        if (_deadlines is null || _deadlines.Count <= MinimumToTidy || _deadlines.Count <= 2 * _timed)
        {
            return;
        }

        _deadlines.Clear();
        foreach (var (id, entry) in _waiters)
        {
            if (entry.Deadline is { } deadline)
            {
                _deadlines.Enqueue(id, (deadline, id));
            }
        }
    }

    // An id may be in use again with another deadline.
    private bool IsLive(long id, TimeSpan deadline) => _waiters.TryGetValue(id, out var entry) && entry.Deadline == deadline;
}
