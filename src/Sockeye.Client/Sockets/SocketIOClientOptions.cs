using System.Text.Json;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>What becomes of an event that is sent while its socket is not connected.</summary>
public enum OfflineMode
{
    /// <summary>It waits in the socket's buffer, up to <see cref="SocketIOClientOptions.MaxBufferedEvents"/> and <see cref="SocketIOClientOptions.MaxBufferedBytes"/>, and is sent when the socket connects: what the official client does, without a bound.</summary>
    Buffer,

    /// <summary>It is dropped, and counted by the metric <c>sockeye.client.events.dropped</c>. One that waits for an acknowledgement fails with <see cref="NotConnectedException"/>.</summary>
    Drop,

    /// <summary>The call throws <see cref="NotConnectedException"/>.</summary>
    Throw,
}

/// <summary>The settings of a <see cref="SocketIOClient"/>, those of the Engine.IO layer included. The defaults are the official client's unless said otherwise.</summary>
public sealed class SocketIOClientOptions : EngineSocketOptions
{
    /// <summary>Creates options with the official defaults.</summary>
    public SocketIOClientOptions() => Path = "/socket.io";

    /// <summary>What is sent with each CONNECT packet, serialised like an event's argument: <c>new { token = "…" }</c>. Default null. Where <see cref="AuthProvider"/> is set, that is asked instead. With <see cref="EngineIOVersion.V3"/> its members are the query of the CONNECT packet, and "/" takes none.</summary>
    public object? Auth { get; set; }

    /// <summary>Asked before each CONNECT packet for what is sent with it: the place for a token that expires. When it throws, the socket is not let in: the exception is reported as a connect error, and the socket does not try again by itself, as after a refusal. Default null.</summary>
    public Func<CancellationToken, ValueTask<object?>>? AuthProvider { get; set; }

    /// <summary>Whether the connection is opened again when it is lost or could not be opened. Default true. Never after a side has left the namespace on purpose.</summary>
    public bool Reconnection { get; set; } = true;

    /// <summary>How many attempts one reconnection makes before it gives up ("reconnect_failed"). Default <see cref="int.MaxValue"/>: it never does. Greater than zero.</summary>
    public int ReconnectionAttempts { get; set; } = int.MaxValue;

    /// <summary>The delay before the first attempt; it doubles with each further one. Default 1 s. Greater than zero.</summary>
    public TimeSpan ReconnectionDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest delay between two attempts. Default 5 s. Greater than zero.</summary>
    public TimeSpan ReconnectionDelayMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How far each delay is moved up or down by chance, as a share of it, so that clients do not all come back in one moment. Default 0.5. From 0 (exact delays) to 1.</summary>
    public double RandomizationFactor { get; set; } = 0.5;

    /// <summary>How long one attempt to open the connection may take (official option: <c>timeout</c>). Default 20 s; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: no limit; zero fails at once.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long <see cref="ClientSocket.ConnectAsync"/> waits, over all attempts. Default 30 s: our choice, the official client has no such call. <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: until it is cancelled.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a socket connects as soon as it is made. Default false, unlike the official client: an event that comes before its handler is registered would be lost, since handlers run on other threads here.</summary>
    public bool AutoConnect { get; set; }

    /// <summary>How long acknowledgements are waited for where the call says nothing. Default 30 s: our choice, the official client waits until the socket disconnects, which is <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> here.</summary>
    public TimeSpan AckTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often an event is sent again when it was not acknowledged within <see cref="AckTimeout"/>, or the socket disconnected meanwhile. Default 0: never. Greater: events
    /// go one by one, each after the acknowledgement of the one before (volatile ones aside), and the server must acknowledge each; it may get one twice.
    /// </summary>
    public int Retries { get; set; }

    /// <summary>What becomes of an event that is sent while its socket is not connected. Default <see cref="OfflineMode.Buffer"/>.</summary>
    public OfflineMode OfflineMode { get; set; }

    /// <summary>How many events may wait for a socket's connection, those of <see cref="Retries"/> included. Default 10,000: our choice, the official client has no limit. A further one is refused with <see cref="BufferFullException"/>. Greater than zero.</summary>
    public int MaxBufferedEvents { get; set; } = 10_000;

    /// <summary>How many bytes of events may wait for a socket's connection, those of <see cref="Retries"/> included. Default 16 MiB: our choice, the official client has no limit. A further event is refused with <see cref="BufferFullException"/>. Greater than zero.</summary>
    public long MaxBufferedBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How many bytes may wait for the network before <c>EmitAsync</c> completes only when all have left. Default 1 MiB, our choice. What nobody awaits is bounded by <see cref="EngineSocketOptions.MaxQueuedBytes"/>.</summary>
    public long SendPauseBytes { get; set; } = 1024 * 1024;

    /// <summary>How many bytes of events may wait for their handlers before the connection is not read any more, until half of them are handled; reading goes on while an acknowledgement is awaited. Default 1 MiB, our choice. Each event counts 256 bytes more than its data.</summary>
    public long EventBacklogPauseBytes { get; set; } = 1024 * 1024;

    /// <summary>How many bytes of events may wait for their handlers at most, or for the answer to a CONNECT packet. Default 16 MiB, our choice. Beyond it the connection is closed and opened anew.</summary>
    public long EventBacklogLimitBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How many events of one socket may be handled at the same time. Default 1: they start and finish in the order of arrival. More: they start in order.</summary>
    public int MaxConcurrentEvents { get; set; } = 1;

    /// <summary>Where handlers run: set it to <see cref="System.Threading.SynchronizationContext.Current"/> on the thread of a user interface (WPF, MAUI, Unity). Default null: on the thread pool.</summary>
    public SynchronizationContext? SynchronizationContext { get; set; }

    /// <summary>The form in which packets travel (official option: <c>parser</c>), the server's. Default <see cref="JsonPacketFormat"/>; the other one is <see cref="MessagePackPacketFormat"/>.</summary>
    public IPacketFormat PacketFormat { get; set; } = new JsonPacketFormat();

    /// <summary>The most binary attachments in one packet of the server. Default 10 (socket.io-parser 4.2.6). Greater than zero.</summary>
    public int MaxAttachments { get; set; } = 10;

    /// <summary>Whether <see cref="SocketIOClient.Connect(string, SocketIOClientOptions?)"/> may share a connection with other namespaces of the same server. Default true.</summary>
    public bool Multiplex { get; set; } = true;

    /// <summary>Whether <see cref="SocketIOClient.Connect(string, SocketIOClientOptions?)"/> always opens a connection of its own. Default false.</summary>
    public bool ForceNew { get; set; }

    /// <summary>
    /// How arguments become JSON and back. Default: camelCase, case-insensitive, numbers also from strings, as ASP.NET Core does for the web. In applications published as native AOT, or with
    /// reflection-based serialization off (Unity IL2CPP, Blazor), insert a <c>JsonSerializerContext</c> into its <c>TypeInfoResolverChain</c>.
    /// </summary>
    public JsonSerializerOptions JsonSerializerOptions { get; set; } = new(JsonSerializerDefaults.Web);

    internal void Validate()
    {
        ValidateConnection();
        Require(EngineIOVersion != EngineIOVersion.V3 || PacketFormat is not MessagePackPacketFormat, nameof(PacketFormat), nameof(MessagePackPacketFormat), $"is {nameof(JsonPacketFormat)} with {nameof(EngineIOVersion)}.{nameof(EngineIOVersion.V3)}");
        Require(ReconnectionAttempts > 0, nameof(ReconnectionAttempts), ReconnectionAttempts, "is greater than zero; set Reconnection = false for none");
        Require(IsDuration(ReconnectionDelay), nameof(ReconnectionDelay), ReconnectionDelay, "is greater than zero and at most 20 days");
        Require(IsDuration(ReconnectionDelayMax), nameof(ReconnectionDelayMax), ReconnectionDelayMax, "is greater than zero and at most 20 days");
        Require(RandomizationFactor is >= 0 and <= 1, nameof(RandomizationFactor), RandomizationFactor, "is from 0 to 1");
        Require(EmitFlags.IsTimeout(Timeout), nameof(Timeout), Timeout, "is zero to 20 days, or Timeout.InfiniteTimeSpan");
        Require(EmitFlags.IsTimeout(ConnectTimeout), nameof(ConnectTimeout), ConnectTimeout, "is zero to 20 days, or Timeout.InfiniteTimeSpan");
        Require(EmitFlags.IsTimeout(AckTimeout), nameof(AckTimeout), AckTimeout, "is zero to 20 days, or Timeout.InfiniteTimeSpan");
        Require(Retries >= 0, nameof(Retries), Retries, "is zero or greater");
        Require(MaxBufferedEvents > 0, nameof(MaxBufferedEvents), MaxBufferedEvents, "is greater than zero; set OfflineMode to keep nothing");
        Require(MaxBufferedBytes > 0, nameof(MaxBufferedBytes), MaxBufferedBytes, "is greater than zero; set OfflineMode to keep nothing");
        Require(SendPauseBytes > 0, nameof(SendPauseBytes), SendPauseBytes, "is greater than zero");
        Require(EventBacklogPauseBytes > 0, nameof(EventBacklogPauseBytes), EventBacklogPauseBytes, "is greater than zero");
        Require(EventBacklogLimitBytes >= EventBacklogPauseBytes, nameof(EventBacklogLimitBytes), EventBacklogLimitBytes, $"is at least {nameof(EventBacklogPauseBytes)}");
        Require(MaxConcurrentEvents > 0, nameof(MaxConcurrentEvents), MaxConcurrentEvents, "is greater than zero");
        Require(MaxAttachments > 0, nameof(MaxAttachments), MaxAttachments, "is greater than zero");
        Require(PacketFormat is not null, nameof(PacketFormat), "null", "is not null");
        Require(JsonSerializerOptions is not null, nameof(JsonSerializerOptions), "null", "is not null");
    }

    private static bool IsDuration(TimeSpan value) => value > TimeSpan.Zero && value <= TimeSpan.FromDays(20);

    private static void Require(bool isMet, string name, object value, string rule)
    {
        if (!isMet)
        {
            throw new ArgumentException($"{nameof(SocketIOClientOptions)}.{name} is {value}; a valid value {rule}.");
        }
    }
}
