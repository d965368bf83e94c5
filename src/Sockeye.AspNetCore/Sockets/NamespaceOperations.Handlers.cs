using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

public abstract partial class NamespaceOperations
{
    /// <summary>
    /// Adds a middleware that every client passes before it is connected. Call <c>next</c> to let it on; throw <see cref="ConnectErrorException"/> to refuse it with
    /// a message and data. Any other exception refuses it with "Internal server error"; returning without <c>next</c> with "Connection refused".
    /// </summary>
    public void Use(Func<ServerSocket, Func<Task>, Task> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        Handlers.ConnectMiddleware.Add(middleware);
    }

    /// <summary>Adds a middleware that every event passes before its handler. It may rename the event, change its arguments, or stop it: by not calling <c>next</c>, or by throwing.</summary>
    public void UseEvents(Func<SocketEvent, Func<Task>, Task> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        Handlers.EventMiddleware.Add(middleware);
    }

    /// <summary>Called for each client that has connected. The socket's events wait until this has finished.</summary>
    public void OnConnection(Func<ServerSocket, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.Connection.Add(handler);
    }

    /// <inheritdoc cref="OnConnection(Func{ServerSocket, Task})" />
    public void OnConnection(Action<ServerSocket> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.Connection.Add(socket =>
        {
            handler(socket);
            return Task.CompletedTask;
        });
    }

    /// <summary>Called when a socket has ended, while its rooms are still known. After the connection handlers, and exactly once.</summary>
    public void OnDisconnecting(Func<ServerSocket, DisconnectReason, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.Disconnecting.Add(handler);
    }

    /// <inheritdoc cref="OnDisconnecting(Func{ServerSocket, DisconnectReason, Task})" />
    public void OnDisconnecting(Action<ServerSocket, DisconnectReason> handler) => Handlers.Disconnecting.Add(HandlerShapes.Async(handler));

    /// <summary>Called when a socket has ended and left its rooms. After the connection handlers, and exactly once.</summary>
    public void OnDisconnect(Func<ServerSocket, DisconnectReason, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.Disconnect.Add(handler);
    }

    /// <inheritdoc cref="OnDisconnect(Func{ServerSocket, DisconnectReason, Task})" />
    public void OnDisconnect(Action<ServerSocket, DisconnectReason> handler) => Handlers.Disconnect.Add(HandlerShapes.Async(handler));

    /// <summary>Called when a handler or middleware threw, when data did not fit a handler, and when a client broke the protocol. It is logged and counted in any case.</summary>
    public void OnError(Action<SocketError> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.Error.Add(handler);
    }

    /// <summary>Called for every event that comes in, before the event middlewares and the event's handler, which follow when it has finished.</summary>
    public void OnAny(Func<ServerSocket, string, PacketArguments, Task> listener) => Handlers.Any.Add(HandlerShapes.Any(listener));

    /// <inheritdoc cref="OnAny(Func{ServerSocket, string, PacketArguments, Task})" />
    public void OnAny(Action<ServerSocket, string, PacketArguments> listener) => Handlers.Any.Add(HandlerShapes.Any(listener));

    /// <summary>As <see cref="OnAny(Func{ServerSocket, string, PacketArguments, Task})"/>, but before the listeners that are there already.</summary>
    public void PrependAny(Func<ServerSocket, string, PacketArguments, Task> listener) => Handlers.Any.Prepend(HandlerShapes.Any(listener));

    /// <inheritdoc cref="PrependAny(Func{ServerSocket, string, PacketArguments, Task})" />
    public void PrependAny(Action<ServerSocket, string, PacketArguments> listener) => Handlers.Any.Prepend(HandlerShapes.Any(listener));

    /// <summary>Takes a catch-all listener away; without an argument, all of them.</summary>
    public void OffAny(Delegate? listener = null) => Handlers.Any.RemoveAll(present => listener is null || present.Given == listener);

    /// <summary>Called for every event that is sent to a socket, alone or in a broadcast, before it is sent, with the arguments as they were given. Must be quick: it runs within the emit.</summary>
    public void OnAnyOutgoing(Action<ServerSocket, string, IReadOnlyList<object?>> listener) => Handlers.AnyOutgoing.Add(HandlerShapes.AnyOutgoing(listener));

    /// <summary>As <see cref="OnAnyOutgoing"/>, but before the listeners that are there already.</summary>
    public void PrependAnyOutgoing(Action<ServerSocket, string, IReadOnlyList<object?>> listener) => Handlers.AnyOutgoing.Prepend(HandlerShapes.AnyOutgoing(listener));

    /// <summary>Takes a listener for what is sent away; without an argument, all of them.</summary>
    public void OffAnyOutgoing(Delegate? listener = null) => Handlers.AnyOutgoing.RemoveAll(present => listener is null || present.Given == listener);

    /// <summary>Takes the handler of an event away. False: there was none.</summary>
    public bool Off(string name) => Handlers.Events.Remove(name);
}
