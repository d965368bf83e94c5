using Microsoft.Extensions.Time.Testing;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>A clock that stands still until a test moves it, and shows which timers have been set: then there is something to move it for.</summary>
internal sealed class RecordingClock : TimeProvider
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);

    /// <summary>The times that timers were set to, as they were set.</summary>
    public Inbox<TimeSpan> Timers { get; } = new();

    public override long TimestampFrequency => _clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => _clock.LocalTimeZone;

    public void Advance(TimeSpan by) => _clock.Advance(by);

    /// <summary>Waits until a timer is set to between these times, and says to what.</summary>
    public Task<TimeSpan> TimerAsync(double minMilliseconds, double maxMilliseconds) =>
        Timers.TakeAsync(due => due.TotalMilliseconds >= minMilliseconds && due.TotalMilliseconds <= maxMilliseconds, $"a timer of {minMilliseconds} to {maxMilliseconds} ms");

    public override DateTimeOffset GetUtcNow() => _clock.GetUtcNow();

    public override long GetTimestamp() => _clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = _clock.CreateTimer(callback, state, dueTime, period);
        Timers.Add(dueTime);
        return new RecordedTimer(timer, Timers);
    }

    private sealed class RecordedTimer(ITimer timer, Inbox<TimeSpan> timers) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = timer.Change(dueTime, period);
            timers.Add(dueTime);
            return changed;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
