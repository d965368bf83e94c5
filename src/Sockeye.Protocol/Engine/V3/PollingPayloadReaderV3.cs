using System.Text.Unicode;

namespace Sockeye.Protocol.Engine.V3;

/// <summary>
/// Reads an Engine.IO 3 polling payload, of text, <c>6:4hello10:b4AQIDBA==</c>, where the lengths count UTF-16 code units, or of bytes,
/// <c>00 06 FF 34 68 65 6C 6C 6F 01 05 FF 04 01 02 03 04</c>, where they count bytes. Decodes base64 in place, so the payload must be writable and is changed.
/// Linear in the payload's length. The packets before a bad one count; after it, every further read gives the same status.
/// </summary>
public ref struct PollingPayloadReaderV3
{
    // Enough for every payload that fits into memory. The official decoder takes 310 digits, the length of the largest JavaScript number.
    private const int MaxLengthDigits = 10;
    private const byte EndOfLength = 0xFF;

    private readonly Span<byte> _payload;
    private readonly bool _isBinary;
    private readonly int _maxPackets;
    private int _count;
    private PollingReadStatus _status;

    /// <summary>Reads from <paramref name="payload"/>, at most <paramref name="maxPackets"/> packets.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="isBinary">Whether it came as bytes (application/octet-stream) and not as text.</param>
    /// <param name="maxPackets">The most packets, empty ones counted; at least one.</param>
    public PollingPayloadReaderV3(Span<byte> payload, bool isBinary, int maxPackets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPackets, 1);
        _payload = payload;
        _isBinary = isBinary;
        _maxPackets = maxPackets;
        _status = PollingReadStatus.Packet;
    }

    /// <summary>How many bytes have been read: where a new reader would go on with the next packet.</summary>
    public int Position { get; private set; }

    /// <summary>Reads the next packet. Text is validated as UTF-8. An empty packet of a text payload is passed over by the official decoder; here it is a noop.</summary>
    public PollingReadStatus Read(out EnginePacket packet)
    {
        packet = default;
        if (_status != PollingReadStatus.Packet)
        {
            return _status;
        }

        if (Position == _payload.Length)
        {
            // An empty text is an error in the official decoder, no bytes are not.
            return _status = _isBinary || _count > 0 ? PollingReadStatus.End : PollingReadStatus.Malformed;
        }

        if (_count == _maxPackets)
        {
            return _status = PollingReadStatus.TooManyPackets;
        }

        if (!(_isBinary ? TryReadFromBytes(out packet) : TryReadFromText(out packet)))
        {
            packet = default;
            return _status = PollingReadStatus.Malformed;
        }

        _count++;
        return PollingReadStatus.Packet;
    }

    // 6:4hello
    private bool TryReadFromText(out EnginePacket packet)
    {
        packet = default;
        var rest = _payload[Position..];
        var digits = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits is <= 0 or > MaxLengthDigits || rest[digits] != ':')
        {
            return false;
        }

        var units = 0L;
        foreach (var digit in rest[..digits])
        {
            units = (units * 10) + (digit - '0');
        }

        var text = rest[(digits + 1)..];
        if (!TryMeasure(text, units, out var length))
        {
            return false;
        }

        Position += digits + 1 + length;
        if (length == 0)
        {
            packet = new EnginePacket(EnginePacketType.Noop, isBinary: false, []);
            return true;
        }

        return TryReadText(text[..length], out packet);
    }

    // 00 06 FF 34 68 65 6C 6C 6F, or 01 05 FF 04 01 02 03 04
    private bool TryReadFromBytes(out EnginePacket packet)
    {
        packet = default;
        var rest = _payload[Position..];
        var digits = rest[1..].IndexOfAnyExceptInRange((byte)0, (byte)9);
        if (rest[0] > 1 || digits is <= 0 or > MaxLengthDigits || rest[1 + digits] != EndOfLength)
        {
            return false;
        }

        var length = 0L;
        foreach (var digit in rest.Slice(1, digits))
        {
            length = (length * 10) + digit;
        }

        var data = rest[(digits + 2)..];
        if (length > data.Length)
        {
            return false;
        }

        Position += digits + 2 + (int)length;
        data = data[..(int)length];
        return rest[0] == 0 ? TryReadText(data, out packet) : EnginePacketCodecV3.TryReadBinary(data, out packet);
    }

    private static bool TryReadText(Span<byte> text, out EnginePacket packet) =>
        EnginePacketCodecV3.TryReadInPlace(text, out packet) && (packet.IsBinary || Utf8.IsValid(packet.Data));

    /// <summary>The bytes that so many UTF-16 code units take in UTF-8. False: there are not so many, or the last one is half a character.</summary>
    private static bool TryMeasure(ReadOnlySpan<byte> text, long units, out int bytes)
    {
        bytes = 0;
        // No character has more units than bytes.
        if (units > text.Length)
        {
            return false;
        }

        while (units > 0)
        {
            var window = text.Slice(bytes, (int)Math.Min(units, text.Length - bytes));
            var ascii = window.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
            if (window.IsEmpty)
            {
                return false;
            }

            if (ascii != 0)
            {
                ascii = ascii < 0 ? window.Length : ascii;
                bytes += ascii;
                units -= ascii;
                continue;
            }

            // Whether the bytes that follow fit is found out when the whole text is validated.
            var (width, taken) = window[0] switch
            {
                >= 0xC2 and <= 0xDF => (2, 1),
                >= 0xE0 and <= 0xEF => (3, 1),
                >= 0xF0 and <= 0xF4 => (4, 2),
                _ => (0, 0),
            };
            if (width == 0 || width > text.Length - bytes || taken > units)
            {
                return false;
            }

            bytes += width;
            units -= taken;
        }

        return true;
    }
}
