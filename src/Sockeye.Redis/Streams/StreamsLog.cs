using Microsoft.Extensions.Logging;

namespace Sockeye.Redis.Streams;

/// <summary>The log messages of the engine, category "Sockeye.Redis.Streams". Event ids are stable.</summary>
internal sealed partial class StreamsLog(ILogger logger)
{
    [LoggerMessage(1, LogLevel.Warning, "The link that reads the stream {Stream} is lost. What other nodes send comes when it is back.")]
    public partial void LinkLost(string stream, Exception exception);

    [LoggerMessage(2, LogLevel.Debug, "The stream {Stream} cannot be read.")]
    public partial void LinkFailed(string stream, Exception exception);

    [LoggerMessage(3, LogLevel.Information, "The link that reads the stream {Stream} is back after {Milliseconds} ms.")]
    public partial void LinkBack(string stream, long milliseconds);

    [LoggerMessage(4, LogLevel.Error, "Messages of the stream {Stream} after {Id} were trimmed or deleted before this node had read them; they are lost here (MaxLen).")]
    public partial void Trimmed(string stream, string id);

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
