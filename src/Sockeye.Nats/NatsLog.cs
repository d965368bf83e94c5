using Microsoft.Extensions.Logging;

namespace Sockeye.Nats;

/// <summary>The log messages of the engine, category "Sockeye.Nats". Event ids are stable.</summary>
internal sealed partial class NatsLog(ILogger logger)
{
    [LoggerMessage(1, LogLevel.Warning, "The link to NATS is lost. What other nodes send until it is back does not reach the clients here.")]
    public partial void LinkLost(Exception exception);

    [LoggerMessage(2, LogLevel.Information, "The link to NATS is back.")]
    public partial void LinkBack();

    [LoggerMessage(3, LogLevel.Error, "The ErrorHandler of the NATS engine threw.")]
    public partial void ErrorHandlerFailed(Exception exception);

    [LoggerMessage(4, LogLevel.Error, "NATS refuses something: a server whose user may not use the subjects hears nothing, or is not heard.")]
    public partial void Refused(Exception exception);

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
