using Microsoft.Extensions.DependencyInjection;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// Makes the functions that read the arguments of a handler, one for each number of them. A parameter whose type is a registered service comes from the event's
/// <see cref="EventScope"/>; the others are the event's arguments, in their order.
/// </summary>
internal sealed class ArgumentBinder(PacketCodec format, IServiceProviderIsService? services = null)
{
    public static ValueTuple NoArguments(PacketArguments arguments) => default;

    public Func<PacketArguments, T1> Bind<T1>()
    {
        var next = 0;
        var first = Next<T1>(ref next);
        return arguments => first.Read(arguments);
    }

    public Func<PacketArguments, (T1, T2)> Bind<T1, T2>()
    {
        var next = 0;
        var (first, second) = (Next<T1>(ref next), Next<T2>(ref next));
        return arguments => (first.Read(arguments), second.Read(arguments));
    }

    public Func<PacketArguments, (T1, T2, T3)> Bind<T1, T2, T3>()
    {
        var next = 0;
        var (first, second, third) = (Next<T1>(ref next), Next<T2>(ref next), Next<T3>(ref next));
        return arguments => (first.Read(arguments), second.Read(arguments), third.Read(arguments));
    }

    public Func<PacketArguments, (T1, T2, T3, T4)> Bind<T1, T2, T3, T4>()
    {
        var next = 0;
        var (first, second, third, fourth) = (Next<T1>(ref next), Next<T2>(ref next), Next<T3>(ref next), Next<T4>(ref next));
        return arguments => (first.Read(arguments), second.Read(arguments), third.Read(arguments), fourth.Read(arguments));
    }

    private Parameter<T> Next<T>(ref int next) =>
        IsService(typeof(T)) ? new Parameter<T>(null, 0) : new Parameter<T>(new ArgumentReader<T>(format), next++);

    // The container says yes to every IEnumerable<T>; a handler that takes a list of numbers means those of the client.
    private bool IsService(Type type) =>
        services is not null
        && services.IsService(type.IsConstructedGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>) ? type.GenericTypeArguments[0] : type);

    private readonly struct Parameter<T>(ArgumentReader<T>? reader, int index)
    {
        public T Read(PacketArguments arguments) =>
            reader is null ? (T)EventScope.Current!.Services.GetRequiredService(typeof(T)) : reader.Read(arguments, index);
    }
}
