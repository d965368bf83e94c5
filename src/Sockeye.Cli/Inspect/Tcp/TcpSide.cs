namespace Sockeye.Cli.Inspect.Tcp;

/// <summary>What one side of a connection has sent.</summary>
internal sealed class TcpSide
{
    private const int MaxRemembered = 4096;

    private readonly Queue<(uint End, uint Start, DateTimeOffset Time)> _sent = [];

    public StreamAssembler Stream { get; } = new();

    /// <summary>The sequence number of its SYN, or of the byte before the first that was seen: relative numbers count from here.</summary>
    public uint Initial { get; set; }

    public bool HasInitial { get; set; }

    /// <summary>When its SYN was seen.</summary>
    public DateTimeOffset? SynTime { get; set; }

    public bool OffersScale { get; set; }

    /// <summary>By how many bits its windows are shifted.</summary>
    public int Scale { get; set; }

    /// <summary>The last acknowledgement it sent.</summary>
    public uint? Acknowledged { get; set; }

    public long? Window { get; set; }

    public uint HighestTimestamp { get; set; }

    public bool HasFinished { get; set; }

    /// <summary>The highest position that one of its segments began or ended at: bytes before it have been sent, seen or not.</summary>
    public long Highest { get; set; }

    /// <summary>The position in the stream of its FIN.</summary>
    public long? FinPosition { get; set; }

    /// <summary>Whether the end of its stream was passed on.</summary>
    public bool HasEnded { get; set; }

    /// <summary>How many more packets a gap is waited for that the other side has acknowledged: the capture may have put packets in another order.</summary>
    public int Patience { get; set; } = FullPatience;

    public const int FullPatience = 8;

    public long Packets { get; set; }

    public long Bytes { get; set; }

    public int Retransmissions { get; set; }

    public int OutOfOrder { get; set; }

    public long BytesLost { get; set; }

    /// <summary>The number as people read it: from 0 at the SYN.</summary>
    public uint Relative(uint sequence) => HasInitial ? unchecked(sequence - Initial) : sequence;

    public void Remember(Segment segment)
    {
        if (_sent.Count == MaxRemembered)
        {
            _sent.Dequeue();
        }

        _sent.Enqueue((unchecked(segment.Sequence + segment.SequenceLength), segment.Sequence, segment.Time));
    }

    /// <summary>Forgets what the other side has confirmed.</summary>
    public void Confirm(uint acknowledgment)
    {
        while (_sent.TryPeek(out var oldest) && unchecked((int)(acknowledgment - oldest.End)) > 0)
        {
            _sent.Dequeue();
        }
    }

    /// <summary>When these bytes were sent first.</summary>
    public DateTimeOffset? FirstSent(uint sequence)
    {
        foreach (var (end, start, time) in _sent)
        {
            if (unchecked((int)(sequence - start)) >= 0 && unchecked((int)(end - sequence)) > 0)
            {
                return time;
            }
        }

        return null;
    }
}
