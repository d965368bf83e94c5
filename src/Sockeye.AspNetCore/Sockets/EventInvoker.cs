using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Runs a handler for one event; the result is the acknowledgement to send, if the peer asked for one and the handler gives one.</summary>
internal delegate ValueTask<EncodedPacket?> EventInvoker(ServerSocket socket, PacketArguments arguments, long? ackId);

/// <summary>Makes an <see cref="EventInvoker"/> of a typed handler: closed generics only, no reflection.</summary>
internal static class EventInvokers
{
    public static EventInvoker Void<TArgs>(Func<PacketArguments, TArgs> bind, Action<ServerSocket, TArgs> handler) =>
        (socket, arguments, _) =>
        {
            handler(socket, bind(arguments));
            return default;
        };

    public static EventInvoker Value<TArgs, TResult>(PacketCodec format, Func<PacketArguments, TArgs> bind, Func<ServerSocket, TArgs, TResult> handler)
    {
        HandlerResult.Check<TResult>(format);
        return (socket, arguments, ackId) =>
        {
            var result = handler(socket, bind(arguments));
            return new(ackId is { } id ? HandlerResult.Encode(format, socket.Namespace.Name, id, result) : null);
        };
    }

    public static EventInvoker AsyncVoid<TArgs>(Func<PacketArguments, TArgs> bind, Func<ServerSocket, TArgs, Task> handler) =>
        (socket, arguments, _) =>
        {
            var task = handler(socket, bind(arguments));
            return task.IsCompletedSuccessfully ? default : Finish(task);

            static async ValueTask<EncodedPacket?> Finish(Task task)
            {
                await task.ConfigureAwait(false);
                return null;
            }
        };

    public static EventInvoker AsyncValue<TArgs, TResult>(
        PacketCodec format, Func<PacketArguments, TArgs> bind, Func<ServerSocket, TArgs, Task<TResult>> handler)
    {
        HandlerResult.Check<TResult>(format);
        return async (socket, arguments, ackId) =>
        {
            var result = await handler(socket, bind(arguments)).ConfigureAwait(false);
            return ackId is { } id ? HandlerResult.Encode(format, socket.Namespace.Name, id, result) : null;
        };
    }
}
