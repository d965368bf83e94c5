using System.Buffers.Binary;

namespace Sockeye.Protocol.Packets;

/// <summary>What a MessagePack value is.</summary>
internal enum MessagePackKind : byte
{
    Nil,
    Boolean,
    Integer,
    Float,
    String,
    Binary,
    Array,
    Map,
    Extension,
}

/// <summary>
/// Reads MessagePack (msgpack spec, "Formats") one token after the other: a value, or the header of an array or a map. Never throws; a declared length is checked against
/// what is left before anything is done with it.
/// </summary>
internal ref struct MessagePackReader(ReadOnlySpan<byte> data)
{
    private const byte FixedExtension1 = 0xd4;
    private const byte FixedExtension8 = 0xd7;

    private byte _prefix;

    /// <summary>What has not been read.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = data;

    public MessagePackKind Kind { get; private set; }

    /// <summary>Of a boolean.</summary>
    public bool Boolean { get; private set; }

    /// <summary>Of an integer: its 64 bits, to be taken as signed when <see cref="IsNegative"/>.</summary>
    public ulong Integer { get; private set; }

    public bool IsNegative { get; private set; }

    /// <summary>Of a float of either size.</summary>
    public double Float { get; private set; }

    /// <summary>Of a string (not checked to be UTF-8), binary data or an extension.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    public sbyte ExtensionType { get; private set; }

    /// <summary>Of an array its elements, of a map its pairs. As many bytes are left at least.</summary>
    public int Count { get; private set; }

    /// <summary><c>d4 00 00</c>: undefined, in the words of notepack.io.</summary>
    public readonly bool IsUndefined => Kind == MessagePackKind.Extension && ExtensionType == 0 && _prefix == FixedExtension1;

    /// <summary><c>d7 00</c> and milliseconds: a Date, in the words of notepack.io.</summary>
    public readonly bool IsNotepackDate => Kind == MessagePackKind.Extension && ExtensionType == 0 && _prefix == FixedExtension8;

    /// <summary><c>c7 03 00 …</c>: an ArrayBuffer, in the words of notepack.io under Node.</summary>
    public readonly bool IsNotepackBuffer => Kind == MessagePackKind.Extension && ExtensionType == 0 && _prefix is >= 0xc7 and <= 0xc9;

    /// <summary>Reads a token. False: cut off, or no MessagePack.</summary>
    public bool TryRead()
    {
        if (Rest.IsEmpty)
        {
            return false;
        }

        _prefix = Rest[0];
        Rest = Rest[1..];
        return _prefix switch
        {
            < 0x80 => SetInteger(_prefix),
            < 0x90 => SetContainer(MessagePackKind.Map, _prefix & 0x0fu),
            < 0xa0 => SetContainer(MessagePackKind.Array, _prefix & 0x0fu),
            < 0xc0 => SetBytes(MessagePackKind.String, _prefix & 0x1fu),
            0xc0 => SetKind(MessagePackKind.Nil),
            0xc2 or 0xc3 => SetBoolean(_prefix == 0xc3),
            0xc4 or 0xc5 or 0xc6 => TryTake(1 << (_prefix - 0xc4), out var length) && SetBytes(MessagePackKind.Binary, length),
            0xc7 or 0xc8 or 0xc9 => TryTake(1 << (_prefix - 0xc7), out var length) && SetExtension(length),
            0xca => TryTake(4, out var bits) && SetFloat(BitConverter.UInt32BitsToSingle((uint)bits)),
            0xcb => TryTake(8, out var bits) && SetFloat(BitConverter.UInt64BitsToDouble(bits)),
            0xcc or 0xcd or 0xce or 0xcf => TryTake(1 << (_prefix - 0xcc), out var value) && SetInteger(value),
            0xd0 => TryTake(1, out var value) && SetInteger((sbyte)value),
            0xd1 => TryTake(2, out var value) && SetInteger((short)value),
            0xd2 => TryTake(4, out var value) && SetInteger((int)value),
            0xd3 => TryTake(8, out var value) && SetInteger((long)value),
            0xd4 or 0xd5 or 0xd6 or 0xd7 or 0xd8 => SetExtension(1u << (_prefix - 0xd4)),
            0xd9 or 0xda or 0xdb => TryTake(1 << (_prefix - 0xd9), out var length) && SetBytes(MessagePackKind.String, length),
            0xdc or 0xdd => TryTake(2 << (_prefix - 0xdc), out var count) && SetContainer(MessagePackKind.Array, count),
            0xde or 0xdf => TryTake(2 << (_prefix - 0xde), out var count) && SetContainer(MessagePackKind.Map, count),
            >= 0xe0 => SetInteger((sbyte)_prefix),
            _ => false,
        };
    }

    /// <summary>Reads a value with all that is in it. Nesting costs nothing.</summary>
    public bool TrySkip()
    {
        for (var values = 1L; values > 0; values--)
        {
            if (!TryRead())
            {
                return false;
            }

            values += Contained;
        }

        return true;
    }

    /// <summary>How many values belong to the token that was read.</summary>
    private readonly long Contained => Kind switch
    {
        MessagePackKind.Array => Count,
        MessagePackKind.Map => 2L * Count,
        _ => 0,
    };

    private bool TryTake(int size, out ulong value)
    {
        value = 0;
        if (Rest.Length < size)
        {
            return false;
        }

        value = size switch
        {
            1 => Rest[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(Rest),
            4 => BinaryPrimitives.ReadUInt32BigEndian(Rest),
            _ => BinaryPrimitives.ReadUInt64BigEndian(Rest),
        };
        Rest = Rest[size..];
        return true;
    }

    private bool SetKind(MessagePackKind kind)
    {
        Kind = kind;
        return true;
    }

    private bool SetBoolean(bool value)
    {
        Boolean = value;
        return SetKind(MessagePackKind.Boolean);
    }

    private bool SetInteger(ulong value)
    {
        Integer = value;
        IsNegative = false;
        return SetKind(MessagePackKind.Integer);
    }

    private bool SetInteger(long value)
    {
        Integer = (ulong)value;
        IsNegative = value < 0;
        return SetKind(MessagePackKind.Integer);
    }

    private bool SetFloat(double value)
    {
        Float = value;
        return SetKind(MessagePackKind.Float);
    }

    private bool SetBytes(MessagePackKind kind, ulong length)
    {
        if (length > (ulong)Rest.Length)
        {
            return false;
        }

        Bytes = Rest[..(int)length];
        Rest = Rest[(int)length..];
        return SetKind(kind);
    }

    private bool SetExtension(ulong length)
    {
        if (Rest.IsEmpty)
        {
            return false;
        }

        ExtensionType = (sbyte)Rest[0];
        Rest = Rest[1..];
        return SetBytes(MessagePackKind.Extension, length);
    }

    private bool SetContainer(MessagePackKind kind, ulong count)
    {
        // Every value takes a byte at least.
        if (count * (kind == MessagePackKind.Map ? 2u : 1u) > (ulong)Rest.Length)
        {
            return false;
        }

        Count = (int)count;
        return SetKind(kind);
    }
}
