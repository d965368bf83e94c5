using System.Diagnostics.CodeAnalysis;
using Sockeye.Cli.Commands;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Connect;

/// <summary>Our client for the server that the command line names.</summary>
internal static class TargetClient
{
    /// <summary>The server's address without namespace and query: they go into the options.</summary>
    public static Uri Address(Target target) => new(target.Url.GetLeftPart(UriPartial.Authority));

    [SuppressMessage("Security", "CA5359", Justification = "It is what --insecure asks for.")]
    public static SocketIOClientOptions Options(Target target, string transport = "both", IPacketFormat? format = null, bool eio3 = false)
    {
        var options = new SocketIOClientOptions
        {
            Path = target.Path,
            AddTrailingSlash = target.Path.EndsWith('/'),
            Transports = Transports(transport),
            TryAllTransports = true,
            EngineIOVersion = eio3 ? EngineIOVersion.V3 : EngineIOVersion.V4,
            ExtraHeaders = target.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase),
            Query = Query(target),
            Timeout = target.Timeout,
            ConnectTimeout = target.Timeout,
            AckTimeout = target.Timeout,
            MaxReceivedBytes = 128 * 1024 * 1024,
            PacketFormat = format ?? new JsonPacketFormat(),
        };
        if (target.Auth is { } auth)
        {
            options.Auth = AuthPayload.Parse(auth);
        }

        if (target.Insecure)
        {
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }

        options.JsonSerializerOptions.TypeInfoResolverChain.Insert(0, ConnectJson.Default);
        return options;
    }

    private static List<TransportType> Transports(string name) => name switch
    {
        "websocket" => [TransportType.WebSocket],
        "polling" => [TransportType.Polling],
        _ => [TransportType.Polling, TransportType.WebSocket],
    };

    private static Dictionary<string, string> Query(Target target)
    {
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in target.Query)
        {
            query[name] = value;
        }

        return query;
    }
}
