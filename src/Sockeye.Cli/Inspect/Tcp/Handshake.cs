using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Tcp;

/// <summary>The three-way handshake (RFC 9293 §3.5).</summary>
/// <param name="Syn">When the client asked first.</param>
/// <param name="SynAck">When the server answered.</param>
/// <param name="Ack">When the client confirmed.</param>
internal readonly record struct Handshake(DateTimeOffset? Syn, DateTimeOffset? SynAck, DateTimeOffset? Ack)
{
    /// <summary>The time of a round trip, wherever between the two the capture was made: from the SYN to the ACK.</summary>
    public TimeSpan? RoundTrip => Ack - Syn;

    public Handshake With(Segment segment, WireDirection direction)
    {
        var syn = segment.Has(TcpFlags.Syn);
        if (direction == WireDirection.ToServer)
        {
            return syn ? this with { Syn = Syn ?? segment.Time }
                : Ack is null && SynAck is not null && segment.Has(TcpFlags.Ack) ? this with { Ack = segment.Time }
                : this;
        }

        return syn && segment.Has(TcpFlags.Ack) ? this with { SynAck = SynAck ?? segment.Time } : this;
    }
}
