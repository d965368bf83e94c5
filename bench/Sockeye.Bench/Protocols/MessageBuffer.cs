using System.Buffers.Text;

namespace Sockeye.Bench.Protocols;

/// <summary>A message under construction; one for all, since one thread makes the load.</summary>
internal sealed class MessageBuffer
{
    private byte[] _bytes = new byte[64 * 1024];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public MessageBuffer Clear()
    {
        _length = 0;
        return this;
    }

    public MessageBuffer Add(byte value)
    {
        Grow(1)[0] = value;
        _length++;
        return this;
    }

    public MessageBuffer Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Grow(bytes.Length));
        _length += bytes.Length;
        return this;
    }

    public MessageBuffer Add(string ascii)
    {
        var target = Grow(ascii.Length);
        for (var i = 0; i < ascii.Length; i++)
        {
            target[i] = (byte)ascii[i];
        }

        _length += ascii.Length;
        return this;
    }

    public MessageBuffer Add(long number)
    {
        _ = Utf8Formatter.TryFormat(number, Grow(20), out var written);
        _length += written;
        return this;
    }

    private Span<byte> Grow(int length)
    {
        if (_bytes.Length - _length < length)
        {
            Array.Resize(ref _bytes, 2 * (_length + length));
        }

        return _bytes.AsSpan(_length);
    }
}
