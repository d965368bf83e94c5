namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>Every wait of a test has a bound, and an error that says what was waited for.</summary>
internal static class Waiting
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    public static async Task<T> Within<T>(this Task<T> task, string what)
    {
        await ((Task)task).Within(what);
        return await task;
    }

    public static async Task Within(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(Bound, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Waited {Bound.TotalSeconds} s in vain: {what}");
        }
    }

    /// <summary>Asks again and again until the answer is the wanted one.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Bound, $"Waited in vain: {what}");
            await Task.Yield();
        }
    }
}
