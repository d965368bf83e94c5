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
        CheckResult<TResult>(format);
        return (socket, arguments, ackId) =>
        {
            var result = handler(socket, bind(arguments));
            return new(ackId is { } id ? Encode(format, socket.Namespace.Name, id, result) : null);
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
        CheckResult<TResult>(format);
        return async (socket, arguments, ackId) =>
        {
            var result = await handler(socket, bind(arguments)).ConfigureAwait(false);
            return ackId is { } id ? Encode(format, socket.Namespace.Name, id, result) : null;
        };
    }

    private static EncodedPacket? Encode<TResult>(PacketCodec format, string ns, long id, TResult result)
    {
        if (typeof(TResult) == typeof(Ack))
        {
            return ((Ack?)(object?)result)?.Encode(format, ns, id);
        }

        return typeof(TResult) == typeof(object) ? format.EncodeAck(ns, id, [result]) : format.EncodeAck(ns, id, result);
    }

    private static void CheckResult<TResult>(PacketCodec format)
    {
        if (typeof(TResult) == typeof(ValueTask) || (typeof(TResult).IsGenericType && typeof(TResult).GetGenericTypeDefinition() == typeof(ValueTask<>)))
        {
            throw new ArgumentException("This handler returns a ValueTask, which would be sent as the acknowledgement. Make the lambda async, or return a Task (AsTask()).");
        }

        if (typeof(TResult) != typeof(Ack) && typeof(TResult) != typeof(PacketArguments) && typeof(TResult) != typeof(object))
        {
            format.GetTypeInfo<TResult>();
        }
    }
}
