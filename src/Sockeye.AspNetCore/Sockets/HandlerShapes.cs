using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>From the shapes of handlers that users may write to the one that is kept.</summary>
internal static class HandlerShapes
{
    public static Func<ServerSocket, DisconnectReason, Task> Async(Action<ServerSocket, DisconnectReason> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return (socket, reason) =>
        {
            handler(socket, reason);
            return Task.CompletedTask;
        };
    }

    public static AnyListener Any(Func<ServerSocket, string, PacketArguments, Task> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return new AnyListener(listener, listener);
    }

    public static AnyListener Any(Action<ServerSocket, string, PacketArguments> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return new AnyListener(listener, (socket, name, arguments) =>
        {
            listener(socket, name, arguments);
            return Task.CompletedTask;
        });
    }

    public static AnyListener Any(Func<string, PacketArguments, Task> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return new AnyListener(listener, (_, name, arguments) => listener(name, arguments));
    }

    public static AnyListener Any(Action<string, PacketArguments> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return new AnyListener(listener, (_, name, arguments) =>
        {
            listener(name, arguments);
            return Task.CompletedTask;
        });
    }

    public static AnyOutgoingListener AnyOutgoing(Action<ServerSocket, string, IReadOnlyList<object?>> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return new AnyOutgoingListener(listener, listener);
    }

    public static AnyOutgoingListener AnyOutgoing(Action<string, IReadOnlyList<object?>> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return new AnyOutgoingListener(listener, (_, name, arguments) => listener(name, arguments));
    }
}
