namespace Sockeye.AspNetCore.Transports;

// For connection state recovery: the offset is known only when the message enters the queues.
public sealed partial class OutboundMessage
{
    /// <summary>What it costs to keep it. Binary data also have a polling form sooner or later.</summary>
    internal long KeptSize => _parts is [{ IsBinary: false }] ? _frames.Length : 3L * _frames.Length;

    /// <summary>Whether the last argument of an event in the default format is a text.</summary>
    internal bool EndsWithText => _frames.AsSpan(_parts[0].Start, _parts[0].Length).EndsWith("\"]"u8);

    /// <summary>Puts bytes in place of others of the same length in the first packet. Only before anyone else has the message.</summary>
    internal void ReplaceLast(ReadOnlySpan<byte> placeholder, ReadOnlySpan<byte> value)
    {
        var packet = _frames.AsSpan(_parts[0].Start, _parts[0].Length);
        value.CopyTo(packet[packet.LastIndexOf(placeholder)..]);
    }
}
