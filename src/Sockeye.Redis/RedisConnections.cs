using StackExchange.Redis;

namespace Sockeye.Redis;

/// <summary>Connections of our own.</summary>
internal static class RedisConnections
{
    /// <summary>Connects. Without a link a message is an error now, and not one that waits.</summary>
    /// <param name="configuration">How; it is not changed.</param>
    /// <param name="timeout">How long a command may take.</param>
    /// <param name="keepAlive">After what silence the library asks Redis something. A link that carries nothing any more is found by commands that are not answered, so there has to be one now and then.</param>
    public static async Task<IConnectionMultiplexer> OpenAsync(ConfigurationOptions configuration, TimeSpan timeout, TimeSpan keepAlive)
    {
        var options = configuration.Clone();
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.AbortOnConnectFail = true;
        options.AsyncTimeout = options.SyncTimeout = (int)timeout.TotalMilliseconds;
        options.KeepAlive = (int)keepAlive.TotalSeconds;
        options.ReconnectRetryPolicy = new ExponentialRetry(100, 2000);
        return await ConnectionMultiplexer.ConnectAsync(options).ConfigureAwait(false);
    }

    /// <summary>Completes when the part of a connection that listens is there, too: StackExchange.Redis makes it at its first use, which without a backlog fails.</summary>
    public static async Task ListenAsync(IConnectionMultiplexer connection, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var restored = new TaskCompletionSource();
        var start = TimeProvider.System.GetTimestamp();
        connection.ConnectionRestored += OnRestored;
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                restored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                try
                {
                    await connection.GetSubscriber().PingAsync().ConfigureAwait(false);
                    return;
                }
                catch (RedisConnectionException) when (TimeProvider.System.GetElapsedTime(start) < timeout)
                {
                    // This comes for the first connection, too. At the timeout Redis is asked for the last time.
                    await restored.Task.WaitAsync(timeout, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
        finally
        {
            connection.ConnectionRestored -= OnRestored;
        }

        void OnRestored(object? sender, ConnectionFailedEventArgs e) => restored.TrySetResult();
    }
}
