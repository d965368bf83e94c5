using System.Buffers;
using System.Text.Unicode;

namespace Sockeye.Protocol.Engine;

/// <summary>The result of reading from a polling payload.</summary>
public enum PollingReadStatus
{
    /// <summary>A packet was read.</summary>
    Packet,

    /// <summary>The payload is at its end.</summary>
    End,

    /// <summary>Not a payload: an empty packet, an unknown type, bad base64 or bad UTF-8.</summary>
    Malformed,

    /// <summary>More packets than the limit.</summary>
    TooManyPackets,
}

/// <summary>
/// Reads an Engine.IO 4 polling payload: <c>4hello␞bAQIDBA==</c>. Decodes base64 in place, so the payload must be writable and is changed.
/// Linear in the payload's length. The packets before a bad one count; after it, every further read gives the same status.
/// </summary>
public ref struct PollingPayloadReader
{
    private readonly int _maxPackets;
    private Span<byte> _rest;
    private int _count;
    private PollingReadStatus _status;

    /// <summary>Reads from <paramref name="payload"/>, at most <paramref name="maxPackets"/> packets.</summary>
    public PollingPayloadReader(Span<byte> payload, int maxPackets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPackets, 1);
        _rest = payload;
        _maxPackets = maxPackets;
        _status = PollingReadStatus.Packet;
    }

    /// <summary>Reads the next packet. Text is validated as UTF-8.</summary>
    public PollingReadStatus Read(out EnginePacket packet)
    {
        packet = default;
        if (_status != PollingReadStatus.Packet)
        {
            return _status;
        }

        if (_count == _maxPackets)
        {
            return _status = PollingReadStatus.TooManyPackets;
        }

        // "".split("\x1e") is [""]: an empty payload is one empty packet, and so is what stands before, between and after separators.
        var end = _rest.IndexOf(PollingPayloadWriter.Separator);
        var text = end < 0 ? _rest : _rest[..end];
        if (!EnginePacketCodec.TryReadInPlace(text, out packet) || (!packet.IsBinary && !Utf8.IsValid(packet.Data)))
        {
            packet = default;
            return _status = PollingReadStatus.Malformed;
        }

        _count++;
        _rest = end < 0 ? [] : _rest[(end + 1)..];
        _status = end < 0 ? PollingReadStatus.End : PollingReadStatus.Packet;
        return PollingReadStatus.Packet;
    }
}

/// <summary>Writes an Engine.IO 4 polling payload.</summary>
public static class PollingPayloadWriter
{
    /// <summary>The separator of the packets of a payload (U+001E).</summary>
    public const byte Separator = 0x1E;

    /// <summary>Appends a packet in text form; the caller writes the <see cref="Separator"/> between packets.</summary>
    public static void WriteText(IBufferWriter<byte> output, EnginePacketType type, ReadOnlySpan<byte> data) => EnginePacketCodec.Write(output, type, data);

    /// <summary>Appends a binary message as <c>b</c> and base64.</summary>
    public static void WriteBinary(IBufferWriter<byte> output, ReadOnlySpan<byte> data) => EnginePacketCodec.WriteBase64(output, data);
}
