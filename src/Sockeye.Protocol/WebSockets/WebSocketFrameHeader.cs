using System.Buffers.Binary;

namespace Sockeye.Protocol.WebSockets;

/// <summary>A frame's header (RFC 6455 section 5.2), read but not yet judged.</summary>
internal readonly record struct WebSocketFrameHeader(byte First, byte Second, ulong PayloadLength, uint MaskKey)
{
    public const int MinSize = 2;
    public const int MaxSize = 14;

    public const int MaxControlPayload = 125;

    private const byte MaskBit = 0x80;
    private const int Length16 = 126;
    private const int Length64 = 127;

    public bool Final => (First & 0x80) != 0;

    /// <summary>RSV1, the bit of permessage-deflate (RFC 7692 section 6).</summary>
    public bool Compressed => (First & 0x40) != 0;

    /// <summary>RSV2 or RSV3, which no extension of ours uses.</summary>
    public bool HasUnknownBits => (First & 0x30) != 0;

    public WebSocketOpcode Opcode => (WebSocketOpcode)(First & 0x0F);

    public bool IsControl => (First & 0x08) != 0;

    public bool Masked => (Second & MaskBit) != 0;

    /// <summary>The seven bits: a length, or which longer form follows.</summary>
    public int ShortLength => Second & 0x7F;

    /// <summary>Whether the length has its shortest form and its top bit clear, as 5.2 demands.</summary>
    public bool HasValidLength => ShortLength switch
    {
        Length16 => PayloadLength >= Length16,
        Length64 => PayloadLength is > ushort.MaxValue and <= long.MaxValue,
        _ => true,
    };

    /// <summary>
    /// Judges what the first two bytes show: everything but the length. <paramref name="masked"/>: whether frames of this peer must be;
    /// <paramref name="mayBeCompressed"/>: whether permessage-deflate was negotiated; <paramref name="inMessage"/>: whether the frames before
    /// left a message unfinished.
    /// </summary>
    public WebSocketError CheckStart(bool masked, bool mayBeCompressed, bool inMessage)
    {
        var startsMessage = Opcode is WebSocketOpcode.Text or WebSocketOpcode.Binary;
        if (HasUnknownBits || (Compressed && !(mayBeCompressed && startsMessage)))
        {
            return WebSocketError.ReservedBits;
        }

        if (!startsMessage && Opcode is not (WebSocketOpcode.Continuation or WebSocketOpcode.Close or WebSocketOpcode.Ping or WebSocketOpcode.Pong))
        {
            return WebSocketError.ReservedOpcode;
        }

        if (Masked != masked)
        {
            return WebSocketError.Masking;
        }

        if (IsControl)
        {
            return Final && ShortLength <= MaxControlPayload ? WebSocketError.None : WebSocketError.ControlFrame;
        }

        return startsMessage == inMessage ? WebSocketError.Fragmentation : WebSocketError.None;
    }

    /// <summary>Reads a header when all of it is there.</summary>
    // 81 85 37 fa 21 3d | 7f 9f 4d 51 58   "Hello" masked (5.7)
    // FIN+text, MASK+5, the key            the payload, not touched here
    public static bool TryParse(ReadOnlySpan<byte> bytes, out WebSocketFrameHeader header, out int size)
    {
        header = default;
        size = MinSize;
        if (bytes.Length < MinSize)
        {
            return false;
        }

        var second = bytes[1];
        var shortLength = second & 0x7F;
        size += shortLength switch { Length16 => sizeof(ushort), Length64 => sizeof(ulong), _ => 0 };
        var keyStart = size;
        size += (second & MaskBit) != 0 ? sizeof(uint) : 0;
        if (bytes.Length < size)
        {
            return false;
        }

        var length = shortLength switch
        {
            Length16 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            Length64 => BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]),
            _ => (ulong)shortLength,
        };
        var key = size > keyStart ? BinaryPrimitives.ReadUInt32BigEndian(bytes[keyStart..]) : 0;
        header = new WebSocketFrameHeader(bytes[0], second, length, key);
        return true;
    }
}
