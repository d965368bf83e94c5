using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Packets;

/// <summary>Writes MessagePack values (msgpack spec, "Formats"), numbers and lengths in the shortest form, as notepack.io does.</summary>
internal static class MessagePackWriter
{
    /// <summary>The longest header of a string: <c>db</c> and four bytes of length.</summary>
    private const int MaxHeader = 5;

    public static void WriteNil(PooledBufferWriter output) => WriteByte(output, 0xc0);

    public static void WriteBoolean(PooledBufferWriter output, bool value) => WriteByte(output, value ? (byte)0xc3 : (byte)0xc2);

    /// <summary><c>05</c>, <c>cc 80</c>, <c>cd 0100</c>, <c>ff</c> (−1), <c>d0 80</c> …</summary>
    public static void WriteInteger(PooledBufferWriter output, long value)
    {
        switch (value)
        {
            case >= 0:
                WriteInteger(output, (ulong)value);
                break;
            case >= -0x20:
                WriteByte(output, (byte)value);
                break;
            case >= sbyte.MinValue:
                output.Write([(byte)0xd0, (byte)value]);
                break;
            case >= short.MinValue:
                WriteSized(output, 0xd1, (ushort)value);
                break;
            case >= int.MinValue:
                WriteSized(output, 0xd2, (uint)value);
                break;
            default:
                WriteSized(output, 0xd3, (ulong)value);
                break;
        }
    }

    public static void WriteInteger(PooledBufferWriter output, ulong value)
    {
        switch (value)
        {
            case < 0x80:
                WriteByte(output, (byte)value);
                break;
            case <= byte.MaxValue:
                output.Write([(byte)0xcc, (byte)value]);
                break;
            case <= ushort.MaxValue:
                WriteSized(output, 0xcd, (ushort)value);
                break;
            case <= uint.MaxValue:
                WriteSized(output, 0xce, (uint)value);
                break;
            default:
                WriteSized(output, 0xcf, value);
                break;
        }
    }

    /// <summary><c>cb</c> and eight bytes.</summary>
    public static void WriteDouble(PooledBufferWriter output, double value) => WriteSized(output, 0xcb, BitConverter.DoubleToUInt64Bits(value));

    public static void WriteString(PooledBufferWriter output, ReadOnlySpan<byte> utf8)
    {
        WriteStringHeader(output, utf8.Length);
        output.Write(utf8);
    }

    public static void WriteString(PooledBufferWriter output, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        WriteStringHeader(output, length);
        Encoding.UTF8.GetBytes(text, output.GetSpan(length));
        output.Advance(length);
    }

    /// <summary>The inside of a JSON string, escapes and all.</summary>
    public static void WriteEscaped(PooledBufferWriter output, ReadOnlySpan<byte> escaped)
    {
        // How long the header is depends on the length of the text, which is known only afterwards: the text is written behind the longest one and moves up.
        var start = output.WrittenCount;
        var length = JsonText.Unescape(escaped, output.GetSpan(MaxHeader + escaped.Length)[MaxHeader..]);
        WriteStringHeader(output, length);
        var header = output.WrittenCount - start;
        var room = output.GetSpan(MaxHeader - header + length);
        room.Slice(MaxHeader - header, length).CopyTo(room);
        output.Advance(length);
    }

    /// <summary><c>c4 03 …</c></summary>
    public static void WriteBinary(PooledBufferWriter output, ReadOnlySpan<byte> data)
    {
        WriteHeader(output, data.Length, 0xc4, 0xc5, 0xc6);
        output.Write(data);
    }

    /// <summary><c>92 …</c></summary>
    public static void WriteArrayHeader(PooledBufferWriter output, int count) => WriteContainerHeader(output, count, 0x90, 0xdc, 0xdd);

    /// <summary><c>82 …</c></summary>
    public static void WriteMapHeader(PooledBufferWriter output, int count) => WriteContainerHeader(output, count, 0x80, 0xde, 0xdf);

    private static void WriteContainerHeader(PooledBufferWriter output, int count, byte small, byte medium, byte large)
    {
        if (count < 0x10)
        {
            WriteByte(output, (byte)(small | count));
        }
        else
        {
            WriteHeader(output, count, null, medium, large);
        }
    }

    private static void WriteStringHeader(PooledBufferWriter output, int length)
    {
        if (length < 0x20)
        {
            WriteByte(output, (byte)(0xa0 | length));
        }
        else
        {
            WriteHeader(output, length, 0xd9, 0xda, 0xdb);
        }
    }

    private static void WriteHeader(PooledBufferWriter output, int length, byte? small, byte medium, byte large)
    {
        if (length <= byte.MaxValue && small is { } prefix)
        {
            output.Write([prefix, (byte)length]);
        }
        else if (length <= ushort.MaxValue)
        {
            WriteSized(output, medium, (ushort)length);
        }
        else
        {
            WriteSized(output, large, (uint)length);
        }
    }

    private static void WriteByte(PooledBufferWriter output, byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    private static void WriteSized(PooledBufferWriter output, byte prefix, ushort value)
    {
        var span = output.GetSpan(3);
        span[0] = prefix;
        BinaryPrimitives.WriteUInt16BigEndian(span[1..], value);
        output.Advance(3);
    }

    private static void WriteSized(PooledBufferWriter output, byte prefix, uint value)
    {
        var span = output.GetSpan(5);
        span[0] = prefix;
        BinaryPrimitives.WriteUInt32BigEndian(span[1..], value);
        output.Advance(5);
    }

    private static void WriteSized(PooledBufferWriter output, byte prefix, ulong value)
    {
        var span = output.GetSpan(9);
        span[0] = prefix;
        BinaryPrimitives.WriteUInt64BigEndian(span[1..], value);
        output.Advance(9);
    }
}
