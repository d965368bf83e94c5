using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>One timer for all deadlines: punctual, never early, and idle when there is nothing to do.</summary>
public sealed class TimerWheelTests
{
    private static readonly int[] Delays = [0, 1, 19, 20, 21, 300, 20_479, 20_480, 20_481, 45_000, 100_000];

    [Fact]
    public void Every_callback_comes_once_within_a_slot_of_its_instant_and_never_early()
    {
        var time = new FakeTimeProvider();
        using var wheel = new TimerWheel(time);
        var fired = new Dictionary<int, List<double>>();
        foreach (var delay in Delays)
        {
            fired[delay] = [];
            wheel.ScheduleAt(TimeSpan.FromMilliseconds(delay), () => fired[delay].Add(wheel.Now.TotalMilliseconds));
        }

        for (var i = 0; i < 15_000; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(7));
        }

        Assert.All(fired, entry => Assert.InRange(Assert.Single(entry.Value), entry.Key, entry.Key + 40));
        Assert.Equal(0, wheel.Count);
    }

    [Fact]
    public void After_a_pause_of_the_process_all_that_is_due_comes_at_once()
    {
        var time = new FakeTimeProvider();
        using var wheel = new TimerWheel(time);
        var fired = new List<int>();
        foreach (var delay in Delays)
        {
            wheel.ScheduleAt(TimeSpan.FromMilliseconds(delay), () => fired.Add(delay));
        }

        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(Delays, fired.Order());
    }

    [Fact]
    public void What_was_disposed_does_not_come()
    {
        var time = new FakeTimeProvider();
        using var wheel = new TimerWheel(time);
        var fired = 0;
        var entry = wheel.ScheduleAt(TimeSpan.FromSeconds(1), () => fired++);
        wheel.ScheduleAt(TimeSpan.FromSeconds(1), () => fired += 10);
        entry.Dispose();
        entry.Dispose();
        Assert.Equal(1, wheel.Count);
        time.Advance(TimeSpan.FromSeconds(2));
        entry.Dispose();
        Assert.Equal((10, 0), (fired, wheel.Count));
    }

    [Fact]
    public void A_wheel_that_stood_still_goes_on()
    {
        var time = new FakeTimeProvider();
        using var wheel = new TimerWheel(time);
        var fired = 0;
        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(33));
            wheel.ScheduleAt(wheel.Now + TimeSpan.FromMilliseconds(50), () => fired++);
            time.Advance(TimeSpan.FromMilliseconds(100));
            Assert.Equal(i + 1, fired);
        }
    }

    [Fact]
    public void A_disposed_wheel_takes_what_comes_late_and_calls_nobody()
    {
        var time = new FakeTimeProvider();
        var wheel = new TimerWheel(time);
        wheel.Dispose();
        var fired = 0;
        wheel.ScheduleAt(TimeSpan.FromSeconds(1), () => fired++).Dispose();
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((0, 0), (fired, wheel.Count));
    }

    [Fact]
    public void An_entry_that_is_moved_comes_once_at_its_last_instant_and_may_be_used_again()
    {
        var time = new FakeTimeProvider();
        using var wheel = new TimerWheel(time);
        var fired = new List<double>();
        var entry = wheel.Create(_ => fired.Add(wheel.Now.TotalSeconds), this);
        Assert.Equal((false, 0), (entry.IsScheduled, wheel.Count));
        entry.MoveTo(TimeSpan.FromSeconds(1));
        entry.MoveTo(TimeSpan.FromSeconds(50));
        entry.MoveTo(TimeSpan.FromSeconds(2));
        Assert.Equal((true, 1), (entry.IsScheduled, wheel.Count));
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal((false, 0), (entry.IsScheduled, wheel.Count));
        Assert.Single(fired);
        entry.MoveTo(TimeSpan.FromSeconds(61));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, fired.Count);
    }

    [Fact]
    public void Of_the_entries_of_one_slot_those_that_are_left_come()
    {
        var time = new FakeTimeProvider();
        using var wheel = new TimerWheel(time);
        var fired = new List<int>();
        var entries = Enumerable.Range(0, 100).Select(number => wheel.ScheduleAt(TimeSpan.FromSeconds(1), () => fired.Add(number))).ToArray();
        foreach (var number in Enumerable.Range(0, 100).Where(static number => number % 3 != 0))
        {
            entries[number].Dispose();
        }

        Assert.Equal(34, wheel.Count);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(Enumerable.Range(0, 100).Where(static number => number % 3 == 0), fired.Order());
    }

    [Fact]
    public void Moving_and_disposing_allocate_nothing()
    {
        using var wheel = new TimerWheel(new FakeTimeProvider());
        wheel.ScheduleAt(TimeSpan.FromSeconds(1), static () => { });
        var entry = wheel.Create(static _ => { }, this);
        entry.MoveTo(TimeSpan.FromSeconds(1));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            entry.MoveTo(TimeSpan.FromSeconds(i));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
