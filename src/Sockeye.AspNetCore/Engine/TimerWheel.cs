namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// All deadlines of a server on one timer: slots of 20 ms, a round of about 20 s, later deadlines wait for their round. Heartbeats of 300 ms, which the official
/// suites use, need slots this fine; a timer for each connection would cost more than its messages. Runs only while something is scheduled. Arming, moving and
/// disposing of an entry are a few pointers each, however many there are: ten thousands of connections that open together share their slots.
/// </summary>
internal sealed class TimerWheel : IDisposable
{
    private const int SlotCount = 1024;
    private static readonly TimeSpan SlotLength = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly Entry?[] _slots = new Entry?[SlotCount];
    private long _position;
    private int _count;
    private bool _disposed;

    public TimerWheel(TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((TimerWheel)state!).Turn(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time since the wheel was made: the clock of everything that uses it.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_start);

    /// <summary>How many callbacks are scheduled.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Calls back once at or shortly after an instant, unless disposed before. Callbacks must be quick and must not throw. A disposed wheel calls nobody back: the host has stopped.</summary>
    public IDisposable ScheduleAt(TimeSpan instant, Action callback) => ScheduleAt(instant, static state => ((Action)state)(), callback);

    /// <inheritdoc cref="ScheduleAt(TimeSpan, Action)" />
    public Entry ScheduleAt(TimeSpan instant, Action<object> callback, object state)
    {
        var entry = new Entry(this, callback, state);
        entry.MoveTo(instant);
        return entry;
    }

    /// <summary>An entry that is scheduled by <see cref="Entry.MoveTo"/>, as often as its owner likes.</summary>
    public Entry Create(Action<object> callback, object state) => new(this, callback, state);

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        _timer.Dispose();
    }

    private void Turn()
    {
        List<Entry>? due = null;
        lock (_lock)
        {
            var now = (long)(Now / SlotLength);
            // After a long pause of the process one round visits every slot.
            for (var position = Math.Max(_position + 1, now - SlotCount + 1); position <= now; position++)
            {
                for (var entry = _slots[position % SlotCount]; entry is not null;)
                {
                    var next = entry.Next;
                    if (entry.Due <= now)
                    {
                        Remove(entry);
                        (due ??= []).Add(entry);
                    }

                    entry = next;
                }
            }

            _position = Math.Max(_position, now);
            if (_count == 0 && !_disposed)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        foreach (var entry in due ?? [])
        {
            entry.Call();
        }
    }

    private void Move(Entry entry, TimeSpan instant)
    {
        // Rounded up: never early.
        var due = (long)Math.Ceiling(instant / SlotLength);
        lock (_lock)
        {
            Remove(entry);
            if (_disposed)
            {
                return;
            }

            if (_count++ == 0)
            {
                _position = (long)(Now / SlotLength);
                _timer.Change(SlotLength, SlotLength);
            }

            entry.Due = Math.Max(due, _position + 1);
            ref var first = ref _slots[entry.Due % SlotCount];
            entry.Next = first;
            first?.Previous = entry;
            first = entry;
        }
    }

    private void Cancel(Entry entry)
    {
        lock (_lock)
        {
            Remove(entry);
        }
    }

    // Under the lock.
    private void Remove(Entry entry)
    {
        if (!entry.IsScheduled)
        {
            return;
        }

        entry.Next?.Previous = entry.Previous;
        if (entry.Previous is { } previous)
        {
            previous.Next = entry.Next;
        }
        else
        {
            _slots[entry.Due % SlotCount] = entry.Next;
        }

        entry.Previous = entry.Next = null;
        entry.Due = Entry.Unscheduled;
        _count--;
    }

    /// <summary>A callback, scheduled once or again and again. A link in the list of its slot, so that taking it out needs no search.</summary>
    internal sealed class Entry(TimerWheel wheel, Action<object> callback, object state) : IDisposable
    {
        internal const long Unscheduled = long.MaxValue;

        /// <summary>Whether the callback is still to come. It may come once more after the entry was moved or disposed: then it was on its way already.</summary>
        public bool IsScheduled => Volatile.Read(ref Due) != Unscheduled;

        // Guarded by the wheel.
        internal long Due = Unscheduled;
        internal Entry? Previous;
        internal Entry? Next;

        /// <summary>Calls back at or shortly after this instant, instead of what was said before.</summary>
        public void MoveTo(TimeSpan instant) => wheel.Move(this, instant);

        public void Dispose() => wheel.Cancel(this);

        internal void Call() => callback(state);
    }
}
