using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>A catch-all listener and the delegate that the user gave, by which it is taken away again.</summary>
internal sealed record AnyListener(Delegate Given, Func<string, PacketArguments, Task> Run)
{
    public static AnyListener Of(Func<string, PacketArguments, Task> listener) => new(listener ?? throw new ArgumentNullException(nameof(listener)), listener);

    public static AnyListener Of(Action<string, PacketArguments> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return new AnyListener(listener, (name, arguments) =>
        {
            listener(name, arguments);
            return Task.CompletedTask;
        });
    }
}

/// <summary>A listener for what is sent and the delegate that the user gave.</summary>
internal sealed record AnyOutgoingListener(Delegate Given, Action<string, IReadOnlyList<object?>> Run);
