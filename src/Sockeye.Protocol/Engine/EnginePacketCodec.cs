using System.Buffers;

namespace Sockeye.Protocol.Engine;

/// <summary>One decoded Engine.IO packet. <see cref="Data"/> lives as long as the buffer that it was read from.</summary>
public readonly ref struct EnginePacket(EnginePacketType type, bool isBinary, ReadOnlySpan<byte> data)
{
    /// <summary>The type.</summary>
    public EnginePacketType Type { get; } = type;

    /// <summary>Whether the data are binary (then the type is <see cref="EnginePacketType.Message"/>).</summary>
    public bool IsBinary { get; } = isBinary;

    /// <summary>The data: UTF-8 text or bytes.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;
}

/// <summary>Engine.IO 4 packets in text form: one digit, then the data.</summary>
public static class EnginePacketCodec
{
    /// <summary>Reads a text packet: <c>4hello</c>. False: empty, or no packet type.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out EnginePacket packet) => throw new NotImplementedException();

    /// <summary>Writes a text packet: <c>2probe</c>.</summary>
    public static void Write(IBufferWriter<byte> output, EnginePacketType type, ReadOnlySpan<byte> data = default) => throw new NotImplementedException();
}

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

/// <summary>Reads an Engine.IO 4 polling payload: <c>4hello␞bAQIDBA==</c>. Decodes base64 in place, so the payload must be writable and is changed.</summary>
public ref struct PollingPayloadReader
{
    /// <summary>Reads from <paramref name="payload"/>, at most <paramref name="maxPackets"/> packets.</summary>
    public PollingPayloadReader(Span<byte> payload, int maxPackets) => throw new NotImplementedException($"{payload.Length}{maxPackets}");

    /// <summary>Reads the next packet.</summary>
    public PollingReadStatus Read(out EnginePacket packet) => throw new NotImplementedException();
}

/// <summary>Writes an Engine.IO 4 polling payload.</summary>
public static class PollingPayloadWriter
{
    /// <summary>The separator of the packets of a payload (U+001E).</summary>
    public const byte Separator = 0x1E;

    /// <summary>Appends a packet in text form; the caller writes the <see cref="Separator"/> between packets.</summary>
    public static void WriteText(IBufferWriter<byte> output, EnginePacketType type, ReadOnlySpan<byte> data) => throw new NotImplementedException();

    /// <summary>Appends a binary message as <c>b</c> and base64.</summary>
    public static void WriteBinary(IBufferWriter<byte> output, ReadOnlySpan<byte> data) => throw new NotImplementedException();
}
