using Microsoft.Extensions.Logging;

namespace Sockeye.Redis;

/// <summary>The log messages of the engine, category "Sockeye.Redis". Event ids are stable.</summary>
internal sealed partial class RedisLog(ILogger logger)
{
    [LoggerMessage(1, LogLevel.Warning, "The link to Redis is lost. What other nodes send until it is back does not reach the clients here.")]
    public partial void LinkLost(Exception? exception);

    [LoggerMessage(2, LogLevel.Information, "The link to Redis is back.")]
    public partial void LinkBack();

    [LoggerMessage(3, LogLevel.Warning, "The subscription of {Channel} could not be changed.")]
    public partial void SubscriptionFailed(string channel, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "An answer to another node could not be published.")]
    public partial void AnswerFailed(Exception exception);

    [LoggerMessage(5, LogLevel.Error, "The ErrorHandler of the Redis engine threw.")]
    public partial void ErrorHandlerFailed(Exception exception);

    /// <summary>Tells the application, whose mistakes must not end the link.</summary>
    public void Tell(Action<Exception>? handler, Exception e)
    {
        try
        {
            handler?.Invoke(e);
        }
        catch (Exception thrown)
        {
            ErrorHandlerFailed(thrown);
        }
    }
}
