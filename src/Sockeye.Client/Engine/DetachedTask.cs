namespace Sockeye.Client.Engine;

/// <summary>Starts what outlives its caller.</summary>
internal static class DetachedTask
{
    /// <summary>On the thread pool, without the caller's activity and async locals: they are not for what goes on for hours.</summary>
    public static Task Run(Func<Task> work)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Task.Run(work);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(work);
        }
    }
}
