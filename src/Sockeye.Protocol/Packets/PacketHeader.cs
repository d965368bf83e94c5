using System.Buffers.Text;
using System.Text.Unicode;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// What stands before the JSON of a packet: <c>type [attachments "-"] [namespace ","] [id]</c>. One pass from left to right that never looks back.
/// </summary>
internal ref struct PacketHeader
{
    // Int64.MaxValue has 19 digits.
    private const int MaxIdDigits = 19;

    /// <summary>The type as it stands on the wire, so binary types are told apart.</summary>
    public PacketType Type;

    /// <summary>The announced attachments; 0 unless the type is binary.</summary>
    public int Attachments;

    /// <summary>The namespace; empty when the packet names none, which means "/".</summary>
    public ReadOnlySpan<byte> Namespace;

    public long? Id;

    /// <summary>What follows the header; not looked at.</summary>
    public ReadOnlySpan<byte> Payload;

    /// <summary><c>51-/chat,12["name",{"_placeholder":true,"num":0}]</c></summary>
    public static PacketError Read(ReadOnlySpan<byte> text, PacketLimits limits, out PacketHeader header)
    {
        header = default;
        if (text.IsEmpty || text[0] is < (byte)'0' or > (byte)'6')
        {
            return PacketError.UnknownType;
        }

        header.Type = (PacketType)(text[0] - '0');
        header.Payload = text[1..];
        var error = PacketError.None;
        if (header.Type is PacketType.BinaryEvent or PacketType.BinaryAck)
        {
            error = header.ReadAttachments(limits);
        }

        if (error == PacketError.None && header.Payload is [(byte)'/', ..])
        {
            error = header.ReadNamespace(limits.MaxNamespaceLength);
        }

        return error == PacketError.None ? header.ReadId() : error;
    }

    private PacketError ReadAttachments(PacketLimits limits)
    {
        var max = limits.MaxAttachments;
        var digits = Payload.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits <= 0 || Payload[digits] != '-')
        {
            return PacketError.IllegalAttachments;
        }

        // Two digits are enough for every sensible limit; a longer number is too large however many zeros it starts with.
        if (digits > 2 && digits > CountDigits(max))
        {
            return PacketError.TooManyAttachments;
        }

        if (!Utf8Parser.TryParse(Payload[..digits], out int count, out _) || count > max)
        {
            return PacketError.TooManyAttachments;
        }

        Attachments = count;
        Payload = Payload[(digits + 1)..];
        return count == 0 && !limits.IsProtocol4 ? PacketError.IllegalAttachments : PacketError.None;
    }

    private PacketError ReadNamespace(int maxLength)
    {
        var window = Payload[..(int)Math.Min(Payload.Length, maxLength + 1L)];
        var comma = window.IndexOf((byte)',');
        if (comma < 0 && Payload.Length > maxLength)
        {
            return PacketError.InvalidNamespace;
        }

        Namespace = comma < 0 ? Payload : Payload[..comma];
        Payload = comma < 0 ? [] : Payload[(comma + 1)..];
        return Utf8.IsValid(Namespace) ? PacketError.None : PacketError.InvalidNamespace;
    }

    private PacketError ReadId()
    {
        // Unlike the official parser, a space does not count as the digit 0.
        var digits = Payload.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        digits = digits < 0 ? Payload.Length : digits;
        if (digits == 0)
        {
            return PacketError.None;
        }

        if (digits > MaxIdDigits || !Utf8Parser.TryParse(Payload[..digits], out long id, out _))
        {
            return PacketError.InvalidId;
        }

        Id = id;
        Payload = Payload[digits..];
        return PacketError.None;
    }

    private static int CountDigits(int value)
    {
        var digits = 1;
        while ((value /= 10) > 0)
        {
            digits++;
        }

        return digits;
    }
}
