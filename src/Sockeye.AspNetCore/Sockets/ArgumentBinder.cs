using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Makes the functions that read the arguments of a handler, one for each number of them.</summary>
internal sealed class ArgumentBinder(PacketCodec format)
{
    public static ValueTuple NoArguments(PacketArguments arguments) => default;

    public Func<PacketArguments, T1> Bind<T1>()
    {
        var first = new ArgumentReader<T1>(format);
        return arguments => first.Read(arguments, 0);
    }

    public Func<PacketArguments, (T1, T2)> Bind<T1, T2>()
    {
        var (first, second) = (new ArgumentReader<T1>(format), new ArgumentReader<T2>(format));
        return arguments => (first.Read(arguments, 0), second.Read(arguments, 1));
    }

    public Func<PacketArguments, (T1, T2, T3)> Bind<T1, T2, T3>()
    {
        var (first, second, third) = (new ArgumentReader<T1>(format), new ArgumentReader<T2>(format), new ArgumentReader<T3>(format));
        return arguments => (first.Read(arguments, 0), second.Read(arguments, 1), third.Read(arguments, 2));
    }

    public Func<PacketArguments, (T1, T2, T3, T4)> Bind<T1, T2, T3, T4>()
    {
        var (first, second, third, fourth) = (new ArgumentReader<T1>(format), new ArgumentReader<T2>(format), new ArgumentReader<T3>(format), new ArgumentReader<T4>(format));
        return arguments => (first.Read(arguments, 0), second.Read(arguments, 1), third.Read(arguments, 2), fourth.Read(arguments, 3));
    }
}
