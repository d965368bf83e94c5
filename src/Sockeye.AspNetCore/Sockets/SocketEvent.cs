using System.Runtime.CompilerServices;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>An event on its way to its handler, for event middlewares: they may rename it, change its arguments, or stop it by not calling <c>next</c> or by throwing.</summary>
public sealed class SocketEvent
{
    internal SocketEvent(ServerSocket socket, string name, PacketArguments arguments, long? ackId)
    {
        Socket = socket;
        Name = name;
        Arguments = arguments;
        AckId = ackId;
    }

    /// <summary>Who sent it.</summary>
    public ServerSocket Socket { get; }

    /// <summary>The name by which the handler is found.</summary>
    public string Name
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }

    /// <summary>The arguments that the handler gets.</summary>
    public PacketArguments Arguments
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }

    /// <summary>Whether the client asked for an acknowledgement.</summary>
    public bool WantsAck => AckId is not null;

    internal long? AckId { get; }

    /// <summary>
    /// Replaces the arguments by values, which are serialised like those of an emit. Received <see cref="PacketArguments"/> among them stand for all that they
    /// hold: <c>SetArguments(e.Name, e.Arguments)</c> puts one in front.
    /// </summary>
    [OverloadResolutionPriority(-1)]
    public void SetArguments(params ReadOnlySpan<object?> values) => Arguments = Socket.Namespace.Format.CreateArguments(values);

    /// <summary>Replaces the arguments by one value, also if that is an array or null.</summary>
    public void SetArguments(object? value) => Arguments = Socket.Namespace.Format.CreateArguments([value]);
}
