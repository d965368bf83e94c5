using System.Buffers.Binary;
using System.Text;

namespace Sockeye.Bench.Protocols;

/// <summary>As much of MessagePack as the packets here need.</summary>
internal ref struct MessagePackSpan(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length switch
        {
            < 32 => [(byte)(0xA0 | bytes.Length), .. bytes],
            <= byte.MaxValue => [0xD9, (byte)bytes.Length, .. bytes],
            _ => [0xDA, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes],
        };
    }

    public static byte[] Binary(byte[] bytes) => bytes.Length <= byte.MaxValue ? [0xC4, (byte)bytes.Length, .. bytes] : [0xC5, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];

    public int ReadMapHeader() => _bytes[_at++] - 0x80;

    public int ReadArrayHeader() => _bytes[_at++] - 0x90;

    public ReadOnlySpan<byte> ReadText()
    {
        var value = ReadValue();
        return value[0] switch { < 0xC0 => value[1..], 0xD9 => value[2..], _ => value[3..] };
    }

    public long ReadNumber()
    {
        var value = ReadValue();
        return value[0] switch
        {
            < 0x80 => value[0],
            0xC0 or 0xD4 => -1,
            0xCC => value[1],
            0xCD => BinaryPrimitives.ReadUInt16BigEndian(value[1..]),
            0xCE => BinaryPrimitives.ReadUInt32BigEndian(value[1..]),
            0xCF => BinaryPrimitives.ReadInt64BigEndian(value[1..]),
            0xD2 => BinaryPrimitives.ReadInt32BigEndian(value[1..]),
            0xD3 => BinaryPrimitives.ReadInt64BigEndian(value[1..]),
            var other => throw new BenchException($"MessagePack {other:x2} is no number."),
        };
    }

    /// <summary>The whole of the next value, with what is in it.</summary>
    public ReadOnlySpan<byte> ReadValue()
    {
        var begin = _at;
        var code = _bytes[_at++];
        var items = 0;
        switch (code)
        {
            case < 0x80 or 0xC0 or 0xC2 or 0xC3 or >= 0xE0:
                break;
            case < 0x90:
                items = 2 * (code & 15);
                break;
            case < 0xA0:
                items = code & 15;
                break;
            case < 0xC0:
                _at += code & 31;
                break;
            case 0xC4 or 0xD9:
                _at += 1 + _bytes[_at];
                break;
            case 0xC5 or 0xDA:
                _at += 2 + BinaryPrimitives.ReadUInt16BigEndian(_bytes[_at..]);
                break;
            case 0xCC or 0xD0:
                _at += 1;
                break;
            case 0xCD or 0xD1 or 0xD4: // the last: what the official parser writes for undefined
                _at += 2;
                break;
            case 0xCA or 0xCE or 0xD2:
                _at += 4;
                break;
            case 0xCB or 0xCF or 0xD3:
                _at += 8;
                break;
            default:
                throw new BenchException($"MessagePack {code:x2} is not expected here.");
        }

        for (; items > 0; items--)
        {
            ReadValue();
        }

        return _bytes[begin.._at];
    }
}
