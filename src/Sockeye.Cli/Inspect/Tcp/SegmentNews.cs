namespace Sockeye.Cli.Inspect.Tcp;

/// <summary>What a segment is, in the light of those before it.</summary>
/// <param name="Kind">In a word or two.</param>
/// <param name="Note">What there is to say about it.</param>
/// <param name="Error">What is wrong with it.</param>
internal readonly record struct SegmentNews(string Kind, string? Note = null, string? Error = null)
{
    public const string Retransmission = "retransmission";
    public const string OutOfOrder = "out of order";
    public const string HandshakeAck = "ACK, connection established";
    public const string ZeroWindow = "zero window";
    public const string KeepAlive = "keep-alive";

    public bool IsRetransmission { get; init; }

    public static SegmentNews Of(Segment segment, TcpSide side, TcpSide other, bool isOver)
    {
        if (segment.Has(TcpFlags.Rst))
        {
            return Reset(segment, side, other, isOver);
        }

        if (segment.Has(TcpFlags.Syn))
        {
            var repeated = side.SynTime is { } first && first != segment.Time;
            var kind = segment.Has(TcpFlags.Ack) ? "SYN-ACK" : "SYN";
            return repeated ? new(kind, $"retransmission, {Since(side, segment)}") { IsRetransmission = true } : new(kind);
        }

        if (segment.PayloadLength > 0)
        {
            return Data(segment, side, other);
        }

        if (segment.Has(TcpFlags.Fin))
        {
            return side.HasFinished ? new("FIN", $"retransmission, {Since(side, segment)}") { IsRetransmission = true } : new("FIN");
        }

        return Empty(segment, side, other);
    }

    private static SegmentNews Reset(Segment segment, TcpSide side, TcpSide other, bool isOver) =>
        side.SynTime is null && other.SynTime is not null && other.Stream.End == 0 && segment.Has(TcpFlags.Ack) ? new("RST", "refused", "Connection refused: nothing listens on this port, or a firewall rejects it.")
            : isOver ? new("RST", "after the end")
            : side.HasFinished ? new("RST", "it had closed already: what still came was thrown away")
            : new("RST", "connection reset", "The connection was reset: the other side gets an error (ECONNRESET), and what was still on the way is lost.");

    private static SegmentNews Data(Segment segment, TcpSide side, TcpSide other)
    {
        if (segment.PayloadLength == 1 && side.Stream.PositionOf(segment.Sequence) == side.Stream.End - 1 && side.Stream.Position == side.Stream.End)
        {
            return new(KeepAlive, "repeats the last byte");
        }

        if (segment.PayloadLength == 1 && other.Window == 0 && side.Stream.PositionOf(segment.Sequence) == side.Stream.End)
        {
            return new("zero window probe", "asks whether the window has opened");
        }

        var kind = segment.Has(TcpFlags.Fin) ? "segment, FIN" : "segment";
        var fate = side.Stream.Classify(segment.Sequence, segment.PayloadLength);
        if ((fate is SegmentFate.InOrder or SegmentFate.Ahead) && side.Stream.PositionOf(segment.Sequence) < side.Highest)
        {
            // A FIN or an empty segment that came before them has shown that these bytes are missing.
            fate = SegmentFate.FillsGap;
        }

        return fate switch
        {
            SegmentFate.Repeated or SegmentFate.Overlaps => new(Retransmission, Since(side, segment)) { IsRetransmission = true },
            SegmentFate.FillsGap when IsOlder(segment, side) => new(OutOfOrder, "overtaken on its way"),
            SegmentFate.FillsGap => new(Retransmission, "the first copy was lost before it came here") { IsRetransmission = true },
            SegmentFate.Ahead => new(kind, $"{side.Stream.PositionOf(segment.Sequence) - side.Stream.End:N0} bytes before it have not come yet"),
            _ => new(kind),
        };
    }

    // The sender's clock tells whether a late segment was sent late, or sent before those that came first (RFC 7323 §3). Without it, it counts as sent again.
    private static bool IsOlder(Segment segment, TcpSide side) => segment.Options.Timestamp is { } sent && unchecked((int)(sent - side.HighestTimestamp)) < 0;

    private static SegmentNews Empty(Segment segment, TcpSide side, TcpSide other)
    {
        var position = side.Stream.PositionOf(segment.Sequence);
        if (side.Stream.IsStarted && position == side.Stream.End - 1 && !side.HasFinished && position >= 0)
        {
            return new(KeepAlive, "is the other side still there?");
        }

        var window = TcpConnection.Window(segment, side, other);
        if (window == 0)
        {
            return new(ZeroWindow, "its buffer is full: the application does not read");
        }

        if (side.SynTime is not null && other.SynTime is not null && side.Acknowledged is null && side.Stream.End == 0)
        {
            return new(HandshakeAck);
        }

        if (side.Acknowledged != segment.Acknowledgment)
        {
            return new("ACK");
        }

        return side.Window == 0 ? new("window update", "reads again")
            : side.Window != window ? new("window update")
            : segment.Options.SelectiveAcks.Count > 0 || other.Stream.Gap > 0 ? new("duplicate ACK", "something before what came is missing")
            : new("ACK");
    }

    private static string Since(TcpSide side, Segment segment) =>
        side.FirstSent(segment.Sequence) is { } first ? $"{(segment.Time - first).TotalMilliseconds:0.0} ms after the first" : "sent before";
}
