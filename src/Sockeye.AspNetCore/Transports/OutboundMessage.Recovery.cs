namespace Sockeye.AspNetCore.Transports;

// For connection state recovery: the offset is known only when the message enters the queues.
public sealed partial class OutboundMessage
{
    /// <summary>What it costs to keep it: binary data also have a polling form sooner or later, and for clients of revision 3 two more of everything.</summary>
    internal long KeptSize(bool withV3) => _frames.Count * ((IsOneText ? 1L : 3L) + (withV3 ? 3L : 0L));

    /// <summary>Whether the last argument of an event in the default format is a text.</summary>
    internal bool EndsWithText => FirstPart.EndsWith("\"]"u8);

    /// <summary>Puts bytes in place of others of the same length in the first packet. Only before anyone else has the message.</summary>
    internal void ReplaceLast(ReadOnlySpan<byte> placeholder, ReadOnlySpan<byte> value)
    {
        var packet = FirstPart;
        value.CopyTo(packet[packet.LastIndexOf(placeholder)..]);
    }
}
