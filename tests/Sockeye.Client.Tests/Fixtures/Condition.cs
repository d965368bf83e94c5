namespace Sockeye.Client.Tests.Fixtures;

/// <summary>Waits for what no event tells of. Looks now and then, not as fast as it can: the machine has others to serve.</summary>
internal static class Condition
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => Task.FromResult(condition()), what);

    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Waiting.Bound, $"Waited in vain: {what}");
            await Task.Delay(Pace, TestContext.Current.CancellationToken);
        }
    }
}
