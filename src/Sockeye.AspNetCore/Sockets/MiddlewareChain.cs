namespace Sockeye.AspNetCore.Sockets;

/// <summary>Runs middlewares one inside the other, as ASP.NET Core does: each decides whether and when the next one runs.</summary>
internal static class MiddlewareChain
{
    /// <summary>False: a middleware did not call <c>next</c>, so the end was not reached. A second call of <c>next</c> does nothing.</summary>
    public static async Task<bool> RunAsync<T>(Func<T, Func<Task>, Task>[] chain, T context, Func<T, Task> end)
    {
        var reached = 0;
        await StepAsync(0).ConfigureAwait(false);
        return reached > chain.Length;

        Task StepAsync(int index)
        {
            if (Interlocked.CompareExchange(ref reached, index + 1, index) != index)
            {
                return Task.CompletedTask;
            }

            return index == chain.Length ? end(context) : chain[index](context, () => StepAsync(index + 1));
        }
    }
}
