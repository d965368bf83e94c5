using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Sockeye.Client.Transports;

/// <summary>What went wrong on a transport.</summary>
/// <param name="Error">The official client's text.</param>
/// <param name="Message">The same for people: what was tried, what came back, what to look at.</param>
/// <param name="StatusCode">The HTTP status, if one came.</param>
/// <param name="ResponseText">The beginning of the body that came with it.</param>
/// <param name="Cause">The exception, if it was one.</param>
internal sealed record TransportFailure(string Error, string Message, int? StatusCode = null, string? ResponseText = null, Exception? Cause = null)
{
    private const int MaxQuotedLength = 200;

    /// <summary>The server answered, but with another status than it should.</summary>
    public static TransportFailure FromStatus(string error, string request, int status, string? body)
    {
        var quoted = string.IsNullOrWhiteSpace(body) ? "" : $" and \"{(body.Length > MaxQuotedLength ? body[..MaxQuotedLength] + "…" : body)}\"";
        return new(error, $"{error}: {request} was answered with status {status.ToString(CultureInfo.InvariantCulture)}{quoted}.{HintFor(status, body)}", status, body);
    }

    /// <summary>No answer, or the connection broke.</summary>
    public static TransportFailure FromException(string error, string request, Exception exception, int? status = null)
    {
        var text = new StringBuilder($"{error}: {request} failed: ");
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            text.Append(inner.Message.TrimEnd('.')).Append(inner.InnerException is null ? "." : " → ");
        }

        return new(error, text.Append(status is { } code ? HintFor(code, null) : HintFor(exception)).ToString(), status, null, exception);
    }

    /// <summary>It took longer than RequestTimeout or UpgradeTimeout.</summary>
    public static TransportFailure FromTimeout(string error, string request) => new(error, $"{error}: {request} took longer than the limit (RequestTimeout, for an upgrade UpgradeTimeout).");

    /// <summary>The server sent more than MaxReceivedBytes.</summary>
    public static TransportFailure FromSize(string error, string request, int limit) =>
        new(error, $"{error}: {request} brought more than {limit.ToString(CultureInfo.InvariantCulture)} bytes (MaxReceivedBytes). Raise the limit if the server is meant to send that much.");

    /// <summary>What came is no Engine.IO packet.</summary>
    public static TransportFailure FromGarbage(string request, int protocol)
    {
        const string Question = "Is there a Socket.IO server at this address and Path";
        return new("server error", $"server error: {request} brought something that is no packet of Engine.IO {(protocol == 3 ? $"3. {Question}?" : $"4. {Question}, of version 3 or later? One of version 2 needs EngineIOVersion.V3.")}");
    }

    // https://socket.io/docs/v4/server-instance/#connection_error lists the codes.
    private static string HintFor(int status, string? body) => (status, body) switch
    {
        (_, { } text) when text.Contains("\"code\":0", StringComparison.Ordinal) => " The server does not offer this transport.",
        (_, { } text) when text.Contains("\"code\":1", StringComparison.Ordinal) => " The server does not know the session: it has ended or, with several servers behind one address, they need sticky sessions.",
        (_, { } text) when text.Contains("\"code\":5", StringComparison.Ordinal) => " The server speaks another revision of the protocol (EngineIOVersion).",
        _ when status is >= 300 and < 400 => " The server redirects, which this client does not follow: headers and cookies are meant for one server. Use the address that it redirects to.",
        (401 or 403, _) => " The server refuses this client: look at ExtraHeaders and Query, and at what the server asks for.",
        (404 or 405 or 400, _) => " Is there a Socket.IO server at this address and Path?",
        (407, _) => " The proxy asks for credentials (Proxy).",
        (413, _) => " The message is larger than the server takes (its maxPayload).",
        (502 or 503 or 504, _) => " A proxy stands in front of the server and does not reach it, or does not let this transport through.",
        _ => "",
    };

    private static string HintFor(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return " Is the server running at this address and port?";
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData }:
                    return " Is the name of the host right?";
                case AuthenticationException:
                    return " The server's certificate is not trusted here, or the server speaks no TLS at this port: install its authority, or judge it with RemoteCertificateValidationCallback.";
                default:
                    continue;
            }
        }

        return "";
    }
}
