using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>Clients as these tests use them: what waits by default does not wait long, and nothing depends on chance.</summary>
internal static class Clients
{
    /// <summary>Nobody listens there, and nobody is going to.</summary>
    public const string Nowhere = "http://127.0.0.1:9";

    public static SocketIOClientOptions Options(Via via = Via.WebSocket, Action<SocketIOClientOptions>? configure = null)
    {
        var options = new SocketIOClientOptions
        {
            Transports = via switch
            {
                Via.Polling => [TransportType.Polling],
                Via.Upgraded => [TransportType.Polling, TransportType.WebSocket],
                _ => [TransportType.WebSocket],
            },
            PacketFormat = via == Via.MessagePack ? new MessagePackPacketFormat() : new JsonPacketFormat(),
            ReconnectionDelay = TimeSpan.FromMilliseconds(10),
            ReconnectionDelayMax = TimeSpan.FromMilliseconds(10),
            RandomizationFactor = 0,
        };
        configure?.Invoke(options);
        return options;
    }

    /// <summary>Writes the life of a socket into a journal.</summary>
    public static Journal Record(this ClientSocket socket, Journal? journal = null)
    {
        journal ??= new Journal();
        socket.OnConnect(() => journal.Add("connect"));
        socket.OnConnectError(error => journal.Add($"connect_error: {(error is TransportException transport ? transport.Error : error.Message)}"));
        socket.OnDisconnect((reason, _) => journal.Add($"disconnect: {reason.ToWireString()}"));
        return journal;
    }

    /// <summary>Writes the life of a connection into a journal.</summary>
    public static Journal Record(this SocketIOClient client, Journal? journal = null)
    {
        journal ??= new Journal();
        client.OnOpen(() => journal.Add("open"));
        client.OnClose((reason, _) => journal.Add($"close: {reason.ToWireString()}"));
        client.OnError(error => journal.Add($"error: {((TransportException)error).Error}"));
        client.OnReconnectAttempt(number => journal.Add($"reconnect_attempt {number}"));
        client.OnReconnect(number => journal.Add($"reconnect {number}"));
        client.OnReconnectError(_ => journal.Add("reconnect_error"));
        client.OnReconnectFailed(() => journal.Add("reconnect_failed"));
        return journal;
    }
}
