using System.Runtime.CompilerServices;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>Every wait of a test has a bound, and an error that says what was waited for.</summary>
internal static class Waiting
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    public static async Task<T> Within<T>(this Task<T> task, TimeSpan? bound = null, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        await ((Task)task).Within(bound, what);
        return await task;
    }

    public static async Task Within(this Task task, TimeSpan? bound = null, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        try
        {
            await task.WaitAsync(bound ?? Bound, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Waited {(bound ?? Bound).TotalSeconds} s in vain: {what}");
        }
    }
}
