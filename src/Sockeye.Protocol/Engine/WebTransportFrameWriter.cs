using System.Buffers;
using System.Buffers.Binary;

namespace Sockeye.Protocol.Engine;

/// <summary>
/// Writes the frames in which Engine.IO packets go over the one stream of a WebTransport session. The header is the length, with the top bit of its first byte set for a binary
/// message: one byte up to 125, else 126 or 127 and the length in two or eight bytes, big-endian.
/// </summary>
public static class WebTransportFrameWriter
{
    /// <summary>The longest header.</summary>
    public const int MaxHeaderSize = 1 + sizeof(ulong);

    internal const byte BinaryBit = 0x80;
    internal const byte TwoByteLength = 126;
    internal const byte EightByteLength = 127;

    /// <summary>Writes a header and says how long it is: 1, 3 or 9 bytes.</summary>
    /// <param name="destination">At least 9 bytes, or as many as the length needs.</param>
    /// <param name="isBinary">Whether a binary message follows, not a packet as text.</param>
    /// <param name="length">Bytes that follow the header. Greater than zero: readers take an empty frame for an error (<see cref="WriteBinary"/> knows the way around).</param>
    // 05              text, 5 bytes
    // fe 30 39        binary, 12,345 bytes
    // ff 00 00 00 00 00 0f 42 40   binary, 1,000,000 bytes
    public static int WriteHeader(Span<byte> destination, bool isBinary, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        var bit = isBinary ? BinaryBit : (byte)0;
        switch (length)
        {
            case < TwoByteLength:
                destination[0] = (byte)(length | bit);
                return 1;
            case <= ushort.MaxValue:
                BinaryPrimitives.WriteUInt16BigEndian(destination[1..], (ushort)length);
                destination[0] = (byte)(TwoByteLength | bit);
                return 1 + sizeof(ushort);
            default:
                BinaryPrimitives.WriteInt64BigEndian(destination[1..], length);
                destination[0] = (byte)(EightByteLength | bit);
                return MaxHeaderSize;
        }
    }

    /// <summary>Writes a packet in text form, which begins with its type.</summary>
    // 06 '4' 'h' 'e' 'l' 'l' 'o'
    public static void WriteText(IBufferWriter<byte> output, ReadOnlySpan<byte> packet) => Write(output, isBinary: false, packet);

    /// <summary>Writes a binary message.</summary>
    // 83 01 02 03
    // 01 'b'          an empty one, as base64: a binary frame of no bytes is an error
    public static void WriteBinary(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            WriteText(output, "b"u8);
            return;
        }

        Write(output, isBinary: true, data);
    }

    private static void Write(IBufferWriter<byte> output, bool isBinary, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(output);
        var span = output.GetSpan(MaxHeaderSize);
        var size = WriteHeader(span, isBinary, data.Length);
        if (span.Length - size >= data.Length)
        {
            data.CopyTo(span[size..]);
            output.Advance(size + data.Length);
            return;
        }

        output.Advance(size);
        output.Write(data);
    }
}
