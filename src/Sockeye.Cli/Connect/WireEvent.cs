using System.Text;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Connect;

/// <summary>An event or an acknowledgement that went over the connection.</summary>
/// <param name="Time">Since the connection was opened.</param>
/// <param name="Outgoing">From us to the server.</param>
/// <param name="Namespace">The namespace, with its leading slash.</param>
/// <param name="Name">The event's name; null: an acknowledgement.</param>
/// <param name="Id">The ack id: of an acknowledgement, or of an event that asks for one.</param>
/// <param name="Arguments">The arguments.</param>
internal sealed record WireEvent(TimeSpan Time, bool Outgoing, string Namespace, string? Name, long? Id, PacketArguments Arguments)
{
    /// <summary>How long it took, of an acknowledgement.</summary>
    public TimeSpan? Took { get; init; }

    public static WireEvent? Of(Packet packet, bool outgoing, TimeSpan time) => packet.Type switch
    {
        PacketType.Event => new(time, outgoing, packet.Namespace, Encoding.UTF8.GetString(packet.EventName.Span), packet.Id, packet.Arguments),
        PacketType.Ack => new(time, outgoing, packet.Namespace, null, packet.Id, packet.Arguments),
        _ => null,
    };
}
