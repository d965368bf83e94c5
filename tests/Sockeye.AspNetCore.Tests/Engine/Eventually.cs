using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>For what has no event to wait for: looks again and again, with a bound.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<bool> condition, Func<string> failure)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Waiting.Bound, failure());
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
