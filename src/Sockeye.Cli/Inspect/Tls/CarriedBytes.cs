namespace Sockeye.Cli.Inspect.Tls;

/// <summary>Bytes that wait to be a whole, with the records that carried them.</summary>
internal sealed class CarriedBytes
{
    private readonly List<(int Carrier, int Length)> _carriers = [];
    private byte[] _bytes = [];
    private int _start;

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(_start, Length);

    public void Add(ReadOnlySpan<byte> data, int carrier)
    {
        if (data.Length == 0)
        {
            return;
        }

        if (_start + Length + data.Length > _bytes.Length)
        {
            var bytes = new byte[Math.Max(Length + data.Length, 2 * Length)];
            Span.CopyTo(bytes);
            (_bytes, _start) = (bytes, 0);
        }

        data.CopyTo(_bytes.AsSpan(_start + Length));
        Length += data.Length;
        _carriers.Add((carrier, data.Length));
    }

    /// <summary>Takes the first bytes out, and says what carried them.</summary>
    public byte[] Take(int length, out int[] carriers)
    {
        var taken = Span[..length].ToArray();
        carriers = Drop(length);
        return taken;
    }

    public int[] Drop(int length)
    {
        List<int> carriers = [];
        _start += length;
        Length -= length;
        while (length > 0)
        {
            var (carrier, size) = _carriers[0];
            carriers.Add(carrier);
            if (size > length)
            {
                _carriers[0] = (carrier, size - length);
                break;
            }

            _carriers.RemoveAt(0);
            length -= size;
        }

        return [.. carriers.Distinct()];
    }

    public void Clear() => Drop(Length);
}
