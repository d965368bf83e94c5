using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Client.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Foreign;

/// <summary>The same cases against Node's server, Python's and our own, over each transport and in each form of packets that the server knows.</summary>
public abstract class ForeignTests(ServerPool servers) : IClassFixture<ServerPool>
{
    /// <summary>Each kind of server with each transport and format.</summary>
    public static TheoryData<ServerKind, string, WireFormat> Everywhere => [.. Rows(ServerKind.Node, ServerKind.Sockeye, ServerKind.Python)];

    /// <summary>Those that know connection state recovery.</summary>
    public static TheoryData<ServerKind, string, WireFormat> Recovering => [.. Rows(ServerKind.Node, ServerKind.Sockeye)];

    /// <summary>One format, where it makes no difference.</summary>
    public static TheoryData<ServerKind, string, WireFormat> InJson => [.. Rows(ServerKind.Node, ServerKind.Sockeye, ServerKind.Python).Where(row => row.Data.Item3 == WireFormat.Json)];

    private protected ServerPool Servers { get; } = servers;

    private protected Task<ForeignServer> ServerAsync(ServerKind kind, WireFormat format) => Servers.GetAsync(kind, new() { Format = format });

    private protected async Task<SocketIOClient> ClientAsync(ServerKind kind, string transport, WireFormat format, Action<SocketIOClientOptions>? configure = null) =>
        NewClient((await ServerAsync(kind, format)).Address, transport, format, configure);

    private protected static SocketIOClient NewClient(Uri address, string transport, WireFormat format, Action<SocketIOClientOptions>? configure = null)
    {
        var options = new SocketIOClientOptions
        {
            Transports = transport switch
            {
                "polling" => [TransportType.Polling],
                "websocket" => [TransportType.WebSocket],
                _ => [TransportType.Polling, TransportType.WebSocket],
            },
            PacketFormat = format == WireFormat.MessagePack ? new MessagePackPacketFormat() : new JsonPacketFormat(),
            ReconnectionDelay = TimeSpan.FromMilliseconds(50),
            ReconnectionDelayMax = TimeSpan.FromMilliseconds(200),
        };
        configure?.Invoke(options);
        return new SocketIOClient(address, options);
    }

    /// <summary>What an event of the socket brought, each time it came.</summary>
    private protected static Inbox<PacketArguments> Listen(ClientSocket socket, string name)
    {
        var inbox = new Inbox<PacketArguments>();
        socket.On(name, (PacketArguments arguments) => inbox.Add(arguments));
        return inbox;
    }

    /// <summary>Those of the kinds that SOCKEYE_CLIENT_SERVERS names, separated by commas; all without it. The client's second build is tested against Node's servers alone.</summary>
    internal static IEnumerable<ServerKind> Wanted(ServerKind[] kinds) =>
        Environment.GetEnvironmentVariable("SOCKEYE_CLIENT_SERVERS") is { } names ? kinds.Where(kind => names.Split(',').Contains(kind.ToString())) : kinds;

    private static IEnumerable<TheoryDataRow<ServerKind, string, WireFormat>> Rows(params ServerKind[] kinds) =>
        from kind in Wanted(kinds)
        from transport in (string[])["polling", "websocket", "upgrade"]
        from format in (WireFormat[])[WireFormat.Json, WireFormat.MessagePack]
        where format == WireFormat.Json || kind != ServerKind.Python
        select new TheoryDataRow<ServerKind, string, WireFormat>(kind, transport, format);
}
