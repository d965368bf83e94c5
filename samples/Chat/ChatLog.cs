using System.Net;

namespace Chat;

internal static partial class ChatLog
{
    [LoggerMessage(1, LogLevel.Information, "{Name} came from {Address}.")]
    public static partial void Came(this ILogger logger, string name, IPAddress? address);

    [LoggerMessage(2, LogLevel.Information, "{Name} went: {Reason}.")]
    public static partial void Went(this ILogger logger, string name, string reason);
}
