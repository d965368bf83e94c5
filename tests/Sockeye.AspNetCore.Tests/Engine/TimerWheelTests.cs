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
}
