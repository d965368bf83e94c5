using System.Diagnostics.CodeAnalysis;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>A namespace: its own sockets, rooms and handlers, over connections that it may share with other namespaces. Thread-safe.</summary>
[SuppressMessage("Naming", "CA1716", Justification = "The word of the protocol; C# has no trouble with the capital letter.")]
public sealed partial class Namespace : NamespaceOperations
{
    private readonly Lock _population = new();
    private CopyOnWriteList<Action<RoomChange>> _roomHandlers;
    private long _lastAckId = -1;
    private int _inhabitants;
    private bool _isRemoved;

    internal Namespace(SocketIOServer server, string name, HandlerSet handlers, ParentNamespace? parent)
    {
        Server = server;
        Name = name;
        Handlers = handlers;
        Parent = parent;
        Targets = [this];
        Adapter = new LocalAdapter(RaiseRoomChange, server.Node is null ? null : TellCluster);
        SharedLog = server.Recovery is not null && server.Node?.Backend.HasLog == true ? new SharedLog(this) : null;
        Log = server.Recovery is { } recovery && SharedLog is null ? new RecoveryLog(this, recovery.Budget) : null;
        Cluster = server.Node is { } node ? new ClusterAdapter(node, this) : null;
        _presence = server.PresenceOfAll is { } presence ? new NamespacePresence(presence, this) : null;
    }

    /// <summary>The name, with its leading slash.</summary>
    public string Name { get; }

    /// <summary>The server.</summary>
    public SocketIOServer Server { get; }

    /// <summary>The connected sockets on this server, at this moment.</summary>
    public IReadOnlyList<ServerSocket> Sockets
    {
        get
        {
            using var recipients = Adapter.Select([], []);
            return recipients.Sockets.ToArray();
        }
    }

    /// <summary>The number of connected sockets on this server.</summary>
    public int SocketCount => Adapter.SocketCount;

    internal override HandlerSet Handlers { get; }

    internal override PacketCodec Format => Server.Format;

    internal override ArgumentBinder Binder => Server.Binder;

    internal override Namespace[] Targets { get; }

    internal ParentNamespace? Parent { get; }

    internal LocalAdapter Adapter { get; }

    /// <summary>The same namespace on other servers; null where this server is alone.</summary>
    internal ClusterAdapter? Cluster { get; }

    /// <summary>Stays true once a socket had a listener of its own: the question must cost nothing where nobody listens.</summary>
    internal bool HasSocketOutgoingListeners { get; set; }

    internal bool HasOutgoingListeners => HasSocketOutgoingListeners || Handlers.AnyOutgoing.Items.Length > 0;

    /// <summary>The connected socket with an id, if it is on this server.</summary>
    public ServerSocket? FindSocket(string id) => Adapter.Find(id);

    /// <summary>Called when a room of this namespace comes to be or ceases to be, and when a socket joins or leaves one. Must be quick: it runs within the join or leave.</summary>
    public void OnRoomChange(Action<RoomChange> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _roomHandlers.Add(handler);
    }

    /// <inheritdoc />
    public override string ToString() => $"the namespace {Name}";

    /// <summary>Ack ids count up in the namespace, not in the socket: a broadcast has one id for all its receivers.</summary>
    internal long NextAckId() => Interlocked.Increment(ref _lastAckId);

    /// <summary>A client comes in, be it only to the middlewares. False: the namespace has just been cleaned up.</summary>
    internal bool TryEnter()
    {
        lock (_population)
        {
            if (_isRemoved)
            {
                return false;
            }

            _inhabitants++;
            return true;
        }
    }

    /// <summary>A client is gone; an empty dynamic namespace may go with it.</summary>
    internal void Exit()
    {
        lock (_population)
        {
            if (--_inhabitants > 0 || Parent is null || !Server.Options.CleanupEmptyChildNamespaces)
            {
                return;
            }

            _isRemoved = true;
        }

        Server.Namespaces.Remove(this);
    }

    /// <summary>Completes when the other servers' engine, if there is one, has taken it.</summary>
    internal Task Emit<TPayload>(string[] rooms, string[] except, EmitFlags flags, string name, TPayload payload)
        where TPayload : IEventPayload, allows ref struct
    {
        if (Cluster is not null && !flags.Local)
        {
            return SharedLog is not null && !flags.Volatile ? EmitByLog(rooms, except, flags, name, payload) : EmitToAll(Cluster, rooms, except, flags, name, payload);
        }

        EmitHere(rooms, except, flags, name, payload);
        return Task.CompletedTask;
    }

    internal void EmitHere<TPayload>(string[] rooms, string[] except, EmitFlags flags, string name, TPayload payload)
        where TPayload : IEventPayload, allows ref struct
    {
        if (Log is not null && !flags.Volatile)
        {
            EmitRecoverable(Log, rooms, except, flags, name, payload);
            return;
        }

        var message = OutboundMessage.FromPacket(payload.Encode(Format, Name, name, null), !flags.NoCompress);
        using var recipients = Adapter.Select(rooms, except);
        NotifyOutgoing(recipients.Sockets, name, payload);
        Send(recipients.Sockets, message, flags, hasOffset: Log is null && SharedLog is null);
    }

    internal Task<IReadOnlyList<T>> EmitWithAcksAsync<T, TPayload>(
        string[] rooms, string[] except, EmitFlags flags, string name, TPayload payload, CancellationToken cancellationToken)
        where TPayload : IEventPayload, allows ref struct
    {
        if (Cluster is not null && !flags.Local)
        {
            return ClusterAnswersStrict.AllAcksAsync(TryEmitToAllWithAcks<T, TPayload>(Cluster, rooms, except, flags, name, payload, cancellationToken));
        }

        var id = NextAckId();
        var message = OutboundMessage.FromPacket(payload.Encode(Format, Name, name, id), !flags.NoCompress);
        using var recipients = Adapter.Select(rooms, except);
        if (recipients.Count == 0)
        {
            return Task.FromResult<IReadOnlyList<T>>([]);
        }

        NotifyOutgoing(recipients.Sockets, name, payload);
        var ack = new BroadcastAck<T>(id, recipients.Sockets.ToArray(), new ArgumentReader<T>(Format));
        ack.Register();
        Send(recipients.Sockets, message, flags, hasOffset: true);
        ack.Watch(Server.Time, flags.Timeout ?? Server.Options.AckTimeout, cancellationToken);
        return ack.Task;
    }

    private void Send(ReadOnlySpan<ServerSocket> sockets, OutboundMessage message, EmitFlags flags, bool hasOffset)
    {
        var sent = 0;
        foreach (var socket in sockets)
        {
            if (socket.Send(message, flags.Volatile))
            {
                sent++;
                if (!hasOffset)
                {
                    socket.SentWithoutOffset(message);
                }
            }
        }

        Server.Metrics.EventsSent(sent);
    }

    private void NotifyOutgoing<TPayload>(ReadOnlySpan<ServerSocket> sockets, string name, TPayload payload)
        where TPayload : IEventPayload, allows ref struct
    {
        if (HasOutgoingListeners)
        {
            var arguments = payload.ToObjects();
            foreach (var socket in sockets)
            {
                socket.NotifyOutgoing(name, arguments);
            }
        }
    }

    private void RaiseRoomChange(RoomChange change)
    {
        if (Server.PresenceOfAll is { } presence && change.SocketId is { } id)
        {
            presence.RoomChanged(this, change.Room, id);
        }

        foreach (var handler in _roomHandlers.Items)
        {
            try
            {
                handler(change);
            }
            catch (Exception e)
            {
                Server.Metrics.HandlerFailed();
                Server.Log.HandlerFailed("room change", change.SocketId ?? "", Name, e);
            }
        }
    }
}
