using System.Runtime.CompilerServices;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Cluster;

/// <summary>
/// Emits to the clients of a cluster from a process that is no node of it, through an engine. An immutable value, each step gives a new one: who gets it, and how. Acknowledgements are not
/// supported, as officially. Thread-safe.
/// </summary>
public sealed class ClusterEmitter
{
    private readonly Func<ClusterMessage, ValueTask<string?>> _publish;
    private readonly PacketCodec _codec;
    private readonly string _namespace = "/";
    private readonly ClusterTarget _target = ClusterTarget.Everyone;

    /// <summary>Creates an emitter to everyone in the namespace "/".</summary>
    /// <param name="publish">Gives a message to the engine, as <see cref="IClusterChannel.PublishAsync"/> does; the namespace is the message's.</param>
    /// <param name="options">How arguments become JSON; null: as the server does by default.</param>
    public ClusterEmitter(Func<ClusterMessage, ValueTask<string?>> publish, JsonSerializerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(publish);
        _publish = publish;
        _codec = new PacketCodec(new JsonPacketFormat(), options ?? new JsonSerializerOptions(JsonSerializerDefaults.Web));
    }

    private ClusterEmitter(ClusterEmitter origin, string ns, ClusterTarget target) => (_publish, _codec, _namespace, _target) = (origin._publish, origin._codec, ns, target);

    /// <summary>The same, but the message may be lost.</summary>
    public ClusterEmitter Volatile => With(_target with { Volatile = true });

    /// <summary>Everyone in another namespace; a missing leading slash is added.</summary>
    public ClusterEmitter Of(string ns)
    {
        ArgumentNullException.ThrowIfNull(ns);
        return new ClusterEmitter(this, ns.StartsWith('/') ? ns : "/" + ns, ClusterTarget.Everyone);
    }

    /// <summary>Also those in these rooms. A socket's id is a room too.</summary>
    public ClusterEmitter To(params ReadOnlySpan<string> rooms) => With(_target with { Rooms = [.. _target.Rooms, .. rooms] });

    /// <summary>The same as <see cref="To"/>.</summary>
    public ClusterEmitter In(params ReadOnlySpan<string> rooms) => To(rooms);

    /// <summary>Not those in these rooms.</summary>
    public ClusterEmitter Except(params ReadOnlySpan<string> rooms) => With(_target with { Except = [.. _target.Except, .. rooms] });

    /// <summary>Whether the message may be compressed.</summary>
    public ClusterEmitter Compress(bool compress) => With(_target with { Compress = compress });

    /// <summary>Sends an event with any number of arguments. Completes when the engine has taken it.</summary>
    [OverloadResolutionPriority(-1)]
    public Task EmitAsync(string name, params ReadOnlySpan<object?> arguments)
    {
        CheckName(name);
        return PublishAsync(Create(ClusterMessageType.Broadcast) with { Packet = _codec.WriteEvent(name, arguments) });
    }

    /// <summary>Sends an event with one argument.</summary>
    public Task EmitAsync<T>(string name, T argument)
    {
        CheckName(name);
        return PublishAsync(Create(ClusterMessageType.Broadcast) with { Packet = _codec.WriteEvent(name, argument) });
    }

    /// <summary>Makes these sockets join rooms.</summary>
    public Task SocketsJoinAsync(params ReadOnlySpan<string> rooms) => PublishAsync(Create(ClusterMessageType.SocketsJoin) with { Rooms = rooms.ToArray() });

    /// <summary>Makes these sockets leave rooms.</summary>
    public Task SocketsLeaveAsync(params ReadOnlySpan<string> rooms) => PublishAsync(Create(ClusterMessageType.SocketsLeave) with { Rooms = rooms.ToArray() });

    /// <summary>Disconnects these sockets; with <paramref name="close"/> their connections too.</summary>
    public Task DisconnectSocketsAsync(bool close = false) => PublishAsync(Create(ClusterMessageType.DisconnectSockets) with { Close = close });

    /// <summary>Sends an event to the servers themselves.</summary>
    public Task ServerSideEmitAsync(string name, params ReadOnlySpan<object?> arguments)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name is "connect" or "connection" or "new_namespace"
            ? throw new ArgumentException($"\"{name}\" is a reserved event name", nameof(name))
            : PublishAsync(Create(ClusterMessageType.ServerSideEmit) with { Packet = _codec.WriteEvent(name, arguments) });
    }

    private static void CheckName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (PacketCodec.IsReservedEventName(name))
        {
            throw new ArgumentException($"\"{name}\" is a reserved event name", nameof(name));
        }
    }

    private ClusterEmitter With(ClusterTarget target) => new(this, _namespace, target);

    private ClusterMessage Create(ClusterMessageType type) => new() { Type = type, Uid = ClusterMessage.EmitterUid, Namespace = _namespace, Target = _target };

    private async Task PublishAsync(ClusterMessage message) => await _publish(message).ConfigureAwait(false);
}
