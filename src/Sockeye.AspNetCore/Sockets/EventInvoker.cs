using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Runs a handler for one event; the result is the acknowledgement to send, if the peer asked for one and the handler gives one.</summary>
internal delegate ValueTask<EncodedPacket?> EventCall(ServerSocket socket, PacketArguments arguments, long? ackId);

/// <summary>A handler as it is kept.</summary>
/// <param name="Run">Calls it.</param>
/// <param name="IsSynchronous">Whether it has ended when the call returns, whatever it does.</param>
internal sealed record EventInvoker(EventCall Run, bool IsSynchronous);

/// <summary>Makes an <see cref="EventInvoker"/> of a typed handler: closed generics only, no reflection.</summary>
internal static class EventInvokers
{
    public static EventInvoker Void<TArgs>(Func<PacketArguments, TArgs> bind, Action<ServerSocket, TArgs> handler) =>
        new(
            (socket, arguments, _) =>
            {
                handler(socket, bind(arguments));
                return default;
            },
            IsSynchronous: true);

    public static EventInvoker Value<TArgs, TResult>(PacketCodec format, Func<PacketArguments, TArgs> bind, Func<ServerSocket, TArgs, TResult> handler)
    {
        HandlerResult.Check<TResult>(format);
        return new(
            (socket, arguments, ackId) =>
            {
                var result = handler(socket, bind(arguments));
                return new(ackId is { } id ? HandlerResult.Encode(format, socket.Namespace.Name, id, result) : null);
            },
            IsSynchronous: true);
    }

    public static EventInvoker AsyncVoid<TArgs>(Func<PacketArguments, TArgs> bind, Func<ServerSocket, TArgs, Task> handler) =>
        new(
            (socket, arguments, _) =>
            {
                var task = handler(socket, bind(arguments));
                return task.IsCompletedSuccessfully ? default : Finish(task);

                static async ValueTask<EncodedPacket?> Finish(Task task)
                {
                    await task.ConfigureAwait(false);
                    return null;
                }
            },
            IsSynchronous: false);

    public static EventInvoker AsyncValue<TArgs, TResult>(
        PacketCodec format, Func<PacketArguments, TArgs> bind, Func<ServerSocket, TArgs, Task<TResult>> handler)
    {
        HandlerResult.Check<TResult>(format);
        return new(
            async (socket, arguments, ackId) =>
            {
                var result = await handler(socket, bind(arguments)).ConfigureAwait(false);
                return ackId is { } id ? HandlerResult.Encode(format, socket.Namespace.Name, id, result) : null;
            },
            IsSynchronous: false);
    }
}
