using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>A catch-all listener and the delegate that the user gave, by which it is taken away again.</summary>
internal sealed record AnyListener(Delegate Given, Func<ServerSocket, string, PacketArguments, Task> Run);

/// <summary>A listener for what is sent and the delegate that the user gave.</summary>
internal sealed record AnyOutgoingListener(Delegate Given, Action<ServerSocket, string, IReadOnlyList<object?>> Run);

/// <summary>Everything that user code registered on a namespace, on a family of dynamic namespaces, or on one socket.</summary>
internal sealed class HandlerSet
{
    public CopyOnWriteList<NamespaceRequirement> Authorization;
    public CopyOnWriteList<Func<ServerSocket, Func<Task>, Task>> ConnectMiddleware;
    public CopyOnWriteList<Func<SocketEvent, Func<Task>, Task>> EventMiddleware;
    public CopyOnWriteList<Func<ServerSocket, Task>> Connection;
    public CopyOnWriteList<Func<ServerSocket, DisconnectReason, Task>> Disconnecting;
    public CopyOnWriteList<Func<ServerSocket, DisconnectReason, Task>> Disconnect;
    public CopyOnWriteList<AnyListener> Any;
    public CopyOnWriteList<AnyOutgoingListener> AnyOutgoing;
    public CopyOnWriteList<Action<SocketError>> Error;
    public CopyOnWriteList<Func<ServerSocket, RecoveryFailure, Task>> RecoveryFailed;

    private ServerEventTable? _serverEvents;

    public HandlerSet() => Events = new EventTable();

    private HandlerSet(HandlerSet other)
    {
        Events = new EventTable(other.Events);
        _serverEvents = other._serverEvents is { } serverEvents ? new ServerEventTable(serverEvents) : null;
        Authorization = other.Authorization;
        ConnectMiddleware = other.ConnectMiddleware;
        EventMiddleware = other.EventMiddleware;
        Connection = other.Connection;
        Disconnecting = other.Disconnecting;
        Disconnect = other.Disconnect;
        Any = other.Any;
        AnyOutgoing = other.AnyOutgoing;
        Error = other.Error;
        RecoveryFailed = other.RecoveryFailed;
    }

    public EventTable Events { get; }

    /// <summary>Of other servers; made when one is registered or comes in.</summary>
    public ServerEventTable ServerEvents
    {
        get
        {
            var present = Volatile.Read(ref _serverEvents);
            if (present is null)
            {
                var made = new ServerEventTable();
                present = Interlocked.CompareExchange(ref _serverEvents, made, null) ?? made;
            }

            return present;
        }
    }

    /// <summary>The handlers as they are now; later registrations on the one do not reach the other.</summary>
    public HandlerSet Copy() => new(this);
}
