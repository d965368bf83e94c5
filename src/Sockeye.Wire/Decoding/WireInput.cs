namespace Sockeye.Wire.Decoding;

/// <summary>What came in one direction and is not understood yet, with the record that carried each part.</summary>
internal sealed class WireInput
{
    private const int MaxCarriers = 1000;
    private const int RestSize = 16 * 1024;

    private readonly Queue<(long End, int Carrier)> _carriers = [];
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private long _position;

    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    public void Append(ReadOnlySpan<byte> data, int carrier)
    {
        if (_buffer.Length - _end < data.Length)
        {
            var target = Unread.Length + data.Length > _buffer.Length ? new byte[Math.Max(Math.Max(4096, _buffer.Length * 2), Unread.Length + data.Length)] : _buffer;
            Unread.CopyTo(target);
            (_buffer, _start, _end) = (target, 0, _end - _start);
        }

        data.CopyTo(_buffer.AsSpan(_end));
        _end += data.Length;
        if (carrier > 0 && !data.IsEmpty)
        {
            _carriers.Enqueue((_position + Unread.Length, carrier));
        }
    }

    /// <summary>Takes bytes off, and adds who carried them: the first thousand, if a sender makes it so many.</summary>
    public void Consume(int count, List<int> carriers)
    {
        _start += count;
        _position += count;
        while (_carriers.TryPeek(out var first))
        {
            if (count > 0 && carriers.Count < MaxCarriers && (carriers.Count == 0 || carriers[^1] != first.Carrier))
            {
                carriers.Add(first.Carrier);
            }

            if (first.End > _position)
            {
                break;
            }

            _carriers.Dequeue();
            if (first.End == _position)
            {
                break;
            }
        }

        // A large message is no reason to keep a large buffer.
        if (_start == _end && _buffer.Length > RestSize)
        {
            (_buffer, _start, _end) = ([], 0, 0);
        }
    }

    public void Clear() => Consume(Unread.Length, []);
}

/// <summary>Understands one direction of a connection, in one protocol.</summary>
internal interface IWireReader
{
    /// <summary>Reads what can be read. False: more bytes are needed.</summary>
    bool Read(WireInput input, DateTimeOffset time);

    /// <summary>No more bytes will come.</summary>
    void End(WireInput input, DateTimeOffset time);
}

/// <summary>Bytes that nobody understands: they are counted by the layer beneath, and not kept.</summary>
internal sealed class OpaqueReader : IWireReader
{
    public static readonly OpaqueReader Instance = new();

    public bool Read(WireInput input, DateTimeOffset time)
    {
        input.Clear();
        return false;
    }

    public void End(WireInput input, DateTimeOffset time)
    {
    }
}
