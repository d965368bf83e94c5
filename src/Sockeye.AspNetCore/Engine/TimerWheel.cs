namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// All deadlines of a server on one timer: slots of 20 ms, a round of about 20 s, later deadlines wait for their round. Heartbeats of 300 ms, which the official
/// suites use, need slots this fine; a timer for each connection would cost more than its messages. Runs only while something is scheduled.
/// </summary>
internal sealed class TimerWheel : IDisposable
{
    private const int SlotCount = 1024;
    private static readonly TimeSpan SlotLength = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly List<Entry>?[] _slots = new List<Entry>?[SlotCount];
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
    public IDisposable ScheduleAt(TimeSpan instant, Action callback)
    {
        // Rounded up: never early.
        var due = (long)Math.Ceiling(instant / SlotLength);
        lock (_lock)
        {
            if (_disposed)
            {
                return new Entry(this, due, callback) { IsDone = true };
            }

            if (_count++ == 0)
            {
                _position = (long)(Now / SlotLength);
                _timer.Change(SlotLength, SlotLength);
            }

            var entry = new Entry(this, Math.Max(due, _position + 1), callback);
            (_slots[entry.Due % SlotCount] ??= []).Add(entry);
            return entry;
        }
    }

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
        var due = new List<Entry>();
        lock (_lock)
        {
            var now = (long)(Now / SlotLength);
            // After a long pause of the process one round visits every slot.
            for (var position = Math.Max(_position + 1, now - SlotCount + 1); position <= now; position++)
            {
                Collect(_slots[position % SlotCount], now, due);
            }

            _position = Math.Max(_position, now);
            if (_count == 0 && !_disposed)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        foreach (var entry in due)
        {
            entry.Callback();
        }
    }

    private void Collect(List<Entry>? slot, long now, List<Entry> due)
    {
        for (var i = slot is null ? -1 : slot.Count - 1; i >= 0; i--)
        {
            var entry = slot![i];
            if (entry.Due <= now)
            {
                slot[i] = slot[^1];
                slot.RemoveAt(slot.Count - 1);
                entry.IsDone = true;
                _count--;
                due.Add(entry);
            }
        }
    }

    private void Cancel(Entry entry)
    {
        lock (_lock)
        {
            if (!entry.IsDone)
            {
                entry.IsDone = true;
                _slots[entry.Due % SlotCount]!.Remove(entry);
                _count--;
            }
        }
    }

    private sealed class Entry(TimerWheel wheel, long due, Action callback) : IDisposable
    {
        public long Due { get; } = due;

        public Action Callback { get; } = callback;

        public bool IsDone { get; set; }

        public void Dispose() => wheel.Cancel(this);
    }
}
