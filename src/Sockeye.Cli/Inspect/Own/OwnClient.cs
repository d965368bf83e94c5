using Sockeye.Cli.Commands;
using System.Text.Json;
using Sockeye.Client.Sockets;

namespace Sockeye.Cli.Inspect.Own;

/// <summary>Our client, whose streams go through a tap.</summary>
internal static class OwnClient
{
    public static (SocketIOClient Client, HttpMessageInvoker Connections) Create(Target target, Tap tap)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectCallback = tap.ConnectAsync,
            PlaintextStreamFilter = tap.FilterAsync,
        };
        if (target.Insecure)
        {
            // That is what --insecure says.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }

        var connections = new HttpMessageInvoker(handler, disposeHandler: true);
        var options = new SocketIOClientOptions
        {
            Path = target.Path,
            Reconnection = false,
            Timeout = target.Timeout,
            ConnectTimeout = target.Timeout,
            HttpInvoker = connections,
            Query = target.Query.ToDictionary(StringComparer.Ordinal),
            ExtraHeaders = target.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase),
            Auth = target.Auth is { } auth ? Json(auth) : null,
        };
        return (new SocketIOClient(new Uri(target.Url.GetLeftPart(UriPartial.Authority)), options), connections);
    }

    private static JsonElement Json(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new CommandException($"The auth payload is no JSON: {e.Message}", "It looks like --auth '{\"token\":\"…\"}'.");
        }
    }
}
