using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

public sealed partial class ServerSocket
{
    /// <summary>Adds a middleware that every event of this socket passes, after those of the namespace.</summary>
    public void Use(Func<SocketEvent, Func<Task>, Task> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        Handlers.EventMiddleware.Add(middleware);
    }

    /// <summary>Called when this socket has ended, while its rooms are still known.</summary>
    public void OnDisconnecting(Func<ServerSocket, DisconnectReason, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.Disconnecting.Add(handler);
    }

    /// <inheritdoc cref="OnDisconnecting(Func{ServerSocket, DisconnectReason, Task})" />
    public void OnDisconnecting(Action<ServerSocket, DisconnectReason> handler) => Handlers.Disconnecting.Add(HandlerShapes.Async(handler));

    /// <summary>Called when this socket has ended and left its rooms.</summary>
    public void OnDisconnect(Func<ServerSocket, DisconnectReason, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.Disconnect.Add(handler);
    }

    /// <inheritdoc cref="OnDisconnect(Func{ServerSocket, DisconnectReason, Task})" />
    public void OnDisconnect(Action<ServerSocket, DisconnectReason> handler) => Handlers.Disconnect.Add(HandlerShapes.Async(handler));

    /// <summary>Called when a handler or middleware of this socket threw, when data did not fit a handler, and when the client broke the protocol.</summary>
    public void OnError(Action<SocketError> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.Error.Add(handler);
    }

    /// <summary>Called for every event that comes in, before the event middlewares and the event's handler, which follow when it has finished.</summary>
    public void OnAny(Func<string, PacketArguments, Task> listener) => Handlers.Any.Add(HandlerShapes.Any(listener));

    /// <inheritdoc cref="OnAny(Func{string, PacketArguments, Task})" />
    public void OnAny(Action<string, PacketArguments> listener) => Handlers.Any.Add(HandlerShapes.Any(listener));

    /// <summary>As <see cref="OnAny(Func{string, PacketArguments, Task})"/>, but before the listeners that are there already.</summary>
    public void PrependAny(Func<string, PacketArguments, Task> listener) => Handlers.Any.Prepend(HandlerShapes.Any(listener));

    /// <inheritdoc cref="PrependAny(Func{string, PacketArguments, Task})" />
    public void PrependAny(Action<string, PacketArguments> listener) => Handlers.Any.Prepend(HandlerShapes.Any(listener));

    /// <summary>Takes a catch-all listener of this socket away; without an argument, all of them.</summary>
    public void OffAny(Delegate? listener = null) => Handlers.Any.RemoveAll(present => listener is null || present.Given == listener);

    /// <summary>Called for every event that is sent to this socket, alone or in a broadcast, with the arguments as they were given. Must be quick: it runs within the emit.</summary>
    public void OnAnyOutgoing(Action<string, IReadOnlyList<object?>> listener) => AddOutgoing(listener, prepend: false);

    /// <summary>As <see cref="OnAnyOutgoing"/>, but before the listeners that are there already.</summary>
    public void PrependAnyOutgoing(Action<string, IReadOnlyList<object?>> listener) => AddOutgoing(listener, prepend: true);

    /// <summary>Takes a listener for what is sent away; without an argument, all of them.</summary>
    public void OffAnyOutgoing(Delegate? listener = null) => Handlers.AnyOutgoing.RemoveAll(present => listener is null || present.Given == listener);

    /// <summary>Takes this socket's handler of an event away. False: there was none.</summary>
    public bool Off(string name) => OwnHandlers?.Events.Remove(name) ?? false;

    private void AddOutgoing(Action<string, IReadOnlyList<object?>> listener, bool prepend)
    {
        var adapted = HandlerShapes.AnyOutgoing(listener);
        if (prepend)
        {
            Handlers.AnyOutgoing.Prepend(adapted);
        }
        else
        {
            Handlers.AnyOutgoing.Add(adapted);
        }

        Namespace.HasSocketOutgoingListeners = true;
    }
}
