using System.Text.Json;
using Sockeye.AspNetCore.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>The settings of a Socket.IO server, those of the Engine.IO layer included. The defaults are the official server's unless said otherwise.</summary>
public sealed class SocketIOOptions : EngineOptions
{
    /// <summary>The path of the endpoint when <c>MapSocketIO</c> names none. Default "/socket.io", which is the clients' default too.</summary>
    public string Path { get; set; } = "/socket.io";

    /// <summary>Whether the browser client is served under the path (<c>/socket.io/socket.io.js</c> and seven more files). Default true.</summary>
    public bool ServeClient { get; set; } = true;

    /// <summary>How long a connection may stay without having joined any namespace before it is closed. Default 45 s. Greater than zero.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// How long acknowledgements are waited for where the call says nothing. Default 30 s: our choice, since the official server waits forever for one socket and not at all
    /// for a broadcast. Zero gives up at once; <see cref="Timeout.InfiniteTimeSpan"/> waits until the sockets disconnect.
    /// </summary>
    public TimeSpan AckTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The most binary attachments in one packet. Default 10 (socket.io-parser 4.2.6). Greater than zero. Together they are at most <see cref="EngineOptions.MaxPayload"/> bytes.
    /// <see cref="MessagePackPacketFormat"/> has no attachments, and a limit of its own.
    /// </summary>
    public int MaxAttachments { get; set; } = 10;

    /// <summary>The most namespaces that one connection may be in. Default 100: our choice, far above what applications use; the official server has no limit. Further ones are refused with "Too many namespaces".</summary>
    public int MaxNamespacesPerConnection { get; set; } = 100;

    /// <summary>How many events of one socket may be handled at the same time. Default 1: they start and finish in the order of sending. More: they start in order.</summary>
    public int MaxConcurrentEvents { get; set; } = 1;

    /// <summary>
    /// How many bytes of events may wait for their handlers on one connection before it is not read any more, until half of them are handled. Default 1 MiB, about one
    /// message of the largest default size; the official server has no limit. Each event counts 256 bytes more than its data.
    /// </summary>
    public long EventBacklogPauseBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// How many bytes of events may wait on one connection at most: reading goes on beyond <see cref="EventBacklogPauseBytes"/> while a handler waits for an acknowledgement.
    /// Default 16 MiB, our choice. Beyond it the connection is closed ("forced server close").
    /// </summary>
    public long EventBacklogLimitBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Whether a dynamic namespace is removed when its last client is gone. Default false.</summary>
    public bool CleanupEmptyChildNamespaces { get; set; }

    /// <summary>
    /// Whether clients that lose their connection get their socket back when they return, and what they have missed. Default null: off, as in the official server; a new
    /// <see cref="ConnectionStateRecoveryOptions"/> switches it on. Every event that is sent, but volatile ones and those that ask for an acknowledgement, then has one more
    /// argument, a text that the clients need.
    /// </summary>
    public ConnectionStateRecoveryOptions? ConnectionStateRecovery { get; set; }

    /// <summary>Who is in a namespace or a room, by user and over all servers (<see cref="Namespace.Presence"/>). Default null: off; a new <see cref="PresenceOptions"/> switches it on.</summary>
    public PresenceOptions? Presence { get; set; }

    /// <summary>
    /// The form in which packets travel (official option: <c>parser</c>). Default <see cref="JsonPacketFormat"/>, as the official server's; the other one is
    /// <see cref="MessagePackPacketFormat"/>, for clients with <c>socket.io-msgpack-parser</c>. All clients of an endpoint must use the same.
    /// </summary>
    public IPacketFormat PacketFormat { get; set; } = new JsonPacketFormat();

    /// <summary>
    /// Over how long a time the connections are closed when the host stops, so that their clients do not all come back to the next server in the same moment. New clients
    /// are refused meanwhile (status 503). Default zero: all at once, as the official server does. Less than the host's own patience,
    /// <c>HostOptions.ShutdownTimeout</c> (30 s).
    /// </summary>
    public TimeSpan DrainDuration { get; set; }

    /// <summary>
    /// Where the other nodes of a cluster reach this one, for instance "http://10.0.0.5:8080": a request of one of its sessions that a load balancer gave to another node is relayed there,
    /// so no sticky sessions are needed. Default null: the first HTTP address that the server listens on, with the machine's own IP address where that is every address. Empty: nothing is
    /// relayed, neither to this node nor by it. Without a cluster it means nothing.
    /// </summary>
    public string? NodeAddress { get; set; }

    /// <summary>
    /// How arguments become JSON and back. Default: as ASP.NET Core does for the web (camelCase, case-insensitive, numbers also from strings). In applications published as
    /// native AOT, or with reflection-based serialization off, insert a <c>JsonSerializerContext</c> into its <c>TypeInfoResolverChain</c>.
    /// </summary>
    public JsonSerializerOptions JsonSerializerOptions { get; set; } = new(JsonSerializerDefaults.Web);

    internal new void Validate()
    {
        base.Validate();
        ConnectionStateRecovery?.Validate();
        Presence?.Validate();
        Require(Path is ['/', ..], nameof(Path), Path, "starts with a slash");
        Require(ConnectTimeout > TimeSpan.Zero && ConnectTimeout <= TimeSpan.FromDays(20), nameof(ConnectTimeout), ConnectTimeout, "is greater than zero and at most 20 days");
        Require(EmitFlags.IsTimeout(AckTimeout), nameof(AckTimeout), AckTimeout, "is zero to 20 days, or Timeout.InfiniteTimeSpan");
        Require(MaxAttachments > 0, nameof(MaxAttachments), MaxAttachments, "is greater than zero");
        Require(MaxNamespacesPerConnection > 0, nameof(MaxNamespacesPerConnection), MaxNamespacesPerConnection, "is greater than zero");
        Require(MaxConcurrentEvents > 0, nameof(MaxConcurrentEvents), MaxConcurrentEvents, "is greater than zero");
        Require(EventBacklogPauseBytes > 0, nameof(EventBacklogPauseBytes), EventBacklogPauseBytes, "is greater than zero");
        Require(
            EventBacklogLimitBytes >= EventBacklogPauseBytes + MaxPayload,
            nameof(EventBacklogLimitBytes),
            EventBacklogLimitBytes,
            $"is at least {nameof(EventBacklogPauseBytes)} + {nameof(MaxPayload)}, or one large message would end the connection");
        Require(PacketFormat is not null, nameof(PacketFormat), "null", "is not null");
        Require(DrainDuration >= TimeSpan.Zero && DrainDuration <= TimeSpan.FromDays(1), nameof(DrainDuration), DrainDuration, "is zero to one day");
        Require(NodeAddress is null or "" || RelayNode.TryReadAddress(NodeAddress, out _), nameof(NodeAddress), NodeAddress!, "is empty or an address such as http://10.0.0.5:8080, without a path");
        Require(JsonSerializerOptions is not null, nameof(JsonSerializerOptions), "null", "is not null");
    }

    private static void Require(bool isMet, string name, object value, string rule)
    {
        if (!isMet)
        {
            throw new InvalidOperationException($"{nameof(SocketIOOptions)}.{name} is {value}; a valid value {rule}.");
        }
    }
}
