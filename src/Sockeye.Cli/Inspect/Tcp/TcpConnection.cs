using System.Net;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Tcp;

/// <summary>One TCP connection: makes records of its packets and segments, and gives the layers above it the two streams of bytes.</summary>
internal sealed class TcpConnection : SeenConnection
{
    private readonly TcpSide[] _sides = [new(), new()];
    private readonly IByteSink _sink;

    /// <summary>Makes a connection of its first segment.</summary>
    /// <param name="number">Its number in the capture, from 1.</param>
    /// <param name="client">Who opened it.</param>
    /// <param name="server">Who listened.</param>
    /// <param name="upper">Makes what takes its bytes.</param>
    public TcpConnection(int number, IPEndPoint client, IPEndPoint server, Func<WireConnection, IByteSink> upper) : base(number, client, server)
    {
        _sink = upper(Wire);
    }

    /// <summary>The handshake's times, as far as it was seen.</summary>
    public Handshake Handshake { get; private set; } = new(null, null, null);

    public override TimeSpan? ConnectTime => Handshake.RoundTrip;

    /// <summary>Both sides have ended it, or one has reset it.</summary>
    public bool IsOver => WasReset || (this[WireDirection.ToServer].HasFinished && this[WireDirection.ToClient].HasFinished);

    public bool WasReset { get; private set; }

    public TcpSide this[WireDirection direction] => _sides[(int)direction];

    public override IReadOnlyList<string> Describe() => TcpWords.Of(this);

    /// <summary>Whether a SYN begins another connection between the same ports.</summary>
    public bool IsAnother(Segment syn)
    {
        var side = this[Direction(syn)];
        return side.HasInitial && (IsOver || side.SynTime is null || side.Initial != syn.Sequence);
    }

    public void Add(Segment segment)
    {
        var direction = Direction(segment);
        var (side, other) = (this[direction], this[Opposite(direction)]);
        Start = Start == default ? segment.Time : Start;
        Latest = segment.Time;
        Begin(segment, side, other);
        var news = SegmentNews.Of(segment, side, other, WasReset || IsOver);
        var record = TcpRecords.Add(Wire, segment, direction, news, side, other);
        Count(segment, side, news);
        Learn(segment, direction, side, other);
        Deliver(segment, direction, side, record.Id);
        LookForLoss(segment.Time, direction);
        LookForLoss(segment.Time, Opposite(direction));
    }

    /// <summary>The capture is at its end: what still waits for missing bytes is passed on without them.</summary>
    public void Finish()
    {
        foreach (var direction in (ReadOnlySpan<WireDirection>)[WireDirection.ToServer, WireDirection.ToClient])
        {
            var side = this[direction];
            while (side.Stream.Gap > 0)
            {
                GiveUp(Latest, direction, side, null);
            }

            End(Latest, direction, side, force: WasReset);
        }

        if (this[WireDirection.ToServer] is { SynTime: not null, Packets: > 0 } && this[WireDirection.ToClient].Packets == 0)
        {
            Wire.Add(WireLayer.Tcp, WireDirection.ToServer, Latest, "no answer", $"Nothing answered {this[WireDirection.ToServer].Packets} SYN within {(Latest - Start).TotalSeconds:0.###} s of the capture.",
                error: "No answer to the SYN: a firewall drops it, or no host has this address.");
        }
    }

    private WireDirection Direction(Segment segment) => segment.Source.Equals(Client) ? WireDirection.ToServer : WireDirection.ToClient;

    private static WireDirection Opposite(WireDirection direction) => direction == WireDirection.ToServer ? WireDirection.ToClient : WireDirection.ToServer;

    // The first number that is seen of a side begins its stream: in a SYN, in its own segments, or in what the other side acknowledges.
    private static void Begin(Segment segment, TcpSide side, TcpSide other)
    {
        if (segment.Has(TcpFlags.Rst) && !side.HasInitial)
        {
            return;
        }

        if (!side.HasInitial)
        {
            side.HasInitial = true;
            side.Initial = segment.Has(TcpFlags.Syn) ? segment.Sequence : unchecked(segment.Sequence - 1);
            side.Stream.Start(unchecked(side.Initial + 1));
        }

        if (segment.Has(TcpFlags.Syn))
        {
            side.SynTime ??= segment.Time;
            side.OffersScale = segment.Options.WindowScale is not null;
            side.Scale = segment.Options.WindowScale ?? 0;
        }
        else if (!other.HasInitial && segment.Has(TcpFlags.Ack))
        {
            other.HasInitial = true;
            other.Initial = unchecked(segment.Acknowledgment - 1);
            other.Stream.Start(segment.Acknowledgment);
        }
    }

    private static void Count(Segment segment, TcpSide side, in SegmentNews news)
    {
        side.Packets++;
        side.Bytes += segment.PayloadLength;
        side.Retransmissions += news.IsRetransmission ? 1 : 0;
        side.OutOfOrder += news.Kind == SegmentNews.OutOfOrder ? 1 : 0;
    }

    private void Learn(Segment segment, WireDirection direction, TcpSide side, TcpSide other)
    {
        if (segment.SequenceLength > 0)
        {
            side.Remember(segment);
        }

        if (segment.Has(TcpFlags.Ack))
        {
            side.Acknowledged = segment.Acknowledgment;
            other.Confirm(segment.Acknowledgment);
        }

        side.Window = Window(segment, side, other);
        if (segment.Options.Timestamp is { } timestamp && unchecked((int)(timestamp - side.HighestTimestamp)) > 0)
        {
            side.HighestTimestamp = timestamp;
        }

        Handshake = Handshake.With(segment, direction);
        WasReset |= segment.Has(TcpFlags.Rst);
        if (side.Stream.IsStarted && !segment.Has(TcpFlags.Rst | TcpFlags.Syn))
        {
            side.Highest = Math.Max(side.Highest, side.Stream.PositionOf(segment.Sequence) + segment.PayloadLength);
        }

        if (segment.Has(TcpFlags.Fin) && side.Stream.IsStarted)
        {
            side.HasFinished = true;
            side.FinPosition ??= side.Stream.PositionOf(segment.Sequence) + segment.PayloadLength;
        }
    }

    /// <summary>The window in bytes. It is scaled only if both sides offered to (RFC 7323 §2.2), and never in a SYN.</summary>
    internal static long Window(Segment segment, TcpSide side, TcpSide other) =>
        segment.Has(TcpFlags.Syn) || !side.OffersScale || !other.OffersScale ? segment.Window : (long)segment.Window << side.Scale;

    private void Deliver(Segment segment, WireDirection direction, TcpSide side, int record)
    {
        if (segment.Payload.Length > 0 && side.Stream.IsStarted && !IsKeepAlive(segment, side) && !segment.Has(TcpFlags.Rst))
        {
            // Data in a SYN (RFC 7413) comes after the SYN's own number.
            side.Stream.Add(segment.Has(TcpFlags.Syn) ? unchecked(segment.Sequence + 1) : segment.Sequence, segment.Payload, record);
            Drain(segment.Time, direction, side);
            while (side.Stream.IsOverfull)
            {
                GiveUp(segment.Time, direction, side, null);
            }
        }

        End(segment.Time, direction, side, force: segment.Has(TcpFlags.Rst));
        if (segment.Has(TcpFlags.Rst))
        {
            End(segment.Time, Opposite(direction), this[Opposite(direction)], force: true);
        }
    }

    private static bool IsKeepAlive(Segment segment, TcpSide side) => segment.PayloadLength <= 1 && side.Stream.PositionOf(segment.Sequence) == side.Stream.End - 1 && !segment.Has(TcpFlags.Syn);

    private void Drain(DateTimeOffset time, WireDirection direction, TcpSide side)
    {
        while (side.Stream.TryTake(out var data, out var carrier))
        {
            side.Patience = TcpSide.FullPatience;
            _sink.Receive(direction, time, data.Span, carrier);
        }
    }

    // What the other side has acknowledged has arrived there: then it is the capture that misses it.
    private void LookForLoss(DateTimeOffset time, WireDirection direction)
    {
        var (side, other) = (this[direction], this[Opposite(direction)]);
        if (!side.Stream.IsStarted || side.HasEnded || other.Acknowledged is not { } acknowledged)
        {
            return;
        }

        // A FIN takes a number, too, but is no byte of the stream.
        var until = Math.Min(side.Stream.PositionOf(acknowledged), side.FinPosition ?? long.MaxValue);
        if (until <= side.Stream.Position)
        {
            side.Patience = TcpSide.FullPatience;
        }
        else if (side.Patience-- == 0)
        {
            side.Patience = TcpSide.FullPatience;
            GiveUp(time, direction, side, until);
        }
    }

    private void GiveUp(DateTimeOffset time, WireDirection direction, TcpSide side, long? until)
    {
        var first = side.Relative(side.Stream.Next);
        var lost = side.Stream.GiveUp(until);
        if (lost > 0)
        {
            side.BytesLost += lost;
            Wire.Add(WireLayer.Tcp, direction, time, "not captured", $"{lost:N0} bytes from sequence number {first} on are not in the capture.",
                error: "The capture has a gap: packets were dropped while capturing (tcpdump says how many), cut (tcpdump -s 0 keeps them whole), or went another way.");
            _sink.Skip(direction, time, lost);
        }

        Drain(time, direction, side);
        End(time, direction, side, force: false);
    }

    private void End(DateTimeOffset time, WireDirection direction, TcpSide side, bool force)
    {
        if (!side.HasEnded && (force || (side.FinPosition is { } fin && side.Stream.Position >= fin)))
        {
            side.HasEnded = true;
            _sink.End(direction, time);
        }
    }
}
