using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>Runs a handler for one event; the result is the acknowledgement to send, if the server asked for one and the handler gives one.</summary>
internal delegate ValueTask<EncodedPacket?> EventInvoker(PacketArguments arguments, long? ackId);

/// <summary>Makes an <see cref="EventInvoker"/> of a typed handler: closed generics only, no reflection. The counterpart of the server's, without socket and services.</summary>
internal sealed class EventInvokers(PacketCodec codec, string ns)
{
    public static ValueTuple NoArguments(PacketArguments arguments) => default;

    public Func<PacketArguments, T1> Bind<T1>()
    {
        var first = new ArgumentReader<T1>(codec);
        return arguments => first.Read(arguments, 0);
    }

    public Func<PacketArguments, (T1, T2)> Bind<T1, T2>()
    {
        var (first, second) = (new ArgumentReader<T1>(codec), new ArgumentReader<T2>(codec));
        return arguments => (first.Read(arguments, 0), second.Read(arguments, 1));
    }

    public Func<PacketArguments, (T1, T2, T3)> Bind<T1, T2, T3>()
    {
        var (first, second, third) = (new ArgumentReader<T1>(codec), new ArgumentReader<T2>(codec), new ArgumentReader<T3>(codec));
        return arguments => (first.Read(arguments, 0), second.Read(arguments, 1), third.Read(arguments, 2));
    }

    public Func<PacketArguments, (T1, T2, T3, T4)> Bind<T1, T2, T3, T4>()
    {
        var (first, second, third, fourth) = (new ArgumentReader<T1>(codec), new ArgumentReader<T2>(codec), new ArgumentReader<T3>(codec), new ArgumentReader<T4>(codec));
        return arguments => (first.Read(arguments, 0), second.Read(arguments, 1), third.Read(arguments, 2), fourth.Read(arguments, 3));
    }

    public static EventInvoker Void<TArgs>(Func<PacketArguments, TArgs> bind, Action<TArgs> handler) =>
        (arguments, _) =>
        {
            handler(bind(arguments));
            return default;
        };

    public EventInvoker Value<TArgs, TResult>(Func<PacketArguments, TArgs> bind, Func<TArgs, TResult> handler)
    {
        HandlerResult.Check<TResult>(codec);
        return (arguments, ackId) =>
        {
            var result = handler(bind(arguments));
            return new(ackId is { } id ? HandlerResult.Encode(codec, ns, id, result) : null);
        };
    }

    public static EventInvoker AsyncVoid<TArgs>(Func<PacketArguments, TArgs> bind, Func<TArgs, Task> handler) =>
        (arguments, _) =>
        {
            var task = handler(bind(arguments));
            return task.Status == TaskStatus.RanToCompletion ? default : Finish(task);

            static async ValueTask<EncodedPacket?> Finish(Task task)
            {
                await task.ConfigureAwait(false);
                return null;
            }
        };

    public EventInvoker AsyncValue<TArgs, TResult>(Func<PacketArguments, TArgs> bind, Func<TArgs, Task<TResult>> handler)
    {
        HandlerResult.Check<TResult>(codec);
        return async (arguments, ackId) =>
        {
            var result = await handler(bind(arguments)).ConfigureAwait(false);
            return ackId is { } id ? HandlerResult.Encode(codec, ns, id, result) : null;
        };
    }
}
