using System.Diagnostics.CodeAnalysis;
using Sockeye.Cli.Commands;
using Sockeye.Cli.Connect;
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
            AcceptAnyCertificate(handler);
        }

        // Certificates are the handler's business here, not the client's.
        var options = TargetClient.Options(target with { Insecure = false });
        var connections = new HttpMessageInvoker(handler, disposeHandler: true);
        options.HttpInvoker = connections;
        options.Reconnection = false;
        return (new SocketIOClient(TargetClient.Address(target), options), connections);
    }

    [SuppressMessage("Security", "CA5359", Justification = "That is what --insecure says.")]
    private static void AcceptAnyCertificate(SocketsHttpHandler handler) => handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
}
