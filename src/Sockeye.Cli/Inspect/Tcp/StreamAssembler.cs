namespace Sockeye.Cli.Inspect.Tcp;

/// <summary>What a segment brings to a stream.</summary>
internal enum SegmentFate
{
    /// <summary>Exactly what was expected next, or more than that.</summary>
    InOrder,

    /// <summary>Later bytes: some before them are missing.</summary>
    Ahead,

    /// <summary>Bytes that were missing before others that have come.</summary>
    FillsGap,

    /// <summary>Bytes that were seen, and new ones behind them.</summary>
    Overlaps,

    /// <summary>Nothing that was not seen before.</summary>
    Repeated,
}

/// <summary>
/// Puts the segments of one direction into the order of their sequence numbers, which wrap around (RFC 9293 §3.4). Where copies overlap, the first counts. What waits for missing bytes is
/// bounded: beyond that the gap is given up.
/// </summary>
internal sealed class StreamAssembler
{
    /// <summary>How many bytes may wait: more than any window that a stack offers by default.</summary>
    public const int MaxWaiting = 16 * 1024 * 1024;

    private const int MaxPieces = 16 * 1024;

    private readonly SortedList<long, Piece> _waiting = [];
    private uint _base;
    private long _waitingBytes;

    private readonly record struct Piece(ReadOnlyMemory<byte> Data, int Carrier);

    /// <summary>Whether the first sequence number is known.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>How many bytes have been delivered or given up: the position in the stream of the next byte.</summary>
    public long Position { get; private set; }

    /// <summary>The position after the last byte that was seen.</summary>
    public long End { get; private set; }

    /// <summary>How many bytes are missing before the first that waits. Zero where nothing waits.</summary>
    public long Gap => _waiting.Count > 0 ? _waiting.GetKeyAtIndex(0) - Position : 0;

    /// <summary>The sequence number of the next byte.</summary>
    public uint Next => unchecked(_base + (uint)Position);

    /// <summary>Whether more waits than is worth waiting for.</summary>
    public bool IsOverfull => _waitingBytes > MaxWaiting || _waiting.Count > MaxPieces;

    public void Start(uint sequence)
    {
        IsStarted = true;
        _base = sequence;
    }

    /// <summary>Where a sequence number lies in the stream: before <see cref="Position"/> or after it, whichever is nearer.</summary>
    public long PositionOf(uint sequence) => Position + unchecked((int)(sequence - Next));

    /// <summary>What a segment would bring.</summary>
    public SegmentFate Classify(uint sequence, int length)
    {
        var start = PositionOf(sequence);
        var end = start + length;
        if (end <= Position || IsWaiting(Math.Max(start, Position), end))
        {
            return SegmentFate.Repeated;
        }

        return start > End ? SegmentFate.Ahead
            : start == End ? SegmentFate.InOrder
            : start < Position ? SegmentFate.Overlaps
            : SegmentFate.FillsGap;
    }

    /// <summary>Takes the bytes of a segment. <see cref="TryTake"/> gives what is in order now.</summary>
    public void Add(uint sequence, ReadOnlyMemory<byte> data, int carrier)
    {
        var start = PositionOf(sequence);
        if (start < Position)
        {
            data = start + data.Length <= Position ? default : data[(int)(Position - start)..];
            start = Position;
        }

        End = Math.Max(End, start + data.Length);

        // What is new of it goes between the pieces that are there already.
        var at = IndexAfter(start);
        if (at > 0)
        {
            var before = _waiting.GetKeyAtIndex(at - 1) + _waiting.GetValueAtIndex(at - 1).Data.Length;
            if (before > start)
            {
                data = start + data.Length <= before ? default : data[(int)(before - start)..];
                start = before;
            }
        }

        while (data.Length > 0)
        {
            var room = at < _waiting.Count ? _waiting.GetKeyAtIndex(at) - start : long.MaxValue;
            var length = (int)Math.Min(room, data.Length);
            if (length > 0)
            {
                _waiting.Add(start, new Piece(data[..length], carrier));
                _waitingBytes += length;
                at++;
            }

            if (length == data.Length)
            {
                return;
            }

            var taken = length + _waiting.GetValueAtIndex(at).Data.Length;
            data = taken >= data.Length ? default : data[taken..];
            start += taken;
            at++;
        }
    }

    /// <summary>The next bytes in order.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> data, out int carrier)
    {
        if (_waiting.Count > 0 && _waiting.GetKeyAtIndex(0) == Position)
        {
            (data, carrier) = _waiting.GetValueAtIndex(0);
            _waiting.RemoveAt(0);
            _waitingBytes -= data.Length;
            Position += data.Length;
            return true;
        }

        (data, carrier) = (default, 0);
        return false;
    }

    /// <summary>Gives up what is missing: before the first bytes that wait, or up to a position.</summary>
    /// <returns>How many bytes were given up.</returns>
    public long GiveUp(long? until = null)
    {
        var target = _waiting.Count > 0 ? Math.Min(_waiting.GetKeyAtIndex(0), until ?? long.MaxValue) : until ?? Position;
        var lost = Math.Max(0, target - Position);
        Position += lost;
        End = Math.Max(End, Position);
        return lost;
    }

    private bool IsWaiting(long start, long end)
    {
        for (var at = Math.Max(0, IndexAfter(start) - 1); at < _waiting.Count && _waiting.GetKeyAtIndex(at) <= start; at++)
        {
            start = Math.Max(start, _waiting.GetKeyAtIndex(at) + _waiting.GetValueAtIndex(at).Data.Length);
        }

        return start >= end;
    }

    // The index of the first piece that begins after a position.
    private int IndexAfter(long position)
    {
        var (low, high) = (0, _waiting.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_waiting.GetKeyAtIndex(middle) <= position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
